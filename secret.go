// Secrets: values that go to one origin and are shown to nobody.

package godwit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync/atomic"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// A SecretValue is made by [Secret]. It is printed, encoded and logged as "•••".
type SecretValue struct {
	// What it holds is held by a function: fmt reads strings, and follows pointers, in the
	// unexported fields of others' structs, without asking anybody.
	held func() secret
}

// Secret is a value of a header field, a query parameter or a cookie that is sent to one
// origin only (scheme, host and port): that of For; or else that of the BaseURL for what a
// session says, and that of the call's first URL, in each call anew. A request that would bring it anywhere else (after a redirect, in clear text through a
// proxy, in whatever part of the head) is not sent, which is [ErrSecret].
//
// It is the whole value: Secret("Token " + key), since "Token " + a Secret has no text to add.
//
// Nothing that Godwit prints, logs, traces or exports shows it. What a program prints itself of
// an http.Request it has to see to by itself.
func Secret(text string) SecretValue {
	return hold(secret{text: text, bound: new(atomic.Pointer[string])})
}

func hold(s secret) SecretValue { return SecretValue{func() secret { return s }} }

// For returns the secret for an origin: "https://api.example.com". What else is in the URL does
// not matter.
func (s SecretValue) For(origin string) SecretValue {
	if s.held == nil {
		return s
	}
	own := s.held()
	u, err := parseURL(origin)
	if err != nil {
		own.err = fmt.Errorf("a Secret for an invalid origin: %w", err)
	} else {
		own.origin = transport.Origin(u)
	}
	return hold(own)
}

// String returns "•••".
func (SecretValue) String() string { return trace.Hidden }

// Format writes "•••", whatever the verb is.
func (SecretValue) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, trace.Hidden) }

// MarshalText returns "•••": a Secret in JSON would leave by a way that nobody guards.
func (SecretValue) MarshalText() ([]byte, error) { return []byte(trace.Hidden), nil }

// A secret is a text and whom it is for.
type secret struct {
	text   string
	origin string // "": that of bound
	err    error

	bound *atomic.Pointer[string] // the first origin that it has been meant for; nil in it: none yet
}

// use notes the secret, and returns its text.
func (s SecretValue) use(r *Request) (string, error) {
	var own secret
	if s.held != nil {
		own = s.held()
	}
	switch {
	case own.text == "":
		return "", errors.New("a Secret that is empty")
	case own.err != nil:
		return "", own.err
	}
	if !slices.Contains(r.secrets, own) {
		r.secrets = append(slices.Clip(r.secrets), own)
	}
	return own.text, nil
}

var errSecretElsewhere = errors.New("a Secret can be the value of a header field, a query parameter or a cookie")

// reveal returns a map's values with secrets as their texts, and notes them. A map without
// secrets is returned as it is.
func (r *Request) reveal(m map[string]any) (map[string]any, error) {
	var out map[string]any
	for name, v := range m {
		plain, changed, err := r.revealValue(v)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", clip(name, 60), err)
		}
		if !changed {
			continue
		}
		if out == nil {
			out = make(map[string]any, len(m))
			for name, v := range m {
				out[name] = v
			}
		}
		out[name] = plain
	}
	if out == nil {
		return m, nil
	}
	return out, nil
}

// revealValue is reveal for one value.
func (r *Request) revealValue(v any) (plain any, changed bool, err error) {
	switch x := v.(type) {
	case SecretValue:
		text, err := x.use(r)
		return text, true, err
	case *SecretValue:
		if x == nil {
			x = new(SecretValue)
		}
		text, err := x.use(r)
		return text, true, err
	case []SecretValue:
		all := make([]string, len(x))
		for i := range x {
			if all[i], err = x[i].use(r); err != nil {
				return nil, false, err
			}
		}
		return all, true, nil
	case []*SecretValue:
		all := make([]any, len(x))
		for i := range x {
			all[i] = x[i]
		}
		return r.revealValue(all)
	case []any:
		var all []any
		for i := range x {
			p, changed, err := r.revealValue(x[i])
			if err != nil {
				return nil, false, err
			}
			if changed {
				if all == nil {
					all = slices.Clone(x)
				}
				all[i] = p
			}
		}
		if all != nil {
			return all, true, nil
		}
	}
	return v, false, nil
}

// A secretList is a call's.
type secretList []secret

// texts returns the texts alone.
func (all secretList) texts() []string {
	if len(all) == 0 {
		return nil
	}
	out := make([]string, len(all))
	for i := range all {
		out[i] = all[i].text
	}
	return out
}

