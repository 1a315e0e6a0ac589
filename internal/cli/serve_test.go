package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServe(t *testing.T) {
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- Run(ctx, Env{Stdout: w, Stderr: w}, []string{"serve", "--ca", caFile})
		w.Close()
	}()

	// The command lines that it prints are the ones to type.
	lines := bufio.NewScanner(r)
	asked := 0
	for asked < 2 && lines.Scan() {
		args, ok := strings.CutPrefix(lines.Text(), "godwit ")
		if !ok {
			continue
		}
		asked++
		if got := run(t, strings.Fields(args)...); got.code != ExitOK || !strings.Contains(got.out, `"url"`) {
			t.Errorf("%s: %+v", args, got)
		}
	}
	if asked != 2 {
		t.Errorf("%d command lines were printed", asked)
	}

	cancel()
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Error(err)
	}
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(caFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the CA's file is still there: %v", err)
	}
}

func TestServeHelp(t *testing.T) {
	got := run(t, "serve", "--help")
	for _, f := range serveFlags {
		if !strings.Contains(got.out, "--"+f.name) {
			t.Errorf("no --%s in\n%s", f.name, got.out)
		}
	}
	if got.code != ExitOK || got.err != "" {
		t.Errorf("%+v", got)
	}
}

func TestServeErrors(t *testing.T) {
	addr := strings.TrimPrefix(bin.HTTP, "http://")
	if got := run(t, "serve", "--http="+addr); got.code != ExitError || !strings.Contains(got.err, addr) {
		t.Errorf("an address that is taken: %+v", got)
	}
	for _, addr := range []string{"99", "localhost", "[::1]", "localhost:99999", "a:b:c", ""} {
		for _, flag := range []string{"--http", "--https"} {
			got := run(t, "serve", flag+"="+addr)
			if got.code != ExitUsage || !strings.HasPrefix(got.err, "godwit: "+flag+": HOST:PORT is wanted, not \""+addr+"\"\n") {
				t.Errorf("%s=%s: %+v", flag, addr, got)
			}
		}
	}
}

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{
		"":              "''",
		"plain":         "plain",
		"a b":           "'a b'",
		"it's":          `'it'\''s'`,
		"--verify=/t/x": "--verify=/t/x",
		"http://h/?a=b": "'http://h/?a=b'",
		"$(rm)":         "'$(rm)'",
	} {
		if got := shellQuote(in); got != want {
			t.Errorf("shellQuote(%q) = %s, want %s", in, got, want)
		}
	}
}
