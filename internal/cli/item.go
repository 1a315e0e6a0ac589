package cli

// Request items: what follows the URL, in HTTPie's language.

import (
	"encoding/json"
	"fmt"
	"strings"
)

// itemKind is what an item says.
type itemKind uint8

const (
	itemHeader      itemKind = iota // Header:value, or Header: to leave it out
	itemEmptyHeader                 // Header;
	itemQuery                       // name==value
	itemField                       // name=value
	itemJSON                        // name:=json
)

// An item is one of the arguments after the URL, read.
type item struct {
	kind        itemKind
	name, value string
}

// isData reports whether the item is part of the body.
func (it item) isData() bool { return it.kind == itemField || it.kind == itemJSON }

// separators split an item. The one that comes first in the text counts, and of those that
// begin at the same place the longest. Those that have no kind are HTTPie's others, known
// here so that they are refused and not taken for something else.
var separators = []struct {
	text  string
	kind  itemKind
	known bool
}{
	{":=@", 0, false},
	{"==@", 0, false},
	{"==", itemQuery, true},
	{":=", itemJSON, true},
	{"=@", 0, false},
	{":@", 0, false},
	{":", itemHeader, true},
	{";", itemEmptyHeader, true},
	{"=", itemField, true},
	{"@", 0, false},
}

// itemForms is for messages.
const itemForms = "Header:value, Header:, Header;, name==value, name=value or name:=json"

// special are the characters that a backslash takes the meaning from.
const special = ":;=@"

// parseItem reads an item. A backslash before : ; = or @ makes that character part of the
// name or the value; before anything else it stands for itself, as in c:\dir.
func parseItem(arg string) (item, error) {
	var name []byte
	for i := 0; i < len(arg); {
		if text, size := escaped(arg[i:]); size > 0 {
			name = append(name, text...)
			i += size
			continue
		}
		for _, sep := range separators {
			if value, ok := strings.CutPrefix(arg[i:], sep.text); ok {
				if !sep.known {
					return item{}, itemError(string(name)+sep.text+"…", sep.text+" is not supported; an item is "+itemForms)
				}
				return checkItem(item{sep.kind, string(name), unescape(value)})
			}
		}
		name = append(name, arg[i])
		i++
	}
	return item{}, itemError(arg, "it must be "+itemForms)
}

// escaped returns what the backslash at the beginning of s and the character after it stand
// for, and how long the two are: 0 if there is no backslash, or nothing after it.
func escaped(s string) (text string, size int) {
	switch {
	case len(s) < 2 || s[0] != '\\':
		return "", 0
	case strings.IndexByte(special, s[1]) >= 0:
		return s[1:2], 2
	}
	return s[:2], 2
}

// unescape takes the backslashes off that protect a character.
func unescape(value string) string {
	var out []byte
	for i := 0; i < len(value); {
		if text, size := escaped(value[i:]); size > 0 {
			out = append(out, text...)
			i += size
			continue
		}
		out = append(out, value[i])
		i++
	}
	return string(out)
}

// checkItem checks what each kind asks for.
func checkItem(it item) (item, error) {
	switch it.kind {
	case itemHeader, itemEmptyHeader:
		it.value = strings.TrimSpace(it.value)
		if it.name == "" {
			return item{}, itemError(":…", "the header has no name")
		}
		if it.kind == itemEmptyHeader && it.value != "" {
			return item{}, itemError(it.name+";…", "to send an empty header write "+it.name+";")
		}
	case itemJSON:
		if !json.Valid([]byte(it.value)) {
			return item{}, itemError(it.name+":=…", "what follows := is not JSON")
		}
	}
	return it, nil
}

// itemError is shown without the item's value, which may be a secret.
func itemError(shown, problem string) error {
	return &usageError{fmt.Sprintf("item %q: %s", shown, problem)}
}
