package cli

// Sessions: what of a call goes into one, and what of one goes into a call.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"example.com/godwit"
	"example.com/godwit/auth"
	"example.com/godwit/cookiejar"
	"example.com/godwit/internal/cli/sessions"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// kept are the sessions of a run: one, or one for each host.
type kept struct {
	mu   sync.Mutex // guards the following; held while a file is read or a person asked, too
	open map[string]*keptSession
}

// A keptSession is a session, and what its references stand for.
type keptSession struct {
	*sessions.Session
	used     bool // there was an answer to a call of it
	settings map[string][]godwit.Option
}

// sessionFor returns a session for a call to the target, whose message is made, that a tracer is
// told of.
func (c *client) sessionFor(ctx context.Context, tracer trace.Tracer, tg *target) (*godwit.Session, error) {
	call := c.session(tracer)
	o := &c.options.session
	u, err := url.Parse(tg.url)
	if o.name == "" || err != nil || u.Host == "" { // whoever sends it says what is wrong
		return call, nil
	}
	c.kept.mu.Lock()
	defer c.kept.mu.Unlock()
	s, err := c.keptSession(u)
	if err != nil {
		return nil, err
	}
	origin := transport.Origin(u)
	settings, ok := s.settings[origin]
	if !ok {
		if settings, err = c.knownSettings(ctx, s, s.Known(origin), u); err != nil {
			return nil, err
		}
		s.settings[origin] = settings
	}
	call.Jar = s.Jar
	call.Defaults = slices.Concat(call.Defaults, settings)
	if !o.readOnly && !c.options.ask.offline && !c.options.record.curl {
		keepCookieItems(s.Jar, u, tg.message.items)
		call.Middleware = append(slices.Clip(call.Middleware), onAnswer(func() { c.learn(s, u, tg) }))
	}
	return call, nil
}

// onAnswer calls f when a call has been answered, whatever the answer is.
func onAnswer(f func()) godwit.Middleware {
	return func(next http.RoundTripper) http.RoundTripper {
		return godwit.RoundTripFunc(func(req *http.Request) (*http.Response, error) {
			res, err := next.RoundTrip(req)
			if err == nil {
				f()
			}
			return res, err
		})
	}
}

// keptSession returns the session for a URL, which is opened once.
func (c *client) keptSession(u *url.URL) (*keptSession, error) {
	o := &c.options.session
	path, err := o.path(c.env, u)
	if err != nil {
		return nil, err
	}
	if s := c.kept.open[path]; s != nil {
		return s, nil
	}
	own, err := sessions.Open(path, transport.Origin(u), u.Hostname())
	if err == nil && !o.readOnly {
		err = own.Writable()
	}
	switch {
	case err != nil:
		return nil, err
	case own.New && o.readOnly:
		return nil, &usageError{fmt.Sprintf("--session-read-only: there is no session %s; --session begins one", path)}
	case own.Exposed:
		note(c.env.Stderr, "warning: others can read the session %s; chmod 600 keeps them out", path)
	}
	s := &keptSession{Session: own, settings: map[string][]godwit.Option{}}
	if c.kept.open == nil {
		c.kept.open = map[string]*keptSession{}
	}
	c.kept.open[path] = s
	return s, nil
}

// knownSettings returns the options that stand for what a session knows of the URL's origin.
func (c *client) knownSettings(ctx context.Context, s *keptSession, k sessions.Known, u *url.URL) ([]godwit.Option, error) {
	var opts []godwit.Option
	values := map[string][]any{}
	var names []string
	for _, f := range k.Fields {
		value := any(f.Value)
		if f.Ref != "" {
			text, err := c.referred(ctx, s, f.Name, f.Ref)
			if err != nil {
				return nil, err
			}
			value = godwit.Secret(text).For(transport.Origin(u))
		}
		key := strings.ToLower(f.Name)
		if values[key] == nil {
			names = append(names, f.Name)
		}
		values[key] = append(values[key], value)
	}
	for _, name := range names {
		opts = append(opts, godwit.Header{name: values[strings.ToLower(name)]})
	}
	if k.Credential == nil {
		return opts, nil
	}
	a, err := c.knownCredential(ctx, s, *k.Credential, u)
	if err != nil {
		return nil, err
	}
	return append(opts, godwit.Auth(a)), nil
}

