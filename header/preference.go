// Preferences with weights (RFC 9110 12.4.2), of which Accept and TE are lists.

package header

import (
	"strconv"
	"strings"
)

// A Preference is one thing that somebody would take, and how gladly.
type Preference struct {
	Value  string // a media range or a coding, in lower case
	Params Params // without q

	// Q is the weight, from 0.001 to 1, three digits of it. 0 means that none is said, which
	// is 1, and negative q=0: not at all. A Parse function always sets it.
	Q float64
}

// quality returns the weight, 0 for what is not wanted.
func (p Preference) quality() float64 {
	switch {
	case p.Q < 0:
		return 0
	case p.Q == 0 || p.Q > 1:
		return 1
	}
	return p.Q
}

// preferences reads a list of preferences for what is valid.
func (r *reader) preferences(values []string, valid func(string) bool) (list []Preference) {
	for element := range r.elements(values, plain) {
		value, rest, _ := strings.Cut(element, ";")
		p := Preference{Value: lower(trim(value)), Q: 1}
		if !valid(p.Value) {
			r.fail("not what is listed here", element)
			continue
		}
		weighed, ok := false, true
		for _, param := range r.params(rest, false) {
			switch {
			case param.Name != "q":
				p.Params = append(p.Params, param)
			case !weighed:
				weighed = true
				p.Q, ok = parseQ(param.Value)
			}
		}
		if !ok {
			r.fail("not a weight", element)
			continue
		}
		list = append(list, p)
	}
	return list
}

// parseQ reads a weight; what is more than 1 is 1, and digits after the third are cut off.
func parseQ(s string) (float64, bool) {
	whole, decimals, _ := strings.Cut(s, ".")
	if strings.Trim(whole+decimals, "0123456789") != "" || s == "" || s == "." {
		return 0, false
	}
	if strings.Trim(whole, "0") != "" {
		return 1, true
	}
	n, _ := strconv.Atoi((decimals + "000")[:3])
	if n == 0 {
		return -1, true
	}
	return float64(n) / 1000, true
}

// appendPreferences appends those that are valid.
func appendPreferences(b []byte, list []Preference, valid func(string) bool) []byte {
	for _, p := range list {
		value := lower(p.Value)
		if !valid(value) {
			continue
		}
		b = append(appendSeparator(b), value...)
		b = appendParams(b, p.Params, false)
		if q := p.quality(); q == 0 {
			b = append(b, ";q=0"...)
		} else if q < 1 {
			thousandths := min(max(int(q*1000+0.5), 1), 999)
			decimals := strconv.Itoa(1000 + thousandths)[1:]
			b = append(b, ";q=0."+strings.TrimRight(decimals, "0")...)
		}
	}
	return b
}
