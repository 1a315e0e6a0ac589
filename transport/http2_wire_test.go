package transport

// What goes over HTTP/2, what comes of it, and what tracers are told.

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// sent sends a request to a peer, and returns its fields, as the peer got them, in order of their
// names, and its body.
func sent(t *testing.T, req *http.Request) (fields []string, body string) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{}
		var flags byte
		servePeer(t, tr, func(p *peer) {
			p.settings()
			id, f, got, err := p.request()
			if err != nil {
				return
			}
			flags = f
			for _, x := range got {
				fields = append(fields, x.Name+": "+x.Value)
			}
			if flags&endStream == 0 {
				body = p.body(id)
			}
			p.ok(id)
			p.drain()
		})
		res, err := tr.RoundTrip(req.WithContext(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		tr.Close()
	})
	slices.Sort(fields)
	return fields, body
}

func TestHTTP2Fields(t *testing.T) {
	agent := "user-agent: " + UserAgent
	gzip := "accept-encoding: gzip"
	for _, tt := range []struct {
		name   string
		method string
		url    string
		host   string
		header http.Header
		body   io.Reader
		want   []string
	}{
		{name: "plain", url: "http://a/x?y", want: []string{":authority: a", ":method: GET", ":path: /x?y", ":scheme: http", gzip, agent}},
		{name: "host", url: "http://A.Example:80/", host: "b.example:8080", want: []string{":authority: b.example:8080", ":method: GET", ":path: /", ":scheme: http", gzip, agent}},
		{name: "usual port", url: "http://a.example:80", want: []string{":authority: a.example", ":method: GET", ":path: /", ":scheme: http", gzip, agent}},
		{name: "other letters", url: "http://bücher.example/ä ö?ü", want: []string{":authority: xn--bcher-kva.example", ":method: GET", ":path: /%C3%A4%20%C3%B6?%C3%BC", ":scheme: http", gzip, agent}},
		{
			name: "fields", url: "http://a/", header: http.Header{"X-Upper": {"A", "B"}, "x-lower": {""}, "User-Agent": {"me"}, "Accept-Encoding": {"br"}},
			want: []string{":authority: a", ":method: GET", ":path: /", ":scheme: http", "accept-encoding: br", "user-agent: me", "x-lower: ", "x-upper: A", "x-upper: B"},
		},
		{
			name: "of connections", url: "http://a/", header: http.Header{
				"Connection": {"keep-alive, X-Hop"}, "Keep-Alive": {"5"}, "Proxy-Connection": {"x"}, "X-Hop": {"1"}, "Te": {"trailers, deflate"},
				"Transfer-Encoding": {"chunked"}, "Proxy-Authorization": {"Basic x"}, "Host": {"evil"},
			},
			want: []string{":authority: a", ":method: GET", ":path: /", ":scheme: http", gzip, "te: trailers", agent},
		},
		{
			name: "cookies", url: "http://a/", header: http.Header{"Cookie": {"a=b; c=d"}},
			want: []string{":authority: a", ":method: GET", ":path: /", ":scheme: http", gzip, "cookie: a=b", "cookie: c=d", agent},
		},
		{
			name: "body", method: "POST", url: "http://a/", body: strings.NewReader("hello"),
			want: []string{":authority: a", ":method: POST", ":path: /", ":scheme: http", gzip, "content-length: 5", agent},
		},
		{
			name: "body of unknown length", method: "PUT", url: "http://a/", body: onceBody("hello"),
			want: []string{":authority: a", ":method: PUT", ":path: /", ":scheme: http", gzip, agent},
		},
		{
			name: "no body, which is said", method: "POST", url: "http://a/",
			want: []string{":authority: a", ":method: POST", ":path: /", ":scheme: http", gzip, "content-length: 0", agent},
		},
		{name: "method of its own", method: "purge", url: "http://a/", want: []string{":authority: a", ":method: purge", ":path: /", ":scheme: http", gzip, agent}},
		{name: "HEAD", method: "HEAD", url: "http://a/", want: []string{":authority: a", ":method: HEAD", ":path: /", ":scheme: http", agent}},
		{name: "*", method: "OPTIONS", url: "http://a/*", want: []string{":authority: a", ":method: OPTIONS", ":path: /*", ":scheme: http", gzip, agent}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequest(tt.method, tt.url, tt.body)
			if err != nil {
				t.Fatal(err)
			}
			if req.Host = tt.host; tt.header != nil {
				req.Header = tt.header
			}
			before := req.Header.Clone()
			got, body := sent(t, req)
			if !slices.Equal(got, tt.want) {
				t.Errorf("sent %q\nwant %q", got, tt.want)
			}
			if tt.body != nil && body != "hello" {
				t.Errorf("body %q", body)
			}
			if !reflect.DeepEqual(req.Header, before) {
				t.Errorf("the request's header is %v now", req.Header)
			}
		})
	}
}

