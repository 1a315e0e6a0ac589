// Package cli is the command godwit: what it takes from the command line, what it sends,
// and how it prints what came.
//
// The world comes in as parameters ([Env]), so that tests run the whole command in-process.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"syscall"
	"time"

	"example.com/godwit"
)

// Env is the world as the command sees it. A field that is zero stands for nothing: no
// input, output that goes nowhere, an empty environment, the real clock.
type Env struct {
	Stdin  io.Reader // if it is a regular file, its rest is the body
	Stdout io.Writer
	Stderr io.Writer

	StdinTTY  bool // Stdin is a terminal, and so holds no body
	StdoutTTY bool // Stdout is a terminal: format, colour, and let nothing through that it would obey

	StderrTTY bool // Stderr is a terminal: a download draws bars there

	// Prompt asks a person for a secret. nil: there is nobody to ask.
	Prompt func(ctx context.Context, question string) (string, error)

	Getenv func(string) string
	Now    func() time.Time

	commands []command // what the help and the completion list
}

// A command is a word that may stand in the URL's place, as the first word only.
type command struct {
	name, help string
	run        func(ctx context.Context, env *Env, args []string) (ExitCode, error)
}

var commands = []command{
	{"doctor", "why a URL cannot be had, and what to do", runDoctor},
	{"demo", "a guided tour against a server of its own", plainly(runDemo)},
	{"curl", "what curl does, with curl's own flags", runCurl},
	{"serve", "that server: httpbin's endpoints over HTTP and HTTPS", plainly(runServe)},
	{"completion", "a script that completes in a shell", plainly(runCompletion)},
	{"help", "the help, or what it says on a topic, a flag or a command", plainly(runHelp)},
	{"version", "print the version", plainly(runVersion)},
}

// plainly makes a command of a function that ends well or with an error.
func plainly(run func(context.Context, *Env, []string) error) func(context.Context, *Env, []string) (ExitCode, error) {
	return func(ctx context.Context, env *Env, args []string) (ExitCode, error) {
		return ExitOK, run(ctx, env, args)
	}
}

// Run runs the command with its arguments, the program's name not among them, and returns
// the exit code. When ctx is cancelled it stops at once and returns 130.
func Run(ctx context.Context, env Env, args []string) int {
	env.fill()
	env.commands = commands
	code, err := dispatch(ctx, &env, args)
	if err != nil {
		code = exitCode(err)
	}
	switch {
	case code == ExitInterrupted:
		// A person who pressed Ctrl-C knows.
	case isOutput(err) && errors.Is(err, syscall.EPIPE):
		// So does whoever has closed the pipe: head has seen enough.
	case err != nil:
		report(env.Stderr, err)
	}
	return int(code)
}

func dispatch(ctx context.Context, env *Env, args []string) (ExitCode, error) {
	if asksForCompletion(args) {
		return ExitOK, complete(ctx, env, args)
	}
	if len(args) > 0 {
		for _, c := range commands {
			if c.name == args[0] {
				return c.run(ctx, env, args[1:])
			}
		}
	}
	return runRequest(ctx, env, args)
}

const versionHelp = `usage: godwit version

Prints the version of godwit, that of Go which it was built with, and the system.
`

func runVersion(_ context.Context, env *Env, args []string) error {
	if asksForHelp(args) {
		return printText(env, versionHelp)
	}
	if len(args) > 0 {
		return &usageError{"version takes no arguments"}
	}
	return printText(env, fmt.Sprintf("godwit %s (%s, %s/%s)\n", godwit.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH))
}

// asksForHelp reports whether a command without flags of its own is asked what it does.
func asksForHelp(args []string) bool {
	return len(args) == 1 && (args[0] == "-h" || args[0] == "--help")
}

// printText prints whole lines to the standard output.
func printText(env *Env, text string) error {
	if _, err := io.WriteString(env.Stdout, text); err != nil {
		return &outputError{err}
	}
	return nil
}

func (e *Env) fill() {
	if e.Stdout == nil {
		e.Stdout = io.Discard
	}
	if e.Stderr == nil {
		e.Stderr = io.Discard
	}
	if e.Getenv == nil {
		e.Getenv = func(string) string { return "" }
	}
	if e.Now == nil {
		e.Now = time.Now
	}
}
