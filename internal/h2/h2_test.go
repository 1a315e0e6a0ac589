package h2

// What is seen in frames, whatever the pieces they come in.

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/godwit/internal/h1"
)

// frame is one frame as bytes.
func frame(typ frameType, flags uint8, stream uint32, payload string) string {
	n := len(payload)
	return string([]byte{
		byte(n >> 16), byte(n >> 8), byte(n), byte(typ), flags,
		byte(stream >> 24), byte(stream >> 16), byte(stream >> 8), byte(stream),
	}) + payload
}

const (
	setting3is7 = "\x00\x03\x00\x00\x00\x07"
	setting4is9 = "\x00\x04\x00\x00\x00\x09"
)

// read gives an Inbound what comes, in pieces of n bytes, and returns what it hands on.
func read(in *Inbound, text string, n int, now time.Duration) (out string, err error) {
	for piece := range slices.Chunk([]byte(text), n) {
		b := make([]byte, headSize+len(piece))
		held, err := in.Held(b)
		if err != nil {
			return out, err
		}
		b = append(b[:held], piece...)
		n, err := in.Filter(b, now)
		if out += string(b[:n]); err != nil {
			return out, err
		}
	}
	return out, nil
}

func TestInbound(t *testing.T) {
	first := frame(settings, 0, 0, "")
	for _, tt := range []struct {
		name, in, out string // out "": as in
		want          Inbound
		err           error
	}{
		{name: "empty settings", in: first, want: Inbound{Settled: true, MaxStreams: 1000}},
		{name: "settings", in: frame(settings, 0, 0, setting4is9+setting3is7), want: Inbound{Settled: true, MaxStreams: 7}},
		{name: "settings later", in: first + frame(settings, 0, 0, setting3is7) + frame(settings, flagAck, 0, ""), want: Inbound{Settled: true, MaxStreams: 7}},
		{name: "the last one holds", in: frame(settings, 0, 0, setting3is7+"\x00\x03\x00\x00\x00\x02"), want: Inbound{Settled: true, MaxStreams: 2}},
		{name: "half a setting", in: frame(settings, 0, 0, setting3is7+"\x00\x03\x00"), want: Inbound{Settled: true, MaxStreams: 7}},
		{name: "HTTP/1.1", in: "HTTP/1.1 400 Bad Request\r\n\r\n", out: "-", err: ErrNotHTTP2},
		{name: "data first", in: frame(data, 0, 1, "x"), out: "-", err: ErrNotHTTP2},
		{name: "acknowledgement first", in: frame(settings, flagAck, 0, ""), out: "-", err: ErrNotHTTP2},
		{
			name: "unknown types", in: first + frame(0x0a, 0, 0, "altsvc") + frame(data, 0, 1, "x") + frame(0xfa, 0xff, 9, "") + frame(priority, 0, 1, "12345"),
			out: first + frame(data, 0, 1, "x"), want: Inbound{Settled: true, MaxStreams: 1000},
		},
		{
			name: "going away", in: first + frame(goAway, 0, 0, "\x80\x00\x00\x05\x00\x00\x00\x00bye"),
			want: Inbound{Settled: true, MaxStreams: 1000, GoAway: &GoAway{LastStream: 5, Debug: "bye"}},
		},
		{
			name: "going away twice", in: first + frame(goAway, 0, 0, "\x7f\xff\xff\xff\x00\x00\x00\x01") + frame(goAway, 0, 0, "\x00\x00\x00\x03\x00\x00\x00\x00"),
			want: Inbound{Settled: true, MaxStreams: 1000, GoAway: &GoAway{LastStream: 3, Code: ProtocolError}},
		},
		{
			name: "going away backwards", in: first + frame(goAway, 0, 0, "\x00\x00\x00\x03\x00\x00\x00\x00") + frame(goAway, 0, 0, "\x00\x00\x00\x07\x00\x00\x00\x0b\xff"),
			want: Inbound{Settled: true, MaxStreams: 1000, GoAway: &GoAway{LastStream: 3, Code: 11, Debug: "�"}},
		},
		{name: "going nowhere", in: first + frame(goAway, 0, 0, "\x00\x00\x00\x03"), want: Inbound{Settled: true, MaxStreams: 1000}},
		{name: "updates", in: first + frame(windowUpdate, 0, 0, "1234") + frame(windowUpdate, 0, 1, "1234"), want: Inbound{Settled: true, MaxStreams: 1000, Updates: 2}},
	} {
		for _, trailing := range []string{"", frame(ping, 0, 0, "12345678")[:7]} {
			for _, n := range []int{1 << 20, 1, 5, 9} {
				var in Inbound
				out, err := read(&in, tt.in+trailing, n, 0)
				want := tt.in
				if tt.out != "" {
					want = tt.out
				}
				if err != tt.err || err == nil && out != want || err != nil && out != "" {
					t.Errorf("%s, in pieces of %d: %q, %v", tt.name, n, out, err)
				}
				if err == nil && (in.Settled != tt.want.Settled || in.MaxStreams != tt.want.MaxStreams || in.Updates != tt.want.Updates || !same(in.GoAway, tt.want.GoAway)) {
					t.Errorf("%s, in pieces of %d: %+v, %+v", tt.name, n, in, in.GoAway)
				}
				if err == nil && in.have != len(trailing) {
					t.Errorf("%s: %d bytes held", tt.name, in.have)
				}
			}
		}
	}
}

