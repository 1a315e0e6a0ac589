package transport

// What a Report says.

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"example.com/godwit/trace"
)

// reports returns a function for Overrides.Report, and what it has given out.
func reports() (func(context.Context) *Report, func() []*Report) {
	var all []*Report
	return func(context.Context) *Report {
			all = append(all, new(Report))
			return all[len(all)-1]
		}, func() []*Report {
			r := all
			all = nil
			return r
		}
}

// Each phase has its own time, in virtual time to the millisecond.
func TestReportTimings(t *testing.T) {
	tr := &Transport{MaxConns: 1}
	piped(t, tr, func(t *testing.T, p *piper) {
		tr.Resolver = nil
		p.handle = func(_ int, c net.Conn) {
			r := newReader(c)
			for {
				if _, err := readRequest(r); err != nil {
					return
				}
				<-time.After(20 * time.Millisecond)
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
				<-time.After(30 * time.Millisecond)
				io.WriteString(c, "ok")
			}
		}
		tr.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			<-time.After(10 * time.Millisecond)
			return p.Dial(ctx, network, addr)
		}
		report, all := reports()
		began := time.Now()
		res, err := tr.RoundTrip(with(t, "http://a/", &Overrides{Report: report}))
		if err != nil {
			t.Fatal(err)
		}
		got := all()
		if len(got) != 1 || got[0].Timings.Receive != 0 || got[0].Conn.ID == 0 {
			t.Fatalf("%+v", got)
		}
		ms := time.Millisecond
		body(t, res)
		if want := (trace.Timings{Start: began, Connect: 10 * ms, Wait: 20 * ms, Receive: 30 * ms}); got[0].Timings != want {
			t.Errorf("%+v, want %+v", got[0].Timings, want)
		}
		first := *got[0]
		if first.Conn.Reused || first.Conn.Protocol != "HTTP/1.1" || first.Proxy != nil {
			t.Errorf("%+v", first)
		}

		<-time.After(70 * ms)
		held := hold(t, tr, "http://a/")
		go func() { // ends before the test
			<-time.After(40 * ms)
			body(t, held)
		}()
		<-time.After(ms)
		began = time.Now()
		res, err = tr.RoundTrip(with(t, "http://a/", &Overrides{Report: report}))
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(ms) // nobody reads
		res.Body.Close() // which drains
		got = all()
		if want := (trace.Timings{Start: began, Blocked: 39 * ms, Wait: 20 * ms, Receive: 30 * ms}); got[0].Timings != want {
			t.Errorf("%+v, want %+v", got[0].Timings, want)
		}
		if !got[0].Conn.Reused || got[0].Conn.ID != first.Conn.ID {
			t.Errorf("%+v", got[0].Conn)
		}
		<-time.After(80 * ms)
		do(t, tr, with(t, "http://a/", &Overrides{Report: report}))
		if got = all(); got[0].Conn.Idle != 80*ms {
			t.Errorf("%+v", got[0].Conn)
		}
	})
}

// A Report needs no tracer, and takes the fast path, where one write and one wait are one.
func TestReportOnTheFastPath(t *testing.T) {
	addr := serve(t, always(ok2))
	tr := examined(t, &Transport{})
	var one Report
	req := with(t, "http://"+addr, &Overrides{Report: func(context.Context) *Report { return &one }, NoGzip: true})
	do(t, tr, req)
	for range 3 {
		start := time.Now()
		do(t, tr, req)
		took := time.Since(start)
		tm := one.Timings
		if tm.Send <= 0 || tm.Wait <= 0 || tm.Receive <= 0 || tm.Total() > took || tm.DNS+tm.Connect+tm.TLS+tm.Blocked != 0 {
			t.Errorf("%+v of %v", tm, took)
		}
		if !one.Conn.Reused || one.Conn.Remote.String() != addr || !one.Conn.Local.IsValid() || one.Conn.TLS != nil {
			t.Errorf("%+v", one.Conn)
		}
	}
}

