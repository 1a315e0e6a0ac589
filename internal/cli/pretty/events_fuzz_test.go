package pretty

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"example.com/godwit/internal/cli/term"
)

// FuzzLineByLine: event streams and JSON Lines stay what they are. What is indented is the
// same but for white space, and in an event stream for how often its lines begin with "data:".
func FuzzLineByLine(f *testing.F) {
	for _, seed := range []string{
		"event: a\ndata: {\"a\":[1,tru\ndata: e]}\n\n: x\n", "data: [\"a\ndata: b\"\nid: 7\n", "{\"a\":1}\n[\n\x1e[1]\n", "data:{}\ndata:\n\ndata\n", "dat: {\n",
	} {
		f.Add(seed, 5)
	}
	bare := func(text string) string { return strings.ReplaceAll(withoutSpace(text), "data:", "") }
	f.Fuzz(func(t *testing.T, in string, cut int) {
		if strings.Contains(in, "\x1b") {
			return
		}
		cut = min(max(cut, 0), len(in))
		for name, create := range map[string]func(io.Writer, Layout) Writer{
			"events": func(w io.Writer, l Layout) Writer { return NewEvents(w, l) },
			"lines":  func(w io.Writer, l Layout) Writer { return NewLines(w, l) },
		} {
			for _, layout := range []Layout{{Indent: 4}, {Keep: true}, {Keep: true, Colors: &term.Colors}, {Indent: 2, Colors: &term.Colors}} {
				var out bytes.Buffer
				copyFlush(t, create(&out, layout), io.MultiReader(strings.NewReader(in[:cut]), strings.NewReader(in[cut:])))
				checkEnded(t, out.String())
				got := sgr.ReplaceAllString(out.String(), "")
				if layout.Keep && got != in || !layout.Keep && bare(got) != bare(in) {
					t.Fatalf("%s, %+v: %q became %q", name, layout, in, got)
				}
			}
		}
	})
}
