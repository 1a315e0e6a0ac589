package godwit

// Unix sockets, static hosts, families and the guard, through whole calls.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// unixServer serves on a unix socket, and returns its path and how it stands in a URL.
func unixServer(t *testing.T, h http.HandlerFunc) (path, inURL string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "a.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(h)
	srv.Listener.Close()
	srv.Listener = ln
	srv.Start()
	t.Cleanup(srv.Close)
	return path, "http+unix://" + url.PathEscape(path)
}

func tcpServer(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// echo says what it has been asked, and what it has been shown.
func echo(where string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s%s auth=%q cookie=%q", where, r.Method, r.Host, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Cookie"))
	}
}

func ownSession(t *testing.T, defaults ...Option) *Session {
	t.Helper()
	s := NewSession(append([]Option{NoEnv{Proxy: true, Netrc: true}}, defaults...)...)
	tr := &transport.Transport{}
	s.Transport = tr
	t.Cleanup(func() { tr.Close() })
	return s
}

// A socket may be named by the URL, by the BaseURL, by a template, or by the option.
func TestUnixSocketCalls(t *testing.T) {
	path, sock := unixServer(t, echo("unix"))
	for name, call := range map[string]func() (*Response, error){
		"URL":        func() (*Response, error) { return Get(t.Context(), sock+"/v1/x?a=b#f", Params{"c": "d"}) },
		"BaseURL":    func() (*Response, error) { return Get(t.Context(), "x?a=b", BaseURL(sock+"/v1/"), Params{"c": "d"}) },
		"BaseURL, /": func() (*Response, error) { return Get(t.Context(), "/x?a=b", BaseURL(sock+"/v1"), Params{"c": "d"}) },
		"template": func() (*Response, error) {
			return Get(t.Context(), sock+"/v1/{x}{?a,c}", URI{"x": "x", "a": "b", "c": "d"})
		},
		"upper case":   func() (*Response, error) { return Get(t.Context(), "HTTP+UNIX"+sock[9:]+"/v1/x?a=b&c=d") },
		"the option":   func() (*Response, error) { return Get(t.Context(), "http://localhost/v1/x?a=b&c=d", UnixSocket(path)) },
		"both":         func() (*Response, error) { return Get(t.Context(), sock+"/v1/x?a=b&c=d", UnixSocket("/nonexistent")) },
		"with a proxy": func() (*Response, error) { return Get(t.Context(), sock+"/v1/x?a=b&c=d", Proxy("http://127.0.0.1:1")) },
		"prepared": func() (*Response, error) {
			s := new(Session)
			req, err := s.Prepare(t.Context(), "GET", sock+"/v1/x?a=b&c=d")
			if err != nil {
				return nil, err
			}
			return s.Send(req)
		},
		"somebody's request": func() (*Response, error) {
			u, err := transport.ParseSocketURL(sock + "/v1/x?a=b&c=d")
			if err != nil {
				return nil, err
			}
			return new(Session).Send(&http.Request{Method: "GET", URL: u})
		},
	} {
		res, err := call()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := res.Text(), `unix GET localhost/v1/x?a=b&c=d auth="" cookie=""`; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if c := res.Attempts[0].Conn; c.Unix != path || c.Remote.IsValid() {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if res, err := Get(t.Context(), sock+"/x", Header{"Host": "daemon.example"}); err != nil || !strings.HasPrefix(res.Text(), "unix GET daemon.example/x") {
		t.Errorf("%v, %v", res, err)
	}
	if res, err := Put(t.Context(), sock+"/x", Bytes(make([]byte, 1<<20), "")); err != nil || res.StatusCode != 200 {
		t.Errorf("%v, %v", res, err)
	}
	for _, bad := range []string{
		"http+unix://run/a.sock", "http+unix:///run/a.sock", "http+unix://", "unix://%2Frun%2Fa.sock/", "ftp+unix://%2Frun%2Fa.sock/",
		"http+unix://user@%2Frun%2Fa.sock/", "http+unix://%2Frun%00/", "http+unix://localhost/",
	} {
		if _, err := Get(t.Context(), bad); !errors.Is(err, ErrURL) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	_, err := Get(t.Context(), "http+unix://%2Fnonexistent%2Fa.sock/x")
	if want := "GET http+unix://%2Fnonexistent%2Fa.sock/x: connecting to unix:/nonexistent/a.sock: no such file or directory"; !errors.Is(err, ErrConnect) || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// What is said for a socket stays there, and what is said for localhost does not come to it.
func TestUnixSocketIsAnOrigin(t *testing.T) {
	_, sock := unixServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/set" {
			http.SetCookie(w, &http.Cookie{Name: "of", Value: "unix"})
		}
		echo("unix")(w, r)
	})
	tcp := tcpServer(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "of", Value: "tcp"})
		echo("tcp")(w, r)
	})
	localhost := strings.Replace(tcp, "127.0.0.1", "localhost", 1)

	s := ownSession(t)
	for _, u := range []string{sock + "/set", localhost} {
		if _, err := s.Get(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	if res, err := s.Get(t.Context(), sock+"/"); err != nil || !strings.Contains(res.Text(), `cookie=""`) {
		t.Errorf("%v, %v", res, err)
	}
	if res, err := s.Get(t.Context(), localhost); err != nil || !strings.Contains(res.Text(), `cookie="of=tcp"`) {
		t.Errorf("%v, %v", res, err)
	}
	// A Secret is bound to the first origin that it is sent to.
	secret := Secret("hunter2")
	s = ownSession(t, BaseURL(sock), Header{"Authorization": secret})
	if res, err := s.Get(t.Context(), "/"); err != nil || !strings.Contains(res.Text(), `auth="hunter2"`) {
		t.Errorf("%v, %v", res, err)
	}
	if res, err := s.Get(t.Context(), localhost); err != nil || !strings.Contains(res.Text(), `auth=""`) {
		t.Errorf("%v, %v", res, err)
	}
}

// Redirects of a server on a socket: on the socket while they name no host, and away from it for
// good otherwise. Nobody leads to one.
func TestUnixSocketAndRedirects(t *testing.T) {
	var sock, tcp string
	path, sock := unixServer(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/relative":
			w.Header().Set("Location", "/there?x")
		case "/away":
			w.Header().Set("Location", tcp+"/there")
		case "/bounce":
			w.Header().Set("Location", tcp+"/back")
		case "/self":
			w.Header().Set("Location", sock+"/there")
		case "/host":
			w.Header().Set("Location", "//%2Frun%2Fother.sock/there")
		default:
			echo("unix")(w, r)
			return
		}
		w.WriteHeader(302)
	})
	tcp = tcpServer(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/back":
			w.Header().Set("Location", strings.Replace(tcp, "127.0.0.1", "localhost", 1)+"/there")
		case "/to":
			w.Header().Set("Location", r.URL.Query().Get("u"))
		default:
			echo("tcp")(w, r)
			return
		}
		w.WriteHeader(302)
	})
	for _, c := range []struct{ url, want string }{
		{sock + "/relative", `unix GET localhost/there?x auth="Basic YTpi"`},
		{sock + "/away", `tcp GET ` + tcp[7:] + `/there auth=""`},
		{sock + "/bounce", `tcp GET localhost` + tcp[strings.LastIndex(tcp, ":"):] + `/there auth=""`},
	} {
		res, err := ownSession(t).Get(t.Context(), c.url, BasicAuth("a", "b"))
		if err != nil || !strings.HasPrefix(res.Text(), c.want) {
			t.Errorf("%s: %v, %v; want %s", c.url, res, err, c.want)
		}
	}
	for _, u := range []string{
		sock + "/self", sock + "/host",
		tcp + "/to?u=" + url.QueryEscape(sock+"/x"), tcp + "/to?u=" + url.QueryEscape("https"+sock[4:]), tcp + "/to?u=http%2Bunix:" + path,
		tcp + "/to?u=" + url.QueryEscape("http+unix://%40abstract/"), tcp + "/to?u=" + url.QueryEscape("http+unix://run/x"),
		tcp + "/to?u=" + url.QueryEscape("unix:"+path),
	} {
		if res, err := ownSession(t).Get(t.Context(), u); !errors.Is(err, ErrLocation) {
			t.Errorf("%s: %v, %v", u, res, err)
		}
	}
	// The option is for the whole call, as curl's is.
	res, err := ownSession(t).Get(t.Context(), "http://a.example/away", UnixSocket(path), BasicAuth("a", "b"))
	if want := `unix GET ` + tcp[7:] + `/there auth=""`; err != nil || !strings.HasPrefix(res.Text(), want) {
		t.Errorf("%v, %v; want %s", res, err, want)
	}
}

