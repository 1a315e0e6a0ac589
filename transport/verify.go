package transport

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"slices"
	"time"

	"example.com/godwit/tlserr"
)

// A handshake checks what crypto/tls does not: pins, and OCSP responses. It is told of each
// handshake, of those too that resume a session. As the cache of those it keeps sessions from
// being resumed that would not pass any more.
type handshake struct {
	pins     Pins
	insecure bool // nothing but pins
	required bool // an OCSP response

	then  func(tls.ConnectionState) error // of the configuration; nil: nothing more
	clock func() time.Time                // nil: time.Now
	cache tls.ClientSessionCache

	until time.Time // when what the OCSP response says is over; zero: there is none
}

// install makes the handshake part of a configuration, which is its own.
func (h *handshake) install(config *tls.Config) {
	h.then, h.clock = config.VerifyConnection, config.Time
	config.VerifyConnection, config.ClientSessionCache = h.verify, h
}

func (h *handshake) now() time.Time {
	if h.clock != nil {
		return h.clock()
	}
	return time.Now()
}

// verify is a tls.Config's VerifyConnection.
func (h *handshake) verify(s tls.ConnectionState) error {
	if h.then != nil {
		if err := h.then(s); err != nil {
			return err
		}
	}
	if err := h.check(&s); err != nil { // and crypto/tls drops the session, if one was resumed
		return &tls.CertificateVerificationError{UnverifiedCertificates: s.PeerCertificates, Err: err}
	}
	return nil
}

func (h *handshake) check(s *tls.ConnectionState) error {
	if h.pins != (Pins{}) {
		if err := h.pins.check(s); err != nil {
			return err
		}
	}
	if h.insecure || len(s.PeerCertificates) == 0 {
		return nil
	}
	leaf := s.PeerCertificates[0]
	err := errSaysNothing
	if len(s.OCSPResponse) > 0 {
		h.until, err = checkStaple(s.OCSPResponse, leaf, issuersOf(s), h.now())
	}
	required := h.required || mustStaple(leaf)
	if err == errSaysNothing {
		if !required {
			return nil
		}
		return &tlserr.StapleError{Fault: tlserr.StapleMissing, Required: true}
	}
	if e, ok := err.(*tlserr.StapleError); ok {
		e.Required = required
	}
	return err
}

// issuersOf returns who may have issued the server's certificate: who has, in the chains that were
// verified. Where the configuration has seen to verifying by itself, it is who has signed it among
// those that the server has sent.
func issuersOf(s *tls.ConnectionState) (issuers []*x509.Certificate) {
	leaf := s.PeerCertificates[0]
	for _, chain := range s.VerifiedChains {
		issuer := chain[0] // which is trusted by itself
		if len(chain) > 1 {
			issuer = chain[1]
		}
		issuers = append(issuers, issuer)
	}
	if len(s.VerifiedChains) > 0 {
		return issuers
	}
	for _, cert := range s.PeerCertificates {
		if bytes.Equal(cert.RawSubject, leaf.RawIssuer) && cert.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil {
			issuers = append(issuers, cert)
		}
	}
	return issuers
}

// stapleTag marks, in what a session keeps for others than crypto/tls, until when its OCSP response
// is valid.
const stapleTag = "example.com/godwit staple\x00"

// Put keeps a session.
func (h *handshake) Put(key string, session *tls.ClientSessionState) {
	if session != nil && !h.until.IsZero() {
		session = marked(session, h.until)
	}
	h.cache.Put(key, session)
}

// marked returns a session that is not to be resumed after a time.
func marked(session *tls.ClientSessionState, until time.Time) *tls.ClientSessionState {
	ticket, state, err := session.ResumptionState()
	if err != nil || state == nil {
		return session
	}
	state.Extra = append(slices.Clip(state.Extra), binary.BigEndian.AppendUint64([]byte(stapleTag), uint64(until.Unix())))
	own, err := tls.NewResumptionState(ticket, state)
	if err != nil {
		return session
	}
	return own
}

// Get returns a session. One whose OCSP response is not valid any more is dropped: a full handshake
// brings a new response, and resuming it would fail for the old one.
func (h *handshake) Get(key string) (*tls.ClientSessionState, bool) {
	session, ok := h.cache.Get(key)
	if !ok || session == nil {
		return session, ok
	}
	if _, state, err := session.ResumptionState(); err == nil && state != nil {
		for _, extra := range state.Extra {
			if text, ok := bytes.CutPrefix(extra, []byte(stapleTag)); ok && len(text) == 8 && h.now().Unix() > int64(binary.BigEndian.Uint64(text)) {
				h.cache.Put(key, nil)
				return nil, false
			}
		}
	}
	return session, true
}
