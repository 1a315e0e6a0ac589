package godwit

// The first steps of a diagnosis: names, addresses, sockets.

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/godwit/diagnosis"
	"example.com/godwit/internal/tlstest"
	"example.com/godwit/transport"
)

// names is a resolver by hand.
type names struct {
	addrs     []netip.Addr
	err       error
	canonical string
	records   []transport.HTTPSRecord
}

func (n *names) LookupNetIP(ctx context.Context, network, _ string) (all []netip.Addr, err error) {
	if n.err == context.DeadlineExceeded {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for _, a := range n.addrs {
		if network == "ip" || a.Is4() == (network == "ip4") {
			all = append(all, a)
		}
	}
	return all, n.err
}

func (n *names) LookupCNAME(context.Context, string) (string, error) { return n.canonical, nil }

func (n *names) LookupHTTPS(_ context.Context, name string) ([]transport.HTTPSRecord, error) {
	if name != "a.example" && !strings.HasSuffix(name, "._https.a.example") {
		return nil, errors.New("another name")
	}
	return n.records, nil
}

func (n *names) String() string { return "by hand" }

func addrs(texts ...string) (all []netip.Addr) {
	for _, s := range texts {
		all = append(all, netip.MustParseAddr(s))
	}
	return all
}

// diagnosing returns a session with a transport of its own.
func diagnosing(t testing.TB, tr *transport.Transport) *Session {
	t.Cleanup(func() { tr.Close() })
	return &Session{Transport: tr}
}

// mustDiagnose runs a diagnosis, and checks what each one must be.
func mustDiagnose(t *testing.T, s *Session, url string, opts ...Option) *Diagnosis {
	t.Helper()
	d, err := s.Diagnose(t.Context(), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, d)
	if d.Verdict.OK != (d.Err == nil) || d.Verdict.OK != (d.Verdict.Layer == "") || d.Verdict.Text == "" {
		t.Errorf("%+v, of %v", d.Verdict, d.Err)
	}
	return d
}

func hasNote(d *Diagnosis, code string) bool {
	return slices.ContainsFunc(d.Notes, func(n diagnosis.Note) bool { return n.Code == code })
}

func wantVerdict(t *testing.T, d *Diagnosis, layer diagnosis.Layer, cause string, words ...string) {
	t.Helper()
	if d.Verdict.Layer != layer || d.Verdict.Cause != cause {
		t.Errorf("%+v, want %s: %s\n%s", d.Verdict, layer, cause, d)
	}
	text := strings.Join(strings.Fields(d.String()), " ")
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("nothing of %q in\n%s", w, d)
		}
	}
	if !d.Verdict.OK && d.Remedy == nil {
		t.Errorf("no remedy:\n%s", d)
	}
}

func TestDiagnoseNames(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	url := "http://a.example:" + port + "/"
	for _, tt := range []struct {
		name     string
		resolver *names
		layer    diagnosis.Layer
		cause    string
		words    []string
	}{
		{"all there is", &names{addrs: addrs("127.0.0.1"), canonical: "cdn.example.", records: []transport.HTTPSRecord{
			{Priority: 1, ALPN: []string{"h3", "h2"}, ECH: []byte{1}}, {Priority: 0, Target: "b.example", Port: 8443},
		}}, "", "", []string{"by the name of cdn.example", "HTTPS record: priority 1, h3 h2, ECH", "HTTPS record: priority 0, b.example, port 8443", "(by hand,"}},
		{"no such name", &names{err: &net.DNSError{Err: "no such host", Name: "a.example", IsNotFound: true}}, diagnosis.LayerName, "no such name", []string{`knows no address of "a.example"`}},
		{"no address", &names{}, diagnosis.LayerName, "no such name", []string{`"a.example"`}},
		{"a fault", &names{err: &net.DNSError{Err: "server misbehaving\x1b[2J", Name: "a.example", IsTemporary: true}}, diagnosis.LayerName, "resolver failed", []string{`misbehaving\x1b[2J`}},
		{"no answer", &names{err: context.DeadlineExceeded}, diagnosis.LayerName, "no answer", []string{"no answer in time"}},
		{"hostile records", &names{addrs: addrs("127.0.0.1"), canonical: strings.Repeat("\x1b", 10_000), records: slices.Repeat([]transport.HTTPSRecord{
			{Target: "\u202e", ALPN: slices.Repeat([]string{"\x00\n"}, 1000)},
		}, 1000)}, "", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := diagnosing(t, &transport.Transport{Resolver: tt.resolver})
			d := mustDiagnose(t, s, url, Limits{DNS: 50 * time.Millisecond})
			wantVerdict(t, d, tt.layer, tt.cause, tt.words...)
			if n := d.Names; n == nil || n.Host != "a.example" || n.Resolver != "by hand" || (n.Error == "") != (tt.layer == "") {
				t.Errorf("%+v", n)
			}
			if d.Verdict.Timeout != (tt.cause == "no answer") || errors.Is(d.Err, ErrTimeout) != d.Verdict.Timeout {
				t.Errorf("%+v of %v", d.Verdict, d.Err)
			}
			if tt.layer != "" && !errors.Is(d.Err, ErrResolve) {
				t.Errorf("%v", d.Err)
			}
		})
	}
}