// knownCredential is a session's. A text is as it is: it refers to nothing, whatever it looks like.
func (c *client) knownCredential(ctx context.Context, s *keptSession, k sessions.Credential, u *url.URL) (auth.Auth, error) {
	if k.Ref == "" {
		if k.Type == "bearer" {
			return auth.Bearer(k.Text), nil
		}
		user, password, _ := strings.Cut(k.Text, ":")
		return authOf(k.Type, user, password), nil
	}
	if err := c.checkReference(s, k.Ref); err != nil {
		return nil, err
	}
	return credential(ctx, c.env, "the session's auth", k.Ref, k.Type, u.Host)
}

// referred returns what a reference in a session stands for.
func (c *client) referred(ctx context.Context, s *keptSession, name, ref string) (string, error) {
	if err := c.checkReference(s, ref); err != nil {
		return "", err
	}
	return secretText(ctx, c.env, "the session's "+name, ref)
}

// checkReference refuses what a file says that may have come from anywhere: only a NAME is surely
// one of our own. A FILE that others can read is none that we have written: an archive or a clone may
// have brought it, and would have secrets read for whoever made it. A command is not run in any case.
func (c *client) checkReference(s *keptSession, ref string) error {
	if isPath(c.options.session.name) && s.Exposed {
		return &usageError{fmt.Sprintf("the session %s refers to a secret, and others can read the file, so that it may not be yours: look into it, and chmod 600 it", c.options.session.name)}
	}
	if isPath(c.options.session.name) && strings.Contains(ref, refCmd) {
		return &usageError{fmt.Sprintf("the session %s has a command in it: what a FILE says is not run, only what a NAME does", c.options.session.name)}
	}
	return nil
}

// learn notes what a call that was answered has told its origin.
func (c *client) learn(s *keptSession, u *url.URL, tg *target) {
	told := sessions.Known{Fields: keptFields(tg.message.items)}
	if !slices.ContainsFunc(told.Fields, func(f sessions.Field) bool { return strings.EqualFold(f.Name, "Authorization") }) {
		told.Credential = c.options.auth.kept(tg, u)
	}
	c.kept.mu.Lock()
	defer c.kept.mu.Unlock()
	s.used = true
	s.Learn(transport.Origin(u), told)
}

// saveSessions saves those that were used. A call that had no answer was perhaps not meant for
// that host, and leaves nothing behind. It does not end with a context: what was learnt before
// Ctrl-C was learnt.
func (c *client) saveSessions() error {
	c.kept.mu.Lock()
	defer c.kept.mu.Unlock()
	var errs []error
	for path, s := range c.kept.open {
		if !s.used {
			continue
		}
		if err := s.Save(context.Background()); err != nil {
			errs = append(errs, fmt.Errorf("the session %s was not saved: %w", path, err))
		}
	}
	return errors.Join(errs...)
}

// keptFields returns the header items that a session keeps: not those that belong to one body or
// one condition, as with HTTPie, nor what is between two neighbours.
func keptFields(items []item) (fields []sessions.Field) {
	for i := range items {
		it := &items[i]
		name := strings.ToLower(it.name)
		switch {
		case it.kind == itemHeader && it.value == "" || it.kind != itemHeader && it.kind != itemEmptyHeader:
			continue
		case strings.HasPrefix(name, "content-"), strings.HasPrefix(name, "if-"), strings.HasPrefix(name, "proxy-"):
			continue
		case slices.Contains([]string{"cookie", "connection", "expect", "range", "te", "trailer", "transfer-encoding", "upgrade"}, name):
			continue
		case it.secret:
			fields = append(fields, sessions.Field{Name: it.name, Ref: "@" + it.by})
		default:
			fields = append(fields, sessions.Field{Name: it.name, Value: it.value})
		}
	}
	return fields
}

// keepCookieItems puts the cookies of a Cookie item into the jar, as cookies of that host alone.
func keepCookieItems(jar *cookiejar.Jar, u *url.URL, items []item) {
	for i := range items {
		if it := &items[i]; it.kind == itemHeader && strings.EqualFold(it.name, "Cookie") && !it.secret {
			for pair := range strings.SplitSeq(it.value, ";") {
				name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
				if ok {
					// One that is not allowed is sent this once.
					_ = jar.Set(cookiejar.Cookie{Name: name, Value: value, Domain: u.Hostname(), HostOnly: true, Path: "/", Secure: u.Scheme == "https"})
				}
			}
		}
	}
}
