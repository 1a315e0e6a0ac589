package h1

// Field lines, and where a head ends: the wire rules for what lies between the status line
// and the empty one.

import (
	"strings"
	"testing"

	"example.com/godwit/trace"
)

// withFields is what a head of these fields is read as.
func withFields(nameValue ...string) ResponseHead {
	h := ResponseHead{Minor: 1, Code: 200, Status: "200 OK", Reason: "OK"}
	for i := 0; i < len(nameValue); i += 2 {
		h.Fields = append(h.Fields, trace.Field{Name: nameValue[i], Value: nameValue[i+1]})
	}
	return h
}

func TestFieldLines(t *testing.T) {
	for _, c := range []struct {
		name, lines string
		want        ResponseHead
	}{
		{"none", "\r\n", withFields()},
		{"one", "A: b\r\n\r\n", withFields("A", "b")},
		{"order, letter case and repetition are kept", "x-B: 1\r\nX-a: 2\r\nX-b: 1\r\n\r\n", withFields("x-B", "1", "X-a", "2", "X-b", "1")},
		{"no white space", "A:b\r\n\r\n", withFields("A", "b")},
		{"white space around the value", "A: \t b \t\r\n\r\n", withFields("A", "b")},
		{"white space within the value", "A: b \t c\r\n\r\n", withFields("A", "b \t c")},
		{"empty value", "A:\r\nB: \r\n\r\n", withFields("A", "", "B", "")},
		{"colons in the value", "A: :b: c:\r\n\r\n", withFields("A", ":b: c:")},
		{"white space before the colon", "A : b\r\nB\t \t: c\r\n\r\n", withFields("A", "b", "B", "c")},
		{"every byte of a token", "!#$%&'*+-.^_`|~09azAZ: b\r\n\r\n", withFields("!#$%&'*+-.^_`|~09azAZ", "b")},
		{"underscore is not hyphen", "Content_Length: 5\r\n\r\n", withFields("Content_Length", "5")},
		{"bytes above 0x7F in the value", "A: \x80\xff\xc4\x8a\u2028\r\n\r\n", withFields("A", "\x80\xff\xc4\x8a\u2028")},
		{"other white space is not white space", "A: \u00a0b\u00a0\r\n\r\n", withFields("A", "\u00a0b\u00a0")},
		{"line feeds alone", "A: b\nB: c\n\n", withFields("A", "b", "B", "c")},
		{"line feeds alone, some of them", "A: b\nB: c\r\n\n", withFields("A", "b", "B", "c")},
		{"folded", "A: b\r\n c\r\n\r\n", withFields("A", "b c")},
		{"folded with a lot of space", "A: b \t\r\n\t \tc\t\r\nB: d\r\n\r\n", withFields("A", "b c", "B", "d")},
		{"folded more than once", "A: b\r\n c\r\n\td\r\n e\r\n\r\n", withFields("A", "b c d e")},
		{"folded at line feeds alone", "A: b\n c\n\n", withFields("A", "b c")},
		{"folded before the value", "A:\r\n b\r\n\r\n", withFields("A", "b")},
		{"folded to nothing", "A: b\r\n \r\n\r\n", withFields("A", "b")},
		{"folded line that looks like a field", "A: b\r\n Content-Length: 5\r\n\r\n", withFields("A", "b Content-Length: 5")},
		{"space, then the empty line", "A: b\r\n \t\r\nB: c\r\n\r\n", withFields("A", "b", "B", "c")},
	} {
		t.Run(c.name, func(t *testing.T) {
			readHead(t, "HTTP/1.1 200 OK\r\n"+c.lines, defaults(), c.want)
		})
	}
}

