// DNS over HTTPS (RFC 8484): a resolver that asks a server of the caller's choice.

package godwit

import (
	"context"
	"encoding/base64"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/godwit/internal/dial"
	"example.com/godwit/internal/dns"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// DoH looks names up by DNS over HTTPS (RFC 8484). It is an [Option], which sets
// Request.Resolver, and can be a transport's Resolver, too. Keep one, and do not copy it: calls share
// connections if they share it. It is safe for concurrent use.
//
//	doh := &godwit.DoH{URL: "https://9.9.9.9/dns-query"}
//	session := godwit.NewSession(doh)
//
// Answers are kept for as long as they say, an hour at most, 1,024 of them. The files and the
// search domains of the system are not looked at. A failure is a *net.DNSError whose Server is the
// URL; IsNotFound says that there is no such name.
type DoH struct {
	// URL is the server's, of scheme https. It is sent POST requests; with "{?dns}" at its end,
	// GET.
	URL string

	// Session sends the queries, within 10 seconds, and must not ask this resolver itself. With
	// [CA], [Resolve], [Proxy] and the like it says how the server is reached. nil: one of its own,
	// whose names the system looks up.
	Session *Session

	mu     sync.Mutex // guards own
	own    *Session   // nil: there is none yet
	memory answers
}

var (
	_ Option                  = (*DoH)(nil)
	_ transport.HTTPSResolver = (*DoH)(nil)
)

// Apply sets Request.Resolver.
func (d *DoH) Apply(r *Request) error {
	if d == nil {
		return nil
	}
	if err := d.check(); err != nil {
		return err
	}
	r.Resolver = d
	return nil
}

// String returns the option as it is written.
func (d *DoH) String() string { return "DoH(" + strconv.Quote(printable(d.URL)) + ")" }

// GoString is String.
func (d *DoH) GoString() string { return d.String() }

// getForm is what the URL of a server that is sent GET requests ends in.
const getForm = "{?dns}"

func (d *DoH) check() error {
	u, err := parseURL(strings.TrimSuffix(d.URL, getForm))
	switch {
	case err != nil:
		return errors.New("DoH: " + err.Error())
	case u.Scheme != "https":
		return errors.New("DoH: the URL of its server is not https")
	case strings.ContainsAny(strings.TrimSuffix(d.URL, getForm), "{}"):
		return errors.New("DoH: a template that is more than {?dns} at its end")
	}
	return nil
}

// Close closes the idle connections to the server, unless they are those of a Session that was given.
func (d *DoH) Close() error {
	d.mu.Lock()
	own := d.own
	d.mu.Unlock()
	if own == nil {
		return nil
	}
	return own.Close()
}

// resolutionDelay is how long AAAA records are waited for once there are A records (RFC 8305 3 has
// 50 ms, for who need not decide; here what comes later is lost for this connection).
const resolutionDelay = 250 * time.Millisecond

// LookupNetIP returns the addresses of a name, IPv6 first. network is "ip", "ip4" or "ip6". What
// is an address, or localhost, is not asked for.
func (d *DoH) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	name, known, err := d.knows(host)
	if err != nil {
		return nil, err
	}
	types := typesOf(network)
	if types == nil {
		return nil, net.UnknownNetworkError(network)
	}
	if known == nil {
		if known, err = d.addresses(ctx, name, types); err != nil {
			return nil, err
		}
	}
	var addrs []netip.Addr
	for _, a := range known {
		if network == "ip" || a.Is4() == (network == "ip4") {
			addrs = append(addrs, a)
		}
	}
	if len(addrs) == 0 {
		return nil, d.notFound(name)
	}
	return addrs, nil
}

// typesOf returns the types of records that have the addresses of a network.
func typesOf(network string) []dns.Type {
	switch network {
	case "ip":
		return []dns.Type{dns.AAAA, dns.A}
	case "ip4":
		return []dns.Type{dns.A}
	case "ip6":
		return []dns.Type{dns.AAAA}
	}
	return nil
}

// knows returns a host as it is asked for, or its addresses, if they are known without asking.
func (d *DoH) knows(host string) (name string, addrs []netip.Addr, err error) {
	if name, err = dial.ASCII(host); err != nil {
		return "", nil, err
	}
	if a, err := netip.ParseAddr(name); err == nil {
		return name, []netip.Addr{a}, nil
	}
	if addrs, err = dial.WithoutDNS(name); err != nil {
		return "", nil, err
	}
	return strings.TrimSuffix(name, "."), addrs, nil
}

// addresses asks for records of the types, for all of them at once.
func (d *DoH) addresses(ctx context.Context, name string, types []dns.Type) ([]netip.Addr, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		answer dns.Answer
		err    error
	}
	results := make([]chan result, len(types))
	for i, t := range types {
		results[i] = make(chan result, 1)
		go func() { // ends with ctx, and is waited for below
			a, err := d.ask(ctx, name, t)
			results[i] <- result{a, err}
		}()
	}
	var addrs []netip.Addr
	var failed error
	for i := len(types) - 1; i >= 0; i-- { // A first
		stop := func() bool { return true }
		if len(addrs) > 0 {
			stop = time.AfterFunc(resolutionDelay, cancel).Stop
		}
		r := <-results[i]
		stop()
		if r.err != nil {
			failed = r.err
		}
		addrs = append(r.answer.Addrs, addrs...)
	}
	if len(addrs) == 0 {
		return nil, failed
	}
	return addrs, nil
}

