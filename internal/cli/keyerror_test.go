package cli

import (
	"strings"
	"testing"
)

// The marks stand below what they are about, however wide that is on a terminal, and whatever a
// terminal would obey is shown as an escape.
func TestKeyErrorPicture(t *testing.T) {
	for _, c := range []struct{ arg, want string }{
		{"a[b=1", "a[b\n   ^"},
		{"größe[x]y=1", "größe[x]y\n        ^"},
		{"日本[x]語=1", "日本[x]語\n       ^^"},
		{"e\u0301[x]y=1", "e\u0301[x]y\n    ^"},
		{"🙂[x]y=1", "🙂[x]y\n     ^"},
		{"\x1b[31m]y=1", "\\x1b[31m]y\n         ^"},
		{"a[x]\u202eb=1", "a[x]\\u202eb\n    ^^^^^^^"},
		{"a[x]\n=1", "a[x]\\n\n    ^^"},
	} {
		_, err := jsonBody(items(t, c.arg))
		e, ok := err.(*keyError)
		if !ok {
			t.Errorf("%q: %v", c.arg, err)
			continue
		}
		got := e.picture()
		if strings.ContainsAny(strings.ReplaceAll(got, "\n", ""), "\x1b\u202e") || got != c.want {
			t.Errorf("%q:\n%s\nwant\n%s", c.arg, got, c.want)
		}
	}
}
