package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each flag is completed, with its help; a switch also with what turns it off.
func TestCompletionHasAllFlags(t *testing.T) {
	completes := func(words ...string) map[string]string {
		got := run(t, append([]string{"__complete"}, words...)...)
		if got.code != ExitOK {
			t.Fatalf("%q: %+v", words, got)
		}
		all := map[string]string{}
		for line := range strings.Lines(got.out) {
			name, help, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			all[name] = help
		}
		return all
	}
	all, negative := completes("--"), completes("--no")
	for _, f := range requestFlags {
		if all["--"+f.name] == "" && all["--"+f.name+"="] == "" {
			t.Errorf("--%s is not completed, or without its help", f.name)
		}
		if _, ok := negative["--no-"+f.name]; ok != (f.flip != nil || f.name == "config") { // --no-config is a flag of its own
			t.Errorf("--no-%s is completed: %v", f.name, ok)
		}
	}
	for _, f := range doctorFlags() {
		if _, ok := completes("doctor", "--"+f.name)["--"+f.name]; !ok {
			t.Errorf("doctor --%s is not completed", f.name)
		}
	}
}

func TestCompletion(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"body.json", ".hidden"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	sep := string(filepath.Separator)
	for _, c := range []struct {
		words []string
		want  []string // some that are completed
		not   []string // what is not
		code  string   // what the shell is told besides
	}{
		{[]string{""}, []string{"GET", "QUERY", "serve", "completion"}, []string{"tls", "no-help"}, ":4"},
		{nil, []string{"GET", "serve"}, nil, ":4"},
		{[]string{"-v", "ser"}, nil, []string{"serve"}, ":4"},
		{[]string{"GET", ""}, nil, []string{"serve", "GET", "Accept:"}, ":4"},
		{[]string{"GET", "x.org", "Acc"}, []string{"Accept:", "Accept-Encoding:"}, []string{"Cookie:"}, ":6"},
		{[]string{"x.org", "acc"}, []string{"accept:"}, nil, ":6"},
		{[]string{"x.org", "Content-Type:text/h"}, []string{"Content-Type:text/html"}, []string{"Content-Type:text/csv"}, ":4"},
		{[]string{"x.org", "X-Mine:a"}, nil, []string{"Accept:"}, ":4"},
		{[]string{"x.org", "a@"}, []string{"a@body.json", "a@folder" + sep}, []string{"a@.hidden"}, ":6"},
		{[]string{"x.org", "a:=@bo"}, []string{"a:=@body.json"}, []string{"a:=@folder" + sep}, ":6"},
		{[]string{"x.org", "a=@./."}, []string{"a=@./.hidden"}, nil, ":6"},
		{[]string{"x.org", "a@nowhere/x"}, nil, []string{"a@body.json"}, ":6"},
		{[]string{"x.org", "a", "@", "bo"}, nil, nil, ":0"},
		{[]string{"--pretty", ""}, []string{"all", "none"}, nil, ":4"},
		{[]string{"--verify", ""}, []string{"yes", "no"}, nil, ":0"},
		{[]string{"--cert", ""}, nil, nil, ":0"},
		{[]string{"--timeout", ""}, nil, nil, ":4"},
		{[]string{"--help="}, []string{"exit", "tls"}, nil, ":4"},
		{[]string{"help", ""}, []string{"exit", "serve"}, nil, ":4"},
		{[]string{"completion", ""}, []string{"bash", "powershell"}, nil, ":4"},
		{[]string{"demo", ""}, nil, []string{"GET"}, ":4"},
		{[]string{"curl", "--max-t"}, []string{"--max-time"}, []string{"--json"}, ":4"},
		{[]string{"curl", "-s", "--loc"}, []string{"--location"}, nil, ":4"},
		{[]string{"curl", "-o", ""}, nil, []string{"GET"}, ":0"},
		{[]string{"x.org", "--", "-"}, nil, []string{"--json", "-j"}, ""},
		{[]string{"--cookie\x00", "\xff"}, nil, nil, ""},
	} {
		got := run(t, append([]string{"__complete"}, c.words...)...)
		lines := strings.Split(strings.TrimSuffix(got.out, "\n"), "\n")
		if got.code == ExitOK && c.code != "" && lines[len(lines)-1] != c.code {
			t.Errorf("%q: %s, want %s", c.words, lines[len(lines)-1], c.code)
		}
		for i, line := range lines {
			lines[i], _, _ = strings.Cut(line, "\t")
		}
		for _, w := range c.want {
			if !slices.Contains(lines, w) {
				t.Errorf("%q: no %q in %q", c.words, w, lines)
			}
		}
		for _, n := range c.not {
			if slices.Contains(lines, n) {
				t.Errorf("%q: %q in %q", c.words, n, lines)
			}
		}
	}
}

// Completing does nothing of what the line says.
func TestCompletionDoesNothing(t *testing.T) {
	keylog := filepath.Join(t.TempDir(), "keys")
	got := run(t, "__complete", "--keylog="+keylog, "--proxy-user=x:@cmd:touch "+keylog, "--auth=a:@cmd:touch "+keylog, bin.HTTP+"/get", "Con")
	if _, err := os.Stat(keylog); got.code != ExitOK || err == nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCompletionUsage(t *testing.T) {
	for _, shell := range shells {
		if got := run(t, "completion", shell); got.code != ExitOK || !strings.Contains(got.out, "godwit") || !strings.Contains(got.out, "__complete") {
			t.Errorf("%s: %d %.100s", shell, got.code, got.out)
		}
	}
	for args, want := range map[string]string{
		"completion":           "completion takes the name of a shell: bash, zsh, fish, powershell",
		"completion bash more": "completion takes the name of a shell",
		"completion tcsh":      `no completion for "tcsh"; there is one for bash`,
	} {
		if got := run(t, strings.Fields(args)...); got.code != ExitUsage || !strings.Contains(got.err, want) {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

// A file that a server has named runs nothing when somebody completes.
func TestCompleteFilesForShells(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"report$(touch PWN).txt", "report`x`", "report;x", "report x", "report-1.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := filesFor("f@", filepath.Join(dir, "rep")); len(got) != 1 || got[0] != "f@"+filepath.Join(dir, "report-1.txt") {
		t.Errorf("%q", got)
	}
}
