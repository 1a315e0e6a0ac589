package transport

// Proxies that refuse, ask, lie, stall and go away.

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// What is no 2xx opens no tunnel: not one byte of the request is sent, and nothing of the answer
// is taken for the origin's (GHSA-pc5p-h8pf-mvwp, CERT VU#905344).
func TestRefusedConnect(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	for name, tt := range map[string]struct {
		answer string
		status int // of a TunnelError; 0: it is another error
		is     error
		body   string
	}{
		"403":             {refusal, 403, conn.ErrHTTP, "no way\n"},
		"redirect":        {"HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n", 302, conn.ErrHTTP, ""},
		"401":             {"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", 401, conn.ErrHTTP, ""},
		"304":             {"HTTP/1.1 304 Not Modified\r\n\r\n", 304, conn.ErrHTTP, ""},
		"until close":     {"HTTP/1.0 502 Bad Gateway\r\n\r\ngoneCLOSE", 502, conn.ErrHTTP, "gone"},
		"chunked":         {"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 500, conn.ErrHTTP, "abc"},
		"long":            {"HTTP/1.1 500 No\r\nContent-Length: 102400\r\n\r\n" + long, 500, conn.ErrHTTP, long[:64<<10]},
		"cut short":       {"HTTP/1.1 500 No\r\nContent-Length: 10\r\n\r\nhalfCLOSE", 500, conn.ErrHTTP, "half"},
		"after 1xx":       {"HTTP/1.1 103 Early\r\nSet-Cookie: a=b\r\n\r\n" + refusal, 403, conn.ErrHTTP, "no way\n"},
		"tunnel in a 407": {"HTTP/1.1 407 Who\r\n\r\nHTTP/1.1 200 OK\r\n\r\nCLOSE", 407, conn.ErrHTTP, "HTTP/1.1 200 OK\r\n\r\n"},
		"early bytes":     {"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03", 0, conn.ErrHTTP, ""},
		"a body":          {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 0, conn.ErrHTTP, ""},
		"101":             {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 0, conn.ErrHTTP, ""},
		"NUL":             {"HTTP/1.1 403 No\r\nX: a\x00b\r\n\r\n", 0, conn.ErrHTTP, ""},
		"no HTTP":         {"SSH-2.0-x\r\n", 0, conn.ErrHTTP, ""},
		"hangs up":        {"CLOSE", 0, conn.ErrRemoteDisconnected, ""},
		"half a head":     {"HTTP/1.1 200 OK\r\nX: CLOSE", 0, io.ErrUnexpectedEOF, ""},
		"flood of 1xx":    {strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 50), 0, conn.ErrHTTP, ""},
		"huge head":       {"HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 500) + "\r\n", 0, conn.ErrHTTP, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := newTLSOrigin(t, ok2)
			p := newScriptedProxy(t, o.addr, tt.answer)
			tr := examined(t, &Transport{})
			body := newClosable("secret body")
			req := with(t, "https://"+o.addr, &Overrides{Proxy: p.rule("u:hunter2"), CA: o.ca})
			req.Method, req.Body, req.ContentLength = "POST", body, 11
			err := fails(t, tr, req)
			if err.Phase != trace.Connect || !err.Proxy || err.Sent || err.Answered || err.Addr != p.addr || !errors.Is(err, tt.is) || err.Timeout() {
				t.Errorf("%#v: %v", err, err)
			}
			e, refused := errors.AsType[*conn.TunnelError](err)
			if refused != (tt.status != 0) {
				t.Fatalf("%v", err)
			}
			if refused && (e.Status != tt.status || e.Target != o.addr || string(e.Body) != tt.body) {
				t.Errorf("%d with %.100q (%d bytes), for %s", e.Status, e.Body, len(e.Body), e.Target)
			}
			if name == "403" && (e.Reason != "Forbidden" || e.Fields.Get("set-cookie") != "a=b") {
				t.Errorf("%+v", e)
			}
			if text := err.Error(); strings.Contains(text, "hunter2") || strings.Contains(text, "evil") {
				t.Error(text)
			}
			if body.closed.Load() != 1 {
				t.Error("the body was not closed")
			}
			checkStats(t, tr, Stats{})
			tr.Close()
			checkHeads(t, "the origin", o.took())
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.heads) != 1 || p.rest.Len() != 0 || p.conns != 1 {
				t.Errorf("the proxy got %q, and %q, on %d connections", p.heads, p.rest.String(), p.conns)
			}
		})
	}
}

