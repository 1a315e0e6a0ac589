package godwit

// A diagnosis of each server with which TLS goes wrong, or must not.

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"example.com/godwit/diagnosis"
	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
	"example.com/godwit/transport"
)

// fixtureSession returns a session like the client of a fixture, to whom all names are the server.
func fixtureSession(t testing.TB, f *tlstest.Fixture, s *tlstest.Server) *Session {
	t.Helper()
	config := f.ClientConfig()
	config.ServerName = ""
	tr := &transport.Transport{TLS: config, Sockets: transport.Sockets{Hosts: map[string]string{"*": s.Addr}}}
	t.Cleanup(func() { tr.Close() })
	return &Session{Transport: tr}
}

// patient is for machines with much to do: a large RSA key takes a while.
var patient = Defaults{Timeout(2 * time.Minute), Limits{TLS: time.Minute}}

func TestDiagnoseFixtures(t *testing.T) {
	for _, f := range append(tlstest.Failing(t), tlstest.OnlyTLS(t)...) {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s := tlstest.Start(t, f)
			d, err := fixtureSession(t, f, s).Diagnose(t.Context(), s.URL(), patient)
			if err != nil {
				t.Fatal(err)
			}
			v := d.Verdict
			if v.OK || v.Layer != diagnosis.LayerTLS || v.Cause != string(f.Want) {
				t.Errorf("%+v; want the cause %q", v, f.Want)
			}
			e, ok := errors.AsType[*tlserr.Error](d.Err)
			if !ok || e.Cause != f.Want {
				t.Fatalf("%v\n%s", d.Err, d)
			}
			said := strings.Join(strings.Fields(d.String()), " ")
			for _, words := range f.Says {
				if !strings.Contains(said, words) && words != "clock" {
					t.Errorf("nothing of %q in\n%s", words, d)
				}
			}
			if d.Remedy == nil && len(e.Remedies()) > 0 {
				t.Errorf("no remedy:\n%s", d)
			}
			checkRequests(t, d, s, f)
			checkReport(t, d)
			checkChain(t, d, e)
		})
	}
}

// checkRequests: nothing but the question for the time has reached the server, and that only where
// it is about time.
func checkRequests(t *testing.T, d *Diagnosis, s *tlstest.Server, f *tlstest.Fixture) {
	t.Helper()
	want := 0
	if f.Want == tlserr.Expired || f.Want == tlserr.NotYetValid {
		want = 1
		if d.Clock == nil || d.Clock.Ahead.Abs() > clockOff || !d.Remedy.Owner {
			t.Errorf("the clock: %+v\n%s", d.Clock, d)
		}
		if !slices.ContainsFunc(d.Sent, func(s string) bool { return strings.HasPrefix(s, "HEAD ") && strings.Contains(s, "not verified") }) {
			t.Errorf("sent %q", d.Sent)
		}
	}
	if got := s.Requests(); got != want {
		t.Errorf("%d requests, want %d", got, want)
	}
}

// checkReport: it never says to verify nothing, is harmless, bounded, and the same as JSON.
func checkReport(t *testing.T, d *Diagnosis) {
	t.Helper()
	text := d.String()
	for _, bad := range []string{"insecure", "verify=no", "skipverify"} {
		if strings.Contains(strings.ToLower(text), bad) {
			t.Errorf("%q in\n%s", bad, text)
		}
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("%q in\n%q", text[i:i+1], text)
	}
	if len(text) > 32<<10 {
		t.Errorf("%d bytes", len(text))
	}
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 64<<10 {
		t.Errorf("%d bytes of JSON", len(raw))
	}
	var again Diagnosis
	if err := json.Unmarshal(raw, &again); err != nil {
		t.Fatal(err)
	}
	if again.String() != text {
		t.Errorf("from JSON:\n%s\nwant\n%s", again.String(), text)
	}
}

// checkChain: what is reported is what was shown.
func checkChain(t *testing.T, d *Diagnosis, e *tlserr.Error) {
	t.Helper()
	if len(e.Chain) > 0 && (len(d.Chain) == 0 || !d.Chain[0].Equal(e.Chain[0])) {
		t.Errorf("%d certificates, of %d", len(d.Chain), len(e.Chain))
	}
	if d.TLS == nil || len(d.Chain) == 0 {
		return
	}
	c, leaf := d.TLS.Chain[0], d.Chain[0]
	if c.SHA256 != sumOf(leaf) || c.Pin != pinFor(leaf) || !strings.HasPrefix(c.Pin, "sha256//") || c.Key == "" || c.KeyBits == 0 {
		t.Errorf("%+v", c)
	}
	if _, err := transport.ParsePins(c.Pin); err != nil {
		t.Error(err)
	}
}

