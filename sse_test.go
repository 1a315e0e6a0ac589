package godwit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"
)

// collect returns what a sequence yields, and the error that it ends with.
func collect[T any](seq iter.Seq2[T, error]) (all []T, last error) {
	for v, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
	return all, nil
}

func TestReadEvents(t *testing.T) {
	message := func(data string) Event { return Event{Type: "message", Data: data} }
	for _, c := range []struct {
		in   string
		want []Event
	}{
		{"", nil},
		{"\n\n", nil},
		{"data: a\n\n", []Event{message("a")}},
		{"data: a\r\rdata: b\r\n\r\ndata: c\n\ndata: d\r\n\ndata: e\n\r", []Event{message("a"), message("b"), message("c"), message("d"), message("e")}},
		{"data: a\n", nil}, // not whole
		{"data: a\n\ndata: b", []Event{message("a")}},
		{"\ufeffdata: a\n\n", []Event{message("a")}},
		{"\ufeff\ufeffdata: a\n\ndata: b\n\n", []Event{message("b")}},
		{"\n\ufeffdata: a\n\n", nil}, // a mark is none later on
		{"\ufeff", nil},
		{":\n: a comment\n:data: b\n\n", nil},
		{"data\n\ndata:\n\ndata: \n\n", []Event{message(""), message(""), message("")}},
		{"data\ndata\n\n", []Event{message("\n")}},
		{"data:a\ndata: b\ndata:  c\ndata:d:e\n\n", []Event{message("a\nb\n c\nd:e")}},
		{"event: x\n\n", nil},
		{"event: x\n\ndata: a\n\n", []Event{message("a")}}, // its type went with it
		{"event: x\nevent: y\ndata: a\n\ndata: b\n\n", []Event{{Type: "y", Data: "a"}, message("b")}},
		{"event: x\nevent:\ndata: a\n\n", []Event{message("a")}},
		{"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", []Event{{"message", "a", "1", 0}, {"message", "b", "1", 0}, message("c")}},
		{"id: 1\n\ndata: b\n\n", []Event{{"message", "b", "1", 0}}},
		{"id: 1\nid: 2\x003\ndata: a\n\n", []Event{{"message", "a", "1", 0}}},
		{"id: ü \ndata: a\n\n", []Event{{"message", "a", "ü ", 0}}},
		{"retry: 1500\ndata: a\n\ndata: b\n\n", []Event{{"message", "a", "", 1500 * time.Millisecond}, {"message", "b", "", 1500 * time.Millisecond}}},
		{"retry: 10\nretry: -1\nretry: +1\nretry: 1.5\nretry: 1e3\nretry:\nretry\nretry: 1 \nretry:  1\nretry: １\ndata: a\n\n", []Event{{"message", "a", "", 10 * time.Millisecond}}},
		{"retry: 99999999999999999999999999\ndata: a\n\n", []Event{{"message", "a", "", maxRetry}}},
		{"Data: a\ndata : b\n data: c\nother: d\ndata\x00: e\n\n", nil},
		{"data: a\xffb\xe2\x82\ndata: \xc3\nevent: \xff\nid: \xff\n\n", []Event{{"\ufffd", "a\ufffdb\ufffd\n\ufffd", "\ufffd", 0}}},
		{"data: a\x00b\n\n", []Event{message("a\x00b")}},
		{"data: " + strings.Repeat("x", 10_000) + "\r\ndata: " + strings.Repeat("y", 10_000) + "\n\n", []Event{message(strings.Repeat("x", 10_000) + "\n" + strings.Repeat("y", 10_000))}},
		{"data: " + strings.Repeat("x", 4096-7) + "\r\n\r\ndata: b\r\n\r\n", []Event{message(strings.Repeat("x", 4096-7)), message("b")}}, // CR ends the buffer
	} {
		for how, r := range readings(c.in) {
			got, err := collect(ReadEvents(r))
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%.80q %s: got %.200q, %v; want %.200q", c.in, how, fmt.Sprint(got), err, fmt.Sprint(c.want))
			}
		}
		got, err := collect(ReadEvents(io.MultiReader(strings.NewReader(c.in), iotest.ErrReader(errLost))))
		if err != errLost || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%.80q, lost: got %.200q, %v", c.in, fmt.Sprint(got), err)
		}
	}
}

