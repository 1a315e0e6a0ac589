package main

// Downloads by the real command: what a person sees, what is left behind, what it takes.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/godwit/internal/cli/ptytest"
)

// dripping serves a file that comes slowly, and once hurry is closed at once.
func dripping(t *testing.T, hurry chan struct{}) string {
	t.Helper()
	content := strings.NewReader(strings.Repeat("0123456789", 100_000))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		http.ServeContent(dripper{w, r, hurry}, r, "", time.Time{}, content)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

type dripper struct {
	http.ResponseWriter
	r     *http.Request
	hurry chan struct{}
}

func (d dripper) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		select {
		case <-d.hurry:
		case <-time.After(20 * time.Millisecond):
		case <-d.r.Context().Done():
			return n, d.r.Context().Err()
		}
		var m int
		m, err = d.ResponseWriter.Write(p[n:min(n+4000, len(p))])
		_ = http.NewResponseController(d.ResponseWriter).Flush()
		n += m
	}
	return n, err
}

// On a terminal there is a bar; Ctrl-C takes it away, says what was kept, and the same command
// goes on.
func TestDownloadOnTerminal(t *testing.T) {
	dir := t.TempDir()
	hurry := make(chan struct{})
	url := dripping(t, hurry) + "/file.bin"
	x := ptytest.Start(t, ptytest.Setting{Dir: dir, Cols: 70}, command(t), "-d", url)
	x.Expect("of 1.0 MB")
	x.Expect("left")
	x.Type(ptytest.CtrlC)
	out, code := x.Wait()
	if code != 130 || !x.AsBefore() || !strings.Contains(out, "\rfile.bin  [") {
		t.Errorf("%d, %q", code, out)
	}
	if last := out[strings.LastIndex(out, "\x1b[J")+3:]; !strings.HasPrefix(last, "Kept ") || !strings.HasSuffix(last, " in file.bin.part; the same command goes on from there\r\n") {
		t.Errorf("at the end there is %q", last)
	}
	for line := range strings.SplitSeq(out, "\x1b[K") {
		if text, _, _ := strings.Cut(line, "\x1b"); len(strings.Trim(text, "\r\n")) >= 70 && !strings.Contains(text, "Kept") {
			t.Errorf("a line of %d columns: %q", len(text), text)
		}
	}
	close(hurry)
	x = ptytest.Start(t, ptytest.Setting{Dir: dir}, command(t), "-d", url)
	if out, code := x.Wait(); code != 0 || !strings.Contains(out, " of 1.0 MB in ") {
		t.Errorf("%d, %q", code, out)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || fmt.Sprint(entries) != "[- file.bin]" {
		t.Errorf("%v, %v", entries, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "file.bin")); err != nil || info.Size() != 1_000_000 {
		t.Errorf("%v, %v", info, err)
	}
}
