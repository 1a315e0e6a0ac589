package h1

import (
	"bufio"
	"bytes"
	"strings"
)

// Chunk lines cost the server little and us more than they carry: a server may send one
// byte in a chunk of its own, and kilobytes of extensions with it. A body of honest small
// chunks must pass all the same, however long it is. So each line adds its length to a
// balance, each chunk takes 16 + 2 × its size off it, and only a balance that has grown
// over this is an error.
const chunkOverhead = 16 << 10

// dataEnd takes the CRLF that ends a chunk's data. Skipping the two bytes unseen is
// CVE-2025-43859.
func (b *Body) dataEnd() error {
	end, err := b.r.Peek(2)
	if len(end) == 2 && end[0] == '\r' && end[1] == '\n' {
		_, err = b.r.Discard(2)
		return err
	}
	if len(end) > 0 && end[0] != '\r' || len(end) == 2 {
		return &ProtocolError{RuleChunkEnd, string(end)}
	}
	return cut(err)
}

// chunkLine takes a chunk-size line and moves on to what it announces.
func (b *Body) chunkLine() error {
	line, err := b.line()
	if err != nil {
		return err
	}
	size, err := ParseChunkLine(string(line)) // which keeps nothing of it, so that it is not allocated
	if err != nil {
		return err
	}
	if _, err := b.r.Discard(len(line) + 2); err != nil {
		return err
	}
	b.balance = max(0, b.balance+len(line)+2-16-2*int(min(size, chunkOverhead)))
	if b.balance > chunkOverhead {
		return &BoundError{"bytes of chunk overhead beyond what the data warrants", chunkOverhead, ""}
	}
	if b.left = size; size == 0 {
		b.where = atTrailer
	} else {
		b.where = inData
	}
	return nil
}

// line returns a line that ends in CRLF, without it, as it stands in r's buffer. Nothing is
// taken, so that a read that failed for a while can be repeated.
func (b *Body) line() ([]byte, error) {
	limit := min(b.bounds.ChunkLine, b.r.Size())
	for {
		window, _ := b.r.Peek(b.r.Buffered())
		i := bytes.IndexByte(window, '\n')
		if n := i + 1; n > limit || i < 0 && len(window) >= limit {
			return nil, &LineTooLongError{"chunk-size line", limit, "Bounds.ChunkLine"}
		}
		if i >= 0 {
			if i == 0 || window[i-1] != '\r' {
				return nil, &ProtocolError{RuleBareLF, string(clip(window[:i]))}
			}
			return window[:i-1], nil
		}
		if _, err := b.r.Peek(len(window) + 1); err != nil && err != bufio.ErrBufferFull {
			return nil, cut(err)
		}
	}
}

const hexDigits = "0123456789abcdefABCDEF"

// ParseChunkLine reads a size and checks what follows it: white space (RFC 9112 7.1.1 has
// it as "bad", and wants it to be skipped), extensions. The extensions mean nothing to us.
func ParseChunkLine(line string) (int64, error) {
	var size int64
	digits := 0
	for digits < len(line) {
		d := strings.IndexByte(hexDigits, line[digits])
		if d < 0 {
			break
		}
		if d > 15 {
			d -= 6
		}
		if digits++; digits > 16 || size > (1<<63-1)>>4 {
			return 0, &ProtocolError{RuleChunkSize, strings.Clone(line)}
		}
		size = size<<4 | int64(d)
	}
	if digits == 0 {
		return 0, &ProtocolError{RuleChunkSize, strings.Clone(line)}
	}
	rest := trimOWS(line[digits:])
	if rest == "" {
		return size, nil
	}
	if rest[0] != ';' {
		return 0, &ProtocolError{RuleChunkSize, strings.Clone(line)}
	}
	if !IsFieldValue(rest) || !quotesClosed(rest) {
		return 0, &ProtocolError{RuleChunkExtension, strings.Clone(line)}
	}
	return size, nil
}

// quotesClosed reports whether each quoted string of an extension ends in its line. Of one
// that does not, some readers take the CRLF for a part, and see chunks elsewhere.
func quotesClosed(extension string) bool {
	open := false
	for i := 0; i < len(extension); i++ {
		switch {
		case extension[i] == '"':
			open = !open
		case extension[i] == '\\' && open:
			i++
		}
	}
	return !open
}