// What cannot be sent is refused before there is a connection, for the same reason as over
// HTTP/1.1.
func TestHTTP2RefusesRequests(t *testing.T) {
	base := func() *http.Request {
		req, _ := http.NewRequest("POST", "http://a/", newClosable("hello"))
		req.ContentLength = 5
		return req
	}
	for name, spoil := range map[string]func(*http.Request){
		"method":               func(r *http.Request) { r.Method = "G T" },
		"method with a line":   func(r *http.Request) { r.Method = "GET / HTTP/1.1\r\nx:" },
		"name":                 func(r *http.Request) { r.Header["a b"] = []string{"x"} },
		"pseudo field":         func(r *http.Request) { r.Header[":path"] = []string{"/"} },
		"protocol":             func(r *http.Request) { r.Header[":protocol"] = []string{"websocket"} },
		"name with a line":     func(r *http.Request) { r.Header["a\r\nb"] = []string{"x"} },
		"value":                func(r *http.Request) { r.Header["A"] = []string{"b\r\nc: d"} },
		"NUL":                  func(r *http.Request) { r.Header["A"] = []string{"b\x00"} },
		"second host":          func(r *http.Request) { r.Header["host"] = []string{"evil"} },
		"second length":        func(r *http.Request) { r.Header["content-length"] = []string{"7"} },
		"length":               func(r *http.Request) { r.Header["Content-Length"] = []string{"7"} },
		"host":                 func(r *http.Request) { r.Host = "a b" },
		"host with a line":     func(r *http.Request) { r.Host = "a\r\nb" },
		"host of pseudo":       func(r *http.Request) { r.Host = "a/b" },
		"query":                func(r *http.Request) { r.URL.RawQuery = "a\r\nb" },
		"opaque":               func(r *http.Request) { r.URL.Opaque = "b c" },
		"trailer":              func(r *http.Request) { r.Trailer = http.Header{"Content-Length": nil} },
		"transfer coding":      func(r *http.Request) { r.TransferEncoding = []string{"gzip"} },
		"length without body":  func(r *http.Request) { r.Body.Close(); r.Body = nil },
		"CONNECT":              func(r *http.Request) { r.Method = "CONNECT" },
		"upgrade of the whole": func(r *http.Request) { r.Header["uPgrade"] = []string{"websocket"} },
	} {
		dialled := false
		tr := examined(t, &Transport{Protocols: HTTP2})
		servePeer(t, tr, func(p *peer) { dialled = true })
		req := base().WithContext(t.Context())
		body := req.Body.(*closable)
		spoil(req)
		err := fails(t, tr, req)
		if _, ok := errors.AsType[*conn.RequestError](err); !ok && !errors.Is(err, conn.ErrUnknownTransferEncoding) && !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
		if dialled || err.Sent || body.closed.Load() != 1 {
			t.Errorf("%s: dialled %v, body closed %d times", name, dialled, body.closed.Load())
		}
	}
}

