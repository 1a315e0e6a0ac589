package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// write writes a file of the test and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// getenv is an environment.
func getenv(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestSecretText(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of unix")
	}
	home := t.TempDir()
	for name, text := range map[string]string{"one": "s3cret\n", "crlf": "s3cret\r\n", "none": "s3cret", "two": "a\nb\n\n", "empty": "", "newline": "\n"} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	large := write(t, "large", strings.Repeat("x", maxSecret+1))
	most := write(t, "most", strings.Repeat("x", maxSecret)+"\n")
	env := &Env{
		Getenv: getenv("PW", "s3cret", "HOME", home),
		Prompt: func(_ context.Context, question string) (string, error) {
			if question == "nothing: " {
				return "", io.EOF
			}
			return "typed at " + question, nil
		},
	}
	env.fill()
	for _, c := range []struct{ arg, want, problem string }{
		{"plain", "plain", ""},
		{"", "", ""},
		{"@", "@", ""},
		{"@mona", "@mona", ""},
		{"@ENV:PW", "@ENV:PW", ""},
		{"@env:PW", "s3cret", ""},
		{"@env:", "", "@env: needs something behind it"},
		{"@env:NONE", "", `the variable "NONE" is not set`},
		{"@file:" + home + "/one", "s3cret", ""},
		{"@file:~/one", "s3cret", ""},
		{"@file:~/crlf", "s3cret", ""},
		{"@file:~/none", "s3cret", ""},
		{"@file:~/two", "a\nb\n", ""},
		{"@file:~/empty", "", "it is empty"},
		{"@file:~/newline", "", "it is empty"},
		{"@file:~/missing", "", "no such file"},
		{"@file:" + home, "", home + " is a folder"},
		{"@file:" + large, "", "larger than 1 MiB"},
		{"@file:" + most, strings.Repeat("x", maxSecret), ""},
		{"@file:", "", "@file: needs something behind it"},
		{"@cmd:cat ~/one", "", `the command "cat" failed: exit status 1`}, // no shell, no ~
		{"@cmd:cat " + home + "/one", "s3cret", ""},
		{"@cmd:echo 'a  b' \"c\\\"d\" e\\ f $HOME", `a  b c"d e f $HOME`, ""},
		{"@cmd:sh -c 'echo $((1+1))'", "2", ""},
		{"@cmd:sh -c 'exit 3'", "", `the command "sh" failed: exit status 3`},
		{"@cmd:true", "", `what "true" printed: it is empty`},
		{"@cmd:cat " + large, "", `what "cat" printed: it is larger`},
		{"@cmd:yes", "", `what "yes" printed: it is larger`},
		{"@cmd:/does/not/exist x", "", "/does/not/exist"},
		{"@cmd:echo 'a", "", "a ' without its other"},
		{"@cmd: ", "", "the command is empty"},
		{"@cmd:", "", "@cmd: needs something behind it"},
		{"@prompt:", "typed at Password: ", ""},
		{"@prompt:Token", "typed at Token: ", ""},
		{"@prompt:nothing", "", "nothing was typed"},
	} {
		got, err := secretText(t.Context(), env, "--auth", c.arg)
		if c.problem == "" {
			if err != nil || got != c.want {
				t.Errorf("%.60s: %.60q, %v; want %.60q", c.arg, got, err, c.want)
			}
			continue
		}
		if _, ok := errors.AsType[*usageError](err); !ok || got != "" || !strings.HasPrefix(err.Error(), "--auth: ") || !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %q, %v; want %s", c.arg, got, err, c.problem)
		}
	}
}

// What a command says on its standard error stream is shown, since it may be why it fails.
func TestSecretCommandStderr(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of unix")
	}
	var errs lockedBuffer
	env := &Env{Stderr: &errs}
	env.fill()
	if _, err := secretText(t.Context(), env, "--auth", "@cmd:sh -c 'echo locked >&2; exit 1'"); err == nil || errs.String() != "locked\n" {
		t.Errorf("%v, %q", err, errs.String())
	}
}

// Whoever is waited for, Ctrl-C ends it.
func TestSecretCancelled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of unix")
	}
	asked := make(chan struct{}, 1)
	env := &Env{Prompt: func(ctx context.Context, _ string) (string, error) {
		asked <- struct{}{}
		<-ctx.Done()
		return "", ctx.Err()
	}}
	env.fill()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if _, err := secretText(ctx, env, "--auth", "@prompt:"); err != context.Canceled {
		t.Errorf("a prompt: %v", err)
	}
	// The command announces itself by what it writes to its standard error stream.
	ctx, cancel = context.WithCancel(t.Context())
	env.Stderr = writerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil })
	if _, err := secretText(ctx, env, "--auth", "@cmd:sh -c 'echo here >&2; exec sleep 600'"); err != context.Canceled {
		t.Errorf("a command: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if got := Run(cancelled, Env{Getenv: getenv()}, []string{"--proxy=http://127.0.0.1:1", "--proxy-user=@cmd:sleep 600", "http://a.example"}); ExitCode(got) != ExitInterrupted {
		t.Errorf("the run ends with %d", got)
	}
}

func TestSplitWords(t *testing.T) {
	for line, want := range map[string][]string{
		`a`:               {"a"},
		` a  b	c `:        {"a", "b", "c"},
		`a ''`:            {"a", ""},
		`'a b'c"d e"`:     {"a bcd e"},
		`'a\'`:            {`a\`},
		`"a\"b" 'c"d'`:    {`a"b`, `c"d`},
		`C:\Tools\x.exe`:  {`C:\Tools\x.exe`},
		`"C:\a b\x" \"`:   {`C:\a b\x`, `"`},
		`a\ b a\\b`:       {"a b", `a\b`},
		`a;b|c $(d) *`:    {"a;b|c", "$(d)", "*"},
		`a\`:              {`a\`},
		"ü 'ö \u202e' \n": {"ü", "ö \u202e"},
	} {
		if got, err := splitWords(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
	for _, line := range []string{"", " ", `'`, `a "b`, `"a\"`} {
		if got, err := splitWords(line); err == nil {
			t.Errorf("%s: %q and no error", line, got)
		}
	}
}

func FuzzSplitWords(f *testing.F) {
	for _, s := range []string{"a b", `'a b' "c"`, `a\ b`, `"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := splitWords(line)
		if err == nil && len(words) == 0 || err != nil && words != nil {
			t.Fatalf("%q, %v", words, err)
		}
		total := 0
		for _, w := range words {
			total += len(w)
		}
		if total > len(line) {
			t.Fatalf("%q has become %q", line, words)
		}
	})
}
