// Trying HTTP/3 beside TCP: whether, for how long, and what follows from how that goes.

package transport

import (
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/header"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

var (
	// errLate says that there was no connection of HTTP/3 in time. There may be one later.
	errLate     = errors.New("no connection of HTTP/3 in time")
	errUnlisted = errors.New("the DNS lists no HTTP/3")
	errBroken   = errors.New("HTTP/3 has not worked just now")
)

// sendAny sends the request over HTTP/3, if that is worth a try, and over TCP if it is not, or if
// nothing has come of it and another attempt does no harm.
func (r *trip) sendAny() (*http.Response, error) {
	if !r.http3 || r.noHTTP3() != nil {
		return r.send()
	}
	b := r.choose()
	if b == nil {
		res, err := r.send()
		r.learn(res)
		return res, err
	}
	res, instead, err := b.send()
	if instead {
		if res, err = r.send(); err != nil && b.isStillGood(err) {
			b.patient = true
			if late, instead, lateErr := b.send(); !instead {
				res, err = late, lateErr
			}
		}
	}
	r.learn(res)
	return res, err
}

// learn notes what a response says of other places (RFC 7838 3). One that is not the origin's own
// word (421) does not count (6).
func (r *trip) learn(res *http.Response) {
	if res == nil || res.StatusCode == http.StatusMisdirectedRequest {
		return
	}
	said := res.Header["Alt-Svc"]
	if len(said) == 0 {
		return
	}
	age, _ := header.ParseAge(res.Header.Get("Age"))
	r.t.alternatives.learn(&r.key, said, age, r.verifies(), time.Now())
}

// verifies reports whether the server must prove who it is.
func (r *trip) verifies() bool {
	tr := trusted(r.key.trust)
	base := r.t.baseTLS(&tr)
	return !tr.insecure && (base == nil || !base.InsecureSkipVerify)
}

// choose returns where HTTP/3 is to be tried, nil if it is not.
func (r *trip) choose() *beside {
	var origin place
	if r.eager {
		origin = r.key.place()
	}
	p := r.t.alternatives.pick(&r.key, origin, time.Now())
	_, asks := r.route.Resolver.(HTTPSResolver)
	switch {
	case p.ok:
		return &beside{r: r, place: p.place, slow: p.slow}
	case p.unknown && asks && r.key.isName() && r.route.Hosts == nil:
		return &beside{r: r}
	}
	return nil
}

// isName reports whether the host is one that the DNS knows.
func (k *key) isName() bool {
	if _, err := netip.ParseAddr(k.host); err == nil {
		return false
	}
	return k.host != "localhost"
}

// A beside is HTTP/3 as it is tried for a request that may go over TCP as well.
type beside struct {
	r       *trip // the request's
	place   place // where; zero: the DNS is to be asked
	slow    bool  // only a connection that is there will do
	patient bool  // there is nothing else to be tried

	reused bool // the connection has carried others
	late   bool // there was none in time
}

// send sends the request. instead says that nothing has come of it, and that TCP is to be tried: the
// request's body is then as it was.
func (b *beside) send() (res *http.Response, instead bool, err error) {
	r := b.r
	r.beginAttempt()
	r.client = httptrace.ContextClientTrace(r.ctx)
	if err := r.check(); err != nil {
		return nil, false, err
	}
	g, err := b.connect()
	if err != nil {
		if trace.Ended(r.ctx) != nil {
			r.giveUp(nil, err)
			return nil, false, err
		}
		r.emitDone(err)
		return nil, b.fallBack(err), err
	}
	b.reused, r.conn = g.reused, g.conn
	r.emitChoice("HTTP/3", "it is said to be spoken at "+b.place.String())
	res, again, err := r.carry(g)
	if err == nil && res.StatusCode != http.StatusMisdirectedRequest {
		return res, false, nil
	}
	if err == nil {
		r.t.alternatives.forget(&r.key, b.place)
		if !mayRewind(r.given) {
			return res, false, nil
		}
		again = misdirected
	}
	if err != nil {
		b.judge(err.(*Error))
	}
	if again == no && !b.mayGoOn(err.(*Error)) {
		return nil, false, err
	}
	body, ok := r.req.Body, true
	if again != unlooked || !r.sameBody {
		body, ok = rewound(r.given)
	}
	if !ok {
		return res, false, err
	}
	if res != nil {
		r.disown(res)
	}
	if err := r.address(body); err != nil {
		closeBody(r.req)
		return nil, false, err
	}
	return nil, b.fallBack(err), err
}

// mayGoOn decides whether a request that has failed over HTTP/3 is sent over TCP. A connection that is
// new is as good a reason as one that had been idle: TCP need not have the same fault.
func (b *beside) mayGoOn(e *Error) bool {
	if _, own := errors.AsType[*conn.BodyError](e.Err); own {
		return false
	}
	if _, own := errors.AsType[*conn.RequestError](e.Err); own {
		return false
	}
	if e.Answered || e.Limit > 0 || trace.Ended(b.r.ctx) != nil || !mayRewind(b.r.given) {
		return false
	}
	return !e.Sent || isIdempotent(b.r.given)
}

// fallBack notes why the request is sent over TCP. It is true.
func (b *beside) fallBack(err error) bool {
	rule := "HTTP/3 serves another origin there"
	if err != nil {
		rule = "HTTP/3: " + err.Error()
	}
	b.r.emitChoice("TCP", rule)
	return true
}

// judge notes that an exchange has failed because there is something wrong with HTTP/3 at the other
// end, or on the way there, if that is why. That a connection is gone that has carried others is
// nothing out of the ordinary.
func (b *beside) judge(e *Error) {
	fault := false
	switch cause := e.Err.(type) {
	case connEnd:
		fault = !b.reused && !cause.Unprocessed()
	case *tlserr.Error, *conn.ProtocolError:
		fault = true
	case *StreamError:
		fault = cause.Err != nil
	}
	if fault {
		b.r.t.alternatives.failed(&b.r.key, b.place, time.Now())
	}
}

// isStillGood reports whether HTTP/3 is worth waiting for, now that TCP has failed: there may be a
// connection by now, or soon. The request's body is then as it was.
func (b *beside) isStillGood(err error) bool {
	r := b.r
	e, ok := err.(*Error)
	if !ok || e.Phase != trace.Connect || !b.late || b.place == (place{}) || trace.Ended(r.ctx) != nil ||
		r.t.alternatives.isBroken(&r.key, b.place, time.Now()) {
		return false
	}
	body, ok := rewound(r.given)
	return ok && r.address(body) == nil
}

func (r *trip) emitChoice(value, rule string) {
	if r.opt.Tracer != nil {
		r.emit(trace.Choice{Call: r.opt.Call, What: "protocol", Value: value, Rule: rule})
	}
}
