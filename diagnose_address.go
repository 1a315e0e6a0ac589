// The first steps of a diagnosis: which proxy, which addresses, and who of them answers.

package godwit

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"example.com/godwit/diagnosis"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// maxAddresses bounds how many addresses are connected to, all at once.
const maxAddresses = 8

// A way is where a request would go.
type way struct {
	proxied bool             // through a proxy, whose the addresses are then
	addrs   []netip.AddrPort // nil: they are nobody's business but a Dial's, or there is a unix socket
	place   string           // the host and port that they are of
	best    string           // an address that has answered, for probes; "": any
}

// find decides on the proxy and looks the name up.
func (d *diagnoser) find() error {
	var seen sighting
	own := d.over
	own.Tracer = trace.Multi(own.Tracer, &seen)
	t, req := d.probe(&own)
	start := time.Now()
	addrs, err := t.Addresses(req)
	took := time.Since(start)

	d.way.place = staticKey(d.url)
	if u, err := url.Parse(seen.proxy); err == nil && seen.proxy != "" {
		d.way.proxied, d.way.place = true, staticKey(u)
	}
	d.report.Proxy = d.describeProxy(&seen)
	if e, ok := errors.AsType[*trace.Error](err); ok && e.Proxy {
		d.way.proxied = true
		d.report.Proxy.OK, d.report.Proxy.Error = false, shown(err.Error())
	}
	d.way.addrs = addrs
	d.report.Names = d.describeNames(&seen, addrs, took, err)
	if err != nil {
		return failed(d.req, err)
	}
	return nil
}

// A sighting is what a tracer sees of how a request would go.
type sighting struct {
	mu sync.Mutex // guards the following

	proxy, rule string // that was chosen; "": none
	looked      string // the name that was looked up; "": there was no need to
}

// Trace notes what matters.
func (s *sighting) Trace(_ context.Context, ev trace.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch ev := ev.(type) {
	case trace.Choice:
		if ev.What == "proxy" && ev.Value != "none" {
			s.proxy, s.rule = ev.Value, ev.Rule
		}
	case trace.PhaseStart:
		if ev.Phase == trace.DNS {
			s.looked = ev.Addr
		}
	}
}

// describeNames returns what the report says of names; nil, if there was none to look up.
func (d *diagnoser) describeNames(seen *sighting, addrs []netip.AddrPort, took time.Duration, err error) *diagnosis.Names {
	host := cmp.Or(seen.looked, d.url.Hostname())
	if _, isAddr := netip.ParseAddr(host); isAddr == nil && seen.looked == "" || addrs == nil && err == nil || d.way.proxied && seen.looked == "" {
		return nil
	}
	n := &diagnosis.Names{Host: shown(host), Resolver: "static hosts"}
	switch {
	case isLocalhost(host):
		n.Resolver = "RFC 6761"
		seen.looked = "" // nobody is asked
	case seen.looked != "":
		n.Resolver, n.Took = resolverName(d.resolver()), took
	}
	if err != nil {
		n.Error = shown(causeText(err))
	}
	for _, a := range addrs {
		if a.Addr().Unmap().Is4() {
			n.A = append(n.A, a.Addr().Unmap())
		} else {
			n.AAAA = append(n.AAAA, a.Addr())
		}
	}
	if seen.looked != "" && err == nil {
		d.askMore(n, host)
	}
	return n
}

