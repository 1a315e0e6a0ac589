package transport

// In the places where an http.Transport stands: net/http's Client and its ReverseProxy.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/godwit/trace"
)

// site is a server for the tests of clients.
func site(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/set", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "c", Value: "v"})
		http.Redirect(w, r, "/echo", http.StatusFound)
	})
	mux.HandleFunc("/again", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/echo", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/loop", http.StatusFound)
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s", r.Method, r.Header.Get("Cookie"), b)
	})
	mux.HandleFunc("/stall", func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	})
	mux.HandleFunc("/half", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/upgrade", func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		rw.Flush()
		line, _ := rw.ReadString('\n')
		io.WriteString(rw, strings.ToUpper(line))
		rw.Flush()
	})
	mux.HandleFunc("/hints", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a>")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Trailer", "X-T")
		io.WriteString(w, "body")
		w.Header().Set("X-T", "trailer")
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv
}

func TestClient(t *testing.T) {
	srv := site(t)
	tr := examined(t, &Transport{})
	jar, _ := cookiejar.New(nil)
	hops := 0
	client := &http.Client{Transport: tr, Jar: jar, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if hops++; hops > 20 {
			return errors.New("enough")
		}
		if len(via) > 5 {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	for _, tt := range []struct{ path, body, want string }{
		{"/echo", "", "GET  "},
		{"/set", "", "GET c=v "},
		{"/set", "post", "GET c=v "},
		{"/again", "post", "POST c=v post"},
	} {
		res, err := func() (*http.Response, error) {
			if tt.body == "" {
				return client.Get(srv.URL + tt.path)
			}
			return client.Post(srv.URL+tt.path, "text/plain", strings.NewReader(tt.body))
		}()
		if err != nil {
			t.Fatal(err)
		}
		if got := body(t, res); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.path, got, tt.want)
		}
	}
	res, err := client.Get(srv.URL + "/loop")
	if err != nil || res.StatusCode != http.StatusFound {
		t.Fatalf("%v, %v", res, err)
	}
	res.Body.Close()
	hops = 20
	if res, err = client.Get(srv.URL + "/loop"); err == nil {
		t.Error("CheckRedirect was not heeded")
	}
	res.Body.Close()
	checkStats(t, tr, Stats{Open: 1, Idle: 1})
	client.CloseIdleConnections()
	checkStats(t, tr, Stats{})
}

func TestClientTimeout(t *testing.T) {
	srv := site(t)
	tr := examined(t, &Transport{})
	client := &http.Client{Transport: tr, Timeout: 200 * time.Millisecond}
	_, err := client.Get(srv.URL + "/stall")
	if e, ok := errors.AsType[*url.Error](err); !ok || !e.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	res, err := client.Get(srv.URL + "/half")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if !errors.Is(err, context.DeadlineExceeded) || string(b) != "half" {
		t.Errorf("%q, %v", b, err)
	}
	checkStats(t, tr, Stats{})
}

func TestReverseProxy(t *testing.T) {
	srv := site(t)
	target, _ := url.Parse(srv.URL)
	tr := examined(t, &Transport{})
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Transport: tr,
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorLog:  discardLog,
	})
	t.Cleanup(proxy.Close)
	front := examined(t, &Transport{})

	if got := do(t, front, request(t, "POST", proxy.URL+"/echo", strings.NewReader("x"))); got != "POST  x" {
		t.Errorf("got %q", got)
	}
	large := strings.Repeat("x", 1<<20)
	if got := do(t, front, request(t, "PUT", proxy.URL+"/echo", io.NopCloser(strings.NewReader(large)))); got != "PUT  "+large {
		t.Errorf("got %d bytes", len(got))
	}

	var interim []trace.ResponseHead
	req := with(t, proxy.URL+"/hints", &Overrides{Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
		if h, ok := ev.(trace.ResponseHead); ok && h.Status < 200 {
			interim = append(interim, h)
		}
	})})
	res, err := front.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if body(t, res) != "body" || res.Trailer.Get("X-T") != "trailer" {
		t.Errorf("trailer %v", res.Trailer)
	}
	if len(interim) != 1 || interim[0].Status != 103 || interim[0].Fields.Get("Link") != "</a>" {
		t.Errorf("interim responses: %+v", interim)
	}
}

func TestUpgrade(t *testing.T) {
	srv := site(t)
	target, _ := url.Parse(srv.URL)
	tr := examined(t, &Transport{MaxConns: 1})
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Transport: tr, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, ErrorLog: discardLog,
	})
	t.Cleanup(proxy.Close)
	for _, at := range []string{srv.URL, proxy.URL} {
		front := examined(t, &Transport{})
		req := request(t, "GET", at+"/upgrade", nil)
		req.Header.Set("Connection", "Upgrade")
		req.Header.Set("Upgrade", "echo")
		res, err := front.RoundTrip(req)
		if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%v %v", res, err)
		}
		stream, ok := res.Body.(io.ReadWriteCloser)
		if !ok {
			t.Fatalf("body is a %T", res.Body)
		}
		checkStats(t, front, Stats{Open: 1, InFlight: 1})
		io.WriteString(stream, "hello\n")
		if line, err := bufio.NewReader(stream).ReadString('\n'); line != "HELLO\n" {
			t.Errorf("%q, %v", line, err)
		}
		for range 2 {
			stream.Close()
		}
		checkStats(t, front, Stats{})
	}
	for tr.Stats() != (Stats{}) { // the proxy ends on goroutines of its own
		<-tick()
	}
}

func TestServerOfTLS(t *testing.T) {
	srv, ca, _, _ := tlsServer(t)
	tr := examined(t, &Transport{TLS: srv.Client().Transport.(*http.Transport).TLSClientConfig})
	for range 2 {
		res, err := tr.RoundTrip(request(t, "GET", srv.URL, nil))
		if err != nil {
			t.Fatal(err)
		}
		if res.TLS == nil || !res.TLS.HandshakeComplete || len(res.TLS.VerifiedChains) == 0 || res.TLS.NegotiatedProtocol != "http/1.1" {
			t.Errorf("%+v", res.TLS)
		}
		body(t, res)
	}
	checkStats(t, tr, Stats{Open: 1, Idle: 1})
	do(t, tr, with(t, srv.URL, &Overrides{CA: ca}))
	checkStats(t, tr, Stats{Open: 2, Idle: 2})
	fails(t, tr, request(t, "GET", "https"+strings.TrimPrefix(site(t).URL, "http"), nil))
	checkStats(t, tr, Stats{Open: 2, Idle: 2})
}
