package godwit

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFileBody(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{"a.json": "application/json", "b.HTML": "text/html", "c": octetStream, "d.nobodyknows": octetStream} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		body, req := sentBody(t, FileBody(path))
		if body != name || req.Header.Get("Content-Type") != want || req.ContentLength != int64(len(name)) {
			t.Errorf("%s: %q, %s, %d", name, body, req.Header.Get("Content-Type"), req.ContentLength)
		}
	}
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if body, req := sentBody(t, FileBody(empty)); body != "" || req.ContentLength != 0 {
		t.Errorf("%q, %d", body, req.ContentLength)
	}
}

// What a transport gets is the file itself, which some can hand over to the system.
func TestFileBodyIsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
		if _, ok := req.Body.(*os.File); !ok {
			t.Errorf("a %T", req.Body)
		}
		req.Body.Close()
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})}
	if _, err := s.Put(t.Context(), "http://h/", FileBody(path)); err != nil {
		t.Fatal(err)
	}
}

// The file is opened anew for each sending, and has its size taken when the option is applied.
func TestFileBodyAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	s, w := newWorld(redirectTwice)
	s.Defaults = Defaults{FileBody(path)}
	if _, err := s.Put(t.Context(), "http://h/"); err != nil || w.last().body != "one" || len(w.requests()) != 3 {
		t.Error(err, w.last())
	}
	write("longer")
	if _, err := s.Put(t.Context(), "http://h/"); err != nil || w.last().body != "longer" {
		t.Error(err, w.last())
	}
	// One that changes its length between two sendings is not sent in the frame of the first.
	_, err := s.Put(t.Context(), "http://h/", OnResponse(func(*http.Response) error { write("short"); return nil }))
	if !errors.Is(err, ErrUnrewindable) || !strings.Contains(err.Error(), "it had 6 bytes, and has 5 now") {
		t.Error(err)
	}
}

func TestFileBodyRefused(t *testing.T) {
	dir := t.TempDir()
	s, w := newWorld(ok)
	for _, path := range []string{filepath.Join(dir, "none"), dir, "", os.DevNull} {
		if _, err := s.Put(t.Context(), "http://h/", FileBody(path)); !errors.Is(err, ErrRequest) {
			t.Errorf("%q: %v", path, err)
		}
	}
	if len(w.requests()) != 0 {
		t.Error("sent")
	}
	if _, err := FileBody(filepath.Join(dir, "none")).Open(); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// A body may have become another's; then its size is that other's, too.
func TestFileBodyAltered(t *testing.T) {
	b := FileBody("/nonexistent")
	b.Type, b.Size = "text/x", 3
	b.Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("abc")), nil }
	if body, req := sentBody(t, b); body != "abc" || req.ContentLength != 3 || req.Header.Get("Content-Type") != "text/x" {
		t.Errorf("%q %d", body, req.ContentLength)
	}
	b = Bytes([]byte("abc"), "")
	b.Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("xyz")), nil }
	if body, _ := sentBody(t, MultipartBoundary("b", Part{Name: "a", Body: b})); !strings.Contains(body, "xyz") {
		t.Errorf("%q", body)
	}
}
