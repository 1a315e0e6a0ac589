// How a session takes over a request: one that it has prepared, or anybody's.

package godwit

import (
	"cmp"
	"net/http"
	"net/url"

	"example.com/godwit/transport"
)

// adopt makes a call of a request, and returns the request to send for it. It does not
// alter req, which may be sent more than once at the same time.
func (s *Session) adopt(req *http.Request, rd reader) (*call, *http.Request, error) {
	if req == nil || req.URL == nil {
		return nil, nil, refuse(ErrRequest, "", "", errNilRequest)
	}
	u := *req.URL // its own, since the caller may alter the other
	if err := checkURL(&u); err != nil {
		closeBody(req)
		return nil, nil, refuse(ErrURL, req.Method, req.URL.String(), err)
	}
	p, _ := req.Context().Value(preparedKey{}).(*prepared)
	r := new(Request)
	var err error
	if p != nil {
		err = r.fromPrepared(p, req, &u)
	} else {
		err = s.fromOther(r, req, &u)
	}
	if err != nil {
		closeBody(req)
		return nil, nil, err
	}
	c := new(call)
	c.begin(req.Context(), s, r, &u, rd)
	out := req.WithContext(c)
	out.Method, out.URL, out.Header = r.Method, &u, r.Header
	if p != nil && p.body != nil && req.Body == p.body {
		if err := openBody(out, r.Body); err != nil {
			return nil, nil, c.end(0, err)
		}
	} else if err := r.takeBody(out); err != nil {
		closeBody(req)
		return nil, nil, c.end(0, refuse(ErrRequest, r.Method, r.URL, err))
	}
	return c, out, nil
}

// fromPrepared fills r with what Prepare has made; the caller may have altered it since.
func (r *Request) fromPrepared(p *prepared, req *http.Request, u *url.URL) error {
	*r = p.request
	r.Method, r.URL = cmp.Or(req.Method, http.MethodGet), req.URL.String()
	r.Header = make(http.Header, len(req.Header))
	for name, values := range req.Header {
		r.Header[name] = values
	}
	if r.asked && (len(r.Header["Range"]) > 0 || r.Method == http.MethodHead) {
		delete(r.Header, "Accept-Encoding")
	}
	r.asked = r.asked && len(r.Header["Accept-Encoding"]) > 0
	user := takeUser(u)
	if origin := transport.Origin(u); origin != r.origin {
		r.Auth, r.origin = nil, origin // somebody has led it elsewhere
	}
	if shown, ok := r.Header["Authorization"]; ok && sameSlice(shown, p.shown) {
		delete(r.Header, "Authorization") // it is made anew for each request
	} else if ok {
		r.Auth, r.netrc = nil, false
	} else if user != nil {
		return r.takeUserInfo(user)
	} else if p.shown != nil {
		r.Auth, r.netrc = nil, false // somebody has taken it away
	}
	return nil
}

// fromOther fills r with what the session says about a request of somebody else's making,
// and with what that says itself, which wins.
func (s *Session) fromOther(r *Request, req *http.Request, u *url.URL) error {
	chain := s.chain()
	if chain.err != nil {
		return refuse(ErrRequest, req.Method, req.URL.String(), chain.err)
	}
	var mount Defaults
	if m := mountOf(chain.mounts, u); m != nil {
		mount = m.options
	}
	r.init(req.Method, "")
	session, err := r.applyLevels(s.Defaults, mount)
	if err != nil {
		return err
	}
	r.Method, r.URL, r.Body = cmp.Or(req.Method, http.MethodGet), req.URL.String(), nil
	if r.BaseURL != "" {
		b, err := parseURL(r.BaseURL)
		if err != nil {
			return refuse(ErrURL, r.Method, r.BaseURL, err)
		}
		if !sameOrigin(b, u) {
			r.toForeign(transport.Origin(b), session)
			r.Cookies, session = nil, said{}
		}
	}
	r.merge(req)
	if err := r.addCookies(); err != nil {
		return refuse(ErrRequest, r.Method, r.URL, err)
	}
	if u.RawQuery == "" {
		u.RawQuery = joinQuery(r.Query, r.Params.encode())
	}
	if r.Retry.Max > 0 && req.GetBody == nil && req.Body != nil && req.Body != http.NoBody {
		r.Retry = Retry{} // it was not made for this request, which cannot be sent twice
	}
	r.addIdempotencyKey()
	r.asked = addDefaults(r.Header, r.Method)
	if err := r.settle(u, session); err != nil {
		return err
	}
	r.secrets = r.secrets.bind(r.origin)
	return nil
}

// merge puts the request's own header over that of the defaults.
func (r *Request) merge(req *http.Request) {
	if len(req.Header["Cookie"]) > 0 {
		r.Cookies = nil
	}
	delete(r.Header, "Host")
	delete(r.Header, "Content-Type") // it would be that of another body
	for name, values := range req.Header {
		r.Header[name] = values
	}
}

// closeBody closes the body of a request that is not sent, as the contract of RoundTrip has it.
func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
