package transport

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/godwit/trace"
)

func TestLoadCertificate(t *testing.T) {
	dir := t.TempDir()
	certText, keyText := newAuthority(t).issue(t)
	otherCertText, otherKey := newAuthority(t).issue(t)
	file := func(name string, parts ...[]byte) string {
		var text []byte
		for _, p := range parts {
			text = append(text, p...)
		}
		return writeFile(t, filepath.Join(dir, name), text)
	}
	block := func(typ, body string) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: []byte(body)})
	}
	const secret = "the key material"
	legacy := pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Bytes: []byte(secret),
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"},
	})
	cert, key, both := file("cert.pem", certText), file("key.pem", keyText), file("both.pem", keyText, certText)
	for _, tt := range []struct{ cert, key string }{
		{cert, key},
		{both, ""},
		{both, both},
		{both, key},
		{cert, both},
		{file("chain.pem", certText, otherCertText), key},
		{file("params.pem", block("EC PARAMETERS", "x"), certText), file("key2.pem", block("EC PARAMETERS", "x"), keyText)},
	} {
		c, err := LoadCertificate(tt.cert, tt.key, nil)
		if err != nil || c.PrivateKey == nil || c.Leaf == nil {
			t.Errorf("%v: %v", tt, err)
		}
	}
	none := filepath.Join(dir, "none.pem")
	for name, tt := range map[string]struct {
		cert, key, in, want string
		is                  error
	}{
		"no file":       {none, key, none, "no such file", fs.ErrNotExist},
		"no key file":   {cert, none, none, "private key", fs.ErrNotExist},
		"no cert":       {key, key, key, "no PEM certificate", nil},
		"no key":        {cert, "", cert, "no PEM private key", nil},
		"no key either": {cert, file("empty", nil), filepath.Join(dir, "empty"), "no PEM private key", nil},
		"DER":           {file("der", []byte("0\x82")), "", filepath.Join(dir, "der"), "neither PEM nor PKCS#12", nil},
		"encrypted":     {cert, file("enc", block("ENCRYPTED PRIVATE KEY", secret)), filepath.Join(dir, "enc"), "encrypted", ErrEncryptedKey},
		"encrypted too": {file("enc2", certText, legacy), "", filepath.Join(dir, "enc2"), "encrypted", ErrEncryptedKey},
		"garbled key":   {cert, file("bad", block("PRIVATE KEY", secret)), filepath.Join(dir, "bad"), "cannot be parsed", nil},
		"garbled cert":  {file("badcert", block("CERTIFICATE", secret)), key, filepath.Join(dir, "badcert"), "certificate cannot be parsed", nil},
		"another's key": {cert, file("other", otherKey), filepath.Join(dir, "other"), "not that of the certificate", nil},
	} {
		_, err := LoadCertificate(tt.cert, tt.key, nil)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		text := err.Error()
		if !strings.HasPrefix(text, "client certificate: ") || !strings.Contains(text, tt.in) || !strings.Contains(text, tt.want) ||
			tt.is != nil && !errors.Is(err, tt.is) || strings.Contains(text, "\n") {
			t.Errorf("%s: %q", name, text)
		}
		for _, hidden := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), string(keyText[40:60]), string(otherKey[40:60])} {
			if strings.Contains(text, hidden) {
				t.Errorf("%s shows what is in the file: %q", name, text)
			}
		}
	}
}

// Whatever is in the files, no error shows it, and whatever is in front of a password is read.
func FuzzLoadCertificate(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nc2VjcmV0c2VjcmV0\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	cert, _ := newAuthority(f).issue(f)
	for _, key := range encryptedKeys {
		f.Add(append(cert, key...))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := LoadCertificate(path, "", func() (string, error) { return "hunter2", nil })
		if (err == nil) != (c != nil) {
			t.Fatal(c, err)
		}
		if err != nil {
			rest := strings.ReplaceAll(err.Error(), path, "")
			for line := range strings.Lines(string(text)) {
				if line = strings.TrimSpace(line); len(line) > 12 && !strings.HasPrefix(line, "---") && strings.Contains(rest, line) {
					t.Fatalf("%q in %q", line, rest)
				}
			}
		}
	})
}

