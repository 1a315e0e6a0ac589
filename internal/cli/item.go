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
	itemFile                        // name@file, or @file for the body itself
)

// An item is one of the arguments after the URL, read.
type item struct {
	kind        itemKind
	name, value string
	// by is what the value was, if it stands for what is elsewhere: a path, or a reference
	// without its @. It is "" for a value that is there; see fetchItems.
	by     string
	secret bool // the value is a reference's

	filename, mediaType string // of a file; "": as it is called, and by that
}

// isData reports whether the item is part of the body.
func (it *item) isData() bool { return it.kind >= itemField }

// separators split an item. The one that comes first in the text counts, and of those that
// begin at the same place the longest.
var separators = []struct {
	text string
	kind itemKind
	by   bool // what follows stands for what is elsewhere
}{
	{":=@", itemJSON, true},
	{"==@", itemQuery, true},
	{"==", itemQuery, false},
	{":=", itemJSON, false},
	{"=@", itemField, true},
	{":@", itemHeader, true},
	{":", itemHeader, false},
	{";", itemEmptyHeader, false},
	{"=", itemField, false},
	{"@", itemFile, true},
}

// itemForms is for messages.
const itemForms = "Header:value, Header:, Header;, name==value, name=value, name:=json or name@file (a further URL has http:// or https:// in front)"

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
			value, ok := strings.CutPrefix(arg[i:], sep.text)
			switch {
			case !ok:
				continue
			case sep.by:
				return readBy(item{kind: sep.kind, name: string(name)}, sep.text, value)
			}
			return checkItem(item{kind: sep.kind, name: string(name), value: unescape(value)})
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

// readBy reads what follows a separator that ends in @: a path or a reference, and for files
// what they shall be called and be.
func readBy(it item, separator, text string) (item, error) {
	if it.kind == itemFile {
		for {
			at, name := lastParam(text)
			into := &it.mediaType
			if name == fileName {
				into = &it.filename
			}
			if at < 0 || *into != "" { // one of each; what else there is is the path
				break
			}
			*into, text = unescape(text[at+len(name):]), text[:at]
			if *into == "" {
				return item{}, itemError(it.name+separator+"…"+name, "there is nothing behind it")
			}
		}
	}
	it.by = unescape(text)
	switch {
	case it.kind == itemHeader && it.name == "":
		return item{}, errHeaderName
	case it.by == "":
		return item{}, itemError(it.name+separator, "there is no file behind the @")
	}
	return it, nil
}

// What may follow the path of a file: the media type, and the name that the server is told.
const (
	fileType = ";type="
	fileName = ";filename="
)

// lastParam returns where the last of the two begins, and which one it is; -1 if there is
// none. A backslash before the ; makes it part of the path.
func lastParam(text string) (at int, name string) {
	at = -1
	for _, n := range []string{fileType, fileName} {
		for i := len(text); ; {
			i = strings.LastIndex(text[:i], n)
			if i <= 0 || text[i-1] != '\\' {
				if i > at {
					at, name = i, n
				}
				break
			}
		}
	}
	return at, name
}

var errHeaderName = itemError(":…", "the header has no name")

// checkItem checks what each kind asks for.
func checkItem(it item) (item, error) {
	switch it.kind {
	case itemHeader, itemEmptyHeader:
		it.value = strings.TrimSpace(it.value)
		if it.name == "" {
			return item{}, errHeaderName
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
