package transport

// Connect and Addresses: the way that a request would go, without the request.

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// never is a body that nobody may read or close.
type never struct{ t *testing.T }

func (n never) Read([]byte) (int, error) { n.t.Error("the body was read"); return 0, io.EOF }
func (n never) Close() error             { n.t.Error("the body was closed"); return nil }

func TestConnect(t *testing.T) {
	o := newTLSOrigin(t, ok2)
	tunnel := newScriptedProxy(t, o.addr, tunnel)
	unix := socketServer(t, "probe.sock")
	for _, tt := range []struct {
		name string
		url  string
		over Overrides
		tls  bool
		peer string
	}{
		{"TLS", "https://" + o.addr + "/", Overrides{CA: o.ca}, true, o.addr},
		{"plain", "http://" + o.addr + "/", Overrides{}, false, o.addr},
		{"through a tunnel", "https://" + o.addr + "/", Overrides{CA: o.ca, Proxy: tunnel.rule("u:p")}, true, tunnel.addr},
		{"to a proxy", "http://" + o.addr + "/", Overrides{Proxy: tunnel.rule("")}, false, tunnel.addr},
		{"static host", "https://a.example/", Overrides{CA: o.ca, Insecure: true, Sockets: &Sockets{Hosts: map[string]string{"a.example": o.addr}}}, true, o.addr},
		{"unix socket", "http://a.example/", Overrides{Sockets: &Sockets{Unix: unix}}, false, unix},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := examined(t, &Transport{})
			var took Report
			tt.over.Report = func(context.Context) *Report { return &took }
			req := with(t, tt.url, &tt.over)
			req.Method, req.Body, req.ContentLength = "POST", never{t}, 5
			nc, err := tr.Connect(req)
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			tc, isTLS := nc.(*tls.Conn)
			if isTLS != tt.tls || isTLS && !tc.ConnectionState().HandshakeComplete {
				t.Errorf("%T", nc)
			}
			if got := nc.RemoteAddr().String(); got != tt.peer {
				t.Errorf("connected to %s, want %s", got, tt.peer)
			}
			if took.Timings.Connect <= 0 || isTLS != (took.Timings.TLS > 0) {
				t.Errorf("%+v", took.Timings)
			}
			checkStats(t, tr, Stats{})
			if got := o.took(); len(got) > 0 {
				t.Errorf("the origin got %q", got)
			}
			for _, head := range tunnel.took() {
				if !strings.HasPrefix(head, "CONNECT ") {
					t.Errorf("the proxy got %q", head)
				}
			}
		})
	}
}

// What goes wrong is what would go wrong with a request.
func TestConnectFails(t *testing.T) {
	o := newTLSOrigin(t, ok2)
	refused := newScriptedProxy(t, o.addr, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
	tr := examined(t, &Transport{})
	for _, tt := range []struct {
		name, url string
		over      Overrides
		phase     trace.Phase
		proxy     bool
	}{
		{"unknown issuer", "https://" + o.addr + "/", Overrides{}, trace.TLS, false},
		{"refused by a proxy", "https://" + o.addr + "/", Overrides{CA: o.ca, Proxy: refused.rule("")}, trace.Connect, true},
		{"nobody there", "http://127.0.0.1:1/", Overrides{}, trace.Connect, false},
		{"no such name", "http://a.example/", Overrides{Resolver: fixed{""}}, trace.DNS, false},
	} {
		_, want := tr.RoundTrip(with(t, tt.url, &tt.over))
		nc, err := tr.Connect(with(t, tt.url, &tt.over))
		if nc != nil {
			nc.Close()
		}
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Phase != tt.phase || e.Proxy != tt.proxy || e.Sent {
			t.Errorf("%s: %v", tt.name, err)
		}
		if _, isTLS := errors.AsType[*tlserr.Error](err); isTLS != (tt.phase == trace.TLS) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if want == nil || err == nil || want.Error() != err.Error() {
			t.Errorf("%s: %v; a request: %v", tt.name, err, want)
		}
	}
	if got := o.took(); len(got) > 0 {
		t.Errorf("the origin got %q", got)
	}
	for _, bad := range []string{"ftp://a.example/", "http://a.example:99999/", "http:///"} {
		req := request(t, "GET", "http://a.example/", nil)
		var err error
		if req.URL, err = url.Parse(bad); err != nil {
			t.Fatal(err)
		}
		if _, err := tr.Connect(req); err == nil {
			t.Errorf("Connect to %s", bad)
		}
		if _, err := tr.Addresses(req); err == nil {
			t.Errorf("Addresses of %s", bad)
		}
	}
}

// A context ends Connect in whatever phase it is.
func TestConnectIsCancelled(t *testing.T) {
	stall := serve(t, func(_ int, c net.Conn) { _, _ = io.Copy(io.Discard, c) }) // takes a ClientHello, and says nothing
	tr := examined(t, &Transport{})
	for _, cancelAt := range []string{"before", "in the handshake"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		if cancelAt == "before" {
			cancel(errGoneAway)
		}
		hooks := &httptrace.ClientTrace{TLSHandshakeStart: func() { cancel(errGoneAway) }}
		req := request(t, "GET", "https://"+stall+"/", nil).WithContext(httptrace.WithClientTrace(ctx, hooks))
		_, err := tr.Connect(req)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errGoneAway) {
			t.Errorf("%s: %v", cancelAt, err)
		}
		cancel(nil)
	}
}

