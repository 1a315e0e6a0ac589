package transport

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"example.com/godwit/conn"
)

// setProxyHeader finds the fields that are for the proxy and nobody else. SOCKS has none.
func (r *trip) setProxyHeader(o *Overrides) error {
	h := r.t.ProxyHeader
	if o != nil && o.ProxyHeader != nil {
		if h = o.ProxyHeader; !o.isFor(r.login.proxy) {
			return nil
		}
	}
	if len(h) == 0 || r.login.proxy.isSocks() {
		return nil
	}
	own := make(http.Header, len(h))
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		canonical := http.CanonicalHeaderKey(name)
		if why := notForProxies(canonical); why != "" {
			return &conn.Error{Err: &conn.RequestError{What: "field name", Name: name, Why: why}}
		}
		own[canonical] = append(own[canonical], h[name]...)
		for _, value := range h[name] {
			text.WriteString(strconv.Quote(name) + strconv.Quote(value))
		}
	}
	r.login.header, r.key.via.header = own, text.String()
	return nil
}

// notForProxies says why a field cannot be among those for a proxy; "": it can.
func notForProxies(name string) string {
	switch name {
	case proxyAuthorization:
		return "who is asking the proxy is said by ProxyAuth, or by the user info of its URL"
	case "Host":
		return "a proxy is told the host of the request"
	case "Content-Length", "Transfer-Encoding", "Trailer", "Te", "Expect":
		return "it is about a body, which a CONNECT does not have (RFC 9110 9.3.6)"
	case "Connection", "Proxy-Connection", "Keep-Alive", "Upgrade":
		return "it is about the connection, which is not the caller's"
	}
	return ""
}
