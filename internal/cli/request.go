package cli

// One request, from the arguments to the exit code.

import (
	"context"
	"errors"

	"example.com/godwit"
	"example.com/godwit/cookiejar"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
	"example.com/godwit/transport/h3"
)

// runRequest sends what the arguments say and prints the answer.
func runRequest(ctx context.Context, env *Env, args []string) (ExitCode, error) {
	o := newOptions()
	rest, err := parseFlags(requestFlags, args, o)
	switch {
	case err != nil:
		return 0, err
	case o.help:
		return ExitOK, printText(env, help())
	case o.version:
		return ExitOK, runVersion(ctx, env, nil)
	}
	tg, err := parseTarget(rest)
	if err != nil {
		return 0, err
	}
	opts, err := callOptions(ctx, env, o, &tg)
	if err != nil {
		return 0, err
	}

	rec := &recorder{
		bodies: o.wants(partRequestBody, env.StdoutTTY),
		hops:   o.all && o.wants(partResponseBody, env.StdoutTTY),
		warn:   func(w trace.Warning) { note(env.Stderr, "%s", warningLine(w)) },
	}
	tr := &transport.Transport{Protocols: o.protocols}
	if o.protocols&transport.HTTP3 != 0 {
		tr.HTTP3 = &h3.Dialer{}
	}
	defer tr.Close() // of HTTP/3 too, which may still be looked for
	s := &godwit.Session{Transport: tr, Jar: cookiejar.New(), Tracer: rec}
	show := &show{options: o, printer: newPrinter(o, env), env: env}

	stream, err := s.Stream(ctx, tg.method, tg.url, opts...)
	if err != nil {
		// What was sent, and how far it went, is what helps to see why; the rest of the
		// output would be half an answer.
		if o.all || o.wants(partRequestHead, env.StdoutTTY) {
			_ = show.failed(rec) // the first error is the one to report
		}
		return 0, errors.Join(err, s.Close())
	}
	err = show.answer(rec, stream)
	if cerr := stream.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = show.meta(rec)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return 0, err
	}
	if !o.checkStatus {
		return ExitOK, nil
	}
	code := statusCode(stream.StatusCode, o.follow)
	if code != ExitOK && !env.StdoutTTY {
		note(env.Stderr, "warning: HTTP %s", stream.Status)
	}
	return code, nil
}
