package transport

import (
	"context"
	"slices"

	"example.com/godwit/trace"
)

// A hider is a tracer that keeps secrets from another one. See Overrides.Secrets.
type hider struct {
	trace.Tracer
	secrets []string
}

// Trace hands an event on, without the secrets.
func (h *hider) Trace(ctx context.Context, ev trace.Event) {
	switch e := ev.(type) {
	case trace.RequestHead:
		e.Target, e.URL, e.Fields = h.hide(e.Target), h.hide(e.URL), h.mark(e.Fields)
		ev = e
	case trace.ResponseHead:
		e.Reason, e.Fields = h.hide(e.Reason), h.mark(e.Fields)
		ev = e
	case trace.Tunnel:
		e.Target, e.Reason, e.Fields = h.hide(e.Target), h.hide(e.Reason), h.mark(e.Fields)
		ev = e
	case trace.Trailer:
		e.Fields = h.mark(e.Fields)
		ev = e
	case trace.Choice:
		e.Value = h.hide(e.Value)
		ev = e
	}
	h.Tracer.Trace(ctx, ev)
}

// hide returns the text with what stands for the secrets in their place.
func (h *hider) hide(text string) string {
	return trace.Hide(text, h.secrets...)
}

// mark returns the fields, those in which there is a secret marked so.
func (h *hider) mark(fields trace.Fields) trace.Fields {
	copied := false
	for i := range fields {
		if fields[i].Secret || h.hide(fields[i].Value) == fields[i].Value {
			continue
		}
		if !copied {
			fields, copied = slices.Clone(fields), true
		}
		fields[i].Secret = true
	}
	return fields
}
