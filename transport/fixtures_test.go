package transport

// Each server with which TLS goes wrong, by each way to it and each version of HTTP. The three
// are dimensions of one test: whoever adds a way to a server adds a line here.

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// A version is one of HTTP, as the test asks for it.
type version struct {
	name string // as ALPN has it
	set  Protocols
}

var versions = []version{
	{"http/1.1", HTTP1},
	{"h2", HTTP2},
}

// A way leads to the server. It sets how the transport gets there, whatever the host's name is.
type way struct {
	name string
	take func(t *testing.T, s *tlstest.Server, tr *Transport, over *Overrides)
}

var ways = []way{
	{"direct", func(_ *testing.T, s *tlstest.Server, tr *Transport, _ *Overrides) { tr.Dial = s.Dial }},
	through("http"), through("https"), through("socks5"), through("socks5h"), through("socks4"), through("socks4a"),
}

// through is the way through a proxy of a kind.
func through(kind string) way {
	return way{kind, func(t *testing.T, s *tlstest.Server, tr *Transport, over *Overrides) {
		p := (&kindProxy{kind: kind, upstream: s.Addr}).start(t)
		over.Proxy = p.rule("")
		over.ProxyTLS = &Overrides{CA: parseCAOf(t, newAuthority(t))}
		tr.Resolver = anywhere{}
	}}
}

// anywhere knows each name, and always the same address, which no proxy of ours heeds.
type anywhere struct{}

func (anywhere) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}

// A visit is one request to a fixture.
type visit struct {
	version
	way
	f *tlstest.Fixture
	s *tlstest.Server
}

// newVisit starts the fixture's server.
func newVisit(t *testing.T, f *tlstest.Fixture, v version, w way) *visit {
	return &visit{v, w, f, tlstest.Start(t, f, v.name)}
}

