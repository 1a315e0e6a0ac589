// What becomes of a body between the option that brings it and the request that is sent.

package godwit

import (
	"io"
	"net/http"
	"sync/atomic"
)

// finishBody makes of the body what is sent: what the options that are about bodies of any
// kind make of it.
func (r *Request) finishBody() error {
	if r.Body == nil {
		return nil
	}
	if err := r.Body.checkBoundary(r.Header); err != nil {
		return err
	}
	if r.CompressBody {
		if err := r.compress(); err != nil {
			return err
		}
	}
	if r.Progress != nil {
		r.Body = r.Progress.watch(r.Body)
	}
	return nil
}

// takeBody does the same for the body of a request that somebody else has made. One that has
// a Content-Encoding stays in it.
func (r *Request) takeBody(req *http.Request) error {
	if req.Body == nil || req.Body == http.NoBody || (r.Progress == nil && !r.CompressBody) {
		return nil
	}
	if _, set := r.Header["Content-Encoding"]; set {
		r.CompressBody = false
	}
	r.Body = bodyOf(req)
	if err := r.finishBody(); err != nil {
		return err
	}
	if r.Body.Size < 0 && req.ContentLength > 0 {
		delete(r.Header, "Content-Length") // it was that of the body before
	}
	req.ContentLength, req.GetBody = r.Body.Size, nil
	if !r.Body.once {
		req.GetBody = r.Body.Open
	}
	return r.openBody(req)
}

// bodyOf returns the recipe for the body of a request: what it has, and then whatever
// GetBody returns.
func bodyOf(req *http.Request) *Body {
	first, again := req.Body, req.GetBody
	b := &Body{Size: req.ContentLength, once: again == nil}
	if b.Size == 0 {
		b.Size = -1 // net/http: not known
	}
	var used atomic.Bool
	b.Open = func() (io.ReadCloser, error) {
		switch {
		case !used.Swap(true):
			return first, nil
		case again == nil:
			return nil, errUsedUp
		}
		return again()
	}
	return b
}
