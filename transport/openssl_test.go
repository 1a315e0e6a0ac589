package transport

// Keys as OpenSSL writes them.

import (
	"bytes"
	"crypto/x509"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/godwit/internal/realserver"
)

// openssl runs the program in a folder.
func openssl(t testing.TB, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command(realserver.Program(t, "openssl"), args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// theWord is the password of all the files.
const theWord = "wörd & all"

func TestOpenSSLKeys(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "word"), []byte(theWord+"\n"))
	run := func(line string) { t.Helper(); openssl(t, dir, strings.Fields(line)...) }
	run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem")
	run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem")
	run("genpkey -algorithm ED25519 -out ed.pem")
	for _, kind := range []string{"rsa", "ec", "ed"} {
		run("req -x509 -new -key " + kind + ".pem -subj /CN=client -days 1 -out " + kind + ".crt")
	}
	run("req -x509 -new -key rsa.pem -subj /CN=issuer -days 1 -out issuer.crt")

	right := func() (string, error) { return theWord, nil }
	wrong := func() (string, error) { return "wrong " + theWord, nil }
	unasked := func() (string, error) { t.Error("asked for a password"); return "", nil }
	for _, c := range []struct{ kind, make string }{
		{"rsa", "pkcs8 -topk8 -in rsa.pem -passout file:word"}, // PBES2, AES-256, PBKDF2 with HMAC-SHA-256
		{"ec", "pkcs8 -topk8 -in ec.pem -passout file:word -v2 aes-128-cbc -v2prf hmacWithSHA1"},
		{"ed", "pkcs8 -topk8 -in ed.pem -passout file:word -v2 aes192"},
		{"ed", "pkcs8 -topk8 -in ed.pem -passout file:word -v2 des3"},
		{"ec", "pkcs8 -topk8 -in ec.pem -passout file:word -scrypt"},
		{"rsa", "rsa -in rsa.pem -aes256 -passout file:word -traditional"},
		{"rsa", "rsa -in rsa.pem -des3 -passout file:word -traditional"},
		{"ec", "ec -in ec.pem -aes128 -passout file:word"},
	} {
		t.Run(c.make, func(t *testing.T) {
			run(c.make + " -out key.pem")
			checkEncrypted(t, filepath.Join(dir, c.kind+".crt"), filepath.Join(dir, "key.pem"), right, wrong)
		})
	}
	for _, c := range []struct{ kind, make string }{
		{"rsa", "pkcs12 -export -inkey rsa.pem -in rsa.crt -passout file:word"},
		{"rsa", "pkcs12 -export -inkey rsa.pem -in rsa.crt -certfile issuer.crt -passout file:word"},
		{"ec", "pkcs12 -export -inkey ec.pem -in ec.crt -certfile issuer.crt -passout file:word -legacy"},
		{"ec", "pkcs12 -export -inkey ec.pem -in ec.crt -passout file:word -keypbe AES-128-CBC -certpbe AES-128-CBC -macalg sha512"},
		{"ed", "pkcs12 -export -inkey ed.pem -in ed.crt -passout file:word -descert"},
		{"ec", "pkcs12 -export -inkey ec.pem -in ec.crt -passout file:word -certpbe NONE"},
	} {
		t.Run(c.make, func(t *testing.T) {
			run(c.make + " -out all.p12")
			checkEncrypted(t, filepath.Join(dir, "all.p12"), "", right, wrong)
			got, err := LoadCertificate(filepath.Join(dir, "all.p12"), "", right)
			if err != nil {
				t.Fatal(err)
			}
			if want := 1 + strings.Count(c.make, "issuer.crt"); len(got.Certificate) != want {
				t.Errorf("%d certificates, want %d", len(got.Certificate), want)
			}
		})
	}
	run("pkcs12 -export -inkey ec.pem -in ec.crt -passout pass: -out empty.p12")
	if _, err := LoadCertificate(filepath.Join(dir, "empty.p12"), "", unasked); err != nil {
		t.Error(err)
	}
	if _, err := LoadCertificate(filepath.Join(dir, "rsa.crt"), filepath.Join(dir, "rsa.pem"), unasked); err != nil {
		t.Error(err)
	}
}

// What is not known is asked no password for.
func TestOpenSSLKeysOfOtherKinds(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "word"), []byte(theWord+"\n"))
	run := func(line string) { t.Helper(); openssl(t, dir, strings.Fields(line)...) }
	run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ec.pem -subj /CN=client -days 1 -out ec.crt")
	unasked := func() (string, error) { t.Error("asked for a password"); return "", nil }
	for _, line := range []string{
		"pkcs8 -topk8 -in ec.pem -passout file:word -v1 PBE-SHA1-3DES",
		"pkcs8 -topk8 -in ec.pem -passout file:word -v2 camellia-256-cbc",
		"pkcs8 -topk8 -in ec.pem -passout file:word -v2prf hmacWithSHA512",
	} {
		run(line + " -out key.pem")
		_, err := LoadCertificate(filepath.Join(dir, "ec.crt"), filepath.Join(dir, "key.pem"), unasked)
		if !errors.Is(err, errKeyWays) {
			t.Errorf("%s: %v", line, err)
		}
	}
	run("pkcs12 -export -inkey ec.pem -in ec.crt -passout file:word -macalg sha384 -out all.p12")
	if _, err := LoadCertificate(filepath.Join(dir, "all.p12"), "", unasked); !errors.Is(err, errP12Ways) {
		t.Error(err)
	}
	run("pkcs12 -export -nokeys -in ec.crt -passout pass: -out all.p12")
	if _, err := LoadCertificate(filepath.Join(dir, "all.p12"), "", unasked); !errors.Is(err, errPKCS12) {
		t.Error(err)
	}
}

// checkEncrypted reads files that need a password: with it, without one, with another.
func checkEncrypted(t *testing.T, cert, key string, right, wrong func() (string, error)) {
	t.Helper()
	c, err := LoadCertificate(cert, key, right)
	if err != nil {
		t.Fatal(err)
	}
	if c.Leaf == nil || c.Leaf.Subject.CommonName != "client" {
		t.Errorf("leaf %v", c.Leaf)
	}
	certText, _ := os.ReadFile(cert)
	keyText, _ := os.ReadFile(key)
	fromMemory, err := LoadCertificate(string(certText), string(keyText), right)
	if err != nil || !bytes.Equal(fromMemory.Certificate[0], c.Certificate[0]) {
		t.Errorf("from memory: %v", err)
	}
	var sums certSums
	if a, err := sums.of(c); err != nil {
		t.Error(err)
	} else if b, _ := new(certSums).of(fromMemory); a != b {
		t.Error("read twice, it is two")
	}
	errTyped := errors.New("typed nothing")
	for _, c := range []struct {
		password func() (string, error)
		want     error
	}{
		{nil, ErrEncryptedKey},
		{wrong, ErrKeyPassword},
		{func() (string, error) { return "", nil }, ErrKeyPassword},
		{func() (string, error) { return theWord, errTyped }, errTyped},
	} {
		_, err := LoadCertificate(cert, key, c.password)
		if !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), theWord) || strings.ContainsAny(err.Error(), "\n")) {
			t.Errorf("it shows too much: %v", err)
		}
	}
	if key == "" {
		return
	}
	// Another certificate's key.
	other := newAuthority(t)
	otherCert, _ := other.issue(t)
	if _, err := LoadCertificate(string(otherCert), string(keyText), right); !errors.Is(err, errBadPair) {
		t.Errorf("%v", err)
	}
	if _, err := x509.ParseCertificate(c.Certificate[0]); err != nil {
		t.Error(err)
	}
}
