// Transfer-Encoding (RFC 9112 6.1): what was done to a body for the way.

package header

import "strings"

// TransferEncoding is a Transfer-Encoding field: the codings in the order in which they were
// applied.
type TransferEncoding []Coding

// A Coding is a transfer coding.
type Coding struct {
	Name   string // in lower case
	Params Params
}

// ParseTransferEncoding reads a Transfer-Encoding. net/http takes the field out of a message's
// header: there the lines are the message's TransferEncoding.
func ParseTransferEncoding(values []string) (TransferEncoding, error) {
	r := reader{field: "Transfer-Encoding"}
	var t TransferEncoding
	for element := range r.elements(values, plain) {
		name, rest, _ := strings.Cut(element, ";")
		if name = trim(name); isToken(name) {
			t = append(t, Coding{lower(name), r.params(rest, false)})
		} else {
			r.fail("not a coding", element)
		}
	}
	return t, r.first
}

// Chunked reports whether chunked is the last coding and no other one: the body then says by
// itself where it ends. A request in whose Transfer-Encoding it is not must be refused, a
// response ends with its connection (RFC 9112 6.3).
func (t TransferEncoding) Chunked() bool {
	for i, coding := range t {
		if lower(coding.Name) == "chunked" {
			return i == len(t)-1
		}
	}
	return false
}

// String writes the list.
func (t TransferEncoding) String() string {
	var b []byte
	for _, coding := range t {
		if isToken(coding.Name) {
			b = append(appendSeparator(b), lower(coding.Name)...)
			b = appendParams(b, coding.Params, false)
		}
	}
	return string(b)
}
