package transport

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"example.com/godwit/tlserr"
)

const (
	// clockSkew is by how much our clock and a responder's may differ; OpenSSL has the same.
	clockSkew = 5 * time.Minute
	// undatedAge is how old a response may be that does not say until when it is valid. Such a
	// responder has something newer at any time (RFC 6960 4.2.2.1), and stapling is for servers
	// that do not ask it each time; Firefox takes a day, too.
	undatedAge = 24 * time.Hour
)

// errSaysNothing says that a response is one in which there is nothing about a certificate, such as
// "try later". It is not signed, so that whoever can send it could as well send none.
var errSaysNothing = errors.New("an OCSP response without a verdict")

// checkStaple judges an OCSP response (RFC 6960) about a certificate, of which one of issuers is
// the issuer. It returns until when the verdict holds. An error is errSaysNothing, a
// *tlserr.RevokedError or a *tlserr.StapleError.
func checkStaple(raw []byte, leaf *x509.Certificate, issuers []*x509.Certificate, now time.Time) (until time.Time, err error) {
	res, err := ocsp.ParseResponseForCert(raw, leaf, nil)
	if err != nil {
		if _, ok := errors.AsType[ocsp.ResponseError](err); ok {
			return until, errSaysNothing
		}
		e := &tlserr.StapleError{Fault: tlserr.StapleMalformed, Err: err}
		if other, err := ocsp.ParseResponse(raw, nil); err == nil && other.SerialNumber.Cmp(leaf.SerialNumber) != 0 {
			e.Fault = tlserr.StapleForeign
		}
		return until, e
	}
	e := &tlserr.StapleError{ThisUpdate: res.ThisUpdate, NextUpdate: res.NextUpdate}
	if e.Fault, e.Err = signedBy(res, issuers, now); e.Fault != "" {
		return until, e
	}
	if res.Status == ocsp.Revoked { // which does not become less true
		return until, &tlserr.RevokedError{At: res.RevokedAt, Reason: res.RevocationReason}
	}
	if until = res.NextUpdate; until.IsZero() {
		until = res.ThisUpdate.Add(undatedAge)
	}
	until = until.Add(clockSkew)
	switch {
	case now.Add(clockSkew).Before(res.ThisUpdate):
		e.Fault = tlserr.StapleEarly
	case now.After(until):
		e.Fault = tlserr.StapleExpired
	case res.Status != ocsp.Good:
		e.Fault = tlserr.StapleUnknown
	default:
		return until, nil
	}
	return time.Time{}, e
}

// signedBy reports what is wrong with who has signed a response, "" if nothing is: one of the
// issuers has, or who has been charged with that by it (RFC 6960 4.2.2.2).
func signedBy(res *ocsp.Response, issuers []*x509.Certificate, now time.Time) (tlserr.StapleFault, error) {
	id, err := certIDOf(res)
	if err != nil {
		return tlserr.StapleMalformed, err
	}
	fault := tlserr.StapleForeign
	for _, issuer := range issuers {
		if !id.isOf(res, issuer) {
			continue
		}
		if err = signedFor(res, issuer, now); err == nil {
			return "", nil
		}
		fault = tlserr.StapleForged
	}
	return fault, err
}

var errNotCharged = errors.New("its signer is not charged with OCSP by the issuer")

// signedFor returns why a response does not stand for an issuer's word.
func signedFor(res *ocsp.Response, issuer *x509.Certificate, now time.Time) error {
	signer := res.Certificate
	if signer == nil {
		return res.CheckSignatureFrom(issuer)
	}
	// The parser has checked the response's signature against this certificate.
	if bytes.Equal(signer.RawSubjectPublicKeyInfo, issuer.RawSubjectPublicKeyInfo) {
		return nil
	}
	if err := issuer.CheckSignature(signer.SignatureAlgorithm, signer.RawTBSCertificate, signer.Signature); err != nil {
		return err
	}
	if !slices.Contains(signer.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) || now.After(signer.NotAfter) || now.Before(signer.NotBefore) {
		return errNotCharged
	}
	return nil
}

// A certID says which certificate a response is about (RFC 6960 4.1.1): its issuer's name and key,
// and its serial number, of which x/crypto/ocsp compares only the last.
type certID struct {
	HashAlgorithm pkix.AlgorithmIdentifier
	NameHash      []byte
	KeyHash       []byte
	Serial        *big.Int
}

// certIDOf returns that of the answer that the parser has chosen: the first one with the serial
// number.
func certIDOf(res *ocsp.Response) (*certID, error) {
	var data struct {
		Version    int `asn1:"optional,default:0,explicit,tag:0"`
		Responder  asn1.RawValue
		ProducedAt time.Time `asn1:"generalized"`
		Responses  []struct{ ID certID }
	}
	if _, err := asn1.Unmarshal(res.TBSResponseData, &data); err != nil {
		return nil, err
	}
	for i := range data.Responses {
		if id := &data.Responses[i].ID; id.Serial.Cmp(res.SerialNumber) == 0 {
			return id, nil
		}
	}
	return nil, errSaysNothing
}

// isOf reports whether a certificate is that of the issuer which is meant.
func (id *certID) isOf(res *ocsp.Response, issuer *x509.Certificate) bool {
	var spki struct {
		Algorithm pkix.AlgorithmIdentifier
		PublicKey asn1.BitString
	}
	if _, err := asn1.Unmarshal(issuer.RawSubjectPublicKeyInfo, &spki); err != nil || !res.IssuerHash.Available() {
		return false
	}
	sum := func(p []byte) []byte {
		h := res.IssuerHash.New()
		h.Write(p)
		return h.Sum(nil)
	}
	return bytes.Equal(sum(issuer.RawSubject), id.NameHash) && bytes.Equal(sum(spki.PublicKey.RightAlign()), id.KeyHash)
}

// mustStaple reports whether a certificate demands that a server sends an OCSP response along
// (RFC 7633: a feature of TLS that the certificate's holder promises to support).
func mustStaple(cert *x509.Certificate) bool {
	const statusRequest = 5 // RFC 6066 8
	for _, ext := range cert.Extensions {
		if !ext.Id.Equal(oidTLSFeature) {
			continue
		}
		var features []int
		if _, err := asn1.Unmarshal(ext.Value, &features); err != nil || slices.Contains(features, statusRequest) {
			return true // what cannot be read may be that
		}
	}
	return false
}

var oidTLSFeature = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}
