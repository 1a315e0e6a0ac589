//go:build !race

// quic-go reads and writes the server's transport parameters at once when streams are opened before
// the handshake is over (its issue 4303), so that the race detector has something to say of each of
// these tests.

package h3

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quic-go/quic-go/http3"

	"example.com/godwit/transport"
)

func TestMayBeEarly(t *testing.T) {
	for _, test := range []struct {
		method, field string
		body          io.Reader
		want          bool
	}{
		{"GET", "", nil, true},
		{"", "", nil, true},
		{"HEAD", "", nil, true},
		{"GET", "Accept", nil, true},
		{"GET", "", http.NoBody, true},
		{"GET", "", strings.NewReader("x"), false},
		{"GET", "Authorization", nil, false},
		{"GET", "Cookie", nil, false},
		{"GET", "Proxy-Authorization", nil, false},
		{"POST", "", nil, false},
		{"OPTIONS", "", nil, false},
		{"DELETE", "", nil, false},
		{"QUERY", "", nil, false},
	} {
		req := request(t, "GET", "/", test.body)
		req.Method = test.method
		if test.field != "" {
			req.Header.Set(test.field, "x")
		}
		if got := mayBeEarly(req); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

// An early server says how it got a request. The first connection to it leaves a ticket.
func earlyServer(t *testing.T, h http.HandlerFunc) (*server, *transport.HTTP3Options) {
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Method, " ", r.Header.Get("Early-Data"), " ")
		if h != nil {
			h(w, r)
		}
	}, nil)
	opt := options()
	opt.TLS.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	return s, opt
}

// meet lets the server give us a ticket.
func meet(t *testing.T, d *Dialer, s *server, opt *transport.HTTP3Options) {
	cache := &noticing{ClientSessionCache: opt.TLS.ClientSessionCache, put: make(chan bool, 8)}
	own := *opt
	own.TLS = opt.TLS.Clone()
	own.TLS.ClientSessionCache = cache
	c := open(t, d, s.addr, &own)
	get(t, c, "/")
	<-cache.put
	c.Close()
}

type noticing struct {
	tls.ClientSessionCache
	put chan bool
}

func (n *noticing) Put(key string, s *tls.ClientSessionState) {
	n.ClientSessionCache.Put(key, s)
	n.put <- true
}

// A gate holds a server's handshakes up, once it is shut.
type gate struct{ shut atomic.Pointer[chan bool] }

func (g *gate) use(s *http3.Server) {
	s.TLSConfig.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if shut := g.shut.Load(); shut != nil {
			<-*shut
		}
		return nil, nil
	}
}

// roundTrip sends a request while the gate is shut, and opens that when the head has been sent.
func (g *gate) roundTrip(t *testing.T, d *Dialer, to netip.AddrPort, opt *transport.HTTP3Options, req *http.Request) (*conn, *http.Response, error) {
	shut := make(chan bool)
	g.shut.Store(&shut)
	c := open(t, d, to, opt)
	if !c.isEarly() {
		t.Fatal("the handshake is over")
	}
	var once sync.Once
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{WroteHeaders: func() { once.Do(func() { close(shut) }) }})
	res, err := c.RoundTrip(req.WithContext(ctx))
	return c, res, err
}

func TestEarly(t *testing.T) {
	var g gate
	s := start(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Method, r.Header["Early-Data"]) }, g.use)
	opt := options()
	opt.TLS.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	d := &Dialer{Early: true}
	meet(t, d, s, opt)
	c, res, err := g.roundTrip(t, d, s.addr, opt, request(t, "GET", "/", nil))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(res.Body); string(got) != "GET[]" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if !c.quic.ConnectionState().Used0RTT {
		t.Error("nothing was sent early")
	}
	res = roundTrip(t, c, request(t, "POST", "/", strings.NewReader("x")))
	if body, err := io.ReadAll(res.Body); string(body) != "POST[]" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}

