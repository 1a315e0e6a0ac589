package transport

// A proxy as it is met: tinyproxy, from Debian's package, with nginx behind it.

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"example.com/godwit/conn"
	"example.com/godwit/internal/realserver"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// What the proxy asks for, as tinyproxy's configuration has it, and what answers that.
const (
	proxyLogin = "godwit secret"
	proxyUser  = "godwit:secret@"
	proxyWord  = "Basic Z29kd2l0OnNlY3JldA=="
)

func TestTinyproxy(t *testing.T) {
	s := realserver.Nginx(t)
	ca, err := ParseCA(s.CA)
	if err != nil {
		t.Fatal(err)
	}
	open, asks := realserver.Tinyproxy(t), realserver.Tinyproxy(t, "BasicAuth "+proxyLogin)
	origins := map[string]string{"plain": s.Plain, "TLS": s.Secure}
	address := func(p *realserver.Server) string { return strings.TrimPrefix(p.Plain, "http://") }
	send := func(t *testing.T, tr *Transport, method, url string, body io.Reader, o Overrides) (*http.Response, string) {
		t.Helper()
		o.CA = ca
		req := request(t, method, url, body)
		res, err := tr.RoundTrip(req.WithContext(With(req.Context(), &o)))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(text)
	}
	for name, origin := range origins {
		for asked, o := range map[string]Overrides{
			"not":        {Proxy: proxyOn(address(open))},
			"user info":  {Proxy: proxyOn(proxyUser + address(asks))},
			"auth":       {Proxy: proxyOn(address(asks)), ProxyAuth: says(proxyWord)},
			"challenged": {Proxy: proxyOn("wrong:user@" + address(asks)), ProxyAuth: &testChallenger{word: proxyWord}},
		} {
			t.Run(name+"/asked: "+asked, func(t *testing.T) {
				tr := examined(t, &Transport{})
				var report Report
				o.Report = func(context.Context) *Report { return &report }
				for range 3 {
					if res, text := send(t, tr, "GET", origin+"/small.txt", nil, o); res.StatusCode != 200 || text != "small\n" || (res.TLS != nil) != (origin == s.Secure) {
						t.Errorf("%s: %q", res.Status, text)
					}
					// nginx says what it has been sent of this field.
					if res, text := send(t, tr, "GET", origin+"/proxy-authorization", nil, o); res.StatusCode != 200 || text != "" {
						t.Errorf("the origin got %q", text)
					}
				}
				if _, text := send(t, tr, "GET", origin+"/large.bin", nil, o); text != string(s.Large) {
					t.Errorf("%d bytes", len(text))
				}
				if res, text := send(t, tr, "POST", origin+"/post", strings.NewReader(strings.Repeat("x", 1<<20)), o); text != "posted\n" {
					t.Errorf("%s: %q", res.Status, text)
				}
				if report.Proxy == nil || report.Proxy.Host != address(open) && report.Proxy.Host != address(asks) || report.Timings.Wait <= 0 {
					t.Errorf("%+v", report)
				}
				if origin == s.Secure && tr.Stats() != (Stats{Open: 1, Idle: 1}) {
					t.Errorf("%+v", tr.Stats())
				}
			})
		}
	}
	t.Run("refused", func(t *testing.T) {
		tr := examined(t, &Transport{})
		for name, o := range map[string]*Overrides{
			"no login":   {Proxy: proxyOn(address(asks))},
			"wrong":      {Proxy: proxyOn("godwit:wrong@" + address(asks))},
			"wrong word": {Proxy: proxyOn(address(asks)), ProxyAuth: &testChallenger{word: "Basic d3Jvbmc6d3Jvbmc="}},
		} {
			o.CA = ca
			status, challenge := 401, "" // what tinyproxy says to those it does not know
			if name == "no login" {
				status, challenge = 407, `Basic realm="Tinyproxy"`
			}
			err := fails(t, tr, with(t, s.Secure+"/small.txt", o))
			e, ok := errors.AsType[*conn.TunnelError](err)
			if !ok || e.Status != status || e.Fields.Get("Proxy-Authenticate") != challenge || !err.Proxy || len(e.Body) == 0 {
				t.Errorf("%s: %v: %+v", name, err, e)
			}
			if strings.Contains(err.Error(), "wrong") {
				t.Error(err)
			}
			if res, _ := send(t, tr, "GET", s.Plain+"/small.txt", nil, *o); res.StatusCode != status {
				t.Errorf("%s: %s", name, res.Status)
			}
		}
		_, port, _ := strings.Cut(strings.TrimPrefix(s.Plain, "http://"), ":")
		narrow := realserver.Tinyproxy(t, "ConnectPort "+port)
		err := fails(t, tr, with(t, s.Secure, &Overrides{CA: ca, Proxy: proxyOn(address(narrow))}))
		if e, ok := errors.AsType[*conn.TunnelError](err); !ok || e.Status != 403 || e.Reason != "Access violation" {
			t.Errorf("%v", err)
		}
	})
	t.Run("name", func(t *testing.T) {
		tr := examined(t, &Transport{})
		target := strings.Replace(s.Secure, "127.0.0.1", "localhost", 1)
		err := fails(t, tr, with(t, target, &Overrides{CA: ca, Proxy: proxyOn(address(open))}))
		if e, ok := errors.AsType[*tlserr.Error](err); !ok || e.Cause != tlserr.NameMismatch || err.Phase != trace.TLS || err.Proxy {
			t.Errorf("%v", err)
		}
	})
}
