package godwit_test

// The rows of docs/requests.md that say how long, whom to trust, which way, and what comes
// back, one test each.

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/godwit"
	"example.com/godwit/transport"
)

// timeout=5, (3.05, 27)
func TestRowTimeout(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	short := 20 * time.Millisecond
	for _, c := range []struct {
		opt  godwit.Option
		kind godwit.Kind
		text string
	}{
		{godwit.Limits{Connect: time.Second, Wait: short, Receive: time.Second}, godwit.ErrReceive, "(set by Limits.Wait)"},
		{godwit.Timeout(short), godwit.ErrTimeout, "(set by Timeout)"},
	} {
		_, err := godwit.Get(t.Context(), server.URL, c.opt)
		if !errors.Is(err, godwit.ErrTimeout) || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%v: %v", c.opt, err)
		}
	}
	if _, err := godwit.Get(t.Context(), server.URL, godwit.Timeout(5)); !errors.Is(err, godwit.ErrRequest) || !strings.Contains(err.Error(), "5*time.Second") {
		t.Errorf("%v", err)
	}
}

// verify=True/False/path, cert=path/(cert, key): what of it is here; more comes with TLS in depth.
func TestRowVerify(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "seen") }))
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	writePEM(t, ca, server)
	own := &godwit.Session{Transport: &transport.Transport{}}
	defer own.Close()
	if _, err := own.Get(t.Context(), server.URL); !errors.Is(err, godwit.ErrTLS) || !errors.Is(err, godwit.ErrConnect) {
		t.Errorf("an unknown issuer: %v", err)
	}
	for _, opt := range []godwit.Option{
		godwit.CA(ca), godwit.Insecure,
		godwit.TLS(server.Client().Transport.(*http.Transport).TLSClientConfig),
	} {
		if res, err := own.Get(t.Context(), server.URL, opt); err != nil || res.Text() != "seen" {
			t.Errorf("%v: %v", opt, err)
		}
	}
	if _, err := own.Get(t.Context(), server.URL); !errors.Is(err, godwit.ErrTLS) {
		t.Errorf("a connection that was not verified is used by a call that verifies: %v", err)
	}
}

// allow_redirects, max_redirects, history
func TestRowRedirects(t *testing.T) {
	api := bin(t)
	res, err := godwit.Get(t.Context(), api+"/redirect/3")
	if err != nil || res.StatusCode != 200 || len(res.History) != 3 || res.History[0].StatusCode != 302 || !res.History[0].IsRedirect() {
		t.Errorf("%v, %v", res, err)
	}
	if res, err = godwit.Get(t.Context(), api+"/redirect/3", godwit.NoRedirects); err != nil || res.StatusCode != 302 || !res.IsRedirect() {
		t.Errorf("%v, %v", res, err)
	}
	if _, err = godwit.Get(t.Context(), api+"/redirect/3", godwit.Redirects(2)); !errors.Is(err, godwit.ErrRedirects) {
		t.Error(err)
	}
}

// proxies=, trust_env
func TestRowProxies(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "asked for "+r.URL.String()) }))
	defer proxy.Close()
	const url = "http://example.com/x"
	for _, opt := range []godwit.Option{godwit.Proxy(proxy.URL), godwit.Proxies{"http": proxy.URL}, godwit.Proxies{"all://example.com": proxy.URL}} {
		if res, err := godwit.Get(t.Context(), url, opt); err != nil || res.Text() != "asked for "+url {
			t.Errorf("%#v: %v, %v", opt, res, err)
		}
	}
	t.Setenv("HTTP_PROXY", proxy.URL)
	session := new(godwit.Session)
	if res, err := session.Get(t.Context(), url); err != nil || res.Text() != "asked for "+url {
		t.Errorf("environment: %v, %v", res, err)
	}
	api := bin(t)
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // nobody is there
	session = new(godwit.Session)
	if _, err := session.Get(t.Context(), url); !errors.Is(err, godwit.ErrProxy) || !errors.Is(err, godwit.ErrConnect) {
		t.Errorf("a proxy that is down: %v", err)
	}
	for _, opt := range []godwit.Option{godwit.NoProxy, godwit.NoEnv{Proxy: true}} {
		if res, err := session.Get(t.Context(), api+"/get", opt); err != nil || !res.OK() {
			t.Errorf("%#v: %v, %v", opt, res, err)
		}
	}
}

