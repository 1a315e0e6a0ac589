package conn

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"

	"example.com/godwit/internal/h1"
	"example.com/godwit/internal/message"
)

// Request sends a whole request. The fields Host and "Accept-Encoding: identity" come first, if
// the header does not have them, then what frames the body, then the header, in its order and
// spelt as it is:
//
//   - no body, or http.NoBody: "Content-Length: 0" for POST, PUT and PATCH, nothing otherwise;
//   - a *bytes.Reader, *bytes.Buffer or *strings.Reader: its Content-Length;
//   - an *os.File: what is left of it, with its Content-Length, if it is a regular one;
//   - any other reader, [Seq] and [Framed]: "Transfer-Encoding: chunked".
//
// A Content-Length of the header's own must be that of the body; "Transfer-Encoding: chunked"
// in it has the body chunked, whatever it is. The body is read to its end, and not closed. It
// is sent on the caller's goroutine; a server that answers with a status of 300 or above while
// a large one is under way is not sent the rest of it.
//
// The response has to be asked for with [Conn.Response], and read, before the next request. An
// error may be left to Response, too.
func (c *Conn) Request(ctx context.Context, method, target string, header Fields, body io.Reader) error {
	h, err := c.begin(ctx, "Request", method, target)
	if err != nil {
		return err
	}
	if body == http.NoBody {
		body = nil
	}
	err = h.guarded(c, func() error { return h.send(c, header, body) })
	if errors.Is(err, ErrUnwanted) {
		return nil // Response has the answer
	}
	return err
}

// send puts the rest of a request that has been begun, and sends it.
func (h *hand) send(c *Conn, header Fields, body io.Reader) error {
	if err := h.putRequest(c, header, body); err != nil {
		return h.fault(c, err)
	}
	m := &c.link.machine
	if body == nil && !h.head.chunked {
		_ = m.Step(h1.EndHeadOnly)
		return h.flushAll(c)
	}
	_ = m.Step(h1.EndHead)
	if err := h.sendBody(c, body); err != nil {
		return err
	}
	return h.endBody(c, nil)
}

// putRequest puts the whole head.
func (h *hand) putRequest(c *Conn, header Fields, body io.Reader) error {
	var given headFacts
	for i := range header {
		if err := given.note(header[i].Name, header[i].Value); err != nil {
			return err
		}
	}
	if err := h.putLine(); err != nil {
		return err
	}
	if err := h.putUsual(c, given.host, given.acceptEncoding); err != nil {
		return err
	}
	if err := h.putFraming(c, &given, body); err != nil {
		return err
	}
	for i := range header {
		if err := h.put(c, header[i].Name, header[i].Value); err != nil {
			return err
		}
	}
	return h.end()
}

// putFraming puts what frames the body, unless the header has it.
func (h *hand) putFraming(c *Conn, given *headFacts, body io.Reader) error {
	size := int64(0)
	if body != nil {
		size = sizeOf(body)
	}
	switch {
	case given.chunked:
		return nil
	case given.hasLength:
		if size >= 0 && size != given.length {
			return message.LengthError(given.length, size)
		}
		return nil
	case body == nil && !announcesNothing(h.x.method):
		return nil
	case size < 0:
		return h.put(c, "Transfer-Encoding", "chunked")
	}
	return h.put(c, "Content-Length", strconv.FormatInt(size, 10))
}

// sendBody sends the body of a request whose head has been put.
func (h *hand) sendBody(c *Conn, body io.Reader) (err error) {
	if body == nil {
		return nil
	}
	if f, ok := body.(*os.File); ok && h.left > 0 && isFile(f) {
		// As long as it was, though it may have grown since.
		_, err = h.sendFile(c, f)
		return err
	}
	_, err = h.readFrom(c, body)
	return err
}
