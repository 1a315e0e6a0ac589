package conn_test

// What tracers and net/http/httptrace are told, and in which order.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A recorder writes events down, one line each.
type recorder struct {
	mu    sync.Mutex
	lines []string
}

func (r *recorder) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func (r *recorder) Trace(_ context.Context, ev trace.Event) {
	const x = 7 // the exchange's number
	switch e := ev.(type) {
	case trace.PhaseStart:
		r.note("%v begins %d", e.Phase, e.Exchange-x)
	case trace.PhaseDone:
		r.note("%v ends %d%s", e.Phase, e.Exchange-x, failed(e.Err))
	case trace.RequestHead:
		r.note("> %s %s %s call %d, %d fields, reused %v", e.Method, e.Target, e.Proto, e.Call, len(e.Fields), e.Conn.Reused)
	case trace.ResponseHead:
		r.note("< %s %d %s, %d fields", e.Proto, e.Status, e.Reason, len(e.Fields))
	case trace.Data:
		if e.Up {
			r.note("> %q", e.P)
		} else {
			r.note("< %q", e.P)
		}
	case trace.Trailer:
		r.note("trailer up %v: %v", e.Up, e.Fields)
	case trace.Done:
		r.note("done %d%s", e.Exchange-x, failed(e.Err))
	default:
		r.note("%T", ev)
	}
}

func failed(err error) string {
	if err == nil {
		return ""
	}
	if _, ok := errors.AsType[*conn.Error](err); ok {
		return " with an Error"
	}
	return " early"
}

func (r *recorder) check(t *testing.T, want ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.lines, want) {
		t.Errorf("events\n\t%s\nwant\n\t%s", strings.Join(r.lines, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestTracer(t *testing.T) {
	tests := []struct {
		name   string
		body   string
		script []any
		want   []string
	}{
		{
			name: "a plain exchange", script: []any{Expect(plainGet), Send(ok2)},
			want: []string{
				"send begins 0", "> GET / HTTP/1.1 call 8, 1 fields, reused false", "send ends 0",
				"wait begins 0", "wait ends 0", "receive begins 0",
				"< HTTP/1.1 200 OK, 1 fields", `< "ok"`, "receive ends 0", "done 0",
			},
		},
		{
			name: "a body up, trailers down", body: "hello",
			script: []any{ReadHead{}, Expect("hello"), Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n")},
			want: []string{
				"send begins 0", "> GET / HTTP/1.1 call 8, 2 fields, reused false", `> "hello"`, "send ends 0",
				"wait begins 0", "wait ends 0", "receive begins 0",
				"< HTTP/1.1 200 OK, 1 fields", `< "ok"`, "trailer up false: [{X y false}]", "receive ends 0", "done 0",
			},
		},
		{
			name: "interim responses", script: []any{Expect(plainGet), Send("HTTP/1.1 103 Hints\r\nX: y\r\n\r\n"), Stall(time.Second), Send(empty)},
			want: []string{
				"send begins 0", "> GET / HTTP/1.1 call 8, 1 fields, reused false", "send ends 0",
				"wait begins 0", "wait ends 0", "receive begins 0", "< HTTP/1.1 103 Hints, 1 fields", "receive ends 0",
				"wait begins 0", "wait ends 0", "receive begins 0", "< HTTP/1.1 204 No Content, 0 fields", "receive ends 0", "done 0",
			},
		},
		{
			name: "nobody takes the request", script: []any{Close{}},
			want: []string{
				"send begins 0", "> GET / HTTP/1.1 call 8, 1 fields, reused false", "send ends 0 with an Error", "done 0 with an Error",
			},
		},
		{
			name: "no answer", script: []any{Expect(plainGet), Close{}},
			want: []string{
				"send begins 0", "> GET / HTTP/1.1 call 8, 1 fields, reused false", "send ends 0",
				"wait begins 0", "wait ends 0 with an Error", "done 0 with an Error",
			},
		},
		{
			name: "half an answer", script: []any{Expect(plainGet), Send(ok2[:20]), Close{}},
			want: []string{
				"send begins 0", "> GET / HTTP/1.1 call 8, 1 fields, reused false", "send ends 0",
				"wait begins 0", "wait ends 0", "receive begins 0", "receive ends 0 with an Error", "done 0 with an Error",
			},
		},
		{
			name: "half a body", script: []any{Expect(plainGet), Send(ok2[:len(ok2)-1]), Close{}},
			want: []string{
				"send begins 0", "> GET / HTTP/1.1 call 8, 1 fields, reused false", "send ends 0",
				"wait begins 0", "wait ends 0", "receive begins 0", "< HTTP/1.1 200 OK, 1 fields", `< "o"`,
				"receive ends 0 with an Error", "done 0 with an Error",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				req := get(t)
				if tt.body != "" {
					req = newRequest(t, "GET", "http://example.com/", strings.NewReader(tt.body))
				}
				r := new(recorder)
				var timings trace.Timings
				exchange(t, req, conn.ExchangeOptions{Tracer: r, ID: 7, Call: 8, Timings: &timings}, tt.script...)
				r.check(t, tt.want...)
			})
		})
	}
}

// A body that is closed before its end is not an error of the exchange, but said.
func TestTracerOfABodyClosedEarly(t *testing.T) {
	r := new(recorder)
	c, _ := pipe(t, Expect(plainGet), Send("HTTP/1.1 200 OK\r\n\r\nok"), Stall(0))
	x, err := conn.Prepare(get(t), &conn.ExchangeOptions{Tracer: r, ID: 7})
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(x)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	r.check(
		t, "send begins 0", "> GET / HTTP/1.1 call 0, 1 fields, reused false", "send ends 0", "wait begins 0", "wait ends 0",
		"receive begins 0", "< HTTP/1.1 200 OK, 0 fields", "receive ends 0 early", "done 0 early",
	)
}

// Each phase begins once and ends once, even if the context has ended before the first.
func TestTracerOfACancelledExchange(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := new(recorder)
	exchange(t, get(t).WithContext(ctx), conn.ExchangeOptions{Tracer: r, ID: 7})
	r.check(t, "send begins 0", "send ends 0 with an Error", "done 0 with an Error")
}

func TestTimings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timings trace.Timings
		exchange(
			t, get(t), conn.ExchangeOptions{Timings: &timings}, Stall(time.Second), Expect(plainGet),
			Stall(2*time.Second), Send(goOn), Stall(time.Second), Send(ok2[:20]), Stall(4*time.Second), Send(ok2[20:]),
		)
		if timings.Send != time.Second || timings.Wait != 3*time.Second || timings.Receive != 4*time.Second {
			t.Errorf("%+v", timings)
		}
	})
}

