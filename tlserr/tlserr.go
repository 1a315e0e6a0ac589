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
	Expired             Cause = "expired"              // its time is over
	NotYetValid         Cause = "not yet valid"        // its time has not begun
	NameMismatch        Cause = "name mismatch"        // it is for other names
	UnknownIssuer       Cause = "unknown issuer"       // nobody whom we trust has signed it
	MissingIntermediate Cause = "missing intermediate" // the server has not sent the certificate of its issuer
	SelfSigned          Cause = "self-signed"          // it has signed itself
	WeakSignature       Cause = "weak signature"       // it is signed with MD5 or SHA-1
	WeakKey             Cause = "weak key"             // its key is too short to prove anything
	WrongUsage          Cause = "wrong usage"          // it is for something other than TLS servers
	NameConstraint      Cause = "name constraint"      // an issuer of it may not sign for such names
	Revoked             Cause = "revoked"              // its issuer has taken it back
	Staple              Cause = "ocsp staple"          // the proof that it is not revoked is missing or bad
	PinMismatch         Cause = "pin mismatch"         // none of its keys is among the pinned ones
	Invalid             Cause = "invalid certificate"  // it breaks another rule of its issuers, or of RFC 5280

	NotTLS            Cause = "not tls"            // the server speaks another protocol, plain HTTP for instance
	OnlyTLS           Cause = "only tls"           // the other way round: plain HTTP to a server that speaks TLS
	NoCommonVersion   Cause = "no common version"  // the server takes none of the TLS versions offered
	NoCommonCipher    Cause = "no common cipher"   // the server takes none of the ciphers offered
	ClientCertificate Cause = "client certificate" // the server wants one, or refused ours
	ECHRejected       Cause = "ech rejected"       // the server does not know the key for Encrypted Client Hello
	Downgrade         Cause = "downgrade"          // somebody on the way has lowered the version of TLS
	Broken            Cause = "broken handshake"   // what the server sent breaks the rules of TLS
	Refused           Cause = "refused"            // the server sent another alert; see [Error.Alert]
	Closed            Cause = "closed"             // the connection ended in mid-handshake
	NoRoots           Cause = "no roots"           // this machine has no certificates that it trusts
	Other             Cause = "other"              // anything else; see [Error.Unwrap]
)

// Certificate reports whether the cause lies in the server's certificate. If it does,
// nothing was sent that the server could take for a request.
func (c Cause) Certificate() bool {
	switch c {
	case Expired, NotYetValid, NameMismatch, UnknownIssuer, MissingIntermediate, SelfSigned,
		WeakSignature, WeakKey, WrongUsage, NameConstraint, Revoked, Staple, PinMismatch, Invalid:
		return true
	}
	return false
}

// An Error is a TLS failure and its cause. It is made by [From] and
// [Facts.From], and must not be altered.
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

	Facts *Facts // what else is known of the handshake, never nil

	Err error // what crypto/tls or crypto/x509 returned, never nil

	steps []step // from Chain[0] upwards, if an issuer is not known; else nil
}

// Unwrap returns the original error, so that errors.As finds x509.HostnameError and the
// like.
func (e *Error) Unwrap() error { return e.Err }
