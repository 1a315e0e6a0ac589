package conn_test

// The rows of the table "coming from http.client" that open and close a connection.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// HTTPConnection(host, port=None, timeout, source_address, blocksize)
func TestHTTPConnection(t *testing.T) {
	for _, tt := range []struct {
		host       string
		port       int
		dial, head string // whom it dials, what Host says
	}{
		{"example.com", 0, "example.com:80", "example.com"},
		{"example.com:", 0, "example.com:80", "example.com"},
		{"example.com:80", 0, "example.com:80", "example.com"},
		{"example.com:8080", 0, "example.com:8080", "example.com:8080"},
		{"example.com:08080", 0, "example.com:8080", "example.com:8080"},
		{"example.com:443", 0, "example.com:443", "example.com:443"},
		{"example.com", 8080, "example.com:8080", "example.com:8080"},
		{"example.com:8080", 8080, "example.com:8080", "example.com:8080"},
		{"EXAMPLE.com", 0, "example.com:80", "example.com"},
		{"example.com.", 0, "example.com.:80", "example.com."},
		{"192.0.2.1:81", 0, "192.0.2.1:81", "192.0.2.1:81"},
		{"[::1]", 0, "[::1]:80", "[::1]"},
		{"[::1]:", 0, "[::1]:80", "[::1]"},
		{"[::1]:8080", 0, "[::1]:8080", "[::1]:8080"},
		{"::1", 0, "[::1]:80", "[::1]"},
		{"::1", 8080, "[::1]:8080", "[::1]:8080"},
		{"[2001:DB8::0:1]", 0, "[2001:db8::1]:80", "[2001:db8::1]"},
		{"[fe80::1%eth0]:8080", 0, "[fe80::1%eth0]:8080", "[fe80::1]:8080"},
		{"bücher.example", 0, "xn--bcher-kva.example:80", "xn--bcher-kva.example"},
		{"ＥＸＡＭＰＬＥ.com", 0, "example.com:80", "example.com"},
		{"a_b.example:81", 0, "a_b.example:81", "a_b.example:81"},
	} {
		c, p := dialing(t, tt.host, conn.Options{Port: tt.port},
			script(Expect("GET / HTTP/1.1\r\nHost: "+tt.head+"\r\nAccept-Encoding: identity\r\n\r\n"), Send(empty)))
		request(t, c, "GET", "/")
		if res, _ := answer(t, c); p.dialed[0] != tt.dial || res.URL() != "http://"+tt.head+"/" {
			t.Errorf("%s: dials %s, URL %s", tt.host, p.dialed, res.URL())
		}
		c.Close()
	}
	for _, host := range []string{
		"", ":", ":80", "example.com:abc", "example.com:0", "example.com:65536", "example.com:-1", "example.com:+80",
		"example.com: 80", "example.com:80 ", "example.com:８０", "user@example.com", "user:pw@example.com:80", "http://example.com",
		"example.com/", "example.com/path", "example.com?q", "example.com#f", "exa mple.com", " example.com", "example.com\r\nX: y",
		"example.com\x00", "a\\b", "[::1", "::1]", "[::1]x", "[::1]x:80", "[example.com]", "[]", "[::1]:80:90", "a:b:c", "::1:zz", "[::g]",
		"127.1", "0x7f.1", "1.2.3.4.5", "a..b", "%31.example",
	} {
		if c, err := conn.HTTP(host, conn.Options{}); !errors.Is(err, conn.ErrInvalidURL) || !errors.Is(err, conn.ErrHTTP) || c != nil {
			t.Errorf("%q: %v, %v", host, c, err)
		}
	}
	for _, port := range []int{-1, 65536, 8080} {
		if _, err := conn.HTTP("example.com:81", conn.Options{Port: port}); !errors.Is(err, conn.ErrInvalidURL) {
			t.Errorf("port %d: %v", port, err)
		}
	}
	if conn.HTTPPort != 80 || conn.HTTPSPort != 443 {
		t.Error(conn.HTTPPort, conn.HTTPSPort)
	}
}

