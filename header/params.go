// Parameters (RFC 9110 5.6.6): name=value, separated by semicolons.

package header

import "strings"

// A Param is a parameter: of a media type, a link, a coding. For a parameter without a value
// Value is "".
type Param struct {
	Name  string // in lower case
	Value string // without quotation marks
}

// Params are parameters in their order.
type Params []Param

// Get returns the value of the first parameter of that name, "" if there is none. Names have
// no case.
func (p Params) Get(name string) string {
	name = lower(name)
	for _, param := range p {
		if lower(param.Name) == name {
			return param.Value
		}
	}
	return ""
}

// has reports whether there is a parameter of that name, which must be in lower case.
func (p Params) has(name string) bool {
	for _, param := range p {
		if param.Name == name {
			return true
		}
	}
	return false
}

// params reads the parameters in s, which is what follows the first semicolon. A name that is
// no token is an error, and so is a quotation that does not end, and what follows one; for
// the rest, a value may be anything, for that is what is sent. bare says whether a parameter
// may be without a value; else it is skipped.
func (r *reader) params(s string, bare bool) (params Params) {
	for s != "" {
		var name, value, junk string
		var hasValue bool
		part := s
		name, value, junk, hasValue, s = cutParam(s)
		switch {
		case name == "" && !hasValue:
			continue // two semicolons, or one at the end
		case !isToken(name):
			r.fail("not a parameter", part)
			continue
		case !hasValue && !bare:
			r.fail("a parameter without a value", part)
			continue
		case junk != "":
			r.fail("not a parameter", junk)
		}
		if !r.count() {
			return params
		}
		params = append(params, Param{lower(name), value})
	}
	return params
}

// cutParam splits s after the parameter that it begins with, at a semicolon. junk is what
// stands between the end of a quotation and the semicolon, or a quotation without an end.
func cutParam(s string) (name, value, junk string, hasValue bool, rest string) {
	i := strings.IndexAny(s, "=;")
	if i < 0 {
		return trim(s), "", "", false, ""
	}
	name = trim(s[:i])
	if s[i] == ';' {
		return name, "", "", false, s[i+1:]
	}
	s = strings.TrimLeft(s[i+1:], " \t")
	text, after, quoted := cutQuoted(s)
	raw, rest, _ := strings.Cut(after, ";")
	raw = trim(raw)
	if quoted {
		return name, text, raw, true, rest
	}
	if strings.HasPrefix(raw, `"`) {
		junk = raw
		raw = strings.Trim(raw, `"`)
	}
	return name, raw, junk, true, rest
}

// appendParams appends those parameters that can be written, each after a semicolon. bare says
// how one without a value is written: as its name, or as name="".
func appendParams(b []byte, params Params, bare bool) []byte {
	for _, param := range params {
		b = appendParam(b, param.Name, param.Value, bare)
	}
	return b
}

func appendParam(b []byte, name, value string, bare bool) []byte {
	if !isToken(name) || !isText(value) {
		return b
	}
	b = append(b, "; "...)
	b = append(b, lower(name)...)
	if value == "" && bare {
		return b
	}
	return appendWord(append(b, '='), value)
}
