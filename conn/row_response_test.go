package conn_test

// The rows of the table "coming from http.client" that read a response.

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// getresponse(): 1xx responses are skipped and kept, 101 hands the stream over.
func TestGetResponse(t *testing.T) {
	t.Run("interim responses", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet),
			Send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nlink: </b>\r\n\r\nHTTP/1.1 199\r\n\r\n"), Send(ok2),
			Expect(handGet), Send(ok2)))
		request(t, c, "GET", "/")
		res, body := answer(t, c)
		if body != "ok" || res.Status != 200 || len(res.Informational) != 3 {
			t.Fatalf("%+v", res)
		}
		if i := res.Informational[1]; i.Status != 103 || i.Reason != "Early Hints" || !slices.Equal(i.Fields, fields("Link", "</a>", "link", "</b>")) {
			t.Errorf("%+v", i)
		}
		kept := res.Clone()
		request(t, c, "GET", "/")
		if res, _ := answer(t, c); len(res.Informational) != 0 {
			t.Error("the ones of the response before")
		}
		if len(kept.Informational) != 3 || kept.Informational[1].Fields.Get("link") != "</a>" {
			t.Errorf("%+v", kept)
		}
	})
	t.Run("too many of them", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{Bounds: conn.Bounds{Interim: 2}}, script(Expect(handGet), Send(strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 3))))
		request(t, c, "GET", "/")
		_, err := c.Response()
		wantError[*conn.BoundError](t, err)
	})
	t.Run("101", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{}, script(
			Expect("GET / HTTP/1.1\r\n"+usual+"Connection: upgrade\r\nUpgrade: echo\r\n\r\n"),
			Send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\nhello"), Expect("ping"), Send("pong"), Close{}),
			script(Expect(handGet), Send(ok2)))
		must(t, c.Request(t.Context(), "GET", "/", fields("Connection", "upgrade", "Upgrade", "echo"), nil))
		res, err := c.Response()
		must(t, err)
		if res.Status != 101 || res.Stream == nil || !res.WillClose || res.Fields.Get("upgrade") != "echo" {
			t.Fatalf("%+v", res)
		}
		got := make([]byte, 5)
		_, err = io.ReadFull(res.Stream, got)
		must(t, err)
		_, err = io.WriteString(res.Stream, "ping")
		must(t, err)
		pong, err := io.ReadAll(res.Stream)
		if string(got) != "hello" || string(pong) != "pong" || err != nil {
			t.Errorf("%q, %q, %v", got, pong, err)
		}
		wantError[*conn.StateError](t, c.Request(t.Context(), "GET", "/", nil, nil))
		must(t, res.Stream.Close())
		request(t, c, "GET", "/")
		answer(t, c)
	})
	t.Run("101 that nobody asked for", func(t *testing.T) {
		for _, header := range []conn.Fields{nil, fields("Upgrade", "x"), fields("Connection", "upgrade")} {
			c, _ := dialing(t, "example.com", conn.Options{}, script(ReadHead{}, Send("HTTP/1.1 101 Switching Protocols\r\n\r\n")))
			must(t, c.Request(t.Context(), "GET", "/", header, nil))
			_, err := c.Response()
			if e := wantError[*conn.ProtocolError](t, err); e.Rule != conn.RuleUnasked101 {
				t.Error(e)
			}
		}
	})
	t.Run("CONNECT", func(t *testing.T) {
		c, _ := dialing(t, "proxy.example", conn.Options{}, script(
			Expect("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nAccept-Encoding: identity\r\n\r\n"),
			Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), Expect("ping"), Send("pong"), Close{}))
		must(t, c.Request(t.Context(), "CONNECT", "example.com:443", nil, nil))
		res, err := c.Response()
		must(t, err)
		_, err = io.WriteString(res.Stream, "ping")
		must(t, err)
		if pong, err := io.ReadAll(res.Stream); string(pong) != "pong" || err != nil || res.URL() != "example.com:443" {
			t.Errorf("%q, %v, %s", pong, err, res.URL())
		}
		must(t, res.Stream.Close())
	})
	t.Run("out of turn", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2)))
		for range 2 {
			_, err := c.Response()
			if e := wantError[*conn.StateError](t, err); e.Step != "Response" || e.Expected != "Request or PutRequest" || !errors.Is(err, conn.ErrResponseNotReady) {
				t.Errorf("%+v", e)
			}
		}
		request(t, c, "GET", "/")
		res, err := c.Response()
		must(t, err)
		if _, err := c.Response(); !errors.Is(err, conn.ErrResponseNotReady) {
			t.Error(err)
		}
		err = c.Request(t.Context(), "GET", "/", nil, nil)
		if e := wantError[*conn.StateError](t, err); !errors.Is(err, conn.ErrCannotSendRequest) || !strings.Contains(e.Expected, "body to be read") {
			t.Errorf("%+v", e)
		}
		if data, err := res.ReadAll(nil); string(data) != "ok" || err != nil {
			t.Errorf("%q, %v", data, err)
		}
	})
	t.Run("Hijack", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nraw"), Expect("x"), Close{}), script(Expect(handGet), Send(ok2)))
		request(t, c, "GET", "/")
		_, err := c.Response()
		must(t, err)
		nc, err := c.Hijack()
		must(t, err)
		_, err = io.WriteString(nc, "x")
		must(t, err)
		if data, err := io.ReadAll(nc); string(data) != "raw" || err != nil {
			t.Errorf("%q, %v", data, err)
		}
		must(t, nc.Close())
		if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("open still: %v", err)
		}
		if _, err := c.Hijack(); !errors.Is(err, conn.ErrNotConnected) {
			t.Error(err)
		}
		request(t, c, "GET", "/")
		answer(t, c)
	})
}

