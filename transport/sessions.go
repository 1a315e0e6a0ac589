package transport

import (
	"crypto/tls"
	"sync"
)

// sessions holds a cache of TLS sessions for each trust, for as many as are in use.
type sessions struct {
	mu     sync.Mutex // guards the following
	caches map[trust]*sessionCache
	byUse  list[sessionCache] // the one used last is first
}

type sessionCache struct {
	tls.ClientSessionCache
	trust trust
	byUse links[sessionCache]
}

func sessionByUse(c *sessionCache) *links[sessionCache] { return &c.byUse }

// How many are kept: a program has few sets of settings, and a server sends few tickets.
const (
	mostTrusts   = 64
	mostSessions = 256 // of one trust
)

func (s *sessions) cache(t trust) tls.ClientSessionCache {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.caches[t]
	switch {
	case c != nil:
		s.byUse.remove(c, sessionByUse)
	case s.byUse.len == mostTrusts:
		delete(s.caches, s.byUse.last.trust)
		s.byUse.remove(s.byUse.last, sessionByUse)
		fallthrough
	default:
		if s.caches == nil {
			s.caches = make(map[trust]*sessionCache)
		}
		c = &sessionCache{ClientSessionCache: tls.NewLRUClientSessionCache(mostSessions), trust: t}
		s.caches[t] = c
	}
	s.byUse.pushFirst(c, sessionByUse)
	return c
}
