package transport

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"example.com/godwit/auth"
	"example.com/godwit/conn"
)

// proxyAuthorization is the field that a proxy is told who is asking by, and that nobody else
// may see.
const proxyAuthorization = "Proxy-Authorization"

// A login is what proves to a proxy who is asking.
type login struct {
	proxy  *proxy
	value  string      // of Proxy-Authorization, if it is always the same; "": there is none
	header http.Header // fields for the proxy, and nobody else; nil: none
	over   *Overrides  // what the trust of TLS with the proxy has been made of
	auth   auth.Challenger
	asked  *http.Request // what auth has been given last, with what it has put in; nil: nothing
	last   string        // what it has answered last

	name, password string // said to a SOCKS proxy
}

// isProxyAuthorization reports whether a name is that of the field, in whatever spelling.
func isProxyAuthorization(name string) bool {
	return len(name) == len(proxyAuthorization) && strings.EqualFold(name, proxyAuthorization)
}

// givenProxyAuthorization returns the values that the caller has put into the header.
func givenProxyAuthorization(h http.Header) (given []string) {
	for name := range h {
		if isProxyAuthorization(name) {
			given = append(given, h[name]...)
		}
	}
	return given
}

// newLogin decides what a proxy is told: what the request's own field says, or the request's
// ProxyAuth, or the user info of the URL of the proxy.
func (r *trip) newLogin(p *proxy, given []string) (*login, error) {
	l := &login{proxy: p, value: p.basic}
	switch {
	case p.isSocks():
		return l, r.loginToSocks(l)
	case len(given) > 1:
		return nil, &conn.Error{Err: &conn.RequestError{What: "field name", Name: proxyAuthorization, Why: "there is more than one"}}
	case len(given) == 1:
		l.value = given[0]
		return l, nil
	case r.overrides == nil || r.overrides.ProxyAuth == nil || !r.overrides.isFor(p):
		return l, nil
	}
	l.value = ""
	var answers bool
	if l.auth, answers = r.overrides.ProxyAuth.(auth.Challenger); answers {
		return l, nil // and is asked anew for each request to the proxy
	}
	var err error
	l.value, err = r.askAuth(l)
	return l, err
}

// askAuth returns what the request's ProxyAuth says by itself.
func (r *trip) askAuth(l *login) (string, error) {
	method, target, _, err := r.askedOfProxy()
	if err != nil {
		return "", err
	}
	req := l.request(r.ctx, method, target, &r.key)
	if err := r.overrides.ProxyAuth.Authorize(req); err != nil {
		return "", proxyError(l.proxy.addr(), err)
	}
	return proved(req), nil
}

// isFor reports whether the request's ProxyAuth is for a proxy.
func (o *Overrides) isFor(p *proxy) bool { return o.ProxyAuthFor == nil || o.ProxyAuthFor(p.shown) }

// request makes the request that an Auth is given: it says whom it is for, which is the proxy,
// and what is asked of it, and shows nothing of the request that is on its way.
func (l *login) request(ctx context.Context, method, target string, k *key) *http.Request {
	req := &http.Request{
		Method: method, Host: k.authority(),
		URL:   &url.URL{Scheme: l.proxy.shown.Scheme, Host: l.proxy.addr(), Opaque: target},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{},
	}
	if method == "" {
		req.Method = "GET"
	}
	if method == "CONNECT" {
		req.Host = target
	}
	return req.WithContext(ctx)
}

// proved returns what an Auth has put into a request. One that knows nothing of proxies sets
// Authorization, and means the server that the request is for, which is the proxy.
func proved(req *http.Request) string {
	if v := req.Header.Get(proxyAuthorization); v != "" {
		return v
	}
	return req.Header.Get("Authorization")
}

// begin returns what to say to the proxy in a request of that method and target, before it has
// asked.
func (l *login) begin(ctx context.Context, method, target string, k *key) (string, error) {
	if l.auth == nil {
		return l.value, nil
	}
	l.asked = l.request(ctx, method, target, k)
	if err := l.auth.Authorize(l.asked); err != nil {
		return "", err
	}
	return cmp.Or(proved(l.asked), l.last), nil
}

// answer returns what to say to a proxy that has answered 407 to what begin was for. again
// reports whether there is anything to say: that is so once at the most.
func (l *login) answer(res *http.Response) (value string, again bool, err error) {
	if l.auth == nil || l.asked == nil {
		return "", false, nil
	}
	req := l.asked
	l.asked = nil
	if again, err = l.auth.Answer(req, res); !again || err != nil {
		return "", false, err
	}
	l.last = proved(req)
	return l.last, true, nil
}

// identity returns what the pool tells logins apart by: the text, and who answers challenges.
func (l *login) identity(o *Overrides) (text string, who any) {
	switch {
	case l.proxy.isSocks():
		return l.socksIdentity(), nil
	case l.auth == nil:
		return l.value, nil
	case reflect.ValueOf(l.auth).Comparable():
		return "", l.auth
	}
	return "", o // whose it is, and nobody else's
}
