package conn

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"example.com/godwit/internal/message"
)

// A bodyPlan says how a request's body is framed and sent. It is decided before a byte is
// written.
type bodyPlan struct {
	expect  bool // the server is asked before it is sent
	chunked bool
	inline  bool          // it is small and in memory: sent with the head, on the caller's goroutine
	probe   bool          // it may turn out to be empty, and then it had better not be announced
	body    io.ReadCloser // nil: none
	length  int64         // -1: unknown, so chunked
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
	p.expect = message.Holds(req.Header, "Expect", "100-continue")
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

// seldomHasBody tells the methods for which servers are known to choke on an empty chunked
// body.
func seldomHasBody(method string) bool {
	switch method {
	case "", "GET", "HEAD", "DELETE", "OPTIONS", "PROPFIND", "SEARCH":
		return true
	}
	return false
}

// announcesNothing reports whether the lack of a body is announced, because servers expect one
// with that method (RFC 9110 8.6). Some take it for what it is in any letter case.
func announcesNothing(method string) bool {
	switch len(method) {
	case len("PUT"):
		return strings.EqualFold(method, "PUT")
	case len("POST"):
		return strings.EqualFold(method, "POST")
	case len("PATCH"):
		return strings.EqualFold(method, "PATCH")
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
