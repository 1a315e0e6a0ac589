// Trying again: for which reasons, and after how long. Decisions only; attempt.go acts on them.

package godwit

import (
	"cmp"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/header"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// Retry says when a request is sent again. The zero value never does, and takes back what an
// earlier option has said.
//
// A request is sent again if nothing of it had been sent, or if its method is one of Methods,
// or if it has an Idempotency-Key; and if its body can be read again: with a body that cannot,
// a call with a Retry is refused before anything is sent. No attempt begins, and no wait for
// one, that the context's deadline or the [Timeout] leaves no time for. Of all the calls of a
// session to an origin, a fifth are sent again at most, and ten a second beside that, so that
// a server in trouble is not buried (see NoBudget).
//
// What was tried stands in [Response].Attempts and [Error].Attempts.
type Retry struct {
	// Max is how often the call tries again at most, with all its redirects. 0: never.
	Max int

	// Connect, Read and Status bound how often for one reason: there was no connection; the
	// connection was lost, or timed out, before the response's head had come; the status was
	// one of Statuses. 0: as often as Max says; negative: never.
	Connect, Read, Status int

	// Methods are those that may be sent twice. nil: GET, HEAD, OPTIONS, TRACE, PUT, DELETE
	// and QUERY (RFC 9110 9.2.2).
	Methods []string

	// Statuses are those that are not taken for an answer. nil: 429, 502, 503, 504, and 413
	// with a Retry-After. When there is no trying again, they are an answer like any other.
	Statuses []int

	// If, unless it is nil, is asked in place of Statuses and of what is known of errors; one
	// of its arguments is nil. It must not read the response's body.
	If func(*http.Response, error) bool

	// Wait is the time before the second attempt, at most; it doubles with each further one,
	// up to MaxWait, and a random part of it is waited. 0: 200ms and 20s.
	Wait, MaxWait time.Duration

	// Backoff, unless it is nil, says how long to wait before attempt n of a request, in place
	// of Wait and MaxWait; n is 2 or more.
	Backoff func(n int) time.Duration

	// MaxRetryAfter is the longest Retry-After (RFC 9110 10.2.3) that is waited for; a response
	// that asks for more is returned. 0: 60s; negative: Retry-After is not heeded.
	MaxRetryAfter time.Duration

	// MaxTime is how long after the call's first attempt another may begin. 0: as long as there
	// are any.
	MaxTime time.Duration

	// Attempt bounds one attempt, from its beginning to the response's head. 0: no bound but
	// the Limits and the Timeout.
	Attempt time.Duration

	// NoBudget takes the bound over all calls of the session away.
	NoBudget bool
}

// Apply sets Request.Retry.
func (x Retry) Apply(r *Request) error {
	for _, d := range []time.Duration{x.Wait, x.MaxWait, x.MaxTime, x.Attempt} {
		if d != 0 && d < time.Microsecond {
			return errors.New("a Retry with a time below a microsecond: did you mean n*time.Second?")
		}
	}
	if x.Max < 0 {
		return errors.New("a negative Retry.Max")
	}
	r.Retry = x
	return nil
}

const (
	firstWait    = 200 * time.Millisecond
	longestWait  = 20 * time.Second
	longestAfter = 60 * time.Second
)

// A reason is why a request is worth sending again.
type reason uint8

const (
	noReason reason = iota
	byConnect
	byRead
	byStatus
)

var reasonNames = [...]string{"", "connect", "read", "status"}

// of returns how often the policy lets a request be sent again for the reason.
func (x *Retry) of(why reason) int {
	n := [...]int{0, x.Connect, x.Read, x.Status}[why]
	if n == 0 {
		return x.Max
	}
	return n
}

// reason says whether an outcome is worth another attempt. Whether it does harm is for
// mayRepeat to say.
func (x *Retry) reason(res *http.Response, err error) reason {
	if x.If != nil {
		switch {
		case !x.If(res, err):
			return noReason
		case res != nil:
			return byStatus
		}
		return cmp.Or(reasonOf(err), byRead)
	}
	if res == nil {
		return reasonOf(err)
	}
	if x.retriesStatus(res) {
		return byStatus
	}
	return noReason
}

func (x *Retry) retriesStatus(res *http.Response) bool {
	if x.Statuses != nil {
		return slices.Contains(x.Statuses, res.StatusCode)
	}
	switch res.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusRequestEntityTooLarge:
		return res.Header.Get("Retry-After") != ""
	}
	return false
}

