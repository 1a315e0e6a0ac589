package h3

// Servers that send what they should not.

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"example.com/godwit/transport"
)

// A rawServer is a server that is given bytes to say.
type rawServer struct {
	control string                                         // what it says on its control stream, and on others, each ending in "|"
	answer  func(c *quic.Conn, n int, stream *quic.Stream) // the n-th request, which has been read, if that ends
}

const settings = "\x00\x04\x00" // the type of the control stream, and an empty SETTINGS

func (r rawServer) start(tb testing.TB) netip.AddrPort {
	tb.Helper()
	cert, _ := authority()
	pc, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		tb.Fatal(err)
	}
	tr := &quic.Transport{Conn: quiet(pc)}
	l, err := tr.Listen(&tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h3"}}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept(ctx)
			if err != nil {
				return
			}
			all.Go(func() { r.serve(ctx, c, &all) })
		}
	})
	tb.Cleanup(func() {
		cancel()
		l.Close()
		tr.Close()
		pc.Close()
		all.Wait()
	})
	return pc.LocalAddr().(*net.UDPAddr).AddrPort()
}

func (r rawServer) serve(ctx context.Context, c *quic.Conn, all *sync.WaitGroup) {
	control := r.control
	if control == "" {
		control = settings
	}
	for text := range strings.SplitSeq(control, "|") {
		s, err := c.OpenUniStream()
		if err != nil {
			return
		}
		s.Write([]byte(text))
	}
	for n := 1; ; n++ {
		s, err := c.AcceptStream(ctx)
		if err != nil {
			return
		}
		all.Go(func() {
			io.Copy(io.Discard, s)
			r.answer(c, n, s)
		})
	}
}

// says answers each request with the same bytes.
func says(text string) func(*quic.Conn, int, *quic.Stream) {
	return func(_ *quic.Conn, _ int, s *quic.Stream) {
		s.Write([]byte(text))
		s.Close()
	}
}

// integer writes an integer with a prefix of that many bits (RFC 9204 4.1.1).
func integer(first byte, bits int, n int) string {
	most := 1<<bits - 1
	if n < most {
		return string([]byte{first | byte(n)})
	}
	b := []byte{first | byte(most)}
	for n -= most; n >= 128; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return string(append(b, byte(n)))
}

// varint writes an integer as QUIC does (RFC 9000 16).
func varint(n int) string {
	switch {
	case n < 1<<6:
		return string([]byte{byte(n)})
	case n < 1<<14:
		return string([]byte{0x40 | byte(n>>8), byte(n)})
	}
	return string([]byte{0x80 | byte(n>>24), byte(n >> 16), byte(n >> 8), byte(n)})
}

func frame(kind int, payload string) string { return varint(kind) + varint(len(payload)) + payload }

func data(payload string) string { return frame(0, payload) }

// headers is a frame HEADERS of lines "name: value", each a literal (RFC 9204 4.5.6).
func headers(lines ...string) string {
	var b strings.Builder
	b.WriteString("\x00\x00")
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "= ")
		b.WriteString(integer(0x20, 3, len(name)) + name + integer(0, 7, len(value)) + value)
	}
	return frame(1, b.String())
}

