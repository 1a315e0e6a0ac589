// What was tried and how it failed: the error of the phase Connect.

package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"
)

// ErrUnfinished is the error of an attempt that was still under way when time was up or
// the context ended.
var ErrUnfinished = errors.New("no answer")

// An Attempt is one that failed to connect to one address.
type Attempt struct {
	Addr netip.AddrPort
	Err  error         // mostly a *net.OpError, or [ErrUnfinished]
	Took time.Duration // from its beginning to its end
}

// failed describes an attempt. One that was interrupted has failed for no reason of its own.
func failed(addr netip.AddrPort, err error, took time.Duration) Attempt {
	// A socket's deadline is the context's, and net may report either.
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		err = ErrUnfinished
	}
	return Attempt{Addr: addr, Err: err, Took: took}
}

// String returns "192.0.2.1:443: connection refused".
func (a Attempt) String() string { return a.Addr.String() + ": " + a.cause() }

// cause returns why it failed without the address, which net repeats.
func (a Attempt) cause() string {
	if a.Err == ErrUnfinished {
		return fmt.Sprintf("%v in %v", a.Err, a.Took.Round(time.Millisecond))
	}
	if e, ok := errors.AsType[*NotPublicError](a.Err); ok {
		return e.cause()
	}
	return causeOf(a.Err)
}

// causeOf returns the text of an error of net's without what that says of the address.
func causeOf(err error) string {
	if e, ok := errors.AsType[*os.SyscallError](err); ok {
		return e.Err.Error()
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// A ConnectError says that no address of a host could be connected to. It answers errors.Is
// for the cause of each attempt, syscall.ECONNREFUSED for instance.
type ConnectError struct {
	Addr     string    // host:port
	Attempts []Attempt // in the order in which they were begun, at least one
	Untried  int       // how many addresses more there were when time was up
	Err      error     // the end of the context, if that is why; otherwise nil
}

// Error returns one line with every address tried and what became of it.
func (e *ConnectError) Error() string {
	var b strings.Builder
	if e.Err != nil {
		b.WriteString(e.Err.Error() + "; ")
	}
	if len(e.Attempts) == 1 && e.Attempts[0].Addr.String() == e.Addr {
		b.WriteString(e.Attempts[0].cause())
	} else {
		for i, a := range e.Attempts {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(a.String())
		}
	}
	if e.Untried > 0 {
		fmt.Fprintf(&b, ", and %d more not tried", e.Untried)
	}
	return b.String()
}

// Unwrap returns the end of the context, if that is why, and the error of each attempt.
func (e *ConnectError) Unwrap() []error {
	var errs []error
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	for _, a := range e.Attempts {
		errs = append(errs, a.Err)
	}
	return errs
}

// Timeout reports whether the context's deadline passed, or the system gave up waiting for
// each of the addresses.
func (e *ConnectError) Timeout() bool {
	if e.Err != nil {
		return errors.Is(e.Err, context.DeadlineExceeded)
	}
	return !slices.ContainsFunc(e.Attempts, func(a Attempt) bool {
		t, ok := errors.AsType[interface {
			error
			Timeout() bool
		}](a.Err)
		return !ok || !t.Timeout()
	})
}
