package conn

import "context"

// How an exchange hears that its context has ended: a context.AfterFunc wakes whatever waits
// for the network, and is taken back at the end of the exchange.
//
// Requests put by hand tend to come one after the other in the same context. To register anew
// for each costs as much as parsing a head; so the second of them in a row leaves its watch
// standing, which does nothing between two exchanges.

// A watch wakes a connection when a context ends, if an exchange is under way then.
type watch struct {
	link *link
	stop func() bool
}

// fire is called when the context ends, on a goroutine of its own. At most one of fire and
// unwatch finds the watch on guard.
func (w *watch) fire() {
	if w.link.guard.CompareAndSwap(w, nil) {
		w.link.wake()
	}
}

// watch has the connection woken when x's context ends.
func (c *link) watch(x *Exchange) {
	done := x.ctx.Done() // contexts that end at the same moment are the same to us
	switch {
	case done == nil:
	case x.hand == nil:
		x.stop = context.AfterFunc(x.ctx, c.abort)
	case c.lastDone == done:
		if c.standing == nil {
			c.standing = &watch{link: c}
			c.standing.stop = context.AfterFunc(x.ctx, c.standing.fire)
			c.onClose(c.standing.stop)
		}
		x.watched = true
		c.guard.Store(c.standing)
		if x.ctx.Err() != nil {
			c.standing.fire() // which may have been called before, when nothing was to be done
		}
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
		return x.conn.guard.CompareAndSwap(x.conn.standing, nil)
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
