package transport

import (
	"net/http"

	"example.com/godwit/trace"
)

// carry sends the request over a connection that carries many exchanges. again says whether, and
// for what reason, it may be sent once more.
func (r *trip) carry(g grant) (res *http.Response, again resend, err error) {
	m := g.conn.many
	s := r.newStream(g)
	req, err := r.streamRequest(s)
	if err != nil { // it has been found to be in order before
		m.Release()
		g.conn.pool.unseat(g.conn)
		closeBody(r.req)
		return nil, no, &Error{Phase: trace.Send, Addr: m.addr, Err: err}
	}
	r.checked.began = s.since
	s.begin()
	res, err = m.RoundTrip(req)
	if err != nil {
		e, unseen := s.judge(s.where(), err)
		again = s.again(r, e, unseen)
		if s.up != nil && !(again == unlooked && r.sameBody) {
			s.up.abandon()
		}
		s.finish(e)
		return nil, again, e
	}
	if err = s.respond(res); err != nil {
		e := &Error{Phase: trace.Receive, Addr: m.addr, Sent: true, Answered: true, Err: err}
		if s.breakOff(err) {
			s.inner.Close()
		}
		s.end(e)
		return nil, no, e
	}
	m.served.Store(true)
	return res, no, nil
}

// where returns the phase that the exchange is in.
func (s *stream) where() trace.Phase {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase
}

// again says whether a request that has failed may be sent once more. If so, r.sameBody says that
// its body is as it was.
func (s *stream) again(r *trip, e *Error, unseen bool) resend {
	r.sameBody = true
	if s.up != nil {
		_, r.sameBody = s.up.finished()
	}
	switch {
	case unseen && (r.sameBody || mayRewind(r.req)):
		return unlooked
	case s.reused && mayResend(r.req, e):
		r.sameBody = false
		return lost
	}
	return no
}
