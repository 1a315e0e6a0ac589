package cli

import (
	"context"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/godwit"
	"example.com/godwit/trace"
)

func TestParseFlags(t *testing.T) {
	for _, c := range []struct {
		args string
		rest string
		ok   func(o *options) bool
	}{
		{"example.org", "example.org", func(o *options) bool { return reflect.DeepEqual(o, newOptions()) }},
		{"-v example.org", "example.org", func(o *options) bool { return o.output.verbose == 1 && o.output.all }},
		{"example.org -v a=b", "example.org a=b", func(o *options) bool { return o.output.verbose == 1 }},
		{"-fF example.org", "example.org", func(o *options) bool { return o.body.form && o.exchange.follow }},
		{"-pHB x", "x", func(o *options) bool { return o.output.print == "HB" }},
		{"-p=HB x", "x", func(o *options) bool { return o.output.print == "HB" }},
		{"-Fp HB x", "x", func(o *options) bool { return o.exchange.follow && o.output.print == "HB" }},
		{"--print HB x", "x", func(o *options) bool { return o.output.print == "HB" }},
		{"--print=HB x", "x", func(o *options) bool { return o.output.print == "HB" }},
		{"-h x", "x", func(o *options) bool { return o.output.print == "h" && !o.help }},
		{"-h --no-headers x", "x", func(o *options) bool { return o.output.print == "" }},
		{"--follow --no-follow x", "x", func(o *options) bool { return !o.exchange.follow }},
		{"--form --json x", "x", func(o *options) bool { return o.body.json && !o.body.form }},
		{"--json --form x", "x", func(o *options) bool { return o.body.form && !o.body.json }},
		{"--form --no-form x", "x", func(o *options) bool { return !o.body.form && !o.body.json }},
		{"-- -v --print", "-v --print", func(o *options) bool { return o.output.verbose == 0 }},
		{"- x", "- x", func(o *options) bool { return true }},
		{"--timeout=2.5 x", "x", func(o *options) bool { return o.exchange.timeout == 2500*time.Millisecond }},
		{"--timeout=0 x", "x", func(o *options) bool { return o.exchange.timeout < 0 }},
		{"--max-time 3 x", "x", func(o *options) bool { return o.exchange.maxTime == 3*time.Second }},
		{"--max-redirects 3 x", "x", func(o *options) bool { return o.exchange.maxRedirects == 3 }},
		{"--verify=No x", "x", func(o *options) bool { return o.tls.verify == "no" }},
		{"--verify=true x", "x", func(o *options) bool { return o.tls.verify == "yes" }},
		{"-4 x", "x", func(o *options) bool { return o.sockets.ipv4 && !o.sockets.ipv6 }},
		{"-46 x", "x", func(o *options) bool { return o.sockets.ipv6 && !o.sockets.ipv4 }},
		{"-6 --no-ipv6 x", "x", func(o *options) bool { return !o.sockets.ipv6 && !o.sockets.ipv4 }},
		{"--unix-socket=/run/a.sock --interface eth0 --public-only x", "x", func(o *options) bool {
			return o.sockets.unix == "/run/a.sock" && o.sockets.local == "eth0" && o.sockets.publicOnly
		}},
		{"--resolve=a.example:443:127.0.0.1 --resolve *:80:[::1],127.0.0.1 --resolve=[::1]:80:::2 x", "x", func(o *options) bool {
			return reflect.DeepEqual(o.sockets.hosts, godwit.Resolve{"a.example:443": "127.0.0.1", "*:80": "[::1],127.0.0.1", "[::1]:80": "::2"})
		}},
		{"--connect-to=a.example:443:b.example:8443 --connect-to ::: --connect-to=::[::1]:81 x", "x", func(o *options) bool {
			return reflect.DeepEqual(o.sockets.hosts, godwit.Resolve{"a.example:443": "b.example:8443", "*": "[::1]:81"})
		}},
		{"--connect-to=a.example:::81 --connect-to=:80:b.example: --connect-to [::1]:443:[::2]: x", "x", func(o *options) bool {
			return reflect.DeepEqual(o.sockets.hosts, godwit.Resolve{"a.example": ":81", "*:80": "b.example", "[::1]:443": "[::2]"})
		}},
		{"--verify=./ca.pem x", "x", func(o *options) bool { return o.tls.verify == "./ca.pem" }},
	} {
		o := newOptions()
		rest, err := parseFlags(requestFlags, strings.Fields(c.args), o)
		if err != nil || strings.Join(rest, " ") != c.rest || !c.ok(o) {
			t.Errorf("%s: %q, %v, %+v", c.args, rest, err, o)
		}
	}
}

// Each row is whole: it has a name and a help that fits, and either an argument or none.
func TestFlagTables(t *testing.T) {
	checkTable(t, requestFlags)
	checkTable(t, serveFlags)
}

func checkTable[T any](t *testing.T, table []flagRow[T]) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range table {
		if f.name == "" || seen[f.name] || f.short != 0 && seen[string(f.short)] {
			t.Errorf("--%s: no name, or one that is taken", f.name)
		}
		seen[f.name], seen[string(f.short)] = true, true
		if f.flip != nil && slices.ContainsFunc(table, func(g flagRow[T]) bool { return g.name == "no-"+f.name }) {
			t.Errorf("--no-%s is a flag, and what turns another off", f.name)
		}
		if f.optional && f.arg == "" || f.values != "" && f.arg == "" {
			t.Errorf("--%s takes no argument that could be left out, or listed", f.name)
		}
		if (f.apply == nil) == (f.flip == nil) || (f.arg == "") != (f.apply == nil) {
			t.Errorf("--%s: neither a switch nor a flag with an argument", f.name)
		}
		for line := range strings.Lines(f.help) {
			if len(line) > 57 {
				t.Errorf("--%s: a line of the help is too long: %s", f.name, line)
			}
		}
	}
}

// What a person is told is one line, and then how to go on.
func TestReport(t *testing.T) {
	var b strings.Builder
	report(&b, &usageError{"no\x1b[2J\nURL"})
	if want := "godwit: no\\x1b[2J\\nURL\n    godwit --help says how it is used\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	b.Reset()
	for text, want := range map[string]string{
		`--retry: "x" is not a number of times`: "godwit help --retry says what it is for",
		"-p needs an argument: WHAT":            "godwit help --print says what it is for",
		"--follow takes no argument":            "godwit help --follow says what it is for",
		`item "x": it must be`:                  "godwit help items says what there is",
		"unknown flag --x":                      "godwit --help says how it is used",
	} {
		if got := remedy(&usageError{text}); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	report(&b, &trace.Error{Phase: trace.Wait, Addr: "h:80", Limit: time.Second, Setting: "Limits.Wait", Err: os.ErrDeadlineExceeded})
	if !strings.HasSuffix(b.String(), "\n    --timeout=SECONDS sets this limit\n") {
		t.Errorf("got %q", b.String())
	}
	b.Reset()
	report(&b, &trace.Error{Phase: trace.Wait, Addr: "h:80", Err: context.DeadlineExceeded})
	if !strings.HasSuffix(b.String(), "\n    --max-time=SECONDS sets this limit\n") {
		t.Errorf("got %q", b.String())
	}
	b.Reset()
	report(&b, errors.New("lost"))
	if b.String() != "godwit: lost\n" {
		t.Errorf("got %q", b.String())
	}
}
