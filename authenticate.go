// The layer that proves who is asking: it adds credentials, and answers one challenge.

package godwit

import (
	"maps"
	"net/http"
	"strings"

	"example.com/godwit/auth"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// authenticate is the layer.
func authenticate(next http.RoundTripper) http.RoundTripper { return authenticator{next} }

type authenticator struct{ next http.RoundTripper }

// RoundTrip sends req with the call's credentials, if it goes to the origin that they are for,
// and again if the answer is a challenge that they know how to answer.
func (l authenticator) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req)
	if c == nil {
		return l.next.RoundTrip(req)
	}
	who, err := c.credentials(req)
	if err != nil {
		closeBody(req)
		return nil, &authError{err}
	}
	if who == nil {
		return l.next.RoundTrip(req)
	}
	out := withOwnHeader(req)
	orClose(req.Body, func() { err = who.Authorize(out) })
	if err != nil {
		closeBody(req)
		return nil, &authError{err}
	}
	if c.session.Tracer != nil && c.request.Auth != nil && !c.request.userInfo { // who is its
		c.tell(trace.Choice{Call: c.id, What: "credential", Value: scheme(out), Rule: "Auth option"})
	}
	res, err := l.send(who, out)
	challenger, ok := who.(auth.Challenger)
	for round := 0; ok && err == nil && res.StatusCode == http.StatusUnauthorized && round < maxAnswers; round++ {
		again := withOwnHeader(out)
		var willing bool
		var wrong error
		orClose(res.Body, func() { willing, wrong = challenger.Answer(again, res) })
		if wrong != nil {
			res.Body.Close()
			return nil, &authError{wrong}
		}
		if !willing {
			break
		}
		letGo(res)
		if out, err = reopened(again); err != nil {
			return nil, err
		}
		if c.session.Tracer != nil {
			c.tell(trace.Attempt{Call: c.id, Hop: c.hop, N: c.n + 1, Kind: "challenge"})
		}
		res, err = l.send(who, out)
	}
	return res, err
}

// scheme returns by which one a request proves who is asking, "none as yet" if it waits to be asked.
func scheme(req *http.Request) string {
	value := req.Header.Get("Authorization")
	if value == "" {
		return "none as yet"
	}
	name, _, _ := strings.Cut(value, " ")
	if len(name) == len(value) {
		return "a field" // which may be all secret
	}
	return name
}

// maxAnswers bounds the answers to challenges: one, and another for a nonce that has grown stale
// just then.
const maxAnswers = 2

// send sends a request and lets the credentials check who has answered.
func (l authenticator) send(who auth.Auth, req *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if v, ok := who.(auth.Verifier); ok {
		orClose(res.Body, func() { err = v.Verify(req, res) })
		if err != nil {
			res.Body.Close()
			return nil, &authError{err}
		}
	}
	return res, nil
}

// withOwnHeader returns a copy of the request whose header can be altered.
func withOwnHeader(req *http.Request) *http.Request {
	out := req.WithContext(req.Context())
	out.Header = maps.Clone(req.Header)
	return out
}

// An authError says that credentials could not be had, or that the server did not prove who it
// is.
type authError struct{ err error }

func (e *authError) Error() string        { return "authentication: " + e.err.Error() }
func (e *authError) Unwrap() error        { return e.err }
func (e *authError) Is(target error) bool { return target == ErrAuth }

// credentials returns what proves to the request's origin who is asking, nil if nothing does.
// Credentials are for the origin that the call was for, and once a redirect has left it they
// are not used again (CVE-2024-45336).
func (c *call) credentials(req *http.Request) (auth.Auth, error) {
	r := c.request
	switch {
	case r.Auth != nil:
		if hasCrossed(req) || transport.Origin(req.URL) != r.origin {
			return nil, nil
		}
		if r.userOnly != "" {
			if a, err := c.fromNetrc(req, r.userOnly); a != nil || err != nil {
				return a, err
			}
		}
		return r.Auth, nil
	case !r.netrc || len(req.Header["Authorization"]) > 0:
		return nil, nil
	}
	return c.fromNetrc(req, "")
}

// fromNetrc returns the credentials that the user's netrc has for the request's host, those of
// user if that is not "". Each hop looks its own up, and none inherits another's (CVE-2024-11053):
// neither do those of the first host go to another port or scheme of it, which netrc does not tell
// apart, nor the default to whoever a redirect names.
func (c *call) fromNetrc(req *http.Request, user string) (auth.Auth, error) {
	file, err := c.session.shared().netrc.of(c)
	if file == nil || err != nil {
		return nil, err
	}
	u := req.URL
	if isSocketURL(u) {
		return nil, nil // which no host names, nor the default means
	}
	if hasCrossed(req) && (sameHost(u.Hostname(), c.firstHost) || !file.Has(u.Hostname())) {
		return nil, nil
	}
	login, password, ok := file.Lookup(u.Hostname(), user)
	if !ok {
		return nil, nil
	}
	if c.session.Tracer != nil {
		c.tell(trace.Choice{Call: c.id, What: "credential", Value: "Basic", Rule: "netrc: " + file.Where(u.Hostname(), user)})
	}
	return auth.Basic(login, password), nil
}