// Each exchange has its report: those that fail, those that are sent again, those that a proxy
// is asked twice for.
func TestReportOfEachExchange(t *testing.T) {
	report, all := reports()
	over := &Overrides{Report: report}
	tr := examined(t, &Transport{})
	fails(t, tr, with(t, "http://"+refusing(t), over))
	if got := all(); len(got) != 1 || got[0].Timings.Connect <= 0 || got[0].Timings.Send != 0 || got[0].Conn != (trace.Conn{}) {
		t.Errorf("refused: %+v", got)
	}
	hangsUp := serve(t, func(n int, c net.Conn) {
		r := newReader(c)
		readRequest(r)
		if io.WriteString(c, ok2); n == 1 {
			readRequest(r)
		}
	})
	for range 2 {
		do(t, tr, with(t, "http://"+hangsUp, over))
	}
	got := all()
	if len(got) != 3 || !got[1].Conn.Reused || got[1].Timings.Total() <= 0 || got[2].Conn.Reused || got[2].Timings.Connect <= 0 {
		t.Errorf("sent again: %+v", got)
	}

	p := newScriptedProxy(t, "", challenged, ok2)
	do(t, tr, with(t, "http://a.example", &Overrides{Report: report, Proxy: p.rule("u:hunter2"), ProxyAuth: &testChallenger{word: "x"}}))
	got = all()
	if len(got) != 2 || got[0].Proxy == nil || got[1].Proxy == nil || got[1].Proxy.String() != "http://"+p.addr || got[1].Timings.Receive <= 0 {
		t.Errorf("asked: %+v", got)
	}
	o := newTLSOrigin(t, ok2)
	p = newScriptedProxy(t, o.addr, challenged, tunnel)
	do(t, tr, with(t, "https://"+o.addr, &Overrides{Report: report, CA: o.ca, Proxy: p.rule("u:hunter2"), ProxyAuth: &testChallenger{word: "x"}}))
	got = all()
	if len(got) != 1 || got[0].Proxy.String() != "http://"+p.addr || got[0].Timings.Connect <= 0 || got[0].Timings.TLS <= 0 || got[0].Conn.TLS == nil {
		t.Errorf("tunnel: %+v", got)
	}

	tr.Close()
	fails(t, tr, with(t, "http://a.example", over))
	if got := all(); len(got) != 1 {
		t.Errorf("closed: %+v", got)
	}
	if _, err := tr.RoundTrip(with(t, "ftp://a.example", over)); err == nil || len(all()) != 0 {
		t.Error("no exchange, and a report")
	}
	none := with(t, "http://"+hangsUp, &Overrides{Report: func(context.Context) *Report { return nil }})
	do(t, examined(t, &Transport{}), none)
}

// With a tracer beside it, both are told the same.
func TestReportBesideATracer(t *testing.T) {
	addr := serve(t, always(ok2))
	rec := &recorder{}
	tr := examined(t, &Transport{Tracer: rec})
	report, all := reports()
	do(t, tr, with(t, "http://"+addr, &Overrides{Report: report}))
	_, events := rec.take()
	done := events[len(events)-1].(trace.Done)
	if got := all(); len(got) != 1 || got[0].Timings != done.Timings {
		t.Errorf("%+v, and %+v", got, done)
	}
}

// A body that is sent beside the reading, and one that is never read to its end.
func TestReportOfLargeBodies(t *testing.T) {
	addr := serve(t, func(_ int, c net.Conn) {
		req, err := readRequest(newReader(c))
		if err == nil && req.ContentLength == 1<<20 {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nsome")
			io.Copy(io.Discard, c)
		}
	})
	tr := examined(t, &Transport{})
	report, all := reports()
	req := request(t, "POST", "http://"+addr, strings.NewReader(strings.Repeat("x", 1<<20)))
	res, err := tr.RoundTrip(req.WithContext(With(req.Context(), &Overrides{Report: report})))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := all(); got[0].Timings.Wait <= 0 || got[0].Timings.Receive <= 0 {
		t.Errorf("%+v", got[0])
	}
}
