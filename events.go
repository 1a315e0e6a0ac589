// Server-sent events over connections that come and go.

package godwit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

const (
	// usualRetry is how long to wait before reconnecting if the server says nothing; browsers
	// wait 3 or 5 seconds.
	usualRetry = 3 * time.Second

	// leastBackoff and mostBackoff bound the waits that grow while reconnecting is of no use.
	leastBackoff = time.Second
	mostBackoff  = time.Minute
)

// lastEventID is the field as http.Header spells it.
const lastEventID = "Last-Event-Id"

// Events yields server-sent events, and goes on when their connection ends or breaks: it
// waits as long as the server has said (3 s if it has said nothing), sends the request again
// with the ID of the last event as Last-Event-ID, and yields what comes then. While that
// leads to no event the waits become longer, up to a minute, and vary. It reconnects only
// while somebody ranges, and only a GET without a body; other streams end when their
// connection does. [ReadEvents] of Body never reconnects.
//
// It ends without an error when the server answers 204 to that request, as the standard asks
// of servers that want clients to stop. It ends with one when the context or the [Timeout]
// ends, when the stream is closed, after an event larger than [MaxBody] (64 MiB unless that
// says otherwise), and when an answer is not 200 and text/event-stream: a *[StatusError] from
// 400 on, else [ErrDecode]. A certificate that is not to be trusted is no broken connection,
// nor is a redirect that must not be followed.
//
// Each reconnection is a call by itself to tracers, hooks and middleware. It starts at the
// first URL with the options of the first call, so credentials go where they went then and
// nowhere else. An ID is sent to the origins of that URL and of the stream that it came from
// alone. The stream's own fields remain those of the first answer.
func (s *Stream) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if s.events == nil {
			s.events = newEventSource(s)
		}
		for {
			ev, err := s.events.next()
			if err == io.EOF || !yield(ev, err) || err != nil {
				return
			}
		}
	}
}

// An eventSource is what Events reads from.
type eventSource struct {
	stream *Stream // the first; its Close ends all
	reader *eventReader
	err    error // how it has ended; nil: it has not

	ctx      context.Context // of the reconnections, for as long as they go on; nil: there are none
	cancel   context.CancelFunc
	id       string // the last ID that can be sent
	idOrigin string // where it came from
	from     string // the origin of the stream that is read
	failures int    // connections in a row that have brought no event
	heard    bool   // this one has

	mu      sync.Mutex // guards the following
	body    io.Closer  // of the connection that is read, if it is not the stream's own
	closing bool
}

// newEventSource looks at the first answer.
func newEventSource(s *Stream) *eventSource {
	es := &eventSource{stream: s, from: transport.Origin(s.Request.URL)}
	if es.err = isEventStream(s); es.err != nil {
		return es
	}
	es.id, es.idOrigin = s.first.Header.Get(lastEventID), transport.Origin(s.first.URL)
	es.reader = newEventReader(s.buffered(), s.most(), es.id)
	live, ours := s.Body.(*liveBody)
	if !ours || s.first.Method != http.MethodGet || (s.first.Body != nil && s.first.Body != http.NoBody) {
		return es
	}
	if deadline, ok := s.call.Deadline(); ok && s.call.request.Timeout > 0 {
		es.ctx, es.cancel = context.WithDeadlineCause(s.call.caller, deadline, errTimeout)
	} else {
		es.ctx, es.cancel = context.WithCancel(s.call.caller)
	}
	end := context.CancelFunc(es.close)
	live.onEnd.Store(&end)
	return es
}

// isEventStream returns nil if the answer is one, io.EOF if it says that there is none, and
// else what is wrong.
func isEventStream(s *Stream) error {
	switch {
	case s.StatusCode >= 400:
		return s.asStatusError()
	case s.StatusCode == http.StatusNoContent:
		return io.EOF
	case s.StatusCode != http.StatusOK:
		return s.undecodable(fmt.Errorf("no event stream: the status is %d, not 200", s.StatusCode))
	}
	if essence, _ := mediaType(s.Header.Get("Content-Type")); essence != "text/event-stream" {
		return s.undecodable(fmt.Errorf("no event stream: the content is %s, not text/event-stream", visible(fmt.Sprintf("%.60q", essence))))
	}
	return nil
}

// next returns the next event, of this connection or of one that follows it.
func (es *eventSource) next() (Event, error) {
	for es.err == nil {
		ev, err := es.reader.next()
		if id := es.reader.lastID; id != es.id && isFieldValue(id) {
			es.id, es.idOrigin = id, es.from
		}
		if err == nil {
			es.heard = true
			return ev, nil
		}
		if err == errEventTooLarge {
			err = es.stream.tooLarge("an event", es.reader.most)
		}
		if es.err = es.goOn(err); es.err != nil {
			es.close()
		}
	}
	return Event{}, es.err
}

