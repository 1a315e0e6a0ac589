package transport

// How TLS is spoken, as the server sees it.

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// A helloServer notes what clients say first.
type helloServer struct {
	addr string

	mu    sync.Mutex
	hello *tls.ClientHelloInfo
}

func newHelloServer(t *testing.T, config *tls.Config) *helloServer {
	s := new(helloServer)
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hello = hello
		return nil, nil
	}
	s.addr = serve(t, func(_ int, c net.Conn) {
		tc := tls.Server(c, config)
		r := newReader(tc)
		for {
			if _, err := readRequest(r); err != nil {
				return
			}
			if _, err := tc.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")); err != nil {
				return
			}
		}
	})
	return s
}

func (s *helloServer) took() *tls.ClientHelloInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	hello := s.hello
	s.hello = nil
	return hello
}

func TestSettingsOnTheWire(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	s := newHelloServer(t, &tls.Config{Certificates: []tls.Certificate{root.Leaf(t, "a.example").Chain()}})
	const suite = tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
	hybrid := func(c tls.CurveID) bool { return !slices.Contains(classical, c) }
	type check = func(*tls.ClientHelloInfo, *tls.ConnectionState) bool
	for name, c := range map[string]struct {
		base  *tls.Config
		set   TLSSettings
		check check
	}{
		"nothing": {check: func(h *tls.ClientHelloInfo, s *tls.ConnectionState) bool {
			return slices.Equal(h.SupportedVersions, []uint16{tls.VersionTLS13, tls.VersionTLS12}) && s.CurveID == tls.X25519MLKEM768 && h.ServerName == "a.example"
		}},
		"TLS 1.2": {set: TLSSettings{MaxVersion: tls.VersionTLS12}, check: func(h *tls.ClientHelloInfo, s *tls.ConnectionState) bool {
			return s.Version == tls.VersionTLS12 && !slices.Contains(h.SupportedVersions, tls.VersionTLS13)
		}},
		"TLS 1.3": {set: TLSSettings{MinVersion: tls.VersionTLS13}, check: func(h *tls.ClientHelloInfo, s *tls.ConnectionState) bool {
			return s.Version == tls.VersionTLS13 && slices.Equal(h.SupportedVersions, []uint16{tls.VersionTLS13})
		}},
		"no hybrids": {set: TLSSettings{NoPostQuantum: true}, check: func(h *tls.ClientHelloInfo, s *tls.ConnectionState) bool {
			return s.CurveID == tls.X25519 && !slices.ContainsFunc(h.SupportedCurves, hybrid) && len(h.SupportedCurves) == 4
		}},
		"no hybrids of the base's": {base: &tls.Config{CurvePreferences: []tls.CurveID{tls.X25519MLKEM768, tls.CurveP384}}, set: TLSSettings{NoPostQuantum: true}, check: func(h *tls.ClientHelloInfo, s *tls.ConnectionState) bool {
			return slices.Equal(h.SupportedCurves, []tls.CurveID{tls.CurveP384})
		}},
		"a curve": {set: TLSSettings{Curves: []tls.CurveID{tls.CurveP384}}, check: func(h *tls.ClientHelloInfo, s *tls.ConnectionState) bool {
			return s.CurveID == tls.CurveP384 && slices.Equal(h.SupportedCurves, []tls.CurveID{tls.CurveP384})
		}},
		"curves without hybrids": {set: TLSSettings{Curves: []tls.CurveID{tls.X25519MLKEM768, tls.CurveP256}, NoPostQuantum: true}, check: func(h *tls.ClientHelloInfo, s *tls.ConnectionState) bool {
			return slices.Equal(h.SupportedCurves, []tls.CurveID{tls.CurveP256})
		}},
		"a suite": {set: TLSSettings{CipherSuites: []uint16{suite}, MaxVersion: tls.VersionTLS12}, check: func(h *tls.ClientHelloInfo, s *tls.ConnectionState) bool {
			return s.CipherSuite == suite && slices.Equal(h.CipherSuites, []uint16{suite})
		}},
	} {
		tr := examined(t, &Transport{Dial: dialTo(s.addr), TLS: c.base})
		res, err := tr.RoundTrip(with(t, "https://a.example/", &Overrides{CA: caOf(t, root), TLSSettings: &c.set}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		res.Body.Close()
		if hello := s.took(); !c.check(hello, res.TLS) {
			t.Errorf("%s: %+v\n%+v", name, hello, res.TLS)
		}
	}
}

// Which name is told, and which one a certificate must be for (B52, RFC 6066 3).
func TestServerNames(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	for _, c := range []struct {
		url, name, cert string // cert: whom it is for
		sni             string
		passes          bool
	}{
		{"https://a.example/", "", "a.example", "a.example", true},
		{"https://u:p@A.Example.:8443/", "", "a.example", "a.example", true},
		{"https://b\u00fccher.example/", "", "xn--bcher-kva.example", "xn--bcher-kva.example", true},
		{"https://a\u3002example/", "", "a.example", "a.example", true}, // CVE-2026-48618
		{"https://127.0.0.1/", "", "127.0.0.1", "", true},
		{"https://[::1]/", "", "::1", "", true},
		{"https://127.0.0.1/", "", "a.example", "", false},

		{"https://a.example/", "b.example", "b.example", "b.example", true},
		{"https://a.example/", "B.Example.", "b.example", "b.example", true},
		{"https://a.example/", "b\u00fccher.example", "xn--bcher-kva.example", "xn--bcher-kva.example", true},
		{"https://a.example/", "b.example", "a.example", "b.example", false}, // the name that is verified is the same
		{"https://127.0.0.1/", "b.example", "b.example", "b.example", true},
		{"https://127.0.0.1/", "b.example", "127.0.0.1", "b.example", false},
		{"https://a.example/", "127.0.0.1", "127.0.0.1", "", true},
		{"https://a.example/", "::1", "::1", "", true},
	} {
		s := newHelloServer(t, &tls.Config{Certificates: []tls.Certificate{root.Leaf(t, c.cert).Chain()}})
		tr := examined(t, &Transport{Dial: dialTo(s.addr)})
		req := with(t, c.url, &Overrides{CA: caOf(t, root), TLSSettings: &TLSSettings{ServerName: c.name}})
		req.Host = "host.example" // has no say
		if c.passes {
			do(t, tr, req)
		} else if e, ok := errors.AsType[*tlserr.Error](fails(t, tr, req)); !ok || e.Cause != tlserr.NameMismatch {
			t.Errorf("%+v: %v", c, e)
		}
		if hello := s.took(); hello == nil || hello.ServerName != c.sni {
			t.Errorf("%+v: %+v", c, hello)
		}
	}
}

func TestSettingsRefused(t *testing.T) {
	for want, s := range map[string]TLSSettings{
		"TLS 1.1 is broken":      {MinVersion: tls.VersionTLS11},
		"TLS 1.0 is broken":      {MaxVersion: tls.VersionTLS10},
		"SSLv3 is broken":        {MinVersion: 0x0300},
		"0x0001 is no version":   {MinVersion: 1},
		"0x0305 is no version":   {MaxVersion: 0x0305},
		"below the MinVersion":   {MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS12},
		"no Curves are left":     {Curves: []tls.CurveID{tls.X25519MLKEM768}, NoPostQuantum: true},
		"no Curves":              {Curves: []tls.CurveID{}},
		"no CipherSuites":        {CipherSuites: []uint16{}},
		"is none of tls.Cipher":  {CipherSuites: []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}},
		"0x1234 is none of":      {CipherSuites: []uint16{0x1234}},
		"is not an address":      {ServerName: "1.2.3"},
		"has a zone":             {ServerName: "fe80::1%eth0"},
		"no host name may have":  {ServerName: "a.example/"},
		"is longer than 253":     {ServerName: strings.Repeat("a.", 200)},
		"ECH needs TLS 1.3":      {ECH: echList, MaxVersion: tls.VersionTLS12},
		"it is no ECHConfigList": {ECH: []byte("ech")},
	} {
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", s, err)
		}
		if s.IsZero() {
			t.Errorf("%+v is zero", s)
		}
		tr := examined(t, &Transport{})
		if err := fails(t, tr, with(t, "https://a.example/", &Overrides{TLSSettings: &s})); err.Phase != trace.TLS || err.Sent {
			t.Error(err)
		}
	}
	if err := new(TLSSettings).Check(); err != nil {
		t.Error(err)
	}
}

