package godwit

// The request of a diagnosis, and where it leads.

import (
	"compress/gzip"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/godwit/diagnosis"
	"example.com/godwit/internal/tlstest"
	"example.com/godwit/transport"
)

// raw starts a server that is none of Go's, until the test ends. Each connection is closed when
// serve returns.
func raw(t *testing.T, serve func(net.Conn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() { // ends with the listener, and with the connections
		defer close(over)
		var all []chan struct{}
		for {
			nc, err := l.Accept()
			if err != nil {
				break
			}
			done := make(chan struct{})
			all = append(all, done)
			go func() { // ends when serve does: its connection has a deadline
				defer close(done)
				defer nc.Close()
				_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
				serve(nc)
			}()
		}
		for _, done := range all {
			<-done
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-over
	})
	return l.Addr().String()
}

// saying is raw, for one that reads once, says something and closes.
func saying(t *testing.T, answer string) (addr string) {
	return raw(t, func(nc net.Conn) {
		if _, err := nc.Read(make([]byte, 4<<10)); err == nil {
			_, _ = io.WriteString(nc, answer)
		}
	})
}

// twoOrigins is a site over http and https, whose handler is asked for both.
func twoOrigins(t *testing.T, handler http.HandlerFunc) (s *Session, plain, secure string) {
	t.Helper()
	root := tlstest.NewRoot(t, "root")
	h, hs := httptest.NewServer(handler), httptest.NewUnstartedServer(handler)
	hs.TLS = tlsConfigOf(root.Leaf(t, "a.example").Chain())
	hs.StartTLS()
	t.Cleanup(h.Close)
	t.Cleanup(hs.Close)
	ca, err := transport.ParseCA(root.PEM())
	if err != nil {
		t.Fatal(err)
	}
	s = diagnosing(t, &transport.Transport{Sockets: transport.Sockets{Hosts: map[string]string{
		"*:80": h.Listener.Addr().String(), "*:443": hs.Listener.Addr().String(),
	}}})
	s.Defaults = Defaults{OptionFunc(func(r *Request) error { r.CA = ca; return nil })}
	return s, "http://a.example", "https://a.example"
}

func TestDiagnoseHops(t *testing.T) {
	text := strings.Repeat("text ", 1000)
	s, plain, secure := twoOrigins(t, func(w http.ResponseWriter, r *http.Request) {
		to := func(status int, location string) {
			w.Header().Set("Location", location)
			w.WriteHeader(status)
		}
		switch r.URL.Path {
		case "/up":
			w.Header().Set("Strict-Transport-Security", "max-age=31536000") // over http: to be ignored
			to(301, "https://a.example/sts")
		case "/sts":
			w.Header().Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
			w.Header().Set("Alt-Svc", `h3=":443", h3-29=":443", h3=":8443"`)
			w.Header().Set("Server", "\u202eserver")
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "Text/HTML; charset=utf-8")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, text)
			_ = z.Close()
		case "/down":
			to(302, "http://a.example/up")
		case "/loop":
			to(307, "/loop2")
		case "/loop2":
			to(308, "/loop")
		case "/cookie":
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
			to(302, "/cookie")
		case "/far":
			to(302, "/far?"+r.URL.RawQuery+"x")
		case "/other":
			to(302, "https://b.example/sts")
		case "/nowhere":
			to(302, "ftp://a.example/")
		case "/portal":
			to(302, "http://login.hotspot.example/?url=a.example")
		case "/plain":
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, text)
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "this is no gzip")
		case "/511":
			w.WriteHeader(511)
		case "/401":
			w.WriteHeader(401)
		}
	})
	for _, tt := range []struct {
		url   string
		hops  int
		leads []string // of each redirect
		layer diagnosis.Layer
		cause string
		notes []string
	}{
		{plain + "/up", 2, []string{"upgrade"}, "", "", []string{diagnosis.NoteHSTSIgnored}},
		{secure + "/sts", 1, nil, "", "", nil},
		{secure + "/down", 1, []string{"downgrade"}, diagnosis.LayerRedirect, "downgrade", nil},
		{secure + "/loop", 11, []string{"", "loop"}, diagnosis.LayerRedirect, "redirect loop", nil},
		{secure + "/cookie", 11, []string{"loop"}, diagnosis.LayerRedirect, "redirect loop", nil},
		{secure + "/far", 11, []string{"", ""}, diagnosis.LayerRedirect, "too many redirects", nil},
		{secure + "/other", 2, []string{"other origin"}, diagnosis.LayerTLS, "name mismatch", nil},
		{secure + "/nowhere", 1, []string{"nowhere"}, diagnosis.LayerRedirect, "bad location", nil},
		{plain + "/portal", 2, []string{"other origin"}, "", "", []string{diagnosis.NotePortal, diagnosis.NotePlainHTTP}},
		{secure + "/plain", 1, nil, "", "", []string{diagnosis.NoteNoCompression, diagnosis.NoteNoHSTS}},
		{secure + "/bomb", 1, nil, diagnosis.LayerHTTP, "undecodable", nil},
		{plain + "/511", 1, nil, "", "", []string{diagnosis.NotePortal, diagnosis.NotePlainHTTP}},
		{secure + "/401", 1, nil, "", "", []string{diagnosis.NoteStatus, diagnosis.NoteNoHSTS}},
	} {
		t.Run(strings.TrimPrefix(tt.url, "http"), func(t *testing.T) {
			d := mustDiagnose(t, s, tt.url)
			if tt.layer != "" {
				wantVerdict(t, d, tt.layer, tt.cause)
			} else if !d.Verdict.OK {
				t.Errorf("\n%s", d)
			}
			if len(d.Hops) != tt.hops || len(d.Sent) != tt.hops {
				t.Errorf("%d hops, sent %q", len(d.Hops), d.Sent)
			}
			for i, want := range tt.leads {
				if got := d.Hops[i].Leads; got != want || d.Hops[i].Location == "" {
					t.Errorf("hop %d leads %q, want %q", i, got, want)
				}
			}
			for _, code := range []string{
				diagnosis.NoteHSTSIgnored, diagnosis.NoteNoHSTS, diagnosis.NotePortal, diagnosis.NoteNoCompression,
				diagnosis.NoteStatus, diagnosis.NotePlainHTTP, diagnosis.NoteClock, diagnosis.NoteSlow,
			} {
				want := false
				for _, n := range tt.notes {
					want = want || n == code
				}
				if hasNote(d, code) != want {
					t.Errorf("%s: %v\n%s", code, !want, d)
				}
			}
		})
	}

	d := mustDiagnose(t, s, secure+"/sts")
	h := d.Hops[0]
	if h.HSTS == nil || h.HSTS.MaxAge != 365*24*time.Hour || !h.HSTS.IncludeSubDomains || !h.HSTS.Preload || h.HSTS.Ignored != "" {
		t.Errorf("%+v", h.HSTS)
	}
	if h.Coding != "gzip" || h.Type != "text/html" || h.Bytes != int64(len(text)) || strings.Join(h.AltSvc, " ") != "h3 h3-29" || h.Server != `\u202eserver` || h.Date.IsZero() {
		t.Errorf("%+v", h)
	}
	if d.TLS.HTTP3 != "Alt-Svc" || !strings.Contains(d.String(), "HTTP/3 (Alt-Svc)") {
		t.Errorf("HTTP/3: %q\n%s", d.TLS.HTTP3, d)
	}
	if d := mustDiagnose(t, s, secure+"/plain"); d.TLS.HTTP3 != "" {
		t.Errorf("HTTP/3: %q", d.TLS.HTTP3)
	}
	if h.Address == "" || h.Protocol == "" || h.Connect <= 0 || h.TLS <= 0 || h.Wait <= 0 {
		t.Errorf("%+v", h)
	}
	if d := mustDiagnose(t, s, secure+"/down", AllowDowngrade); !d.Verdict.OK || len(d.Hops) != 3 {
		t.Errorf("the remedy for a downgrade:\n%s", d)
	}
	if d := mustDiagnose(t, s, secure+"/cookie"); d.Remedy.Owner || !strings.Contains(d.Remedy.Text, "cookies") {
		t.Errorf("%+v", d.Remedy)
	}
}