// A challenge is answered once, on the same connection if the proxy keeps it.
func TestConnectIsAsked(t *testing.T) {
	closing := "HTTP/1.0 407 Who\r\nProxy-Authenticate: Test\r\n\r\nnoCLOSE"
	for name, tt := range map[string]struct {
		answers []string
		word    string
		heads   int
		conns   int
		status  int // of a TunnelError
	}{
		"kept":                   {[]string{challenged, tunnel}, "Test yes", 2, 1, 0},
		"kept, no body":          {[]string{"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n", tunnel}, "Test yes", 2, 1, 0},
		"closed":                 {[]string{closing, tunnel}, "Test yes", 2, 2, 0},
		"closed without a word":  {[]string{challenged + "CLOSE", tunnel}, "Test yes", 2, 2, 0},
		"closed after the other": {[]string{challenged, "CLOSE", tunnel}, "Test yes", 3, 2, 0},
		"wrong":                  {[]string{challenged}, "Test no", 2, 1, 407},
		"wrong, closed":          {[]string{closing}, "Test no", 2, 2, 407},
		"then refused":           {[]string{challenged, refusal}, "Test yes", 2, 1, 403},
		"no answer":              {[]string{challenged}, "", 1, 1, 407},
		"long body":              {[]string{"HTTP/1.1 407 Who\r\nContent-Length: 999999\r\n\r\n" + strings.Repeat("x", 999999), tunnel}, "Test yes", 2, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			o := newTLSOrigin(t, ok2)
			p := newScriptedProxy(t, o.addr, tt.answers...)
			tr := examined(t, &Transport{MaxConns: 1})
			c := &testChallenger{word: tt.word}
			req := with(t, "https://"+o.addr+"/secret", &Overrides{Proxy: p.rule("not:used"), ProxyAuth: c, CA: o.ca})
			if tt.status == 0 {
				for range 2 {
					do(t, tr, req)
				}
				if got := o.took(); len(got) != 2 || strings.Contains(got[0], "Proxy") {
					t.Errorf("the origin got %q", got)
				}
			} else {
				err := fails(t, tr, req)
				if e, ok := errors.AsType[*conn.TunnelError](err); !ok || e.Status != tt.status {
					t.Error(err)
				}
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.heads) != tt.heads || p.conns != tt.conns {
				t.Errorf("%q on %d connections", p.heads, p.conns)
			}
			for i, head := range p.heads {
				want := "CONNECT " + o.addr + " HTTP/1.1\r\nHost: " + o.addr + "\r\nUser-Agent: godwit/0.1.0\r\n"
				if i > 0 {
					want += "Proxy-Authorization: " + tt.word + "\r\n"
				}
				if head != want+"\r\n" {
					t.Errorf("head %d: %q", i, head)
				}
			}
			asked := []string{"Authorize CONNECT " + o.addr}
			if seen := c.took(); len(seen) == 0 || seen[0] != asked[0] || len(seen) != 2 || c.at != "http://"+p.addr+" "+o.addr {
				t.Errorf("asked %q, of %s", seen, c.at)
			}
		})
	}
}

