package transport

// Pins: how they are written, and which certificates count.

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

const (
	pinA = "sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE="
	pinB = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
)

func TestParsePins(t *testing.T) {
	for _, c := range []struct {
		in   []string
		want []string
	}{
		{nil, nil},
		{[]string{pinA}, []string{pinA}},
		{[]string{pinA, pinB, pinA}, []string{pinB, pinA}},
		{[]string{pinB + ";" + pinA}, []string{pinB, pinA}},
		{[]string{pinB + " ; " + pinA}, []string{pinB, pinA}},
		{[]string{"sha256/YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE="}, []string{pinA}}, // as OkHttp has it
	} {
		p, err := ParsePins(c.in...)
		if err != nil || !slices.Equal(p.List(), c.want) {
			t.Errorf("%q: %q, %v", c.in, p.List(), err)
		}
		if again, err := ParsePins(p.List()...); err != nil || again != p {
			t.Errorf("%q: read again, %v, %v", c.in, again, err)
		}
	}
	for _, bad := range []string{
		"", ";", pinA + ";", "YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE=", "sha1//YhKJKSzoTt2b5FP18fvpHo7fJYo=",
		"sha256//", "sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE", strings.TrimSuffix(pinA, "wE=") + "wF=",
		pinA + "\n", "sha256//YhKJ KSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE=", "sha256//" + strings.Repeat("A", 1<<20),
		"SHA256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE=", "sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwEA", "/tmp/key.pem",
	} {
		if p, err := ParsePins(pinB, bad); (err == nil) != (bad == pinA+"\n") {
			t.Errorf("%.80q: %v", bad, p.List())
		} else if err != nil && len(err.Error()) > 300 {
			t.Errorf("%d bytes of error", len(err.Error()))
		}
	}
}

func FuzzParsePins(f *testing.F) {
	for _, seed := range []string{pinA, pinA + ";" + pinB, "sha256/", "sha256//==", ";;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePins(text)
		if err != nil {
			if p != (Pins{}) {
				t.Fatal(p, err)
			}
			return
		}
		list := p.List()
		if len(list) == 0 {
			t.Fatalf("no pins in %q, and no error", text)
		}
		for _, pin := range list {
			sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(pin, pinPrefix))
			if err != nil || len(sum) != 32 {
				t.Fatal(pin, err)
			}
		}
		if again, err := ParsePins(list...); err != nil || again != p {
			t.Fatal(again, err)
		}
	})
}

// pinnedWorld is a server whose certificate an intermediate one has signed. It sends along a
// certificate that has nothing to do with that.
type pinnedWorld struct {
	root, middle, leaf, bystander *tlstest.Signer

	addr     string
	requests atomic.Int32
}

func newPinnedWorld(t *testing.T) *pinnedWorld {
	w := &pinnedWorld{root: tlstest.NewRoot(t, "root"), bystander: tlstest.NewRoot(t, "bystander")}
	w.middle = w.root.Intermediate(t, "middle")
	w.leaf = w.middle.Leaf(t, "a.example")
	config := &tls.Config{Certificates: []tls.Certificate{w.leaf.Chain(w.middle, w.bystander)}}
	w.addr = serve(t, func(_ int, c net.Conn) {
		tc := tls.Server(c, config)
		r := newReader(tc)
		for {
			if _, err := readRequest(r); err != nil {
				return
			}
			w.requests.Add(1)
			if _, err := tc.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")); err != nil {
				return
			}
		}
	})
	return w
}

