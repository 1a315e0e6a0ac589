package transport

// What a tracer is told, in order, and what errors say.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A recorder keeps events.
type recorder struct {
	mu     sync.Mutex // guards the following
	events []trace.Event
}

func (r *recorder) Trace(_ context.Context, ev trace.Event) {
	if d, ok := ev.(trace.Data); ok {
		d.P = slices.Clone(d.P)
		ev = d
	}
	r.mu.Lock()
	r.events = append(r.events, ev)
	r.mu.Unlock()
}

// take returns what has been told since it was asked last, in words.
func (r *recorder) take() (lines []string, events []trace.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	events, r.events = r.events, nil
	for _, ev := range events {
		lines = append(lines, inWords(ev))
	}
	return lines, events
}

func inWords(ev trace.Event) string {
	switch ev := ev.(type) {
	case trace.PhaseStart:
		return fmt.Sprintf("start %v", ev.Phase)
	case trace.PhaseDone:
		return fmt.Sprintf("done %v %v", ev.Phase, ev.Err != nil)
	case trace.RequestHead:
		return fmt.Sprintf("request %s %s reused=%v", ev.Method, ev.Target, ev.Conn.Reused)
	case trace.ResponseHead:
		return fmt.Sprintf("response %d", ev.Status)
	case trace.Tunnel:
		return fmt.Sprintf("tunnel %d", ev.Status)
	case trace.Data:
		return fmt.Sprintf("data up=%v %s", ev.Up, ev.P)
	case trace.Trailer:
		return fmt.Sprintf("trailer up=%v", ev.Up)
	case trace.Done:
		return fmt.Sprintf("over %v", ev.Err != nil)
	case trace.Choice:
		return "choice " + ev.What
	case trace.Attempt:
		return "attempt " + ev.Kind
	}
	return fmt.Sprintf("%T", ev)
}

func checkLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("events:\n\t%s\nwant:\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestEvents(t *testing.T) {
	addr := serve(t, always(ok2))
	_, port, _ := net.SplitHostPort(addr)
	rec := &recorder{}
	tr := examined(t, &Transport{Tracer: rec, Resolver: fixedResolver{}})
	send := func() {
		req := with(t, "http://u:secret@a.example:"+port+"/p", &Overrides{Call: 7})
		req.Method, req.Body, req.ContentLength = "POST", io.NopCloser(strings.NewReader("up")), 2
		do(t, tr, req)
	}
	start := time.Now()
	send()
	took := time.Since(start)
	lines, events := rec.take()
	exchange := []string{
		"choice connection", "start send", "request POST /p reused=false", "data up=true up",
		"done send false", "start wait", "done wait false", "start receive",
		"response 200", "data up=false ok", "done receive false", "over false",
	}
	checkLines(t, lines, append([]string{
		"start dns", "done dns false", "start connect", "done connect false",
	}, exchange...)...)
	checkTimings(t, events, took, trace.DNS, trace.Connect, trace.Send, trace.Wait, trace.Receive)
	send()
	lines, events = rec.take()
	exchange[2] = "request POST /p reused=true"
	checkLines(t, lines, exchange...)
	checkTimings(t, events, time.Minute, trace.Send, trace.Wait, trace.Receive)
	for _, ev := range events {
		switch ev := ev.(type) {
		case trace.RequestHead:
			if ev.Call != 7 || ev.Fields[0].Name != "Host" || ev.Conn.Remote.String() != addr || ev.Conn.TLS != nil {
				t.Errorf("%+v", ev)
			}
			if strings.Contains(ev.URL, "secret") || !strings.Contains(ev.URL, "a.example") {
				t.Errorf("URL %q", ev.URL)
			}
		case trace.Choice:
			if ev.Call != 7 || ev.Value != "a.example:"+port || ev.Rule == "" {
				t.Errorf("%+v", ev)
			}
		}
	}
}

// checkTimings looks at what Done says: those phases that there were took time, the others
// none, and together they took no longer than the whole.
func checkTimings(t *testing.T, events []trace.Event, most time.Duration, phases ...trace.Phase) {
	t.Helper()
	done, ok := events[len(events)-1].(trace.Done)
	if !ok {
		t.Fatalf("the last event is a %T", events[len(events)-1])
	}
	for p := range trace.Phase(trace.NumPhases) {
		if took := done.Timings.Of(p); (took > 0) != slices.Contains(phases, p) {
			t.Errorf("%v took %v", p, took)
		}
	}
	if total := done.Timings.Total(); total > most || done.Timings.Start.IsZero() {
		t.Errorf("%v in all, of %v, since %v", total, most, done.Timings.Start)
	}
	ids := map[uint64]bool{}
	for _, ev := range events {
		switch ev := ev.(type) {
		case trace.PhaseStart:
			ids[ev.Exchange] = true
		case trace.Data:
			ids[ev.Exchange] = true
		case trace.Done:
			ids[ev.Exchange] = true
		}
	}
	if len(ids) != 1 || ids[0] {
		t.Errorf("numbers of exchanges: %v", ids)
	}
}

