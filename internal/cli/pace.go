package cli

// Keeping to a rate: of requests, and of bytes.

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"example.com/godwit"
)

// A pacer lets things through at a rate. Many may share one.
type pacer struct {
	mu   sync.Mutex
	next time.Time // when the next one may go
}

// turn waits until all that was let through before has taken its time, and then books d more.
// It ends early, with an error, when ctx does, and when over is closed; nil never is.
func (p *pacer) turn(ctx context.Context, d time.Duration, over <-chan struct{}) error {
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(d)
	p.mu.Unlock()
	if at == now {
		return nil
	}
	timer := time.NewTimer(at.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-over:
		return http.ErrBodyReadAfterClose
	}
}

// A byteRate lets bytes through at a rate, those of all bodies that it paces taken together.
type byteRate struct {
	pacer
	rate int64 // bytes a second
}

// most is how many bytes are let through at once: what comes in a twentieth of a second, so
// that the rate is even, but no single bytes.
func (b *byteRate) most() int { return int(min(max(b.rate/20, 16), 64<<10)) }

func (b *byteRate) turn(ctx context.Context, n int, over <-chan struct{}) error {
	return b.pacer.turn(ctx, time.Duration(float64(n)/float64(b.rate)*float64(time.Second)), over)
}

// paced returns a body that is read at the rate.
func (b *byteRate) paced(ctx context.Context, body io.ReadCloser) io.ReadCloser {
	return &pacedBody{ReadCloser: body, ctx: ctx, rate: b, over: make(chan struct{})}
}

type pacedBody struct {
	io.ReadCloser
	ctx  context.Context
	rate *byteRate
	over chan struct{}
	once sync.Once
}

func (b *pacedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), b.rate.most())])
	if n > 0 {
		if late := b.rate.turn(b.ctx, n, b.over); late != nil && err == nil {
			err = late
		}
	}
	return n, err
}

func (b *pacedBody) Close() error {
	b.once.Do(func() { close(b.over) })
	return b.ReadCloser.Close()
}

// A roundTrip is a function as a round tripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// around returns what wraps each call: the rate of calls, and the bound of their size.
func (l *limitOptions) around() (list []godwit.Middleware) {
	if l.every > 0 {
		var p pacer
		list = append(list, func(next http.RoundTripper) http.RoundTripper {
			return roundTrip(func(req *http.Request) (*http.Response, error) {
				if err := p.turn(req.Context(), l.every, nil); err != nil {
					closeRequest(req)
					return nil, err
				}
				return next.RoundTrip(req)
			})
		})
	}
	if l.maxSize > 0 {
		list = append(list, func(next http.RoundTripper) http.RoundTripper {
			return roundTrip(func(req *http.Request) (*http.Response, error) {
				res, err := next.RoundTrip(req)
				if err != nil || isConnection(res) {
					return res, err
				}
				if res.ContentLength > l.maxSize && req.Method != "HEAD" {
					_ = res.Body.Close()
					return nil, tooLarge(l.maxSize)
				}
				res.Body = &boundedBody{ReadCloser: res.Body, left: l.maxSize, most: l.maxSize}
				return res, nil
			})
		})
	}
	return list
}

// beside returns what wraps each exchange: the rate of bytes.
func (l *limitOptions) beside() []godwit.Middleware {
	if l.limitRate == 0 {
		return nil
	}
	rate := &byteRate{rate: l.limitRate}
	return []godwit.Middleware{func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(req *http.Request) (*http.Response, error) {
			res, err := next.RoundTrip(rate.upload(req))
			if err == nil && !isConnection(res) {
				res.Body = rate.paced(req.Context(), res.Body)
			}
			return res, err
		})
	}}
}

// upload returns the request with a body that is sent at the rate.
func (b *byteRate) upload(req *http.Request) *http.Request {
	if req.Body == nil || req.Body == http.NoBody {
		return req
	}
	own := *req
	own.Body = b.paced(req.Context(), req.Body)
	if open := req.GetBody; open != nil {
		own.GetBody = func() (io.ReadCloser, error) {
			body, err := open()
			if err != nil {
				return nil, err
			}
			return b.paced(req.Context(), body), nil
		}
	}
	return &own
}

// isConnection reports whether a response's body is the connection itself, which is not wrapped.
func isConnection(res *http.Response) bool {
	_, ok := res.Body.(io.Writer)
	return ok
}

func closeRequest(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// A boundedBody ends with an error if there is more of it than there may be.
type boundedBody struct {
	io.ReadCloser
	left, most int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1] // a byte more, to notice that there is one
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, tooLarge(b.most)
	}
	return n, err
}

func tooLarge(most int64) error {
	return fmt.Errorf("%w: the body has more than the %d bytes of --max-size", godwit.ErrTooLarge, most)
}
