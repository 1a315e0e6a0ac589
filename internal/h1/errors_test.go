package h1

// What each error is to errors.Is, and that no message carries further what a peer sent.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"unicode"
)

func TestErrorsAre(t *testing.T) {
	others := []error{
		ErrHTTP, ErrUnknownProtocol, ErrUnknownTransferEncoding, ErrRemoteDisconnected, ErrInvalidURL, ErrBadStatusLine,
		ErrCannotSendRequest, ErrCannotSendHeader, ErrResponseNotReady,
		io.EOF, io.ErrUnexpectedEOF, os.ErrDeadlineExceeded, syscall.ECONNRESET, syscall.EPIPE,
	}
	for _, c := range []struct {
		err error
		is  []error
	}{
		{&ProtocolError{RuleBareCR, "x"}, []error{ErrHTTP}},
		{&BadStatusLineError{"x"}, []error{ErrHTTP, ErrBadStatusLine}},
		{&UnknownProtocolError{"x"}, []error{ErrHTTP, ErrUnknownProtocol}},
		{&UnknownTransferEncodingError{"x"}, []error{ErrHTTP, ErrUnknownTransferEncoding}},
		{&LineTooLongError{"x", 1, "y"}, []error{ErrHTTP}},
		{&BoundError{"x", 1, "y"}, []error{ErrHTTP}},
		{&IncompleteReadError{}, []error{ErrHTTP, io.ErrUnexpectedEOF}},
		{&RequestError{What: "method"}, []error{ErrHTTP}},
		{&RequestError{What: "field name", Name: "target"}, []error{ErrHTTP}},
		{&RequestError{What: "target"}, []error{ErrHTTP, ErrInvalidURL}},
		{&RequestError{What: "host"}, []error{ErrHTTP, ErrInvalidURL}},
		{&RequestError{What: "URL"}, []error{ErrHTTP, ErrInvalidURL}},
		{&StateError{Step: "Write"}, []error{ErrHTTP}},
		{&StateError{Step: "PutRequest"}, []error{ErrHTTP, ErrCannotSendRequest}},
		{&StateError{Step: "Request"}, []error{ErrHTTP, ErrCannotSendRequest}},
		{&StateError{Step: "PutHeader"}, []error{ErrHTTP, ErrCannotSendHeader}},
		{&StateError{Step: "EndHeaders"}, []error{ErrHTTP, ErrCannotSendHeader}},
		{&StateError{Step: "Response"}, []error{ErrHTTP, ErrResponseNotReady}},
		{ErrRemoteDisconnected, []error{ErrHTTP, ErrBadStatusLine, ErrRemoteDisconnected, syscall.ECONNRESET, io.EOF}},
		{ErrUnknownProtocol, []error{ErrHTTP, ErrUnknownProtocol}},
		{ErrUnknownTransferEncoding, []error{ErrHTTP, ErrUnknownTransferEncoding}},
		{ErrInvalidURL, []error{ErrHTTP, ErrInvalidURL}},
		{ErrBadStatusLine, []error{ErrHTTP, ErrBadStatusLine}},
	} {
		wrapped := fmt.Errorf("reading the response: %w", c.err)
		for _, target := range others {
			want := false
			for _, is := range c.is {
				want = want || target == is
			}
			if got := errors.Is(wrapped, target); got != want {
				t.Errorf("errors.Is(%T, %v) = %t", c.err, target, got)
			}
		}
	}
}

