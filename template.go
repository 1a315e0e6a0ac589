// URI templates (RFC 6570, level 4): reading and expanding them. Decisions only; uri.go says
// what may come of them.

package godwit

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A uriTemplate is literals and expressions, in turn.
type uriTemplate []templatePart

// A templatePart is a literal, or an expression.
type templatePart struct {
	literal string
	op      templateOp
	vars    []templateVar // nil: it is a literal
}

// A templateVar is a variable in an expression.
type templateVar struct {
	name    string
	prefix  int  // how many characters of it; 0: all
	explode bool // the members of a list or of pairs stand by themselves
}

// A templateOp is what an operator means (RFC 6570, appendix A).
type templateOp struct {
	char     byte   // 0: none
	first    string // what stands in front of the first value
	sep      string // between values
	named    bool   // a value has its name in front
	ifEmpty  string // what stands between a name and an empty value
	reserved bool   // reserved characters, and escapes, stay as they are
}

// templateOperator returns the operator that an expression begins with.
func templateOperator(c byte) (templateOp, bool) {
	switch c {
	case '+':
		return templateOp{c, "", ",", false, "", true}, true
	case '#':
		return templateOp{c, "#", ",", false, "", true}, true
	case '.':
		return templateOp{c, ".", ".", false, "", false}, true
	case '/':
		return templateOp{c, "/", "/", false, "", false}, true
	case ';':
		return templateOp{c, ";", ";", true, "", false}, true
	case '?':
		return templateOp{c, "?", "&", true, "=", false}, true
	case '&':
		return templateOp{c, "&", "&", true, "=", false}, true
	}
	return templateOp{0, "", ",", false, "", false}, false
}

// parseTemplate reads a template.
func parseTemplate(s string) (uriTemplate, error) {
	var t uriTemplate
	for s != "" {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			return append(t, templatePart{literal: s}), nil
		}
		if i > 0 {
			t = append(t, templatePart{literal: s[:i]})
		}
		end := strings.IndexAny(s[i+1:], "{}") + i + 1
		if s[i] == '}' || end == i || s[end] == '{' {
			return nil, errors.New("a brace without its other half")
		}
		part, err := parseExpression(s[i+1 : end])
		if err != nil {
			return nil, fmt.Errorf("expression %q: %w", clip(s[i:end+1], 60), err)
		}
		t = append(t, part)
		s = s[end+1:]
	}
	return t, nil
}

// parseExpression reads what is between braces.
func parseExpression(s string) (templatePart, error) {
	if s == "" {
		return templatePart{}, errors.New("it is empty")
	}
	op, is := templateOperator(s[0])
	if is {
		s = s[1:]
	}
	part := templatePart{op: op}
	for spec := range strings.SplitSeq(s, ",") {
		v, err := parseVar(spec)
		if err != nil {
			return part, err
		}
		part.vars = append(part.vars, v)
	}
	return part, nil
}

// parseVar reads a variable with its modifier.
func parseVar(s string) (templateVar, error) {
	var v templateVar
	name, length, cut := strings.Cut(s, ":")
	switch {
	case cut:
		for i := range len(length) {
			if c := length[i]; c < '0' || c > '9' || i > 3 {
				v.prefix = 0
				break
			}
			v.prefix = 10*v.prefix + int(length[i]-'0')
		}
		if v.prefix == 0 || length[0] == '0' {
			return v, errors.New("the length of a prefix is not 1 to 9999")
		}
	case strings.HasSuffix(name, "*"):
		name, v.explode = name[:len(name)-1], true
	}
	v.name = name
	if !isVarName(name) {
		return v, errors.New("not the name of a variable, or an operator that is not known")
	}
	return v, nil
}

// isVarName reports whether s may be the name of a variable (RFC 6570 2.3).
func isVarName(s string) bool {
	dot := true // neither the first nor the last, nor two in a row
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '.' && !dot:
			dot = true
			continue
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_':
		case isEscape(s[i:]):
			i += 2
		default:
			return false
		}
		dot = false
	}
	return !dot
}

// isEscape reports whether s begins with a percent-encoded octet.
func isEscape(s string) bool {
	return len(s) >= 3 && s[0] == '%' && isHexDigit(s[1]) && isHexDigit(s[2])
}

func isHexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// prefix returns what stands in front of the first expression.
func (t uriTemplate) prefix() string {
	if len(t) > 0 {
		return t[0].literal
	}
	return ""
}

// surplus returns the first name, in alphabetical order, that no expression asks for; "" if
// there is none.
func (t uriTemplate) surplus(values URI) string {
	asked := make(map[string]bool, len(values))
	for _, part := range t {
		for _, v := range part.vars {
			asked[v.name] = true
		}
	}
	for _, name := range sortedKeys(values) {
		if !asked[name] {
			return name
		}
	}
	return ""
}

