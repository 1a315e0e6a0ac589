package cli

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/godwit/trace"
)

func newTestPrinter(o *options, tty bool, vars map[string]string) (*printer, *bytes.Buffer) {
	var out bytes.Buffer
	return newPrinter(&o.output, &Env{Stdout: &out, StdoutTTY: tty, Getenv: func(k string) string { return vars[k] }}), &out
}

var hostileHead = trace.ResponseHead{
	Proto: "HTTP/1.1", Status: 200, Reason: "OK\x1b]0;pwned\a",
	Fields: trace.Fields{
		{Name: "Content-Type", Value: "text/plain"},
		{Name: "x-Evil", Value: "a\rb\u202ec\u009b2J"},
	},
}

func TestHeadOnTerminal(t *testing.T) {
	p, out := newTestPrinter(newOptions(), true, map[string]string{"NO_COLOR": "1"})
	if err := p.responseHead(&hostileHead); err != nil {
		t.Fatal(err)
	}
	want := "HTTP/1.1 200 OK\\x1b]0;pwned\\x07\nContent-Type: text/plain\nx-Evil: a\\rb\\u202ec\\u009b2J\n\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestHeadInPipeIsExact(t *testing.T) {
	p, out := newTestPrinter(newOptions(), false, nil)
	if err := p.responseHead(&hostileHead); err != nil {
		t.Fatal(err)
	}
	want := "HTTP/1.1 200 OK\x1b]0;pwned\a\r\nContent-Type: text/plain\r\nx-Evil: a\rb\u202ec\u009b2J\r\n\r\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestColors(t *testing.T) {
	head := trace.ResponseHead{Proto: "HTTP/1.1", Status: 404, Reason: "Not Found", Fields: trace.Fields{{Name: "A", Value: "b"}}}
	want := "\x1b[34mHTTP/1.1\x1b[0m \x1b[31m404 Not Found\x1b[0m\n\x1b[36mA\x1b[0m: b\n\n"
	for _, c := range []struct {
		name, pretty string
		tty          bool
		vars         map[string]string
		colored      bool
	}{
		{"terminal", "", true, nil, true},
		{"NO_COLOR", "", true, map[string]string{"NO_COLOR": "1"}, false},
		{"NO_COLOR, but asked for", "colors", true, map[string]string{"NO_COLOR": "1"}, true},
		{"dumb terminal", "", true, map[string]string{"TERM": "dumb"}, false},
		{"pipe", "", false, nil, false},
		{"pipe, but asked for", "all", false, nil, true},
		{"not wanted", "none", true, nil, false},
		{"format only", "format", true, nil, false},
	} {
		o := newOptions()
		o.output.pretty = c.pretty
		p, out := newTestPrinter(o, c.tty, c.vars)
		if err := p.responseHead(&head); err != nil {
			t.Fatal(err)
		}
		if colored := strings.Contains(out.String(), "\x1b["); colored != c.colored {
			t.Errorf("%s: %q", c.name, out.String())
		}
		if c.colored && c.tty && out.String() != want {
			t.Errorf("%s: got %q, want %q", c.name, out.String(), want)
		}
	}
}

func TestSecretsInRequestHeads(t *testing.T) {
	head := trace.RequestHead{
		Method: "GET", Target: "/", Proto: "HTTP/1.1",
		Fields: trace.Fields{{Name: "Authorization", Value: "Bearer hunter2"}, {Name: "X-Mine", Value: "hunter2", Secret: true}},
	}
	for _, show := range []bool{false, true} {
		o := newOptions()
		o.output.showSecrets = show
		p, out := newTestPrinter(o, false, nil)
		if err := p.requestHead(&head); err != nil {
			t.Fatal(err)
		}
		if shown := strings.Count(out.String(), "hunter2"); (shown == 2) != show || !show && shown != 0 {
			t.Errorf("--show-secrets %v: %q", show, out.String())
		}
	}
}