// A 407 to a request in plain text is answered likewise, if the body can be had again.
func TestAbsoluteFormIsAsked(t *testing.T) {
	for name, tt := range map[string]struct {
		answers []string
		word    string
		method  string
		body    io.Reader
		once    bool // the body
		given   string
		heads   int
		want    int
	}{
		"GET":          {[]string{challenged, ok2}, "Test yes", "GET", nil, false, "", 2, 200},
		"wrong":        {[]string{challenged}, "Test no", "GET", nil, false, "", 2, 407},
		"no answer":    {[]string{challenged, ok2}, "", "GET", nil, false, "", 1, 407},
		"body":         {[]string{challenged, ok2}, "Test yes", "POST", strings.NewReader("abc"), false, "", 2, 200},
		"body once":    {[]string{challenged, ok2}, "Test yes", "POST", strings.NewReader("abc"), true, "", 1, 407},
		"closed":       {[]string{"HTTP/1.0 407 Who\r\n\r\nCLOSE", ok2}, "Test yes", "POST", strings.NewReader("abc"), false, "", 2, 200},
		"a given word": {[]string{challenged, ok2}, "Test yes", "GET", nil, false, "Test mine", 1, 407},
		"then refused": {[]string{challenged, refusal}, "Test yes", "GET", nil, false, "", 2, 403},
	} {
		t.Run(name, func(t *testing.T) {
			p := newScriptedProxy(t, "", tt.answers...)
			tr := examined(t, &Transport{MaxConns: 1})
			c := &testChallenger{word: tt.word}
			req := request(t, tt.method, "http://u:p@a.example/x?q", tt.body)
			req = req.WithContext(With(req.Context(), &Overrides{Proxy: p.rule(""), ProxyAuth: c}))
			if tt.once {
				req.GetBody = nil
			}
			if tt.given != "" {
				req.Header.Set("Proxy-Authorization", tt.given)
			}
			res, err := tr.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if body(t, res); res.StatusCode != tt.want || res.Request != req {
				t.Errorf("status %d", res.StatusCode)
			}
			heads := p.took()
			if tt.body != nil { // what follows a head stands before the next
				for i := range heads {
					heads[i] = strings.TrimPrefix(heads[i], "abc")
				}
			}
			if len(heads) != tt.heads {
				t.Fatalf("%q", heads)
			}
			for i, head := range heads {
				word := tt.given
				if i > 0 {
					word = tt.word
				}
				if !strings.HasPrefix(head, tt.method+" http://a.example/x?q HTTP/1.1\r\nHost: a.example\r\n") ||
					strings.Contains(head, "Proxy-Auth") != (word != "") || !strings.Contains(head, word) {
					t.Errorf("head %d: %q", i, head)
				}
			}
			if seen := c.took(); tt.given == "" && (seen[0] != "Authorize "+tt.method+" http://a.example/x?q" || c.at != "http://"+p.addr+" a.example") {
				t.Errorf("asked %q of %s", seen, c.at)
			} else if tt.given != "" && seen != nil {
				t.Errorf("asked %q", seen)
			}
		})
	}
}

// A 407 that comes from an origin is nobody's challenge.
func TestOriginThatPlaysProxy(t *testing.T) {
	o := newTLSOrigin(t, challenged)
	p := newScriptedProxy(t, o.addr, tunnel)
	plain := newScriptedProxy(t, "", challenged)
	tr := examined(t, &Transport{})
	c := &testChallenger{word: "Test secret"}
	for _, req := range []*http.Request{
		with(t, "https://"+o.addr, &Overrides{Proxy: p.rule(""), ProxyAuth: c, CA: o.ca}),
		with(t, "https://"+o.addr, &Overrides{ProxyAuth: c, CA: o.ca}),
		with(t, "http://"+plain.addr, &Overrides{ProxyAuth: c}),
	} {
		res, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if body(t, res); res.StatusCode != 407 {
			t.Error(res.Status)
		}
	}
	for _, head := range append(o.took(), plain.took()...) {
		if strings.Contains(head, "secret") {
			t.Errorf("%q", head)
		}
	}
	if seen := c.took(); slices.ContainsFunc(seen, func(s string) bool { return strings.HasPrefix(s, "Answer") }) {
		t.Errorf("%q", seen)
	}
}

// The certificate has to be the origin's, behind a tunnel too (CVE-2021-28363, CVE-2022-32210).
func TestTLSThroughATunnel(t *testing.T) {
	o := newTLSOrigin(t, ok2)
	p := newScriptedProxy(t, o.addr, tunnel)
	tr := examined(t, &Transport{})
	for target, cause := range map[string]tlserr.Cause{
		"https://" + o.addr:         tlserr.UnknownIssuer,
		"https://other.example:443": tlserr.NameMismatch,
	} {
		over := &Overrides{Proxy: p.rule("")}
		if cause == tlserr.NameMismatch {
			over.CA = o.ca
		}
		err := fails(t, tr, with(t, target, over))
		if e, ok := errors.AsType[*tlserr.Error](err); !ok || e.Cause != cause || err.Phase != trace.TLS || err.Proxy || err.Sent || err.Addr != target[len("https://"):] {
			t.Errorf("%s: %#v", target, err)
		}
	}
	checkHeads(t, "the origin", o.took())
	// Unverified is for the origin that it was said for.
	do(t, tr, with(t, "https://"+o.addr, &Overrides{Proxy: p.rule(""), Insecure: true, Origin: "https://" + o.addr}))
	fails(t, tr, with(t, "https://"+o.addr, &Overrides{Proxy: p.rule(""), Insecure: true, Origin: "http://" + p.addr}))
}

