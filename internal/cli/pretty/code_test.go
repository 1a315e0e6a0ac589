package pretty

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"example.com/godwit/internal/cli/term"
)

// letters has a letter in place of each colour, to be read: <k:name> is a key.
var letters = term.Palette{
	Key: "<k:", Text: "<t:", Number: "<n:", Literal: "<l:", Keyword: "<w:", Comment: "<c:",
	Added: "<+:", Removed: "<-:", Section: "<s:",
}

func TestCode(t *testing.T) {
	for _, c := range []struct{ name, mediaType, in, want string }{
		{"YAML", "application/yaml", "a: 1\nb-c: \"x: y\" # no\nurl: http://x#y\n- true\n- it's\n", "<k:a>: <n:1>\n<k:b-c>: <t:\"x: y\"> <c:# no>\n<k:url>: http://x#y\n- <l:true>\n- it's\n"},
		{"YAML, nested", "text/x-yaml", "---\na:\n  - b: null\n    c d: [1, x]\n", "---\n<k:a>:\n  - <k:b>: <l:null>\n    <k:c d>: [<n:1>, x]\n"},
		{"OpenAPI", "application/vnd.oai.openapi+yaml", "a: b", "<k:a>: b"},
		{"JavaScript", "text/javascript", "const a = `x\n${y}` + 'q\\'' / 2; // c\n/* d\n * e **/ return null\n", "<w:const> a = <t:`x>\n<t:${y}`> + <t:'q\\''> / <n:2>; <c:// c>\n<c:/* d>\n<c: * e **/> <w:return> <l:null>\n"},
		{"a string without an end", "application/javascript", "'a\nvar b", "<t:'a>\n<w:var> b"},
		{"CSS", "text/css", "a:hover{color:#fff;/* x */ width : 10px}\nb{\n top:auto;\n}\n@import url(http://x);", "a:hover{<k:color>:#fff;<c:/* x */> <k:width> : 10px}\nb{\n <k:top>:<l:auto>;\n}\n@import url(http://x);"},
		{"TOML", "application/toml", "[a.b]\nc.d = \"e\" # f\ng = 1_000\n", "<s:[a.b]>\n<k:c.d> = <t:\"e\"> <c:# f>\n<k:g> = <n:1_000>\n"},
		{"SQL", "application/sql", "SELECT a-1 FROM b -- c\nwhere d = 'e\nf' /* g */", "<w:SELECT> a-<n:1> <w:FROM> b <c:-- c>\n<w:where> d = <t:'e>\n<t:f'> <c:/* g */>"},
		{"Python", "text/x-python", "def f(x): # y\n  return None", "<w:def> f(x): <c:# y>\n  <w:return> <l:None>"},
		{"shell", "application/x-sh", "#!/bin/sh\nif [ \"$#\" -gt 1 ]; then", "<c:#!/bin/sh>\n<w:if> [ <t:\"$#\"> -gt <n:1> ]; <w:then>"},
		{"GraphQL", "application/graphql", "query { a(id: 1) }", "<w:query> { a(id: <n:1>) }"},
		{"form", "application/x-www-form-urlencoded", "a=1&b%5B%5D=x+y&c&&=d", "<k:a>=<n:1>&<k:b%5B%5D>=x+y&c&&=d"},
		{"diff", "text/x-diff", "diff --git a b\n--- a\n+++ b\n@@ -1 +1 @@ f\n-x\n+y\n z\n\\ No newline\n", "<w:diff --git a b>\n<-:--- a>\n<+:+++ b>\n<s:@@ -1 +1 @@ f>\n<-:-x>\n<+:+y>\n z\n<c:\\ No newline>\n"},
		{"a long word", "text/javascript", strings.Repeat("x", 100) + " var", strings.Repeat("x", 100) + " <w:var>"},
		{"a long line", "text/yaml", strings.Repeat("x ", 100) + ": 1", strings.Repeat("x ", 100) + ": <n:1>"},
		{"an end in the middle", "text/javascript", "a /", "a /"},
	} {
		for how, cut := range map[string]int{"whole": len(c.in), "byte by byte": 1, "by threes": 3} {
			var out bytes.Buffer
			w, ok := NewCode(&out, Layout{Colors: &letters}, c.mediaType)
			if !ok {
				t.Fatalf("%s is not known", c.mediaType)
			}
			for rest := c.in; rest != ""; {
				n := min(cut, len(rest))
				if _, err := io.WriteString(w, rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			if got := strings.ReplaceAll(out.String(), term.Reset, ">"); got != c.want {
				t.Errorf("%s, %s: got\n%s\nwant\n%s", c.name, how, got, c.want)
			}
		}
	}
	if _, ok := NewCode(io.Discard, Layout{}, "text/plain"); ok {
		t.Error("plain text is taken for a language")
	}
}

// FuzzCode: nothing but colours is added, and they are ended.
func FuzzCode(f *testing.F) {
	types := []string{"text/yaml", "text/javascript", "text/css", "application/toml", "application/sql", "text/x-python", "text/x-sh", "application/graphql", "text/x-diff", "application/x-www-form-urlencoded"}
	for i := range types {
		f.Add("a: \"b\" # c\n/* d */ -- e\n+ 'f\\'\n", i, 3)
	}
	colors := regexp.MustCompile(`\x1b\[[0-9;]+m`)
	f.Fuzz(func(t *testing.T, in string, which, cut int) {
		if strings.Contains(in, "\x1b") {
			return
		}
		var out bytes.Buffer
		w, _ := NewCode(&out, Layout{Colors: &term.Colors}, types[uint(which)%uint(len(types))])
		cut = min(max(cut, 0), len(in))
		copyFlush(t, w, io.MultiReader(strings.NewReader(in[:cut]), strings.NewReader(in[cut:])))
		if got := colors.ReplaceAllString(out.String(), ""); got != in {
			t.Fatalf("%q became %q", in, got)
		}
		checkEnded(t, out.String())
	})
}

func BenchmarkCode(b *testing.B) {
	for name, text := range map[string]string{
		"yaml":       "name: value # comment\nlist:\n  - a: 1\n    b: \"two\"\n",
		"javascript": "function f(a, b) { return a + \"x\" / 2; } // comment\n",
	} {
		b.Run(name, func(b *testing.B) {
			p := []byte(strings.Repeat(text, 32<<10/len(text)))
			b.SetBytes(int64(len(p)))
			w, _ := NewCode(io.Discard, Layout{Colors: &term.Colors}, "text/"+name)
			for b.Loop() {
				if _, err := w.Write(p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
