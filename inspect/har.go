// Package inspect shows what a program asks of others: its exchanges, as [trace] tells of them.
//
// A [HAR] collects them and writes them in the format that browsers' developer tools write and
// read, HAR 1.2:
//
//	har := &inspect.HAR{}
//	session := &godwit.Session{Tracer: har}
//	…
//	har.WriteTo(file)
//
// What is in it is what went over the wire, of every hop and every attempt, those that failed
// among them. Nothing is asked of the engine but its events, so whatever tells a tracer the same
// can be looked at in the same way.
package inspect

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime/debug"

	"example.com/godwit/trace"
)

// A HAR is a [trace.Tracer] that collects exchanges and writes them as a HTTP Archive, version 1.2.
// The zero value is ready. It may be used by many calls at once, and must not be copied.
//
// There is one entry for each exchange, in the order in which they began: the redirects that led to
// an answer, the attempts before the one that succeeded, and those that found no connection, whose
// response has the status 0 and an error. Phases are those of the format (ssl is part of connect,
// -1 stands for what did not occur). Names that begin with an underscore are not the format's own:
//
//	_error         why there was no response, or why it was not read to its end
//	_errorPhase    the phase in which that happened, as [trace.Phase] spells it
//	_call          which exchanges belong to one call
//	_tls           version, cipher suite, protocol by ALPN, server name, whether it was resumed
//	_tunnels       what proxies answered to CONNECT
//	_interim       responses before the final one
//	_trailers      fields that followed a body
//	_reused        the connection had carried an exchange before
//	_transferSize  bytes that came: of the body, and of the head where its size is told
//	_encoding      "base64", of a request's body that is no text
//
// It holds what it collects in memory, within MaxBody and MaxBytes.
type HAR struct {
	// MaxBody is how many bytes are kept of each body, as sent and as received; of one that was
	// decoded, as many of its content. 0: 1 MiB; negative: none. More are counted.
	MaxBody int64
	// MaxBytes is how many bytes are kept in all, heads and bodies. When there are more, bodies are
	// given up, the oldest first, and when there are none left, whole entries. 0: 64 MiB; negative:
	// no bound.
	MaxBytes int64
	// ShowSecrets leaves credentials as they are. Otherwise there is [trace.Hidden] in place of the
	// fields that [trace.Redact] hides, of all values of cookies, and of parameters in queries and
	// forms whose names say the same. Bodies are kept as they are but for forms; MaxBody leaves
	// them out.
	ShowSecrets bool
	// Version is what the archive says of its creator. "": that of this module in the program.
	Version string

	kept store
}

var (
	_ trace.Tracer = (*HAR)(nil)
	_ io.WriterTo  = (*HAR)(nil)
)

// Trace notes what belongs to an exchange. It copies what it keeps.
func (h *HAR) Trace(_ context.Context, ev trace.Event) {
	h.kept.note(ev, bounds{body: bound(h.MaxBody, 1<<20, 0), all: bound(h.MaxBytes, 64<<20, math.MaxInt64)})
}

// bound returns n, or what stands for 0 and for less.
func bound(n, zero, negative int64) int64 {
	switch {
	case n == 0:
		return zero
	case n < 0:
		return negative
	}
	return n
}

// WriteTo writes the archive of what there is so far: one JSON text in UTF-8, each entry on a line of
// its own. An exchange that is not over is written as far as it has gone. Collecting goes on, and it
// may be written again. One entry at a time is held as text.
func (h *HAR) WriteTo(w io.Writer) (int64, error) {
	all, missing := h.kept.snapshot()
	out := &counter{w: w}
	b := bufio.NewWriterSize(out, 64<<10)
	e := encoder{w: b}
	e.text(`{"log":{"version":"1.2","creator":`)
	e.value(creator{"godwit", h.version()})
	if missing > 0 {
		e.text(`,"comment":`)
		e.value(fmt.Sprintf("%d older entries are missing: they did not fit into MaxBytes", missing))
	}
	e.text(`,"entries":[`)
	end := "\n" // of the line before
	for i := range all {
		e.text(end)
		e.value(h.entry(&all[i]))
		end = ",\n"
	}
	e.text("\n]}}\n")
	if e.err == nil {
		e.err = b.Flush()
	}
	return out.n, e.err
}

// An encoder writes JSON until that fails.
type encoder struct {
	w   io.Writer
	err error
}

func (e *encoder) text(s string) {
	if e.err == nil {
		_, e.err = io.WriteString(e.w, s)
	}
}

// value writes a value without a line end.
func (e *encoder) value(v any) {
	if e.err != nil {
		return
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if e.err = enc.Encode(v); e.err == nil {
		_, e.err = e.w.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	}
}

// Reset forgets what there is so far. What still comes of exchanges under way is forgotten, too.
func (h *HAR) Reset() { h.kept.reset() }

// version returns what the archive says of its creator.
func (h *HAR) version() string {
	if h.Version != "" {
		return h.Version
	}
	const module = "example.com/godwit"
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Path == module && info.Main.Version != "" {
			return info.Main.Version
		}
		for _, dep := range info.Deps {
			if dep.Path == module {
				return dep.Version
			}
		}
	}
	return "unknown"
}

// A counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
