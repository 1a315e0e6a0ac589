package h3_test

// A Transport that speaks HTTP/3 beside HTTP/1.1 and HTTP/2.

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
	"example.com/godwit/transport/h3"
)

// both is a server that is to be reached over TCP, and over UDP on a port of its own.
type both struct {
	*httptest.Server
	udp   netip.AddrPort
	roots *x509.CertPool
	seen  chan string // the protocols of the requests, if there is room
	stop  func()      // stops what is on UDP
}

func startBoth(t testing.TB, h http.HandlerFunc) *both {
	t.Helper()
	b := &both{seen: make(chan string, 1000)}
	ready := make(chan bool)
	handle := func(w http.ResponseWriter, r *http.Request) {
		<-ready
		r = r.WithContext(context.WithValue(r.Context(), portKey{}, b.udp.Port()))
		select {
		case b.seen <- r.Proto:
		default:
		}
		h(w, r)
	}
	b.udp, b.roots, b.stop = h3.ServeHTTP3(handle)
	close(ready)
	t.Cleanup(b.stop)
	b.Server = httptest.NewUnstartedServer(http.HandlerFunc(handle))
	b.TLS = &tls.Config{Certificates: []tls.Certificate{h3.Certificate()}}
	b.EnableHTTP2 = true
	b.StartTLS()
	t.Cleanup(b.Close)
	return b
}

type portKey struct{}

// port returns the port of a both that speaks HTTP/3, for its handlers.
func port(r *http.Request) uint16 { return r.Context().Value(portKey{}).(uint16) }

// transport returns one that trusts the server. Nothing may be left of it at the end of the test.
func (b *both) transport(t testing.TB) *transport.Transport {
	tr := &transport.Transport{HTTP3: &h3.Dialer{}, TLS: &tls.Config{RootCAs: b.roots}}
	tr.HTTP3HeadStart = time.Minute // on a machine that has much else to do
	t.Cleanup(func() {
		tr.Close()
		for range 1000 {
			if tr.Stats() == (transport.Stats{}) {
				return
			}
			<-time.After(time.Millisecond)
		}
		t.Errorf("left behind: %+v", tr.Stats())
	})
	return tr
}

// says announces the port.
func says(w http.ResponseWriter, port uint16, more string) {
	w.Header().Set("Alt-Svc", fmt.Sprintf(`h3=":%d"%s`, port, more))
}

// get returns the protocol of the response, and its body.
func get(t testing.TB, tr http.RoundTripper, url string) (proto, body string) {
	t.Helper()
	proto, body, err := do(tr, request(t, "GET", url, nil))
	if err != nil {
		t.Fatal(err)
	}
	return proto, body
}

func do(tr http.RoundTripper, req *http.Request) (proto, body string, err error) {
	res, err := tr.RoundTrip(req)
	if err != nil {
		return "", "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.Proto, string(b), err
}

func request(t testing.TB, method, url string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func hello(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Method, " ", r.URL.Path) }

// HTTP/3 alone: nothing but that is spoken.
func TestForced(t *testing.T) {
	addr, roots, stop := h3.ServeHTTP3(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, r.Body)
		fmt.Fprint(w, " ", r.UserAgent())
	})
	defer stop()
	tr := &transport.Transport{HTTP3: &h3.Dialer{}, Protocols: transport.HTTP3, TLS: &tls.Config{RootCAs: roots}}
	defer tr.Close()
	var reports []*transport.Report
	ctx := transport.With(t.Context(), &transport.Overrides{Report: func(context.Context) *transport.Report {
		reports = append(reports, new(transport.Report))
		return reports[len(reports)-1]
	}})
	for _, method := range []string{"GET", "POST", "HEAD", "PUT"} {
		var body io.Reader
		if method[0] == 'P' {
			body = strings.NewReader("body")
		}
		res, err := tr.RoundTrip(request(t, method, "https://"+addr.String()+"/x", body).WithContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		want := map[string]string{"GET": " " + transport.UserAgent, "POST": "body " + transport.UserAgent, "HEAD": ""}
		if w, ok := want[method]; ok && string(text) != w || err != nil || res.Proto != "HTTP/3.0" {
			t.Errorf("%s: %s %q %v", method, res.Proto, text, err)
		}
	}
	if len(reports) != 4 {
		t.Fatal(len(reports))
	}
	for i, r := range reports {
		c := r.Conn
		if c.Protocol != "HTTP/3.0" || c.Remote != addr || !c.Local.IsValid() || c.TLS == nil || c.TLS.NegotiatedProtocol != "h3" || c.Reused != (i > 0) {
			t.Errorf("%d: %+v", i, c)
		}
		if (r.Timings.Connect > 0) != (i == 0) || r.Timings.TLS != 0 || r.Timings.Wait <= 0 {
			t.Errorf("%d: %+v", i, r.Timings)
		}
	}
	if s := tr.Stats(); s.Open != 1 || s.Idle != 1 {
		t.Errorf("%+v", s)
	}
}

