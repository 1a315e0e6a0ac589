package godwit

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

// A ledger notes what a Progress is told.
type ledger struct {
	mu       sync.Mutex // guards the following
	up, down []Transfer
}

func (l *ledger) note(t Transfer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.Up {
		l.up = append(l.up, t)
	} else {
		l.down = append(l.down, t)
	}
}

// check fails the test unless the transfer began at 0, only grew, came to size, said total all
// along, and said once that it was over.
func check(t *testing.T, what string, got []Transfer, size, total int64) {
	t.Helper()
	if len(got) < 2 || got[0].Done != 0 || got[len(got)-1].Done != size || got[len(got)-1].Total != size {
		t.Errorf("%s: %v, want from 0 to %d", what, got, size)
		return
	}
	for i, at := range got[:len(got)-1] {
		if at.Total != total || at.Done == at.Total || at.Done > got[i+1].Done {
			t.Errorf("%s: %d: %v of %v", what, i, at, got)
		}
	}
}

func TestProgress(t *testing.T) {
	large := strings.Repeat("0123456789", 20_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/known" {
			w.Header().Set("Content-Length", fmt.Sprint(len(large)))
		}
		io.WriteString(w, large)
	}))
	defer server.Close()
	s := newRealSession(t)
	for _, known := range []bool{true, false} {
		body, path, total := Bytes([]byte(large), ""), "/known", int64(len(large))
		if !known {
			body, path, total = Seq(piecesOf(large[:1], large[1:]), ""), "/chunked", -1
		}
		for name, how := range map[string]func(...Option) (int64, error){
			"Do": func(opts ...Option) (int64, error) {
				res, err := s.Post(t.Context(), server.URL+path, opts...)
				if err != nil {
					return 0, err
				}
				return int64(len(res.Content)), nil
			},
			"Stream": func(opts ...Option) (int64, error) {
				st, err := s.Stream(t.Context(), "POST", server.URL+path, opts...)
				if err != nil {
					return 0, err
				}
				defer st.Close()
				return io.Copy(io.Discard, st.Body)
			},
			"SaveTo": func(opts ...Option) (int64, error) {
				st, err := s.Stream(t.Context(), "POST", server.URL+path, opts...)
				if err != nil {
					return 0, err
				}
				return st.SaveTo(filepath.Join(t.TempDir(), "f"))
			},
		} {
			var l ledger
			n, err := how(body, Progress(l.note))
			if err != nil || n != int64(len(large)) {
				t.Fatal(name, n, err)
			}
			check(t, name+" up", l.up, int64(len(large)), total)
			check(t, name+" down", l.down, int64(len(large)), total)
		}
	}
}

// Total is what Content-Length says, so Done counts what comes over the wire.
func TestProgressOfCodedBody(t *testing.T) {
	var size int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var b strings.Builder
		z := gzip.NewWriter(&b)
		io.WriteString(z, strings.Repeat("x", 100_000))
		z.Close()
		size = b.Len()
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, b.String())
	}))
	defer server.Close()
	var l ledger
	res, err := newRealSession(t).Get(t.Context(), server.URL, Progress(l.note))
	if err != nil || len(res.Content) != 100_000 {
		t.Fatal(err)
	}
	check(t, "down", l.down, int64(size), int64(size))
}

func TestProgressBeginsAnew(t *testing.T) {
	s, w := newWorld(redirectTwice)
	var l ledger
	if _, err := s.Post(t.Context(), "http://h/", Bytes([]byte("abc"), ""), Progress(l.note)); err != nil {
		t.Fatal(err)
	}
	want := "[{true 0 3} {true 3 3} {true 0 3} {true 3 3} {true 0 3} {true 3 3}]"
	if got := fmt.Sprint(l.up); got != want || len(w.requests()) != 3 {
		t.Errorf("%s, want %s", got, want)
	}
	if l.down != nil { // redirects have a body, which is nobody's; the answer has none
		t.Error(l.down)
	}
}

func TestProgressOfFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, make([]byte, 100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	var l, coded ledger
	sentBody(t, FileBody(path), Progress(l.note))
	check(t, "file", l.up, 100_000, 100_000)
	body, _ := sentBody(t, FileBody(path), Progress(coded.note), CompressBody)
	check(t, "compressed file", coded.up, int64(len(body)), -1)
	var empty ledger
	sentBody(t, Bytes(nil, ""), Progress(empty.note))
	if empty.up != nil {
		t.Error(empty.up)
	}
}

// A transfer that fails is never said to be over, and nobody is told of what comes after Close.
func TestProgressOfFailure(t *testing.T) {
	var l ledger
	s, _ := newWorld(ok)
	b := &Body{Size: 10, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(io.ErrNoProgress))), nil
	}}
	if _, err := s.Post(t.Context(), "http://h/", b, Progress(l.note)); err == nil {
		t.Fatal("no error")
	}
	if got := fmt.Sprint(l.up); got != "[{true 0 10} {true 3 10}]" {
		t.Error(got)
	}
	rc, _ := Progress(l.note).watch(Bytes([]byte("abc"), "")).Open()
	rc.Close()
	io.Copy(io.Discard, rc)
	if len(l.up) != 2 {
		t.Error(l.up)
	}
}

// A session's Progress is told of requests that it has not made, too.
func TestProgressAdopted(t *testing.T) {
	s, _ := newWorld(func(w http.ResponseWriter, r *http.Request) {
		redirectTwice(w, r)
		io.WriteString(w, "hello")
	})
	var l ledger
	s.Defaults = Defaults{Progress(l.note)}
	req, _ := http.NewRequest("POST", "http://h/", strings.NewReader("abc"))
	res, err := s.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if got := fmt.Sprint(l.up); got != "[{true 0 3} {true 3 3} {true 0 3} {true 3 3} {true 0 3} {true 3 3}]" {
		t.Error(got)
	}
	check(t, "down", l.down, 5, -1)
	// And of one that it has prepared.
	l = ledger{}
	prepared, err := s.Prepare(t.Context(), "POST", "http://h/xx", Bytes([]byte("abcd"), ""))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Send(prepared); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(l.up); got != "[{true 0 4} {true 4 4} {true 0 4} {true 4 4}]" {
		t.Error(got)
	}
}