// timeout= is the limit of each phase; single ones are set beside it.
func TestHTTPConnectionTimeout(t *testing.T) {
	const short = 20 * time.Millisecond
	for _, tt := range []struct {
		opt     conn.Options
		setting string // what the message tells to change
	}{
		{conn.Options{Timeout: short, Limits: trace.Limits{Send: -1}}, "Options.Timeout"},
		{conn.Options{Limits: trace.Limits{Wait: short}}, "Limits.Wait"},
		{conn.Options{Timeout: time.Minute, Limits: trace.Limits{Wait: short}}, "Limits.Wait"},
		{conn.Options{Timeout: short, Limits: trace.Limits{Wait: short}}, "Limits.Wait"},
		{conn.Options{Timeout: -1, Limits: trace.Limits{Wait: short}}, "Limits.Wait"},
	} {
		c, _ := dialing(t, "example.com", tt.opt, script(ReadHead{}, Stall(0)))
		request(t, c, "GET", "/")
		_, err := c.Response()
		e := wantError[*conn.Error](t, err)
		if e.Phase != trace.Wait || e.Limit != short || e.Setting != tt.setting || !errors.Is(err, os.ErrDeadlineExceeded) || !e.Sent {
			t.Errorf("%+v", e)
		}
		if !strings.Contains(err.Error(), "timed out after 20ms (set by "+tt.setting+")") {
			t.Error(err)
		}
	}
}