// HTTP/3 alone, where it cannot be spoken.
func TestForcedInVain(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(hello))
	defer plain.Close()
	for name, tr := range map[string]*transport.Transport{
		"no dialer":   {Protocols: transport.HTTP3},
		"Dial":        {Protocols: transport.HTTP3, HTTP3: &h3.Dialer{}, Dial: new(net.Dialer).DialContext},
		"a proxy":     {Protocols: transport.HTTP3, HTTP3: &h3.Dialer{}, Proxy: http.ProxyURL(request(t, "GET", plain.URL, nil).URL)},
		"unix socket": {Protocols: transport.HTTP3, HTTP3: &h3.Dialer{}, Sockets: transport.Sockets{Unix: "/no/such"}},
	} {
		t.Run(name, func(t *testing.T) {
			defer tr.Close()
			_, _, err := do(tr, request(t, "GET", "https://127.0.0.1:1/", nil))
			if !errors.Is(err, transport.ErrProtocol) {
				t.Error(err)
			}
		})
	}
	t.Run("http", func(t *testing.T) {
		tr := &transport.Transport{Protocols: transport.HTTP3, HTTP3: &h3.Dialer{}}
		defer tr.Close()
		if _, _, err := do(tr, request(t, "GET", plain.URL, nil)); !errors.Is(err, transport.ErrProtocol) {
			t.Error(err)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		tr := &transport.Transport{Protocols: transport.HTTP3, HTTP3: &h3.Dialer{}, Limits: trace.Limits{Connect: 50 * time.Millisecond}}
		defer tr.Close()
		_, _, err := do(tr, request(t, "GET", "https://127.0.0.1:1/", nil))
		e, ok := errors.AsType[*transport.Error](err)
		if !ok || e.Phase != trace.Connect || e.Limit != 50*time.Millisecond || e.Sent {
			t.Errorf("%#v", err)
		}
	})
	t.Run("not trusted", func(t *testing.T) {
		addr, _, stop := h3.ServeHTTP3(hello)
		defer stop()
		tr := &transport.Transport{Protocols: transport.HTTP3, HTTP3: &h3.Dialer{}}
		defer tr.Close()
		_, _, err := do(tr, request(t, "GET", "https://"+addr.String(), nil))
		e, ok := errors.AsType[*transport.Error](err)
		if !ok || e.Phase != trace.TLS {
			t.Errorf("%#v", err)
		}
		if e, ok := errors.AsType[*tlserr.Error](err); !ok || e.Cause != tlserr.SelfSigned {
			t.Errorf("%#v", err)
		}
	})
}

// A server that says so is spoken to over HTTP/3 from then on.
func TestAltSvc(t *testing.T) {
	b := startBoth(t, func(w http.ResponseWriter, r *http.Request) {
		says(w, port(r), "")
		io.Copy(w, r.Body)
	})
	tr := b.transport(t)
	if proto, _ := get(t, tr, b.URL); proto != "HTTP/2.0" {
		t.Error(proto)
	}
	for range 3 {
		if proto, _ := get(t, tr, b.URL); proto != "HTTP/3.0" {
			t.Error(proto)
		}
	}
	big := bytes.Repeat([]byte("x"), 1<<20)
	proto, body, err := do(tr, request(t, "POST", b.URL, bytes.NewReader(big)))
	if proto != "HTTP/3.0" || len(body) != len(big) || err != nil {
		t.Error(proto, len(body), err)
	}
	if s := tr.Stats(); s.Open != 2 || s.Idle != 2 {
		t.Errorf("%+v", s)
	}
	tr.CloseIdleConnections()
	if s := tr.Stats(); s.Open != 0 {
		t.Errorf("%+v", s)
	}
	if proto, _ := get(t, tr, b.URL); proto != "HTTP/3.0" {
		t.Error("forgotten with the connections:", proto)
	}
	// Who does not want HTTP/3 does not get it, nor does who has other settings.
	for name, o := range map[string]*transport.Overrides{
		"HTTP/1.1": {Protocols: transport.HTTP1},
		"HTTP/2":   {Protocols: transport.HTTP2},
		"Insecure": {Insecure: true},
	} {
		req := request(t, "GET", b.URL, nil)
		if proto, _, err := do(tr, req.WithContext(transport.With(t.Context(), o))); proto == "HTTP/3.0" || err != nil {
			t.Error(name, proto, err)
		}
	}
}

// What plain HTTP, or a proxy, says of alternatives is nothing to us.
func TestAltSvcOfPlainHTTP(t *testing.T) {
	b := startBoth(t, hello)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { says(w, b.udp.Port(), "") }))
	defer plain.Close()
	tr := b.transport(t)
	for range 2 {
		if proto, _ := get(t, tr, plain.URL); proto != "HTTP/1.1" {
			t.Error(proto)
		}
	}
}

