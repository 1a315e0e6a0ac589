package auth

// Origin: whom credentials are for; and how often a request has been answered.

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// An origin is the scheme, host and port of a URL (RFC 6454): what is known of one is never
// used for another.
type origin struct{ scheme, host, port string }

// originOf returns the origin of a URL, with its default port. ok is false without a host.
func originOf(u *url.URL) (o origin, ok bool) {
	if u == nil {
		return origin{}, false
	}
	o = origin{strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()}
	if o.port == "" {
		switch o.scheme {
		case "http":
			o.port = "80"
		case "https":
			o.port = "443"
		}
	}
	return o, o.host != ""
}

// isPrivate reports whether nobody on the way can read what is sent there: there is TLS, or no
// way, since it is this machine.
func (o origin) isPrivate() bool {
	if o.scheme == "https" || o.scheme == "wss" {
		return true
	}
	if addr, err := netip.ParseAddr(o.host); err == nil {
		return addr.Unmap().IsLoopback() && addr.Zone() == ""
	}
	host := strings.TrimSuffix(o.host, ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost") // RFC 6761 6.3
}

// clone returns an origin that shares no memory with a URL.
func (o origin) clone() origin {
	return origin{strings.Clone(o.scheme), strings.Clone(o.host), strings.Clone(o.port)}
}

// roundsKey is the key under which a context holds how often a Challenger, which is part of the
// key, has answered for a request.
type roundsKey struct{ by any }

// rounds returns how often by has answered for the request.
func rounds(req *http.Request, by any) int {
	n, _ := req.Context().Value(roundsKey{by}).(int)
	return n
}

// countRound notes in the request that by has answered once more.
func countRound(req *http.Request, by any) {
	ctx := context.WithValue(req.Context(), roundsKey{by}, rounds(req, by)+1)
	*req = *req.WithContext(ctx)
}
