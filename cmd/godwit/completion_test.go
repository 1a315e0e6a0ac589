package main

// Completion in real shells, by the scripts that the real command prints.

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/internal/realserver"
)

// askBash sources the script, completes a line as bash would, and prints what it found. Where
// there is no bash-completion, the words are those that the test gives.
const askBash = `
if [ -r /usr/share/bash-completion/bash_completion ]; then
	. /usr/share/bash-completion/bash_completion
else
	_get_comp_words_by_ref() {
		words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD
		cur=${words[cword]}; prev=${words[cword-1]}
	}
	__ltrim_colon_completions() { :; }
fi
compopt() { :; } # which only works while a line is edited
source <(godwit completion bash) || exit 9
COMP_WORDS=(godwit "$@"); COMP_CWORD=$#
COMP_LINE="godwit $*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9
__start_godwit
printf '%s\n' "${COMPREPLY[@]}"
`

func TestBashCompletion(t *testing.T) {
	bash := realserver.Program(t, "bash")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "body.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(words ...string) []string {
		cmd := exec.CommandContext(t.Context(), bash, append([]string{"--norc", "-c", askBash, "bash"}, words...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(command(t))+string(filepath.ListSeparator)+os.Getenv("PATH"))
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil || errs.Len() > 0 {
			t.Errorf("%q: %v, %s", words, err, errs.String())
		}
		return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	}
	for _, c := range []struct {
		words []string
		want  string // one that must be among them
		not   string // how none may begin
	}{
		{[]string{""}, "serve", "-"},
		{[]string{"doc"}, "doctor", "GET"},
		{[]string{"PU"}, "PUT", "POST"},
		{[]string{"--follo"}, "--follow", "--form"},
		{[]string{"--no-follo"}, "--no-follow", "--follow"},
		{[]string{"--pretty", "col"}, "colors", "none"},
		{[]string{"--ssl", "tls1."}, "tls1.2", "--"},
		{[]string{"example.org", "Content-Ty"}, "Content-Type:", "X"},
		{[]string{"example.org", "x@bo"}, "x@body.json", "--"},
		{[]string{"completion", ""}, "fish", "serve"},
		{[]string{"serve", "--ht"}, "--https", "--follow"},
	} {
		got := ask(c.words...)
		found := slices.ContainsFunc(got, func(s string) bool { return strings.Fields(s + " x")[0] == c.want })
		if !found || slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, c.not) }) {
			t.Errorf("%q: %q, want %q", c.words, got, c.want)
		}
	}
}

// The scripts are such that their shells can read them.
func TestCompletionScripts(t *testing.T) {
	for shell, args := range map[string][]string{
		"bash": {"-n"}, "zsh": {"-n"}, "fish": {"--no-execute"},
	} {
		t.Run(shell, func(t *testing.T) {
			path := realserver.Program(t, shell)
			script, err := exec.CommandContext(t.Context(), command(t), "completion", shell).Output()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(file, script, 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), path, append(args, file)...).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", shell, err, out)
			}
			if shell == "fish" { // which says what it would offer
				cmd := exec.CommandContext(t.Context(), path, "--no-config", "-c", "source "+file+`; complete -C "godwit --follo"`)
				cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(command(t))+string(filepath.ListSeparator)+os.Getenv("PATH"), "HOME="+t.TempDir())
				if out, err := cmd.CombinedOutput(); err != nil || string(out) != "--follow\tfollow redirects\n" {
					t.Errorf("fish: %q, %v", out, err)
				}
			}
		})
	}
}
