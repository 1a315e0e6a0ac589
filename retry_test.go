package godwit

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// What is worth another attempt, and what would only fail once more.
func TestRetryReason(t *testing.T) {
	timeout := os.ErrDeadlineExceeded
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	for _, c := range []struct {
		name string
		err  error
		want reason
	}{
		{"refused", &trace.Error{Phase: trace.Connect, Err: refused}, byConnect},
		{"connect timeout", &trace.Error{Phase: trace.Connect, Limit: 1, Err: timeout}, byConnect},
		{"name server down", &trace.Error{Phase: trace.DNS, Err: &net.DNSError{IsTemporary: true}}, byConnect},
		{"no such name", &trace.Error{Phase: trace.DNS, Err: &net.DNSError{IsNotFound: true}}, noReason},
		{"proxy busy", &trace.Error{Phase: trace.Connect, Proxy: true, Err: &conn.TunnelError{Status: 503}}, byConnect},
		{"proxy says no", &trace.Error{Phase: trace.Connect, Proxy: true, Err: &conn.TunnelError{Status: 403}}, noReason},
		{"bad certificate", &trace.Error{Phase: trace.TLS, Err: tlserr.From(x509.UnknownAuthorityError{}, "h:443", time.Now())}, noReason},
		{"handshake timeout", &trace.Error{Phase: trace.TLS, Limit: 1, Err: timeout}, byConnect},
		{"handshake cut", &trace.Error{Phase: trace.TLS, Err: io.EOF}, byConnect},
		{"pool", &trace.Error{Phase: trace.Blocked, Limit: 1, Err: timeout}, noReason},
		{"hung up", &trace.Error{Phase: trace.Wait, Sent: true, Err: conn.ErrRemoteDisconnected}, byRead},
		{"reset", &trace.Error{Phase: trace.Wait, Sent: true, Err: reset}, byRead},
		{"wait timeout", &trace.Error{Phase: trace.Wait, Sent: true, Limit: 1, Err: timeout}, byRead},
		{"head cut", &trace.Error{Phase: trace.Receive, Sent: true, Answered: true, Err: io.ErrUnexpectedEOF}, byRead},
		{"no HTTP", &trace.Error{Phase: trace.Receive, Sent: true, Err: &conn.ProtocolError{}}, noReason},
		{"head too large", &trace.Error{Phase: trace.Receive, Sent: true, Err: &conn.BoundError{}}, noReason},
		{"own body", &trace.Error{Phase: trace.Send, Sent: true, Err: &conn.BodyError{Err: reset}}, noReason},
		{"own request", &trace.Error{Phase: trace.Send, Err: &conn.RequestError{}}, noReason},
		{"foreign refused", refused, byConnect},
		{"foreign reset", reset, byRead},
		{"foreign EOF", io.EOF, byRead},
		{"foreign timeout", timeoutish{}, byRead},
		{"foreign whatever", errors.New("x"), noReason},
		{"secret", kindErrorf(ErrSecret, "x"), noReason},
		{"attempt", errAttempt, byRead},
	} {
		if got := (&Retry{}).reason(nil, c.err); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, reasonNames[got], reasonNames[c.want])
		}
	}
}

type timeoutish struct{}

func (timeoutish) Error() string   { return "slow" }
func (timeoutish) Timeout() bool   { return true }
func (timeoutish) Temporary() bool { return true }

