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
				in := Inbound{Streams: &Streams{last: 1, open: map[uint32]*stream{1: {begun: true}}}}
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
		in := Inbound{Streams: &Streams{last: 1, open: map[uint32]*stream{1: {begun: true}}}, Settled: true}
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
		in = Inbound{Streams: &Streams{last: 1, open: map[uint32]*stream{1: {begun: true}}}, Settled: true}
		for i := range 5 * mostLoad / tt.weight { // at the pace that is allowed, for ever
			if _, err := read(&in, tt.frame, 1<<20, time.Duration(i*tt.weight)*perTime); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
	}
}

func TestBlockOfFields(t *testing.T) {
	in := Inbound{Streams: &Streams{}, Settled: true, MaxBlock: 100}
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
		out := Outbound{Streams: &Streams{}}
		for piece := range slices.Chunk([]byte(text+"\x00\x00"), n) {
			out.Look(piece)
		}
		if out.Streams.Opened() != 5 || out.Updates.Load() != 3*4+4+3 {
			t.Errorf("in pieces of %d: stream %d, %d updates", n, out.Streams.Opened(), out.Updates.Load())
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
		whole, pieces := Inbound{Streams: &Streams{last: 1 << 20}, MaxBlock: 1000}, Inbound{Streams: &Streams{last: 1 << 20}, MaxBlock: 1000}
		a, errA := read(&whole, string(text), max(1, len(text)), 0)
		b, errB := read(&pieces, string(text), int(n)+1, 0)
		if (errA == nil) != (errB == nil) || errA == nil && a != b || !strings.HasPrefix(b, a) {
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
		whole, pieces := Outbound{Streams: &Streams{}}, Outbound{Streams: &Streams{}}
		whole.Look(bytes.Clone(text))
		for piece := range slices.Chunk(text, int(n)+1) {
			pieces.Look(piece)
		}
		if whole.Streams.Opened() != pieces.Streams.Opened() || whole.Updates.Load() != pieces.Updates.Load() || whole.left != pieces.left {
			t.Fatal("it depends on the pieces")
		}
	})
}

// What net/http locks itself up on does not reach it: the last of a frame that gives a stream too
// much room is held back.
func TestRoomOfStreams(t *testing.T) {
	update := func(stream, by uint32) string {
		return frame(windowUpdate, 0, stream, string([]byte{byte(by >> 24), byte(by >> 16), byte(by >> 8), byte(by)}))
	}
	initial := func(n uint32) string {
		return frame(settings, 0, 0, string([]byte{0, 4, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}))
	}
	const most = maxWindow
	for _, tt := range []struct {
		name string
		sent string // on streams 1 and 3, which are open
		in   string
		out  string // what of it is handed on; "": all
		ok   bool
	}{
		{name: "enough", in: update(1, most-initialWindow), ok: true},
		{name: "one too many", in: update(1, most-initialWindow+1), out: update(1, 0)[:headSize]},
		{name: "one too many, in two", in: update(1, most-initialWindow) + update(1, 1), out: update(1, most-initialWindow) + update(1, 0)[:headSize]},
		{name: "as much as has been sent", sent: frame(data, 0, 1, "12345"), in: update(1, most-initialWindow+5), ok: true},
		{name: "more than has been sent", sent: frame(data, 0, 1, "12345"), in: update(1, most-initialWindow+6), out: update(1, 0)[:headSize]},
		{name: "sent on another", sent: frame(data, 0, 3, "12345"), in: update(1, most-initialWindow+5), out: update(1, 0)[:headSize]},
		{name: "of the connection, which net/http minds", in: update(0, most) + update(0, most), ok: true},
		{name: "larger from the beginning", in: initial(1<<20) + update(1, most-1<<20), ok: true},
		{name: "too large from the beginning", in: initial(1<<20) + update(1, most-1<<20+1), out: initial(1<<20) + update(1, 0)[:headSize]},
		{name: "grown too large", in: update(1, most-initialWindow) + initial(initialWindow+1), out: update(1, most-initialWindow) + initial(0)[:headSize]},
		{name: "none at all", in: initial(0) + update(1, most), ok: true},
		{name: "none at all, and too much", in: initial(0) + update(1, most) + update(1, 1), out: initial(0) + update(1, most) + update(1, 0)[:headSize]},
		{name: "not a window", in: initial(1 << 31), out: initial(0)[:headSize]},
		{name: "after its end", in: frame(headers, flagEndStream, 1, "x") + update(1, most) + update(1, most), out: frame(headers, flagEndStream, 1, "x"), ok: true},
		{name: "after its reset", in: frame(rstStream, 0, 1, "1234") + update(1, most) + update(1, most), out: frame(rstStream, 0, 1, "1234"), ok: true},
		{name: "after ours", sent: frame(rstStream, 0, 1, "1234"), in: update(1, most) + update(1, most), out: "-", ok: true},
		{name: "of a stream to come", in: update(5, most) + update(5, most), out: "-", ok: true},
		{name: "data of a stream to come", in: frame(data, 0, 5, "x"), out: "-"},
		{name: "data before a head", in: frame(data, 0, 1, "x"), out: "-"},
		{name: "data behind one", in: frame(headers, 0, 1, "x") + frame(data, 0, 1, "x"), ok: true},
		{name: "data of what we have reset", sent: frame(rstStream, 0, 1, "1234"), in: frame(data, 0, 1, "x"), ok: true},
	} {
		for _, n := range []int{1 << 20, 1, 7} {
			s := &Streams{}
			out := Outbound{Streams: s, begun: preface}
			out.Look([]byte(frame(headers, 0, 1, "x") + frame(headers, 0, 3, "x") + tt.sent))
			in := Inbound{Streams: s, Settled: true}
			got, err := read(&in, tt.in, n, 0)
			want := tt.in
			if tt.out != "" {
				want = strings.TrimPrefix(tt.out, "-")
			}
			if (err == nil) != tt.ok || err == nil && got != want {
				t.Errorf("%s, in pieces of %d: %q, %v", tt.name, n, got, err)
			}
			if err != nil && (!strings.HasPrefix(got, want) || len(got) >= len(want)+6) {
				t.Errorf("%s, in pieces of %d: %q handed on with %v", tt.name, n, got, err)
			}
		}
	}
	s := &Streams{}
	out := Outbound{Streams: s, begun: preface}
	for id := uint32(1); id < 4000; id += 2 {
		out.Look([]byte(frame(headers, flagEndStream, id, "x")))
		if _, err := read(&Inbound{Streams: s, Settled: true}, frame(headers, flagEndStream, id, "x"), 1<<20, 0); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.open) != 0 {
		t.Errorf("%d streams are remembered", len(s.open))
	}
}
