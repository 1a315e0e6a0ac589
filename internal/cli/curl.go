package cli

// godwit curl: where the command hands over to package curl.

import (
	"context"
	"io"

	"example.com/godwit/internal/cli/curl"
)

// runCurl does what curl does with the arguments, and ends with curl's code.
func runCurl(ctx context.Context, env *Env, args []string) (ExitCode, error) {
	return ExitCode(curl.Run(ctx, curl.Env{
		Stdin: env.Stdin, Stdout: env.Stdout, Stderr: env.Stderr, StdoutTTY: env.StdoutTTY,
		Getenv: env.Getenv, Now: env.Now,
		Safe:     func(w io.Writer) curl.FlushWriter { return &safeWriter{w: w} },
		SafeLine: safeLine,
	}, args)), nil
}
