// Replay: what was written down, said again.

package godwittest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"example.com/godwit/trace"
)

// Replay returns a transport that answers from what [Record] has written into the folder
// dir, with the same hide. Nothing is sent.
//
// A request is answered by a recording of the same method, URL and body; what is hidden does
// not count, nor does the boundary of a multipart body, nor any header field. A request that
// was sent several times gets its answers in the order of the files' numbers, each once. One
// that was not recorded is an [*UnrecordedError], and a file that cannot be read makes every
// request a [*DamagedError]. Files may be edited, and renamed but for their numbers.
//
// Status, header, body and trailer are those of the recording. A body that was cut short
// ends in io.ErrUnexpectedEOF.
func Replay(dir string, hide ...Hide) http.RoundTripper {
	p := &player{dir: dir, hider: newHider(hide)}
	p.load = sync.OnceValue(p.readDir)
	return p
}

type player struct {
	dir   string
	hider *hider
	load  func() error // once

	all []*played // in the order in which they are used
	mu  sync.Mutex
	// byKey has the recordings of a request, those to come first.
	byKey map[string][]*played
	used  map[string]int
}

// A played is a recording and the name of its file.
type played struct {
	*recording
	file string
}

// readDir reads all recordings.
func (p *player) readDir() error {
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return fmt.Errorf("no recordings: %w", err)
	}
	p.byKey, p.used = map[string][]*played{}, map[string]int{}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), extension) || entry.IsDir() {
			continue
		}
		r, err := p.read(entry.Name())
		if err != nil {
			return err
		}
		p.all = append(p.all, &played{r, entry.Name()})
	}
	slices.SortStableFunc(p.all, func(a, b *played) int {
		aName, aNth := nthOf(a.file)
		bName, bNth := nthOf(b.file)
		if aName != bName {
			return strings.Compare(aName, bName)
		}
		return aNth - bNth
	})
	for _, r := range p.all {
		p.byKey[r.key()] = append(p.byKey[r.key()], r)
	}
	return nil
}

// read reads a recording, and hides in it what would not count in a request.
func (p *player) read(name string) (*recording, error) {
	path := filepath.Join(p.dir, name)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &DamagedError{File: path, Why: err.Error()}
	}
	r, err := parseRecording(text)
	if e, ok := errors.AsType[*DamagedError](err); ok {
		e.File = path
		return nil, e
	}
	u, err := url.Parse(r.url)
	if err != nil {
		return nil, &DamagedError{File: path, Why: "its URL cannot be read"}
	}
	hidden := hiddenRequest(p.hider.forExchange(), r, u)
	r.url, r.requestBody = hidden.url, hidden.requestBody
	return r, nil
}

// RoundTrip answers from a recording.
func (p *player) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	if req.URL == nil {
		return nil, errors.New("the request has no URL")
	}
	if err := p.load(); err != nil {
		return nil, err
	}
	wanted := recordedRequest(p.hider.forExchange(), req, body)
	key := wanted.key()
	p.mu.Lock()
	nth := p.used[key]
	known := p.byKey[key]
	if nth < len(known) {
		p.used[key]++
	}
	p.mu.Unlock()
	if nth < len(known) {
		return known[nth].answer(req), nil
	}
	e := &UnrecordedError{Dir: p.dir, Method: wanted.method, URL: wanted.url, Body: len(wanted.requestBody), Recorded: len(known)}
	if len(known) == 0 {
		e.Nearest = nearest(p.all, wanted)
	}
	return nil, e
}

// answer returns the recorded response, as an answer to req.
func (p *played) answer(req *http.Request) *http.Response {
	code, _ := strconv.Atoi(p.status[:3])
	res := &http.Response{
		Status: p.status, StatusCode: code, Proto: p.proto, Header: http.Header{},
		ContentLength: lengthOf(p.response), Request: req, TLS: tlsState(req.URL),
	}
	res.ProtoMajor, res.ProtoMinor, _ = http.ParseHTTPVersion(p.proto)
	for _, x := range p.response {
		switch name := http.CanonicalHeaderKey(x.Name); name {
		case "Transfer-Encoding":
			res.TransferEncoding = append(res.TransferEncoding, x.Value)
		case "Trailer":
			res.Trailer = http.Header{}
			for one := range strings.SplitSeq(x.Value, ",") {
				res.Trailer[http.CanonicalHeaderKey(strings.TrimSpace(one))] = nil
			}
		default:
			res.Header[name] = append(res.Header[name], x.Value)
		}
	}
	res.Close = hasToken(res.Header["Connection"], "close")
	if hasNoBody(req.Method, code) {
		res.Body = http.NoBody
		if !hasContent(code) {
			res.ContentLength = 0
		}
		return res
	}
	if !p.cut && res.ContentLength >= 0 {
		res.ContentLength = int64(len(p.responseBody)) // somebody may have edited it
		res.Header.Set("Content-Length", strconv.Itoa(len(p.responseBody)))
	}
	res.Body = &playedBody{rest: bytes.NewReader(p.responseBody), p: p, res: res}
	return res
}

// A playedBody is the body of a recording.
type playedBody struct {
	mu     sync.Mutex // Close may be called while Read is
	rest   *bytes.Reader
	p      *played
	res    *http.Response
	ended  bool // the trailer is in the response
	closed bool
}

// Read reads what was recorded.
func (b *playedBody) Read(q []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	if ctx := b.res.Request.Context(); ctx.Err() != nil {
		return 0, &trace.Error{Phase: trace.Receive, Addr: authority(b.res.Request.URL), Sent: true, Answered: true, Err: trace.Ended(ctx)}
	}
	if n, _ := b.rest.Read(q); n > 0 || len(q) == 0 {
		return n, nil
	}
	if b.p.cut {
		return 0, &trace.Error{
			Phase: trace.Receive, Addr: authority(b.res.Request.URL), Sent: true, Answered: true,
			Err: fmt.Errorf("the recording %s was cut short: %w", quote(b.p.file), io.ErrUnexpectedEOF),
		}
	}
	if !b.ended && len(b.p.trailer) > 0 {
		if b.res.Trailer == nil {
			b.res.Trailer = http.Header{}
		}
		for _, x := range b.p.trailer {
			b.res.Trailer.Add(x.Name, x.Value)
		}
	}
	b.ended = true
	return 0, io.EOF
}

// Close closes the body.
func (b *playedBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}
