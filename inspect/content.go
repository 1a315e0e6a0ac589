package inspect

// Bodies as the format has them: texts as they are, all else in base64.

import (
	"encoding/base64"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"

	"example.com/godwit/trace"
)

// postData returns the body of a request, nil if it has none.
func (h *HAR) postData(x *exchange) *postData {
	if x.request == nil || x.sent.size == 0 {
		return nil
	}
	contentType := x.request.Fields.Get("Content-Type")
	p := &postData{MimeType: text(contentType), Comment: comment(&x.sent)}
	p.Text, p.Encoding = asText(&x.sent)
	if p.Encoding != "" && len(x.sent.kept) > 0 {
		return p
	}
	if mediaType, _, _ := mime.ParseMediaType(contentType); mediaType == "application/x-www-form-urlencoded" {
		p.Params, p.Text = h.params(p.Text)
	}
	return p
}

// content returns the body of a response. Its size is that after a content coding was undone, if
// somebody has undone one and let us know.
func (x *exchange) contentOf() content {
	c := content{MimeType: "x-unknown"}
	if x.response == nil {
		return c
	}
	if t := x.response.Fields.Get("Content-Type"); t != "" {
		c.MimeType = text(t)
	}
	from := &x.received
	coded := x.response.Fields.Get("Content-Encoding")
	if x.content.size > 0 {
		from = &x.content
		saved := x.content.size - x.received.size
		c.Compression = &saved
	} else if coded != "" && x.received.size > 0 {
		c.Comment = "still encoded: " + text(coded)
	}
	c.Size = from.size
	c.Text, c.Encoding = asText(from)
	if why := comment(from); why != "" {
		c.Comment = strings.TrimPrefix(c.Comment+"; "+why, "; ")
	}
	return c
}

// asText returns what is kept of a body: as it is if it is UTF-8, or in base64.
func asText(b *body) (text, encoding string) {
	p := b.kept
	if b.capped {
		p = whole(p)
	}
	if utf8.Valid(p) {
		return string(p), ""
	}
	return base64.StdEncoding.EncodeToString(b.kept), "base64"
}

// whole returns a text without a character that was cut at its end.
func whole(p []byte) []byte {
	for i := len(p) - 1; i >= max(0, len(p)-utf8.UTFMax); i-- {
		if utf8.RuneStart(p[i]) {
			if !utf8.FullRune(p[i:]) {
				return p[:i]
			}
			break
		}
	}
	return p
}

// comment says how much of a body is missing, "" if nothing is.
func comment(b *body) string {
	if !b.capped {
		return ""
	}
	return fmt.Sprintf("the first %d of %d bytes", len(b.kept), b.size)
}

// headSize returns how many bytes a head of HTTP/1 takes that begins with such a line, -1 if it is
// compressed, or holds what is not to be shown.
func (h *HAR) headSize(proto string, line int, fields trace.Fields) int64 {
	if !strings.HasPrefix(proto, "HTTP/1.") || h.hides(fields) {
		return -1
	}
	n := line + 4 // its end, and the empty line
	for _, f := range fields {
		n += len(f.Name) + len(": ") + len(f.Value) + 2
	}
	return int64(n)
}