// HTTPResponse.read([amt]), readinto, readline, peek, iteration
func TestRead(t *testing.T) {
	const text = "one\r\ntwo\n\nthree"
	for name, response := range map[string]string{
		"length":      "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n" + text,
		"chunked":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\r\r\nb\r\n\ntwo\n\nthree\r\n0\r\n\r\n",
		"until close": "HTTP/1.1 200 OK\r\n\r\n" + text,
	} {
		for way, read := range map[string]func(t *testing.T, b *conn.Body) string{
			"ReadAll": func(t *testing.T, b *conn.Body) string {
				data, err := b.ReadAll(make([]byte, 3))
				must(t, err)
				return string(data)
			},
			"Read": func(t *testing.T, b *conn.Body) string {
				data, err := io.ReadAll(iotest.OneByteReader(b))
				must(t, err)
				return string(data)
			},
			"WriteTo": func(t *testing.T, b *conn.Body) string {
				var out bytes.Buffer
				_, err := b.WriteTo(&out)
				must(t, err)
				return out.String()
			},
			"Lines": func(t *testing.T, b *conn.Body) string {
				var lines []string
				for line, err := range b.Lines() {
					must(t, err)
					lines = append(lines, line)
				}
				if want := []string{"one", "two", "", "three"}; !slices.Equal(lines, want) {
					t.Errorf("%q", lines)
				}
				return text
			},
			"Chunks": func(t *testing.T, b *conn.Body) (all string) {
				for piece, err := range b.Chunks(4) {
					must(t, err)
					if all += string(piece); len(all)%4 != 0 && all != text {
						t.Errorf("a piece of %d bytes", len(piece))
					}
				}
				return all
			},
			"Peek, by bufio": func(t *testing.T, b *conn.Body) string {
				in := bufio.NewReader(b)
				if p, err := in.Peek(3); string(p) != "one" || err != nil {
					t.Errorf("%q, %v", p, err)
				}
				data, err := io.ReadAll(in)
				must(t, err)
				return string(data)
			},
		} {
			t.Run(name+", "+way, func(t *testing.T) {
				c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(response), Close{}))
				request(t, c, "GET", "/")
				res, err := c.Response()
				must(t, err)
				if res.Body.Closed() {
					t.Error("closed before it was read")
				}
				if got := read(t, res.Body); got != text {
					t.Errorf("%q", got)
				}
				if n, err := res.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF || !res.Body.Closed() {
					t.Error(n, err, res.Body.Closed())
				}
			})
		}
	}
	t.Run("a short body", func(t *testing.T) {
		for _, response := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"} {
			c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(response), Close{}), script(Expect(handGet), Send(ok2)))
			request(t, c, "GET", "/")
			res, err := c.Response()
			must(t, err)
			data, err := res.ReadAll(nil)
			for _, cut := range res.Body.Chunks(2) {
				if !errors.Is(cut, io.ErrUnexpectedEOF) {
					t.Errorf("Chunks: %v", cut)
				}
			}
			if e := wantError[*conn.IncompleteReadError](t, err); string(data) != "abc" || e.Partial != 3 || e.Expected != res.Length || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%q, %+v", data, e)
			}
			request(t, c, "GET", "/")
			answer(t, c)
		}
	})
	t.Run("a line that breaks off", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\none\ntwo\nthr"), Close{}))
		request(t, c, "GET", "/")
		res, err := c.Response()
		must(t, err)
		var lines []string
		var last error
		for line, err := range res.Body.Lines() {
			lines, last = append(lines, line), err
		}
		if want := []string{"one", "two", "thr"}; !slices.Equal(lines, want) || !errors.Is(last, io.ErrUnexpectedEOF) {
			t.Errorf("%q, %v", lines, last)
		}
	})
	t.Run("the memory of the caller", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2), Expect(handGet), Send(ok2)))
		buf := make([]byte, 10)
		for range 2 {
			request(t, c, "GET", "/")
			res, err := c.Response()
			must(t, err)
			data, err := res.ReadAll(buf)
			if string(data) != "ok" || err != nil || &data[0] != &buf[0] {
				t.Errorf("%q, %v", data, err)
			}
		}
	})
	t.Run("bounds", func(t *testing.T) {
		for _, response := range []string{
			"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789",
			"HTTP/1.1 200 OK\r\n\r\n123456789",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n",
		} {
			for most, fits := range map[int64]bool{8: false, 9: true, -1: true} {
				c, _ := dialing(t, "example.com", conn.Options{MaxBody: most}, script(Expect(handGet), Send(response), Close{}))
				request(t, c, "GET", "/")
				res, err := c.Response()
				must(t, err)
				if _, err = res.ReadAll(nil); (err == nil) != fits {
					t.Errorf("%d: %v", most, err)
				}
				if e, ok := errors.AsType[*conn.BoundError](err); !fits && (!ok || e.Limit != 8 || e.Setting != "Options.MaxBody" || !res.Body.Closed()) {
					t.Errorf("%d: %+v", most, err)
				}
				c, _ = dialing(t, "example.com", conn.Options{MaxBody: most}, script(Expect(handGet), Send(response), Close{}))
				request(t, c, "GET", "/")
				res, err = c.Response()
				must(t, err)
				for _, err = range res.Body.Lines() {
				}
				if (err == nil) != fits {
					t.Errorf("a line, %d: %v", most, err)
				}
			}
		}
		// A length that is announced is not reserved.
		c, _ := dialing(t, "example.com", conn.Options{MaxBody: -1}, script(Expect(handGet), Send("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nabc"), Close{}))
		request(t, c, "GET", "/")
		res, err := c.Response()
		must(t, err)
		if data, err := res.ReadAll(nil); string(data) != "abc" || cap(data) > 2<<20 || err == nil {
			t.Errorf("%q, %d, %v", data, cap(data), err)
		}
	})
	t.Run("closed early", func(t *testing.T) {
		c, p := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2), Expect(handGet), Send("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")), script(Expect(handGet), Send(ok2)))
		for _, dialed := range []int{1, 1, 2} {
			request(t, c, "GET", "/")
			res, err := c.Response()
			must(t, err, res.Body.Close(), res.Body.Close())
			if _, err := res.Body.Read(make([]byte, 1)); err != http.ErrBodyReadAfterClose || len(p.dialed) != dialed {
				t.Errorf("%v, %v", err, p.dialed)
			}
		}
	})
	t.Run("a body of a response before", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2), Expect(handGet), Send(ok2)))
		request(t, c, "GET", "/")
		res, _ := answer(t, c)
		old := res.Body
		request(t, c, "GET", "/")
		res, err := c.Response()
		must(t, err, old.Close()) // a deferred one
		if data, err := res.ReadAll(nil); string(data) != "ok" || err != nil {
			t.Errorf("%q, %v", data, err)
		}
	})
}

