package curl

// The request: its method, its header fields in curl's order, its body.

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"example.com/godwit"
	"example.com/godwit/auth"
	"example.com/godwit/transport"
)

// A request is what a transfer sends.
type request struct {
	method string
	url    string
	opts   []godwit.Option
	body   godwit.Option // nil: none
	size   int64         // of the body; -1: unknown
	custom []field

	codings string // what --compressed asks for
	chunked bool   // a field of the command line wants the body in chunks
}

// allCodings is what --compressed asks for, as curl writes it.
const allCodings = "deflate, gzip, br, zstd"

// kinds of requests that exclude each other.
const (
	kindData = "POST (-d, --data)"
	kindForm = "multipart formpost (-F, --form)"
	kindHead = "HEAD (-I, --head)"
)

// checkKind refuses two kinds of a request in one.
func (c *config) checkKind() error {
	var kinds []string
	if len(c.form) > 0 {
		kinds = append(kinds, kindForm)
	}
	if c.hasData && !c.dataInURL {
		kinds = append(kinds, kindData)
	}
	if c.head {
		kinds = append(kinds, kindHead)
	}
	if len(kinds) > 1 {
		return usageErrorf("you can only select one HTTP request method: both %s are asked for", strings.Join(kinds, " and "))
	}
	return nil
}

// newRequest makes the request for a URL. offset is from where on a file is wanted, 0: all of it.
func (r *runner) newRequest(c *config, t *target, url string, offset int64) (*request, error) {
	req := &request{url: url, method: "GET", codings: allCodings}
	if err := c.checkKind(); err != nil {
		return nil, err
	}
	for _, line := range c.headers {
		f, ok, err := parseHeader(line)
		if err != nil {
			return nil, err
		}
		switch {
		case !ok:
		case c.compressed && !f.remove && strings.EqualFold(f.name, "Accept-Encoding"):
			req.codings = f.value // and what comes is decoded all the same
		default:
			req.custom = append(req.custom, f)
			req.chunked = req.chunked || strings.EqualFold(f.name, "Transfer-Encoding") && strings.EqualFold(f.value, "chunked")
		}
	}
	if err := r.setBody(req, c, t); err != nil {
		return nil, err
	}
	if c.head {
		req.method = "HEAD"
	}
	if c.request != "" {
		req.method = c.request
	}
	if err := r.setFields(req, c, offset); err != nil {
		return nil, err
	}
	return req, nil
}

// setBody settles the body, and the method that it asks for.
func (r *runner) setBody(req *request, c *config, t *target) error {
	switch {
	case t.upload == "-" || t.upload == ".":
		req.method, req.size = "PUT", -1
		req.body = godwit.Reader(struct{ io.Reader }{r.env.Stdin}, "")
	case t.upload != "":
		info, err := os.Stat(t.upload)
		if err == nil && info.IsDir() {
			err = errors.New("it is a directory")
		}
		if err == nil {
			err = readable(t.upload)
		}
		if err != nil {
			return &failure{code: exitRead, err: fmt.Errorf("can't open %q: %w", t.upload, cause(err))}
		}
		path := t.upload
		req.method, req.size = "PUT", info.Size()
		if !info.Mode().IsRegular() {
			req.size = -1
		}
		req.body = &godwit.Body{Size: req.size, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
	case len(c.form) > 0:
		body, err := c.formBody()
		if err != nil {
			return err
		}
		var probe godwit.Request
		probe.Header = http.Header{}
		if err := body.Apply(&probe); err != nil {
			return usageErrorf("--form: %w", err)
		}
		req.method, req.body, req.size = "POST", body, probe.Body.Size
	case c.hasData && !c.dataInURL:
		kind := "application/x-www-form-urlencoded"
		if c.json {
			kind = "" // a field of its own
		}
		req.method, req.body, req.size = "POST", godwit.Bytes(c.data, kind), int64(len(c.data))
	}
	if body, ok := req.body.(*godwit.Body); ok && req.chunked {
		body.Size, req.size = -1, -1
	}
	return nil
}

// readable says why a file cannot be read, before anything is sent.
func readable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return &failure{code: exitRead, err: fmt.Errorf("failed to open/read local data from file %q: %w", path, cause(err))}
	}
	return f.Close()
}

