package transport

// HTTP/2 with a server that knows it: net/http's.

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/godwit/trace"
)

// serveHTTP2 runs a server that speaks HTTP/2 and HTTP/1.1 over TLS, and returns a Transport that
// trusts it.
func serveHTTP2(t testing.TB, handle http.HandlerFunc) (*httptest.Server, *Transport) {
	t.Helper()
	srv := httptest.NewUnstartedServer(handle)
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = discardLog
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv, examined(t, &Transport{TLS: &tls.Config{RootCAs: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}})
}

// echo answers with what it was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	fmt.Fprintf(w, "%s %s %s %d", r.Proto, r.Method, r.URL.RequestURI(), len(text))
}

func TestHTTP2(t *testing.T) {
	srv, tr := serveHTTP2(t, echo)
	for range 3 {
		if got := get(t, tr, srv.URL+"/a?b"); got != "HTTP/2.0 GET /a?b 0" {
			t.Error(got)
		}
	}
	if got := do(t, tr, request(t, "POST", srv.URL+"/", strings.NewReader("hello"))); got != "HTTP/2.0 POST / 5" {
		t.Error(got)
	}
	if got := do(t, tr, request(t, "PUT", srv.URL+"/", io.MultiReader(bytes.NewReader(make([]byte, 3<<20))))); got != "HTTP/2.0 PUT / 3145728" {
		t.Error(got)
	}
	res, err := tr.RoundTrip(request(t, "HEAD", srv.URL+"/", nil))
	if err != nil {
		t.Fatal(err)
	}
	if res.Body != http.NoBody || res.Proto != "HTTP/2.0" || res.ProtoMajor != 2 || res.TLS == nil || res.TLS.NegotiatedProtocol != "h2" {
		t.Errorf("%+v", res)
	}
	checkStats(t, tr, Stats{Open: 1, Idle: 1})
}

// Which protocol is spoken is what the Transport allows, the request allows, and the server
// chooses.
func TestProtocols(t *testing.T) {
	srv, tr := serveHTTP2(t, echo)
	old := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	old.Config.ErrorLog = discardLog
	old.TLS = &tls.Config{Certificates: srv.TLS.Certificates, NextProtos: []string{"http/1.1"}}
	old.StartTLS()
	t.Cleanup(old.Close)
	clear := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	clear.Config.Protocols = new(http.Protocols)
	clear.Config.Protocols.SetUnencryptedHTTP2(true)
	clear.Config.Protocols.SetHTTP1(true)
	clear.Start()
	t.Cleanup(clear.Close)
	for _, tt := range []struct {
		url       string
		protocols Protocols
		want      string
	}{
		{srv.URL, 0, "HTTP/2.0"},
		{srv.URL, HTTP1, "HTTP/1.1"},
		{srv.URL, HTTP2, "HTTP/2.0"},
		{srv.URL, HTTP1 | HTTP2, "HTTP/2.0"},
		{old.URL, 0, "HTTP/1.1"},
		{old.URL, HTTP2, "refused"},
		{clear.URL, 0, "HTTP/1.1"},
		{clear.URL, HTTP10, "HTTP/1.0"},
		{clear.URL, HTTP10 | HTTP2, "HTTP/1.0"},
		{srv.URL, HTTP10, "HTTP/1.0"},
		{clear.URL, HTTP2, "HTTP/2.0"},
		{clear.URL, HTTP1 | HTTP2, "HTTP/1.1"},
	} {
		for range 2 {
			req := with(t, tt.url, &Overrides{Protocols: tt.protocols})
			if tt.want == "refused" {
				if err := fails(t, tr, req); err.Phase != trace.TLS || err.Sent {
					t.Error(err)
				}
				continue
			}
			if got := do(t, tr, req); !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s, %v: %s, want %s", tt.url, tt.protocols, got, tt.want)
			}
		}
	}
}