// readings are the ways in which a text can be read.
func readings(in string) map[string]io.Reader {
	return map[string]io.Reader{
		"at once":              strings.NewReader(in),
		"byte by byte":         iotest.OneByteReader(strings.NewReader(in)),
		"with the end at once": iotest.DataErrReader(strings.NewReader(in)),
	}
}

// An event is there as soon as its blank line is: after "\r" nobody waits for what follows.
func TestEventsAreNotHeldBack(t *testing.T) {
	for _, in := range []string{"data: a\n\n", "data: a\r\r", "data: a\r\n\r"} {
		pr, pw := io.Pipe()
		go func() { // ends when the pipe is closed
			io.WriteString(pw, in)
		}()
		for ev, err := range ReadEvents(pr) {
			if err != nil || ev.Data != "a" {
				t.Errorf("%q: %v, %v", in, ev, err)
			}
			break
		}
		pr.Close()
	}
}

func TestEventTooLarge(t *testing.T) {
	for what, in := range map[string]io.Reader{
		"line":    io.MultiReader(strings.NewReader("data: "), zeros(1<<40)),
		"comment": io.MultiReader(strings.NewReader(":"), zeros(1<<40)),
		"event":   endless("data: 0123456789\n"),
		"nothing": endless("data\n"),
	} {
		r := newEventReaderOf(in, 1<<16)
		if _, err := r.next(); !errors.Is(err, ErrTooLarge) || cap(r.data)+cap(r.long) > 1<<18 {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := collect(ReadEvents(zeros(1 << 40))); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	// What is small may go on for ever.
	for _, in := range []string{":\n", "event: x\nid: 1\nretry: 1\n", "data: x\n\n"} {
		r := newEventReaderOf(io.LimitReader(endless(in), 1<<20), 100)
		var err error
		for err == nil {
			_, err = r.next()
		}
		if err != io.EOF || cap(r.data)+cap(r.long) > 1000 {
			t.Errorf("%q: %v, %d", in, err, cap(r.data)+cap(r.long))
		}
	}
}

// endless repeats a text.
type endless string

func (e endless) Read(p []byte) (n int, _ error) {
	for n < len(p) {
		n += copy(p[n:], e)
	}
	return n, nil
}

func FuzzReadEvents(f *testing.F) {
	for _, seed := range []string{
		"\ufeff: c\nevent: x\ndata: a\ndata\nid: 1\nretry: 20\n\n", "data:a\r\rid:\x00\r\n\ndata: \xff\n\n", "\r\n\r\n\n\r:",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var first []Event
		for how, r := range readings(in) {
			got, err := collect(ReadEvents(r))
			if err != nil {
				t.Errorf("%s: %v", how, err)
			}
			if first == nil {
				first = got
			}
			if len(first) > 0 && !reflect.DeepEqual(got, first) {
				t.Errorf("%s: %q, and %q", how, got, first)
			}
		}
		// What comes later changes nothing, and what is written as the standard has it is
		// read as it was.
		later, _ := collect(ReadEvents(strings.NewReader(in + "x")))
		if len(first) > 0 && !reflect.DeepEqual(later, first) {
			t.Errorf("with a byte more: %q, and %q", later, first)
		}
		var b strings.Builder
		for i, ev := range first {
			for _, s := range []string{ev.Type, ev.Data, ev.ID} {
				if !utf8.ValidString(s) {
					t.Errorf("%q", s)
				}
			}
			if ev.Retry > maxRetry || ev.Retry < 0 || strings.ContainsAny(ev.Type+ev.ID, "\r\n") || strings.Contains(ev.Data, "\r") {
				t.Errorf("%q", ev)
			}
			if first[i].Type == "" {
				t.Error("an event without a type")
			}
			fmt.Fprintf(&b, "event: %s\nid: %s\nretry: %d\ndata: %s\n\n", ev.Type, ev.ID, ev.Retry.Milliseconds(), strings.ReplaceAll(ev.Data, "\n", "\ndata: "))
		}
		if again, err := collect(ReadEvents(strings.NewReader(b.String()))); err != nil || len(first) > 0 && !reflect.DeepEqual(again, first) {
			t.Errorf("written and read again: %q, %v; was %q", again, err, first)
		}
	})
}

func newEventReaderOf(r io.Reader, most int64) *eventReader {
	return newEventReader(bufio.NewReader(r), most, "")
}
