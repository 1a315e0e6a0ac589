// Package curl is godwit curl: curl's own flags, and what curl does when it is told them.
//
// It reads a command line as curl reads it, asks by package godwit, and ends with curl's exit
// codes. Where the two differ, docs/curl.md says how and why.
package curl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"example.com/godwit/internal/cli/term"
)

// Env is the world as godwit curl sees it.
type Env struct {
	Stdin          io.Reader // nil: nothing comes
	Stdout, Stderr io.Writer
	StdoutTTY      bool // Stdout is a terminal: nothing gets through that it would obey

	// Prompt asks a person for a secret. nil: there is nobody to ask.
	Prompt func(ctx context.Context, question string) (string, error)

	Getenv func(string) string
	Now    func() time.Time
}

// Interrupted is the code of a run that was cancelled, which is what shells make of curl's end by
// SIGINT.
const Interrupted = 130

// Run does what the arguments say, the word curl not among them, and returns curl's exit code.
func Run(ctx context.Context, env Env, args []string) int {
	if env.Stdin == nil {
		env.Stdin = eof{}
	}
	r := &runner{env: &env, global: newGlobal(), stderr: &lockedWriter{w: env.Stderr}}
	err := r.run(ctx, args)
	if cerr := r.close(); err == nil {
		err = cerr
	}
	if err == nil {
		return 0
	}
	if ctx.Err() != nil {
		return Interrupted
	}
	if told, ok := errors.AsType[*toldError](err); ok {
		return told.code
	}
	f := failureOf(err)
	r.report(f)
	return f.code
}

// A runner is one run.
type runner struct {
	env    *Env
	global *global
	stderr io.Writer // --stderr puts a file in the place of the Env's

	stdout  *output // the Env's, shared by all transfers
	files   []*os.File
	clients []*client
	jar     *jar
	tellsMu sync.Mutex
	tells   *teller // of all transfers; nil: none yet, or nobody wants to know
}

func (r *runner) run(ctx context.Context, args []string) error {
	p := &parser{global: r.global, env: r.env, rows: allRows()}
	err := p.commandLine(args)
	if werr := r.redirectStderr(); err == nil {
		err = werr
	}
	for _, w := range p.warnings {
		r.warn("%s", w)
	}
	switch {
	case err != nil:
		return err
	case r.global.version:
		return r.print(versionText())
	case r.global.help:
		return r.print(helpText())
	}
	if err := r.checkConfigs(p.configs); err != nil {
		return err
	}
	return r.transferAll(ctx, p.configs)
}

func (r *runner) print(text string) error {
	if _, err := io.WriteString(r.env.Stdout, text); err != nil {
		return &failure{code: exitWrite, err: err}
	}
	return nil
}

// checkConfigs refuses what cannot be done before anything is sent.
func (r *runner) checkConfigs(configs []*config) error {
	for _, c := range configs {
		if len(c.targets) == 0 || c.targets[0].url == "" {
			return usageErrorf("no URL specified")
		}
		if c.include && c.disposition {
			return usageErrorf("--include and --remote-header-name exclude each other: the head would be in a file whose name it says")
		}
	}
	return nil
}

// redirectStderr has everything that is said go where --stderr says.
func (r *runner) redirectStderr() error {
	switch path := r.global.stderr; path {
	case "":
	case "-":
		r.stderr = r.env.Stdout
	default:
		f, err := os.Create(path)
		if err != nil {
			return &failure{code: exitWrite, err: err}
		}
		r.files, r.stderr = append(r.files, f), f
	}
	return nil
}

// close lets go of what the run has held.
func (r *runner) close() error {
	var err error
	for _, c := range r.clients {
		err = errors.Join(err, c.close())
	}
	if r.stdout != nil {
		err = errors.Join(err, r.stdout.flush())
	}
	for _, f := range r.files {
		err = errors.Join(err, f.Close())
	}
	return err
}

// report says why a transfer, or the run, has failed.
func (r *runner) report(f *failure) {
	if r.global.silent && !r.global.showError && !f.flag { // what is wrong with the command line is said anyway
		return
	}
	if !f.flag {
		fmt.Fprintf(r.stderr, "godwit curl: (%d) %s\n", f.code, term.Line(f.Error()))
		return
	}
	fmt.Fprintf(r.stderr, "godwit curl: %s\n    godwit curl --help lists the flags\n", term.Line(f.Error()))
}

// warn says something that a person should know. --silent keeps it back.
func (r *runner) warn(format string, args ...any) {
	if !r.global.silent {
		fmt.Fprintf(r.stderr, "Warning: %s\n", term.Text(fmt.Sprintf(format, args...)))
	}
}

// A lockedWriter takes whole writes of several transfers at once.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// eof is an input that nothing comes from.
type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }
