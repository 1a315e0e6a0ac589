// What is noted of each exchange of a call.

package godwit

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"example.com/godwit/transport"
)

// An Attempt is one exchange of a call: a request that was sent, or was to be, and what came of
// it. A call may have several: redirects, answers to challenges, further attempts.
type Attempt struct {
	Hop    int           // how many redirects had been followed
	N      int           // 1 for the first attempt of this hop
	Waited time.Duration // before it
	Status int           // of the response; 0: none came
	Err    error         // why none came; nil: one did

	// Timings, Conn and Proxy say how it went. Of a transport that is not Godwit's own, only
	// the time from the request to the response's head is known.
	transport.Report
}

// reportTo notes the beginning of an exchange of the call that ctx belongs to, and returns what the
// transport fills in.
func reportTo(ctx context.Context) *transport.Report {
	if c := callIn(ctx); c != nil {
		return &c.beginAttempt().Report
	}
	return nil
}

// beginAttempt is report.
func (c *call) beginAttempt() *Attempt {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.addAttempt()
}

// addAttempt adds an exchange to those of the call. c.mu is held.
func (c *call) addAttempt() *Attempt {
	var a *Attempt
	if c.sendings == 0 {
		a = &c.one[0]
	} else {
		if last := c.lastAttempt(); last.Status == 0 && last.Err == nil && last.Hop == c.hop && last.N == c.n+1 {
			last.Err = errResent
		}
		a = new(Attempt)
		c.more = append(c.more, a)
	}
	c.sendings++
	a.Hop, a.N, a.Waited = c.hop, c.n+1, c.waited
	return a
}

// begun returns how many exchanges have begun.
func (c *call) begun() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int(c.sendings)
}

// lastAttempt returns the exchange that began last. c.mu is held, and there is one.
func (c *call) lastAttempt() *Attempt {
	if len(c.more) > 0 {
		return c.more[len(c.more)-1]
	}
	return &c.one[0]
}

// errResent is what the engine does by itself.
var errResent = errors.New("the connection was lost, and the request sent again on another")

// noteAttempt notes what came of an exchange that began when so many others had.
func (c *call) noteAttempt(before int, start time.Time, res *http.Response, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var a *Attempt
	if int(c.sendings) > before {
		a = c.lastAttempt()
	} else { // nobody has asked for a report
		a = c.addAttempt()
		if a.Timings.Start = start; start.IsZero() {
			a.Timings.Start = time.Now() // it has not come to sending anything
		}
		a.Timings.Wait = time.Since(a.Timings.Start)
	}
	if a.Err = err; res != nil {
		a.Status = res.StatusCode
	}
}

// attempts returns what was sent, as of now.
func (c *call) attempts() []Attempt {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.more) == 0 {
		return c.one[:c.sendings:c.sendings]
	}
	all := slices.Clone(c.one[:])
	for _, a := range c.more {
		all = append(all, *a)
	}
	return all
}

// place is where a call stands.
type place struct {
	hop    int           // redirects followed
	n      int           // attempts of this hop that are over
	waited time.Duration // before the one under way
}

// nextPlace notes that another attempt begins, after a wait.
func (c *call) nextPlace(waited time.Duration) {
	c.mu.Lock()
	c.place = place{c.hop, c.n + 1, waited}
	c.mu.Unlock()
}

// where returns where the call stands.
func (c *call) where() place {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.place
}
