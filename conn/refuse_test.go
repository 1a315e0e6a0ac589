package conn_test

// Requests that must not reach the wire: what would let a value become a line, a line become
// a request, or a server lose count of where the body ends.

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

func TestRefusedRequests(t *testing.T) {
	at := func(u url.URL) *url.URL {
		if u.Scheme == "" {
			u.Scheme = "http"
		}
		return &u
	}
	tests := []struct {
		name string
		what string // of the RequestError
		url  bool   // it is an ErrInvalidURL
		req  http.Request
		opt  conn.ExchangeOptions
	}{
		{name: "no URL", what: "URL", url: true, req: http.Request{Method: "GET"}},
		{name: "CR LF in the method", what: "method", req: http.Request{Method: "GET / HTTP/1.1\r\nX: y\r\n\r\nGET"}},
		{name: "space in the method", what: "method", req: http.Request{Method: "GET /"}},
		{name: "LF at the end of the method", what: "method", req: http.Request{Method: "GET\n"}},
		{name: "method that is not ASCII", what: "method", req: http.Request{Method: "GÉT"}},
		{name: "CR LF in the opaque target", what: "target", url: true, req: http.Request{URL: at(url.URL{Host: "h", Opaque: "/ HTTP/1.1\r\nX: y"})}},
		{name: "LF in the query", what: "target", url: true, req: http.Request{URL: at(url.URL{Host: "h", Path: "/", RawQuery: "a\nb"})}},
		{name: "NUL in the query", what: "target", url: true, req: http.Request{URL: at(url.URL{Host: "h", Path: "/", RawQuery: "a\x00b"})}},
		{name: "HTAB in the query", what: "target", url: true, req: http.Request{URL: at(url.URL{Host: "h", Path: "/", RawQuery: "a\tb"})}},
		{name: "DEL in the query", what: "target", url: true, req: http.Request{URL: at(url.URL{Host: "h", Path: "/", RawQuery: "a\x7fb"})}},
		{name: "CR LF in the target of a CONNECT", what: "target", url: true, req: http.Request{Method: "CONNECT", URL: at(url.URL{Host: "h:1", Opaque: "h:1 HTTP/1.1\r\nX: y"})}},
		{name: "no host", what: "host", url: true, req: http.Request{URL: at(url.URL{Path: "/"})}},
		{name: "CR LF in the host", what: "host", url: true, req: http.Request{URL: at(url.URL{Host: "h\r\nX: y", Path: "/"})}},
		{name: "LF at the end of the host", what: "host", url: true, req: http.Request{URL: at(url.URL{Host: "h\n", Path: "/"})}},
		{name: "NUL in the host", what: "host", url: true, req: http.Request{URL: at(url.URL{Host: "good\x00.evil", Path: "/"})}},
		{name: "space in the host", what: "host", url: true, req: http.Request{URL: at(url.URL{Host: "h x", Path: "/"})}},
		{name: "user info in the host", what: "host", url: true, req: http.Request{URL: at(url.URL{Host: "u@h", Path: "/"})}},
		{name: "path in the host", what: "host", url: true, req: http.Request{URL: at(url.URL{Host: "h/x", Path: "/"})}},
		{name: "CR LF in Request.Host", what: "host", url: true, req: http.Request{Host: "h\r\nX: y"}},
		{name: "space in Request.Host", what: "host", url: true, req: http.Request{Host: "h x"}},
		{name: "path in Request.Host", what: "host", url: true, req: http.Request{Host: "h/x"}},
		{name: "a port that is no number", what: "host", url: true, req: http.Request{Host: "h:80x"}},
		{name: "a port that is too large", what: "host", url: true, req: http.Request{Host: "h:65536"}},
		{name: "port 0", what: "host", url: true, req: http.Request{Host: "h:0"}},
		{name: "a signed port", what: "host", url: true, req: http.Request{Host: "h:+80"}},
		{name: "an address without brackets", what: "host", url: true, req: http.Request{Host: "fe80::1"}},
		{name: "brackets around a name", what: "host", url: true, req: http.Request{Host: "[name]"}},
		{name: "a bracket that is not closed", what: "host", url: true, req: http.Request{Host: "[::1"}},
		{name: "CR LF in a value", what: "field value", req: http.Request{Header: http.Header{"X": {"a\r\nY: b"}}}},
		{name: "CR at the end of a value", what: "field value", req: http.Request{Header: http.Header{"X": {"a\r"}}}},
		{name: "LF at the end of a value", what: "field value", req: http.Request{Header: http.Header{"X": {"a\n"}}}},
		{name: "NUL in a value", what: "field value", req: http.Request{Header: http.Header{"X": {"a\x00"}}}},
		{name: "LF in the second value", what: "field value", req: http.Request{Header: http.Header{"X": {"a", "b\n"}}}},
		{name: "LF in User-Agent", what: "field value", req: http.Request{Header: http.Header{"User-Agent": {"a\nb: c"}}}},
		{name: "LF in our User-Agent", what: "field value", opt: conn.ExchangeOptions{UserAgent: "a\nb: c"}},
		{name: "LF in Upgrade", what: "field value", req: http.Request{Header: http.Header{"Connection": {"upgrade"}, "Upgrade": {"a\nb: c"}}}},
		{name: "CR LF in a name", what: "field name", req: http.Request{Header: http.Header{"X: a\r\nY": {"b"}}}},
		{name: "space in a name", what: "field name", req: http.Request{Header: http.Header{"Content Length": {"1"}}}},
		{name: "colon in a name", what: "field name", req: http.Request{Header: http.Header{"X:": {"1"}}}},
		{name: "an empty name", what: "field name", req: http.Request{Header: http.Header{"": {"1"}}}},
		{name: "a Kelvin sign in Order", what: "field name", req: http.Request{Header: http.Header{"X-K": {"1"}}}, opt: conn.ExchangeOptions{Order: []string{"X-\u212a"}}},
		{name: "a second Content-Length in another case", what: "field name", req: http.Request{Method: "POST", ContentLength: 2, Body: io.NopCloser(strings.NewReader("hi")), Header: http.Header{"content-length": {"7"}}}},
		{name: "a second Transfer-Encoding in another case", what: "field name", req: http.Request{Header: http.Header{"TRANSFER-ENCODING": {"chunked"}}}},
		{name: "a second Host in another case", what: "field name", req: http.Request{Header: http.Header{"host": {"evil"}}}},
		{name: "a second Trailer in another case", what: "field name", req: http.Request{Header: http.Header{"trailer": {"X"}}}},
		{name: "a Content-Length that is not the body's", what: "field value", req: http.Request{Method: "POST", ContentLength: 2, Body: io.NopCloser(strings.NewReader("hi")), Header: http.Header{"Content-Length": {"7"}}}},
		{name: "ContentLength without a body", what: "body", req: http.Request{Method: "POST", ContentLength: 2}},
		{name: "a body in memory that is shorter than announced", what: "body", req: http.Request{Method: "POST", ContentLength: 3, Body: io.NopCloser(strings.NewReader("hi"))}},
		{name: "a body in memory that is longer than announced", what: "body", req: http.Request{Method: "POST", ContentLength: 1, Body: io.NopCloser(strings.NewReader("hi"))}},
		{name: "Transfer-Encoding as a trailer", what: "trailer field", req: http.Request{Method: "POST", Trailer: http.Header{"transfer-encoding": {"chunked"}}}},
		{name: "Content-Length as a trailer", what: "trailer field", req: http.Request{Method: "POST", Trailer: http.Header{"Content-Length": {"1"}}}},
		{name: "Host as a trailer", what: "trailer field", req: http.Request{Method: "POST", Trailer: http.Header{"Host": {"h"}}}},
		{name: "Trailer as a trailer", what: "trailer field", req: http.Request{Method: "POST", Trailer: http.Header{"Trailer": {"X"}}}},
		{name: "a trailer whose name is none", what: "trailer field", req: http.Request{Method: "POST", Trailer: http.Header{"X Y": {"1"}}}},
		{name: "CR LF in the name of a trailer", what: "trailer field", req: http.Request{Method: "POST", Trailer: http.Header{"X\r\nY": {"1"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := tt.req.WithContext(t.Context())
			if req.URL == nil && tt.what != "URL" {
				req.URL = at(url.URL{Host: "h", Path: "/"})
			}
			var body *spy
			if req.Body != nil {
				body = spyOn(nil)
				req.Body = struct {
					io.Reader
					io.Closer
				}{req.Body, body}
			}
			if tt.what == "body" && req.Body != nil {
				req.Body = tt.req.Body // for it to be known to be in memory
				body = nil
			}
			x, err := conn.Prepare(req, &tt.opt)
			if err == nil {
				x.Discard()
				t.Fatal("prepared")
			}
			e, ok := errors.AsType[*conn.RequestError](err)
			if !ok || e.What != tt.what {
				t.Fatalf("error %v, want a RequestError of the %s", err, tt.what)
			}
			if !errors.Is(err, conn.ErrHTTP) || errors.Is(err, conn.ErrInvalidURL) != tt.url {
				t.Errorf("errors.Is ErrHTTP: %v, ErrInvalidURL: %v", errors.Is(err, conn.ErrHTTP), errors.Is(err, conn.ErrInvalidURL))
			}
			if p, ok := errors.AsType[*conn.Error](err); !ok || p.Sent || p.Answered {
				t.Errorf("%#v, want an Error with nothing sent", err)
			}
			if body != nil {
				body.checkClosed(t)
			}
		})
	}
}

// A request that is refused leaves the connection as it was: nothing was written.
func TestRefusedRequestLeavesTheConnection(t *testing.T) {
	c, p := pipe(t, Expect(plainGet), Send(empty))
	req := get(t)
	req.Header.Set("X", "a\nb")
	if res, err := c.RoundTrip(req); err == nil {
		res.Body.Close()
		t.Error("sent")
	}
	if o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{}); o.err != nil || !o.kept {
		t.Errorf("%v, kept: %v", o.err, o.kept)
	}
}

// What is wrong with a value is not told with the value, which may be a secret.
func TestRefusalsTellNoSecret(t *testing.T) {
	for _, req := range []*http.Request{
		{Header: http.Header{"Authorization": {"hunter2\n"}}},
		{URL: &url.URL{Scheme: "http", Host: "h", Path: "/", RawQuery: "token=hunter2\n"}},
		{Host: "hunter2\n"},
	} {
		if req.URL == nil {
			req.URL = &url.URL{Scheme: "http", Host: "h", Path: "/"}
		}
		x, err := conn.Prepare(req, &conn.ExchangeOptions{})
		if err == nil {
			x.Discard()
			t.Error("prepared")
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
}

func TestUnknownTransferCodingOfARequest(t *testing.T) {
	for _, codings := range [][]string{{"gzip"}, {"gzip", "chunked"}, {"chunked", "chunked"}, {"Chunked "}} {
		req := newRequest(t, "POST", "http://h/", strings.NewReader("hi"))
		req.TransferEncoding = codings
		x, err := conn.Prepare(req, &conn.ExchangeOptions{})
		if err == nil {
			x.Discard()
			t.Errorf("%q: prepared", codings)
		} else if !errors.Is(err, conn.ErrUnknownTransferEncoding) {
			t.Errorf("%q: %v", codings, err)
		}
	}
}