// Where there is no name to look up, nobody is asked.
func TestDiagnoseWithoutResolver(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	at := server.Listener.Addr().String()
	_, port, _ := net.SplitHostPort(at)
	nobody := &names{err: errors.New("asked")}
	for _, tt := range []struct {
		url      string
		sockets  transport.Sockets
		resolver string // "": no names
	}{
		{"http://" + at + "/", transport.Sockets{}, ""},
		{"http://a.example/", transport.Sockets{Hosts: map[string]string{"A.example": at}}, "static hosts"},
		{"http://localhost:" + port + "/", transport.Sockets{IPv4Only: true}, "RFC 6761"},
	} {
		d := mustDiagnose(t, diagnosing(t, &transport.Transport{Resolver: nobody, Sockets: tt.sockets}), tt.url)
		if !d.Verdict.OK || tt.resolver == "" != (d.Names == nil) || d.Names != nil && (d.Names.Resolver != tt.resolver || d.Names.Took != 0) {
			t.Errorf("%s: %+v\n%s", tt.url, d.Names, d)
		}
	}
}

// One address is alive and one is dead: a call gets through, and the report says so.
func TestDiagnoseDeadAddress(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	url := "http://a.example:" + port + "/"
	for _, tt := range []struct {
		addrs []netip.Addr
		alive int
		notes []string
	}{
		{addrs("127.0.0.1"), 1, nil},
		{addrs("127.0.0.1", "127.0.0.2"), 1, []string{diagnosis.NoteAddressDead}},
		{addrs("127.0.0.2", "127.0.0.1"), 1, []string{diagnosis.NoteAddressDead}},
		{addrs("::1", "127.0.0.1"), 1, []string{diagnosis.NoteAddressDead}}, // refused: that says nothing of IPv6
		{addrs("127.0.0.2", "127.0.0.3"), 0, nil},
		{addrs("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6", "127.0.0.7", "127.0.0.8", "127.0.0.9", "127.0.0.10", "127.0.0.1"), 0, nil},
	} {
		d := mustDiagnose(t, diagnosing(t, &transport.Transport{Resolver: &names{addrs: tt.addrs}}), url)
		alive := 0
		for _, a := range d.Addresses {
			if a.OK {
				alive++
			} else if a.Layer != diagnosis.LayerConnect || a.Error != "connection refused" || a.Cause != "refused" {
				t.Errorf("%+v", a)
			}
		}
		if len(d.Addresses) != min(len(tt.addrs), maxAddresses) || alive != tt.alive {
			t.Errorf("%v: %+v", tt.addrs, d.Addresses)
		}
		for _, code := range []string{diagnosis.NoteAddressDead, diagnosis.NoteIPv6Dead, diagnosis.NoteIPv4Dead} {
			if hasNote(d, code) != slices.Contains(tt.notes, code) {
				t.Errorf("%v: %+v", tt.addrs, d.Notes)
			}
		}
		if reachable := slices.Contains(tt.addrs, netip.MustParseAddr("127.0.0.1")); d.Verdict.OK != reachable {
			t.Errorf("%v:\n%s", tt.addrs, d)
		} else if !reachable {
			wantVerdict(t, d, diagnosis.LayerConnect, "refused", "nothing listens at a.example:"+port)
		}
	}
}

