// IdempotencyKey: a name for what a call is to do, so that a server does it once.

package godwit

import (
	"crypto/rand"
	"net/http"
)

// addIdempotencyKey adds the field, unless the caller has set it or has said that there is
// to be none.
//
// The key is a string with its quotes, as draft-ietf-httpapi-idempotency-key-header has it:
// a server that reads it so refuses a bare one, and to one that takes the value as it stands
// two more characters are all the same. An API that asks for a form of its own, a UUID for
// instance, is served by a Header of the caller's.
func (r *Request) addIdempotencyKey() {
	if !r.IdempotencyKey || isSafe(r.Method) {
		return
	}
	if _, set := r.Header["Idempotency-Key"]; set {
		return
	}
	r.Header["Idempotency-Key"] = []string{`"` + rand.Text() + `"`} // 130 bits
}

// isSafe reports whether a method changes nothing (RFC 9110 9.2.1), so that nothing can be
// done twice.
func isSafe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, "QUERY":
		return true
	}
	return false
}
