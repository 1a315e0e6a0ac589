package download

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestOutput(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, text := range []string{"first", "second"} {
		o, err := Create(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(o, text)
		if old, err := os.ReadFile(path); string(old) == text {
			t.Errorf("it is there before all is: %q, %v", old, err)
		}
		if _, err := o.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
		holds(t, dir, map[string][]byte{"a": []byte(text)})
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o666&^umask() {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	o, err := Create(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(o, "never")
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	holds(t, dir, map[string][]byte{"a": []byte("second")})

	for _, path := range []string{"", dir, dir + "/", filepath.Join(dir, "b", "c"), filepath.Join(dir, ".."), "/dev/none"} {
		o, err := Create(t.Context(), path)
		if _, ok := errors.AsType[*OutputError](err); !ok {
			t.Errorf("Create(%q) = %v, %v", path, o, err)
		}
	}
	holds(t, dir, map[string][]byte{"a": []byte("second")})
}

func TestIsStream(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a", nil)
	for path, want := range map[string]bool{
		"/dev/null": true, "/dev/stdout": true, "/dev/../dev/fd/3": true, "/proc/self/fd/1": true,
		"/dev/shm/a": false, "/device/a": false, "a": false, "dev/null": false, filepath.Join(dir, "a"): false, dir: false,
	} {
		if got := IsStream(path); got != want {
			t.Errorf("IsStream(%q) = %v", path, got)
		}
	}
}

// A device stays what it is, and a download can go there.
func TestSink(t *testing.T) {
	o, err := Create(t.Context(), os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{content: random(1, 1<<20), etag: `"v1"`}
	j := job(t, s, "")
	j.Sink = o
	if res := mustRun(t, j); res.Size != 1<<20 || res.Path != "" {
		t.Errorf("%+v", res)
	}
	if _, err := o.Commit(); err != nil {
		t.Error(err)
	}
	o.Close()
	if info, err := os.Lstat(os.DevNull); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		t.Errorf("%v, %v", info, err)
	}
}

// What has gone out is not sent again: a cut is healed, and what cannot be is an error.
func TestSinkCut(t *testing.T) {
	content := random(1, 1<<20)
	for _, etag := range []string{`"v1"`, ""} {
		s := &server{content: content, etag: etag, answer: cutAfter(1, 1<<19)}
		j := job(t, s.with(), "")
		var got countedWriter
		j.Sink = &got
		res, err := Run(t.Context(), j)
		if healed := etag != ""; (err == nil) != healed || (string(got) == string(content)) != healed || string(got) != string(content[:len(got)]) {
			t.Errorf("%q: %+v, %v, %d bytes", etag, res, err, len(got))
		}
	}
	s := &server{content: content, etag: `"v1"`}
	j := job(t, s, "")
	j.Sink = brokenPipe{}
	if _, err := Run(t.Context(), j); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	} else if _, ok := errors.AsType[*OutputError](err); !ok {
		t.Errorf("%T", err)
	}
}

type countedWriter []byte

func (w *countedWriter) Write(p []byte) (int, error) { *w = append(*w, p...); return len(p), nil }

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// A pipe that nobody reads from is waited for, not for ever.
func TestPipe(t *testing.T) {
	path := pipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	opened := make(chan error, 1)
	go func() {
		_, err := Create(ctx, path)
		opened <- err
	}()
	cancel()
	if err := <-opened; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	read := make(chan string)
	go func() {
		text, _ := os.ReadFile(path)
		read <- string(text)
	}()
	o, err := Create(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(o, "through")
	o.Close()
	if got := <-read; got != "through" {
		t.Errorf("%q", got)
	}
}
