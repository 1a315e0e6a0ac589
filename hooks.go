// The layer that calls OnRequest and OnResponse.

package godwit

import "net/http"

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
		req = req.Clone(req.Context())
		for _, hook := range c.request.OnRequest {
			if err := hook(req); err != nil {
				closeBody(req)
				return nil, err
			}
		}
	}
	res, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	for _, hook := range c.request.OnResponse {
		err := hook(res)
		mend(res, req) // it may have taken things away
		if err != nil {
			res.Body.Close()
			return nil, err
		}
	}
	return res, nil
}
