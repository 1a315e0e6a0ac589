// The hooks of net/http/httptrace. Package net runs some of them by itself when it finds
// them in a context, so that each context that is handed down decides whether they run
// twice, once or for a connection that is none of the request's business.

package dial

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// untraced returns the context without the hooks of its httptrace.ClientTrace, which is
// given. A resolver needs it so: net.Resolver would report the sockets that it opens to
// its servers as those of the request (net.Dialer guards against that, LookupNetIP does
// not), and one that asks over HTTP would report all of its own exchange.
func untraced(ctx context.Context, hooks *httptrace.ClientTrace) context.Context {
	if hooks == nil {
		return ctx
	}
	// Two things are in the context: the ClientTrace itself, which hookless hides, and
	// net's own extract of it under a key that cannot be named here. A new ClientTrace
	// with any of net's hooks covers that one; it calls the old hooks only if it can see
	// them.
	return httptrace.WithClientTrace(hookless{ctx}, &httptrace.ClientTrace{
		ConnectStart: func(network, addr string) {},
	})
}

// hookless is a context in which no httptrace.ClientTrace is found.
type hookless struct{ context.Context }

func (c hookless) Value(key any) any {
	v := c.Context.Value(key)
	if _, ok := v.(*httptrace.ClientTrace); ok {
		return nil
	}
	return v
}

// A connectHook runs ConnectStart and ConnectDone for a Dial function that does not: one
// that is built on net.Dialer does, and then knows better when and for which addresses.
type connectHook struct {
	hooks *httptrace.ClientTrace
	seen  atomic.Bool
}

// noticeConnect returns a context in which the hook notices whether ConnectStart is run.
// The hook is nil, and of use, if there is nobody to tell.
func noticeConnect(ctx context.Context) (context.Context, *connectHook) {
	hooks := httptrace.ContextClientTrace(ctx)
	if hooks == nil || hooks.ConnectStart == nil && hooks.ConnectDone == nil {
		return ctx, nil
	}
	h := &connectHook{hooks: hooks}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectStart: func(network, addr string) { h.seen.Store(true) },
	}), h
}

// done runs the hooks if nobody has.
func (h *connectHook) done(addr string, err error) {
	if h == nil || h.seen.Load() {
		return
	}
	if h.hooks.ConnectStart != nil {
		h.hooks.ConnectStart("tcp", addr)
	}
	if h.hooks.ConnectDone != nil {
		h.hooks.ConnectDone("tcp", addr, err)
	}
}
