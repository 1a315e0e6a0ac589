package transport

import (
	"errors"
	"io"
	"runtime"
	"sync"
	"time"

	"example.com/godwit/internal/h2"
)

// An outbox sends what net/http writes, on a goroutine that there is only while there is something
// to be sent. So nobody waits for the network under net/http's lock for writing, which readers of
// responses need, and those who cancel; and what many requests have to say goes out at once.
//
// How much is in it is bounded by who fills it: the bodies of requests wait for room before they
// are read.
type outbox struct {
	to    io.Writer
	clock func(limit time.Duration) // sets the deadline of a write
	limit time.Duration             // of one write that stalls; 0: none
	lost  func(error)               // told once, if it cannot be sent

	mu      sync.Mutex // guards the following
	look    h2.Outbound
	waiting []byte        // to be sent
	spare   []byte        // memory for that; nil: none
	sending int           // bytes that are being sent
	inHand  int           // bytes of bodies that have been read, and not been put in yet
	busy    bool          // the goroutine is at work
	ending  bool          // nothing is sent any more, and lost is being told why
	err     error         // that; nil: lost does not know yet
	emptied chan struct{} // closed when there is more room; nil: nobody waits for that
}

const (
	mostSent   = 256 << 10 // bytes in it, when no more of a body is read
	mostOutbox = 8 << 20   // bytes in it, when the server is taken for one that reads nothing
	mostAtOnce = 32 << 10  // bytes of a body that are read at once
	mostSpare  = 4 << 10   // bytes of memory that an idle connection keeps
)

var errOutbox = errors.New("the server reads nothing of what it is sent")

// Write puts p into the outbox. When that is at its end nobody is told before it is known why: net/http
// closes the connection on an error, and learns nothing from the server any more.
func (o *outbox) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.err != nil:
		return 0, o.err
	case o.ending:
		return len(p), nil
	case len(o.waiting)+o.sending+len(p) > mostOutbox:
		o.ending = true
		go o.end(errOutbox) // which ends by itself
		return len(p), nil
	}
	o.look.Look(p)
	if o.waiting == nil {
		o.waiting, o.spare = o.spare, nil
	}
	o.waiting = append(o.waiting, p...)
	if !o.busy {
		o.busy = true
		go o.run() // ends when all is sent, or cannot be
	}
	return len(p), nil
}

// run sends what there is.
func (o *outbox) run() {
	runtime.Gosched() // others who are about to write may as well do so first: it is sent at once
	o.mu.Lock()
	var failed error
	for len(o.waiting) > 0 && !o.ending {
		b := o.waiting
		o.waiting, o.sending = nil, len(b)
		o.mu.Unlock()
		if o.limit > 0 {
			o.clock(o.limit)
		}
		_, err := o.to.Write(b)
		o.mu.Lock()
		o.sending = 0
		if cap(b) <= mostSpare || len(o.waiting) > 0 {
			o.spare = b[:0]
		}
		if err != nil && !o.ending {
			o.ending, failed = true, err
		}
		o.makeRoom()
	}
	o.busy = false
	o.mu.Unlock()
	if failed != nil {
		o.end(failed)
	}
}

// end tells why nothing can be sent any more, and from then on those who write. o.ending is set.
func (o *outbox) end(err error) {
	o.lost(err)
	o.mu.Lock()
	o.err = err
	o.waiting, o.spare = nil, nil
	o.makeRoom()
	o.mu.Unlock()
}

// makeRoom tells those who wait that there is more room. o.mu is held.
func (o *outbox) makeRoom() {
	if o.emptied != nil {
		close(o.emptied)
		o.emptied = nil
	}
}

// await waits for room for a piece of a body. It returns early if either channel is closed.
func (o *outbox) await(done, ended <-chan struct{}) {
	for {
		o.mu.Lock()
		if o.ending || len(o.waiting)+o.sending+o.inHand <= mostSent {
			o.mu.Unlock()
			return
		}
		if o.emptied == nil {
			o.emptied = make(chan struct{})
		}
		emptied := o.emptied
		o.mu.Unlock()
		select {
		case <-emptied:
		case <-done:
			return
		case <-ended:
			return
		}
	}
}

// hand notes that n more bytes of a body are on their way to the outbox, or fewer.
func (o *outbox) hand(n int) {
	o.mu.Lock()
	o.inHand += n
	if n < 0 {
		o.makeRoom()
	}
	o.mu.Unlock()
}

// updates returns how many WINDOW_UPDATE frames there is a reason for.
func (o *outbox) updates() int64 { return o.look.Updates.Load() }
