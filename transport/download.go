package transport

import (
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/internal/message"
	"example.com/godwit/trace"
)

// A download is a stream as the body of its response: the caller's hold on it. It is over when it
// has been read to its end or closed. Read and Close may be called at the same time; Close then
// ends the Read.
type download stream

var (
	_ io.ReadCloser = (*download)(nil)
	_ io.WriterTo   = (*download)(nil)
)

// respond makes of what the connection has given the response that the caller gets.
func (s *stream) respond(res *http.Response) error {
	s.res, s.inner, s.expect = res, res.Body, -1
	s.final.Store(true)
	s.answered.Store(true)
	s.sendBy.Store(noTime)
	s.recvBy.Store(noTime)
	s.traceResponse(res.StatusCode, res.Header)
	s.enter(trace.Wait)
	s.enter(trace.Receive)
	if err := s.checkHead(res); err != nil {
		return err
	}
	res.TLS = s.c.many.about.TLS
	res.Trailer = message.Announced(namesOf(res.Trailer))
	empty := isEmpty(res.Body)
	switch {
	case res.StatusCode == http.StatusNoContent, res.StatusCode == http.StatusNotModified, s.isHead:
		if !empty { // it is none of this response (RFC 9110 6.4.1)
			s.inner.Close()
		}
		fallthrough
	case empty && res.ContentLength <= 0:
		res.Body = http.NoBody
		s.end(nil)
	default:
		s.expect = res.ContentLength
		res.Body = (*download)(s)
	}
	return nil
}

// isEmpty reports whether a body is one that nobody waits for: what net/http returns then knows
// of no connection. One that cannot be told to be empty is read to its end, and found to be.
func isEmpty(body io.Reader) bool { return reflect.TypeOf(body).Size() == 0 }

// checkHead refuses a response that is not to be trusted with a body (RFC 9113 8.1.1, 8.2.2), or
// that is larger than the bounds.
func (s *stream) checkHead(res *http.Response) error {
	if len(res.Status) < 3 || res.StatusCode < 200 || res.StatusCode > 999 || !isDigits(res.Status[:3]) || len(res.Status) > 3 && res.Status[3] != ' ' {
		return &conn.ProtocolError{Rule: conn.RuleStatus, Got: res.Status}
	}
	b := s.opt.Bounds.Defaults()
	size, fields := 0, 0
	for name, values := range res.Header {
		for _, v := range values {
			if len(name)+len(v) > b.Line {
				return &conn.LineTooLongError{What: "field line", Limit: b.Line, Setting: "Bounds.Line"}
			}
			size += len(name) + len(v) + len(": \r\n")
			fields++
		}
		switch name {
		case "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade":
			return &conn.ProtocolError{Rule: conn.RuleConnectionField, Got: name}
		}
	}
	switch {
	case size > b.Head:
		return &conn.BoundError{What: "bytes in the head", Limit: b.Head, Setting: "Bounds.Head"}
	case fields > b.Fields:
		return &conn.BoundError{What: "fields", Limit: b.Fields, Setting: "Bounds.Fields"}
	}
	return setLength(res)
}