func TestAltSvcClear(t *testing.T) {
	b := startBoth(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/clear" {
			w.Header().Set("Alt-Svc", "clear")
			return
		}
		says(w, port(r), "")
	})
	tr := b.transport(t)
	get(t, tr, b.URL)
	if proto, _ := get(t, tr, b.URL+"/clear"); proto != "HTTP/3.0" {
		t.Error(proto)
	}
	if proto, _ := get(t, tr, b.URL+"/"); proto != "HTTP/2.0" {
		t.Error(proto)
	}
}

// The alternative has to be the origin: its certificate must be for that.
func TestAltSvcOfAnother(t *testing.T) {
	other, _, stop := h3.ServeHTTP3As(h3.CertificateFor("other.example"), func(w http.ResponseWriter, r *http.Request) {
		t.Error("another host has got the request")
	})
	defer stop()
	b := startBoth(t, func(w http.ResponseWriter, r *http.Request) { says(w, other.Port(), "") })
	tr := b.transport(t)
	for range 3 {
		if proto, _ := get(t, tr, b.URL); proto != "HTTP/2.0" {
			t.Error(proto)
		}
	}
}

// 421: there is another origin there.
func TestMisdirected(t *testing.T) {
	b := startBoth(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 3 {
			w.WriteHeader(http.StatusMisdirectedRequest)
			return
		}
		if r.URL.Path == "/say" {
			says(w, port(r), "")
		}
		io.Copy(w, r.Body)
	})
	tr := b.transport(t)
	get(t, tr, b.URL+"/say")
	proto, body, err := do(tr, request(t, "POST", b.URL, strings.NewReader("body")))
	if proto != "HTTP/2.0" || body != "body" || err != nil {
		t.Error(proto, body, err)
	}
	// It is not asked there again.
	clear(b.seen)
	get(t, tr, b.URL)
	if proto := <-b.seen; proto != "HTTP/2.0" {
		t.Error(proto)
	}
	// Nothing can be done about a body that is gone.
	get(t, tr, b.URL+"/say")
	req := request(t, "POST", b.URL, io.MultiReader(strings.NewReader("body")))
	res, err := tr.RoundTrip(req)
	if err != nil || res.StatusCode != http.StatusMisdirectedRequest {
		t.Error(res, err)
	}
	res.Body.Close()
}

func clear(c chan string) {
	for {
		select {
		case <-c:
		default:
			return
		}
	}
}

// Nobody is where the server says: no request fails for that, and none but the first waits.
func TestAltSvcLies(t *testing.T) {
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	b := startBoth(t, func(w http.ResponseWriter, r *http.Request) {
		says(w, silent.LocalAddr().(*net.UDPAddr).AddrPort().Port(), "")
		io.Copy(w, r.Body)
	})
	tr := b.transport(t)
	tr.HTTP3HeadStart = 0
	get(t, tr, b.URL)
	start := time.Now()
	if proto, _ := get(t, tr, b.URL); proto != "HTTP/2.0" {
		t.Error(proto)
	}
	if took := time.Since(start); took < 300*time.Millisecond || took > 5*time.Second {
		t.Error("it took", took)
	}
	tr = b.transport(t)
	tr.HTTP3HeadStart = 3 * time.Second
	get(t, tr, b.URL)
	get(t, tr, b.URL)
	start = time.Now()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			// The body can be read once only.
			proto, body, err := do(tr, request(t, "POST", b.URL, io.MultiReader(strings.NewReader("body"))))
			if proto != "HTTP/2.0" || body != "body" || err != nil {
				t.Error(proto, body, err)
			}
		})
	}
	all.Wait()
	if took := time.Since(start); took > 2500*time.Millisecond {
		t.Error("they have waited:", took)
	}
}

// The same with a limit that passes: it is remembered that it does not work.
func TestAltSvcBroken(t *testing.T) {
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	b := startBoth(t, func(w http.ResponseWriter, r *http.Request) {
		says(w, silent.LocalAddr().(*net.UDPAddr).AddrPort().Port(), "")
	})
	tr := b.transport(t)
	tr.Limits.Connect = 2 * time.Second
	get(t, tr, b.URL)
	get(t, tr, b.URL)
	start := time.Now()
	get(t, tr, b.URL)
	if took := time.Since(start); took > 1500*time.Millisecond {
		t.Error("it is tried again:", took)
	}
}