// ask sends a request that trusts whom the fixture says.
func (v *visit) ask(t *testing.T, change func(*Overrides)) (*http.Response, error) {
	t.Helper()
	over := &Overrides{Protocols: v.set}
	if v.f.Scheme != "http" {
		ca, err := ParseCA(v.f.CA)
		if err != nil {
			t.Fatal(err)
		}
		over.CA = ca
	}
	tr := examined(t, &Transport{})
	if v.f.Client != nil {
		config := v.f.ClientConfig()
		config.ServerName = ""
		tr.TLS = config
	}
	v.take(t, v.s, tr, over)
	if change != nil {
		change(over)
	}
	req, err := http.NewRequestWithContext(With(context.Background(), over), "POST", v.s.URL(), strings.NewReader("secret"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer secret")
	return tr.RoundTrip(req)
}

// eachVisit runs a test for each fixture, way and version.
func eachVisit(t *testing.T, fixtures []*tlstest.Fixture, test func(t *testing.T, v *visit)) {
	for _, f := range fixtures {
		t.Run(f.Name, func(t *testing.T) {
			for _, version := range versions {
				for _, way := range ways {
					if strings.HasPrefix(way.name, "socks4") && strings.Contains(f.Host, ":") {
						continue // it knows no IPv6 addresses
					}
					t.Run(version.name+" "+way.name, func(t *testing.T) {
						test(t, newVisit(t, f, version, way))
					})
				}
			}
		})
	}
}

// No server whose TLS is wrong gets a request, whichever way leads to it.
func TestTLSFails(t *testing.T) {
	eachVisit(t, tlstest.Failing(t), func(t *testing.T, v *visit) {
		if _, port, _ := net.SplitHostPort(v.s.Addr); v.f.Host == "" || port == "" {
			t.Fatal("no host")
		}
		res, err := v.ask(t, nil)
		if err == nil {
			res.Body.Close()
			t.Fatalf("it answered %s", res.Status)
		}
		checkTLSFailure(t, v, err)
		if n := v.s.Requests(); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
}

// No https proxy whose TLS is wrong gets a request, nor a CONNECT, whoever the origin is.
func TestTLSFailsWithAProxy(t *testing.T) {
	for _, f := range tlstest.Failing(t) {
		if f.Scheme == "http" {
			continue
		}
		for _, scheme := range []string{"http", "https"} {
			t.Run(f.Name+" for "+scheme, func(t *testing.T) {
				v := newVisit(t, f, versions[0], ways[0])
				ca, err := ParseCA(f.CA)
				if err != nil {
					t.Fatal(err)
				}
				tr := examined(t, &Transport{Dial: v.s.Dial})
				if f.Client != nil {
					tr.ProxyTLS = f.ClientConfig()
					tr.ProxyTLS.ServerName = ""
				}
				req := with(t, scheme+"://origin.example/secret", &Overrides{Proxy: parsed(v.s.URL()), ProxyTLS: &Overrides{CA: ca}})
				req.Header.Set("Authorization", "Bearer secret")
				e := fails(t, tr, req)
				why, ok := errors.AsType[*tlserr.Error](e)
				if !ok || why.Cause != f.Want || e.Phase != trace.TLS || !e.Proxy || e.Sent && why.Cause != tlserr.ClientCertificate {
					t.Errorf("%#v: %v, want the cause %q", e, e, f.Want)
				}
				if n := v.s.Requests(); n != 0 || strings.Contains(e.Error(), "secret") {
					t.Errorf("%d requests: %v", n, e)
				}
			})
		}
	}
}

func checkTLSFailure(t *testing.T, v *visit, err error) {
	t.Helper()
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("%T %v", err, err)
	}
	why, ok := errors.AsType[*tlserr.Error](err)
	if !ok || why.Cause != v.f.Want {
		t.Fatalf("%v, want the cause %q", err, v.f.Want)
	}
	if e.Phase != trace.TLS || e.Proxy {
		t.Errorf("phase %v, proxy %v", e.Phase, e.Proxy)
	}
	// Where the client is to prove who it is, TLS 1.3 has it speak before it is judged.
	if e.Sent && why.Cause != tlserr.ClientCertificate {
		t.Error("something was sent")
	}
	for _, want := range v.f.Says {
		if text := why.Explain(); !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(err.Error()+why.Explain(), "secret") {
		t.Error("it says what was to be sent")
	}
}

// What the fixture's owner says is the way out is one, and verifying nothing is none where the
// server speaks no TLS.
func TestTLSRemedies(t *testing.T) {
	eachVisit(t, tlstest.Failing(t), func(t *testing.T, v *visit) {
		if v.f.Trust == nil && v.f.ClientCert == nil || v.f.Client != nil {
			t.SkipNow()
		}
		res, err := v.ask(t, func(over *Overrides) {
			if v.f.Trust != nil {
				ca, err := ParseCA(v.f.Trust)
				if err != nil {
					t.Fatal(err)
				}
				over.CA = ca
			}
			if v.f.ClientCert != nil {
				cert, err := tls.X509KeyPair(v.f.ClientCert, v.f.ClientKey)
				if err != nil {
					t.Fatal(err)
				}
				over.Certificate, over.Origin = &cert, Origin(parseURLOf(t, v.s.URL()))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := body(t, res); got != tlstest.Body || v.s.Requests() != 1 {
			t.Errorf("%q, %d requests", got, v.s.Requests())
		}
	})
}

func parseURLOf(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Good servers are talked to.
func TestTLSPasses(t *testing.T) {
	eachVisit(t, tlstest.Passing(t), func(t *testing.T, v *visit) {
		if v.f.HTTP1 && v.set != HTTP1 || v.f.Slow && v.way.name != "direct" {
			t.SkipNow()
		}
		res, err := v.ask(t, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := body(t, res); got != tlstest.Body || v.s.Requests() != 1 {
			t.Errorf("%q, %d requests", got, v.s.Requests())
		}
	})
}

// A server of TLS that is asked in plain HTTP answers with an alert, and the error says so.
func TestPlainHTTPToTLS(t *testing.T) {
	for _, f := range tlstest.OnlyTLS(t) {
		t.Run(f.Name, func(t *testing.T) {
			v := newVisit(t, f, versions[0], ways[0])
			res, err := v.ask(t, nil)
			if err == nil {
				t.Fatalf("it answered %s", res.Status)
			}
			e, ok := errors.AsType[*tlserr.Error](err)
			if !ok || e.Cause != tlserr.OnlyTLS {
				t.Fatalf("%v", err)
			}
			if text := e.Explain(); !strings.Contains(text, "https://"+f.Host) {
				t.Errorf("%s", text)
			}
		})
	}
}
