package curl

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/godwit/internal/cli/wiretest"
)

// What a terminal would obey is shown as an escape; what is no text is not shown at all.
func TestTerminal(t *testing.T) {
	w := newWire(t)
	w.Answers = map[string]string{
		"/evil":   wiretest.Response(200, "X-A: \u202eevil\r\n", "\x1b[2Jgone"),
		"/binary": wiretest.Response(200, "", "a\x00b"),
	}
	if got := runIn(t, world{tty: true}, "-i", w.URL()+"/evil"); got.code != 0 || strings.Contains(got.out, "\x1b") || !strings.Contains(got.out, `\x1b[2Jgone`) || !strings.Contains(got.out, `\u202eevil`) {
		t.Errorf("%+v", got)
	}
	if got := runIn(t, world{}, "-s", w.URL()+"/evil"); got.out != "\x1b[2Jgone" {
		t.Errorf("into a pipe: %+v", got)
	}
	if got := runIn(t, world{}, "-sv", w.URL()+"/evil"); strings.Contains(got.err, "\u202e") || !strings.Contains(got.err, `\u202eevil`) {
		t.Errorf("-v: %+v", got)
	}
	if got := runIn(t, world{tty: true}, w.URL()+"/binary"); got.code != exitWrite || got.out != "" || !strings.Contains(got.err, "Binary output can mess up your terminal") {
		t.Errorf("%+v", got)
	}
	if got := runIn(t, world{tty: true}, "-o", "-", w.URL()+"/binary"); got.code != 0 || got.out != `a\x00b` {
		t.Errorf("-o -: %+v", got)
	}
	if got := runIn(t, world{tty: true}, w.URL()+"/get"); strings.Contains(got.err, "% Total") {
		t.Errorf("a meter where the body is shown: %+v", got)
	}
}

// Nothing is lost silently: a pipe that is closed and a disk that is full are error 23.
func TestOutputFails(t *testing.T) {
	w := newWire(t)
	broken := writerFunc(func([]byte) (int, error) { return 0, io.ErrClosedPipe })
	for _, args := range [][]string{{w.URL() + "/get"}, {"-i", w.URL() + "/nocontent"}, {"-w", "x", "-o", os.DevNull, w.URL() + "/get"}, {"-D", "-", "-o", os.DevNull, w.URL() + "/get"}, {"--help"}} {
		var errs bytes.Buffer
		code := Run(t.Context(), Env{Stdout: broken, Stderr: &errs, Getenv: func(string) string { return "" }, Now: time.Now}, append([]string{"-sS"}, args...))
		if code != exitWrite {
			t.Errorf("%q: %d %s", args, code, errs.String())
		}
	}
	if _, err := os.Stat("/dev/full"); err == nil {
		for _, args := range [][]string{{"-o", "/dev/full", w.URL() + "/get"}, {"-D", "/dev/full", w.URL() + "/get"}} {
			if got := runIn(t, world{}, append([]string{"-sS"}, args...)...); got.code != exitWrite || !strings.Contains(got.err, "no space left") {
				t.Errorf("%q: %+v", args, got)
			}
		}
	}
}

// A server's name for a file is a name, and never replaces anything.
func TestServersNames(t *testing.T) {
	w := newWire(t)
	name := func(header string) string {
		return wiretest.Response(200, "Content-Disposition: "+header+"\r\n", "body")
	}
	w.Answers = map[string]string{
		"/up":     name(`attachment; filename="../../up.txt"`),
		"/hidden": name(`attachment; filename=".bashrc"`),
		"/ext":    name(`attachment; filename*=UTF-8''na%C3%AFve.txt`),
		"/taken":  name(`attachment; filename="taken"`),
	}
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("taken", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/up": "up.txt", "/hidden": "_bashrc", "/ext": "naïve.txt"} {
		got := runIn(t, world{}, "-sSJO", w.URL()+path)
		if text, err := os.ReadFile(want); got.code != 0 || err != nil || string(text) != "body" {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
	got := runIn(t, world{}, "-sSJO", w.URL()+"/taken")
	if text, err := os.ReadFile("taken"); got.code != exitWrite || err != nil || string(text) != "mine" {
		t.Errorf("%+v: %q %v", got, text, err)
	}
}
