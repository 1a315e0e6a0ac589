package cli

// --curl: the request as a command line of curl. It is made of what would be sent, which goes all the
// way through the library into memory (see --offline), and of the flags that say how to get there.

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"example.com/godwit"
	"example.com/godwit/internal/cli/ledger"
)

// maxCurlBody is how many bytes of a body are in the line. Linux takes 128 KiB in one argument.
const maxCurlBody = 64 << 10

// asCurl prints the command line, and sends nothing.
func (c *client) asCurl(ctx context.Context, tg *target) error {
	route := newCurlRoute(c.options, tg.url)
	opts, err := callOptions(ctx, c.env, c.options, tg)
	if err != nil {
		return err
	}
	book := &ledger.Ledger{MaxBody: maxCurlBody}
	secrets := c.options.output.showSecrets
	wire := &addressedWire{memoryWire: &memoryWire{secrets: secrets, done: make(chan struct{})}}
	s, err := c.sessionFor(ctx, book, tg)
	if err != nil {
		return err
	}
	s.Transport = wire
	stream, err := s.Stream(ctx, tg.method, tg.url, append(c.options.download.before(opts), godwit.OptionFunc(goNowhere))...)
	if stream != nil {
		_ = stream.Close() // there is nothing in it
	}
	if werr := wire.close(); werr != nil && err == nil {
		err = werr
	}
	if err != nil {
		return err
	}
	line := book.Curl(wire.url, route.args(wire.url, secrets), secrets)
	if err := printText(c.env, line.Text+"\n"); err != nil {
		return err
	}
	for _, text := range route.missing {
		note(c.env.Stderr, "curl has nothing like %s", text)
	}
	if line.Hidden || route.hidden {
		note(c.env.Stderr, "what is known as a credential stands as ••• in the line, other fields of the body as they are; --show-secrets puts it in")
	}
	if line.Body > 0 {
		note(c.env.Stderr, "the body of %d bytes is not in the line: put it on curl's standard input", line.Body)
	}
	return nil
}

// An addressedWire is a memoryWire that notes where the request would have gone.
type addressedWire struct {
	*memoryWire
	url *url.URL
}

var _ http.RoundTripper = (*addressedWire)(nil)

func (w *addressedWire) RoundTrip(req *http.Request) (*http.Response, error) {
	u := *req.URL
	u.User = nil
	w.url = &u
	return w.memoryWire.RoundTrip(req)
}

// A curlRoute is what curl is told of the way to the server.
type curlRoute struct {
	options *options
	user    string // of the URL, as it was typed
	list    []string
	hidden  bool     // a secret stands as •••
	missing []string // what curl cannot be told
}

func newCurlRoute(o *options, typed string) *curlRoute {
	r := &curlRoute{options: o}
	if u, err := url.Parse(typed); err == nil && u.User != nil {
		r.user = u.User.Username()
	}
	return r
}

func (r *curlRoute) add(words ...string) { r.list = append(r.list, words...) }

// addIf adds a flag if it has a value.
func (r *curlRoute) addIf(flag, value string) {
	if value != "" {
		r.add(flag, value)
	}
}

// lacks notes what curl cannot be told.
func (r *curlRoute) lacks(on bool, what string) {
	if on {
		r.missing = append(r.missing, what)
	}
}

// secret returns a value as it may be shown.
func (r *curlRoute) secret(value string, show bool) string {
	if show {
		return value
	}
	r.hidden = true
	return "•••"
}

// args returns all of it for a URL.
func (r *curlRoute) args(u *url.URL, secrets bool) []string {
	r.saving(u)
	r.exchange(u.Scheme)
	r.limits()
	r.sockets(u)
	if strings.HasPrefix(u.Scheme, "https") {
		r.tls(secrets)
	}
	r.proxies(strings.TrimSuffix(u.Scheme, "+unix"), secrets)
	r.auth(secrets)
	return r.list
}

// auth is for digest, which is not in the first request. curl asks for a password that it is not told.
func (r *curlRoute) auth(secrets bool) {
	a := &r.options.auth
	if a.scheme != "digest" {
		return
	}
	who := r.user
	if a.text != nil {
		who = *a.text
	}
	user, _, hasPassword := strings.Cut(who, ":")
	switch {
	case isReference(who):
		who = r.secret("•••", false)
	case hasPassword && !secrets:
		who = user
	}
	r.add("--digest", "--user", who)
}

// inSeconds returns a duration as curl reads it.
func inSeconds(d float64) string { return strings.TrimSuffix(fmt.Sprintf("%.3f", d), ".000") }
