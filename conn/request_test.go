package conn_test

// What a request looks like on the wire, byte by byte.

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

func TestRequestOnTheWire(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 2048) // 32 KiB, which is more than goes with a head
	tests := []struct {
		name string
		req  http.Request // URL: http://example.com/ if it is nil
		body io.Reader    // becomes Body; ContentLength is req's
		opt  conn.ExchangeOptions
		want string
	}{
		{name: "GET", want: plainGet},
		{name: "HEAD", req: http.Request{Method: "HEAD"}, want: "HEAD / HTTP/1.1\r\nHost: example.com\r\n\r\n"},
		{name: "a method of the caller's own", req: http.Request{Method: "M-SEARCH"}, want: "M-SEARCH / HTTP/1.1\r\nHost: example.com\r\n\r\n"},
		{
			name: "POST without a body says that it is empty",
			req:  http.Request{Method: "POST"},
			want: "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 0\r\n\r\n",
		},
		{
			name: "DELETE without a body says nothing",
			req:  http.Request{Method: "DELETE"},
			want: "DELETE / HTTP/1.1\r\nHost: example.com\r\n\r\n",
		},
		{
			name: "POST of a body in memory",
			req:  http.Request{Method: "POST", ContentLength: 5}, body: strings.NewReader("hello"),
			want: "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello",
		},
		{
			name: "POST of a large body of known length",
			req:  http.Request{Method: "POST", ContentLength: 32 << 10}, body: strings.NewReader(large),
			want: "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 32768\r\n\r\n" + large,
		},
		{
			name: "POST of a stream of known length",
			req:  http.Request{Method: "POST", ContentLength: 5}, body: slow("hel", "lo"),
			want: "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello",
		},
		{
			name: "POST of unknown length is chunked as it comes",
			req:  http.Request{Method: "POST", ContentLength: -1}, body: slow("hel", "", "lo, this is it"),
			want: "POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n" +
				"3\r\nhel\r\n" + "e\r\nlo, this is it\r\n" + "0\r\n\r\n",
		},
		{
			name: "a ContentLength of 0 beside a body means that it is unknown",
			req:  http.Request{Method: "POST"}, body: strings.NewReader("hi"),
			want: "POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
		},
		{
			name: "chunked because the caller wants it",
			req:  http.Request{Method: "PUT", ContentLength: 2, TransferEncoding: []string{"chunked"}}, body: strings.NewReader("hi"),
			want: "PUT / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
		},
		{
			name: "an empty body of unknown length",
			req:  http.Request{Method: "POST", ContentLength: -1}, body: slow(),
			want: "POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		},
		{
			name: "GET with a body that turns out to be empty announces none",
			req:  http.Request{ContentLength: -1}, body: slow(),
			want: plainGet,
		},
		{
			name: "GET with a body that turns out not to be",
			req:  http.Request{ContentLength: -1}, body: slow("query"),
			want: "GET / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n" +
				"1\r\nq\r\n4\r\nuery\r\n0\r\n\r\n",
		},
		{
			name: "Host override",
			req:  http.Request{Host: "other.example:8080"},
			want: "GET / HTTP/1.1\r\nHost: other.example:8080\r\n\r\n",
		},
		{
			name: "the port that goes without saying",
			req:  http.Request{URL: &url.URL{Scheme: "https", Host: "example.com:443", Path: "/"}},
			want: plainGet,
		},
		{
			name: "another port",
			req:  http.Request{URL: &url.URL{Scheme: "http", Host: "example.com:443", Path: "/"}},
			want: "GET / HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
		},
		{
			name: "a port that is not there",
			req:  http.Request{URL: &url.URL{Scheme: "http", Host: "example.com:", Path: "/"}},
			want: plainGet,
		},
		{
			name: "an IPv6 zone means nothing to the server",
			req:  http.Request{URL: &url.URL{Scheme: "http", Host: "[fe80::1%eth0]:8080", Path: "/"}},
			want: "GET / HTTP/1.1\r\nHost: [fe80::1]:8080\r\n\r\n",
		},
		{
			name: "a name that is not ASCII",
			req:  http.Request{URL: &url.URL{Scheme: "http", Host: "bücher.example", Path: "/"}},
			want: "GET / HTTP/1.1\r\nHost: xn--bcher-kva.example\r\n\r\n",
		},
		{
			name: "an empty path",
			req:  http.Request{URL: &url.URL{Scheme: "http", Host: "example.com"}},
			want: plainGet,
		},
		{
			name: "no fragment, no user info",
			req:  http.Request{URL: &url.URL{Scheme: "http", User: url.UserPassword("u", "p"), Host: "example.com", Path: "/p", RawQuery: "q=1", Fragment: "f"}},
			want: "GET /p?q=1 HTTP/1.1\r\nHost: example.com\r\n\r\n",
		},
		{
			name: "what a query must not hold is escaped",
			req:  http.Request{URL: &url.URL{Scheme: "http", Host: "example.com", Path: "/ü b", RawQuery: "q=ü b"}},
			want: "GET /%C3%BC%20b?q=%C3%BC%20b HTTP/1.1\r\nHost: example.com\r\n\r\n",
		},
		{
			name: "U+010A is not cut down to a line feed",
			req:  http.Request{URL: &url.URL{Scheme: "http", Host: "example.com", Opaque: "/\u010d\u010aX:1"}},
			want: "GET /%C4%8D%C4%8AX:1 HTTP/1.1\r\nHost: example.com\r\n\r\n",
		},
		{
			name: "URL.Opaque goes as it is",
			req:  http.Request{URL: &url.URL{Scheme: "http", Host: "example.com", Opaque: "/%2f/a%2Fb", RawQuery: "x"}},
			want: "GET /%2f/a%2Fb?x HTTP/1.1\r\nHost: example.com\r\n\r\n",
		},
		{
			name: "URL.Opaque in absolute form",
			req:  http.Request{URL: &url.URL{Scheme: "http", Host: "proxy.example", Opaque: "//example.com/x"}},
			want: "GET http://example.com/x HTTP/1.1\r\nHost: proxy.example\r\n\r\n",
		},
		{
			name: "asterisk-form",
			req:  http.Request{Method: "OPTIONS", URL: &url.URL{Scheme: "http", Host: "example.com", Opaque: "*"}},
			want: "OPTIONS * HTTP/1.1\r\nHost: example.com\r\n\r\n",
		},
		{
			name: "Request.Close",
			req:  http.Request{Close: true},
			want: "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n",
		},
		{
			name: "Close said twice is said once",
			req:  http.Request{Close: true, Header: http.Header{"Connection": {"Close"}}}, opt: conn.ExchangeOptions{Close: true},
			want: "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: Close\r\n\r\n",
		},
		{
			name: "Close said in the second of two fields",
			req:  http.Request{Header: http.Header{"Connection": {"x", "y, close"}}}, opt: conn.ExchangeOptions{Close: true},
			want: "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: x\r\nConnection: y, close\r\n\r\n",
		},
		{
			name: "fields by name, values in their order",
			req:  http.Request{Header: http.Header{"X-B": {"2", "1"}, "X-A": {""}, "Accept": {"*/*"}}},
			want: "GET / HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\nX-A: \r\nX-B: 2\r\nX-B: 1\r\n\r\n",
		},
		{
			name: "what frames and routes is not taken from the header",
			req: http.Request{Method: "POST", ContentLength: 2, Header: http.Header{
				"Host": {"evil"}, "Content-Length": {"2"}, "Transfer-Encoding": {"chunked"}, "Trailer": {"X"},
			}},
			body: strings.NewReader("hi"),
			want: "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 2\r\n\r\nhi",
		},
		{
			name: "Order gives place and letter case",
			req:  http.Request{Header: http.Header{"X-Id": {"1", "2"}, "Accept": {"a"}, "Zoo": {"z"}}},
			opt:  conn.ExchangeOptions{Order: []string{"zoo", "X-ID", "absent"}, UserAgent: "t/1"},
			want: "GET / HTTP/1.1\r\nHost: example.com\r\nzoo: z\r\nX-ID: 1\r\nX-ID: 2\r\nUser-Agent: t/1\r\nAccept: a\r\n\r\n",
		},
		{
			name: "Order may name Host",
			req:  http.Request{Header: http.Header{"Accept": {"a"}}},
			opt:  conn.ExchangeOptions{Order: []string{"accept", "HOST"}},
			want: "GET / HTTP/1.1\r\naccept: a\r\nHOST: example.com\r\n\r\n",
		},
		{
			name: "our User-Agent",
			opt:  conn.ExchangeOptions{UserAgent: "t/1"},
			want: "GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: t/1\r\n\r\n",
		},
		{
			name: "the caller's User-Agent",
			req:  http.Request{Header: http.Header{"User-Agent": {"mine", "second"}}}, opt: conn.ExchangeOptions{UserAgent: "t/1"},
			want: "GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: mine\r\n\r\n",
		},
		{
			name: "no User-Agent at all",
			req:  http.Request{Header: http.Header{"User-Agent": {""}}}, opt: conn.ExchangeOptions{UserAgent: "t/1"},
			want: plainGet,
		},
		{
			name: "a User-Agent in a letter case of its own is the caller's too",
			req:  http.Request{Header: http.Header{"user-agent": {"mine"}}}, opt: conn.ExchangeOptions{UserAgent: "t/1"},
			want: "GET / HTTP/1.1\r\nHost: example.com\r\nuser-agent: mine\r\n\r\n",
		},
		{
			name: "gzip",
			opt:  conn.ExchangeOptions{Gzip: true},
			want: "GET / HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: gzip\r\n\r\n",
		},
		{
			name: "CONNECT names the authority, with its port",
			req:  http.Request{Method: "CONNECT", URL: &url.URL{Scheme: "https", Host: "example.com:443"}},
			want: "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := tt.req.WithContext(t.Context())
			if req.URL == nil {
				req.URL = &url.URL{Scheme: "http", Host: "example.com", Path: "/"}
			}
			if tt.body != nil {
				req.Body = io.NopCloser(tt.body)
				if _, inMemory := tt.body.(*strings.Reader); !inMemory {
					req.Body = spyOn(tt.body)
				}
			}
			o := exchange(t, req, tt.opt, Expect(tt.want), Send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"))
			if o.err != nil {
				t.Error(o.err)
			}
			if o.rest != "" {
				t.Errorf("behind the request: %q", o.rest)
			}
			if o.kept != (!req.Close && !tt.opt.Close) {
				t.Errorf("kept: %v", o.kept)
			}
		})
	}
}

// slow is a body that comes in pieces, and of which nobody can tell the length beforehand.
func slow(pieces ...string) io.Reader { return &pieceReader{pieces} }

type pieceReader struct{ left []string }

func (r *pieceReader) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.left[0])
	if r.left[0] = r.left[0][n:]; r.left[0] == "" {
		r.left = r.left[1:]
	}
	return n, nil
}

// A head and a small body leave in one write: one packet, one system call.
func TestSmallRequestIsOneWrite(t *testing.T) {
	m := &memory{response: []byte(ok2)}
	c := conn.New(m)
	res, err := c.RoundTrip(newRequest(t, "POST", "http://example.com/", strings.NewReader("hello")))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if m.writes != 1 {
		t.Errorf("%d writes, want 1", m.writes)
	}
}