var errGoneAway = errors.New("gone away")

func TestAddresses(t *testing.T) {
	two := fixed{"127.0.0.2 ::1"}
	elsewhere := map[string]string{"a.example:8080": "127.0.0.3:9,[::1]:9"}
	p := newScriptedProxy(t, "")
	for _, tt := range []struct {
		name, url string
		over      Overrides
		want      []string
	}{
		{"looked up", "http://a.example:8080/", Overrides{Resolver: two}, []string{"127.0.0.2:8080", "[::1]:8080"}},
		{"one family", "https://a.example/", Overrides{Resolver: two, Sockets: &Sockets{IPv4Only: true}}, []string{"127.0.0.2:443"}},
		{"literal", "http://127.0.0.1/", Overrides{Resolver: noLookUp{t}}, []string{"127.0.0.1:80"}},
		{"static", "http://a.example:8080/", Overrides{Resolver: noLookUp{t}, Sockets: &Sockets{Hosts: elsewhere}}, []string{"127.0.0.3:9", "[::1]:9"}},
		{"the proxy's", "https://a.example/", Overrides{Resolver: noLookUp{t}, Proxy: p.rule("")}, []string{p.addr}},
		{"unix", "http://a.example/", Overrides{Resolver: noLookUp{t}, Sockets: &Sockets{Unix: "/run/none"}}, nil},
		{"a dialler of one's own", "http://a.example/", Overrides{Resolver: noLookUp{t}, Dialer: new(net.Dialer)}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := examined(t, &Transport{})
			got, err := tr.Addresses(with(t, tt.url, &tt.over))
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, a := range got {
				texts = append(texts, a.String())
			}
			if strings.Join(texts, " ") != strings.Join(tt.want, " ") {
				t.Errorf("%v, want %v", texts, tt.want)
			}
			checkStats(t, tr, Stats{})
		})
	}
	var refused *NotPublicError
	_, err := new(Transport).Addresses(with(t, "http://a.example/", &Overrides{Resolver: two, Sockets: &Sockets{PublicOnly: true}}))
	if !errors.As(err, &refused) {
		t.Errorf("PublicOnly: %v", err)
	}
}

// The tracer is told which proxy was chosen, as it is for a request.
func TestProbesAreTraced(t *testing.T) {
	p := newScriptedProxy(t, "")
	var chosen trace.Choice
	over := Overrides{Proxy: p.rule("user:secret"), Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
		if c, ok := ev.(trace.Choice); ok && c.What == "proxy" {
			chosen = c
		}
	})}
	if _, err := examined(t, &Transport{}).Addresses(with(t, "https://a.example/", &over)); err != nil {
		t.Fatal(err)
	}
	if chosen.Value != "http://"+p.addr || chosen.Rule == "" {
		t.Errorf("%+v", chosen)
	}
}
