package pretty

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/godwit/internal/cli/term"
)

// A testSheet is what a test's formatter writes to.
type testSheet = bytes.Buffer

// A textCase is a text and how it looks indented by 2.
type textCase struct{ name, in, want string }

// sgr are the sequences that formatters may add.
var sgr = regexp.MustCompile(`\x1b\[[0-9;]+m`)

// checkAll checks the cases, each read at once and byte by byte, and for each that colours
// alone change nothing, are ended, and do not change what is indented.
func checkAll(t *testing.T, what string, make func(*testSheet, Layout) Writer, cases []textCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for how, r := range map[string]func() io.Reader{
				"whole":        func() io.Reader { return strings.NewReader(c.in) },
				"byte by byte": func() io.Reader { return iotest.OneByteReader(strings.NewReader(c.in)) },
			} {
				for colors, palette := range map[string]*term.Palette{"plain": nil, "coloured": &term.Colors} {
					var indented, kept testSheet
					copyFlush(t, make(&indented, Layout{Colors: palette, Indent: 2}), r())
					copyFlush(t, make(&kept, Layout{Colors: palette, Keep: true}), r())
					if got := sgr.ReplaceAllString(indented.String(), ""); got != c.want {
						t.Errorf("%s, %s, %s: got\n%s\nwant\n%s", what, how, colors, got, c.want)
					}
					if got := sgr.ReplaceAllString(kept.String(), ""); got != c.in {
						t.Errorf("%s, %s, %s: %q became %q", what, how, colors, c.in, got)
					}
					checkEnded(t, indented.String())
					checkEnded(t, kept.String())
				}
			}
		})
	}
}

// checkEnded checks that no colour goes over a line's end, or is on at the end.
func checkEnded(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		on := false
		for _, s := range sgr.FindAllString(line, -1) {
			on = s != term.Reset
		}
		if on {
			t.Errorf("a colour stays on at the end of the line %q in %q", line, text)
		}
	}
}
