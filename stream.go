// A Stream is a response that is still arriving, and the ways to read it.

package godwit

import (
	"bufio"
	"context"
	"io"
	"iter"
	"math"
	"net/http"
	"sync/atomic"

	"example.com/godwit/internal/jsonx"
)

// A Stream is a response that is still arriving: Body is live. Close it.
//
// The silence of a server has no limit while a program reads the stream by itself, unless
// [Limits] or the transport sets one; event streams and long polls may wait. While Finish
// and SaveTo read, it has the usual one.
//
// Lines, Chunks, Events and [JSONLines] may be left and entered again, and mixed with each
// other and with reads of Body: each goes on where the last one stopped. Trailer is complete
// when Body has been read to its end.
type Stream struct {
	*http.Response

	call    *call
	first   *http.Request   // as it was sent first: a redirect may have led to another
	records *jsonx.Splitter // of JSONLines; nil: none as yet
	events  *eventSource    // of Events; nil: none as yet
}

// Close gives the connection back, or gives it up if too much is left to read. It also ends
// Events.
func (s *Stream) Close() error {
	err := s.Body.Close()
	_ = s.call.end(s.StatusCode, nil) // for a body that is not ours: see switched
	return err
}

// History returns the responses that led to this one, oldest first.
func (s *Stream) History() []*Response { return s.call.pathTaken().history }

// Attempts returns the exchanges of the call, oldest first; see [Response]. What the last one
// took is complete when Body has been read to its end or closed.
func (s *Stream) Attempts() []Attempt { return s.call.attempts() }

// Finish reads what is left of the body, within [MaxBody], and closes the stream.
func (s *Stream) Finish() (*Response, error) {
	c := s.call
	if c.response.Response != nil {
		return &c.response, nil
	}
	c.streaming.Store(false)
	return c.finish(s.Response)
}

// Lines yields the body line by line, without line ends (LF or CRLF). After an error it
// yields no more; a line larger than [MaxBody] (64 MiB unless that says otherwise) is
// [ErrTooLarge].
func (s *Stream) Lines() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		br, most := s.buffered(), s.most()
		var long []byte
		for {
			part, err := br.ReadSlice('\n')
			if int64(len(long)+len(part)) > most {
				yield("", s.tooLarge("a line", most))
				return
			}
			if err == bufio.ErrBufferFull {
				long = append(long, part...)
				continue
			}
			if len(long) > 0 {
				long = append(long, part...)
				part = long
			}
			if (err == nil || (err == io.EOF && len(part) > 0)) && !yield(trimEOL(part), nil) {
				return
			}
			if err != nil {
				if err != io.EOF {
					yield("", err)
				}
				return
			}
			long = long[:0]
		}
	}
}

// trimEOL returns the line without its end.
func trimEOL(line []byte) string {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n > 1 && line[n-2] == '\r' {
			line = line[:n-2]
		}
	}
	return string(line)
}

// most is how many bytes one thing of a stream may have: a line, a record, an event.
func (s *Stream) most() int64 {
	switch n := s.call.request.MaxBody; {
	case n == 0:
		return maxContent
	case n < 0:
		return math.MaxInt64
	default:
		return n
	}
}

// tooLarge is the error for a line, a record or an event that has more bytes than that.
func (s *Stream) tooLarge(what string, most int64) error {
	return s.call.explain(s.Request, kindErrorf(ErrTooLarge, "%s of more than %d bytes (set by MaxBody)", what, most))
}

// Chunks yields the body in pieces of n bytes, the last one shorter; n below 1 means 32 KiB.
// A piece is valid until the next one is asked for.
func (s *Stream) Chunks(n int) iter.Seq2[[]byte, error] {
	if n < 1 {
		n = 32 << 10
	}
	return func(yield func([]byte, error) bool) {
		buf := make([]byte, n)
		for {
			got, err := io.ReadFull(s.Body, buf)
			last := err != nil
			if err == io.ErrUnexpectedEOF {
				err = io.EOF // ReadFull's own: the body's would be an *Error
			}
			if got > 0 && !yield(buf[:got], nil) {
				return
			}
			if last {
				if err != io.EOF {
					yield(nil, err)
				}
				return
			}
		}
	}
}

// buffered returns the body as a reader from which lines can be taken. What it has read
// ahead is what Body reads next.
func (s *Stream) buffered() *bufio.Reader {
	b, ours := s.Body.(*liveBody)
	if !ours { // somebody has put something around it
		return bufio.NewReader(s.Body)
	}
	if b.ahead == nil {
		b.ahead = bufio.NewReader(wireOf{b})
	}
	return b.ahead
}

// liveBody is the body of a stream: its errors are the call's, and its end is too.
type liveBody struct {
	io.ReadCloser
	call *call
	res  *http.Response

	ahead  *bufio.Reader // what has been read ahead, see buffered; nil: nothing
	closed atomic.Bool
	onEnd  atomic.Pointer[context.CancelFunc] // called by Close; nil: nothing to do
}

// Read reads, and makes an error one of the call.
func (b *liveBody) Read(p []byte) (int, error) {
	if b.ahead != nil && !b.closed.Load() {
		return b.ahead.Read(p)
	}
	return b.read(p)
}

// read is Read without what has been read ahead.
func (b *liveBody) read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.call.bytes.Add(int64(n))
	switch err {
	case nil:
	case io.EOF:
		_ = b.call.end(b.res.StatusCode, nil)
	default:
		err = b.call.end(b.res.StatusCode, b.call.explain(b.res.Request, err))
	}
	return n, err
}

// Close closes the body and ends the call.
func (b *liveBody) Close() error {
	b.closed.Store(true)
	if end := b.onEnd.Load(); end != nil {
		(*end)()
	}
	err := b.ReadCloser.Close()
	_ = b.call.end(b.res.StatusCode, nil)
	return err
}

// wireOf is a live body as its buffer reads it.
type wireOf struct{ b *liveBody }

func (w wireOf) Read(p []byte) (int, error) { return w.b.read(p) }
