package pretty

import (
	"strings"
	"testing"

	"example.com/godwit/internal/cli/term"
)

func TestEvents(t *testing.T) {
	checkAll(t, "event stream", func(w *testSheet, l Layout) Writer { return NewEvents(w, l) }, []textCase{
		{"text", "event: add\ndata: hello\nid: 7\nretry: 100\n\n: comment\n\n", "event: add\ndata: hello\nid: 7\nretry: 100\n\n: comment\n\n"},
		{"JSON", "data: {\"a\":1}\n\n", "data: {\ndata:   \"a\": 1\ndata: }\n\n"},
		{"JSON without the space", "data:[1]\n\n", "data:[\ndata:   1\ndata: ]\n\n"},
		{"JSON on several lines", "data: {\ndata:  \"a\":\ndata:1}\n\ndata: 2\n", "data: {\ndata:   \"a\": 1\ndata: }\n\ndata: 2\n"},
		{"an empty line of data in JSON", "data: [\ndata:\ndata: 1]\n\n", "data: [\ndata:   1\ndata: ]\n\n"},
		{"a string on two lines", "data: [\"a\ndata: b\"]\n\n", "data: [\ndata:   \"a\ndata: b\"\ndata: ]\n\n"},
		{"two texts of JSON in an event", "data: [1]\ndata: [2]\n\n", "data: [\ndata:   1\ndata: ]\ndata: [\ndata:   2\ndata: ]\n\n"},
		{"JSON that is none", "data: [DONE]\n\ndata: {oops\ndata: more\n\n", "data: [DONE]\n\ndata: {oops\ndata: more\n\n"},
		{"a word that is cut", "data: [tru\ndata: e]\n\n", "data: [tru\ndata: e]\n\n"},
		{"JSON that another field breaks off", "data: {\"a\":\nid: 1\ndata: [1]\n\n", "data: {\ndata:   \"a\": \nid: 1\ndata: [\ndata:   1\ndata: ]\n\n"},
		{"JSON that is cut", "data: {\"a\": \"x", "data: {\ndata:   \"a\": \"x"},
		{"fields that are none", "database: 1\ndat: 2\nx\n", "database: 1\ndat: 2\nx\n"},
		{"a name that is cut", "even", "even"},
		{"not an event stream", "<html>\n <p>:data: {\n", "<html>\n <p>:data: {\n"},
		{"nothing", "", ""},
	})
}

func TestEventColors(t *testing.T) {
	var out testSheet
	copyFlush(t, NewEvents(&out, Layout{Colors: &term.Colors, Keep: true}), strings.NewReader("event: add\n: x\ndata: {\"a\":1}\n\n"))
	want := "\x1b[36mevent\x1b[0m:\x1b[35m add\x1b[0m\n\x1b[90m: x\x1b[0m\n\x1b[36mdata\x1b[0m: {\x1b[34m\"a\"\x1b[0m:\x1b[36m1\x1b[0m}\n\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
