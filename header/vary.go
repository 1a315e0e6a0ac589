// Vary (RFC 9110 12.5.5): what of a request a response depends on.

package header

import (
	"net/http"
	"slices"
)

// Vary is a Vary field: names of fields of the request, as [net/http.CanonicalHeaderKey] spells
// them, sorted, each once. "*" alone says that the response depends on something else too.
type Vary []string

// ParseVary reads a Vary. If "*" is anywhere in it, or something that is no name of a field, it
// is "*".
func ParseVary(values []string) (Vary, error) {
	r := reader{field: "Vary"}
	var v Vary
	everything := false
	for element := range r.elements(values, plain) {
		if !isToken(element) {
			r.fail("not a name of a field", element)
		}
		everything = everything || element == "*"
		v = append(v, http.CanonicalHeaderKey(element))
	}
	if everything || r.first != nil {
		return Vary{"*"}, r.first
	}
	slices.Sort(v)
	return slices.Compact(v), nil
}

// Any reports whether the response depends on more than fields, so that it answers no other
// request.
func (v Vary) Any() bool { return slices.Contains(v, "*") }

// Has reports whether the response depends on the field, as it does if [Vary.Any].
func (v Vary) Has(name string) bool {
	return v.Any() || slices.Contains(v, http.CanonicalHeaderKey(name))
}

// String writes the list.
func (v Vary) String() string {
	if v.Any() {
		return "*"
	}
	return joinTokens(v)
}
