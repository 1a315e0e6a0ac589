package curl

// URL globbing: {a,b}, [1-10], [001-100:2], [a-z], and the #1 of output names.

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// A globPart is a piece of a URL: one or several texts.
type globPart struct {
	set   []string // nil: a range
	fixed bool     // it is no glob, and has no number

	from, to, step int
	width          int  // of numbers with zeros in front
	letters        bool // from and to are letters
}

// maxGlob bounds how many URLs one may stand for.
const maxGlob = 10_000_000

// A glob is a URL with its globs.
type glob struct {
	parts []globPart
	count int
}

// parseGlob reads a URL. Braces and brackets with a backslash in front are themselves, and so are
// the brackets of an IPv6 address.
func parseGlob(url string) (*glob, error) {
	g := &glob{count: 1}
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			g.parts = append(g.parts, globPart{set: []string{text.String()}, fixed: true})
			text.Reset()
		}
	}
	for i := 0; i < len(url); {
		switch c := url[i]; {
		case c == '\\' && i+1 < len(url) && strings.IndexByte("{}[]", url[i+1]) >= 0:
			text.WriteByte(url[i+1])
			i += 2
		case c == '[' && ipv6End(url[i:]) > 0:
			n := ipv6End(url[i:])
			text.WriteString(url[i : i+n])
			i += n
		case c == '[' && strings.HasPrefix(url[i:], "[]"):
			text.WriteString("[]") // as in a[]=1
			i += 2
		case c == '{' || c == '[':
			flush()
			part, n, err := parseGlobPart(url[i:])
			if err != nil {
				return nil, globErrorf(i, "%v", err)
			}
			g.parts = append(g.parts, part)
			if g.count *= part.size(); g.count > maxGlob {
				return nil, globErrorf(i, "it stands for more than %d URLs", maxGlob)
			}
			i += n
		case c == '}' || c == ']':
			return nil, globErrorf(i, "unmatched close brace/bracket")
		default:
			text.WriteByte(c)
			i++
		}
	}
	flush()
	return g, nil
}

func globErrorf(at int, format string, args ...any) error {
	return &failure{code: exitURL, err: fmt.Errorf("bad globbing in URL, position %d: %s (-g takes brackets as they are)", at+1, fmt.Sprintf(format, args...))}
}

// ipv6End returns the length of an IPv6 address in brackets at the beginning, 0 if there is none.
func ipv6End(s string) int {
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return 0
	}
	address, _, _ := strings.Cut(s[1:end], "%")
	if strings.Count(address, ":") < 2 || strings.Trim(address, "0123456789abcdefABCDEF:.") != "" {
		return 0
	}
	return end + 1
}

// parseGlobPart reads a set or a range, and returns how long it is.
func parseGlobPart(s string) (globPart, int, error) {
	if s[0] == '{' {
		return parseSet(s)
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return globPart{}, 0, errors.New("bad range: no closing bracket")
	}
	part, err := parseRange(s[1:end])
	return part, end + 1, err
}

func parseSet(s string) (globPart, int, error) {
	var part globPart
	var text strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			text.WriteByte(s[i])
		case c == '{' || c == '[':
			return part, 0, errors.New("nested brace")
		case c == ',' || c == '}':
			part.set = append(part.set, text.String())
			text.Reset()
			if c == '}' {
				if len(part.set) == 1 && part.set[0] == "" {
					return part, 0, errors.New("empty string within braces")
				}
				return part, i + 1, nil
			}
		default:
			text.WriteByte(c)
		}
	}
	return part, 0, errors.New("unmatched brace")
}

// parseRange reads 1-10, 001-100, a-z, each with :STEP behind it or without.
func parseRange(s string) (globPart, error) {
	bad := errors.New("bad range")
	part := globPart{step: 1}
	span, step, hasStep := strings.Cut(s, ":")
	from, to, ok := strings.Cut(span, "-")
	if !ok || from == "" || to == "" {
		return part, bad
	}
	if hasStep {
		n, err := strconv.Atoi(step)
		if err != nil || n < 1 {
			return part, bad
		}
		part.step = n
	}
	if isLetter(from) && isLetter(to) {
		part.letters, part.from, part.to = true, int(from[0]), int(to[0])
	} else {
		var err error
		if part.from, err = strconv.Atoi(from); err != nil {
			return part, bad
		}
		if part.to, err = strconv.Atoi(to); err != nil {
			return part, bad
		}
		if len(from) > 1 && from[0] == '0' {
			part.width = len(from)
		}
	}
	if part.to < part.from || part.from < 0 || part.to-part.from > maxGlob || hasStep && part.step > part.to-part.from && part.to != part.from {
		return part, bad
	}
	return part, nil
}

func isLetter(s string) bool {
	return len(s) == 1 && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z')
}

func (p *globPart) size() int {
	if p.set != nil {
		return len(p.set)
	}
	return (p.to-p.from)/p.step + 1
}

// at returns the text of number i.
func (p *globPart) at(i int) string {
	switch n := p.from + i*p.step; {
	case p.set != nil:
		return p.set[i]
	case p.letters:
		return string(rune(n))
	default:
		return fmt.Sprintf("%0*d", p.width, n)
	}
}

// all returns the URLs, each with what its globs were, the last glob running first.
func (g *glob) all() iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for n := range g.count {
			texts := make([]string, len(g.parts))
			for i := len(g.parts) - 1; i >= 0; i-- {
				size := g.parts[i].size()
				texts[i] = g.parts[i].at(n % size)
				n /= size
			}
			var chosen []string
			for i, part := range g.parts {
				if !part.fixed {
					chosen = append(chosen, texts[i])
				}
			}
			if !yield(strings.Join(texts, ""), chosen) {
				return
			}
		}
	}
}

// numbered puts what the globs were into the name of a file: #1 is the first.
func numbered(name string, chosen []string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] != '#' {
			b.WriteByte(name[i])
			continue
		}
		digits := i + 1
		for digits < len(name) && name[digits] >= '0' && name[digits] <= '9' {
			digits++
		}
		n, err := strconv.Atoi(name[i+1 : digits])
		if err != nil || n < 1 || n > len(chosen) {
			b.WriteByte('#')
			continue
		}
		b.WriteString(chosen[n-1])
		i = digits - 1
	}
	return b.String()
}
