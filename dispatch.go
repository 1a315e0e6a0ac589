// The last layer: it keeps secrets where they belong, finds the transport for a request, and
// notes what came of it.

package godwit

import (
	"errors"
	"net/http"
	"time"

	"example.com/godwit/transport"
)

// A dispatcher hands requests over to transports.
type dispatcher struct {
	mounts []mounted
	rest   http.RoundTripper // for what no mount is for
}

// RoundTrip sends req by the transport with the longest prefix of its URL, or else by the
// session's.
func (d *dispatcher) RoundTrip(req *http.Request) (*http.Response, error) {
	rt := d.rest
	if m := mountOf(d.mounts, req.URL); m != nil {
		rt = m.next
	}
	c := callOf(req)
	if c == nil {
		return rt.RoundTrip(req)
	}
	err := c.guard(rt, req)
	if err == nil {
		err = c.guardSockets(rt)
	}
	t, ours := rt.(*transport.Transport)
	if ours && err == nil {
		err = c.askEnvironment(t, req)
	}
	if !ours && err == nil {
		err = c.mayLeaveTo(req)
	}
	if err != nil {
		closeBody(req)
		return nil, err
	}
	before := c.begun()
	var start time.Time
	if !ours {
		start = time.Now() // ours says itself when it began
	}
	res, err := rt.RoundTrip(req)
	err = c.request.secrets.hideError(err)
	c.noteAttempt(before, start, res, err)
	return res, err
}

var errNoResponse = errors.New("a transport or middleware returned neither response nor error")

// insistOn puts sound around a transport that is not ours.
func insistOn(rt http.RoundTripper) http.RoundTripper {
	if _, ours := rt.(*transport.Transport); ours {
		return rt
	}
	return sound{rt}
}

// insistAbove is the layer that puts sound around the middleware of others; nil if there is
// none.
func insistAbove(others []Middleware) Middleware {
	if len(others) == 0 {
		return nil
	}
	return func(next http.RoundTripper) http.RoundTripper { return sound{next} }
}

// sound makes what others return sound: either an error, or a response with a header, a body
// and its request. It is there only where others are.
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
