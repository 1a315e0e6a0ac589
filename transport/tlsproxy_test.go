package transport

// TLS to the proxy, and TLS through that: which settings hold for which, what is resumed, and what
// is seen of the end of both layers.

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// An https proxy and an origin, each with an authority of its own.
type twoLayers struct {
	proxyRoot, originRoot *tlstest.Signer
	proxy                 *kindProxy
	originURL             string
	proxyCA, originCA     *CA

	mu      sync.Mutex
	hello   []tls.ClientHelloInfo // that the proxy got
	clients []string              // whose certificates it got
	resumed int
}

// newTwoLayers starts them. edit alters the proxy's side of TLS.
func newTwoLayers(t *testing.T, scheme string, edit func(*tls.Config)) *twoLayers {
	l := &twoLayers{proxyRoot: tlstest.NewRoot(t, "proxy root"), originRoot: tlstest.NewRoot(t, "origin root")}
	leaf := func(s *tlstest.Signer) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{s.Leaf(t, "127.0.0.1").Chain()}}
	}
	originConfig := leaf(l.originRoot)
	addr := serve(t, func(n int, c net.Conn) {
		if scheme == "https" {
			c = tls.Server(c, originConfig)
		}
		always(ok2)(n, c)
	})
	l.originURL = scheme + "://" + addr
	config := leaf(l.proxyRoot)
	config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.hello = append(l.hello, *h)
		return nil, nil
	}
	config.VerifyConnection = func(s tls.ConnectionState) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if s.DidResume {
			l.resumed++
		}
		for _, c := range s.PeerCertificates {
			l.clients = append(l.clients, c.Subject.CommonName)
		}
		return nil
	}
	if edit != nil {
		edit(config)
	}
	l.proxy = (&kindProxy{kind: "https", upstream: addr, config: config}).start(t)
	l.proxyCA, l.originCA = caOfRoots(t, l.proxyRoot), caOfRoots(t, l.originRoot)
	return l
}

func caOfRoots(t *testing.T, roots ...*tlstest.Signer) *CA {
	t.Helper()
	var certs []*x509.Certificate
	for _, s := range roots {
		certs = append(certs, s.Cert)
	}
	return parseCA(t, certs...)
}

func (l *twoLayers) took() (hello []tls.ClientHelloInfo, clients []string, resumed int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	hello, clients, resumed = l.hello, l.clients, l.resumed
	l.hello, l.clients, l.resumed = nil, nil, 0
	return hello, clients, resumed
}

