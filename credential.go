// Which credential a call has: the options that bring one, and their order.

package godwit

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"example.com/godwit/auth"
	"example.com/godwit/transport"
)

// Auth says who is asking; see package auth. It is told to the origin of the call's first URL,
// or in a session with a [BaseURL] to that origin, and to nobody else. nil: nobody is, whatever
// netrc says. auth.Proxy is for the proxies that the call's first request goes through; one that
// only a redirect brings into play is told the user info of its own URL, and no more.
//
// Of several credentials the first one counts of: the call's Authorization field, the call's
// Auth, the user info of the URL, the session's field or Auth (whichever was said last), and
// netrc (see [NoEnv]). Both of the first two are an error.
//
// In plain http a proxy can read whatever passes through it, and nobody can tell its 401 from
// the origin's; over TLS it gets nothing of all this, whatever it answers.
func Auth(a auth.Auth) Option { return authOption{a} }

// BasicAuth is [Auth] with a name and a password (RFC 7617).
func BasicAuth(user, password string) Option { return authOption{auth.Basic(user, password)} }

// Bearer is [Auth] with a token (RFC 6750).
func Bearer(token string) Option { return authOption{auth.Bearer(token)} }

type authOption struct{ auth auth.Auth }

// Apply sets Request.Auth, or Request.ProxyAuth.
func (o authOption) Apply(r *Request) error {
	if p, ok := o.auth.(interface{ ForProxy() }); ok && p != nil {
		r.ProxyAuth = o.auth
		return nil
	}
	r.Auth, r.who = o.auth, whoByAuth
	return nil
}

// String returns the option without what is secret.
func (o authOption) String() string {
	if s, ok := o.auth.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("Auth(%T)", o.auth)
}

// GoString is String: %#v would show what is inside.
func (o authOption) GoString() string { return o.String() }

// A who says what a level (the session, the call) has said last of who is asking.
type who uint8

const (
	whoUnsaid who = iota
	whoByField
	whoByAuth
)

// said is what one level says of who is asking.
type said struct {
	field    []string
	hasField bool // even if it is nil: none is wanted
	auth     auth.Auth
	who      who
}

// takeSaid takes what has been said so far out of the request.
func (r *Request) takeSaid() said {
	var s said
	s.field, s.hasField = r.Header["Authorization"]
	s.auth, s.who = r.Auth, r.who
	if s.auth != nil && s.who == whoUnsaid {
		s.who = whoByAuth // somebody has set the field of Request
	}
	if s.hasField && s.who == whoUnsaid {
		s.who = whoByField
	}
	if s.hasField {
		delete(r.Header, "Authorization")
	}
	r.Auth, r.who = nil, whoUnsaid
	return s
}

// give puts it back.
func (r *Request) give(s said) {
	if s.who == whoByField {
		r.Header["Authorization"] = s.field
		return
	}
	r.Auth = s.auth
}

var errTwoCredentials = errors.New("both an Authorization field and an Auth: which one is it?")

// settle decides who is asking: what the call says (which is in r), what the URL says, what
// the session says. The URL loses its user info, so that it cannot go anywhere else.
func (r *Request) settle(u *url.URL, session said) error {
	user := takeUser(u)
	call := r.takeSaid()
	r.origin = transport.Origin(u)
	r.netrc = false
	switch {
	case call.who != whoUnsaid:
		if len(call.field) > 0 && call.auth != nil {
			return r.refuse(ErrRequest, errTwoCredentials)
		}
		r.give(call)
	case user != nil:
		return r.takeUserInfo(user)
	case session.who != whoUnsaid:
		r.give(session)
	default:
		r.netrc = !r.NoEnv.Netrc
	}
	return nil
}

// takeUser takes the user info out of the URL, nil if it says nothing: "http://@h/" has an empty
// one.
func takeUser(u *url.URL) *url.Userinfo {
	user := u.User
	u.User = nil
	if user == nil {
		return nil
	}
	if password, _ := user.Password(); user.Username() == "" && password == "" {
		return nil
	}
	return user
}

// takeUserInfo makes the user info of the URL a credential for its origin.
func (r *Request) takeUserInfo(user *url.Userinfo) error {
	password, _ := user.Password()
	a := auth.Basic(user.Username(), password)
	probe := http.Request{Header: make(http.Header)}
	if err := a.Authorize(&probe); err != nil {
		return r.refuse(ErrURL, fmt.Errorf("its user info cannot be sent: %w", err))
	}
	r.Auth, r.userInfo, r.netrc = a, true, false
	if password == "" && !r.NoEnv.Netrc {
		r.userOnly = user.Username()
	}
	return nil
}
