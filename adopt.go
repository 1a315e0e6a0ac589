// How a session takes over a request: one that it has prepared, or anybody's.

package godwit

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"

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
		if !r.Body.once {
			out.GetBody = r.Body.Open
		}
		if err := r.openBody(out); err != nil {
			return nil, nil, c.end(0, err)
		}
		return c, out, nil
	}
	if p != nil && p.reopens(req) {
		out.GetBody = nil // it would bring back what Body was before the caller has replaced it
	}
	if err := r.takeBody(out); err != nil {
		closeBody(req)
		return nil, nil, c.end(0, r.refuse(ErrRequest, err))
	}
	return c, out, nil
}

// reopens reports whether the request's GetBody is the one that Prepare has put in.
func (p *prepared) reopens(req *http.Request) bool {
	if p.body == nil || req.GetBody == nil {
		return false
	}
	rc, err := req.GetBody()
	if err != nil {
		return false
	}
	defer rc.Close()
	b, ok := rc.(*lazyBody)
	return ok && b.of == p
}

// fromPrepared fills r with what Prepare has made; the caller may have altered it since.
func (r *Request) fromPrepared(p *prepared, req *http.Request, u *url.URL) error {
	*r = p.request
	r.Method, r.URL = cmp.Or(req.Method, http.MethodGet), req.URL.String()
	r.Order = slices.Clip(r.Order)
	r.Header = r.ordered(req.Header)
	if r.asked && (len(r.Header["Range"]) > 0 || r.Method == http.MethodHead) {
		delete(r.Header, "Accept-Encoding")
	}
	r.asked = r.asked && len(r.Header["Accept-Encoding"]) > 0
	user := takeUser(u)
	field, ok := r.Header["Authorization"]
	untouched := ok && sameSlice(field, p.shown)
	if untouched {
		delete(r.Header, "Authorization") // it is made anew for each request
		ok = false
	}
	if origin := transport.Origin(u); r.origin != "" && origin != r.origin {
		ok = r.leadElsewhere(p, origin) && ok
	}
	switch {
	case ok:
		r.Auth, r.netrc = nil, false
	case user != nil:
		return r.takeUserInfo(user)
	case p.shown != nil && !untouched:
		r.Auth, r.netrc = nil, false // somebody has taken it away
	}
	return nil
}

// leadElsewhere takes what was meant for the origin that a request was prepared for out of it, as
// somebody has led it to another one. Fields that the caller has put in since, and those that are
// no credentials, are the caller's to see to. It reports whether an Authorization could be left.
func (r *Request) leadElsewhere(p *prepared, origin string) bool {
	had := r.Auth != nil
	r.Auth, r.userInfo, r.userOnly, r.origin = nil, false, "", origin
	r.dropOrigin()
	r.withheld = nil
	for _, name := range [...]string{"Authorization", "Cookie"} {
		if own := r.Header[name]; sameSlice(own, p.fields[name]) {
			delete(r.Header, name)
			r.withheld = append(r.withheld, name)
		}
	}
	if had {
		r.withheld = append(r.withheld, "Authorization")
	}
	return !slices.Contains(r.withheld, "Authorization")
}

// ordered returns a copy of a header in which names are as http.Header spells them; how they were
// spelt, and are sent, goes into Order.
func (r *Request) ordered(h http.Header) http.Header {
	own := make(http.Header, len(h)+3)
	var odd []string
	for name, values := range h {
		if name == http.CanonicalHeaderKey(name) {
			own[name] = values
		} else {
			odd = append(odd, name)
		}
	}
	slices.Sort(odd)
	for _, name := range odd {
		key := http.CanonicalHeaderKey(name)
		if key == "Content-Length" || key == "Transfer-Encoding" {
			own[name] = h[name] // for the engine to refuse
			continue
		}
		own[key] = append(slices.Clip(own[key]), h[name]...)
		r.place(name)
	}
	return own
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
	text := req.URL.String()
	r.init(req.Method, text)
	session, err := r.applyLevels(s.Defaults, mount, "")
	if err != nil {
		return err
	}
	if r.BaseURL != "" {
		b, err := parseURL(r.BaseURL)
		if err != nil {
			return refuse(ErrURL, r.Method, r.BaseURL, err)
		}
		if !sameOrigin(b, u) {
			*r = Request{}
			r.init(req.Method, text)
			if session, err = r.applyLevels(s.Defaults, mount, transport.Origin(b)); err != nil {
				return err
			}
		}
	}
	r.Method, r.URL, r.Body = cmp.Or(req.Method, http.MethodGet), text, nil
	r.merge(req)
	if err := r.addCookies(); err != nil {
		return r.refuse(ErrRequest, err)
	}
	if u.RawQuery == "" {
		u.RawQuery = joinQuery(r.Query, r.Params.encode())
	}
	if r.Retry.Max > 0 && req.GetBody == nil && req.Body != nil && req.Body != http.NoBody {
		r.Retry = Retry{} // it was not made for this request, which cannot be sent twice
	}
	r.addIdempotencyKey()
	r.asked = r.addDefaults()
	if err := r.settle(u, session); err != nil {
		return err
	}
	r.secrets = r.secrets.bind(r.origin)
	return r.checkPins(u)
}

// merge puts the request's own header over that of the defaults.
func (r *Request) merge(req *http.Request) {
	own := r.ordered(req.Header)
	if len(own["Cookie"]) > 0 {
		r.Cookies = nil
	}
	delete(r.Header, "Host")
	delete(r.Header, "Content-Type") // it would be that of another body
	maps.Copy(r.Header, own)
}

// closeBody closes the body of a request that is not sent, as the contract of RoundTrip has it.
func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