// Each layer is trusted by what is said for it. What is said for origins holds for proxies as far as
// it is about no origin.
func TestWhomIsTrustedForAProxy(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		l := newTwoLayers(t, scheme, nil)
		both := caOfRoots(t, l.proxyRoot, l.originRoot)
		origin := Origin(parseURLOf(t, l.originURL))
		other := parsePins(t, pinOf(otherCert(t)))
		for name, tt := range map[string]struct {
			tr   *Transport
			o    Overrides
			fail string // "proxy", "origin" or ""
		}{
			"CA of both":                 {nil, Overrides{CA: both}, ""},
			"EnvCA of both":              {nil, Overrides{EnvCA: both}, ""},
			"AddCA of both":              {nil, Overrides{AddCA: []*CA{both}}, ""},
			"RootCAs of both":            {&Transport{TLS: &tls.Config{RootCAs: both.Pool()}}, Overrides{}, ""},
			"ProxyTLS":                   {nil, Overrides{CA: l.originCA, ProxyTLS: &Overrides{CA: l.proxyCA}}, ""},
			"ProxyTLS.EnvCA":             {nil, Overrides{EnvCA: l.originCA, ProxyTLS: &Overrides{EnvCA: l.proxyCA}}, ""},
			"ProxyTLS.AddCA":             {nil, Overrides{CA: l.originCA, ProxyTLS: &Overrides{AddCA: []*CA{l.proxyCA}}}, ""},
			"ProxyTLS.TLS":               {nil, Overrides{CA: l.originCA, ProxyTLS: &Overrides{TLS: &tls.Config{RootCAs: l.proxyCA.Pool()}}}, ""},
			"ProxyTLS.Insecure":          {nil, Overrides{CA: l.originCA, ProxyTLS: &Overrides{Insecure: true}}, ""},
			"ProxyTLS with an Origin":    {nil, Overrides{CA: l.originCA, ProxyTLS: &Overrides{Insecure: true, Origin: "https://other.example:1"}}, ""},
			"Transport.ProxyTLS":         {&Transport{ProxyTLS: &tls.Config{RootCAs: l.proxyCA.Pool()}}, Overrides{CA: l.originCA}, ""},
			"EnvProxyCA":                 {nil, Overrides{EnvProxyCA: func() (*CA, error) { return l.proxyCA, nil }, TLS: &tls.Config{RootCAs: l.originCA.Pool()}, Origin: origin}, ""},
			"EnvProxyCA, CA comes first": {nil, Overrides{CA: both, EnvProxyCA: func() (*CA, error) { return nil, errors.New("asked") }}, ""},
			"ProxyTLS and CA, no CA":     {nil, Overrides{CA: both, ProxyTLS: &Overrides{TLSSettings: &TLSSettings{MinVersion: tls.VersionTLS13}}}, ""},
			"pin of the origin":          {nil, Overrides{CA: both, Pins: parsePins(t, pinOf(l.originRoot.Cert)), Origin: origin}, ""},
			"pin of the proxy":           {nil, Overrides{CA: both, ProxyTLS: &Overrides{Pins: parsePins(t, pinOf(l.proxyRoot.Cert))}}, ""},

			"nothing":                               {nil, Overrides{}, "proxy"},
			"CA of the origin":                      {nil, Overrides{CA: l.originCA}, "proxy"},
			"CA of the proxy":                       {nil, Overrides{CA: l.proxyCA}, "origin"},
			"EnvProxyCA says nothing":               {nil, Overrides{EnvProxyCA: func() (*CA, error) { return nil, nil }}, "proxy"},
			"ProxyTLS of the proxy":                 {nil, Overrides{ProxyTLS: &Overrides{CA: l.proxyCA}}, "origin"},
			"Insecure for the origin":               {nil, Overrides{Insecure: true, Origin: origin}, "proxy"},
			"Insecure for whomever":                 {nil, Overrides{Insecure: true}, "proxy"},
			"Insecure for the proxy's own":          {nil, Overrides{Insecure: true, Origin: "https://" + l.proxy.addr}, "proxy"},
			"TLS of the origin":                     {nil, Overrides{TLS: &tls.Config{InsecureSkipVerify: true}}, "proxy"},
			"a Transport that verifies nothing":     {&Transport{TLS: &tls.Config{InsecureSkipVerify: true}}, Overrides{}, "proxy"},
			"ProxyTLS.Insecure is not the origin's": {nil, Overrides{ProxyTLS: &Overrides{Insecure: true}}, "origin"},
			"a wrong pin of the origin":             {nil, Overrides{CA: both, Pins: other, Origin: origin}, "origin"},
			"a wrong pin of the proxy":              {nil, Overrides{CA: both, ProxyTLS: &Overrides{Pins: other}}, "proxy"},
			"a wrong pin, insecure":                 {nil, Overrides{CA: both, ProxyTLS: &Overrides{Pins: other, Insecure: true}}, "proxy"},
			"another name for the proxy":            {nil, Overrides{CA: both, ProxyTLS: &Overrides{TLSSettings: &TLSSettings{ServerName: "other.example"}}}, "proxy"},
			"another name for the origin":           {nil, Overrides{CA: both, TLSSettings: &TLSSettings{ServerName: "other.example"}, Origin: origin}, "origin"},
			"Transport.ProxyTLS comes first":        {&Transport{ProxyTLS: &tls.Config{RootCAs: l.originCA.Pool()}}, Overrides{CA: both}, "proxy"},
		} {
			tr := tt.tr
			if tr == nil {
				tr = &Transport{}
			}
			examined(t, tr)
			o := tt.o
			o.Proxy = l.proxy.rule("")
			want := tt.fail
			if want == "origin" && scheme == "http" {
				want = "" // which has no certificate
			}
			res, err := tr.RoundTrip(with(t, l.originURL, &o))
			if err == nil {
				body(t, res)
			}
			if want == "" {
				if err != nil {
					t.Errorf("%s, %s: %v", scheme, name, err)
				}
				continue
			}
			e, ok := errors.AsType[*Error](err)
			if _, isTLS := errors.AsType[*tlserr.Error](err); !ok || !isTLS || e.Phase != trace.TLS || e.Proxy != (want == "proxy") {
				t.Errorf("%s, %s: %v, want one of the %s", scheme, name, err, want)
			}
		}
	}
}

