package auth

// Reading a .netrc: the words of ftp(1), quoted and escaped as curl reads them.

import (
	"errors"
	"fmt"
	"strings"
)

// Bounds of a .netrc. The largest that are real have a few hundred lines; a token that stands in
// place of a password may have some thousand bytes.
const (
	maxNetrc     = 1 << 20
	maxNetrcWord = 4096
)

// What can be asked of a [NetrcError] with errors.Is. A file that is not there is fs.ErrNotExist.
var (
	// ErrNetrcExposed says that others than its owner may read the file, or that it belongs to
	// somebody else.
	ErrNetrcExposed = errors.New("others can read it")

	// ErrNetrcSyntax says that the file cannot be understood.
	ErrNetrcSyntax = errors.New("syntax error")

	// ErrNetrcTooLarge says that the file has more than 1 MiB.
	ErrNetrcTooLarge = errors.New("it has more than 1 MiB")
)

// A NetrcError says why a .netrc is not used. Nothing that stands in the file is in it.
type NetrcError struct {
	Path  string // "": a text was parsed, or there is no home directory to look in
	Named bool   // the caller or $NETRC has named the file: it is not just the default
	Line  int    // counted from 1; 0: the error is of the file as a whole
	Err   error
}

// Error says which file, which line and what is wrong with it.
func (e *NetrcError) Error() string {
	text := "auth: netrc"
	if e.Path != "" {
		text += fmt.Sprintf(" %.200q", e.Path)
	}
	if e.Line > 0 {
		text += fmt.Sprintf(", line %d", e.Line)
	}
	return text + ": " + e.Err.Error()
}

// Unwrap returns e.Err.
func (e *NetrcError) Unwrap() error { return e.Err }

// ParseNetrc reads the text of a .netrc file. An error is a [*NetrcError].
//
// Words are separated by white space. machine, default, login (or user), password, account and
// macdef are known, in any letter case; others are skipped. A word that begins with a double
// quote goes up to the next one in its line; in it \n, \r and \t are what they are in Go, and a
// backslash before anything else stands for just that. Outside of quotes a backslash is nothing
// special, as with curl, and unlike ftp. A # at the beginning of a line, or where a keyword may
// stand, begins a comment. A macro ends at an empty line.
func ParseNetrc(text []byte) (*Netrc, error) {
	if len(text) > maxNetrc {
		return nil, &NetrcError{Err: ErrNetrcTooLarge}
	}
	p := netrcParser{text: string(text), line: 1}
	p.text = strings.TrimPrefix(p.text, "\ufeff") // editors of Windows put it there
	if i := strings.IndexByte(p.text, 0); i >= 0 {
		p.line += strings.Count(p.text[:i], "\n")
		return nil, p.fail("a zero byte")
	}
	for p.more() {
		if err := p.clause(); err != nil {
			return nil, err
		}
	}
	kept := p.entries[:0]
	for i, e := range p.entries {
		if !e.isDefault || i == len(p.entries)-1 { // it would hide what comes after it
			kept = append(kept, e)
		}
	}
	return &Netrc{entries: &kept}, nil
}

type netrcParser struct {
	text    string
	at      int
	line    int
	begun   bool // a word of this line has been read
	entries []netrcEntry
}

func (p *netrcParser) fail(what string) error {
	return &NetrcError{Line: p.line, Err: fmt.Errorf("%w: %s", ErrNetrcSyntax, what)}
}

// more moves to the next keyword, and reports whether there is one.
func (p *netrcParser) more() bool {
	p.skip(true)
	return p.at < len(p.text)
}

// clause reads a keyword and what belongs to it.
func (p *netrcParser) clause() error {
	line := p.line
	keyword, err := p.word()
	if err != nil {
		return err
	}
	switch strings.ToLower(keyword) {
	case "machine":
		host, has, err := p.value()
		if err != nil || !has {
			return err
		}
		p.entries = append(p.entries, netrcEntry{line: line, host: netrcHost(host)})
	case "default":
		p.entries = append(p.entries, netrcEntry{line: line, isDefault: true})
	case "login", "user": // Python reads user, too
		return p.set(func(e *netrcEntry, value string) { e.login, e.hasLogin = value, true })
	case "password":
		return p.set(func(e *netrcEntry, value string) { e.password, e.hasPassword = value, true })
	case "account":
		return p.set(func(*netrcEntry, string) {})
	case "macdef":
		p.skipMacro()
	}
	return nil
}

// set reads a value and gives it to the last entry, unless that is complete.
func (p *netrcParser) set(to func(e *netrcEntry, value string)) error {
	value, has, err := p.value()
	if err != nil || !has || len(p.entries) == 0 {
		return err
	}
	if e := &p.entries[len(p.entries)-1]; !e.hasLogin || !e.hasPassword {
		to(e, value)
	}
	return nil
}

// value reads the word after a keyword. has is false at the end of the text.
func (p *netrcParser) value() (value string, has bool, err error) {
	p.skip(false)
	if p.at == len(p.text) {
		return "", false, nil
	}
	value, err = p.word()
	return value, true, err
}

// skip skips white space and comments.
func (p *netrcParser) skip(keyword bool) {
	for ; p.at < len(p.text); p.at++ {
		switch p.text[p.at] {
		case '\n':
			p.line++
			p.begun = false
		case ' ', '\t', '\r':
		case '#':
			if p.begun && !keyword {
				return
			}
			if p.skipLine(); p.at == len(p.text) {
				return
			}
			p.at-- // the line feed comes next
		default:
			return
		}
	}
}

// skipLine moves to the end of the line.
func (p *netrcParser) skipLine() {
	if i := strings.IndexByte(p.text[p.at:], '\n'); i >= 0 {
		p.at += i
	} else {
		p.at = len(p.text)
	}
}

// skipMacro moves to the first line, after this one, that is empty.
func (p *netrcParser) skipMacro() {
	for {
		p.skipLine()
		if p.at == len(p.text) {
			return
		}
		p.at++
		p.line++
		p.begun = false
		start := p.at
		p.skipLine()
		if strings.Trim(p.text[start:p.at], " \t\r") == "" {
			return
		}
	}
}

// word reads the word that begins here.
func (p *netrcParser) word() (string, error) {
	p.begun = true
	if p.text[p.at] == '"' {
		return p.quoted()
	}
	start := p.at
	for p.at < len(p.text) && p.text[p.at] > ' ' {
		p.at++
	}
	word := p.text[start:p.at]
	switch {
	case p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) < 0:
		return "", p.fail("a control character")
	case len(word) > maxNetrcWord:
		return "", p.fail("a word of more than 4096 bytes")
	}
	return word, nil
}

// quoted reads a word in quotes.
func (p *netrcParser) quoted() (string, error) {
	var word []byte
	for p.at++; p.at < len(p.text); p.at++ {
		c := p.text[p.at]
		switch {
		case c == '"':
			p.at++
			if p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) < 0 {
				return "", p.fail("something right after a quote")
			}
			return string(word), nil
		case c == '\n':
			return "", p.fail("a quote that does not end")
		case len(word) == maxNetrcWord:
			return "", p.fail("a word of more than 4096 bytes")
		case c == '\\':
			p.at++
			if p.at == len(p.text) || p.text[p.at] == '\n' {
				return "", p.fail("a quote that does not end")
			}
			word = append(word, unescape(p.text[p.at]))
		default:
			word = append(word, c)
		}
	}
	return "", p.fail("a quote that does not end")
}

// unescape returns what a backslash and c stand for.
func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}