func TestHostile(t *testing.T) {
	ok := headers(":status= 200", "content-length= 2")
	for _, test := range []struct {
		name, text string
		body       bool // it is the body that fails, and not the response
	}{
		{"nothing", "", false},
		{"an upper-case name", headers(":status= 200", "X-Up= 1"), false},
		{"a name with a space", headers(":status= 200", "x y= 1"), false},
		{"connection", headers(":status= 200", "connection= close"), false},
		{"keep-alive", headers(":status= 200", "keep-alive= 1"), false},
		{"transfer-encoding", headers(":status= 200", "transfer-encoding= chunked"), false},
		{"upgrade", headers(":status= 200", "upgrade= x"), false},
		{"pseudo after regular", headers("x= 1", ":status= 200"), false},
		{"two :status", headers(":status= 200", ":status= 200"), false},
		{"no :status", headers("x= 1"), false},
		{"an empty :status", headers(":status= "), false},
		{"a request's pseudo field", headers(":status= 200", ":path= /"), false},
		{"an unknown pseudo field", headers(":status= 200", ":x= /"), false},
		{"two digits", headers(":status= 20"), false},
		{"four digits", headers(":status= 2000"), false},
		{"leading zeros", headers(":status= 0200"), false},
		{"a sign", headers(":status= +20"), false},
		{"a letter", headers(":status= 2x0"), false},
		{"101", headers(":status= 101"), false},
		{"CR in a value", headers(":status= 200", "x= a\rb"), false},
		{"LF in a value", headers(":status= 200", "x= a\nb"), false},
		{"NUL in a value", headers(":status= 200", "x= a\x00b"), false},
		{"two lengths", headers(":status= 200", "content-length= 1", "content-length= 2"), false},
		{"a negative length", headers(":status= 200", "content-length= -1"), false},
		{"a huge length", headers(":status= 200", "content-length= 99999999999999999999"), false},
		{"DATA first", data("x") + ok, false},
		{"SETTINGS in an exchange", frame(4, ""), false},
		{"GOAWAY in an exchange", frame(7, "\x00"), false},
		{"frames of HTTP/2", frame(2, "") + ok, false},
		{"a table that is not there", frame(1, "\x01\x00\x80"), false},
		{"an index past the static table", frame(1, "\x00\x00\xff\x7f"), false},
		{"a field that is cut off", frame(1, "\x00\x00\x27"), false},
		{"too many 1xx", strings.Repeat(headers(":status= 103"), 100), false},
		{"a frame of a gigabyte", "\x01" + varint(1<<30-1) + strings.Repeat("x", 1<<20), false},
		{"a bomb", frame(1, "\x00\x00"+integer(0xc0, 6, 25)+strings.Repeat(integer(0xc0, 6, 85), 200_000)), false},
		{"a long line", headers(":status= 200", "x= "+strings.Repeat("x", 300<<10)), false},
		{"too short", ok + data("x"), true},
		{"too long", ok + data("xxx"), true},
		{"too long, in two", ok + data("xx") + data("x"), true},
		{"SETTINGS after the head", ok + frame(4, ""), true},
		{"a pseudo field in the trailers", ok + data("xx") + headers(":status= 200"), true},
		{"a length in the trailers", ok + data("xx") + headers("content-length= 2"), true},
		{"CR in the trailers", ok + data("xx") + headers("x= a\rb"), true},
		{"data after the trailers", headers(":status= 200") + headers("x= 1") + data("xx"), true},
		{"a bomb in the trailers", ok + data("xx") + frame(1, "\x00\x00"+strings.Repeat(integer(0xc0, 6, 85), 200_000)), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := open(t, &Dialer{}, rawServer{answer: says(test.text)}.start(t), options())
			res, err := c.RoundTrip(request(t, "GET", "/", nil))
			if test.body {
				if err != nil {
					t.Fatal(err)
				}
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			if err == nil {
				t.Fatal("no error")
			}
			if e, ok := errors.AsType[*transport.StreamError](err); (!ok || e.Code == 0 || e.Err == nil) && err != io.ErrUnexpectedEOF {
				t.Errorf("%T: %v", err, err)
			}
			if strings.ContainsAny(err.Error(), "\r\n\x00") {
				t.Errorf("%q", err)
			}
			if n := c.InFlight(); n != 0 {
				t.Error("in flight:", n)
			}
		})
	}
}

// What looks odd and is allowed.
func TestUnusual(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"unknown frames", frame(0x21, "grease") + headers(":status= 200") + frame(0x40, "x") + data("ok") + frame(0x21, ""), "ok"},
		{"no body", headers(":status= 200"), ""},
		{"empty data", headers(":status= 200") + data("") + data("ok") + data(""), "ok"},
		{"early hints", headers(":status= 103", "link= x") + headers(":status= 200") + data("ok"), "ok"},
		{"trailers", headers(":status= 200") + data("ok") + headers("x= 1"), "ok"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := open(t, &Dialer{}, rawServer{answer: says(test.text)}.start(t), options())
			if got := get(t, c, "/"); got != test.want {
				t.Errorf("%q", got)
			}
		})
	}
}