// An environment that cannot be read is an error, and no lack of verification.
func TestEnvProxyCAThatFails(t *testing.T) {
	l := newTwoLayers(t, "https", nil)
	why := errors.New("unreadable")
	tr := examined(t, &Transport{})
	err := fails(t, tr, with(t, l.originURL, &Overrides{Proxy: l.proxy.rule(""), EnvProxyCA: func() (*CA, error) { return nil, why }}))
	if !errors.Is(err, why) || !err.Proxy {
		t.Errorf("%#v", err)
	}
	// It is not asked for a proxy that does not speak TLS.
	p := (&kindProxy{kind: "http"}).start(t)
	do(t, tr, with(t, "http://a.example", &Overrides{Proxy: p.rule(""), EnvProxyCA: func() (*CA, error) { return nil, why }}))
}

// A proxy is told its own name and no other, and offered HTTP/1.1 alone.
func TestWhatAProxyIsTold(t *testing.T) {
	l := newTwoLayers(t, "https", nil)
	_, port, _ := net.SplitHostPort(l.proxy.addr)
	proxyRoot := tlstest.NewRoot(t, "root")
	l.proxy.config.Certificates = []tls.Certificate{proxyRoot.Leaf(t, "p.example").Chain()}
	tr := examined(t, &Transport{Dial: dialTo("127.0.0.1:" + port), Protocols: HTTP1 | HTTP2})
	do(t, tr, with(t, l.originURL, &Overrides{
		Proxy: parsed("https://P.example.:" + port), CA: caOfRoots(t, proxyRoot, l.originRoot),
		TLSSettings: &TLSSettings{ServerName: "127.0.0.1"},
	}))
	hello, _, _ := l.took()
	if len(hello) != 1 || hello[0].ServerName != "p.example" || !slices.Equal(hello[0].SupportedProtos, []string{"http/1.1"}) {
		t.Errorf("%+v", hello)
	}
}

// A client certificate is shown to those it is for: the origin's to no proxy, and the other way
// round.
func TestClientCertificateForAProxy(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			var clients *tlstest.Signer
			l := newTwoLayers(t, scheme, func(c *tls.Config) {
				clients = tlstest.NewRoot(t, "clients")
				c.ClientAuth, c.MaxVersion, c.ClientCAs = tls.RequireAndVerifyClientCert, version, x509.NewCertPool()
				c.ClientCAs.AddCert(clients.Cert)
			})
			cert := func(name string) *tls.Certificate { c := clients.Client(t, name).Chain(); return &c }
			both := caOfRoots(t, l.proxyRoot, l.originRoot)
			origin := Origin(parseURLOf(t, l.originURL))
			for name, o := range map[string]*Overrides{
				"the proxy's":  {ProxyTLS: &Overrides{Certificate: cert("proxy")}, Certificate: cert("origin"), Origin: origin},
				"of a Config":  {ProxyTLS: &Overrides{TLS: &tls.Config{Certificates: []tls.Certificate{*cert("proxy")}}}},
				"the origin's": {Certificate: cert("origin"), Origin: origin, TLS: &tls.Config{Certificates: []tls.Certificate{*cert("origin")}}},
				"its own":      {Certificate: cert("origin"), Origin: "https://" + l.proxy.addr},
			} {
				o.CA, o.Proxy = both, l.proxy.rule("")
				tr := examined(t, &Transport{TLS: &tls.Config{Certificates: []tls.Certificate{*cert("transport")}}})
				res, err := tr.RoundTrip(with(t, l.originURL, o))
				if err == nil {
					body(t, res)
				}
				_, got, _ := l.took()
				if name == "the proxy's" || name == "of a Config" {
					if err != nil || !slices.Equal(got, []string{"proxy"}) {
						t.Errorf("%s, TLS %x, %s: %v, %q", scheme, version, name, err, got)
					}
					continue
				}
				// In TLS 1.3 the refusal comes after our side of the handshake.
				e, ok := errors.AsType[*Error](err)
				te, isTLS := errors.AsType[*tlserr.Error](err)
				if !ok || !isTLS || te.Cause != tlserr.ClientCertificate && te.Cause != tlserr.Refused || e.Phase != trace.TLS || !e.Proxy || len(got) != 0 {
					t.Errorf("%s, TLS %x, %s: %#v: %v, %q", scheme, version, name, e, err, got)
				}
			}
		}
	}
}

