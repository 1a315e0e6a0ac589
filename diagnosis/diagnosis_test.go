package diagnosis

import (
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the golden files")

var now = time.Date(2026, 11, 20, 16, 39, 0, 0, time.UTC)

// healthy is a report of a URL that can be had.
func healthy() *Report {
	day := 24 * time.Hour
	leaf := Certificate{
		Subject: "a.example", Issuer: "R11", NotBefore: now.Add(-30 * day), NotAfter: now.Add(60 * day), DaysLeft: 60,
		Names: []string{"a.example", "www.a.example"}, More: 3, Key: "ECDSA P-256", KeyBits: 256, Signature: "ECDSA-SHA384",
		SHA256: strings.Repeat("ab", 32), Pin: "sha256//qCdps6gRvsF12CZUZP7jWOD8sI8fFhHs8uAkjFzj8zs=",
	}
	issuer := Certificate{
		Subject: "R11", Issuer: "ISRG Root X1", NotBefore: now.Add(-600 * day), NotAfter: now.Add(500 * day), DaysLeft: 500,
		CA: true, Key: "RSA", KeyBits: 2048, Signature: "SHA256-RSA", SHA256: strings.Repeat("cd", 32),
	}
	return &Report{
		URL: "https://a.example/", Time: now, Took: 412 * time.Millisecond,
		Verdict: Verdict{OK: true, Text: "all is well"},
		Names: &Names{
			Host: "a.example", Resolver: "the system's", Took: 12 * time.Millisecond, CNAME: "cdn.example",
			A: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, AAAA: []netip.Addr{netip.MustParseAddr("2001:db8::1")},
			HTTPS: []HTTPSRecord{{Priority: 1, Target: "b.example", Port: 8443, ALPN: []string{"h3", "h2"}, ECH: true}},
		},
		Proxy: Proxy{Rule: "nobody names one", OK: true},
		Addresses: []Address{
			{Addr: "192.0.2.1:443", OK: true, Connect: 11 * time.Millisecond, TLS: 1234 * time.Millisecond, Certificate: leaf.SHA256},
			{Addr: "[2001:db8::1]:443", Layer: LayerConnect, Error: "no route to host"},
		},
		TLS: &TLS{
			Verified: true, Address: "192.0.2.1:443", Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Curve: "X25519MLKEM768", PostQuantum: true,
			ALPN: "h2", HTTP2: true, HTTP3: "Alt-Svc", OCSP: "good, until 2026-11-27",
			Versions: []Version{{Name: "TLS 1.3", Spoken: true}, {Name: "TLS 1.2", Spoken: true}, {Name: "TLS 1.1"}, {Name: "TLS 1.0", Error: "no answer within 5s"}},
			Chain:    []Certificate{leaf, issuer},
		},
		Hops: []Hop{
			{
				Method: "GET", URL: "https://a.example/", Address: "192.0.2.1:443", Protocol: "HTTP/2", Status: 301, Reason: "Moved Permanently",
				Location: "https://www.a.example/", Leads: "other origin", Wait: 21 * time.Millisecond, Date: now,
			},
			{
				Method: "GET", URL: "https://www.a.example/", Address: "192.0.2.1:443", Protocol: "HTTP/2", Status: 200, Reason: "OK",
				HSTS: &HSTS{MaxAge: 365 * day, IncludeSubDomains: true, Preload: true}, Coding: "br", Type: "text/html", AltSvc: []string{"h3"},
				Wait: 31 * time.Millisecond, Bytes: 65536, Date: now,
			},
		},
		Sent: []string{"GET https://a.example/", "GET https://www.a.example/"},
	}
}

// failing is a report of one that cannot.
func failing() *Report {
	r := healthy()
	r.Addresses[0] = Address{Addr: "192.0.2.1:443", Layer: LayerTLS, Cause: "unknown issuer", Error: "certificate of …", Connect: time.Millisecond, TLS: time.Millisecond}
	r.Hops, r.Sent = nil, []string{"HEAD https://a.example/ over a connection that was not verified, for its Date"}
	r.TLS.Verified, r.TLS.Version, r.TLS.ALPN, r.TLS.HTTP2, r.TLS.HTTP3, r.TLS.OCSP = false, "", "", false, "", ""
	r.Clock = &Clock{Here: now, Server: now.Add(-73 * time.Hour), Ahead: 73 * time.Hour, Source: "HEAD / over a connection that was not verified"}
	r.Verdict = Verdict{Layer: LayerTLS, Cause: "unknown issuer", Text: `certificate of a.example is signed by an unknown issuer "Corp Root"`, Details: []string{"what the server sent", `  1. subject "a.example", issuer "Corp Root"`}}
	r.Remedy = &Remedy{
		Text: "If you know this issuer, get its certificate from a source you trust and name it:",
		Go:   `godwit.CA("ca.pem")`, Flags: []string{"--verify=ca.pem"}, SaveChain: true,
		Otherwise: &Remedy{Owner: true, Text: "The server's owner has to add it.", URL: "https://b.example/"},
	}
	return r
}

func TestString(t *testing.T) {
	for name, r := range map[string]*Report{"healthy": healthy(), "failing": failing(), "empty": {}} {
		r.Notes = Observe(r)
		path := filepath.Join("testdata", name+".txt")
		got := r.String()
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
			t.Errorf("another text than in %s; -update writes it anew:\n%s", path, got)
		}
		var b strings.Builder
		if n, err := r.WriteTo(&b); err != nil || n != int64(len(got)) || b.String() != got {
			t.Errorf("WriteTo: %d, %v", n, err)
		}
	}
}