// What a server does to the connection.
func TestHostileConnection(t *testing.T) {
	ok := headers(":status= 200") + data("ok")
	for _, test := range []struct{ name, control string }{
		{"no settings", "\x00\x07\x01\x00"},
		{"settings twice", "\x00\x04\x00\x04\x00"},
		{"the same setting twice", "\x00\x04\x04\x06\x01\x06\x01"},
		{"two control streams", settings + "|" + settings},
		{"a push", settings + "|\x01\x00"},
		{"data on the control stream", settings + data("x")},
		{"settings of 16 MiB", "\x00\x04\x80\xff\xff\xff"},
		{"a wrong GOAWAY", settings + "\x07\x01\x01"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := rawServer{control: test.control, answer: func(c *quic.Conn, _ int, _ *quic.Stream) { <-c.Context().Done() }}
			c := open(t, &Dialer{}, s.start(t), options())
			_, err := c.RoundTrip(request(t, "GET", "/", nil))
			if e, ok := errors.AsType[*transport.StreamError](err); ok && (e.Code == 0 || e.Err == nil) {
				t.Errorf("%#v", err)
			} else if e, early := errors.AsType[*Error](err); !ok && (!early || !e.Unprocessed() || e.Code == 0 || e.Remote) {
				t.Errorf("%#v", err)
			}
			if c.Err() == nil || c.Available() != 0 || c.Reserve() == nil {
				t.Error("it goes on")
			}
		})
	}
	t.Run("streams of unknown types", func(t *testing.T) {
		s := rawServer{control: settings + "|\x21grease|\x02|\x03", answer: says(ok)}
		if got := get(t, open(t, &Dialer{}, s.start(t), options()), "/"); got != "ok" {
			t.Error(got)
		}
	})
}

// A response that ends anywhere before its end is never taken for a whole one.
func TestCutAnywhere(t *testing.T) {
	text := headers(":status= 200", "content-length= 4") + data("ab") + data("cd")
	s := rawServer{answer: func(_ *quic.Conn, n int, s *quic.Stream) {
		s.Write([]byte(text[:n-1]))
		s.Close()
	}}
	c := open(t, &Dialer{}, s.start(t), options())
	for n := range len(text) {
		res, err := c.RoundTrip(request(t, "GET", "/", nil))
		if err == nil {
			_, err = io.ReadAll(res.Body)
			res.Body.Close()
		}
		if err == nil {
			t.Errorf("cut after %d bytes, and no error", n)
		}
	}
	if got := get(t, c, "/"); got != "abcd" {
		t.Errorf("%q", got)
	}
}

// What arrives byte by byte is the same.
func TestByteByByte(t *testing.T) {
	text := headers(":status= 200", "x= 1") + data("ab") + data("cd") + headers("y= 2")
	s := rawServer{answer: func(_ *quic.Conn, _ int, s *quic.Stream) {
		for i := range len(text) {
			s.Write([]byte{text[i]})
		}
		s.Close()
	}}
	c := open(t, &Dialer{}, s.start(t), options())
	res := roundTrip(t, c, request(t, "GET", "/", nil))
	body, err := io.ReadAll(res.Body)
	if string(body) != "abcd" || err != nil || res.Header.Get("X") != "1" || res.Trailer.Get("Y") != "2" {
		t.Errorf("%q %v %v %v", body, err, res.Header, res.Trailer)
	}
}

