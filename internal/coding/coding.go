// Package coding undoes content codings (RFC 9110 8.4) while a body is read: gzip and
// deflate, alone or one over the other, within bounds.
//
// Nothing is decoded before the first Read and nothing by Close, so that a body nobody
// wants costs only its bytes on the wire. Reading one byte inflates at most one window.
package coding

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Accepted is what Decode understands, as a value of Accept-Encoding.
const Accepted = "gzip, deflate"

// maxCodings bounds how many codings one body may have, over all of its Content-Encoding
// lines. More than one is rare; a long list is an attack (CVE-2022-32206, CVE-2023-23916).
const maxCodings = 3

// Gzip returns body with its gzip coding undone, within the default [Limits]. Closing it
// closes body.
func Gzip(body io.ReadCloser) io.ReadCloser {
	return newReader(body, []string{"gzip"}, Limits{})
}

// Decode returns body with the codings undone that the values of its Content-Encoding
// fields name, nil if they name none but identity. Closing what it returns closes body. If
// there are too many codings, or one that is not known, the error is an *[Error] and body is
// left as it was: open and unread.
func Decode(body io.ReadCloser, fields []string, limits Limits) (io.ReadCloser, error) {
	codings, err := parse(fields)
	if err != nil || len(codings) == 0 {
		return nil, err
	}
	return newReader(body, codings, limits), nil
}

// parse returns the codings in the order in which they were applied, in lower case, without
// identity and without empty list members.
func parse(fields []string) ([]string, error) {
	var codings []string
	for _, field := range fields {
		for name := range strings.SplitSeq(field, ",") {
			name = strings.ToLower(strings.Trim(name, " \t"))
			switch name {
			case "", "identity":
				continue
			case "x-gzip": // RFC 9110 8.4.1.3: the same as gzip
				name = "gzip"
			case "gzip", "deflate":
			default:
				return nil, &Error{Coding: clip(name), Err: errUnknown}
			}
			if len(codings) == maxCodings {
				return nil, &Error{Coding: name, Err: errTooMany}
			}
			codings = append(codings, name)
		}
	}
	return codings, nil
}

// clip keeps a name that a server made up short enough for an error.
func clip(name string) string {
	const most = 40
	if len(name) > most {
		return name[:most] + "…"
	}
	return name
}

// Limits say when a body that inflates is a bomb: as soon as it has become larger than
// Bytes and is more than Ratio times what came over the wire.
type Limits struct {
	Bytes int64 // 0: 64 MiB; negative: any size, so that nothing is a bomb
	Ratio int64 // 0: 200; negative: any ratio, so that nothing is a bomb
}

const (
	defaultBytes = 64 << 20
	// deflate reaches 1,032:1 on zeros; texts stay below 50:1, the most repetitive logs
	// below 200:1.
	defaultRatio = 200
)

// withDefaults returns l with its zeros replaced.
func (l Limits) withDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = defaultBytes
	}
	if l.Ratio == 0 {
		l.Ratio = defaultRatio
	}
	return l
}

// exceeded reports whether so much output of so little input is too much.
func (l Limits) exceeded(wire, decoded int64) bool {
	return l.Bytes >= 0 && l.Ratio > 0 && decoded > l.Bytes && decoded/l.Ratio > wire
}

var (
	errUnknown = errors.New("not known")
	errTooMany = fmt.Errorf("more than %d codings", maxCodings)
)

// An Error says that a body could not be decoded. What it was that failed is Err:
// io.ErrUnexpectedEOF if the coded data ends too early, a *[BombError] if it inflates
// beyond the limits. A failure to read the body is not an Error; it is passed on as it is.
type Error struct {
	Coding string // "gzip"; as the server spelt it if it is not known
	Err    error
}

// Error returns one line, in which what the server sent is quoted.
func (e *Error) Error() string {
	return fmt.Sprintf("content coding %q: %v", e.Coding, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// A BombError says that a body was given up because it inflates beyond the [Limits].
type BombError struct {
	Wire, Decoded int64 // bytes read and bytes made of them so far
	Limits        Limits
}

// Error says how much came of how little.
func (e *BombError) Error() string {
	return fmt.Sprintf("%d bytes have become %d, more than %d bytes and %d times as many",
		e.Wire, e.Decoded, e.Limits.Bytes, e.Limits.Ratio)
}
