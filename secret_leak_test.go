package godwit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

const leaky = "k3y/+= ü" // in a URL none of it but the first letters is as it is

// leaks reports whether a text shows the secret, in whatever spelling.
func leaks(text string) bool {
	return trace.Hide(text, leaky, base64.StdEncoding.EncodeToString([]byte(leaky))) != text || strings.Contains(text, "k3y")
}

// Whatever fails, and wherever the server or somebody else has written the secret to: neither
// errors, nor what they hold for printing, nor events show it.
func TestSecretIsInNoError(t *testing.T) {
	lost := errors.New("lost on the way to ?key=" + url.QueryEscape(leaky) + " and " + leaky)
	redirect := func(location string) RoundTripFunc {
		return func(req *http.Request) (*http.Response, error) {
			if req.URL.Path == "/start" {
				return &http.Response{StatusCode: 307, Header: http.Header{"Location": {location}}}, nil
			}
			return nil, lost
		}
	}
	fails := RoundTripFunc(func(*http.Request) (*http.Response, error) { return nil, lost })
	answers := func(res http.Response) RoundTripFunc {
		return func(*http.Request) (*http.Response, error) { return &res, nil }
	}
	hook := OnRequest(func(*http.Request) error { return lost })
	for name, c := range map[string]struct {
		rt   http.RoundTripper
		opts []Option
	}{
		"transport": {fails, nil},
		"an http.Client's": {RoundTripFunc(func(r *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: r.URL.String(), Err: lost}
		}), nil},
		"wrapped": {RoundTripFunc(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("x: %w", &url.Error{Op: "Get", URL: r.URL.String(), Err: lost})
		}), nil},
		"tried again":        {fails, []Option{Retry{Max: 2, Backoff: noWait, If: func(*http.Response, error) bool { return true }}}},
		"body does not open": {fails, []Option{&Body{Size: 1, Open: func() (io.ReadCloser, error) { return nil, errors.New("no") }}}},
		"hook":               {fails, []Option{hook}},
		"lower-case echo":    {redirect("http://h/?x=k3y%2f%2b%3d%20%c3%bc"), nil},
		"odd escapes":        {redirect("http://h/?x=%6b3y%2f%2b%3d%20%c3%bc&y=%zz"), nil},
		"echo elsewhere":     {redirect("http://o/?x=%6b3y%2f%2b%3d%20%c3%bc&y=%zz"), nil},
		"nested echo":        {redirect("http://o/?return=" + url.QueryEscape("http://h/?x="+url.QueryEscape(leaky))), nil},
		"base64":             {redirect("http://o/?x=" + base64.StdEncoding.EncodeToString([]byte(leaky))), nil},
		"too many":           {redirect("http://h/start?x=" + url.QueryEscape(leaky)), nil},
		"status":             {answers(http.Response{StatusCode: 404, Status: "404 " + leaky}), []Option{RaiseForStatus}},
	} {
		var events log
		s := &Session{Transport: c.rt, Tracer: &events}
		v := Secret(leaky)
		opts := append([]Option{Params{"key": v}, Header{"X-Key": v}}, c.opts...)
		_, err := s.Post(t.Context(), "http://h/start", opts...)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, text := range []string{err.Error(), fmt.Sprintf("%v %+v %#v %q", err, err, err, err), events.text()} {
			if leaks(text) {
				t.Errorf("%s: %s", name, text)
			}
		}
		if e, ok := errors.AsType[*Error](err); ok {
			for _, a := range e.Attempts {
				if a.Err != nil && leaks(a.Err.Error()) {
					t.Errorf("%s: attempt: %v", name, a.Err)
				}
			}
			if leaks(e.URL) {
				t.Errorf("%s: URL: %s", name, e.URL)
			}
		}
		if e, ok := errors.AsType[*StatusError](err); ok && leaks(e.String()+fmt.Sprintf("%#v", e)) {
			t.Errorf("%s: %v", name, e.String())
		}
	}
}

// A host that has the secret in it is told to nobody, not even as the one that it is not for.
func TestSecretInAHost(t *testing.T) {
	var events log
	s, _ := newWorld(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://hunter2.o.example/")
		w.WriteHeader(302)
	})
	s.Tracer = &events
	_, err := s.Get(t.Context(), "http://h/", Header{"X-Key": Secret("hunter2")})
	if !errors.Is(err, ErrSecret) || strings.Contains(err.Error()+events.text(), "hunter2") {
		t.Errorf("%v\n%s", err, events.text())
	}
}

// What the server says of it in a body is not shown by what is fit for a log.
func TestSecretInAnExcerpt(t *testing.T) {
	s, _ := newWorld(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		io.WriteString(w, "no such key: hunter2")
	})
	_, err := s.Get(t.Context(), "http://h/", Header{"X-Key": Secret("hunter2")}, RaiseForStatus)
	e, ok := errors.AsType[*StatusError](err)
	if !ok || e.Excerpt() != "no such key: "+trace.Hidden || string(e.Content) != "no such key: hunter2" {
		t.Errorf("%v", err)
	}
}

// A Secret without For is for the origin that it is used for first, and stays so.
func TestSecretBinds(t *testing.T) {
	s, w := newWorld(ok)
	v := Secret("hunter2")
	s.Defaults = Defaults{Header{"X-Key": v}}
	if _, err := s.Get(t.Context(), "http://a/"); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"http://b/", "https://a/", "http://a:81/"} {
		if _, err := s.Get(t.Context(), url); !errors.Is(err, ErrSecret) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := s.With().Get(t.Context(), "http://a:80/"); err != nil || len(w.requests()) != 2 {
		t.Error(err)
	}
}

// A pointer to a Secret is one, too; what hides itself in some other way is not sent as dots.
func TestSecretByPointer(t *testing.T) {
	s, w := newWorld(ok)
	v := Secret("hunter2")
	if _, err := s.Get(t.Context(), "http://h/", Header{"A": &v, "B": []*SecretValue{&v}, "C": []any{&v}}); err != nil {
		t.Error(err)
	} else if h := w.last().Header; h.Get("A") != "hunter2" || h.Get("B") != "hunter2" || h.Get("C") != "hunter2" {
		t.Errorf("%v", h)
	}
	type embedded struct{ SecretValue }
	for _, o := range []Option{Header{"A": (*SecretValue)(nil)}, Header{"A": embedded{v}}, Params{"a": embedded{v}}, Form{"a": &v}, Form{"a": []any{&v}}, Multipart(Field("a", &v)), URI{"a": v}, URI{"a": &v}} {
		n := len(w.requests())
		if _, err := s.Post(t.Context(), "http://h/{a}", o); err == nil || len(w.requests()) != n {
			t.Errorf("%v: %v", o, err)
		}
	}
}

// What goes through the proxy of a mounted transport in clear text is the proxy's, too.
func TestSecretThroughAMountedProxy(t *testing.T) {
	down, _ := url.Parse("http://127.0.0.1:1")
	for name, rt := range map[string]http.RoundTripper{
		"ours":       &transport.Transport{Proxy: http.ProxyURL(down)},
		"net/http's": &http.Transport{Proxy: http.ProxyURL(down)},
	} {
		for _, s := range []*Session{{Mounts: map[string]http.RoundTripper{"http://h": rt}}, {Transport: rt}} {
			_, err := s.Get(t.Context(), "http://h/", Header{"X-Key": Secret("hunter2")})
			if !errors.Is(err, ErrSecret) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
