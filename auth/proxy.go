package auth

// Proxy: the same credentials, for a proxy.

import (
	"fmt"
	"net/http"
)

// The fields between a client and a proxy (RFC 9110 11.7), as http.Header spells them.
const (
	proxyAuthorization      = "Proxy-Authorization"
	proxyAuthenticate       = "Proxy-Authenticate"
	proxyAuthenticationInfo = "Proxy-Authentication-Info"
)

// Proxy returns an [Auth] that proves to a proxy who is asking: what a would do with
// Authorization, it does with Proxy-Authorization, and what a would make of a 401 it makes of a
// 407. It is a [Challenger] and a [Verifier] exactly if a is.
//
// It has the method ForProxy, which does nothing, by which those who send requests tell it from
// credentials for origins:
//
//	_, forProxy := a.(interface{ ForProxy() })
//
// The request to authorize is the one that the proxy gets: its URL has the proxy's scheme and
// host, and as its Opaque part the target in the request line, which is host:port for CONNECT
// and a whole URL for others.
func Proxy(a Auth) Auth {
	if _, ok := a.(interface{ ForProxy() }); ok {
		return a
	}
	p := &proxy{masked(fmt.Sprintf("Proxy(%v)", a)), a}
	c, isChallenger := a.(Challenger)
	v, isVerifier := a.(Verifier)
	switch {
	case isChallenger && isVerifier:
		return &proxyBoth{p, proxyChallenger{p, c}, proxyVerifier{p, v}}
	case isChallenger:
		return &proxyChallenger{p, c}
	case isVerifier:
		return &proxyVerifier{p, v}
	}
	return p
}

type proxy struct {
	masked
	auth Auth
}

type proxyChallenger struct {
	*proxy
	challenger Challenger
}

type proxyVerifier struct {
	*proxy
	verifier Verifier
}

type proxyBoth struct {
	*proxy
	proxyChallenger
	proxyVerifier
}

// ForProxy marks credentials for proxies.
func (p *proxy) ForProxy() {}

func (p *proxy) Authorize(req *http.Request) error {
	defer swapFields(req)()
	return p.auth.Authorize(req)
}

func (p *proxyChallenger) Answer(req *http.Request, res *http.Response) (again bool, err error) {
	if res.StatusCode != http.StatusProxyAuthRequired {
		return false, nil
	}
	defer swapFields(req)()
	return p.challenger.Answer(req, asOrigin(res))
}

func (p *proxyVerifier) Verify(req *http.Request, res *http.Response) error {
	defer swapFields(req)()
	seen := asOrigin(res)
	err := p.verifier.Verify(req, seen)
	res.Body = seen.Body
	return err
}

// swapFields puts what stands in Proxy-Authorization into Authorization and the other way
// round, until swapBack is called.
func swapFields(req *http.Request) (swapBack func()) {
	if req.Header == nil {
		req.Header = http.Header{}
	}
	swap := func() {
		h := req.Header
		a, hasA := h[authorization]
		p, hasP := h[proxyAuthorization]
		delete(h, authorization)
		delete(h, proxyAuthorization)
		if hasP {
			h[authorization] = p
		}
		if hasA {
			h[proxyAuthorization] = a
		}
	}
	swap()
	return swap
}

// asOrigin returns what the response of a proxy would be if it were an origin's. The proxy has
// let through what comes with a 401.
func asOrigin(res *http.Response) *http.Response {
	seen := *res
	seen.Header = http.Header{}
	if v, ok := res.Header[proxyAuthenticate]; ok {
		seen.Header[wwwAuthenticate] = v
	}
	if v, ok := res.Header[proxyAuthenticationInfo]; ok {
		seen.Header[authenticationInfo] = v
	}
	switch res.StatusCode {
	case http.StatusProxyAuthRequired:
		seen.StatusCode = http.StatusUnauthorized
	case http.StatusUnauthorized:
		seen.StatusCode = http.StatusOK
	}
	return &seen
}