// The server's own codes.
func TestCodes(t *testing.T) {
	t.Run("rejected", func(t *testing.T) {
		s := rawServer{answer: func(_ *quic.Conn, _ int, s *quic.Stream) { s.CancelWrite(0x10b) }}
		c := open(t, &Dialer{}, s.start(t), options())
		_, err := c.RoundTrip(request(t, "POST", "/", strings.NewReader("x")))
		e, ok := errors.AsType[*transport.StreamError](err)
		if !ok || e.Code != 0x10b || e.Err != nil || c.Err() != nil {
			t.Errorf("%#v", err)
		}
		if got, want := err.Error(), "stream reset: H3_REQUEST_REJECTED"; got != want {
			t.Errorf("%q", got)
		}
	})
	t.Run("broken off", func(t *testing.T) {
		s := rawServer{answer: func(_ *quic.Conn, _ int, s *quic.Stream) {
			s.Write([]byte(headers(":status= 200") + data("x")))
			s.CancelWrite(0x102)
		}}
		c := open(t, &Dialer{}, s.start(t), options())
		res, err := c.RoundTrip(request(t, "GET", "/", nil))
		if err == nil { // the reset may overtake what was sent before it
			_, err = io.ReadAll(res.Body)
			res.Body.Close()
		}
		e, ok := errors.AsType[*transport.StreamError](err)
		if !ok || e.Code != 0x102 || e.Err != nil {
			t.Errorf("%#v", err)
		}
	})
	t.Run("closed", func(t *testing.T) {
		s := rawServer{answer: func(c *quic.Conn, _ int, _ *quic.Stream) { c.CloseWithError(0x107, "too\nmuch") }}
		c := open(t, &Dialer{}, s.start(t), options())
		_, err := c.RoundTrip(request(t, "GET", "/", nil))
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Code != 0x107 || !e.Remote || e.Unprocessed() {
			t.Errorf("%#v", err)
		}
		if got, want := err.Error(), `the server closed the connection: H3_EXCESSIVE_LOAD: "too\nmuch"`; got != want {
			t.Errorf("%q", got)
		}
		_, err = c.RoundTrip(request(t, "GET", "/", nil))
		if e, ok := errors.AsType[*Error](err); !ok || !e.Unprocessed() {
			t.Errorf("%#v", err)
		}
	})
}

// After GOAWAY what is under way goes on, and nothing new begins.
func TestGoAway(t *testing.T) {
	release := make(chan bool)
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		http.NewResponseController(w).Flush()
		<-release
		io.WriteString(w, "ok")
	}, nil)
	c := open(t, &Dialer{}, s.addr, options())
	res := roundTrip(t, c, request(t, "GET", "/", nil))
	var stopping sync.WaitGroup
	stopping.Go(func() { s.Shutdown(t.Context()) })
	for { // until the GOAWAY is here
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		other, err := c.RoundTrip(request(t, "POST", "/", nil).WithContext(ctx))
		cancel()
		if err == nil {
			other.Body.Close()
			continue
		}
		if e, ok := errors.AsType[*Error](err); ok && !e.Unprocessed() {
			t.Error(err)
		}
		if c.Err() != nil {
			break
		}
	}
	if c.Reserve() == nil {
		t.Error("the connection takes more")
	}
	close(release)
	if body, err := io.ReadAll(res.Body); string(body) != "ok" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
	stopping.Wait()
}

// Hooks of httptrace are run.
func TestHooks(t *testing.T) {
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "x")
		w.WriteHeader(103)
		io.Copy(w, r.Body)
	}, nil)
	var mu sync.Mutex
	var seen []string
	note := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, what)
	}
	trace := &httptrace.ClientTrace{
		ConnectStart:         func(network, addr string) { note("connect " + network) },
		ConnectDone:          func(network, addr string, err error) { note("connected") },
		TLSHandshakeStart:    func() { note("tls") },
		TLSHandshakeDone:     func(s tls.ConnectionState, err error) { note("tls done " + s.NegotiatedProtocol) },
		WroteHeaders:         func() { note("head") },
		GotFirstResponseByte: func() { note("first byte") },
		Got1xxResponse:       func(code int, _ textproto.MIMEHeader) error { note("1xx"); return nil },
	}
	ctx := httptrace.WithClientTrace(t.Context(), trace)
	cc, err := new(Dialer).DialHTTP3(ctx, s.addr, options())
	if err != nil {
		t.Fatal(err)
	}
	defer cc.Close()
	res, err := cc.RoundTrip(request(t, "GET", "/", nil).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	got := strings.Join(seen, ", ")
	if want := "connect udp, tls, tls done h3, connected, head, first byte, 1xx"; got != want {
		t.Error(got)
	}
}
