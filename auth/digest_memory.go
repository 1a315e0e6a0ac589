package auth

// Digest's memory: what servers have told us, by origin and realm, and how often each nonce has
// been used.

import (
	"math"
	"slices"
	"strings"
	"sync"
)

// Bounds of a memory. Servers choose what is in it.
const (
	maxSpaces = 64 // protection spaces: realms of origins
	maxNonces = 4  // of a space: servers that do not share theirs may stand behind one name
)

// A protection space (RFC 9110 11.5) and the last offer that was made there.
type protectionSpace struct {
	origin origin
	offer  offer        // but its nonce, which is in nonces
	paths  []string     // where it begins; nil: it is all of the origin
	nonces []nonceCount // the current one comes first
}

// A nonceCount says how often credentials were made with a nonce. A server that counts too
// takes a count that comes twice for a replay.
type nonceCount struct {
	nonce string
	n     uint32
}

// A memory holds the protection spaces, the one used last first.
type memory struct {
	mu     sync.Mutex
	spaces []*protectionSpace
}

// take counts one more use of the current nonce of the space that path is in: the one that says
// so most exactly, of several of those the one used last. ok is false if there is none.
func (m *memory) take(at origin, path string) (o offer, n uint32, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, longest := -1, -1
	for i, s := range m.spaces {
		if length, in := s.covers(at, path); in && length > longest {
			found, longest = i, length
		}
	}
	if found < 0 {
		return offer{}, 0, false
	}
	s := m.spaces[found]
	if len(s.nonces) == 0 || s.nonces[0].n == math.MaxUint32 {
		return offer{}, 0, false
	}
	m.toFront(found)
	s.nonces[0].n++
	o = s.offer
	o.nonce = s.nonces[0].nonce
	return o, s.nonces[0].n, true
}

// covers reports whether the path at that origin is in the space, by which length of prefix.
func (s *protectionSpace) covers(at origin, path string) (length int, in bool) {
	if s.origin != at {
		return 0, false
	}
	if s.paths == nil {
		return 0, true
	}
	for _, prefix := range s.paths {
		if strings.HasPrefix(path, prefix) && len(prefix) >= length {
			length, in = len(prefix), true
		}
	}
	return length, in
}

// learn notes an offer and counts a use of its nonce. ok is false if the nonce is used up.
func (m *memory) learn(at origin, o offer, paths []string) (n uint32, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.find(at, o.realm)
	if s == nil {
		s = &protectionSpace{origin: at.clone()}
		m.spaces = append(m.spaces, s)
		m.toFront(len(m.spaces) - 1)
		if len(m.spaces) > maxSpaces {
			m.spaces = slices.Delete(m.spaces, maxSpaces, len(m.spaces))
		}
	}
	s.offer, s.paths = o.clone(), paths
	s.current(s.offer.nonce)
	s.offer.nonce = ""
	if s.nonces[0].n == math.MaxUint32 {
		return 0, false
	}
	s.nonces[0].n++
	return s.nonces[0].n, true
}

// next makes a nonce the current one of a space that is known.
func (m *memory) next(at origin, realm, nonce string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.find(at, realm); s != nil {
		s.current(strings.Clone(nonce))
	}
}

// uses returns how often the nonce has been used, as far as that is known.
func (m *memory) uses(at origin, realm, nonce string) uint32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.find(at, realm); s != nil {
		for _, c := range s.nonces {
			if c.nonce == nonce {
				return c.n
			}
		}
	}
	return 0
}

// forget drops a space if the nonce is its current one. What others have learnt since stays.
func (m *memory) forget(at origin, realm, nonce string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.spaces = slices.DeleteFunc(m.spaces, func(s *protectionSpace) bool {
		return s.origin == at && s.offer.realm == realm && s.nonces[0].nonce == nonce
	})
}

// find returns the space of a realm and moves it to the front. The lock is held.
func (m *memory) find(at origin, realm string) *protectionSpace {
	for i, s := range m.spaces {
		if s.origin == at && s.offer.realm == realm {
			m.toFront(i)
			return s
		}
	}
	return nil
}

// toFront moves a space to the front. The lock is held.
func (m *memory) toFront(i int) {
	s := m.spaces[i]
	copy(m.spaces[1:i+1], m.spaces[:i])
	m.spaces[0] = s
}

// current moves a nonce to the front of the space's, with its count if it is known.
func (s *protectionSpace) current(nonce string) {
	c := nonceCount{nonce: nonce}
	if i := slices.IndexFunc(s.nonces, func(c nonceCount) bool { return c.nonce == nonce }); i >= 0 {
		c = s.nonces[i]
		s.nonces = slices.Delete(s.nonces, i, i+1)
	}
	s.nonces = slices.Insert(s.nonces, 0, c)
	if len(s.nonces) > maxNonces {
		s.nonces = s.nonces[:maxNonces]
	}
}
