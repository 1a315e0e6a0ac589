// Whether the server may have acted on a request that failed.

package godwit

import (
	"errors"
	"net"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// SentState says of a request that failed whether the server may have acted on it.
type SentState uint8

const (
	// Unsent: nothing of the request was sent. It is safe to send it again, whatever it is.
	Unsent SentState = iota
	// MaybeProcessed: some of it was sent, and no answer came. Nobody can tell.
	MaybeProcessed
	// Answered: the server has answered, at least in part.
	Answered
)

// String returns the state in words.
func (s SentState) String() string {
	switch s {
	case Unsent:
		return "unsent"
	case MaybeProcessed:
		return "maybe processed"
	default:
		return "answered"
	}
}

// stateOf tells how far a request has come that ended in the error. Where nobody knows, it is
// MaybeProcessed.
func stateOf(err error) SentState {
	if e, ok := errors.AsType[*trace.Error](err); ok {
		switch {
		case e.Answered:
			return Answered
		case e.Sent:
			return MaybeProcessed
		}
		return Unsent
	}
	if _, ok := errors.AsType[*conn.RequestError](err); ok {
		return Unsent
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return Unsent
	}
	return MaybeProcessed
}

// state tells it of the request under way, with all its attempts: if the last one was answered
// so is the request; and what an earlier one may have done is done, however the last one ended.
func (c *call) state() SentState {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Unsent
	for i := range int(c.sendings) {
		a := &c.one[0]
		if i > 0 {
			a = c.more[i-1]
		}
		if a.Hop != c.hop {
			continue
		}
		this := Answered
		if a.Status == 0 {
			this = stateOf(a.Err)
		}
		if i < int(c.sendings)-1 {
			this = min(this, MaybeProcessed)
		}
		s = max(s, this)
	}
	return s
}