func TestBody(t *testing.T) {
	for _, c := range []struct {
		name, pretty, contentType string
		tty                       bool
		in, want                  string
	}{
		{"JSON on a terminal", "format", "application/json", true, `{"b":1,"a":[]}`, "{\n    \"b\": 1,\n    \"a\": []\n}\n"},
		{"problem details", "format", "application/problem+json; charset=utf-8", true, `[1]`, "[\n    1\n]\n"},
		{"JSON in a pipe", "", "application/json", false, `{"b":1}`, `{"b":1}`},
		{"JSON in a pipe, formatted", "format", "application/json", false, `[1]`, "[\n    1\n]"},
		{"unformatted", "none", "application/json", true, `{"b":1}`, "{\"b\":1}\n"},
		{"hostile text", "format", "text/plain", true, "\x1b[2Jhi\r\n\xff", "\\x1b[2Jhi\n\\xff\n"},
		{"hostile JSON", "format", "application/json", true, "[\"\u202e\x1b\"]", "[\n    \"\\u202e\\x1b\"\n]\n"},
		{"hostile text in a pipe", "", "text/plain", false, "\x1b[2J\r\n\xff\x00", "\x1b[2J\r\n\xff\x00"},
		{"hostile text to a pager", "all", "text/plain", false, "\x1b[2J", `\x1b[2J`},
		{"binary", "format", "image/png", true, "\x89PNG\r\n\x1a\n\x00\x00", "(binary data not shown in a terminal)\n"},
		{"binary without a NUL", "format", "application/octet-stream", true, "\xff\xfe\xfd", "(binary data not shown in a terminal)\n"},
		{"binary in a pipe", "", "image/png", false, "\x89PNG\r\n\x1a\n\x00", "\x89PNG\r\n\x1a\n\x00"},
		{"Latin-1", "format", "text/plain; charset=iso-8859-1", true, "caf\xe9", "café\n"},
		{"UTF-16", "format", "text/plain; charset=utf-16le", true, "h\x00i\x00", "hi\n"},
		{"Latin-1 in a pipe", "", "text/plain; charset=iso-8859-1", false, "caf\xe9", "caf\xe9"},
		{"UTF-8 with a mark", "format", "application/json", true, "\xef\xbb\xbf[1]", "[\n    1\n]\n"},
		{"UTF-8 with a mark in a pipe", "", "application/json", false, "\xef\xbb\xbf[1]", "\xef\xbb\xbf[1]"},
		{"UTF-16 with a mark", "format", "text/plain", true, "\xfe\xff\x00h\x00i", "hi\n"},
		{"a mark goes before the label", "format", "text/plain; charset=iso-8859-1", true, "\xff\xfeh\x00i\x00", "hi\n"},
		{"XML that says what it is", "none", "text/xml", true, "<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>", "<?xml version='1.0' encoding='iso-8859-1'?><a>é</a>\n"},
		{"HTML that says what it is", "none", "text/html", true, "<meta charset=iso-8859-1><p>\xe9", "<meta charset=iso-8859-1><p>é\n"},
		{"text that seems to say what it is", "none", "text/plain", true, "<meta charset=iso-8859-1><p>\xe9", "<meta charset=iso-8859-1><p>\\xe9\n"},
		{"Latin-1 to a pager", "colors", "text/plain; charset=iso-8859-1", false, "caf\xe9", "café"},
		{"binary to a pager", "colors", "image/png", false, "\x89PNG\r\n\x1a\n\x00\x00", "\x1b[33m(binary data not shown in a terminal)\x1b[0m\n"},
		{"binary later on", "format", "application/x", true, "text\n" + strings.Repeat("x", 40<<10) + "\x00\x01rest", "text\n" + strings.Repeat("x", 40<<10) + "\n(binary data not shown in a terminal)\n"},
		{"a text with a NUL later on", "format", "text/x", true, strings.Repeat("x", 40<<10) + "\x00rest", strings.Repeat("x", 40<<10) + "\\x00rest\n"},
		{"a charset that is no more", "format", "text/plain; charset=hz-gb-2312", true, "~{VP", "~{VP\n"},
		{"JSON of another charset in a pipe, formatted", "format", "application/json; charset=shift_jis", false, "[\"\x95\\\", \" x\"]", "[\"\x95\\\", \" x\"]"},
		{"JSON in Latin-1 in a pipe, formatted", "format", "application/json; charset=latin1", false, "[\"\xe9\"]", "[\n    \"\xe9\"\n]"},
		{"a mark alone", "format", "text/plain", true, "\xef\xbb\xbf", ""},
		{"unknown charset", "format", "text/plain; charset=klingon", true, "caf\xe9", "caf\\xe9\n"},
		{"a character cut", "format", "application/x", true, "caf\xc3", "caf\\xc3\n"},
		{"ends its line", "format", "text/plain", true, "hi\n", "hi\n"},
		{"nothing", "format", "application/json", true, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOptions()
			o.output.pretty = c.pretty
			p, out := newTestPrinter(o, c.tty, nil)
			if err := p.body(strings.NewReader(c.in), c.contentType); err != nil {
				t.Fatal(err)
			}
			if out.String() != c.want {
				t.Errorf("got %q, want %q", out.String(), c.want)
			}
		})
	}
}

