// Package ptytest runs a command under a pseudo-terminal, for tests that want to see what a
// person at a terminal sees: colours, bars, prompts, Ctrl-C.
package ptytest

import (
	"bytes"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// Keys, as a terminal sends them.
const (
	Enter = "\r"
	CtrlC = "\x03"
	CtrlD = "\x04"
	CtrlZ = "\x1a"
)

// patience bounds each wait. It only passes where a test fails.
const patience = 30 * time.Second

// A Setting is what a command is started with.
type Setting struct {
	Cols, Rows int      // 0: 80 by 24
	Env        []string // added to TERM=xterm-256color and PATH; nothing else is inherited
	Dir        string   // "": that of the test
	Stdin      *os.File // nil: the terminal
	Stdout     *os.File // nil: the terminal
	Stderr     *os.File // nil: the terminal
}

// A Terminal is a pseudo-terminal with a command in its foreground.
type Terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	slave  *os.File
	before *term.State
	ended  chan struct{} // closed when the command has ended
	read   chan struct{} // closed when all that it wrote has been read

	mu   sync.Mutex // guards the following
	out  bytes.Buffer
	seen int           // how much of out Expect has gone past
	more chan struct{} // closed, and made anew, when out has grown
	last *term.State   // the modes that the command has left behind
}

// Start starts a command. The test's end kills it, if it is still there.
func Start(t *testing.T, set Setting, name string, args ...string) *Terminal {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there are no pseudo-terminals of this kind")
	}
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal can be had: %v", err)
	}
	x := &Terminal{
		t: t, master: master, slave: slave,
		ended: make(chan struct{}), read: make(chan struct{}), more: make(chan struct{}),
	}
	x.Resize(orElse(set.Cols, 80), orElse(set.Rows, 24))
	if x.before, err = term.GetState(int(slave.Fd())); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = set.Dir
	cmd.Env = append([]string{"TERM=xterm-256color", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, set.Env...)
	tty := -1 // which of the command's descriptors is the terminal
	for fd, f := range []*os.File{set.Stdin, set.Stdout, set.Stderr} {
		if f == nil {
			f = slave
			if tty < 0 {
				tty = fd
			}
		}
		switch fd {
		case 0:
			cmd.Stdin = f
		case 1:
			cmd.Stdout = f
		case 2:
			cmd.Stderr = f
		}
	}
	inForeground(cmd, tty)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	x.cmd = cmd
	go x.watch() // until the command has ended
	go x.copy()  // until watch has closed the slave
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // for the most part it has ended
		<-x.read
		_ = master.Close()
	})
	return x
}

// watch waits for the command's end. Until then the slave stays open here too, for the
// modes to be asked for.
func (x *Terminal) watch() {
	_ = x.cmd.Wait() // its exit code is what Wait returns
	x.mu.Lock()
	x.last, _ = term.GetState(int(x.slave.Fd()))
	x.mu.Unlock()
	close(x.ended)
	_ = x.slave.Close() // now the master reads what is left, and then an error
}

// copy reads what the command writes.
func (x *Terminal) copy() {
	defer close(x.read)
	buf := make([]byte, 32<<10)
	for {
		n, err := x.master.Read(buf)
		x.mu.Lock()
		x.out.Write(buf[:n])
		close(x.more)
		x.more = make(chan struct{})
		x.mu.Unlock()
		if err != nil {
			<-x.ended
			return
		}
	}
}

// Expect waits for text to come after what the Expect before has found, and returns what
// came up to its end. The test fails if it does not come.
func (x *Terminal) Expect(text string) string {
	x.t.Helper()
	late := time.After(patience)
	for {
		x.mu.Lock()
		rest := x.out.String()[x.seen:]
		more := x.more
		if i := strings.Index(rest, text); i >= 0 {
			x.seen += i + len(text)
			x.mu.Unlock()
			return rest[:i+len(text)]
		}
		x.mu.Unlock()
		select {
		case <-more:
		case <-x.read:
			if !x.holds(text) {
				x.t.Fatalf("the command ended without %q; on the terminal is %q", text, x.Output())
			}
		case <-late:
			x.t.Fatalf("%q has not come; on the terminal is %q", text, x.Output())
		}
	}
}

// holds reports whether text has come after what Expect has found.
func (x *Terminal) holds(text string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return strings.Contains(x.out.String()[x.seen:], text)
}

// Type types keys.
func (x *Terminal) Type(keys string) {
	x.t.Helper()
	if _, err := x.master.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// Signal sends a signal to the command.
func (x *Terminal) Signal(sig os.Signal) {
	x.t.Helper()
	if err := x.cmd.Process.Signal(sig); err != nil {
		x.t.Fatal(err)
	}
}

// Resize gives the terminal another size.
func (x *Terminal) Resize(cols, rows int) {
	x.t.Helper()
	if err := pty.Setsize(x.master, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}); err != nil {
		x.t.Fatal(err)
	}
}

// AsBefore reports whether the terminal's modes (echo, line editing, signals) are those that
// it had before the command. While the command runs, they are those of the moment; then those
// that it left behind.
func (x *Terminal) AsBefore() bool {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.last
	if now == nil {
		var err error
		if now, err = term.GetState(int(x.slave.Fd())); err != nil {
			x.t.Fatal(err)
		}
	}
	return reflect.DeepEqual(now, x.before)
}

// Output returns what is on the terminal so far: the typed keys too, where they are echoed.
// A line ends with CR LF, as a terminal has it.
func (x *Terminal) Output() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.out.String()
}

// Wait waits for the command's end and returns all of the output, and the exit code; -1 if
// a signal ended it.
func (x *Terminal) Wait() (output string, code int) {
	x.t.Helper()
	select {
	case <-x.read:
	case <-time.After(patience):
		x.t.Fatalf("the command does not end; on the terminal is %q", x.Output())
	}
	return x.Output(), x.cmd.ProcessState.ExitCode()
}

func orElse(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