func TestSettingsOr(t *testing.T) {
	a := TLSSettings{
		MinVersion: 1, MaxVersion: 2, Curves: []tls.CurveID{3}, NoPostQuantum: true, CipherSuites: []uint16{4},
		ServerName: "5", ECH: []byte("6"), KeyLog: "7", RequireStaple: true,
	}
	for name, got := range map[string]TLSSettings{"of zero": TLSSettings{}.Or(a), "with zero": a.Or(TLSSettings{})} {
		if k, want := new(settings), new(settings); true {
			k.ofAll(&got)
			k.ofOrigin(&got)
			want.ofAll(&a)
			want.ofOrigin(&a)
			if *k != *want || *k == (settings{}) {
				t.Errorf("%s: %+v", name, got)
			}
		}
	}
	if got := (TLSSettings{MinVersion: 9, KeyLog: "x"}).Or(a); got.MinVersion != 9 || got.KeyLog != "x" || got.ServerName != "5" {
		t.Errorf("%+v", got)
	}
}

func FuzzCheckECH(f *testing.F) {
	f.Add(echList)
	f.Add([]byte{0, 0})
	f.Add([]byte{0, 4, 1, 2, 0, 0})
	f.Fuzz(func(t *testing.T, list []byte) {
		if checkECH(list) == nil && (len(list) < 6 || checkECH(list[:len(list)-1]) == nil || checkECH(append(slices.Clip(list), 0)) == nil) {
			t.Fatalf("%x", list)
		}
	})
}

