package transport

// Which way sockets are opened.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/godwit/conn"
	"example.com/godwit/internal/dial"
	"example.com/godwit/trace"
)

// socketServer is a server of net/http on a unix socket, which says what it has been asked and
// over which of its connections. It returns the path of the socket.
func socketServer(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	startOnSocket(t, path, nil)
	return path
}

func startOnSocket(t *testing.T, path string, config *tls.Config) {
	t.Helper()
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var conns atomic.Int32
	type nth struct{}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%s %s %s %d, connection %v", r.Method, r.Host, r.RequestURI, n, r.Context().Value(nth{}))
	}))
	srv.Listener.Close()
	srv.Listener, srv.TLS = ln, config
	srv.Config.ErrorLog = discardLog
	srv.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, nth{}, conns.Add(1))
	}
	if config == nil {
		srv.Start()
	} else {
		srv.StartTLS()
	}
	t.Cleanup(srv.Close)
}

func socketURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := ParseSocketURL(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUnixByOption(t *testing.T) {
	path := socketServer(t, "a.sock")
	noDial := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("dialled") }
	for _, tr := range []*Transport{
		{Sockets: Sockets{Unix: path}},
		{Sockets: Sockets{Unix: path}, Dial: noDial, Resolver: noLookUp{t}, Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.1:1"})},
		{Sockets: Sockets{Unix: path, Hosts: map[string]string{"*": "127.0.0.1:1"}, IPv6Only: true, Interface: "127.0.0.1"}},
	} {
		examined(t, tr)
		for _, want := range []string{
			"GET a.example /x?y 0, connection ",
			"GET a.example /x?y 0, connection ", // the same one: see below
		} {
			if got := do(t, tr, request(t, "GET", "http://a.example/x?y", nil)); !strings.HasPrefix(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		}
		if got := do(t, tr, request(t, "GET", "http://b.example:8080/", nil)); !strings.HasPrefix(got, "GET b.example:8080 / 0") {
			t.Errorf("%q", got)
		}
		if s := tr.Stats(); s.Open != 2 {
			t.Errorf("%+v", s)
		}
	}
}

// noLookUp is for whoever must not look anything up.
type noLookUp struct{ t *testing.T }

func (r noLookUp) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	r.t.Errorf("%s was looked up", host)
	return nil, errors.New("not to be looked up")
}

// Sockets do not share connections, neither with each other nor with TCP, however the URL or the
// option names them.
func TestUnixSocketsAreKeptApart(t *testing.T) {
	a, b := socketServer(t, "a.sock"), socketServer(t, "b.sock")
	tcp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "over TCP") }))
	t.Cleanup(tcp.Close)
	tr := examined(t, &Transport{Dial: dialTo(tcp.Listener.Addr().String())})
	byURL := func(path string) *http.Request {
		req := request(t, "GET", "http://localhost/", nil)
		req.URL = socketURL(t, "http+unix://"+url.PathEscape(path)+"/")
		req.Host = ""
		return req
	}
	byOption := func(path string) *http.Request {
		return with(t, "http://localhost/", &Overrides{Sockets: &Sockets{Unix: path}})
	}
	for range 2 {
		for _, c := range []struct {
			req  *http.Request
			want string
		}{
			{byURL(a), "GET localhost / 0, connection 1"},
			{byURL(b), "GET localhost / 0, connection 1"},
			{byOption(a), "GET localhost / 0, connection 1"}, // as the URL
			{byOption(b), "GET localhost / 0, connection 1"},
			{request(t, "GET", "http://localhost/", nil), "over TCP"},
		} {
			if got := do(t, tr, c.req); got != c.want {
				t.Errorf("%v: %q, want %q", c.req.URL, got, c.want)
			}
		}
	}
	if s := tr.Stats(); s.Open != 3 {
		t.Errorf("%+v", s)
	}
	// The URL is nearer than the option.
	req := byOption(b)
	req.URL = socketURL(t, "http+unix://"+url.PathEscape(a)+"/")
	if got := do(t, tr, req); got != "GET localhost / 0, connection 1" {
		t.Errorf("%q", got)
	}
}

