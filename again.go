// The layer that sends a request again when that may help.

package godwit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// tryAgain is the layer that sends one request for each attempt.
func tryAgain(next http.RoundTripper) http.RoundTripper { return attempts{next} }

type attempts struct{ next http.RoundTripper }

// RoundTrip sends req, and again as long as the call's Retry says so.
func (l attempts) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req)
	if c == nil || c.request.Retry.Max == 0 {
		return l.next.RoundTrip(req)
	}
	c.beginTrying()
	for {
		res, err := c.attempt(l.next, req)
		wait, why := c.nextAttempt(req, res, err)
		if why != goOn {
			return c.giveUp(why, req, res, err)
		}
		c.tellAttempt(res, err, wait)
		if res != nil {
			letGo(res)
		}
		if e := pause(req.Context(), wait); e != nil {
			return nil, &waitError{e, err}
		}
		again, e := reopened(req)
		if e != nil {
			return nil, e
		}
		req = again
		c.nextPlace(wait)
	}
}

// beginTrying notes until when attempts may begin, on the call's first hop.
func (c *call) beginTrying() {
	if most := c.request.Retry.MaxTime; most > 0 && c.tryUntil.IsZero() {
		c.tryUntil = time.Now().Add(most)
	}
}

// goOn is what nextAttempt says if there is to be another. Anything else is why not: "" if
// nobody has thought of one, else words for a person.
const goOn = "go on"

// nextAttempt decides whether a request is sent again, and after how long. It lets the response go
// if something of the user's panics.
func (c *call) nextAttempt(req *http.Request, res *http.Response, err error) (wait time.Duration, why string) {
	if res == nil {
		return c.decide(req, res, err)
	}
	orClose(res.Body, func() { wait, why = c.decide(req, res, err) })
	return wait, why
}

// decide is nextAttempt.
func (c *call) decide(req *http.Request, res *http.Response, err error) (wait time.Duration, why string) {
	p := &c.request.Retry
	ctx := req.Context()
	if ctx.Err() != nil {
		return 0, ""
	}
	cause := p.reason(res, err)
	if cause == noReason || (err == nil || stateOf(err) != Unsent) && !mayRepeat(req, p.Methods) {
		return 0, ""
	}
	if p.of(cause) < 0 {
		return 0, ""
	}
	if !c.mayTry(cause) {
		return 0, "that is as often as Retry allows"
	}
	now := time.Now()
	asked := p.asked(res, now)
	if asked > p.patience() {
		return 0, fmt.Sprintf("the server asks to wait for %v, which is more than Retry.MaxRetryAfter", asked)
	}
	wait = p.pause(c.where().n+2, asked, random())
	if most := p.MaxTime; most > 0 && now.Add(wait).After(c.tryUntil) {
		return 0, fmt.Sprintf("the next attempt would begin in %v, which is later than Retry.MaxTime, %v, allows", round(wait), most)
	}
	if deadline, ok := ctx.Deadline(); ok && !now.Add(wait).Before(deadline) {
		return 0, fmt.Sprintf("the next attempt would begin in %v, and %v are left", round(wait), round(deadline.Sub(now)))
	}
	if !p.NoBudget && !c.session.shared().budgets.spend(transport.Origin(req.URL), now) {
		return 0, "the session's budget for trying again is spent (see Retry.NoBudget)"
	}
	c.mu.Lock()
	c.retries++
	c.retriesFor[cause]++
	c.mu.Unlock()
	return wait, goOn
}

// mayTry reports whether the policy allows one more attempt for the reason.
func (c *call) mayTry(cause reason) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := &c.request.Retry
	return int(c.retries) < p.Max && int(c.retriesFor[cause]) < p.of(cause)
}

// round makes a duration fit to read.
func round(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}

// giveUp returns the last outcome, and says why there is no other.
func (c *call) giveUp(why string, req *http.Request, res *http.Response, err error) (*http.Response, error) {
	if why == "" {
		return res, err
	}
	if c.session.Tracer != nil {
		c.tell(trace.Choice{Call: c.id, What: "retry", Value: "gave up", Rule: why})
	}
	if err != nil {
		return nil, &gaveUpError{c.where().n + 1, why, err}
	}
	return res, nil
}

