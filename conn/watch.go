package conn

import (
	"context"
	"sync/atomic"
)

// How an exchange hears that its context has ended: a context.AfterFunc wakes whatever waits
// for the network, and is taken back at the end of the exchange.
//
// Requests put by hand tend to come one after the other in the same context. To register anew
// for each costs as much as parsing a head; so the second of them in a row leaves its watch
// standing, which does nothing between two exchanges.

// A watch wakes a connection when a context ends, if an exchange is under way then.
type watch struct {
	link  *link
	done  <-chan struct{} // the context's: what ends at the same moment is the same to us
	stop  func() bool
	state atomic.Int32 // one of the following
}

const (
	watchRests int32 = iota
	watchGuards
	watchFired // the context has ended
)

// fire is called when the context ends, on a goroutine of its own.
func (w *watch) fire() {
	if w.state.Swap(watchFired) == watchGuards {
		w.link.wake()
	}
}

// watch has the connection woken when x's context ends.
func (c *link) watch(x *Exchange) {
	done := x.ctx.Done()
	switch {
	case done == nil:
	case x.hand == nil:
		x.stop = context.AfterFunc(x.ctx, c.abort)
	case c.standing != nil && c.standing.done == done && c.standing.state.CompareAndSwap(watchRests, watchGuards):
		x.watched = true
	case c.lastDone == done:
		c.endWatch()
		w := &watch{link: c, done: done}
		w.state.Store(watchGuards)
		w.stop = context.AfterFunc(x.ctx, w.fire)
		c.standing, x.watched = w, true
		c.onClose(w.stop)
	default:
		c.endWatch()
		x.stop = context.AfterFunc(x.ctx, c.abort)
		c.lastDone = done
		c.onClose(x.stop)
	}
}

// unwatch takes the waking back. It reports whether that came in time: otherwise the
// connection has been woken, or is about to be, and is of no use to anybody.
func (x *Exchange) unwatch() bool {
	if x.watched {
		x.watched = false
		return x.conn.standing.state.CompareAndSwap(watchGuards, watchRests)
	}
	if x.stop == nil {
		return true
	}
	stop := x.stop
	if x.stop = nil; x.hand != nil {
		x.conn.onClose(nil)
	}
	return stop()
}

// endWatch takes down the watch that stands, for a connection that needs none any more.
func (c *link) endWatch() {
	if c.standing != nil {
		c.standing.stop()
		c.standing = nil
		c.onClose(nil)
	}
}

// onClose notes what Close, which may come from any goroutine, has to take back: nobody may
// come for the response after it.
func (c *link) onClose(stop func() bool) {
	c.mu.Lock()
	c.stopOnClose = stop
	c.mu.Unlock()
	if stop != nil && c.closed.Load() {
		stop() // Close came before us
	}
}

// release takes it back.
func (c *link) release() {
	c.mu.Lock()
	stop := c.stopOnClose
	c.stopOnClose = nil
	c.mu.Unlock()
	if stop != nil {
		stop()
	}
}
