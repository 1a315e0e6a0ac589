package cli

// What the flags and items mean to the library.

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/godwit"
	"example.com/godwit/transport"
)

// A message is what is sent, whatever URL it goes to.
type message struct {
	method  string
	items   []item        // with their values
	body    godwit.Option // nil: none
	options *bodyOptions
}

// newMessage makes the message that the command line describes. It reads the body if that is
// on the standard input.
func newMessage(ctx context.Context, env *Env, o *options, tg *target) (*message, error) {
	items, err := fetchItems(ctx, env, tg.items)
	if err != nil {
		return nil, err
	}
	m := &message{method: tg.method, items: items, options: &o.body}
	if m.body, err = o.body.body(ctx, env, tg.method, items); err != nil {
		return nil, err
	}
	if m.method == "" {
		m.method = "GET"
		if m.body != nil {
			m.method = "POST"
		}
	}
	return m, nil
}

// once reports whether the body can be sent but once. What has no length comes from a pipe.
func (m *message) once() bool {
	r := godwit.Request{Header: http.Header{}}
	return m.body != nil && m.body.Apply(&r) == nil && r.Body != nil && r.Body.Size < 0
}

// callOptions returns the options of the one call, which come after those of all calls. It
// settles the method, and reads the body if there is one on the standard input.
func callOptions(ctx context.Context, env *Env, o *options, tg *target) ([]godwit.Option, error) {
	if u, err := url.Parse(tg.url); err == nil && o.exchange.protocols == transport.HTTP3 && strings.HasPrefix(u.Scheme, "http") && u.Scheme != "https" {
		return nil, &usageError{"--http3-only: HTTP/3 needs https, and the URL begins with " + u.Scheme + "://"}
	}
	if tg.message == nil {
		m, err := newMessage(ctx, env, o, tg)
		if err != nil {
			return nil, err
		}
		tg.message = m
	}
	tg.method = tg.message.method
	asking, err := o.auth.option(ctx, env, tg)
	if err != nil {
		return nil, err
	}
	return slices.Concat(asking, tg.message.optionsFor(tg.url)), nil
}

// optionsFor returns what makes the message a call to a URL.
func (m *message) optionsFor(url string) (opts []godwit.Option) {
	b := m.options
	// Before the items, which have the last word on what they can say.
	if m.body != nil {
		opts = append(opts, m.body)
		if b.chunked {
			opts = append(opts, inChunks)
		}
	}
	if b.json || m.body != nil && !b.form && !b.multipart {
		opts = append(opts, godwit.Header{"Accept": acceptJSON})
	}
	if b.json {
		opts = append(opts, godwit.Header{"Content-Type": typeJSON})
	}
	opts = append(opts, queryOptions(m.items, url)...)
	opts = append(opts, headerOptions(m.items, url)...)
	opts = append(opts, godwit.OptionFunc(ownFraming))
	if m.body != nil {
		opts = append(opts, godwit.OptionFunc(addBoundary))
		opts = append(opts, b.coding()...)
	}
	return opts
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
	return slices.Concat(o.exchange.settings(), o.auth.settings(), o.limits.settings(), o.sockets.settings(o.tls.roots()...), trust, proxies), nil
}

// queryOptions returns what the items add to the query. Parameters of one name stand where the
// first of them does if one of them is a secret.
func queryOptions(items []item, url string) (opts []godwit.Option) {
	hidden := map[string][]any{} // by the names of which one is a secret: all there are
	for i := range items {
		if it := &items[i]; it.kind == itemQuery && it.secret {
			hidden[it.name] = nil
		}
	}
	for i := range items {
		if it := &items[i]; it.kind == itemQuery {
			if all, ok := hidden[it.name]; ok {
				hidden[it.name] = append(all, it.sent(url))
			}
		}
	}
	for i := range items {
		it := &items[i]
		if it.kind != itemQuery {
			continue
		}
		all, ok := hidden[it.name]
		switch {
		case !ok:
			opts = append(opts, godwit.Pairs{{it.name, it.value}})
		case all != nil:
			opts = append(opts, godwit.Params{it.name: all})
			hidden[it.name] = nil // they are there
		}
	}
	return opts
}

// sent is the item's value as the library takes it. What a reference stood for is for the
// origin of the URL alone, and shown to nobody.
func (it *item) sent(url string) any {
	if it.secret {
		return godwit.Secret(it.value).For(url)
	}
	return it.value
}

// headerOptions returns what the items say of the head: a field named twice has two lines, and
// one that is taken out has those that come after.
func headerOptions(items []item, url string) (opts []godwit.Option) {
	type field struct {
		name   string
		values []any
	}
	var fields []*field
	known := map[string]*field{} // by the names in lower case
	for i := range items {
		it := &items[i]
		if it.kind != itemHeader && it.kind != itemEmptyHeader {
			continue
		}
		f := known[strings.ToLower(it.name)]
		if f == nil {
			f = &field{name: it.name}
			known[strings.ToLower(it.name)] = f
			fields = append(fields, f)
		}
		if it.kind == itemHeader && it.value == "" && it.by == "" {
			f.values = nil
			continue
		}
		f.values = append(f.values, it.sent(url))
	}
	for _, f := range fields {
		if len(f.values) == 0 {
			opts = append(opts, godwit.NoHeader{f.name})
		} else {
			opts = append(opts, godwit.Header{f.name: f.values})
		}
	}
	return opts
}

// inChunks has the body sent in chunks.
var inChunks = godwit.OptionFunc(func(r *godwit.Request) error {
	if r.Body != nil {
		b := *r.Body
		b.Size = -1
		r.Body = &b
	}
	return nil
})

// ownFraming takes what follows from the body out of the head if the items say nothing else: other
// commands want a Content-Length:0, and Transfer-Encoding:chunked is how curl is told so.
func ownFraming(r *godwit.Request) error {
	size := int64(0)
	if r.Body != nil {
		size = r.Body.Size
	}
	if v := r.Header["Content-Length"]; len(v) == 1 && v[0] == strconv.FormatInt(size, 10) {
		delete(r.Header, "Content-Length")
	}
	if v := r.Header["Transfer-Encoding"]; len(v) == 1 && strings.EqualFold(v[0], "chunked") && r.Body != nil {
		delete(r.Header, "Transfer-Encoding")
		return inChunks(r)
	}
	return nil
}

// addBoundary adds the boundary of a multipart body to a Content-Type that the items give it:
// nobody knows it who has not chosen it.
func addBoundary(r *godwit.Request) error {
	own := r.Header["Content-Type"]
	if r.Body == nil || len(own) != 1 || !strings.HasPrefix(r.Body.Type, "multipart/") {
		return nil
	}
	_, params, err := mime.ParseMediaType(r.Body.Type)
	if err != nil {
		return nil
	}
	t, ownParams, err := mime.ParseMediaType(own[0])
	if err != nil || !strings.HasPrefix(t, "multipart/") || ownParams["boundary"] != "" {
		return nil // the library says what is wrong
	}
	ownParams["boundary"] = params["boundary"]
	r.Header["Content-Type"] = []string{mime.FormatMediaType(t, ownParams)}
	return nil
}