// What is not HTTP, or not whole, is told; a stream that has no end is none of that.
func TestDiagnoseAnswers(t *testing.T) {
	for _, tt := range []struct {
		answer string
		layer  diagnosis.Layer
		cause  string
		words  []string
	}{
		{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "", "", []string{"all is well"}},
		{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", diagnosis.LayerHTTP, "not http", nil},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", diagnosis.LayerHTTP, "not http", nil},
		{"HTTP/1.1 200 \u202e\u2066\r\nServer: \u202e\r\nContent-Length: 0\r\n\r\n", "", "", nil},
		{"HTTP/1.1 200 \x1b[2J\r\nContent-Length: 0\r\n\r\n", diagnosis.LayerHTTP, "not http", nil},
		{"SSH-2.0-x\x1b[2J\r\n", diagnosis.LayerHTTP, "not http", nil},
		{"", diagnosis.LayerHTTP, "not answered", nil},
		{"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: "+strings.Repeat("x", 1000)+"\r\n", 2000), diagnosis.LayerHTTP, "not http", nil},
		{strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 1000), diagnosis.LayerHTTP, "not http", nil},
		{"HTTP/1.1 302 Found\r\nLocation: " + strings.Repeat("/x", 40_000) + "\r\n\r\n", diagnosis.LayerHTTP, "not http", nil},
		{"HTTP/1.1 302 Found\r\nLocation: http://\x1b[2J/\r\nContent-Length: 0\r\n\r\n", diagnosis.LayerHTTP, "not http", nil},
	} {
		d := mustDiagnose(t, diagnosing(t, &transport.Transport{}), "http://"+saying(t, tt.answer)+"/")
		if tt.layer == "" && !d.Verdict.OK || tt.layer != "" {
			wantVerdict(t, d, tt.layer, tt.cause, tt.words...)
		}
	}
}