// Tickets of a proxy open no session with an origin of the same name, nor the other way round
// (CVE-2021-22890), and none with a proxy that is trusted otherwise.
func TestSessionsOfProxies(t *testing.T) {
	l := newTwoLayers(t, "https", nil)
	// The proxy is an origin, too: one address, one name, two roles.
	tr := examined(t, &Transport{})
	both := caOfRoots(t, l.proxyRoot, l.originRoot)
	send := func(o *Overrides) {
		t.Helper()
		o.Proxy = l.proxy.rule("")
		do(t, tr, with(t, l.originURL, o))
		tr.CloseIdleConnections()
	}
	asOrigin := func() {
		t.Helper()
		do(t, tr, with(t, "https://"+l.proxy.addr, &Overrides{CA: both}))
		tr.CloseIdleConnections()
	}
	for i, step := range []struct {
		do   func()
		want int
	}{
		{func() { send(&Overrides{CA: both}) }, 0},
		{asOrigin, 0},
		{asOrigin, 1},
		{func() { send(&Overrides{CA: both}) }, 1},
		{func() { send(&Overrides{CA: both, ProxyTLS: &Overrides{CA: l.proxyCA}}) }, 0},
		{func() { send(&Overrides{CA: both, ProxyTLS: &Overrides{Insecure: true}}) }, 0},
		{func() { send(&Overrides{CA: both, ProxyTLS: &Overrides{CA: l.proxyCA}}) }, 1},
	} {
		step.do()
		if _, _, resumed := l.took(); resumed != step.want {
			t.Errorf("step %d: %d resumed", i, resumed)
		}
	}
}

// How TLS with the proxy is trusted, and what is put into CONNECT, keeps connections apart.
func TestWhoSharesAnHTTPSProxy(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		l := newTwoLayers(t, scheme, nil)
		both := caOfRoots(t, l.proxyRoot, l.originRoot)
		cert := clientCertificate(t)
		apart := []*Overrides{
			{},
			{ProxyTLS: &Overrides{CA: l.proxyCA}},
			{ProxyTLS: &Overrides{Insecure: true}},
			{ProxyTLS: &Overrides{Certificate: cert}},
			{ProxyTLS: &Overrides{Pins: parsePins(t, pinOf(l.proxyRoot.Cert))}},
			{ProxyTLS: &Overrides{TLSSettings: &TLSSettings{MinVersion: tls.VersionTLS13}}},
			{ProxyTLS: &Overrides{TLS: &tls.Config{RootCAs: l.proxyCA.Pool()}}},
			{ProxyHeader: http.Header{"X-Team": {"a"}}},
			{ProxyHeader: http.Header{"X-Team": {"b"}}},
			{ProxyHeader: http.Header{"X-Team": {"a", "b"}}},
		}
		tr := examined(t, &Transport{})
		for range 2 {
			for _, o := range apart {
				o.CA, o.Proxy = both, l.proxy.rule("")
				do(t, tr, with(t, l.originURL, o))
			}
		}
		checkStats(t, tr, Stats{Open: len(apart), Idle: len(apart)})
		do(t, tr, with(t, l.originURL, &Overrides{CA: both, Proxy: l.proxy.rule(""), ProxyTLS: &Overrides{CA: caOfRoots(t, l.proxyRoot)}}))
		do(t, tr, with(t, l.originURL, &Overrides{CA: both, Proxy: l.proxy.rule(""), ProxyHeader: http.Header{"x-team": {"a"}}}))
		checkStats(t, tr, Stats{Open: len(apart) + 1, Idle: len(apart) + 1}) // of the second, the letter case is another
	}
}

