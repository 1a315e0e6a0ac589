package pretty

import "io"

// A plain passes a text on as it is.
type plain struct{ io.Writer }

// NewPlain returns a Writer that changes nothing.
func NewPlain(w io.Writer) Writer { return plain{w} }

func (plain) Flush() error { return nil }
