package ledger

import (
	"os/exec"
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "''",
		"a-b_c.d/e:f@g%h=i,j+": "a-b_c.d/e:f@g%h=i,j+",
		"two words":            "'two words'",
		"it's":                 `'it'\''s'`,
		"$HOME `x` \"y\" \\z!": "'$HOME `x` \"y\" \\z!'",
		"ä•":                   "'ä•'",
		"a\nb\t":               "'a\nb\t'",
		"\x1b[1m":              `"$(printf '\033[1m')"`,
		"\xe4%\\":              `"$(printf '\344%%\134')"`,
		"a\u202eb'":            `"$(printf 'a\342\200\256b\047')"`,
		"\r":                   `"$(printf '\015')"`,
		"\ufffd":               "'\ufffd'",
		"*":                    "'*'",
		"~":                    "'~'",
		"#":                    "'#'",
		"{a,b}":                "'{a,b}'",
	} {
		if got := Quote(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// A shell makes of a word what it was made of.
func FuzzQuote(f *testing.F) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		f.Skip("there is no shell")
	}
	for _, seed := range []string{"", "a'b", "\x1b\xff%s\\n", "-n", "\u202e-\t\n x", "$(x)`y`", "\\", "\r\n."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, 0) {
			return // which no argument has
		}
		out, err := exec.Command(sh, "-c", "printf %s "+Quote(text)+"; printf %s . ; printf "+printfFormat(text)).Output()
		if err != nil {
			t.Fatal(err)
		}
		word := text
		if !isLegible(text) {
			word = strings.TrimRight(text, "\n")
		}
		if got := string(out); got != word+"."+text {
			t.Errorf("%q: %q", text, got)
		}
		if !isLegible(Quote(text)) {
			t.Errorf("%q: %q is not to be shown", text, Quote(text))
		}
	})
}
