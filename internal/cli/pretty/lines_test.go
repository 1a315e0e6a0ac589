package pretty

import (
	"testing"
)

func TestLines(t *testing.T) {
	checkAll(t, "json lines", func(w *testSheet, l Layout) Writer { return NewLines(w, l) }, []textCase{
		{"two", `{"a":1}` + "\n" + `{"b":[2]}` + "\n", "{\n  \"a\": 1\n}\n{\n  \"b\": [\n    2\n  ]\n}\n"},
		{"no line end", `{"a":1}` + "\n" + `2`, "{\n  \"a\": 1\n}\n2"},
		{"a broken line does no harm to the next", "{\"a\":1\n[2]\noops {\n[3]\n", "{\n  \"a\": 1\n[\n  2\n]\noops {\n[\n  3\n]\n"},
		{"a string without end", "[\"a\n[1]\n", "[\n  \"a\n[\n  1\n]\n"},
		{"empty lines", "\n \n1\n\n2\n", "1\n2\n"},
		{"record separators", "\x1e[1]\n\x1e[2]\n", "\x1e[\n  1\n]\n\x1e[\n  2\n]\n"},
		{"record separators on a terminal", `\x1e[1]` + "\n", "\\x1e[\n  1\n]\n"},
		{"what begins as a separator", `\x1` + "\n" + `\u001e[1]` + "\n[2]\n", `\x1` + "\n" + `\u001e[1]` + "\n[\n  2\n]\n"},
		{"CRLF", "[1]\r\n[2]\r\n", "[\n  1\n]\n[\n  2\n]\n"},
		{"nothing", "", ""},
	})
}
