// Errors that crypto/tls does not know of: about a certificate that it would take but our own
// settings do not, and about a server that was not even asked in TLS. They come from those who
// make connections; From finds them, however they are wrapped.

package tlserr

import (
	"fmt"
	"strings"
	"time"
)

// A PlainError says that a server that was asked without TLS has answered with it, by an alert as
// a rule. From makes the cause OnlyTLS of it.
type PlainError struct {
	First []byte // of the answer
	URL   string // that asks the same server in TLS; "": not known
	Err   error  // what whoever reads answers makes of it; nil: nothing
}

// Error says so.
func (e *PlainError) Error() string { return "TLS in answer to what is none" }

// Unwrap returns Err.
func (e *PlainError) Unwrap() error { return e.Err }

// A PinError says that no key of those pinned is in the chain of certificates.
type PinError struct {
	Got  []string // the keys of the certificates that count, the server's own first: "sha256//…"
	Want []string // the pins
}

// Error names the server's own key, so that it can be compared with what its owner says.
func (e *PinError) Error() string {
	got := "it has shown no certificate"
	if len(e.Got) > 0 {
		got = "got " + e.Got[0]
	}
	return fmt.Sprintf("none of the %d pinned keys: %s", len(e.Want), got)
}

// A RevokedError says that the issuer has taken the certificate back, in an OCSP response that
// the server itself has sent (RFC 6960).
type RevokedError struct {
	At     time.Time // when
	Reason int       // why: a CRLReason of RFC 5280 5.3.1; 0: it is not said
}

// revocationReasons are the CRLReasons (RFC 5280 5.3.1).
var revocationReasons = map[int]string{
	1: "its key is no longer secret", 2: "its issuer's key is no longer secret", 3: "its holder has changed",
	4: "another has taken its place", 5: "it is not used any more", 6: "for the time being",
	9: "its holder has lost a right", 10: "its attribute authority's key is no longer secret",
}

// Error says when and why.
func (e *RevokedError) Error() string {
	text := "the certificate was revoked on " + date(e.At)
	if why := revocationReasons[e.Reason]; why != "" {
		text += " (" + why + ")"
	}
	return text
}

// A StapleFault is what is wrong with the OCSP response that a server sends along, in a few words.
type StapleFault string

// What can be wrong with it.
const (
	StapleMissing   StapleFault = "missing"                 // there is none, or one that says nothing, and it is demanded
	StapleMalformed StapleFault = "malformed"               // it cannot be parsed, or has a critical extension
	StapleForeign   StapleFault = "for another certificate" // another serial number or issuer
	StapleForged    StapleFault = "signed by the wrong one" // by neither the issuer nor who may do so in its name
	StapleExpired   StapleFault = "expired"                 // its time is over
	StapleEarly     StapleFault = "not yet valid"           // its time has not begun
	StapleUnknown   StapleFault = "status unknown"          // the responder does not know the certificate
)

// A StapleError says that the OCSP response which came with a certificate does not count
// (RFC 6066 8, RFC 6960), or that none came and one is demanded.
type StapleError struct {
	Fault StapleFault

	// Required: the certificate itself demands a response (RFC 7633), or the caller does
	// (RequireStaple). Without it, one that was sent is wrong.
	Required bool

	ThisUpdate, NextUpdate time.Time // between which it is valid; zero: not known

	Err error // what the parser or the check of the signature said; nil: nothing
}

// Error says what is wrong with the response.
func (e *StapleError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "OCSP response %s", e.Fault)
	switch {
	case e.Fault == StapleExpired && !e.NextUpdate.IsZero():
		fmt.Fprintf(&text, " (on %s)", date(e.NextUpdate))
	case e.Fault == StapleEarly && !e.ThisUpdate.IsZero():
		fmt.Fprintf(&text, " (before %s)", date(e.ThisUpdate))
	case e.Fault == StapleMissing && e.Required:
		text.WriteString(", and one is demanded")
	}
	return text.String()
}

// Unwrap returns Err.
func (e *StapleError) Unwrap() error { return e.Err }
