package conn

import "time"

// The limits of Send, Wait and Receive are deadlines of the socket. Moving a deadline costs
// a lock in the runtime's timers, so one that is near enough to what it should be stays
// where it is: a limit may be overstepped by a tenth, and is never cut short.

// base is what ticks count from. It gives them a monotonic clock at the price of an int64.
var base = time.Now()

func ticks() int64 { return int64(time.Since(base)) }

// past is a deadline that is over.
var past = time.Unix(1, 0)

// longest is more than a program runs, and little enough to be added to.
const longest = 100 * 365 * 24 * time.Hour

// near returns the deadline to set for a limit, 0 for none, and whether it must be set.
func near(by int64, limit time.Duration) (int64, bool) {
	if limit <= 0 || limit > longest {
		return 0, by != 0
	}
	now := ticks()
	if left := by - now; by != 0 && left >= int64(limit) && left <= int64(limit+limit/10) {
		return by, false
	}
	return now + int64(limit+limit/10), true
}

func deadline(by int64) time.Time {
	if by == 0 {
		return time.Time{}
	}
	return base.Add(time.Duration(by))
}

// armRead gives the next read of the socket the deadline of the phase that x is in.
func (c *link) armRead(x *Exchange) {
	if x.sender != nil { // else nobody moves the deadline but us
		c.mu.Lock()
		defer c.mu.Unlock()
	}
	if !x.armed {
		c.setReadLimit(x.readLimit())
	}
}

// armReads sets one deadline for all reads from now on; a peer that trickles would get a new
// one with each byte otherwise. 0: each has its phase's again. It reports whether the socket
// has deadlines at all.
func (c *link) armReads(x *Exchange, limit time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x.armed = limit > 0; x.armed {
		c.setReadLimit(limit)
	}
	return !c.timeless
}

// setReadLimit sets the deadline of reads. c.mu is held, if there is a sender.
func (c *link) setReadLimit(limit time.Duration) {
	by, set := near(c.readBy, limit)
	if !set || c.handedOver {
		return
	}
	c.readBy = by
	c.timeless = c.nc.SetReadDeadline(deadline(by)) != nil // or it is closed, and fails at the read
	if c.aborted.Load() {
		// wake has set its flag before its deadline: if ours came later, we see the flag.
		_ = c.nc.SetReadDeadline(past)
	}
}

// armWrite gives the next write to the socket its deadline.
func (c *link) armWrite(limit time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	by, set := near(c.writeBy, limit)
	if !set || c.handedOver {
		return
	}
	c.writeBy = by
	_ = c.nc.SetWriteDeadline(deadline(by))
	if c.aborted.Load() || c.muted {
		_ = c.nc.SetWriteDeadline(past)
	}
}

// mute ends the sending, for good, and leaves the reading alone.
func (c *link) mute() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.muted = true
	_ = c.nc.SetWriteDeadline(past)
}

// wake ends every wait for the network on this connection, for good. It runs on a goroutine
// of its own when a context ends, and on that of whoever closes a body that is being read.
func (c *link) wake() {
	c.aborted.Store(true)
	c.mu.Lock()
	timeless := !c.handedOver && c.nc.SetDeadline(past) != nil
	c.mu.Unlock()
	if timeless {
		c.kill()
	}
}

// wakeReader is wake, if the connection still carries that body: it may be another's by now.
func (c *link) wakeReader(b *Body) {
	if c.reading.CompareAndSwap(b, hungUpOn) {
		c.wake()
	}
}

// stopReading reports whether nobody has hung up on the body that was being read.
func (c *link) stopReading() bool { return c.reading.Swap(nil) != hungUpOn }

// hungUpOn stands in place of a body that somebody closes while somebody reads it.
var hungUpOn = new(Body)

// clearDeadlines takes all limits away, for a connection that is handed over.
func (c *link) clearDeadlines() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readBy, c.writeBy, c.handedOver = 0, 0, true
	_ = c.nc.SetDeadline(time.Time{}) // a socket that fails here has none, or is closed
}