// Connections are shared among those whom the proxy takes for the same (CVE-2026-3784), and who
// want the same origin (CVE-2026-6734).
func TestWhoSharesATunnel(t *testing.T) {
	o := newTLSOrigin(t, ok2)
	p, other := newScriptedProxy(t, o.addr, tunnel), newScriptedProxy(t, o.addr, tunnel)
	tr := examined(t, &Transport{})
	challenger := &testChallenger{word: "x"}
	apart := []*Overrides{
		{},
		{Proxy: p.rule("")},
		{Proxy: p.rule("u:p")},
		{Proxy: p.rule("u:q")},
		{Proxy: p.rule("v:p")},
		{Proxy: other.rule("u:p")},
		{Proxy: p.rule(""), ProxyAuth: says("Basic x")},
		{Proxy: p.rule(""), ProxyAuth: challenger},
		{Proxy: p.rule(""), ProxyAuth: &testChallenger{word: "x"}},
		{Proxy: p.rule(""), ProxyAuth: funcChallenger{Func: func(*http.Request) error { return nil }}},
	}
	for range 2 {
		for _, over := range apart {
			over.CA = o.ca
			do(t, tr, with(t, "https://"+o.addr, over))
		}
	}
	checkStats(t, tr, Stats{Open: len(apart), Idle: len(apart)})
	for _, over := range []*Overrides{ // said otherwise, and the same
		{Proxy: p.rule("u:p"), ProxyAuth: says("Basic x")},
		{Proxy: p.rule("u:p"), ProxyAuth: challenger},
		{Proxy: p.rule(""), ProxyAuth: says("Basic dTpw")},
	} {
		over.CA = o.ca
		do(t, tr, with(t, "https://"+o.addr, over))
	}
	req := with(t, "https://"+o.addr, &Overrides{Proxy: p.rule("u:z"), CA: o.ca})
	req.Header.Set("Proxy-Authorization", "Basic dTpw")
	do(t, tr, req)
	checkStats(t, tr, Stats{Open: len(apart), Idle: len(apart)})

	plain := newScriptedProxy(t, "", ok2)
	tr = examined(t, &Transport{})
	for range 2 {
		do(t, tr, with(t, "http://a.example", &Overrides{Proxy: plain.rule("")}))
		do(t, tr, with(t, "http://b.example", &Overrides{Proxy: plain.rule("")}))
		do(t, tr, with(t, "http://b.example", &Overrides{Proxy: plain.rule("u:p")}))
	}
	checkStats(t, tr, Stats{Open: 3, Idle: 3})
}