// LookupHTTPS returns the HTTPS records of a name (RFC 9460), those preferred first; none, without an
// error, if it has none. What cannot be a host is no target.
func (d *DoH) LookupHTTPS(ctx context.Context, name string) ([]transport.HTTPSRecord, error) {
	host, known, err := d.knows(name)
	if err != nil || known != nil {
		return nil, err
	}
	a, err := d.ask(ctx, host, dns.HTTPS)
	if err != nil {
		return nil, err
	}
	var all []transport.HTTPSRecord
	for _, s := range a.HTTPS {
		if s.Target != "" {
			if _, err := dial.ASCII(s.Target); err != nil {
				continue
			}
		}
		all = append(all, transport.HTTPSRecord{
			Priority: s.Priority, Target: s.Target, ALPN: s.ALPN, Port: s.Port, Hints: s.Hints, ECH: s.ECH, TTL: a.TTL,
		})
	}
	return all, nil
}

// ask returns what the server says of a name, or has said a while ago. That there is no such name
// is an error.
func (d *DoH) ask(ctx context.Context, name string, t dns.Type) (dns.Answer, error) {
	q := question{name, t}
	a, ok := d.memory.find(q, time.Now())
	if !ok {
		var err error
		if a, err = d.exchange(ctx, q); err != nil {
			return dns.Answer{}, err
		}
		d.memory.keep(q, a, time.Now())
	}
	if a.NotFound {
		return dns.Answer{}, d.notFound(name)
	}
	return a, nil
}

func (d *DoH) notFound(name string) error {
	return &net.DNSError{Err: "no such host", Name: name, Server: printable(d.URL), IsNotFound: true}
}

func (d *DoH) failed(name, why string) *net.DNSError {
	return &net.DNSError{Err: why, Name: name, Server: printable(d.URL), IsTemporary: true}
}

const (
	typeDNS    = "application/dns-message"
	dohTimeout = 10 * time.Second
)

// An askingContext is one in which a resolver is asking. It must not be asked in it.
type askingContext struct {
	context.Context
	d *DoH
}

type askingKey struct{ d *DoH }

// Value returns true for the askingKey of the resolver.
func (a askingContext) Value(key any) any {
	if key == (askingKey{a.d}) {
		return true
	}
	return a.Context.Value(key)
}

// exchange asks the server.
func (d *DoH) exchange(ctx context.Context, q question) (dns.Answer, error) {
	if ctx.Value(askingKey{d}) != nil {
		return dns.Answer{}, d.failed(q.name, "it would have to ask itself for its own server: say where that is by an address in its URL, or by Resolve")
	}
	if err := d.check(); err != nil {
		return dns.Answer{}, d.failed(q.name, err.Error())
	}
	msg, err := dns.Query(q.name, q.typ)
	if err != nil {
		return dns.Answer{}, d.failed(q.name, err.Error())
	}
	res, err := d.send(askingContext{ctx, d}, msg)
	if err != nil {
		if ctx.Err() != nil {
			return dns.Answer{}, trace.Ended(ctx)
		}
		e := d.failed(q.name, causeOf(err))
		if errors.Is(err, ErrTooLarge) {
			e.Err = "the server's answer is longer than any can be"
		}
		e.IsTimeout = errors.Is(err, ErrTimeout)
		return dns.Answer{}, e
	}
	switch mediaType, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); {
	case res.StatusCode != http.StatusOK:
		return dns.Answer{}, d.failed(q.name, strings.TrimSpace("the server answered "+strconv.Itoa(res.StatusCode)+" "+http.StatusText(res.StatusCode)))
	case mediaType != typeDNS:
		return dns.Answer{}, d.failed(q.name, "the server's answer is no "+typeDNS)
	}
	a, err := dns.Parse(res.Content, q.name, q.typ)
	if err != nil {
		return dns.Answer{}, d.failed(q.name, err.Error())
	}
	return a, nil
}

// send sends a query, which does nothing on the server and may be sent twice.
func (d *DoH) send(ctx context.Context, msg []byte) (*Response, error) {
	opts := Defaults{
		Header{"Accept": typeDNS},
		NoHeader{"Accept-Encoding"},
		NoRedirects, MaxBody(dns.MaxMessage), Timeout(dohTimeout),
		Retry{Max: 2, Wait: 10 * time.Millisecond, Methods: []string{"GET", "POST"}, MaxRetryAfter: -1, NoBudget: true},
	}
	if url, get := strings.CutSuffix(d.URL, getForm); get {
		return d.session().Get(ctx, url, opts, Params{"dns": base64.RawURLEncoding.EncodeToString(msg)})
	}
	return d.session().Post(ctx, d.URL, opts, Bytes(msg, typeDNS))
}

// session returns what sends the queries.
func (d *DoH) session() *Session {
	if d.Session != nil {
		return d.Session
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.own == nil {
		d.own = &Session{Transport: &transport.Transport{}, Defaults: Defaults{NoEnv{Netrc: true}}}
	}
	return d.own
}

// causeOf returns the text of what went wrong, without the request that it went wrong with.
func causeOf(err error) string {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return visible(err.Error())
	}
	text := e.Err.Error()
	if e.hide != nil {
		text = e.hide(text)
	}
	return visible(text)
}
