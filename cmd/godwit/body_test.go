package main

// Bodies that a person types.

import (
	"strings"
	"testing"

	"example.com/godwit/internal/cli/ptytest"
)

// The standard input is a body only where it is named if it is a terminal.
func TestTypedBody(t *testing.T) {
	for _, item := range []string{"@-", "--raw=@-"} {
		x := ptytest.Start(t, ptytest.Setting{Env: []string{"NO_COLOR=1"}}, command(t), "--offline", "POST", "http://host.invalid", item)
		x.Type("typed" + ptytest.Enter + ptytest.CtrlD)
		out, code := x.Wait()
		if code != 0 || !strings.Contains(out, "Content-Length: 6\r\n") || !strings.HasSuffix(out, "\r\n\r\ntyped\r\n") {
			t.Errorf("%s: %d, %q", item, code, out)
		}
	}
	x := ptytest.Start(t, ptytest.Setting{Env: []string{"NO_COLOR=1"}}, command(t), "--offline", "POST", "http://host.invalid")
	if out, code := x.Wait(); code != 0 || !strings.Contains(out, "Content-Length: 0\r\n") {
		t.Errorf("not named: %d, %q", code, out)
	}
}