// goOn reconnects after the connection has ended in that way. It returns how the source
// ends, if it does; io.EOF is an end like any other only where nothing reconnects.
func (es *eventSource) goOn(err error) error {
	if es.ctx == nil {
		return err
	}
	es.letGo()
	if es.heard {
		es.failures = 0
	}
	for {
		if end := es.ended(); end != nil {
			if !es.isClosed() && (errors.Is(err, ErrCanceled) || errors.Is(err, ErrTimeout)) {
				return err // it knows better where
			}
			return end
		}
		if err != io.EOF && !mayPass(err) {
			return err
		}
		if !es.heard {
			es.failures++
		}
		if end := es.wait(); end != nil {
			return end
		}
		es.heard = false
		var st *Stream
		if st, err = es.open(); err != nil {
			continue
		}
		if end := isEventStream(st); end != nil {
			st.Close()
			return end
		}
		return es.take(st)
	}
}

// take makes the stream the one that is read.
func (es *eventSource) take(st *Stream) error {
	es.mu.Lock()
	es.body = st
	closing := es.closing
	es.mu.Unlock()
	if closing {
		return es.ended()
	}
	es.from = transport.Origin(st.Request.URL)
	es.reader.reset(st.buffered())
	return nil
}

// letGo closes the connection that has ended: the stream's own without ending Events.
func (es *eventSource) letGo() {
	es.mu.Lock()
	body := es.body
	es.body = nil
	es.mu.Unlock()
	if live, ok := es.stream.Body.(*liveBody); ok && body == nil {
		body = live.ReadCloser
	}
	if body != nil {
		body.Close()
	}
}

// close ends reconnecting, and closes the connection that is read if it is not the stream's
// own.
func (es *eventSource) close() {
	if es.cancel != nil {
		es.cancel()
	}
	es.mu.Lock()
	body := es.body
	es.body, es.closing = nil, true
	es.mu.Unlock()
	if body != nil {
		body.Close()
	}
}

// ended returns why nothing more can come: the stream has been closed, or the context or the
// Timeout has ended.
func (es *eventSource) ended() error {
	if es.isClosed() {
		return es.failed(http.ErrBodyReadAfterClose)
	}
	err := trace.Ended(es.ctx)
	if err == nil {
		return nil
	}
	if context.Cause(es.ctx) == errTimeout {
		return es.failed(&timeoutError{es.stream.call.request.Timeout.String(), errReconnecting})
	}
	return es.failed(fmt.Errorf("%w: %w", errReconnecting, err))
}

// isClosed reports whether the stream has been closed.
func (es *eventSource) isClosed() bool {
	live, ok := es.stream.Body.(*liveBody)
	return ok && live.closed.Load()
}

// failed makes an error of what happens between two connections.
func (es *eventSource) failed(err error) error {
	e := failed(es.stream.first, err)
	e.hideWith(es.stream.call.request.secrets)
	return e
}

var errReconnecting = errors.New("reconnecting to an event stream")

// wait waits before reconnecting.
func (es *eventSource) wait() error {
	base := usualRetry
	if es.reader.asked {
		base = es.reader.retry
	}
	timer := time.NewTimer(reconnectWait(base, es.failures, rand.Float64()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-es.ctx.Done():
		return es.ended()
	}
}

// reconnectWait returns how long to wait: base at first, and up to twice, four times … as
// long while that is of no use. random is from 0 to 1.
func reconnectWait(base time.Duration, failures int, random float64) time.Duration {
	if failures == 0 {
		return base
	}
	most := max(base, leastBackoff) << min(failures, 10)
	most = max(min(most, mostBackoff), base)
	least := min(max(base, leastBackoff), most)
	return least + time.Duration(random*float64(most-least))
}

// open sends the first request again.
func (es *eventSource) open() (*Stream, error) {
	s := es.stream
	p := &prepared{Context: es.ctx, request: *s.call.request}
	req := s.first.WithContext(p)
	req.Header = maps.Clone(req.Header)
	delete(req.Header, lastEventID)
	if es.id != "" {
		req.Header[lastEventID] = []string{es.id}
		p.request.OnRequest = append([]func(*http.Request) error{es.addID}, p.request.OnRequest...)
	}
	return s.call.session.Open(req)
}

// addID is a hook that puts the ID back where a redirect leads to the origin that it came
// from: on the way to another origin everything that is not harmless is dropped.
func (es *eventSource) addID(req *http.Request) error {
	if transport.Origin(req.URL) == es.idOrigin {
		req.Header[lastEventID] = []string{es.id}
	}
	return nil
}

// mayPass reports whether what ended a connection, or kept one from being made, may be over
// when the next one is made.
func mayPass(err error) bool {
	if e, ok := errors.AsType[*tlserr.Error](err); ok {
		return e.Cause == tlserr.Closed
	}
	if errors.Is(err, ErrTooLarge) {
		return false
	}
	if errors.Is(err, io.ErrUnexpectedEOF) { // of the body, or of its content coding
		return true
	}
	switch Kind(kindOf(err)) {
	case ErrTimeout, ErrPool, ErrProxy, ErrResolve, ErrConnect, ErrSend, ErrReceive, ErrProtocol:
		return true
	case "": // of a transport that is not ours
		return true
	}
	return false
}
