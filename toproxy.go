// Options for what proxies are told, and for TLS with them.

package godwit

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"example.com/godwit/transport"
)

// ProxyHeader has header fields for the proxy, and for nobody behind it: they go with CONNECT, by
// which it is asked for a way to an https origin, and not into that. With an http origin it is the
// proxy that reads the request; it gets them beside the request's own, and may pass them on.
// SOCKS has no fields. They go to the proxies of the call's first request, and to no other that
// only a redirect brings into play. "" removes a field that an earlier option has set.
//
// Who is asking the proxy is said by the user info of its URL, or by Auth(auth.Proxy(…)).
type ProxyHeader map[string]string

// Apply adds to Request.ProxyHeader.
func (h ProxyHeader) Apply(r *Request) error {
	own := maps.Clone(r.ProxyHeader)
	if own == nil {
		own = make(http.Header, len(h))
	}
	for name, value := range h {
		if value == "" {
			own.Del(name)
			continue
		}
		own[http.CanonicalHeaderKey(name)] = []string{value}
	}
	r.ProxyHeader = own
	return nil
}

// String returns the names, but no values: those may be secret.
func (h ProxyHeader) String() string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		names = append(names, strconv.QuoteToASCII(name))
	}
	return "ProxyHeader{" + strings.Join(names, ", ") + "}"
}

// Format prints what String returns, whatever the verb.
func (h ProxyHeader) Format(f fmt.State, verb rune) { format(f, verb, h.String()) }

var _ fmt.Formatter = ProxyHeader{}

// ProxyTLS is how TLS is spoken with https proxies: [CA], [AddCA], [ClientCert], [Pin],
// [TLSSettings], [TLS] and [Insecure] say of the proxy what they say of an origin without it. Where
// it says nothing, proxies are trusted as far as any origin is: CA and AddCA outside of it, and the
// environment, hold for them too, but nothing that is for one origin. It takes the place of an
// earlier ProxyTLS, and ProxyTLS() is none.
func ProxyTLS(opts ...Option) Option { return proxyTLS(opts) }

type proxyTLS []Option

var errProxyTLS = errors.New("ProxyTLS: only CA, AddCA, ClientCert, Pin, TLSSettings, TLS and Insecure say anything of TLS with a proxy")

// Apply sets Request.ProxyTLS.
func (o proxyTLS) Apply(r *Request) error {
	r.ProxyTLS = nil
	if len(o) == 0 {
		return nil
	}
	own, empty := Request{Header: http.Header{}}, Request{Header: http.Header{}}
	if err := Defaults(o).Apply(&own); err != nil {
		return fmt.Errorf("ProxyTLS: %w", err)
	}
	said := &transport.Overrides{
		CA: own.CA, AddCA: own.AddCA, TLSSettings: own.TLSSettings, TLS: own.TLS,
		Certificate: own.Certificate, Pins: own.Pins, Insecure: own.Insecure,
	}
	own.CA, own.AddCA, own.TLSSettings, own.Pins = nil, nil, nil, transport.Pins{}
	own.dropOrigin()
	if !reflect.DeepEqual(own, empty) {
		return errProxyTLS
	}
	r.ProxyTLS = said
	return nil
}

// String returns the option as it is written.
func (o proxyTLS) String() string {
	var all []string
	for _, opt := range o {
		all = append(all, fmt.Sprint(opt))
	}
	return "ProxyTLS(" + strings.Join(all, ", ") + ")"
}
