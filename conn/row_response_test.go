package conn_test

// The rows of the table "coming from http.client" that read a response.

import (
	"errors"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"

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
		_, err = c.Hijack() // it has been handed over already
		wantError[*conn.StateError](t, err)
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