func TestRetryStatus(t *testing.T) {
	after := http.Header{"Retry-After": {"1"}}
	for _, c := range []struct {
		retry  Retry
		status int
		header http.Header
		want   bool
	}{
		{Retry{}, 200, nil, false},
		{Retry{}, 404, nil, false},
		{Retry{}, 500, nil, false},
		{Retry{}, 501, after, false},
		{Retry{}, 429, nil, true},
		{Retry{}, 502, nil, true},
		{Retry{}, 503, nil, true},
		{Retry{}, 504, nil, true},
		{Retry{}, 413, nil, false},
		{Retry{}, 413, after, true},
		{Retry{Statuses: []int{500}}, 500, nil, true},
		{Retry{Statuses: []int{500}}, 503, nil, false},
		{Retry{Statuses: []int{}}, 503, after, false},
		{Retry{If: func(res *http.Response, _ error) bool { return res.StatusCode == 202 }}, 202, nil, true},
		{Retry{If: func(res *http.Response, _ error) bool { return res.StatusCode == 202 }}, 503, nil, false},
	} {
		res := &http.Response{StatusCode: c.status, Header: c.header}
		if got := c.retry.reason(res, nil) == byStatus; got != c.want {
			t.Errorf("%d %v: %v", c.status, c.header, got)
		}
	}
	never := Retry{If: func(*http.Response, error) bool { return false }}
	if never.reason(nil, io.EOF) != noReason {
		t.Error("If is not asked about errors")
	}
	always := Retry{If: func(*http.Response, error) bool { return true }}
	if always.reason(nil, errors.New("x")) != byRead {
		t.Error("If has no say about errors")
	}
}

func TestMayRepeat(t *testing.T) {
	for _, c := range []struct {
		method  string
		header  string
		methods []string
		want    bool
	}{
		{"GET", "", nil, true},
		{"HEAD", "", nil, true},
		{"OPTIONS", "", nil, true},
		{"TRACE", "", nil, true},
		{"PUT", "", nil, true},
		{"DELETE", "", nil, true},
		{"QUERY", "", nil, true},
		{"POST", "", nil, false},
		{"PATCH", "", nil, false},
		{"CONNECT", "", nil, false},
		{"get", "", nil, false}, // methods are case-sensitive
		{"POST", "Idempotency-Key", nil, true},
		{"PATCH", "X-Idempotency-Key", nil, true},
		{"POST", "", []string{"POST"}, true},
		{"GET", "", []string{"POST"}, false},
		{"GET", "", []string{}, false},
		{"POST", "Idempotency-Key", []string{}, true},
	} {
		req := &http.Request{Method: c.method, Header: http.Header{}}
		if c.header != "" {
			req.Header.Set(c.header, "k")
		}
		if got := mayRepeat(req, c.methods); got != c.want {
			t.Errorf("%s %s %v: %v", c.method, c.header, c.methods, got)
		}
	}
}

func TestRetryPause(t *testing.T) {
	for _, c := range []struct {
		retry Retry
		n     int
		asked time.Duration
		roll  float64
		want  time.Duration
	}{
		{Retry{}, 2, -1, 0.5, 100 * time.Millisecond},
		{Retry{}, 3, -1, 0.5, 200 * time.Millisecond},
		{Retry{}, 4, -1, 0.5, 400 * time.Millisecond},
		{Retry{}, 4, -1, 0, 0},
		{Retry{}, 50, -1, 0.5, 10 * time.Second},
		{Retry{}, 1000, -1, 0.5, 10 * time.Second},
		{Retry{Wait: time.Second, MaxWait: 3 * time.Second}, 3, -1, 0.5, time.Second},
		{Retry{Wait: time.Second, MaxWait: 3 * time.Second}, 4, -1, 0.5, 1500 * time.Millisecond},
		{Retry{Wait: time.Minute}, 2, -1, 0.5, 30 * time.Second},
		{Retry{}, 2, 7 * time.Second, 0.5, 7 * time.Second},
		{Retry{}, 2, 0, 0.5, 0},
		{Retry{Backoff: func(n int) time.Duration { return time.Duration(n) }}, 9, -1, 0.5, 9},
		{Retry{Backoff: func(int) time.Duration { return -1 }}, 2, -1, 0.5, 0},
	} {
		if got := c.retry.pause(c.n, c.asked, c.roll); got != c.want {
			t.Errorf("%+v, attempt %d, asked %v: %v, want %v", c.retry, c.n, c.asked, got, c.want)
		}
	}
}

