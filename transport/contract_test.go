package transport

// The contract of http.RoundTripper, to the letter.

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

// "RoundTrip should not modify the request, except for consuming and closing the Request's
// Body."
func TestRequestIsNotModified(t *testing.T) {
	addr := serve(t, always(ok2))
	tr := examined(t, &Transport{})
	for _, method := range []string{"", "GET", "HEAD", "POST", "PUT"} {
		req := request(t, method, "http://u:p@"+addr+"/a%2Fb?q=a b#frag", strings.NewReader("body"))
		req.Header.Set("X-One", "1")
		req.Header["x-oDD"] = []string{"2", "3"}
		req.Trailer = http.Header{"X-T": {"t"}}
		req.Host = "other.example"
		before, url, header := *req, *req.URL, maps.Clone(req.Header)
		res, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if method != "HEAD" {
			body(t, res)
		}
		res.Body.Close()
		if res.Request != req {
			t.Errorf("%s: Response.Request is another", method)
		}
		after := *req
		before.Body, after.Body, before.GetBody, after.GetBody = nil, nil, nil, nil
		if !reflect.DeepEqual(before, after) || !reflect.DeepEqual(url, *req.URL) || !reflect.DeepEqual(header, req.Header) {
			t.Errorf("%q: altered to %+v", method, after)
		}
		tr.CloseIdleConnections()
	}
}