// The names of the JSON are stable.
func TestJSON(t *testing.T) {
	r := failing()
	r.Hops = healthy().Hops
	r.Notes = Observe(r)
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "report.json")
	if *update {
		if err := os.WriteFile(path, append(raw, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(raw)+"\n" != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("another JSON than in %s; -update writes it anew:\n%s", path, raw)
	}
	var again Report
	if err := json.Unmarshal(raw, &again); err != nil {
		t.Fatal(err)
	}
	if again.String() != r.String() {
		t.Errorf("from JSON:\n%s", again.String())
	}
}

func TestObserve(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Report)
		want   []string
	}{
		{"healthy", func(*Report) {}, []string{NoteIPv6Dead, NoteAddressDead}},
		{"all alive", func(r *Report) { r.Addresses = r.Addresses[:1] }, nil},
		{"all dead", func(r *Report) { r.Addresses = r.Addresses[1:] }, nil},
		{"IPv4 dead", func(r *Report) { r.Addresses[0].OK, r.Addresses[1].OK = false, true }, []string{NoteIPv4Dead, NoteAddressDead}},
		{"IPv6 refused", func(r *Report) { r.Addresses[1].Cause = "refused" }, []string{NoteAddressDead}},
		{"IPv6 answers, without TLS", func(r *Report) { r.Addresses[1].Layer = LayerTLS }, []string{NoteAddressDead}},
		{"IPv6 loopback", func(r *Report) { r.Addresses[1].Addr = "[::1]:443" }, []string{NoteAddressDead}},
		{"IPv4 refused", func(r *Report) {
			r.Addresses[0].OK, r.Addresses[1].OK, r.Addresses[0].Cause = false, true, "refused"
		}, []string{NoteAddressDead}},
		{"different certificates", func(r *Report) { r.Addresses[1].OK, r.Addresses[1].Certificate = true, "x" }, []string{NoteCertificatesVary}},
		{"old TLS", func(r *Report) { lone(r).TLS.Versions[2].Spoken = true }, []string{NoteOldTLS}},
		{"no TLS 1.3", func(r *Report) { lone(r).TLS.Versions[0].Spoken = false }, []string{NoteNoTLS13}},
		{"nobody knows of TLS 1.3", func(r *Report) { lone(r).TLS.Versions[0] = Version{Name: "TLS 1.3", Error: "no answer"} }, nil},
		{"no post-quantum", func(r *Report) { lone(r).TLS.PostQuantum = false }, []string{NoteNoPostQuantum}},
		{"no HTTP/2", func(r *Report) { lone(r).TLS.HTTP2 = false }, []string{NoteNoHTTP2}},
		{"not verified", func(r *Report) { lone(r).TLS.Verified = false }, []string{NoteNotVerified}},
		{"ends soon", func(r *Report) { lone(r).TLS.Chain[0].DaysLeft = 13 }, []string{NoteCertificateEnds}},
		{"ends in two weeks", func(r *Report) { lone(r).TLS.Chain[0].DaysLeft = 14 }, nil},
		{"issuer ends soon", func(r *Report) { lone(r).TLS.Chain[1].DaysLeft = 1 }, []string{NoteCertificateEnds}},
		{"slow", func(r *Report) { lone(r).Hops[1].DNS, r.Hops[1].Wait = time.Second, 3*time.Second }, []string{NoteSlow, NoteSlow}},
		{"HSTS ignored", func(r *Report) { lone(r).Hops[0].HSTS = &HSTS{Ignored: "why"} }, []string{NoteHSTSIgnored}},
		{"no HSTS", func(r *Report) { lone(r).Hops[1].HSTS = nil }, []string{NoteNoHSTS}},
		{"no HSTS for addresses", func(r *Report) { lone(r).Hops[1].HSTS, r.Hops[1].URL = nil, "https://[2001:db8::1]:8443/" }, nil},
		{"plain", func(r *Report) { lone(r).Hops[1].URL = "http://a.example/" }, []string{NotePlainHTTP}},
		{"uncompressed", func(r *Report) { lone(r).Hops[1].Coding = "" }, []string{NoteNoCompression}},
		{"short", func(r *Report) { lone(r).Hops[1].Coding, r.Hops[1].Bytes = "", 1399 }, nil},
		{"a picture", func(r *Report) { lone(r).Hops[1].Coding, r.Hops[1].Type = "", "image/png" }, nil},
		{"401", func(r *Report) { lone(r).Hops[1].Status = 401 }, []string{NoteStatus}},
		{"511", func(r *Report) { lone(r).Hops[1].Status = 511 }, []string{NotePortal}},
		{"portal", func(r *Report) {
			lone(r).Hops[0].URL, r.Hops[0].Location = "http://a.example/", "http://Login.example/"
		}, []string{NotePortal}},
		{"clock", func(r *Report) { lone(r).Hops[1].Date = now.Add(5 * time.Minute) }, []string{NoteClock}},
		{"clock, nearly", func(r *Report) { lone(r).Hops[1].Date = now.Add(299 * time.Second) }, nil},
		{"failed", func(r *Report) { lone(r).Verdict.OK, r.Hops[1].HSTS = false, nil }, nil},
	} {
		r := healthy()
		tt.change(r)
		var got []string
		for _, n := range Observe(r) {
			got = append(got, n.Code)
			if n.Text == "" || strings.Contains(n.Text, "%!") || strings.Contains(n.Text, "\n") {
				t.Errorf("%s: %q", tt.name, n.Text)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// lone takes the dead address away.
func lone(r *Report) *Report {
	r.Addresses = r.Addresses[:1]
	return r
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 119 * time.Second: "119 seconds", 2 * time.Minute: "2 minutes",
		119 * time.Minute: "119 minutes", 2 * time.Hour: "2 hours", 47 * time.Hour: "47 hours", 48 * time.Hour: "2 days", 730 * 24 * time.Hour: "2 years",
	} {
		if got := InWords(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		60*24*time.Hour - time.Second: "60 days ahead of", -(60*24*time.Hour - time.Second): "60 days behind",
		2*time.Hour - time.Second: "2 hours ahead of", -time.Minute: "60 seconds behind",
	} {
		if got := Apart(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "< 1 ms", 999 * time.Microsecond: "< 1 ms", 12345 * time.Microsecond: "12 ms", 1234 * time.Millisecond: "1.2 s", 12345 * time.Millisecond: "12 s",
	} {
		if got := Round(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// Lines are broken at spaces and nowhere else, and nothing is lost.
func FuzzWrap(f *testing.F) {
	f.Add("a b", 1)
	f.Add("   indented "+strings.Repeat("x", 200)+" y", 80)
	f.Add("", 10)
	f.Add("äöü \u202e é", 3)
	f.Fuzz(func(t *testing.T, text string, width int) {
		lines := wrap(text, max(1, width%200))
		if got, want := strings.Join(strings.Fields(strings.Join(lines, " ")), " "), strings.Join(strings.Fields(text), " "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		for _, l := range lines {
			if len([]rune(l)) > max(1, width%200) && len(strings.Fields(l)) > 1 && len(lines) > 1 {
				t.Errorf("%q is longer than %d", l, width)
			}
		}
	})
}