// A tunnel that has died is dug anew, and the request sent once.
func TestResendThroughATunnel(t *testing.T) {
	config := newAuthority(t).serverConfig(t)
	var mu sync.Mutex
	var heads []string
	origin := serve(t, func(n int, c net.Conn) { // hangs up on the second request of a connection
		s := tlsServerOver(c, config)
		r := newReader(s)
		for i := range 2 {
			head, err := readHead(r)
			if err != nil {
				return
			}
			mu.Lock()
			heads = append(heads, head[:4])
			mu.Unlock()
			if i == 0 {
				io.WriteString(s, ok2)
			}
		}
	})
	p := newScriptedProxy(t, origin, tunnel)
	tr := examined(t, &Transport{})
	over := &Overrides{Proxy: p.rule(""), CA: parseCAOf(t, newAuthority(t))}
	do(t, tr, with(t, "https://"+origin, over))
	do(t, tr, with(t, "https://"+origin, over))
	req := with(t, "https://"+origin, over)
	req.Method = "POST"
	err := fails(t, tr, req)
	if !err.Sent || err.Proxy || err.Addr != origin {
		t.Errorf("%#v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if got := p.took(); len(got) != 2 || len(heads) != 4 {
		t.Errorf("%d tunnels, %q", len(got), heads)
	}
}

// Connect limits the socket and the tunnel together, be the proxy asked once or twice.
func TestLimitOfATunnel(t *testing.T) {
	for name, slow := range map[string]func(c net.Conn){
		"silent": func(c net.Conn) { io.Copy(io.Discard, c) },
		"trickles": func(c net.Conn) {
			r := newReader(c)
			readHead(r)
			for i := 0; ; i++ {
				<-time.After(100 * time.Millisecond)
				if _, err := io.WriteString(c, []string{"HTTP/1.1 200 OK\r\nX: ", "y"}[min(i, 1)]); err != nil {
					return
				}
			}
		},
		"1xx": func(c net.Conn) {
			readHead(newReader(c))
			for range 10 {
				<-time.After(time.Second)
				io.WriteString(c, "HTTP/1.1 103 Early\r\n\r\n")
			}
			io.Copy(io.Discard, c)
		},
		"asks slowly": func(c net.Conn) {
			r := newReader(c)
			readHead(r)
			<-time.After(2 * time.Second)
			io.WriteString(c, "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n")
			io.Copy(io.Discard, r)
		},
		"asks and closes": func(c net.Conn) {
			readHead(newReader(c))
			<-time.After(time.Second)
			io.WriteString(c, "HTTP/1.0 407 Who\r\n\r\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			tr := &Transport{Limits: trace.Limits{Connect: 4 * time.Second}}
			piped(t, tr, func(t *testing.T, p *piper) {
				p.handle = func(_ int, c net.Conn) { slow(c) }
				tr.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
					<-time.After(1500 * time.Millisecond)
					return p.Dial(ctx, network, addr)
				}
				start := time.Now()
				rec := &recorder{}
				err := fails(t, tr, with(t, "https://a.example", &Overrides{
					Proxy: proxyOn("p.example:3128"), ProxyAuth: &testChallenger{word: "x"}, Tracer: rec,
				}))
				if took := time.Since(start); took != 4*time.Second || err.Limit != took || err.Setting != "Limits.Connect" {
					t.Errorf("took %v: %#v", took, err)
				}
				if err.Phase != trace.Connect || !err.Proxy || err.Addr != "p.example:3128" || !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%#v", err)
				}
				_, events := rec.take()
				checkTimings(t, events, 4*time.Second, trace.Connect)
				<-time.After(time.Minute) // the proxy notices
			})
		})
	}
}

// A refusal whose body does not end stands after a second.
func TestRefusalThatDoesNotEnd(t *testing.T) {
	tr := &Transport{}
	piped(t, tr, func(t *testing.T, p *piper) {
		p.handle = func(_ int, c net.Conn) {
			r := newReader(c)
			readHead(r)
			io.WriteString(c, "HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nhalf")
			io.Copy(io.Discard, r)
		}
		start := time.Now()
		err := fails(t, tr, with(t, "https://a.example", &Overrides{Proxy: proxyOn("p.example:3128")}))
		e, ok := errors.AsType[*conn.TunnelError](err)
		if !ok || e.Status != 503 || string(e.Body) != "half" || time.Since(start) != refusalTime {
			t.Errorf("%v after %v: %+v", err, time.Since(start), e)
		}
	})
}

