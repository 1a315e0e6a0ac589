package auth

// What the tests of this package share: round trips that authorize, verify and answer.

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how often a roundTripper sends a request that an Auth wants sent again: more often
// than any may want it.
const patience = 10

// A roundTripper sends requests to a handler, without a network, and calls an Auth where it
// should be called.
type roundTripper struct {
	auth    Auth
	handler http.Handler
	sent    []*http.Request // all that was sent, as it was sent
}

func (rt *roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	if err := rt.auth.Authorize(req); err != nil {
		return nil, err
	}
	challenger, _ := rt.auth.(Challenger)
	for range patience {
		res := rt.send(req)
		if v, ok := rt.auth.(Verifier); ok {
			if err := v.Verify(req, res); err != nil {
				return nil, err
			}
		}
		if challenger == nil || res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusProxyAuthRequired {
			return res, nil
		}
		again, err := challenger.Answer(req, res)
		if err != nil {
			return nil, err
		}
		if !again {
			return res, nil
		}
		if req.GetBody != nil {
			req.Body, _ = req.GetBody()
		}
	}
	panic("an Auth that does not come to an end")
}

func (rt *roundTripper) send(req *http.Request) *http.Response {
	out := req.Clone(req.Context())
	out.RequestURI = out.URL.RequestURI()
	if out.Body == nil {
		out.Body = http.NoBody
	}
	rt.sent = append(rt.sent, out)
	w := httptest.NewRecorder()
	rt.handler.ServeHTTP(w, out)
	res := w.Result()
	res.Request = req
	return res
}

// get sends a GET and returns the status and how many requests it took.
func (rt *roundTripper) get(t *testing.T, url string) (status, requests int) {
	t.Helper()
	return rt.do(t, "GET", url, "")
}

func (rt *roundTripper) do(t *testing.T, method, url, body string) (status, requests int) {
	t.Helper()
	before := len(rt.sent)
	res, err := rt.RoundTrip(newRequest(t, method, url, body))
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatalf("%s %s: the body: %v", method, url, err)
	}
	return res.StatusCode, len(rt.sent) - before
}

func newRequest(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, r)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// respond answers every request in the same way.
func respond(status int, fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(fields); i += 2 {
			w.Header().Add(fields[i], fields[i+1])
		}
		w.WriteHeader(status)
	}
}
