// Package config reads the command's file of settings, TOML (https://toml.io/en/v1.0.0): which
// setting stands in which line, for whom. What the settings mean is for others to say.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	// The parser without the reflection: the line of each setting is needed, and no struct.
	toml "github.com/pelletier/go-toml/v2/unstable"
)

// A Setting is a line of the file.
type Setting struct {
	Name  string
	Field string   // the header field, if Name is "headers"
	Texts []string // the value, or the values of a list
	Bool  bool     // the value was true or false, and Texts has that word
	Line  int      // the first is 1
}

// A Section is what holds for some hosts, or for all.
type Section struct {
	Host     string // as the file has it; "": for all
	Line     int
	Settings []Setting
}

// An Error says what is wrong with a file. It quotes no value.
type Error struct {
	Line int
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// maxList bounds the values of a list, and maxSettings the settings of a file: more is no file
// that somebody has written.
const (
	maxList     = 1000
	maxSettings = 10_000
)

const errNoHost = "the host is empty"

// Parse returns the sections of a file, that for all first if there is one. Settings are
//
//	name = value                      # for all
//	headers.NAME = value
//	[host."api.example.com"]          # for one host
//	name = value
//	headers.NAME = value
//
// where a value is a string, a number, true, false, or a list of these. Dotted keys, tables and
// inline tables may say the same thing, and nothing may be said twice.
func Parse(text []byte) ([]Section, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(text) {
		return nil, &Error{1, "the file is not UTF-8"}
	}
	r := reader{text: text, seen: map[string]int{}}
	r.p.Reset(text)
	var table []string
	for r.p.NextExpression() {
		e := r.p.Expression()
		var err error
		switch e.Kind {
		case toml.KeyValue:
			err = r.pair(table, e)
		case toml.Table:
			table, err = r.table(e)
		case toml.ArrayTable:
			err = &Error{r.lineOf(e.Child()), "there is no list of tables"}
		}
		if err != nil {
			return nil, err
		}
	}
	if err := r.p.Error(); err != nil {
		line := 1
		if e, ok := errors.AsType[*toml.ParserError](err); ok && len(e.Highlight) > 0 {
			line = r.line(e.Highlight)
		}
		return nil, &Error{line, "it is not TOML: " + plain(err)}
	}
	return r.sections, nil
}

// plain returns the parser's message without what it quotes of the file.
func plain(err error) string {
	text, _, _ := strings.Cut(err.Error(), ":")
	if i := strings.IndexAny(text, "'\"`"); i >= 0 {
		text = strings.TrimSpace(text[:i])
	}
	return text
}

// A reader reads a file.
type reader struct {
	text     []byte
	p        toml.Parser
	sections []Section
	count    int
	seen     map[string]int // what has been said, and where
}

// line returns the line of a part of the text.
func (r *reader) line(part []byte) int {
	if len(part) == 0 {
		return 1
	}
	at := r.p.Range(part).Offset
	return 1 + bytes.Count(r.text[:min(int(at), len(r.text))], []byte("\n"))
}

func (r *reader) lineOf(n *toml.Node) int {
	return 1 + bytes.Count(r.text[:min(int(n.Raw.Offset), len(r.text))], []byte("\n"))
}

func path(it toml.Iterator) (words []string) {
	for it.Next() {
		words = append(words, string(it.Node().Data))
	}
	return words
}

// once notes that something is said, which it must not have been before.
func (r *reader) once(kind string, words []string, line int) error {
	key := kind + "\x00" + strings.Join(words, "\x00")
	if before, ok := r.seen[key]; ok {
		return &Error{line, fmt.Sprintf("%q was said in line %d already", strings.Join(words, "."), before)}
	}
	r.seen[key] = line
	return nil
}

// table begins a table.
func (r *reader) table(e *toml.Node) ([]string, error) {
	words := path(e.Key())
	line := r.lineOf(e.Child())
	if err := r.once("table", words, line); err != nil {
		return nil, err
	}
	isHeaders := slices.Equal(words, []string{"headers"}) || len(words) == 3 && words[0] == "host" && words[2] == "headers"
	switch {
	case len(words) > 1 && words[1] == "":
		return nil, &Error{line, errNoHost}
	case isHeaders:
	case words[0] == "host" && len(words) == 2:
		r.section(words[1], line)
	default:
		return nil, &Error{line, fmt.Sprintf("there is no table %q; tables are [headers], [host.\"NAME\"] and [host.\"NAME\".headers]", strings.Join(words, "."))}
	}
	return words, nil
}

// pair reads a key and its value.
func (r *reader) pair(table []string, e *toml.Node) error {
	it := e.Key()
	if !it.Next() {
		return &Error{1, "a key without a name"}
	}
	line := r.lineOf(it.Node())
	words := append(slices.Clone(table), path(e.Key())...)
	value := e.Value()
	if value.Kind == toml.InlineTable {
		for it := value.Children(); it.Next(); {
			if err := r.pair(words, it.Node()); err != nil {
				return err
			}
		}
		return nil
	}
	s := Setting{Line: line}
	host, rest := "", words
	if words[0] == "host" {
		if len(words) < 3 {
			return &Error{line, "host needs a name and a setting: [host.\"NAME\"], and settings below it"}
		}
		if words[1] == "" {
			return &Error{line, errNoHost}
		}
		host, rest = words[1], words[2:]
	}
	switch {
	case len(rest) == 2 && rest[0] == "headers":
		s.Name, s.Field = rest[0], rest[1]
	case slices.Equal(rest, []string{"headers"}):
		return &Error{line, "headers needs names: headers.NAME = \"value\""}
	case len(rest) == 1:
		s.Name = rest[0]
	default:
		return &Error{line, fmt.Sprintf("there is no setting %q", strings.Join(rest, "."))}
	}
	if err := r.once("key", words, line); err != nil {
		return err
	}
	if r.count++; r.count > maxSettings {
		return &Error{line, fmt.Sprintf("there are more than %d settings", maxSettings)}
	}
	if err := s.read(value); err != nil {
		return err
	}
	section := r.section(host, line)
	section.Settings = append(section.Settings, s)
	return nil
}

// read reads a value.
func (s *Setting) read(value *toml.Node) error {
	if value.Kind != toml.Array {
		text, ok := scalar(value)
		if !ok {
			return &Error{s.Line, fmt.Sprintf("%s is neither a string nor a number, true, false or a list of these", s.Name)}
		}
		s.Texts, s.Bool = []string{text}, value.Kind == toml.Bool
		return nil
	}
	for it := value.Children(); it.Next(); {
		text, ok := scalar(it.Node())
		switch {
		case it.Node().Kind == toml.Comment:
			continue
		case !ok:
			return &Error{s.Line, fmt.Sprintf("%s is a list of something else than strings and numbers", s.Name)}
		case len(s.Texts) >= maxList:
			return &Error{s.Line, fmt.Sprintf("%s has more than %d values", s.Name, maxList)}
		}
		s.Texts = append(s.Texts, text)
	}
	if len(s.Texts) == 0 {
		return &Error{s.Line, s.Name + " is an empty list"}
	}
	return nil
}

// scalar returns a value as a flag would have it.
func scalar(n *toml.Node) (string, bool) {
	switch n.Kind {
	case toml.String, toml.Bool:
		return string(n.Data), true
	case toml.Integer, toml.Float:
		return strings.ReplaceAll(string(n.Data), "_", ""), true
	}
	return "", false
}

// section returns the section of a host, which it makes if need be. That for all is the first.
func (r *reader) section(host string, line int) *Section {
	for i := range r.sections {
		if r.sections[i].Host == host {
			return &r.sections[i]
		}
	}
	s := Section{Host: host, Line: line}
	if host == "" {
		r.sections = slices.Insert(r.sections, 0, s)
		return &r.sections[0]
	}
	r.sections = append(r.sections, s)
	return &r.sections[len(r.sections)-1]
}
