package main

// A person is asked for a secret: without an echo, on the terminal wherever the streams lead.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/godwit/internal/cli/ptytest"
)

func TestPrompt(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		_, _ = fmt.Fprintf(w, "%s has %d letters", user, len(password))
	}))
	t.Cleanup(s.Close)
	host := strings.TrimPrefix(s.URL, "http://")
	body := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(body, []byte("a body"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		stdin bool
		keys  string
		code  int
		want  string
	}{
		"typed":            {false, "s3cret" + ptytest.Enter, 0, "mona has 6 letters"},
		"beside a body":    {true, "s3cret" + ptytest.Enter, 0, "mona has 6 letters"},
		"corrected":        {false, "s3x\x7fcret" + ptytest.Enter, 0, "mona has 6 letters"},
		"nothing":          {false, ptytest.Enter, 0, "mona has 0 letters"},
		"interrupted":      {false, ptytest.CtrlC, 130, ""},
		"interrupted late": {false, "s3cret" + ptytest.CtrlC, 130, ""},
	} {
		t.Run(name, func(t *testing.T) {
			set := ptytest.Setting{Env: []string{"NO_COLOR=1"}}
			if c.stdin {
				f, err := os.Open(body)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				set.Stdin = f
			}
			x := ptytest.Start(t, set, command(t), "-a", "mona", s.URL)
			x.Expect("Password for mona at " + host + ": ")
			for x.AsBefore() { // the echo is turned off behind the question
				if t.Context().Err() != nil {
					return
				}
			}
			x.Type(c.keys)
			out, code := x.Wait()
			if code != c.code || !strings.Contains(out, c.want) || strings.Contains(out, "s3") {
				t.Errorf("%d, %q", code, out)
			}
			if !x.AsBefore() {
				t.Error("the terminal is left without an echo")
			}
		})
	}
}
