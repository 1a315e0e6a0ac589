package auth

// Masked: what an Auth looks like when it is printed.

import (
	"fmt"
	"io"
)

// hidden is what stands where a secret is. It tells neither its length nor its beginning.
const hidden = "•••"

// masked is what is shown of the Auth that embeds it, whatever the verb. Each Auth is a pointer
// besides: of a pointer in a field that is not exported, fmt shows the address alone.
type masked string

func (m masked) String() string   { return string(m) }
func (m masked) GoString() string { return string(m) }

// Format comes before all else that fmt would do with %x, %+v and the like.
func (m masked) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(m)) }
