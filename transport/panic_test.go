package transport

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"testing"
	"time"

	"example.com/godwit/trace"
)

// Hooks, tracers and dialers are other people's code, and net/http's servers recover from
// what their handlers do. A panic must cost the request, and not the connection's place in
// the pool: with one place, the next request would wait for ever.
func TestPanicsOfOthers(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.Write([]byte("hello"))
	}))
	defer srv.Close()
	hooks := map[string]*httptrace.ClientTrace{
		"GetConn":              {GetConn: func(string) { panic("hook") }},
		"GotConn":              {GotConn: func(httptrace.GotConnInfo) { panic("hook") }},
		"WroteHeaderField":     {WroteHeaderField: func(string, []string) { panic("hook") }},
		"WroteHeaders":         {WroteHeaders: func() { panic("hook") }},
		"WroteRequest":         {WroteRequest: func(httptrace.WroteRequestInfo) { panic("hook") }},
		"GotFirstResponseByte": {GotFirstResponseByte: func() { panic("hook") }},
		"Got1xxResponse":       {Got1xxResponse: func(int, textproto.MIMEHeader) error { panic("hook") }},
		"PutIdleConn":          {PutIdleConn: func(error) { panic("hook") }},
		"ConnectDone":          {ConnectDone: func(string, string, error) { panic("hook") }},
	}
	for name, hook := range hooks {
		t.Run(name, func(t *testing.T) {
			checkAfterPanic(t, srv.URL, &Transport{}, httptrace.WithClientTrace(t.Context(), hook))
		})
	}
	t.Run("Dial", func(t *testing.T) {
		tr := &Transport{}
		once := true
		tr.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if once {
				once = false
				return nil, net.ErrClosed
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
		checkAfterPanic(t, srv.URL, tr, t.Context())
	})
	proxy := newScriptedProxy(t, "", challenged)
	for name, c := range map[string]panickyChallenger{"Authorize": {true}, "Answer": {false}} {
		t.Run(name+" of a proxy", func(t *testing.T) {
			over := &Overrides{Proxy: proxy.rule(""), ProxyAuth: c}
			checkAfterPanic(t, srv.URL, &Transport{}, With(t.Context(), over))
			req := with(t, "https://a.example", over)
			tr := examined(t, &Transport{})
			func() {
				defer func() { recover() }()
				tr.RoundTrip(req)
			}()
			checkStats(t, tr, Stats{})
		})
	}
	for n := range 40 { // more than there are events
		t.Run("event", func(t *testing.T) {
			seen := 0
			tracer := trace.Func(func(context.Context, trace.Event) {
				if seen++; seen == n+1 {
					panic("tracer")
				}
			})
			checkAfterPanic(t, srv.URL, &Transport{}, With(t.Context(), &Overrides{Tracer: tracer}))
		})
	}
}

// checkAfterPanic sends a request in a context in which something may panic, twice, on a new
// connection and on a used one, and then one in a context in which nothing does.
func checkAfterPanic(t *testing.T, url string, tr *Transport, ctx context.Context) {
	t.Helper()
	tr.MaxConns = 1
	tr.Limits = trace.Limits{Blocked: 2 * time.Second}
	defer tr.Close()
	send := func(ctx context.Context) (err error) {
		defer func() { _ = recover() }()
		req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := tr.RoundTrip(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if body(t, res) != "hello" {
			t.Error("another body")
		}
		return nil
	}
	for range 2 {
		_ = send(ctx)
		if err := send(t.Context()); err != nil {
			t.Fatalf("after a panic: %v", err)
		}
		if s := tr.Stats(); s.Open != 1 || s.Idle != 1 {
			t.Fatalf("after a panic: %+v", s)
		}
	}
}
