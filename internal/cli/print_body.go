package cli

// Printing of bodies.

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

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

func (p *printer) copyBody(r io.Reader, contentType string) error {
	mediaType, params, _ := mime.ParseMediaType(contentType)
	if !p.safe && !p.format {
		_, err := io.Copy(&p.out, r)
		return err
	}
	if p.safe {
		if label := params["charset"]; label != "" && !strings.EqualFold(label, "utf-8") {
			if decoded, err := charset.NewReaderLabel(label, r); err == nil {
				r = decoded
			}
		}
	}

	var w io.Writer = &p.out
	var flush []func() error
	if isJSON(mediaType) {
		j := &pretty.JSONWriter{W: w, Colors: p.colors, Indent: p.format}
		w, flush = j, append(flush, j.Flush)
	}
	if p.safe {
		s := &term.Writer{W: w}
		w, flush = s, append(flush, s.Flush)
	}

	// One read and one write at a time, so that what trickles in is seen as it comes.
	buf := make([]byte, 32<<10)
	for started := false; ; {
		n, err := r.Read(buf)
		if n > 0 && !started && p.tty && isBinary(buf[:n], mediaType) {
			return p.note("binary data not shown in a terminal")
		}
		if n > 0 {
			started = true
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
		}
		if err == nil {
			continue
		}
		for i := len(flush) - 1; i >= 0; i-- {
			if err := flush[i](); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		return err
	}
}

// note prints a remark in a body's place.
func (p *printer) note(text string) error {
	_, err := fmt.Fprintln(&p.out, p.colors.Note.Of("("+text+")"))
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