// What is known of the connection, and what the request looks like.
func TestUnixByURL(t *testing.T) {
	path := socketServer(t, "a b.sock")
	tr := examined(t, &Transport{Proxy: func(*http.Request) (*url.URL, error) { return nil, errors.New("asked for a proxy") }})
	var report Report
	var heads []trace.RequestHead
	req := with(t, "http://localhost/", &Overrides{
		Report: func(context.Context) *Report { return &report },
		Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
			if e, ok := ev.(trace.RequestHead); ok {
				heads = append(heads, e)
			}
		}),
	})
	req.URL = socketURL(t, "HTTP+unix://"+url.PathEscape(path)+"/v1/x%20y?q=1")
	req.Host = ""
	res, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.Request != req || req.URL.Scheme != "http+unix" || req.URL.Host != path {
		t.Errorf("%v, of %v", res.Request.URL, req.URL)
	}
	text, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if string(text) != "GET localhost /v1/x%20y?q=1 0, connection 1" {
		t.Errorf("%q", text)
	}
	if c := report.Conn; c.Unix != path || c.Local.IsValid() || c.Remote.IsValid() || c.Protocol != "HTTP/1.1" {
		t.Errorf("%+v", c)
	}
	if len(heads) != 1 || heads[0].URL != "http://localhost/v1/x%20y?q=1" {
		t.Errorf("%+v", heads)
	}
	// A body, which is sent again on another connection if need be.
	for range 2 {
		req := request(t, "PUT", "http://localhost/", strings.NewReader(strings.Repeat("x", 1<<20)))
		req.URL = socketURL(t, "http+unix://"+url.PathEscape(path)+"/")
		req.Host = "b.example"
		if got := do(t, tr, req); got != "PUT b.example / 1048576, connection 1" {
			t.Errorf("%q", got)
		}
	}
}

// A connection that the server has closed while it was idle is replaced.
func TestUnixStale(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan struct{}, 2)
	done := make(chan struct{})
	go func() { // ends with ln
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 4096))
			io.WriteString(c, ok2)
			c.Close()
			closed <- struct{}{}
		}
	}()
	t.Cleanup(func() { ln.Close(); <-done })
	tr := examined(t, &Transport{Sockets: Sockets{Unix: path}})
	for range 2 {
		if got := do(t, tr, request(t, "POST", "http://a.example/", strings.NewReader("x"))); got != "ok" {
			t.Errorf("%q", got)
		}
		<-closed
	}
}

func TestTLSOverUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	srv, ca, _, _ := tlsServer(t)
	startOnSocket(t, path, &tls.Config{Certificates: srv.TLS.Certificates})
	tr := examined(t, &Transport{})
	req := with(t, "https://example.com/", &Overrides{CA: ca, Sockets: &Sockets{Unix: path}})
	if got := do(t, tr, req); got != "GET example.com / 0, connection 1" {
		t.Errorf("%q", got)
	}
	// The certificate is not for localhost, which is what a URL of a socket means.
	req = with(t, "https://localhost/", &Overrides{CA: ca})
	req.URL, req.Host = socketURL(t, "https+unix://"+url.PathEscape(path)+"/"), ""
	if err := fails(t, tr, req); err.Phase != trace.TLS {
		t.Error(err)
	}
	// What is said for one origin is said for the socket if that is the origin.
	req = with(t, "https://localhost/", &Overrides{Insecure: true, Origin: "https://localhost:443"})
	req.URL, req.Host = socketURL(t, "https+unix://"+url.PathEscape(path)+"/"), ""
	if err := fails(t, tr, req); err.Phase != trace.TLS {
		t.Error(err)
	}
	u := req.URL
	req = with(t, "https://localhost/", &Overrides{Insecure: true, Origin: Origin(u)})
	req.URL, req.Host = u, ""
	if got := do(t, tr, req); !strings.HasPrefix(got, "GET localhost / 0") {
		t.Errorf("%q", got)
	}
}

