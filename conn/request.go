package conn

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"example.com/godwit/internal/dial"
	"example.com/godwit/internal/h1"
	"example.com/godwit/trace"
)

// A bodyPlan says how a request's body is framed and sent. It is decided before a byte is
// written.
type bodyPlan struct {
	body    io.ReadCloser // nil: none
	length  int64         // -1: unknown, so chunked
	chunked bool
	inline  bool // it is small and in memory: sent with the head, on the caller's goroutine
	probe   bool // it may turn out to be empty, and then it had better not be announced
	expect  bool // the server is asked before it is sent
}

// mostInline is the largest body that is sent with the head.
const mostInline = 16 << 10

// planBody decides how a request's body is sent, as net/http's Request documents it: a
// ContentLength of 0 with a Body means that the length is unknown.
func planBody(req *http.Request) (bodyPlan, error) {
	p := bodyPlan{body: req.Body, length: req.ContentLength}
	if p.body == nil || p.body == http.NoBody {
		if req.ContentLength > 0 {
			return p, &RequestError{What: "body", Why: fmt.Sprintf("none, though ContentLength is %d", req.ContentLength)}
		}
		p.body, p.length = nil, 0
		if len(req.Trailer) == 0 {
			return p, nil
		}
		p.body = http.NoBody // trailers need a body to follow, be it empty
	}
	switch encoding := req.TransferEncoding; {
	case len(encoding) > 1, len(encoding) == 1 && encoding[0] != "chunked" && encoding[0] != "identity":
		return p, &UnknownTransferEncodingError{Coding: strings.Join(encoding, ", ")}
	case len(encoding) == 1 && encoding[0] == "chunked", len(req.Trailer) > 0, p.length <= 0:
		p.length, p.chunked = -1, true
	}
	if p.chunked && req.Method == "CONNECT" {
		p.chunked = false // what follows a CONNECT is the tunnel's, not a body
	}
	p.inline = p.length >= 0 && p.length <= mostInline && inMemory(p.body)
	p.probe = p.chunked && len(req.Trailer) == 0 && len(req.TransferEncoding) == 0 && seldomHasBody(req.Method)
	p.expect = h1.HasToken(firstValue(req.Header, "Expect"), "100-continue")
	if p.inline && p.expect {
		p.inline = false
	}
	return p, checkLength(req, p)
}

// checkLength refuses a Content-Length of the caller's that is not the body's.
func checkLength(req *http.Request, p bodyPlan) error {
	for _, v := range req.Header["Content-Length"] {
		if n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64); p.length >= 0 && (err != nil || n != p.length) {
			return &RequestError{What: "field value", Name: "Content-Length", Why: fmt.Sprintf("the body has %d bytes", p.length)}
		}
	}
	return nil
}

func firstValue(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// seldomHasBody tells the methods for which servers are known to choke on an empty chunked
// body.
func seldomHasBody(method string) bool {
	switch method {
	case "", "GET", "HEAD", "DELETE", "OPTIONS", "PROPFIND", "SEARCH":
		return true
	}
	return false
}

// What io.NopCloser makes of a reader; net/http wraps the bodies it knows in these.
var (
	nopCloserType         = reflect.TypeOf(io.NopCloser(nil))
	nopCloserWriterToType = reflect.TypeOf(io.NopCloser(struct {
		io.Reader
		io.WriterTo
	}{}))
)

// inMemory reports whether a body can be read without waiting for anybody.
func inMemory(body io.Reader) bool {
	switch body.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return true
	}
	if body == http.NoBody {
		return true
	}
	if t := reflect.TypeOf(body); t == nopCloserType || t == nopCloserWriterToType {
		inner, ok := reflect.ValueOf(body).Field(0).Interface().(io.Reader)
		return ok && inMemory(inner)
	}
	return false
}

