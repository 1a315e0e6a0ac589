package cli

// The whole printer, against whatever a server may send.

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/godwit/internal/cli/term"
	"example.com/godwit/trace"
)

// shownTypes are those that are formatted in ways of their own.
var shownTypes = []string{
	"", "text/plain", "application/json", "application/x-ndjson", "text/event-stream", "text/xml", "text/html", "text/css",
	"application/yaml", "text/javascript", "text/x-diff", "application/x-www-form-urlencoded", "application/octet-stream",
	"text/plain; charset=iso-8859-1", "text/html; charset=utf-16le", "application/json; charset=shift_jis", "text/xml; charset=gb18030",
	"text/plain; charset=iso-2022-jp",
}

// obeyed returns what of a text a terminal would obey or not show, "" if there is nothing but
// text, line ends, tabs and colours of the palette.
func obeyed(text string, palette *term.Palette) string {
	if !utf8.ValidString(text) {
		return "bytes that are not UTF-8"
	}
	styles := append(stylesOf(palette), term.Reset)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == 0x1b {
			k := slices.IndexFunc(styles, func(s term.Style) bool { return s != "" && strings.HasPrefix(text[i:], string(s)) })
			if k < 0 {
				return "an escape sequence: " + text[i:min(i+10, len(text))]
			}
			size = len(styles[k])
		} else if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && term.Deceptive(r) {
			return "the character " + string(r)
		}
		i += size
	}
	return ""
}

// stylesOf returns the styles of a palette, each of them as often as it is there.
func stylesOf(p *term.Palette) []term.Style {
	return append([]term.Style{
		p.Method, p.Target, p.Proto, p.Name, p.Note, p.Key, p.Text, p.Number, p.Literal, p.Tag, p.Attribute,
		p.Keyword, p.Comment, p.Added, p.Removed, p.Section,
	}, p.Status[:]...)
}

// FuzzPrinter: whatever comes, a terminal is shown nothing that it would obey, and a pipe gets
// the bytes.
func FuzzPrinter(f *testing.F) {
	for i, seed := range []string{
		"\x1b[2J", "\x1b]0;owned\a", "\u009b2J", "\x9b2J", "a\rb", "a\u202eb\u2066", "a\u200bb\ufeff", "\x08\x7f\x00", "\xff\xfe\x1b\x00", "\xfe\xff\x00\x1b",
		"[\"\x1b[2J\",1]", "{\"a\\u001b\":tru\u200be}\n[1]", "<a b=\"\x1b\">\u202e<!-- \x07 --></a>", "data: {\"a\":\"\x1b\"}\n\n: \u009b\n", "<script>\x1b</script>",
		"a: \"\x1b\" # \u202e\n", "@\x1b[2J", "<?xml version='1.0' encoding='utf-16'?>\x1b", "caf\xe9\x85", "\x1b$B!!\x1b(B\x0e\x0f", "\U000e0041\u2028\u3164",
	} {
		f.Add([]byte(seed), uint8(i), uint8(i), 1+i%3)
	}
	palettes := []*term.Palette{{}, &term.Colors, term.Theme("dark", func(string) string { return "truecolor" })}
	f.Fuzz(func(t *testing.T, body []byte, which, how uint8, cut int) {
		contentType := shownTypes[int(which)%len(shownTypes)]
		cut = min(max(cut, 0), len(body))
		text := string(body)
		head := trace.ResponseHead{Proto: "HTTP/1.1", Status: 200, Reason: text, Fields: trace.Fields{{Name: text, Value: text}, {Name: "Content-Type", Value: contentType}}}
		request := trace.RequestHead{Method: text, Target: text, Proto: text, Fields: head.Fields}
		palette := palettes[int(how)%len(palettes)]

		var out bytes.Buffer
		o := newOptions()
		o.output.format.sort(how&16 != 0)
		p := &printer{out: output{w: &out}, notes: io.Discard, options: &o.output, tty: how&8 != 0, safe: true, format: how&32 == 0, colors: palette}
		print := func(p *printer) {
			t.Helper()
			for _, err := range []error{
				p.requestHead(&request), p.responseHead(&head),
				p.body(io.MultiReader(bytes.NewReader(body[:cut]), bytes.NewReader(body[cut:])), contentType),
				p.trailer(head.Fields),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		print(p)
		shown := out.String()
		if !p.tty {
			shown = strings.ReplaceAll(shown, "\r\n", "\n") // which heads in a pipe have
		}
		if bad := obeyed(shown, palette); bad != "" {
			t.Fatalf("%s, of the body %q of type %q, in %q", bad, body, contentType, shown)
		}

		out.Reset()
		p.tty, p.safe, p.format, p.colors, p.afterBody = false, false, false, &term.Palette{}, false
		if err := p.body(bytes.NewReader(body), contentType); err != nil || !bytes.Equal(out.Bytes(), body) {
			t.Fatalf("in a pipe: %v, %q became %q", err, body, out.Bytes())
		}
	})
}
