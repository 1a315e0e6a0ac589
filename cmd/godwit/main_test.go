package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The real binary, once: the tour ends well, and exit codes and streams are the process's.
func TestBinary(t *testing.T) {
	godwit := filepath.Join(t.TempDir(), "godwit")
	if runtime.GOOS == "windows" {
		godwit += ".exe"
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", godwit, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
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
