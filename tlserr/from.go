// From: which cause an error of crypto/tls or crypto/x509 stands for. Errors are told
// apart by type only; their texts change from one release of Go to the next.

package tlserr

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"reflect"
	"time"
)

// From turns what a failed TLS handshake returned into an [*Error]. It serves the first
// reads after a handshake too: in TLS 1.3 the server judges the client's certificate only
// then.
//
// host, "name" or "name:port", is for the message only; now is the clock by which the
// certificates were judged. nil stays nil. An error that is an *Error already, and one that
// means a cancelled context, a passed deadline or a connection that we closed ourselves, is
// returned as it is; what From does not know becomes an *Error with the cause [Other].
//
// Whoever has seen more of the handshake than its error fills in [Facts], whose From says more.
func From(err error, host string, now time.Time) error {
	return (&Facts{Host: host, Now: now}).From(err)
}

// From is like the function From, and knows the facts. They belong to the error from then on.
func (f *Facts) From(err error) error {
	if err == nil || passedThrough(err) {
		return err
	}
	e := &Error{Cause: Other, Host: f.Host, Now: f.Now, Alert: f.Alert, Chain: f.Chain, Facts: f, Err: err}
	if e.Now.IsZero() {
		e.Now = time.Now()
	}
	v, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	if unverified {
		e.Chain = v.UnverifiedCertificates
	}
	switch {
	case e.plain(), e.demanded(), e.certificate(), e.handshake():
	case unverified:
		e.Cause, e.Cert = Invalid, e.leaf() // what a verifier of the system's says, for one
	default:
		e.Cause, e.Cert = e.seen()
	}
	if len(e.Chain) == 0 && e.Cert != nil {
		e.Chain = []*x509.Certificate{e.Cert}
	}
	return e
}

// passedThrough reports whether the error says nothing about TLS.
func passedThrough(err error) bool {
	if _, ok := errors.AsType[*Error](err); ok {
		return true
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
		return true
	}
	ne, ok := errors.AsType[net.Error](err)
	return ok && ne.Timeout()
}

// plain sets Cause if TLS was not even asked for.
func (e *Error) plain() bool {
	v, ok := errors.AsType[*PlainError](e.Err)
	if ok {
		e.Cause, e.Alert = OnlyTLS, readHello(v.First).alert
	}
	return ok
}

// demanded sets Cause and Cert if the certificate is not what our own settings demand.
func (e *Error) demanded() bool {
	if _, ok := errors.AsType[*PinError](e.Err); ok {
		e.Cause = PinMismatch
	} else if _, ok := errors.AsType[*RevokedError](e.Err); ok {
		e.Cause = Revoked
	} else if _, ok := errors.AsType[*StapleError](e.Err); ok {
		e.Cause = Staple
	} else {
		return false
	}
	e.Cert = e.leaf()
	return true
}

// certificate sets Cause and Cert if the error is one of crypto/x509.
func (e *Error) certificate() bool {
	if v, ok := errors.AsType[x509.HostnameError](e.Err); ok {
		e.Cause, e.Cert = NameMismatch, v.Certificate
	} else if v, ok := errors.AsType[x509.UnknownAuthorityError](e.Err); ok {
		e.unknown(v)
	} else if v, ok := errors.AsType[x509.CertificateInvalidError](e.Err); ok {
		e.invalidCertificate(v)
	} else if _, ok := errors.AsType[x509.UnhandledCriticalExtension](e.Err); ok {
		e.Cause, e.Cert = Invalid, e.leaf()
		for _, c := range e.Chain {
			if len(c.UnhandledCriticalExtensions) > 0 {
				e.Cert = c
				break
			}
		}
	} else if _, ok := errors.AsType[x509.InsecureAlgorithmError](e.Err); ok {
		e.Cause, e.Cert = WeakSignature, e.leaf()
	} else if _, ok := errors.AsType[x509.ConstraintViolationError](e.Err); ok {
		e.Cause, e.Cert = Invalid, e.leaf()
	} else if _, ok := errors.AsType[x509.SystemRootsError](e.Err); ok {
		e.Cause = NoRoots
	} else {
		return false
	}
	return true
}