// A gaveUpError says that no more attempts are made.
type gaveUpError struct {
	tries int
	why   string
	err   error
}

func (e *gaveUpError) Error() string {
	plural := "s"
	if e.tries == 1 {
		plural = ""
	}
	return fmt.Sprintf("gave up after %d attempt%s (%s): %v", e.tries, plural, e.why, e.err)
}

func (e *gaveUpError) Unwrap() error        { return e.err }
func (e *gaveUpError) Is(target error) bool { return target == ErrRetry }

// A waitError says that the context ended in the time between two attempts.
type waitError struct{ ended, last error }

func (e *waitError) Error() string {
	if e.last == nil {
		return "waiting to try again: " + e.ended.Error()
	}
	return "waiting to try again: " + e.ended.Error() + "; the last attempt: " + e.last.Error()
}

func (e *waitError) Unwrap() error { return e.ended }

// pause waits.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return trace.Ended(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return trace.Ended(ctx)
	}
}

// attempt sends the request once, within the time that one attempt has.
func (c *call) attempt(next http.RoundTripper, req *http.Request) (*http.Response, error) {
	limit := c.request.Retry.Attempt
	if limit == 0 {
		return next.RoundTrip(req)
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(limit, func() { cancel(errAttempt) })
	res, err := next.RoundTrip(req.WithContext(ctx))
	if !timer.Stop() && req.Context().Err() == nil {
		if err == nil {
			res.Body.Close()
			err = errAttempt
		}
		cancel(nil)
		return nil, overAttempt(limit, err)
	}
	if err != nil {
		cancel(nil)
		return nil, err
	}
	res.Request = req
	if !switched(res) { // there the context goes on with the connection
		res.Body = &attemptBody{res.Body, cancel}
	}
	return res, nil
}

// errAttempt is the cause of a context that Retry.Attempt has ended.
var errAttempt error = attemptTimeout{}

type attemptTimeout struct{}

func (attemptTimeout) Error() string   { return "timed out (set by Retry.Attempt)" }
func (attemptTimeout) Timeout() bool   { return true }
func (attemptTimeout) Temporary() bool { return false }

func (attemptTimeout) Is(target error) bool {
	return target == ErrTimeout || target == os.ErrDeadlineExceeded
}

// overAttempt is the error of an attempt that took too long. The transport knows only that its
// context was cancelled, which is not what the caller has done.
func overAttempt(limit time.Duration, err error) error {
	te, ok := errors.AsType[*trace.Error](err)
	if !ok {
		return errAttempt
	}
	own := *te
	own.Limit, own.Setting, own.Err = limit, "Retry.Attempt", os.ErrDeadlineExceeded
	return &own
}

// attemptBody lets the context of an attempt go when its response has been read.
type attemptBody struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (b *attemptBody) under() io.ReadCloser { return b.ReadCloser }

func (b *attemptBody) Close() error {
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}

// reopened returns a copy of the request with its body as at the beginning.
func reopened(req *http.Request) (*http.Request, error) {
	again := req.WithContext(req.Context())
	if req.Body == nil || req.Body == http.NoBody {
		return again, nil
	}
	if req.GetBody == nil {
		return nil, errUsedUp
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, bodyError(err)
	}
	again.Body = body
	return again, nil
}

// letGo gives the connection of a response back that nobody is to see. Its body is read as it
// comes, below what decodes it: nobody asked for it, and it may be a bomb.
func letGo(res *http.Response) {
	raw := res.Body
	for {
		b, ok := raw.(interface{ under() io.ReadCloser })
		if !ok {
			break
		}
		raw = b.under()
	}
	if res.ContentLength <= maxHopBody {
		_, _ = io.CopyN(io.Discard, raw, maxHopBody)
	}
	res.Body.Close()
}

// tellAttempt tells the tracer that the request is sent again.
func (c *call) tellAttempt(res *http.Response, err error, wait time.Duration) {
	if c.session.Tracer == nil {
		return
	}
	kind := ""
	if err != nil {
		kind = kindOf(failed(c.lastSent(), err))
	} else {
		kind = fmt.Sprintf("status %d", res.StatusCode)
	}
	at := c.where()
	c.tell(trace.Attempt{Call: c.id, Hop: at.hop, N: at.n + 1, Kind: kind, Err: err, Wait: wait})
}
