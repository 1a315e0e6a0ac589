package cli

// Printing of messages, in HTTPie's layout: the head, an empty line, the body.

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"

	"example.com/godwit/internal/cli/term"
	"example.com/godwit/trace"
)

// A printer writes messages to the standard output.
type printer struct {
	out       output
	notes     io.Writer
	options   *outputOptions
	tty       bool
	safe      bool          // a terminal will see the output, sooner or later
	format    bool          // indent
	colors    *term.Palette // of no colours, if there are to be none
	afterBody bool          // a body was written, and nothing since
}

// newPrinter returns a printer for what the options and the output ask for.
func newPrinter(o *outputOptions, env *Env) *printer {
	p := &printer{out: output{w: env.Stdout}, notes: env.Stderr, options: o, tty: env.StdoutTTY, colors: &term.Palette{}}
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
	colored := pretty == "all" || pretty == "colors"
	// Colours in a pipe are on their way to a terminal: godwit --pretty=all … | less -R.
	p.safe = p.tty || colored
	if palette := term.Theme(o.style, env.Getenv); colored && palette != nil {
		p.colors = palette
	}
	return p
}

// colored reports whether anything has a colour.
func (p *printer) colored() bool { return *p.colors != term.Palette{} }

// requestHead prints a request's head as it was sent, but for credentials.
func (p *printer) requestHead(h *trace.RequestHead) error {
	fields := h.Fields
	if !p.options.showSecrets {
		fields = trace.Redact(fields)
	}
	c := p.colors
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
	c := p.colors
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
	var b bytes.Buffer
	p.line(&b, first...)
	p.fields(&b, fields)
	return p.block(&b)
}

// trailer prints the fields that followed a body, if there are any.
func (p *printer) trailer(fields trace.Fields) error {
	if len(fields) == 0 {
		return nil
	}
	var b bytes.Buffer
	p.fields(&b, fields)
	return p.block(&b)
}

// fields adds a line for each field.
func (p *printer) fields(b *bytes.Buffer, fields trace.Fields) {
	if p.format && p.options.format.sortHeaders {
		fields = slices.SortedStableFunc(slices.Values(fields), func(x, y trace.Field) int {
			return strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name))
		})
	}
	for _, f := range fields {
		name := f.Name
		if name == ":authority" {
			name = "host" // which is what it stands for, in all versions but the first
		}
		p.line(b, part{p.colors.Name, name}, part{term.Plain, ": "}, part{term.Plain, f.Value})
	}
}

// line adds a line.
func (p *printer) line(b *bytes.Buffer, parts ...part) {
	for _, x := range parts {
		if p.safe {
			x.text = term.Line(x.text)
		}
		b.WriteString(x.style.Of(x.text))
	}
	if !p.tty {
		b.WriteByte('\r')
	}
	b.WriteByte('\n')
}

// block prints lines and the empty line that ends them.
func (p *printer) block(b *bytes.Buffer) error {
	if err := p.separate(); err != nil {
		return err
	}
	p.line(b)
	_, err := p.out.Write(b.Bytes())
	return err
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
