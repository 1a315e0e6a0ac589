package conn_test

// Callers that hand on what an attacker gave them: nothing that is put into a request can end
// the field, the line or the message that it is in. What cannot be sent is a typed error before
// a byte is, and the connection carries the next request. The judge is net/http's server side:
// it must see the requests that were meant, and no more.

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A tap keeps what is written to a connection.
type tap struct {
	net.Conn
	closed atomic.Bool
	mu     sync.Mutex
	sent   []byte
}

func (n *tap) Close() error { n.closed.Store(true); return n.Conn.Close() }

func (n *tap) Write(p []byte) (int, error) {
	m, err := n.Conn.Write(p)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sent = append(n.sent, p[:m]...)
	return m, err
}

// requests returns the requests that a server makes of what was written, with their bodies,
// and whether there is something behind them.
func (n *tap) requests() (whole []string, more bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	in := bufio.NewReader(bytes.NewReader(n.sent))
	for {
		if _, err := in.Peek(1); err != nil {
			return whole, false
		}
		req, err := http.ReadRequest(in)
		if err != nil {
			return whole, true
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return whole, true
		}
		whole = append(whole, req.Method+" "+req.RequestURI+" "+string(body))
	}
}

// tapped returns a connection to a server, with a tap on each socket.
func tapped(t *testing.T, opt conn.Options) (*conn.Conn, *[]*tap) {
	t.Helper()
	var taps []*tap
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			io.WriteString(w, "ok")
		}
	})
	opt.Dial = func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		var all sync.WaitGroup
		all.Go(func() { // ends with the connection
			(&http.Server{Handler: serve}).Serve(&single{conn: far, closed: make(chan struct{})})
		})
		t.Cleanup(func() { near.Close(); all.Wait() })
		taps = append(taps, &tap{Conn: near})
		return taps[len(taps)-1], nil
	}
	c, err := conn.HTTP("example.com", opt)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c, &taps
}

// wantRequests fails the test unless these are the requests that left over all connections, the
// next one, which works, among them.
func wantRequests(t *testing.T, c *conn.Conn, taps *[]*tap, want ...string) {
	t.Helper()
	if res, body, err := outcomeOf(t, c, "GET"); err != nil || res.Status != 200 || body != "ok" {
		t.Errorf("the next request: %q, %v", body, err)
	}
	var got []string
	for _, n := range *taps {
		whole, _ := n.requests()
		got = append(got, whole...)
	}
	if want = append(want, "GET / "); !slices.Equal(got, want) {
		t.Errorf("a server sees %q, want %q", got, want)
	}
}

// controls are all control characters, each in the middle of something.
func controls(but string) (bad []string) {
	for c := range byte(0x80) {
		if (c < ' ' || c == 0x7f) && !strings.Contains(but, string(rune(c))) {
			bad = append(bad, "a"+string(rune(c))+"b")
		}
	}
	return bad
}

// A way is one to put something into a request.
type way struct {
	name string
	opt  conn.Options
	put  func(*testing.T, *conn.Conn, string) error
	bad  []string
}