func TestErrorMessages(t *testing.T) {
	for want, err := range map[string]error{
		"carriage return that ends no line (RFC 9112 2.2): \"a\\rb\"":                          &ProtocolError{RuleBareCR, "a\rb"},
		"not a status line: \"ICY 200 OK\"":                                                    &BadStatusLineError{"ICY 200 OK"},
		"not a status line: \"\"":                                                              &BadStatusLineError{},
		"unknown HTTP version \"HTTP/2\"":                                                      &UnknownProtocolError{"HTTP/2"},
		"unknown transfer encoding \"gzip\"":                                                   &UnknownTransferEncodingError{"gzip"},
		"field line longer than 5 bytes (set by Bounds.Line)":                                  &LineTooLongError{"field line", 5, "Bounds.Line"},
		"more than 5 fields (set by Bounds.Fields)":                                            &BoundError{"fields", 5, "Bounds.Fields"},
		"more than 5 bytes of chunk overhead":                                                  &BoundError{"bytes of chunk overhead", 5, ""},
		"connection closed in the middle of the response head":                                 &IncompleteReadError{Expected: -1, Head: true},
		"connection closed in the middle of the body, after 3 bytes":                           &IncompleteReadError{Partial: 3, Expected: -1},
		"connection closed in the middle of the body, after 3 of 5 bytes":                      &IncompleteReadError{Partial: 3, Expected: 5},
		"server closed the connection without a response":                                      ErrRemoteDisconnected,
		"method: not a token (RFC 9110 9.1)":                                                   &RequestError{What: "method", Why: "not a token (RFC 9110 9.1)"},
		"field value of \"X-Key\": control character in it (RFC 9110 5.5)":                     &RequestError{What: "field value", Name: "X-Key", Why: "control character in it (RFC 9110 5.5)"},
		"PutRequest out of turn: the connection is closed; expected nothing, for it is closed": &StateError{"PutRequest", "the connection is closed", "nothing, for it is closed"},
		"PutRequest out of turn: idle":                                                         &StateError{Step: "PutRequest", State: "idle"},
		"Content-Length that is not a number (RFC 9110 8.6): \"\\uff15\"":                      &ProtocolError{RuleContentLength, "\uff15"},
		"Content-Length values that differ (RFC 9112 6.3): \"5, 6\"":                           &ProtocolError{RuleLengthsDiffer, "5, 6"},
		"field name that is not a token (RFC 9110 5.1): \"\\x1b[2J\\u202e\\xff\\x00\"":         &ProtocolError{RuleFieldName, "\x1b[2J\u202e\xff\x00"},
	} {
		if got := err.Error(); got != want {
			t.Errorf("%#v:\ngot  %s\nwant %s", err, got, want)
		}
	}
}

// What a peer sends may be long, may be an escape sequence for the terminal that shows the
// message, may turn the reading direction, and may end in the middle of a character.
func TestErrorExcerpts(t *testing.T) {
	hostile := []string{
		"\x1b]0;title\x07\x1b[31m", "\u202eevil\u2066\u2069", "\u200b\u2028\u2029\u0085\ufeff", "a\r\nX: y", "\x00\x7f\x80\xff",
		"\u009b31m", strings.Repeat("\u20ac", 40), strings.Repeat("x", 63) + "\u20ac", strings.Repeat("\x1b", 1<<20), strings.Repeat("\U0010ffff", 1<<18),
	}
	for _, s := range hostile {
		for _, err := range []error{
			&ProtocolError{RuleNoColon, s}, &BadStatusLineError{s}, &UnknownProtocolError{s},
			&UnknownTransferEncodingError{s}, &RequestError{What: "field name", Name: s, Why: "not a token"},
		} {
			message := err.Error()
			// 64 bytes, each written with at most 4 characters, and what stands around them.
			if len(message) > 64*4+120 {
				t.Errorf("%T: a message of %d bytes for %.20q", err, len(message), s)
			}
			for _, c := range message {
				if !unicode.IsPrint(c) || c > 0x7e && c != '…' {
					t.Errorf("%T: %q in a message", err, c)
					break
				}
			}
			if len(s) > 64 && !strings.Contains(message, "…") {
				t.Errorf("%T: the cut does not show: %s", err, message)
			}
		}
	}
}

// The same, of what is read from the wire.
func TestErrorExcerptsFromTheWire(t *testing.T) {
	long := strings.Repeat("\u202e\x80", 10_000)
	for _, message := range []string{
		long + "\r\n\r\n",
		"HTTP/" + long + " 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\n" + long + "\r\n\r\n",
		"HTTP/1.1 200 OK\r\n" + long + ": x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA: " + long + "\x00\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + long + "\r\n x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + long + "\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: " + long + "\r\n\r\n",
	} {
		var h ResponseHead
		err := h.Read(whole(message), defaults())
		if err == nil {
			_, err = ResponseFraming("GET", h.Minor, h.Code, h.Fields)
		}
		if !errors.Is(err, ErrHTTP) {
			t.Errorf("%.40q: %v", message, err)
			continue
		}
		if text := err.Error(); len(text) > 64*4+120 || strings.Contains(text, "\u202e") {
			t.Errorf("a message of %d bytes: %.200s", len(text), text)
		}
	}
}