func TestParseSocketURL(t *testing.T) {
	for text, want := range map[string][2]string{
		"http+unix://%2Frun%2Fa.sock/x?y#z":   {"/run/a.sock", "/x?y"},
		"HTTP+UNIX://%2frun%2Fa.sock":         {"/run/a.sock", "/"},
		"https+unix://%2Frun%2Fa%20b.sock?x":  {"/run/a b.sock", "/?x"},
		"http+unix://%40name/":                {"@name", "/"},
		"http+unix://%2Frun%2Fa:80/":          {"/run/a:80", "/"},
		"http+unix://%2Frun%2F%5Ba%5D%2525//": {"/run/[a]%25", "//"},
		"http+unix://%2FRun/%2Frun":           {"/Run", "/%2Frun"},
	} {
		u, err := ParseSocketURL(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if u.Host != want[0] || u.RequestURI() != want[1] || u.Opaque != "" || u.User != nil {
			t.Errorf("%s: %q, %q", text, u.Host, u.RequestURI())
		}
		if again, err := ParseSocketURL(u.String()); err != nil || !reflect.DeepEqual(again, u) {
			t.Errorf("%s becomes %s: %v, %v", text, u, again, err)
		}
		if k, err := keyOf(u); err != nil || k.socket() != want[0] || k.host != "localhost" {
			t.Errorf("%s: %+v, %v", text, k, err)
		}
	}
	for _, text := range []string{
		"", "http+unix", "http+unix:", "http+unix://", "http+unix:///run/a.sock", "http://%2Frun%2Fa.sock/", "unix://%2Frun/",
		"http+unix://run/a.sock", "http+unix://run", "http+unix://..%2Fa.sock/", "http+unix://localhost/", "http+unix://[::1]/",
		"http+unix://u@%2Frun/", "http+unix://@name/", "http+unix://u:p@%2Frun/", "http+unix://%2Frun%00/", "http+unix://%2/", "http+unix://%40/",
		"http+unix://%2F" + strings.Repeat("x", 200) + "/", "http+unix://%2Frun/\x00", "http+unix://%2Frun/%", "ftp+unix://%2Frun/",
	} {
		if u, err := ParseSocketURL(text); err == nil {
			t.Errorf("%q: %#v", text, u)
		}
	}
}

// No URL of text leads to a socket but by ParseSocketURL: not one that a server sends.
func TestNoSocketByRedirect(t *testing.T) {
	path := socketServer(t, "a.sock")
	escaped := url.PathEscape(path)
	for _, location := range []string{
		"http+unix://" + escaped + "/x", "https+unix://" + escaped + "/x", "http+unix:" + path, "http+unix://" + path + "/x",
		"http+unix://run/x", "http+unix://@name/", "http+unix://%40name/", "http+unix:///x", "unix:" + path, "http://unix:" + path + ":/x",
		"http+unix://[" + escaped + "]/x", "http+unix://[::1%25" + escaped + "]/x", "http+unix://localhost" + escaped + "/", "http+unix://u:@" + escaped,
	} {
		addr := serve(t, always("HTTP/1.1 302 Found\r\nLocation: "+location+"\r\nContent-Length: 0\r\n\r\n"))
		tr := examined(t, &Transport{Resolver: noResolver{}}) // "http://unix:…" is a host of that name
		client := &http.Client{Transport: tr}
		res, err := client.Get("http://" + addr + "/")
		if err == nil {
			res.Body.Close()
			t.Errorf("%s: %s", location, res.Status)
		}
	}
}

// Each bad word is refused before anything is dialled, and the request's body is closed.
func TestBadSockets(t *testing.T) {
	for _, c := range []struct {
		s    Sockets
		what string
	}{
		{Sockets{Unix: "a\x00"}, "Sockets.Unix"},
		{Sockets{Unix: strings.Repeat("x", 109)}, "Sockets.Unix"},
		{Sockets{Hosts: map[string]string{"a": ""}}, "Sockets.Hosts"},
		{Sockets{IPv4Only: true, IPv6Only: true}, "Sockets.IPv4Only"},
		{Sockets{PublicOnly: true, Allow: []string{"x y"}}, "Sockets.Allow"},
	} {
		for i, tr := range []*Transport{{Sockets: c.s}, {}} {
			tr.Dial = func(context.Context, string, string) (net.Conn, error) {
				t.Error("dialled")
				return nil, errors.New("dialled")
			}
			examined(t, tr)
			body := &closeCounter{Reader: strings.NewReader("x")}
			req := request(t, "POST", "http://a.example/", body)
			if i == 1 {
				req = req.WithContext(With(req.Context(), &Overrides{Sockets: &c.s}))
			}
			err := fails(t, tr, req)
			if e, ok := errors.AsType[*conn.RequestError](err); !ok || e.What != c.what || err.Sent {
				t.Errorf("%+v: %v", c.s, err)
			}
			if body.closed != 1 {
				t.Errorf("the body was closed %d times", body.closed)
			}
		}
	}
}

type closeCounter struct {
	io.Reader
	closed int
}

func (c *closeCounter) Close() error { c.closed++; return nil }

// The server is told, and its certificate must name, what the URL says, wherever it is.
func TestStaticHosts(t *testing.T) {
	srv, ca, _, _ := tlsServer(t)
	tr := examined(t, &Transport{Resolver: noLookUp{t}})
	for host, want := range map[string]string{"https://example.com/": "example.com", "https://example.com:8443/": "example.com"} {
		req := with(t, host, &Overrides{CA: ca, Sockets: &Sockets{Hosts: map[string]string{"example.com": srv.Listener.Addr().String()}}})
		if got := do(t, tr, req); got != want {
			t.Errorf("%s: %q", host, got)
		}
	}
	// The same said in other words shares a connection, other things do not.
	addr := serve(t, always(ok2))
	_, port, _ := net.SplitHostPort(addr)
	for i, c := range []struct {
		hosts map[string]string
		open  int
	}{
		{map[string]string{"a.example": addr}, 1},
		{map[string]string{"A.EXAMPLE.": addr}, 1},
		{map[string]string{"*": addr}, 2},
		{map[string]string{"a.example:80": "127.0.0.1:" + port}, 3},
	} {
		do(t, tr, with(t, "http://a.example/", &Overrides{Sockets: &Sockets{Hosts: c.hosts}}))
		if s := tr.Stats(); s.Open != 2+c.open {
			t.Errorf("%d: %+v", i, s)
		}
	}
}

// A resolver and a dialer of the request's own.
func TestOwnResolverAndDialer(t *testing.T) {
	addr := serve(t, always(ok2))
	_, port, _ := net.SplitHostPort(addr)
	tr := examined(t, &Transport{})
	dialer := &dialerTo{addr: addr}
	for i, c := range []struct {
		o    *Overrides
		open int // in all by then
	}{
		{&Overrides{Dialer: dialer}, 1},
		{&Overrides{Dialer: dialer}, 1},
		{&Overrides{Dialer: &dialerTo{addr: addr}}, 2},
		{&Overrides{Dialer: dialerFunc(dialTo(addr))}, 3}, // which cannot be compared
		{&Overrides{Dialer: dialerFunc(dialTo(addr))}, 4},
		{&Overrides{Resolver: fixed{"127.0.0.1"}}, 5},
		{&Overrides{Resolver: fixed{"127.0.0.1"}}, 5},
		{&Overrides{Resolver: &fixed{"127.0.0.1"}}, 6},
		{&Overrides{Resolver: lookUp(fixed{"127.0.0.1"}.LookupNetIP)}, 7},
		{&Overrides{Resolver: fixed{"127.0.0.1"}, Sockets: &Sockets{IPv4Only: true}}, 8},
	} {
		do(t, tr, with(t, "http://a.example:"+port+"/", c.o))
		if s := tr.Stats(); s.Open != c.open {
			t.Errorf("%d: %+v, want %d", i, s, c.open)
		}
	}
	if dialer.asked.Load() != 1 {
		t.Errorf("dialled %d times", dialer.asked.Load())
	}
}

type dialerTo struct {
	addr  string
	asked atomic.Int32
}

func (d *dialerTo) DialContext(ctx context.Context, network, _ string) (net.Conn, error) {
	d.asked.Add(1)
	return new(net.Dialer).DialContext(ctx, network, d.addr)
}

type dialerFunc func(ctx context.Context, network, addr string) (net.Conn, error)

func (f dialerFunc) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return f(ctx, network, addr)
}

