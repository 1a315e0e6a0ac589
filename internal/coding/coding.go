// Package coding undoes content codings (RFC 9110 8.4) while a body is read: gzip, deflate,
// br (RFC 7932), zstd (RFC 8878, RFC 9659) and those that a caller brings along, alone or one
// over the other, within bounds.
//
// Nothing is decoded before the first Read and nothing by Close, so that a body nobody
// wants costs only its bytes on the wire. Reading one byte inflates at most one window.
package coding

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Accepted is what Decode understands without a Set, as a value of Accept-Encoding.
const Accepted = "gzip, deflate, br, zstd"

// maxCodings bounds how many codings one body may have, over all of its Content-Encoding
// lines. More than one is rare; a long list is an attack (CVE-2022-32206, CVE-2023-23916).
const maxCodings = 3

// A Set is codings that a caller brings along, by their names in lower case. Each comes before
// the one of the same name that this package has, and nil takes that one away. What a function
// is given is the coded body; a reader that it returns is closed with the body if it has a
// Close. It may read in a goroutine of its own.
type Set map[string]func(io.Reader) (io.Reader, error)

// Accept is what Decode understands with the set, as a value of Accept-Encoding: ours first, the
// others by their names. "": nothing.
func Accept(own Set) string {
	if len(own) == 0 {
		return Accepted
	}
	var names []string
	for name := range strings.SplitSeq(Accepted, ", ") {
		if undo, ok := own[name]; undo != nil || !ok {
			names = append(names, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if own[name] != nil && poolOf(name) == nil {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// Gzip returns body with its gzip coding undone, within the default [Limits]. Closing it
// closes body.
func Gzip(body io.ReadCloser) io.ReadCloser {
	return newReader(body, list{n: 1, of: [maxCodings]step{{name: "gzip"}}}, Limits{})
}

// Decode returns body with the codings undone that the values of its Content-Encoding
// fields name, nil if they name none but identity. Closing what it returns closes body. If
// there are too many codings, or one that is not known, the error is an *[Error] and body is
// left as it was: open and unread.
func Decode(body io.ReadCloser, fields []string, own Set, limits Limits) (io.ReadCloser, error) {
	codings, err := parse(fields, own)
	if err != nil || codings.n == 0 {
		return nil, err
	}
	return newReader(body, codings, limits), nil
}

// A step is one coding of a body.
type step struct {
	name string
	own  func(io.Reader) (io.Reader, error) // nil: it is one of ours
}

// A list is the codings of a body, in the order in which they were applied.
type list struct {
	of [maxCodings]step
	n  int
}

// parse returns the codings with their names in lower case, without identity and without empty
// list members.
func parse(fields []string, own Set) (codings list, err error) {
	for _, field := range fields {
		for name := range strings.SplitSeq(field, ",") {
			name = strings.ToLower(strings.Trim(name, " \t"))
			if name == "" || name == "identity" {
				continue
			}
			s, ok := find(name, own)
			if !ok {
				return list{}, &Error{Coding: clip(name), Err: errUnknown}
			}
			if codings.n == maxCodings {
				return list{}, &Error{Coding: clip(name), Err: errTooMany}
			}
			codings.of[codings.n] = s
			codings.n++
		}
	}
	return codings, nil
}

// find returns what undoes the coding of that name.
func find(name string, own Set) (s step, ok bool) {
	undo, said := own[name]
	if !said && name == "x-gzip" { // RFC 9110 8.4.1.3: the same as gzip
		name = "gzip"
		undo, said = own[name]
	}
	if said {
		return step{name, undo}, undo != nil
	}
	return step{name: name}, poolOf(name) != nil
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
	// deflate reaches 1,032:1 on zeros, the others far more; texts stay below 50:1, the most
	// repetitive logs below 200:1.
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