func TestEventsOfTheQueueAndOfFailures(t *testing.T) {
	tr := &Transport{MaxConnsPerHost: 1}
	piped(t, tr, func(t *testing.T, p *piper) {
		rec := &recorder{}
		tr.Tracer = rec
		tr.Limits.Blocked = time.Second
		first := hold(t, tr, "http://a/")
		rec.take()
		fails(t, tr, request(t, "GET", "http://a/", nil))
		lines, events := rec.take()
		checkLines(t, lines, "start blocked", "done blocked true", "over true")
		checkTimings(t, events, time.Second, trace.Blocked)
		body(t, first)
		rec.take()
		p.handle = func(_ int, c net.Conn) { c.Close() }
		tr.CloseIdleConnections()
		fails(t, tr, request(t, "GET", "http://a/", nil))
		lines, _ = rec.take()
		if n := len(lines); n < 3 || lines[0] != "start connect" || lines[n-1] != "over true" || lines[n-2] != "done send true" {
			t.Errorf("%q", lines)
		}
	})
}

// A request's own tracer is told in place of the Transport's.
func TestOwnTracer(t *testing.T) {
	addr := serve(t, always(ok2))
	mine, general := &recorder{}, &recorder{}
	tr := examined(t, &Transport{Tracer: general})
	do(t, tr, with(t, "http://"+addr, &Overrides{Tracer: mine}))
	a, _ := mine.take()
	b, _ := general.take()
	if len(a) == 0 || len(b) != 0 {
		t.Errorf("%d events, and %d", len(a), len(b))
	}
}

// Errors say where and with whom, in one line, and no secret.
func TestErrors(t *testing.T) {
	const secret = "hunter2"
	garbage := serve(t, always("SSH-2.0-OpenSSH\r\n"))
	short := serve(t, func(_ int, c net.Conn) {
		readRequest(newReader(c))
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
	})
	for name, tt := range map[string]struct {
		addr     string
		phase    trace.Phase
		is       error
		answered bool
	}{
		"refused":  {refusing(t), trace.Connect, syscall.ECONNREFUSED, false},
		"hung up":  {serve(t, func(_ int, c net.Conn) { readRequest(newReader(c)) }), trace.Wait, conn.ErrRemoteDisconnected, false},
		"garbage":  {garbage, trace.Receive, conn.ErrHTTP, true},
		"cut":      {short, trace.Receive, io.ErrUnexpectedEOF, true},
		"two ends": {serve(t, always("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")), trace.Receive, conn.ErrHTTP, true},
		"unasked":  {serve(t, always("HTTP/1.1 101 Switching Protocols\r\n\r\n")), trace.Receive, conn.ErrHTTP, true},
	} {
		tr := examined(t, &Transport{})
		req := request(t, "GET", "http://"+url.UserPassword("u", secret).String()+"@"+tt.addr+"/"+secret+"?"+secret, nil)
		req.Header.Set("Authorization", secret)
		err := cancelled(t, tr, req)
		if err.Phase != tt.phase || err.Addr != tt.addr || err.Answered != tt.answered || err.Sent == (tt.phase == trace.Connect) {
			t.Errorf("%s: %#v", name, err)
		}
		if !errors.Is(err, tt.is) || err.Timeout() || err.Limit != 0 || err.Setting != "" {
			t.Errorf("%s: %v is no %v", name, err, tt.is)
		}
		if text := err.Error(); strings.Contains(text, secret) || strings.ContainsAny(text, "\r\n") || !strings.Contains(text, tt.addr) {
			t.Errorf("%s: %q", name, text)
		}
		checkStats(t, tr, Stats{})
	}
}

// A tracer is told what a coding was undone to, with the exchange that it is of.
func TestTraceContent(t *testing.T) {
	addr := serve(t, zipper(make(chan string, 1), zipped(plainText)))
	var content string
	var sent, told uint64
	tr := &Transport{Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
		switch ev := ev.(type) {
		case trace.RequestHead:
			sent = ev.Exchange
		case trace.Content:
			content, told = content+string(ev.P), ev.Exchange
		}
	})}
	defer tr.Close()
	got := get(t, tr, "http://"+addr)
	if got != plainText || content != got || told != sent || told == 0 {
		t.Errorf("got %q, told of %q of exchange %d; it was %d", got, content, told, sent)
	}
}