// Bodies that are not what was said of them end the exchange, and the server does not take what
// came for all of it.
func TestHTTP2BadBodies(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name   string
		body   io.Reader
		length int64
		want   func(error) bool
	}{
		{"too short", onceBody("hell"), 5, isRequestError},
		{"too long", onceBody("hello!"), 5, isRequestError},
		{"broken", io.MultiReader(strings.NewReader("he"), readerOf(broken)), 5, func(err error) bool {
			_, ok := errors.AsType[*conn.BodyError](err)
			return ok && errors.Is(err, broken)
		}},
		{"broken, of unknown length", readerOf(broken), -1, func(err error) bool { return errors.Is(err, broken) }},
	} {
		synctest.Test(t, func(t *testing.T) {
			tr := &Transport{}
			var whole atomic.Bool
			servePeer(t, tr, func(p *peer) {
				p.settings()
				p.request()
				for f := range p.frames {
					if f.typ == fReset {
						break
					}
					if f.typ == fData && f.flags&endStream != 0 {
						whole.Store(true)
					}
				}
				id, _, _, err := p.request()
				if err == nil {
					p.ok(id)
				}
				p.drain()
			})
			body := &closable{Reader: tt.body}
			req := request(t, "POST", "http://a/", body)
			req.ContentLength = tt.length
			err := fails(t, tr, req)
			if !tt.want(err) || err.Phase != trace.Send || !err.Sent || whole.Load() {
				t.Errorf("%s: %v, whole %v", tt.name, err, whole.Load())
			}
			if body.closed.Load() != 1 || body.afterwards.Load() != 0 {
				t.Errorf("%s: body closed %d times", tt.name, body.closed.Load())
			}
			get(t, tr, "http://a/")
			checkStats(t, tr, Stats{Open: 1, Idle: 1})
			tr.Close()
			<-time.After(time.Minute)
		})
	}
}

func isRequestError(err error) bool {
	_, ok := errors.AsType[*conn.RequestError](err)
	return ok
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func readerOf(err error) io.Reader { return failing{err} }

// Trailers go both ways; of what must not stand in them, nothing comes through.
func TestHTTP2Trailers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{}
		var got []string
		servePeer(t, tr, func(p *peer) {
			p.settings()
			id, _, fields, err := p.request()
			for _, f := range fields {
				if f.Name == "trailer" {
					got = append(got, f.Name+": "+f.Value)
				}
			}
			_, _, fields, _ = p.request() // the trailer
			for _, f := range fields {
				got = append(got, f.Name+": "+f.Value)
			}
			if err == nil {
				p.write(p.head(id, 0, "200", "trailer", "x-sum, content-length"), frame{fData, 0, id, "ok"})
				p.write(frame{fHeaders, endHeaders | endStream, id, p.block("x-sum", "1", "x-more", "2", "content-length", "7", "set-cookie", "a=b")})
			}
			p.drain()
		})
		req := request(t, "POST", "http://a/", nil)
		req.Trailer = http.Header{"X-Sum": nil}
		req.Body = io.NopCloser(io.MultiReader(strings.NewReader("x"), onEnd(func() { req.Trailer["X-Sum"] = []string{"12"} })))
		res, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if want := (http.Header{"X-Sum": nil}); !reflect.DeepEqual(res.Trailer, want) {
			t.Errorf("announced %v", res.Trailer)
		}
		if body(t, res) != "ok" {
			t.Error("body")
		}
		if want := (http.Header{"X-Sum": {"1"}, "X-More": {"2"}}); !reflect.DeepEqual(res.Trailer, want) {
			t.Errorf("trailer %v", res.Trailer)
		}
		if fmt.Sprint(got) != "[trailer: X-Sum x-sum: 12]" {
			t.Errorf("%q", got)
		}
		tr.Close()
		<-time.After(time.Minute)
	})
}

type onEnd func()

func (f onEnd) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

