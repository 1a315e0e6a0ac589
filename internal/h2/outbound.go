package h2

import "sync/atomic"

// An Outbound looks at what goes out to the server. Its zero value has seen nothing.
type Outbound struct {
	Streams *Streams

	// Updates is how many WINDOW_UPDATE frames what has been sent is a reason for.
	Updates atomic.Int64

	begun int // bytes of the preface that have passed
	held  [headSize]byte
	have  int // bytes in held
	left  int // bytes of the frame's payload that are still to pass
}

// Look takes note of what is about to be sent, in pieces of any size.
func (o *Outbound) Look(b []byte) {
	if n := min(preface-o.begun, len(b)); n > 0 {
		o.begun += n
		b = b[n:]
	}
	for len(b) > 0 {
		if o.left > 0 {
			n := min(o.left, len(b))
			o.left -= n
			b = b[n:]
			continue
		}
		n := copy(o.held[o.have:], b)
		o.have += n
		if b = b[n:]; o.have < headSize {
			return
		}
		h := parseHead(o.held[:])
		o.have, o.left = 0, h.length
		switch o.Streams.sent(h); h.typ {
		case headers:
			o.Updates.Add(4)
		case data: // servers give back what they have taken, by frames or by bytes
			o.Updates.Add(4 + int64(h.length/256))
		}
	}
}
