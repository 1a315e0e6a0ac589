package cli

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// TestHelp: the help, its topics and that of the commands are what was reviewed, and fit
// into a terminal.
func TestHelp(t *testing.T) {
	pages := map[string][]string{"help.txt": {"--help"}}
	for _, topic := range helpTopics() {
		pages["help-"+topic+".txt"] = []string{"--help", topic}
	}
	for _, c := range commands {
		if topicTitle(c.name) == "" && c.name != "help" {
			pages["help-command-"+c.name+".txt"] = []string{"help", c.name}
		}
	}
	for name, args := range pages {
		got := run(t, args...)
		if got.code != ExitOK || got.err != "" {
			t.Errorf("%s: %+v", args, got)
			continue
		}
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, []byte(got.out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Error(err)
			continue
		}
		if got.out != strings.ReplaceAll(string(want), "\r\n", "\n") {
			t.Errorf("the help is another than %s says; -update writes it anew:\n%s", golden, got.out)
		}
		for line := range strings.Lines(got.out) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > 100 {
				t.Errorf("%s: a line of %d characters: %s", name, n, line)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "help*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if pages[filepath.Base(file)] != nil {
			continue
		}
		if *update {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			continue
		}
		t.Errorf("%s is of no topic and no command", file)
	}
}

// The first page can be read at a glance, and leads to all others.
func TestHelpFirstPage(t *testing.T) {
	page := run(t, "--help").out
	if n := strings.Count(page, "\n"); n > 80 {
		t.Errorf("%d lines", n)
	}
	for _, topic := range helpTopics() {
		if !strings.Contains(page, "\n    "+topic+" ") {
			t.Errorf("nothing leads to %s", topic)
		}
	}
	for _, most := range usedMost {
		if !slices.ContainsFunc(requestFlags, func(f flagRow[options]) bool { return f.name == most.name }) {
			t.Errorf("--%s is used most, and is no flag", most.name)
		}
	}
	for _, p := range helpPages {
		if topicTitle(p.name) == "" || strings.TrimSpace(p.text) == "" {
			t.Errorf("page %q has no title or no text", p.name)
		}
	}
}

// The ways in which people ask.
func TestHelpWays(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--help", "usage: godwit [flags]"},
		{"help", "usage: godwit [flags]"},
		{"--help tls", "TLS\n"},
		{"--help=tls", "TLS\n"},
		{"tls --help", "TLS\n"},
		{"help tls", "TLS\n"},
		{"help exit", "    15   what was downloaded has another checksum\n"},
		{"help all", "--max-redirects=N"},
		{"help --max-redirects", "    --max-redirects=N   how many"},
		{"help -F", "-F, --follow"},
		{"help --no-follow", "-F, --follow"},
		{"help serve", "usage: godwit serve"},
		{"help doctor", "usage: godwit doctor"},
		{"--help example.org", "usage: godwit [flags]"},
		{"PUT example.org a=b --help", "usage: godwit [flags]"},
		{"serve --help", "usage: godwit serve"},
		{"serve -h", "usage: godwit serve"},
		{"demo --help", "usage: godwit demo"},
		{"help demo", "usage: godwit demo"},
		{"demo -h", "usage: godwit demo"},
		{"version --help", "usage: godwit version"},
		{"help version", "usage: godwit version"},
		{"version -h", "usage: godwit version"},
		{"doctor -h x.org", "usage: godwit doctor"},
	} {
		if got := run(t, strings.Fields(c.args)...); got.code != ExitOK || !strings.Contains(got.out, c.want) || got.err != "" {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
}

// A code that can be returned is documented, and where several fit the order is told.
func TestHelpExitOrder(t *testing.T) {
	words := strings.FieldsFunc(exitOrder, func(r rune) bool { return r == ',' || r == ' ' })
	for _, d := range exitDocs {
		n := d.code
		if n == ExitOK || n == Exit4xx {
			continue
		}
		if !slices.Contains(words, strconv.Itoa(int(n))) {
			t.Errorf("%d has no place in the order %s", n, exitOrder)
		}
	}
}