// Cut anywhere, or altered anywhere, an encrypted key is an error or the key, and nothing worse.
func TestBrokenEncryptedKeys(t *testing.T) {
	word := func() (string, error) { return "hunter2", nil }
	for _, text := range encryptedKeys {
		block, _ := pem.Decode([]byte(text))
		if _, err := plainKey([]byte(text), word); err != nil {
			t.Fatal(err)
		}
		try := func(der []byte) {
			altered := *block
			altered.Bytes = der
			if key, err := plainKey(pem.EncodeToMemory(&altered), word); (err == nil) != (key != nil) {
				t.Errorf("%q, %v", key, err)
			}
		}
		for i := range block.Bytes {
			try(block.Bytes[:i])
			for _, flip := range []byte{1, 0x80, 0xff} {
				der := bytes.Clone(block.Bytes)
				der[i] ^= flip
				try(der)
			}
		}
		try(append(bytes.Clone(block.Bytes), 0))
		for _, info := range []string{"", ",", "AES-256-CBC", "AES-256-CBC,", "AES-256-CBC,00", "AES-256-CBC,xx", "NONE,00", "DES-CBC," + strings.Repeat("0", 1<<10)} {
			altered := pem.Block{Type: "RSA PRIVATE KEY", Bytes: block.Bytes, Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": info}}
			if _, err := plainKey(pem.EncodeToMemory(&altered), word); err == nil {
				t.Errorf("%q is decrypted", info)
			}
		}
	}
}

// A certificate is told apart by what is in it, the key included.
func TestCertSums(t *testing.T) {
	var s certSums
	a := clientCertificate(t)
	again := *a
	again.Certificate = [][]byte{append([]byte(nil), a.Certificate[0]...)}
	der, err := x509.MarshalPKCS8PrivateKey(a.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	if again.PrivateKey, err = x509.ParsePKCS8PrivateKey(der); err != nil {
		t.Fatal(err)
	}
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rs, _ := rsa.GenerateKey(rand.Reader, 2048)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	chain := *a
	chain.Certificate = append([][]byte{a.Certificate[0]}, otherCert(t).Raw)
	certs := []*tls.Certificate{
		a, clientCertificate(t), &chain,
		{Certificate: a.Certificate, PrivateKey: ec},
		{Certificate: a.Certificate, PrivateKey: rs},
		{Certificate: a.Certificate, PrivateKey: ed},
		{Certificate: [][]byte{append(chain.Certificate[0], chain.Certificate[1]...)}, PrivateKey: a.PrivateKey},
	}
	seen := map[[32]byte]int{}
	for i, c := range certs {
		sum, err := s.of(c)
		if err != nil {
			t.Fatal(err)
		}
		if j, ok := seen[sum]; ok {
			t.Errorf("%d and %d are the same", i, j)
		}
		seen[sum] = i
		if kept, err := s.of(c); err != nil || kept != sum {
			t.Errorf("%d: %v", i, err)
		}
	}
	first, _ := s.of(a)
	s.of(certs[1])
	if sum, err := s.of(&again); err != nil || sum != first {
		t.Error("the same certificate, read again, is another")
	}
	for _, key := range []any{nil, "no key"} {
		_, err := s.of(&tls.Certificate{Certificate: a.Certificate, PrivateKey: key})
		if e, ok := errors.AsType[*Error](err); !ok || e.Phase != trace.TLS {
			t.Errorf("%v", err)
		}
	}
}

// A certificate is shown to the origin that it is for, and connections and tickets that were got
// with it are for no one else.
func TestClientCertificate(t *testing.T) {
	a := newAuthority(t)
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	config := a.serverConfig(t)
	config.ClientAuth, config.ClientCAs = tls.RequestClientCert, pool
	var resumed atomic.Int32
	addr := serve(t, func(_ int, c net.Conn) {
		s := tls.Server(c, config)
		r := newReader(s)
		for {
			if _, err := readHead(r); err != nil {
				return
			}
			state := s.ConnectionState()
			who := "nobody"
			if len(state.PeerCertificates) > 0 {
				who = state.PeerCertificates[0].SerialNumber.String() + pemOf(state.PeerCertificates[0])[50:60]
			}
			if state.DidResume {
				resumed.Add(1)
			}
			io.WriteString(s, "HTTP/1.1 200 OK\r\nContent-Length: "+string('0'+rune(len(who)/10))+string('0'+rune(len(who)%10))+"\r\n\r\n"+who)
		}
	})
	origin := "https://" + addr
	ca := parseCAOf(t, a)
	one, two := clientCertificate(t), clientCertificate(t)
	tr := examined(t, &Transport{})
	own := &tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return two, nil }, RootCAs: ca.Pool()}
	overs := []*Overrides{
		{CA: ca},
		{CA: ca, Certificate: one, Origin: origin},
		{CA: ca, Certificate: two, Origin: origin},
		{CA: ca, Certificate: one, Origin: origin, Insecure: true},
		{TLS: own, Certificate: one, Origin: origin},
	}
	for round := range 2 {
		var who []string
		for _, o := range overs {
			who = append(who, do(t, tr, with(t, origin, o)))
		}
		if who[0] != "nobody" || who[1] == who[0] || who[2] == who[1] || who[2] == who[0] || who[3] != who[1] || who[4] != who[1] {
			t.Errorf("round %d: %q", round, who)
		}
		checkStats(t, tr, Stats{Open: len(overs), Idle: len(overs)})
		if n := resumed.Load(); n != 0 {
			t.Errorf("%d handshakes resumed", n)
		}
	}
	for _, o := range []*Overrides{
		{CA: ca, Certificate: one},
		{CA: ca, Certificate: one, Origin: "https://a.example:443"},
		{CA: ca, Certificate: one, Origin: "http://" + addr},
	} {
		if got := do(t, tr, with(t, origin, o)); got != "nobody" {
			t.Errorf("shown for %q: %s", o.Origin, got)
		}
	}
	checkStats(t, tr, Stats{Open: len(overs), Idle: len(overs)})
	// Tickets are resumed with the certificate that they were got with.
	tr.CloseIdleConnections()
	for i, o := range overs[:3] {
		do(t, tr, with(t, origin, o))
		if n := int(resumed.Load()); n != i+1 {
			t.Errorf("%d: %d resumed", i, n)
		}
	}
	// Through a tunnel it is the origin that sees it.
	p := newScriptedProxy(t, addr, tunnel)
	o := *overs[1]
	o.Proxy = p.rule("")
	if got := do(t, tr, with(t, origin, &o)); got == "nobody" {
		t.Error("not shown through a tunnel")
	}
	// A key that is none is an error, and nothing is sent.
	err := fails(t, tr, with(t, origin, &Overrides{CA: ca, Origin: origin, Certificate: &tls.Certificate{}}))
	if err.Phase != trace.TLS || err.Sent {
		t.Errorf("%#v", err)
	}
}

func pemOf(c *x509.Certificate) string {
	return base64.StdEncoding.EncodeToString(c.RawSubjectPublicKeyInfo)
}
