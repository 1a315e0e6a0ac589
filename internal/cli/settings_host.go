package cli

// What the file of settings says for a host, put into effect.

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"example.com/godwit"
	"example.com/godwit/transport"
)

// hostClients are what the client of a run becomes for the hosts of some sections.
type hostClients struct {
	mu   sync.Mutex // guards the following; held while a client is made, for which a person may be asked
	made map[string]*hostClient
}

// A hostClient is what such a client has of its own.
type hostClient struct {
	options   *options
	settings  []godwit.Option
	transport *transport.Transport

	around, beside []godwit.Middleware
}

// of returns the client for a target: itself, unless the file has a section for that host.
func (c *client) of(ctx context.Context, tg *target) (*client, error) {
	file := c.options.config.file
	if file == nil || c.hosts == nil {
		return c, nil
	}
	sections := file.sectionsFor(tg.url)
	if len(sections) == 0 {
		return c, nil
	}
	lines := map[int]bool{}
	for i := range sections {
		lines[sections[i].Line] = true
	}
	key := fmt.Sprint(slices.Sorted(maps.Keys(lines)))
	c.hosts.mu.Lock()
	defer c.hosts.mu.Unlock()
	own := c.hosts.made[key]
	if own == nil {
		o, _, err := file.options(sections)
		if err != nil {
			return nil, err
		}
		// What is about the whole run was settled for it.
		o.ask, o.body, o.output, o.download, o.record = c.options.ask, c.options.body, c.options.output, c.options.download, c.options.record
		if err := o.download.settle(&o.exchange); err != nil {
			return nil, err
		}
		if own, err = connect(ctx, c.env, o, hostOf(tg.url)); err != nil {
			return nil, err
		}
		if c.hosts.made == nil {
			c.hosts.made = map[string]*hostClient{}
		}
		c.hosts.made[key] = own
	}
	other := *c
	other.hosts = nil // it is for this host alone
	other.use(own)
	return &other, nil
}

// use takes what a hostClient has.
func (c *client) use(h *hostClient) {
	c.options, c.settings, c.transport, c.around, c.beside = h.options, h.settings, h.transport, h.around, h.beside
}

// close closes the connections of all of them.
func (h *hostClients) close() (err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, own := range h.made {
		if cerr := own.transport.Close(); err == nil {
			err = cerr
		}
	}
	return err
}

// standing returns what the file says of header fields and of who is asking. It comes before what
// a session knows, and before what the command line says.
func (o *options) standing(ctx context.Context, env *Env, host string) ([]godwit.Option, error) {
	var opts []godwit.Option
	for _, s := range o.config.headers {
		var values []any
		for _, text := range s.Texts {
			if !isReference(text) {
				values = append(values, text)
				continue
			}
			secret, err := secretText(ctx, env, fmt.Sprintf("%s:%d: %s", o.config.file.path, s.Line, s.Field), text)
			if err != nil {
				return nil, err
			}
			values = append(values, godwit.Secret(secret)) // for the origin of each call
		}
		opts = append(opts, godwit.Header{s.Field: values})
	}
	if o.auth.standing == nil {
		return opts, nil
	}
	a, err := credential(ctx, env, o.auth.where+": auth", *o.auth.standing, o.auth.scheme, host)
	if err != nil {
		return nil, err
	}
	return append(opts, godwit.Auth(a)), nil
}
