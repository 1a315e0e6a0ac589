package h1

import (
	"math"
	"strings"

	"example.com/godwit/trace"
)

// A Kind is a way in which a body ends.
type Kind uint8

const (
	NoBody     Kind = iota
	ByLength        // after so many bytes
	Chunked         // after the last chunk
	UntilClose      // with the connection
)

// Framing says where a body ends, and whether its connection can carry another exchange
// afterwards.
type Framing struct {
	Kind Kind
	// Length is what Content-Length says, -1 if it says nothing. It may be more than 0 where
	// there is no body: in the answer to a HEAD, in a 304.
	Length int64
	// Close is set if the connection must not be used again.
	Close bool
}

// HasBody reports whether there is anything to read.
func (f *Framing) HasBody() bool {
	return f.Kind != NoBody && !(f.Kind == ByLength && f.Length == 0)
}

// ResponseFraming is the one place that decides where a response's body ends and whether
// the connection persists (RFC 9112 6.3 and 9.3). It is as strict as it can be, because
// what we take for the end of this body another party may take for the middle of it.
func ResponseFraming(method string, minor, code int, fields trace.Fields) (Framing, error) {
	var f Framing
	if method == "CONNECT" && 200 <= code && code < 300 {
		// What it says of a body is to be ignored (RFC 9110 9.3.6).
		return Framing{Kind: NoBody, Length: -1, Close: !persists(minor, fields)}, nil
	}
	bodyless := method == "HEAD" || code < 200 || code == 204 || code == 304
	at := findFraming(fields)
	length, hasLength, err := contentLength(at.length.of(fields))
	if err != nil {
		return f, err
	}
	coding, err := transferEncoding(at.coding.of(fields))
	if err != nil && bodyless {
		// How a body would be coded that is not there (RFC 9112 6.3, rule 1); but who knows what
		// others make of it.
		return Framing{Kind: NoBody, Length: -1, Close: true}, nil
	}
	if err != nil {
		return f, err
	}
	fields = at.connection.of(fields)
	f.Length = -1
	if hasLength && coding != "chunked" {
		f.Length = length
	}
	// Both lengths at once is how responses are smuggled, and neither "identity" nor a
	// chunked answer of HTTP/1.0 is in any specification: read it, and leave.
	f.Close = !persists(minor, fields) || coding != "" && (hasLength || coding == "identity" || minor == 0)

	if code == 204 && (coding != "" || length > 0) {
		f.Close = true // a body may follow all the same, later than anybody looks
	}
	switch {
	case bodyless:
		f.Kind = NoBody
	case coding == "chunked":
		f.Kind = Chunked
	case hasLength:
		f.Kind = ByLength
	default:
		f.Kind, f.Close = UntilClose, true
	}
	return f, nil
}

// framingFields says which part of the fields has all those of a name that frames a message.
type framingFields struct{ length, coding, connection part }

// A part of the fields goes from first up to end. The zero value is none of them.
type part struct{ first, end int }

func (p *part) take(i int) {
	if p.end == 0 {
		p.first = i
	}
	p.end = i + 1
}

func (p part) of(fields trace.Fields) trace.Fields { return fields[p.first:p.end] }

// findFraming looks at each field once.
func findFraming(fields trace.Fields) (at framingFields) {
	for i := range fields {
		switch name := fields[i].Name; len(name) {
		case len("content-length"):
			if equalFold(name, "content-length") {
				at.length.take(i)
			}
		case len("transfer-encoding"):
			if equalFold(name, "transfer-encoding") {
				at.coding.take(i)
			}
		case len("connection"):
			if equalFold(name, "connection") {
				at.connection.take(i)
			}
		}
	}
	return at
}

// persists reports whether the connection stays open as far as its fields say. HTTP/1.0
// closes unless it says that it does not.
func persists(minor int, fields trace.Fields) bool {
	keepAlive := minor > 0
	for i := range fields {
		if len(fields[i].Name) != len("connection") || !equalFold(fields[i].Name, "connection") {
			continue
		}
		if HasToken(fields[i].Value, "close") {
			return false
		}
		keepAlive = keepAlive || HasToken(fields[i].Value, "keep-alive")
	}
	return keepAlive
}

// contentLength returns what Content-Length says. Several values are accepted if they are
// the same number (RFC 9110 8.6).
func contentLength(fields trace.Fields) (n int64, has bool, _ error) {
	for i := range fields {
		if len(fields[i].Name) != len("content-length") || !equalFold(fields[i].Name, "content-length") {
			continue
		}
		for value, rest, more := "", fields[i].Value, true; more; {
			value, rest, more = strings.Cut(rest, ",")
			m, ok := ParseLength(trimOWS(value))
			switch {
			case !ok:
				return 0, false, &ProtocolError{RuleContentLength, fields[i].Value}
			case has && m != n:
				return 0, false, &ProtocolError{RuleLengthsDiffer, fields[i].Value}
			}
			n, has = m, true
		}
	}
	return n, has, nil
}

// ParseLength reads 1*DIGIT, in ASCII, without sign, and below 2^63.
func ParseLength(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		d := int64(s[i] - '0')
		if n > (math.MaxInt64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// transferEncoding returns the one transfer coding of a message: "chunked", or "identity",
// which is none; "" if the field is absent. Anything else is an error: other codings we did
// not ask for (we send no TE), and with several of them readers disagree about what frames
// the body.
func transferEncoding(fields trace.Fields) (coding string, _ error) {
	for i := range fields {
		if len(fields[i].Name) != len("transfer-encoding") || !equalFold(fields[i].Name, "transfer-encoding") {
			continue
		}
		value := fields[i].Value
		switch {
		case coding != "":
			return "", &UnknownTransferEncodingError{coding + ", " + value}
		case equalFold(value, "chunked"):
			coding = "chunked"
		case equalFold(value, "identity"):
			coding = "identity"
		default:
			return "", &UnknownTransferEncodingError{value}
		}
	}
	return coding, nil
}
