package transport

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/internal/dial"
	"example.com/godwit/trace"
)

// A digger asks a proxy for a tunnel (CONNECT, RFC 9110 9.3.6) to the origin of a request. What
// it sends has nothing of that request in it, and what the proxy answers says nothing about the
// origin. It digs one tunnel.
type digger struct {
	key    *key
	login  *login
	target string
	opt    conn.ExchangeOptions
	tell   func(*trace.Tunnel) // of each answer
	begun  bool
	value  string // what is said about who asks, since it has begun
}

// newDigger returns one that asks for a tunnel to "host:port", which is the request's origin under
// its name or its address.
func (r *trip) newDigger(target string) *digger {
	k := r.key
	return &digger{
		key: &k, login: r.login, target: target,
		opt: conn.ExchangeOptions{ // the context has the limit for all of it
			Limits:    trace.Limits{Send: -1, Wait: -1, Receive: -1},
			Bounds:    r.t.Bounds,
			UserAgent: UserAgent,
		},
		tell: r.answeredTunnel,
	}
}

// answeredTunnel notes what a proxy has answered to CONNECT, and tells the tracer.
func (r *trip) answeredTunnel(answer *trace.Tunnel) {
	answer.Exchange, answer.Proxy = r.opt.ID, r.login.proxy.shown.String()
	r.tunnel = answer
	if r.opt.Tracer != nil {
		r.emit(*answer)
	}
}

// dig is a dial.Dialer's Tunnel. A challenge is answered once, on the same connection if the
// proxy has kept it.
func (d *digger) dig(ctx context.Context, nc net.Conn) (through net.Conn, err error) {
	c := conn.New(nc)
	defer func() {
		if through == nil { // a wrong answer, or an Auth that has panicked
			c.Close()
		}
	}()
	ctx = hookless{ctx}
	if !d.begun {
		if d.value, err = d.login.begin(ctx, "CONNECT", d.target, d.key); err != nil {
			return nil, err
		}
		d.begun = true
	}
	for kept := false; ; {
		d.value, err = d.ask(ctx, c, d.value)
		switch {
		case err == nil:
			return c.NetConn(), nil
		case kept && (err == conn.ErrStale || lostConnection(err)): // after all it has not kept it
			return nil, dial.ErrAgain
		case err != errAgain:
			return nil, err
		}
		if kept = c.Idle(); !kept {
			return nil, dial.ErrAgain
		}
	}
}

// errAgain says that there is an answer to what the proxy wants to know.
var errAgain = errors.New("the proxy asks who it is")

// ask sends a CONNECT that says value. Without an error the tunnel is there. With errAgain there
// is another value to say.
func (d *digger) ask(ctx context.Context, c *conn.Conn, value string) (next string, err error) {
	req := (&http.Request{Method: "CONNECT", URL: &url.URL{Host: d.target}, Host: d.target, Header: make(http.Header)}).WithContext(ctx)
	maps.Copy(req.Header, d.login.header)
	if value != "" {
		req.Header.Set(proxyAuthorization, value)
	}
	x, err := conn.Prepare(req, &d.opt)
	if err != nil {
		return "", causeOf(err)
	}
	res, err := c.Do(x)
	if err != nil {
		return value, causeOf(err)
	}
	d.tell(answerOf(res, d.target))
	if tunnel, ok := res.Body.(interface{ Buffered() int }); ok {
		if tunnel.Buffered() > 0 {
			return "", &conn.ProtocolError{Rule: conn.RuleEarlyTunnel}
		}
		return "", nil
	}
	if res.StatusCode == http.StatusProxyAuthRequired {
		next, more, err := d.login.answer(res)
		if err != nil {
			return "", err
		}
		if more {
			readRefusal(res.Body)
			return next, errAgain
		}
	}
	return "", &dial.Refusal{Err: d.refused(res)}
}

// causeOf returns what went wrong with the proxy. The phases of that exchange are nobody's, but
// for TLS.
func causeOf(err error) error {
	if e, ok := err.(*Error); ok && e.Phase != trace.TLS {
		return e.Err
	}
	return err
}

// refused makes an error of an answer that is no tunnel.
func (d *digger) refused(res *http.Response) *conn.TunnelError {
	e := &conn.TunnelError{Target: d.target, Status: res.StatusCode, Reason: reasonOf(res)}
	for _, name := range slices.Sorted(maps.Keys(res.Header)) {
		for _, value := range res.Header[name] {
			e.Fields = append(e.Fields, trace.Field{Name: name, Value: value})
		}
	}
	e.Body = readRefusal(res.Body)
	return e
}

// mostKept is how much of the fields of an answer to CONNECT is kept as long as the connection is.
const mostKept = 4 << 10

// answerOf returns what a proxy has answered, sharing no memory with it.
func answerOf(res *http.Response, target string) *trace.Tunnel {
	a := &trace.Tunnel{Target: target, Status: res.StatusCode, Reason: reasonOf(res)}
	left := mostKept
	for _, name := range slices.Sorted(maps.Keys(res.Header)) {
		for _, value := range res.Header[name] {
			if left -= len(name) + len(value); left < 0 {
				return a
			}
			a.Fields = append(a.Fields, trace.Field{Name: strings.Clone(name), Value: strings.Clone(value)})
		}
	}
	return a
}

// reasonOf returns the reason phrase of an answer, if it is long the beginning of it.
func reasonOf(res *http.Response) string {
	_, reason, _ := strings.Cut(res.Status, " ")
	return strings.Clone(reason[:min(len(reason), mostReason)])
}

const mostReason = 200

// What is read of the body of an answer that is no tunnel: as much, for as long.
const (
	mostRefusal = 64 << 10
	refusalTime = time.Second
)

// readRefusal reads the body of an answer that is no tunnel. If it has come to its end, the
// connection is idle.
func readRefusal(body io.ReadCloser) []byte {
	stop := time.AfterFunc(refusalTime, func() { body.Close() }) // which ends a Read under way
	defer stop.Stop()
	defer body.Close()
	text, _ := io.ReadAll(io.LimitReader(body, mostRefusal)) // the refusal stands, whatever it says besides
	return text
}

// hookless is a context in which no httptrace.ClientTrace is found: its hooks are to be told of
// the request, and not of what a proxy is asked for.
type hookless struct{ context.Context }

func (c hookless) Value(key any) any {
	v := c.Context.Value(key)
	if _, ok := v.(*httptrace.ClientTrace); ok {
		return nil
	}
	return v
}
