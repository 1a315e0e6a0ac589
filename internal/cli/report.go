package cli

// What is said on the standard error stream: one clear line, and below it what to do.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"example.com/godwit"
	"example.com/godwit/internal/cli/term"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// A usageError is a mistake in the command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// An outputError says that what came could not be written.
type outputError struct{ err error }

func (e *outputError) Error() string { return "writing the output: " + e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

// report writes an error. Its text may hold what a server sent, so it is made harmless
// whatever the stream is: it may be a terminal, or a log in which a line must not be forged.
func report(w io.Writer, err error) {
	fmt.Fprintf(w, "godwit: %s\n", term.Line(errorText(err)))
	for line := range strings.Lines(remedy(err)) {
		line = strings.TrimRight(line, " \n")
		if line != "" {
			line = "    " + line
		}
		fmt.Fprintln(w, line)
	}
}

// remedy says what can be done about an error, "" if nothing comes to mind.
func remedy(err error) string {
	if e, ok := errors.AsType[*tlserr.Error](err); ok {
		// It begins with the cause, which has been said.
		return strings.TrimLeft(strings.TrimPrefix(term.Text(e.Explain()), term.Text(e.Error())), "\n")
	}
	if e, ok := errors.AsType[*keyError](err); ok {
		return e.picture()
	}
	e, ok := errors.AsType[*trace.Error](err)
	switch {
	case ok && e.Limit > 0:
		switch e.Phase {
		case trace.DNS, trace.TLS:
			return "--connect-timeout=SECONDS sets this limit"
		case trace.Connect:
			return "--timeout=SECONDS sets this limit, or --connect-timeout=SECONDS"
		case trace.Wait:
			return "--timeout=SECONDS sets this limit"
		case trace.Send:
			return "--stall-timeout=SECONDS sets this limit"
		case trace.Receive:
			return "--timeout=SECONDS sets this limit, or --stall-timeout=SECONDS"
		}
	case errors.Is(err, godwit.ErrRedirects):
		return "--max-redirects=N allows more of them"
	case errors.Is(err, godwit.ErrLocation) && strings.Contains(err.Error(), "AllowDowngrade"):
		return "--allow-downgrade follows it, in clear text"
	case errors.Is(err, transport.ErrEncryptedKey), errors.Is(err, transport.ErrKeyPassword):
		return "--cert-key-pass=PASSWORD is the key's password; @env:NAME, @file:PATH, @cmd:COMMAND and @prompt: stand for it"
	case errors.Is(err, context.DeadlineExceeded):
		return "--max-time=SECONDS sets this limit"
	}
	if _, ok := errors.AsType[*settingsError](err); ok {
		return "godwit --help session says what can stand in the file; --no-config does without it"
	}
	if e, ok := errors.AsType[*usageError](err); ok {
		return furtherHelp(e.text)
	}
	return ""
}

// furtherHelp says where the help has more on what a usageError is about, which its text begins
// with.
func furtherHelp(text string) string {
	first, _, _ := strings.Cut(text, " ")
	name := strings.TrimSuffix(first, ":")
	for _, f := range requestFlags {
		if name == "--"+f.name || f.short != 0 && name == "-"+string(f.short) {
			return "godwit help --" + f.name + " says what it is for"
		}
	}
	if name == "item" {
		return "godwit help items says what there is"
	}
	return "godwit --help says how it is used"
}

// note writes something that a person should know, and that is no error. If it begins with
// "warning: ", it is one.
func note(w io.Writer, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if q, ok := w.(*quietWriter); ok && !q.lets(text) {
		return
	}
	fmt.Fprintf(w, "godwit: %s\n", term.Line(text))
}

// A quietWriter is a standard error stream that is not told everything.
type quietWriter struct {
	io.Writer
	quiet int // 1: no notes; more: no warnings either
}

// lets reports whether a note is to be told.
func (q *quietWriter) lets(text string) bool {
	return q.quiet < 2 && strings.HasPrefix(text, "warning: ")
}