// Whatever could break out is refused, and the connection that was open carries the next request.
func TestHandInjection(t *testing.T) {
	split := []string{"a\r\nEvil: x", "a\nEvil: x", "a\rEvil: x", "a\r\n\r\nGET /evil HTTP/1.1\r\n\r\n", "\r\na", "a\r\n", "a\n", "a\r", "\x00", "a\r\n b", "a\n\tb"}
	var nonToken []string
	for _, c := range "()<>@,;:\\\"/[]?={} \t" {
		nonToken = append(nonToken, "a"+string(c)+"b", "a"+string(c), string(c)+"a")
	}
	nonToken = append(nonToken, "", "a\xffb", "a\u010d\u010ab", "a\u0085b", "\u212a", "a\u200bb")
	whole := func(f func(context.Context, *conn.Conn, string) error) func(*testing.T, *conn.Conn, string) error {
		return func(t *testing.T, c *conn.Conn, s string) error { return f(t.Context(), c, s) }
	}
	begun := func(f func(*conn.Conn, string) error) func(*testing.T, *conn.Conn, string) error {
		return func(t *testing.T, c *conn.Conn, s string) error {
			must(t, c.PutRequest(t.Context(), "POST", "/", conn.SkipAcceptEncoding))
			return f(c, s)
		}
	}
	ended := func(f func(string) conn.Field) func(*testing.T, *conn.Conn, string) error {
		return begun(func(c *conn.Conn, s string) error {
			return errors.Join(c.PutHeader("Transfer-Encoding", "chunked"), c.EndHeaders(), c.EndBody(f(s)))
		})
	}
	several := func(name string) func(*testing.T, *conn.Conn, string) error {
		return begun(func(c *conn.Conn, s string) error { return c.PutHeader(name, strings.Split(s, "|")...) })
	}
	none, fold := conn.Options{}, conn.Options{ObsFold: true}
	names, values := slices.Concat(split, controls(""), nonToken), slices.Concat(split, controls("\t"))
	targets := slices.Concat(split, controls(""), []string{"/a b", " ", "/ HTTP/1.1\r\nX: y", "/ HTTP/1.0"})
	for _, way := range []way{
		{"method of Request", none, whole(func(x context.Context, c *conn.Conn, s string) error { return c.Request(x, s, "/", nil, nil) }), names},
		{"method of PutRequest", none, whole(func(x context.Context, c *conn.Conn, s string) error { return c.PutRequest(x, s, "/") }), names},
		{"target of Request", none, whole(func(x context.Context, c *conn.Conn, s string) error { return c.Request(x, "GET", s, nil, slow("x")) }), targets},
		{"target of PutRequest", none, whole(func(x context.Context, c *conn.Conn, s string) error { return c.PutRequest(x, "GET", "http://h/"+s) }), targets},
		{"host in the target", none, whole(func(x context.Context, c *conn.Conn, s string) error { return c.PutRequest(x, "GET", s) }), []string{
			"http://u@example.com/", "http://u:p@example.com/", "http://u:%zz@example.com/", "http://a..b/", "http://1.2.3.4.5/", "http://h:0/", "http://h:65536/",
		}},
		{"user info in the target, SkipHost", none, whole(func(x context.Context, c *conn.Conn, s string) error { return c.PutRequest(x, "GET", s, conn.SkipHost) }), []string{
			"http://u@example.com/", "http://u:p@example.com/",
		}},
		{"name in Request", none, whole(func(x context.Context, c *conn.Conn, s string) error {
			return c.Request(x, "GET", "/", fields("X", "y", s, "v"), nil)
		}), names},
		{"value in Request", none, whole(func(x context.Context, c *conn.Conn, s string) error {
			return c.Request(x, "GET", "/", fields("X", "y", "Z", s), nil)
		}), values},
		{"name in PutHeader", none, begun(func(c *conn.Conn, s string) error { return c.PutHeader(s, "v") }), names},
		{"name in a folded PutHeader", fold, begun(func(c *conn.Conn, s string) error { return c.PutHeader(s, "v", "w") }), names},
		{"value in PutHeader", none, begun(func(c *conn.Conn, s string) error { return c.PutHeader("X", s) }), values},
		{"second value in PutHeader", none, begun(func(c *conn.Conn, s string) error { return c.PutHeader("X", "y", s) }), values},
		{"first value in a folded PutHeader", fold, begun(func(c *conn.Conn, s string) error { return c.PutHeader("X", s, "y") }), values},
		{"second value in a folded PutHeader", fold, begun(func(c *conn.Conn, s string) error { return c.PutHeader("X", "y", s, "z") }), values},
		{"name of a trailer", none, ended(func(s string) conn.Field { return conn.Field{Name: s, Value: "v"} }), append(names, "Content-Length", "TRANSFER-encoding", "host", "trailer")},
		{"value of a trailer", none, ended(func(s string) conn.Field { return conn.Field{Name: "X", Value: s} }), values},
		{"length", none, begun(func(c *conn.Conn, s string) error { return c.PutHeader("content-LENGTH", s) }), []string{
			"", "+1", "-1", "0x1", "1_0", "1,1", "1, 1", "1 1", "1;", "\uff11", "\u0661", "9223372036854775808", "chunked",
		}},
		{"coding", none, begun(func(c *conn.Conn, s string) error { return c.PutHeader("Transfer-ENCODING", s) }), []string{
			"", "gzip", "identity", "chunked, gzip", "chunked, chunked", "chunked, identity", "chunked,", ", chunked", "xchunked", "chunked;q=1", `"chunked"`, "chunked chunked", "chun\u212aed", "CHUN\u212aED", "gzip chunked",
		}},
		{"folded length", fold, several("Content-Length"), []string{"1|", "|1", "1|1", "|1|"}},
		{"folded coding", fold, several("Transfer-Encoding"), []string{"chunked|", "|chunked", "gzip,|chunked", "gzip|chunked"}},
		{"folded host", fold, whole(func(x context.Context, c *conn.Conn, s string) error {
			return errors.Join(c.PutRequest(x, "GET", "/", conn.SkipHost), c.PutHeader("Host", strings.Split(s, "|")...))
		}), []string{"example.com|", "|example.com", "a|b"}},
		{"fields that frame or route twice", none, whole(func(x context.Context, c *conn.Conn, s string) error {
			return c.Request(x, "POST", "/", fields(strings.Split(s, "|")...), strings.NewReader("x"))
		}), []string{
			"Content-Length|1|Content-Length|1", "content-length|1|CONTENT-LENGTH|2", "Content-Length|1|Transfer-Encoding|chunked", "transfer-encoding|Chunked|content-length|1",
			"TRANSFER-ENCODING|chunked|transfer-encoding|chunked", "Transfer-Encoding|gzip|Transfer-Encoding|chunked", "Host|a|host|b", "Host|a|HOST|a", "Content-Length|2", "Content-Length|0",
		}},
		{"steps that frame or route twice", none, begun(func(c *conn.Conn, s string) error {
			for _, f := range fields(strings.Split(s, "|")...) {
				if err := c.PutHeader(f.Name, f.Value); err != nil {
					return err
				}
			}
			return c.EndHeaders()
		}), []string{
			"Host|evil", "hOST|example.com", "Content-Length|1|Content-Length|1", "Content-Length|1|tRANSFER-eNCODING|CHUNKED", "Transfer-Encoding|chunked|Content-Length|1", "Transfer-Encoding|chunked|Transfer-Encoding|chunked",
		}},
	} {
		for i, s := range way.bad {
			t.Run(way.name+"/"+strconv.Itoa(i), func(t *testing.T) {
				c, taps := tapped(t, way.opt)
				must(t, c.Connect(t.Context()))
				err := way.put(t, c, s)
				checkRefused(t, s, err)
				if strings.Contains(way.name, "target") && !errors.Is(err, conn.ErrInvalidURL) {
					t.Errorf("%q: %v is no ErrInvalidURL", s, err)
				}
				if n := len((*taps)[0].sent); n > 0 {
					t.Errorf("%q: %d bytes were sent: %q", s, n, (*taps)[0].sent)
				}
				wantRequests(t, c, taps)
				if len(*taps) != 1 {
					t.Errorf("%q: %d connections", s, len(*taps))
				}
			})
		}
	}
}

