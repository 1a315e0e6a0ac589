// Explain(): the cause, the evidence and what can be done, for a person with time to read.

package tlserr

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"net"
	"slices"
	"strings"
	"time"
)

// Bounds: how many certificates Explain shows, and how many bytes all of it has at most.
const (
	maxChain   = 6
	maxExplain = 8 << 10
)

// Explain returns several lines: the cause, the chain as it was received and where it breaks,
// and what can be done, the least dangerous first, as Go code and as a flag of the command where
// there is one. To verify nothing is never proposed. Every line ends in "\n"; the whole stays
// below 8 KiB.
func (e *Error) Explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", e.Error())
	e.writeDetails(&b)
	e.writeRemedies(&b)
	return clipLines(b.String(), maxExplain)
}

// Details returns what Explain says besides the line of Error and the remedies: what that line has
// no room for, and the chain. "": nothing.
func (e *Error) Details() string {
	var b strings.Builder
	e.writeDetails(&b)
	return clipLines(strings.TrimPrefix(b.String(), "\n"), maxExplain)
}

func (e *Error) writeDetails(b *strings.Builder) {
	for _, line := range e.details() {
		wrap(b, "", line)
	}
	e.writeChain(b)
}

// clipLines cuts a text after the last line that fits.
func clipLines(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return s[:strings.LastIndexByte(s[:limit], '\n')+1]
}

// width is how long a line is that is not a name or a sum.
const width = 90

// wrap writes a paragraph, the first line after mark and the others below it.
func wrap(b *strings.Builder, mark, text string) {
	column := 0
	for word := range wordsOf(text) {
		switch {
		case column == 0:
			b.WriteString(mark)
			column = len(mark)
		case column+1+len(word) > width:
			b.WriteString("\n" + strings.Repeat(" ", len(mark)))
			column = len(mark)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	b.WriteByte('\n')
}

// details are sentences that the first line has no room for.
func (e *Error) details() (lines []string) {
	f := e.Facts
	switch e.Cause {
	case NameMismatch:
		if m, ok := nearest(e.Cert, e.wanted()); ok {
			lines = append(lines, strings.TrimSuffix("The nearest name is "+quote(m.name, maxName)+", "+m.why, ", ")+".")
		}
		if e.Cert != nil && net.ParseIP(e.wanted()) != nil && len(e.Cert.IPAddresses) == 0 {
			lines = append(lines, "It is for no address at all: it has to be asked for by name.")
		}
	case UnknownIssuer, SelfSigned, MissingIntermediate:
		name, k := e.product()
		if name != "" {
			lines = append(lines, fmt.Sprintf(kinds[k], name))
		}
	case PinMismatch:
		if v, ok := errors.AsType[*PinError](e.Err); ok {
			lines = append(lines, "The keys of its chain: "+escape(strings.Join(v.Got[:min(len(v.Got), 4)], ", "), 300)+".",
				"The pinned keys: "+escape(strings.Join(v.Want[:min(len(v.Want), 4)], ", "), 300)+".")
		}
	case NoCommonCipher:
		if e.Alert != 0 {
			lines = append(lines, "Some servers say that, too, when they have no certificate for the name that they are asked for.")
		}
	case Closed:
		if e.largeHello() {
			lines = append(lines, fmt.Sprintf("It closed without a word after a first message of %d bytes. With the post-quantum key exchange X25519MLKEM768 that does not fit into one packet, which some middle-boxes and old servers cannot take.", f.Sent))
		} else if f.Seen && f.Received == 0 {
			lines = append(lines, "It said nothing at all: it may speak another protocol, want another host name, or be behind something that does not let TLS pass.")
		}
	case Downgrade:
		lines = append(lines, "The server's random number says that it speaks TLS 1.3 (RFC 8446 4.1.3); what reached it did not offer that any more. A middle-box, or an attack.")
	}
	return lines
}

// largeFirst is the size from which on a first message does not fit into one packet of 1,500
// bytes.
const largeFirst = 1400

// largeHello reports whether the size of the first message may be what the other side dislikes.
func (e *Error) largeHello() bool {
	return e.Facts.Seen && e.Facts.Received == 0 && e.Facts.Sent > largeFirst
}

// kinds say what a product does, by its kind. The verb stands for its name.
var kinds = [...]string{
	gateway:   "That looks like %s: a proxy or firewall of this network that opens TLS and signs with a root of its own.",
	antivirus: "That looks like %s on this machine, which opens TLS and signs with a root of its own.",
	debugger:  "That looks like %s, with which somebody reads what programs send, and which signs with a root of its own.",
	developer: "That looks like the certificate of %s, which is for development.",
	notorious: "That looks like %s, whose private key everybody has: whoever trusts it is open to anybody. It has to be removed from this machine, or the network left.",
}

// wordsOf returns the words of a text. What is quoted, as by quote, is one.
func wordsOf(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, quoted := 0, false
		for i := 0; i <= len(text); i++ {
			if i < len(text) && text[i] == '\\' {
				i++ // a quotation mark that was escaped
				continue
			}
			if i < len(text) && text[i] == '"' {
				quoted = !quoted
			}
			if i < len(text) && (quoted || text[i] != ' ') {
				continue
			}
			if i > start && !yield(text[start:i]) {
				return
			}
			start = i + 1
		}
	}
}

func (e *Error) writeChain(b *strings.Builder) {
	if len(e.Chain) == 0 {
		return
	}
	b.WriteString("\nwhat the server sent\n")
	steps := e.steps
	if steps == nil {
		steps = path(e.Chain)
	}
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
		if text := limits(c); text != "" {
			fmt.Fprintf(b, "     %s\n", text)
		}
		if text := e.signature(c, steps); text != "" {
			fmt.Fprintf(b, "     %s\n", text)
		}
		if i == 0 || e.Cert == c {
			sum := sha256.Sum256(c.Raw)
			fmt.Fprintf(b, "     sha256 %s\n", hex.EncodeToString(sum[:]))
		}
	}
}

