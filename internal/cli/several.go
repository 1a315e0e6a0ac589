package cli

// Several URLs in one run: one after the other on the same connections, or side by side.

import (
	"context"
	"io"
)

// exchangeAll sends to all targets, whatever becomes of the others, and prints what they answer
// in their order. The code is that of the first that was not ExitOK; the error is one that
// nothing could follow: an interruption, or output that cannot be written.
func (c *client) exchangeAll(ctx context.Context, targets []target) (ExitCode, error) {
	if len(targets) == 1 {
		return c.exchange(ctx, &targets[0])
	}
	urls := make([]string, len(targets))
	for i := range targets {
		urls[i] = targets[i].url
	}
	if err := c.options.oneOrigin(targets[0].items, urls); err != nil {
		return 0, err
	}
	// What is sent is the same for all, and the standard input is there but once.
	if _, err := callOptions(ctx, c.env, c.options, &targets[0]); err != nil {
		return 0, err
	}
	if targets[0].message.once() {
		return 0, &usageError{"what comes from a pipe can be sent to one URL alone, unless it is short; a file can be sent to all"}
	}
	for i := range targets {
		targets[i].message, targets[i].several = targets[0].message, true
	}
	if c.options.ask.parallel > 1 {
		return c.sideBySide(ctx, targets)
	}
	out := &joint{w: c.env.Stdout, between: c.between()}
	first := ExitOK
	for i := range targets {
		code, err := c.writingTo(out).exchange(ctx, &targets[i])
		if code, err = c.reported(ctx, code, err); err != nil {
			return 0, err
		}
		if first == ExitOK {
			first = code
		}
		out.next()
	}
	return first, nil
}

// reported reports the error of one URL of several and returns the code it stands for; or it
// returns an error that nothing can follow.
func (c *client) reported(ctx context.Context, code ExitCode, err error) (ExitCode, error) {
	switch {
	case ctx.Err() != nil && err != nil:
		return 0, ctx.Err()
	case err == nil:
		return code, nil
	case isOutput(err):
		return 0, err
	}
	report(c.env.Stderr, err)
	return exitCode(err), nil
}

// writingTo returns the client with another standard output.
func (c *client) writingTo(w io.Writer) *client {
	env, other := *c.env, *c
	env.Stdout = w
	other.env = &env
	return &other
}

// between is what stands between the output for two URLs: what the printer has between two
// messages if there are heads, and nothing between bodies alone.
func (c *client) between() string {
	out := &c.options.output
	switch {
	case !out.wants(partRequestHead, c.env.StdoutTTY) && !out.wants(partResponseHead, c.env.StdoutTTY) && !out.wants(partMeta, c.env.StdoutTTY):
		return ""
	case c.env.StdoutTTY:
		return "\n"
	}
	return "\n\n"
}

// A joint writes the output for several URLs, and something in between.
type joint struct {
	w       io.Writer
	between string
	written bool // since the last of it
	due     bool
}

func (j *joint) Write(p []byte) (int, error) {
	if j.due && len(p) > 0 {
		j.due = false
		if _, err := io.WriteString(j.w, j.between); err != nil {
			return 0, err
		}
	}
	j.written = j.written || len(p) > 0
	return j.w.Write(p)
}

// next says that what follows is for the next URL.
func (j *joint) next() {
	j.due = j.due || j.written && j.between != ""
	j.written = false
}
