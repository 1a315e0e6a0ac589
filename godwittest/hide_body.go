// Secrets in bodies: forms, JSON, multipart.

package godwittest

import (
	"mime"
	"strconv"
	"strings"

	"example.com/godwit/trace"
)

// body returns a body with all hidden that is to be. The boundary of a multipart body is
// different each time, and is replaced by a word.
func (h *hider) body(data []byte, contentType string) []byte {
	if len(data) == 0 {
		return data
	}
	text := string(data)
	if b := boundaryOf(contentType); b != "" {
		text = strings.ReplaceAll(text, b, plainBoundary)
	}
	switch {
	case isForm(contentType):
		text = strings.TrimPrefix(h.params("&"+text, "&"), "&")
	case boundaryOf(contentType) != "":
		text = h.keys(h.parts(text))
	default:
		text = h.keys(text)
	}
	return []byte(h.text(text))
}

// parts hides the contents of the parts of a multipart body whose names say that they are
// secret.
func (h *hider) parts(text string) string {
	parts := strings.Split(text, "--"+plainBoundary)
	for i, part := range parts {
		head, content, ok := strings.Cut(part, "\r\n\r\n")
		if !ok || !h.isParam(partName(head)) {
			continue
		}
		content = strings.TrimSuffix(content, "\r\n")
		h.learn(content, minLearnt)
		parts[i] = head + "\r\n\r\n" + trace.Hidden + "\r\n"
	}
	return strings.Join(parts, "--"+plainBoundary)
}

// partName returns the name that the head of a part gives it (RFC 7578 4.2).
func partName(head string) string {
	for line := range strings.SplitSeq(head, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(name, "Content-Disposition") {
			_, params := mediaType(value)
			return params["name"]
		}
	}
	return ""
}

// keys hides the values of JSON keys in whatever has the form of JSON: whole, cut, one value
// a line, or in the lines of an event stream.
func (h *hider) keys(text string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			break
		}
		n := stringLen(text[i:])
		literal := text[i : i+n]
		b.WriteString(text[:i+n])
		text = text[i+n:]
		after := strings.TrimLeft(text, " \t\r\n")
		if !strings.HasPrefix(after, ":") {
			continue
		}
		value := strings.TrimLeft(after[1:], " \t\r\n")
		if value == "" || strings.IndexByte(`"[{-0123456789`, value[0]) < 0 || !h.isKey(unquote(literal)) {
			continue
		}
		b.WriteString(text[:len(text)-len(value)])
		n = valueLen(value)
		h.learn(unquote(value[:n]), minLearnt)
		b.WriteString(`"` + trace.Hidden + `"`)
		text = value[n:]
	}
	b.WriteString(text)
	return b.String()
}

// stringLen returns the length of the string literal at the beginning of text.
func stringLen(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// valueLen returns the length of the JSON value at the beginning of text; what is cut goes
// to the end.
func valueLen(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += stringLen(text[i:]) - 1
		case '[', '{':
			depth++
			continue
		case ']', '}':
			depth--
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
		if depth < 0 {
			return i
		}
	}
	return len(text)
}

// unquote returns the text of a JSON string literal, and anything else as it is.
func unquote(literal string) string {
	if text, err := strconv.Unquote(strings.ReplaceAll(literal, `\/`, `/`)); err == nil {
		return text
	}
	return strings.Trim(literal, `"`)
}

// plainBoundary stands for the boundary of a multipart body.
const plainBoundary = "boundary"

// boundaryOf returns the boundary of a multipart body, "" if it is not one.
func boundaryOf(contentType string) string {
	media, params := mediaType(contentType)
	if !strings.HasPrefix(media, "multipart/") {
		return ""
	}
	return params["boundary"]
}

func isForm(contentType string) bool {
	media, _ := mediaType(contentType)
	return media == "application/x-www-form-urlencoded"
}

// mediaType returns the type, in lower case, and the parameters of a Content-Type, as far as
// it can be read.
func mediaType(text string) (string, map[string]string) {
	media, params, err := mime.ParseMediaType(text)
	if err != nil {
		media, _, _ = strings.Cut(text, ";")
		media = strings.ToLower(strings.TrimSpace(media))
	}
	return media, params
}
