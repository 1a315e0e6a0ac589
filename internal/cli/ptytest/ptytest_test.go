package ptytest

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sh starts a script of the shell.
func sh(t *testing.T, set Setting, script string) *Terminal {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no shell of this kind")
	}
	return Start(t, set, "/bin/sh", "-c", script)
}

func TestTerminal(t *testing.T) {
	x := sh(t, Setting{Cols: 71, Rows: 7, Env: []string{"ANIMAL=crab"}}, `test -t 0 && test -t 1 && test -t 2 && stty size && echo "$TERM $ANIMAL"; exit 3`)
	if out, code := x.Wait(); code != 3 || out != "7 71\r\nxterm-256color crab\r\n" {
		t.Errorf("%d, %q", code, out)
	}
}

func TestTypeAndExpect(t *testing.T) {
	x := sh(t, Setting{}, `printf 'name: '; read name; printf 'secret: '; stty -echo; printf 'now '; read secret; stty echo; echo "<$name $secret>"`)
	x.Expect("name: ")
	if !x.AsBefore() {
		t.Error("nothing has changed the modes yet")
	}
	x.Type("ann" + Enter)
	if got := x.Expect("now "); !strings.Contains(got, "secret: ") {
		t.Errorf("before the second prompt's end came %q", got)
	}
	if x.AsBefore() {
		t.Error("that echo is off is not seen")
	}
	x.Type("hunter2" + Enter)
	out, code := x.Wait()
	if code != 0 || !strings.HasSuffix(out, "now <ann hunter2>\r\n") || !x.AsBefore() {
		t.Errorf("%d, %q, as before: %v", code, out, x.AsBefore())
	}
}

func TestModesLeftBehind(t *testing.T) {
	x := sh(t, Setting{}, "stty -echo")
	if _, code := x.Wait(); code != 0 || x.AsBefore() {
		t.Errorf("exit code %d, as before: %v", code, x.AsBefore())
	}
}

func TestCtrlC(t *testing.T) {
	x := sh(t, Setting{}, "trap 'echo caught; exit 130' INT; echo ready; while :; do sleep 1; done")
	x.Expect("ready")
	x.Type(CtrlC)
	x.Expect("caught")
	if _, code := x.Wait(); code != 130 {
		t.Errorf("exit code %d", code)
	}
}

func TestSignal(t *testing.T) {
	x := sh(t, Setting{}, "echo ready; exec sleep 1000")
	x.Expect("ready")
	x.Signal(os.Kill)
	if _, code := x.Wait(); code != -1 {
		t.Errorf("exit code %d", code)
	}
}

// The standard output in a pipe leaves the terminal for the rest.
func TestStdoutElsewhere(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	x := sh(t, Setting{Stdout: w}, "echo out; echo err >&2; echo tty >/dev/tty; test -t 1 || echo none >&2")
	_ = w.Close()
	if out, code := x.Wait(); code != 0 || out != "err\r\ntty\r\nnone\r\n" {
		t.Errorf("%d, %q", code, out)
	}
	buf := make([]byte, 16)
	if n, _ := r.Read(buf); string(buf[:n]) != "out\n" {
		t.Errorf("in the pipe: %q", buf[:n])
	}
}
