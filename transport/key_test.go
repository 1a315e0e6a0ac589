package transport

// What keeps connections apart.

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync/atomic"
	"testing"
	"unique"

	"example.com/godwit/auth"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// tlsServer is a server with a certificate for 127.0.0.1 and example.com that no system
// trusts. resumed counts the handshakes that continued an earlier session.
func tlsServer(t *testing.T) (srv *httptest.Server, ca *CA, full, resumed *atomic.Int32) {
	full, resumed = new(atomic.Int32), new(atomic.Int32)
	srv = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(r.TLS.ServerName))
	}))
	srv.TLS = &tls.Config{VerifyConnection: func(s tls.ConnectionState) error {
		if s.DidResume {
			resumed.Add(1)
		} else {
			full.Add(1)
		}
		return nil
	}}
	srv.Config.ErrorLog = discardLog
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv, parseCA(t, srv.Certificate()), full, resumed
}

func parseCA(t *testing.T, certs ...*x509.Certificate) *CA {
	t.Helper()
	var text []byte
	for _, c := range certs {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	ca, err := ParseCA(text)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// with returns a GET with Overrides.
func with(t *testing.T, url string, o *Overrides) *http.Request {
	req := request(t, "GET", url, nil)
	return req.WithContext(With(req.Context(), o))
}

// Each field of Overrides either is known to say nothing of the connection, or alters the
// key. A field that is new fails here until somebody has decided.
func TestEachOverrideAndTheKey(t *testing.T) {
	harmless := map[string]bool{
		"Limits": true, "Streaming": true, "Tracer": true, "Call": true, "Order": true,
		"NoGzip": true, "Origin": true, // Origin only says to whom the others apply
		"Report": true, "Secrets": true, "InClear": true,
		"ProxyAuthFor": true, "Crossed": true, // which only say whom others are for
	}
	tlsOnly := map[string]any{
		"Protocols": HTTP1,
		"CA":        &CA{sum: [32]byte{1}}, "EnvCA": &CA{sum: [32]byte{2}}, "TLS": &tls.Config{}, "Insecure": true,
		"Certificate": clientCertificate(t), "AddCA": []*CA{{sum: [32]byte{3}}}, "Pins": parsePins(t, pinOf(otherCert(t))),
		"TLSSettings": &TLSSettings{RequireStaple: true}, // see TestEachTLSSettingAndTheKey
	}
	always := map[string]any{
		"Proxy":     proxyOn("b.example:3128"),
		"EnvProxy":  proxyOn("b.example:3128"),
		"ProxyAuth": auth.Func(func(*http.Request) error { return nil }), // see below
		// This one needs a proxy to be sent to.
		"ProxyHeader": http.Header{"X": {"y"}},
		// These need an https proxy to say anything about.
		"ProxyTLS":   &Overrides{CA: &CA{sum: [32]byte{3}}},
		"EnvProxyCA": func() (*CA, error) { return &CA{sum: [32]byte{4}}, nil },
		"Sockets":    &Sockets{Interface: "127.0.0.1"},
		"Resolver":   &net.Resolver{},
		"Dialer":     &net.Dialer{},
	}
	tr := &Transport{}
	for f := range reflect.TypeFor[Overrides]().Fields() {
		if harmless[f.Name] {
			continue
		}
		value, known := tlsOnly[f.Name]
		if !known {
			value, known = always[f.Name]
		}
		if !known {
			t.Errorf("does Overrides.%s say anything of the connection?", f.Name)
			continue
		}
		for _, scheme := range []string{"http", "https"} {
			url := scheme + "://a.example/"
			o := Overrides{Origin: url[:len(url)-1] + ":443"}
			if f.Name == "ProxyAuth" || f.Name == "ProxyHeader" { // which needs a proxy to prove anything to
				o.Proxy = proxyOn("b.example:3128")
			}
			if f.Name == "ProxyTLS" || f.Name == "EnvProxyCA" {
				o.Proxy = parsed("https://b.example:3128")
			}
			before := wholeKey(t, tr, url, &o)
			if f.Name == "ProxyAuth" {
				for i, alter := range differentAuths() {
					o.ProxyAuth = alter
					k := wholeKey(t, tr, url, &o)
					if k == before {
						t.Errorf("ProxyAuth %d does not alter the key", i)
					}
					before = k
				}
				continue
			}
			reflect.ValueOf(&o).Elem().FieldByIndex(f.Index).Set(reflect.ValueOf(value))
			k := wholeKey(t, tr, url, &o)
			if _, tlsOnly := tlsOnly[f.Name]; tlsOnly && scheme == "http" {
				if k != before {
					t.Errorf("Overrides.%s alters the key of a connection without TLS", f.Name)
				}
			} else if k == before {
				t.Errorf("Overrides.%s does not alter the key for %s", f.Name, scheme)
			}
		}
	}
}

// wholeKey returns the key of a GET, all that its Overrides say included.
func wholeKey(t *testing.T, tr *Transport, url string, o *Overrides) key {
	t.Helper()
	req := with(t, url, o)
	tr.once.Do(tr.begin)
	r := trip{t: tr, req: req, given: req, ctx: req.Context(), overrides: o}
	err := r.setKey()
	if err == nil {
		r.setOptions()
		err = r.setRoute()
	}
	if err == nil {
		err = r.setProxy()
	}
	if err != nil {
		t.Fatal(err)
	}
	return r.key
}

// keyFor returns the key of a request without Overrides and without a proxy.
func keyFor(req *http.Request) (key, error) {
	r := trip{t: new(Transport), req: req}
	err := r.setKey()
	return r.key, err
}

// Each field of the key tells connections apart, in the pool's own table.
func TestEachFieldOfTheKey(t *testing.T) {
	type step struct {
		typ   reflect.Type
		index []int
	}
	var all []step
	var walk func(typ reflect.Type, index []int)
	walk = func(typ reflect.Type, index []int) {
		for f := range typ.Fields() {
			at := append(index[:len(index):len(index)], f.Index...)
			if f.Type == reflect.TypeFor[via]() {
				walk(f.Type, at)
				continue
			}
			all = append(all, step{f.Type, at})
		}
	}
	walk(reflect.TypeFor[key](), nil)
	if len(all) < 9 {
		t.Fatalf("%d fields", len(all))
	}
	for _, f := range all {
		var other, same key
		other = alter(t, f.index)
		m := map[key]bool{same: true}
		if m[other] {
			t.Errorf("field %v (%v) does not tell keys apart", f.index, f.typ)
		}
	}
}

// alter returns a key in which the field is another than zero.
func alter(t *testing.T, index []int) key {
	for _, k := range []key{
		{scheme: "x"},
		{host: "x"},
		{port: "x"},
		{route: unique.Make(routeID{unix: "x"})},
		{protocols: HTTP2},
		{trust: new(Transport).trustID(&trust{insecure: true})},
		{via: via{scheme: "x"}},
		{via: via{addr: "x"}},
		{via: via{trust: new(Transport).trustID(&trust{proxy: true})}},
		{via: via{login: "x"}},
		{via: via{who: "x"}},
		{via: via{header: "x"}},
	} {
		if !reflect.ValueOf(k).FieldByIndex(index).IsZero() {
			return k
		}
	}
	t.Fatalf("field %v is new: alter it here", index)
	return key{}
}

// Each field of a trust tells trusts apart, and so does each field of the settings in it.
func TestEachFieldOfTheTrust(t *testing.T) {
	tr := new(Transport)
	seen := map[trustID]string{{}: "nothing"}
	var walk func(v reflect.Value, name string, whole *trust)
	walk = func(v reflect.Value, name string, whole *trust) {
		for i := range v.NumField() {
			f, name := v.Field(i), name+"."+v.Type().Field(i).Name
			if f.Kind() == reflect.Struct {
				walk(f, name, whole)
				continue
			}
			f = reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem() // it is not exported
			switch f.Kind() {
			case reflect.Bool:
				f.SetBool(true)
			case reflect.String:
				f.SetString("x")
			case reflect.Uint16:
				f.SetUint(1)
			case reflect.Array:
				f.Index(0).SetUint(1)
			case reflect.Pointer:
				f.Set(reflect.New(f.Type().Elem()))
			default:
				t.Fatalf("%s is a %v: alter it here", name, f.Kind())
			}
			id := tr.trustID(whole)
			if other, ok := seen[id]; ok {
				t.Errorf("%s does not tell a trust from that with %s", name, other)
			}
			seen[id] = name
			if trusted(id) != *whole || tr.trustID(whole) != id || new(Transport).trustID(whole) != id {
				t.Errorf("%s is lost", name)
			}
			f.SetZero()
		}
	}
	var whole trust
	walk(reflect.ValueOf(&whole).Elem(), "trust", &whole)
	if len(seen) < 18 {
		t.Errorf("only %d", len(seen))
	}
}

// Each TLS setting alters the key (CVE-2022-27782).
func TestEachTLSSettingAndTheKey(t *testing.T) {
	values := map[string]any{
		"MinVersion": uint16(tls.VersionTLS13), "MaxVersion": uint16(tls.VersionTLS12),
		"Curves": []tls.CurveID{tls.X25519}, "NoPostQuantum": true, "CipherSuites": []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		"ServerName": "b.example", "ECH": echList, "KeyLog": "keys", "RequireStaple": true,
	}
	ofOrigin := map[string]bool{"ServerName": true, "ECH": true}
	tr := new(Transport)
	seen := map[key]bool{wholeKey(t, tr, "https://a.example/", &Overrides{}): true}
	for f := range reflect.TypeFor[TLSSettings]().Fields() {
		value, known := values[f.Name]
		if !known {
			t.Errorf("TLSSettings.%s is new: alter it here", f.Name)
			continue
		}
		o := Overrides{Origin: "https://a.example:443"}
		o.TLSSettings = new(TLSSettings)
		reflect.ValueOf(o.TLSSettings).Elem().FieldByIndex(f.Index).Set(reflect.ValueOf(value))
		if o.TLSSettings.IsZero() {
			t.Errorf("isZero with TLSSettings.%s", f.Name)
		}
		k := wholeKey(t, tr, "https://a.example/", &o)
		if seen[k] {
			t.Errorf("TLSSettings.%s does not alter the key", f.Name)
		}
		seen[k] = true
		// What is said for the origin is not said for another one.
		if k := wholeKey(t, tr, "https://b.example/", &o); (k.trust == trustID{}) != ofOrigin[f.Name] {
			t.Errorf("TLSSettings.%s: trust of another origin %+v", f.Name, trusted(k.trust))
		}
		k = wholeKey(t, tr, "https://a.example/", &Overrides{TLSSettings: o.TLSSettings})
		if k.trust == (trustID{}) {
			t.Errorf("TLSSettings.%s is not for any origin", f.Name)
		}
		if k := wholeKey(t, tr, "http://a.example/", &o); k.trust != (trustID{}) {
			t.Errorf("TLSSettings.%s alters the key of a connection without TLS", f.Name)
		}
	}
}

// echList is the frame of an ECHConfigList.
var echList = []byte{0, 5, 0xfe, 0x0d, 0, 1, 0}

func parsePins(t *testing.T, texts ...string) Pins {
	t.Helper()
	p, err := ParsePins(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestKeyOfURL(t *testing.T) {
	seen := map[key]bool{}
	for _, group := range [][]string{
		{"http://a.example", "http://A.Example:80/x", "http://u:p@a.example/?q#f", "http://a.example:/"},
		{"https://a.example", "https://a.EXAMPLE:443/"},
		{"http://a.example:443"},
		{"http://a.example."},
		{"http://b.example"},
		{"http://bücher.example", "http://xn--bcher-kva.example", "http://BÜCHER.example"},
		{"http://127.0.0.1"},
		{"http://[::1]", "http://[0:0::1]:80"},
		{"http://[fe80::1]"},
		{"http://[fe80::1%25eth0]"},
		{"http://[fe80::1%25eth1]"},
	} {
		var first key
		for i, url := range group {
			k, err := keyFor(request(t, "GET", url, nil))
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				if first = k; seen[k] {
					t.Errorf("%s shares its key with another", url)
				}
				seen[k] = true
			}
			if k != first {
				t.Errorf("%s: key %+v, want %+v", url, k, first)
			}
		}
	}
}

// A connection that was opened without verification serves nobody who wants it, nor the
// other way round; neither do sessions.
func TestInsecureThenSecure(t *testing.T) {
	srv, ca, full, resumed := tlsServer(t)
	tr := examined(t, &Transport{})
	insecure := &Overrides{Insecure: true}
	do(t, tr, with(t, srv.URL, insecure))
	for range 2 {
		err := fails(t, tr, request(t, "GET", srv.URL, nil))
		if e, ok := errors.AsType[*tlserr.Error](err); !ok || err.Phase != trace.TLS || err.Sent {
			t.Errorf("%v (%v)", err, e)
		}
	}
	do(t, tr, with(t, srv.URL, &Overrides{CA: ca}))
	do(t, tr, with(t, srv.URL, insecure))
	// The server may count those as well that we broke off, and may do so late.
	if n := full.Load(); n < 2 || n > 4 || resumed.Load() != 0 {
		t.Errorf("%d full handshakes, %d resumed", n, resumed.Load())
	}
	// The origin that they were made for: another's requests are verified.
	for _, o := range []*Overrides{
		{Insecure: true, Origin: "https://a.example:443"},
		{TLS: &tls.Config{InsecureSkipVerify: true}, Origin: "http://" + srv.Listener.Addr().String()},
	} {
		fails(t, tr, with(t, srv.URL, o))
	}
	do(t, tr, with(t, srv.URL, &Overrides{Insecure: true, Origin: srv.URL}))
}

// Sessions are resumed within one trust, and within one only.
func TestSessionsAreKeptApart(t *testing.T) {
	srv, ca, full, resumed := tlsServer(t)
	tr := examined(t, &Transport{})
	config := &tls.Config{RootCAs: ca.Pool()}
	shared := tls.NewLRUClientSessionCache(8) // a caller's own cache is not a way round it
	trusts := []*Overrides{
		{CA: ca},
		{Insecure: true},
		{CA: ca, Insecure: true},
		{CA: parseCA(t, srv.Certificate(), otherCert(t))},
		{TLS: config},
		{TLS: &tls.Config{InsecureSkipVerify: true}},
		{TLS: &tls.Config{ClientSessionCache: shared}, Insecure: true},
		{TLS: &tls.Config{ClientSessionCache: shared}, CA: ca},
	}
	for i, o := range trusts {
		do(t, tr, with(t, srv.URL, o))
		if got := full.Load(); int(got) != i+1 || resumed.Load() != 0 {
			t.Fatalf("trust %d: %d full handshakes, %d resumed", i, got, resumed.Load())
		}
	}
	if s := tr.Stats(); s.Idle != len(trusts) {
		t.Errorf("%+v", s)
	}
	tr.CloseIdleConnections()
	for i, o := range trusts {
		if o.CA != nil { // read anew, it is the same trust
			again := *o
			again.CA = parseCA(t, append(certsOf(t, i, srv), srv.Certificate())...)
			o = &again
		}
		do(t, tr, with(t, srv.URL, o))
		if got := resumed.Load(); int(got) != i+1 {
			t.Errorf("trust %d: %d full handshakes, %d resumed", i, full.Load(), got)
		}
	}
}

// certsOf returns what the i-th trust trusts beside the server's own certificate, twice,
// because order and repetition say nothing.
func certsOf(t *testing.T, i int, srv *httptest.Server) []*x509.Certificate {
	if i == 3 {
		return []*x509.Certificate{otherCert(t), srv.Certificate(), otherCert(t)}
	}
	return []*x509.Certificate{srv.Certificate()}
}

// What the server is told, and what its certificate must name, is the host of the URL.
func TestServerName(t *testing.T) {
	srv, ca, _, _ := tlsServer(t)
	addr := srv.Listener.Addr().String()
	for _, tt := range []struct{ url, want string }{
		{"https://example.com/", "example.com"},
		{"https://u:p@EXAMPLE.com./", "example.com"},
		{"https://127.0.0.1/", ""},
		{"https://other.example/", "refused"},
		{"https://[::1]/", ""},
	} {
		tr := examined(t, &Transport{Dial: dialTo(addr)})
		req := with(t, tt.url, &Overrides{CA: ca})
		req.Host = "host.example" // has no say
		if tt.want == "refused" {
			if err := fails(t, tr, req); err.Phase != trace.TLS {
				t.Error(err)
			}
			continue
		}
		if got := do(t, tr, req); got != tt.want {
			t.Errorf("%s: server name %q, want %q", tt.url, got, tt.want)
		}
	}
}