// Addresses that show different certificates are told apart, and a verdict is not hidden by one
// that is in order.
func TestDiagnoseCertificatesVary(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	ca, err := transport.ParseCA(root.PEM())
	if err != nil {
		t.Fatal(err)
	}
	good, stale := root.Leaf(t, "a.example").Chain(), root.Leaf(t, "a.example", tlstest.Days(-30, -3)).Chain()
	first := listenTLS(t, "127.0.0.1:0", good)
	_, port, _ := net.SplitHostPort(first)
	listenTLS(t, "127.0.0.2:"+port, stale)
	for _, tt := range []struct {
		addrs []netip.Addr
		ok    bool
	}{
		{addrs("127.0.0.1", "127.0.0.2"), true},
		{addrs("127.0.0.2", "127.0.0.1"), false},
	} {
		s := diagnosing(t, &transport.Transport{Resolver: &names{addrs: tt.addrs}})
		d := mustDiagnose(t, s, "https://a.example:"+port+"/", OptionFunc(func(r *Request) error { r.CA = ca; return nil }))
		if !hasNote(d, diagnosis.NoteCertificatesVary) || d.Verdict.OK != tt.ok {
			t.Errorf("%v\n%s", tt.addrs, d)
		}
		if d.Addresses[0].Certificate == d.Addresses[1].Certificate || len(d.Addresses[1].Certificate) != 64 {
			t.Errorf("%+v", d.Addresses)
		}
		if !tt.ok {
			wantVerdict(t, d, diagnosis.LayerTLS, "expired")
		}
	}
}

// listenTLS answers 204 over TLS until the test ends, and returns its address.
func listenTLS(t *testing.T, addr string, cert tls.Certificate) string {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }))
	server.Listener.Close()
	server.Listener, server.TLS = l, &tls.Config{Certificates: []tls.Certificate{cert}}
	server.Config.ErrorLog = stdlog.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return l.Addr().String()
}

func TestDiagnoseUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Listener.Close()
	server.Listener = l
	server.Start()
	defer server.Close()
	tr := &transport.Transport{Sockets: transport.Sockets{Unix: path}, Resolver: &names{err: errors.New("asked")}}
	d := mustDiagnose(t, diagnosing(t, tr), "http://a.example/")
	if !d.Verdict.OK || d.Names != nil || len(d.Addresses) != 1 || d.Addresses[0].Addr != "unix:"+path {
		t.Errorf("%+v\n%s", d.Addresses, d)
	}
	tr = &transport.Transport{Sockets: transport.Sockets{Unix: path + ".none"}}
	d = mustDiagnose(t, diagnosing(t, tr), "http://a.example/")
	wantVerdict(t, d, diagnosis.LayerConnect, "no socket", "unix:"+path+".none: no such file or directory")
}

// Settings that keep an address from being used are the cause, and not the network.
func TestDiagnoseSettings(t *testing.T) {
	two := &names{addrs: addrs("127.0.0.1", "127.0.0.2")}
	d := mustDiagnose(t, diagnosing(t, &transport.Transport{Resolver: two, Sockets: transport.Sockets{PublicOnly: true}}), "http://a.example/")
	wantVerdict(t, d, diagnosis.LayerConnect, "forbidden address", "loopback")
	d = mustDiagnose(t, diagnosing(t, &transport.Transport{Resolver: two, Sockets: transport.Sockets{IPv6Only: true}}), "http://a.example/")
	wantVerdict(t, d, diagnosis.LayerName, "no such name")
}

// A server that takes connections and says nothing is a matter of time.
func TestDiagnoseSilence(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // it never accepts: the system does
	for _, tt := range []struct {
		scheme string
		layer  diagnosis.Layer
		opts   []Option
	}{
		{"http", diagnosis.LayerHTTP, []Option{Limits{Wait: 50 * time.Millisecond, Receive: 50 * time.Millisecond}}},
		{"https", diagnosis.LayerTLS, []Option{Limits{TLS: 50 * time.Millisecond}, Timeout(3 * time.Second)}},
		{"http", diagnosis.LayerHTTP, []Option{Timeout(100 * time.Millisecond)}},
		{"https", diagnosis.LayerTLS, []Option{Timeout(100 * time.Millisecond)}},
	} {
		start := time.Now()
		d := mustDiagnose(t, diagnosing(t, &transport.Transport{}), tt.scheme+"://"+l.Addr().String()+"/", tt.opts...)
		wantVerdict(t, d, tt.layer, "no answer")
		if !d.Verdict.Timeout || !errors.Is(d.Err, ErrTimeout) {
			t.Errorf("%+v of %v", d.Verdict, d.Err)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
	}
}

func tlsConfigOf(cert tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}
