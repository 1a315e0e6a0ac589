package h1

// Which heads are read the short way. That both ways read the same is what every test of heads
// shows that reads byte by byte, and FuzzResponseHead.

import (
	"reflect"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

func TestUsualHead(t *testing.T) {
	many := func(n int) string { return "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", n) + "\r\n" }
	tests := []struct {
		name, view string
		bounds     Bounds
		usual      bool
	}{
		{"usual", usualHead, Bounds{}, true},
		{"with a body", usualHead + stale, Bounds{}, true},
		{"no fields", "HTTP/1.0 204\r\n\r\n", Bounds{}, true},
		{"tabs and obs-text", "HTTP/1.1 200 O\tK\xff\r\nA:\t b\tc\xe9 \t\r\nB:\r\n\r\n", Bounds{}, true},
		{"as many fields as there is room for", many(mostSpans), Bounds{}, true},

		{"one more", many(mostSpans + 1), Bounds{}, false},
		{"as many as the bound", many(3), Bounds{Fields: 3}, true},
		{"more than the bound", many(4), Bounds{Fields: 3}, false},
		{"as long as the bound", many(3), Bounds{Head: len(many(3))}, true},
		{"longer than the bound", many(3), Bounds{Head: len(many(3)) - 1}, false},
		{"longer than the bound of a line", many(3), Bounds{Line: len(many(3)) - 1}, false},
		{"folded", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", Bounds{}, false},
		{"line feeds", "HTTP/1.1 200 OK\nA: b\n\n", Bounds{}, false},
		{"a line feed at the end", "HTTP/1.1 200 OK\r\nA: b\r\n\n", Bounds{}, false},
		{"a lone CR", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", Bounds{}, false},
		{"NUL", "HTTP/1.1 200 OK\r\nA: b\x00\r\n\r\n", Bounds{}, false},
		{"DEL in the reason", "HTTP/1.1 200 O\x7f\r\n\r\n", Bounds{}, false},
		{"space before the colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", Bounds{}, false},
		{"no colon", "HTTP/1.1 200 OK\r\nA\r\n\r\n", Bounds{}, false},
		{"no name", "HTTP/1.1 200 OK\r\n: b\r\n\r\n", Bounds{}, false},
		{"another version", "HTTP/2 200 OK\r\n\r\n", Bounds{}, false},
		{"no HTTP", "ICY 200 OK\r\n\r\n", Bounds{}, false},
		{"no status line", "\r\n\r\n", Bounds{}, false},
		{"longer than places can be noted", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("b", 1<<15) + "\r\n\r\n", Bounds{}, false},
	}
	for _, tt := range tests {
		bounds := tt.bounds.Defaults()
		var h, any ResponseHead
		n := h.readUsual([]byte(tt.view), &bounds)
		if (n > 0) != tt.usual {
			t.Errorf("%s: %d bytes read, want usual: %v", tt.name, n, tt.usual)
		}
		if n == 0 {
			if !reflect.DeepEqual(h, ResponseHead{}) {
				t.Errorf("%s: something was read: %+v", tt.name, h)
			}
			continue
		}
		r := whole(tt.view)
		if err := any.readAny(r, &bounds); err != nil || !reflect.DeepEqual(h, any) || n != taken(tt.view, r) {
			t.Errorf("%s: %d bytes, %+v\nthe long way %d, %+v, %v", tt.name, n, h, taken(tt.view, r), any, err)
		}
	}
	for i := range len(usualHead) {
		var h ResponseHead
		if n := h.readUsual([]byte(usualHead[:i]), defaults()); n != 0 {
			t.Errorf("cut at %d: %d bytes read", i, n)
		}
	}
}

// What a head had more of than the next one must not be kept alive by the memory that both use.
func TestFieldsAreCleared(t *testing.T) {
	var h ResponseHead
	for _, message := range []string{usualHead, "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nD: e\r\n\r\n", usualHead, "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"} {
		for _, a := range arrivals(message) {
			if err := h.Read(a.r, defaults()); err != nil {
				t.Fatal(err)
			}
			for i, f := range h.Fields[len(h.Fields):cap(h.Fields)] {
				if f.Name != "" || f.Value != "" {
					t.Fatalf("%s, after %q: %d behind the fields stands %v", a.name, message, i, f)
				}
			}
		}
	}
}

// sameHead compares heads; no fields are no fields, whatever the slice is.
func sameHead(a, b ResponseHead) bool {
	same := equalFields(a.Fields, b.Fields)
	a.Fields, b.Fields = nil, nil
	return same && reflect.DeepEqual(a, b)
}

// A head that is read into the memory of another is what it would be by itself. What is as it
// was stays the string that it was.
func TestHeadAfterHead(t *testing.T) {
	heads := []string{
		usualHead,
		strings.Replace(usualHead, "16:27:00", "16:27:01", 1),
		strings.Replace(usualHead, "Server", "server", 1),
		strings.Replace(usualHead, "1234", "0", 1),
		strings.Replace(usualHead, "Vary: Accept-Encoding\r\n", "", 1),
		strings.Replace(usualHead, "Vary: Accept-Encoding\r\n", "Vary:\r\nVary: A\r\nVary: B\r\nVary: C\r\nVary: D\r\nVary: E\r\nVary: F\r\n", 1),
		strings.Replace(usualHead, "200 OK", "404 Not Found", 1),
		strings.Replace(usualHead, "200 OK", "200 ", 1),
		strings.Replace(usualHead, "200 OK", "200", 1),
		strings.Replace(usualHead, "HTTP/1.1", "HTTP/1.0", 1),
		strings.Replace(usualHead, "Vary: ", "Vary: \r\n ", 1),
		"HTTP/1.1 200 OK\r\n\r\n",
	}
	for _, first := range heads {
		for _, second := range heads {
			var h, want ResponseHead
			if err := want.Read(whole(second), defaults()); err != nil {
				t.Fatal(err)
			}
			if err := h.Read(whole(first), defaults()); err != nil {
				t.Fatal(err)
			}
			if len(h.Fields) > 0 { // whoever has had the head may have changed it
				h.Fields[0].Secret = true
				_ = append(h.Fields, trace.Field{Name: "X", Value: "y", Secret: true})
			}
			if err := h.Read(whole(second), defaults()); err != nil {
				t.Fatal(err)
			}
			if !sameHead(h, want) {
				t.Errorf("after %q\n%q is\n%+v\nand not\n%+v", first, second, h, want)
			}
		}
	}
}
