// What a call tells the tracer.

package godwit

import (
	"net/url"
	"strings"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// tellStart tells the tracer that the call begins, and what was chosen for it.
func (c *call) tellStart(u *url.URL) {
	c.tell(trace.CallStart{Call: c.id, Method: c.request.Method, Origin: transport.Origin(u), Path: u.EscapedPath()})
	if c.request.userInfo {
		c.tell(trace.Choice{Call: c.id, What: "credential", Value: "Basic", Rule: "user info of the URL"})
	}
}

// tellDone tells the tracer that the call is over.
func (c *call) tellDone(status int, err error) {
	done := trace.CallDone{
		Call: c.id, Method: c.request.Method, Status: status, Bytes: c.bytes.Load(),
		Attempts: len(c.attempts()), Hops: len(c.pathTaken().history), Err: err,
	}
	if req := c.lastSent(); req != nil {
		done.Method, done.Origin = req.Method, transport.Origin(req.URL)
		done.Path = req.URL.EscapedPath()
	}
	if err != nil {
		done.Kind = kindOf(err)
	}
	c.tell(done)
}

// tell tells the tracer, if there is one, what is no secret.
func (c *call) tell(ev trace.Event) {
	if t := c.session.Tracer; t != nil {
		t.Trace(c, c.request.secrets.hideEvent(ev))
	}
}

// drop tells the tracer, and returns, what does not go to another origin.
func (c *call) drop(hop int, to *url.URL, names []string) drop {
	origin := transport.Origin(to)
	if c.session.Tracer != nil {
		rule := "meant for another origin than " + origin
		if hop > 0 {
			rule = "redirect to another origin, " + origin
		}
		c.tell(trace.Choice{Call: c.id, What: "header dropped", Value: strings.Join(names, ", "), Rule: rule})
	}
	return drop{hop, origin, names}
}