// setLength reads Content-Length, of which net/http leaves alone what it does not understand.
func setLength(res *http.Response) error {
	values := res.Header["Content-Length"]
	if len(values) == 0 {
		return nil
	}
	for _, v := range values {
		n, err := strconv.ParseInt(v, 10, 64)
		switch {
		case err != nil || !isDigits(v):
			return &conn.ProtocolError{Rule: conn.RuleContentLength, Got: v}
		case v != values[0]:
			return &conn.ProtocolError{Rule: conn.RuleLengthsDiffer, Got: strings.Join(values, ", ")}
		}
		res.ContentLength = n
	}
	return nil
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Read reads from the body.
func (d *download) Read(p []byte) (int, error) {
	s := (*stream)(d)
	s.reading.Lock()
	defer s.reading.Unlock()
	if s.last != nil {
		return 0, s.last
	}
	return s.read(p)
}

// read is Read. s.reading is held.
func (s *stream) read(p []byte) (int, error) {
	s.limit(&s.recvBy, trace.Receive)
	n, err := s.inner.Read(p)
	s.recvBy.Store(noTime)
	s.count += int64(n)
	if n > 0 && s.opt.Tracer != nil {
		s.emit(trace.Data{Exchange: s.opt.ID, P: p[:n]})
	}
	switch {
	case err == nil:
		return n, nil
	case err == io.EOF:
		s.complete()
		return n, io.EOF
	}
	e := s.failure(trace.Receive, err)
	s.last = e
	s.end(e)
	return n, e
}

// complete ends an exchange whose response has come to its end. s.reading is held.
func (s *stream) complete() {
	s.last = io.EOF
	for name := range s.res.Trailer {
		if !message.MayTrail(name) {
			delete(s.res.Trailer, name)
		}
	}
	if s.opt.Tracer != nil {
		if fields := fieldsOf(s.res.Trailer); len(fields) > 0 {
			s.emit(trace.Trailer{Exchange: s.opt.ID, Fields: fields})
		}
	}
	s.end(nil)
}

// end ends the exchange after its response has begun: the request's body is done with, and so is
// the connection with us. err is why it ended before its time.
func (s *stream) end(err error) {
	if !s.allSent() {
		// Either the server does not want the rest, and has answered without; or that is
		// about to be sent.
		if err != nil || !s.up.soon() {
			s.breakOff(errUnsent)
		}
		s.up.abandon()
	}
	s.finish(err)
}

// allSent reports whether nothing of the request is left to be sent.
func (s *stream) allSent() bool {
	if s.up == nil {
		return true
	}
	whole, _ := s.up.finished()
	return whole
}

// Close ends the exchange. If little of the body is left, that is read: a server that is reset
// too often suspects an attack (CVE-2023-44487).
func (d *download) Close() error {
	s := (*stream)(d)
	if !s.reading.TryLock() {
		// Somebody reads. What that is waiting for, nobody wants any more.
		s.breakOff(http.ErrBodyReadAfterClose)
		s.reading.Lock()
	}
	defer s.reading.Unlock()
	if s.last != nil {
		return nil
	}
	if s.drain() {
		s.complete()
	} else {
		s.last = http.ErrBodyReadAfterClose
		s.breakOff(errClosedEarly)
		s.inner.Close()
		s.end(errClosedEarly)
	}
	s.last = http.ErrBodyReadAfterClose
	return nil
}

// What Close reads of a body that nobody wants, in bytes and in time.
const (
	mostDrained = 64 << 10
	drainTime   = 50 * time.Millisecond
)

// drain reads what is left, if that is worth it, and reports whether the body is complete.
func (s *stream) drain() bool {
	left := s.expect - s.count
	switch {
	case s.expect < 0 || left > mostDrained, s.Context.Err() != nil, !s.allSent(), s.broken():
		return false
	}
	timer := time.AfterFunc(drainTime, func() { s.breakOff(errClosedEarly) })
	defer timer.Stop()
	block := getBlock()
	defer putBlock(block)
	for total := 0; total <= mostDrained; {
		n, err := s.inner.Read(*block)
		s.count += int64(n)
		if total += n; err != nil {
			return err == io.EOF
		}
	}
	return false
}

// broken reports whether the exchange has been broken off.
func (s *stream) broken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause != nil
}

// WriteTo writes the rest of the body to w.
func (d *download) WriteTo(w io.Writer) (written int64, err error) {
	block := getBlock()
	defer putBlock(block)
	for {
		n, err := d.Read(*block)
		if n > 0 {
			m, werr := w.Write((*block)[:n])
			written += int64(m)
			if werr == nil && m < n {
				werr = io.ErrShortWrite
			}
			if werr != nil {
				return written, werr
			}
		}
		if err == io.EOF {
			return written, nil
		}
		if err != nil {
			return written, err
		}
	}
}

const blockSize = 32 << 10

var blocks = sync.Pool{New: func() any { b := make([]byte, blockSize); return &b }}

func getBlock() *[]byte  { return blocks.Get().(*[]byte) }
func putBlock(b *[]byte) { blocks.Put(b) }

func namesOf(h http.Header) (names []string) {
	for name := range h {
		names = append(names, name)
	}
	return names
}

// fieldsOf returns the fields of a header by name.
func fieldsOf(h http.Header) (fields trace.Fields) {
	names := namesOf(h)
	slices.Sort(names)
	for _, name := range names {
		for _, v := range h[name] {
			fields = append(fields, trace.Field{Name: strings.ToLower(name), Value: v})
		}
	}
	return fields
}