func TestResolveCalls(t *testing.T) {
	a, b := tcpServer(t, echo("a")), tcpServer(t, echo("b"))
	s := ownSession(t, Resolve{"*": a[7:]})
	for _, c := range []struct {
		url  string
		opts []Option
		want string
	}{
		{"http://x.example:81/y", nil, "a GET x.example:81/y"},
		{"http://x.example/", []Option{Resolve{"x.example:80": b[7:]}}, "b GET x.example/"},
		{"http://x.example:81/", []Option{Resolve{"x.example:80": b[7:]}}, "a GET x.example:81/"},
		{b, []Option{Resolve{"*": ""}}, "b GET " + b[7:] + "/"},
		{"http://x.example/", []Option{Resolve{"x.example": "localhost" + b[strings.LastIndex(b, ":"):]}}, "b GET x.example/"},
	} {
		res, err := s.Get(t.Context(), c.url, c.opts...)
		if err != nil || !strings.HasPrefix(res.Text(), c.want) {
			t.Errorf("%s, %v: %v, %v", c.url, c.opts, res, err)
		}
	}
}

func TestFamiliesAndInterface(t *testing.T) {
	srv := tcpServer(t, echo("a"))
	port := srv[strings.LastIndex(srv, ":"):]
	s := ownSession(t)
	for _, c := range []struct {
		url string
		opt Option
		ok  bool
	}{
		{srv, IPv4Only, true},
		{srv, IPv6Only, false},
		{"http://localhost" + port, IPv4Only, true},
		{"http://localhost" + port, Defaults{IPv6Only, IPv4Only}, true},
		{srv, Interface("127.0.0.1"), true},
		{srv, Interface("::1"), false},
		{srv, Interface("no-such0"), false},
	} {
		res, err := s.Get(t.Context(), c.url, c.opt)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrConnect) {
			t.Errorf("%s, %v: %v, %v", c.url, c.opt, res, err)
		}
		if err == nil && res.Attempts[0].Conn.Local.Addr() != netip.MustParseAddr("127.0.0.1") {
			t.Errorf("%+v", res.Attempts[0].Conn)
		}
	}
}