// "RoundTrip must always close the body, including on errors."
func TestBodyIsClosed(t *testing.T) {
	addr := serve(t, func(n int, c net.Conn) { always(ok2)(n, c) })
	silent := serve(t, func(_ int, c net.Conn) { c.Close() })
	garbage := serve(t, always("what?\r\n\r\n"))
	early := serve(t, func(_ int, c net.Conn) {
		c.Read(make([]byte, 1))
		io.WriteString(c, "HTTP/1.1 413 Too Much\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
	refused := refusing(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		url  string
		edit func(*http.Request)
		fine bool
	}{
		"answered":       {url: "http://" + addr, fine: true},
		"early answer":   {url: "http://" + early, fine: true},
		"no URL":         {url: "http://" + addr, edit: func(r *http.Request) { r.URL = nil }},
		"no scheme":      {url: "//" + addr},
		"bad scheme":     {url: "ftp://" + addr},
		"no host":        {url: "http:///x"},
		"bad port":       {url: "http://127.0.0.1:99999"},
		"bad host":       {url: "http://a..b"},
		"bad method":     {url: "http://" + addr, edit: func(r *http.Request) { r.Method = "GE T" }},
		"bad field":      {url: "http://" + addr, edit: func(r *http.Request) { r.Header.Set("X", "a\r\nb") }},
		"bad host field": {url: "http://" + addr, edit: func(r *http.Request) { r.Host = "a b" }},
		"bad coding":     {url: "http://" + addr, edit: func(r *http.Request) { r.TransferEncoding = []string{"gzip"} }},
		"bad length":     {url: "http://" + addr, edit: func(r *http.Request) { r.ContentLength = 99 }},
		"refused":        {url: "http://" + refused},
		"no TLS":         {url: "https://" + silent},
		"hung up":        {url: "http://" + silent},
		"garbage":        {url: "http://" + garbage},
		"cancelled":      {url: "http://" + addr, edit: func(r *http.Request) { *r = *r.WithContext(ended) }},
	} {
		for _, length := range []int64{-1, 4} {
			tr := examined(t, &Transport{})
			b := newClosable("body")
			req := request(t, "POST", tt.url, nil)
			req.Body, req.ContentLength = b, length
			if tt.edit != nil {
				tt.edit(req)
			}
			if res, err := tr.RoundTrip(req); err == nil {
				if !tt.fine && !(name == "bad length" && length < 0) {
					t.Errorf("%s: no error", name)
				}
				body(t, res)
			} else if tt.fine {
				t.Errorf("%s: %v", name, err)
			} else if _, ok := errors.AsType[*Error](err); !ok {
				t.Errorf("%s: error is a %T: %v", name, err, err)
			}
			if b.closed.Load() == 0 {
				t.Errorf("%s, length %d: body not closed", name, length)
			}
		}
	}
}

// refusing returns an address that nobody listens at.
func refusing(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// After Close, and with a queue that is closed under those who wait in it.
func TestBodyIsClosedAfterClose(t *testing.T) {
	tr := &Transport{}
	tr.Close()
	b := newClosable("x")
	req := request(t, "POST", "http://127.0.0.1:1/", b)
	if err := fails(t, tr, req); !errors.Is(err, ErrClosed) || err.Sent {
		t.Errorf("error is %v", err)
	}
	if b.closed.Load() == 0 {
		t.Error("body not closed")
	}
	checkEmpty(t, tr)
}

// "RoundTrip must return err == nil if it obtained a response, regardless of the response's
// HTTP status code", and must not interpret it: no redirects, no authentication, no cookies.
func TestResponseIsNotInterpreted(t *testing.T) {
	for _, head := range []string{
		"302 Found\r\nLocation: http://127.0.0.1:1/", "401 Unauthorized\r\nWww-Authenticate: Basic",
		"500 Oops", "503 Later\r\nRetry-After: 0", "999 Odd", "200 OK\r\nSet-Cookie: a=b", "407 Proxy",
	} {
		addr := serve(t, always("HTTP/1.1 "+head+"\r\nContent-Length: 0\r\n\r\n"))
		tr := examined(t, &Transport{})
		for range 2 {
			res, err := tr.RoundTrip(request(t, "GET", "http://"+addr, nil))
			if err != nil || res.Body == nil || !strings.HasPrefix(head, res.Status) {
				t.Fatalf("%s: %v %v", head, res, err)
			}
			if res.Request.Header.Get("Cookie") != "" {
				t.Error("cookie in the request")
			}
			body(t, res)
		}
	}
}

// "Implementations … the Response Body is non-nil even if it has no body", on every shape of
// a response, as net/http reports it.
func TestResponseAsNetHTTP(t *testing.T) {
	mine, theirs := examined(t, &Transport{}), &http.Transport{}
	t.Cleanup(theirs.CloseIdleConnections)
	for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
		for _, response := range []string{
			"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: 1\r\nx-a: 2\r\n\r\nabc",
			"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\nabc\r\n0\r\nX-T: v\r\n\r\n",
			"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc",
			"HTTP/1.0 200 OK\r\n\r\nabc",
			"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na",
			"HTTP/1.1 204 No Content\r\n\r\n",
			"HTTP/1.1 304 Not Modified\r\nEtag: \"x\"\r\nContent-Length: 10\r\n\r\n",
			"HTTP/1.1 404 \r\nContent-Length: 1\r\n\r\na",
			"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
		} {
			if method == "HEAD" {
				head, _, _ := strings.Cut(response, "\r\n\r\n")
				response = head + "\r\n\r\n"
				if strings.Contains(head, " 103 ") {
					response += "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"
				}
			}
			addr := serve(t, func(_ int, c net.Conn) {
				if _, err := http.ReadRequest(newReader(c)); err == nil {
					io.WriteString(c, response)
				}
			})
			a, b := outcome(t, mine, method, addr), outcome(t, theirs, method, addr)
			if !reflect.DeepEqual(a, b) {
				t.Errorf("%s, %q:\n mine   %+v\n theirs %+v", method, response, a, b)
			}
		}
	}
}

// An answer is a response in such a form that two can be compared.
type answer struct {
	Status, Proto, Body       string
	Code, Major, Minor        int
	Header, Trailer           http.Header
	Length                    int64
	Encoding                  []string
	Close, Uncompressed, NoTL bool
}

func outcome(t *testing.T, rt http.RoundTripper, method, addr string) answer {
	t.Helper()
	res, err := rt.RoundTrip(request(t, method, "http://"+addr, nil))
	if err != nil {
		t.Fatalf("%T: %v", rt, err)
	}
	b := body(t, res)
	// Two things are told otherwise on purpose: Connection stays in the header, where the
	// server put it, and what frames a body is not told of a HEAD's, which has none.
	delete(res.Header, "Connection")
	if method == "HEAD" {
		res.TransferEncoding, res.Trailer = nil, nil
	}
	return answer{
		res.Status, res.Proto, b, res.StatusCode, res.ProtoMajor, res.ProtoMinor,
		res.Header, res.Trailer, res.ContentLength, res.TransferEncoding,
		res.Close, res.Uncompressed, res.TLS == nil,
	}
}

// The fields that a request says nothing of: the bare Transport adds no more than these.
func TestWhatIsSent(t *testing.T) {
	got := make(chan string, 1)
	addr := serve(t, func(_ int, c net.Conn) {
		b := make([]byte, 4096)
		n, _ := c.Read(b)
		got <- string(b[:n])
		io.WriteString(c, noBody)
	})
	tr := examined(t, &Transport{})
	req := request(t, "GET", "http://"+addr+"/p?q", nil)
	req.Header["User-Agent"] = []string{"mine"}
	do(t, tr, req)
	want := "GET /p?q HTTP/1.1\r\nHost: " + addr + "\r\nUser-Agent: mine\r\nAccept-Encoding: gzip\r\n\r\n"
	if b := <-got; b != want {
		t.Errorf("sent %q,\nwant %q", b, want)
	}
}

// Errors of a request itself are found before anybody is dialled.
func TestBadRequestIsNotDialled(t *testing.T) {
	tr := examined(t, &Transport{Dial: func(context.Context, string, string) (net.Conn, error) {
		t.Error("dialled")
		return nil, errors.New("dialled")
	}})
	for name, edit := range map[string]func(*http.Request){
		"method":      func(r *http.Request) { r.Method = "G\nET" },
		"field name":  func(r *http.Request) { r.Header["a b"] = []string{"c"} },
		"field value": func(r *http.Request) { r.Header["A"] = []string{"c\x00"} },
		"trailer":     func(r *http.Request) { r.Trailer = http.Header{"Content-Length": nil} },
		"host":        func(r *http.Request) { r.Host = "a/b" },
		"target":      func(r *http.Request) { r.URL.Opaque = "/a\r\nb" },
		"coding":      func(r *http.Request) { r.TransferEncoding = []string{"br"} },
	} {
		req := request(t, "POST", "http://a.example/", strings.NewReader("b"))
		edit(req)
		err := fails(t, tr, req)
		if !errors.Is(err, conn.ErrHTTP) || err.Sent {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A response's trailer is there when its body has been read.
func TestTrailers(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Trailer", "X-Down")
		io.WriteString(w, "body")
		w.Header().Set("X-Down", r.Trailer.Get("X-Up"))
	}))
	t.Cleanup(srv.Close)
	tr := examined(t, &Transport{})
	req := request(t, "POST", srv.URL, strings.NewReader("up"))
	req.Trailer = http.Header{"X-Up": {"there and back"}}
	res, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, announced := res.Trailer["X-Down"]; !announced {
		t.Error("trailer not announced")
	}
	body(t, res)
	if got := res.Trailer.Get("X-Down"); got != "there and back" {
		t.Errorf("trailer is %q", got)
	}
}
