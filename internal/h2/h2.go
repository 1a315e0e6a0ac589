// Package h2 knows how HTTP/2 frames look (RFC 9113 4 and 6), and no more of HTTP/2 than can be
// told by looking at them as they pass.
//
// net/http speaks HTTP/2 for us, over connections that we have opened. What it does not tell, and
// what it does not bound, is seen from below here: when the server has sent its settings and how
// many streams they allow, which streams it will not look at any more (GOAWAY), which stream was
// opened last; and that a server sends nothing but frames that mean work and carry nothing.
//
// Nothing here reads, writes or waits; time is a parameter.
package h2

import "strconv"

// A Code says why a stream or a connection came to its end (RFC 9113 7).
type Code uint32

// The codes that mean something to us.
const (
	NoError       Code = 0x0
	ProtocolError Code = 0x1
	RefusedStream Code = 0x7
)

var codeNames = [...]string{
	"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
	"STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
	"CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
}

// String returns the name that the RFC gives the code, and the number of one that it has none for.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return "0x" + strconv.FormatUint(uint64(c), 16)
}

// A frameType says what a frame is for (RFC 9113 6).
type frameType uint8

const (
	data         frameType = 0x0
	headers      frameType = 0x1
	priority     frameType = 0x2
	rstStream    frameType = 0x3
	settings     frameType = 0x4
	pushPromise  frameType = 0x5
	ping         frameType = 0x6
	goAway       frameType = 0x7
	windowUpdate frameType = 0x8
	continuation frameType = 0x9
)

// Flags of frames.
const (
	flagAck        = 0x1 // SETTINGS, PING
	flagEndStream  = 0x1 // DATA, HEADERS
	flagEndHeaders = 0x4 // HEADERS, CONTINUATION, PUSH_PROMISE
	flagPadded     = 0x8 // DATA
)

// Settings (RFC 9113 6.5.2).
const (
	maxConcurrentStreams = 0x3
	initialWindowSize    = 0x4
)

const (
	headSize = 9 // of a frame (RFC 9113 4.1)
	preface  = len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
)

// A head is how a frame begins.
type head struct {
	length int
	typ    frameType
	flags  uint8
	stream uint32
}

func parseHead(b []byte) head {
	return head{
		length: int(b[0])<<16 | int(b[1])<<8 | int(b[2]),
		typ:    frameType(b[3]),
		flags:  b[4],
		stream: uint32At(b[5:]) &^ (1 << 31),
	}
}

func uint32At(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