// Who leads a call to an address that is not public, and how often it is tried.
func TestPublicOnlyCalls(t *testing.T) {
	var reached atomic.Int32
	inside := tcpServer(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	outside := tcpServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("u"))
		w.WriteHeader(307)
	})
	port := inside[strings.LastIndex(inside, ":"):]
	tr := &transport.Transport{Resolver: lookUpFunc(func(host string) []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} })}
	defer tr.Close()
	s := &Session{Transport: tr, Defaults: Defaults{NoEnv{Proxy: true, Netrc: true}, PublicOnly(outside[7:])}}
	for _, u := range []string{
		inside, "http://localhost" + port, "http://rebinding.example" + port, "http://[::1]" + port, "http://[::ffff:127.0.0.1]" + port,
		"http://[64:ff9b::7f00:1]" + port, "http://[2002:7f00:1::]" + port, "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/",
	} {
		for _, from := range []string{u, outside + "/?u=" + url.QueryEscape(u)} {
			_, err := s.Post(t.Context(), from, JSON(1), Retry{Max: 5}, IdempotencyKey)
			e, ok := errors.AsType[*Error](err)
			if !ok || !errors.Is(err, ErrNotPublic) || !errors.Is(err, ErrConnect) || e.Sent != Unsent {
				t.Errorf("%s: %v", from, err)
				continue
			}
			if want := 1; from != u {
				if want = 2; len(e.Attempts) != want {
					t.Errorf("%s: %d attempts", from, len(e.Attempts))
				}
			} else if len(e.Attempts) != want {
				t.Errorf("%s: %d attempts", from, len(e.Attempts))
			}
			if np, ok := errors.AsType[*transport.NotPublicError](err); !ok || np.Addr == "" || np.Rule == "" {
				t.Errorf("%s: %+v", from, np)
			}
		}
	}
	// Numbers that some take for addresses are no hosts.
	for _, host := range []string{"0x7f.1", "2130706433", "0177.0.0.1", "127.1", "0x7f000001", "127.0.0.1.", "①②⑦.0.0.1"} {
		_, err := s.Get(t.Context(), "http://"+host+port)
		if err == nil || !errors.Is(err, ErrURL) && !errors.Is(err, ErrNotPublic) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := s.Get(t.Context(), "http+unix://%2Frun%2Fa.sock/"); !errors.Is(err, ErrNotPublic) {
		t.Error(err)
	}
	if reached.Load() != 0 {
		t.Errorf("reached %d times", reached.Load())
	}
	if _, err := s.Get(t.Context(), inside, PublicOnly("127.0.0.0/8")); err != nil {
		t.Error(err)
	}
}