// stream=True, iter_content, iter_lines, raw
func TestRowStream(t *testing.T) {
	api := bin(t)
	var session godwit.Session
	open := func(path string, opts ...godwit.Option) *godwit.Stream {
		st, err := session.Stream(t.Context(), "GET", api+path, opts...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { st.Close() })
		return st
	}
	n := 0
	for chunk, err := range open("/bytes/1000").Chunks(300) {
		if n += len(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if n != 1000 {
		t.Errorf("%d bytes", n)
	}
	n = 0
	for line, err := range open("/stream/5").Lines() {
		if n++; err != nil || !strings.HasPrefix(line, "{") {
			t.Fatalf("%q, %v", line, err)
		}
	}
	if n != 5 {
		t.Errorf("%d lines", n)
	}
	n = 0
	for v, err := range godwit.JSONLines[struct{ ID int }](open("/stream/3")) {
		if err != nil || v.ID != n {
			t.Fatalf("%v, %v", v, err)
		}
		n++
	}
	path := filepath.Join(t.TempDir(), "saved")
	if size, err := open("/bytes/1000").SaveTo(path); err != nil || size != 1000 {
		t.Errorf("%d, %v", size, err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 1000 {
		t.Errorf("%v, %v", info, err)
	}
	raw, err := io.ReadAll(open("/gzip", godwit.Header{"Accept-Encoding": "gzip"}).Body)
	if err != nil || !bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) {
		t.Errorf("%q, %v", raw, err)
	}
}

// hooks={'response': f}
func TestRowHooks(t *testing.T) {
	var seen []string
	session := godwit.NewSession(
		godwit.OnRequest(func(req *http.Request) error { seen = append(seen, req.Method); return nil }),
		godwit.OnResponse(func(res *http.Response) error { seen = append(seen, res.Status); return nil }))
	session.Middleware = []godwit.Middleware{func(next http.RoundTripper) http.RoundTripper {
		return godwit.RoundTripFunc(func(req *http.Request) (*http.Response, error) {
			seen = append(seen, "call")
			return next.RoundTrip(req)
		})
	}}
	if _, err := session.Get(t.Context(), bin(t)+"/redirect/1"); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(seen, ", "); got != "call, GET, 302 Found, GET, 200 OK" {
		t.Error(got)
	}
}

// Session(), with
func TestRowSession(t *testing.T) {
	session := godwit.NewSession(godwit.BaseURL(bin(t)), godwit.Header{"X-Session": 1})
	session.Transport = &transport.Transport{}
	defer session.Close()
	var e echo
	for range 2 {
		res, err := session.Get(t.Context(), "/get")
		if err != nil || res.JSON(&e) != nil || e.Headers.Get("X-Session") != "1" {
			t.Fatalf("%v, %v", res, err)
		}
	}
	if n := session.Transport.(*transport.Transport).Stats(); n.Open != 1 {
		t.Errorf("%+v", n)
	}
}

// s.mount(prefix, HTTPAdapter(max_retries=3, pool_…)), longest prefix wins
func TestRowMount(t *testing.T) {
	server := flaky(2)
	defer server.Close()
	session := godwit.NewSession()
	session.Mounts = map[string]http.RoundTripper{
		"http://":  godwit.RoundTripFunc(func(*http.Request) (*http.Response, error) { return nil, errors.New("the wrong one") }),
		server.URL: godwit.Mount{Options: godwit.Defaults{godwit.Retry{Max: 3}}},
	}
	if res, err := session.Get(t.Context(), server.URL); err != nil || res.StatusCode != 200 || len(res.Attempts) != 3 {
		t.Errorf("%v, %v", res, err)
	}
}

// Retry(total, connect, read, status, backoff_factor, status_forcelist, allowed_methods, …)
func TestRowRetry(t *testing.T) {
	server := flaky(2)
	defer server.Close()
	res, err := godwit.Get(t.Context(), server.URL, godwit.Retry{Max: 3, Connect: 1, Read: 1, Status: 2, Statuses: []int{503}, Methods: []string{"GET"}, Wait: time.Millisecond})
	if err != nil || res.StatusCode != 200 || len(res.Attempts) != 3 {
		t.Errorf("%v, %v", res, err)
	}
}

// Request(...), prepare(), s.prepare_request, s.send(prepared)
func TestRowPrepared(t *testing.T) {
	session := godwit.NewSession(godwit.Header{"X-Session": 1})
	req, err := session.Prepare(t.Context(), "POST", bin(t)+"/anything", godwit.JSON("x"), godwit.BasicAuth("u", "p"))
	if err != nil || req.Header.Get("Authorization") == "" {
		t.Fatal(err)
	}
	req.Header.Set("X-Mine", "1")
	for range 2 {
		var e echo
		res, err := session.Send(req)
		if err != nil || res.JSON(&e) != nil || e.Headers.Get("X-Mine") != "1" || e.Headers.Get("X-Session") != "1" || e.Data != `"x"` {
			t.Errorf("%v, %v: %+v", res, err, e)
		}
	}
}

// r.status_code, ok, reason, url, headers, cookies, elapsed, encoding, …
func TestRowResponse(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=iso-8859-1")
		w.Header().Set("Link", `</next>; rel="next"`)
		w.Header().Add("Set-Cookie", "a[b]=1; Path=/")
		w.Write([]byte("caf\xe9"))
	}))
	defer server.Close()
	res, err := godwit.Get(t.Context(), server.URL+"/page")
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 || !res.OK() || res.Status != "200 OK" || res.Request.URL.Path != "/page" || res.Header.Get("content-type") == "" {
		t.Errorf("%+v", res)
	}
	if res.Text() != "café" || string(res.Content) != "caf\xe9" || res.EncodingSource() != godwit.EncodingFromHeader || res.ApparentEncoding() == "" {
		t.Errorf("%q %v", res.Text(), res.EncodingSource())
	}
	if c := res.Cookies(); len(c) != 1 || c[0].Name != "a[b]" {
		t.Errorf("%v", c)
	}
	if l := res.Links(); l["next"].Target != "/next" && l["next"].Target != server.URL+"/next" {
		t.Errorf("%v", l)
	}
	if tm := res.Timings(); tm.Total() <= 0 || tm.Wait <= 0 || tm.Start.IsZero() || !res.Attempts[0].Conn.Remote.IsValid() {
		t.Errorf("%+v", tm)
	}
	if err := res.ErrorForStatus(); err != nil {
		t.Error(err)
	}
	res.Encoding = "utf-8"
	if res.Text() != "caf\uFFFD" {
		t.Errorf("%q", res.Text())
	}
}

