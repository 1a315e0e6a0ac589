// The chain is the program: what happens to a request, from the first step to the last.

package godwit

import (
	"errors"
	"net/http"

	"example.com/godwit/transport"
)

// Middleware wraps a transport in another.
type Middleware func(next http.RoundTripper) http.RoundTripper

// RoundTripFunc is an http.RoundTripper made of a function.
type RoundTripFunc func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f RoundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

var _ http.RoundTripper = RoundTripFunc(nil)

// layers is the chain, built.
type layers struct{ top http.RoundTripper }

// build lists the layers, outermost first, and puts each around the next. Nothing is
// wrapped anywhere else.
func (s *Session) build() *layers {
	top := s.transport()
	var all []Middleware
	all = append(all, insistAbove(s.Middleware))        // on a response or an error
	all = append(all, s.Middleware...)                  // the user's: sees a call once
	all = append(all, followRedirects)                  // one request for each hop
	all = append(all, keepCookies(s))                   // Cookie out, Set-Cookie in; nil without a Jar
	all = append(all, undoCodings)                      // Content-Encoding in; Accept-Encoding went out with the request
	all = append(all, watchResponses)                   // Progress; nothing without it
	all = append(all, insistAbove(s.NetworkMiddleware)) // again
	all = append(all, s.NetworkMiddleware...)           // the user's: sees each exchange
	all = append(all, runHooks)                         // OnRequest, OnResponse
	all = append(all, insistOn(top))                    // and again, on a transport that is not ours

	for i := len(all) - 1; i >= 0; i-- {
		if all[i] != nil {
			top = all[i](top)
		}
	}
	return &layers{top}
}

// chain returns the session's chain, which is built by the first call.
func (s *Session) chain() http.RoundTripper {
	if l := s.built.Load(); l != nil {
		return l.top
	}
	s.building.Lock()
	defer s.building.Unlock()
	if s.built.Load() == nil {
		s.built.Store(s.build())
	}
	return s.built.Load().top
}

var errNoResponse = errors.New("a transport or middleware returned neither response nor error")

// insist is the layer that makes what others return sound: either an error, or a response
// with a header, a body and its request. It is there only where others are.
func insist(next http.RoundTripper) http.RoundTripper { return sound{next} }

func insistAbove(others []Middleware) Middleware {
	if len(others) == 0 {
		return nil
	}
	return insist
}

func insistOn(rt http.RoundTripper) Middleware {
	if _, ours := rt.(*transport.Transport); ours {
		return nil
	}
	return insist
}

type sound struct{ next http.RoundTripper }

// RoundTrip sends req.
func (l sound) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(req)
	if err != nil {
		if res != nil && res.Body != nil {
			res.Body.Close()
		}
		return nil, err
	}
	if res == nil {
		return nil, errNoResponse
	}
	mend(res, req)
	return res, nil
}

// mend gives a response what it must have.
func mend(res *http.Response, req *http.Request) {
	if res.Header == nil {
		res.Header = make(http.Header)
	}
	if res.Body == nil {
		res.Body = http.NoBody
	}
	if res.Request == nil {
		res.Request = req
	}
}
