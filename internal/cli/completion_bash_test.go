package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/godwit/internal/realserver"
)

// The script of bash needs nothing else: it asks for the words as they were typed up to the cursor.
func TestCompletionBashAlone(t *testing.T) {
	bash := realserver.Program(t, "bash")
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte(run(t, "completion", "bash").out), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a b.pem"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		line, words string // words: as bash cuts the line, with | between them
		point       int    // 0: at the end
		offers      string // what the command answers
		asked, want string
	}{
		{"godwit --pre", "godwit|--pre", 0, "--pretty\\n:4", "<__complete> <--pre>", "<--pretty>"},
		{"godwit ", "godwit|", 0, "GET\\nPUT\\n:4", "<__complete> <>", "<GET> <PUT>"},
		{"godwit --pretty=fo", "godwit|--pretty|=|fo", 0, "format\\n:4", "<__complete> <--pretty=fo>", "<format>"},
		{"godwit --pretty=", "godwit|--pretty|=", 0, "format\\nnone\\n:4", "<__complete> <--pretty=>", "<format> <none>"},
		{"godwit x.org Accept:te", "godwit|x.org|Accept|:|te", 0, "Accept:text/csv\\n:4", "<__complete> <x.org> <Accept:te>", "<text/csv>"},
		{"godwit x.org q==  A", "godwit|x.org|q|==|A", 0, "Accept:\\n:6", "<__complete> <x.org> <q==> <A>", "<Accept:>"},
		{"godwit --prexx x.org", "godwit|--prexx|x.org", 12, "--pretty\\n:4", "<__complete> <--prexx>", "<--pretty>"},
	} {
		words := strings.Split(c.words, "|")
		if c.point == 0 {
			c.point = len(c.line)
		}
		at := len(words) - 1
		if c.point < len(c.line) {
			at = 1
		}
		cmd := exec.CommandContext(t.Context(), bash, "--norc", "--noprofile", "-c", fmt.Sprintf(`
			compopt() { :; }; source ./script
			godwit() { printf '<%%s> ' "$@" >&3; printf -- '%s\n'; }
			COMP_LINE=%s COMP_POINT=%d COMP_CWORD=%d COMP_TYPE=9 COMP_WORDS=(%s)
			exec 4>&1
			out=$({ __start_godwit >&4; printf '<%%s> ' "${COMPREPLY[@]}" >&4; } 3>&1)
			printf '\n%%s' "$out"`, c.offers, shellQuote(c.line), c.point, at, quoteAll(words)))
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "COLUMNS=80"}
		all, err := cmd.CombinedOutput()
		want, asked, _ := strings.Cut(string(all), "\n")
		if err != nil || strings.TrimSpace(want) != c.want || strings.TrimSpace(asked) != c.asked {
			t.Errorf("%s: %v, %s", c.line, err, all)
		}
	}
}
