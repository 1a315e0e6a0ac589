package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// logTo returns a logger that writes lines without their time.
func logTo(b *bytes.Buffer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey && len(groups) == 0 {
			return slog.Attr{}
		}
		return a
	}}))
}

// urlError has the form of the errors of calls: method, URL, cause.
type urlError struct {
	front string
	err   error
}

func (e *urlError) Error() string { return e.front + ": " + e.err.Error() }
func (e *urlError) Unwrap() error { return e.err }

func TestSlogLines(t *testing.T) {
	const s = time.Second
	refused := &urlError{"GET http://h/p?token=hunter2", errors.New("connecting to h:80: connection refused")}
	for _, c := range []struct {
		name   string
		events []any // an Event, or how long to wait
		want   string
	}{
		{
			"a call",
			[]any{
				CallStart{Call: 1, Method: "GET", Origin: "http://h", Path: "/p"},
				3 * s,
				Done{Exchange: 2, Call: 1, Timings: Timings{DNS: s, Wait: 2 * s}},
				CallDone{Call: 1, Method: "GET", Origin: "http://h", Path: "/p", Status: 200, Bytes: 5, Attempts: 1},
			},
			"level=INFO msg=\"http call\" method=GET origin=http://h path=/p status=200 bytes=5 duration=3s phases.dns=1s phases.wait=2s attempts=1 hops=0\n",
		},
		{
			"the phases are those of the last exchange",
			[]any{
				CallStart{Call: 1},
				Done{Exchange: 2, Call: 1, Timings: Timings{TLS: s}},
				s,
				Done{Exchange: 3, Call: 1, Timings: Timings{Receive: s}},
				Done{Exchange: 4, Call: 9, Timings: Timings{Connect: s}},
				CallDone{Call: 1, Method: "GET", Origin: "http://i", Path: "/q", Status: 499, Attempts: 2, Hops: 1},
			},
			"level=INFO msg=\"http call\" method=GET origin=http://i path=/q status=499 bytes=0 duration=1s phases.receive=1s attempts=2 hops=1\n",
		},
		{
			"the server's fault",
			[]any{CallStart{Call: 1}, CallDone{Call: 1, Method: "PUT", Origin: "http://h", Path: "/", Status: 500, Attempts: 1}},
			"level=WARN msg=\"http call\" method=PUT origin=http://h path=/ status=500 bytes=0 duration=0s attempts=1 hops=0\n",
		},
		{
			"an error, with its URL once and without the query",
			[]any{CallStart{Call: 1}, CallDone{Call: 1, Method: "GET", Origin: "http://h", Path: "/p", Attempts: 1, Kind: "cannot connect", Err: refused}},
			"level=ERROR msg=\"http call\" method=GET origin=http://h path=/p bytes=0 duration=0s attempts=1 hops=0 kind=\"cannot connect\" error=\"connecting to h:80: connection refused\"\n",
		},
		{
			"a call whose beginning nobody saw",
			[]any{CallDone{Call: 1, Method: "GET", Origin: "http://h", Path: "/", Status: 204, Attempts: 1}},
			"level=INFO msg=\"http call\" method=GET origin=http://h path=/ status=204 bytes=0 attempts=1 hops=0\n",
		},
		{
			"an attempt of a call",
			[]any{
				CallStart{Call: 1, Method: "GET", Origin: "http://h", Path: "/p"},
				Attempt{Call: 1, Hop: 1, N: 2, Kind: "status", Wait: s, Err: errors.New(`"/p?token=hunter2" answered 503`)},
			},
			"level=WARN msg=\"http attempt failed\" method=GET origin=http://h path=/p hop=1 attempt=2 wait=1s kind=status error=\"\\\"/p?•••\\\" answered 503\"\n",
		},
		{
			"an attempt of no call",
			[]any{Attempt{N: 2, Kind: "resend", Err: errors.New("EOF")}},
			"level=WARN msg=\"http attempt failed\" hop=0 attempt=2 wait=0s kind=resend error=EOF\n",
		},
		{
			"a challenge that is answered is no failure",
			[]any{Attempt{N: 1, Kind: "challenge"}},
			"",
		},
		{
			"a warning",
			[]any{Warning{Origin: "https://h", Text: "its certificate is not verified"}},
			"level=WARN msg=\"http warning\" origin=https://h text=\"its certificate is not verified\"\n",
		},
		{
			"what has no line",
			[]any{
				RequestHead{URL: "http://h/?token=hunter2", Fields: Fields{{Name: "Authorization", Value: "hunter2"}}},
				ResponseHead{},
				Data{P: []byte("hunter2")},
				Trailer{},
				PhaseStart{},
				PhaseDone{},
				Choice{},
				CallStart{Call: 1},
				Done{Call: 1},
			},
			"",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b bytes.Buffer
				tracer := Slog(logTo(&b, slog.LevelDebug))
				for _, step := range c.events {
					switch step := step.(type) {
					case time.Duration:
						<-time.After(step)
					case Event:
						tracer.Trace(t.Context(), step)
					}
				}
				if b.String() != c.want {
					t.Errorf("got\n\t%swant\n\t%s", &b, c.want)
				}
			})
		})
	}
}

