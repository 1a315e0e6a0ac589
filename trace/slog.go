// Slog: a line of a log for each call.

package trace

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Slog returns a Tracer that writes one line for each call when it is over, one for each of
// its attempts that failed, and one for each [Warning]. nil: [slog.Default], as it is when
// the line is written. It is safe for concurrent use.
//
// The line of a call has these attributes, of which status, duration, phases, kind and error
// are left out where there are none:
//
//	method    of the last request
//	origin    scheme, host and port of the last request
//	path      of the last request, without its query
//	status    of the last response
//	bytes     how much of the body the caller has got
//	duration  from the call's beginning to its end
//	phases    how long each [Phase] of the last exchange took; those that occurred
//	attempts  how many requests were sent
//	hops      how many redirects were followed
//	kind      of the error, in words
//	error     its text
//
// Its level is [slog.LevelInfo], [slog.LevelWarn] if the status is 500 or above, and
// [slog.LevelError] if the call returned an error. Attempts and warnings are of
// slog.LevelWarn. Where the level is off, nothing is computed.
//
// No line has a query, a header field or a part of a body in it. What a transport does that
// is used without package godwit is no call, and only its failed attempts are written.
func Slog(logger *slog.Logger) Tracer { return &slogTracer{logger: logger} }

// maxRunning bounds what is remembered of calls that are under way. A stream that is never
// closed is one for ever.
const maxRunning = 4096

type slogTracer struct {
	logger *slog.Logger // nil: slog.Default

	mu      sync.Mutex // guards the following
	running map[uint64]*running
}

// running is a call under way.
type running struct {
	method, origin, path string
	start                time.Time
	timings              Timings // of its last exchange
}

// Trace writes what there is to write, and remembers what a later line needs.
func (t *slogTracer) Trace(ctx context.Context, ev Event) {
	switch ev := ev.(type) {
	case CallStart:
		t.begin(ctx, ev)
	case Done:
		t.note(ev)
	case CallDone:
		t.call(ctx, ev)
	case Attempt:
		t.attempt(ctx, ev)
	case Warning:
		if l := t.enabled(ctx, slog.LevelWarn); l != nil {
			l.LogAttrs(ctx, slog.LevelWarn, "http warning", slog.String("origin", ev.Origin), slog.String("text", ev.Text))
		}
	}
}

// enabled returns the logger, nil if the level is off.
func (t *slogTracer) enabled(ctx context.Context, level slog.Level) *slog.Logger {
	l := t.logger
	if l == nil {
		l = slog.Default()
	}
	if !l.Enabled(ctx, level) {
		return nil
	}
	return l
}

// begin remembers a call, unless no level is on that its end could have.
func (t *slogTracer) begin(ctx context.Context, ev CallStart) {
	if t.enabled(ctx, slog.LevelError) == nil {
		return
	}
	r := &running{method: ev.Method, origin: ev.Origin, path: ev.Path, start: time.Now()}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running == nil {
		t.running = map[uint64]*running{}
	}
	if len(t.running) >= maxRunning {
		// Numbers grow, so the lowest are the oldest.
		for _, id := range slices.Sorted(maps.Keys(t.running))[:maxRunning/4] {
			delete(t.running, id)
		}
	}
	t.running[ev.Call] = r
}

// note remembers how long the phases of an exchange took.
func (t *slogTracer) note(ev Done) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r := t.running[ev.Call]; r != nil {
		r.timings = ev.Timings
	}
}