// mostUnasked is how long a body may be to be sent without asking by "Expect: 100-continue".
const mostUnasked = 1 << 20

// order is curl's own order of the fields that it adds.
var order = []string{"Host", "Proxy-Authorization", "Authorization", "Range", "Content-Range", "User-Agent", "Accept", "Accept-Encoding", "Referer", "Transfer-Encoding", "Cookie", "If-Modified-Since", "If-Unmodified-Since"}

// behind is what stands behind the fields of the command line.
var behind = []string{"Content-Length", "Content-Type", "Expect"}

// setFields puts together the header fields.
func (r *runner) setFields(req *request, c *config, offset int64) error {
	set := &fields{custom: req.custom}
	if c.userAgent != nil {
		set.own("User-Agent", *c.userAgent)
	} else {
		set.keep("User-Agent")
	}
	set.keep("Accept")
	set.keep("Accept-Encoding")
	if !c.compressed {
		set.own("Accept-Encoding", "")
	}
	switch {
	case offset > 0:
		set.own("Range", fmt.Sprintf("bytes=%d-", offset))
	case c.rangeOf != "" && req.method == "PUT" && req.size >= 0:
		set.own("Content-Range", fmt.Sprintf("bytes %s/%d", c.rangeOf, req.size))
	case c.rangeOf != "":
		set.own("Range", "bytes="+c.rangeOf)
	}
	if c.referer != "" {
		set.own("Referer", c.referer)
	}
	if len(c.cookies) > 0 {
		set.own("Cookie", strings.Join(c.cookies, "; "))
	}
	if err := r.setCondition(set, c); err != nil {
		return err
	}
	if c.json {
		set.def("Content-Type", "application/json")
		set.def("Accept", "application/json")
	}
	if err := r.setETag(set, c); err != nil {
		return err
	}
	if req.body != nil && (req.size < 0 && !req.chunked || req.size > mostUnasked) && (c.http == 0 || c.http == transport.HTTP1) {
		set.own("Expect", "100-continue")
	}
	who, err := c.credentials(set)
	if err != nil {
		return err
	}
	req.opts = set.options()
	if req.body != nil {
		req.opts = append(req.opts, req.body)
	}
	req.opts = append(req.opts, who...)
	return nil
}

// setCondition adds the date of -z: of a file, or as it is written.
func (r *runner) setCondition(set *fields, c *config) error {
	if c.timeCond == "" {
		return nil
	}
	name := "If-Modified-Since"
	text, unless := strings.CutPrefix(c.timeCond, "-")
	if unless {
		name = "If-Unmodified-Since"
	}
	text = strings.TrimPrefix(text, "=")
	var at time.Time
	if info, err := os.Stat(text); err == nil {
		at = info.ModTime()
	} else if at, err = parseDate(text, r.env.Now()); err != nil {
		r.warn("illegal date format for -z, --time-cond (and not a file name): the time condition is left out")
		return nil
	}
	set.own(name, at.UTC().Format(http.TimeFormat))
	return nil
}

// parseDate reads the dates that are usual; a date without a zone is one of UTC.
func parseDate(text string, now time.Time) (time.Time, error) {
	if at, err := http.ParseTime(text); err == nil {
		return at, nil
	}
	for _, layout := range []string{
		time.RFC3339, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "20060102 15:04:05", "20060102",
		time.RFC1123Z, "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05", "2 Jan 2006", "Jan 2 2006", "Jan 2 15:04:05 2006", time.UnixDate,
	} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return now, errors.New("no date")
}

