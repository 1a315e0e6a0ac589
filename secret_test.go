package godwit

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

const hunter = "hunter2+/ ü" // in each of its spellings in a URL it looks otherwise

// No way to print a Secret shows it.
func TestSecretIsNotPrinted(t *testing.T) {
	s := Secret(hunter).For("https://api.example")
	type inside struct {
		Public  SecretValue
		private SecretValue
		ptr     *SecretValue
		m       map[string]any
	}
	for _, v := range []any{s, &s, []SecretValue{s}, inside{s, s, &s, map[string]any{"k": s}}, Header{"K": s}, Defaults{Header{"K": s}, Params{"q": s}}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "hunter2") || strings.Contains(strings.ToLower(text), "68756e746572") {
				t.Errorf("%s of a %T: %s", verb, v, text)
			}
		}
		if text, err := json.Marshal(v); err == nil && strings.Contains(string(text), "hunter2") {
			t.Errorf("JSON of a %T: %s", v, text)
		}
		var b strings.Builder
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
		if strings.Contains(b.String(), "hunter2") {
			t.Errorf("slog of a %T: %s", v, b.String())
		}
	}
}

// It arrives where it is for, in each place that it may stand in.
func TestSecretArrives(t *testing.T) {
	s, w := newWorld(ok)
	v := Secret(hunter)
	_, err := s.Get(t.Context(), "http://api.example/", Header{"X-Key": v, "X-Many": []SecretValue{v, Secret("b")}}, Params{"key": v, "all": []any{1, v}}, Cookies{"c": Secret("cookie")})
	if err != nil {
		t.Fatal(err)
	}
	got := w.last()
	if got.Header.Get("X-Key") != hunter || got.Header["X-Many"][1] != "b" || got.Header.Get("Cookie") != "c=cookie" || got.URL.Query().Get("key") != hunter || got.URL.Query()["all"][1] != hunter {
		t.Errorf("%v %v", got.URL, got.Header)
	}
	if o := transport.OverridesFrom(got.Context()); len(o.Secrets) != 3 {
		t.Errorf("the transport is told of %d", len(o.Secrets))
	}
}

// A Secret for another origin than the request's is not sent, whatever has put it there.
func TestSecretElsewhere(t *testing.T) {
	v := Secret(hunter).For("https://api.example:443/whatever")
	for _, c := range []struct {
		name string
		url  string
		opts []Option
	}{
		{"header", "https://o.example/", []Option{Header{"X-Key": v}}},
		{"parameter", "https://o.example/", []Option{Params{"key": v}}},
		{"cookie", "https://o.example/", []Option{Cookies{"key": Secret("k").For("https://api.example")}}},
		{"other port", "https://api.example:444/", []Option{Header{"X-Key": v}}},
		{"other scheme", "http://api.example/", []Option{Header{"X-Key": v}}},
		{"subdomain", "https://www.api.example/", []Option{Header{"X-Key": v}}},
		{"by a hook", "https://o.example/", []Option{Header{"A": v}, OnRequest(func(r *http.Request) error {
			r.Header.Set("X-Other", "Token "+hunter)
			r.Header.Del("A")
			return nil
		})}},
	} {
		s, w := newWorld(ok)
		_, err := s.Get(t.Context(), c.url, c.opts...)
		if !errors.Is(err, ErrSecret) || len(w.requests()) != 0 {
			t.Errorf("%s: %v, %d sent", c.name, err, len(w.requests()))
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", c.name, err)
		}
		if e, ok := errors.AsType[*Error](err); !ok || e.Sent != Unsent && len(e.Attempts) != 0 {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
}

// Redirects drop it, and do not bring it back by any trick.
func TestSecretAndRedirects(t *testing.T) {
	v := Secret(hunter)
	escaped := url.QueryEscape(hunter)
	for _, c := range []struct {
		location string
		refused  bool
	}{
		{"http://o.example/", false},
		{"http://api.example:81/", false},
		{"http://o.example/?key=" + escaped, true},
		{"http://o.example/" + url.PathEscape(hunter), true},
		{"http://o.example/?key=hunter2%2b%2F%20%c3%bc", true},
		{"http://o.example/?key=%68unter2%2b%2F+%c3%bc", true},
		{"http://api.example/?key=" + escaped, false},
	} {
		s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/start" {
				w.Header().Set("Location", c.location)
				w.WriteHeader(307)
			}
		})
		_, err := s.Get(t.Context(), "http://api.example/start", Header{"X-Key": v, "Accept": v}, KeepHeaders{"X-Key"}, Params{"k": v})
		if refused := errors.Is(err, ErrSecret); refused != c.refused || !refused && err != nil {
			t.Errorf("%s: %v", c.location, err)
		}
		for _, r := range w.requests() {
			same := transport.Origin(r.URL) == "http://api.example:80"
			if !same && (r.Header.Get("X-Key") != "" || r.Header.Get("Accept") != "") {
				t.Errorf("%s: %v gets %v", c.location, r.URL, r.Header)
			}
		}
	}
}

