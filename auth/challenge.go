package auth

// Challenge: what stands in WWW-Authenticate and Proxy-Authenticate, by the grammar of
// RFC 9110 11.

import "strings"

// Bounds on what a server can make of a field.
const (
	maxChallenges = 32
	maxParams     = 32 // of one challenge; Digest has ten
)

// A Challenge is one of the ways that a server offers to prove who is asking (RFC 9110 11.3).
type Challenge struct {
	// Scheme is "Basic", "Digest", "Bearer" and so on, as the server spells it. Compare it
	// with strings.EqualFold.
	Scheme string

	// Token68 is what follows the scheme where that is not parameters, as with Negotiate.
	Token68 string

	// Params are the parameters, unquoted, by their names in lower case. nil: there are none.
	Params map[string]string
}

// ParseChallenges reads the values of all WWW-Authenticate or Proxy-Authenticate fields of a
// response, each of which may hold several challenges.
//
// It is strict, for a challenge that is misread may be answered with a password: a challenge
// with a syntax error ends the value that it stands in, one with a parameter that occurs twice is
// left out, and whatever comes after the 32nd challenge is not read.
func ParseChallenges(values []string) []Challenge {
	var all []Challenge
	for _, value := range values {
		s := scanner{text: value}
		for len(all) < maxChallenges {
			c, found, once := s.challenge()
			if !found {
				break
			}
			if once {
				all = append(all, c)
			}
		}
	}
	return all
}

// A scanner reads a field's value from left to right. It looks ahead by a word at most, and so
// takes time in proportion to the value's length.
type scanner struct {
	text string
	at   int
}

// challenge reads the next challenge and the comma behind it. found is false at the end, and
// after a syntax error; once is false if a parameter occurs twice.
func (s *scanner) challenge() (c Challenge, found, once bool) {
	s.skip(listSpace)
	c.Scheme = s.word(isToken)
	if c.Scheme == "" {
		return c, false, false
	}
	spaces := s.skip(space)
	switch {
	case s.atEnd():
		return c, true, true
	case !spaces:
		return c, false, false
	}
	if token, ok := s.token68(); ok {
		c.Token68 = token
		return c, true, true
	}
	c.Params, once, found = s.params()
	return c, found, once
}

// token68 reads a word of RFC 9110 11.2 that is all there is up to a comma. It moves nowhere if
// ok is false.
func (s *scanner) token68() (token string, ok bool) {
	start := s.at
	if s.word(isToken68) != "" {
		s.word(isPadding)
		token = s.text[start:s.at]
		s.skip(space)
		if s.atEnd() {
			return token, true
		}
	}
	s.at = start
	return "", false
}

// params reads name=value pairs between commas, up to the end or to something behind a comma
// that is no such pair. once is false if a name occurs twice, ok after a syntax error.
func (s *scanner) params() (params map[string]string, once, ok bool) {
	params, once = map[string]string{}, true
	for range maxParams {
		name := strings.ToLower(s.word(isToken))
		s.skip(space)
		if name == "" || !s.byte('=') {
			return nil, false, false
		}
		s.skip(space)
		value, ok := s.value()
		if !ok {
			return nil, false, false
		}
		if _, twice := params[name]; twice {
			once = false
		}
		params[name] = value
		s.skip(space)
		if !s.atEnd() {
			return nil, false, false
		}
		s.skip(listSpace)
		if !s.atParam() {
			return params, once, true
		}
	}
	return nil, false, false
}

// atParam reports whether a word and an equals sign come next.
func (s *scanner) atParam() bool {
	ahead := *s
	if ahead.word(isToken) == "" {
		return false
	}
	ahead.skip(space)
	return ahead.byte('=')
}

// value reads a parameter's value. Servers leave out the quotes where they must not, around
// Base64 for instance; what ends at a comma or a space anyway cannot be misread for that.
func (s *scanner) value() (value string, ok bool) {
	if s.at < len(s.text) && s.text[s.at] == '"' {
		return s.quoted()
	}
	value = s.word(isUnquoted)
	return value, value != ""
}

// quoted reads a quoted-string (RFC 9110 5.6.4) and undoes its escapes.
func (s *scanner) quoted() (value string, ok bool) {
	s.at++
	start := s.at
	var unescaped []byte // nil as long as there is no escape
	for s.at < len(s.text) {
		c := s.text[s.at]
		switch {
		case c == '"':
			value = s.text[start:s.at]
			if unescaped != nil {
				value = string(append(unescaped, value...))
			}
			s.at++
			return value, true
		case c == '\\':
			unescaped = append(unescaped, s.text[start:s.at]...)
			s.at++ // what comes next is taken as it is, a quote, too
			start = s.at
			if s.at == len(s.text) || isControl(s.text[s.at]) {
				return "", false
			}
		case isControl(c):
			return "", false
		}
		s.at++
	}
	return "", false
}

const (
	space     = " \t"
	listSpace = " \t," // a list may have empty elements (RFC 9110 5.6.1.2)
)

// skip skips the bytes in set, and reports whether there was one.
func (s *scanner) skip(set string) bool {
	start := s.at
	for s.at < len(s.text) && strings.IndexByte(set, s.text[s.at]) >= 0 {
		s.at++
	}
	return s.at > start
}

// word reads the longest run of bytes for which is holds.
func (s *scanner) word(is func(c byte) bool) string {
	start := s.at
	for s.at < len(s.text) && is(s.text[s.at]) {
		s.at++
	}
	return s.text[start:s.at]
}

// byte reads c, if it comes next.
func (s *scanner) byte(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// atEnd reports whether an element of the list ends here.
func (s *scanner) atEnd() bool { return s.at == len(s.text) || s.text[s.at] == ',' }

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func isToken(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

func isToken68(c byte) bool { return isAlphanumeric(c) || strings.IndexByte("-._~+/", c) >= 0 }

func isPadding(c byte) bool { return c == '=' }

func isUnquoted(c byte) bool { return c > ' ' && c < 0x7f && strings.IndexByte(`",\`, c) < 0 }

// isControl reports whether c cannot stand in a field's value.
func isControl(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }
