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
	waiting []byte // to be sent
	spare   []byte // memory for that; nil: none
	sending int    // bytes that are being sent
	inHand  int    // bytes of bodies that have been read, and not been put in yet
	busy    bool   // the goroutine is at work
	err     error
	emptied chan struct{} // closed when there is more room; nil: nobody waits for that
}

const (
	mostSent   = 256 << 10 // bytes in it, when no more of a body is read
	mostOutbox = 8 << 20   // bytes in it, when the server is taken for one that reads nothing
	mostAtOnce = 32 << 10  // bytes of a body that are read at once
	mostSpare  = 4 << 10   // bytes of memory that an idle connection keeps
)

var errOutbox = errors.New("the server reads nothing of what it is sent")

// Write puts p into the outbox.
func (o *outbox) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	if len(o.waiting)+o.sending+len(p) > mostOutbox {
		o.err = errOutbox
		go o.lost(errOutbox) // which ends by itself
		return 0, o.err
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
	for len(o.waiting) > 0 && o.err == nil {
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
		if err != nil {
			o.err = err
		}
		o.makeRoom()
	}
	o.busy = false
	err := o.err
	o.mu.Unlock()
	if err != nil {
		o.lost(err)
	}
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
		if o.err != nil || len(o.waiting)+o.sending+o.inHand <= mostSent {
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
