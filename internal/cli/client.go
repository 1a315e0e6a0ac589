package cli

// What all calls of one run share: the settings, the connections, the cookies.

import (
	"context"
	"errors"
	"slices"

	"example.com/godwit"
	"example.com/godwit/cookiejar"
	"example.com/godwit/internal/cli/ledger"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
	"example.com/godwit/transport/h3"
)

// A client sends what a command line asks for. Its calls may run side by side.
type client struct {
	env       *Env
	options   *options
	settings  []godwit.Option // of every call
	transport *transport.Transport
	jar       *cookiejar.Jar // where there is no session
	kept      *kept
	hosts     *hostClients // nil: it is one of them
	records   *records

	around, beside []godwit.Middleware // each call, and each exchange
}

// newClient returns a client with the settings that the flags stand for. It has to be closed.
func newClient(ctx context.Context, env *Env, o *options) (*client, error) {
	records, err := newRecords(env, o)
	if err != nil {
		return nil, err
	}
	own, err := connect(ctx, env, o, "the server")
	if err != nil {
		return nil, err
	}
	c := &client{env: env, jar: cookiejar.New(), kept: new(kept), hosts: new(hostClients), records: records}
	c.use(own)
	return c, nil
}

// connect makes what the flags and settings stand for. host is who will be told who is asking.
func connect(ctx context.Context, env *Env, o *options, host string) (*hostClient, error) {
	settings, err := o.settings(ctx, env)
	if err != nil {
		return nil, err
	}
	standing, err := o.standing(ctx, env, host)
	if err != nil {
		return nil, err
	}
	tr := &transport.Transport{Protocols: o.exchange.protocols}
	if o.exchange.protocols&transport.HTTP3 != 0 {
		tr.HTTP3 = &h3.Dialer{}
	}
	return &hostClient{
		options: o, settings: slices.Concat(settings, standing), transport: tr,
		around: o.limits.around(), beside: o.limits.beside(),
	}, nil
}

// close closes the connections, those that are still looked for among them, saves sessions, and
// writes the records.
func (c *client) close() error {
	return errors.Join(c.transport.Close(), c.hosts.close(), c.saveSessions(), c.records.close())
}

// session returns a session for calls that a tracer is told of, without what --session has; see
// sessionFor.
func (c *client) session(tracer trace.Tracer) *godwit.Session {
	return &godwit.Session{
		Transport: c.transport, Jar: c.jar, Tracer: tracer, Defaults: c.settings,
		Middleware: c.around, NetworkMiddleware: c.beside,
	}
}

// recorder returns a recorder of what the options want to have shown.
func (c *client) recorder() *recorder {
	out := &c.options.output
	rec := &recorder{
		bodies: out.wants(partRequestBody, c.env.StdoutTTY) || out.wantsEarlier(partRequestBody, c.env.StdoutTTY),
		hops:   out.wantsEarlier(partResponseBody, c.env.StdoutTTY),
		warn:   func(w trace.Warning) { note(c.env.Stderr, "%s", warningLine(w)) },
	}
	if most := c.options.limits.retry; most > 0 {
		rec.again = repetitions(c.env.Stderr, most)
	}
	return rec
}

// exchange sends what the target says, prints the answer, and has it recorded.
func (c *client) exchange(ctx context.Context, tg *target) (ExitCode, error) {
	c, err := c.of(ctx, tg)
	if err != nil {
		return 0, err
	}
	if c.options.record.curl {
		return ExitOK, c.asCurl(ctx, tg)
	}
	if c.options.ask.offline {
		return ExitOK, c.offline(ctx, tg)
	}
	book := c.records.begin()
	code, err := c.send(ctx, tg, book)
	return c.records.end(book, c.options, tg, code, err)
}

// send sends what the target says and prints the answer. book, if there is one, is told of it.
func (c *client) send(ctx context.Context, tg *target, book *ledger.Ledger) (ExitCode, error) {
	opts, err := callOptions(ctx, c.env, c.options, tg)
	if err != nil {
		return 0, err
	}
	rec := c.recorder()
	show := &show{options: c.options, printer: newPrinter(&c.options.output, c.env), env: c.env, book: book}
	session, err := c.sessionFor(ctx, c.records.tracer(rec, book), tg)
	if err != nil {
		return 0, err
	}
	stream, err := session.Stream(ctx, tg.method, tg.url, opts...)
	if err != nil {
		// What was sent, and how far it went, is what helps to see why; the rest of the
		// output would be half an answer.
		if c.options.output.all || show.wants(partRequestHead) {
			_ = show.failed(rec) // the first error is the one to report
		}
		return 0, err
	}
	if err = show.answer(rec, stream); err == nil {
		err = c.records.rest(stream)
	}
	if cerr := stream.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = show.meta(rec)
	}
	if err != nil {
		return 0, err
	}
	return c.checkStatus(tg, stream), nil
}

// checkStatus returns the code that the answer stands for, ExitOK unless --check-status is set.
func (c *client) checkStatus(tg *target, stream *godwit.Stream) ExitCode {
	if !c.options.exchange.checkStatus {
		return ExitOK
	}
	code := statusCode(stream.StatusCode, c.options.exchange.follow)
	if code != ExitOK && (!c.env.StdoutTTY || c.options.output.quiet > 0) {
		note(c.env.Stderr, "warning: HTTP %s%s", stream.Status, onlyIf(tg.several, " from "+withoutUser(tg.url)))
	}
	return code
}
