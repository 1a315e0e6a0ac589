package godwit

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// canned answers every request at once, so that what is measured is the root's own share.
type canned struct {
	res    http.Response
	header http.Header
	body   cannedBody
}

type cannedBody struct{ strings.Reader }

func (*cannedBody) Close() error { return nil }

func (t *canned) RoundTrip(req *http.Request) (*http.Response, error) {
	t.body.Reset("hello")
	t.res = http.Response{
		Status: "200 OK", StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: t.header, Body: &t.body, ContentLength: 5, Request: req,
	}
	return &t.res, nil
}

func newCanned() *canned { return &canned{header: http.Header{"Content-Type": {"text/plain"}}} }

func BenchmarkGet(b *testing.B) {
	s := &Session{Transport: newCanned()}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for _, c := range []struct {
		name string
		opts []Option
	}{
		{"plain", nil},
		{"Header", []Option{Header{"Accept": "text/plain", "X-Request-Id": "42"}}},
		{"Params", []Option{Params{"q": "go http", "page": 2}}},
		{"JSON", []Option{JSON(map[string]int{"a": 1})}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Do(ctx, "GET", "http://127.0.0.1:8080/path?x=1", c.opts...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("Stream", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			st, err := s.Stream(ctx, "GET", "http://127.0.0.1:8080/path?x=1")
			if err != nil {
				b.Fatal(err)
			}
			io.Copy(io.Discard, st.Body)
			st.Close()
		}
	})
}

// The budget of a whole Get over a warm connection is 25 allocations, of which the transport
// takes 13; options come on top of it.
func TestAllocs(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector allocates by itself: nothing is counted")
	}
	const plain = 9
	s := &Session{Transport: newCanned()}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	scalars := []Option{MaxBody(1 << 20), Redirects(3), RaiseForStatus, Limits{Wait: time.Second}, CompressBody, IdempotencyKey, Progress(nil)}
	for _, c := range []struct {
		name string
		opts []Option
		most float64
	}{
		{"plain", nil, plain},
		{"scalars", scalars, plain},
		{"Header", []Option{Header{"Accept": "text/plain", "X-Request-Id": "42"}}, plain + 8},
		{"Cookies", []Option{Cookies{"a": "1"}}, plain + 8},
		{"Params", []Option{Params{"q": "go http", "page": 2}}, plain + 12},
		{"Form", []Option{Form{"q": "go http", "page": 2}}, plain + 12},
		{"JSON", []Option{JSON(map[string]int{"a": 1})}, plain + 12},
		{"Progress", []Option{Progress(func(Transfer) {})}, plain + 1},
	} {
		got := testing.AllocsPerRun(200, func() {
			if _, err := s.Do(ctx, "GET", "http://127.0.0.1:8080/path", c.opts...); err != nil {
				t.Fatal(err)
			}
		})
		t.Logf("%-8s %v", c.name, got)
		if got > c.most && !raceEnabled {
			t.Errorf("%s: %v allocations, more than %v", c.name, got, c.most)
		}
	}
}