// hooks returns a context whose httptrace hooks are written down.
func hooks(ctx context.Context, r *recorder) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaderField:     func(name string, values []string) { r.note("field %s %s", name, values) },
		WroteHeaders:         func() { r.note("headers") },
		Wait100Continue:      func() { r.note("wait for 100") },
		WroteRequest:         func(i httptrace.WroteRequestInfo) { r.note("request, failed %v", i.Err != nil) },
		GotFirstResponseByte: func() { r.note("first byte") },
		Got100Continue:       func() { r.note("got 100") },
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			r.note("got %d %v", code, h)
			return nil
		},
		PutIdleConn: func(err error) { r.note("idle, %v", err) },
	})
}

func TestHTTPTrace(t *testing.T) {
	post := func(t *testing.T) *http.Request {
		req := newRequest(t, "POST", "http://example.com/", strings.NewReader("hello"))
		req.Header.Set("Expect", "100-continue")
		return req
	}
	tests := []struct {
		name    string
		request func(t *testing.T) *http.Request
		script  []any
		want    []string
	}{
		{
			name: "a plain exchange", request: get, script: []any{Expect(plainGet), Send(ok2)},
			want: []string{"field Host [example.com]", "headers", "request, failed false", "first byte", "idle, <nil>"},
		},
		{
			name: "early hints", request: get, script: []any{Expect(plainGet), Send("HTTP/1.1 103 Hints\r\nlink: x\r\n\r\n" + empty)},
			want: []string{"field Host [example.com]", "headers", "request, failed false", "first byte", "got 103 map[Link:[x]]", "idle, <nil>"},
		},
		{
			name: "a last exchange", request: get, script: []any{Expect(plainGet), Send("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")},
			want: []string{"field Host [example.com]", "headers", "request, failed false", "first byte"},
		},
		{
			name: "a request that nobody takes", request: get, script: []any{Close{}},
			want: []string{"field Host [example.com]", "request, failed true"},
		},
		{
			name: "a request that nobody answers", request: get, script: []any{Expect(plainGet), Close{}},
			want: []string{"field Host [example.com]", "headers", "request, failed false"},
		},
		{
			name: "a body that was asked for", request: post,
			script: []any{Expect(expectHead), Send(goOn), Expect("hello"), Stall(time.Second), Send(ok2)},
			want: []string{
				"field Host [example.com]", "field Content-Length [5]", "field Expect [100-continue]", "headers", "wait for 100",
				"first byte", "got 100", "got 100 map[]", "request, failed false", "idle, <nil>",
			},
		},
		{
			name: "a body that was not", request: post,
			script: []any{Expect(expectHead), Send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")},
			want: []string{
				"field Host [example.com]", "field Content-Length [5]", "field Expect [100-continue]", "headers", "wait for 100",
				"first byte", "request, failed false",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := new(recorder)
				req := tt.request(t)
				exchange(t, req.WithContext(hooks(req.Context(), r)), conn.ExchangeOptions{}, tt.script...)
				r.check(t, tt.want...)
			})
		})
	}
}

// An error of Got1xxResponse ends the exchange.
func TestInterimResponseThatIsRefused(t *testing.T) {
	refused := errors.New("refused")
	req := newRequest(t, "POST", "http://example.com/", nil)
	req.Body, req.ContentLength = spyOn(strings.NewReader("hello")), 5
	req.Header.Set("Expect", "100-continue")
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(int, textproto.MIMEHeader) error { return refused },
	})
	o := exchange(t, req.WithContext(ctx), conn.ExchangeOptions{}, Expect(expectHead), Send("HTTP/1.1 103 Hints\r\n\r\n"))
	if !errors.Is(o.err, refused) {
		t.Error(o.err)
	}
}

// Nobody is shown the password of a URL.
func TestTracerSeesNoPassword(t *testing.T) {
	var seen string
	tracer := trace.Func(func(_ context.Context, ev trace.Event) {
		if head, ok := ev.(trace.RequestHead); ok {
			seen = head.URL
		}
	})
	req := newRequest(t, "GET", "http://user:hunter2@example.com/", nil)
	exchange(t, req, conn.ExchangeOptions{Tracer: tracer}, Expect(plainGet), Send(ok2))
	if seen == "" || strings.Contains(seen, "hunter2") {
		t.Errorf("URL %q", seen)
	}
}
