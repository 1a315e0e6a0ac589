// What a diagnosis sends: a request with nothing in it that anybody must not see, by transports
// that share neither connections nor tickets with the session's.

package godwit

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// diagnosisRedirects is how many redirects are followed.
const diagnosisRedirects = 10

// withoutSecrets takes out of the request, and of the URL that is made of it, what says who is
// asking, and what a server could take for an order. The certificate of the client stays: it is for
// the handshake, and shown to the server only that it is for.
func (r *Request) withoutSecrets(u *url.URL) {
	u.User = nil
	host, hasHost := r.Header["Host"]
	login, hasLogin := r.Header["Proxy-Authorization"] // a transport sends it to nobody but the proxy
	r.Header, _ = crossOrigin(r.Header, nil, false)
	r.secrets.withoutSecrets(r.Header, "")
	if hasHost {
		r.Header["Host"] = host
	}
	if hasLogin {
		r.Header["Proxy-Authorization"] = login
	}
	r.Params = slices.DeleteFunc(r.Params, func(p [2]string) bool {
		return slices.ContainsFunc(r.secrets, func(s secret) bool { return s.in(p[1]) })
	})
	r.Auth, r.Cookies, r.Body, r.Retry = nil, nil, nil, Retry{}
	r.Progress, r.OnRequest, r.OnResponse, r.KeepHeaders = nil, nil, nil, nil
	r.withheld, r.secrets, r.userOnly = nil, nil, ""
	r.RaiseForStatus, r.CompressBody, r.IdempotencyKey, r.userInfo, r.netrc = false, false, false, false, false
	r.Method, r.Redirects, r.Raw = http.MethodGet, diagnosisRedirects, false
}

// alone returns a session that sends what s would send by settings like its, and has connections of
// its own. end closes these.
func (s *Session) alone() (own *Session, end func()) {
	var all []*transport.Transport
	apart := func(rt http.RoundTripper) http.RoundTripper {
		t, ours := rt.(*transport.Transport)
		if !ours {
			return rt
		}
		t = settingsOf(t)
		all = append(all, t)
		return t
	}
	own = &Session{Transport: apart(s.transport()), Tracer: s.Tracer}
	if len(s.Mounts) > 0 {
		own.Mounts = make(map[string]http.RoundTripper, len(s.Mounts))
	}
	for prefix, rt := range s.Mounts {
		switch m := rt.(type) {
		case Mount: // its options have been applied
			rt = m.Transport
		case *Mount:
			if rt = nil; m != nil {
				rt = m.Transport
			}
		}
		if own.Mounts[prefix] = own.Transport; rt != nil {
			own.Mounts[prefix] = apart(rt)
		}
	}
	own.common.Store(s.shared())
	return own, func() {
		for _, t := range all {
			_ = t.Close()
		}
	}
}

// settingsOf returns a transport of which all that can be set is as in t.
func settingsOf(t *transport.Transport) *transport.Transport {
	own := new(transport.Transport)
	from, to := reflect.ValueOf(t).Elem(), reflect.ValueOf(own).Elem()
	for i := range from.NumField() {
		if from.Type().Field(i).IsExported() {
			to.Field(i).Set(from.Field(i))
		}
	}
	return own
}

// probe returns the request as a transport of its own would be asked to connect for it, and that
// transport: nothing that was negotiated by one probe matters to another.
func (d *diagnoser) probe(o *transport.Overrides) (*transport.Transport, *http.Request) {
	return settingsOf(d.transport), d.req.WithContext(transport.With(d.ctx, o))
}

// said notes what has been sent to somebody.
func (d *diagnoser) said(what string) { d.report.Sent = append(d.report.Sent, what) }

// asRequest returns how the report speaks of a request.
func asRequest(method string, u *url.URL) string {
	return method + " " + shown(trace.RedactURL(u))
}
