package h1

import (
	"bufio"
	"net/http"
	"strings"

	"example.com/godwit/trace"
)

// A ResponseHead is a status line and the fields that follow it. Its strings are parts of
// one string that holds the whole head.
type ResponseHead struct {
	Minor  int    // of HTTP/1.Minor
	Code   int    // 100 to 999
	Status string // code and reason as sent, "200 OK"
	Reason string // "" if there was none
	Fields trace.Fields
}

// Read reads a head from r. It reuses the memory of h.Fields, so that what was in it must
// not be in use any more.
func (h *ResponseHead) Read(r *bufio.Reader, b *Bounds) error {
	if _, err := r.Peek(1); err != nil {
		return err
	}
	view, _ := r.Peek(r.Buffered())
	if view[0] == recordAlert || view[0] == recordHandshake {
		if record := peekRecord(r); record != "" {
			return &BadStatusLineError{record}
		}
	}
	if n := h.readUsual(view, b); n > 0 {
		_, err := r.Discard(n)
		return err
	}
	return h.readAny(r, b)
}

// peekRecord returns the beginning of what comes if it is a record of TLS (RFC 8446 5.1), and ""
// for anything else. It does not wait for the end of a line: there may be none.
func peekRecord(r *bufio.Reader) string {
	head, err := r.Peek(5)
	if err != nil || head[1] != 3 || head[2] > 4 {
		return ""
	}
	if head[0] == recordAlert && head[3] == 0 && head[4] == 2 {
		if alert, err := r.Peek(7); err == nil {
			head = alert
		}
	}
	return string(head)
}

// readAny is Read for whatever comes.
func (h *ResponseHead) readAny(r *bufio.Reader, b *Bounds) error {
	s := scanner{bounds: b, section: responseHead}
	head, err := readBlock(r, &s)
	if err != nil {
		return err
	}
	l := cutter{text: head.text}
	if err := h.parseStatusLine(l.next()); err != nil {
		return err
	}
	h.makeRoom(head.lines - 1)
	h.Fields, err = parseFields(h.Fields[:0], &l)
	clear(h.Fields[len(h.Fields):cap(h.Fields)]) // where lines were folded there are fewer fields
	return err
}

// makeRoom makes h have so many fields: those of the head before, and behind them empty ones.
// What is behind those is always empty, or it would be kept alive.
func (h *ResponseHead) makeRoom(n int) {
	if cap(h.Fields) < n {
		h.Fields = append(make(trace.Fields, 0, max(n, 12)), h.Fields...)
	}
	if len(h.Fields) > n {
		clear(h.Fields[n:])
	}
	h.Fields = h.Fields[:n]
}

// parseStatusLine reads "HTTP/1." DIGIT SP 3DIGIT [ SP reason ]. The grammar wants the last
// space even if no reason follows (RFC 9112 4); servers leave it out.
func (h *ResponseHead) parseStatusLine(line string) error {
	const begin, space = "HTTP/1.", len("HTTP/1.1")
	if len(line) < len("HTTP/1.1 200") || line[:len(begin)] != begin || !isDigit(line[space-1]) || line[space] != ' ' {
		return badStatusLine(line)
	}
	status := line[space+1:]
	if status[0] < '1' || !isDigit(status[0]) || !isDigit(status[1]) || !isDigit(status[2]) ||
		len(status) > 3 && status[3] != ' ' {
		return &BadStatusLineError{line}
	}
	h.Minor = int(line[space-1] - '0')
	h.Code = int(status[0]-'0')*100 + int(status[1]-'0')*10 + int(status[2]-'0')
	h.Status, h.Reason = status, ""
	if len(status) > 4 {
		h.Reason = status[4:]
	}
	return nil
}

// badStatusLine tells another version of HTTP from what is no HTTP at all.
func badStatusLine(line string) error {
	version, _, ok := strings.Cut(line, " ")
	if !ok || !strings.HasPrefix(version, "HTTP/") || isVersion1(version) {
		return &BadStatusLineError{line}
	}
	return &UnknownProtocolError{version}
}

func isVersion1(version string) bool {
	return len(version) == len("HTTP/1.1") && strings.HasPrefix(version, "HTTP/1.") && isDigit(version[7])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// Header returns the fields as net/http has them: by canonical name, without order.
func (h *ResponseHead) Header() http.Header { return Header(h.Fields) }

// Header returns fields by their canonical names. The values of names that occur once
// share one array.
func Header(fields trace.Fields) http.Header { return HeaderIn(nil, fields) }

// HeaderIn is Header with room for the values, which is used if it is large enough.
func HeaderIn(values []string, fields trace.Fields) http.Header {
	header := make(http.Header, len(fields))
	if len(values) < len(fields) {
		values = make([]string, len(fields))
	}
	for i := range fields {
		values[i] = fields[i].Value
		header[Canonical(fields[i].Name)] = values[i : i+1 : i+1]
		if len(header) != i+1 {
			return repeatedHeader(header, fields)
		}
	}
	return header
}

// repeatedHeader is Header for fields some of whose names occur more than once. To find that
// out by looking before each assignment would hash every name twice.
func repeatedHeader(header http.Header, fields trace.Fields) http.Header {
	clear(header)
	for i := range fields {
		name := Canonical(fields[i].Name)
		header[name] = append(header[name], fields[i].Value)
	}
	return header
}
