package transport

// The system's roots, what stands in for them, and what is added.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

func TestFallbackCA(t *testing.T) {
	ca := FallbackCA()
	if ca != FallbackCA() || ca.String() != "the fall-back bundle" {
		t.Error("it is parsed each time")
	}
	roots, bound := 0, 0
	for root := range bundle.Roots() {
		if roots++; root.Constraint != nil {
			bound++
		}
	}
	if len(ca.anchors) != roots || roots < 100 || bound == 0 {
		t.Fatalf("%d of %d, of which %d have a constraint", len(ca.anchors), roots, bound)
	}
	for _, a := range ca.anchors {
		if a.constraint != nil {
			bound--
		}
	}
	if bound != 0 {
		t.Error("constraints are lost")
	}
	// A root stands for itself, unless its constraint is against that.
	for _, a := range ca.anchors {
		opts := x509.VerifyOptions{Roots: ca.Pool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}, CurrentTime: a.cert.NotBefore.Add(time.Hour)}
		if _, err := a.cert.Verify(opts); err != nil && a.constraint == nil {
			t.Errorf("%v: %v", a.cert.Subject, err)
		}
	}
}

// What a root may be trusted for is honoured, in whatever set it is.
func TestConstraints(t *testing.T) {
	root, other := tlstest.NewRoot(t, "root"), tlstest.NewRoot(t, "other")
	day := time.Now().AddDate(0, 0, -5)
	refused := errors.New("too young")
	set := newCASet()
	set.addCert(anchor{root.Cert, func(chain []*x509.Certificate) error {
		if chain[0].NotBefore.After(day) {
			return refused
		}
		return nil
	}})
	ca := set.ca()
	for _, c := range []struct {
		leaf *tlstest.Signer
		ok   bool
	}{
		{root.Leaf(t, "a.example", tlstest.Days(-10, 10)), true},
		{root.Leaf(t, "a.example", tlstest.Days(-1, 10)), false},
	} {
		s := newStaplingServer(t, c.leaf.Chain(), 0)
		for _, o := range []*Overrides{
			{CA: ca}, {EnvCA: ca}, {CA: caOf(t, other), AddCA: []*CA{ca}}, {AddCA: []*CA{ca}}, {AddCA: []*CA{caOf(t, other), ca}},
		} {
			tr := examined(t, &Transport{Dial: dialTo(s.addr)})
			if c.ok {
				do(t, tr, with(t, "https://a.example/", o))
			} else if err := fails(t, tr, with(t, "https://a.example/", o)); err.Phase != trace.TLS {
				t.Error(err)
			}
		}
	}
}

func emptySystem() (*x509.CertPool, error) { return x509.NewCertPool(), nil }

func TestSystemWithoutRoots(t *testing.T) {
	t.Setenv("SSL_CERT_FILE", "")
	t.Setenv("SSL_CERT_DIR", "")
	root := tlstest.NewRoot(t, "root")
	s := newStaplingServer(t, root.Leaf(t, "a.example").Chain(), 0)
	for name, c := range map[string]struct {
		load   func() (*x509.CertPool, error)
		tls    *tls.Config
		over   Overrides
		passes bool
		rule   string
	}{
		"empty":               {load: emptySystem, rule: "the system has no roots"},
		"unreadable":          {load: func() (*x509.CertPool, error) { return nil, fs.ErrPermission }, rule: "the system has no roots"},
		"there are some":      {load: func() (*x509.CertPool, error) { return caOf(t, tlstest.NewRoot(t, "x")).Pool(), nil }, rule: "nobody says otherwise"},
		"added to the bundle": {load: emptySystem, over: Overrides{AddCA: []*CA{caOf(t, root)}}, passes: true},
		"others are given":    {load: emptySystem, over: Overrides{CA: caOf(t, root)}, passes: true},
		"the environment's":   {load: emptySystem, over: Overrides{EnvCA: caOf(t, root)}, passes: true},
		"the transport's":     {load: emptySystem, tls: &tls.Config{RootCAs: caOf(t, root).Pool()}, passes: true},
		"insecure":            {load: emptySystem, over: Overrides{Insecure: true}, passes: true},
	} {
		var told recorder
		tr := examined(t, &Transport{Dial: dialTo(s.addr), TLS: c.tls, system: systemRoots{load: c.load}, Tracer: &told})
		if c.passes {
			do(t, tr, with(t, "https://a.example/", &c.over))
		} else {
			err := fails(t, tr, with(t, "https://a.example/", &c.over))
			if e, ok := errors.AsType[*tlserr.Error](err); !ok || e.Cause != tlserr.UnknownIssuer {
				t.Errorf("%s: %v", name, err)
			}
		}
		rule := ""
		_, events := told.take()
		for _, ev := range events {
			if choice, ok := ev.(trace.Choice); ok && choice.What == "ca" {
				rule = choice.Rule
			}
		}
		if rule != c.rule {
			t.Errorf("%s: %q, want %q", name, rule, c.rule)
		}
	}
	// Where the environment leads elsewhere, nothing else is trusted.
	t.Setenv("SSL_CERT_FILE", "/nonexistent")
	tr := examined(t, &Transport{system: systemRoots{load: emptySystem}})
	if tr.system.isEmpty() {
		t.Error("the bundle stands in for SSL_CERT_FILE")
	}
	if roots := tr.rootsFor(tr.sessions.cache(trustID{}), &trust{}, nil, nil); roots != nil {
		t.Error("there are roots")
	}
}

