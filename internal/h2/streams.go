package h2

import (
	"sync"

	"example.com/godwit/internal/h1"
)

// Streams are those of a connection that the server has not answered to the end, with the room that
// it has given each for what we send. What is sent and what comes in is noted by different
// goroutines.
//
// The room is watched because net/http locks itself up when a server gives a stream too much of it
// (Go 1.26: processWindowUpdate), and nothing on the connection ever ends then, be it cancelled or
// not.
type Streams struct {
	mu    sync.Mutex // guards the following
	open  map[uint32]*stream
	last  uint32  // the one that was opened last; 0: none has been
	more  int64   // how much more room new ones have than initialWindow
	spare *stream // one that is over; nil: there is none
}

type stream struct {
	window int64
	begun  bool // the head of a response has come
}

const (
	maxWindow     = 1<<31 - 1 // RFC 9113 6.9.1
	initialWindow = 65535     // unless the server says otherwise (RFC 9113 6.9.2)
)

// Opened returns the stream that was opened last; 0: none has been.
func (s *Streams) Opened() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// sent notes a frame that is about to be sent.
func (s *Streams) sent(h head) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch st := s.open[h.stream]; {
	case h.typ == headers && h.stream > s.last:
		if s.open == nil {
			s.open = make(map[uint32]*stream)
		}
		s.last = h.stream
		st, s.spare = s.spare, nil
		if st == nil {
			st = new(stream)
		}
		*st = stream{window: initialWindow + s.more}
		s.open[h.stream] = st
	case h.typ == data && st != nil:
		st.window -= int64(h.length)
	case h.typ == rstStream:
		s.forget(h.stream)
	}
}

// forget forgets a stream, of which nothing more comes. s.mu is held.
func (s *Streams) forget(id uint32) {
	if st := s.open[id]; st != nil {
		s.spare = st
		delete(s.open, id)
	}
}

// came looks at the head of a frame of a stream, and reports whether the frame means anything to
// whoever is above.
//
// known says that the stream is open: what is late for one that is not is of no use, but still has
// to be read by whoever is above, because of the tables of HPACK and the window of the connection.
func (s *Streams) came(h head) (wanted, known bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.open[h.stream]
	switch h.typ {
	case headers:
		if st != nil {
			st.begun = true
		}
	case data:
		if h.stream > s.last || st != nil && !st.begun {
			return false, true, &h1.ProtocolError{Rule: h1.RuleFrames, Got: "data that nobody has asked for"}
		}
	case windowUpdate:
		return h.stream == 0 || st != nil, st != nil, nil
	}
	return true, st != nil, nil
}

// ended notes that no more comes of a stream.
func (s *Streams) ended(id uint32) {
	s.mu.Lock()
	s.forget(id)
	s.mu.Unlock()
}

// widen gives a stream room.
func (s *Streams) widen(id, by uint32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.open[id]
	if st == nil {
		return nil
	}
	if st.window += int64(by &^ (1 << 31)); st.window > maxWindow {
		return errWindow
	}
	return nil
}

// resize gives all streams as much room as new ones have from now on.
func (s *Streams) resize(initial uint32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if initial > maxWindow {
		return errWindow
	}
	was := s.more
	s.more = int64(initial) - initialWindow
	for _, st := range s.open {
		if st.window += s.more - was; st.window > maxWindow {
			return errWindow
		}
	}
	return nil
}

var errWindow = &h1.ProtocolError{Rule: h1.RuleFrames, Got: "more room than there can be (FLOW_CONTROL_ERROR)"}
