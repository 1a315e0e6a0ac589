package godwit

// What is said of TLS, and whom it is said for.

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

const otherPin = "sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE="

func pinOf(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return "sha256//" + base64.StdEncoding.EncodeToString(sum[:])
}

// anotherShower is a shower with a key of its own: those of httptest have one in common.
func anotherShower(t *testing.T) *shower {
	s := newShower(t)
	s.TLS.Certificates = []tls.Certificate{tlstest.NewRoot(t, "root").Leaf(t, "127.0.0.1").Chain()}
	return s
}

// A pin is for the origin of the first URL, and holds there when a redirect comes back to it.
func TestPinAndRedirects(t *testing.T) {
	a, b := newShower(t), anotherShower(t)
	pin := Pin(pinOf(a.Certificate()), otherPin)
	to := func(from *shower, path, to string) string { return from.URL + path + "?to=" + url.QueryEscape(to) }
	for _, c := range []struct {
		name string
		url  string
		opts []Option
		want string // what a has been asked, and b; "refused"
	}{
		{"its origin", a.URL + "/1", []Option{pin}, "/1 nobody; "},
		{"and away", to(a, "/1", b.URL+"/2"), []Option{pin}, "/1 nobody; /2 nobody"},
		{"another key", a.URL + "/1", []Option{Pin(otherPin)}, "refused"},
		{"another key, insecure", a.URL + "/1", []Option{Insecure, Pin(otherPin)}, "refused"},
		{"a session's, taken back", a.URL + "/1", []Option{Pin(otherPin), Pin()}, "/1 nobody; "},
		{"a session's, replaced", a.URL + "/1", []Option{Pin(otherPin), pin}, "/1 nobody; "},
		{"of the other origin", b.URL + "/1", []Option{pin}, "refused"},
	} {
		s := newRealSession(t)
		s.Defaults = Defaults{AddCA(pemOf(a.Certificate()), pemOf(bCert(t, b)))}
		res, err := s.Get(t.Context(), c.url, c.opts...)
		got := a.took() + "; " + b.took()
		if c.want == "refused" {
			if _, ok := errors.AsType[*tlserr.PinError](err); !ok || got != "; " || !errors.Is(err, ErrTLS) {
				t.Errorf("%s: %v, %v, %s", c.name, res, err, got)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %v, %s", c.name, err, got)
		}
	}
	// Led away and back, on new connections.
	s := newRealSession(t)
	s.Defaults = Defaults{AddCA(pemOf(a.Certificate()), pemOf(bCert(t, b)))}
	back := to(b, "/2", a.URL+"/3")
	turned := OnResponse(func(*http.Response) error { s.Transport.(*transport.Transport).CloseIdleConnections(); return nil })
	if _, err := s.Get(t.Context(), to(a, "/1", back), pin, turned); err != nil || a.took() != "/1 nobody, /3 nobody" {
		t.Error(err)
	}
}

// A server whose key is another one when a redirect comes back to it.
func TestPinAfterTheWayBack(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	first, second := root.Leaf(t, "127.0.0.1").Chain(), root.Leaf(t, "127.0.0.1").Chain()
	var moved atomic.Bool
	var seen atomic.Int32
	b := newShower(t)
	a := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		moved.Store(true)
		w.Header().Set("Connection", "close")
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
		}
	}))
	a.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		config := &tls.Config{SessionTicketsDisabled: true, Certificates: []tls.Certificate{first}}
		if moved.Load() {
			config.Certificates[0] = second
		}
		return config, nil
	}}
	a.StartTLS()
	defer a.Close()
	firstCert, err := x509.ParseCertificate(first.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	s := newRealSession(t)
	s.Defaults = Defaults{AddCA(string(root.PEM()), pemOf(b.Certificate()))}
	target := a.URL + "/1?to=" + url.QueryEscape(b.URL+"/2?to="+url.QueryEscape(a.URL+"/3"))
	_, err = s.Get(t.Context(), target, Pin(pinOf(firstCert)))
	if _, ok := errors.AsType[*tlserr.PinError](err); !ok || seen.Load() != 1 || b.took() != "/2 nobody" {
		t.Errorf("%v, %d", err, seen.Load())
	}
	moved.Store(false)
	if _, err = s.Get(t.Context(), target); err != nil || seen.Load() != 3 {
		t.Errorf("without a pin: %v", err)
	}
}