// Who is added comes on top of whoever is trusted otherwise, and of nobody else.
func TestAddCA(t *testing.T) {
	a, b, c := tlstest.NewRoot(t, "a"), tlstest.NewRoot(t, "b"), tlstest.NewRoot(t, "c")
	servers := map[string]string{}
	for name, s := range map[string]*tlstest.Signer{"a": a, "b": b, "c": c} {
		servers[name+".example:443"] = newStaplingServer(t, s.Leaf(t, name+".example").Chain(), 0).addr
	}
	system := func() (*x509.CertPool, error) { return caOf(t, a).Pool(), nil }
	for name, test := range map[string]struct {
		tls    *tls.Config
		over   Overrides
		trusts string
	}{
		"to the system's":      {over: Overrides{AddCA: []*CA{caOf(t, b)}}, trusts: "ab"},
		"two":                  {over: Overrides{AddCA: []*CA{caOf(t, b), caOf(t, c)}}, trusts: "abc"},
		"to others":            {over: Overrides{CA: caOf(t, b), AddCA: []*CA{caOf(t, c)}}, trusts: "bc"},
		"to the environment's": {over: Overrides{EnvCA: caOf(t, b), AddCA: []*CA{caOf(t, c)}}, trusts: "bc"},
		"to the transport's":   {tls: &tls.Config{RootCAs: caOf(t, c).Pool()}, over: Overrides{AddCA: []*CA{caOf(t, b)}}, trusts: "bc"},
		"to the request's":     {over: Overrides{TLS: &tls.Config{RootCAs: caOf(t, c).Pool()}, AddCA: []*CA{caOf(t, b)}}, trusts: "bc"},
		"others alone":         {over: Overrides{CA: caOf(t, b)}, trusts: "b"}, // CVE-2019-11324
	} {
		tr := examined(t, &Transport{TLS: test.tls, system: systemRoots{load: system}, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, servers[addr])
		}})
		for range 2 {
			for _, host := range []string{"a", "b", "c"} {
				req := with(t, "https://"+host+".example/", &test.over)
				if strings.Contains(test.trusts, host) {
					do(t, tr, req)
				} else if err := fails(t, tr, req); err.Phase != trace.TLS {
					t.Errorf("%s: %v", name, err)
				}
			}
			tr.CloseIdleConnections()
		}
		if test.tls != nil && !test.tls.RootCAs.Equal(caOf(t, c).Pool()) {
			t.Errorf("%s: the caller's pool has been added to", name)
		}
	}
}

// Files, folders and texts, in PEM and DER.
func TestLoadCAFrom(t *testing.T) {
	a, b := tlstest.NewRoot(t, "a"), tlstest.NewRoot(t, "b")
	dir := t.TempDir()
	pemA := writeFile(t, filepath.Join(dir, "a.pem"), a.PEM())
	derB := writeFile(t, filepath.Join(dir, "b.cer"), b.Cert.Raw)
	writeFile(t, filepath.Join(dir, "README"), []byte("what is in here"))
	writeFile(t, filepath.Join(dir, "key.pem"), a.KeyPEM(t))
	if err := os.Symlink("nowhere", filepath.Join(dir, "link.0")); err != nil {
		t.Log(err)
	}
	both := parseCA(t, a.Cert, b.Cert)
	for _, c := range []struct {
		paths []string
		from  string
	}{
		{[]string{pemA, derB}, pemA + ", " + derB},
		{[]string{dir}, dir},
		{[]string{string(a.PEM()), derB}, "(text), " + derB},
		{[]string{string(b.Cert.Raw), string(a.PEM())}, "(text), (text)"},
		{[]string{string(a.PEM()) + string(b.PEM())}, "(text)"},
	} {
		ca, err := LoadCA(c.paths...)
		if err != nil || ca.sum != both.sum || ca.String() != c.from || len(ca.anchors) != 2 {
			t.Errorf("%.40q: %v, %v", c.paths, ca, err)
		}
	}
	garbled := append([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), a.PEM()...)
	for _, paths := range [][]string{
		{},
		{""},
		{pemA, filepath.Join(dir, "README")},
		{pemA, filepath.Join(dir, "key.pem")},
		{writeFile(t, filepath.Join(t.TempDir(), "garbled.pem"), garbled)},
		{string(garbled)},
		{string(b.Cert.Raw[:100])},
		{string(b.Cert.Raw) + "x"},
		{string(a.KeyPEM(t))},
	} {
		if ca, err := LoadCA(paths...); err == nil {
			t.Errorf("%.40q: %v", paths, ca)
		} else if len(err.Error()) > 400 {
			t.Errorf("it shows what is in the file: %.100s", err)
		}
	}
}