type lookUp func(ctx context.Context, network, host string) ([]netip.Addr, error)

func (f lookUp) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	return f(ctx, network, host)
}

// fixed is a resolver that gives every name these addresses.
type fixed struct{ addrs string }

func (f fixed) LookupNetIP(context.Context, string, string) (all []netip.Addr, err error) {
	for a := range strings.FieldsSeq(f.addrs) {
		all = append(all, netip.MustParseAddr(a))
	}
	return all, nil
}

// Each field of Sockets alters the key, and each field of what it comes to tells keys apart.
func TestEachFieldOfSockets(t *testing.T) {
	tr := &Transport{}
	seen := map[key]string{wholeKey(t, tr, "http://a.example/", &Overrides{Sockets: &Sockets{}}): "none"}
	values := map[string]any{
		"Unix": "/x", "Hosts": map[string]string{"a.example": "127.0.0.1"}, "Interface": "127.0.0.1",
		"IPv4Only": true, "IPv6Only": true, "PublicOnly": true, "Allow": []string{"127.0.0.1"},
	}
	for f := range reflect.TypeFor[Sockets]().Fields() {
		value, known := values[f.Name]
		if !known {
			t.Errorf("Sockets.%s is new: alter it here", f.Name)
			continue
		}
		s := &Sockets{PublicOnly: f.Name == "Allow"}
		reflect.ValueOf(s).Elem().FieldByIndex(f.Index).Set(reflect.ValueOf(value))
		k := wholeKey(t, tr, "http://a.example/", &Overrides{Sockets: s})
		if other, ok := seen[k]; ok {
			t.Errorf("Sockets.%s has the key of %s", f.Name, other)
		}
		seen[k] = f.Name
	}
	if plain := wholeKey(t, tr, "http://a.example/", &Overrides{}); seen[plain] != "none" {
		t.Error("Sockets that say nothing have a key of their own")
	}
	if runtime.GOOS == "linux" {
		if _, err := keyOf(&url.URL{Scheme: "http+unix", Host: "@a"}); err != nil {
			t.Error(err)
		}
	}
}