func TestFieldLinesRefused(t *testing.T) {
	for _, c := range []struct {
		lines string
		rule  Rule
		got   string
	}{
		// A recipient that takes the first line for a part of the status line sees other
		// fields than one that does not.
		{" A: b\r\n", RuleFirstSpace, " A: b"},
		{"\tA: b\r\n", RuleFirstSpace, "\tA: b"},
		{" \r\n", RuleFirstSpace, " "},
		{" Content-Length: 5\r\nA: b\r\n", RuleFirstSpace, " Content-Length: 5"},

		{"A\r\n", RuleNoColon, "A"},
		{"A: b\r\nB\r\n", RuleNoColon, "B"},
		{"HTTP/1.1 200 OK\r\n", RuleNoColon, "HTTP/1.1 200 OK"},
		{"A\r\n : b\r\n", RuleNoColon, "A"},

		{": b\r\n", RuleFieldName, ""},
		{"A: b\r\n: c\r\n", RuleFieldName, ""},
		{"A B: c\r\n", RuleFieldName, "A B"},
		{"Content Length: 5\r\n", RuleFieldName, "Content Length"}, // CVE-2015-5739
		{"Ä: b\r\n", RuleFieldName, "Ä"},
		{"A\xff: b\r\n", RuleFieldName, "A\xff"},
		{"\u212aeep-Alive: b\r\n", RuleFieldName, "\u212aeep-Alive"},
		{"A\u00a0: b\r\n", RuleFieldName, "A\u00a0"},
		{"\ufeffA: b\r\n", RuleFieldName, "\ufeffA"},
		{"A(: b\r\n", RuleFieldName, "A("},
		{"\"A\": b\r\n", RuleFieldName, "\"A\""},
		{"A,B: c\r\n", RuleFieldName, "A,B"},
		{"GET /x: b\r\n", RuleFieldName, "GET /x"},

		{"Transfer-Encoding : chunked\r\n", RuleFramingSpace, "Transfer-Encoding "}, // CVE-2019-16276
		{"transfer-encoding\t: chunked\r\n", RuleFramingSpace, "transfer-encoding\t"},
		{"Content-Length : 5\r\n", RuleFramingSpace, "Content-Length "},
		{"CONTENT-LENGTH \t : 5\r\n", RuleFramingSpace, "CONTENT-LENGTH \t "},

		{"Transfer-Encoding:\r\n chunked\r\n", RuleFramingFold, "Transfer-Encoding:"}, // CVE-2022-32215
		{"Transfer-Encoding: chunked\r\n , identity\r\n", RuleFramingFold, "Transfer-Encoding: chunked"},
		{"Content-Length: 5\r\n\t5\r\n", RuleFramingFold, "Content-Length: 5"},
		{"content-length: 5\r\n \r\n", RuleFramingFold, "content-length: 5"},
	} {
		t.Run(c.lines, func(t *testing.T) {
			message := "HTTP/1.1 200 OK\r\n" + c.lines + "\r\n"
			refuseHead(t, message, defaults(), &ProtocolError{c.rule, c.got})
			refuseHead(t, strings.ReplaceAll(message, "\r\n", "\n"), defaults(), &ProtocolError{c.rule, c.got})
		})
	}
}

// shown is what an error shows of a field line: no value, because that may be a secret.
func shown(line string) string {
	if name, _, ok := strings.Cut(line, ":"); ok {
		return name + ":"
	}
	return line
}

// Control characters, in each part of a line and in lines of each length modulo 8, so that
// they fall into the word-wise part of the search and into its tail.
func TestFieldLineControls(t *testing.T) {
	for c := range 256 {
		if c == '\t' || c == '\n' || c >= ' ' && c != 0x7f {
			continue
		}
		char := string([]byte{byte(c)})
		rule := RuleControl
		if c == '\r' {
			rule = RuleBareCR
		}
		for _, line := range []string{
			char + "A: b", "A" + char + ": b", "A:" + char + "b", "A: b" + char + "c", "A" + char,
			"A: 34567" + char, "A: 345678" + char + "0123456789", " " + char,
		} {
			message := "HTTP/1.1 200 OK\r\nFirst: 1\r\n" + line + "\r\n\r\n"
			refuseHead(t, message, defaults(), &ProtocolError{rule, shown(line)})
		}
		if c != '\r' { // which would be the line's end
			refuseHead(t, "HTTP/1.1 200 OK\nA: b"+char+"\n\n", defaults(), &ProtocolError{rule, "A:"})
		}
	}
}

// A head ends at an empty line and nowhere else (CVE-2022-32214, CVE-2023-30589).
func TestHeadEnd(t *testing.T) {
	for _, c := range []struct{ end, line string }{
		{"\r\n\r\r\n", "\r"},
		{"\r\n\r\rX: y\r\n\r\n", "\r\rX: y"},
		{"\r\n\rX: y\r\n\r\n", "\rX: y"},
		{"\r\r\n\r\n", "A: b\r"},
		{"\r\rX: y\r\n\r\n", "A: b\r\rX: y"},
		{"\rX: y\r\n\r\n", "A: b\rX: y"},
	} {
		refuseHead(t, "HTTP/1.1 200 OK\r\nA: b"+c.end, defaults(), &ProtocolError{RuleBareCR, shown(c.line)})
	}
	readHead(t, "HTTP/1.1 200 OK\r\nA: b\n\r\n", defaults(), withFields("A", "b"))
	readHead(t, "HTTP/1.1 200 OK\r\nA: b\r\n\n", defaults(), withFields("A", "b"))
}

// A head that is larger than the reader's buffer is read all the same, wherever the buffer
// happens to end.
func TestHeadLargerThanBuffer(t *testing.T) {
	for pad := MinBuffer - 60; pad < MinBuffer+4; pad++ {
		value := strings.Repeat("v", pad)
		want := withFields("A", value, "B", "c")
		readHead(t, "HTTP/1.1 200 OK\r\nA: "+value+"\r\nB: c\r\n\r\n", defaults(), want)
	}
	long := strings.Repeat("w", 3*MinBuffer)
	readHead(t, "HTTP/1.1 200 OK\r\nA: "+long+"\r\n "+long+"\r\nB: "+long+"\r\n\r\n", defaults(),
		withFields("A", long+" "+long, "B", long))
	refuseHead(t, "HTTP/1.1 200 OK\r\nA: "+long+"\r\nB: x\x00\r\n\r\n", defaults(), &ProtocolError{RuleControl, "B:"})
	for _, a := range cutArrivals("HTTP/1.1 200 OK\r\nA: " + long + "\r\n") {
		var h ResponseHead
		a.checkError(t, h.Read(a.r, defaults()), &IncompleteReadError{Expected: -1, Head: true})
	}
}
