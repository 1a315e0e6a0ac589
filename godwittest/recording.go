// A recording: one exchange, as text.

package godwittest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/godwit/trace"
)

// A recording has nothing in it that is to be hidden.
//
// Its text has an HTTP message for the request, each line behind "> ", and one for the
// response, each line behind "< ". The lines of a body are joined by line feeds, so one that
// ends in a line feed ends in an empty line. Lines that begin with "#" say what cannot be
// seen: that a body stands in base64, that its lines end in CR LF, that a trailer follows,
// that it was cut short.
type recording struct {
	method, url   string
	request       trace.Fields
	requestBody   []byte
	proto, status string // "HTTP/1.1", "200 OK"
	response      trace.Fields
	responseBody  []byte
	trailer       trace.Fields
	cut           bool // the body had not come to its end
}

const (
	firstLine  = "# A recording of package godwittest, format 1. Secrets stand as " + trace.Hidden + "."
	noteBase64 = "# base64"
	noteCRLF   = "# lines end in CR LF"
	noteTrail  = "# trailer"
	noteCut    = "# cut short"

	base64Width = 76
)

// text returns the recording as text.
func (r *recording) text() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(firstLine + "\n\n")
	w := &recordingWriter{b: &b, mark: ">"}
	w.line(r.method + " " + r.url)
	w.fields(r.request)
	w.body(r.requestBody)
	b.WriteString("\n")
	w.mark = "<"
	w.line(r.proto + " " + r.status)
	w.fields(r.response)
	w.body(r.responseBody)
	if len(r.trailer) > 0 {
		b.WriteString(noteTrail + "\n")
		w.fields(r.trailer)
	}
	if r.cut {
		b.WriteString(noteCut + "\n")
	}
	return b.Bytes(), w.err
}

type recordingWriter struct {
	b    *bytes.Buffer
	mark string
	err  error
}

// line writes a line of a message.
func (w *recordingWriter) line(text string) {
	w.b.WriteString(w.mark)
	if text != "" {
		w.b.WriteString(" " + text)
	}
	w.b.WriteString("\n")
}

// fields writes field lines. What cannot stand in a line is an error: no client and no server
// lets it pass.
func (w *recordingWriter) fields(f trace.Fields) {
	for _, x := range f {
		if !isToken(x.Name) || strings.ContainsFunc(x.Value, notInValue) {
			w.err = fmt.Errorf("the field %s cannot be recorded: it has a control character in it, or no token for a name", quote(x.Name))
			return
		}
		w.line(strings.TrimRight(x.Name+": "+x.Value, " "))
	}
}

// body writes a body behind an empty line.
func (w *recordingWriter) body(data []byte) {
	if len(data) == 0 {
		return
	}
	w.line("")
	text := string(data)
	switch {
	case isPlain(text):
	case isPlain(strings.ReplaceAll(text, "\r\n", "\n")) && strings.Count(text, "\r\n") == strings.Count(text, "\n"):
		w.b.WriteString(noteCRLF + "\n")
		text = strings.ReplaceAll(text, "\r\n", "\n")
	default:
		w.b.WriteString(noteBase64 + "\n")
		text = base64.StdEncoding.EncodeToString(data)
		for ; len(text) > base64Width; text = text[base64Width:] {
			w.line(text[:base64Width])
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		w.line(line)
	}
}

// isPlain reports whether text can stand in a file for people: valid, and without characters
// that are not seen or that change the direction of others.
func isPlain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		switch {
		case r == '\n', r == '\t':
			return false
		case unicode.IsControl(r), r == 0x2028, r == 0x2029, 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069:
			return true
		}
		return false
	})
}

// A DamagedError says that a recording cannot be read.
type DamagedError struct {
	File string
	Line int // from 1; 0: none in particular
	Why  string
}

// Error returns one line: the file, the line, and what is wrong there.
func (e *DamagedError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("the recording %s is damaged: %s", quote(e.File), e.Why)
	}
	return fmt.Sprintf("the recording %s is damaged in line %d: %s", quote(e.File), e.Line, e.Why)
}

// parseRecording is the inverse of text. Errors are of type *DamagedError, without a file.
func parseRecording(text []byte) (*recording, error) {
	p := &recordingParser{lines: strings.Split(string(text), "\n")}
	for i, line := range p.lines {
		p.lines[i] = strings.TrimSuffix(line, "\r") // a version control system may have added it
	}
	r := new(recording)
	p.parse(r)
	if p.err != nil {
		return nil, p.err
	}
	return r, nil
}

