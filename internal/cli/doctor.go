package cli

// godwit doctor: why a URL cannot be had, and what to do.

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"example.com/godwit"
	"example.com/godwit/internal/cli/term"
	"example.com/godwit/internal/jsonx"
	"example.com/godwit/trace"
)

type doctorOptions struct {
	options
	asJSON    bool
	saveChain string // "": nowhere
}

// doctorTopics are the flags of a request that doctor has: those that have to do with the way to a
// server. Redirects are always followed.
var (
	doctorTopics = []string{"exchange", "sockets", "tls", "proxies"}
	alsoDoctor   = []string{"pretty", "style", "config", "no-config"}
	notForDoctor = []string{"follow", "max-redirects", "check-status"}
)

// doctorFlags are its own, and those of a request that have to do with the way to a server.
func doctorFlags() []flagRow[doctorOptions] {
	table := []flagRow[doctorOptions]{
		{
			name: "help", short: 'h', help: "print this help",
			flip: func(o *doctorOptions, on bool) { o.help = on },
		},
		{
			name: "json", help: "print the report as JSON",
			flip: func(o *doctorOptions, on bool) { o.asJSON = on },
		},
		{
			name: "save-chain", arg: "FILE", help: "write the certificates that the server shows, verified\nor not, to a file that does not exist yet, as PEM",
			apply: func(o *doctorOptions, v string) error {
				if v == "" {
					return errors.New("it needs the name of a file")
				}
				if _, err := os.Lstat(v); err == nil {
					return fmt.Errorf("%s is there already", v)
				}
				o.saveChain = v
				return nil
			},
		},
	}
	for _, t := range topics {
		for _, f := range t.flags {
			wanted := slices.Contains(doctorTopics, t.name) && !slices.Contains(notForDoctor, f.name)
			if wanted || slices.Contains(alsoDoctor, f.name) {
				table = append(table, forDoctor(f))
			}
		}
	}
	return table
}

// forDoctor makes a flag of a request one of doctor's.
func forDoctor(f flagRow[options]) flagRow[doctorOptions] {
	own := flagRow[doctorOptions]{name: f.name, short: f.short, arg: f.arg, optional: f.optional, values: f.values, help: f.help}
	if f.apply != nil {
		own.apply = func(o *doctorOptions, v string) error { return f.apply(&o.options, v) }
	}
	if f.flip != nil {
		own.flip = func(o *doctorOptions, on bool) { f.flip(&o.options, on) }
	}
	return own
}

const doctorHelp = `usage: godwit doctor [flags] URL

Goes the way to a URL step by step, and says which step fails, why, and what to do:
names, addresses, the proxy, TLS and certificates, redirects, and more. It uses the
settings that a request with the same flags would have.

It sends a GET without credentials, cookies and body, and follows redirects; and, if a
certificate is out of its time, "HEAD /" over a connection that is not verified, for
the server's Date. It takes at most 30 seconds, or what --max-time says.

Flags:
`

// runDoctor prints the diagnosis, and ends with the code with which a request would.
func runDoctor(ctx context.Context, env *Env, args []string) (ExitCode, error) {
	o := &doctorOptions{options: *newOptions()}
	table := doctorFlags()
	rest, err := parseFlags(table, args, o)
	switch {
	case err != nil:
		return 0, err
	case o.help:
		var b strings.Builder
		b.WriteString(doctorHelp)
		writeFlags(&b, table)
		return ExitOK, printText(env, b.String())
	case len(rest) != 1:
		return 0, &usageError{fmt.Sprintf("doctor takes one URL, and not %d arguments", len(rest))}
	}
	url, err := expandURL(rest[0])
	if err != nil {
		return 0, err
	}
	file, err := openSettings(env, &o.config, args)
	if err != nil {
		return 0, err
	}
	if file != nil {
		o = &doctorOptions{options: *newOptions()}
		if _, _, err = applySettings(file, table, o, file.sectionsFor(url), "json"); err != nil {
			return 0, err
		}
		if _, err = parseFlags(table, args, o); err != nil {
			return 0, err
		}
	}
	c, err := newClient(ctx, env, &o.options)
	if err != nil {
		return 0, err
	}
	warned := trace.Func(func(_ context.Context, ev trace.Event) {
		if w, ok := ev.(trace.Warning); ok {
			note(env.Stderr, "%s", warningLine(w))
		}
	})
	d, err := c.session(warned).Diagnose(ctx, url)
	if err != nil {
		return 0, errors.Join(err, c.close())
	}
	if err := errors.Join(printDiagnosis(env, o, d), c.close()); err != nil {
		return 0, err
	}
	if o.saveChain != "" {
		if err := saveChain(env, o.saveChain, d); err != nil {
			return 0, err
		}
	}
	return exitCode(d.Err), nil
}

// printDiagnosis prints the report.
func printDiagnosis(env *Env, o *doctorOptions, d *godwit.Diagnosis) error {
	if o.asJSON {
		text, err := jsonx.Marshal(d)
		if err != nil {
			return err
		}
		return printText(env, term.Text(string(text))+"\n")
	}
	text := term.Text(d.String())
	if newPrinter(&o.options.output, env).colored() {
		text = colorDiagnosis(text, d.Verdict.OK)
	}
	return printText(env, text)
}

// colorDiagnosis colours what stands in front of the lines.
func colorDiagnosis(text string, ok bool) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		label, rest, found := strings.Cut(line, " ")
		var s term.Style
		switch {
		case !found || label == "":
			b.WriteString(line)
			continue
		case label == "verdict" && ok:
			s = term.Green
		case label == "verdict":
			s = term.Red
		case label == "note":
			s = term.Yellow
		default:
			s = term.Cyan
		}
		b.WriteString(s.Of(label) + " " + rest)
	}
	return b.String()
}

// saveChain writes what the server has shown to a new file.
func saveChain(env *Env, name string, d *godwit.Diagnosis) (err error) {
	if len(d.Chain) == 0 {
		note(env.Stderr, "no certificate was shown: %s is not written", name)
		return nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return &outputError{err}
	}
	for _, c := range d.Chain {
		if err == nil {
			err = pem.Encode(f, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return &outputError{err}
	}
	what := "1 certificate, as shown, is"
	if n := len(d.Chain); n != 1 {
		what = fmt.Sprintf("%d certificates, as shown, are", n)
	}
	note(env.Stderr, "%s in %s: compare the sha256 with what the server's owner says before you trust it", what, name)
	return nil
}