// caOf returns the CA that a signer is.
func caOf(t testing.TB, s *tlstest.Signer) *CA {
	t.Helper()
	ca, err := ParseCA(s.PEM())
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func pinsOf(t *testing.T, signers ...*tlstest.Signer) Pins {
	var texts []string
	for _, s := range signers {
		texts = append(texts, pinOf(s.Cert))
	}
	return parsePins(t, texts...)
}

func TestPins(t *testing.T) {
	w := newPinnedWorld(t)
	for name, c := range map[string]struct {
		pins   Pins
		over   Overrides
		url    string
		passes bool
		got    []*tlstest.Signer
	}{
		"the server's own":          {pins: pinsOf(t, w.leaf), passes: true},
		"its issuer's":              {pins: pinsOf(t, w.middle), passes: true},
		"the root's":                {pins: pinsOf(t, w.root), passes: true},
		"one in reserve":            {pins: pinsOf(t, w.bystander, w.leaf), passes: true},
		"another's":                 {pins: parsePins(t, pinA), got: []*tlstest.Signer{w.leaf, w.middle, w.root}},
		"one that is sent besides":  {pins: pinsOf(t, w.bystander), got: []*tlstest.Signer{w.leaf, w.middle, w.root}}, // CVE-2016-2402
		"insecure":                  {pins: pinsOf(t, w.leaf), over: Overrides{Insecure: true}, passes: true},
		"insecure, another's":       {pins: parsePins(t, pinA), over: Overrides{Insecure: true}, got: []*tlstest.Signer{w.leaf}},
		"insecure, the issuer's":    {pins: pinsOf(t, w.middle, w.root), over: Overrides{Insecure: true}, got: []*tlstest.Signer{w.leaf}},
		"insecure, a wrong name":    {pins: pinsOf(t, w.leaf), over: Overrides{Insecure: true}, url: "https://b.example/", passes: true},
		"a wrong name":              {pins: pinsOf(t, w.leaf), url: "https://b.example/"},
		"not trusted":               {pins: pinsOf(t, w.leaf), over: Overrides{CA: caOf(t, w.bystander)}},
		"for another origin":        {pins: parsePins(t, pinA), over: Overrides{Origin: "https://b.example:443"}, passes: true},
		"for this origin":           {pins: parsePins(t, pinA), over: Overrides{Origin: "https://a.example:443"}, got: []*tlstest.Signer{w.leaf, w.middle, w.root}},
		"for this name on any port": {pins: parsePins(t, pinA), over: Overrides{Origin: "https://a.example:444"}, passes: true},
	} {
		t.Run(name, func(t *testing.T) {
			tr := examined(t, &Transport{Dial: dialTo(w.addr)})
			o := c.over
			o.Pins = c.pins
			if o.CA == nil {
				o.CA = caOf(t, w.root)
			}
			url := "https://a.example/"
			if c.url != "" {
				url = c.url
			}
			before := w.requests.Load()
			if c.passes {
				do(t, tr, with(t, url, &o))
				tr.CloseIdleConnections()
				do(t, tr, with(t, url, &o)) // a session that is resumed
				return
			}
			err := fails(t, tr, with(t, url, &o))
			if w.requests.Load() != before || err.Phase != trace.TLS || err.Sent {
				t.Errorf("something was sent: %v", err)
			}
			e, ok := errors.AsType[*tlserr.PinError](err)
			if ok != (c.got != nil) {
				t.Fatalf("%v", err)
			}
			if !ok {
				return
			}
			var want []string
			for _, s := range c.got {
				want = append(want, pinOf(s.Cert))
			}
			if !slices.Equal(e.Got, want) || !slices.Equal(e.Want, c.pins.List()) {
				t.Errorf("got %q, want %q", e.Got, want)
			}
			if whole, ok := errors.AsType[*tlserr.Error](err); !ok || len(whole.Chain) != 3 || !whole.Chain[0].Equal(w.leaf.Cert) {
				t.Errorf("the chain is not in %v", err)
			}
		})
	}
}

// A configuration that verifies by itself: what it has verified is not known, so only the
// server's own key counts.
func TestPinsWithoutChains(t *testing.T) {
	w := newPinnedWorld(t)
	asked := 0
	config := &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
		asked++
		_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: caOf(t, w.middle).Pool(), DNSName: s.ServerName})
		return err
	}}
	tr := examined(t, &Transport{Dial: dialTo(w.addr), TLS: config})
	do(t, tr, with(t, "https://a.example/", &Overrides{Pins: pinsOf(t, w.leaf)}))
	for url, pins := range map[string]Pins{"https://a.example/": pinsOf(t, w.middle), "https://b.example/": pinsOf(t, w.leaf)} {
		fails(t, tr, with(t, url, &Overrides{Pins: pins}))
	}
	if asked != 3 {
		t.Errorf("asked %d times", asked)
	}
}