func bCert(t *testing.T, s *shower) *x509.Certificate {
	c, err := x509.ParseCertificate(s.TLS.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func pemOf(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// Where nobody would look at the pins, nothing is sent.
func TestPinsNobodyLooksAt(t *testing.T) {
	s, w := newWorld(ok)
	s.Defaults = Defaults{Pin(otherPin)}
	for url, kind := range map[string]Kind{"http://h/": ErrRequest, "https://h/": ErrTLS} {
		if _, err := s.Get(t.Context(), url); !errors.Is(err, kind) {
			t.Errorf("%s: %v", url, err)
		}
		req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Open(req); !errors.Is(err, kind) {
			t.Errorf("%s, opened: %v", url, err)
		}
		if _, err := s.Get(t.Context(), url, Pin()); err != nil {
			t.Errorf("%s, without: %v", url, err)
		}
	}
	if _, err := s.Get(t.Context(), "https://h/", Pin(), TLSSettings{RequireStaple: true}); !errors.Is(err, ErrTLS) {
		t.Error(err)
	}
	if _, err := s.Get(t.Context(), "http://h/", Pin(), TLSSettings{RequireStaple: true}); err != nil {
		t.Error(err)
	}
	if n := len(w.requests()); n != 3 {
		t.Errorf("%d requests", n)
	}
	// A session's pins are for the origin of its BaseURL.
	s.Defaults = Defaults{BaseURL("https://api.example/v1"), Pin(otherPin)}
	if _, err := s.Get(t.Context(), "http://elsewhere/"); err != nil {
		t.Error(err)
	}
	if _, err := s.Get(t.Context(), "/x"); !errors.Is(err, ErrTLS) {
		t.Error(err)
	}
}

// Insecure, and whatever else is for one origin, does not follow a redirect (B54).
func TestInsecureStays(t *testing.T) {
	a, b := newShower(t), newShower(t)
	for name, opts := range map[string][]Option{
		"Insecure":   {Insecure},
		"ServerName": {CA(pemOf(a.Certificate())), TLSSettings{ServerName: "example.com"}},
	} {
		s := newRealSession(t)
		told := new(log)
		s.Tracer = told
		if _, err := s.Get(t.Context(), a.URL, opts...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, err := s.Get(t.Context(), a.URL+"/?to="+url.QueryEscape(b.URL), opts...)
		if name == "ServerName" {
			// There the name is the URL's, which the certificate is for, too.
			if err != nil || b.took() == "" {
				t.Error(err)
			}
			if _, err := s.Get(t.Context(), a.URL, CA(pemOf(a.Certificate())), TLSSettings{ServerName: "no.example"}); !errors.Is(err, ErrTLS) {
				t.Error(err)
			}
			continue
		}
		if e, ok := errors.AsType[*tlserr.Error](err); !ok || e.Cause != tlserr.SelfSigned && e.Cause != tlserr.UnknownIssuer || b.took() != "" {
			t.Errorf("%s: %v", name, err)
		}
		if warnings := all[trace.Warning](told); len(warnings) != 1 || warnings[0].Origin != a.URL {
			t.Errorf("%+v", warnings)
		}
		// Nor does it stay behind for the next call, on a connection or in a ticket.
		if _, err := s.Get(t.Context(), a.URL); !errors.Is(err, ErrTLS) {
			t.Error(err)
		}
	}
}

// CA and AddCA: which of them stands.
func TestWhomToTrust(t *testing.T) {
	a, b := tlstest.NewRoot(t, "a"), tlstest.NewRoot(t, "b")
	caA, caB := string(a.PEM()), string(b.PEM())
	for _, c := range []struct {
		opts  []Option
		ca    string
		added string
	}{
		{[]Option{CA(caA)}, "1", ""},
		{[]Option{CA(caA, caB)}, "2", ""},
		{[]Option{AddCA(caA)}, "", "1"},
		{[]Option{AddCA(caA), AddCA(caA, caB)}, "", "1 2"},
		{[]Option{CA(caA), AddCA(caB)}, "1", "1"},
		{[]Option{AddCA(caA), CA(caB)}, "1", ""},
		{[]Option{Insecure, AddCA(caA)}, "", "1"},
	} {
		var r Request
		r.init("GET", "https://h/")
		if err := r.apply(c.opts); err != nil {
			t.Fatal(err)
		}
		count := func(ca *transport.CA) string { return fmt.Sprint(strings.Count(ca.String(), "(text)")) }
		ca, added := "", []string{}
		if r.CA != nil {
			ca = count(r.CA)
		}
		for _, one := range r.AddCA {
			added = append(added, count(one))
		}
		if ca != c.ca || strings.Join(added, " ") != c.added || r.Insecure {
			t.Errorf("%v: %s, %s", c.opts, ca, added)
		}
	}
	// Options of a session are not added to by its calls.
	var r Request
	r.init("GET", "https://h/")
	session := []Option{AddCA(caA), AddCA(caA), AddCA(caA)}
	if err := r.apply(session); err != nil {
		t.Fatal(err)
	}
	one, two := r, r
	if err := errors.Join(one.apply([]Option{AddCA(caA)}), two.apply([]Option{AddCA(caB)})); err != nil {
		t.Fatal(err)
	}
	if one.AddCA[3] == two.AddCA[3] {
		t.Error("one call's CA is another's")
	}
}

// A company's CA, besides what is trusted without it, on every hop; the tracer is told.
func TestAddCAOnEachHop(t *testing.T) {
	a, b := newShower(t), anotherShower(t)
	s := newRealSession(t)
	told := new(log)
	s.Tracer = told
	dir := t.TempDir()
	path := filepath.Join(dir, "b.pem")
	if err := os.WriteFile(path, []byte(pemOf(bCert(t, b))), 0o600); err != nil {
		t.Fatal(err)
	}
	writeCA(t, filepath.Join(dir, "a.pem"), a.Server)
	t.Setenv("SSL_CERT_FILE", filepath.Join(dir, "a.pem"))
	if _, err := s.Get(t.Context(), a.URL+"/?to="+url.QueryEscape(b.URL), AddCA(path)); err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, choice := range all[trace.Choice](told) {
		if choice.What == "ca" {
			rules = append(rules, choice.Value+" by "+choice.Rule)
		}
	}
	if want := []string{path + " by AddCA option", " by SSL_CERT_FILE"}; !slices.Equal(rules, want) {
		t.Errorf("%q", rules)
	}
	if _, err := s.Get(t.Context(), b.URL); !errors.Is(err, ErrTLS) {
		t.Error(err)
	}
}

// The password of a client certificate, in whatever form, and that nothing prints it.
func TestClientCertPasswords(t *testing.T) {
	dir := t.TempDir()
	const password = "hunter2"
	cert, key := encryptedPair(t, password)
	certFile, keyFile := filepath.Join(dir, "client.pem"), filepath.Join(dir, "client.key")
	if err := errors.Join(os.WriteFile(certFile, cert, 0o600), os.WriteFile(keyFile, key, 0o600)); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for name, c := range map[string]struct {
		password []any
		want     error
	}{
		"text":     {[]any{password}, nil},
		"bytes":    {[]any{[]byte(password)}, nil},
		"Secret":   {[]any{Secret(password)}, nil},
		"function": {[]any{func() (string, error) { asked++; return password, nil }}, nil},
		"none":     {nil, transport.ErrEncryptedKey},
		"nil":      {[]any{nil}, transport.ErrEncryptedKey},
		"another":  {[]any{"hunter3"}, transport.ErrKeyPassword},
		"failing":  {[]any{func() (string, error) { return "", context.Canceled }}, context.Canceled},
		"a number": {[]any{7}, ErrRequest},
		"two":      {[]any{password, password}, ErrRequest},
		"empty":    {[]any{SecretValue{}}, ErrRequest},
	} {
		for _, opt := range []Option{ClientCert(certFile, keyFile, c.password...), ClientCert(string(cert), string(key), c.password...)} {
			for range 2 {
				var r Request
				r.init("GET", "https://h/")
				err := r.apply([]Option{opt})
				if c.want == nil && (err != nil || r.Certificate == nil) || c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("%s: %v", name, err)
				}
				if err != nil && (!errors.Is(err, ErrRequest) || strings.Contains(err.Error(), "hunter")) {
					t.Errorf("%s: %v", name, err)
				}
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
				if text := fmt.Sprintf(verb, opt); strings.Contains(text, "hunter") || strings.Contains(text, "BEGIN") || !strings.HasPrefix(text, "ClientCert(") {
					t.Errorf("%s: %s", verb, text)
				}
			}
		}
	}
	if asked != 2 { // once for each option
		t.Errorf("asked %d times", asked)
	}
}

// encryptedPair is a client certificate and its key, encrypted as OpenSSL does it by itself.
func encryptedPair(t *testing.T, password string) (cert, key []byte) {
	t.Helper()
	me := tlstest.NewRoot(t, "root").Client(t, "me")
	//lint:ignore SA1019 it is the short way to an encrypted key
	block, err := x509.EncryptPEMBlock(bytes.NewReader(make([]byte, 16)), "EC PRIVATE KEY", mustPKCS8(t, me), []byte(password), x509.PEMCipherAES256)
	if err != nil {
		t.Fatal(err)
	}
	return me.PEM(), pem.EncodeToMemory(block)
}

func mustPKCS8(t *testing.T, s *tlstest.Signer) []byte {
	block, _ := pem.Decode(s.KeyPEM(t))
	return block.Bytes
}

// A key log that cannot be written is nothing that another attempt would help with.
func TestKeyLogIsNotRetried(t *testing.T) {
	a := newShower(t)
	s := newRealSession(t)
	dialled := 0
	s.Transport = &transport.Transport{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialled++
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}
	_, err := s.Get(t.Context(), a.URL, Insecure, Retry{Max: 3}, TLSSettings{KeyLog: filepath.Join(t.TempDir(), "no", "keys")})
	if e, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, os.ErrNotExist) || !errors.Is(err, ErrTLS) || len(e.Attempts) > 1 || dialled != 0 {
		t.Errorf("%v, dialled %d times", err, dialled)
	}
}

// Settings of a session and of a call come together.
func TestTLSSettingsOfSessionAndCall(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(ok))
	defer server.Close()
	s := newRealSession(t)
	s.Defaults = Defaults{CA(pemOf(server.Certificate())), TLSSettings{MaxVersion: tls.VersionTLS12}}
	for _, c := range []struct {
		opts []Option
		want uint16
	}{
		{nil, tls.VersionTLS12},
		{[]Option{TLSSettings{NoPostQuantum: true}}, tls.VersionTLS12},
		{[]Option{TLSSettings{MaxVersion: tls.VersionTLS13}}, tls.VersionTLS13},
		{[]Option{OptionFunc(func(r *Request) error { r.TLSSettings = nil; return nil })}, tls.VersionTLS13},
	} {
		res, err := s.Get(t.Context(), server.URL, c.opts...)
		if err != nil || res.TLS.Version != c.want {
			t.Errorf("%v: %v", res, err)
		}
	}
	if _, err := s.Get(t.Context(), server.URL, TLSSettings{MinVersion: tls.VersionTLS13}); !errors.Is(err, ErrRequest) {
		t.Errorf("a version that the session does not allow: %v", err)
	}
}
