package conn

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

// A request of HTTP/1.0 says so, has nothing that came later, and ends its connection, whatever
// the server thinks.
func TestHTTP10(t *testing.T) {
	var told string
	opt := &ExchangeOptions{HTTP10: true, Tracer: headsOf(&told)}
	for _, body := range []struct {
		expect, want string
	}{
		{"", "POST / HTTP/1.0\r\nHost: a.example\r\nContent-Length: 2\r\n\r\nhi"},
		{"100-continue", "POST / HTTP/1.0\r\nHost: a.example\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"},
	} {
		heads := make(chan string, 1)
		c := New(answering(0, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", heads))
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://a.example/", strings.NewReader("hi"))
		if err != nil {
			t.Fatal(err)
		}
		if body.expect != "" {
			req.Header.Set("Expect", body.expect)
		}
		x, err := Prepare(req, opt)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Do(x)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(res.Body); err != nil || string(text) != "ok" {
			t.Errorf("%q, %v", text, err)
		}
		if !c.Closed() {
			t.Error("the connection is still open")
		}
		if got := <-heads; got != body.want || told != "HTTP/1.0" {
			t.Errorf("sent %q, told %s; want %q", got, told, body.want)
		}
	}
}

// headsOf is a tracer that notes the version of a request's head.
func headsOf(proto *string) trace.Tracer {
	return trace.Func(func(_ context.Context, ev trace.Event) {
		if head, ok := ev.(trace.RequestHead); ok {
			*proto = head.Proto
		}
	})
}

// A body that HTTP/1.0 cannot frame is refused before there is a connection.
func TestHTTP10Refuses(t *testing.T) {
	unknown := struct{ io.Reader }{strings.NewReader("hi")}
	for name, set := range map[string]func(*http.Request){
		"unknown length": func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(unknown), -1 },
		"chunked":        func(r *http.Request) { r.Body, r.TransferEncoding = io.NopCloser(unknown), []string{"chunked"} },
		"trailer": func(r *http.Request) {
			r.Body, r.ContentLength, r.Trailer = io.NopCloser(unknown), 2, http.Header{"X-Sum": {"1"}}
		},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://a.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		set(req)
		_, err = Prepare(req, &ExchangeOptions{HTTP10: true})
		if e, ok := errors.AsType[*RequestError](err); !ok || !strings.Contains(e.Why, "HTTP/1.0") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// An unknown length that turns out to be none is none.
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://a.example/", struct{ io.Reader }{strings.NewReader("")})
	if err != nil {
		t.Fatal(err)
	}
	x, err := Prepare(req, &ExchangeOptions{HTTP10: true})
	if err != nil {
		t.Fatal(err)
	}
	x.Discard()
}
