package conn_test

// Trailer fields, both ways (RFC 9110 6.5).

import (
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

func TestRequestTrailer(t *testing.T) {
	const head = "POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late, X-Sum\r\n\r\n"
	req := newRequest(t, "POST", "http://example.com/", nil)
	req.Trailer = http.Header{"X-Sum": nil, "X-Late": {"1", "2"}}
	// The value is known when the body has been read, and not before.
	req.Body = spyOn(io.MultiReader(strings.NewReader("hi"), readerFunc(func([]byte) (int, error) {
		req.Trailer.Set("X-Sum", "abc")
		return 0, io.EOF
	})))
	o := exchange(
		t, req, conn.ExchangeOptions{},
		Expect(head+"2\r\nhi\r\n0\r\nX-Late: 1\r\nX-Late: 2\r\nX-Sum: abc\r\n\r\n"), Send(empty),
	)
	if o.err != nil || !o.kept || o.rest != "" {
		t.Errorf("%v, kept %v, rest %q", o.err, o.kept, o.rest)
	}
}

// Trailers need a body to follow, be it empty, and one whose end is marked, though the
// length be known.
func TestRequestTrailerMakesTheBodyChunked(t *testing.T) {
	for _, body := range []string{"", "hi"} {
		req := newRequest(t, "PUT", "http://example.com/", strings.NewReader(body))
		req.Trailer = http.Header{"X-Sum": {"1"}}
		want := "PUT / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
		if body != "" {
			want += "2\r\nhi\r\n"
		}
		if o := exchange(t, req, conn.ExchangeOptions{}, Expect(want+"0\r\nX-Sum: 1\r\n\r\n"), Send(empty)); o.err != nil {
			t.Errorf("%q: %v", body, o.err)
		}
	}
}

// A value that cannot be sent is found when it is known: the body is never ended, so that
// the server cannot take the request for whole.
func TestBadRequestTrailerValueBreaksOff(t *testing.T) {
	req := newRequest(t, "POST", "http://example.com/", nil)
	req.Trailer = http.Header{"X-Sum": {"1\r\nX: y"}}
	req.Body = spyOn(strings.NewReader("hi"))
	o := exchange(
		t, req, conn.ExchangeOptions{},
		Expect("POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n"),
	)
	wantError[*conn.RequestError](t, o.err)
	if o.rest != "" {
		t.Errorf("behind the body: %q", o.rest)
	}
}

func TestResponseTrailer(t *testing.T) {
	tests := []struct {
		name          string
		response      string
		before, after http.Header
	}{
		{
			name:     "announced",
			response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, x-other\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: a\r\n\r\n",
			before:   http.Header{"X-Sum": nil, "X-Other": nil},
			after:    http.Header{"X-Sum": {"a"}, "X-Other": nil},
		},
		{
			name:     "not announced",
			response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-sum: a\r\nX-Sum: b\r\n\r\n",
			after:    http.Header{"X-Sum": {"a", "b"}},
		},
		{
			name: "names that must not stand there",
			response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Length, Set-Cookie, X-Sum\r\n\r\n2\r\nhi\r\n0\r\n" +
				"Content-Length: 9\r\nTransfer-Encoding: gzip\r\nSet-Cookie: a=b\r\nHost: evil\r\nX-Sum: a\r\n\r\n",
			before: http.Header{"X-Sum": nil},
			after:  http.Header{"X-Sum": {"a"}},
		},
		{
			name:     "announced and not sent",
			response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
			before:   http.Header{"X-Sum": nil},
			after:    http.Header{"X-Sum": nil},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := pipe(t, Expect(plainGet), Send(tt.response))
			res, err := c.RoundTrip(get(t))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(res.Trailer, tt.before) {
				t.Errorf("before the body: %v, want %v", res.Trailer, tt.before)
			}
			if body, err := io.ReadAll(res.Body); string(body) != "hi" || err != nil {
				t.Errorf("body %q, %v", body, err)
			}
			if !reflect.DeepEqual(res.Trailer, tt.after) {
				t.Errorf("behind the body: %v, want %v", res.Trailer, tt.after)
			}
			if res.Header["Trailer"] != nil || res.Header["X-Sum"] != nil || res.Header["Set-Cookie"] != nil {
				t.Errorf("header: %v", res.Header)
			}
			if !c.Idle() {
				t.Error("not fit for use")
			}
		})
	}
}

// readerFunc is a reader made of a function.
type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