// checkRefused fails the test unless err is what becomes of a request that cannot be sent.
func checkRefused(t *testing.T, what string, err error) {
	t.Helper()
	_, request := errors.AsType[*conn.RequestError](err)
	_, coding := errors.AsType[*conn.UnknownTransferEncodingError](err)
	e, ok := errors.AsType[*conn.Error](err)
	if !ok || !request && !coding || !errors.Is(err, conn.ErrHTTP) {
		t.Errorf("%q: %v (%T)", what, err, err)
	} else if e.Sent || e.Answered || e.Phase != trace.Send {
		t.Errorf("%q: %#v", what, e)
	}
}

// What breaks nothing is sent byte by byte as it is, whatever it would be in fewer bits.
func TestHandSentAsItIs(t *testing.T) {
	const odd = "\u010d\u010a\u0a0d\uff0d \xff\x80\u2028\t\u00a0x"
	target := "/\u010d\u010a\xff\u0085\u00a0"
	c, _ := dialing(t, "example.com", conn.Options{},
		script(Expect("M\u0021#$%&'*+-.^_`|~ "+target+" HTTP/1.1\r\n"+usual+"X: "+odd+"\r\nY: a, \u010a\r\n\r\n"), Send(ok2)))
	must(t, c.PutRequest(t.Context(), "M!#$%&'*+-.^_`|~", target), c.PutHeader("X", odd), c.PutHeader("Y", "a", "\u010a"), c.EndHeaders())
	if _, body := answer(t, c); body != "ok" {
		t.Error(body)
	}
}

