package cli

// --waterfall: where the time went, as bars.

import (
	"io"

	"example.com/godwit/internal/cli/ledger"
	"example.com/godwit/internal/cli/term"
	"example.com/godwit/trace"
)

// drawBars prints the bars of a call to the standard error stream.
func (r *records) drawBars(book *ledger.Ledger) {
	_, _ = io.WriteString(r.own.Stderr, bars(r.own, r.own.Stderr, r.own.StderrTTY, r.options, book))
}

// bars returns the bars of a call for an output.
func bars(env *Env, w io.Writer, tty bool, o *options, book *ledger.Ledger) string {
	d := ledger.Drawing{Width: plainColumns, Blocks: tty, Secrets: o.output.showSecrets}
	if tty {
		d.Width = terminalColumns(env.Getenv, w)
	}
	if tty && env.Getenv("NO_COLOR") == "" && env.Getenv("TERM") != "dumb" {
		d.Style = phaseStyle
	}
	return book.Waterfall(d)
}

// plainColumns is how wide bars are where there is no terminal.
const plainColumns = 100

// phaseStyle returns the colour of a phase: what is the network's, the request's and the server's.
func phaseStyle(p trace.Phase) term.Style {
	switch p {
	case trace.Send:
		return term.Green
	case trace.Wait:
		return term.Yellow
	case trace.Receive:
		return term.Blue
	case trace.TLS:
		return term.Magenta
	}
	return term.Cyan
}
