package coding

import (
	"fmt"
	"io"
	"testing"
)

// What an encoder flushes can be read at once: an event waits for no other.
func TestFlushed(t *testing.T) {
	for _, e := range encoders {
		for _, size := range []int{1, 4 << 10} {
			pr, pw := io.Pipe()
			rc, _ := Decode(pr, []string{e.coding}, nil, Limits{})
			read := make(chan string)
			go func() { // ends with the pipe
				defer pw.Close()
				w := e.begin(pw)
				for n := range 20 {
					event := fmt.Sprintf("data: %d\n\n", n*n)
					io.WriteString(w, event)
					w.Flush()
					if got := <-read; got != event {
						t.Errorf("%s: %q, want %q", e.name, got, event)
					}
				}
				w.Close()
			}()
			buf, event := make([]byte, size), ""
			for {
				n, err := rc.Read(buf)
				if event += string(buf[:n]); len(event) > 2 && event[len(event)-2:] == "\n\n" {
					read <- event
					event = ""
				}
				if err != nil {
					if err != io.EOF || event != "" {
						t.Errorf("%s: %q, %v", e.name, event, err)
					}
					break
				}
			}
			rc.Close()
		}
	}
}

// The same through three codings, each of which is flushed.
func TestFlushedThroughAll(t *testing.T) {
	pr, pw := io.Pipe()
	rc, _ := Decode(pr, []string{"gzip, br", "zstd"}, nil, Limits{})
	read := make(chan string)
	go func() { // ends with the pipe
		defer pw.Close()
		outer := encoders[7].begin(pw)
		middle := encoders[3].begin(outer)
		inner := encoders[0].begin(middle)
		for n := range 20 {
			event := fmt.Sprintf("%03d", n)
			io.WriteString(inner, event)
			for _, w := range []flusher{inner, middle, outer} {
				w.Flush()
			}
			if got := <-read; got != event {
				t.Errorf("%q, want %q", got, event)
			}
		}
		for _, w := range []flusher{inner, middle, outer} {
			w.Close()
		}
	}()
	buf := make([]byte, 3)
	for range 20 {
		if _, err := io.ReadFull(rc, buf); err != nil {
			t.Fatal(err)
		}
		read <- string(buf)
	}
	if rest, err := io.ReadAll(rc); len(rest) != 0 || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
	rc.Close()
}
