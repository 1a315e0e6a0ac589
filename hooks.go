// The layer that calls OnRequest and OnResponse.

package godwit

import (
	"io"
	"net/http"
)

// runHooks is the layer.
func runHooks(next http.RoundTripper) http.RoundTripper { return hooks{next} }

type hooks struct{ next http.RoundTripper }

// RoundTrip shows a copy of the request to OnRequest, so that what a hook adds stays out of
// the next hop, and the response to OnResponse.
func (l hooks) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req)
	if c == nil || (len(c.request.OnRequest) == 0 && len(c.request.OnResponse) == 0) {
		return l.next.RoundTrip(req)
	}
	if len(c.request.OnRequest) > 0 {
		given := req
		req = req.Clone(req.Context())
		var err error
		orClose(given.Body, func() { err = c.showRequest(req) })
		if err != nil {
			closeBody(req)
			if given.Body != req.Body {
				closeBody(given)
			}
			return nil, &hookError{err}
		}
	}
	res, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	for _, hook := range c.request.OnResponse {
		orClose(res.Body, func() { err = hook(res) })
		mend(res, req) // it may have taken things away
		if err != nil {
			res.Body.Close()
			return nil, &hookError{err}
		}
	}
	return res, nil
}

// showRequest calls the hooks.
func (c *call) showRequest(req *http.Request) error {
	for _, hook := range c.request.OnRequest {
		if err := hook(req); err != nil {
			return err
		}
	}
	return nil
}

// A hookError is what a hook has returned. It ends the call, whatever it is.
type hookError struct{ err error }

func (e *hookError) Error() string { return e.err.Error() }
func (e *hookError) Unwrap() error { return e.err }

// orClose calls f, which calls something of the user's, and closes what is open, nil for nothing,
// if that panics.
func orClose(open io.Closer, f func()) {
	over := false
	defer func() {
		if !over && open != nil {
			open.Close()
		}
	}()
	f()
	over = true
}