// bind gives those without an origin the one that they are meant for: this one, if it is the
// first.
func (all secretList) bind(origin string) secretList {
	if !slices.ContainsFunc(all, func(s secret) bool { return s.origin == "" }) {
		return all
	}
	out := slices.Clone(all)
	for i := range out {
		if s := &out[i]; s.origin == "" {
			s.bound.CompareAndSwap(nil, &origin)
			s.origin = *s.bound.Load()
		}
	}
	return out
}

// hide returns a text in which no secret can be read.
func (all secretList) hide(text string) string {
	var forms []string
	for i := range all {
		forms = append(forms, all[i].forms()...)
	}
	return trace.Hide(text, forms...)
}

// hider returns hide, nil if there is nothing to hide. What is kept and may be printed keeps
// that: fmt and its like look into everything but functions.
func (all secretList) hider() func(string) string {
	if len(all) == 0 {
		return nil
	}
	return all.hide
}

// hideError returns an error whose text does not show a secret.
func (all secretList) hideError(err error) error {
	if err == nil || len(all) == 0 {
		return err
	}
	text := err.Error()
	hidden := all.hide(text)
	if hidden == text {
		return err
	}
	return &hiddenError{hidden, err}
}

// A hiddenError is an error whose own text has a secret in it.
type hiddenError struct {
	text string
	err  error
}

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return e.err }

// hideEvent returns an event that does not show a secret. The transport does that with its own.
func (all secretList) hideEvent(ev trace.Event) trace.Event {
	if len(all) == 0 {
		return ev
	}
	switch e := ev.(type) {
	case trace.CallStart:
		e.Origin, e.Path = all.hide(e.Origin), all.hide(e.Path)
		return e
	case trace.CallDone:
		e.Origin, e.Path, e.Err = all.hide(e.Origin), all.hide(e.Path), all.hideError(e.Err)
		return e
	case trace.Attempt:
		e.Err = all.hideError(e.Err)
		return e
	case trace.Choice:
		e.Value, e.Rule = all.hide(e.Value), all.hide(e.Rule)
		return e
	case trace.Warning:
		e.Origin, e.Text = all.hide(e.Origin), all.hide(e.Text)
		return e
	}
	return ev
}

// forms are the secret, and what it is in credentials. Percent-encoding is seen through anyway.
func (s *secret) forms() []string {
	return []string{s.text, base64.StdEncoding.EncodeToString([]byte(s.text))}
}

// in reports whether a text has the secret in it, in any spelling.
func (s *secret) in(text string) bool { return text != "" && trace.Hide(text, s.forms()...) != text }

// inHead reports whether the secret is anywhere in what would be sent of a request's head.
func (s *secret) inHead(req *http.Request) bool {
	u := req.URL
	if s.in(u.EscapedPath()) || s.in(u.RawQuery) || s.in(u.Opaque) || s.in(u.Host) || s.in(req.Host) || s.in(req.Method) {
		return true
	}
	if u.User != nil && s.in(u.User.String()) {
		return true
	}
	return s.inValues(req.Header) || s.inValues(req.Trailer)
}

func (s *secret) inValues(h http.Header) bool {
	for _, values := range h {
		if slices.ContainsFunc(values, s.in) {
			return true
		}
	}
	return false
}

// guard refuses a request that would bring a secret where it must not go. It is asked last, so
// it sees what redirects, hooks and middleware have made of the request. rt is to carry it.
func (c *call) guard(rt http.RoundTripper, req *http.Request) error {
	all := c.request.secrets
	if len(all) == 0 {
		return nil
	}
	origin := transport.Origin(req.URL)
	for i := range all {
		if s := &all[i]; s.origin != origin && s.inHead(req) {
			return kindErrorf(ErrSecret, "a Secret for %s is not sent to %s", s.origin, origin)
		}
	}
	other, ok := rt.(sound)
	if !ok || req.URL.Scheme != "http" {
		return nil // our own transport asks guardInClear when it has chosen the proxy
	}
	if proxy, err := c.proxyOf(other.next, req); proxy != nil || err != nil {
		return c.guardInClear(req)
	}
	return nil
}

// guardInClear refuses a request with a secret that would go to a proxy in clear text, where it
// would be the proxy's, too.
func (c *call) guardInClear(req *http.Request) error {
	all := c.request.secrets
	for i := range all {
		if s := &all[i]; s.inHead(req) {
			return kindErrorf(ErrSecret, "a Secret for %s is not sent to %s through a proxy", s.origin, transport.Origin(req.URL))
		}
	}
	return nil
}

// withoutSecrets removes the header fields that hold a secret of another origin, and returns
// their names.
func (all secretList) withoutSecrets(h http.Header, origin string) (removed []string) {
	for i := range all {
		s := &all[i]
		if s.origin == origin {
			continue
		}
		for name, values := range h {
			if slices.ContainsFunc(values, s.in) {
				delete(h, name)
				removed = append(removed, name)
			}
		}
	}
	return removed
}
