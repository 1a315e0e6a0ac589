package transport

import (
	"strings"
	"sync/atomic"
)

// A memo is the key that has been made of a URL's scheme and host. Most requests are for the
// few that a program deals with, and need not be looked at in detail again.
type memo struct {
	scheme, host string // as in the URL
	key          key    // without trust, which the request has a say in
}

// memos are the last ones, each in the place that its host comes to. They hold strings of
// their own: a URL may be long, and secret.
type memos [16]atomic.Pointer[memo]

// place returns where the memo of a host is kept.
func (m *memos) place(host string) *atomic.Pointer[memo] {
	if host == "" {
		return &m[0]
	}
	return &m[(len(host)+7*int(host[0])+31*int(host[len(host)-1]))%len(m)]
}

// setKey checks the request's URL, and makes of it what its connection is looked for by, but for
// the proxy. A key is large: it is made in its place.
func (r *trip) setKey() error {
	t, u := r.t, r.req.URL
	if u == nil {
		return urlError("none")
	}
	place := t.memos.place(u.Host)
	m := place.Load()
	if m == nil || m.host != u.Host || m.scheme != u.Scheme {
		k, err := keyOf(u)
		if err != nil {
			return err
		}
		k.scheme, k.host, k.port = strings.Clone(k.scheme), strings.Clone(k.host), strings.Clone(k.port)
		m = &memo{strings.Clone(u.Scheme), strings.Clone(u.Host), k}
		place.Store(m)
	}
	r.key = m.key
	if err := r.setProtocols(); err != nil {
		return err
	}
	if r.key.scheme == "https" && r.overrides != nil {
		var err error
		r.key.trust, err = t.trustOf(u, r.overrides)
		return err
	}
	return nil
}
