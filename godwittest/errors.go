// How an exchange with a handler ends.

package godwittest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// Causes of an end that is nobody's failure.
var (
	errFinished = errors.New("the handler has returned")
	errClosed   = errors.New("the client has closed the response's body")
	errGivenUp  = errors.New("the client has given up")
)

// A PanicError says that a handler panicked. To errors.Is it is io.ErrUnexpectedEOF, since a
// server would have cut the connection, and what the handler panicked with if that is an
// error.
type PanicError struct {
	Value any    // what the handler panicked with
	Stack []byte // of the handler's goroutine, as debug.Stack has it
	where string // file and line
}

// Error returns one line: the value, and where that was.
func (e *PanicError) Error() string {
	text := "the handler panicked: " + quote(fmt.Sprint(e.Value))
	if e.where != "" {
		text += " (" + e.where + ")"
	}
	return text
}

// Unwrap returns io.ErrUnexpectedEOF, and the value if it is an error.
func (e *PanicError) Unwrap() []error {
	if err, ok := e.Value.(error); ok {
		return []error{io.ErrUnexpectedEOF, err}
	}
	return []error{io.ErrUnexpectedEOF}
}

// An abortError says that a handler has left its response as it is.
type abortError struct {
	text string
	err  error // nil: none
}

func (e *abortError) Error() string        { return e.text }
func (e *abortError) Unwrap() error        { return e.err }
func (e *abortError) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// A sendError says that the request's body failed, and not the exchange.
type sendError struct{ err error }

func (e *sendError) Error() string { return e.err.Error() }
func (e *sendError) Unwrap() error { return e.err }

// panicked makes an error of what recover returned in a goroutine whose handler has not
// returned.
func panicked(value any) error {
	switch value {
	case nil:
		return &abortError{text: "the handler has ended its goroutine (runtime.Goexit, or FailNow of a test)"}
	case http.ErrAbortHandler:
		return &abortError{text: "the handler has aborted the response", err: http.ErrAbortHandler}
	}
	return &PanicError{Value: value, Stack: debug.Stack(), where: panicSite()}
}

// panicSite returns the file and line that panicked.
func panicSite() string {
	pc := make([]uintptr, 64)
	frames := runtime.CallersFrames(pc[:runtime.Callers(1, pc)])
	for below := false; ; {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		if below && !inRuntime {
			return filepath.Base(f.File) + ":" + strconv.Itoa(f.Line)
		}
		below = below || f.Function == "runtime.gopanic"
		if !more {
			return ""
		}
	}
}

// maxQuoted bounds what an error shows of text that is not ours.
const maxQuoted = 200

// quote returns text in quotes, cut if it is long.
func quote(text string) string {
	if len(text) > maxQuoted {
		return strconv.Quote(text[:maxQuoted]) + "…"
	}
	return strconv.Quote(text)
}
