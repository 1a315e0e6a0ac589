package conn_test

// Responses that are as they should be, or near enough: what becomes of them, and whether
// the connection carries another exchange.

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

func TestHTTPResponses(t *testing.T) {
	tests := []struct {
		name     string
		method   string // "": GET
		response string
		status   int // 0: 200
		body     string
		length   int64
		gone     bool // the connection is not kept
		ends     bool // the server closes after the response
	}{
		{name: "by length", response: ok2, body: "ok", length: 2},
		{name: "length 0", response: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{name: "equal lengths are one", response: "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\ncontent-length: 2\r\n\r\nok", body: "ok", length: 2},
		{name: "chunked", response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n001;x=\"y\"\r\nk\r\n0\r\n\r\n", body: "ok", length: -1},
		{name: "chunked in capitals", response: "HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n2\r\nok\r\n0\r\n\r\n", body: "ok", length: -1},
		{name: "chunked and a length: chunked wins, and it is the last", response: "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", body: "ok", length: -1, gone: true},
		{name: "until close", response: "HTTP/1.1 200 OK\r\n\r\nok", body: "ok", length: -1, gone: true, ends: true},
		{name: "identity is none", response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok", body: "ok", length: -1, gone: true, ends: true},
		{name: "identity beside a length", response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok", body: "ok", length: 2, gone: true},
		{name: "Connection: close", response: "HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 2\r\n\r\nok", body: "ok", length: 2, gone: true},
		{name: "HTTP/1.0", response: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", body: "ok", length: 2, gone: true},
		{name: "HTTP/1.0 that stays", response: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", body: "ok", length: 2},
		{name: "HTTP/1.0 chunked", response: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", body: "ok", length: -1, gone: true},
		{name: "HEAD", method: "HEAD", response: "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", length: 7},
		{name: "HEAD of a chunked resource", method: "HEAD", response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", length: -1},
		{name: "204", response: empty, status: 204},
		{name: "204 with a length: a body may come all the same", response: "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", status: 204, gone: true},
		{name: "304", response: "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", status: 304},
		{name: "no reason", response: "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", body: "ok", length: 2},
		{name: "a status of nobody's", response: "HTTP/1.1 999 Request denied\r\nContent-Length: 2\r\n\r\nok", status: 999, body: "ok", length: 2},
		{name: "lines that end in LF", response: "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", body: "ok", length: 2},
		{name: "interim responses", response: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nSet-Cookie: a=b\r\nContent-Length: 7\r\n\r\n" + ok2, body: "ok", length: 2},
		{name: "CONNECT that is refused", method: "CONNECT", response: "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nok", status: 407, body: "ok", length: 2},
	}
	for _, tt := range tests {
		for _, how := range []string{"at once", "byte by byte"} {
			t.Run(tt.name+"/"+how, func(t *testing.T) {
				script := []any{ReadHead{}, Send(tt.response)}
				if how == "byte by byte" {
					script[1] = Trickle{Text: tt.response}
				}
				if tt.ends {
					script = append(script, Close{})
				}
				req := newRequest(t, tt.method, "http://example.com/", nil)
				o := exchange(t, req, conn.ExchangeOptions{}, script...)
				if o.failure() != nil {
					t.Fatal(o.failure())
				}
				if want := max(tt.status, 200); o.res.StatusCode != want {
					t.Errorf("status %d, want %d", o.res.StatusCode, want)
				}
				if o.body != tt.body || o.res.ContentLength != tt.length && o.res.StatusCode != 204 && o.res.StatusCode != 304 {
					t.Errorf("body %q, ContentLength %d; want %q, %d", o.body, o.res.ContentLength, tt.body, tt.length)
				}
				if o.kept == tt.gone {
					t.Errorf("kept: %v", o.kept)
				}
				if o.res.Header["Set-Cookie"] != nil || o.res.Header["Transfer-Encoding"] != nil {
					t.Errorf("header %v", o.res.Header)
				}
				if o.res.Request != req {
					t.Error("the response does not name its request")
				}
			})
		}
	}
}

// The fields of a response are as net/http's users know them.
func TestResponseFields(t *testing.T) {
	o := exchange(
		t, get(t), conn.ExchangeOptions{}, Expect(plainGet),
		Send("HTTP/1.1 201 Made it\r\nx-a:1\r\nX-A :  2 \t\r\nX_b: \xff\r\nX-Folded: a\r\n  b\r\nContent-Length: 0\r\n\r\n"),
	)
	want := http.Header{"X-A": {"1", "2"}, "X_b": {"\xff"}, "X-Folded": {"a b"}, "Content-Length": {"0"}}
	if !reflect.DeepEqual(o.res.Header, want) {
		t.Errorf("header\n\t%q\nwant\n\t%q", o.res.Header, want)
	}
	if o.res.Status != "201 Made it" || o.res.Proto != "HTTP/1.1" || o.res.Body != http.NoBody {
		t.Errorf("%q, %q, %v", o.res.Status, o.res.Proto, o.res.Body)
	}
}

// One connection carries one exchange after another, whatever their bodies.
func TestExchangesInTurn(t *testing.T) {
	const post = "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 2\r\n\r\nhi"
	c, p := pipe(
		t, Expect(plainGet), Send(ok2), Expect(post), Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
		Expect(plainGet), Send(empty), Expect(plainGet), Send(ok2),
	)
	if c.Used() || !c.Idle() {
		t.Errorf("a new connection: used %v, idle %v", c.Used(), c.Idle())
	}
	for _, want := range []string{"ok", "hi", ""} {
		req := get(t)
		if want == "hi" {
			req = newRequest(t, "POST", "http://example.com/", strings.NewReader("hi"))
		}
		res, err := c.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if body := readBody(t, res); body != want {
			t.Errorf("body %q, want %q", body, want)
		}
		if !c.Idle() || !c.Used() {
			t.Errorf("idle %v, used %v", c.Idle(), c.Used())
		}
	}
	if o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{}); o.body != "ok" {
		t.Error(o.failure())
	}
}

// A request out of turn is refused without harm to the exchange that is under way.
func TestRequestOutOfTurn(t *testing.T) {
	c, _ := pipe(t, Expect(plainGet), Send(ok2))
	res, err := c.RoundTrip(get(t))
	if err != nil {
		t.Fatal(err)
	}
	second := newRequest(t, "POST", "http://example.com/", nil)
	body := spyOn(strings.NewReader("hi"))
	second.Body = body
	if _, err := c.RoundTrip(second); err == nil {
		t.Error("sent")
	} else {
		wantError[*conn.StateError](t, err)
	}
	body.checkClosed(t)
	if got := readBody(t, res); got != "ok" || !c.Idle() {
		t.Errorf("body %q, idle %v", got, c.Idle())
	}
}