// unknown looks for what is behind an issuer that is not known: crypto/x509 says the same of a
// signature that it does not take, and of an issuer that may not sign.
func (e *Error) unknown(v x509.UnknownAuthorityError) {
	e.Cause, e.Cert = UnknownIssuer, v.Cert
	leaf := e.leaf()
	if leaf == nil {
		return
	}
	var known []*x509.Certificate
	if c := hint(v); c != nil {
		known = append(known, c)
	}
	e.steps = path(e.Chain, known...)
	if len(e.steps) == 0 {
		return
	}
	last := e.steps[len(e.steps)-1]
	e.Cert = last.cert
	switch {
	case last.flaw == itself && last.cert.Equal(leaf):
		e.Cause = SelfSigned
	case last.flaw == itself:
	case last.flaw == weakHash, last.flaw == notSent && weak(last.cert.SignatureAlgorithm) != "":
		e.Cause = WeakSignature
	case last.flaw == shortKey:
		e.Cause, e.Cert = WeakKey, last.issuer
	case last.flaw == notAuthority:
		e.Cause, e.Cert = Invalid, last.issuer
	case last.flaw == notSent && last.cert.Equal(leaf) && (len(e.Chain) > 1 || len(leaf.IssuingCertificateURL) > 0):
		// Nobody says of a root where it can be had, and a server that sends other issuers sends
		// the wrong ones.
		e.Cause = MissingIntermediate
	}
}

// invalidCertificate tells the reasons of crypto/x509 apart.
func (e *Error) invalidCertificate(v x509.CertificateInvalidError) {
	e.Cause, e.Cert = Invalid, v.Cert
	switch v.Reason {
	case x509.Expired:
		e.Cause = Expired
		if v.Cert != nil && e.Now.Before(v.Cert.NotBefore) {
			e.Cause = NotYetValid
		}
	case x509.CANotAuthorizedForThisName, x509.UnconstrainedName, x509.NameConstraintsWithoutSANs:
		e.Cause = NameConstraint
	case x509.IncompatibleUsage, x509.CANotAuthorizedForExtKeyUsage:
		e.Cause = WrongUsage
		for _, c := range e.Chain {
			if !forServers(c) {
				e.Cert = c
				break
			}
		}
	}
}

// forServers reports whether a certificate may be used for TLS servers, or says nothing of it.
func forServers(c *x509.Certificate) bool {
	for _, use := range c.ExtKeyUsage {
		if use == x509.ExtKeyUsageServerAuth || use == x509.ExtKeyUsageAny {
			return true
		}
	}
	return len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0
}

// leaf returns the server's own certificate, nil if it sent none.
func (e *Error) leaf() *x509.Certificate {
	if len(e.Chain) > 0 {
		return e.Chain[0]
	}
	return e.Cert
}

