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
	MaxBlock int // bytes of a block of fields; 0: no bound

	Settled    bool   // the server's settings have come
	MaxStreams uint32 // how many streams these allow at once
	GoAway     *GoAway
	Updates    int64 // how many WINDOW_UPDATE frames have come; see Outbound.Updates

	held  [headSize]byte // of a frame's head that has not come whole
	have  int
	cur   head
	left  int // bytes of the payload of cur that are still to come
	seen  int // bytes of it that have come
	note  []byte
	block int // bytes of the block of fields that is coming
	load  load
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
			in.left, in.seen, in.note = in.cur.length, 0, in.note[:0]
			if err := in.begin(now); err != nil {
				return n, err
			}
			if !in.dropped() {
				n += move(b, n, rest[:headSize])
			}
			if rest = rest[headSize:]; in.left == 0 {
				if err := in.end(now); err != nil {
					return n, err
				}
			}
			continue
		}
		size := min(in.left, len(rest))
		piece := rest[:size]
		if most := in.cur.noted(); len(in.note) < most {
			in.note = append(in.note, piece[:min(size, most-len(in.note))]...)
		}
		if in.seen += size; !in.dropped() {
			n += move(b, n, piece)
		}
		rest = rest[size:]
		if in.left -= size; in.left == 0 {
			if err := in.end(now); err != nil {
				return n, err
			}
		}
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

// dropped reports whether the frame is not handed on.
func (in *Inbound) dropped() bool { return in.cur.typ > continuation || in.cur.typ == priority }

// noted returns how many bytes of the frame's payload are looked at.
func (h *head) noted() int {
	switch {
	case h.typ == settings || h.typ == goAway:
		return 4 << 10
	case h.typ == data && h.flags&flagPadded != 0:
		return 1
	}
	return 0
}

// begin looks at the head of a frame.
func (in *Inbound) begin(now time.Duration) error {
	h := in.cur
	if !in.Settled && (h.typ != settings || h.flags&flagAck != 0) {
		return ErrNotHTTP2
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
	return nil
}

// end looks at a frame that has come whole.
func (in *Inbound) end(now time.Duration) error {
	h := in.cur
	switch h.typ {
	case settings:
		if h.flags&flagAck == 0 {
			in.settle()
		}
	case goAway:
		in.goneAway()
	case windowUpdate:
		in.Updates++
	}
	if weight := h.weight(in.note); weight > 0 && !in.load.add(weight, now) {
		return ErrFlood
	}
	return nil
}

// settle reads settings.
func (in *Inbound) settle() {
	if !in.Settled {
		in.Settled, in.MaxStreams = true, defaultStreams
	}
	for b := in.note; len(b) >= 6; b = b[6:] {
		if int(b[0])<<8|int(b[1]) == maxConcurrentStreams {
			in.MaxStreams = uint32At(b[2:])
		}
	}
}

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
