package jsonx

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf16"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMarshal(t *testing.T) {
	for _, c := range []struct {
		in   any
		want string
	}{
		{map[string]any{"b": 1, "a": "<&>"}, `{"a":"<&>","b":1}`},
		{"line\n", `"line\n"`},
		{nil, `null`},
		{[]int{1, 2}, `[1,2]`},
	} {
		if got, err := Marshal(c.in); string(got) != c.want || err != nil {
			t.Errorf("Marshal(%v) = %q, %v; want %q", c.in, got, err, c.want)
		}
	}
	if _, err := Marshal(func() {}); err == nil {
		t.Error("a function was marshalled")
	}
}

func utf16Text(s string, order binary.AppendByteOrder) (p []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		p = order.AppendUint16(p, u)
	}
	return p
}

func utf32Text(s string, order binary.AppendByteOrder) (p []byte) {
	for _, r := range s {
		p = order.AppendUint32(p, uint32(r))
	}
	return p
}

// Each encoding, with and without a byte order mark (RFC 4627 3, RFC 8259 8.1).
func TestUnmarshalEncodings(t *testing.T) {
	const text = `["Pfuhlschnepfe","𐍈ä"]`
	for _, mark := range []string{"", "\ufeff"} {
		for name, p := range map[string][]byte{
			"UTF-8":     []byte(mark + text),
			"UTF-16 LE": utf16Text(mark+text, binary.LittleEndian),
			"UTF-16 BE": utf16Text(mark+text, binary.BigEndian),
			"UTF-32 LE": utf32Text(mark+text, binary.LittleEndian),
			"UTF-32 BE": utf32Text(mark+text, binary.BigEndian),
		} {
			var got []string
			if err := Unmarshal(p, &got); err != nil || len(got) != 2 || got[1] != "𐍈ä" {
				t.Errorf("%s, mark %q: %q, %v", name, mark, got, err)
			}
		}
	}
}

func TestUnmarshalOneDigit(t *testing.T) {
	for _, p := range [][]byte{{'7'}, {'7', 0}, {0, '7'}, {0xfe, 0xff, 0, '7'}} {
		var n int
		if err := Unmarshal(p, &n); n != 7 || err != nil {
			t.Errorf("%x: %d, %v", p, n, err)
		}
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	for _, p := range []string{"", "{", "1 2", "<html>", "\x00", "\x00\x00", "\xff\xfe", "[1]\x00", "\x00\x00\x00", "\x00[\x00"} {
		var v any
		err := Unmarshal([]byte(p), &v)
		if _, ok := errors.AsType[*json.SyntaxError](err); !ok {
			t.Errorf("%q: %v", p, err)
		}
	}
}

// What is in another charset is refused: it must not come out as something else.
func TestUnmarshalNotUTF8(t *testing.T) {
	for _, p := range []string{"\"\xe4\"", "{\"\xff\":1}", "[\"\xed\xa0\x80\"]", "\"\xc3", "\x80", "[1]\xff"} {
		var v any
		if err := Unmarshal([]byte(p), &v); err != ErrNotUTF8 || v != nil {
			t.Errorf("%q: %v, %v", p, v, err)
		}
	}
}

func FuzzUTF8(f *testing.F) {
	f.Add([]byte(`{"a":1}`))
	f.Add(utf16Text("[1]", binary.LittleEndian))
	f.Add(utf32Text("[1]", binary.BigEndian))
	f.Fuzz(func(t *testing.T, p []byte) {
		if got := UTF8(p); len(got) > 3*len(p)+3 {
			t.Errorf("%d bytes became %d", len(p), len(got))
		}
		// What json accepts as it stands must come through as it stands.
		if json.Valid(p) && string(UTF8(p)) != string(p) {
			t.Errorf("%q was taken for another encoding", p)
		}
	})
}
