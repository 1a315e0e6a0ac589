package cli

// A run of the command without a sub-command, from the arguments to the exit code.

import (
	"context"
	"errors"
)

// runRequest does what the arguments say: it prints the answer, or saves it.
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
	file, err := openSettings(env, &o.config, args)
	if err != nil {
		return 0, err
	}
	if file != nil {
		if o, rest, err = file.options(nil); err != nil {
			return 0, err
		}
	}
	if err := o.record.settle(env, &o.output); err != nil {
		return 0, err
	}
	o.ask.offline = o.ask.offline || o.record.curl // which leaves a session alone
	env = o.output.quieter(env)
	if err := o.download.settle(&o.exchange); err != nil {
		return 0, err
	}
	if o.download.wanted() && !o.ask.offline && !o.record.curl {
		return runDownload(ctx, env, o, rest)
	}
	output := o.download.output
	if o.download.wanted() {
		output = "" // which is the download's, and not what is shown of it
	}
	return toFile(ctx, env, output, func(env *Env) (ExitCode, error) {
		return runExchange(ctx, env, o, rest)
	})
}

// runExchange sends what the arguments say and prints the answer.
func runExchange(ctx context.Context, env *Env, o *options, args []string) (ExitCode, error) {
	if o.ask.offline && o.output.print == "" {
		o.output.print = string(partRequestHead) + string(partRequestBody)
	}
	targets, err := o.ask.targets(args)
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
