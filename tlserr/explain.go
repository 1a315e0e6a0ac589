// Explain(): the cause, the evidence and what can be done, for a person with time to read.

package tlserr

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// maxChain bounds how many certificates Explain shows.
const maxChain = 6

// Explain returns several lines: the cause, the chain as it was received, and the least
// dangerous remedy, as Go code and as a flag of the command where there is one. To verify
// nothing is never proposed. Every line ends in "\n"; the whole stays below 8 KiB.
func (e *Error) Explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", e.Error())
	e.writeChain(&b)
	if lines := e.remedy(); len(lines) > 0 {
		b.WriteString("\nwhat to do\n")
		for _, line := range lines {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	return b.String()
}

func (e *Error) writeChain(b *strings.Builder) {
	if len(e.Chain) == 0 {
		return
	}
	b.WriteString("\nwhat the server sent\n")
	for i, c := range e.Chain {
		if i == maxChain {
			fmt.Fprintf(b, "  and %d more\n", len(e.Chain)-maxChain)
			break
		}
		fmt.Fprintf(b, "  %d. subject %s, issuer %s\n", i+1, nameOf(c.Subject), nameOf(c.Issuer))
		if i == 0 {
			fmt.Fprintf(b, "     %s\n", forNames(c))
		}
		fmt.Fprintf(b, "     valid from %s to %s%s\n", date(c.NotBefore), date(c.NotAfter), e.outdated(c))
		if i == 0 {
			sum := sha256.Sum256(c.Raw)
			fmt.Fprintf(b, "     sha256 %s\n", hex.EncodeToString(sum[:]))
		}
	}
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// outdated marks a certificate that is out of its time, which need not be the cause.
func (e *Error) outdated(c *x509.Certificate) string {
	switch {
	case e.Now.After(c.NotAfter):
		return " (expired)"
	case e.Now.Before(c.NotBefore):
		return " (not valid yet)"
	}
	return ""
}

// remedy returns what can be done about the cause, the least dangerous first.
func (e *Error) remedy() []string {
	switch e.Cause {
	case UnknownIssuer:
		lines := []string{
			"If you know this issuer, a company's or a test's own for instance, get its certificate",
			"from a source you trust and name it:",
		}
		if len(e.Chain) == 1 {
			lines = append([]string{"The server sent no issuer's certificate; if there is one between it and a known root,", "the server's owner has to add it.", ""}, lines...)
		}
		return append(lines, trust("ca.pem")...)
	case SelfSigned:
		return append([]string{
			"If this certificate is the server's own, as its owner confirms by the sha256 above,",
			"save it and trust exactly this one:",
		}, trust("server.pem")...)
	case Expired, NotYetValid:
		return []string{"Set this machine's clock if it is wrong. If it is right, only the server's owner can", "help: the certificate has to be replaced."}
	case NameMismatch:
		return []string{"Use a name that the certificate is for. If the name is right, the server's owner has to", "get a certificate for it, or you have reached another server than you meant."}
	case Invalid:
		return []string{"Only the server's owner can help: the certificate has to be replaced."}
	case NotTLS:
		return []string{"Use http:// if this server is meant to be plain, or the port on which it speaks TLS."}
	case NoCommonVersion:
		return []string{"Only the server's owner can help: TLS 1.2, of 2008, is the least that is safe."}
	case ClientCertificate:
		return []string{"Ask the server's owner for a client certificate that is valid there."}
	}
	return nil
}

// trust returns how a certificate is trusted, in Go and on the command line.
func trust(file string) []string {
	return []string{
		fmt.Sprintf("  in Go                godwit.CA(%q)", file),
		"  on the command line  --verify=" + file,
	}
}