// What PublicOnly forbids is not dialled, whoever says so; what the request allows, the Transport
// may still forbid.
func TestPublicOnly(t *testing.T) {
	var dialled atomic.Int32
	addr := serve(t, func(_ int, c net.Conn) {
		dialled.Add(1)
		always(ok2)(0, c)
	})
	_, port, _ := net.SplitHostPort(addr)
	public := Sockets{PublicOnly: true}
	allowing := func(allow ...string) Sockets { return Sockets{PublicOnly: true, Allow: allow} }
	for _, c := range []struct {
		name     string
		t        Sockets // the Transport's
		r        *Sockets
		url      string
		resolver Resolver
		rule     string // "": it is let through
	}{
		{"an address", public, nil, "http://" + addr, nil, "loopback"},
		{"by request", Sockets{}, &public, "http://" + addr, nil, "loopback"},
		{"localhost", public, nil, "http://localhost:" + port, nil, "loopback"},
		{"a name", public, nil, "http://a.example:" + port, fixed{"127.0.0.1"}, "loopback"},
		{"mapped", public, nil, "http://[::ffff:127.0.0.1]:" + port, nil, "loopback"},
		{"NAT64", public, nil, "http://[64:ff9b::7f00:1]:" + port, nil, "NAT64"},
		{"metadata", public, nil, "http://169.254.169.254/latest", nil, "link local"},
		{"static", Sockets{PublicOnly: true, Hosts: map[string]string{"a.example": addr}}, nil, "http://a.example", nil, "loopback"},
		{"a socket", Sockets{PublicOnly: true, Unix: "/x"}, nil, "http://a.example", nil, "a unix socket"},
		{"a socket by request", public, &Sockets{Unix: "/x"}, "http://a.example", nil, "a unix socket"},
		{"allowed", allowing("127.0.0.0/8"), nil, "http://" + addr, nil, ""},
		{"with the port", allowing(addr), nil, "http://" + addr, nil, ""},
		{"another port", allowing("127.0.0.1:1"), nil, "http://" + addr, nil, "loopback"},
		{"a name allowed", allowing("a.example"), nil, "http://a.example:" + port, fixed{"127.0.0.1"}, ""},
		{"allowed by the request alone", public, &Sockets{PublicOnly: true, Allow: []string{"127.0.0.1"}}, "http://" + addr, nil, "loopback"},
		{"allowed by both", allowing("127.0.0.1"), &Sockets{PublicOnly: true, Allow: []string{"127.0.0.1"}}, "http://" + addr, nil, ""},
		{"allowed by the Transport alone", allowing("127.0.0.1"), &public, "http://" + addr, nil, "loopback"},
	} {
		tr := examined(t, &Transport{Sockets: c.t, Resolver: c.resolver})
		req := with(t, c.url, &Overrides{Sockets: c.r, EnvProxy: proxyOn("127.0.0.1:1")})
		if c.rule == "" {
			do(t, tr, req)
			continue
		}
		before := dialled.Load()
		err := fails(t, tr, req)
		e, ok := errors.AsType[*NotPublicError](err)
		if !ok || !strings.Contains(e.Rule, c.rule) || err.Phase != trace.Connect || err.Sent || dialled.Load() != before {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	req := with(t, "http://localhost/", &Overrides{Sockets: &public})
	req.URL, req.Host = socketURL(t, "http+unix://%2Fx/"), ""
	if e, ok := errors.AsType[*NotPublicError](fails(t, examined(t, &Transport{}), req)); !ok || e.Rule != "a unix socket" {
		t.Errorf("%v", e)
	}
}

// A connection that somebody else has opened is checked before anything is sent over it, and one
// that has been kept is checked when it is taken.
func TestPublicOnlyChecksPeers(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	got := make(chan []byte, 1)
	go func() { // ends when near is closed
		b, _ := io.ReadAll(far)
		got <- b
	}()
	for _, peer := range []net.Addr{&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 80}, &net.UnixAddr{Name: "/x"}} {
		tr := examined(t, &Transport{Sockets: Sockets{PublicOnly: true}, Dial: func(context.Context, string, string) (net.Conn, error) {
			return &withPeer{near, peer}, nil
		}})
		if _, ok := errors.AsType[*NotPublicError](fails(t, tr, request(t, "GET", "http://a.example/", nil))); !ok {
			t.Errorf("%v was let through", peer)
		}
	}
	if b := <-got; len(b) > 0 {
		t.Errorf("sent %q", b)
	}

	addr := serve(t, always(ok2))
	moving := &movingPeer{at: &net.TCPAddr{IP: net.IPv4(8, 8, 8, 8), Port: 80}}
	tr := examined(t, &Transport{Sockets: Sockets{PublicOnly: true}, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		nc, err := new(net.Dialer).DialContext(ctx, network, addr)
		return moving.around(nc), err
	}})
	do(t, tr, request(t, "GET", "http://a.example/", nil))
	do(t, tr, request(t, "GET", "http://a.example/", nil))
	moving.at = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}
	if _, ok := errors.AsType[*NotPublicError](fails(t, tr, request(t, "GET", "http://a.example/", nil))); !ok {
		t.Error("a connection was taken whose other end is not public any more")
	}
}

type withPeer struct {
	net.Conn
	peer net.Addr
}

func (c *withPeer) RemoteAddr() net.Addr { return c.peer }

type movingPeer struct {
	net.Conn
	at net.Addr
}

func (m *movingPeer) around(nc net.Conn) net.Conn { m.Conn = nc; return m }
func (m *movingPeer) RemoteAddr() net.Addr        { return m.at }

// The error of a name that is tried over IPv4 alone says which address that leaves out.
func TestFamilies(t *testing.T) {
	addr := serve(t, always(ok2))
	_, port, _ := net.SplitHostPort(addr)
	tr := examined(t, &Transport{Resolver: fixed{"::1 127.0.0.1"}, Sockets: Sockets{IPv4Only: true}})
	do(t, tr, request(t, "GET", "http://a.example:"+port+"/", nil))
	err := fails(t, tr, with(t, "http://127.0.0.1:"+port+"/", &Overrides{Sockets: &Sockets{IPv6Only: true}}))
	if e, ok := errors.AsType[*dial.ConnectError](err); !ok || !strings.Contains(e.Error(), "not IPv6") {
		t.Errorf("%v", err)
	}
}