// What is formatted how is said by the media type, or seen where that says nothing.
func TestFormats(t *testing.T) {
	for _, c := range []struct{ name, options, contentType, in, want string }{
		{"NDJSON", "", "application/x-ndjson", "{\"a\":1}\noops {\n[2]\n", "{\n    \"a\": 1\n}\noops {\n[\n    2\n]\n"},
		{"Spring's NDJSON", "", "application/stream+json", "[1]\noops {\n[2]\n", "[\n    1\n]\noops {\n[\n    2\n]\n"},
		{"JSON in plain text", "", "text/plain", " [1]", "[\n    1\n]\n"},
		{"JSON without a type", "", "", "{\"a\":1}", "{\n    \"a\": 1\n}\n"},
		{"plain text", "", "text/plain", "1,\n  2", "1,\n  2\n"},
		{"INI in plain text", "", "text/plain", "[section]\na = 1\n", "[section]\na = 1\n"},
		{"XML", "", "application/atom+xml", "<a><b/></a>", "<a>\n  <b/>\n</a>\n"},
		{"HTML", "", "text/html; charset=utf-8", "<ul><li>a</ul>", "<ul>\n  <li>a\n</ul>\n"},
		{"event stream", "", "text/event-stream", "data: {\"a\":1}\n\n", "data: {\ndata:     \"a\": 1\ndata: }\n\n"},
		{"an indent of its own", "json.indent:1", "application/json", "[1]", "[\n 1\n]\n"},
		{"no indent", "json.indent:0", "application/json", "[1]", "[\n1\n]\n"},
		{"JSON as it is", "json.format:false", "application/json", "[1]", "[1]\n"},
		{"XML's indent", "xml.indent:4", "text/xml", "<a><b/></a>", "<a>\n    <b/>\n</a>\n"},
		{"XML as it is", "xml.format:false", "text/xml", "<a><b/></a>", "<a><b/></a>\n"},
		{"sorted", "json.sort_keys:true", "application/json", "{\"b\":1,\"a\":2}", "{\n    \"a\": 2,\n    \"b\": 1\n}\n"},
		{"sorted lines", "json.sort_keys:true", "application/jsonl", "{\"b\n{\"b\":1,\"a\":2}\n", "{\n    \"b\n{\n    \"a\": 2,\n    \"b\": 1\n}\n"},
		{"not sorted where it is as it is", "json.sort_keys:true,json.format:false", "application/json", "{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOptions()
			if c.options != "" {
				if err := o.output.format.set(c.options); err != nil {
					t.Fatal(err)
				}
			}
			p, out := newTestPrinter(o, true, map[string]string{"NO_COLOR": "1"})
			if err := p.body(strings.NewReader(c.in), c.contentType); err != nil {
				t.Fatal(err)
			}
			if out.String() != c.want {
				t.Errorf("got %q, want %q", out.String(), c.want)
			}
		})
	}
}

