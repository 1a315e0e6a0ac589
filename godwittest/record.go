// Record: what a server says, written down.

package godwittest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/godwit/trace"
)

// Record returns a transport that sends requests through next and writes down each exchange,
// as text, in a file of its own in the folder dir. nil: [http.DefaultTransport]. [Replay]
// with the same hide answers from these files. Secrets are not written; see [Hide].
//
// A file's name is made of the request, so that the same requests make the same files in
// whatever order they come; a request that is sent again has ".2", ".3" and so on in its
// name. Files of the same names are replaced, others are left alone: to be rid of what is
// not asked for any more, delete the folder first. Use one folder for one Record at a time.
//
// A file is written, whole or not at all, when the response's body has been read to its end
// or closed; that it could not be written is an error of Read or Close. Close reads what is
// left of a body, for at most a second, but for an event stream: a body of which the end was
// not seen is written as cut short. Exchanges that fail are not written.
//
// Requests ask for identity, whatever they had for Accept-Encoding, because in a coded body
// nobody can review anything and no secret can be found. A body that comes gzipped all the
// same is written without; one in another coding is an error. Bodies, in both directions,
// are held in memory, and have at most 64 MiB. There is no recording of 101.
func Record(dir string, next http.RoundTripper, hide ...Hide) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return &recorder{dir: dir, next: next, hider: newHider(hide), answered: map[string]int{}}
}

const (
	// maxRecorded bounds a body.
	maxRecorded = 64 << 20
	// maxRest and maxRestTime bound what Close reads.
	maxRest     = 1 << 20
	maxRestTime = time.Second
)

type recorder struct {
	dir   string
	next  http.RoundTripper
	hider *hider

	mu       sync.Mutex
	answered map[string]int // how often, by the file's name
}