// setHead gathers the request's fields, in the order of the wire: Host first, as RFC 9110
// 7.2 wants it, what frames the message next, the others by name.
func (x *Exchange) setHead() error {
	req, w := x.req, &x.work
	target, err := requestTarget(req)
	if err != nil {
		return err
	}
	host, err := hostField(req)
	if err != nil {
		return err
	}
	if x.method == "CONNECT" && req.URL.Path == "" {
		if target = host; req.URL.Opaque != "" {
			target = req.URL.Opaque
		}
	}
	x.target = target

	w.names = appendNames(w.names[:0], req.Header)
	agentNamed, err := checkNames(w.names)
	if err != nil {
		return err
	}
	f := append(w.fields[:0], Field{Name: "Host", Value: host})
	if agent, has := req.Header["User-Agent"]; !has && !agentNamed && x.opt.UserAgent != "" {
		f = append(f, Field{Name: "User-Agent", Value: x.opt.UserAgent})
	} else if len(agent) > 0 && agent[0] != "" {
		f = append(f, Field{Name: "User-Agent", Value: agent[0]})
	}
	if f, err = x.framingFields(f); err != nil {
		return err
	}
	for _, name := range w.names {
		for _, value := range req.Header[name] {
			f = append(f, Field{Name: name, Value: value})
		}
	}
	if x.opt.Gzip {
		f = append(f, Field{Name: "Accept-Encoding", Value: "gzip"})
	}
	if x.close && !h1.HasToken(firstValue(req.Header, "Connection"), "close") {
		f = append(f, Field{Name: "Connection", Value: "close"})
	}
	if len(x.opt.Order) > 0 {
		reorder(f, x.opt.Order)
	}
	w.fields = f
	return nil
}

