// From a session's defaults, a mount's options and a call's own to one request.

package godwit

import (
	"net/url"
	"slices"

	"example.com/godwit/transport"
)

// fill makes a request of the session's defaults and the call's options, and returns the
// URL that it goes to.
func (s *Session) fill(r *Request, method, rawURL string, opts []Option) (*url.URL, error) {
	mounts := s.chain()
	if mounts.err != nil {
		return nil, refuse(ErrRequest, method, rawURL, mounts.err)
	}
	u, err := s.fillFrom(nil, r, method, rawURL, opts)
	if err != nil {
		return nil, err
	}
	// Only now it is known where the call goes, and which mount has options for it.
	if m := mountOf(mounts.mounts, u); m != nil && len(m.options) > 0 {
		*r = Request{}
		return s.fillFrom(m.options, r, method, rawURL, opts)
	}
	return u, nil
}

// fillFrom is fill, with the options of a mount.
func (s *Session) fillFrom(mount Defaults, r *Request, method, rawURL string, opts []Option) (*url.URL, error) {
	r.init(method, rawURL)
	session, err := r.applyLevels(s.Defaults, mount, "")
	if err != nil {
		return nil, err
	}
	base := r.BaseURL
	if err := r.apply(opts); err != nil {
		return nil, err
	}
	if err := r.expandURL(); err != nil {
		return nil, err
	}
	u, err := resolve(r.BaseURL, r.URL)
	if err != nil {
		return nil, r.refuse(ErrURL, err)
	}
	if base != "" && (base != r.BaseURL || isAbsolute(r.URL)) {
		b, err := parseURL(base)
		if err != nil {
			return nil, refuse(ErrURL, r.Method, base, err)
		}
		if !sameOrigin(b, u) {
			*r = Request{}
			r.init(method, rawURL)
			if session, err = r.applyLevels(s.Defaults, mount, transport.Origin(b)); err != nil {
				return nil, err
			}
			if err := r.apply(opts); err != nil {
				return nil, err
			}
			if err := r.expandURL(); err != nil {
				return nil, err
			}
		}
	}
	if err := r.settle(u, session); err != nil {
		return nil, err
	}
	if err := r.checkPins(u); err != nil {
		return nil, err
	}
	r.secrets = r.secrets.bind(r.origin)
	return u, nil
}

// applyLevels applies what comes before a call's own options, and returns what it says of who
// is asking, which is then no part of r. base is the origin of the BaseURL, if the request goes to
// another one: a mount's options are meant for that, the session's are not.
func (r *Request) applyLevels(session, mount Defaults, base string) (said, error) {
	if err := r.apply(session); err != nil {
		return said{}, err
	}
	if base != "" {
		r.toForeign(base, r.takeSaid())
	}
	if err := r.apply(mount); err != nil {
		return said{}, err
	}
	return r.takeSaid(), nil
}

// toForeign takes what is meant for the BaseURL's origin out of a request that goes to another.
func (r *Request) toForeign(base string, session said) {
	if len(session.field) > 0 || session.auth != nil {
		r.withheld = append(r.withheld, "Authorization")
	}
	var dropped []string
	r.Header, dropped = crossOrigin(r.Header, r.KeepHeaders, false)
	r.withheld = append(r.withheld, dropped...)
	r.secrets = r.secrets.bind(base)
	r.withheld = append(r.withheld, r.secrets.withoutSecrets(r.Header, "")...)
	r.Params = slices.DeleteFunc(r.Params, func(p [2]string) bool {
		return slices.ContainsFunc(r.secrets, func(s secret) bool { return s.in(p[1]) })
	})
	if len(r.Cookies) > 0 {
		r.Cookies, r.withheld = nil, append(r.withheld, "Cookie")
	}
	r.dropOrigin()
}
