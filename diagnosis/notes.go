package diagnosis

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// What is worth a note.
const (
	fewDays    = 14              // certificates are renewed a month before their end, as a rule
	farApart   = 5 * time.Minute // of two clocks; Kerberos and OCSP allow as much
	worthwhile = 1400            // bytes that it is worth to compress: they do not fit in one packet
)

// slow says from when on a phase is slow.
var slow = []struct {
	name string
	of   func(*Hop) time.Duration
	from time.Duration
}{
	{"looking up the name", func(h *Hop) time.Duration { return h.DNS }, time.Second},
	{"connecting", func(h *Hop) time.Duration { return h.Connect }, time.Second},
	{"the TLS handshake", func(h *Hop) time.Duration { return h.TLS }, time.Second},
	{"the answer", func(h *Hop) time.Duration { return h.Wait }, 3 * time.Second},
}

// Observe returns the notes that follow from what a report says.
func Observe(r *Report) []Note {
	o := observer{r: r}
	o.addresses()
	if r.TLS != nil {
		o.tls(r.TLS)
	}
	for i := range r.Hops {
		o.hop(&r.Hops[i])
	}
	if n := len(r.Hops); n > 0 && r.Verdict.OK {
		o.last(&r.Hops[n-1])
	}
	return o.notes
}

type observer struct {
	r     *Report
	notes []Note
}

func (o *observer) note(code, format string, args ...any) {
	n := Note{code, fmt.Sprintf(format, args...)}
	if !slices.Contains(o.notes, n) {
		o.notes = append(o.notes, n)
	}
}

// addresses compares the addresses with each other.
func (o *observer) addresses() {
	var alive, dead [2]int // by family: IPv4, IPv6
	var certificates []string
	for _, a := range o.r.Addresses {
		family := 0
		if p, err := netip.ParseAddrPort(a.Addr); err == nil && p.Addr().Is6() && !p.Addr().Is4In6() {
			family = 1
		}
		if a.OK {
			alive[family]++
		} else if a.silent() {
			dead[family]++
		}
		if a.Certificate != "" && !slices.Contains(certificates, a.Certificate) {
			certificates = append(certificates, a.Certificate)
		}
	}
	if len(certificates) > 1 {
		o.note(NoteCertificatesVary, "its addresses show %d different certificates", len(certificates))
	}
	switch {
	case alive[0]+alive[1] == 0:
		return // which is the verdict
	case alive[1] == 0 && dead[1] > 0:
		o.note(NoteIPv6Dead, "IPv6 does not work, and IPv4 does: calls try in vain first (-4 keeps them from it)")
	case alive[0] == 0 && dead[0] > 0:
		o.note(NoteIPv4Dead, "IPv4 does not work, and IPv6 does (-6 keeps calls from trying)")
	}
	for _, a := range o.r.Addresses {
		if !a.OK {
			o.note(NoteAddressDead, "%s, one of its addresses, does not work: %s", a.Addr, a.Error)
		}
	}
}

// silent reports whether nobody has answered at the address, which says something about its
// family. Who refuses at once has been reached and costs no time, and a loopback address is no
// network's business.
func (a *Address) silent() bool {
	p, err := netip.ParseAddrPort(a.Addr)
	return a.Layer != LayerTLS && a.Cause != "refused" && (err != nil || !p.Addr().Unmap().IsLoopback())
}

