// Progress: telling the caller how far a body has come.

package godwit

import (
	"io"
	"net/http"
	"sync/atomic"
)

// A Transfer says how far a body has come. It has come to its end when Done is Total.
type Transfer struct {
	Up    bool  // the request's body; else the response's
	Done  int64 // bytes so far
	Total int64 // bytes in all; -1: nobody knows yet
}

// Progress is called as the bytes of a body move, in either direction: with a Done of 0
// first, last with a Done that is Total, and in between for each piece of some KB. It
// ought to be quick, as the transfer waits for it.
//
// The bytes are those on the wire, without the chunks' framing: before the content coding of
// a response is undone, after [CompressBody]. So Total is what Content-Length says. A body
// that is sent again, after a redirect for instance, begins again at 0; so does the
// response that follows on one whose body was read. The bodies of redirects that are
// followed, and bodies that are empty, are not told of.
//
// The calls for one body come one after the other. A server may answer before it has got
// all, so that calls for both directions come at the same time, from two goroutines.
type Progress func(Transfer)

// Apply sets Request.Progress.
func (f Progress) Apply(r *Request) error { r.Progress = f; return nil }

// watch returns the body with somebody who watches each sending of it.
func (f Progress) watch(b *Body) *Body {
	seen := *b
	seen.memory, seen.file = false, false
	seen.Open = func() (io.ReadCloser, error) {
		rc, err := b.Open()
		if err != nil {
			return nil, err
		}
		return &watchedBody{ReadCloser: rc, tell: f, at: Transfer{Up: true, Total: b.Size}}, nil
	}
	return &seen
}

// A watchedBody tells of what is read from it.
type watchedBody struct {
	io.ReadCloser
	tell   Progress
	at     Transfer
	begun  bool
	closed atomic.Bool // nobody is told any more
}

// Read reads, and tells.
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 && !b.begun {
		b.begun = true
		b.say()
	}
	b.at.Done += int64(n)
	over := err == io.EOF && b.at.Total < 0 && b.begun
	if over {
		b.at.Total = b.at.Done
	}
	if n > 0 || over {
		b.say()
	}
	return n, err
}

func (b *watchedBody) say() {
	if !b.closed.Load() {
		b.tell(b.at)
	}
}

// under returns the body that is watched: see letGo.
func (b *watchedBody) under() io.ReadCloser { return b.ReadCloser }

// Close closes the body.
func (b *watchedBody) Close() error {
	b.closed.Store(true)
	return b.ReadCloser.Close()
}

// watchResponses is the layer that has the bodies of responses watched.
func watchResponses(next http.RoundTripper) http.RoundTripper { return watcher{next} }

type watcher struct{ next http.RoundTripper }

// RoundTrip sends req and puts a watcher in front of the response's body.
func (l watcher) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	c := callOf(req)
	if c == nil || c.request.Progress == nil || !hasContent(req, res) || (c.request.Redirects > 0 && follows(res)) {
		return res, nil
	}
	res.Body = &watchedBody{ReadCloser: res.Body, tell: c.request.Progress, at: Transfer{Total: res.ContentLength}}
	return res, nil
}
