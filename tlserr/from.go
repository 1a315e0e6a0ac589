// From: which cause an error of crypto/tls or crypto/x509 stands for. Errors are told
// apart by type only; their texts change from one release of Go to the next.

package tlserr

import (
	"bytes"
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
func From(err error, host string, now time.Time) error {
	if err == nil || passedThrough(err) {
		return err
	}
	e := &Error{Cause: Other, Host: host, Now: now, Err: err}
	if v, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		e.Chain = v.UnverifiedCertificates
	}
	if !e.certificate() {
		e.handshake()
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

// certificate sets Cause and Cert if the error is one about the certificate.
func (e *Error) certificate() bool {
	if v, ok := errors.AsType[x509.HostnameError](e.Err); ok {
		e.Cause, e.Cert = NameMismatch, v.Certificate
		return true
	}
	if v, ok := errors.AsType[x509.UnknownAuthorityError](e.Err); ok {
		e.Cause, e.Cert = UnknownIssuer, v.Cert
		if leaf := e.leaf(); leaf != nil && selfSigned(leaf) {
			e.Cause, e.Cert = SelfSigned, leaf
		}
		return true
	}
	if v, ok := errors.AsType[x509.CertificateInvalidError](e.Err); ok {
		e.Cause, e.Cert = Invalid, v.Cert
		if v.Reason == x509.Expired {
			e.Cause = Expired
			if v.Cert != nil && e.Now.Before(v.Cert.NotBefore) {
				e.Cause = NotYetValid
			}
		}
		return true
	}
	if _, ok := errors.AsType[x509.UnhandledCriticalExtension](e.Err); ok {
		e.Cause, e.Cert = Invalid, e.leaf()
		return true
	}
	return false
}

// leaf returns the server's own certificate, nil if it sent none.
func (e *Error) leaf() *x509.Certificate {
	if len(e.Chain) > 0 {
		return e.Chain[0]
	}
	return e.Cert
}

// selfSigned reports whether the certificate names itself as its issuer and the signature
// is its own. The name alone proves nothing: anybody may write any name.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) &&
		c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// handshake sets Cause if the error is one about the handshake around the certificate.
func (e *Error) handshake() {
	if v, ok := errors.AsType[tls.RecordHeaderError](e.Err); ok {
		// Conn is set for the very first record only; one that is wrong later on is a
		// broken connection, not another protocol.
		if v.Conn != nil || isHTTP(v.RecordHeader) {
			e.Cause = NotTLS
		}
		return
	}
	if op, ok := errors.AsType[*net.OpError](e.Err); ok {
		switch {
		case op.Op == "remote error":
			e.Alert = alertOf(op.Err)
			e.Cause = causeOfAlert(e.Alert)
		case alertOf(op.Err) == 0:
			e.Cause = Closed // reset, broken pipe; with an alert it is ours about what came
		}
		return
	}
	if errors.Is(e.Err, io.EOF) || errors.Is(e.Err, io.ErrUnexpectedEOF) || errors.Is(e.Err, io.ErrClosedPipe) {
		e.Cause = Closed
	}
}

// isHTTP reports whether a record header is the beginning of an HTTP response.
func isHTTP(header [5]byte) bool { return string(header[:]) == "HTTP/" }

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

func causeOfAlert(alert uint8) Cause {
	switch alert {
	case alertProtocolVersion:
		return NoCommonVersion
	case alertBadCertificate, alertUnsupportedCertificate, alertCertificateRevoked,
		alertCertificateExpired, alertCertificateUnknown, alertUnknownCA,
		alertAccessDenied, alertCertificateRequired:
		return ClientCertificate
	}
	return Refused
}