// Whom to talk to, or to have a proxy talk to, is a host and a port, or nothing.
func TestHandHosts(t *testing.T) {
	bad := slices.Concat(controls(""), []string{
		"", " ", "a b", "a ", " a", "a\r\n", "a\r\nHost: b", "a\x00", "u@a", "u:p@a", "@a", "a/", "a/b", "/a", "//a", "http://a", "a?b", "a#b", "a\\b", "a%20b", "a%0d%0ab", "%61",
		"[::1", "::1]", "[::1]x", "[::1]x:80", "[::1]80", "[a]", "[1.2.3.4]", "[]", "[:]", "[::1%]", "[::1%\r\n]", "[fe80::1%a b]", "fe80::1%\r\nx", "[::1]:0", "[::1]:65536", "[::1]:80:80", "::g",
		"1.2.3.4.5", "1.2.3", "127.1", "0x7f.1", "0x7f000001", "2130706433", "010.8.8.8", "256.1.1.1", "1.2.3.4.", "a.1", "a..b", ".a", ".", "a:b", "a:0", "a:65536", "a:+80", "a:-80", "a:80a",
		"a: 80", "a:80 ", "a:0x50", "a:8_0", "a:80:80", "a:\uff18\uff10", "a:\u0668\u0660", "a:99999999999999999999", "a:80\r\n", "a:80/", "a:80@b", "a\uff0fb", "a\uff20b", "a\uff1a80", "a\u2100b", "a\uff05b",
		"a\u3000b", "a\u2028b", "a\u200fb", "a\xffb", "xn--", "xn--a\u0300", strings.Repeat("a", 64), strings.Repeat("a.", 127) + "a", "\u2488com",
	})
	header := fields("Host", "h")
	for _, host := range bad {
		for how, open := range map[string]func(*testing.T) error{
			"HTTP":  func(*testing.T) error { _, err := conn.HTTP(host, conn.Options{}); return err },
			"HTTPS": func(*testing.T) error { _, err := conn.HTTPS(host, conn.Options{}); return err },
			"SetTunnel": func(t *testing.T) error {
				c, p := dialing(t, "example.com", conn.Options{}, next())
				err := c.SetTunnel(host, header)
				wantNext(t, c, p, 1) // as if it had not been called
				return err
			},
		} {
			err := open(t)
			if e, ok := errors.AsType[*conn.RequestError](err); !ok || e.What != "host" || !errors.Is(err, conn.ErrInvalidURL) {
				t.Errorf("%s(%q): %v (%T)", how, host, err, err)
			}
		}
	}
	for host, want := range map[string]string{"a:": "a:80", "[::1]:": "[::1]:80", "[fe80::1%eth0]:": "[fe80::1]:80", "\u010d\u010a.example": "xn--8dad.example:80", "A:080": "a:80"} {
		c, p := dialing(t, "proxy:3128", conn.Options{}, script(Expect("CONNECT "+want+" HTTP/1.1\r\nHost: "+want+"\r\n\r\n"), Send("HTTP/1.1 200 OK\r\n\r\n")))
		must(t, c.SetTunnel(host, nil), c.Connect(t.Context()))
		if p.dialed[0] != "proxy:3128" {
			t.Error(p.dialed)
		}
	}
}

