package download

import (
	"sync"
	"sync/atomic"
	"time"
)

// A Watch says how far a download is, to whoever asks. The zero value is ready for use.
type Watch struct {
	came atomic.Int64 // bytes that are there, those of earlier runs too

	mu   sync.Mutex // guards the following
	seen Sight
}

// A Sight is what a Watch shows.
type Sight struct {
	Name    string    // of the file; "": not known yet
	Done    int64     // bytes that are there
	Before  int64     // those of them that were there already
	Total   int64     // -1: not known
	Started time.Time // when the first byte could come; zero: it could not yet
	Phase   Phase
}

// A Phase is what a download is at.
type Phase uint8

// The phases, in their order.
const (
	Waiting   Phase = iota // for an answer
	Fetching               // bytes are coming
	Verifying              // the checksum
	Settling               // putting it on the disk
	Ended
)

// Look returns how far it is.
func (w *Watch) Look() Sight {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.seen
	s.Done = w.came.Load()
	return s
}

// change changes what is shown. A nil Watch shows nothing.
func (w *Watch) change(f func(*Sight)) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f(&w.seen)
}

func (w *Watch) phase(p Phase) { w.change(func(s *Sight) { s.Phase = p }) }

func (w *Watch) add(n int64) {
	if w != nil {
		w.came.Add(n)
	}
}

// begin shows that bytes can come, and that some are there.
func (w *Watch) begin(name string, before, total int64) {
	if w == nil {
		return
	}
	w.came.Store(before)
	w.change(func(s *Sight) {
		s.Name, s.Before, s.Total, s.Phase = name, before, total, Fetching
		if s.Started.IsZero() {
			s.Started = time.Now()
		}
	})
}
