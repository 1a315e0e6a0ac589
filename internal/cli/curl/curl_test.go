package curl

// What the comparison with the real curl does not see.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A world is what a run of a test is given besides its arguments.
type world struct {
	stdin  string
	tty    bool
	env    map[string]string
	prompt func(context.Context, string) (string, error)
}

// runIn runs godwit curl.
func runIn(t *testing.T, w world, args ...string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	code := Run(t.Context(), Env{
		Stdin: strings.NewReader(w.stdin), Stdout: &out, Stderr: &errs, StdoutTTY: w.tty,
		Prompt: w.prompt, Getenv: func(k string) string { return w.env[k] }, Now: time.Now,
	}, args)
	return outcome{code: code, out: out.String(), err: errs.String()}
}

func TestHelpAndVersion(t *testing.T) {
	if got := runIn(t, world{}, "--help"); got.code != 0 || !strings.Contains(got.out, "\n  -L, --location\n") || !strings.Contains(got.out, "--ftp-pasv") {
		t.Errorf("%+v", got)
	}
	if got := runIn(t, world{}, "-V"); got.code != 0 || !strings.HasPrefix(got.out, "godwit curl ") {
		t.Errorf("%+v", got)
	}
}

// Credentials are in no message and no trace.
func TestCredentialsAreHidden(t *testing.T) {
	w := newWire(t)
	for _, args := range [][]string{
		{"-v", "-u", "nick:hidden-word", w.URL() + "/get"},
		{"-v", "--oauth2-bearer", "hidden-word", w.URL() + "/get"},
		{"--trace", "-", "-u", "nick:hidden-word", w.URL() + "/empty"},
		{"--trace-ascii", "-", "-b", "a=hidden-word", w.URL() + "/get"},
		{"http://nick:hidden-word@127.0.0.1:1/"},
		{"http://nick:hidden-word@127.0.0.1:99999/"},
		{"-x", "http://nick:hidden-word@127.0.0.1:1", "http://example.org/"},
	} {
		got := runIn(t, world{}, args...)
		if both := got.out + got.err; strings.Contains(both, "hidden-word") || strings.Contains(both, "bmljazpoaWRkZW4td29yZA") {
			t.Errorf("%q: %s%s", args[0], got.out, got.err)
		}
	}
}

func TestPrompt(t *testing.T) {
	w := newWire(t)
	asked := 0
	ask := func(_ context.Context, question string) (string, error) {
		asked++
		if question != "Enter host password for user 'nick':" {
			t.Errorf("asked %q", question)
		}
		return "pass", nil
	}
	got := runIn(t, world{prompt: ask}, "-s", "-u", "nick", w.URL()+"/basic", w.URL()+"/basic")
	if got.code != 0 || got.out != "welcome\nwelcome\n" || asked != 1 {
		t.Errorf("asked %d times: %+v", asked, got)
	}
	refuses := func(context.Context, string) (string, error) { return "", errors.New("no terminal") }
	if got := runIn(t, world{prompt: refuses}, "-u", "nick", w.URL()+"/basic"); got.code != exitUsage || !strings.Contains(got.err, "no terminal") {
		t.Errorf("%+v", got)
	}
}

// A cancelled run ends at once, with what has come where it was to go.
func TestInterrupted(t *testing.T) {
	w := newWire(t)
	ctx, stop := context.WithCancel(t.Context())
	var errs bytes.Buffer
	first := writerFunc(func(p []byte) (int, error) { stop(); return len(p), nil })
	code := Run(ctx, Env{Stdout: first, Stderr: &errs, Getenv: func(string) string { return "" }, Now: time.Now}, []string{"-s", w.URL() + "/trickle", w.URL() + "/get"})
	if qs := w.Take(); code != Interrupted || errs.String() != "" || len(qs) != 1 {
		t.Errorf("%d %q, %d requests", code, errs.String(), len(qs))
	}
	ctx, stop = context.WithCancel(t.Context())
	stop()
	code = Run(ctx, Env{Stdout: io.Discard, Stderr: &errs, Getenv: func(string) string { return "" }, Now: time.Now}, []string{"-sZ", "--retry", "5", w.URL() + "/get"})
	if code != Interrupted {
		t.Errorf("cancelled before: %d", code)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
