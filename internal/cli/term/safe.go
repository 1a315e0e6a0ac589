// Package term makes texts fit for a terminal: harmless, and in colours.
package term

// Terminal safety: what a server sent is shown, never obeyed.
//
// A terminal acts on control characters (ESC sequences move the cursor, set the title, and
// on some terminals type into the shell), on the C1 controls, and on characters that change
// the order or the width of the text around them. Whoever answers a request could so make
// the screen show something else than what came. GNU wget had this as CVE-2004-1488.

import (
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Writer passes UTF-8 text on to W with everything that a terminal might obey, or
// not show, written as an escape: \x1b, \u202e. A byte that is not UTF-8 becomes \xNN.
// Tabs and line ends pass; the CR of a CRLF is dropped.
//
// Flush it at the end: it may hold back the beginning of a character.
type Writer struct {
	W     io.Writer
	buf   []byte
	carry []byte // at most 3 bytes of a character, or a CR, that the next Write completes
}

// Write takes all of p, or fails with what W failed with.
func (s *Writer) Write(p []byte) (int, error) {
	in := p
	if len(s.carry) > 0 {
		in = append(s.carry, p...)
		s.carry = nil
	}
	var rest []byte
	s.buf, rest = appendSafe(s.buf[:0], in, false)
	if len(rest) > 0 {
		s.carry = append([]byte(nil), rest...)
	}
	if _, err := s.W.Write(s.buf); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush writes what was held back.
func (s *Writer) Flush() error {
	if len(s.carry) == 0 {
		return nil
	}
	out, _ := appendSafe(nil, s.carry, true)
	s.carry = nil
	_, err := s.W.Write(out)
	return err
}

// appendSafe appends the harmless form of in to out. Unless in is the end of the text, rest
// is what only makes sense together with what follows.
func appendSafe(out, in []byte, atEnd bool) (_, rest []byte) {
	for i := 0; i < len(in); {
		plain := i
		for i < len(in) && harmless[in[i]] {
			i++
		}
		out = append(out, in[plain:i]...)
		if i == len(in) {
			break
		}
		switch c := in[i]; {
		case c == '\r':
			switch {
			case i+1 < len(in) && in[i+1] == '\n':
			case i+1 == len(in) && !atEnd:
				return out, in[i:]
			default:
				out = append(out, `\r`...)
			}
			i++
		case c < utf8.RuneSelf:
			out = appendHex(out, c)
			i++
		case !atEnd && !utf8.FullRune(in[i:]):
			return out, in[i:]
		default:
			r, size := utf8.DecodeRune(in[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				out = appendHex(out, c)
			case Deceptive(r):
				out = appendRune(out, r)
			default:
				out = append(out, in[i:i+size]...)
			}
			i += size
		}
	}
	return out, nil
}

// Line returns text on one line: as a Writer would, and with line ends escaped too.
// It is for status lines, header fields and errors, where a line end could forge another.
func Line(text string) string {
	out, _ := appendSafe(nil, []byte(strings.ReplaceAll(text, "\r\n", "\n")), true)
	return strings.ReplaceAll(string(out), "\n", `\n`)
}

// Text returns text of several lines with everything but line ends made harmless.
func Text(text string) string {
	out, _ := appendSafe(nil, []byte(text), true)
	return string(out)
}

// harmless are the ASCII characters that a terminal only shows.
var harmless = func() (table [256]bool) {
	for c := range utf8.RuneSelf {
		table[c] = c >= ' ' && c != 0x7f || c == '\t' || c == '\n'
	}
	return table
}()

// Deceptive reports whether a character beyond ASCII controls the terminal (C1), changes the
// order of the text (bidi controls), or cannot be seen. All but the fillers and the
// separators are of the category Cf.
func Deceptive(r rune) bool {
	switch {
	case r < 0xa0:
		return true // C1: U+009B is what ESC [ is
	case r < 0x34f:
		return r == 0xad // soft hyphen
	case r > 0x3164 && r < 0xfe00:
		return false // most of Chinese, Japanese and Korean, quickly
	case r >= 0xfe00 && r <= 0xfe0d: // variation selectors but those of emoji: hidden text
		return true
	case r == 0x2028, r == 0x2029, // line and paragraph separator
		r == 0x034f,              // combining grapheme joiner
		r == 0x115f, r == 0x1160, // Hangul fillers
		r == 0x3164, r == 0xffa0, // more of them
		r == 0x17b4, r == 0x17b5, // Khmer inherent vowels
		r >= 0x180b && r <= 0x180f,   // Mongolian variation selectors
		r >= 0xe0000 && r <= 0xe0fff, // tags and more variation selectors: hidden text
		r >= 0xfff0 && r <= 0xfffb,   // specials
		r == 0x2800:                  // braille blank
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

const hexDigits = "0123456789abcdef"

func appendHex(out []byte, c byte) []byte {
	return append(out, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
}

func appendRune(out []byte, r rune) []byte {
	if r > 0xffff {
		out = append(out, `\U`...)
		return append(out, leftPad(strconv.FormatInt(int64(r), 16), 8)...)
	}
	out = append(out, `\u`...)
	return append(out, leftPad(strconv.FormatInt(int64(r), 16), 4)...)
}

func leftPad(digits string, width int) string {
	return strings.Repeat("0", max(0, width-len(digits))) + digits
}
