package tlserr_test

import (
	"crypto/tls"
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
)

// What is found with nothing but the error of crypto/tls, as a program has it that uses
// net/http.
func TestFixtures(t *testing.T) {
	for _, f := range tlstest.Failing(t) {
		t.Run(f.Name, func(t *testing.T) {
			s := tlstest.Start(t, f)
			nc, err := s.Dial(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			config := f.ClientConfig()
			config.NextProtos = []string{"http/1.1"}
			tc := tls.Client(nc, config)
			raw := tc.HandshakeContext(t.Context())
			if raw == nil { // the server judges the client's certificate later
				_, raw = tc.Read(make([]byte, 1))
			}
			e, ok := errors.AsType[*tlserr.Error](tlserr.From(raw, f.Host, time.Now()))
			if !ok {
				t.Fatalf("%v", raw)
			}
			want := f.Raw
			if want == "" {
				want = f.Want
			}
			if e.Cause != want {
				t.Errorf("cause %q, want %q: %v", e.Cause, want, raw)
			}
			if !errors.Is(e, raw) {
				t.Error("the original error is lost")
			}
			if e.Cause.Certificate() != (e.Cert != nil) {
				t.Errorf("cause %q, and the certificate at fault is %v", e.Cause, e.Cert)
			}
			bounded(t, e)
			for _, r := range e.Remedies() {
				if r.Text == "" || r.Owner && r.Flag+r.Go != "" {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}

// bounded fails the test if what is said is too long, not harmless, or dangerous advice.
func bounded(t testing.TB, e *tlserr.Error) {
	t.Helper()
	line, text := e.Error(), e.Explain()
	if line == "" || len(line) > 1<<10 || len(text) > 8<<10 {
		t.Errorf("%d and %d bytes", len(line), len(text))
	}
	harmless(t, line)
	harmless(t, strings.ReplaceAll(text, "\n", " "))
	if !strings.HasPrefix(text, line+"\n") || !strings.HasSuffix(text, "\n") {
		t.Errorf("it does not begin with its first line, or has no end:\n%s", text)
	}
	for _, r := range e.Remedies() {
		for _, word := range []string{"Insecure", "insecure", "--verify=no"} {
			if strings.Contains(r.Go+r.Flag, word) {
				t.Errorf("it advises to verify nothing: %+v", r)
			}
		}
	}
}