// handshake sets Cause if the error is one about the handshake around the certificate, of a
// type that says so.
func (e *Error) handshake() bool {
	if v, ok := errors.AsType[tls.RecordHeaderError](e.Err); ok {
		// Conn is set for the very first record only; one that is wrong later on is a
		// broken connection, not another protocol.
		switch {
		case (v.Conn != nil || v.RecordHeader[0] == 0x80) && isSSL2(v.RecordHeader):
			e.Cause = NoCommonVersion
		case v.Conn != nil, isHTTP(v.RecordHeader):
			e.Cause = NotTLS
		default:
			e.Cause = Broken
		}
	} else if _, ok := errors.AsType[*tls.ECHRejectionError](e.Err); ok {
		e.Cause = ECHRejected
	} else if op, ok := errors.AsType[*net.OpError](e.Err); ok {
		switch {
		case op.Op == "remote error":
			e.Alert = alertOf(op.Err)
			e.Cause = e.causeOfAlert()
		case alertOf(op.Err) != 0: // ours, about what came
			if e.Cause, e.Cert = e.seen(); e.Cause == Other {
				e.Cause = Broken
			}
		default:
			e.Cause = Closed // reset, broken pipe
		}
	} else if e.Alert != 0 {
		e.Cause = e.causeOfAlert()
	} else if _, ok := errors.AsType[tls.AlertError](e.Err); ok { // over QUIC, and ours
		if e.Cause, e.Cert = e.seen(); e.Cause == Other {
			e.Cause = Broken
		}
	} else if errors.Is(e.Err, io.EOF) || errors.Is(e.Err, io.ErrUnexpectedEOF) || errors.Is(e.Err, io.ErrClosedPipe) {
		e.Cause = Closed
	} else {
		return false
	}
	return true
}

// seen returns the cause of an error that is nothing but a text, and the certificate at fault if
// one is, by what the server has sent.
func (e *Error) seen() (Cause, *x509.Certificate) {
	f := e.Facts
	if leaf := first(f.Chain); leaf != nil && tooShort(leaf) {
		return WeakKey, leaf
	}
	if !f.Seen || f.Received == 0 {
		return Other, nil // such as settings that cannot be
	}
	h := readHello(f.First)
	least, most := f.versions()
	switch version := h.version(); {
	case h.ssl2, version != 0 && (version < least || version > most):
		return NoCommonVersion, nil
	case h.lowered && version <= tls.VersionTLS12 && most >= tls.VersionTLS13:
		return Downgrade, nil
	case h.cipher != 0 && len(f.Chain) == 0 && !f.offered(h.cipher):
		return NoCommonCipher, nil
	}
	return Broken, nil
}

// alertOf returns the number of an alert. crypto/tls hands a server's alert over as a
// number of a type that it does not export (tls.AlertError is for QUIC only), so that
// neither a type assertion nor errors.As gets at it. Package and kind are checked, and
// a test notices should they change.
func alertOf(err error) uint8 {
	v := reflect.ValueOf(err)
	if v.IsValid() && v.Kind() == reflect.Uint8 && v.Type().PkgPath() == "crypto/tls" {
		return uint8(v.Uint())
	}
	return 0
}

// Alerts that mean more than "no", RFC 8446 6.2.
const (
	alertHandshakeFailure       = 40
	alertBadCertificate         = 42
	alertUnsupportedCertificate = 43
	alertCertificateRevoked     = 44
	alertCertificateExpired     = 45
	alertCertificateUnknown     = 46
	alertUnknownCA              = 48
	alertAccessDenied           = 49
	alertProtocolVersion        = 70
	alertInsufficientSecurity   = 71
	alertInternalError          = 80
	alertUnrecognizedName       = 112
	alertCertificateRequired    = 116
	alertNoApplicationProtocol  = 120
)

// causeOfAlert returns what the server's alert means. The same number stands for several things;
// what had been said before tells them apart, where it is known.
func (e *Error) causeOfAlert() Cause {
	f := e.Facts
	h := readHello(f.First)
	switch e.Alert {
	case alertProtocolVersion:
		return NoCommonVersion
	case alertInsufficientSecurity:
		return NoCommonCipher
	case alertHandshakeFailure:
		switch {
		case f.Asked:
			return ClientCertificate
		case h.alert != 0 && h.record == versionSSL30:
			return NoCommonVersion
		case h.alert != 0: // it has chosen nothing
			return NoCommonCipher
		}
	case alertCertificateRequired:
		return ClientCertificate
	case alertBadCertificate, alertUnsupportedCertificate, alertCertificateRevoked,
		alertCertificateExpired, alertCertificateUnknown, alertUnknownCA, alertAccessDenied:
		if f.Asked || !f.Seen {
			return ClientCertificate
		}
	}
	return Refused
}