// requests.codes
func TestRowCodes(t *testing.T) {
	res, err := godwit.Get(t.Context(), bin(t)+"/status/418")
	if err != nil || res.StatusCode != http.StatusTeapot || res.OK() {
		t.Errorf("%v, %v", res, err)
	}
}

// The exceptions, and what they are here.
func TestRowExceptions(t *testing.T) {
	api := bin(t)
	odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw := map[string]string{
			"/short":  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
			"/chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
			"/junk":   "SMTP 220\r\n\r\n",
			"/coded":  "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
			"/loop":   "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n",
			"/close":  "",
		}[r.URL.Path]
		nc, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer nc.Close()
		io.WriteString(nc, raw)
	}))
	defer odd.Close()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	once := func() godwit.Option { return godwit.Reader(io.MultiReader(strings.NewReader("x")), "") }
	for _, c := range []struct {
		exception string
		do        func() error
		kinds     []godwit.Kind
	}{
		{"ConnectionError", func() error { _, err := godwit.Get(t.Context(), "http://127.0.0.1:1/"); return err }, []godwit.Kind{godwit.ErrConnect}},
		{"ConnectionError, hung up", func() error { _, err := godwit.Get(t.Context(), odd.URL+"/close"); return err }, []godwit.Kind{godwit.ErrReceive}},
		{"HTTPError", func() error {
			_, err := godwit.Get(t.Context(), api+"/status/404", godwit.RaiseForStatus)
			return err
		}, []godwit.Kind{godwit.ErrStatus}},
		{"TooManyRedirects", func() error { _, err := godwit.Get(t.Context(), odd.URL+"/loop"); return err }, []godwit.Kind{godwit.ErrRedirects}},
		{"ReadTimeout", func() error {
			_, err := godwit.Get(t.Context(), api+"/delay/5", godwit.Limits{Wait: 10 * time.Millisecond})
			return err
		}, []godwit.Kind{godwit.ErrTimeout, godwit.ErrReceive}},
		{"URLRequired", func() error { _, err := godwit.Get(t.Context(), ""); return err }, []godwit.Kind{godwit.ErrURL}},
		{"MissingSchema", func() error { _, err := godwit.Get(t.Context(), "example.com"); return err }, []godwit.Kind{godwit.ErrURL}},
		{"InvalidSchema", func() error { _, err := godwit.Get(t.Context(), "ftp://example.com"); return err }, []godwit.Kind{godwit.ErrURL}},
		{"InvalidHeader", func() error {
			_, err := godwit.Get(t.Context(), api, godwit.Header{"A": "b\r\nc: d"})
			return err
		}, []godwit.Kind{godwit.ErrRequest}},
		{"JSONDecodeError", func() error {
			res, err := godwit.Get(t.Context(), api+"/html")
			if err != nil {
				return err
			}
			var v any
			return res.JSON(&v)
		}, []godwit.Kind{godwit.ErrDecode}},
		{"ProxyError", func() error {
			_, err := godwit.Get(t.Context(), "http://example.com/", godwit.Proxy("http://127.0.0.1:1"))
			return err
		}, []godwit.Kind{godwit.ErrProxy, godwit.ErrConnect}},
		{"ChunkedEncodingError", func() error { _, err := godwit.Get(t.Context(), odd.URL+"/chunks"); return err }, []godwit.Kind{godwit.ErrProtocol}},
		{"ConnectionError, short body", func() error { _, err := godwit.Get(t.Context(), odd.URL+"/short"); return err }, []godwit.Kind{godwit.ErrProtocol}},
		{"ConnectionError, no HTTP", func() error { _, err := godwit.Get(t.Context(), odd.URL+"/junk"); return err }, []godwit.Kind{godwit.ErrProtocol}},
		{"ContentDecodingError", func() error { _, err := godwit.Get(t.Context(), odd.URL+"/coded"); return err }, []godwit.Kind{godwit.ErrDecode}},
		{"RetryError", func() error {
			_, err := godwit.Get(t.Context(), "http://127.0.0.1:1/", godwit.Retry{Max: 1, Wait: time.Microsecond})
			return err
		}, []godwit.Kind{godwit.ErrRetry, godwit.ErrConnect}},
		{"UnrewindableBodyError", func() error {
			_, err := godwit.Post(t.Context(), api+"/redirect-to?status_code=307&url=/anything", once())
			return err
		}, []godwit.Kind{godwit.ErrUnrewindable}},
		{"cancelled", func() error { _, err := godwit.Get(canceled, api); return err }, []godwit.Kind{godwit.ErrCanceled}},
	} {
		err := c.do()
		for _, k := range c.kinds {
			if !errors.Is(err, k) {
				t.Errorf("%s: %v is no %v", c.exception, err, k)
			}
		}
		if err != nil && strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("%s: more than one line: %q", c.exception, err)
		}
	}
}

// writePEM writes the server's certificate to a file.
func writePEM(t *testing.T, path string, server *httptest.Server) {
	t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
