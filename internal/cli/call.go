package cli

// What the flags and items mean to the library.

import (
	"context"
	"slices"
	"strings"

	"example.com/godwit"
)

// callOptions returns the options of the one call, which come after those of all calls. It
// settles the method, and reads the body if there is one on the standard input.
func callOptions(ctx context.Context, env *Env, o *options, tg *target) (opts []godwit.Option, err error) {
	body, err := callBody(ctx, env, o, tg)
	if err != nil {
		return nil, err
	}
	if tg.method == "" {
		tg.method = "GET"
		if body != nil {
			tg.method = "POST"
		}
	}
	// Before the items, which have the last word.
	if body != nil {
		opts = append(opts, body)
	}
	if o.body.json || body != nil && !o.body.form {
		opts = append(opts, godwit.Header{"Accept": acceptJSON})
	}
	if o.body.json {
		opts = append(opts, godwit.Header{"Content-Type": typeJSON})
	}
	asking, err := o.auth.option(ctx, env, tg)
	if err != nil {
		return nil, err
	}
	return slices.Concat(opts, asking, itemOptions(tg.items)), nil
}

// settings returns the options that the flags stand for, for whatever is asked.
func (o *options) settings(ctx context.Context, env *Env) ([]godwit.Option, error) {
	trust, err := o.tls.options(ctx, env)
	if err != nil {
		return nil, err
	}
	proxies, err := o.proxies.options(ctx, env)
	if err != nil {
		return nil, err
	}
	return slices.Concat(o.exchange.settings(), o.auth.settings(), o.sockets.settings(o.tls.roots()...), trust, proxies), nil
}

// callBody returns the body, nil if there is none.
func callBody(ctx context.Context, env *Env, o *options, tg *target) (godwit.Option, error) {
	contentType := typeJSON
	if o.body.form {
		contentType = typeForm
	}
	stdin := env.Stdin != nil && !env.StdinTTY && !o.body.ignoreStdin && tg.method != "GET" && tg.method != "HEAD"
	if !slices.ContainsFunc(tg.items, item.isData) {
		if !stdin {
			return nil, nil
		}
		return stdinBody(ctx, env, contentType)
	}
	if stdin {
		if err := refuseStdin(ctx, env); err != nil {
			return nil, err
		}
	}
	if o.body.form {
		return godwit.Bytes(formBody(tg.items), contentType), nil
	}
	text, err := jsonBody(tg.items)
	if err != nil {
		return nil, err
	}
	return godwit.Bytes(text, contentType), nil
}

// itemOptions returns what the items say, apart from the body.
func itemOptions(items []item) []godwit.Option {
	var opts []godwit.Option
	var named []string // headers that have come already, of which there shall be several
	for _, it := range items {
		switch it.kind {
		case itemQuery:
			opts = append(opts, godwit.Pairs{{it.name, it.value}})
		case itemHeader, itemEmptyHeader:
			again := slices.ContainsFunc(named, func(n string) bool { return strings.EqualFold(n, it.name) })
			named = append(named, it.name)
			switch {
			case it.kind == itemHeader && it.value == "":
				opts = append(opts, godwit.NoHeader{it.name})
			case again:
				opts = append(opts, godwit.AddHeader(it.name, it.value))
			default:
				opts = append(opts, godwit.Header{it.name: it.value})
			}
		}
	}
	return opts
}
