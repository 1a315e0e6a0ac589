package transport

import (
	"crypto/tls"
	"crypto/x509"
	"sync"
)

// sessions holds a cache of TLS sessions for each trust, for as many as are in use.
type sessions struct {
	mu     sync.Mutex // guards the following
	caches map[trustID]*sessionCache
	byUse  list[sessionCache] // the one used last is first
}

// A sessionCache is what handshakes of the same trust share.
type sessionCache struct {
	tls.ClientSessionCache
	trust trustID
	byUse links[sessionCache]

	rootsOnce sync.Once
	roots     *x509.CertPool // with those that are added; see rootsFor
}

func sessionByUse(c *sessionCache) *links[sessionCache] { return &c.byUse }

// How many are kept: a program has few sets of settings, and a server sends few tickets.
const (
	mostTrusts   = 64
	mostSessions = 256 // of one trust
)

func (s *sessions) cache(id trustID) *sessionCache {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.caches[id]
	switch {
	case c != nil:
		s.byUse.remove(c, sessionByUse)
	case s.byUse.len == mostTrusts:
		delete(s.caches, s.byUse.last.trust)
		s.byUse.remove(s.byUse.last, sessionByUse)
		fallthrough
	default:
		if s.caches == nil {
			s.caches = make(map[trustID]*sessionCache)
		}
		c = &sessionCache{ClientSessionCache: tls.NewLRUClientSessionCache(mostSessions), trust: id}
		s.caches[id] = c
	}
	s.byUse.pushFirst(c, sessionByUse)
	return c
}
