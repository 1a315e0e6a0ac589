package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/godwit/internal/cli/ptytest"
)

// Bars have the terminal's width, its colours, and nothing that it would obey besides.
func TestWaterfallOnTerminal(t *testing.T) {
	url := serving(t)
	for _, env := range [][]string{nil, {"NO_COLOR=1"}} {
		x := ptytest.Start(t, ptytest.Setting{Cols: 60, Env: env}, command(t), "--waterfall", "-b", url)
		out, code := x.Wait()
		if code != 0 || !x.AsBefore() || !strings.Contains(out, "█") {
			t.Fatalf("%d, %q", code, out)
		}
		plain := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(out, "")
		if _, bars, _ := strings.Cut(out, "connect"); strings.Contains(bars, "\x1b[") != (env == nil) {
			t.Errorf("%q: %q", env, out)
		}
		for line := range strings.Lines(plain) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\r\n")); strings.Contains(line, " ms") && n != 60 || n > 60 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}

// Ctrl-C leaves records that are whole.
func TestRecordsAfterCtrlC(t *testing.T) {
	dir := t.TempDir()
	har, record := filepath.Join(dir, "a.har"), filepath.Join(dir, "a.json")
	x := ptytest.Start(t, ptytest.Setting{}, command(t), "--har="+har, "--json-out="+record, serving(t)+"/slow")
	x.Expect("first line")
	x.Type(ptytest.CtrlC)
	if out, code := x.Wait(); code != 130 {
		t.Fatalf("%d, %q", code, out)
	}
	for _, path := range []string{har, record} {
		text, err := os.ReadFile(path)
		if err != nil || !json.Valid(text) || !strings.Contains(string(text), "first line") {
			t.Errorf("%v: %s", err, text)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("%v", left)
	}
}
