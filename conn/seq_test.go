package conn_test

// A sequence of pieces, taken for any other reader: what net/http's requests do with it.

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"example.com/godwit/conn"
)

// abc yields three pieces, and says when it is over, be it early.
func abc(over *bool) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		defer func() { *over = true }()
		for _, piece := range []string{"a", "", "bc"} {
			if !yield([]byte(piece)) {
				return
			}
		}
	}
}

// What was closed before its end has no end: a reader that took it for complete would send a
// body that is cut short.
func TestSeqIsClosed(t *testing.T) {
	for read, want := range []string{"", "a", "ab"} {
		over := false
		r := conn.Seq(abc(&over))
		got := make([]byte, read)
		if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
			t.Fatalf("%q, %v", got, err)
		}
		for range 2 {
			must(t, r.(io.Closer).Close())
			if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, http.ErrBodyReadAfterClose) {
				t.Errorf("%d bytes read: then %d, %v", read, n, err)
			}
		}
		if over != (read > 0) {
			t.Errorf("%d bytes read: over %v", read, over)
		}
		c, _ := dialing(t, "example.com", conn.Options{}, script(Drain{}))
		if err := c.Request(t.Context(), "POST", "/", nil, r); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("%d bytes read: sent with %v", read, err)
		}
	}
}

// One that was read to its end stays at its end.
func TestSeqIsReadAndClosed(t *testing.T) {
	over := false
	r := conn.Seq(abc(&over))
	if data, err := io.ReadAll(r); string(data) != "abc" || err != nil || !over {
		t.Errorf("%q, %v, over %v", data, err, over)
	}
	must(t, r.(io.Closer).Close())
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Error(n, err)
	}
}

// A transport closes a body while it reads it, if nobody wants the rest. Close waits.
func TestSeqIsClosedWhileRead(t *testing.T) {
	asked, give := make(chan struct{}), make(chan struct{})
	r := conn.Seq(func(yield func([]byte) bool) {
		close(asked)
		<-give
		if yield([]byte("a")) {
			t.Error("more was asked for")
		}
	})
	read := make(chan error, 1)
	go func() { // ends with the first piece
		_, err := r.Read(make([]byte, 1))
		read <- err
	}()
	<-asked
	closed := make(chan error, 1)
	go func() { closed <- r.(io.Closer).Close() }() // ends with the Read
	close(give)
	must(t, <-read, <-closed)
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Error(err)
	}
}
