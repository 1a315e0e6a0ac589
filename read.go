// Reading a body into memory, within bounds and without trusting its announced length.

package godwit

import (
	"io"
	"net/http"
)

const (
	// maxContent is what a call holds unless MaxBody says otherwise.
	maxContent = 64 << 20
	// trusted is how long a body may say it is and be believed: beyond it memory is taken
	// only as bytes come.
	trusted = 64 << 10
)

// readBody reads the response's body.
func (c *call) readBody(res *http.Response) ([]byte, error) {
	if res.Body == http.NoBody || switched(res) {
		return nil, nil
	}
	limit := c.request.MaxBody
	if limit == 0 {
		limit = maxContent
	}
	size := res.ContentLength
	if res.Request.Method == http.MethodHead {
		size = 0 // it is that of the body which GET would bring
	}
	if limit > 0 && size > limit {
		return nil, kindErrorf(ErrTooLarge, "a body of %d bytes, more than %d (set by MaxBody)", size, limit)
	}
	return readAll(res.Body, size, limit)
}

// readAll reads to the end, at most limit bytes unless that is negative. size is how many
// are expected, -1 if nobody knows.
func readAll(r io.Reader, size, limit int64) ([]byte, error) {
	first := int64(512)
	if size >= 0 {
		first = min(size, trusted) + 1 // room for the read that finds the end
	}
	buf := make([]byte, 0, first)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if limit >= 0 && int64(len(buf)) > limit {
			return nil, kindErrorf(ErrTooLarge, "a body of more than %d bytes (set by MaxBody)", limit)
		}
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
		if len(buf) == cap(buf) {
			buf = grow(buf, size)
		}
	}
}

// grow doubles the room. If the size is known, it goes four times as far, and not beyond it:
// then a body of a megabyte is copied once on the way, and a server that promises more than
// it sends gets no more than four times what it has sent.
func grow(buf []byte, size int64) []byte {
	room := int64(2 * cap(buf))
	if size >= int64(len(buf)) {
		room = min(2*room, size+1)
	}
	next := make([]byte, len(buf), max(room, int64(len(buf))+512))
	copy(next, buf)
	return next
}
