package diagnosis

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

func (p *printer) tls(r *Report) {
	t := r.TLS
	if t.Version != "" {
		text := t.Version + ", " + t.Cipher
		if t.Curve != "" {
			text += ", " + t.Curve
		}
		if t.PostQuantum {
			text += " (post-quantum)"
		}
		if t.ALPN != "" {
			text += ", " + t.ALPN
		}
		if t.ECH {
			text += ", name encrypted"
		}
		p.line("tls", text)
	}
	p.line("tls", versions(t.Versions))
	also := "no HTTP/2"
	if t.HTTP2 {
		also = "HTTP/2"
	}
	if t.HTTP3 != "" {
		also += ", HTTP/3 (" + t.HTTP3 + ")"
	} else {
		also += ", nothing is said of HTTP/3"
	}
	if t.ClientCertificate {
		also += "; it wants a client certificate"
	}
	p.line("tls", also)
	if len(t.Chain) > 0 {
		p.line("tls", "OCSP response: "+cmp.Or(t.OCSP, "none was sent"))
	}
	if r.Verdict.Layer == LayerTLS && len(r.Verdict.Details) > 0 {
		return // which show the chain
	}
	for i, c := range t.Chain {
		p.certificate(i+1, &c, r.Time)
	}
	if t.More > 0 {
		p.line("chain", fmt.Sprintf("and %d more", t.More))
	}
}

// versions returns which versions there are, and which are not.
func versions(all []Version) string {
	var spoken, not, unknown []string
	for _, v := range all {
		switch {
		case v.Spoken:
			spoken = append(spoken, v.Name)
		case v.Error == "":
			not = append(not, v.Name)
		default:
			unknown = append(unknown, v.Name)
		}
	}
	text := "speaks " + cmp.Or(strings.Join(spoken, ", "), "none of the versions tried")
	if len(not) > 0 {
		text += "; not " + strings.Join(not, ", ")
	}
	if len(unknown) > 0 {
		text += "; not known of " + strings.Join(unknown, ", ")
	}
	return text
}

func (p *printer) certificate(n int, c *Certificate, now time.Time) {
	p.line("chain", fmt.Sprintf("%d. %s, issued by %s", n, named(c.Subject), named(c.Issuer)))
	if n == 1 {
		p.line("chain", "   for "+names(c))
	}
	p.line("chain", fmt.Sprintf("   %s to %s (%s), %s", date(c.NotBefore), date(c.NotAfter), left(c, now), key(c)))
	if n == 1 {
		p.line("chain", "   sha256 "+c.SHA256)
		p.line("chain", "   --pin="+c.Pin)
	}
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// named returns a name as it is shown.
func named(name string) string {
	if name == "" {
		return "one without a name"
	}
	return `"` + name + `"`
}

// left says how much of its time a certificate has.
func left(c *Certificate, now time.Time) string {
	switch {
	case now.After(c.NotAfter):
		return "expired " + InWords(now.Sub(c.NotAfter)) + " ago"
	case now.Before(c.NotBefore):
		return "not valid yet"
	}
	return count(c.DaysLeft, "day") + " left"
}

func key(c *Certificate) string {
	if c.Key == "RSA" {
		return fmt.Sprintf("RSA %d, %s", c.KeyBits, c.Signature)
	}
	return c.Key + ", " + c.Signature
}

func names(c *Certificate) string {
	if len(c.Names) == 0 {
		return "no host"
	}
	text := strings.Join(c.Names, ", ")
	if c.More > 0 {
		text += fmt.Sprintf(" and %d more", c.More)
	}
	return text
}
