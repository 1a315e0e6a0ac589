// The chain is the program: what happens to a request, from the first step to the last.

package godwit

import (
	"errors"
	"net/http"
)

// Middleware wraps a transport in another.
type Middleware func(next http.RoundTripper) http.RoundTripper

// RoundTripFunc is an http.RoundTripper made of a function.
type RoundTripFunc func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f RoundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

var _ http.RoundTripper = RoundTripFunc(nil)

// layers is the chain, built.
type layers struct {
	top    http.RoundTripper
	mounts []mounted
	err    error // why there is none
}

// build lists the layers, outermost first, and puts each around the next. Nothing is
// wrapped anywhere else.
func (s *Session) build() *layers {
	mounts, err := s.mount()
	if err != nil {
		return &layers{err: err}
	}
	var all []Middleware
	all = append(all, insistAbove(s.Middleware))        // on a response or an error
	all = append(all, s.Middleware...)                  // the user's: sees a call once
	all = append(all, followRedirects)                  // one request for each hop
	all = append(all, tryAgain)                         // one request for each attempt
	all = append(all, authenticate)                     // credentials out; answers one challenge
	all = append(all, keepCookies(s))                   // Cookie out, Set-Cookie in; nil without a Jar
	all = append(all, undoCodings)                      // Content-Encoding in; Accept-Encoding went out with the request
	all = append(all, watchResponses)                   // Progress; nothing without it
	all = append(all, insistAbove(s.NetworkMiddleware)) // again
	all = append(all, s.NetworkMiddleware...)           // the user's: sees each exchange
	all = append(all, runHooks)                         // OnRequest, OnResponse

	// At the end of it: no Secret leaves for elsewhere, the longest mount, else the Transport.
	var top http.RoundTripper = &dispatcher{mounts, insistOn(s.transport())}
	for i := len(all) - 1; i >= 0; i-- {
		if all[i] == nil {
			continue
		}
		if top = all[i](top); top == nil {
			return &layers{err: errNilMiddleware}
		}
	}
	return &layers{top: top, mounts: mounts}
}

var errNilMiddleware = errors.New("a Middleware has returned nil")

// chain returns the session's chain, which is built by the first call.
func (s *Session) chain() *layers {
	if l := s.built.Load(); l != nil {
		return l
	}
	s.building.Lock()
	defer s.building.Unlock()
	if s.built.Load() == nil {
		s.built.Store(s.build())
	}
	return s.built.Load()
}