// A connection through two layers that ends while it is idle is noticed, whichever of them ends it,
// and a body that is cut short by either is.
func TestEndOfTwoLayers(t *testing.T) {
	const untilClose = "HTTP/1.1 200 OK\r\n\r\npart"
	root := tlstest.NewRoot(t, "root")
	config := &tls.Config{Certificates: []tls.Certificate{root.Leaf(t, "127.0.0.1").Chain()}}
	ca := caOfRoots(t, root)
	for name, tt := range map[string]struct {
		end  func(raw net.Conn, outer, inner *tls.Conn)
		full bool // the body is whole
	}{
		"the origin says good-bye": {func(_ net.Conn, _, inner *tls.Conn) { _ = inner.CloseWrite() }, true},
		"the proxy says good-bye":  {func(_ net.Conn, outer, _ *tls.Conn) { _ = outer.CloseWrite() }, false},
		"the socket ends":          {func(raw net.Conn, _, _ *tls.Conn) { _ = raw.(*net.TCPConn).CloseWrite() }, false},
	} {
		for _, idle := range []bool{false, true} {
			ended := make(chan struct{})
			goOn := make(chan struct{})
			var conns atomic.Int64
			addr := serve(t, func(n int, raw net.Conn) {
				conns.Store(int64(n))
				outer := tls.Server(raw, config)
				r := bufio.NewReader(outer)
				if _, err := readHead(r); err != nil {
					return
				}
				_, _ = io.WriteString(outer, "HTTP/1.1 200 OK\r\n\r\n")
				inner := tls.Server(&buffered{outer, r}, config)
				in := bufio.NewReader(inner)
				if _, err := readHead(in); err != nil {
					return
				}
				if !idle {
					_, _ = io.WriteString(inner, untilClose)
					tt.end(raw, outer, inner)
					_, _ = io.Copy(io.Discard, raw)
					return
				}
				_, _ = io.WriteString(inner, ok2)
				if n == 1 {
					<-goOn
					tt.end(raw, outer, inner)
					close(ended)
				}
				_, _ = io.Copy(io.Discard, raw)
			})
			tr := examined(t, &Transport{MaxConns: 1})
			o := &Overrides{Proxy: parsed("https://" + addr), CA: ca, NoGzip: true}
			if !idle {
				res, err := tr.RoundTrip(with(t, "https://"+addr, o))
				if err != nil {
					t.Fatal(err)
				}
				text, err := io.ReadAll(res.Body)
				res.Body.Close()
				if _, cut := errors.AsType[*conn.IncompleteReadError](err); string(text) != "part" || (err == nil) != tt.full || cut == tt.full {
					t.Errorf("%s: %q, %v", name, text, err)
				}
				continue
			}
			do(t, tr, with(t, "https://"+addr, o))
			close(goOn)
			<-ended
			req := with(t, "https://"+addr, o)
			req.Method = "POST" // which is not sent a second time
			awaitUnfit(t, tr)
			do(t, tr, req)
			if n := conns.Load(); n != 2 {
				t.Errorf("%s: %d connections", name, n)
			}
		}
	}
}

// A buffered is a connection of which something has been read ahead.
type buffered struct {
	net.Conn
	r io.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.r.Read(p) }

// awaitUnfit waits until the only idle connection can be seen to be of no use.
func awaitUnfit(t *testing.T, tr *Transport) {
	t.Helper()
	tr.pool.mu.Lock()
	c := tr.pool.idle.first
	tr.pool.mu.Unlock()
	awaitDead(t, c)
}

// What one layer holds decrypted is noticed too: it would be taken for the next answer.
func TestBytesHeldByEitherLayer(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	config := &tls.Config{Certificates: []tls.Certificate{root.Leaf(t, "127.0.0.1").Chain()}, DynamicRecordSizingDisabled: true}
	ca := caOfRoots(t, root)
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	long := "HTTP/1.1 200 OK\r\nContent-Length: 12000\r\n\r\n" + strings.Repeat("a", 12000)
	for _, layer := range []string{"origin", "proxy", "clear"} {
		var mu sync.Mutex
		conns := 0
		addr := serve(t, func(_ int, raw net.Conn) {
			mu.Lock()
			conns++
			mu.Unlock()
			outer := tls.Server(raw, config)
			r := bufio.NewReader(outer)
			if _, err := readHead(r); err != nil {
				return
			}
			if layer == "clear" {
				_, _ = io.WriteString(outer, long+evil) // in one record
				_, _ = io.Copy(io.Discard, r)
				return
			}
			_, _ = io.WriteString(outer, "HTTP/1.1 200 OK\r\n\r\n")
			joined := &joiner{Conn: &buffered{outer, r}}
			inner := tls.Server(joined, config)
			in := bufio.NewReader(inner)
			if _, err := readHead(in); err != nil {
				return
			}
			if layer == "origin" {
				_, _ = io.WriteString(inner, long+evil)
			} else {
				// One record of the proxy's layer: the answer, as a record of the origin's, and
				// the beginning of another such, which is too long to be read along.
				joined.hold = true
				_, _ = io.WriteString(inner, ok2)
				_, _ = io.WriteString(inner, strings.Repeat("x", 8000))
				joined.flush()
			}
			_, _ = io.Copy(io.Discard, in)
		})
		tr := examined(t, &Transport{MaxConns: 1})
		target := "https://" + addr
		if layer == "clear" {
			target = "http://a.example"
		}
		for range 2 {
			res, err := tr.RoundTrip(with(t, target, &Overrides{Proxy: parsed("https://" + addr), CA: ca, NoGzip: true}))
			if err != nil {
				t.Fatal(err)
			}
			// As much as there is, so that nothing is read ahead by us.
			text := make([]byte, res.ContentLength)
			if _, err := io.ReadFull(res.Body, text); err != nil || string(text) != "ok" && string(text) != strings.Repeat("a", len(text)) {
				t.Errorf("%s: %q, %v", layer, text, err)
			}
			body(t, res)
		}
		mu.Lock()
		if conns != 2 {
			t.Errorf("%s: %d connections", layer, conns)
		}
		mu.Unlock()
	}
}

