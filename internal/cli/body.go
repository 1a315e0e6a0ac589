package cli

// The body, made of the items or read from the standard input.

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

const (
	typeJSON = "application/json"
	// typeForm names the charset as HTTPie does: servers that do not know that a form is
	// always in UTF-8 are still about.
	typeForm = "application/x-www-form-urlencoded; charset=utf-8"
	// acceptJSON is what is asked for along with JSON.
	acceptJSON = "application/json, */*;q=0.5"
)

// jsonBody makes a JSON object of the fields. Their order is that of the command line, and
// numbers stay as they were spelt. A name that comes again replaces its value.
func jsonBody(items []item) ([]byte, error) {
	type member struct{ name, value []byte }
	var members []member
	for _, it := range items {
		if !it.isData() {
			continue
		}
		name, err := jsonName(it)
		if err != nil {
			return nil, err
		}
		m := member{jsonText(name), []byte(it.value)}
		if it.kind == itemField {
			m.value = jsonText(it.value)
		}
		i := slices.IndexFunc(members, func(x member) bool { return string(x.name) == string(m.name) })
		if i < 0 {
			members = append(members, m)
		} else {
			members[i] = m
		}
	}
	out := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(append(append(out, m.name...), ": "...), m.value...)
	}
	return append(out, '}'), nil
}

// jsonName returns the name of a field in a JSON object. Brackets would make it a path into
// nested objects, unless a backslash protects them.
func jsonName(it item) (string, error) {
	name := strings.NewReplacer(`\[`, "[", `\]`, "]").Replace(it.name)
	if strings.Count(it.name, "[") != strings.Count(it.name, `\[`) {
		return "", &usageError{"field " + it.name + `: nested names are not supported in JSON; write \[ for the character`}
	}
	return name, nil
}

// jsonText returns a text as a JSON string.
func jsonText(s string) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// formBody makes a form of the fields, in their order, repeated names and all. A field given
// as JSON is sent as its text, a JSON string without its quotes.
func formBody(items []item) []byte {
	var pairs []string
	for _, it := range items {
		if !it.isData() {
			continue
		}
		value := it.value
		if it.kind == itemJSON {
			var text string
			if json.Unmarshal([]byte(value), &text) == nil {
				value = text
			}
		}
		pairs = append(pairs, url.QueryEscape(it.name)+"="+url.QueryEscape(value))
	}
	return []byte(strings.Join(pairs, "&"))
}