// appendNames appends the names of a header in alphabetical order, without those that are
// written from elsewhere.
func appendNames(names []string, header http.Header) []string {
	for name := range header {
		switch name {
		case "Host", "User-Agent", "Content-Length", "Transfer-Encoding", "Trailer":
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// checkNames refuses names that would be sent beside those that are written from elsewhere,
// because a map tells "content-length" from "Content-Length" and a server does not
// (CVE-2026-1525). agent says that User-Agent is among them, which only stands for ours.
func checkNames(names []string) (agent bool, err error) {
	for _, name := range names {
		switch len(name) {
		case len("Host"), len("Trailer"), len("User-Agent"), len("Content-Length"), len("Transfer-Encoding"):
		default:
			continue
		}
		switch http.CanonicalHeaderKey(name) {
		case "Host", "Trailer", "Content-Length", "Transfer-Encoding":
			return false, &RequestError{What: "field name", Name: name, Why: "must be spelt " + http.CanonicalHeaderKey(name)}
		case "User-Agent":
			agent = true
		}
	}
	return agent, nil
}

// framingFields appends what tells the server where the body ends.
func (x *Exchange) framingFields(f Fields) (Fields, error) {
	p := &x.plan
	switch {
	case p.chunked:
		f = append(f, Field{Name: "Transfer-Encoding", Value: "chunked"})
	case p.body != nil && p.length >= 0:
		f = append(f, Field{Name: "Content-Length", Value: strconv.FormatInt(p.length, 10)})
	case p.body == nil && (x.method == "POST" || x.method == "PUT" || x.method == "PATCH"):
		f = append(f, Field{Name: "Content-Length", Value: "0"})
	}
	if len(x.req.Trailer) == 0 {
		return f, nil
	}
	names := slices.Sorted(maps.Keys(x.req.Trailer))
	for _, name := range names {
		if !h1.IsToken(name) {
			return f, &RequestError{What: "trailer field", Name: name, Why: "not a token (RFC 9110 5.1)"}
		}
		switch http.CanonicalHeaderKey(name) {
		case "Transfer-Encoding", "Content-Length", "Trailer", "Host":
			return f, &RequestError{What: "trailer field", Name: name, Why: "must not stand there (RFC 9110 6.5.1)"}
		}
	}
	return append(f, Field{Name: "Trailer", Value: strings.Join(names, ", ")}), nil
}

// reorder moves the fields that order names to the front, in that order and spelt so.
// Host stays first unless it is named.
func reorder(f Fields, order []string) {
	at := 0
	if !slices.ContainsFunc(order, func(n string) bool { return strings.EqualFold(n, "Host") }) {
		at = 1
	}
	for _, name := range order {
		for i := at; i < len(f); i++ {
			if strings.EqualFold(f[i].Name, name) {
				field := f[i]
				field.Name = name
				copy(f[at+1:i+1], f[at:i])
				f[at] = field
				at++
			}
		}
	}
}

// requestTarget returns what stands in the request line (RFC 9112 3.2). url.URL escapes the
// path but lets a query be; here what must not be in a target is escaped, and what must not
// be anywhere is refused.
func requestTarget(req *http.Request) (string, error) {
	target := req.URL.RequestURI()
	if h1.IsTarget(target) && isASCII(target) {
		return target, nil
	}
	var b strings.Builder
	for i := range len(target) {
		switch c := target[i]; {
		case c == ' ' || c >= 0x80:
			fmt.Fprintf(&b, "%%%02X", c)
		case c < ' ' || c == 0x7f:
			return "", &RequestError{What: "target", Why: "control character in it (RFC 9112 3.2)"}
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// hostField returns the value of Host: the request's own, or the URL's without the port
// that goes without saying and without an IPv6 zone, which means nothing to the server.
func hostField(req *http.Request) (string, error) {
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	if isUsualHost(host) {
		return host, nil
	}
	name, port := splitPort(host)
	if req.Method == "CONNECT" {
		// Its target is the host and the port, whatever that is (RFC 9112 3.2.3).
	} else if host == req.URL.Host && (port == "80" && req.URL.Scheme == "http" || port == "443" && req.URL.Scheme == "https") {
		port = ""
	}
	if literal, ok := strings.CutPrefix(name, "["); ok {
		literal, ok = strings.CutSuffix(literal, "]")
		literal, _, _ = strings.Cut(literal, "%")
		if name = "[" + literal + "]"; !ok || !isAddress(literal) {
			return "", errHost
		}
	} else if !isPlainHost(name) {
		ascii, err := dial.ASCII(name)
		if err != nil || !isPlainHost(ascii) {
			return "", errHost
		}
		name = ascii
	}
	if port == "" {
		return name, nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", errHost
	}
	if len(name)+1+len(port) == len(host) {
		return host, nil // nothing had to be taken away
	}
	return name + ":" + port, nil
}

var errHost = &RequestError{What: "host", Why: "empty or malformed (RFC 9110 7.2)"}

// isUsualHost reports whether a host can be sent as it is: a plain one, without a port or
// with one that is nobody's default.
func isUsualHost(host string) bool {
	n := 0
	for n < len(host) && isHostByte[host[n]] {
		n++
	}
	if n == len(host) || n == 0 {
		return n > 0
	}
	port := host[n+1:]
	if host[n] != ':' || len(port) == 0 || len(port) > 5 || port[0] == '0' || port == "80" || port == "443" ||
		len(port) == 5 && port > "65535" {
		return false
	}
	for i := range len(port) {
		if !isDigit(port[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func splitPort(host string) (name, port string) {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.HasSuffix(host, "]") {
		return host, ""
	}
	return host[:i], host[i+1:]
}

// isPlainHost reports whether s is a registered name of ASCII letters, digits and marks
// (RFC 3986 3.2.2), which is sent as it is.
func isPlainHost(s string) bool {
	for i := range len(s) {
		if !isHostByte[s[i]] {
			return false
		}
	}
	return s != ""
}

var isHostByte = func() (t [256]bool) {
	for c := range t {
		t[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	}
	for _, c := range "-._~!$&'()*+,;=" {
		t[c] = true
	}
	return t
}()

func isAddress(s string) bool {
	for i := range len(s) {
		if strings.IndexByte("0123456789abcdefABCDEF:.", s[i]) < 0 {
			return false
		}
	}
	return strings.Contains(s, ":")
}

// traceHead tells the tracer and httptrace of the head that is about to be sent.
func (x *Exchange) traceHead() {
	if x.opt.Tracer != nil {
		x.emit(trace.PhaseStart{Exchange: x.opt.ID, Phase: trace.Send})
	}
	if t := x.client; t != nil && t.WroteHeaderField != nil {
		for _, f := range x.work.fields {
			t.WroteHeaderField(f.Name, []string{f.Value})
		}
	}
	if x.opt.Tracer == nil {
		return
	}
	x.emit(trace.RequestHead{
		Exchange: x.opt.ID, Call: x.opt.Call,
		Conn:   x.conn.describe(x.reused),
		Method: x.method, Target: x.target, URL: trace.RedactURL(x.req.URL), Proto: "HTTP/1.1",
		Fields: slices.Clone(x.work.fields),
	})
}