// CloseIdleConnections closes those of the transport below.
func (c *recorder) CloseIdleConnections() {
	if t, ok := c.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// RoundTrip sends the request and writes down what comes of it.
func (c *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	if req.URL == nil {
		return nil, errors.New("the request has no URL")
	}
	out := again(req, body)
	hider := c.hider.forExchange()
	r := recordedRequest(hider, out, body)
	res, err := c.next.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	res.Request = req
	if err := recordable(req.Method, res); err != nil {
		res.Body.Close()
		return nil, err
	}
	b := &recordedBody{ReadCloser: res.Body, c: c, hider: hider, r: r, res: res, file: c.fileOf(r)}
	b.takeHead()
	if hasNoBody(req.Method, res.StatusCode) || res.Body == http.NoBody {
		if err := b.write(false); err != nil {
			res.Body.Close()
			return nil, err
		}
		return res, nil
	}
	res.Body = b
	return res, nil
}

// fileOf returns the name of the file for a request that has an answer.
func (c *recorder) fileOf(r *recording) string {
	name := fileName(r)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered[name]++
	return nthName(name, c.answered[name])
}

// readBody reads the body of a request, and closes it.
func readBody(req *http.Request) ([]byte, error) {
	if ended := trace.Ended(req.Context()); ended != nil {
		closeBody(req)
		return nil, &trace.Error{Phase: trace.Send, Err: ended}
	}
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	defer req.Body.Close()
	data, err := io.ReadAll(io.LimitReader(req.Body, maxRecorded+1))
	switch {
	case err != nil:
		return nil, &trace.Error{Phase: trace.Send, Err: err}
	case len(data) > maxRecorded:
		return nil, errTooMuch
	case req.ContentLength > 0 && req.ContentLength != int64(len(data)):
		return nil, &trace.Error{Phase: trace.Send, Err: fmt.Errorf("a body of %d bytes, with a ContentLength of %d", len(data), req.ContentLength)}
	}
	return data, nil
}

var errTooMuch = errors.New("a body of more than 64 MiB cannot be recorded")

// again returns the request that is sent in place of req, whose body has been read.
func again(req *http.Request, body []byte) *http.Request {
	out := *req
	out.Header = maps.Clone(req.Header)
	if out.Header == nil {
		out.Header = http.Header{}
	}
	for name := range out.Header {
		if strings.EqualFold(name, "Accept-Encoding") {
			delete(out.Header, name)
		}
	}
	out.Header["Accept-Encoding"] = []string{"identity"}
	if req.Body != nil && req.Body != http.NoBody {
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		out.Body, _ = out.GetBody()
	}
	return &out
}

// recordable reports what cannot be recorded of a response.
func recordable(method string, res *http.Response) error {
	switch {
	case res.StatusCode == http.StatusSwitchingProtocols:
		return errors.New("101 Switching Protocols cannot be recorded")
	case hasNoBody(method, res.StatusCode):
		return nil
	}
	for _, coding := range res.Header["Content-Encoding"] {
		if !strings.EqualFold(coding, "identity") && !isGzip(res) {
			return fmt.Errorf("a body in the coding %s cannot be recorded: secrets in it would not be found", quote(coding))
		}
	}
	return nil
}

func isGzip(res *http.Response) bool {
	codings := res.Header["Content-Encoding"]
	return len(codings) == 1 && strings.EqualFold(codings[0], "gzip")
}

// A recordedBody keeps what is read of a body.
type recordedBody struct {
	io.ReadCloser
	c     *recorder
	hider *hider
	r     *recording
	res   *http.Response
	file  string
	gzip  bool

	mu      sync.Mutex // guards the following: Close may be called while Read waits
	data    []byte
	reading bool
	done    bool // it is written, or cannot be
}

// takeHead takes down the response's head, before anybody alters it.
func (b *recordedBody) takeHead() {
	res, header := b.res, b.res.Header
	if b.gzip = isGzip(res); b.gzip {
		header = maps.Clone(header)
		delete(header, "Content-Encoding")
	}
	f := fieldsOf(header)
	for _, coding := range res.TransferEncoding {
		f = append(f, trace.Field{Name: "Transfer-Encoding", Value: coding})
	}
	if len(res.Trailer) > 0 {
		f = append(f, trace.Field{Name: "Trailer", Value: strings.Join(slices.Sorted(maps.Keys(res.Trailer)), ", ")})
	}
	slices.SortStableFunc(f, func(x, y trace.Field) int { return strings.Compare(x.Name, y.Name) })
	b.r.response = b.hider.fields(f)
	b.r.proto, b.r.status = res.Proto, res.Status
	if _, _, ok := http.ParseHTTPVersion(b.r.proto); !ok {
		b.r.proto = "HTTP/1.1"
	}
	code := strconv.Itoa(res.StatusCode)
	if !strings.HasPrefix(b.r.status, code+" ") || strings.ContainsFunc(b.r.status, notInValue) {
		b.r.status = strings.TrimSpace(code + " " + http.StatusText(res.StatusCode))
	}
	b.r.status = b.hider.text(b.r.status)
}

// Read reads, and at the body's end writes the recording.
func (b *recordedBody) Read(p []byte) (int, error) {
	b.setReading(true)
	n, err := b.ReadCloser.Read(p)
	if !b.keep(p[:n]) {
		return n, errTooMuch
	}
	if err != nil {
		if werr := b.write(err != io.EOF); werr != nil {
			return n, werr
		}
	}
	return n, err
}

// setReading notes whether somebody reads, and returns whether somebody did.
func (b *recordedBody) setReading(on bool) (was bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	was, b.reading = b.reading, on
	return was
}

// keep keeps what was read, unless it has become too much.
func (b *recordedBody) keep(p []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = false
	if b.done {
		return true
	}
	b.data = append(b.data, p...)
	b.done = len(b.data) > maxRecorded
	return !b.done
}

// Close closes the body, after it has read what little may be left of it.
func (b *recordedBody) Close() error {
	b.mu.Lock()
	rest := !b.done && !b.reading
	b.mu.Unlock()
	if media, _ := mediaType(b.res.Header.Get("Content-Type")); rest && media != "text/event-stream" {
		stop := time.AfterFunc(maxRestTime, func() { b.ReadCloser.Close() })
		_, _ = io.CopyN(io.Discard, b, maxRest) // whatever comes of it is written down
		stop.Stop()
	}
	err := b.ReadCloser.Close()
	if werr := b.write(true); werr != nil {
		return werr
	}
	return err
}

// write writes the recording, once.
func (b *recordedBody) write(cut bool) error {
	b.mu.Lock()
	data, done := b.data, b.done
	b.data, b.done = nil, true
	b.mu.Unlock()
	if done {
		return nil
	}
	b.r.cut = cut
	if b.gzip && len(data) > 0 {
		var err error
		if data, err = gunzip(data, cut); err != nil {
			return err
		}
	}
	contentType := b.r.response.Get("Content-Type")
	b.r.responseBody = b.hider.body(data, contentType)
	if !hasNoBody(b.r.method, b.res.StatusCode) && !b.r.cut {
		for i, x := range b.r.response {
			if x.Name == "Content-Length" { // which hiding may have changed
				b.r.response[i].Value = strconv.Itoa(len(b.r.responseBody))
			}
		}
	}
	b.r.trailer = b.hider.fields(fieldsOf(withoutNil(b.res.Trailer)))
	text, err := b.r.text()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.c.dir, 0o777); err != nil {
		return err
	}
	return writeWhole(filepath.Join(b.c.dir, b.file), text)
}

// withoutNil returns a trailer as far as it has come.
func withoutNil(trailer http.Header) http.Header {
	h := maps.Clone(trailer)
	maps.DeleteFunc(h, func(_ string, values []string) bool { return len(values) == 0 })
	return h
}

// gunzip undoes the coding of a body that may be cut.
func gunzip(data []byte, cut bool) ([]byte, error) {
	zr, err := gzip.NewReader(bytes.NewReader(data))
	if err == nil {
		data, err = io.ReadAll(io.LimitReader(zr, maxRecorded+1))
	}
	switch {
	case err != nil && !cut:
		return nil, errors.New("a body that is not the gzip it says it is cannot be recorded")
	case err != nil && zr == nil:
		return nil, nil
	case len(data) > maxRecorded:
		return nil, errTooMuch
	}
	return data, nil
}

// writeWhole writes a file that is either as it was or whole.
func writeWhole(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".recording-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // there is none if all went well
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
