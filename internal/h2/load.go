package h2

import "time"

// A load bounds how many frames a server may send that carry nothing: those which have to be
// answered (PING, SETTINGS), which end what may not have begun (RST_STREAM), or which are empty.
// Each has its weight; so many may come at once, and so many more with each second (nghttp2 has
// bounds of the same kind for what it calls glitches).
type load struct {
	weight int
	since  time.Duration
}

const (
	mostLoad = 10_000
	perTime  = time.Second / 1000 // for a weight of 1
)

// add adds a weight, and reports whether that is not too much.
func (l *load) add(weight int, now time.Duration) bool {
	if gone := int((now - l.since) / perTime); gone > 0 {
		l.weight = max(0, l.weight-gone)
		l.since = now
	}
	l.weight += weight
	return l.weight <= mostLoad
}

// weight says how much a frame weighs. begin is the beginning of its payload, as far as that is
// noted; known says that its stream is open.
func (h *head) weight(begin []byte, known bool) int {
	switch h.typ {
	case data:
		size := h.length
		if h.flags&flagPadded != 0 && len(begin) > 0 {
			size -= 1 + int(begin[0])
		}
		if size > 0 || h.flags&flagEndStream != 0 {
			return 0
		}
	case headers:
		if h.length > 0 && known {
			return 0
		}
	case continuation:
		return 1 // no need to send a block of fields in small pieces
	case settings:
		return 1 + h.length/(6*16) // each of them is work
	case windowUpdate:
		return 0 // there may be as many as there are pieces of what we send
	case goAway, rstStream, ping, pushPromise, priority:
	default:
		return 1 + h.length>>14 // unknown: read for nothing
	}
	return 1
}
