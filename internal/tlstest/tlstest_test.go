package tlstest_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"testing"

	"example.com/godwit/internal/tlstest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// get asks a server for its page with net/http.
func get(t *testing.T, f *tlstest.Fixture, s *tlstest.Server, protocol string) (string, error) {
	t.Helper()
	speaks := new(http.Protocols)
	speaks.SetHTTP1(protocol == "http/1.1")
	speaks.SetHTTP2(protocol == "h2")
	tr := &http.Transport{DialContext: s.Dial, TLSClientConfig: f.ClientConfig(), Protocols: speaks}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := tr.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{"http/1.1": 1, "h2": 2}[protocol]; res.ProtoMajor != want {
		t.Errorf("%s, want HTTP/%d", res.Proto, want)
	}
	return string(body), nil
}

func TestFailing(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range tlstest.Failing(t) {
		if seen[f.Name] {
			t.Errorf("%s is there twice", f.Name)
		}
		seen[f.Name] = true
		t.Run(f.Name, func(t *testing.T) {
			if f.Want == "" {
				t.Fatal("no cause is wanted")
			}
			for _, protocol := range []string{"http/1.1", "h2"} {
				s := tlstest.Start(t, f, protocol)
				body, err := get(t, f, s, protocol)
				if err == nil {
					t.Fatalf("it answered %q", body)
				}
				if n := s.Requests(); n != 0 {
					t.Errorf("%d requests", n)
				}
			}
		})
	}
}

func TestPassing(t *testing.T) {
	for _, f := range tlstest.Passing(t) {
		t.Run(f.Name, func(t *testing.T) {
			for _, protocol := range []string{"http/1.1", "h2"} {
				s := tlstest.Start(t, f, protocol)
				if f.HTTP1 && protocol != "http/1.1" {
					continue
				}
				body, err := get(t, f, s, protocol)
				if err != nil || body != tlstest.Body || s.Requests() != 1 {
					t.Errorf("%q, %v, %d requests", body, err, s.Requests())
				}
			}
		})
	}
}

// What is said to be the way out is one.
func TestTrust(t *testing.T) {
	for _, f := range tlstest.Failing(t) {
		if f.Trust == nil && f.ClientCert == nil {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			fixed := *f
			fixed.CA = append(append([]byte(nil), f.CA...), f.Trust...)
			if f.ClientCert != nil {
				pair, err := tls.X509KeyPair(f.ClientCert, f.ClientKey)
				if err != nil {
					t.Fatal(err)
				}
				fixed.Client = func(c *tls.Config) { c.Certificates = []tls.Certificate{pair} }
			}
			s := tlstest.Start(t, f)
			if body, err := get(t, &fixed, s, "http/1.1"); err != nil || body != tlstest.Body {
				t.Errorf("%q, %v", body, err)
			}
		})
	}
}
