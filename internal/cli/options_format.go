package cli

// --format-options: how texts are formatted, in HTTPie's words.

import (
	"fmt"
	"strconv"
	"strings"
)

// A formatOptions is what they say.
type formatOptions struct {
	sortHeaders bool
	jsonPlain   bool // leave the white space of JSON as it is
	jsonIndent  int
	jsonSort    bool
	xmlPlain    bool // leave the white space of XML and HTML as it is
	xmlIndent   int
}

// maxIndent is as deep as a step to the right may be.
const maxIndent = 16

// newFormatOptions returns the defaults: HTTPie's, but for the order of keys and fields,
// which tells something and stays.
func newFormatOptions() formatOptions { return formatOptions{jsonIndent: 4, xmlIndent: 2} }

const formatHelp = "headers.sort:false, json.format:true, json.indent:4,\njson.sort_keys:false, xml.format:true, xml.indent:2\n(these are the defaults)"

// set applies a list of NAME:VALUE.
func (f *formatOptions) set(list string) error {
	for pair := range strings.SplitSeq(list, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), ":")
		var err error
		switch name {
		case "headers.sort":
			f.sortHeaders, err = trueOrFalse(value)
		case "json.format":
			f.jsonPlain, err = negated(trueOrFalse(value))
		case "json.indent":
			f.jsonIndent, err = indentOf(value)
		case "json.sort_keys":
			f.jsonSort, err = trueOrFalse(value)
		case "xml.format":
			f.xmlPlain, err = negated(trueOrFalse(value))
		case "xml.indent":
			f.xmlIndent, err = indentOf(value)
		default:
			return fmt.Errorf("%q is none of headers.sort, json.format, json.indent, json.sort_keys, xml.format, xml.indent", name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// sort sorts all that can be sorted, or nothing.
func (f *formatOptions) sort(on bool) { f.sortHeaders, f.jsonSort = on, on }

func trueOrFalse(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", text)
}

func negated(yes bool, err error) (bool, error) { return !yes, err }

func indentOf(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxIndent {
		return 0, fmt.Errorf("%q is not a number from 0 to %d", text, maxIndent)
	}
	return n, nil
}
