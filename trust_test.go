package godwit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/godwit/transport"
)

// A shower is a TLS server that asks for a client certificate and notes for each request whether
// it was shown one. It redirects to what the parameter "to" says.
type shower struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func newShower(t *testing.T) *shower {
	s := &shower{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := r.URL.Path + " nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			who = r.URL.Path + " " + r.TLS.PeerCertificates[0].Subject.CommonName
		}
		s.mu.Lock()
		s.seen = append(s.seen, who)
		s.mu.Unlock()
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
		}
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *shower) took() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.seen = nil }()
	return strings.Join(s.seen, ", ")
}

// newClientCertificate makes one of that name, which nobody has issued.
func newClientCertificate(t *testing.T, name string) *tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	template.Subject.CommonName = name
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// certificate is an option like ClientCert.
type certificate struct{ *tls.Certificate }

func (c certificate) Apply(r *Request) error {
	r.Certificate = c.Certificate
	return nil
}

// A client certificate is for the origin of the first request. When a redirect has led away from
// there it is not shown again, not even by way back: who redirects there would be heard as us.
func TestClientCertificateAndRedirects(t *testing.T) {
	a, b := newShower(t), newShower(t)
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate())
	pool.AddCert(b.Certificate())
	me := newClientCertificate(t, "me")
	cache := tls.NewLRUClientSessionCache(8)
	for name, o := range map[string]Option{
		"ClientCert":            certificate{me},
		"TLS":                   TLS(&tls.Config{RootCAs: pool, Certificates: []tls.Certificate{*me}}),
		"TLS with its own":      TLS(&tls.Config{RootCAs: pool, Certificates: []tls.Certificate{*me}, ClientSessionCache: cache}),
		"TLS that asks":         TLS(&tls.Config{RootCAs: pool, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return me, nil }}),
		"TLS beside ClientCert": Defaults{TLS(&tls.Config{RootCAs: pool, Certificates: []tls.Certificate{*newClientCertificate(t, "other")}}), certificate{me}},
	} {
		for _, proxied := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, proxied: %v", name, proxied), func(t *testing.T) {
				s := &Session{Transport: &transport.Transport{TLS: &tls.Config{RootCAs: pool}}, Defaults: Defaults{o}}
				defer s.Close()
				if proxied {
					s.Defaults = append(s.Defaults, Proxy(newTunnelProxy(t).URL))
				}
				for range 2 { // on new connections, and on those that are there then
					back := a.URL + "/3"
					away := b.URL + "/2?to=" + url.QueryEscape(back)
					res, err := s.Get(t.Context(), a.URL+"/0?to="+url.QueryEscape(a.URL+"/1?to="+url.QueryEscape(away)))
					if err != nil || len(res.History) != 3 {
						t.Fatal(err)
					}
					if got := a.took(); got != "/0 me, /1 me, /3 nobody" {
						t.Errorf("the origin was shown: %s", got)
					}
					if got := b.took(); got != "/2 nobody" {
						t.Errorf("another origin was shown: %s", got)
					}
				}
			})
		}
	}
}

// What is for the origin of the first request is not for another that a prepared request has been
// led to.
func TestPreparedRequestLedElsewhere(t *testing.T) {
	a, b := newShower(t), newShower(t)
	for _, o := range []Option{Insecure, TLS(&tls.Config{RootCAs: x509.NewCertPool()}), certificate{newClientCertificate(t, "me")}} {
		s := newRealSession(t)
		s.Defaults = Defaults{o}
		path := filepath.Join(t.TempDir(), "ca.pem")
		writeCA(t, path, b.Server)
		if o != Insecure {
			s.Defaults = append(s.Defaults, CA(path))
		}
		req, err := s.Prepare(t.Context(), "GET", a.URL)
		if err != nil {
			t.Fatal(err)
		}
		if req.URL, err = url.Parse(b.URL + "/"); err != nil {
			t.Fatal(err)
		}
		_, err = s.Send(req)
		if o == Insecure {
			if !errors.Is(err, ErrTLS) {
				t.Errorf("another origin was not verified: %v", err)
			}
		} else if got := b.took(); err != nil || got != "/ nobody" {
			t.Errorf("another origin was shown %q: %v", got, err)
		}
	}
}

// Whom the environment trusts holds only where nobody has said otherwise in code, be it the
// transport of a mount; Insecure and TLS say so for one origin only.
func TestCAOfTheEnvironmentComesLast(t *testing.T) {
	a, b := newShower(t), newShower(t)
	dir := t.TempDir()
	onlyA, missing := filepath.Join(dir, "a.pem"), filepath.Join(dir, "missing.pem")
	writeCA(t, onlyA, a.Server)
	poolB := x509.NewCertPool()
	poolB.AddCert(b.Certificate())
	for _, c := range []struct {
		name string
		env  string
		url  string
		opts []Option
		ok   bool
	}{
		{"mount", onlyA, b.URL, nil, true},
		{"mount, environment unreadable", missing, b.URL, nil, true},
		{"beside the mount", onlyA, a.URL, nil, true},
		{"beside the mount, environment unreadable", missing, a.URL, nil, false},
		{"Insecure, then another origin", onlyA, b.URL + "/?to=" + url.QueryEscape(a.URL), []Option{Insecure}, true},
		{"Insecure, then another origin, environment unreadable", missing, b.URL + "/?to=" + url.QueryEscape(a.URL), []Option{Insecure}, false},
		{"TLS, then another origin", onlyA, b.URL + "/?to=" + url.QueryEscape(a.URL), []Option{TLS(&tls.Config{RootCAs: poolB})}, true},
		{"TLS, then another origin and back", onlyA, b.URL + "/?to=" + url.QueryEscape(a.URL+"/?to="+url.QueryEscape(b.URL)), []Option{TLS(&tls.Config{RootCAs: poolB})}, true},
		{"TLS, then another origin, environment unreadable", missing, b.URL + "/?to=" + url.QueryEscape(a.URL), []Option{TLS(&tls.Config{RootCAs: poolB})}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("SSL_CERT_FILE", c.env)
			s := newRealSession(t)
			if len(c.opts) == 0 {
				s.Mounts = map[string]http.RoundTripper{b.URL: &transport.Transport{TLS: &tls.Config{RootCAs: poolB}}}
			}
			if _, err := s.Get(t.Context(), c.url, c.opts...); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrTLS) {
				t.Errorf("%v", err)
			}
		})
	}
}

// The environment is read once for a call whose middleware sends several requests at once.
func TestCAOfTheEnvironmentAtOnce(t *testing.T) {
	a := newShower(t)
	path := filepath.Join(t.TempDir(), "a.pem")
	writeCA(t, path, a.Server)
	t.Setenv("SSL_CERT_FILE", path)
	s := newRealSession(t)
	s.NetworkMiddleware = []Middleware{func(next http.RoundTripper) http.RoundTripper {
		return RoundTripFunc(func(req *http.Request) (*http.Response, error) {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					res, err := next.RoundTrip(req.Clone(req.Context()))
					if err != nil {
						t.Error(err)
						return
					}
					io.Copy(io.Discard, res.Body)
					res.Body.Close()
				})
			}
			wg.Wait()
			return next.RoundTrip(req)
		})
	}}
	for range 8 {
		if _, err := s.Get(t.Context(), a.URL); err != nil {
			t.Error(err)
		}
	}
}
