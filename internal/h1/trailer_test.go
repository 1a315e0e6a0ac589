package h1

// Trailer sections: they keep the rules of a head, and two of their own: lines end in CRLF,
// and there may be none.

import (
	"strings"
	"testing"

	"example.com/godwit/trace"
)

func TestTrailer(t *testing.T) {
	for _, c := range []struct {
		lines string
		want  trace.Fields
	}{
		{"", nil},
		{"A: b\r\n", withFields("A", "b").Fields},
		{"x-Sum: 1\r\nX-SUM:2\r\nB:\r\n", withFields("x-Sum", "1", "X-SUM", "2", "B", "").Fields},
		{"A : b\r\n", withFields("A", "b").Fields},
		{"A: b\r\n c\r\n\td\r\n", withFields("A", "b c d").Fields},
		{"A: \xff\tb\r\n", withFields("A", "\xff\tb").Fields},
		{"A: 0\r\nB: 5\r\n", withFields("A", "0", "B", "5").Fields},
		// They frame nothing here, whatever they say; they are shown as they came.
		{"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", withFields("Content-Length", "5", "Transfer-Encoding", "chunked").Fields},
		{"A: " + strings.Repeat("v", 2*MinBuffer) + "\r\n", withFields("A", strings.Repeat("v", 2*MinBuffer)).Fields},
	} {
		t.Run("", func(t *testing.T) {
			readBody(t, chunked, "5\r\nhello\r\n0\r\n"+c.lines+"\r\n", "hello", c.want)
			readBody(t, chunked, "0\r\n"+c.lines+"\r\n", "", c.want)
		})
	}
}

func TestTrailerRefused(t *testing.T) {
	for _, c := range []struct {
		lines string
		rule  Rule
		got   string
	}{
		{"\n", RuleBareLF, ""},
		{"A: b\n\r\n", RuleBareLF, "A:"},
		{"A: b\nC: d\r\n\r\n", RuleBareLF, "A:"},
		{"A: b\r\n\n", RuleBareLF, ""},
		{"A: b\r\nC: d\n\n", RuleBareLF, "C:"},
		{"A: b\r\n c\n\r\n", RuleBareLF, " c"},
		{"\r\r\n\r\n", RuleBareCR, "\r"},
		{"\rA: b\r\n\r\n", RuleBareCR, "\rA:"},
		{"A: b\rC: d\r\n\r\n", RuleBareCR, "A:"},
		{"A: b\r\r\n\r\n", RuleBareCR, "A:"},
		{"A: \x00\r\n\r\n", RuleControl, "A:"},
		{"A\x7f: b\r\n\r\n", RuleControl, "A\x7f:"},
		{" A: b\r\n\r\n", RuleFirstSpace, " A: b"},
		{"A\r\n\r\n", RuleNoColon, "A"},
		{"HTTP/1.1 200 OK\r\n\r\n", RuleNoColon, "HTTP/1.1 200 OK"},
		{"A B: c\r\n\r\n", RuleFieldName, "A B"},
		{": c\r\n\r\n", RuleFieldName, ""},
		{"5\r\nhello\r\n0\r\n\r\n", RuleNoColon, "5"}, // data behind the last chunk
		{"Content-Length : 5\r\n\r\n", RuleFramingSpace, "Content-Length "},
		{"Transfer-Encoding:\r\n chunked\r\n\r\n", RuleFramingFold, "Transfer-Encoding:"},
	} {
		t.Run(c.lines, func(t *testing.T) {
			want := &ProtocolError{c.rule, c.got}
			refuseBody(t, chunked, "5\r\nhello\r\n0\r\n"+c.lines, "hello", want)
			refuseBody(t, chunked, "0\r\n"+c.lines, "", want)
		})
	}
}
