// Error(): the one line that a person reads first.

package tlserr

import (
	"crypto/tls"
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
	case Expired:
		return e.subject() + " expired " + e.expired()
	case NotYetValid:
		return e.subject() + " is not valid " + e.notYet()
	case NameMismatch:
		return "certificate " + forNames(e.Cert) + ", not for " + quote(e.wanted(), maxName)
	case UnknownIssuer:
		if e.Cert == nil {
			return "certificate of " + e.host() + " is signed by an unknown issuer"
		}
		return "certificate of " + e.host() + " is signed by an unknown issuer " + nameOf(e.Cert.Issuer)
	case SelfSigned:
		return "certificate of " + e.host() + " is signed by itself"
	case Invalid:
		return "certificate of " + e.host() + " is not acceptable: " + e.invalid()
	case NotTLS:
		return e.notTLS()
	case NoCommonVersion:
		return e.host() + " takes none of the TLS versions offered"
	case ClientCertificate:
		return e.clientCertificate()
	case Refused:
		return e.host() + " refused the TLS handshake: " + alertText(e.Alert)
	case Closed:
		return e.host() + " closed the connection during the TLS handshake" + e.broken()
	}
	return escape(e.Err.Error(), 512)
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
	v, ok := errors.AsType[x509.CertificateInvalidError](e.Err)
	if !ok {
		return "it has a critical extension that is not understood"
	}
	switch v.Reason {
	case x509.NotAuthorizedToSign:
		return "its issuer may not sign certificates"
	case x509.CANotAuthorizedForThisName, x509.UnconstrainedName, x509.NameConstraintsWithoutSANs:
		return "its issuer may not sign for this name"
	case x509.CANotAuthorizedForExtKeyUsage, x509.IncompatibleUsage:
		return "it is not meant for TLS servers"
	case x509.TooManyIntermediates:
		return "there are more issuers between it and the root than the root allows"
	case x509.NameMismatch:
		return "its issuer's name does not match"
	}
	return escape(v.Error(), 256)
}

func (e *Error) notTLS() string {
	v, ok := errors.AsType[tls.RecordHeaderError](e.Err)
	if ok && !isHTTP(v.RecordHeader) {
		return e.host() + " does not speak TLS (its answer begins with " + quote(string(v.RecordHeader[:]), maxName) + ")"
	}
	return e.host() + " answered in plain HTTP, not TLS"
}

func (e *Error) clientCertificate() string {
	switch e.Alert {
	case alertCertificateRequired:
		return e.host() + " asks for a client certificate"
	case alertAccessDenied:
		return e.host() + " refused access to the holder of this client certificate"
	}
	// Servers send these for a certificate that is missing, too.
	return e.host() + " refused the client certificate, or wants one: " + alertText(e.Alert)
}

var alertTexts = map[uint8]string{
	alertHandshakeFailure:       "nothing offered suits it, or it wants a client certificate",
	alertBadCertificate:         "bad certificate",
	alertUnsupportedCertificate: "unsupported certificate",
	alertCertificateRevoked:     "certificate revoked",
	alertCertificateExpired:     "certificate expired",
	alertCertificateUnknown:     "certificate not acceptable",
	alertUnknownCA:              "its issuer is unknown there",
	alertInsufficientSecurity:   "the ciphers offered are too weak for it",
	alertInternalError:          "internal error of the server",
	alertUnrecognizedName:       "it knows no such host name",
	alertNoApplicationProtocol:  "it speaks none of the protocols offered (ALPN)",
}

// alertText returns what an alert means, or its number.
func alertText(alert uint8) string {
	if s, ok := alertTexts[alert]; ok {
		return s
	}
	return "alert " + strconv.Itoa(int(alert))
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
