package h2

import (
	"errors"
	"strings"
	"time"

	"example.com/godwit/internal/h1"
)

// An Inbound looks at what comes in from the server, and takes out frames of unknown types, which
// mean nothing to anybody above (RFC 9113 5.5) and would have net/http write to the log, and so
// would PRIORITY. Its zero value has seen nothing.
type Inbound struct {
	Streams  *Streams
	MaxBlock int // bytes of a block of fields; 0: no bound

	Settled    bool   // the server's settings have come
	MaxStreams uint32 // how many streams these allow at once
	GoAway     *GoAway
	Updates    int64 // how many WINDOW_UPDATE frames have come; see Outbound.Updates

	held   [headSize]byte // of a frame's head that has not come whole
	have   int
	cur    head
	left   int  // bytes of the payload of cur that are still to come
	wanted bool // it is handed on
	known  bool // it is of a stream that is open
	note   []byte
	block  int // bytes of the block of fields that is coming
	load   load
}

// A GoAway is the server's word that it takes no more streams (RFC 9113 6.8).
type GoAway struct {
	LastStream uint32 // the last one that it may have looked at
	Code       Code
	Debug      string // what the server says besides; an excerpt
}

// What can be wrong with what comes in.
var (
	ErrFlood    = &h1.ProtocolError{Rule: h1.RuleFlood}
	ErrNotHTTP2 = &h1.ProtocolError{Rule: h1.RuleSettings}
)

var errShort = errors.New("h2: buffer shorter than what is held")

// Held copies what has been held back to the beginning of b, where what comes next is to follow
// it. b must have room for a frame's head.
func (in *Inbound) Held(b []byte) (int, error) {
	if len(b) < headSize {
		return 0, errShort
	}
	n := copy(b, in.held[:in.have])
	in.have = 0
	return n, nil
}

// Filter looks at what has come in: what Held gave, and what followed it. It moves what is to be
// handed on to the beginning of b, and returns how much that is. The beginning of a frame's head
// is held back. now is by any clock that does not go back.
func (in *Inbound) Filter(b []byte, now time.Duration) (n int, err error) {
	rest := b
	for len(rest) > 0 {
		if in.left == 0 {
			if len(rest) < headSize {
				in.have = copy(in.held[:], rest)
				return n, nil
			}
			in.cur = parseHead(rest)
			in.left, in.note = in.cur.length, in.note[:0]
			if err := in.begin(); err != nil {
				return n, err
			}
			if in.left == 0 {
				if err := in.end(now); err != nil {
					return n, err
				}
			}
			if in.wanted {
				n += move(b, n, rest[:headSize])
			}
			rest = rest[headSize:]
			continue
		}
		size := min(in.left, len(rest))
		piece := rest[:size]
		if most := in.cur.noted(); len(in.note) < most {
			in.note = append(in.note, piece[:min(size, most-len(in.note))]...)
		}
		// What is wrong with a frame is found before the last of it is handed on.
		if in.left -= size; in.left == 0 {
			if err := in.end(now); err != nil {
				return n, err
			}
		}
		if in.wanted {
			n += move(b, n, piece)
		}
		rest = rest[size:]
	}
	return n, nil
}

// move moves a piece of b to b[n:], where it is as a rule.
func move(b []byte, n int, piece []byte) int {
	if &b[n] != &piece[0] {
		copy(b[n:], piece)
	}
	return len(piece)
}

// noted returns how many bytes of the frame's payload are looked at.
func (h *head) noted() int {
	switch {
	case h.typ == settings || h.typ == goAway:
		return 4 << 10
	case h.typ == windowUpdate:
		return 4
	case h.typ == data && h.flags&flagPadded != 0:
		return 1
	}
	return 0
}

// begin looks at the head of a frame.
func (in *Inbound) begin() (err error) {
	h := in.cur
	if !in.Settled && (h.typ != settings || h.flags&flagAck != 0 || h.stream != 0) {
		return ErrNotHTTP2
	}
	if h.length > maxFrame {
		return &h1.ProtocolError{Rule: h1.RuleFrames, Got: "frame larger than we take (FRAME_SIZE_ERROR)"}
	}
	switch h.typ {
	case headers, pushPromise:
		in.block = 0
		fallthrough
	case continuation:
		if in.block += h.length; in.MaxBlock > 0 && in.block > in.MaxBlock {
			return &h1.BoundError{What: "bytes in the head", Limit: in.MaxBlock, Setting: "Bounds.Head"}
		}
	}
	if in.wanted = h.typ <= continuation && h.typ != priority; in.wanted {
		in.wanted, in.known, err = in.Streams.came(h)
	}
	return err
}

// end looks at a frame that has come whole.
func (in *Inbound) end(now time.Duration) error {
	h := in.cur
	switch h.typ {
	case settings:
		if h.flags&flagAck == 0 && h.stream == 0 {
			if err := in.settle(); err != nil {
				return err
			}
		}
	case goAway:
		if h.stream == 0 { // or net/http finds that
			in.goneAway()
		}
	case windowUpdate:
		if in.Updates++; len(in.note) == 4 {
			if err := in.Streams.widen(h.stream, uint32At(in.note)); err != nil {
				return err
			}
		}
	case rstStream:
		in.Streams.ended(h.stream)
	case headers, data:
		if h.flags&flagEndStream != 0 {
			in.Streams.ended(h.stream)
		}
	}
	if weight := h.weight(in.note, in.known); weight > 0 && !in.load.add(weight, now) {
		return ErrFlood
	}
	return nil
}

// settle reads settings.
func (in *Inbound) settle() error {
	if !in.Settled {
		in.Settled, in.MaxStreams = true, defaultStreams
	}
	for b := in.note; len(b) >= 6; b = b[6:] {
		switch value := uint32At(b[2:]); int(b[0])<<8 | int(b[1]) {
		case maxConcurrentStreams:
			in.MaxStreams = value
		case initialWindowSize:
			if err := in.Streams.resize(value); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxFrame is how large a frame net/http tells servers it may be (SETTINGS_MAX_FRAME_SIZE).
const maxFrame = 1 << 20

// defaultStreams is what net/http takes a server to allow that does not say how many streams.
const defaultStreams = 1000

const mostDebug = 200 // bytes

func (in *Inbound) goneAway() {
	if len(in.note) < 8 {
		return // net/http will find that, too
	}
	g := &GoAway{LastStream: uint32At(in.note) &^ (1 << 31), Code: Code(uint32At(in.note[4:]))}
	debug := in.note[8:]
	g.Debug = strings.ToValidUTF8(string(debug[:min(len(debug), mostDebug)]), "�")
	if old := in.GoAway; old != nil { // RFC 9113 6.8: the last stream does not grow
		g.LastStream = min(g.LastStream, old.LastStream)
		if old.Code != NoError {
			g.Code = old.Code
		}
	}
	in.GoAway = g
}