// A server that goes on for ever, head or body, is left in time.
func TestDiagnoseEndless(t *testing.T) {
	endless := func(head, piece string) string {
		return raw(t, func(nc net.Conn) {
			if _, err := nc.Read(make([]byte, 4<<10)); err != nil {
				return
			}
			_, err := io.WriteString(nc, head)
			for err == nil {
				_, err = io.WriteString(nc, piece)
			}
		})
	}
	for _, tt := range []struct {
		addr string
		ok   bool
	}{
		{endless("HTTP/1.1 200 OK\r\n", "X: y\r\n"), false},
		{endless("HTTP/1.1 200 OK\r\n", "x"), false},
		{endless("HTTP/1.1 200 OK\r\n\r\n", "x"), true},
		{endless("", "\r\n"), false},
		{endless("", "HTTP/1.1 103 Early Hints\r\n\r\n"), false},
	} {
		start := time.Now()
		d := mustDiagnose(t, diagnosing(t, &transport.Transport{}), "http://"+tt.addr+"/")
		if d.Verdict.OK != tt.ok {
			t.Errorf("\n%s", d)
		}
		if took := time.Since(start); took > 15*time.Second {
			t.Errorf("it took %v", took)
		}
	}
	// An event stream, whose next event may come tomorrow.
	stream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: hello\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer stream.Close()
	if d := mustDiagnose(t, diagnosing(t, &transport.Transport{}), stream.URL); !d.Verdict.OK || d.Hops[0].Bytes == 0 {
		t.Errorf("\n%s", d)
	}
}

// Plain HTTP to a port for TLS, as Go, nginx and Apache answer that: 400.
func TestDiagnosePlainToTLS(t *testing.T) {
	s, _, _ := twoOrigins(t, ok)
	tr := s.Transport.(*transport.Transport)
	tr.Sockets.Hosts["*:80"] = tr.Sockets.Hosts["*:443"]
	d := mustDiagnose(t, s, "http://a.example/x?y")
	wantVerdict(t, d, diagnosis.LayerTLS, "only tls", "https://a.example/x?y")
	if !errors.Is(d.Err, ErrTLS) || d.Remedy.URL != "https://a.example/x?y" {
		t.Errorf("%v, %+v", d.Err, d.Remedy)
	}
	if d = mustDiagnose(t, s, d.Remedy.URL); !d.Verdict.OK {
		t.Errorf("the remedy:\n%s", d)
	}
	bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }))
	defer bad.Close()
	if d = mustDiagnose(t, s, bad.URL); !d.Verdict.OK || !hasNote(d, diagnosis.NoteStatus) {
		t.Errorf("a 400 that is one:\n%s", d)
	}
}

// Nothing listens on a scheme's own port, and something does on the other's.
func TestDiagnoseOtherPort(t *testing.T) {
	s, _, _ := twoOrigins(t, ok)
	tr := s.Transport.(*transport.Transport)
	plain, secure := tr.Sockets.Hosts["*:80"], tr.Sockets.Hosts["*:443"]
	for _, tt := range []struct{ url, http, https, remedy string }{
		{"https://a.example/x", plain, "127.0.0.1:1", "http://a.example/x"},
		{"http://a.example/x", "127.0.0.1:1", secure, "https://a.example/x"},
		{"http://a.example/x", "127.0.0.1:1", plain, ""}, // which is not TLS
		{"http://a.example/x", "127.0.0.1:1", "127.0.0.1:1", ""},
	} {
		tr.Sockets.Hosts = map[string]string{"*:80": tt.http, "*:443": tt.https}
		d := mustDiagnose(t, s, tt.url)
		wantVerdict(t, d, diagnosis.LayerConnect, "refused")
		if d.Remedy.URL != tt.remedy {
			t.Errorf("%s: %+v", tt.url, d.Remedy)
		}
		if tt.remedy == "" {
			continue
		}
		if d = mustDiagnose(t, s, tt.remedy); !d.Verdict.OK {
			t.Errorf("the remedy:\n%s", d)
		}
	}
}

// A transport of somebody else's is not looked into; what it does is told.
func TestDiagnoseForeignTransport(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Location", "/end")
			w.WriteHeader(302)
		}
	})
	d := mustDiagnose(t, s, "https://a.example/")
	if !d.Verdict.OK || len(d.Hops) != 2 || !hasNote(d, diagnosis.NoteTransport) || d.Names != nil || len(d.Addresses) != 0 || len(w.requests()) != 2 {
		t.Errorf("\n%s", d)
	}
	s = &Session{Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) { return nil, errors.New("no\x1b[2J") })}
	d = mustDiagnose(t, s, "https://a.example/")
	wantVerdict(t, d, diagnosis.LayerHTTP, "not answered")
}
