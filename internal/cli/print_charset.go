package cli

// Character sets: a terminal is shown UTF-8.

import (
	"bytes"
	"io"
	"strings"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// decoded returns a body as UTF-8, without a byte order mark. In this order it goes by the
// mark, by the label, and by what XML and HTML say of themselves; if none of them says
// anything that is known, it is UTF-8 already, or is shown as if.
func decoded(r io.Reader, label, mediaType string) (io.Reader, error) {
	first, err := firstPart(r)
	switch {
	case err == io.EOF:
		r = bytes.NewReader(first)
	case err != nil && len(first) == 0:
		return nil, err
	case err != nil:
		r = io.MultiReader(bytes.NewReader(first), failing{err})
	default:
		r = io.MultiReader(bytes.NewReader(first), r)
	}
	size, marked := byteOrderMark(first)
	if marked == "utf-8" || marked != "" && isText(mediaType) {
		label = marked
		if _, err := io.CopyN(io.Discard, r, int64(size)); err != nil {
			return nil, err
		}
	}
	if label == "" {
		label = ownLabel(first, mediaType)
	}
	enc, name := charset.Lookup(label)
	if enc == nil || enc == encoding.Nop || name == "replacement" || name == "utf-8" {
		return r, nil
	}
	return transform.NewReader(r, enc.NewDecoder()), nil
}

// extendsASCII reports whether the bytes of ASCII mean the same in a character set, wherever
// they stand. What is none is taken for UTF-8.
func extendsASCII(label string) bool {
	_, name := charset.Lookup(label)
	return name == "" || name == "utf-8" || strings.HasPrefix(name, "windows-") || strings.HasPrefix(name, "iso-8859-")
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// byteOrderMark returns the length of a mark at the beginning, and what it stands for.
func byteOrderMark(p []byte) (size int, label string) {
	switch {
	case bytes.HasPrefix(p, []byte("\xef\xbb\xbf")):
		return 3, "utf-8"
	case bytes.HasPrefix(p, []byte("\xfe\xff")):
		return 2, "utf-16be"
	case bytes.HasPrefix(p, []byte("\xff\xfe")):
		return 2, "utf-16le"
	}
	return 0, ""
}

// ownLabel returns the character set that a text names itself, "" if it does not: XML in its
// declaration, HTML in a meta element among its first 1,024 bytes.
func ownLabel(p []byte, mediaType string) string {
	p = p[:min(len(p), 1024)]
	if isXML(mediaType) || mediaType == "text/html" {
		if declaration, _, ok := bytes.Cut(p, []byte("?>")); ok && bytes.HasPrefix(declaration, []byte("<?xml")) {
			if _, rest, ok := strings.Cut(string(declaration), "encoding="); ok && len(rest) > 0 {
				name, _, _ := strings.Cut(rest[1:], rest[:1])
				return name
			}
		}
	}
	if mediaType != "text/html" && mediaType != "application/xhtml+xml" {
		return ""
	}
	// Which says windows-1252 also where nothing is said.
	if _, name, _ := charset.DetermineEncoding(p, "text/html"); bytes.Contains(bytes.ToLower(p), []byte("charset")) {
		return name
	}
	return ""
}

// isText reports whether a media type is that of a text, or there is none.
func isText(mediaType string) bool {
	return mediaType == "" || strings.HasPrefix(mediaType, "text/") || isJSON(mediaType) || isXML(mediaType)
}

// isXML reports whether a media type is XML (RFC 7303).
func isXML(mediaType string) bool {
	return mediaType == "application/xml" || mediaType == "text/xml" || strings.HasSuffix(mediaType, "+xml")
}
