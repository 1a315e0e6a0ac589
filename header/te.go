// TE (RFC 9110 10.1.4): which transfer codings a client takes, and whether trailers.

package header

// TE is a TE field. Whoever sends it lists "TE" in Connection as well.
type TE []Preference

// ParseTE reads a TE.
func ParseTE(values []string) (TE, error) {
	r := reader{field: "TE"}
	list := r.preferences(values, isToken)
	return list, r.first
}

// Trailers reports whether the sender takes trailers.
func (t TE) Trailers() bool { return t.Quality("trailers") > 0 }

// Quality returns how gladly the coding is taken, from 0 (not at all) to 1. Chunked always is.
func (t TE) Quality(coding string) float64 {
	coding = lower(coding)
	for _, p := range t {
		if lower(p.Value) == coding {
			return p.quality()
		}
	}
	if coding == "chunked" {
		return 1
	}
	return 0
}

// String writes the list.
func (t TE) String() string { return string(appendPreferences(nil, t, isToken)) }
