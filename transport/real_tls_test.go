package transport

// TLS with servers that are none of Go's: nginx, and openssl s_server.

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"example.com/godwit/internal/realserver"
	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// nginx asks for client certificates, and gets those that OpenSSL has made in all their forms.
func TestNginxClientCertificates(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	middle := root.Intermediate(t, "middle")
	leaf := root.Leaf(t, "127.0.0.1")
	me := middle.Client(t, "me")
	stranger := tlstest.NewRoot(t, "stranger").Client(t, "stranger")
	s := realserver.NginxTLS(t, realserver.TLS{Cert: leaf.PEM(), Key: leaf.KeyPEM(t), ClientCA: root.PEM()})

	dir := t.TempDir()
	file := func(name string, text ...[]byte) string {
		var all []byte
		for _, p := range text {
			all = append(all, p...)
		}
		return writeFile(t, filepath.Join(dir, name), all)
	}
	key := file("key.pem", me.KeyPEM(t))
	chain := file("chain.pem", me.PEM(), middle.PEM())
	file("word", []byte(theWord+"\n"))
	run := func(line string) { t.Helper(); openssl(t, dir, strings.Fields(line)...) }
	run("pkcs8 -topk8 -in key.pem -passout file:word -out aes.pem")
	run("ec -in key.pem -aes256 -passout file:word -out old.pem")
	run("pkcs12 -export -inkey key.pem -in chain.pem -passout file:word -out new.p12")
	run("pkcs12 -export -inkey key.pem -in chain.pem -passout file:word -legacy -out old.p12")

	word := func() (string, error) { return theWord, nil }
	tr := examined(t, &Transport{})
	for _, c := range [][2]string{
		{chain, key},
		{chain, filepath.Join(dir, "aes.pem")},
		{chain, filepath.Join(dir, "old.pem")},
		{filepath.Join(dir, "new.p12"), ""},
		{filepath.Join(dir, "old.p12"), ""},
	} {
		cert, err := LoadCertificate(c[0], c[1], word)
		if err != nil {
			t.Fatal(err)
		}
		o := &Overrides{CA: caOf(t, root), Certificate: cert, Origin: s.Secure}
		for i := range 2 { // the second one with a ticket
			got := do(t, tr, with(t, s.Secure+"/who", o))
			if !strings.HasPrefix(got, "TLSv1.3 ") || !strings.Contains(got, "CN=me") || i == 1 && !strings.HasPrefix(got, "TLSv1.3 r ") {
				t.Errorf("%v: %s", c, got)
			}
			tr.CloseIdleConnections()
		}
	}
	// Without one, or with a stranger's, nginx says 400. Neither goes by another's connection or ticket.
	other := stranger.Chain()
	for _, o := range []*Overrides{
		{CA: caOf(t, root)},
		{CA: caOf(t, root), Certificate: &other, Origin: s.Secure},
	} {
		res, err := tr.RoundTrip(with(t, s.Secure+"/who", o))
		if err != nil {
			t.Fatal(err)
		}
		if got := body(t, res); res.StatusCode != 400 || !strings.Contains(got, "SSL certificate") {
			t.Errorf("%s: %s", res.Status, got)
		}
	}
}

// nginx staples what it is given.
func TestNginxStaples(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	leaf := root.Leaf(t, "127.0.0.1", demanding)
	delegate := root.Leaf(t, "ocsp", ocspUse)
	now := time.Now()
	say := func(r responder, status int) []byte {
		return r.answer(t, ocsp.Response{
			Status: status, SerialNumber: leaf.Cert.SerialNumber, ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(time.Hour), RevokedAt: now.Add(-time.Hour),
		})
	}
	for name, c := range map[string]struct {
		staple []byte
		fault  tlserr.StapleFault
	}{
		"good":    {say(responder{root, delegate, true}, ocsp.Good), ""},
		"revoked": {say(responder{root, root, false}, ocsp.Revoked), "revoked"},
		"forged":  {say(responder{root, root.Leaf(t, "x"), true}, ocsp.Good), tlserr.StapleForged},
		"none":    {nil, tlserr.StapleMissing},
	} {
		for _, version := range []string{"TLSv1.2", "TLSv1.3"} {
			s := realserver.NginxTLS(t, realserver.TLS{Cert: leaf.PEM(), Key: leaf.KeyPEM(t), Staple: c.staple, Protocols: version})
			tr := examined(t, &Transport{})
			o := &Overrides{CA: caOf(t, root), TLSSettings: &TLSSettings{RequireStaple: true}}
			if c.fault == "" {
				for _, want := range []string{version + " . ", version + " r "} {
					if got := do(t, tr, with(t, s.Secure+"/who", o)); got != want {
						t.Errorf("%s: %q, want %q", name, got, want)
					}
					tr.CloseIdleConnections()
				}
				continue
			}
			err := fails(t, tr, with(t, s.Secure+"/who", o))
			_, revoked := errors.AsType[*tlserr.RevokedError](err)
			e, ok := errors.AsType[*tlserr.StapleError](err)
			if revoked != (c.fault == "revoked") || !revoked && (!ok || e.Fault != c.fault) || err.Phase != trace.TLS {
				t.Errorf("%s, %s: %v", version, name, err)
			}
		}
	}
}

// What curl would pin, of a server whose key OpenSSL has made.
func TestNginxPin(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	leaf := root.Leaf(t, "127.0.0.1")
	s := realserver.NginxTLS(t, realserver.TLS{Cert: leaf.PEM(), Key: leaf.KeyPEM(t)})
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "cert.pem"), leaf.PEM())
	// As docs/tls.md says.
	openssl(t, dir, strings.Fields("x509 -in cert.pem -pubkey -noout -out pub.pem")...)
	openssl(t, dir, strings.Fields("pkey -pubin -in pub.pem -outform der -out pub.der")...)
	openssl(t, dir, strings.Fields("dgst -sha256 -binary -out sum pub.der")...)
	openssl(t, dir, strings.Fields("base64 -in sum -out pin")...)
	text, err := os.ReadFile(filepath.Join(dir, "pin"))
	if err != nil {
		t.Fatal(err)
	}
	tr := examined(t, &Transport{})
	do(t, tr, with(t, s.Secure+"/who", &Overrides{CA: caOf(t, root), Pins: parsePins(t, "sha256//"+strings.TrimSpace(string(text)), pinA)}))
	if err := fails(t, tr, with(t, s.Secure+"/who", &Overrides{CA: caOf(t, root), Pins: parsePins(t, pinA)})); err.Phase != trace.TLS {
		t.Error(err)
	}
}

// Both ends of a connection write down the same secrets.
func TestOpenSSLKeyLog(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	leaf := root.Leaf(t, "127.0.0.1", demanding)
	staple := responder{root, root, false}.answer(t, ocsp.Response{
		SerialNumber: leaf.Cert.SerialNumber, ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour),
	})
	s := realserver.OpenSSL(t, realserver.TLS{Cert: leaf.PEM(), Key: leaf.KeyPEM(t), Staple: staple})
	ours := filepath.Join(t.TempDir(), "ours")
	tr := examined(t, &Transport{})
	do(t, tr, with(t, s.Secure+"/", &Overrides{CA: caOf(t, root), TLSSettings: &TLSSettings{KeyLog: ours}}))
	theirs, err := os.ReadFile(s.KeyLog())
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range readLines(t, ours, 4) {
		if !strings.Contains(string(theirs), strings.TrimSpace(line)) {
			t.Errorf("%q is not in\n%s", line, theirs)
		}
	}
}
