package download

import (
	"fmt"
	"net/http"
	"time"

	"example.com/godwit"
	"example.com/godwit/header"
)

// An OutputError says that a file could not be made, written or named.
type OutputError struct {
	Name string // as a person knows it; "": the error names it
	Err  error
}

func (e *OutputError) Error() string {
	if e.Name == "" {
		return e.Err.Error()
	}
	return e.Name + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *OutputError) Unwrap() error { return e.Err }

// A StatusError is an answer that is not what was asked for. Nothing of it is saved.
type StatusError struct {
	Code   int
	Status string // as it was sent

	wait time.Duration // Retry-After; 0: it does not say
}

func (e *StatusError) Error() string { return "HTTP " + e.Status + ": nothing saved" }

// statusError is the error that an answer stands for.
func statusError(res *http.Response) error {
	e := &StatusError{Code: res.StatusCode, Status: res.Status}
	if after, err := header.ParseRetryAfter(res.Header.Get("Retry-After")); err == nil {
		e.wait = after.Wait(time.Now())
	}
	return e
}

// passes reports whether it may be otherwise in a moment.
func (e *StatusError) passes() bool {
	return e.Code >= 500 || e.Code == http.StatusTooManyRequests || e.Code == http.StatusRequestTimeout
}

// An AnswerError is an answer that contradicts itself or what was asked for. It is a
// [godwit.ErrProtocol].
type AnswerError struct{ Text string }

func (e *AnswerError) Error() string { return e.Text }

// Is makes it a godwit.ErrProtocol.
func (e *AnswerError) Is(target error) bool { return target == godwit.ErrProtocol }

// A TooLargeError says that a file has, or would have, more bytes than it may. It is a
// [godwit.ErrTooLarge].
type TooLargeError struct {
	Max  int64
	Size int64 // -1: more have come
}

func (e *TooLargeError) Error() string {
	if e.Size < 0 {
		return fmt.Sprintf("more than the %d bytes of --max-size have come", e.Max)
	}
	return fmt.Sprintf("%d bytes, more than the %d of --max-size", e.Size, e.Max)
}

// Is makes it a godwit.ErrTooLarge.
func (e *TooLargeError) Is(target error) bool { return target == godwit.ErrTooLarge }

// A ChecksumError says that a file is not the one that was expected. It has not been given
// its name.
type ChecksumError struct {
	Algorithm string
	Want, Got string // in hexadecimal
}

func (e *ChecksumError) Error() string {
	return fmt.Sprintf("the %s is %s, not %s", e.Algorithm, e.Got, e.Want)
}

// A NoChecksumError says that a list of checksums has none for a file.
type NoChecksumError struct{ Name string }

func (e *NoChecksumError) Error() string { return "there is no checksum for " + e.Name }
