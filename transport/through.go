package transport

import (
	"io"
	"maps"
	"net/http"
	"net/url"

	"example.com/godwit/trace"
)

// setProxy finds the request's proxy. With one that speaks HTTP, http requests name their whole
// target (RFC 9112 3.2.2), and https requests go through a tunnel; SOCKS has tunnels only.
//
// Connections to a proxy are not shared among targets, though those of http requests could be:
// an answer that is out of step can then only reach who has asked the same origin.
//
// If it fails, it closes the request's body, be it by a panic: rules and credentials are other
// people's code.
func (r *trip) setProxy() error {
	o := r.proxyRules()
	if r.overUnix() || r.t.Proxy == nil && (o == nil || o.Proxy == nil && o.EnvProxy == nil) {
		return nil
	}
	set := false
	defer func() {
		if !set {
			closeBody(r.given)
		}
	}()
	err := r.goThrough(o)
	set = err == nil
	return err
}

// goThrough finds the proxy, and does what it takes to go through it.
func (r *trip) goThrough(o *Overrides) error {
	p, rule, err := r.t.proxyOf(r.req, o)
	if err != nil {
		return err
	}
	if p == nil {
		if rule != "" && r.opt.Tracer != nil {
			r.emit(trace.Choice{Call: r.opt.Call, What: "proxy", Value: "none", Rule: rule})
		}
		return nil
	}
	if err := r.guardProxy(p); err != nil {
		return err
	}
	if o != nil && o.InClear != nil && r.key.scheme == "http" {
		if err := o.InClear(r.req); err != nil {
			return err
		}
	}
	if r.login, err = r.newLogin(p, givenProxyAuthorization(r.given.Header)); err != nil {
		return err
	}
	via := &r.key.via
	via.scheme, via.addr = p.shown.Scheme, p.addr()
	via.login, via.who = r.login.identity(o)
	if err := r.setProxyHeader(o); err != nil {
		return err
	}
	if p.shown.Scheme == "https" {
		if via.trust, r.login.over, err = r.t.proxyTrust(p.shown, o); err != nil {
			return proxyError(p.addr(), &ProxyError{p.shown.String(), err})
		}
	}
	if r.opt.Tracer != nil {
		r.emit(trace.Choice{Call: r.opt.Call, What: "proxy", Value: p.shown.String(), Rule: rule})
	}
	if !r.readByProxy() {
		return nil
	}
	own := *r.opt
	own.ToOrigin = false
	r.opt = &own
	return r.address(r.req.Body)
}

// readByProxy reports whether it is the proxy that reads the request, and not the origin at the end
// of a tunnel.
func (r *trip) readByProxy() bool {
	return r.login != nil && r.key.scheme == "http" && r.key.protocols == 0 && !r.login.proxy.isSocks()
}

// address makes r.req of the request that the caller has given: with that body, and, if it is the
// proxy that reads it, with the whole target and what proves who is asking.
func (r *trip) address(body io.ReadCloser) error {
	copied := *r.given
	copied.Body = body
	r.req = &copied
	if !r.readByProxy() {
		return nil
	}
	method, target, u, err := r.askedOfProxy()
	if err != nil {
		return err
	}
	copied.URL = u
	value, err := r.login.begin(r.ctx, method, target, &r.key)
	if err != nil {
		return proxyError(r.dialled(), err)
	}
	r.prove(value)
	return nil
}

// askedOfProxy returns the method and the target of what the proxy is sent, and the URL of that. A
// CONNECT of the caller's own asks for what it has asked for without us.
func (r *trip) askedOfProxy() (method, target string, u *url.URL, err error) {
	if !r.readByProxy() || r.given.Method == "CONNECT" {
		return "CONNECT", r.key.tunnelTarget(), r.given.URL, nil
	}
	if u, err = absolute(r.given.Method, r.given.URL, &r.key); err != nil {
		return "", "", nil, err
	}
	return r.given.Method, u.RequestURI(), u, nil
}

// prove sets what the proxy is told about who is asking, in r.req, which is a copy.
func (r *trip) prove(value string) {
	h := make(http.Header, len(r.given.Header)+len(r.login.header)+1)
	maps.Copy(h, r.login.header)
	for name, values := range r.given.Header {
		if r.login.header != nil {
			delete(h, http.CanonicalHeaderKey(name))
		}
		if !isProxyAuthorization(name) {
			h[name] = values
		}
	}
	if value != "" {
		h[proxyAuthorization] = []string{value}
	}
	r.req.Header = h
}

// answerProxy sends the request once more after a proxy has asked who sends it, if there is an
// answer to that and the body can be had again. Otherwise the 407 is the response.
func (r *trip) answerProxy(res *http.Response) (*http.Response, error) {
	if !mayRewind(r.given) {
		return res, nil
	}
	wanted := false // by the caller
	defer func() {
		if !wanted { // or somebody else's code has panicked
			res.Body.Close()
		}
	}()
	value, again, err := r.login.answer(res)
	if err != nil {
		return nil, proxyError(r.dialled(), err)
	}
	body, ok := io.ReadCloser(nil), false
	if again {
		body, ok = rewound(r.given)
	}
	if wanted = !ok; wanted {
		return res, nil
	}
	res.Body.Close()
	if r.opt.Tracer != nil {
		r.emit(trace.Attempt{Call: r.opt.Call, N: 2, Kind: "challenge"})
	}
	copied := *r.req
	copied.Body = body
	r.req = &copied
	r.prove(value)
	return r.send()
}
