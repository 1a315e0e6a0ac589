package cli

// Printing of messages, in HTTPie's layout: the head, an empty line, the body.

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	"example.com/godwit/internal/cli/pretty"
	"example.com/godwit/internal/cli/term"
	"example.com/godwit/trace"
)

// A printer writes messages to the standard output.
type printer struct {
	out         output
	tty         bool
	colors      *term.Palette // nil: none
	format      bool          // indent JSON
	showSecrets bool
	afterBody   bool // a body was written, and nothing since
}

// newPrinter returns a printer for what the options and the output ask for.
func newPrinter(o *outputOptions, env *Env) *printer {
	p := &printer{out: output{w: env.Stdout}, tty: env.StdoutTTY, showSecrets: o.showSecrets}
	pretty := o.pretty
	if pretty == "" {
		switch {
		case !env.StdoutTTY:
			pretty = "none"
		case env.Getenv("NO_COLOR") != "" || env.Getenv("TERM") == "dumb":
			pretty = "format"
		default:
			pretty = "all"
		}
	}
	p.format = pretty == "all" || pretty == "format"
	if pretty == "all" || pretty == "colors" {
		p.colors = &term.Colors
	}
	return p
}

// safe reports whether a terminal will see the output: it is one, or colours were asked for
// on the way to one (godwit --pretty=all … | less -R).
func (p *printer) safe() bool { return p.tty || p.colors != nil }

// requestHead prints a request's head as it was sent, but for credentials.
func (p *printer) requestHead(h *trace.RequestHead) error {
	fields := h.Fields
	if !p.showSecrets {
		fields = trace.Redact(fields)
	}
	c := p.palette()
	return p.head(fields,
		part{c.Method, h.Method}, part{term.Plain, " "}, part{c.Target, h.Target}, part{term.Plain, " "}, part{c.Proto, version(h.Proto)})
}

// version returns a version of HTTP as it is called: HTTP/2 has no second number.
func version(proto string) string {
	if proto == "HTTP/1.0" {
		return proto
	}
	return strings.TrimSuffix(proto, ".0")
}

// responseHead prints a response's head as it came.
func (p *printer) responseHead(h *trace.ResponseHead) error {
	c := p.palette()
	status := strconv.Itoa(h.Status)
	if h.Reason != "" {
		status += " " + h.Reason
	}
	return p.head(h.Fields, part{c.Proto, version(h.Proto)}, part{term.Plain, " "}, part{c.OfStatus(h.Status), status})
}

// A part is a piece of a line.
type part struct {
	style term.Style
	text  string
}

// head prints a first line, the fields, and the empty line that ends them.
func (p *printer) head(fields trace.Fields, first ...part) error {
	if err := p.separate(); err != nil {
		return err
	}
	end := "\r\n"
	if p.tty {
		end = "\n"
	}
	var b bytes.Buffer
	p.line(&b, end, first...)
	c := p.palette()
	for _, f := range fields {
		name := f.Name
		if name == ":authority" {
			name = "host" // which is what it stands for, in all versions but the first
		}
		p.line(&b, end, part{c.Name, name}, part{term.Plain, ": "}, part{term.Plain, f.Value})
	}
	b.WriteString(end)
	_, err := p.out.Write(b.Bytes())
	return err
}

func (p *printer) line(b *bytes.Buffer, end string, parts ...part) {
	for _, x := range parts {
		if p.safe() {
			x.text = term.Line(x.text)
		}
		b.WriteString(x.style.Of(x.text))
	}
	b.WriteString(end)
}

// palette returns the colours, or those that are none.
func (p *printer) palette() *term.Palette {
	if p.colors == nil {
		return &term.Palette{}
	}
	return p.colors
}

// separate ends the body of the message before.
func (p *printer) separate() error {
	if !p.afterBody {
		return nil
	}
	p.afterBody = false
	// A body in a pipe must not be altered, and nothing tells where it ends; HTTPie writes
	// two line ends.
	end := "\n\n"
	if p.tty {
		end = "\n"
	}
	_, err := io.WriteString(&p.out, end)
	return err
}

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
	if !p.safe() && !p.format {
		_, err := io.Copy(&p.out, r)
		return err
	}
	if p.safe() {
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
	if p.safe() {
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
	_, err := fmt.Fprintln(&p.out, p.palette().Note.Of("("+text+")"))
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

// An output is the standard output. Its errors are of type *outputError, so that they are
// told apart from those of the network.
type output struct {
	w       io.Writer
	written int64
	last    byte
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if n > 0 {
		o.written += int64(n)
		o.last = p[n-1]
	}
	if err != nil {
		return n, &outputError{err}
	}
	return n, nil
}