// It must be asked for.
func TestNotEarly(t *testing.T) {
	s, opt := earlyServer(t, nil)
	var d Dialer
	meet(t, &d, s, opt)
	c := open(t, &d, s.addr, opt)
	if c.isEarly() {
		t.Error("the handshake is not over")
	}
	get(t, c, "/")
	if state := c.quic.ConnectionState(); state.Used0RTT || !state.TLS.DidResume {
		t.Error(state.Used0RTT, state.TLS.DidResume)
	}
}

// What is not safe waits for the handshake.
func TestPostIsNotEarly(t *testing.T) {
	s, opt := earlyServer(t, nil)
	d := &Dialer{Early: true}
	meet(t, d, s, opt)
	c := open(t, d, s.addr, opt)
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteHeaderField: func(string, []string) {
		if c.isEarly() {
			t.Error("sent before the handshake is over")
		}
	}})
	res := roundTrip(t, c, request(t, "POST", "/", nil).WithContext(ctx))
	res.Body.Close()
}

// A server that has lost its keys rejects what was sent early. It may be sent again, and is not
// sent early then.
func TestEarlyRejected(t *testing.T) {
	var count atomic.Int64
	s, opt := earlyServer(t, nil)
	d := &Dialer{Early: true}
	meet(t, d, s, opt)
	s.kill()
	var g gate
	again := startAt(t, s.addr, func(http.ResponseWriter, *http.Request) { count.Add(1) }, func(s *http3.Server) {
		s.QUICConfig.Allow0RTT = false
		g.use(s)
	})
	c, _, err := g.roundTrip(t, d, again.addr, opt, request(t, "GET", "/", nil))
	if e, ok := errors.AsType[*Error](err); !ok || !e.Unprocessed() || count.Load() != 0 {
		t.Errorf("%v: %#v, %d requests", err, err, count.Load())
	}
	if c.Err() == nil {
		t.Error("the connection goes on")
	}
	g.shut.Store(nil)
	c = open(t, d, again.addr, opt)
	if c.isEarly() {
		t.Error("it is early again")
	}
	get(t, c, "/")
	if count.Load() != 1 {
		t.Error(count.Load())
	}
}

// What waited for the handshake has not been sent if the server rejects what was sent with it.
func TestEarlyRejectedPost(t *testing.T) {
	s, opt := earlyServer(t, nil)
	d := &Dialer{Early: true}
	meet(t, d, s, opt)
	s.kill()
	again := startAt(t, s.addr, s.Handler.ServeHTTP, func(s *http3.Server) { s.QUICConfig.Allow0RTT = false })
	c := open(t, d, again.addr, opt)
	_, err := c.RoundTrip(request(t, "POST", "/", nil))
	if e, ok := errors.AsType[*Error](err); !ok || !e.Unprocessed() {
		t.Errorf("%#v", err)
	}
}

// 425: the server does not want it early.
func TestTooEarly(t *testing.T) {
	var g gate
	var count atomic.Int64
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		if count.Add(1) == 2 { // the first one is that of meet
			w.WriteHeader(http.StatusTooEarly)
		}
		io.WriteString(w, "ok")
	}, g.use)
	opt := options()
	opt.TLS.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	d := &Dialer{Early: true}
	meet(t, d, s, opt)
	c, res, err := g.roundTrip(t, d, s.addr, opt, request(t, "GET", "/", nil))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if res.StatusCode != 200 || string(body) != "ok" || err != nil || count.Load() != 3 {
		t.Error(res.Status, string(body), err, count.Load())
	}
	if c.InFlight() != 0 {
		t.Error(c.InFlight())
	}
	// One that was not sent early is the caller's.
	count.Store(1)
	res = roundTrip(t, c, request(t, "GET", "/", nil))
	res.Body.Close()
	if res.StatusCode != http.StatusTooEarly {
		t.Error(res.Status)
	}
}