// setETag adds what --etag-compare has.
func (r *runner) setETag(set *fields, c *config) error {
	if c.etagCompare == "" {
		return nil
	}
	tag := `""` // of a file that is not there
	data, err := os.ReadFile(c.etagCompare)
	switch {
	case err == nil && len(data) > 0:
		tag = strings.TrimSpace(string(data))
	case err != nil && !os.IsNotExist(err):
		return &failure{code: exitRead, err: fmt.Errorf("--etag-compare: %q: %w", c.etagCompare, cause(err))}
	}
	set.def("If-None-Match", tag)
	return nil
}

// credentials says who is asking. A field of the command line stands in place of all else, as
// curl has it.
func (c *config) credentials(set *fields) ([]godwit.Option, error) {
	if set.has("Authorization") {
		return nil, nil
	}
	switch {
	case c.bearer != "":
		return c.shown("Bearer "+c.bearer, set), nil
	case c.user != nil:
		name, password, _ := strings.Cut(*c.user, ":")
		switch c.authScheme {
		case authDigest:
			return []godwit.Option{godwit.Auth(auth.Digest(name, password))}, nil
		case authAny:
			return []godwit.Option{godwit.Auth(auth.Any(name, password))}, nil
		}
		return c.shown("Basic "+base64.StdEncoding.EncodeToString([]byte(name+":"+password)), set), nil
	case c.netrcFile != "":
		return []godwit.Option{godwit.Auth(auth.NetrcFile(c.netrcFile))}, nil
	}
	return nil, nil
}

// shown sends credentials at once. They are a field, so that --location-trusted can take them
// along.
func (c *config) shown(value string, set *fields) []godwit.Option {
	set.own("Authorization", value)
	return nil
}

// fields puts header fields into curl's order.
type fields struct {
	custom []field // of the command line, which have the last word
	added  []field // the program's
	kept   []string
}

// has reports whether the command line has a field of the name, or wants none.
func (s *fields) has(name string) bool {
	return slices.ContainsFunc(s.custom, func(f field) bool { return strings.EqualFold(f.name, name) })
}

// own adds a field in its own place, unless the command line has it; without a value there is to
// be none.
func (s *fields) own(name, value string) {
	s.added = slices.DeleteFunc(s.added, func(f field) bool { return f.name == name })
	s.added = append(s.added, field{name, value, value == ""})
}

// def adds a field behind those of the command line, unless that has it.
func (s *fields) def(name, value string) {
	if !s.has(name) {
		s.custom = append(s.custom, field{name: name, value: value})
	}
}

// keep notes a field that the library adds.
func (s *fields) keep(name string) { s.kept = append(s.kept, name) }

// options returns the options that say all that. The library sends fields of one name side by
// side.
func (s *fields) options() []godwit.Option {
	var opts []godwit.Option
	var names godwit.Order
	given := func(name string) bool { return s.has(name) && !strings.EqualFold(name, "Host") }
	for _, name := range order {
		if !given(name) {
			names = append(names, name)
		}
	}
	for _, f := range s.added {
		if given(f.name) {
			continue
		}
		opts = append(opts, f.option())
	}
	seen := map[string]bool{}
	for _, f := range s.custom {
		key := http.CanonicalHeaderKey(f.name)
		switch {
		case isFraming(key):
		case f.remove || !seen[key]:
			opts = append(opts, f.option())
		default:
			opts = append(opts, godwit.AddHeader(f.name, f.value))
		}
		if seen[key] = true; key != "Host" {
			names = append(names, f.name)
		}
	}
	for _, name := range behind {
		if !given(name) || isFraming(name) {
			names = append(names, name)
		}
	}
	return append(opts, names)
}

// isFraming reports whether a field follows from the body.
func isFraming(key string) bool { return key == "Content-Length" || key == "Transfer-Encoding" }

func (f field) option() godwit.Option {
	if f.remove {
		return godwit.NoHeader{f.name}
	}
	return godwit.Header{f.name: f.value}
}
