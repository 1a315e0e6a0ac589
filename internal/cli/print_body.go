package cli

// Printing of bodies.

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/godwit/internal/cli/pretty"
	"example.com/godwit/internal/cli/term"
)

// body prints a body while it arrives. An error is that of the reader, or an *outputError.
func (p *printer) body(r io.Reader, contentType string) error {
	p.out.written = 0
	err := p.copyBody(r, contentType)
	p.afterBody = p.out.written > 0
	if p.tty && p.afterBody && p.out.last != '\n' {
		if _, werr := io.WriteString(&p.out, "\n"); err == nil {
			err = werr
		}
	}
	return err
}

// responseBody prints the body of a response, taken for what --response-charset and
// --response-mime say.
func (p *printer) responseBody(r io.Reader, contentType string) error {
	o := p.options
	if o.mediaType == "" && o.charset == "" {
		return p.body(r, contentType)
	}
	mediaType, params, _ := mime.ParseMediaType(contentType)
	label := params["charset"]
	if o.charset != "" {
		label = o.charset
	}
	if o.mediaType != "" {
		mediaType = o.mediaType
	}
	if mediaType == "" {
		mediaType = "text/plain"
	}
	return p.body(r, mime.FormatMediaType(mediaType, map[string]string{"charset": label}))
}

// copyBody prints a body: its very bytes, unless a terminal will see it or it is to be
// formatted.
func (p *printer) copyBody(r io.Reader, contentType string) error {
	mediaType, params, _ := mime.ParseMediaType(contentType)
	label := params["charset"]
	if !p.safe && (!p.format || !extendsASCII(label)) {
		_, err := io.Copy(&p.out, r)
		return err
	}
	if p.safe {
		var err error
		if r, err = decoded(r, label, mediaType); err != nil {
			return err
		}
	}
	first, err := firstPart(r)
	if p.safe && isBinary(first, mediaType) {
		return p.note(binaryData)
	}
	w := p.formatter(mediaType, first)
	if sorted, ok := w.(*pretty.Sorted); ok {
		defer func() {
			if sorted.Large() {
				note(p.notes, "the body is too large to be sorted, and was printed in its own order")
			}
		}()
	}
	if p.safe {
		w = &harmless{term.Writer{W: w}, w}
	}
	whole, err := p.pass(first, err, r, w, p.safe && !strings.HasPrefix(mediaType, "text/"))
	if err == nil && !whole {
		return p.note(binaryData)
	}
	return err
}

const binaryData = "binary data not shown in a terminal"

// pass prints what there is of a text, and its rest, which there is none of if err says so.
// It is one read and one write at a time, so that what trickles in is seen as it comes. With
// upToNUL it ends where a NUL says that it was no text after all, and is not whole.
func (p *printer) pass(first []byte, err error, r io.Reader, w pretty.Writer, upToNUL bool) (whole bool, _ error) {
	whole = true
	buf := make([]byte, 32<<10)
	for part := first; ; {
		if n := bytes.IndexByte(part, 0); upToNUL && n >= 0 {
			part, err, whole = part[:n], io.EOF, false
		}
		if len(part) > 0 {
			if _, werr := w.Write(part); werr != nil {
				return false, werr
			}
		}
		if err != nil {
			break
		}
		var n int
		n, err = r.Read(buf)
		part = buf[:n]
	}
	if werr := w.Flush(); werr != nil {
		return false, werr
	}
	if err == io.EOF {
		return whole, nil
	}
	return whole, err
}

// firstPart reads what comes first.
func firstPart(r io.Reader) ([]byte, error) {
	buf := make([]byte, 32<<10)
	for {
		if n, err := r.Read(buf); n > 0 || err != nil {
			return buf[:n], err
		}
	}
}

// A harmless is a formatter that is fed what a terminal may see.
type harmless struct {
	term.Writer
	next pretty.Writer
}

// Flush writes what both hold back.
func (h *harmless) Flush() error {
	if err := h.Writer.Flush(); err != nil {
		return err
	}
	return h.next.Flush()
}

// formatter returns what formats a text of a type that begins with first.
func (p *printer) formatter(mediaType string, first []byte) pretty.Writer {
	f := &p.options.format
	json := pretty.Layout{Colors: p.colors, Indent: f.jsonIndent, Keep: !p.format || f.jsonPlain}
	xml := pretty.Layout{Colors: p.colors, Indent: f.xmlIndent, Keep: !p.format || f.xmlPlain}
	switch {
	case isJSON(mediaType) && !slices.Contains(jsonLines, mediaType), (mediaType == "" || mediaType == "text/plain") && startsJSON(first):
		return p.sorted(pretty.NewJSON(&p.out, json), json, false)
	case slices.Contains(jsonLines, mediaType):
		return p.sorted(pretty.NewLines(&p.out, json), json, true)
	case mediaType == "text/event-stream":
		return pretty.NewEvents(&p.out, json)
	case isXML(mediaType):
		return pretty.NewXML(&p.out, xml)
	case mediaType == "text/html":
		return pretty.NewHTML(&p.out, xml)
	}
	if code, ok := pretty.NewCode(&p.out, pretty.Layout{Colors: p.colors}, mediaType); ok && p.colored() {
		return code
	}
	return pretty.NewPlain(&p.out)
}

// sorted puts in front of a formatter of JSON what sorts keys, if that is wanted.
func (p *printer) sorted(next pretty.Writer, l pretty.Layout, lines bool) pretty.Writer {
	if !p.options.format.jsonSort || p.options.stream || l.Keep {
		return next
	}
	return pretty.NewSorted(next, lines)
}

// startsJSON reports whether a text that is not called JSON may be some.
func startsJSON(text []byte) bool {
	text = bytes.TrimLeft(text, " \t\r\n")
	return len(text) > 0 && (text[0] == '{' || text[0] == '[')
}

// jsonLines are what streams of JSON, a text on each line, are called.
var jsonLines = []string{
	"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
	"application/jsonlines", "application/json-seq", "application/x-json-stream", "application/stream+json",
}

// note prints a remark in a body's place, on a line of its own.
func (p *printer) note(text string) error {
	line := ""
	if p.out.written > 0 && p.out.last != '\n' {
		line = "\n"
	}
	_, err := fmt.Fprintln(&p.out, line+p.colors.Note.Of("("+text+")"))
	return err
}

// isJSON reports whether a media type is JSON (RFC 8259, RFC 6839 3.1).
func isJSON(mediaType string) bool {
	return mediaType == "application/json" || mediaType == "text/json" || strings.HasSuffix(mediaType, "+json")
}

// isBinary reports whether the beginning of a body is none that a person reads: there is a
// NUL, or it is neither called a text nor is it one.
func isBinary(p []byte, mediaType string) bool {
	if bytes.IndexByte(p, 0) >= 0 {
		return true
	}
	if strings.HasPrefix(mediaType, "text/") {
		return false
	}
	// The last character may be cut.
	for i := len(p) - 1; i >= max(0, len(p)-utf8.UTFMax); i-- {
		if utf8.RuneStart(p[i]) {
			if !utf8.FullRune(p[i:]) {
				p = p[:i]
			}
			break
		}
	}
	return !utf8.Valid(p)
}
