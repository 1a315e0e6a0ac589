package cli

// Asking a person for a secret.

import (
	"context"
	"os"
	"runtime"

	xterm "golang.org/x/term"

	"example.com/godwit/internal/cli/term"
)

// TerminalPrompt asks on the terminal that the process belongs to, wherever its standard streams
// lead, and returns the line that is typed. There is no echo; it is back when this returns, after
// Ctrl-C too. It is for [Env.Prompt].
func TerminalPrompt(ctx context.Context, question string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	in, out := "/dev/tty", "/dev/tty"
	if runtime.GOOS == "windows" {
		in, out = "CONIN$", "CONOUT$"
	}
	r, err := os.OpenFile(in, os.O_RDWR, 0)
	if err != nil {
		return "", errNoTerminal
	}
	w, err := os.OpenFile(out, os.O_WRONLY, 0)
	if err != nil {
		_ = r.Close()
		return "", errNoTerminal
	}
	defer w.Close()
	fd := int(r.Fd())
	before, err := xterm.GetState(fd)
	if err != nil {
		_ = r.Close()
		return "", errNoTerminal
	}
	if _, err := w.WriteString(term.Line(question)); err != nil {
		_ = r.Close()
		return "", err
	}

	type line struct {
		text []byte
		err  error
	}
	typed := make(chan line, 1)
	// This goroutine ends with the line. Nothing else ends a read from a terminal, so it
	// outlives a context that ends, as does the process only for a moment.
	go func() {
		defer r.Close()
		text, err := xterm.ReadPassword(fd)
		typed <- line{text, err}
	}()
	var l line
	select {
	case l = <-typed:
	case <-ctx.Done():
		_ = xterm.Restore(fd, before)
		l.err = ctx.Err()
	}
	_, _ = w.WriteString("\n") // the one that was typed was not shown
	return string(l.text), l.err
}