// isLocalhost reports whether a host is this machine by its name (RFC 6761 6.3).
func isLocalhost(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// resolver returns who looks names up; nil: the system.
func (d *diagnoser) resolver() transport.Resolver {
	if d.over.Resolver != nil {
		return d.over.Resolver
	}
	return d.transport.Resolver
}

// resolverName returns what the report calls a resolver.
func resolverName(r transport.Resolver) string {
	if r == nil || r == net.DefaultResolver {
		return "the system's"
	}
	if s, ok := r.(fmt.Stringer); ok {
		return shown(s.String())
	}
	return shown(fmt.Sprintf("%T", r))
}

// moreTime bounds what is asked of a name besides its addresses: the report can do without.
const moreTime = 2 * time.Second

// askMore adds the canonical name and the HTTPS records, from resolvers that can tell.
func (d *diagnoser) askMore(n *diagnosis.Names, host string) {
	ctx, cancel := context.WithTimeout(d.ctx, moreTime)
	defer cancel()
	var canonical string
	var records []transport.HTTPSRecord
	var both sync.WaitGroup
	r := d.resolver()
	if r == nil {
		r = net.DefaultResolver
	}
	if r, ok := r.(interface {
		LookupCNAME(ctx context.Context, host string) (string, error)
	}); ok {
		both.Go(func() { canonical, _ = r.LookupCNAME(ctx, host) }) // ends with ctx
	}
	if r, ok := r.(transport.HTTPSResolver); ok && !d.way.proxied {
		name := host
		if p := port(d.url); p != "443" {
			name = "_" + p + "._https." + host // RFC 9460 9.1
		}
		both.Go(func() { records, _ = r.LookupHTTPS(ctx, name) }) // ends with ctx
	}
	both.Wait()
	if canonical = strings.TrimSuffix(canonical, "."); canonical != "" && !strings.EqualFold(canonical, strings.TrimSuffix(host, ".")) {
		n.CNAME = shown(canonical)
	}
	for _, rec := range records[:min(len(records), maxAddresses)] {
		out := diagnosis.HTTPSRecord{Priority: rec.Priority, Target: shown(rec.Target), Port: rec.Port, ECH: len(rec.ECH) > 0}
		for _, p := range rec.ALPN[:min(len(rec.ALPN), maxAddresses)] {
			out.ALPN = append(out.ALPN, shown(p))
		}
		n.HTTPS = append(n.HTTPS, out)
	}
}

// connect connects to each address by itself, and as a call would do it to all of them. Its error
// is that of the call.
func (d *diagnoser) connect() error {
	all := d.way.addrs
	d.report.Addresses = make([]diagnosis.Address, 1, maxAddresses)
	var each sync.WaitGroup
	if len(all) > 1 {
		tried := all[:min(len(all), maxAddresses)]
		d.report.Addresses = make([]diagnosis.Address, len(tried))
		for i, addr := range tried {
			each.Go(func() { // ends with the limits of its phases, or with ctx
				out, _, _ := d.reach(addr)
				d.report.Addresses[i] = out
			})
		}
	}
	out, state, err := d.reach(all...)
	each.Wait()
	if len(all) <= 1 {
		d.report.Addresses[0] = out
	}
	d.state, d.way.best = state, out.Addr
	for _, a := range d.report.Addresses {
		if err != nil && a.Layer == diagnosis.LayerTLS {
			d.way.best = a.Addr
		}
	}
	if err != nil {
		if e, ok := errors.AsType[*trace.Error](err); ok && e.Proxy {
			d.report.Proxy.OK, d.report.Proxy.Error = false, shown(causeText(err))
		}
		return failed(d.req, err)
	}
	if d.way.proxied && d.url.Scheme == "https" {
		d.said("CONNECT " + shown(net.JoinHostPort(d.url.Hostname(), port(d.url))) + " to the proxy")
	}
	return nil
}

// reach connects to the addresses as a call would if there were no others. It returns what the
// report says of the one that answered, or of the last one.
func (d *diagnoser) reach(addrs ...netip.AddrPort) (diagnosis.Address, *tls.ConnectionState, error) {
	own := d.over
	var took transport.Report
	own.Report = func(context.Context) *transport.Report { return &took }
	d.pin(&own, addrs)
	t, req := d.probe(&own)
	nc, err := t.Connect(req)
	out := diagnosis.Address{OK: err == nil, Proxy: d.way.proxied, Connect: took.Timings.Connect, TLS: took.Timings.TLS}
	switch path := d.socket(); {
	case path != "":
		out.Addr = shown("unix:" + path)
	case len(addrs) == 1:
		out.Addr = addrs[0].String()
	}
	if err != nil {
		out.Error = shown(strings.TrimPrefix(causeText(err), out.Addr+": "))
		if out.Layer = diagnosis.LayerConnect; phaseOf(err) == trace.TLS {
			out.Layer = diagnosis.LayerTLS
		}
		if out.Layer == diagnosis.LayerConnect && errors.Is(err, syscall.ECONNREFUSED) {
			out.Cause = "refused"
		}
		if e, ok := errors.AsType[*tlserr.Error](err); ok {
			out.Cause = string(e.Cause)
			if len(e.Chain) > 0 {
				out.Certificate = sumOf(e.Chain[0])
			}
		}
		return out, nil, err
	}
	defer nc.Close()
	if addr := nc.RemoteAddr(); addr != nil && out.Addr == "" {
		out.Addr = shown(addr.String())
	}
	tc, ok := nc.(interface{ ConnectionState() tls.ConnectionState })
	if !ok {
		return out, nil, nil
	}
	state := tc.ConnectionState()
	if len(state.PeerCertificates) > 0 {
		out.Certificate = sumOf(state.PeerCertificates[0])
	}
	return out, &state, nil
}

// socket returns the path of the unix socket that the request would go to, "" if it would not.
func (d *diagnoser) socket() string {
	switch o := d.over.Sockets; {
	case strings.HasSuffix(d.url.Scheme, "+unix"):
		return d.url.Host
	case o != nil && o.Unix != "":
		return o.Unix
	}
	return d.transport.Sockets.Unix
}

// causeText returns the text of an error without what was going on, which the report says anyhow.
func causeText(err error) string {
	e, ok := errors.AsType[*trace.Error](err)
	switch {
	case !ok:
		return err.Error()
	case e.Limit > 0:
		return "no answer within " + e.Limit.String()
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "no answer in the time that there was for all of it"
	}
	return e.Err.Error()
}

// phaseOf returns the phase that an error is of; trace.NumPhases: of none.
func phaseOf(err error) trace.Phase {
	if e, ok := errors.AsType[*trace.Error](err); ok {
		return e.Phase
	}
	return trace.NumPhases
}
