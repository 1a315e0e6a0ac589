package h3_test

// What becomes of requests for which HTTP/3 is no good.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
	"example.com/godwit/transport/h3"
)

// announcing starts a server over TCP that says that HTTP/3 is spoken at addr.
func announcing(t *testing.T, addr netip.AddrPort) (*both, *transport.Transport) {
	b := startBoth(t, func(w http.ResponseWriter, r *http.Request) {
		says(w, addr.Port(), "")
		io.Copy(w, r.Body)
	})
	tr := b.transport(t)
	get(t, tr, b.URL)
	return b, tr
}

func TestFallBack(t *testing.T) {
	head := h3.Headers(":status= 200") + h3.Data("over QUIC")
	for _, test := range []struct {
		name   string
		answer func(c *quic.Conn, n int, s *quic.Stream)
		method string
		once   bool // the body can be read once only
		want   string
		again  bool // HTTP/3 is tried again for the next request
	}{
		{"rejected", func(_ *quic.Conn, _ int, s *quic.Stream) { s.CancelWrite(0x10b) }, "GET", false, "", true},
		{"POST rejected", func(_ *quic.Conn, _ int, s *quic.Stream) { s.CancelWrite(0x10b) }, "POST", false, "body", true},
		{"POST rejected, its body gone", func(_ *quic.Conn, _ int, s *quic.Stream) { s.CancelWrite(0x10b) }, "POST", true, "error", true},
		{"broken off", func(_ *quic.Conn, _ int, s *quic.Stream) { s.CancelWrite(0x102) }, "GET", false, "", true},
		{"PUT broken off", func(_ *quic.Conn, _ int, s *quic.Stream) { s.CancelWrite(0x102) }, "PUT", false, "body", true},
		{"POST broken off", func(_ *quic.Conn, _ int, s *quic.Stream) { s.CancelWrite(0x102) }, "POST", false, "error", true},
		{"closed", func(c *quic.Conn, _ int, _ *quic.Stream) { c.CloseWithError(0x102, "") }, "GET", false, "", false},
		{"POST closed", func(c *quic.Conn, _ int, _ *quic.Stream) { c.CloseWithError(0x102, "") }, "POST", false, "error", false},
		{"malformed", func(_ *quic.Conn, _ int, s *quic.Stream) { s.Write([]byte(h3.Headers("X= y"))) }, "GET", false, "", false},
		{"POST malformed", func(_ *quic.Conn, _ int, s *quic.Stream) { s.Write([]byte(h3.Headers("X= y"))) }, "POST", false, "error", false},
		{"in the body", func(_ *quic.Conn, _ int, s *quic.Stream) { s.Write([]byte(head + "\x04\x00")) }, "GET", false, "error", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var count atomic.Int64
			b, tr := announcing(t, h3.ServeRaw(t, func(c *quic.Conn, n int, s *quic.Stream) {
				count.Add(1)
				test.answer(c, n, s)
			}))
			var body io.Reader
			if test.method[0] == 'P' {
				body = strings.NewReader("body")
				if test.once {
					body = io.MultiReader(body)
				}
			}
			proto, got, err := do(tr, request(t, test.method, b.URL, body))
			if test.want == "error" {
				if e, ok := errors.AsType[*transport.Error](err); !ok || !e.Sent && !test.once {
					t.Errorf("%#v", err)
				}
			} else if err != nil || proto != "HTTP/2.0" || got != test.want {
				t.Error(proto, got, err)
			}
			do(tr, request(t, "GET", b.URL, nil))
			if n := count.Load(); n > 1 != test.again {
				t.Error("asked over HTTP/3", n, "times")
			}
		})
	}
}

// What goes wrong over HTTP/3 alone is an error; what the server has not looked at is asked once more.
func TestForcedFails(t *testing.T) {
	var mu sync.Mutex
	var count int
	addr := h3.ServeRaw(t, func(_ *quic.Conn, _ int, s *quic.Stream) {
		mu.Lock()
		count++
		n := count
		mu.Unlock()
		switch n {
		case 1:
			s.CancelWrite(0x10b)
		case 2:
			s.Write([]byte(h3.Headers(":status= 200", "content-length= 2") + h3.Data("ok")))
			s.Close()
		default:
			s.CancelWrite(0x102)
		}
	})
	b := startBoth(t, hello)
	tr := b.transport(t)
	tr.Protocols = transport.HTTP3
	url := "https://" + addr.String()
	proto, body, err := do(tr, request(t, "POST", url, strings.NewReader("body")))
	if proto != "HTTP/3.0" || body != "ok" || err != nil {
		t.Error(proto, body, err)
	}
	_, _, err = do(tr, request(t, "GET", url, nil))
	if e, ok := errors.AsType[*transport.StreamError](err); !ok || e.Code != 0x102 || e.Name != "H3_INTERNAL_ERROR" {
		t.Error(err)
	}
}

