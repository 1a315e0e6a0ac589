package godwit

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

func piecesOf(pieces ...string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, p := range pieces {
			if !yield([]byte(p)) {
				return
			}
		}
	}
}

func TestSeq(t *testing.T) {
	s, w := newWorld(redirectTwice)
	if _, err := s.Post(t.Context(), "http://h/", Seq(piecesOf("", "one", "", "two", ""), "text/x")); err != nil {
		t.Fatal(err)
	}
	for _, r := range w.requests() {
		if r.body != "onetwo" || r.ContentLength != -1 || r.Header.Get("Content-Type") != "text/x" {
			t.Errorf("%+v", r)
		}
	}
	if len(w.requests()) != 3 {
		t.Error(len(w.requests()))
	}
	if _, err := s.Post(t.Context(), "http://h/", Seq(nil, "")); !errors.Is(err, ErrRequest) {
		t.Error(err)
	}
	if body, _ := sentBody(t, Seq(piecesOf(), "")); body != "" {
		t.Errorf("%q", body)
	}
}

func TestSeqReader(t *testing.T) {
	long := strings.Repeat("long", 1000)
	rc, err := Seq(piecesOf("a", "", long, "z"), "").Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(rc, []byte("a"+long+"z")); err != nil {
		t.Error(err)
	}
	rc.Close()
	if _, err := rc.Read(make([]byte, 1)); err != errBodyClosed {
		t.Error(err)
	}
}

// Closed in the middle, a sequence runs its defers; closed while it is read, it is waited for.
func TestSeqClose(t *testing.T) {
	ended := 0
	seq := func(yield func([]byte) bool) {
		defer func() { ended++ }()
		for yield([]byte("x")) {
		}
	}
	b := Seq(seq, "")
	rc, _ := b.Open()
	rc.Close() // before it begins
	rc, _ = b.Open()
	rc.Read(make([]byte, 1))
	rc.Close()
	rc.Close()
	if ended != 1 {
		t.Error(ended)
	}
	for range 100 {
		rc, _ := b.Open()
		var wg sync.WaitGroup
		wg.Go(func() { io.Copy(io.Discard, rc) })
		wg.Go(func() { rc.Read(make([]byte, 1)); rc.Close() })
		wg.Wait()
	}
}

// Over a real connection each piece is on its way when the next one is asked for.
func TestSeqPieces(t *testing.T) {
	arrived := make(chan string)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if !slices.Equal(r.TransferEncoding, []string{"chunked"}) {
			t.Error(r.TransferEncoding)
		}
		buf := make([]byte, 100)
		for {
			n, err := r.Body.Read(buf)
			if n > 0 {
				arrived <- string(buf[:n])
			}
			if err != nil {
				return
			}
		}
	}))
	defer server.Close()
	seq := func(yield func([]byte) bool) {
		for _, p := range []string{"one", "two"} {
			if !yield([]byte(p)) {
				return
			}
			if got := <-arrived; got != p {
				t.Errorf("%q arrived, not %q", got, p)
			}
		}
	}
	if _, err := newRealSession(t).Post(t.Context(), server.URL, Seq(seq, "")); err != nil {
		t.Error(err)
	}
}

// A server that answers early and has had enough ends the sequence.
func TestSeqEnough(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body.Read(make([]byte, 1)) // so that the sequence has begun
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	}))
	defer server.Close()
	ended := make(chan bool, 1)
	seq := func(yield func([]byte) bool) {
		defer func() { ended <- true }()
		for yield(bytes.Repeat([]byte("x"), 10_000)) {
		}
	}
	res, err := newRealSession(t).Post(t.Context(), server.URL, Seq(seq, ""))
	if err != nil || res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Error(res, err)
	}
	<-ended
}