// What the proxy alone is told is checked before anybody is asked.
func TestHandTunnelHeader(t *testing.T) {
	for _, header := range []conn.Fields{
		fields("a b", "x"), fields("", "x"), fields("a\r\n", "x"), fields("a:", "x"), fields("\u010d", "x"), fields("X", "a\r\nb"), fields("X", "a\n b"), fields("X", "\x00"), fields("X", "\x7f"),
		fields("X", "y", "Z", "a\r"), fields("Content-Length", "0"), fields("transfer-ENCODING", "chunked"), fields("Host", "a\r\nX: y"), fields("Host", "a", "hOst", "b"),
	} {
		func() {
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("%v: panic: %v", header, p)
				}
			}()
			c, p := dialing(t, "example.com", conn.Options{}, next())
			err := c.SetTunnel("origin.example", header)
			if _, ok := errors.AsType[*conn.RequestError](err); !ok || !errors.Is(err, conn.ErrHTTP) {
				t.Errorf("%v: %v (%T)", header, err, err)
			}
			wantNext(t, c, p, 1)
		}()
	}
}

// The first error of steps whose errors nobody looked at comes from Response, and nothing of
// the request was sent, so that the connection carries the next.
func TestHandIgnoredErrors(t *testing.T) {
	ctx := t.Context()
	for name, put := range map[string]func(*conn.Conn){
		"a method": func(c *conn.Conn) { _ = c.PutRequest(ctx, "G T", "/") },
		"a target": func(c *conn.Conn) { _ = c.PutRequest(ctx, "GET", "/ /") },
		"a name":   func(c *conn.Conn) { _, _ = c.PutRequest(ctx, "GET", "/"), c.PutHeader("a b", "x") },
		"a value":  func(c *conn.Conn) { _, _ = c.PutRequest(ctx, "GET", "/"), c.PutHeader("a", "x\n") },
		"both lengths": func(c *conn.Conn) {
			_, _, _ = c.PutRequest(ctx, "GET", "/"), c.PutHeader("Content-Length", "1"), c.PutHeader("Transfer-Encoding", "chunked")
			_ = c.EndHeaders() // which is where it is found
		},
		"too long a body": func(c *conn.Conn) {
			_, _, _ = c.PutRequest(ctx, "GET", "/"), c.PutHeader("Content-Length", "1"), c.EndHeaders()
			_, _ = io.WriteString(c, "ok")
		},
	} {
		c, p := dialing(t, "example.com", conn.Options{}, next())
		must(t, c.Connect(ctx))
		put(c)
		_, _ = c.PutHeader("b", "\r"), c.EndHeaders() // whatever follows is no second error
		_, _ = c.Write([]byte("evil"))
		_, _ = c.EndBody(), c.Flush()
		_, err := c.Response()
		if e := wantError[*conn.RequestError](t, err); e.Name == "b" {
			t.Errorf("%s: not the first: %v", name, e)
		}
		if e := wantError[*conn.Error](t, err); e.Sent || e.Answered || e.Phase != trace.Send {
			t.Errorf("%s: %#v", name, e)
		}
		if _, err = c.Response(); !errors.Is(err, conn.ErrResponseNotReady) {
			t.Errorf("%s: again: %v", name, err)
		}
		wantNext(t, c, p, 1)
		c.Close()
	}
}
