// What a document says about its own charset, in its first bytes: the XML declaration, and
// the meta elements of HTML. It is WHATWG HTML 13.2.3.2, "prescan a byte stream to determine
// its encoding".

package godwit

import (
	"bytes"
	"slices"
	"strings"
)

// maxPrescan is how far a declaration is looked for; HTML wants it there.
const maxPrescan = 1024

// declared returns the charset that the content declares, if it is, or may be, in a language
// that has such declarations.
func declared(content []byte, essence string) (charset, bool) {
	html := essence == "" || essence == "text/html" || essence == "application/xhtml+xml"
	if !html && essence != "text/xml" && essence != "application/xml" && !strings.HasSuffix(essence, "+xml") {
		return charset{}, false
	}
	content = content[:min(len(content), maxPrescan)]
	switch {
	case bytes.HasPrefix(content, []byte("<\x00?\x00x\x00")):
		return charsetByName("utf-16le")
	case bytes.HasPrefix(content, []byte("\x00<\x00?\x00x")):
		return charsetByName("utf-16be")
	}
	if c, ok := readable(xmlEncoding(content)); ok {
		return c, true
	}
	if html {
		return prescan(content)
	}
	return charset{}, false
}

// readable returns the charset that a label stands for in a place that could be read as
// ASCII: so it is not UTF-16, whatever it says.
func readable(label string) (charset, bool) {
	c, ok := charsetByName(label)
	switch c.name {
	case "utf-16le", "utf-16be", "utf-32le", "utf-32be":
		return charsetByName(nameUTF8)
	case "x-user-defined":
		return charsetByName(nameDefault)
	}
	return c, ok
}

// xmlEncoding returns the encoding that an XML declaration names, "" if there is none.
func xmlEncoding(p []byte) string {
	if !bytes.HasPrefix(p, []byte("<?xml")) {
		return ""
	}
	end := bytes.IndexByte(p, '>')
	if end < 0 {
		return ""
	}
	_, p, found := bytes.Cut(p[:end], []byte("encoding"))
	if !found {
		return ""
	}
	p = bytes.TrimLeft(p, "\t\n\f\r ")
	if len(p) == 0 || p[0] != '=' {
		return ""
	}
	p = bytes.TrimLeft(p[1:], "\t\n\f\r ")
	if len(p) == 0 || (p[0] != '"' && p[0] != '\'') {
		return ""
	}
	value, _, closed := bytes.Cut(p[1:], p[:1])
	if !closed {
		return ""
	}
	return string(value)
}

// prescan returns the charset of the first meta element that names one. It reads each byte
// once.
func prescan(p []byte) (charset, bool) {
	for {
		at := bytes.IndexByte(p, '<')
		if at < 0 {
			return charset{}, false
		}
		p = p[at+1:]
		switch {
		case bytes.HasPrefix(p, []byte("!--")):
			p = after(p[1:], "-->") // "<!-->" is a comment too
		case isMeta(p):
			rest, c, ok := metaElement(p[len("meta"):])
			if ok {
				return c, true
			}
			p = rest
		case isTag(p):
			p = p[min(len(p), tagName(p)):]
			for more := true; more; {
				p, _, _, more = attribute(p)
			}
		case len(p) > 0 && (p[0] == '!' || p[0] == '/' || p[0] == '?'):
			p = after(p, ">")
		}
	}
}

// after returns what follows the first mark, nothing if there is none.
func after(p []byte, mark string) []byte {
	_, rest, _ := bytes.Cut(p, []byte(mark))
	return rest
}

// isMeta reports whether a tag of that name begins behind a "<".
func isMeta(p []byte) bool {
	return len(p) > 4 && bytes.EqualFold(p[:4], []byte("meta")) && (isBlank(p[4]) || p[4] == '/')
}

// isTag reports whether a start or end tag begins behind a "<".
func isTag(p []byte) bool {
	p = bytes.TrimPrefix(p, []byte("/"))
	return len(p) > 0 && 'a' <= p[0]|0x20 && p[0]|0x20 <= 'z'
}

// tagName returns how long the name of a tag is.
func tagName(p []byte) int {
	for i, c := range p {
		if isBlank(c) || c == '>' {
			return i
		}
	}
	return len(p)
}

// isBlank reports whether c is white space to HTML.
func isBlank(c byte) bool { return c == ' ' || ('\t' <= c && c <= '\r' && c != '\v') }

// metaElement reads the attributes of a meta element: what comes behind it, and the charset
// that it names. One that does not end names none.
func metaElement(p []byte) (rest []byte, found charset, ok bool) {
	var seen []string
	var pragma, named, ofContent bool
	for {
		var name, value string
		var more bool
		if p, name, value, more = attribute(p); !more {
			break
		}
		if slices.Contains(seen, name) { // the first one counts
			continue
		}
		seen = append(seen, name)
		switch name {
		case "http-equiv":
			pragma = value == "content-type"
		case "content":
			if !named {
				found, ok = readable(charsetIn(value))
				ofContent = true
			}
		case "charset":
			found, ok = readable(value)
			named, ofContent = true, false
		}
	}
	return p, found, ok && len(p) > 0 && (pragma || !ofContent)
}

// attribute takes an attribute off a tag: name and value in lower case. more is false at the
// tag's end, or where the bytes end, with nothing left then.
func attribute(p []byte) (rest []byte, name, value string, more bool) {
	for len(p) > 0 && (isBlank(p[0]) || p[0] == '/') {
		p = p[1:]
	}
	if len(p) == 0 || p[0] == '>' {
		return p, "", "", false
	}
	end := 1 // a "=" may be the first letter of a name
	for end < len(p) && !isBlank(p[end]) && p[end] != '/' && p[end] != '>' && p[end] != '=' {
		end++
	}
	name, p = lower(p[:end]), p[end:]
	blank := 0
	for blank < len(p) && isBlank(p[blank]) {
		blank++
	}
	if blank == len(p) {
		return nil, "", "", false
	}
	if p[blank] != '=' {
		return p, name, "", true
	}
	p = bytes.TrimLeft(p[blank+1:], "\t\n\f\r ")
	if len(p) == 0 {
		return nil, "", "", false
	}
	if p[0] == '"' || p[0] == '\'' {
		v, rest, closed := bytes.Cut(p[1:], p[:1])
		if !closed {
			return nil, "", "", false
		}
		return rest, name, lower(v), true
	}
	end = 0
	for end < len(p) && !isBlank(p[end]) && p[end] != '>' {
		end++
	}
	if end == len(p) {
		return nil, "", "", false
	}
	return p[end:], name, lower(p[:end]), true
}

// lower returns p with the letters of ASCII in lower case.
func lower(p []byte) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, string(p))
}

// charsetIn returns the charset that the content attribute of a meta element names ("extract
// a character encoding from a meta element"), "" if it names none.
func charsetIn(s string) string {
	for {
		_, rest, found := strings.Cut(s, "charset")
		if !found {
			return ""
		}
		s = strings.TrimLeft(rest, "\t\n\f\r ")
		if !strings.HasPrefix(s, "=") {
			continue
		}
		s = strings.TrimLeft(s[1:], "\t\n\f\r ")
		if s == "" {
			return ""
		}
		if s[0] == '"' || s[0] == '\'' {
			label, _, closed := strings.Cut(s[1:], s[:1])
			if !closed {
				return ""
			}
			return label
		}
		if end := strings.IndexAny(s, "\t\n\f\r ;"); end >= 0 {
			s = s[:end]
		}
		return s
	}
}
