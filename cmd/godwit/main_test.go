package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// withCommand takes away the command that the tests have built, if they have.
type withCommand struct{ m *testing.M }

func (w withCommand) Run() int {
	code := w.m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	return code
}

// built is the real command, built once for all tests.
var built struct {
	once      sync.Once
	dir, path string
	err       error
}

// command returns the path of the real command.
func command(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "godwit"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "godwit")
		if runtime.GOOS == "windows" {
			built.path += ".exe"
		}
		if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", built.path, ".").CombinedOutput(); err != nil {
			built.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// The real binary, once: the tour ends well, and exit codes and streams are the process's.
func TestBinary(t *testing.T) {
	godwit := command(t)
	for _, c := range []struct {
		args     string
		code     int
		out, err string
	}{
		{"demo", 0, "answers were what they should be", ""},
		{"version", 0, "godwit ", ""},
		{"--nonsense", 64, "", "unknown flag --nonsense"},
		{"http://127.0.0.1:1", 11, "", "godwit: GET http://127.0.0.1:1"},
	} {
		cmd := exec.CommandContext(t.Context(), godwit, strings.Fields(c.args)...)
		var out, errs strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.err) {
			t.Errorf("godwit %s: exit code %d\n%s\n%s", c.args, code, out.String(), errs.String())
		}
	}
	if runtime.GOOS == "windows" {
		return // it has no interrupt to send to another process
	}
	interrupt(t, godwit)
}

// interrupt starts a server, interrupts it and looks whether it has cleaned up.
func interrupt(t *testing.T, godwit string) {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	cmd := exec.CommandContext(t.Context(), godwit, "serve", "--ca="+ca)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // it is serving
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := os.Stat(ca); err == nil {
		t.Error("the CA's file is still there")
	}
}