// Sorting holds a body back, which --stream does not allow.
func TestStreamGoesBeforeSorting(t *testing.T) {
	const in, unsorted = `{"b":1,"a":2}`, "{\n    \"b\": 1,\n    \"a\": 2\n}\n"
	o := newOptions()
	o.output.stream = true
	o.output.format.sort(true)
	p, out := newTestPrinter(o, true, map[string]string{"NO_COLOR": "1"})
	if err := p.body(strings.NewReader(in), "application/json"); err != nil || out.String() != unsorted {
		t.Errorf("%v, %q", err, out.String())
	}
}

// What is too large to be sorted is not, and that is said.
func TestTooLargeToSort(t *testing.T) {
	var notes strings.Builder
	o := newOptions()
	o.output.format.sort(true)
	p, _ := newTestPrinter(o, true, map[string]string{"NO_COLOR": "1"})
	p.out.w, p.notes = io.Discard, &notes
	large := io.MultiReader(strings.NewReader(`["`), strings.NewReader(strings.Repeat("x", 17<<20)), strings.NewReader(`"]`))
	if err := p.body(large, "application/json"); err != nil || !strings.Contains(notes.String(), "too large to be sorted") {
		t.Errorf("%v, %q", err, notes.String())
	}
}

// What trickles in is printed as it comes: nothing waits for more.
func TestBodyStreams(t *testing.T) {
	o := newOptions()
	o.output.pretty = "all"
	r, w := io.Pipe()
	wrote := make(chan string, 8)
	p := newPrinter(&o.output, &Env{Stdout: chanWriter(wrote), StdoutTTY: true, Getenv: func(string) string { return "" }})
	done := make(chan error, 1)
	go func() { done <- p.body(r, "application/json") }()
	for i, piece := range []string{`{"a":1`, `,"b":2}`} {
		if _, err := io.WriteString(w, piece); err != nil {
			t.Fatal(err)
		}
		if got := <-wrote; !strings.Contains(got, []string{`"a"`, `"b"`}[i]) {
			t.Errorf("after %s came %q", piece, got)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

type chanWriter chan<- string

func (c chanWriter) Write(p []byte) (int, error) { c <- string(p); return len(p), nil }

func TestBodyErrors(t *testing.T) {
	lost := errors.New("lost")
	for _, tty := range []bool{false, true} {
		p, out := newTestPrinter(newOptions(), tty, map[string]string{"NO_COLOR": "1"})
		if err := p.body(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(lost)), "text/plain"); !errors.Is(err, lost) {
			t.Errorf("reading: %v", err)
		}
		if !strings.HasPrefix(out.String(), "half") {
			t.Errorf("what came is not printed: %q", out.String())
		}
		p.out.w = brokenWriter{}
		if err := p.body(strings.NewReader("x"), "text/plain"); exitCode(err) != ExitOutput {
			t.Errorf("writing: %v", err)
		}
	}
}

func TestSeparation(t *testing.T) {
	head := trace.ResponseHead{Proto: "HTTP/1.1", Status: 200, Reason: "OK"}
	for _, c := range []struct {
		tty        bool
		body, want string
	}{
		{true, "x", "x\n\nHTTP/1.1 200 OK\n\n"},
		{true, "x\n", "x\n\nHTTP/1.1 200 OK\n\n"},
		{true, "", "HTTP/1.1 200 OK\n\n"},
		{false, "x", "x\n\nHTTP/1.1 200 OK\r\n\r\n"},
		{false, "", "HTTP/1.1 200 OK\r\n\r\n"},
	} {
		p, out := newTestPrinter(newOptions(), c.tty, map[string]string{"NO_COLOR": "1"})
		if err := p.body(strings.NewReader(c.body), ""); err != nil {
			t.Fatal(err)
		}
		if err := p.responseHead(&head); err != nil {
			t.Fatal(err)
		}
		if out.String() != c.want {
			t.Errorf("tty %v, body %q: got %q, want %q", c.tty, c.body, out.String(), c.want)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
