// Error(): the one line that a person reads first.

package tlserr

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// maxLine bounds the line, whatever the certificate says.
const maxLine = 1000

// Error returns the cause in one line of at most 1 KiB, for instance
//
//	certificate is for "a.example", "b.example", not for "c.example"
func (e *Error) Error() string { return clip(e.line(), maxLine) }

func (e *Error) line() string {
	switch e.Cause {
	case NotTLS, OnlyTLS, NoCommonVersion, NoCommonCipher, ClientCertificate, ECHRejected, Downgrade,
		Broken, Refused, Closed, NoRoots, Other:
		return e.handshakeLine()
	case Expired:
		return e.subject() + " expired " + e.expired()
	case NotYetValid:
		return e.subject() + " is not valid " + e.notYet()
	case NameMismatch:
		return "certificate " + forNames(e.Cert) + ", not for " + quote(e.wanted(), maxName)
	case SelfSigned:
		return e.whose() + " is signed by itself"
	case UnknownIssuer:
		return e.unknownIssuer()
	case MissingIntermediate:
		return e.whose() + " comes without that of its issuer " + nameOf(e.Cert.Issuer)
	case WeakSignature:
		return e.whose() + " is signed with " + e.hash() + ", which proves nothing"
	case WeakKey:
		return e.whose() + fmt.Sprintf(" has a key of %d bits, which proves nothing", rsaBits(e.Cert))
	case PinMismatch, Revoked, Staple:
		return e.demand()
	}
	return "certificate of " + e.host() + " is not acceptable: " + e.invalid()
}

// unknownIssuer names the issuer, and what is odd about it.
func (e *Error) unknownIssuer() string {
	line := "certificate of " + e.host() + " is signed by an unknown issuer"
	if e.Cert == nil {
		return line
	}
	line += " " + nameOf(e.Cert.Issuer)
	if name, k := e.product(); name != "" && k != developer {
		return line + ", which looks like " + name
	}
	if s := e.last(); s != nil && s.flaw == notSigned && s.issuer != nil {
		return line + ": a certificate of that name is at hand, but it has not signed this one"
	}
	return line
}

// last returns the step at which the chain ends, nil if it is not known.
func (e *Error) last() *step {
	if len(e.steps) == 0 {
		return nil
	}
	return &e.steps[len(e.steps)-1]
}

// product returns the product that the chain seems to come from, if its issuer is not known.
func (e *Error) product() (string, kind) {
	if e.Cause != UnknownIssuer && e.Cause != SelfSigned && e.Cause != MissingIntermediate {
		return "", 0
	}
	return productOf(e.Cert)
}

// whose returns "certificate of HOST", or which other one of the chain is at fault.
func (e *Error) whose() string {
	if e.Cert != nil && e.Cert != e.leaf() {
		return "certificate of the issuer " + nameOf(e.Cert.Subject)
	}
	return "certificate of " + e.host()
}

// hash names the hash of a signature that is too weak.
func (e *Error) hash() string {
	if e.Cert != nil && weak(e.Cert.SignatureAlgorithm) != "" {
		return weak(e.Cert.SignatureAlgorithm)
	}
	if v, ok := errors.AsType[x509.InsecureAlgorithmError](e.Err); ok {
		return cmp.Or(weak(x509.SignatureAlgorithm(v)), "a broken hash")
	}
	return "a broken hash"
}

// demand says what the certificate lacks of what our own settings demand.
func (e *Error) demand() string {
	if v, ok := errors.AsType[*RevokedError](e.Err); ok {
		text := "certificate of " + e.host() + " was revoked"
		if !v.At.IsZero() {
			text += " on " + date(v.At)
		}
		if why := revocationReasons[v.Reason]; why != "" {
			text += ": " + why
		}
		return text
	}
	if v, ok := errors.AsType[*StapleError](e.Err); ok {
		if v.Fault == StapleMissing {
			return e.host() + " sent no proof that its certificate is not revoked (OCSP), and one is demanded"
		}
		return "the proof of " + e.host() + " that its certificate is not revoked does not count: " + escape(v.Error(), 256)
	}
	v, ok := errors.AsType[*PinError](e.Err)
	if !ok || len(v.Got) == 0 {
		return e.host() + " has none of the pinned keys"
	}
	return e.host() + " has none of the pinned keys, but " + escape(v.Got[0], maxName)
}

// host returns with whom it was, in words if it is not known.
func (e *Error) host() string {
	if e.Host == "" {
		return "the server"
	}
	return escape(e.Host, maxName)
}

// subject returns "certificate", or who else of the chain is at fault.
func (e *Error) subject() string {
	if e.Cert != nil && e.Cert != e.leaf() {
		return "certificate of the issuer " + nameOf(e.Cert.Subject)
	}
	return "certificate"
}

// expired says when the certificate's time ended, and asks about the clock: a wrong one is
// about as likely as a certificate that nobody renewed.
func (e *Error) expired() string {
	if e.Cert == nil {
		return "(" + e.clock() + ")"
	}
	if ago := e.Now.Sub(e.Cert.NotAfter); ago > 0 {
		return fmt.Sprintf("%s ago (%s; %s)", inWords(ago), day(e.Cert.NotAfter, ago), e.clock())
	}
	return fmt.Sprintf("(%s; %s)", day(e.Cert.NotAfter, 0), e.clock())
}