// A trailer that would split a message further on is found when the body is over, and breaks the
// exchange off.
func TestHTTP2BadTrailer(t *testing.T) {
	srv, tr := serveHTTP2(t, echo)
	req := request(t, "POST", srv.URL, nil)
	req.Trailer = http.Header{"X-Sum": nil}
	req.Body = io.NopCloser(io.MultiReader(strings.NewReader("x"), onEnd(func() { req.Trailer["X-Sum"] = []string{"1\r\nx: y"} })))
	if err := fails(t, tr, req); !isRequestError(err) {
		t.Error(err)
	}
}

// The server may answer before it has all of the request's body.
func TestHTTP2EarlyAnswer(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(p *peer, id uint32)
		status int
		body   string
	}{
		{"refusal", func(p *peer, id uint32) { p.write(p.head(id, 0, "413"), frame{fData, endStream, id, "no"}) }, 413, "no"},
		{"refusal without a body", func(p *peer, id uint32) { p.write(p.head(id, endStream, "413")) }, 413, ""},
		{"refusal, and a reset", func(p *peer, id uint32) {
			p.write(p.head(id, 0, "413"), frame{fData, endStream, id, "no"}, frame{fReset, 0, id, "\x00\x00\x00\x00"})
		}, 413, "no"},
		{"content with what it has", func(p *peer, id uint32) {
			p.write(p.head(id, 0, "200"), frame{fData, endStream, id, "ok"})
		}, 200, "ok"},
		{"content, and a reset", func(p *peer, id uint32) {
			p.write(p.head(id, 0, "200"), frame{fData, endStream, id, "ok"}, frame{fReset, 0, id, "\x00\x00\x00\x00"})
		}, 200, "ok"},
		{"content, without a body", func(p *peer, id uint32) { p.write(p.head(id, endStream, "200")) }, 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := &Transport{}
				servePeer(t, tr, func(p *peer) {
					first := true
					p.always(func(id uint32) {
						if first {
							first = false
							tt.answer(p, id)
							return
						}
						p.ok(id)
					})
				})
				r, w := io.Pipe()
				go io.WriteString(w, "some") // ends with the body
				res, err := tr.RoundTrip(request(t, "POST", "http://a/", r))
				if err != nil {
					t.Fatal(err)
				}
				if got := body(t, res); got != tt.body || res.StatusCode != tt.status {
					t.Errorf("%s %q", res.Status, got)
				}
				synctest.Wait()
				if _, err := w.Write([]byte("more")); err == nil {
					t.Error("the body is still read")
				}
				get(t, tr, "http://a/")
				checkStats(t, tr, Stats{Open: 1, Idle: 1})
				tr.Close()
				<-time.After(time.Minute)
				checkEmpty(t, tr)
			})
		})
	}
}

// Both directions at once.
func TestHTTP2FullDuplex(t *testing.T) {
	srv, tr := serveHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		b := make([]byte, 100)
		for {
			n, err := r.Body.Read(b)
			if n > 0 {
				w.Write(bytes.ToUpper(b[:n]))
				w.(http.Flusher).Flush()
			}
			if err != nil {
				return
			}
		}
	})
	r, w := io.Pipe()
	res, err := tr.RoundTrip(request(t, "POST", srv.URL, r))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b [5]byte
	for range 10 {
		io.WriteString(w, "hello")
		if _, err := io.ReadFull(res.Body, b[:]); err != nil || string(b[:]) != "HELLO" {
			t.Fatal(string(b[:]), err)
		}
	}
	w.Close()
	if rest, err := io.ReadAll(res.Body); err != nil || len(rest) != 0 {
		t.Error(rest, err)
	}
}

