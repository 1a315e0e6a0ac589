package cli

import (
	"slices"
	"strings"
	"testing"
)

// A noted is what the flags of a table have said, in their order.
type noted []string

var notedFlags = []flagRow[noted]{
	{name: "switch", short: 's', flip: func(n *noted, on bool) {
		*n = append(*n, map[bool]string{true: "switch", false: "no-switch"}[on])
	}},
	{name: "arg", short: 'a', arg: "X", apply: func(n *noted, v string) error { *n = append(*n, "arg="+v); return nil }},
	{name: "maybe", short: 'm', arg: "X", optional: true, apply: func(n *noted, v string) error { *n = append(*n, "maybe="+v); return nil }},
}

func TestParseForms(t *testing.T) {
	for _, c := range []struct{ args, said, rest string }{
		{"-sm x", "switch maybe=", "x"},
		{"-ms x", "maybe= switch", "x"},
		{"-m=1 x", "maybe=1", "x"},
		{"--maybe x", "maybe=", "x"},
		{"--maybe=1 x", "maybe=1", "x"},
		{"--maybe= x", "maybe=", "x"},
		{"-sa1 -a2 -a=3 -a 4", "switch arg=1 arg=2 arg=3 arg=4", ""},
		{"-a -- x", "arg=--", "x"},
		{"--arg --switch", "arg=--switch", ""},
		{"--arg=--", "arg=--", ""},
		{"x --switch y --no-switch z", "switch no-switch", "x y z"},
		{"-s -- -s --arg -", "switch", "-s --arg -"},
		{"- -s", "switch", "-"},
		{"--arg=a=b", "arg=a=b", ""},
	} {
		var said noted
		rest, err := parseFlags(notedFlags, strings.Fields(c.args), &said)
		if err != nil || strings.Join(said, " ") != c.said || strings.Join(rest, " ") != c.rest {
			t.Errorf("%s: %q, %q, %v", c.args, said, rest, err)
		}
	}
}

// Whatever is typed is read or refused in one line, and nothing of it gets lost.
func FuzzParseFlags(f *testing.F) {
	for _, seed := range []string{"", "-s x", "--arg\x00v", "--no-switch\x00--", "-sam", "---", "--=", "-", "--maybe=\x00-m=\x00-test.v", "-\xff", "--arg", "-é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		var said noted
		rest, err := parseFlags(notedFlags, args, &said)
		if err != nil {
			if _, ok := err.(*usageError); !ok {
				t.Errorf("%q: %T %v", args, err, err)
			}
			return
		}
		for _, r := range rest {
			if !slices.Contains(args, r) {
				t.Errorf("%q: %q was not among them", args, r)
			}
		}
		if len(said)+len(rest) == 0 && len(args) > 0 && !slices.Contains(args, "--") {
			t.Errorf("%q: nothing is left of it", args)
		}
	})
}