type recordingParser struct {
	lines []string
	at    int // index of the line that comes next
	mark  string
	err   *DamagedError
}

func (p *recordingParser) parse(r *recording) {
	if p.peek() != firstLine {
		p.fail("it must be %q", firstLine)
		return
	}
	p.at++
	p.blank()
	p.mark = ">"
	r.method, r.url = p.requestLine()
	r.request = p.fields()
	r.requestBody = p.body()
	p.blank()
	p.mark = "<"
	r.proto, r.status = p.statusLine()
	r.response = p.fields()
	r.responseBody = p.body()
	if p.note(noteTrail) {
		r.trailer = p.fields()
	}
	r.cut = p.note(noteCut)
	p.blank()
	if p.err == nil && p.at < len(p.lines) {
		p.fail("there must be nothing behind the response")
	}
}

// peek returns the line that comes next, "" at the end.
func (p *recordingParser) peek() string {
	if p.at >= len(p.lines) {
		return ""
	}
	return p.lines[p.at]
}

func (p *recordingParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = &DamagedError{Line: min(p.at+1, len(p.lines)), Why: fmt.Sprintf(format, args...)}
	}
}

// blank skips empty lines.
func (p *recordingParser) blank() {
	for p.at < len(p.lines) && p.lines[p.at] == "" {
		p.at++
	}
}

// note skips a line that is a note, and reports whether it was there.
func (p *recordingParser) note(text string) bool {
	if p.peek() != text {
		return false
	}
	p.at++
	return true
}

// line returns the next line of the message, without its mark.
func (p *recordingParser) line() (text string, ok bool) {
	text, ok = strings.CutPrefix(p.peek(), p.mark)
	if !ok || p.err != nil {
		return "", false
	}
	if text, ok = strings.CutPrefix(text, " "); !ok && text != "" {
		p.fail("there must be a space behind %q", p.mark)
		return "", false
	}
	p.at++
	return text, true
}

func (p *recordingParser) requestLine() (method, target string) {
	line, ok := p.line()
	method, target, _ = strings.Cut(line, " ")
	u, err := url.Parse(target)
	if ok && isToken(method) && err == nil && u.Scheme != "" && u.Host != "" && !strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return method, target
	}
	p.back(ok)
	p.fail("there must be a request: %q, a method and a URL", p.mark)
	return "", ""
}

func (p *recordingParser) statusLine() (proto, status string) {
	line, ok := p.line()
	proto, status, _ = strings.Cut(line, " ")
	_, _, isProto := http.ParseHTTPVersion(proto)
	code, _, _ := strings.Cut(status, " ")
	n, err := strconv.Atoi(code)
	if ok && isProto && err == nil && len(code) == 3 && n >= 100 {
		return proto, status
	}
	p.back(ok)
	p.fail("there must be a response: %q, a version and a status", p.mark)
	return "", ""
}

// back goes back to the line that was wrong.
func (p *recordingParser) back(read bool) {
	if read {
		p.at--
	}
}

// fields reads field lines up to an empty line of the message, or to its end.
func (p *recordingParser) fields() (f trace.Fields) {
	for {
		if p.peek() == p.mark {
			return f
		}
		line, ok := p.line()
		if !ok {
			return f
		}
		name, value, colon := strings.Cut(line, ":")
		if !colon || !isToken(name) || strings.ContainsFunc(value, notInValue) {
			p.at--
			p.fail("there must be a field: its name, a colon and its value")
			return nil
		}
		f = append(f, trace.Field{Name: name, Value: strings.Trim(value, " \t")})
	}
}

// body reads a body behind an empty line of the message, if there is one.
func (p *recordingParser) body() []byte {
	if p.peek() != p.mark || p.err != nil {
		return nil
	}
	p.at++
	inBase64, inCRLF := p.note(noteBase64), p.note(noteCRLF)
	var lines []string
	for {
		line, ok := p.line()
		if !ok {
			break
		}
		lines = append(lines, line)
	}
	var data []byte
	switch {
	case inBase64:
		var err error
		if data, err = base64.StdEncoding.DecodeString(strings.Join(lines, "")); err != nil {
			p.fail("the lines before it are not base64")
		}
	case inCRLF:
		data = []byte(strings.Join(lines, "\r\n"))
	default:
		data = []byte(strings.Join(lines, "\n"))
	}
	if len(data) == 0 {
		return nil
	}
	return data
}