// getheader(name, default), getheaders(), msg, headers
func TestGetHeader(t *testing.T) {
	c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet),
		Send("HTTP/1.1 200 OK\r\nx-B: 1\r\nContent-Length: 0\r\nX-b:  two \r\nFolded: a\r\n\t b\r\nspaced : c\r\nEmpty:\r\n\r\n")))
	request(t, c, "GET", "/")
	res, _ := answer(t, c)
	if want := fields("x-B", "1", "Content-Length", "0", "X-b", "two", "Folded", "a b", "spaced", "c", "Empty", ""); !slices.Equal(res.Fields, want) {
		t.Errorf("%v", res.Fields)
	}
	if got := res.Joined("X-B", "none"); got != "1, two" {
		t.Error(got)
	}
	if res.Joined("none", "default") != "default" || res.Joined("empty", "default") != "" || res.Fields.Get("CONTENT-LENGTH") != "0" || res.Fields.Get("none") != "" {
		t.Error("of what is not there")
	}
	if h := res.Header(); h.Get("x-b") != "1" || len(h["X-B"]) != 2 || h.Get("Spaced") != "c" {
		t.Error(h)
	}
}

// status, reason, version, url, closed, fileno(), isclosed(), will_close, chunked, length
func TestStatusReasonVersion(t *testing.T) {
	for _, tt := range []struct {
		method, response string
		want             conn.Response
	}{
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", conn.Response{Status: 200, Reason: "OK", Version: 11, Length: 2}},
		{"GET", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", conn.Response{Status: 200, Version: 11, Length: 2}},
		{"GET", "HTTP/1.1 200 \r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", conn.Response{Status: 200, Version: 11, Length: 2, WillClose: true}},
		{"GET", "HTTP/1.0 404 Not Found, sorry\r\nContent-Length: 2\r\n\r\nok", conn.Response{Status: 404, Reason: "Not Found, sorry", Version: 10, Length: 2, WillClose: true}},
		{"GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n\r\nok", conn.Response{Status: 200, Reason: "OK", Version: 10, Length: 2}},
		{"GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nok", conn.Response{Status: 200, Reason: "OK", Version: 10, Length: -1, WillClose: true}},
		{"GET", "HTTP/1.1 200 OK\r\n\r\nok", conn.Response{Status: 200, Reason: "OK", Version: 11, Length: -1, WillClose: true}},
		{"GET", "HTTP/1.1 999 x\r\nTransfer-Encoding: CHUNKED\r\n\r\n2\r\nok\r\n0\r\n\r\n", conn.Response{Status: 999, Reason: "x", Version: 11, Length: -1, Chunked: true}},
		{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n2\r\nok\r\n0\r\n\r\n", conn.Response{Status: 200, Reason: "OK", Version: 11, Length: -1, Chunked: true, WillClose: true}},
		{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", conn.Response{Status: 200, Reason: "OK", Version: 11, Length: 2}},
		{"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", conn.Response{Status: 200, Reason: "OK", Version: 11, Length: -1}},
		{"GET", "HTTP/1.1 204 No Content\r\n\r\n", conn.Response{Status: 204, Reason: "No Content", Version: 11}},
		{"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", conn.Response{Status: 304, Reason: "Not Modified", Version: 11}},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", conn.Response{Status: 200, Reason: "OK", Version: 11}},
	} {
		c, _ := dialing(t, "example.com", conn.Options{}, script(ReadHead{}, Send(tt.response), Close{}))
		request(t, c, tt.method, "/a?b")
		res, body := answer(t, c)
		got := conn.Response{Status: res.Status, Reason: res.Reason, Version: res.Version, Length: res.Length, Chunked: res.Chunked, WillClose: res.WillClose}
		if got.Status != tt.want.Status || got.Reason != tt.want.Reason || got.Version != tt.want.Version || got.Length != tt.want.Length || got.Chunked != tt.want.Chunked || got.WillClose != tt.want.WillClose {
			t.Errorf("%q: %+v", tt.response, got)
		}
		if strings.HasSuffix(tt.response, "ok") != (body == "ok") && !res.Chunked || !res.Body.Closed() || c.Closed() != res.WillClose {
			t.Errorf("%q: %q, closed %v", tt.response, body, c.Closed())
		}
		if res.URL() != "http://example.com/a?b" {
			t.Error(res.URL())
		}
	}
	t.Run("trailer", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-Sum: 1\r\nDate: y\r\n\r\n")))
		request(t, c, "GET", "/")
		res, err := c.Response()
		must(t, err)
		if res.Trailer() != nil {
			t.Error("a trailer ahead of the body")
		}
		_, err = res.ReadAll(nil)
		must(t, err)
		if want := fields("x-Sum", "1", "Date", "y"); !slices.Equal(res.Trailer(), want) || !slices.Equal(res.Clone().Trailer(), want) {
			t.Error(res.Trailer())
		}
	})
	t.Run("fileno", func(t *testing.T) {
		c, _ := dialingTCP(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2)))
		request(t, c, "GET", "/")
		res, err := c.Response()
		must(t, err)
		raw, err := res.SyscallConn()
		must(t, err)
		must(t, raw.Control(func(fd uintptr) {
			if fd == 0 {
				t.Error("no descriptor")
			}
		}))
		answered, err := res.ReadAll(nil)
		if string(answered) != "ok" || err != nil {
			t.Error(err)
		}
		// A Conn must not offer its socket: os.File.WriteTo would send a file past all framing.
		if _, ok := any(c).(syscall.Conn); ok {
			t.Error("a Conn is a syscall.Conn")
		}
		p, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2)))
		request(t, p, "GET", "/")
		res, _ = answer(t, p)
		if _, err := res.SyscallConn(); err != syscall.EINVAL {
			t.Error(err)
		}
	})
}

// In which phase a head was wrong does not depend on how the network cut the bytes.
func TestPhaseBehindAnInterimResponse(t *testing.T) {
	const early, bad = "HTTP/1.1 103 Early Hints\r\n\r\n", "GARBAGE\r\n\r\n"
	for _, steps := range [][]any{{Send(early + bad)}, {Send(early), Send(bad)}} {
		c, _ := dialing(t, "example.com", conn.Options{}, append(script(Expect(handGet)), steps...))
		request(t, c, "GET", "/")
		_, err := c.Response()
		if e := wantError[*conn.Error](t, err); e.Phase != trace.Receive || !e.Answered {
			t.Errorf("%d pieces: %+v", len(steps), e)
		}
	}
}