func TestHTTP2Gzip(t *testing.T) {
	srv, tr := serveHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, "hello")
		z.Close()
	})
	res, err := tr.RoundTrip(request(t, "GET", srv.URL, nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := body(t, res); got != "hello" || !res.Uncompressed {
		t.Errorf("%q, %v", got, res.Uncompressed)
	}
	checkStats(t, tr, Stats{Open: 1, Idle: 1})
}

// Tracers are told of each step, in its order, and of nothing afterwards.
func TestHTTP2Trace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{}
		servePeer(t, tr, func(p *peer) {
			p.always(func(id uint32) {
				p.body(id)
				p.write(p.head(id, 0, "103", "link", "</x>"), p.head(id, 0, "200", "b", "1", "a", "2"), frame{fData, 0, id, "ok"})
				p.write(frame{fHeaders, endHeaders | endStream, id, p.block("x-sum", "1")})
			})
		})
		for range 2 {
			var mu sync.Mutex
			var got []string
			tracer := trace.Func(func(_ context.Context, ev trace.Event) {
				mu.Lock()
				defer mu.Unlock()
				text := ""
				switch e := ev.(type) {
				case trace.PhaseStart:
					text = "start " + e.Phase.String()
				case trace.PhaseDone:
					text = fmt.Sprintf("done %v %v", e.Phase, e.Err)
				case trace.RequestHead:
					slices.SortFunc(e.Fields, func(a, b trace.Field) int { return strings.Compare(a.Name, b.Name) })
					text = fmt.Sprintf("> %s %s %s %s %v %v", e.Method, e.Target, e.Proto, e.URL, e.Fields, e.Conn.Protocol)
				case trace.ResponseHead:
					text = fmt.Sprintf("< %s %d %v", e.Proto, e.Status, e.Fields)
				case trace.Data:
					text = fmt.Sprintf("data %v %q", e.Up, e.P)
				case trace.Trailer:
					text = fmt.Sprintf("trailer %v %v", e.Up, e.Fields)
				case trace.Done:
					text = fmt.Sprintf("done %v", e.Err)
				case trace.Choice:
					return
				}
				got = append(got, text)
			})
			req := request(t, "POST", "http://a/x?y", strings.NewReader("hello"))
			req.Header = http.Header{"User-Agent": {"me"}}
			req = req.WithContext(With(req.Context(), &Overrides{Tracer: tracer, NoGzip: true}))
			do(t, tr, req)
			mu.Lock()
			if i := slices.Index(got, "start send"); i > 0 {
				got = got[i:] // not those of the connection
			}
			want := []string{
				"start send",
				"> POST /x?y HTTP/2.0 http://a/x?y [{:authority a false} {content-length 5 false} {user-agent me false}] HTTP/2.0",
				`data true "hello"`, "done send <nil>", "start wait",
				"< HTTP/2.0 103 [{link </x> false}]", "< HTTP/2.0 200 [{a 2 false} {b 1 false}]",
				"done wait <nil>", "start receive", `data false "ok"`, "trailer false [{x-sum 1 false}]", "done receive <nil>", "done <nil>",
			}
			if !slices.Equal(got, want) {
				t.Errorf("told %q\nwant %q", got, want)
			}
			mu.Unlock()
		}
		tr.Close()
		<-time.After(time.Minute)
	})
}

// What is measured and reported.
func TestHTTP2Report(t *testing.T) {
	srv, tr := serveHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		<-tick()
		io.WriteString(w, "ok")
	})
	for i := range 2 {
		var one Report
		do(t, tr, with(t, srv.URL, &Overrides{Report: func(context.Context) *Report { return &one }}))
		c, tm := one.Conn, one.Timings
		if c.Protocol != "HTTP/2.0" || c.TLS == nil || c.Remote.String() != srv.Listener.Addr().String() || !c.Local.IsValid() || c.Reused != (i == 1) || (c.Idle > 0) != (i == 1) || c.ID == 0 {
			t.Errorf("%+v", c)
		}
		if tm.Wait < time.Millisecond/2 || tm.Start.IsZero() || (tm.TLS > 0) != (i == 0) || tm.Total() > time.Since(tm.Start) {
			t.Errorf("%+v", tm)
		}
	}
}