func TestSlogLevels(t *testing.T) {
	all := []Event{
		CallStart{Call: 1},
		CallDone{Call: 1, Status: 200},
		CallStart{Call: 2},
		Attempt{Call: 2},
		Warning{},
		CallDone{Call: 2, Status: 500},
		CallStart{Call: 3},
		CallDone{Call: 3, Err: errors.New("no")},
	}
	for level, want := range map[slog.Level]int{slog.LevelInfo: 5, slog.LevelWarn: 4, slog.LevelError: 1, slog.LevelError + 1: 0} {
		var b bytes.Buffer
		tracer := Slog(logTo(&b, level)).(*slogTracer)
		for _, ev := range all {
			tracer.Trace(t.Context(), ev)
		}
		if got := strings.Count(b.String(), "\n"); got != want {
			t.Errorf("level %v: %d lines, want %d:\n%s", level, got, want, &b)
		}
		if len(tracer.running) != 0 {
			t.Errorf("level %v: %d calls are remembered", level, len(tracer.running))
		}
	}
	off := Slog(slog.New(slog.DiscardHandler))
	if n := testing.AllocsPerRun(100, func() {
		for _, ev := range all {
			off.Trace(context.Background(), ev)
		}
	}); n != 0 {
		t.Errorf("%v allocations with all levels off", n)
	}
}

// A nil logger is the default of the moment.
func TestSlogDefault(t *testing.T) {
	var b bytes.Buffer
	tracer := Slog(nil)
	old := slog.Default()
	defer slog.SetDefault(old)
	slog.SetDefault(logTo(&b, slog.LevelInfo))
	tracer.Trace(t.Context(), Warning{Origin: "http://h", Text: "x"})
	if b.Len() == 0 {
		t.Error("the default logger was told nothing")
	}
}

// Calls that never end cost a bounded amount of memory, and those that are young are not
// forgotten for them.
func TestSlogForgets(t *testing.T) {
	var b bytes.Buffer
	tracer := Slog(logTo(&b, slog.LevelInfo)).(*slogTracer)
	for id := range uint64(3 * maxRunning) {
		tracer.Trace(t.Context(), CallStart{Call: id + 1})
		if len(tracer.running) > maxRunning {
			t.Fatalf("%d calls are remembered", len(tracer.running))
		}
	}
	tracer.Trace(t.Context(), CallDone{Call: 3 * maxRunning, Status: 200})
	if !strings.Contains(b.String(), "duration=") {
		t.Errorf("the youngest call was forgotten: %s", &b)
	}
}

func TestSlogHides(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"connection refused", "connection refused"},
		{"is this machine's clock right?", "is this machine's clock right?"},
		{"GET http://h/p?token=hunter2: no", "GET http://h/p?•••: no"},
		{"GET http://h/p#hunter2: no", "GET http://h/p#•••: no"},
		{`redirect to "https://bob:hunter2@h/?x=hunter2#y", refused`, `redirect to "https://•••@h/?•••", refused`},
		{"https://bob:hunter2@h", "https://•••@h"},
		{"https://bob:hunt@er2@h/a@b (x)", "https://•••@h/a@b (x)"},
		{"target /p?a=hunter2&b=c?d, and /q?x", "target /p?•••, and /q?•••"},
		{"mail bob@example.com #1", "mail bob@example.com #1"},
		{"?hunter2", "?•••"},
		{"a\nhttp://h?hunter2\tb", "a\nhttp://h?•••\tb"},
	} {
		if got := withoutQueries(c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{&urlError{"GET http://h/?a b", errors.New("no")}, "no"},
		{&urlError{"reading", errors.New("no")}, "reading: no"},
		{fmt.Errorf("GET x: %w (set by y)", errors.New("no")), "GET x: no (set by y)"},
	} {
		if got := causeText(c.err, "GET"); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

func FuzzSlogHides(f *testing.F) {
	f.Add("http://bob:hunter2@h/?token=hunter2#hunter2")
	f.Add("a?b c://d@e?f")
	f.Fuzz(func(t *testing.T, text string) {
		got := withoutQueries(text)
		if again := withoutQueries(got); again != got {
			t.Errorf("%q: %q, and the second time %q", text, got, again)
		}
		if len(got) > 10*len(text)+10 {
			t.Errorf("%d bytes have become %d", len(text), len(got))
		}
		for _, word := range strings.FieldsFunc("http://u:p@h/?"+text, func(r rune) bool { return r < 0x80 && strings.ContainsRune(" \t\r\n\"'<>`", r) })[:1] {
			if got := withoutQuery(word); strings.Contains(got, "u:p") || !strings.HasPrefix(got, "http://"+Hidden+"@h/?") {
				t.Errorf("%q is shown as %q", word, got)
			}
		}
	})
}

func TestSlogParallel(t *testing.T) {
	var b bytes.Buffer
	tracer := Slog(logTo(&b, slog.LevelInfo))
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for range 50 {
				id := NextID()
				tracer.Trace(t.Context(), CallStart{Call: id})
				tracer.Trace(t.Context(), Attempt{Call: id})
				tracer.Trace(t.Context(), Done{Call: id})
				tracer.Trace(t.Context(), CallDone{Call: id, Status: 200})
			}
		})
	}
	all.Wait()
	if got := strings.Count(b.String(), "\n"); got != 64*50*2 {
		t.Errorf("%d lines, want %d", got, 64*50*2)
	}
}
