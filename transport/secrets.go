package transport

import (
	"context"
	"slices"
	"strings"

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
	for _, secret := range h.secrets {
		text = hide(text, secret)
	}
	return text
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

// hide replaces a secret in a text, each of its bytes percent-encoded or not, by trace.Hidden.
func hide(text, secret string) string {
	if secret == "" {
		return text
	}
	var b strings.Builder
	done := 0 // of text, that is in b
	for i := 0; i < len(text); {
		n := spells(text[i:], secret)
		if n == 0 {
			i++
			continue
		}
		b.WriteString(text[done:i])
		b.WriteString(trace.Hidden)
		i += n
		done = i
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// spells returns how many bytes at the beginning of text spell the secret, 0 if they do not.
func spells(text, secret string) int {
	at := 0
	for i := range len(secret) {
		rest := text[at:]
		switch {
		case len(rest) >= 3 && rest[0] == '%' && unhex(rest[1])<<4|unhex(rest[2]) == int(secret[i]):
			at += 3
		case len(rest) > 0 && (rest[0] == secret[i] || rest[0] == '+' && secret[i] == ' '):
			at++
		default:
			return 0
		}
	}
	return at
}

// unhex returns the value of a hexadecimal digit, and for all else one that is too large.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return 1 << 10
}