func same(a, b *GoAway) bool { return a == b || a != nil && b != nil && *a == *b }

// A server may send as many frames as carry something, and so many others in a time.
func TestFlood(t *testing.T) {
	for _, tt := range []struct {
		name, frame string
		weight      int // 0: none
	}{
		{"ping", frame(ping, 0, 0, "12345678"), 1},
		{"answered ping", frame(ping, flagAck, 0, "12345678"), 1},
		{"settings", frame(settings, 0, 0, ""), 1},
		{"many settings", frame(settings, 0, 0, strings.Repeat(setting4is9, 160)), 11},
		{"reset", frame(rstStream, 0, 1, "1234"), 1},
		{"empty data", frame(data, 0, 1, ""), 1},
		{"padded data", frame(data, flagPadded, 1, "\x0312\x00"), 1},
		{"wrongly padded data", frame(data, flagPadded, 1, "\xff12\x00"), 1},
		{"padded data with a byte in it", frame(data, flagPadded, 1, "\x02x\x00\x00"), 0},
		{"data", frame(data, 0, 1, "x"), 0},
		{"end of data", frame(data, flagEndStream, 1, ""), 0},
		{"empty head", frame(headers, 0, 1, ""), 1},
		{"head", frame(headers, flagEndHeaders, 1, "\x88"), 0},
		{"continuation", frame(continuation, 0, 1, "\x88"), 1},
		{"empty continuation", frame(continuation, 0, 1, ""), 1},
		{"promise", frame(pushPromise, 0, 1, "1234"), 1},
		{"priority", frame(priority, 0, 1, "12345"), 1},
		{"unknown", frame(0x42, 0, 1, ""), 1},
		{"large unknown", frame(0x42, 0, 1, strings.Repeat("x", 40<<10)), 3},
		{"going away", frame(goAway, 0, 0, "\x00\x00\x00\x03\x00\x00\x00\x00"), 1},
		{"update", frame(windowUpdate, 0, 0, "1234"), 0},
	} {
		in := Inbound{Settled: true}
		n := 0
		for ; n < 3*mostLoad; n++ {
			if _, err := read(&in, tt.frame, 1<<20, 0); err == ErrFlood {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		want := 3 * mostLoad
		if tt.weight > 0 {
			want = mostLoad / tt.weight
		}
		if n != want {
			t.Errorf("%s: %d let through, want %d", tt.name, n, want)
		}
		if tt.weight == 0 {
			continue
		}
		in = Inbound{Settled: true}
		for i := range 5 * mostLoad / tt.weight { // at the pace that is allowed, for ever
			if _, err := read(&in, tt.frame, 1<<20, time.Duration(i*tt.weight)*perTime); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
	}
}

func TestBlockOfFields(t *testing.T) {
	in := Inbound{Settled: true, MaxBlock: 100}
	text := frame(headers, 0, 1, strings.Repeat("x", 60)) + frame(continuation, flagEndHeaders, 1, strings.Repeat("x", 40))
	if _, err := read(&in, text+text, 7, 0); err != nil {
		t.Error(err)
	}
	_, err := read(&in, text[:len(text)-49]+frame(continuation, 0, 1, strings.Repeat("x", 41)), 7, 0)
	if e, ok := errors.AsType[*h1.BoundError](err); !ok || e.Limit != 100 || e.Setting != "Bounds.Head" {
		t.Error(err)
	}
}

func TestShortBuffer(t *testing.T) {
	var in Inbound
	if _, err := in.Held(make([]byte, headSize-1)); err == nil {
		t.Error("no error")
	}
}

func TestOutbound(t *testing.T) {
	text := "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(settings, 0, 0, setting4is9) + frame(headers, flagEndHeaders, 1, "\x82") +
		frame(headers, flagEndHeaders, 5, "\x82") + frame(data, 0, 5, strings.Repeat("x", 1000)) + frame(headers, flagEndStream, 1, "trailer")
	for _, n := range []int{1 << 20, 1, 5, 9, 24} {
		var out Outbound
		for piece := range slices.Chunk([]byte(text+"\x00\x00"), n) {
			out.Look(piece)
		}
		if out.Opened.Load() != 5 || out.Updates.Load() != 3*4+4+3 {
			t.Errorf("in pieces of %d: stream %d, %d updates", n, out.Opened.Load(), out.Updates.Load())
		}
	}
}

func TestCodes(t *testing.T) {
	if s := RefusedStream.String(); s != "REFUSED_STREAM" {
		t.Error(s)
	}
	if s := Code(0xff).String(); s != "0xff" {
		t.Error(s)
	}
}

// Whatever comes in whatever pieces, the same is handed on; and nothing but frames that are known.
func FuzzInbound(f *testing.F) {
	f.Add([]byte(frame(settings, 0, 0, setting3is7)+frame(0x0a, 0, 0, "x")+frame(data, flagPadded, 1, "\x01xx")), byte(3))
	f.Add([]byte(frame(settings, 0, 0, "")+frame(goAway, 0, 0, "\x00\x00\x00\x03\x00\x00\x00\x00")+frame(priority, 0, 0, "")), byte(1))
	f.Fuzz(func(t *testing.T, text []byte, n byte) {
		whole, pieces := Inbound{MaxBlock: 1000}, Inbound{MaxBlock: 1000}
		a, errA := read(&whole, string(text), max(1, len(text)), 0)
		b, errB := read(&pieces, string(text), int(n)+1, 0)
		if (errA == nil) != (errB == nil) || a != b {
			t.Fatalf("%q, %v; in pieces %q, %v", a, errA, b, errB)
		}
		if whole.Settled != pieces.Settled || whole.MaxStreams != pieces.MaxStreams || !same(whole.GoAway, pieces.GoAway) || whole.Updates != pieces.Updates {
			t.Fatalf("%+v, in pieces %+v", whole, pieces)
		}
		for rest := a; len(rest) >= headSize; {
			h := parseHead([]byte(rest))
			if h.typ > continuation || h.typ == priority {
				t.Fatalf("type %d handed on", h.typ)
			}
			rest = rest[min(len(rest), headSize+h.length):]
		}
	})
}

// What goes out is looked at in the same way in whatever pieces.
func FuzzOutbound(f *testing.F) {
	f.Add([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"+frame(headers, 0, 3, "x")), byte(2))
	f.Fuzz(func(t *testing.T, text []byte, n byte) {
		var whole, pieces Outbound
		whole.Look(bytes.Clone(text))
		for piece := range slices.Chunk(text, int(n)+1) {
			pieces.Look(piece)
		}
		if whole.Opened.Load() != pieces.Opened.Load() || whole.Updates.Load() != pieces.Updates.Load() || whole.left != pieces.left {
			t.Fatal("it depends on the pieces")
		}
	})
}
