package diagnosis

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"
)

// WriteTo writes the report as a text for people, whose last lines are the verdict and the remedy.
func (r *Report) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, r.String())
	return int64(n), err
}

var _ io.WriterTo = (*Report)(nil)

// String returns the report as a text for people.
func (r *Report) String() string {
	var p printer
	p.line("", r.URL)
	p.network(r)
	if r.TLS != nil {
		p.tls(r)
	}
	if r.Clock != nil {
		p.line("clock", fmt.Sprintf("this machine's is %s (%s UTC, by %s)", apart(r.Clock.Ahead), r.Clock.Server.UTC().Format(time.DateTime), r.Clock.Source))
	}
	for i := range r.Hops {
		p.hop(&r.Hops[i])
	}
	p.sent(r)
	for _, n := range r.Notes {
		p.line("note", n.Text)
	}
	p.verdict(r)
	return p.out.String()
}

// sent writes what was sent beside the requests that have been shown.
func (p *printer) sent(r *Report) {
	hops := 0
	for _, s := range r.Sent {
		if hops < len(r.Hops) && s == r.Hops[hops].Method+" "+r.Hops[hops].URL {
			hops++
			continue
		}
		p.line("sent", s)
	}
	if hops > 0 {
		p.line("sent", "what stands behind http above, without credentials, cookies and body")
	}
}

// A printer writes lines with a label in front of the first of a kind.
type printer struct {
	out  bytes.Buffer
	last string
}

const (
	column = 10 // where what stands behind the labels begins
	width  = 96 // of a line, where there are spaces to break it at
)

// line writes a line, and breaks it where it is too long.
func (p *printer) line(label, text string) {
	if label == "" {
		p.out.WriteString(text + "\n\n")
		return
	}
	for i, piece := range wrap(text, width-column) {
		if i > 0 {
			piece = "  " + piece
		}
		p.raw(label, piece)
	}
}

// raw writes a line as it is.
func (p *printer) raw(label, text string) {
	shown := label
	if label == p.last {
		shown = ""
	}
	p.last = label
	p.out.WriteString(strings.TrimRight(fmt.Sprintf("%-*s%s", column, shown, text), " ") + "\n")
}

// wrap breaks a text at spaces.
func wrap(text string, width int) (lines []string) {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	line, length := indent, len(indent)
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		if i > 0 && length+1+n > width {
			lines = append(lines, line)
			line, length = indent, len(indent)
		} else if i > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+word, length+n
	}
	return append(lines, line)
}

func (p *printer) network(r *Report) {
	if n := r.Names; n != nil {
		var all []string
		for _, a := range append(append([]netip.Addr{}, n.A...), n.AAAA...) {
			all = append(all, a.String())
		}
		text := cmp.Or(strings.Join(all, ", "), n.Error)
		if n.CNAME != "" {
			text += ", by the name of " + n.CNAME
		}
		text = n.Host + ": " + text + " (" + n.Resolver
		if n.Took > 0 {
			text += ", " + Round(n.Took)
		}
		p.line("name", text+")")
		for _, h := range n.HTTPS {
			p.line("name", httpsRecord(h))
		}
	}
	switch {
	case r.Proxy.URL != "":
		p.line("proxy", r.Proxy.URL+", by "+r.Proxy.Rule+works(r.Proxy.OK, r.Proxy.Error))
	case r.Proxy.Error != "":
		p.line("proxy", r.Proxy.Error)
	case r.Proxy.Rule != "":
		p.line("proxy", "none: "+r.Proxy.Rule)
	}
	for _, a := range r.Addresses {
		p.line("address", address(a))
	}
}

func works(ok bool, why string) string {
	if ok {
		return ""
	}
	return ": " + why
}

func httpsRecord(h HTTPSRecord) string {
	text := fmt.Sprintf("HTTPS record: priority %d", h.Priority)
	if h.Target != "" {
		text += ", " + h.Target
	}
	if h.Port != 0 {
		text += fmt.Sprintf(", port %d", h.Port)
	}
	if len(h.ALPN) > 0 {
		text += ", " + strings.Join(h.ALPN, " ")
	}
	if h.ECH {
		text += ", ECH"
	}
	return text
}

func address(a Address) string {
	text := cmp.Or(a.Addr, "its address")
	if a.Proxy {
		text += " (the proxy's)"
	}
	switch {
	case a.Layer == LayerTLS:
		return text + ": connected in " + Round(a.Connect) + ", no TLS: " + cmp.Or(a.Cause, a.Error)
	case !a.OK:
		return text + ": " + cmp.Or(a.Error, "no answer")
	case a.TLS > 0:
		return text + ": connected in " + Round(a.Connect) + ", TLS in " + Round(a.TLS)
	}
	return text + ": connected in " + Round(a.Connect)
}

func (p *printer) hop(h *Hop) {
	text := h.Method + " " + h.URL + ": "
	if h.Status == 0 {
		p.line("http", text+cmp.Or(h.Error, "no answer"))
		return
	}
	text += strings.TrimSpace(fmt.Sprintf("%d %s", h.Status, h.Reason))
	for _, s := range []string{h.Protocol, h.Type, h.Coding} {
		if s != "" {
			text += ", " + s
		}
	}
	p.line("http", text+", in "+Round(h.Wait))
	if h.Location != "" {
		lead := ""
		if h.Leads != "" {
			lead = " (" + h.Leads + ")"
		}
		p.line("http", "  → "+h.Location+lead)
	}
	if s := h.HSTS; s != nil {
		p.line("http", "  "+s.String())
	}
	if len(h.AltSvc) > 0 {
		p.line("http", "  Alt-Svc: "+strings.Join(h.AltSvc, ", "))
	}
	if h.Error != "" {
		p.line("http", "  "+h.Error)
	}
}

// String returns it in words.
func (s *HSTS) String() string {
	text := "HSTS for " + InWords(s.MaxAge)
	if s.IncludeSubDomains {
		text += ", subdomains too"
	}
	if s.Preload {
		text += ", preload"
	}
	if s.Ignored != "" {
		text = "HSTS, which does not count: " + s.Ignored
	}
	return text
}

// verdict writes the last lines.
func (p *printer) verdict(r *Report) {
	p.out.WriteString("\n")
	text := r.Verdict.Text
	if r.Verdict.Layer != "" {
		text = string(r.Verdict.Layer) + ": " + text
	}
	p.line("verdict", text)
	for _, s := range r.Verdict.Details {
		p.raw("verdict", s)
	}
	label := "remedy"
	for m := r.Remedy; m != nil; m = m.Otherwise {
		p.last = ""
		p.line(label, m.Text)
		for _, s := range m.how(r.URL) {
			p.raw(label, "  "+s)
		}
		label = "or"
	}
}

// how returns the remedy as one types it.
func (m *Remedy) how(url string) (lines []string) {
	if m.SaveChain {
		_, file, _ := strings.Cut(strings.Join(m.Flags, " "), "=")
		lines = append(lines, "once the owner has confirmed the sha256 of what it shows, save that:",
			"                       godwit doctor --save-chain="+file+" "+url)
	}
	if m.URL != "" {
		lines = append(lines, "on the command line    "+m.URL)
	}
	if len(m.Flags) > 0 {
		lines = append(lines, "on the command line    "+strings.Join(m.Flags, " "))
	}
	if m.Go != "" {
		lines = append(lines, "in Go                  "+m.Go)
	}
	return lines
}
