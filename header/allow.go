// Allow (RFC 9110 10.2.1): the methods that a resource takes.

package header

import "slices"

// Allow is an Allow field: methods, whose case counts. An empty one that is there says that no
// method is allowed.
type Allow []string

// ParseAllow reads an Allow.
func ParseAllow(values []string) (Allow, error) {
	r := reader{field: "Allow"}
	var a Allow
	for element := range r.elements(values, plain) {
		if isToken(element) {
			a = append(a, element)
		} else {
			r.fail("not a method", element)
		}
	}
	return a, r.first
}

// Has reports whether the method is allowed.
func (a Allow) Has(method string) bool { return slices.Contains(a, method) }

// String writes the list.
func (a Allow) String() string { return joinTokens(a) }
