package ledger

// The record that programs read: one JSON object for a call. Its names are documented in
// docs/json-out.md, and do not change within a version.

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"math"
	"mime"
	"time"
	"unicode/utf8"

	"example.com/godwit/trace"
)

// Version is that of the record.
const Version = 1

// An Outcome is what the ledger cannot know of a call by itself.
type Outcome struct {
	Method, URL string // as it was asked for
	ExitCode    int
	Err         error  // nil: there was none
	Kind        string // of the error, if the library has not said one
	ShowSecrets bool
}

type record struct {
	Version  int          `json:"version"`
	Method   string       `json:"method"`
	URL      string       `json:"url"`
	Started  string       `json:"started"`
	Duration milliseconds `json:"duration_ms"`
	ExitCode int          `json:"exit_code"`
	Error    *failure     `json:"error"`
	*exchangeRecord
	Earlier  []*exchangeRecord `json:"earlier"`
	Reasons  []reasonRecord    `json:"reasons"`
	Warnings []warningRecord   `json:"warnings"`
}

type exchangeRecord struct {
	Hop        int             `json:"hop"`
	Attempt    int             `json:"attempt"`
	Start      milliseconds    `json:"start_ms"`
	Tunnels    []headRecord    `json:"tunnels"`
	Request    *requestRecord  `json:"request"`
	Response   *responseRecord `json:"response"`
	Timings    timingsRecord   `json:"timings_ms"`
	Connection *connRecord     `json:"connection"`
	Error      *failure        `json:"error"` // of the call's last one it is the call's
}

type requestRecord struct {
	Method   string      `json:"method"`
	URL      string      `json:"url"`
	Target   string      `json:"target"`
	Protocol string      `json:"protocol"`
	Headers  []field     `json:"headers"`
	Body     *bodyRecord `json:"body"`
}

// A field is one of a head.
type field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A headRecord is a response without a body.
type headRecord struct {
	Status  int     `json:"status"`
	Reason  string  `json:"reason"`
	Headers []field `json:"headers"`
}

type responseRecord struct {
	Protocol string `json:"protocol"`
	headRecord
	Body     *bodyRecord  `json:"body"`
	Received int64        `json:"received_bytes"`
	Trailers []field      `json:"trailers"`
	Interim  []headRecord `json:"interim"`
}

type bodyRecord struct {
	Size   int64   `json:"size"`
	SHA256 string  `json:"sha256"`
	Text   *string `json:"text,omitempty"`
	Base64 *string `json:"base64,omitempty"`
}

type timingsRecord struct {
	Blocked *milliseconds `json:"blocked"`
	DNS     *milliseconds `json:"dns"`
	Connect *milliseconds `json:"connect"`
	TLS     *milliseconds `json:"tls"`
	Send    *milliseconds `json:"send"`
	Wait    *milliseconds `json:"wait"`
	Receive *milliseconds `json:"receive"`
	Total   milliseconds  `json:"total"`
}

type connRecord struct {
	ID     uint64       `json:"id"`
	Reused bool         `json:"reused"`
	Idle   milliseconds `json:"idle_ms"`
	Local  string       `json:"local,omitempty"`
	Remote string       `json:"remote,omitempty"`
	Unix   string       `json:"unix,omitempty"`
	TLS    *tlsRecord   `json:"tls"`
}

type tlsRecord struct {
	Version      string              `json:"version"`
	Cipher       string              `json:"cipher"`
	Curve        string              `json:"curve,omitempty"`
	Protocol     string              `json:"protocol,omitempty"`
	ServerName   string              `json:"server_name,omitempty"`
	Resumed      bool                `json:"resumed"`
	Verified     bool                `json:"verified"`
	Certificates []certificateRecord `json:"certificates"`
}

type certificateRecord struct {
	Subject   string   `json:"subject"`
	Issuer    string   `json:"issuer"`
	Names     []string `json:"names,omitempty"`
	NotBefore string   `json:"not_before"`
	NotAfter  string   `json:"not_after"`
	SHA256    string   `json:"sha256"`
}

type reasonRecord struct {
	Hop   int    `json:"hop"`
	What  string `json:"what"`
	Value string `json:"value"`
	Rule  string `json:"rule"`
}

type warningRecord struct {
	Origin string `json:"origin"`
	Text   string `json:"text"`
}

// milliseconds have three digits after the point at most.
type milliseconds float64

func inMilliseconds(d time.Duration) milliseconds {
	return milliseconds(math.Round(float64(d)/float64(time.Microsecond)) / 1000)
}

