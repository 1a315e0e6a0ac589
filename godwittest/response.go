// The response as a handler writes it.

package godwittest

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// firstWrite is how much a handler writes before the client sees any of it: as much as
// net/http's server holds back to find out how long the body is.
const firstWrite = 2048

// A response is the ResponseWriter of one exchange. It does as net/http's server does.
type response struct {
	x *exchange
	r *http.Request
	b *bufio.Writer // in front of writeBody

	header   http.Header
	status   int         // 0: none as yet
	snapshot http.Header // header when the status was set
	length   int64       // the body's; -1: unknown
	written  int64       // by the handler, whether or not it was sent
	returned bool        // the handler has
	final    atomic.Bool // there is a final status

	committed bool // the head has gone to the client
	head      head // what it was
}

func newResponse(x *exchange, r *http.Request) *response {
	w := &response{x: x, r: r, header: http.Header{}, length: -1}
	w.b = bufio.NewWriterSize(writerFunc(w.writeBody), firstWrite)
	return w
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// Header returns the fields that will be sent, and behind the body the trailer.
func (w *response) Header() http.Header { return w.header }

// WriteHeader sends a 1xx response at once, and keeps any other status until there is some
// of the body.
func (w *response) WriteHeader(status int) {
	if w.status != 0 {
		return // superfluous
	}
	if status < 100 || status > 999 {
		panic("invalid WriteHeader code " + strconv.Itoa(status))
	}
	if isInterim(status) {
		_ = w.x.deliver(w.interim(status, w.header))
		return
	}
	w.final.Store(true)
	w.status, w.snapshot = status, w.header.Clone()
	if text := w.header.Get("Content-Length"); text != "" {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
			w.length = n
		}
	}
}

// Write writes some of the body.
func (w *response) Write(p []byte) (int, error) {
	if err := w.admit(len(p)); err != nil || len(p) == 0 {
		return 0, err
	}
	return w.b.Write(p)
}

// WriteString writes some of the body.
func (w *response) WriteString(s string) (int, error) {
	if err := w.admit(len(s)); err != nil || s == "" {
		return 0, err
	}
	return w.b.WriteString(s)
}

// admit decides whether n more bytes may be written.
func (w *response) admit(n int) error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if n == 0 {
		return nil
	}
	if !hasContent(w.status) {
		return http.ErrBodyNotAllowed
	}
	w.written += int64(n)
	if w.length >= 0 && w.written > w.length {
		return http.ErrContentLength
	}
	return nil
}

// writeBody passes some of the body on to the client, behind the head.
func (w *response) writeBody(p []byte) (int, error) {
	if err := w.commit(p); err != nil {
		return 0, err
	}
	if w.head.noBody {
		return len(p), nil
	}
	n, err := w.x.downFar.Write(p)
	if err != nil {
		w.x.end(&abortError{text: "the handler could not write the body", err: err})
	}
	return n, err
}

// Flush sends what has been written.
func (w *response) Flush() { _ = w.FlushError() }

// FlushError is Flush for an http.ResponseController.
func (w *response) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if err := w.b.Flush(); err != nil {
		return err
	}
	return w.commit(nil)
}

// EnableFullDuplex says that the body can be read after the response has begun: it always
// can.
func (w *response) EnableFullDuplex() error { return nil }

// SetReadDeadline bounds reading the request's body.
func (w *response) SetReadDeadline(t time.Time) error { return w.x.upFar.SetReadDeadline(t) }

// SetWriteDeadline bounds writing the response's body.
func (w *response) SetWriteDeadline(t time.Time) error { return w.x.downFar.SetWriteDeadline(t) }

// finish sends what is left once the handler has returned, and returns how the exchange has
// ended.
func (w *response) finish() error {
	w.returned = true
	if err := w.FlushError(); err != nil {
		return &abortError{text: "the handler could not write the body", err: err}
	}
	if !w.head.noBody && w.length >= 0 && w.written < w.length {
		return &abortError{text: "the handler has written " + strconv.FormatInt(w.written, 10) +
			" bytes of a Content-Length of " + strconv.FormatInt(w.length, 10)}
	}
	if w.head.chunked {
		w.x.trailer = w.trailer()
	}
	return errFinished
}

// commit sends the head, once. p is the beginning of the body.
func (w *response) commit(p []byte) error {
	if w.committed {
		return nil
	}
	w.committed = true
	if b, ok := w.r.Body.(*requestBody); ok && b.expects.Load() {
		w.snapshot.Set("Connection", "close") // a body may come, or none
	}
	w.head = decideHead(w.r.Method, w.status, w.snapshot, w.length, p, w.returned, time.Now())
	w.length = w.head.length
	return w.x.deliver(w.head.response(w.x, w.status))
}

// interim returns a 1xx response.
func (w *response) interim(status int, fields http.Header) *http.Response {
	h := head{header: cleanFields(fields), noBody: true}
	delete(h.header, "Content-Length")
	delete(h.header, "Transfer-Encoding")
	return h.response(w.x, status)
}

// trailer returns the fields behind the body: those that were declared in the field Trailer,
// and those with http.TrailerPrefix.
func (w *response) trailer() http.Header {
	t := http.Header{}
	for name, values := range w.header {
		if after, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			t[after] = values
		}
	}
	for _, name := range w.head.trailer {
		if values := w.header[name]; len(values) > 0 {
			t[name] = values
		}
	}
	return cleanFields(t)
}
