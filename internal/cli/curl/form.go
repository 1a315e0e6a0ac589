package curl

// Forms in parts (-F, --form-string).

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"example.com/godwit"
)

// A formPart is a field or a file of the form.
type formPart struct {
	name, filename string
	value          []byte // nil: it is the file
	file           string
	contentType    string // "": a file's is guessed from its name
	header         http.Header
}

// addForm reads NAME=CONTENT, or with @ and < the content of a file, and what follows a ";": type=,
// filename=, headers=.
func (p *parser) addForm(v string, literal bool) error {
	name, content, ok := strings.Cut(v, "=")
	if !ok {
		return errors.New("illegally formatted input field: it must be NAME=CONTENT")
	}
	c := p.cur()
	if literal {
		c.form = append(c.form, formPart{name: name, value: []byte(content)})
		return nil
	}
	switch {
	case strings.HasPrefix(content, "@"):
		return p.addFiles(name, content[1:])
	case strings.HasPrefix(content, "<"):
		part, _, err := p.formPart(name, content[1:], false)
		if err != nil {
			return err
		}
		if part.contentType == "" {
			part.contentType = typeOf(part.file)
		}
		part.value, err = p.read(part.file)
		c.form = append(c.form, part)
		return err
	case content == "(" || strings.HasPrefix(content, "(;") || content == ")" && name == "":
		return errors.New("forms in forms (multipart/mixed) are not spoken here")
	}
	part, _, err := p.formPart(name, content, false)
	part.value = []byte(part.file)
	c.form = append(c.form, part)
	return err
}

// addFiles adds one file, or several with commas between them. Those are parts of one name, as
// RFC 7578 4.3 has it, not a multipart/mixed as curl makes of them.
func (p *parser) addFiles(name, rest string) error {
	for more := true; more; {
		var part formPart
		var err error
		if part, rest, err = p.formPart(name, rest, true); err != nil {
			return err
		}
		if part.file == "-" {
			if part.value, err = p.read("-"); err != nil {
				return err
			}
			if part.filename == "" {
				part.filename = "-"
			}
		}
		if part.filename == "" {
			part.filename = filepath.Base(part.file)
		}
		if part.contentType == "" {
			part.contentType = cmp.Or(typeOf(part.filename), "application/octet-stream")
		}
		p.cur().form = append(p.cur().form, part)
		more = rest != ""
		rest = strings.TrimPrefix(rest, ",")
	}
	return nil
}

// formPart reads a content with what stands behind it. rest begins with a comma, if files may
// follow each other and one does.
func (p *parser) formPart(name, text string, files bool) (part formPart, rest string, err error) {
	end := ";"
	if files {
		end = ";,"
	}
	part.name = name
	part.file, rest = formWord(text, end)
	for strings.HasPrefix(rest, ";") {
		rest = strings.TrimLeft(rest[1:], " \t")
		key, _, _ := strings.Cut(rest, "=")
		var value string
		switch strings.ToLower(key) {
		case "type":
			value, rest = formType(rest[len(key)+1:], end)
			part.contentType = value
		case "filename":
			part.filename, rest = formWord(rest[len(key)+1:], end)
		case "headers":
			value, rest = formWord(rest[len(key)+1:], end)
			err = p.addPartHeader(&part, value)
		case "encoder":
			return part, "", errors.New("encoder= is not spoken here: HTTP needs none")
		default:
			value, rest = formWord(rest, end)
			p.warnings = append(p.warnings, fmt.Sprintf("skip unknown form field: %s", value))
		}
		if err != nil {
			return part, "", err
		}
	}
	if rest != "" && rest[0] != ',' {
		p.warnings = append(p.warnings, fmt.Sprintf("garbage at end of field specification: %s", rest))
		rest = ""
	}
	return part, rest, nil
}

// formWord returns a word, in quotes or not, and what is behind it.
func formWord(text, end string) (word, rest string) {
	trimmed := strings.TrimLeft(text, " \t")
	if !strings.HasPrefix(trimmed, `"`) {
		i := strings.IndexAny(text, end)
		if i < 0 {
			return text, ""
		}
		return strings.TrimRight(text[:i], " \t"), text[i:]
	}
	var b strings.Builder
	for i := 1; i < len(trimmed); i++ {
		switch c := trimmed[i]; {
		case c == '\\' && i+1 < len(trimmed) && (trimmed[i+1] == '"' || trimmed[i+1] == '\\'):
			i++
			b.WriteByte(trimmed[i])
		case c == '"':
			rest := strings.TrimLeft(trimmed[i+1:], " \t")
			if rest == "" || strings.IndexByte(end, rest[0]) >= 0 {
				return b.String(), rest
			}
			return formRaw(text, end)
		default:
			b.WriteByte(c)
		}
	}
	return formRaw(text, end)
}

// formRaw is for quotes that are not closed: they are letters like others.
func formRaw(text, end string) (word, rest string) {
	i := strings.IndexAny(text, end)
	if i < 0 {
		return text, ""
	}
	return text[:i], text[i:]
}

// formType returns a media type with its parameters, which are what follows a ";" and is none of
// the words that mean something else.
func formType(text, end string) (value, rest string) {
	value, rest = formWord(text, end)
	for strings.HasPrefix(rest, ";") {
		word, after := formWord(rest[1:], end)
		key, _, isParam := strings.Cut(strings.ToLower(strings.TrimSpace(word)), "=")
		if !isParam || key == "type" || key == "filename" || key == "headers" || key == "encoder" {
			break
		}
		value, rest = value+";"+word, after
	}
	return value, rest
}

// addPartHeader adds a header field of a part, or with @ and < those of a file.
func (p *parser) addPartHeader(part *formPart, value string) error {
	lines := value
	if path := strings.TrimLeft(value, "@<"); path != value {
		data, err := p.read(path)
		if err != nil {
			return err
		}
		lines = string(data)
	}
	for line := range strings.Lines(lines) {
		name, text, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if !ok {
			continue
		}
		if part.header == nil {
			part.header = http.Header{}
		}
		part.header[name] = append(part.header[name], strings.TrimSpace(text))
	}
	return nil
}

// typeOf guesses a media type as curl does, from a short list that is the same everywhere; "" is
// none.
func typeOf(filename string) string {
	switch strings.ToLower(filepath.Ext(filename)) {
	case ".gif":
		return "image/gif"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return "text/plain"
	case ".htm", ".html":
		return "text/html"
	case ".pdf":
		return "application/pdf"
	case ".xml":
		return "application/xml"
	}
	return ""
}

// formBody returns the option for the body. Its boundary looks as curl's does.
func (c *config) formBody() (godwit.Option, error) {
	parts := make([]godwit.Part, 0, len(c.form))
	for _, f := range c.form {
		part := godwit.Part{Name: f.name, Filename: f.filename, Type: f.contentType, Header: f.header}
		switch {
		case f.value != nil || f.file == "":
			part.Body = godwit.Bytes(f.value, "")
		default:
			if err := readable(f.file); err != nil {
				return nil, err
			}
			part.Body = godwit.FileBody(f.file)
		}
		parts = append(parts, part)
	}
	const dashes = "------------------------"
	return godwit.MultipartBoundary(dashes+rand.Text()[:16], parts...), nil
}