type lookUpFunc func(host string) []netip.Addr

func (f lookUpFunc) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	return f(host), nil
}

// A transport that knows nothing of the guard is not used, not even by a mount.
func TestPublicOnlyNeedsOurTransport(t *testing.T) {
	foreign := RoundTripFunc(func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return nil, errors.New("sent")
	})
	ours := &transport.Transport{}
	defer ours.Close()
	for _, s := range []*Session{
		{Transport: foreign},
		{Transport: ours, Mounts: map[string]http.RoundTripper{"http://": foreign}},
		{Transport: ours, Mounts: map[string]http.RoundTripper{"http://": &Mount{Transport: foreign}}},
		{Transport: &http.Transport{}},
	} {
		if _, err := s.Get(t.Context(), "http://127.0.0.1:1/", PublicOnly()); !errors.Is(err, ErrRequest) {
			t.Errorf("%v", err)
		}
	}
	// What http.Client sends through a session is kept as well.
	client := (&Session{Transport: ours, Defaults: Defaults{PublicOnly()}}).HTTPClient()
	if res, err := client.Get("http://127.0.0.1:1/"); !errors.Is(err, ErrNotPublic) {
		t.Errorf("%v, %v", res, err)
	}
}

// A connection that was opened without the guard, or with another, is not taken by who has it.
func TestPublicOnlyAfterOthers(t *testing.T) {
	srv := tcpServer(t, echo("a"))
	s := ownSession(t)
	for range 2 {
		if _, err := s.Get(t.Context(), srv); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), srv, PublicOnly("127.0.0.1")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), srv, PublicOnly()); !errors.Is(err, ErrNotPublic) {
			t.Error(err)
		}
	}
}

// Many at once, each with its own way.
func TestSocketsAtOnce(t *testing.T) {
	path, sock := unixServer(t, echo("unix"))
	a := tcpServer(t, echo("a"))
	s := ownSession(t)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for range 4 {
				var res *Response
				var err error
				want := "unix GET"
				switch i % 4 {
				case 0:
					res, err = s.Get(t.Context(), sock+"/")
				case 1:
					res, err = s.Get(t.Context(), "http://localhost/", UnixSocket(path))
				case 2:
					want = "a GET"
					res, err = s.Get(t.Context(), "http://localhost/", Resolve{"localhost": a[7:]}, PublicOnly("localhost"))
				case 3:
					_, err = s.Get(t.Context(), a, PublicOnly())
					if !errors.Is(err, ErrNotPublic) {
						t.Error(err)
					}
					continue
				}
				if err != nil || !strings.HasPrefix(res.Text(), want) {
					t.Errorf("%v, %v; want %s", res, err, want)
				}
			}
		})
	}
	all.Wait()
}

// A resolver and a dialer for one call.
func TestOwnResolverAndDialer(t *testing.T) {
	srv := tcpServer(t, echo("a"))
	port := srv[strings.LastIndex(srv, ":"):]
	s := ownSession(t)
	res, err := s.Get(t.Context(), "http://x.example"+port, OptionFunc(func(r *Request) error {
		r.Resolver = lookUpFunc(func(string) []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} })
		return nil
	}))
	if err != nil || !strings.HasPrefix(res.Text(), "a GET x.example") {
		t.Errorf("%v, %v", res, err)
	}
	res, err = s.Get(t.Context(), "http://x.example", OptionFunc(func(r *Request) error {
		r.Dialer = &elsewhere{srv[7:]}
		return nil
	}))
	if err != nil || !strings.HasPrefix(res.Text(), "a GET x.example") {
		t.Errorf("%v, %v", res, err)
	}
}

type elsewhere struct{ addr string }

func (d *elsewhere) DialContext(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, d.addr)
}

var _ transport.Dialer = (*elsewhere)(nil)

// The tracer is told of the socket as of any other.
func TestUnixSocketTraced(t *testing.T) {
	path, sock := unixServer(t, echo("unix"))
	var phases []string
	s := ownSession(t)
	s.Tracer = trace.Func(func(_ context.Context, ev trace.Event) {
		if e, ok := ev.(trace.PhaseStart); ok && e.Phase == trace.Connect {
			phases = append(phases, e.Addr)
		}
	})
	if _, err := s.Get(t.Context(), sock+"/"); err != nil {
		t.Fatal(err)
	}
	if len(phases) != 1 || phases[0] != "unix:"+path {
		t.Errorf("%q", phases)
	}
}
