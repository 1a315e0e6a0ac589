package conn_test

// Requests put by hand to servers as they are met: nginx, Apache and Python's http.server, with
// tinyproxy in between, on the loopback.

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/internal/realserver"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

func TestRealNginx(t *testing.T)  { byHand(t, site{realserver.Nginx(t), false}) }
func TestRealApache(t *testing.T) { byHand(t, site{realserver.Apache(t), true}) }

// A site is a server that may be able to say what it was sent.
type site struct {
	*realserver.Server
	sums bool
}

// upload returns where to post a body, and the answer if it arrives as it is.
func (s site) upload(body []byte) (target, want string) {
	if s.sums {
		return "/sha256", fmt.Sprintf("%x\n", sha256.Sum256(body))
	}
	return "/post", "posted\n"
}

// byHand does with a server all that can be done by hand, over plain TCP and over TLS.
func byHand(t *testing.T, s site) {
	for name, test := range map[string]func(*testing.T, site, *conn.Conn){
		"documents": documentsByHand, "uploads": uploadsByHand, "idle": idleByHand, "early answer": earlyAnswerByHand,
	} {
		t.Run(name+"/plain", func(t *testing.T) { test(t, s, connTo(t, s.Server, s.Plain)) })
		t.Run(name+"/TLS", func(t *testing.T) { test(t, s, connTo(t, s.Server, s.Secure)) })
	}
}