// What is told of a request through a tunnel.
func TestEventsOfATunnel(t *testing.T) {
	o := newTLSOrigin(t, ok2)
	p := newScriptedProxy(t, o.addr, challenged, tunnel)
	rec := &recorder{}
	tr := examined(t, &Transport{Tracer: rec})
	req, hooks := hooked(t, with(t, "https://"+o.addr+"/p", &Overrides{
		Call: 7, CA: o.ca, NoGzip: true, Proxy: p.rule("u:hunter2"), ProxyAuth: &testChallenger{word: "hunter2"},
	}))
	start := time.Now()
	do(t, tr, req)
	took := time.Since(start)
	lines, events := rec.take()
	checkLines(t, lines,
		"choice proxy", "start connect", "tunnel 407", "tunnel 200", "done connect false", "start tls", "done tls false", "choice connection",
		"start send", "request GET /p reused=false", "done send false", "start wait", "done wait false", "start receive",
		"response 200", "data up=false ok", "done receive false", "over false")
	checkTimings(t, events, took, trace.Connect, trace.TLS, trace.Send, trace.Wait, trace.Receive)
	if c := events[0].(trace.Choice); c.Call != 7 || c.Value != "http://"+p.addr || c.Rule == "" {
		t.Errorf("%+v", c)
	}
	if s := events[1].(trace.PhaseStart); s.Addr != p.addr {
		t.Errorf("%+v", s)
	}
	hooks.check(t, "GetConn "+p.addr, "ConnectStart tcp", "ConnectDone tcp <nil>", "TLSHandshakeStart", "TLSHandshakeDone true <nil>",
		"GotConn reused=false idle=false", "WroteHeaderField Host", "WroteHeaderField User-Agent", "WroteHeaders", "WroteRequest <nil>",
		"GotFirstResponseByte", "PutIdleConn <nil>")

	plain := newScriptedProxy(t, "", challenged, ok2)
	do(t, tr, with(t, "http://a.example/p?q", &Overrides{Proxy: plain.rule(""), ProxyAuth: &testChallenger{word: "hunter2"}}))
	lines, events = rec.take()
	exchange := []string{
		"choice connection", "start send", "request GET http://a.example/p?q reused=false", "done send false", "start wait", "done wait false", "start receive",
	}
	want := append([]string{"choice proxy", "start connect", "done connect false"}, exchange...)
	want = append(want, "response 407", "done receive false", "over false", "attempt challenge")
	exchange[2] = "request GET http://a.example/p?q reused=true"
	want = append(append(want, exchange...), "response 200", "data up=false ok", "done receive false", "over false")
	lines = slices.DeleteFunc(lines, func(l string) bool { return l == "data up=false no" }) // read or drained
	checkLines(t, lines, want...)
	for _, ev := range events {
		if h, ok := ev.(trace.RequestHead); ok && h.URL != "http://a.example/p?q" {
			t.Errorf("URL %q", h.URL)
		}
	}
}

// An Auth that fails keeps the request from being sent.
func TestProxyAuthThatFails(t *testing.T) {
	p := newScriptedProxy(t, "", challenged)
	why := errors.New("no password")
	fail := func(*http.Request) error { return why }
	for _, scheme := range []string{"http", "https"} {
		tr := examined(t, &Transport{})
		for _, o := range []*Overrides{
			{ProxyAuth: authFunc(fail)},
			{ProxyAuth: failingChallenger{authFunc(fail), nil}},
			{ProxyAuth: failingChallenger{authFunc(func(*http.Request) error { return nil }), why}},
		} {
			o.Proxy = p.rule("")
			err := fails(t, tr, with(t, scheme+"://a.example", o))
			if !errors.Is(err, why) || !err.Proxy || err.Phase != trace.Connect || err.Addr != p.addr {
				t.Errorf("%s: %#v", scheme, err)
			}
			if s := tr.Stats(); s.InFlight != 0 {
				t.Errorf("%+v", s)
			}
		}
	}
	if got := p.took(); len(got) != 2 {
		t.Errorf("%q", got)
	}
}

// 64 goroutines, three kinds of proxies and none, one Transport.
func TestProxiesAtOnce(t *testing.T) {
	o := newTLSOrigin(t, ok2)
	direct := serve(t, always(ok2))
	p, plain := newScriptedProxy(t, o.addr, tunnel), newScriptedProxy(t, "", ok2)
	tr := examined(t, &Transport{MaxConns: 16})
	cert := clientCertificate(t)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			var report *Report
			over := &Overrides{CA: o.ca, Report: func(context.Context) *Report { report = new(Report); return report }, Secrets: []string{"x"}}
			target := "https://" + o.addr
			switch i % 4 {
			case 0:
				over.Proxy = p.rule("u:p")
			case 1:
				over.Proxy, target = plain.rule("v:q"), "http://a.example"
			case 2:
				over.Certificate, over.Origin = cert, target
			default:
				target = "http://" + direct
			}
			for range 10 {
				if got := do(t, tr, with(t, target, over)); got != "ok" {
					t.Errorf("%q", got)
				}
				if report.Timings.Wait == 0 || (report.Proxy != nil) != (i%4 < 2) {
					t.Errorf("%+v", report)
				}
			}
		})
	}
	all.Wait()
}
