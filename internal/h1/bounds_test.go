package h1

// Bounds, each at its limit and one past it, however the bytes arrive. Past a bound there
// is an error, never a part of the head (CVE-2026-58044).

import (
	"reflect"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

func TestDefaults(t *testing.T) {
	want := Bounds{Head: 256 << 10, Line: 64 << 10, Fields: 1000, Interim: 16, ChunkLine: 4 << 10}
	if got := (Bounds{}).Defaults(); got != want {
		t.Errorf("of zeros: %+v, want %+v", got, want)
	}
	some := Bounds{Head: 1, Line: 2, Fields: 3, Interim: 4, ChunkLine: 5}
	if got := some.Defaults(); got != some {
		t.Errorf("of %+v: %+v", some, got)
	}
	want = Bounds{Head: maxInt, Line: maxInt, Fields: maxInt, Interim: maxInt, ChunkLine: maxInt}
	if got := (Bounds{-1, -2, -3, -4, -5}).Defaults(); got != want {
		t.Errorf("of negative ones: %+v", got)
	}
	if v := reflect.ValueOf(Bounds{}.Defaults()); v.NumField() != 5 {
		t.Error("a bound has been added, and is not tested here")
	}
}

// head is a head of exactly n bytes, of which no line is longer than needed.
func head(n int) (message string, want ResponseHead) {
	const begin, lineMax = "HTTP/1.1 200 OK\r\n", 1 << 12
	var b strings.Builder
	b.WriteString(begin)
	want = withFields()
	for left := n - len(begin) - 2; left > 0; {
		size := left
		if size > 2*lineMax {
			size = lineMax
		}
		value := strings.Repeat("v", size-len("A: \r\n"))
		b.WriteString("A: " + value + "\r\n")
		want.Fields = append(want.Fields, trace.Field{Name: "A", Value: value})
		left -= size
	}
	b.WriteString("\r\n")
	return b.String(), want
}

func TestHeadBound(t *testing.T) {
	for _, limit := range []int{64, MinBuffer - 1, MinBuffer, MinBuffer + 1, 256 << 10} {
		b := Bounds{Head: limit}.Defaults()
		if limit == 256<<10 {
			b = Bounds{}.Defaults()
		}
		message, want := head(limit)
		if len(message) != limit {
			t.Fatalf("head(%d) has %d bytes", limit, len(message))
		}
		readHead(t, message, &b, want)
		tooLarge := &BoundError{"bytes in the head", limit, "Bounds.Head"}
		message, _ = head(limit + 1)
		refuseHead(t, message, &b, tooLarge)
		// It does not take the end of the head to see that it is too large.
		refuseHead(t, message[:len(message)-4]+"vvvv", &b, tooLarge)
	}
}

func TestTrailerHeadBound(t *testing.T) {
	b := Bounds{Head: 100}.Defaults()
	for _, extra := range []int{0, 1} {
		// 100 bytes with the empty line, which counts.
		message := "0\r\nA: " + strings.Repeat("v", 100-3-4+extra) + "\r\n\r\n"
		for _, a := range arrivals(message) {
			var body Body
			body.Reset(a.r, chunked, &b)
			_, err := readAll(&body, 10)
			if extra == 0 {
				if err != nil {
					t.Errorf("%s: %v", a.name, err)
				}
				a.checkRest(t)
				continue
			}
			a.checkError(t, err, &BoundError{"bytes in the head", 100, "Bounds.Head"})
		}
	}
}

// Lines well within and well beyond the bound. (At the bound: TestLineBoundExact.)
func TestLineBound(t *testing.T) {
	b := Bounds{Line: 100}.Defaults()
	for _, end := range []string{"\r\n", "\n"} {
		value := strings.Repeat("v", 90)
		readHead(t, "HTTP/1.1 200 OK"+end+"A: "+value+end+"B: "+value+end+end, &b, withFields("A", value, "B", value))
		value = strings.Repeat("v", 98)
		refuseHead(t, "HTTP/1.1 200 OK"+end+"A: "+value+end+end, &b, &LineTooLongError{"field line", 100, "Bounds.Line"})
		refuseHead(t, "HTTP/1.1 200 OK"+end+"A: b"+end+" "+value+"vv"+end+end, &b, &LineTooLongError{"field line", 100, "Bounds.Line"})
		refuseHead(t, "HTTP/1.1 200 "+strings.Repeat("v", 88)+end+end, &b, &LineTooLongError{"status line", 100, "Bounds.Line"})
	}
	for _, a := range arrivals("0\r\nA: " + strings.Repeat("v", 98) + "\r\n\r\n") {
		var body Body
		body.Reset(a.r, chunked, &b)
		_, err := readAll(&body, 10)
		a.checkError(t, err, &LineTooLongError{"field line", 100, "Bounds.Line"})
	}
}

// A line that never ends is stopped at the bound, not at the end of memory (CVE-2013-1752).
func TestEndlessLines(t *testing.T) {
	for _, c := range []struct {
		begin string
		want  error
	}{
		{"", &LineTooLongError{"status line", 64 << 10, "Bounds.Line"}},
		{"HTTP/1.1 200 ", &LineTooLongError{"status line", 64 << 10, "Bounds.Line"}},
		{"HTTP/1.1 200 OK\r\nA: ", &LineTooLongError{"field line", 64 << 10, "Bounds.Line"}},
	} {
		src := &repeated{rest: c.begin, text: "vvvvvvvv", times: 1 << 20}
		var h ResponseHead
		if err := h.Read(newReader(src), defaults()); !reflect.DeepEqual(err, c.want) {
			t.Errorf("%q: %v, want %v", c.begin, err, c.want)
		}
		if taken := (1<<20 - src.times) * 8; taken > 64<<10+2*MinBuffer {
			t.Errorf("%q: %d bytes were read", c.begin, taken)
		}
	}
	for _, text := range []string{"A: b\r\n", "A: b\n", "A: b\r\n c\r\n", " \r\n"} {
		src := &repeated{rest: "HTTP/1.1 200 OK\r\nA: b\r\n", text: text, times: 1 << 20}
		var h ResponseHead
		err := h.Read(newReader(src), defaults())
		if want := (&BoundError{"fields", 1000, "Bounds.Fields"}); !reflect.DeepEqual(err, want) {
			t.Errorf("%q without end: %v", text, err)
		}
	}
}

func TestFieldsBound(t *testing.T) {
	tooMany := &BoundError{"fields", 1000, "Bounds.Fields"}
	lines := strings.Repeat("A: b\r\n", 1000)
	want := withFields()
	for range 1000 {
		want.Fields = append(want.Fields, trace.Field{Name: "A", Value: "b"})
	}
	readHead(t, "HTTP/1.1 200 OK\r\n"+lines+"\r\n", defaults(), want)
	refuseHead(t, "HTTP/1.1 200 OK\r\n"+lines+"A: b\r\n\r\n", defaults(), tooMany)
	readBody(t, chunked, "0\r\n"+lines+"\r\n", "", want.Fields)
	refuseBody(t, chunked, "0\r\n"+lines+"A: b\r\n\r\n", "", tooMany)

	// Lines that continue a field are lines.
	b := Bounds{Fields: 3}.Defaults()
	readHead(t, "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n d\r\n\r\n", &b, withFields("A", "b c d"))
	refuseHead(t, "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n d\r\n e\r\n\r\n", &b, &BoundError{"fields", 3, "Bounds.Fields"})
}

func TestChunkLineBound(t *testing.T) {
	tooLong := &LineTooLongError{"chunk-size line", 4 << 10, "Bounds.ChunkLine"}
	at := "5;" + strings.Repeat("x", 4<<10-4) // with CRLF, 4 KiB
	readBody(t, chunked, at+"\r\nhello\r\n0\r\n\r\n", "hello", nil)
	readBody(t, chunked, "1\r\na\r\n"+at+"\r\nhello\r\n0\r\n\r\n", "ahello", nil)
	refuseBody(t, chunked, at+"x\r\nhello\r\n0\r\n\r\n", "", tooLong)
	refuseBody(t, chunked, "1\r\na\r\n"+at+"x\r\nhello\r\n0\r\n\r\n", "a", tooLong)
	refuseBody(t, chunked, "1\r\na\r\n0"+at[1:]+"x\r\n\r\n", "a", tooLong)
	refuseBody(t, chunked, at+strings.Repeat("x", MinBuffer), "", tooLong)

	b := Bounds{ChunkLine: 8}.Defaults()
	for _, a := range arrivals("1;2345\r\na\r\n0;2345\r\n\r\n") {
		var body Body
		body.Reset(a.r, chunked, &b)
		if got, err := readAll(&body, 10); got != "a" || err != nil {
			t.Errorf("%s: %q, %v", a.name, got, err)
		}
		a.checkRest(t)
	}
	for _, a := range arrivals("1;2345\r\na\r\n0;23456\r\n\r\n") {
		var body Body
		body.Reset(a.r, chunked, &b)
		got, err := readAll(&body, 10)
		a.checkError(t, err, &LineTooLongError{"chunk-size line", 8, "Bounds.ChunkLine"})
		if got != "a" {
			t.Errorf("%s: %q", a.name, got)
		}
	}
}

// Without bounds there are none.
func TestUnbounded(t *testing.T) {
	b := Bounds{-1, -1, -1, -1, -1}.Defaults()
	value := strings.Repeat("v", 300<<10)
	want := withFields("A", value)
	lines := "A: " + value + "\r\n"
	for range 1500 {
		lines += "B: c\r\n"
		want.Fields = append(want.Fields, trace.Field{Name: "B", Value: "c"})
	}
	readHead(t, "HTTP/1.1 200 OK\r\n"+lines+"\r\n", &b, want)
}
