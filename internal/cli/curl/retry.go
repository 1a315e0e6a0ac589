package curl

// --retry: which failures are worth another attempt, and when.

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// attempts does a transfer as often as it is worth it.
func (r *runner) attempts(ctx context.Context, t *transfer, res *result) error {
	c := t.c
	wait := time.Second
	for n := 0; ; n++ {
		err := r.attempt(ctx, t, res)
		why := c.worthAnother(err, res)
		if n >= c.retry || why == "" || ctx.Err() != nil {
			return r.finish(res, err)
		}
		delay := wait
		if c.retryDelay > 0 {
			delay = c.retryDelay
		} else if asked := retryAfter(res, r.env.Now()); asked > delay {
			delay = asked
		}
		if limit := c.retryMaxTime; limit > 0 && r.env.Now().Add(delay).Sub(res.began) > limit {
			r.warn("The Retry-After: time would make this command line exceed the maximum allowed time for retries.")
			return r.finish(res, err)
		}
		left := c.retry - n
		r.warn("Problem: %s. Will retry in %s. %d %s left.", why, inSeconds(delay), left, plural(left, "retry", "retries"))
		if err := pause(ctx, delay); err != nil {
			return r.finish(res, err)
		}
		if err := res.sink.reset(); err != nil {
			return r.finish(res, err)
		}
		wait = min(wait*2, maxWait)
		res.retries++
	}
}

// maxWait is the longest that is waited, unless the user says so. A server that asks for more does
// not get it: it could have a script wait for years.
const maxWait = 10 * time.Minute

// finish closes the output of a transfer.
func (r *runner) finish(res *result, err error) error {
	if res.sink.r == nil {
		return err
	}
	if cerr := res.sink.close(err); err == nil {
		err = cerr
	}
	if err == nil && res.sink.setTimeOf != nil {
		res.sink.setTime(res.sink.setTimeOf)
	}
	return err
}

// worthAnother says why there should be another attempt, "" if there should not.
func (c *config) worthAnother(err error, res *result) string {
	status := 0
	if x := res.rec.last(); x != nil && x.response != nil {
		status = x.response.Status
	}
	if err == nil || failureOf(err).code == exitStatus {
		switch status {
		case http.StatusRequestTimeout, http.StatusTooManyRequests, 500, 502, 503, 504:
			return "HTTP error"
		}
		if err == nil {
			return ""
		}
	} else {
		switch failureOf(err).code {
		case exitTimeout:
			return "timeout"
		case exitResolve, exitProxyName:
			return "could not resolve host"
		}
	}
	switch {
	case c.retryRefused && errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case c.retryAll:
		return "(retrying all errors)"
	}
	return ""
}

// retryAfter returns for how long the server wants to be left alone.
func retryAfter(res *result, now time.Time) time.Duration {
	text := res.field("Retry-After")
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		return time.Duration(min(n, int(maxWait/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(at.Sub(now), maxWait)
	}
	return 0
}

func inSeconds(d time.Duration) string {
	text := strconv.FormatFloat(d.Seconds(), 'f', -1, 64)
	return text + " " + plural(map[bool]int{true: 1}[text == "1"], "second", "seconds")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