// connTo makes a connection to an origin, which trusts a server. The test's end closes it.
func connTo(t *testing.T, s *realserver.Server, origin string) *conn.Conn {
	t.Helper()
	open, opt := conn.HTTP, conn.Options{}
	if strings.HasPrefix(origin, "https:") {
		open, opt.TLS = conn.HTTPS, &tls.Config{RootCAs: x509.NewCertPool()}
		opt.TLS.RootCAs.AppendCertsFromPEM(s.CA)
	}
	c, err := open(hostPort(origin), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// hostPort returns where a server listens.
func hostPort(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return host
}

// ask sends a request and reads the answer.
func ask(t *testing.T, c *conn.Conn, method, target string, header conn.Fields, body io.Reader) (*conn.Response, string) {
	t.Helper()
	if err := c.Request(t.Context(), method, target, header, body); err != nil {
		t.Fatal(err)
	}
	return answer(t, c)
}

// wants fails the test unless the answer to a request is of that status and body.
func wants(t *testing.T, c *conn.Conn, method, target string, body io.Reader, status int, want string) *conn.Response {
	t.Helper()
	res, got := ask(t, c, method, target, nil, body)
	check(t, res, got, status, want)
	return res
}

func check(t *testing.T, res *conn.Response, got string, status int, want string) {
	t.Helper()
	if res.Status != status || got != want {
		t.Errorf("%s: %d %s with %.100q (%d bytes), want %d with %.100q", res.URL(), res.Status, res.Reason, got, len(got), status, want)
	}
}

// wantsLarge reads the large document in pieces of 200 bytes. On a busy machine that takes so
// long that the server, which has sent all of it, finds the connection idle and closes it.
func wantsLarge(t *testing.T, c *conn.Conn, s *realserver.Server) *conn.Response {
	t.Helper()
	if err := c.Request(t.Context(), "GET", "/large.bin", nil, nil); err != nil {
		t.Fatal(err)
	}
	res, err := c.Response()
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	n, err := io.CopyBuffer(&got, struct{ io.Reader }{res.Body}, make([]byte, 200)) // and not Body.WriteTo
	if err != nil || n != realserver.LargeSize || res.Length != n || !res.Body.Closed() {
		t.Errorf("%d bytes of %d, closed: %v: %v", n, res.Length, res.Body.Closed(), err)
	}
	check(t, res, got.String(), 200, string(s.Large))
	return res
}

// wantSocket fails the test unless the connection still has that socket.
func wantSocket(t *testing.T, c *conn.Conn, socket net.Conn) {
	t.Helper()
	if c.Closed() || c.NetConn() != socket {
		t.Errorf("closed: %v, another socket: %v", c.Closed(), c.NetConn() != socket)
	}
}

func documentsByHand(t *testing.T, s site, c *conn.Conn) {
	wants(t, c, "GET", "/small.txt", nil, 200, "small\n")
	socket := c.NetConn()
	for range 3 {
		res := wants(t, c, "GET", "/small.txt", nil, 200, "small\n")
		if res.Version != 11 || res.WillClose || res.Length != 6 || res.Reason != "OK" {
			t.Errorf("%+v", res)
		}
		wants(t, c, "GET", "/large.bin", nil, 200, string(s.Large))
		if res = wants(t, c, "HEAD", "/large.bin", nil, 200, ""); res.Length != realserver.LargeSize {
			t.Errorf("HEAD: length %d", res.Length)
		}
		if res, _ = ask(t, c, "GET", "/none", nil, nil); res.Status != 404 {
			t.Errorf("%d %s", res.Status, res.Reason)
		}
	}
	wantSocket(t, c, socket)
	wantsLarge(t, c, s.Server)
}

func uploadsByHand(t *testing.T, s site, c *conn.Conn) {
	wants(t, c, "GET", "/small.txt", nil, 200, "small\n")
	socket := c.NetConn()
	for _, n := range []int{0, 1, 1 << 10, 1 << 20} {
		body := s.Large[:n]
		target, want := s.upload(body)
		wants(t, c, "POST", target, bytes.NewReader(body), 200, want)
		wants(t, c, "POST", target, io.MultiReader(bytes.NewReader(body)), 200, want) // of unknown length
		wants(t, c, "POST", target, fileOf(t, body), 200, want)
		for _, framing := range framings(n) {
			for how, send := range map[string]func() (int64, error){
				"Write":    func() (int64, error) { return writeTwice(c, body) },
				"ReadFrom": func() (int64, error) { return c.ReadFrom(fileOf(t, body)) }, // sendfile, if it can
			} {
				if err := errors.Join(c.PutRequest(t.Context(), "POST", target), c.PutHeader(framing.Name, framing.Value), c.EndHeaders()); err != nil {
					t.Fatal(err)
				}
				m, err := send()
				if err = errors.Join(err, c.EndBody()); err != nil || m != int64(n) {
					t.Fatalf("%s, %v: %d bytes, %v", how, framing, m, err)
				}
				res, got := answer(t, c)
				check(t, res, got, 200, want)
			}
		}
	}
	wants(t, c, "GET", "/small.txt", nil, 200, "small\n") // nothing is left of the last body
	wantSocket(t, c, socket)
}

// framings are the fields that frame a body of that size.
func framings(size int) conn.Fields {
	return conn.Fields{{Name: "Content-Length", Value: strconv.Itoa(size)}, {Name: "Transfer-Encoding", Value: "chunked"}}
}

// writeTwice sends a body in two pieces.
func writeTwice(c *conn.Conn, body []byte) (int64, error) {
	n, err := c.Write(body[:len(body)/3])
	m, err2 := c.Write(body[len(body)/3:])
	return int64(n + m), errors.Join(err, err2)
}

// fileOf returns a file of which the body is what has not been read yet.
func fileOf(t *testing.T, body []byte) *os.File {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	_, err = f.WriteString("read" + string(body))
	if _, err2 := f.Seek(4, io.SeekStart); err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return f
}

// The server closes a connection that has been idle for a second. The next request opens
// another, though it is one that must not be sent twice.
func idleByHand(t *testing.T, _ site, c *conn.Conn) {
	wants(t, c, "GET", "/small.txt", nil, 200, "small\n")
	socket := c.NetConn()
	awaitGone(t, c)
	wants(t, c, "POST", "/post", strings.NewReader("once"), 200, "posted\n")
	if c.NetConn() == socket {
		t.Error("the connection was used again")
	}
}

// awaitGone waits until the server has closed an idle connection.
func awaitGone(t *testing.T, c *conn.Conn) {
	t.Helper()
	for range 1000 {
		if !c.Alive() {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatal("the server does not close the idle connection")
}

// The server refuses a large body while that is being sent. Over TLS nobody hears that before
// all has been sent, or cannot be.
func earlyAnswerByHand(t *testing.T, _ site, c *conn.Conn) {
	const size = 50 << 20
	for _, framing := range framings(size) {
		body := bytes.NewReader(make([]byte, size))
		err := c.Request(t.Context(), "POST", "/small-only", conn.Fields{framing}, body)
		if c.TLS() == nil && (err != nil || body.Len() == 0) {
			t.Errorf("%v: %d bytes not sent of a body that is not wanted: %v", framing, body.Len(), err)
		}
		if res, _ := answer(t, c); res.Status != 413 {
			t.Errorf("%v: %d %s", framing, res.Status, res.Reason)
		}
		wants(t, c, "GET", "/small.txt", nil, 200, "small\n")
	}
}

// Python's http.server speaks HTTP/1.0, and closes the connection after each answer.
func TestRealPython(t *testing.T) {
	s := realserver.Python(t)
	c := connTo(t, s, s.Plain)
	var sockets []net.Conn
	closes := func(res *conn.Response) {
		t.Helper()
		if res.Version != 10 || !res.WillClose || res.Chunked || !c.Closed() || c.Alive() {
			t.Errorf("%+v, closed: %v, alive: %v", res, c.Closed(), c.Alive())
		}
		if slices.Contains(sockets, c.NetConn()) {
			t.Errorf("%d on a connection that was closed", res.Status)
		}
		sockets = append(sockets, c.NetConn())
	}
	for range 2 {
		closes(wants(t, c, "GET", "/small.txt", nil, 200, "small\n"))
		closes(wantsLarge(t, c, s))
		res := wants(t, c, "HEAD", "/large.bin", nil, 200, "")
		if closes(res); res.Length != realserver.LargeSize {
			t.Errorf("HEAD: length %d", res.Length)
		}
		res, got := ask(t, c, "GET", "/none", nil, nil)
		if closes(res); res.Status != 404 || res.Reason != "File not found" || res.Length != int64(len(got)) {
			t.Errorf("%d %s, length %d: %q", res.Status, res.Reason, res.Length, got)
		}
		// It reads no body, so that a large one cannot be sent whole; the answer is there all the
		// same, and Response says what came of it.
		for _, size := range []int{0, 10, 50 << 20} {
			_ = c.Request(t.Context(), "POST", "/small.txt", nil, bytes.NewReader(make([]byte, size)))
			res, got = answer(t, c)
			if closes(res); res.Status != 501 || res.Reason != "Unsupported method ('POST')" || res.Length != int64(len(got)) {
				t.Errorf("%d bytes: %d %s, length %d: %q", size, res.Status, res.Reason, res.Length, got)
			}
		}
	}
}

// What the proxy asks for, as tinyproxy's configuration has it and as the field.
const proxyLogin = "godwit secret"

var credentials = conn.Fields{{Name: "Proxy-Authorization", Value: "Basic Z29kd2l0OnNlY3JldA=="}}

// through makes a connection to an origin of a server that goes through a proxy. This is called
// localhost, for which there is no certificate.
func through(t *testing.T, proxy, s *realserver.Server, origin string, header conn.Fields) *conn.Conn {
	t.Helper()
	scheme, _, _ := strings.Cut(origin, "://")
	_, port, _ := strings.Cut(hostPort(proxy.Plain), ":")
	c := connTo(t, s, scheme+"://localhost:"+port)
	if err := c.SetTunnel(hostPort(origin), header); err != nil {
		t.Fatal(err)
	}
	return c
}

// wantTunnel fails the test unless the proxy has opened a tunnel.
func wantTunnel(t *testing.T, c *conn.Conn, origin string) {
	t.Helper()
	p := c.ProxyResponse()
	if p == nil || p.Status != 200 || p.URL() != hostPort(origin) || !strings.HasPrefix(p.Joined("Proxy-agent", ""), "tinyproxy/") {
		t.Errorf("the proxy answered %+v", p)
	}
}

// A tunnel carries what a connection does, and the origin never sees what the proxy was told.
func TestRealTunnel(t *testing.T) {
	s, proxy := realserver.Nginx(t), realserver.Tinyproxy(t, "BasicAuth "+proxyLogin)
	for name, origin := range map[string]string{"plain": s.Plain, "TLS": s.Secure} {
		t.Run(name, func(t *testing.T) {
			// What nginx says of the field is true.
			res, got := ask(t, connTo(t, s, origin), "GET", "/proxy-authorization", credentials, nil)
			check(t, res, got, 200, credentials[0].Value)
			c := through(t, proxy, s, origin, credentials)
			res = wants(t, c, "GET", "/proxy-authorization", nil, 200, "")
			wantTunnel(t, c, origin)
			if want := origin + "/proxy-authorization"; res.URL() != want || (c.TLS() != nil) != (origin == s.Secure) {
				t.Errorf("URL %s, want %s; TLS: %v", res.URL(), want, c.TLS() != nil)
			}
			socket := c.NetConn()
			wants(t, c, "POST", "/post", io.MultiReader(bytes.NewReader(s.Large[:1<<20])), 200, "posted\n")
			wantSocket(t, c, socket)
			wantsLarge(t, c, s)
			awaitGone(t, c) // nginx closes its end, and the next request digs another tunnel
			wants(t, c, "GET", "/proxy-authorization", nil, 200, "")
			if c.NetConn() == socket {
				t.Error("the connection was used again")
			}
		})
	}
}

// The certificate has to be that of the host behind the tunnel.
func TestRealTunnelName(t *testing.T) {
	s, proxy := realserver.Nginx(t), realserver.Tinyproxy(t)
	origin := strings.Replace(s.Secure, "127.0.0.1", "localhost", 1)
	c := through(t, proxy, s, origin, nil)
	err := c.Request(t.Context(), "GET", "/small.txt", nil, nil)
	if e := wantError[*conn.Error](t, err); e.Phase != trace.TLS || e.Sent || wantError[*tlserr.Error](t, err).Cause != tlserr.NameMismatch {
		t.Errorf("phase %v, sent: %v: %v", e.Phase, e.Sent, err)
	}
	wantTunnel(t, c, origin)
}

// wantRefusal fails the test unless err says how tinyproxy refused a tunnel.
func wantRefusal(t *testing.T, err error, origin string, status int, reason, body string) *conn.TunnelError {
	t.Helper()
	e := wantError[*conn.TunnelError](t, err)
	if e.Target != hostPort(origin) || e.Status != status || e.Reason != reason ||
		!strings.HasPrefix(e.Fields.Get("Server"), "tinyproxy/") || !strings.Contains(string(e.Body), body) {
		t.Errorf("%+v with %q", e, e.Body)
	}
	if whole := wantError[*conn.Error](t, err); whole.Phase != trace.Connect || !whole.Proxy || whole.Sent || !errors.Is(err, conn.ErrHTTP) {
		t.Errorf("%+v", whole)
	}
	return e
}

// The proxy allows tunnels to one port only.
func TestRealTunnelRefused(t *testing.T) {
	s := realserver.Nginx(t)
	_, port, _ := strings.Cut(hostPort(s.Secure), ":")
	proxy := realserver.Tinyproxy(t, "ConnectPort "+port)
	wants(t, through(t, proxy, s, s.Secure, nil), "GET", "/small.txt", nil, 200, "small\n")
	c := through(t, proxy, s, s.Plain, nil)
	refused := func(err error) {
		t.Helper()
		wantRefusal(t, err, s.Plain, 403, "Access violation", "CONNECT method not allowed")
	}
	refused(c.Connect(t.Context()))
	refused(c.Request(t.Context(), "GET", "/", nil, nil))
	refused(errors.Join(c.PutRequest(t.Context(), "GET", "/"), c.EndHeaders()))
	_, err := c.Response() // which returns what the steps before have met
	refused(err)
}

// The proxy wants to know who asks.
func TestRealTunnelAuthentication(t *testing.T) {
	s, proxy := realserver.Nginx(t), realserver.Tinyproxy(t, "BasicAuth "+proxyLogin)
	c := through(t, proxy, s, s.Secure, nil)
	err := c.Request(t.Context(), "GET", "/small.txt", nil, nil)
	e := wantRefusal(t, err, s.Secure, 407, "Proxy Authentication Required", "requires authentication")
	if got := e.Fields.Get("Proxy-Authenticate"); got != `Basic realm="Tinyproxy"` || c.ProxyResponse() != nil {
		t.Errorf("asks for %q; a tunnel: %+v", got, c.ProxyResponse())
	}
	// Nothing is open, so that the tunnel can be set once more.
	if err := c.SetTunnel(hostPort(s.Secure), credentials); err != nil {
		t.Fatal(err)
	}
	wants(t, c, "GET", "/small.txt", nil, 200, "small\n")
	wantTunnel(t, c, s.Secure)
	wantError[*conn.StateError](t, c.SetTunnel(hostPort(s.Plain), nil))
}