// WriteJSON writes the record as one line.
func (l *Ledger) WriteJSON(w io.Writer, o *Outcome) error {
	r := l.record(o)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

func (l *Ledger) record(o *Outcome) *record {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := shower{l, o.ShowSecrets}
	kind := o.Kind
	if l.done != nil && l.done.Kind != "" {
		kind = l.done.Kind
	}
	start := l.start
	if start.IsZero() {
		start = time.Now()
	}
	r := &record{
		Version: Version, Method: o.Method, URL: s.url(withoutUser(o.URL)), Started: start.Format(time.RFC3339Nano), Duration: inMilliseconds(l.end.Sub(l.start)),
		ExitCode: o.ExitCode, Error: s.failure(o.Err, kind), exchangeRecord: &exchangeRecord{Attempt: 1, Tunnels: []headRecord{}},
		Earlier: []*exchangeRecord{}, Reasons: []reasonRecord{}, Warnings: []warningRecord{},
	}
	for i, x := range l.exchanges {
		if own := s.exchange(x); i == len(l.exchanges)-1 {
			r.exchangeRecord = own
		} else {
			r.Earlier = append(r.Earlier, own)
		}
	}
	for _, why := range l.reasons {
		r.Reasons = append(r.Reasons, reasonRecord{why.hop, why.what, s.sentence(why.value), s.sentence(why.rule)})
	}
	for _, warning := range l.warnings {
		r.Warnings = append(r.Warnings, warningRecord{text(warning.Origin), s.sentence(warning.Text)})
	}
	return r
}

// A shower makes records of what is written down.
type shower struct {
	l       *Ledger
	secrets bool // are shown
}

func (s shower) exchange(x *exchange) *exchangeRecord {
	r := &exchangeRecord{Hop: x.hop, Attempt: x.attempt, Start: inMilliseconds(x.start.Sub(s.l.start)), Timings: s.timings(x), Tunnels: []headRecord{}}
	for i := range x.tunnels {
		t := &x.tunnels[i]
		r.Tunnels = append(r.Tunnels, headRecord{t.Status, text(t.Reason), s.fields(t.Fields)})
	}
	if x.request != nil {
		r.Request, r.Connection = s.request(x), connection(&x.request.Conn)
	}
	if x.response != nil {
		r.Response = s.response(x)
	}
	if x.done != nil {
		r.Error = s.failure(x.done.Err, "")
	}
	return r
}

func (s shower) request(x *exchange) *requestRecord {
	h := x.request
	r := &requestRecord{
		Method: text(h.Method), URL: s.url(h.URL), Target: s.url(h.Target), Protocol: h.Proto,
		Headers: s.fields(h.Fields), Body: s.body(&x.sent),
	}
	if r.Body.Text != nil && !s.secrets && isForm(h.Fields.Get("Content-Type")) {
		*r.Body.Text = trace.RedactQuery(*r.Body.Text)
	}
	return r
}

func (s shower) response(x *exchange) *responseRecord {
	h := x.response
	came := &x.received
	if x.content.size > 0 {
		came = &x.content
	}
	r := &responseRecord{
		Protocol: h.Proto, headRecord: headRecord{h.Status, text(h.Reason), s.fields(h.Fields)},
		Body: s.body(came), Received: x.received.size, Trailers: s.fields(x.trailer), Interim: []headRecord{},
	}
	for i := range x.interim {
		h := &x.interim[i]
		r.Interim = append(r.Interim, headRecord{h.Status, text(h.Reason), s.fields(h.Fields)})
	}
	return r
}

func isForm(contentType string) bool {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	return mediaType == "application/x-www-form-urlencoded"
}

// body returns a body: what it is if all of it is kept, and what is known of it if not.
func (s shower) body(b *body) *bodyRecord {
	sum := sha256.Sum256(nil)
	if b.sum != nil {
		b.sum.Sum(sum[:0])
	}
	r := &bodyRecord{Size: b.size, SHA256: hex.EncodeToString(sum[:])}
	switch {
	case !b.whole():
	case utf8.Valid(b.kept):
		content := string(b.kept)
		r.Text = &content
	default:
		content := base64.StdEncoding.EncodeToString(b.kept)
		r.Base64 = &content
	}
	return r
}

func (s shower) timings(x *exchange) (t timingsRecord) {
	var sum time.Duration
	for p, at := range map[trace.Phase]**milliseconds{
		trace.Blocked: &t.Blocked, trace.DNS: &t.DNS, trace.Connect: &t.Connect, trace.TLS: &t.TLS,
		trace.Send: &t.Send, trace.Wait: &t.Wait, trace.Receive: &t.Receive,
	} {
		if d, happened := x.took(p, s.l.end); happened {
			ms := inMilliseconds(d)
			*at = &ms
			sum += d
		}
	}
	t.Total = inMilliseconds(sum)
	return t
}

func connection(c *trace.Conn) *connRecord {
	r := &connRecord{ID: c.ID, Reused: c.Reused, Idle: inMilliseconds(c.Idle), Unix: text(c.Unix)}
	if c.Local.IsValid() {
		r.Local = c.Local.String()
	}
	if c.Remote.IsValid() {
		r.Remote = c.Remote.String()
	}
	if st := c.TLS; st != nil {
		r.TLS = &tlsRecord{
			Version: tls.VersionName(st.Version), Cipher: tls.CipherSuiteName(st.CipherSuite), Protocol: st.NegotiatedProtocol,
			ServerName: text(st.ServerName), Resumed: st.DidResume, Verified: len(st.VerifiedChains) > 0, Certificates: []certificateRecord{},
		}
		if st.CurveID != 0 {
			r.TLS.Curve = st.CurveID.String()
		}
		for _, cert := range st.PeerCertificates {
			r.TLS.Certificates = append(r.TLS.Certificates, certificate(cert))
		}
	}
	return r
}

func certificate(c *x509.Certificate) certificateRecord {
	sum := sha256.Sum256(c.Raw)
	r := certificateRecord{
		Subject: text(c.Subject.String()), Issuer: text(c.Issuer.String()), SHA256: hex.EncodeToString(sum[:]),
		NotBefore: c.NotBefore.UTC().Format(time.RFC3339), NotAfter: c.NotAfter.UTC().Format(time.RFC3339),
	}
	for _, name := range c.DNSNames {
		r.Names = append(r.Names, text(name))
	}
	for _, addr := range c.IPAddresses {
		r.Names = append(r.Names, addr.String())
	}
	return r
}
