package curl

// The body that -d and its kin put together, and what --url-query adds to the URL.

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
)

// A dataKind is how the argument of a flag is read.
type dataKind int

const (
	dataText    dataKind = iota // @ is a file, whose line ends are left out
	dataBinary                  // @ is a file, as it is
	dataRaw                     // @ is nothing special
	dataEncoded                 // percent-encoded
	dataJSON                    // as dataBinary, without an & in between
)

// addData adds to the body.
func (p *parser) addData(v string, kind dataKind) error {
	piece, err := p.dataPiece(v, kind)
	if err != nil {
		return err
	}
	c := p.cur()
	if c.hasData && kind != dataJSON {
		c.data = append(c.data, '&')
	}
	c.data, c.hasData = append(c.data, piece...), true
	c.json = c.json || kind == dataJSON
	return nil
}

func (p *parser) dataPiece(v string, kind dataKind) ([]byte, error) {
	if kind == dataEncoded {
		text, err := p.encoded(v)
		return []byte(text), err
	}
	path, isFile := strings.CutPrefix(v, "@")
	if kind == dataRaw || !isFile {
		return []byte(v), nil
	}
	data, err := p.read(path)
	if kind == dataText {
		data = bytes.Map(func(r rune) rune {
			if r == '\r' || r == '\n' || r == 0 {
				return -1
			}
			return r
		}, data)
	}
	return data, err
}

// encoded reads what --data-urlencode takes: content, =content, name=content, @file, name@file.
func (p *parser) encoded(v string) (string, error) {
	i := strings.IndexByte(v, '=')
	if i < 0 {
		i = strings.IndexByte(v, '@')
	}
	if i < 0 {
		return escape(v), nil
	}
	name, content := v[:i], v[i+1:]
	if v[i] == '@' {
		data, err := p.read(content)
		if err != nil {
			return "", err
		}
		content = string(data)
	}
	if name != "" {
		name += "="
	}
	return name + escape(content), nil
}

// escape percent-encodes all but the unreserved characters; a space is a plus, as curl has it in
// data.
func escape(s string) string { return url.QueryEscape(s) }

// urlQuery reads what --url-query takes: as --data-urlencode, and "+" in front of what is encoded
// already.
func (p *parser) urlQuery(v string) (string, error) {
	if plain, ok := strings.CutPrefix(v, "+"); ok {
		return plain, nil
	}
	return p.encoded(v)
}

// setReferer reads -e: a URL, ";auto" behind it or alone.
func (c *config) setReferer(v string) {
	c.referer, c.refererAuto = strings.CutSuffix(v, ";auto")
}

// addCookie reads -b: cookies if there is a "=" in it, and else the file that they are in. "" only
// has cookies kept.
func (c *config) addCookie(v string) {
	if strings.Contains(v, "=") {
		c.cookies = append(c.cookies, v)
		return
	}
	c.cookieFiles = append(c.cookieFiles, v)
}

// addHeader adds a header, or those that stand in a file, one a line.
func (p *parser) addHeader(v string, field func(*config) *[]string) error {
	to := field(p.cur())
	path, isFile := strings.CutPrefix(v, "@")
	if !isFile {
		*to = append(*to, v)
		return nil
	}
	data, err := p.read(path)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			*to = append(*to, line)
		}
	}
	return nil
}

// isRange reports whether -r was given something that may stand in a Range.
func isRange(v string) bool {
	return strings.Trim(v, "0123456789,- ") == ""
}

func containsDash(v string) bool { return strings.Contains(v, "-") }

// A field is a header field of the command line.
type field struct {
	name, value string
	remove      bool // "Name:": none of that name
}

// parseHeader reads "Name: value", "Name:" and "Name;". What has neither is not sent, as curl has
// it.
func parseHeader(line string) (field, bool, error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		name, ok = strings.CutSuffix(strings.TrimRight(line, " \t"), ";")
		return field{name: name}, ok && name != "", nil
	}
	name = strings.TrimRight(name, " \t")
	value = strings.Trim(value, " \t\r\n")
	if strings.ContainsAny(value, "\r\n\x00") {
		return field{}, false, &failure{code: exitArgument, err: fmt.Errorf("a line end in the header %q", name)}
	}
	return field{name, value, value == ""}, name != "", nil
}
