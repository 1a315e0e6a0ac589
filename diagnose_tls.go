// The step TLS of a diagnosis: what was agreed, what else would be, and the certificates.

package godwit

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"

	"example.com/godwit/diagnosis"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// lookIntoTLS describes TLS with the server. err is that of connecting.
func (d *diagnoser) lookIntoTLS(err error) {
	if d.url.Scheme != "https" || err != nil && (phaseOf(err) != trace.TLS || !d.report.Proxy.OK) {
		return
	}
	e, _ := errors.AsType[*tlserr.Error](err)
	if e != nil && e.Cause == tlserr.NotTLS {
		return
	}
	out := &diagnosis.TLS{Address: d.way.best, Verified: err == nil && d.state != nil && len(d.state.VerifiedChains) > 0}
	d.report.TLS = out
	switch {
	case d.state != nil:
		describeState(out, d.state)
		out.OCSP = describeStaple(d.state)
		d.report.Chain = d.state.PeerCertificates
	case e != nil:
		d.report.Chain = e.Chain
		out.ClientCertificate = e.Cause == tlserr.ClientCertificate
	}
	seen := d.probeVersions(out)
	if d.report.Chain == nil && seen != nil {
		d.report.Chain = seen.PeerCertificates
	}
	out.Chain, out.More = describeChain(d.report.Chain, d.now())
}

// describeState describes what was agreed.
func describeState(out *diagnosis.TLS, s *tls.ConnectionState) {
	out.Version, out.Cipher = tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite)
	if s.CurveID != 0 {
		out.Curve = s.CurveID.String()
	}
	out.PostQuantum = isPostQuantum(s.CurveID)
	out.ALPN, out.ECH = shown(s.NegotiatedProtocol), s.ECHAccepted
	out.HTTP2 = s.NegotiatedProtocol == "h2"
}

// describeStaple says what the OCSP response says that came with the certificate, "" if none did.
// Whether it counts has been seen to in the handshake.
func describeStaple(s *tls.ConnectionState) string {
	if len(s.OCSPResponse) == 0 || len(s.PeerCertificates) == 0 {
		return ""
	}
	res, err := ocsp.ParseResponseForCert(s.OCSPResponse, s.PeerCertificates[0], nil)
	switch {
	case err != nil:
		return "it says nothing about the certificate"
	case res.Status == ocsp.Good && !res.NextUpdate.IsZero():
		return "good, until " + res.NextUpdate.UTC().Format(time.DateOnly)
	case res.Status == ocsp.Good:
		return "good"
	case res.Status == ocsp.Revoked:
		return "revoked"
	}
	return "unknown"
}

// isPostQuantum reports whether a key exchange is one that no quantum computer is known to break.
func isPostQuantum(c tls.CurveID) bool {
	return strings.Contains(c.String(), "MLKEM")
}

// probed are the versions that are tried, each by itself.
var probed = [...]uint16{tls.VersionTLS13, tls.VersionTLS12, tls.VersionTLS11, tls.VersionTLS10}

// errProbed ends a handshake that has told what it was for.
var errProbed = errors.New("seen")

// probeVersions finds out which versions the server speaks, and whether it speaks HTTP/2, by
// handshakes that verify nothing, show no certificate, and are broken off before anything could be
// sent. It returns what was seen of the newest one, nil if none came about.
func (d *diagnoser) probeVersions(out *diagnosis.TLS) (seen *tls.ConnectionState) {
	states := make([]*tls.ConnectionState, len(probed))
	errs := make([]error, len(probed))
	var all sync.WaitGroup
	for i, version := range probed {
		all.Go(func() { states[i], errs[i] = d.probeVersion(version) }) // ends with the limit of TLS, or with ctx
	}
	all.Wait()
	out.Versions = make([]diagnosis.Version, len(probed))
	for i, version := range probed {
		v := diagnosis.Version{Name: tls.VersionName(version), Spoken: states[i] != nil}
		if states[i] == nil && !refusedVersion(errs[i]) {
			v.Error = shown(causeText(errs[i]))
		}
		out.Versions[i] = v
		if states[i] == nil {
			continue
		}
		if seen == nil {
			seen = states[i]
		}
		out.HTTP2 = out.HTTP2 || states[i].NegotiatedProtocol == "h2"
	}
	return seen
}

// probeVersion begins a handshake of one version.
func (d *diagnoser) probeVersion(version uint16) (*tls.ConnectionState, error) {
	return d.glimpse(d.url, func(config *tls.Config) {
		config.MinVersion, config.MaxVersion = version, version
		config.EncryptedClientHelloConfigList = nil // is of TLS 1.3 alone
		config.CipherSuites = nil                   // is not asked about
	})
}

