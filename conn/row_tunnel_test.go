package conn_test

// The row of the table "coming from http.client" about tunnels.

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// set_tunnel(host, port, headers)
func TestSetTunnel(t *testing.T) {
	connect := func(target string) Expect {
		return Expect("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\nProxy-Authorization: Basic eDp5\r\n\r\n")
	}
	header := fields("Proxy-Authorization", "Basic eDp5")
	t.Run("plain", func(t *testing.T) {
		c, p := dialing(t, "proxy.example:3128", conn.Options{},
			script(connect("example.com:80"), Send("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"), Expect(handGet), Send(ok2)))
		must(t, c.SetTunnel("example.com", header))
		if c.ProxyResponse() != nil {
			t.Error("an answer before there was a question")
		}
		request(t, c, "GET", "/")
		res, body := answer(t, c)
		if body != "ok" || p.dialed[0] != "proxy.example:3128" || res.URL() != "http://example.com/" {
			t.Error(body, p.dialed, res.URL())
		}
		if r := c.ProxyResponse(); r.Status != 200 || r.Reason != "Connection established" || r.Fields.Get("via") != "x" {
			t.Errorf("%+v", r)
		}
		var state *conn.StateError
		if err := c.SetTunnel("example.org", nil); !errors.As(err, &state) || state.Expected == "" {
			t.Error(err)
		}
	})
	t.Run("IPv6, and a port", func(t *testing.T) {
		c, _ := dialing(t, "proxy.example", conn.Options{},
			script(connect("[2001:db8::1]:8443"), Send("HTTP/1.0 200 OK\r\n\r\n"), Expect("GET / HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\nAccept-Encoding: identity\r\n\r\n"), Send(ok2)))
		must(t, c.SetTunnel("[2001:db8::1]:8443", header))
		request(t, c, "GET", "/")
		answer(t, c)
	})
	t.Run("refused", func(t *testing.T) {
		long := strings.Repeat("x", 70<<10)
		for _, answer := range []string{
			"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 71680\r\n\r\n" + long,
			"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nConnection: close\r\n\r\n" + long,
		} {
			c, p := dialing(t, "proxy.example", conn.Options{}, script(connect("example.com:80"), Send(answer)))
			must(t, c.SetTunnel("example.com", header))
			err := c.Connect(t.Context())
			e := wantError[*conn.TunnelError](t, err)
			if e.Status != 407 || e.Reason != "Proxy Authentication Required" || e.Fields.Get("Proxy-Authenticate") != "Basic" || string(e.Body) != long[:64<<10] || e.Target != "example.com:80" {
				t.Errorf("%d %q %v, %d bytes", e.Status, e.Reason, e.Fields, len(e.Body))
			}
			if outer := wantError[*conn.Error](t, err); outer.Phase != trace.Connect || !outer.Proxy || outer.Sent || !errors.Is(err, conn.ErrHTTP) {
				t.Errorf("%+v", outer)
			}
			if want := "connecting to proxy proxy.example:80: no tunnel to example.com:80: 407 Proxy Authentication Required"; err.Error() != want {
				t.Error(err)
			}
			if len(p.dialed) != 1 || c.ProxyResponse() != nil {
				t.Error(p.dialed, c.ProxyResponse())
			}
		}
	})
	t.Run("what a proxy must not do", func(t *testing.T) {
		for _, answer := range []string{
			"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", // the origin has not been spoken to
			"HTTP/1.1 101 Switching Protocols\r\n\r\n",
			"HTTP/1.1 200 O\x00K\r\n\r\n",
			strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 17),
			"",
			"HTTP/1.1 200",
		} {
			c, _ := dialing(t, "proxy.example", conn.Options{}, script(ReadHead{}, Send(answer), Close{}))
			must(t, c.SetTunnel("example.com", header))
			if err := c.Connect(t.Context()); !errors.Is(err, conn.ErrHTTP) || !wantError[*conn.Error](t, err).Proxy {
				t.Errorf("%q: %v", answer, err)
			}
		}
	})
	t.Run("what is refused here", func(t *testing.T) {
		c, _ := dialing(t, "proxy.example", conn.Options{})
		for _, host := range []string{"", "a b", "a@b", "a:x", "a:0", "a\r\nb", "http://a"} {
			if err := c.SetTunnel(host, nil); !errors.Is(err, conn.ErrInvalidURL) {
				t.Errorf("%q: %v", host, err)
			}
		}
		for _, f := range []conn.Fields{fields("A", "b\r\nc"), fields("A b", "c"), fields("Content-Length", "5"), fields("transfer-encoding", "chunked")} {
			wantError[*conn.RequestError](t, c.SetTunnel("example.com", f))
		}
		c, _ = pipe(t)
		wantError[*conn.StateError](t, c.SetTunnel("example.com", nil))
	})
	t.Run("a silent proxy", func(t *testing.T) {
		c, _ := dialing(t, "proxy.example", conn.Options{Limits: trace.Limits{Connect: 20 * time.Millisecond}}, script(ReadHead{}, Stall(0)))
		must(t, c.SetTunnel("example.com", nil))
		err := c.Connect(t.Context())
		if e := wantError[*conn.Error](t, err); e.Phase != trace.Connect || !e.Proxy || e.Setting != "Limits.Connect" || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%+v", e)
		}
	})
}