// expand puts the values in.
func (t uriTemplate) expand(values URI) (string, error) {
	var b strings.Builder
	inPath := true
	for _, part := range t {
		if part.vars == nil {
			b.WriteString(part.literal)
			inPath = inPath && !strings.ContainsAny(part.literal, "?#")
			continue
		}
		start := b.Len()
		if err := part.expand(&b, values, inPath); err != nil {
			return "", err
		}
		inPath = inPath && !strings.ContainsAny(b.String()[start:], "?#")
	}
	return b.String(), nil
}

// expand puts the values into an expression.
func (p templatePart) expand(b *strings.Builder, values URI, inPath bool) error {
	mustShow := inPath && (p.op.char == 0 || p.op.char == '+')
	lead := p.op.first
	for _, v := range p.vars {
		x, known := values[v.name]
		if !known {
			return fmt.Errorf("no value for %q", clip(v.name, 60))
		}
		value, err := templateValueOf(x)
		if err != nil {
			return fmt.Errorf("value of %q: %w", clip(v.name, 60), err)
		}
		if v.prefix > 0 && value.kind > oneText {
			return fmt.Errorf("value of %q: a list or pairs have no prefix", clip(v.name, 60))
		}
		if value.kind != noValue {
			b.WriteString(lead)
			lead = p.op.sep
		}
		start := b.Len()
		p.op.expand(b, v, value)
		if mustShow && b.Len() == start {
			return fmt.Errorf("the value of %q is empty, where the path needs one", clip(v.name, 60))
		}
	}
	return nil
}

// expand writes a value (RFC 6570 3.2.1).
func (op templateOp) expand(b *strings.Builder, v templateVar, value templateValue) {
	switch {
	case value.kind == noValue:
	case value.kind == oneText:
		op.writeNamed(b, v.name, cutPrefix(value.texts[0], v.prefix, op.reserved), op.named)
	case !v.explode:
		if op.named {
			b.WriteString(v.name)
			b.WriteByte('=')
		}
		for i, s := range value.texts {
			if i > 0 {
				b.WriteByte(',')
			}
			op.write(b, s)
		}
	case value.kind == list:
		for i, s := range value.texts {
			if i > 0 {
				b.WriteString(op.sep)
			}
			op.writeNamed(b, v.name, s, op.named)
		}
	default:
		for i := 0; i < len(value.texts); i += 2 {
			if i > 0 {
				b.WriteString(op.sep)
			}
			op.write(b, value.texts[i])
			if value.texts[i+1] == "" && op.named {
				b.WriteString(op.ifEmpty)
				continue
			}
			b.WriteByte('=')
			op.write(b, value.texts[i+1])
		}
	}
}

// writeNamed writes a value, with its name in front if it is to have one.
func (op templateOp) writeNamed(b *strings.Builder, name, s string, named bool) {
	if named {
		b.WriteString(name)
		if s == "" {
			b.WriteString(op.ifEmpty)
			return
		}
		b.WriteByte('=')
	}
	op.write(b, s)
}

// write writes a text octet by octet, and percent-encodes those that may not stand there.
func (op templateOp) write(b *strings.Builder, s string) {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b.WriteByte(c)
		case op.reserved && (strings.IndexByte(":/?#[]@!$&'()*+,;=", c) >= 0 || isEscape(s[i:])):
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
}

// cutPrefix returns the first n characters, all for 0. An escape that stays one is a
// character.
func cutPrefix(s string, n int, escapes bool) string {
	if n == 0 {
		return s
	}
	i := 0
	for ; n > 0 && i < len(s); n-- {
		if escapes && isEscape(s[i:]) {
			i += 3
			continue
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return s[:i]
}

// A templateValue is a value as a template takes it.
type templateValue struct {
	kind  templateKind
	texts []string // of pairs: name, value, name, value …
}

type templateKind uint8

const (
	noValue templateKind = iota // undefined, in the RFC's words
	oneText
	list
	pairs
)

// templateValueOf returns a value of the caller's as a template takes it. Lists and pairs
// that are empty are no value (RFC 6570 2.3).
func templateValueOf(x any) (templateValue, error) {
	switch x := x.(type) {
	case map[string]any:
		return pairsValue(x)
	case Params:
		return pairsValue(x)
	case Pairs:
		var value templateValue
		for _, pair := range x {
			value.kind, value.texts = pairs, append(value.texts, pair[0], pair[1])
		}
		return value, nil
	}
	all, err := texts(nil, x, paramTime)
	switch {
	case err != nil || len(all) == 0:
		return templateValue{}, err
	case isList(x):
		return templateValue{list, all}, nil
	}
	return templateValue{oneText, all}, nil
}

// pairsValue returns the pairs of a map, in the order of their names.
func pairsValue(m map[string]any) (templateValue, error) {
	var value templateValue
	for _, name := range sortedKeys(m) {
		s, err := text(m[name], paramTime)
		if err != nil {
			return value, fmt.Errorf("%q: %w", clip(name, 60), err)
		}
		value.kind, value.texts = pairs, append(value.texts, name, s)
	}
	return value, nil
}