// glimpse begins a handshake for a URL of https, and breaks it off when the server has shown its
// certificate, which is not verified. Nothing is sent but what a handshake begins with.
func (d *diagnoser) glimpse(u *url.URL, change func(*tls.Config)) (seen *tls.ConnectionState, err error) {
	own := d.loose(u)
	config := own.TLS
	config.VerifyConnection = func(s tls.ConnectionState) error {
		seen = &s
		return errProbed
	}
	if change != nil {
		change(config)
	}
	own.Protocols = transport.HTTP1 | transport.HTTP2
	t, req := d.probe(&own)
	req.URL = u
	nc, err := t.Connect(req)
	if err == nil {
		nc.Close() // it is over before that
	}
	return seen, err
}

// loose returns what the transport is to know of a request that verifies nothing, and by which the
// server learns nothing of whoever asks. TLS is set, and nobody else's. Nobody is told.
func (d *diagnoser) loose(u *url.URL) transport.Overrides {
	own := d.over
	config := new(tls.Config)
	if base := cmp.Or(own.TLS, d.transport.TLS); base != nil {
		config = base.Clone()
	}
	config.Certificates, config.GetClientCertificate = nil, nil
	config.InsecureSkipVerify, config.VerifyPeerCertificate, config.VerifyConnection = true, nil, nil
	own.TLS, own.Insecure, own.Certificate, own.Pins = config, true, nil, transport.Pins{}
	how := new(transport.TLSSettings)
	if own.TLSSettings != nil {
		*how = *own.TLSSettings
	}
	own.TLSSettings = how
	how.MinVersion, how.MaxVersion, how.CipherSuites, how.ECH, how.RequireStaple = 0, 0, nil, nil, false
	own.Origin, own.Tracer, own.Limits = transport.Origin(u), nil, probeLimits
	d.pinBest(&own)
	return own
}

// refusedVersion reports whether a handshake failed because the server does not speak the
// version.
func refusedVersion(err error) bool {
	e, ok := errors.AsType[*tlserr.Error](err)
	if !ok {
		return false
	}
	switch e.Cause {
	case tlserr.NoCommonVersion, tlserr.NoCommonCipher, tlserr.Refused:
		return true
	}
	return false
}

// Bounds of what is shown of a chain.
const (
	maxChain = 6
	maxNames = 10
)

// describeChain describes certificates.
func describeChain(chain []*x509.Certificate, now time.Time) (out []diagnosis.Certificate, more int) {
	for i, c := range chain {
		if i == maxChain {
			return out, len(chain) - i
		}
		out = append(out, describeCertificate(c, now))
	}
	return out, 0
}

func describeCertificate(c *x509.Certificate, now time.Time) diagnosis.Certificate {
	out := diagnosis.Certificate{
		Subject: commonName(c.Subject), Issuer: commonName(c.Issuer),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, DaysLeft: daysLeft(c.NotAfter, now),
		CA: c.IsCA && c.BasicConstraintsValid, Signature: c.SignatureAlgorithm.String(),
		SHA256: sumOf(c), Pin: pinFor(c),
	}
	out.Key, out.KeyBits = keyOf(c)
	for _, name := range c.DNSNames[:min(len(c.DNSNames), maxNames)] {
		out.Names = append(out.Names, shown(name))
	}
	for _, ip := range c.IPAddresses[:min(len(c.IPAddresses), maxNames-len(out.Names))] {
		out.Names = append(out.Names, ip.String())
	}
	out.More = len(c.DNSNames) + len(c.IPAddresses) - len(out.Names)
	return out
}

// commonName returns what people call the holder of a name.
func commonName(n pkix.Name) string {
	switch {
	case n.CommonName != "":
		return shown(n.CommonName)
	case len(n.Organization) > 0:
		return shown(n.Organization[0])
	}
	return shown(n.String())
}

// daysLeft returns how many whole days there are to the end; a negative number if it is past.
func daysLeft(end, now time.Time) int {
	const day = 24 * time.Hour
	left := end.Sub(now)
	if left < 0 {
		return int((left - day + 1) / day)
	}
	return int(left / day)
}

// keyOf returns kind and size of a certificate's key.
func keyOf(c *x509.Certificate) (kind string, bits int) {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return "RSA", k.N.BitLen()
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Params().Name, k.Params().BitSize
	case ed25519.PublicKey:
		return "Ed25519", 256
	}
	return c.PublicKeyAlgorithm.String(), 0
}

// sumOf returns the SHA-256 sum of a certificate.
func sumOf(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// pinFor returns the pin of a certificate's key.
func pinFor(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return "sha256//" + base64.StdEncoding.EncodeToString(sum[:])
}

// hearOfHTTP3 notes who says that the server speaks HTTP/3, if anybody does. It is not tried: a call
// goes over TCP as long as that can be had.
func (d *diagnoser) hearOfHTTP3() {
	r := d.report
	if r.TLS == nil {
		return
	}
	if r.Names != nil && slices.ContainsFunc(r.Names.HTTPS, func(h diagnosis.HTTPSRecord) bool { return slices.Contains(h.ALPN, "h3") }) {
		r.TLS.HTTP3 = "HTTPS record"
	}
	if len(r.Hops) > 0 && slices.Contains(r.Hops[0].AltSvc, "h3") {
		r.TLS.HTTP3 = "Alt-Svc"
	}
}