func TestDiagnosePassingFixtures(t *testing.T) {
	for _, f := range tlstest.Passing(t) {
		if f.Name == "rsa8192" { // takes long, six times
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s := tlstest.Start(t, f)
			d, err := fixtureSession(t, f, s).Diagnose(t.Context(), s.URL(), patient)
			if err != nil {
				t.Fatal(err)
			}
			if !d.Verdict.OK || d.Remedy != nil || d.Err != nil {
				t.Errorf("\n%s", d)
			}
			if s.Requests() != 1 {
				t.Errorf("%d requests", s.Requests())
			}
			checkReport(t, d)
			if d.TLS == nil || !d.TLS.Verified || d.TLS.Version == "" || d.TLS.Cipher == "" || len(d.TLS.Versions) != len(probed) {
				t.Errorf("%+v", d.TLS)
			}
			if n := len(d.TLS.Chain[0].Names); n > maxNames || n+d.TLS.Chain[0].More != len(d.Chain[0].DNSNames)+len(d.Chain[0].IPAddresses) {
				t.Errorf("%d names and %d more", n, d.TLS.Chain[0].More)
			}
		})
	}
}

// What is said of versions and key exchanges is what the server's configuration has.
func TestDiagnoseVersions(t *testing.T) {
	for _, f := range tlstest.Passing(t) {
		if f.Name == "rsa8192" || f.HTTP1 || f.Config.CipherSuites != nil || f.Config.CurvePreferences != nil && f.Name != "no-post-quantum" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s := tlstest.Start(t, f)
			d, err := fixtureSession(t, f, s).Diagnose(t.Context(), s.URL(), patient)
			if err != nil {
				t.Fatal(err)
			}
			for i, version := range probed {
				want := f.Config.MinVersion <= version && (f.Config.MaxVersion == 0 || version <= f.Config.MaxVersion) &&
					(f.Config.MinVersion != 0 || version >= tls.VersionTLS12)
				if v := d.TLS.Versions[i]; v.Spoken != want && !(f.Name == "ed25519" && version < tls.VersionTLS12) {
					t.Errorf("%+v, want %v", v, want)
				}
			}
			pq := f.Name != "no-post-quantum" && d.TLS.Version == "TLS 1.3"
			if d.TLS.PostQuantum != pq {
				t.Errorf("post-quantum: %v, with %s", d.TLS.PostQuantum, d.TLS.Curve)
			}
			has := func(code string) bool {
				return slices.ContainsFunc(d.Notes, func(n diagnosis.Note) bool { return n.Code == code })
			}
			if has(diagnosis.NoteNoPostQuantum) != (f.Name == "no-post-quantum") {
				t.Errorf("%+v", d.Notes)
			}
			if has(diagnosis.NoteOldTLS) != (d.TLS.Versions[2].Spoken || d.TLS.Versions[3].Spoken) {
				t.Errorf("%+v", d.Notes)
			}
		})
	}
}

// A clock that is wrong is told from a certificate that is.
func TestDiagnoseClock(t *testing.T) {
	f := tlstest.Passing(t)[0]
	s := tlstest.Start(t, f)
	for _, off := range []time.Duration{60 * 24 * time.Hour, -60 * 24 * time.Hour} {
		ses := fixtureSession(t, f, s)
		tr := ses.Transport.(*transport.Transport)
		tr.TLS.Time = func() time.Time { return time.Now().Add(off) }
		d, err := ses.Diagnose(t.Context(), s.URL(), patient)
		if err != nil {
			t.Fatal(err)
		}
		want := "this machine's clock is 60 days ahead of the server's"
		if off < 0 {
			want = "this machine's clock is 60 days behind the server's"
		}
		if d.Verdict.Cause != "clock" || d.Verdict.Layer != diagnosis.LayerTLS || !strings.HasPrefix(d.Verdict.Text, want) || d.Remedy.Owner || d.Remedy.Text != "Set this machine's clock." {
			t.Errorf("%v:\n%s", off, d)
		}
		checkReport(t, d)

		// The remedy, followed.
		tr.TLS.Time = nil
		if d, err = ses.Diagnose(t.Context(), s.URL(), patient); err != nil || !d.Verdict.OK {
			t.Errorf("%v\n%s", err, d)
		}
	}
	if got := s.Requests(); got != 4 {
		t.Errorf("%d requests", got)
	}
}