// call writes the line of a call.
func (t *slogTracer) call(ctx context.Context, ev CallDone) {
	t.mu.Lock()
	r := t.running[ev.Call]
	delete(t.running, ev.Call)
	t.mu.Unlock()

	level := slog.LevelInfo
	switch {
	case ev.Err != nil:
		level = slog.LevelError
	case ev.Status >= 500:
		level = slog.LevelWarn
	}
	l := t.enabled(ctx, level)
	if l == nil {
		return
	}
	attrs := make([]slog.Attr, 0, 11)
	attrs = append(attrs, slog.String("method", ev.Method), slog.String("origin", ev.Origin), slog.String("path", ev.Path))
	if ev.Status != 0 {
		attrs = append(attrs, slog.Int("status", ev.Status))
	}
	attrs = append(attrs, slog.Int64("bytes", ev.Bytes))
	if r != nil {
		attrs = append(attrs, slog.Duration("duration", time.Since(r.start)))
		if phases := phaseAttrs(&r.timings); len(phases) > 0 {
			attrs = append(attrs, slog.GroupAttrs("phases", phases...))
		}
	}
	attrs = append(attrs, slog.Int("attempts", ev.Attempts), slog.Int("hops", ev.Hops))
	l.LogAttrs(ctx, level, "http call", appendError(attrs, ev.Method, ev.Kind, ev.Err)...)
}

// attempt writes the line of an attempt that failed.
func (t *slogTracer) attempt(ctx context.Context, ev Attempt) {
	l := t.enabled(ctx, slog.LevelWarn)
	if l == nil || ev.Kind == "challenge" { // which is no failure
		return
	}
	attrs := make([]slog.Attr, 0, 8)
	t.mu.Lock()
	r := t.running[ev.Call]
	t.mu.Unlock()
	method := ""
	if r != nil {
		method = r.method
		attrs = append(attrs, slog.String("method", r.method), slog.String("origin", r.origin), slog.String("path", r.path))
	}
	attrs = append(attrs, slog.Int("hop", ev.Hop), slog.Int("attempt", ev.N), slog.Duration("wait", ev.Wait))
	l.LogAttrs(ctx, slog.LevelWarn, "http attempt failed", appendError(attrs, method, ev.Kind, ev.Err)...)
}

// phaseAttrs returns the phases that took time.
func phaseAttrs(t *Timings) (attrs []slog.Attr) {
	for p := range Phase(NumPhases) {
		if d := t.Of(p); d > 0 {
			attrs = append(attrs, slog.Duration(p.String(), d))
		}
	}
	return attrs
}

// appendError appends an error's kind and text.
func appendError(attrs []slog.Attr, method, kind string, err error) []slog.Attr {
	if kind != "" {
		attrs = append(attrs, slog.String("kind", kind))
	}
	if err == nil {
		return attrs
	}
	return append(attrs, slog.String("error", withoutQueries(causeText(err, method))))
}

// causeText returns the text of an error without the method and the URL in front of it, as
// the line has got them: they are the only place where a query is meant to be.
func causeText(err error, method string) string {
	text := err.Error()
	if cause := errors.Unwrap(err); cause != nil && strings.HasPrefix(text, method+" ") {
		if short := cause.Error(); strings.HasSuffix(text, ": "+short) {
			return short
		}
	}
	return text
}

// withoutQueries hides the query, fragment and user info of whatever in the text looks like a URL
// or the target of a request.
func withoutQueries(text string) string {
	if !strings.ContainsAny(text, "?@#") {
		return text
	}
	var b strings.Builder
	for text != "" {
		end := strings.IndexAny(text, " \t\r\n\"'<>`")
		if end < 0 {
			end = len(text)
		}
		b.WriteString(withoutQuery(text[:end]))
		if end < len(text) {
			b.WriteByte(text[end])
			end++
		}
		text = text[end:]
	}
	return b.String()
}

// withoutQuery is withoutQueries for one word. A URL's fragment goes the way of its query.
func withoutQuery(word string) string {
	bare := strings.TrimRight(word, ".,:;!?)")
	tail := word[len(bare):]
	scheme, rest, isURL := strings.Cut(bare, "://")
	if !isURL {
		if before, _, ok := strings.Cut(bare, "?"); ok {
			bare = before + "?" + Hidden
		}
		return bare + tail
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i+1] + Hidden
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	}
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		rest = Hidden + rest[at:]
	}
	return scheme + "://" + rest + tail
}
