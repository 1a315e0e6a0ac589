package cli

// godwit curl: where the command hands over to package curl.

import (
	"context"

	"example.com/godwit/internal/cli/curl"
)

// runCurl does what curl does with the arguments, and ends with curl's code.
func runCurl(ctx context.Context, env *Env, args []string) (ExitCode, error) {
	return ExitCode(curl.Run(ctx, curl.Env{
		Stdin: env.Stdin, Stdout: env.Stdout, Stderr: env.Stderr, StdoutTTY: env.StdoutTTY,
		Prompt: env.Prompt, Getenv: env.Getenv, Now: env.Now,
	}, args)), nil
}