// records is a resolver that knows of HTTPS records.
type records struct {
	list []transport.HTTPSRecord
	err  error
	hold chan bool // nil: it answers at once

	mu    sync.Mutex // guards the following
	asked []string
}

func (r *records) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

func (r *records) LookupHTTPS(ctx context.Context, name string) ([]transport.HTTPSRecord, error) {
	r.mu.Lock()
	r.asked = append(r.asked, name)
	r.mu.Unlock()
	if r.hold != nil {
		select {
		case <-r.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return r.list, r.err
}

func TestHTTPSRecord(t *testing.T) {
	b := startBoth(t, hello)
	port := b.Listener.Addr().(interface{ AddrPort() netip.AddrPort }).AddrPort().Port()
	url := fmt.Sprintf("https://example.test:%d", port)
	name := fmt.Sprintf("_%d._https.example.test", port)
	good := transport.HTTPSRecord{Priority: 1, ALPN: []string{"h2", "h3"}, Port: b.udp.Port(), TTL: time.Hour}
	for _, test := range []struct {
		name string
		r    *records
		want string
	}{
		{"h3", &records{list: []transport.HTTPSRecord{good}}, "HTTP/3.0"},
		{"none", &records{}, "HTTP/2.0"},
		{"an error", &records{err: errors.New("no")}, "HTTP/2.0"},
		{"no h3", &records{list: []transport.HTTPSRecord{{Priority: 1, ALPN: []string{"h2"}}}}, "HTTP/2.0"},
		{"no answer", &records{hold: make(chan bool)}, "HTTP/2.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tr := b.transport(t)
			tr.TLS.ServerName = "127.0.0.1"
			if tr.Resolver = test.r; test.r.hold != nil {
				tr.HTTP3HeadStart = 0
			}
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					if proto, body, err := do(tr, request(t, "GET", url+"/x", nil)); proto != test.want || body != "GET /x" || err != nil {
						t.Error(proto, body, err)
					}
				})
			}
			all.Wait()
			do(tr, request(t, "GET", url, nil))
			test.r.mu.Lock()
			defer test.r.mu.Unlock()
			if len(test.r.asked) != 1 || test.r.asked[0] != name {
				t.Error(test.r.asked)
			}
		})
	}
}

// Tracers are told of each exchange what happens to it, in order, and nothing after its end.
func TestTraced(t *testing.T) {
	addr := h3.ServeRaw(t, func(_ *quic.Conn, n int, s *quic.Stream) {
		if n == 1 {
			s.CancelWrite(0x10b)
			return
		}
		s.Write([]byte(h3.Headers(":status= 103", "link= x") + h3.Headers(":status= 200", "server= s") + h3.Data("ok") + h3.Headers("sum= 1")))
		s.Close()
	})
	b, tr := announcing(t, addr)
	var mu sync.Mutex
	events := map[uint64][]string{}
	var order []uint64
	var choices []string
	tell := func(id uint64, format string, args ...any) {
		if !slices.Contains(order, id) {
			order = append(order, id)
		}
		events[id] = append(events[id], fmt.Sprintf(format, args...))
	}
	ctx := transport.With(t.Context(), &transport.Overrides{Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
		mu.Lock()
		defer mu.Unlock()
		switch e := ev.(type) {
		case trace.PhaseStart:
			tell(e.Exchange, "%v", e.Phase)
		case trace.PhaseDone:
			tell(e.Exchange, "%v.", e.Phase)
		case trace.RequestHead:
			tell(e.Exchange, "> %s %s %s", e.Proto, e.Method, e.Target)
		case trace.ResponseHead:
			tell(e.Exchange, "< %s %d", e.Proto, e.Status)
		case trace.Data:
			tell(e.Exchange, "data %q", e.P)
		case trace.Trailer:
			tell(e.Exchange, "trailer %v", e.Fields)
		case trace.Done:
			tell(e.Exchange, "done %v", e.Err != nil)
		case trace.Choice:
			if e.What == "protocol" {
				choices = append(choices, e.Value)
			}
		}
	})})
	for range 2 {
		if _, _, err := do(tr, request(t, "GET", b.URL+"/x", nil).WithContext(ctx)); err != nil {
			t.Fatal(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	var got []string
	for _, id := range order {
		got = append(got, strings.Join(events[id], ", "))
	}
	want := []string{
		"connect, connect., send, > HTTP/3.0 GET /x, send., wait, wait., done true",
		"send, > HTTP/2.0 GET /x, send., wait, < HTTP/2.0 200, wait., receive, receive., done false",
		`send, > HTTP/3.0 GET /x, send., wait, < HTTP/3.0 103, < HTTP/3.0 200, wait., receive, data "ok", trailer [{sum 1 false}], receive., done false`,
	}
	if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if c := strings.Join(choices, ", "); c != "HTTP/3, TCP, HTTP/3" {
		t.Error(c)
	}
}