// In clear text through a proxy it would be the proxy's, too.
func TestSecretThroughAProxy(t *testing.T) {
	for _, c := range []struct {
		url     string
		refused bool
	}{{"http://api.example/", true}, {"https://api.example/", false}} {
		v := Secret(hunter)
		s, w := newWorld(ok)
		_, err := s.Get(t.Context(), c.url, Header{"X-Key": v}, Proxy("http://127.0.0.1:9"))
		if errors.Is(err, ErrSecret) != c.refused || len(w.requests()) == 0 != c.refused {
			t.Errorf("%s: %v", c.url, err)
		}
	}
}

// A session's Secrets are for BaseURL's origin, and nothing else of the call has them.
func TestSecretOfASession(t *testing.T) {
	s, w := newWorld(ok)
	s.Defaults = Defaults{BaseURL("http://api.example/v1"), Header{"X-Key": Secret(hunter), "Accept": Secret("other")}, Params{"q": Secret("param"), "plain": 1}}
	if _, err := s.Get(t.Context(), "/x"); err != nil || w.last().Header.Get("X-Key") != hunter || w.last().URL.RawQuery != "plain=1&q=param" {
		t.Errorf("%v: %v %v", err, w.last().URL, w.last().Header)
	}
	if _, err := s.Get(t.Context(), "http://o.example/"); err != nil || w.last().Header.Get("X-Key")+w.last().Header.Get("Accept") != "*/*" || w.last().URL.RawQuery != "plain=1" {
		t.Errorf("%v: %v %v", err, w.last().URL, w.last().Header)
	}
	if _, err := s.Get(t.Context(), "http://o.example/?x="+url.QueryEscape(hunter)); !errors.Is(err, ErrSecret) {
		t.Error(err)
	}
}

func TestSecretRefused(t *testing.T) {
	s, w := newWorld(ok)
	for _, o := range []Option{
		Header{"K": Secret("")},
		Header{"K": SecretValue{}},
		Header{"K": Secret("x").For("api.example")},
		Header{"K": Secret("x").For("ftp://api.example")},
		Params{"K": []any{Secret("")}},
		Form{"K": Secret("x")},
		Form{"K": []SecretValue{Secret("x")}},
		Form{"K": []any{Secret("x")}},
	} {
		if _, err := s.Post(t.Context(), "http://h/", o); !errors.Is(err, ErrRequest) {
			t.Errorf("%T: %v", o, err)
		}
	}
	if len(w.requests()) != 0 {
		t.Error("sent")
	}
}

// Neither errors nor events show a Secret, wherever it stood.
func TestSecretIsNotTold(t *testing.T) {
	var events log
	s := &Session{Tracer: &events, Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
		if req.URL.Path == "/fail" {
			return nil, errors.New("lost")
		}
		return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"/fail?" + req.URL.RawQuery}}}, nil
	})}
	v := Secret(hunter)
	_, err := s.Get(t.Context(), "http://h/"+url.PathEscape(hunter), Params{"k": v, "n": 1}, Header{"X-Key": v})
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), trace.Hidden) {
		t.Errorf("%v", err)
	}
	if text := events.text(); strings.Contains(text, "hunter2") {
		t.Errorf("%s", text)
	}
	s.Transport = RoundTripFunc(func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 404}, nil })
	_, err = (&Session{Transport: s.Transport}).Get(t.Context(), "http://h/", Params{"k": v}, RaiseForStatus)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}
