// Strict-Transport-Security (RFC 6797): this host is to be spoken to with TLS only.

package header

import "time"

// StrictTransportSecurity is a Strict-Transport-Security. It means something only where it came
// over TLS, from a host that has a name (RFC 6797 8.1).
type StrictTransportSecurity struct {
	MaxAge            time.Duration // for how long; 0: no longer
	IncludeSubDomains bool          // for all names below as well
	Preload           bool          // may be built into browsers
}

// ParseStrictTransportSecurity reads a Strict-Transport-Security; of several the first one
// counts. Without a max-age, or with one directive twice, it must be ignored, and is an error.
func ParseStrictTransportSecurity(value string) (StrictTransportSecurity, error) {
	r := reader{field: "Strict-Transport-Security"}
	text, ok := r.one(value)
	if !ok {
		return StrictTransportSecurity{}, r.first
	}
	var s StrictTransportSecurity
	aged := false
	for _, param := range r.params(text, true) {
		switch param.Name {
		case "max-age":
			age, ok := parseSeconds(param.Value)
			if !ok || aged {
				r.fail("not a single max-age", text)
			}
			s.MaxAge, aged = age, true
		case "includesubdomains":
			if s.IncludeSubDomains {
				r.fail("a directive twice", text)
			}
			s.IncludeSubDomains = true
		case "preload":
			s.Preload = true
		}
	}
	if !aged {
		r.fail("no max-age", text)
	}
	if r.first != nil {
		return StrictTransportSecurity{}, r.first
	}
	return s, nil
}

// String writes it.
func (s StrictTransportSecurity) String() string {
	b := appendSeconds([]byte("max-age="), s.MaxAge)
	if s.IncludeSubDomains {
		b = append(b, "; includeSubDomains"...)
	}
	if s.Preload {
		b = append(b, "; preload"...)
	}
	return string(b)
}
