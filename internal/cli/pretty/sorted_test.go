package pretty

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestSorted(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"keys", `{"b": 1, "a": {"d": [ {"z":1,"y":2} ], "c": ""}}`, `{"a":{"c":"","d":[{"y":2,"z":1}]},"b":1}`},
		{"equal keys", `{"b":1,"a":1,"b":2,"a":2}`, `{"a":1,"a":2,"b":1,"b":2}`},
		{"spelling stays", `{"b":1.50e+3,"a":"\u0041\/"}`, `{"a":"\u0041\/","b":1.50e+3}`},
		{"brackets in strings", `{"b":"}]\"","a":"{["}`, `{"a":"{[","b":"}]\""}`},
		{"several", "{\"b\":1,\"a\":2} [3]\n{\"d\":1,\"c\":2}", "{\"a\":2,\"b\":1} [3]\n{\"c\":2,\"d\":1}"},
		{"empty", "{ } [ ]", "{} []"},
		{"scalars", ` "a{" 1 true `, ` "a{" 1 true `},
		{"broken", `{"b":1,"a"}  {"d":1,"c":2}`, `{"b":1,"a"}  {"c":2,"d":1}`},
		{"crossed", `{"b":[1}]`, `{"b":[1}]`},
		{"cut", `{"b":1,"a":`, `{"b":1,"a":`},
		{"not JSON", "] hello } {oops} \\", "] hello } {oops} \\"},
		{"a comma too many", `{"b":1,"a":2,}`, `{"b":1,"a":2,}`},
		{"a word of another language", `{"b":nil,"a":NaN}`, `{"a":NaN,"b":nil}`},
		{"nothing", "", ""},
	} {
		for how, r := range map[string]io.Reader{"whole": strings.NewReader(c.in), "byte by byte": iotest.OneByteReader(strings.NewReader(c.in))} {
			var out bytes.Buffer
			s := NewSorted(NewPlain(&out), false)
			copyFlush(t, s, r)
			if out.String() != c.want || s.Large() {
				t.Errorf("%s, %s: got %s, want %s", c.name, how, out.String(), c.want)
			}
		}
	}
}

func TestSortedLines(t *testing.T) {
	var out bytes.Buffer
	copyFlush(t, NewSorted(NewPlain(&out), true), strings.NewReader("{\"b\":1,\"a\":2}\n{\"b\n{\"d\":1,\"c\":2}\n\"\n[{}\n"))
	if want := "{\"a\":2,\"b\":1}\n{\"b\n{\"c\":2,\"d\":1}\n\"\n[{}\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// What is too large passes as it is.
func TestSortedIsBounded(t *testing.T) {
	for name, in := range map[string]string{
		"long": `{"b":"` + strings.Repeat("x", maxSorted+1) + `","a":1}`,
		"many": `[` + strings.Repeat("1,", maxNodes) + `{"b":1,"a":2}]`,
		"deep": strings.Repeat(`[`, maxDepth+1) + `{"b":1,"a":2}` + strings.Repeat(`]`, maxDepth+1),
	} {
		var out bytes.Buffer
		s := NewSorted(NewPlain(&out), false)
		copyFlush(t, s, strings.NewReader(in))
		if out.String() != in {
			t.Errorf("%s: it has changed", name)
		}
		if s.Large() != (name != "deep") {
			t.Errorf("%s: large is %v", name, s.Large())
		}
	}
}

// FuzzSorted: what is JSON stays the same JSON, and what is none stays as it is.
func FuzzSorted(f *testing.F) {
	for _, seed := range []string{`{"b":1,"a":[{"d":2,"c":3}]}`, `{"a":`, `[1,2]{"b":"\"","a":1}`} {
		f.Add(seed, 2)
	}
	f.Fuzz(func(t *testing.T, in string, cut int) {
		cut = min(max(cut, 0), len(in))
		var out bytes.Buffer
		copyFlush(t, NewSorted(NewPlain(&out), false), io.MultiReader(strings.NewReader(in[:cut]), strings.NewReader(in[cut:])))
		var before, after any
		if json.Unmarshal([]byte(in), &before) != nil {
			if len(withoutSpace(out.String())) != len(withoutSpace(in)) {
				t.Fatalf("%q became %q", in, out.String())
			}
			return
		}
		if err := json.Unmarshal(out.Bytes(), &after); err != nil {
			t.Fatalf("%q became %q: %v", in, out.String(), err)
		}
		x, _ := json.Marshal(before)
		y, _ := json.Marshal(after)
		// Of equal keys the last one counts, before and after.
		if !bytes.Equal(x, y) {
			t.Fatalf("%q became %q", in, out.String())
		}
	})
}
