package main

// What a person at a terminal sees of the real command.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"example.com/godwit/internal/cli/ptytest"
)

// serving starts a server with an answer of JSON at /, and others that do not end.
func serving(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			_, _ = fmt.Fprintln(w, "first line")
		case "/cut":
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprint(w, `{"a":"no end`)
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprint(w, `{"a":1}`)
			return
		}
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestColorsOnTerminal(t *testing.T) {
	url := serving(t)
	for _, c := range []struct {
		name            string
		env, args       []string
		colors, indents bool
	}{
		{"terminal", nil, nil, true, true},
		{"NO_COLOR", []string{"NO_COLOR=1"}, nil, false, true},
		{"NO_COLOR, empty", []string{"NO_COLOR="}, nil, true, true},
		{"TERM=dumb", []string{"TERM=dumb"}, nil, false, true},
		{"--pretty=none", nil, []string{"--pretty=none"}, false, false},
		{"NO_COLOR, but asked for", []string{"NO_COLOR=1"}, []string{"--pretty=colors"}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := ptytest.Start(t, ptytest.Setting{Env: c.env}, command(t), append(c.args, url)...)
			out, code := x.Wait()
			if code != 0 || !strings.Contains(out, "200 OK") || !x.AsBefore() {
				t.Errorf("%d, %q", code, out)
			}
			if colors := strings.Contains(out, "\x1b["); colors != c.colors {
				t.Errorf("colours: %v in %q", colors, out)
			}
			if indents := strings.Contains(out, "{\r\n    "); indents != c.indents {
				t.Errorf("indented: %v in %q", indents, out)
			}
		})
	}
}

// With the standard output in a pipe and the rest on the terminal, the body alone comes, as
// it is.
func TestPipeOnTerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	x := ptytest.Start(t, ptytest.Setting{Stdout: w}, command(t), serving(t))
	_ = w.Close()
	if out, code := x.Wait(); code != 0 || out != "" {
		t.Errorf("%d, and on the terminal %q", code, out)
	}
	buf := make([]byte, 1<<10)
	if n, _ := r.Read(buf); string(buf[:n]) != `{"a":1}` {
		t.Errorf("in the pipe: %q", buf[:n])
	}
}

func TestCtrlC(t *testing.T) {
	x := ptytest.Start(t, ptytest.Setting{}, command(t), serving(t)+"/slow")
	x.Expect("first line")
	x.Type(ptytest.CtrlC)
	if out, code := x.Wait(); code != 130 || !x.AsBefore() {
		t.Errorf("exit code %d, modes as before: %v, %q", code, x.AsBefore(), out)
	}
}

// A colour that is on when Ctrl-C comes does not stay on.
func TestCtrlCInColor(t *testing.T) {
	x := ptytest.Start(t, ptytest.Setting{}, command(t), "-b", serving(t)+"/cut")
	x.Expect("no end")
	x.Type(ptytest.CtrlC)
	if out, code := x.Wait(); code != 130 || !strings.HasSuffix(out, "\x1b[0m\r\n") || !x.AsBefore() {
		t.Errorf("exit code %d, %q", code, out)
	}
}
