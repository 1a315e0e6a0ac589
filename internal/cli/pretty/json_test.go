package pretty

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/godwit/internal/cli/term"
)

var jsonCases = []struct{ name, in, want string }{
	{"object", `{"b":1,"a":[true,null]}`, "{\n    \"b\": 1,\n    \"a\": [\n        true,\n        null\n    ]\n}"},
	{"order and spelling stay", `{"z":1.50e+3,"a":12345678901234567890,"\u0041":"\/"}`, "{\n    \"z\": 1.50e+3,\n    \"a\": 12345678901234567890,\n    \"\\u0041\": \"\\/\"\n}"},
	{"repeated keys", `{"a":1,"a":2}`, "{\n    \"a\": 1,\n    \"a\": 2\n}"},
	{"empty containers", `{"a":{},"b":[ ]}`, "{\n    \"a\": {},\n    \"b\": []\n}"},
	{"nested empties", `[[],[[]]]`, "[\n    [],\n    [\n        []\n    ]\n]"},
	{"white space goes", " [ 1 ,\r\n\t2 ] \n", "[\n    1,\n    2\n]"},
	{"scalar", `"a{b}[c],:"`, `"a{b}[c],:"`},
	{"number", `-1.5`, `-1.5`},
	{"escaped quote", `["a\"b","\\"]`, "[\n    \"a\\\"b\",\n    \"\\\\\"\n]"},
	{"several values", "{\"a\":1}\n{\"a\":2}\n", "{\n    \"a\": 1\n}\n{\n    \"a\": 2\n}"},
	{"several numbers", "1 2 3", "1\n2\n3"},
	{"empty", "", ""},
	{"not JSON", "<html>\n <p>", "<html>\n <p>"},
	{"word that is none", "hello, world", "hello, world"},
	{"not JSON any more", `{"a": 1, oops  : 2}  x`, "{\n    \"a\": 1,\n    oops  : 2}  x"},
	{"wrong end", `[1}  ]`, "[\n    1}  ]"},
	{"comma before the end", `[1,  ]  x`, "[\n    1,\n    ]  x"},
	{"cut short", `{"a": "b`, "{\n    \"a\": \"b"},
	{"stray end", `]  `, `]  `},
	{"key without quotes", `{a:1}`, `{a:1}`},
	{"word that is cut", `[tru`, `[tru`},
	{"word that is long", `[trueandmuchmore, 1]`, `[trueandmuchmore, 1]`},
	{"words of Python", `[NaN,Infinity]`, "[\n    NaN,\n    Infinity\n]"},
	{"a sentence in brackets", `[the end], not JSON`, `[the end], not JSON`},
	{"end of a stream of events", `[DONE]`, `[DONE]`},
	{"line against scripts", ")]}',\n[1]", ")]}',\n[\n    1\n]"},
	{"line end in a string", "[\"a\nb\"]", "[\n    \"a\nb\"\n]"},
	{"a long number", "[" + strings.Repeat("9", 100) + "]", "[\n    " + strings.Repeat("9", 100) + "\n]"},
}

func TestJSON(t *testing.T) {
	for _, c := range jsonCases {
		t.Run(c.name, func(t *testing.T) {
			readings := map[string]io.Reader{
				"whole":        strings.NewReader(c.in),
				"byte by byte": iotest.OneByteReader(strings.NewReader(c.in)),
			}
			for how, r := range readings {
				var out bytes.Buffer
				w := NewJSON(&out, Layout{Indent: 4})
				copyFlush(t, w, r)
				if out.String() != c.want {
					t.Errorf("%s: got\n%s\nwant\n%s", how, out.String(), c.want)
				}
			}
		})
	}
}

func copyFlush(t *testing.T, w Writer, r io.Reader) {
	t.Helper()
	if _, err := io.Copy(w, r); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

func TestJSONColors(t *testing.T) {
	const in = `{"k": ["s", 1, true]}`
	var out bytes.Buffer
	copyFlush(t, NewJSON(&out, Layout{Colors: &term.Colors, Keep: true}), strings.NewReader(in))
	want := "{\x1b[34m\"k\"\x1b[0m: [\x1b[32m\"s\"\x1b[0m, \x1b[36m1\x1b[0m, \x1b[35mtrue\x1b[0m]}"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}

	out.Reset()
	copyFlush(t, NewJSON(&out, Layout{Colors: &term.Colors, Keep: true}), strings.NewReader(`"cut`))
	if !strings.HasSuffix(out.String(), term.Reset) {
		t.Errorf("the colour stays on after %q", out.String())
	}
}

// A document of nothing but brackets must cost neither quadratic output nor unbounded
// memory.
func TestJSONDepth(t *testing.T) {
	in := strings.Repeat("[", 1_000_000)
	var out bytes.Buffer
	w := NewJSON(&out, Layout{Indent: 4})
	copyFlush(t, w, strings.NewReader(in))
	if got := out.Len(); got > len(in)+maxDepth*(maxIndent+1) {
		t.Errorf("%d bytes became %d", len(in), got)
	}
	if len(w.open) > maxDepth {
		t.Errorf("%d open brackets are remembered", len(w.open))
	}
}

// FuzzJSON: valid JSON stays the same JSON, and without indenting nothing changes at all.
func FuzzJSON(f *testing.F) {
	for _, c := range jsonCases {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var indented, same bytes.Buffer
		copyFlush(t, NewJSON(&indented, Layout{Indent: 4}), strings.NewReader(in))
		copyFlush(t, NewJSON(&same, Layout{Keep: true}), strings.NewReader(in))
		if same.String() != in {
			t.Fatalf("%q became %q", in, same.String())
		}
		if !json.Valid([]byte(in)) || strings.Count(in, "[")+strings.Count(in, "{") >= maxDepth {
			return
		}
		var want, got bytes.Buffer
		if err := json.Compact(&want, []byte(in)); err != nil {
			t.Fatal(err)
		}
		if err := json.Compact(&got, indented.Bytes()); err != nil || got.String() != want.String() {
			t.Fatalf("%q became %q", in, indented.String())
		}
	})
}

func BenchmarkJSON(b *testing.B) {
	text := []byte("[" + strings.Repeat(`{"id": 123456, "name": "Grüße aus Köln", "tags": ["a", "b"], "ok": true, "price": 12.50},`, 2000) + "0]")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		w := &term.Writer{W: NewJSON(io.Discard, Layout{Colors: &term.Colors, Indent: 4})}
		for chunk := text; len(chunk) > 0; {
			n := min(len(chunk), 32<<10)
			if _, err := w.Write(chunk[:n]); err != nil {
				b.Fatal(err)
			}
			chunk = chunk[n:]
		}
	}
}