// It is the setting that is named whatever the phase is.
func TestHTTPConnectionTimeoutOfEachPhase(t *testing.T) {
	const short = 20 * time.Millisecond
	hangs := func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	for _, tt := range []struct {
		name  string
		phase trace.Phase
		do    func(t *testing.T) error
	}{
		{"connecting", trace.Connect, func(t *testing.T) error {
			c, err := conn.HTTP("example.com", conn.Options{Timeout: short, Dial: hangs})
			must(t, err)
			return c.Connect(t.Context())
		}},
		{"a proxy", trace.Connect, func(t *testing.T) error {
			c, _ := dialing(t, "proxy.example", conn.Options{Timeout: short}, script(ReadHead{}, Stall(0)))
			must(t, c.SetTunnel("example.com", nil))
			return c.Connect(t.Context())
		}},
		{"TLS", trace.TLS, func(t *testing.T) error {
			p := &phone{t: t, scripts: [][]any{script(Drain{})}, pair: func(*testing.T) (near, far net.Conn) { return net.Pipe() }}
			c, err := conn.HTTPS("example.com", conn.Options{Timeout: short, Dial: p.dial})
			must(t, err)
			return c.Connect(t.Context())
		}},
		{"sending", trace.Send, func(t *testing.T) error {
			c, _ := dialing(t, "example.com", conn.Options{Timeout: short}, script(Await(t.Context().Done())))
			return c.Request(t.Context(), "GET", "/", nil, nil)
		}},
		{"receiving", trace.Receive, func(t *testing.T) error {
			c, _ := dialing(t, "example.com", conn.Options{Timeout: short}, script(ReadHead{}, Send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"), Stall(0)))
			request(t, c, "GET", "/")
			res, err := c.Response()
			must(t, err)
			_, err = res.ReadAll(nil)
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.do(t)
			if e := wantError[*conn.Error](t, err); e.Phase != tt.phase || e.Limit != short || e.Setting != "Options.Timeout" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// source_address=
func TestHTTPConnectionSourceAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	from := make(chan string, 1)
	go func() { // ends with the connection, which c opens
		nc, err := l.Accept()
		if err != nil {
			from <- err.Error()
			return
		}
		from <- nc.RemoteAddr().String()
		nc.Close()
	}()
	c, err := conn.HTTP(l.Addr().String(), conn.Options{SourceAddress: netip.MustParseAddrPort("127.0.0.2:0")})
	must(t, err)
	defer c.Close()
	must(t, c.Connect(t.Context()))
	if got := <-from; !strings.HasPrefix(got, "127.0.0.2:") {
		t.Error(got)
	}
}

// source_address=(”, port)
func TestHTTPConnectionSourcePort(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := uint16(free.Addr().(*net.TCPAddr).Port)
	must(t, free.Close())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	c, err := conn.HTTP(l.Addr().String(), conn.Options{SourceAddress: netip.AddrPortFrom(netip.Addr{}, port)})
	must(t, err)
	defer c.Close()
	must(t, c.Connect(t.Context()))
	if got := c.NetConn().LocalAddr().(*net.TCPAddr).Port; got != int(port) {
		t.Errorf("from port %d, want %d", got, port)
	}
}

// blocksize=
func TestHTTPConnectionBlockSize(t *testing.T) {
	c, _ := dialing(t, "example.com", conn.Options{BlockSize: 4},
		script(Expect("POST / HTTP/1.1\r\n"+usual+"Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n4\r\n4567\r\n2\r\n89\r\n0\r\n\r\n"),
			Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")))
	must(t, c.Request(t.Context(), "POST", "/", nil, onlyReader{strings.NewReader("0123456789")}))
	res, err := c.Response()
	must(t, err)
	var sizes writeSizes
	_, err = res.Body.WriteTo(&sizes)
	must(t, err)
	if len(sizes) < 3 || sizes[0] != 4 {
		t.Error(sizes)
	}
}

// An onlyReader hides all of a reader but Read.
type onlyReader struct{ r *strings.Reader }

func (o onlyReader) Read(p []byte) (int, error) { return o.r.Read(p) }

type writeSizes []int

func (s *writeSizes) Write(p []byte) (int, error) {
	*s = append(*s, len(p))
	return len(p), nil
}

// HTTPSConnection(…, context, key_file, cert_file, check_hostname)
func TestHTTPSConnection(t *testing.T) {
	roots := x509.NewCertPool()
	roots.AddCert(authority().Leaf)
	hello := make(chan *tls.ClientHelloInfo, 1)
	serve := func(*testing.T) (near, far net.Conn) {
		near, far = tcpPair(t)
		return near, tls.Server(far, &tls.Config{
			Certificates:       []tls.Certificate{authority()},
			GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) { hello <- h; return nil, nil },
		})
	}
	p := &phone{t: t, pair: serve, scripts: [][]any{script(Expect(handGet), Send(ok2)), script(Drain{}), script(Drain{})}}
	c, err := conn.HTTPS("Example.com", conn.Options{Dial: p.dial, TLS: &tls.Config{RootCAs: roots, NextProtos: []string{"h2"}}})
	must(t, err)
	defer c.Close()
	request(t, c, "GET", "/")
	res, body := answer(t, c)
	h := <-hello
	if body != "ok" || p.dialed[0] != "example.com:443" || h.ServerName != "example.com" || strings.Join(h.SupportedProtos, " ") != "http/1.1" {
		t.Errorf("%q, dialed %v, %q %q", body, p.dialed, h.ServerName, h.SupportedProtos)
	}
	if c.TLS() == nil || res.URL() != "https://example.com/" {
		t.Error(c.TLS(), res.URL())
	}

	for name, host := range map[string]string{"the name is checked": "example.org", "the certificate is checked": "example.com"} {
		config := &tls.Config{RootCAs: roots}
		if host == "example.com" {
			config = nil // the system's roots do not know this one
		}
		c, err := conn.HTTPS(host, conn.Options{Dial: p.dial, TLS: config})
		must(t, err)
		err = c.Request(t.Context(), "GET", "/", nil, nil)
		<-hello
		wantError[*tlserr.Error](t, err)
		if e := wantError[*conn.Error](t, err); e.Phase != trace.TLS || e.Sent || errors.Is(err, conn.ErrHTTP) {
			t.Errorf("%s: %+v", name, e)
		}
		c.Close()
	}
}

// connect(): by itself at the first request, and after a close (auto_open).
func TestConnect(t *testing.T) {
	last := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
	t.Run("by itself", func(t *testing.T) {
		c, p := dialing(t, "example.com", conn.Options{},
			script(Expect(handGet), Send(last)), script(Expect(handGet), Send(ok2), Expect(handGet), Send(ok2)), script(Expect(handGet), Send(ok2)))
		for range 3 {
			request(t, c, "GET", "/")
			answer(t, c)
		}
		must(t, c.Close())
		request(t, c, "GET", "/")
		answer(t, c)
		if len(p.dialed) != 3 {
			t.Error(p.dialed)
		}
	})
	t.Run("beforehand", func(t *testing.T) {
		c, p := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2)))
		must(t, c.Connect(t.Context()), c.Connect(t.Context()))
		if len(p.dialed) != 1 || !c.Idle() || !c.Alive() || c.Closed() {
			t.Error(p.dialed, c.Idle(), c.Alive(), c.Closed())
		}
		request(t, c, "GET", "/")
		answer(t, c)
	})
	t.Run("not again", func(t *testing.T) {
		c, p := dialing(t, "example.com", conn.Options{NoReopen: true}, script(Expect(handGet), Send(last)), script(Expect(handGet), Send(ok2)))
		request(t, c, "GET", "/")
		answer(t, c)
		err := c.Request(t.Context(), "GET", "/", nil, nil)
		if !errors.Is(err, conn.ErrNotConnected) || !errors.Is(err, conn.ErrHTTP) || wantError[*conn.Error](t, err).Sent || len(p.dialed) != 1 {
			t.Errorf("%v, %v", err, p.dialed)
		}
		must(t, c.Connect(t.Context())) // who says so
		request(t, c, "GET", "/")
		answer(t, c)
	})
	t.Run("New has nobody to open it", func(t *testing.T) {
		c, _ := pipe(t, Expect("GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n\r\n"), Send(ok2))
		must(t, c.Connect(t.Context()))
		request(t, c, "GET", "/")
		answer(t, c)
		c.Close()
		for _, err := range []error{c.Connect(t.Context()), c.Request(t.Context(), "GET", "/", nil, nil), c.PutRequest(t.Context(), "GET", "/")} {
			if !errors.Is(err, conn.ErrNotConnected) {
				t.Error(err)
			}
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{})
		for range 2 {
			err := c.Request(t.Context(), "GET", "/", nil, nil)
			if e := wantError[*conn.Error](t, err); !errors.Is(err, errNobody) || e.Phase != trace.Connect || e.Sent || e.Addr != "example.com:80" {
				t.Errorf("%+v", e)
			}
		}
	})
	t.Run("found closed", func(t *testing.T) {
		c, p := dialingTCP(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2), Close{}), script(Expect(handGet), Send(ok2)))
		request(t, c, "GET", "/")
		answer(t, c)
		awaitVerdict(t, c)
		request(t, c, "GET", "/")
		answer(t, c)
		if len(p.dialed) != 2 {
			t.Error(p.dialed)
		}
	})
}

// close(), with
func TestClose(t *testing.T) {
	c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2)), script(Expect(handGet), Send(ok2)))
	must(t, c.Close(), c.Close()) // before there was anything to close
	for range 2 {
		request(t, c, "GET", "/")
		answer(t, c)
		must(t, c.Close(), c.Close())
		if !c.Closed() || c.Idle() || c.Alive() {
			t.Error(c.Closed(), c.Idle(), c.Alive())
		}
	}
	t.Run("in the middle of a request", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{}, script(Drain{}), script(Expect(handGet), Send(ok2)))
		must(t, c.PutRequest(t.Context(), "POST", "/"), c.PutHeader("Content-Length", "5"), c.EndHeaders(), c.Flush())
		c.Close()
		if _, err := c.Write([]byte("hello")); !errors.Is(err, conn.ErrNotConnected) {
			t.Error(err)
		}
		if _, err := c.Response(); !errors.Is(err, conn.ErrNotConnected) {
			t.Error(err)
		}
		request(t, c, "GET", "/")
		answer(t, c)
	})
	t.Run("while it is opened", func(t *testing.T) {
		began := make(chan struct{})
		c, err := conn.HTTP("example.com", conn.Options{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			close(began)
			<-ctx.Done()
			return nil, ctx.Err()
		}})
		must(t, err)
		go func() { // ends at once
			<-began
			c.Close()
		}()
		if err := c.Connect(t.Context()); !errors.Is(err, conn.ErrNotConnected) {
			t.Error(err)
		}
	})
}