// A joiner keeps back what is written while hold is set.
type joiner struct {
	net.Conn
	hold bool
	kept []byte
}

func (j *joiner) Write(p []byte) (int, error) {
	if j.hold {
		j.kept = append(j.kept, p...)
		return len(p), nil
	}
	return j.Conn.Write(p)
}

func (j *joiner) flush() {
	j.hold = false
	_, _ = j.Write(j.kept)
}

// What is told of a request through two layers: TLS is a phase of its own for each.
func TestEventsOfTwoLayers(t *testing.T) {
	l := newTwoLayers(t, "https", nil)
	rec := &recorder{}
	tr := examined(t, &Transport{Tracer: rec})
	var report Report
	o := &Overrides{
		CA: caOfRoots(t, l.proxyRoot, l.originRoot), NoGzip: true, Proxy: l.proxy.rule("mona:hunter2"),
		Report: func(context.Context) *Report { return &report },
	}
	start := time.Now()
	do(t, tr, with(t, l.originURL, o))
	took := time.Since(start)
	lines, events := rec.take()
	checkLines(t, lines,
		"choice proxy", "start connect", "done connect false", "start tls", "done tls false", "start connect", "tunnel 200", "done connect false",
		"start tls", "done tls false", "choice connection",
		"start send", "request GET / reused=false", "done send false", "start wait", "done wait false", "start receive",
		"response 200", "data up=false ok", "done receive false", "over false")
	checkTimings(t, events, took, trace.Connect, trace.TLS, trace.Send, trace.Wait, trace.Receive)
	if report.Timings.Total() > took {
		t.Errorf("%v of %v", report.Timings, took)
	}
	for i, want := range map[int]string{3: l.proxy.addr, 8: l.originURL[len("https://"):]} {
		if s := events[i].(trace.PhaseStart); s.Addr != want {
			t.Errorf("event %d: %s, want %s", i, s.Addr, want)
		}
	}
	tunnel := events[6].(trace.Tunnel)
	if tunnel.Proxy != "https://"+l.proxy.addr || tunnel.Target != l.originURL[len("https://"):] || tunnel.Fields.Get("X-Route") != "7" || tunnel.Exchange == 0 {
		t.Errorf("%+v", tunnel)
	}
}

// Connect limits the socket and CONNECT together, and TLS between them has a limit of its own.
func TestLimitsOfAnHTTPSProxy(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	config := &tls.Config{Certificates: []tls.Certificate{root.Leaf(t, "127.0.0.1").Chain()}}
	const limit = 60 * time.Millisecond
	addr := serve(t, func(_ int, raw net.Conn) {
		outer := tls.Server(raw, config)
		_, _ = io.Copy(io.Discard, outer)
	})
	tr := examined(t, &Transport{
		Limits: trace.Limits{Connect: limit, TLS: 10 * time.Second},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			select {
			case <-time.After(limit / 2):
			case <-ctx.Done():
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		},
	})
	var report Report
	start := time.Now()
	err := fails(t, tr, with(t, "https://a.example", &Overrides{Proxy: parsed("https://" + addr), CA: caOfRoots(t, root), Report: func(context.Context) *Report { return &report }}))
	if err.Limit != limit || err.Phase != trace.Connect || !err.Proxy || strings.Contains(err.Error(), "TLS") {
		t.Errorf("%#v", err)
	}
	if c := report.Timings.Connect; c < limit || c > time.Since(start)-report.Timings.TLS+time.Millisecond || report.Timings.TLS <= 0 {
		t.Errorf("%v in %v", report.Timings, time.Since(start))
	}
}
