package transport

// The hooks of net/http/httptrace, on which otelhttp and others live.

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A diary notes which hooks ran, with what can be compared.
type diary struct {
	mu    sync.Mutex // guards the following
	lines []string
	conns []httptrace.GotConnInfo
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
	d.mu.Unlock()
}

func (d *diary) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(hostPort string) { d.note("GetConn %s", hostPort) },
		GotConn: func(i httptrace.GotConnInfo) {
			d.note("GotConn reused=%v idle=%v", i.Reused, i.WasIdle)
			d.conns = append(d.conns, i)
		},
		PutIdleConn:          func(err error) { d.note("PutIdleConn %v", err) },
		GotFirstResponseByte: func() { d.note("GotFirstResponseByte") },
		Got100Continue:       func() { d.note("Got100Continue") },
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			d.note("Got1xxResponse %d %s", code, h.Get("Link"))
			return nil
		},
		DNSStart:          func(i httptrace.DNSStartInfo) { d.note("DNSStart %s", i.Host) },
		DNSDone:           func(i httptrace.DNSDoneInfo) { d.note("DNSDone %d %v", len(i.Addrs), i.Err) },
		ConnectStart:      func(network, addr string) { d.note("ConnectStart %s", network) },
		ConnectDone:       func(network, addr string, err error) { d.note("ConnectDone %s %v", network, err) },
		TLSHandshakeStart: func() { d.note("TLSHandshakeStart") },
		TLSHandshakeDone:  func(s tls.ConnectionState, err error) { d.note("TLSHandshakeDone %v %v", s.HandshakeComplete, err) },
		WroteHeaderField:  func(key string, values []string) { d.note("WroteHeaderField %s", key) },
		WroteHeaders:      func() { d.note("WroteHeaders") },
		Wait100Continue:   func() { d.note("Wait100Continue") },
		WroteRequest:      func(i httptrace.WroteRequestInfo) { d.note("WroteRequest %v", i.Err) },
	}
}

func (d *diary) check(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.lines, want) {
		t.Errorf("hooks:\n\t%s\nwant:\n\t%s", strings.Join(d.lines, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func hooked(t *testing.T, req *http.Request) (*http.Request, *diary) {
	t.Helper()
	d := &diary{}
	return req.WithContext(httptrace.WithClientTrace(req.Context(), d.hooks())), d
}

type fixedResolver struct{}

func (fixedResolver) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

func TestHooks(t *testing.T) {
	srv, ca, _, _ := tlsServer(t)
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	tr := examined(t, &Transport{Resolver: fixedResolver{}})
	url := "https://example.com:" + port + "/"
	req, first := hooked(t, with(t, url, &Overrides{CA: ca}))
	do(t, tr, req)
	first.check(t,
		"GetConn example.com:"+port,
		"DNSStart example.com", "DNSDone 1 <nil>",
		"ConnectStart tcp", "ConnectDone tcp <nil>",
		"TLSHandshakeStart", "TLSHandshakeDone true <nil>",
		"GotConn reused=false idle=false",
		"WroteHeaderField Host", "WroteHeaderField User-Agent", "WroteHeaderField Accept-Encoding",
		"WroteHeaders", "WroteRequest <nil>",
		"GotFirstResponseByte", "PutIdleConn <nil>",
	)
	<-time.After(5 * time.Millisecond)
	req, second := hooked(t, with(t, url, &Overrides{CA: ca}))
	do(t, tr, req)
	second.check(t,
		"GetConn example.com:"+port,
		"GotConn reused=true idle=true",
		"WroteHeaderField Host", "WroteHeaderField User-Agent", "WroteHeaderField Accept-Encoding",
		"WroteHeaders", "WroteRequest <nil>",
		"GotFirstResponseByte", "PutIdleConn <nil>",
	)
	a, b := first.conns[0], second.conns[0]
	if a.Conn != b.Conn || a.IdleTime != 0 || b.IdleTime < 5*time.Millisecond || b.IdleTime > time.Minute {
		t.Errorf("%+v, then %+v", a, b)
	}
	if _, ok := b.Conn.(*tls.Conn); !ok {
		t.Errorf("the connection is a %T", b.Conn)
	}
}

func TestHooksOfInterimResponses(t *testing.T) {
	addr := serve(t, func(_ int, c net.Conn) {
		r := newReader(c)
		for line := ""; line != "\r\n"; line, _ = r.ReadString('\n') {
		}
		io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
		io.ReadFull(r, make([]byte, 4))
		io.WriteString(c, noBody)
		io.Copy(io.Discard, r)
	})
	tr := examined(t, &Transport{DisableCompression: true})
	req := request(t, "POST", "http://"+addr+"/", strings.NewReader("body"))
	req.Header.Set("Expect", "100-continue")
	req, d := hooked(t, req)
	do(t, tr, req)
	// The body is sent by a goroutine of its own, which may be through at any time.
	if i := slices.Index(d.lines, "WroteRequest <nil>"); i < slices.Index(d.lines, "Got1xxResponse 103 </a>") {
		t.Errorf("the body was sent before it was asked for: %q", d.lines)
	} else {
		d.lines = slices.Delete(d.lines, i, i+1)
	}
	d.check(t,
		"GetConn "+addr, "ConnectStart tcp", "ConnectDone tcp <nil>", "GotConn reused=false idle=false",
		"WroteHeaderField Host", "WroteHeaderField User-Agent", "WroteHeaderField Content-Length", "WroteHeaderField Expect",
		"WroteHeaders", "Wait100Continue", "GotFirstResponseByte",
		"Got1xxResponse 103 </a>", "Got100Continue", "Got1xxResponse 100 ",
		"PutIdleConn <nil>",
	)
}

// An error of a hook ends the exchange.
func TestHookThatFails(t *testing.T) {
	addr := serve(t, always("HTTP/1.1 103 Early Hints\r\n\r\n"+noBody))
	tr := examined(t, &Transport{})
	cause := fmt.Errorf("not wanted")
	req := request(t, "GET", "http://"+addr, nil)
	err := fails(t, tr, req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(int, textproto.MIMEHeader) error { return cause },
	})))
	if err.Err != cause {
		t.Error(err)
	}
	checkStats(t, tr, Stats{})
}

func TestHooksOfFailures(t *testing.T) {
	tr := examined(t, &Transport{})
	req, d := hooked(t, request(t, "GET", "http://"+refusing(t), nil))
	err := fails(t, tr, req)
	if len(d.lines) != 3 || d.lines[1] != "ConnectStart tcp" || !strings.Contains(d.lines[2], "refused") {
		t.Errorf("%v: %q", err, d.lines)
	}
	srv, _, _, _ := tlsServer(t)
	req, d = hooked(t, request(t, "GET", srv.URL, nil))
	fails(t, tr, req)
	if last := d.lines[len(d.lines)-1]; !strings.HasPrefix(last, "TLSHandshakeDone false ") || strings.HasSuffix(last, "<nil>") {
		t.Errorf("%q", d.lines)
	}
}
