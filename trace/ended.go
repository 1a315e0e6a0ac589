package trace

import (
	"context"
	"errors"
)

// Ended returns how a context ended, nil if it has not: ctx.Err(), and the reason that was
// given beside it, if one was (see context.WithCancelCause). errors.Is finds both.
func Ended(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return &endedError{err, cause}
	}
	return err
}

type endedError struct{ err, cause error }

func (e *endedError) Error() string   { return e.err.Error() + ": " + e.cause.Error() }
func (e *endedError) Unwrap() []error { return []error{e.err, e.cause} }

// Timeout reports whether it was the context's deadline.
func (e *endedError) Timeout() bool { return e.err == context.DeadlineExceeded }
