package trace

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// An Error says in which phase an exchange failed, with whom, and whether the server may
// have seen the request.
//
// Where a limit was overstepped it answers errors.Is(err, os.ErrDeadlineExceeded), and
// where a context ended errors.Is(err, ctx.Err()).
type Error struct {
	Phase Phase
	Addr  string // host:port, or the address that was tried; "" if it had not come to that
	Proxy bool   // it happened with the proxy, before the proxy had let us through

	// Sent is false if nothing of the request was written, so that it is safe to send it
	// again whatever its method is. Answered is true if some of a response had come.
	Sent, Answered bool

	Limit   time.Duration // the limit that was overstepped; 0: none was
	Setting string        // the setting that moves that limit, "Limits.Wait" for instance

	Err error // the cause, never nil
}

// verbs say what was going on, for messages.
var verbs = [NumPhases]string{
	Blocked: "waiting for a free connection to",
	DNS:     "looking up",
	Connect: "connecting to",
	TLS:     "TLS handshake with",
	Send:    "sending to",
	Wait:    "waiting for the response of",
	Receive: "reading the response of",
}

// Error returns one line: what was going on, with whom, and the cause. What failed before
// there was anybody to deal with is the cause alone.
func (e *Error) Error() string {
	if e.Addr == "" && !e.Proxy && !e.Sent && e.Limit == 0 {
		return e.Err.Error()
	}
	if e.Limit == 0 {
		return e.Doing() + ": " + e.Err.Error()
	}
	text := fmt.Sprintf("%s: timed out after %v (set by %s)", e.Doing(), e.Limit, e.Setting)
	if e.Err != nil && !errors.Is(e.Err, os.ErrDeadlineExceeded) {
		text += ": " + e.Err.Error()
	}
	return text
}

// Doing returns what was going on, and with whom: "connecting to 127.0.0.1:80".
func (e *Error) Doing() string {
	var b strings.Builder
	if int(e.Phase) < len(verbs) {
		b.WriteString(verbs[e.Phase])
		if e.Proxy {
			b.WriteString(" proxy")
		}
	}
	if e.Addr != "" {
		b.WriteString(" " + e.Addr)
	} else if !e.Proxy {
		b.WriteString(" the server")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes an overstepped limit an [os.ErrDeadlineExceeded].
func (e *Error) Is(target error) bool {
	return e.Limit > 0 && target == os.ErrDeadlineExceeded
}

// Timeout reports whether a limit was overstepped or the context's deadline passed.
func (e *Error) Timeout() bool {
	if e.Limit > 0 {
		return true
	}
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](e.Err)
	return ok && t.Timeout()
}

// Temporary is false: whether to try again is not for the error to say. It makes an Error
// a net.Error.
func (e *Error) Temporary() bool { return false }