// HTTP3First tries without having been told.
func TestFirst(t *testing.T) {
	b := startBoth(t, hello)
	tr := b.transport(t)
	tr.Protocols = transport.HTTP1 | transport.HTTP3First
	tr.Limits.Connect = 2 * time.Second
	if proto, _ := get(t, tr, "https://"+b.udp.String()); proto != "HTTP/3.0" {
		t.Error(proto)
	}
	if proto, _ := get(t, tr, b.URL); proto != "HTTP/1.1" {
		t.Error(proto)
	}
}

// A connection that takes longer than its head start is there for the next request.
func TestLate(t *testing.T) {
	hold := make(chan bool)
	addr, _, stop := h3.ServeHTTP3After(hold, hello)
	defer stop()
	b := startBoth(t, func(w http.ResponseWriter, r *http.Request) { says(w, addr.Port(), "") })
	tr := b.transport(t)
	tr.HTTP3HeadStart = 0
	get(t, tr, b.URL)
	if proto, _ := get(t, tr, b.URL); proto != "HTTP/2.0" {
		t.Error(proto)
	}
	close(hold)
	for range 1000 {
		if proto, _ := get(t, tr, b.URL); proto == "HTTP/3.0" {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Error("it never came")
}

// If TCP fails, HTTP/3 is worth waiting for.
func TestTCPFails(t *testing.T) {
	hold := make(chan bool)
	addr, roots, stop := h3.ServeHTTP3After(hold, func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	defer stop()
	tr := &transport.Transport{HTTP3: &h3.Dialer{}, Protocols: transport.HTTP1 | transport.HTTP3First, TLS: &tls.Config{RootCAs: roots}}
	defer tr.Close()
	var failed atomic.Bool
	tr.Tracer = trace.Func(func(_ context.Context, ev trace.Event) {
		if done, ok := ev.(trace.PhaseDone); ok && done.Phase == trace.Connect && done.Err != nil && !failed.Swap(true) {
			close(hold) // now that TCP has been refused
		}
	})
	proto, body, err := do(tr, request(t, "POST", "https://"+addr.String(), strings.NewReader("body")))
	if proto != "HTTP/3.0" || body != "body" || err != nil {
		t.Error(proto, body, err)
	}
}

// A request that is given up waits for nobody, and leaves nothing behind.
func TestCancelBeside(t *testing.T) {
	hold := make(chan bool)
	addr, roots, stop := h3.ServeHTTP3After(hold, hello)
	defer stop()
	defer close(hold)
	tr := &transport.Transport{
		HTTP3: &h3.Dialer{}, HTTP3HeadStart: time.Minute,
		Protocols: transport.HTTP1 | transport.HTTP3First, TLS: &tls.Config{RootCAs: roots},
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	mine := errors.New("mine")
	tr.Tracer = trace.Func(func(_ context.Context, ev trace.Event) {
		if begun, ok := ev.(trace.PhaseStart); ok && begun.Phase == trace.Connect {
			cancel(mine)
		}
	})
	start := time.Now()
	_, _, err := do(tr, request(t, "GET", "https://"+addr.String(), nil).WithContext(ctx))
	if !errors.Is(err, mine) || !errors.Is(err, context.Canceled) || time.Since(start) > 30*time.Second {
		t.Error(err, time.Since(start))
	}
	tr.Close()
	for range 1000 {
		if tr.Stats() == (transport.Stats{}) {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Errorf("%+v", tr.Stats())
}

// A connection that the server closes while it is idle is gone from the pool.
func TestServerCloses(t *testing.T) {
	addr, roots, stop := h3.ServeHTTP3(hello)
	tr := &transport.Transport{HTTP3: &h3.Dialer{}, Protocols: transport.HTTP3, TLS: &tls.Config{RootCAs: roots}}
	defer tr.Close()
	get(t, tr, "https://"+addr.String())
	if s := tr.Stats(); s.Idle != 1 {
		t.Errorf("%+v", s)
	}
	stop()
	for range 2000 {
		if tr.Stats() == (transport.Stats{}) {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Errorf("%+v", tr.Stats())
}

// Close ends what goes on in the background.
func TestCloseBeside(t *testing.T) {
	hold := make(chan bool)
	addr, _, stop := h3.ServeHTTP3After(hold, hello)
	defer stop()
	defer close(hold)
	b := startBoth(t, func(w http.ResponseWriter, r *http.Request) { says(w, addr.Port(), "") })
	tr := b.transport(t)
	tr.HTTP3HeadStart = -1
	get(t, tr, b.URL)
	get(t, tr, b.URL) // which does not wait for HTTP/3
	if s := tr.Stats(); s.InFlight != 1 {
		t.Errorf("%+v", s)
	}
	tr.CloseIdleConnections() // does so as well
	for range 2000 {
		if tr.Stats() == (transport.Stats{}) {
			break
		}
		<-time.After(time.Millisecond)
	}
	if s := tr.Stats(); s.Open != 0 {
		t.Errorf("%+v", s)
	}
	get(t, tr, b.URL)
}
