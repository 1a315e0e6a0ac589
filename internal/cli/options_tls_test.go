package cli

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/godwit/internal/tlstest"
)

// A tlsSite answers with what it has been told, and asks for a client certificate.
type tlsSite struct {
	url, pin string
	file     func(name string, text []byte) string
}

func newTLSSite(t *testing.T) (s tlsSite, root *tlstest.Signer) {
	dir := t.TempDir()
	s.file = func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	root = tlstest.NewRoot(t, "root")
	leaf := tlstest.Issue(t, &x509.Certificate{DNSNames: []string{"a.example"}, IPAddresses: root.Leaf(t, "127.0.0.1").Cert.IPAddresses}, root, nil)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			who = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		text := []string{tls.VersionName(r.TLS.Version), r.TLS.CurveID.String(), tls.CipherSuiteName(r.TLS.CipherSuite), "for " + r.TLS.ServerName, "to " + who}
		_, _ = w.Write([]byte(strings.Join(text, ", ")))
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{leaf.Chain()}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS10}
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	sum := sha256.Sum256(leaf.Cert.RawSubjectPublicKeyInfo)
	s.url, s.pin = server.URL, "sha256//"+base64.StdEncoding.EncodeToString(sum[:])
	return s, root
}

func TestTLSFlags(t *testing.T) {
	s, root := newTLSSite(t)
	ca := s.file("ca.pem", root.PEM())
	other := s.file("other.pem", tlstest.NewRoot(t, "other").PEM())
	me := root.Client(t, "me")
	cert := s.file("me.pem", me.PEM())
	block, _ := pem.Decode(me.KeyPEM(t))
	//lint:ignore SA1019 it is the short way to an encrypted key
	encrypted, err := x509.EncryptPEMBlock(bytes.NewReader(make([]byte, 16)), "EC PRIVATE KEY", block.Bytes, []byte("hunter2"), x509.PEMCipherAES256)
	if err != nil {
		t.Fatal(err)
	}
	key := s.file("me.key", pem.EncodeToMemory(encrypted))
	both := s.file("both.pem", append(me.PEM(), me.KeyPEM(t)...))
	word := s.file("word", []byte("hunter2\r\n"))
	wide := s.file("wide.log", nil)
	if err := os.Chmod(wide, 0o644); err != nil {
		t.Fatal(err)
	}
	const anotherPin = "sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE="
	for _, c := range []struct {
		args string
		code ExitCode
		want string // on the output, or of an error
	}{
		{"--verify=" + ca, ExitOK, "TLS 1.3, X25519MLKEM768, TLS_AES_128_GCM_SHA256, for , to nobody"},
		{"--add-ca=" + ca, ExitOK, "to nobody"},
		{"--add-ca=" + other + " --add-ca " + ca, ExitOK, "to nobody"},
		{"--add-ca=" + other, ExitTLS, "unknown issuer"},
		{"--verify=" + other + " --add-ca=" + ca, ExitOK, "to nobody"},
		{"--verify=no --add-ca=" + other, ExitOK, "to nobody"},
		{"--verify=" + ca + " --cert=" + both, ExitOK, "to me"},
		{"--verify=" + ca + " --cert=" + cert + " --cert-key=" + key + " --cert-key-pass=hunter2", ExitOK, "to me"},
		{"--verify=" + ca + " --cert=" + cert + " --cert-key=" + key + " --cert-key-pass=@env:WORD", ExitOK, "to me"},
		{"--verify=" + ca + " --cert=" + cert + " --cert-key=" + key + " --cert-key-pass=@file:" + word, ExitOK, "to me"},
		{"--cert=" + cert + " --cert-key=" + key, ExitUsage, "there is no password"},
		{"--cert=" + cert + " --cert-key=" + key + " --cert-key-pass=hunter3", ExitUsage, "not that of the private key"},
		{"--cert=" + cert + " --cert-key=" + key + " --cert-key-pass=@env:NONE", ExitUsage, `"NONE" is not set`},
		{"--cert=" + cert + " --cert-key=" + key + " --cert-key-pass=@file:/nonexistent", ExitUsage, "no such file"},
		{"--cert-key=" + key, ExitUsage, "need a --cert"},
		{"--cert-key-pass=x", ExitUsage, "need a --cert"},
		{"--verify=" + ca + " --pin=" + s.pin, ExitOK, "to nobody"},
		{"--verify=" + ca + " --pin=" + anotherPin + " --pin=" + s.pin, ExitOK, "to nobody"},
		{"--verify=" + ca + " --pin=" + anotherPin, ExitTLS, s.pin},
		{"--verify=no --pin=" + anotherPin, ExitTLS, s.pin},
		{"--verify=no --pin=" + s.pin, ExitOK, "to nobody"},
		{"--pin=" + s.pin, ExitTLS, "unknown issuer"},
		{"--pin=x", ExitUsage, "--pin: pin 1 is not one"},
		{"--verify=" + ca + " --ssl=tls1.2", ExitOK, "TLS 1.2"},
		{"--verify=" + ca + " --ssl=TLSv1.3", ExitOK, "TLS 1.3"},
		{"--verify=" + ca + " --ssl=tls1", ExitOK, "TLS 1.0"},
		{"--ssl=ssl3", ExitUsage, "is no version of TLS"},
		{"--verify=" + ca + " --tls-max=1.2", ExitOK, "TLS 1.2"},
		{"--tls-min=1.1", ExitUsage, "TLS 1.1 is broken"},
		{"--tls-min=1.3 --tls-max=1.2", ExitUsage, "below the MinVersion"},
		{"--verify=" + ca + " --tls-max=1.2 --ciphers=tls_ecdhe_ecdsa_with_aes_256_gcm_sha384", ExitOK, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
		{"--ciphers=TLS_RSA_WITH_RC4_128_SHA", ExitUsage, "is not known"},
		{"--ciphers=,", ExitUsage, "needs some names"},
		{"--verify=" + ca + " --curves=p-384:x25519", ExitOK, "X25519,"},
		{"--verify=" + ca + " --no-post-quantum", ExitOK, "X25519,"},
		{"--verify=" + ca + " --no-post-quantum --no-no-post-quantum", ExitOK, "X25519MLKEM768,"},
		{"--verify=" + ca + " --server-name=A.Example", ExitOK, "for a.example"},
		{"--verify=" + ca + " --server-name=b.example", ExitTLS, "b.example"},
		{"--server-name=a/b", ExitUsage, "ServerName"},
		{"--verify=" + ca + " --require-staple", ExitTLS, "OCSP"},
		{"--ech=%", ExitUsage, "not base64"},
		{"--ech=AAAA", ExitUsage, "no ECHConfigList"},
		{"--keylog=" + wide, ExitTLS, "chmod 600"},
		{"--keylog=", ExitUsage, "name of a file"},
	} {
		args := append(strings.Fields(c.args), s.url)
		got := runEnv(t, Env{Getenv: func(k string) string { return map[string]string{"WORD": "hunter2"}[k] }}, args...)
		text := got.out
		if c.code != ExitOK {
			text = got.err
		}
		if got.code != c.code || !strings.Contains(text, c.want) || strings.Contains(got.err, "hunter") {
			t.Errorf("%s: %+v", c.args, got)
		}
		if warned := strings.Contains(got.err, "warning: TLS 1.0 is broken"); warned != strings.Contains(c.args, "--ssl=tls1 ") && warned != strings.HasSuffix(c.args, "--ssl=tls1") {
			t.Errorf("%s: %s", c.args, got.err)
		}
	}
	path := s.file("keys.log", nil)
	if got := run(t, "--verify="+ca, "--keylog="+path, s.url); got.code != ExitOK || got.err != "" {
		t.Errorf("%+v", got)
	}
	if text, err := os.ReadFile(path); err != nil || bytes.Count(text, []byte("\n")) != 4 {
		t.Errorf("%s, %v", text, err)
	}
	if got := run(t, "--pin="+anotherPin, bin.HTTP+"/get"); got.code != ExitUsage {
		t.Errorf("a pin without TLS: %+v", got)
	}
}
