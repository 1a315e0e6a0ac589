package cli

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"example.com/godwit/internal/realserver"
)

// The page has the sections that such pages have, in their order, and every flag, command and
// code in its place.
func TestManPage(t *testing.T) {
	page := ManPage()
	at := 0
	for _, section := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "SEE ALSO"} {
		i := strings.Index(page[at:], "\n.SH "+section+"\n")
		if i < 0 {
			t.Fatalf("no %s, or not in its place", section)
		}
		at += i
	}
	for _, f := range requestFlags {
		if !strings.Contains(page, `\fB`+roff("--"+f.name)+`\fR`) {
			t.Errorf("nothing of --%s", f.name)
		}
	}
	for _, c := range commands {
		if !strings.Contains(page, "\n.B "+roff(c.name)+"\n") {
			t.Errorf("nothing of the command %s", c.name)
		}
	}
	for _, d := range exitDocs {
		if !strings.Contains(page, "\n"+roff(d.text)+"\n") {
			t.Errorf("nothing of the code %d", d.code)
		}
	}
	request := regexp.MustCompile(`^\.(\\"|TH|SH|SS|TP|PP|B|BR|br|nf|fi)\b|^[^.']`)
	for line := range strings.Lines(page) {
		if !request.MatchString(line) && !strings.HasPrefix(line, `.\"`) && line != "\n" {
			t.Errorf("no line of a man page: %q", line)
		}
	}
}

func TestRoff(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "",
		"--a-b":            `\-\-a\-b`,
		`a\:b`:             `a\e:b`,
		".TH x":            `\&.TH x`,
		"a\n'b'":           "a\n\\&'b\\(aq",
		"é…":               `\[u00E9]\[u2026]`,
		"http://h/~a^b`c`": `http://h/\(tia\(hab\(gac\(ga`,
	} {
		if got := roff(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// groff has nothing to say against the page, and prints all of it.
func TestManPageRenders(t *testing.T) {
	groff := realserver.Program(t, "groff")
	cmd := exec.CommandContext(t.Context(), groff, "-ww", "-man", "-Tutf8", "-P-c", "-rLL=200n")
	cmd.Stdin = strings.NewReader(ManPage())
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	text := regexp.MustCompile(".\b").ReplaceAllString(string(out), "")
	for _, f := range requestFlags {
		if !strings.Contains(text, f.spelled()) {
			t.Errorf("no %s", f.spelled())
		}
	}
	if !strings.Contains(text, `'a\:b:c' is the header a:b`) {
		t.Error("what is quoted is not as it was")
	}
}