// tls is about versions and certificates.
func (o *observer) tls(t *TLS) {
	spoken := func(name string) bool {
		return slices.ContainsFunc(t.Versions, func(v Version) bool { return v.Name == name && v.Spoken })
	}
	var old []string
	for _, name := range []string{"TLS 1.0", "TLS 1.1"} {
		if spoken(name) {
			old = append(old, name)
		}
	}
	if len(old) > 0 {
		o.note(NoteOldTLS, "it still speaks %s, broken since long (RFC 8996)", strings.Join(old, " and "))
	}
	if spoken("TLS 1.2") && slices.ContainsFunc(t.Versions, func(v Version) bool { return v.Name == "TLS 1.3" && !v.Spoken && v.Error == "" }) {
		o.note(NoteNoTLS13, "it does not speak TLS 1.3, of 2018")
	}
	if t.Version == "TLS 1.3" && !t.PostQuantum {
		o.note(NoteNoPostQuantum, "its key exchange, %s, can be broken by quantum computers some day: what is recorded today can be read then", cmp.Or(t.Curve, "the usual one"))
	}
	if t.Version == "" {
		return
	}
	if !t.HTTP2 {
		o.note(NoteNoHTTP2, "it does not speak HTTP/2")
	}
	if !t.Verified {
		o.note(NoteNotVerified, "nobody has verified who the server is: the settings say so (Insecure, --verify=no)")
	}
	if len(t.Chain) > 0 {
		if left := t.Chain[0].DaysLeft; t.Verified && left < fewDays {
			o.note(NoteCertificateEnds, "its certificate ends in %s, on %s", count(left, "day"), t.Chain[0].NotAfter.UTC().Format(time.DateOnly))
		}
	}
	o.issuersEnd(t)
}

// issuersEnd is about the certificates above the server's own.
func (o *observer) issuersEnd(t *TLS) {
	for _, c := range t.Chain[min(1, len(t.Chain)):] {
		if t.Verified && c.DaysLeft < fewDays && c.DaysLeft >= 0 {
			o.note(NoteCertificateEnds, "the certificate of its issuer %q ends in %s", c.Subject, count(c.DaysLeft, "day"))
		}
	}
}

// hop is about any of the requests.
func (o *observer) hop(h *Hop) {
	for _, s := range slow {
		if took := s.of(h); took >= s.from {
			o.note(NoteSlow, "%s took %s (%s)", s.name, Round(took), hostOf(h.URL))
		}
	}
	if h.HSTS != nil && h.HSTS.Ignored != "" {
		o.note(NoteHSTSIgnored, "the Strict-Transport-Security of %s does not count: %s", hostOf(h.URL), h.HSTS.Ignored)
	}
	switch {
	case h.Status == 511: // RFC 6585 6
		o.note(NotePortal, "a network on the way wants somebody to log in (511)")
	case strings.HasPrefix(h.URL, "http://") && strings.Contains(h.Leads, "other origin") && looksLikePortal(hostOf(h.Location)):
		o.note(NotePortal, "%s looks like the log-in page of a network: open it in a browser", h.Location)
	}
	if !h.Date.IsZero() {
		if ahead := o.r.Time.Sub(h.Date); ahead.Abs() >= farApart {
			o.note(NoteClock, "this machine's clock is %s that of %s", Apart(ahead), hostOf(h.URL))
		}
	}
}

// last is about the answer that counts.
func (o *observer) last(h *Hop) {
	host := hostOf(h.URL)
	_, isAddr := netip.ParseAddr(host)
	switch {
	case strings.HasPrefix(h.URL, "http://"):
		o.note(NotePlainHTTP, "it is plain HTTP: everybody on the way can read and alter it")
	case h.HSTS == nil && isAddr != nil:
		o.note(NoteNoHSTS, "no Strict-Transport-Security: a browser's first request may go over plain HTTP")
	}
	if h.Status == 200 && h.Coding == "" && h.Bytes >= worthwhile && isText(h.Type) {
		o.note(NoteNoCompression, "%s is sent uncompressed", h.Type)
	}
	if h.Status >= 400 && h.Status != 511 {
		o.note(NoteStatus, "%s %d %s%s", "the answer is", h.Status, h.Reason, withoutCredentials(h.Status))
	}
}

func withoutCredentials(status int) string {
	if status == 401 || status == 403 {
		return " (no credentials were sent)"
	}
	return ""
}

// isText reports whether a media type is one that becomes a good deal shorter.
func isText(media string) bool {
	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "json") || strings.HasSuffix(media, "xml") ||
		strings.HasSuffix(media, "javascript")
}

// portalWords are in the names of hosts where networks want one to log in.
var portalWords = []string{"login", "portal", "captive", "hotspot", "wifi", "wi-fi", "guest", "splash"}

func looksLikePortal(host string) bool {
	return slices.ContainsFunc(portalWords, func(w string) bool { return strings.Contains(strings.ToLower(host), w) })
}

// hostOf returns the host of a URL without its port.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.Hostname()
}