// notYet says when its time begins.
func (e *Error) notYet() string {
	if e.Cert == nil {
		return "yet (" + e.clock() + ")"
	}
	left := e.Cert.NotBefore.Sub(e.Now)
	return fmt.Sprintf("before %s, in %s (%s)", day(e.Cert.NotBefore, left), inWords(left), e.clock())
}

func (e *Error) clock() string {
	return "is this machine's clock (" + e.Now.UTC().Format("2006-01-02 15:04") + " UTC) right?"
}

// day writes a date, with the time of day if it is near.
func day(t time.Time, away time.Duration) string {
	if away < 48*time.Hour {
		return t.UTC().Format("2006-01-02 15:04") + " UTC"
	}
	return t.UTC().Format(time.DateOnly)
}

// inWords writes a duration as people say it: "3 days".
func inWords(d time.Duration) string {
	const dayLong, yearLong = 24 * time.Hour, 365 * 24 * time.Hour
	for _, unit := range []struct {
		long time.Duration
		name string
	}{{yearLong, "years"}, {dayLong, "days"}, {time.Hour, "hours"}, {time.Minute, "minutes"}} {
		if d >= 2*unit.long {
			return strconv.Itoa(int(d/unit.long)) + " " + unit.name
		}
	}
	if s := int(d / time.Second); s != 1 {
		return strconv.Itoa(s) + " seconds"
	}
	return "1 second"
}

// wanted returns the name that the certificate should have been for.
func (e *Error) wanted() string {
	if v, ok := errors.AsType[x509.HostnameError](e.Err); ok {
		return v.Host
	}
	return e.Host
}

// invalid says which rule is broken. The reasons are those of x509.InvalidReason; its own
// texts are not used because they carry names from the certificate as they are.
func (e *Error) invalid() string {
	issuer := "its issuer"
	if e.Cert != nil && e.Cert != e.leaf() {
		issuer += " " + nameOf(e.Cert.Subject)
	}
	if e.Cause == NameConstraint {
		return e.constrained()
	}
	if s := e.last(); s != nil && s.flaw == notAuthority {
		return issuer + " may not sign certificates"
	}
	if _, ok := errors.AsType[x509.UnhandledCriticalExtension](e.Err); ok {
		return "it has a critical extension that is not understood" + e.extensions()
	}
	if _, ok := errors.AsType[x509.ConstraintViolationError](e.Err); ok {
		return issuer + " may not sign certificates"
	}
	v, ok := errors.AsType[x509.CertificateInvalidError](e.Err)
	if !ok {
		return escape(e.Err.Error(), 256)
	}
	switch v.Reason {
	case x509.NotAuthorizedToSign:
		return issuer + " may not sign certificates"
	case x509.CANotAuthorizedForExtKeyUsage, x509.IncompatibleUsage:
		if e.Cert != nil && e.Cert != e.leaf() {
			return issuer + " is not meant for TLS servers"
		}
		return "it is not meant for TLS servers"
	case x509.TooManyIntermediates:
		return "there are more issuers below " + cmp.Or(e.subjectOf(v.Cert), "one of its issuers") + " than that allows"
	case x509.NameMismatch:
		return "its issuer's name does not match"
	}
	return escape(v.Error(), 256)
}

func (e *Error) subjectOf(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	return nameOf(c.Subject)
}

// constrained says who may not sign for the names of the certificate.
func (e *Error) constrained() string {
	for _, c := range e.Chain {
		if c != e.leaf() && limits(c) != "" {
			return "its issuer " + nameOf(c.Subject) + " may not sign for all of its names"
		}
	}
	return "one of its issuers may not sign for all of its names"
}

// extensions names those that are not understood.
func (e *Error) extensions() string {
	if e.Cert == nil || len(e.Cert.UnhandledCriticalExtensions) == 0 {
		return ""
	}
	return " (" + clip(e.Cert.UnhandledCriticalExtensions[0].String(), maxName) + ")"
}

// broken returns ": connection reset by peer" or the like where the system said why.
func (e *Error) broken() string {
	if v, ok := errors.AsType[*os.SyscallError](e.Err); ok {
		return ": " + escape(v.Err.Error(), maxName)
	}
	if v, ok := errors.AsType[*net.OpError](e.Err); ok {
		return ": " + escape(v.Err.Error(), maxName)
	}
	return ""
}

// forNames returns for which names a certificate is: the first few, and how many more.
func forNames(c *x509.Certificate) string {
	if c == nil || len(c.DNSNames)+len(c.IPAddresses) == 0 {
		// Go ignores the Common Name, as browsers do (RFC 9525 2).
		return "names no host"
	}
	total := len(c.DNSNames) + len(c.IPAddresses)
	const most = 5
	var b strings.Builder
	b.WriteString("is for ")
	for i := range min(total, most) {
		if i > 0 {
			b.WriteString(", ")
		}
		if i < len(c.DNSNames) {
			b.WriteString(quote(c.DNSNames[i], maxName))
		} else {
			b.WriteString(quote(c.IPAddresses[i-len(c.DNSNames)].String(), maxName))
		}
	}
	if total > most {
		fmt.Fprintf(&b, " and %d more", total-most)
	}
	return b.String()
}
