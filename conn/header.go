package conn

import (
	"bufio"
	"io"

	"example.com/godwit/internal/h1"
)

// ReadHeader reads header fields up to and with the empty line that ends them, by the rules and
// within the bounds of a response's head, and not a byte more. What it returns is the caller's.
//
// If the input ends before the empty line, the error is an [IncompleteReadError]; io.EOF it is
// only if there was nothing at all.
func ReadHeader(r *bufio.Reader) (Fields, error) {
	if _, err := r.Peek(1); err == io.EOF {
		return nil, io.EOF
	}
	bounds := Bounds{}.Defaults()
	return h1.ReadFields(r, &bounds)
}
