package cli

import (
	"regexp"
	"strings"
	"testing"
)

// Whoever types curl's flags is told what they are here.
func TestForeignFlags(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-X POST example.org", "unknown flag -X: METHOD is a word before the URL: godwit POST URL (godwit curl … takes curl's own flags)\n"},
		{"-XPOST example.org", "unknown flag -X: METHOD"},
		{"-H X:y example.org", "unknown flag -H: a header is an item behind the URL: X-Name:value"},
		{"-L example.org", "unknown flag -L: --follow"},
		{"-k example.org", "unknown flag -k: --verify=no"},
		{"-u a:s3cret example.org", "unknown flag -u: --auth="},
		{"--insecure example.org", "unknown flag --insecure: --verify=no"},
		{"--data=s3cret example.org", "unknown flag --data: the body is items"},
		{"--request POST example.org", "unknown flag --request: METHOD"},
		{"--header X:y example.org", "unknown flag --header: a header is an item"},
		{"--location example.org", "unknown flag --location: --follow"},
		{"--user a:s3cret example.org", "unknown flag --user: --auth="},
	} {
		got := run(t, strings.Fields(c.args)...)
		if got.code != ExitUsage || got.out != "" || !strings.HasPrefix(got.err, "godwit: "+c.want) || strings.Contains(got.err, "s3cret") {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
	// Other commands have flags of their own.
	if got := run(t, "serve", "-X"); !strings.HasPrefix(got.err, "godwit: unknown flag -X\n") {
		t.Errorf("%+v", got)
	}
}

// No flag of ours is called foreign, none is there twice, and what is advised exists.
func TestForeignFlagTable(t *testing.T) {
	ours := map[string]bool{}
	for _, f := range requestFlags {
		ours["--"+f.name] = true
		if f.short != 0 {
			ours["-"+string(f.short)] = true
		}
	}
	seen := map[string]bool{}
	advised := regexp.MustCompile(`(?:^|[ (])(--?[A-Za-z][a-z0-9-]*)`)
	for _, f := range foreignFlags {
		for name := range strings.FieldsSeq(f.names) {
			if ours[name] || seen[name] {
				t.Errorf("%s is ours, or there twice", name)
			}
			seen[name] = true
		}
		for _, m := range advised.FindAllStringSubmatch(f.here, -1) {
			if !ours[m[1]] {
				t.Errorf("%s: there is no %s", f.names, m[1])
			}
		}
	}
}