// The hooks of httptrace, those of the connection among them.
func TestHTTP2ClientTrace(t *testing.T) {
	srv, tr := serveHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</x>")
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "ok")
	})
	for i := range 2 {
		var mu sync.Mutex
		seen := map[string]int{}
		note := func(s string) {
			mu.Lock()
			seen[s]++
			mu.Unlock()
		}
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			GetConn: func(hostPort string) { note("get " + hostPort) },
			GotConn: func(info httptrace.GotConnInfo) {
				_, isTLS := info.Conn.(*tls.Conn)
				note(fmt.Sprint("got ", info.Reused, info.WasIdle, info.IdleTime > 0, isTLS))
			},
			ConnectDone:          func(string, string, error) { note("connected") },
			TLSHandshakeDone:     func(s tls.ConnectionState, err error) { note("tls " + s.NegotiatedProtocol) },
			WroteHeaderField:     func(name string, v []string) { note("field " + name) },
			WroteHeaders:         func() { note("headers") },
			WroteRequest:         func(httptrace.WroteRequestInfo) { note("request") },
			GotFirstResponseByte: func() { note("first") },
			Got1xxResponse:       func(code int, h textproto.MIMEHeader) error { note(fmt.Sprint(code, h.Get("Link"))); return nil },
		})
		do(t, tr, request(t, "POST", srv.URL, strings.NewReader("x")).WithContext(ctx))
		want := map[string]int{
			"get " + srv.Listener.Addr().String(): 1, "headers": 1, "request": 1, "first": 1, "103</x>": 1,
			"field :authority": 1, "field :method": 1, "field :path": 1, "field :scheme": 1, "field content-length": 1, "field user-agent": 1, "field accept-encoding": 1,
		}
		if i == 0 {
			want["connected"], want["tls h2"], want["got false false false true"] = 1, 1, 1
		} else {
			want["got true true true true"] = 1
		}
		same := false
		for n := 0; n < 1000 && !same; n++ { // net/http calls some of them late
			mu.Lock()
			same = reflect.DeepEqual(seen, want)
			mu.Unlock()
			<-tick()
		}
		if !same {
			t.Errorf("%v\nwant %v", seen, want)
		}
	}
}

// Through a proxy's tunnel, with TLS and without; nothing is asked of the proxy but that.
func TestHTTP2ThroughProxies(t *testing.T) {
	srv, tr := serveHTTP2(t, echo)
	p := newScriptedProxy(t, srv.Listener.Addr().String(), tunnel)
	if got := do(t, tr, with(t, srv.URL, &Overrides{Proxy: proxyOn(p.addr)})); got != "HTTP/2.0 GET / 0" {
		t.Error(got)
	}
	clear := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	clear.Config.Protocols = new(http.Protocols)
	clear.Config.Protocols.SetUnencryptedHTTP2(true)
	clear.Start()
	t.Cleanup(clear.Close)
	p = newScriptedProxy(t, clear.Listener.Addr().String(), tunnel)
	if got := do(t, tr, with(t, clear.URL, &Overrides{Proxy: proxyOn(p.addr), Protocols: HTTP2})); got != "HTTP/2.0 GET / 0" {
		t.Error(got)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.heads) != 1 || !strings.HasPrefix(p.heads[0], "CONNECT ") || p.rest.Len() > 0 {
		t.Errorf("the proxy got %q", p.heads)
	}
}

// A body whose Close waits for the Read under way, as that of a server's request does, keeps
// nobody from being cancelled.
func TestHTTP2BodyWhoseCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{}
		servePeer(t, tr, func(p *peer) { p.always(func(id uint32) {}) })
		body := &waiting{release: make(chan bool)}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		err := fails(t, tr, request(t, "POST", "http://a/", body).WithContext(ctx))
		if took := time.Since(start); took > time.Second+100*time.Millisecond || !errors.Is(err, context.Canceled) {
			t.Errorf("%v after %v", err, took)
		}
		close(body.release)
		tr.Close()
		<-time.After(time.Minute)
		if n := body.closed.Load(); n != 1 {
			t.Errorf("closed %d times", n)
		}
	})
}

type waiting struct {
	release chan bool
	closed  atomic.Int32
}

func (w *waiting) Read([]byte) (int, error) {
	<-w.release
	return 0, io.EOF
}

func (w *waiting) Close() error {
	<-w.release
	w.closed.Add(1)
	return nil
}
