package godwit

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

type seekOnly struct{ io.ReadSeeker }

func TestReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("skipped, rest"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	io.ReadFull(file, make([]byte, len("skipped, ")))
	pr, pw, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	pw.WriteString("rest")
	pw.Close()

	for name, c := range map[string]struct {
		rd     io.Reader
		size   int64
		replay bool
	}{
		"file":    {file, 4, true},
		"bytes":   {bytes.NewReader([]byte("rest")), 4, true},
		"strings": {strings.NewReader("rest"), 4, true},
		"buffer":  {bytes.NewBufferString("rest"), 4, true},
		"seeker":  {seekOnly{strings.NewReader("rest")}, 4, true},
		"pipe":    {pr, -1, false},
		"other":   {iotest.OneByteReader(strings.NewReader("rest")), -1, false},
	} {
		b := Reader(c.rd, "text/x")
		if b.Size != c.size || b.Type != "text/x" {
			t.Errorf("%s: size %d, type %s", name, b.Size, b.Type)
		}
		for n := range 3 {
			rc, err := b.Open()
			if n > 0 && !c.replay {
				if !errors.Is(err, ErrUnrewindable) {
					t.Errorf("%s, again: %v", name, err)
				}
				continue
			}
			got, err := io.ReadAll(rc)
			if string(got) != "rest" || err != nil || rc.Close() != nil {
				t.Errorf("%s, time %d: %q, %v", name, n, got, err)
			}
		}
	}
	if _, err := file.Stat(); err != nil {
		t.Errorf("the file was closed: %v", err)
	}
	if _, err := pr.Stat(); err == nil {
		t.Error("the pipe was not closed")
	}
}

// Sendings at the same time read at places of their own.
func TestReaderAtTheSameTime(t *testing.T) {
	b := Reader(strings.NewReader("abc"), "")
	one, _ := b.Open()
	two, _ := b.Open()
	p := make([]byte, 1)
	var got string
	for range 3 {
		one.Read(p)
		got += string(p)
		two.Read(p)
		got += string(p)
	}
	if got != "aabbcc" {
		t.Error(got)
	}
}

func TestEmptyBody(t *testing.T) {
	s, w := newWorld(ok)
	for _, b := range []Option{Bytes(nil, "text/plain"), Reader(strings.NewReader(""), "text/plain"), Form{}} {
		if _, err := s.Post(t.Context(), "http://h/", b); err != nil {
			t.Fatal(err)
		}
		if r := w.last(); r.ContentLength != 0 || r.Body != http.NoBody || r.Header.Get("Content-Type") == "" {
			t.Errorf("%T: length %d, %T, %v", b, r.ContentLength, r.Body, r.Header)
		}
	}
}

// A Size that was forgotten is an error: the server must not get an empty body in its place.
func TestForgottenSize(t *testing.T) {
	s, w := newWorld(ok)
	down := errors.New("disk on fire")
	for _, c := range []struct {
		rd  io.Reader
		err error
	}{
		{strings.NewReader("abc"), nil},
		{iotest.ErrReader(down), down},
	} {
		_, err := s.Post(t.Context(), "http://h/", &Body{Open: func() (io.ReadCloser, error) { return io.NopCloser(c.rd), nil }})
		if !errors.Is(err, ErrRequest) || c.err != nil && !errors.Is(err, c.err) {
			t.Error(err)
		}
	}
	if n := len(w.requests()); n != 0 {
		t.Errorf("%d were sent", n)
	}
	_, err := s.Post(t.Context(), "http://h/", &Body{Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil }})
	if err != nil || w.last().Body != http.NoBody {
		t.Errorf("one that is empty: %v", err)
	}
}

// A body that cannot be opened is an error before anything is sent.
func TestBodyThatDoesNotOpen(t *testing.T) {
	s, w := newWorld(ok)
	gone := errors.New("gone")
	_, err := s.Post(t.Context(), "http://h/", &Body{Size: -1, Open: func() (io.ReadCloser, error) { return nil, gone }})
	if !errors.Is(err, ErrRequest) || !errors.Is(err, gone) || len(w.requests()) != 0 {
		t.Error(err)
	}
	once := Reader(iotest.OneByteReader(strings.NewReader("x")), "")
	if _, err := s.Post(t.Context(), "http://h/", once); err != nil {
		t.Error(err)
	}
	if _, err := s.Post(t.Context(), "http://h/", once); !errors.Is(err, ErrUnrewindable) || len(w.requests()) != 1 {
		t.Errorf("used up: %v", err)
	}
}

func TestLazyBody(t *testing.T) {
	opened := 0
	b := &lazyBody{open: func() (io.ReadCloser, error) { opened++; return io.NopCloser(strings.NewReader("x")), nil }}
	if b.Close(); opened != 0 {
		t.Error("Close opened it")
	}
	if _, err := b.Read(make([]byte, 1)); err == nil {
		t.Error("read after Close")
	}
	b = &lazyBody{open: b.open}
	if got, err := io.ReadAll(b); string(got) != "x" || err != nil || opened != 1 || b.Close() != nil {
		t.Errorf("%q, %v, opened %d times", got, err, opened)
	}
	b = &lazyBody{open: func() (io.ReadCloser, error) { return nil, io.ErrNoProgress }}
	if _, err := b.Read(nil); err != io.ErrNoProgress {
		t.Error(err)
	}
}