// A burst opens one connection where one will do.
func TestBurstSharesOneConnection(t *testing.T) {
	const many = 64
	var all sync.WaitGroup
	all.Add(many)
	srv, tr := serveHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		all.Done()
		all.Wait() // all are under way at the same time
		io.WriteString(w, r.RemoteAddr)
	})
	got := make(chan string, many)
	for range many {
		go func() { got <- get(t, tr, srv.URL) }() // ends with the request
	}
	addrs := map[string]bool{}
	for range many {
		addrs[<-got] = true
	}
	if len(addrs) != 1 {
		t.Errorf("%d connections", len(addrs))
	}
	checkStats(t, tr, Stats{Open: 1, Idle: 1})
}

// Once a server is known to speak HTTP/1.1 alone, a burst does not wait for one handshake.
func TestBurstOfHTTP1(t *testing.T) {
	const many = 16
	var all sync.WaitGroup
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all.Done()
		all.Wait()
		io.WriteString(w, "ok")
	}))
	srv.StartTLS()
	t.Cleanup(srv.Close)
	tr := examined(t, &Transport{TLS: srv.Client().Transport.(*http.Transport).TLSClientConfig})
	for range 2 {
		all.Add(many)
		var done sync.WaitGroup
		for range many {
			done.Go(func() { get(t, tr, srv.URL) })
		}
		done.Wait()
		checkStats(t, tr, Stats{Open: many, Idle: many})
		tr.CloseIdleConnections()
	}
}

// More requests than the server allows streams: another connection, or a wait, as the bounds have
// it; and nothing is lost.
func TestStreamsRunOut(t *testing.T) {
	for _, streams := range []uint32{1, 100} {
		for _, bound := range []int{0, 1, 3} {
			t.Run(fmt.Sprintf("%d streams, %d connections", streams, bound), func(t *testing.T) {
				var now, most atomic.Int32
				srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					n := now.Add(1)
					for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
					}
					<-tick()
					now.Add(-1)
					io.WriteString(w, "ok")
				}))
				srv.EnableHTTP2 = true
				srv.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: int(streams)}
				srv.Config.ErrorLog = discardLog
				srv.StartTLS()
				t.Cleanup(srv.Close)
				tr := examined(t, &Transport{TLS: srv.Client().Transport.(*http.Transport).TLSClientConfig, MaxConnsPerHost: bound})
				var all sync.WaitGroup
				for range 250 {
					all.Go(func() {
						if got := get(t, tr, srv.URL); got != "ok" {
							t.Error(got)
						}
					})
				}
				all.Wait()
				s := tr.Stats()
				t.Logf("%d at once, %d connections", most.Load(), s.Open)
				if bound > 0 && (s.Open > bound || int(most.Load()) > bound*int(streams)) {
					t.Errorf("%d at once over %d connections", most.Load(), s.Open)
				}
				if bound == 0 && streams == 100 && s.Open > 3 {
					t.Errorf("%d connections", s.Open)
				}
			})
		}
	}
}

func TestHTTP2Cancel(t *testing.T) {
	reached, release := make(chan bool, 10), make(chan bool)
	srv, tr := serveHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			io.WriteString(w, "some")
			w.(http.Flusher).Flush()
		}
		if r.URL.Path != "/" {
			reached <- true
			select {
			case <-r.Context().Done():
			case <-release:
			}
		}
		io.WriteString(w, "ok")
	})
	defer close(release)
	get(t, tr, srv.URL+"/")
	ctx, cancel := context.WithCancel(t.Context())
	wrote := make(chan bool)
	go func() { // ends with the request
		<-reached
		<-wrote
		cancel()
	}()
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { close(wrote) }})
	err := fails(t, tr, request(t, "GET", srv.URL+"/wait", nil).WithContext(traced))
	if !errors.Is(err, context.Canceled) || err.Phase != trace.Wait || !err.Sent || err.Answered {
		t.Errorf("%+v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	res, e := tr.RoundTrip(request(t, "GET", srv.URL+"/body", nil).WithContext(ctx))
	if e != nil {
		t.Fatal(e)
	}
	<-reached
	cancel()
	_, e = io.ReadAll(res.Body)
	if err, ok := errors.AsType[*Error](e); !ok || !errors.Is(e, context.Canceled) || err.Phase != trace.Receive {
		t.Error(e)
	}
	res.Body.Close()
	get(t, tr, srv.URL+"/")
	checkStats(t, tr, Stats{Open: 1, Idle: 1})
}