// A Retry-After that makes sense is heeded; one that does not is as if it were not there.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		value string
		want  time.Duration // -1: not heeded
	}{
		{"", -1},
		{"0", 0},
		{"120", 2 * time.Minute},
		{"-1", -1},
		{"soon", -1},
		{"Sun, 29 Nov 2026 12:00:30 GMT", 30 * time.Second},
		{"Sunday, 29-Nov-26 12:00:30 GMT", 30 * time.Second},
		{"Sun Nov 29 12:00:30 2026", 30 * time.Second},
		{"Sun, 29 Nov 2026 11:00:00 GMT", 0},
	} {
		res := &http.Response{Header: http.Header{"Retry-After": {c.value}}}
		if got := (&Retry{}).asked(res, now); got != c.want {
			t.Errorf("%q: %v, want %v", c.value, got, c.want)
		}
	}
	for _, huge := range []string{"99999999999999999999", strings.Repeat("9", 100_000), "Fri, 31 Dec 9999 23:59:59 GMT"} {
		res := &http.Response{Header: http.Header{"Retry-After": {huge}}}
		if got := (&Retry{}).asked(res, now); got < 365*24*time.Hour {
			t.Errorf("%.40q: %v", huge, got)
		}
	}
	asks := &http.Response{Header: http.Header{"Retry-After": {"3"}}}
	if got := (&Retry{MaxRetryAfter: -1}).asked(asks, now); got >= 0 {
		t.Errorf("it is heeded: %v", got)
	}
	if got := (&Retry{}).asked(asks, now); got != 3*time.Second {
		t.Error(got)
	}
}

// A Retry that cannot be meant is refused, and so is one with a body that cannot be sent twice.
func TestRetryRefused(t *testing.T) {
	s, w := newWorld(ok)
	for _, opts := range [][]Option{
		{Retry{Max: -1}},
		{Retry{Max: 1, Wait: 5}},
		{Retry{Max: 1, Attempt: 5}},
		{Retry{Max: 1, MaxWait: -1}},
		{Retry{Max: 1}, Reader(io.MultiReader(strings.NewReader("x")), "")},
		{Reader(io.MultiReader(strings.NewReader("x")), ""), Retry{Max: 1}},
	} {
		_, err := s.Do(t.Context(), "PUT", "http://h/", opts...)
		if !errors.Is(err, ErrRequest) {
			t.Errorf("%v: %v", opts, err)
		}
		if e, ok := errors.AsType[*Error](err); !ok || e.Sent != Unsent || len(e.Attempts) != 0 {
			t.Errorf("%v: %+v", opts, e)
		}
	}
	if n := len(w.requests()); n != 0 {
		t.Errorf("%d were sent", n)
	}
	if _, err := s.Put(t.Context(), "http://h/", Retry{Max: 1}, Retry{}, Reader(io.MultiReader(strings.NewReader("x")), "")); err != nil {
		t.Error(err)
	}
}

func TestStateOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want SentState
	}{
		{&trace.Error{Err: io.EOF}, Unsent},
		{&trace.Error{Sent: true, Err: io.EOF}, MaybeProcessed},
		{&trace.Error{Sent: true, Answered: true, Err: io.EOF}, Answered},
		{&net.OpError{Op: "dial", Err: io.EOF}, Unsent},
		{&net.OpError{Op: "read", Err: io.EOF}, MaybeProcessed},
		{&conn.RequestError{}, Unsent},
		{context.Canceled, MaybeProcessed},
	} {
		if got := stateOf(c.err); got != c.want {
			t.Errorf("%#v: %v, want %v", c.err, got, c.want)
		}
	}
	if s := Unsent.String() + MaybeProcessed.String() + Answered.String(); s != "unsentmaybe processedanswered" {
		t.Error(s)
	}
}