// signature says who has signed a certificate of the chain, and marks where the chain breaks.
func (e *Error) signature(c *x509.Certificate, steps []step) string {
	for i, s := range steps {
		if s.cert != c {
			continue
		}
		if e.steps == nil && s.flaw == notSent { // which is as it should be for one below a root
			return "signed by " + nameOf(s.cert.Issuer) + " (not sent)"
		}
		text := s.text(e.Chain)
		if i == len(steps)-1 && e.steps != nil {
			text += "  <- here it breaks"
		}
		return text
	}
	if len(steps) > 0 && !slices.ContainsFunc(steps, func(s step) bool { return bytes.Equal(s.cert.RawIssuer, c.RawSubject) }) {
		return "not part of the chain"
	}
	return ""
}

// text says who has signed the certificate.
func (s *step) text(chain []*x509.Certificate) string {
	name := nameOf(s.cert.Issuer)
	by := "one that is trusted"
	for i, c := range chain {
		if c == s.issuer {
			by = fmt.Sprintf("number %d", i+1)
		}
	}
	switch s.flaw {
	case itself:
		return "signed by itself (self-signed)"
	case notSigned:
		if s.issuer == nil {
			return "names itself as its issuer, but has not signed it"
		}
		return "signed by " + name + ", it says, but " + by + ", of that name, has not signed it"
	case weakHash:
		return "signed with " + weak(s.cert.SignatureAlgorithm) + ", which proves nothing"
	case shortKey:
		return fmt.Sprintf("signed by %s, whose key of %d bits proves nothing", by, rsaBits(s.issuer))
	case notAuthority:
		return "signed by " + by + ", which may not sign certificates"
	case flawless:
		return "signed by " + by
	}
	if hash := weak(s.cert.SignatureAlgorithm); hash != "" {
		return "signed with " + hash + ", which proves nothing"
	}
	text := "signed by " + name + ", which was not sent"
	if len(s.cert.IssuingCertificateURL) > 0 {
		text += "; it says that it is at " + quote(s.cert.IssuingCertificateURL[0], 200) + " (never fetched)"
	}
	return text
}

// limits says for which names an authority may sign, "" if for all.
func limits(c *x509.Certificate) string {
	may, mayNot := c.PermittedDNSDomains, c.ExcludedDNSDomains
	may, mayNot = append(may[:len(may):len(may)], networks(c.PermittedIPRanges)...), append(mayNot[:len(mayNot):len(mayNot)], networks(c.ExcludedIPRanges)...)
	var parts []string
	if len(may) > 0 {
		parts = append(parts, "may sign for "+list(may, 0)+" only")
	}
	if len(mayNot) > 0 {
		parts = append(parts, "may not sign for "+list(mayNot, 0))
	}
	return strings.Join(parts, "; ")
}

func networks(ranges []*net.IPNet) (texts []string) {
	for _, r := range ranges[:min(len(ranges), 8)] {
		texts = append(texts, r.String())
	}
	return texts
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

// writeRemedies writes what can be done.
func (e *Error) writeRemedies(b *strings.Builder) {
	for i, r := range e.Remedies() {
		if i == 0 {
			b.WriteString("\nwhat to do\n")
		}
		wrap(b, "  - ", r.Text)
		if r.Go != "" {
			fmt.Fprintf(b, "      in Go                %s\n", r.Go)
		}
		if r.Flag != "" {
			fmt.Fprintf(b, "      on the command line  %s\n", r.Flag)
		}
	}
}