// reasonOf says for what reason an error is worth another attempt: only what may be otherwise
// the next time is.
func reasonOf(err error) reason {
	if _, hook := errors.AsType[*hookError](err); hook {
		return noReason // it ends the call
	}
	if e, ok := errors.AsType[*trace.Error](err); ok {
		return reasonOfPhase(e)
	}
	if _, own := errors.AsType[kindError](err); own {
		return noReason
	}
	// A transport that is not ours has said what it could.
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return byConnect
	}
	if isLost(err) {
		return byRead
	}
	return noReason
}

// reasonOfPhase is reasonOf for an error of our own transport.
func reasonOfPhase(e *trace.Error) reason {
	if _, ok := errors.AsType[*conn.BodyError](e.Err); ok {
		return noReason // of the caller's making
	}
	if _, ok := errors.AsType[*conn.RequestError](e.Err); ok {
		return noReason
	}
	switch e.Phase {
	case trace.Blocked:
		return noReason // the next one would wait at the end of the same queue
	case trace.DNS:
		if dns, ok := errors.AsType[*net.DNSError](e.Err); ok && dns.IsNotFound {
			return noReason
		}
		return byConnect
	case trace.Connect:
		if isNotPublic(e.Err) {
			return noReason // and asking until it is would be the attack
		}
		if t, ok := errors.AsType[*conn.TunnelError](e.Err); ok && t.Status/100 != 5 {
			return noReason
		}
		if _, ok := errors.AsType[*transport.ProxyError](e.Err); ok {
			return noReason // of the caller's making
		}
		if s, ok := errors.AsType[*transport.SocksError](e.Err); ok && s.Lasting() {
			return noReason
		}
		return byConnect
	case trace.TLS:
		if e.Timeout() || isLost(e.Err) {
			return byConnect
		}
		return noReason // the next handshake would end in the same way
	}
	if isLost(e) {
		return byRead
	}
	return noReason // what came was no HTTP
}

// isLost reports whether an error says that the peer has gone, or been silent for too long.
func isLost(err error) bool {
	if errors.Is(err, conn.ErrRemoteDisconnected) || errors.Is(err, io.EOF) || errors.Is(err, errAttempt) {
		return true
	}
	if t, ok := errors.AsType[net.Error](err); ok && t.Timeout() {
		return true
	}
	if errors.Is(err, conn.ErrHTTP) {
		return false
	}
	_, network := errors.AsType[*net.OpError](err)
	return network || errors.Is(err, io.ErrUnexpectedEOF)
}

// mayRepeat reports whether a request may be sent twice (RFC 9110 9.2.2). A caller that sends
// an Idempotency-Key says so.
func mayRepeat(req *http.Request, methods []string) bool {
	if methods != nil {
		if slices.Contains(methods, req.Method) {
			return true
		}
	} else {
		switch req.Method {
		case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY":
			return true
		}
	}
	return req.Header.Get("Idempotency-Key") != "" || req.Header.Get("X-Idempotency-Key") != ""
}

// pause says how long to wait before attempt n of a request. asked is what the response asks
// for, negative if it asks for nothing. roll is a random number of [0, 1).
func (x *Retry) pause(n int, asked time.Duration, roll float64) time.Duration {
	if asked >= 0 {
		return asked
	}
	if x.Backoff != nil {
		return max(0, x.Backoff(n))
	}
	wait, most := x.Wait, x.MaxWait
	if wait == 0 {
		wait = firstWait
	}
	if most == 0 {
		most = max(longestWait, wait)
	}
	for range n - 2 {
		if wait *= 2; wait >= most || wait <= 0 {
			wait = most
			break
		}
	}
	// Full jitter: those who failed together come back one by one.
	return time.Duration(roll * float64(min(wait, most)))
}

// asked returns how long a response asks to wait, negative if it does not, or if nobody
// listens.
func (x *Retry) asked(res *http.Response, now time.Time) time.Duration {
	if res == nil || x.MaxRetryAfter < 0 {
		return -1
	}
	value := res.Header.Get("Retry-After")
	if value == "" {
		return -1
	}
	after, err := header.ParseRetryAfter(value)
	if err != nil {
		return -1
	}
	return after.Wait(now)
}

// patience is the longest Retry-After that is waited for.
func (x *Retry) patience() time.Duration {
	if x.MaxRetryAfter == 0 {
		return longestAfter
	}
	return x.MaxRetryAfter
}

// random is the roll of pause.
func random() float64 { return rand.Float64() }
