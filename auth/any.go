package auth

// Any: the strongest scheme that a server offers.

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// maxOrigins bounds how many origins Any remembers a scheme of.
const maxOrigins = 1024

type anyScheme struct {
	masked
	*anyState
}

type anyState struct {
	digest *digest
	basic  Auth

	mu      sync.Mutex
	schemes map[origin]scheme
}

// A scheme is what an origin has been answered with.
type scheme byte

const (
	noScheme scheme = iota
	basicScheme
	digestScheme
)

// Any returns a [Challenger] that waits for a challenge and answers it with the strongest scheme
// that it offers: Digest, as [Digest] does, else Basic. What an origin has been answered with
// is sent there ahead of the question from then on. It is a [Verifier], too.
//
// The password is sent as Basic over TLS only, or to this machine (localhost, 127.0.0.1, ::1):
// elsewhere anybody on the way could ask for it. There a challenge for Basic alone is an error
// that is [ErrNoTLS], be it of a server or of a proxy; who wants to send the password nevertheless
// says so with [Basic]. And where Digest has been used, it is not sent as Basic at all.
func Any(user, password string) Challenger {
	return &anyScheme{"Any(" + hidden + ")", &anyState{
		digest:  newDigest(user, password),
		basic:   Basic(user, password),
		schemes: map[origin]scheme{},
	}}
}

func (a *anyScheme) Authorize(req *http.Request) error {
	if at, ok := originOf(req.URL); ok && a.schemeOf(at) == basicScheme {
		return a.basic.Authorize(req)
	}
	return a.digest.Authorize(req)
}

func (a *anyScheme) Answer(req *http.Request, res *http.Response) (again bool, err error) {
	at, ok := originOf(req.URL)
	if !ok || res.StatusCode != http.StatusUnauthorized {
		return false, nil
	}
	challenges := ParseChallenges(res.Header[wwwAuthenticate])
	if _, ok := strongest(challenges); ok {
		// Noted before it is sent: whatever comes of it, Basic is out of the question.
		a.note(at, digestScheme)
		return a.digest.answer(req, res, challenges)
	}
	if !offersBasic(challenges) {
		return false, nil
	}
	if !at.isPrivate() && a.schemeOf(at) != digestScheme {
		return false, fmt.Errorf("auth: Basic without TLS: %w; auth.Basic sends it nevertheless", ErrNoTLS)
	}
	if rounds(req, a.anyState) > 0 || strings.HasPrefix(req.Header.Get(authorization), "Basic ") {
		a.note(at, noScheme) // refused
		return false, nil
	}
	if !a.note(at, basicScheme) { // there was Digest
		return false, nil
	}
	if err := a.basic.Authorize(req); err != nil {
		return false, err
	}
	countRound(req, a.anyState)
	return true, nil
}

func (a *anyScheme) Verify(req *http.Request, res *http.Response) error {
	return a.digest.Verify(req, res)
}

func offersBasic(challenges []Challenge) bool {
	for _, c := range challenges {
		if strings.EqualFold(c.Scheme, "Basic") {
			return true
		}
	}
	return false
}

func (a *anyState) schemeOf(at origin) scheme {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.schemes[at]
}

// note remembers what an origin is answered with; noScheme forgets it. It reports whether it
// may be: not Basic after Digest, and nothing where there is no room. Nothing makes room by
// forgetting Digest: who could bring that about would get the password.
func (a *anyState) note(at origin, s scheme) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	known, ok := a.schemes[at]
	switch {
	case known == digestScheme:
		return s == digestScheme
	case s == noScheme:
		delete(a.schemes, at)
	case ok:
		a.schemes[at] = s
	case len(a.schemes) < maxOrigins || a.forgetBasic():
		a.schemes[at.clone()] = s
	default:
		return false
	}
	return true
}

// forgetBasic makes room. The lock is held.
func (a *anyState) forgetBasic() bool {
	for at, s := range a.schemes {
		if s == basicScheme {
			delete(a.schemes, at)
			return true
		}
	}
	return false
}
