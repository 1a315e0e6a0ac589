package h1

import (
	"strconv"

	"example.com/godwit/trace"
)

// AppendRequestHead appends a request's head to dst: request line, fields in their order,
// and the empty line (RFC 9112 3). Everything is checked here, on the way to the wire,
// whoever put it together; on an error dst is returned as it was.
func AppendRequestHead(dst []byte, method, target string, minor int, fields trace.Fields) ([]byte, error) {
	out, err := AppendRequestLine(dst, method, target, minor)
	if err != nil {
		return dst, err
	}
	if out, err = AppendFields(out, fields); err != nil {
		return dst, err
	}
	return append(out, '\r', '\n'), nil
}

// AppendRequestLine appends the first line of a request's head.
func AppendRequestLine(dst []byte, method, target string, minor int) ([]byte, error) {
	if !IsToken(method) {
		return dst, &RequestError{What: "method", Why: "not a token (RFC 9110 9.1)"}
	}
	if !IsTarget(target) {
		return dst, &RequestError{What: "target", Why: "empty, or with a space or a control character in it (RFC 9112 3.2)"}
	}
	out := append(dst, method...)
	out = append(out, ' ')
	out = append(out, target...)
	out = append(out, " HTTP/1."...)
	return append(out, byte('0'+minor), '\r', '\n'), nil
}

// AppendFields appends field lines, without the empty line that ends them.
func AppendFields(dst []byte, fields trace.Fields) ([]byte, error) {
	out := dst
	for i := range fields {
		var err error
		if out, err = AppendField(out, fields[i].Name, fields[i].Value); err != nil {
			return dst, err
		}
	}
	return out, nil
}

// AppendField appends a field line.
func AppendField(dst []byte, name, value string) ([]byte, error) {
	if !IsToken(name) {
		return dst, &RequestError{What: "field name", Name: name, Why: "not a token (RFC 9110 5.1)"}
	}
	out := append(dst, name...)
	out = append(out, ':', ' ')
	start := len(out)
	out = append(out, value...)
	if hasControl(out[start:]) {
		return dst, &RequestError{What: "field value", Name: name, Why: "control character in it (RFC 9110 5.5)"}
	}
	return append(out, '\r', '\n'), nil
}

// AppendFolded appends a field whose values stand in a line each, the second and every later
// one behind a tab. The form is obsolete (RFC 9112 5.2), and some servers want it still.
func AppendFolded(dst []byte, name string, values []string) ([]byte, error) {
	out := dst
	for i, value := range values {
		if i == 0 {
			var err error
			if out, err = AppendField(out, name, value); err != nil {
				return dst, err
			}
			continue
		}
		if trimOWS(value) == "" {
			return dst, &RequestError{What: "field value", Name: name, Why: "a line of nothing but white space (RFC 9112 5.2)"}
		}
		if !IsFieldValue(value) {
			return dst, &RequestError{What: "field value", Name: name, Why: "control character in it (RFC 9110 5.5)"}
		}
		out = append(append(append(out, '\t'), value...), '\r', '\n')
	}
	return out, nil
}

// AppendChunkSize appends the line that begins a chunk of n bytes (RFC 9112 7.1).
func AppendChunkSize(dst []byte, n int) []byte {
	return append(strconv.AppendInt(dst, int64(n), 16), '\r', '\n')
}

// AppendLastChunk appends the chunk that ends a body, and the trailer section.
func AppendLastChunk(dst []byte, trailer trace.Fields) ([]byte, error) {
	out, err := AppendFields(append(dst, '0', '\r', '\n'), trailer)
	if err != nil {
		return dst, err
	}
	return append(out, '\r', '\n'), nil
}