// newECH returns a configuration for a public name (RFC 9849 4) and its key.
func newECH(t *testing.T, id byte, publicName string) (config []byte, key tls.EncryptedClientHelloKey) {
	t.Helper()
	k, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	prefixed := func(n int, p []byte) []byte {
		length := binary.BigEndian.AppendUint64(nil, uint64(len(p)))
		return append(length[8-n:], p...)
	}
	contents := []byte{id, 0, 0x20} // DHKEM(X25519, HKDF-SHA256)
	contents = append(contents, prefixed(2, k.PublicKey().Bytes())...)
	contents = append(contents, prefixed(2, []byte{0, 1, 0, 1})...) // HKDF-SHA256, AES-128-GCM
	contents = append(contents, 0)                                  // the longest name
	contents = append(contents, prefixed(1, []byte(publicName))...)
	contents = append(contents, 0, 0) // extensions
	config = append([]byte{0xfe, 0x0d}, prefixed(2, contents)...)
	return config, tls.EncryptedClientHelloKey{Config: config, PrivateKey: k.Bytes(), SendAsRetry: true}
}

func listOf(configs ...[]byte) []byte {
	list := slices.Concat(configs...)
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(list))), list...)
}

func TestECH(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	config, key := newECH(t, 1, "public.example")
	other, _ := newECH(t, 1, "public.example")
	s := newHelloServer(t, &tls.Config{
		EncryptedClientHelloKeys: []tls.EncryptedClientHelloKey{key},
		Certificates:             []tls.Certificate{root.Leaf(t, "secret.example").Chain(), root.Leaf(t, "public.example").Chain()},
	})
	tr := examined(t, &Transport{Dial: dialTo(s.addr)})
	over := func(list []byte) *Overrides {
		return &Overrides{CA: caOf(t, root), TLSSettings: &TLSSettings{ECH: list}}
	}
	for range 2 { // the second resumes the first
		res, err := tr.RoundTrip(with(t, "https://secret.example/", over(listOf(config))))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if hello := s.took(); !res.TLS.ECHAccepted || hello.ServerName != "secret.example" {
			t.Errorf("%v, %+v", res.TLS.ECHAccepted, hello)
		}
		tr.CloseIdleConnections()
	}
	// A server that cannot read it has learnt the public name, and says what it can read.
	err := fails(t, tr, with(t, "https://secret.example/", over(listOf(other))))
	if e, ok := errors.AsType[*tls.ECHRejectionError](err); !ok || string(e.RetryConfigList) != string(listOf(config)) || err.Phase != trace.TLS || err.Sent {
		t.Errorf("%v, %+v", err, e)
	}
	if hello := s.took(); hello.ServerName != "public.example" {
		t.Errorf("the server has been told %q", hello.ServerName)
	}
	// Another origin has nothing of it.
	elsewhere := over(listOf(other))
	elsewhere.Origin = "https://secret.example:443"
	do(t, tr, with(t, "https://public.example/", elsewhere))
	// What looks like a list and is none that TLS knows.
	if err := fails(t, tr, with(t, "https://secret.example/", over(echList))); err.Phase != trace.TLS || err.Sent {
		t.Error(err)
	}
}
