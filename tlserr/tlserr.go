// Package tlserr says in plain words why a TLS connection failed.
//
// [From] takes what crypto/tls and crypto/x509 return and gives an [*Error]: its first
// line names the cause ("certificate expired 3 days ago …"), Explain shows the chain that
// the server sent and the least dangerous remedy. The package knows nothing of HTTP, so it
// serves any program that dials TLS.
//
// Whatever comes from a certificate is hostile until proven otherwise, and a certificate
// that could not be verified is never proven: names are quoted, what a terminal would obey
// (control characters, bidirectional overrides) is escaped, lists and lengths are bounded.
package tlserr

import (
	"crypto/x509"
	"time"
)

// A Cause is why a TLS connection failed, in two or three words. More causes may be added.
type Cause string

// What can be wrong with the certificate, and with the handshake around it.
const (
	Expired       Cause = "expired"             // its time is over
	NotYetValid   Cause = "not yet valid"       // its time has not begun
	NameMismatch  Cause = "name mismatch"       // it is for other names
	UnknownIssuer Cause = "unknown issuer"      // nobody whom we trust has signed it
	SelfSigned    Cause = "self-signed"         // it has signed itself
	Invalid       Cause = "invalid certificate" // it breaks a rule of its issuers, or may not be used so

	NotTLS            Cause = "not tls"            // the server speaks another protocol, plain HTTP for instance
	NoCommonVersion   Cause = "no common version"  // the server takes none of the TLS versions offered
	ClientCertificate Cause = "client certificate" // the server wants one, or refused ours
	Refused           Cause = "refused"            // the server sent another alert; see [Error.Alert]
	Closed            Cause = "closed"             // the connection ended in mid-handshake
	Other             Cause = "other"              // anything else; see [Error.Unwrap]
)

// Certificate reports whether the cause lies in the server's certificate. If it does,
// nothing was sent that the server could take for a request.
func (c Cause) Certificate() bool {
	switch c {
	case Expired, NotYetValid, NameMismatch, UnknownIssuer, SelfSigned, Invalid:
		return true
	}
	return false
}

// An Error is a TLS failure and its cause. It is made by [From], and must not be altered.
type Error struct {
	Cause Cause

	// Chain is what the server sent, unverified, its own certificate first; nil if it had
	// not come to that. It is shared with crypto/tls: do not alter it.
	Chain []*x509.Certificate

	// Cert is the certificate at fault, nil if none is: mostly Chain[0], but an expired
	// or unconnected intermediate certificate is named too.
	Cert *x509.Certificate

	Host  string    // with whom, "name" or "name:port", as given to From; may be ""
	Alert uint8     // the alert that the server sent (RFC 8446 6); 0: none
	Now   time.Time // the clock by which validity was judged

	Err error // what crypto/tls or crypto/x509 returned, never nil
}

// Unwrap returns the original error, so that errors.As finds x509.HostnameError and the
// like.
func (e *Error) Unwrap() error { return e.Err }
