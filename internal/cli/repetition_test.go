package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"example.com/godwit/trace"
)

// Each repetition is a line, unless --quiet is given.
func TestRepetitions(t *testing.T) {
	for _, c := range []struct{ flags, want string }{
		{"--retry=2 --retry-delay=0.001", "godwit: again at once: status 503 (1 of 2)\ngodwit: again at once: status 502 (2 of 2)\n"},
		{"--retry=5 --retry-delay=0.001", "godwit: again at once: status 503 (1 of 5)\ngodwit: again at once: status 502 (2 of 5)\n"},
		{"--retry=2 --retry-delay=0.001 -q", ""},
		{"", ""},
	} {
		url, _ := statuses(t, 503, 502, 200)
		if got := run(t, append(strings.Fields(c.flags), url)...); got.err != c.want {
			t.Errorf("%s: %q, want %q", c.flags, got.err, c.want)
		}
	}
	if got := run(t, "--retry=1", "--retry-delay=0.001", "http://127.0.0.1:1"); !strings.HasPrefix(got.err, "godwit: again at once: cannot connect (1 of 1)\n") {
		t.Errorf("%+v", got)
	}
}

func TestRepetitionLines(t *testing.T) {
	for _, c := range []struct {
		attempt trace.Attempt
		want    string
	}{
		{trace.Attempt{Kind: "cannot connect", Wait: 3 * time.Second}, "godwit: again in 3 s: cannot connect (1 of 5)\n"},
		{trace.Attempt{Kind: "status 503", Wait: 220 * time.Millisecond}, "godwit: again in 0.2 s: status 503 (1 of 5)\n"},
		{trace.Attempt{Kind: "status 429", Wait: 61*time.Second + 300*time.Millisecond}, "godwit: again in 61 s: status 429 (1 of 5)\n"},
		{trace.Attempt{Kind: "timed out"}, "godwit: again at once: timed out (1 of 5)\n"},
		{trace.Attempt{Kind: "challenge"}, ""},
		{trace.Attempt{Kind: "resend"}, ""},
	} {
		var out bytes.Buffer
		repetitions(&out, 5)(c.attempt)
		if out.String() != c.want {
			t.Errorf("%+v: %q", c.attempt, out.String())
		}
	}
}
