package auth

// Masked: what an Auth looks like when it is printed.

import (
	"fmt"
	"io"
)

// hidden is what stands where a secret is. It tells neither its length nor its beginning.
const hidden = "•••"

// masked is what is shown of the Auth that embeds it, whatever the verb.
//
// fmt does not call methods for what it finds in a field that is not exported. So each Auth is
// a pointer, too, to a struct that has its secrets behind one more pointer: of the first, fmt
// shows the address, or with a verb that does not fit what it points to; of the second, it
// shows the address and no more.
type masked string

func (m masked) String() string   { return string(m) }
func (m masked) GoString() string { return string(m) }

// Format comes before all else that fmt would do with %x, %+v and the like.
func (m masked) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(m)) }
