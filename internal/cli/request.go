package cli

// A run of the command without a sub-command, from the arguments to the exit code.

import (
	"context"
	"errors"
)

// runRequest sends what the arguments say and prints the answer.
func runRequest(ctx context.Context, env *Env, args []string) (ExitCode, error) {
	o := newOptions()
	rest, err := parseFlags(requestFlags, args, o)
	switch {
	case err != nil:
		return 0, err
	case o.help:
		return ExitOK, printHelp(env, o.helpTopic, rest)
	case o.version:
		return ExitOK, runVersion(ctx, env, nil)
	}
	if err := o.record.settle(env, &o.output); err != nil {
		return 0, err
	}
	env = o.output.quieter(env)
	if o.ask.offline && o.output.print == "" {
		o.output.print = string(partRequestHead) + string(partRequestBody)
	}
	targets, err := o.ask.targets(rest)
	if err != nil {
		return 0, err
	}
	c, err := newClient(ctx, env, o)
	if err != nil {
		return 0, err
	}
	code, err := c.exchangeAll(ctx, targets)
	return code, errors.Join(err, c.close())
}
