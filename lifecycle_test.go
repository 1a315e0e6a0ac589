package godwit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/transport"
)

// A call without options is a call with options that say nothing: same requests, same errors.
func TestPlainCallIsACall(t *testing.T) {
	says := OptionFunc(func(*Request) error { return nil })
	for _, target := range []string{
		"http://h", "http://h/", "http://H:80/p?q=1&a b#f", "http://h/?", "http://h/%41%zz", "http://[::1%25e]/", "http://h/ü?ü", "http://bücher.example/",
		"http://u:hunter2@h/", "http://u@h/", "", "h", "//h", "ftp://h", "http://", "http://h:0", "http://h:99999", "http://h h/", " http://h", "http://h\n", "http://h/\x7f", "http://a..b/", "http://127.1/",
		"http://h/to", "http://h/fail", "http://h/404", "http://h/gzip",
	} {
		for _, method := range []string{"", "GET", "HEAD", "POST", "PUT", "QUERY", "get", "a b", "CONNECT", "OPTIONS"} {
			outcome := func(opts ...Option) string {
				s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
					switch r.URL.Path {
					case "/to":
						w.Header().Set("Location", "http://o/404")
						w.WriteHeader(302)
					case "/404":
						w.WriteHeader(404)
					case "/gzip":
						w.Header().Set("Content-Encoding", "gzip")
						_, _ = w.Write(pack([]byte("text")))
					}
				})
				w2 := s.Transport
				s.Transport = RoundTripFunc(func(req *http.Request) (*http.Response, error) {
					if req.URL.Path == "/fail" {
						return nil, errors.New("lost")
					}
					return w2.RoundTrip(req)
				})
				var b strings.Builder
				res, err := s.Do(t.Context(), method, target, opts...)
				fmt.Fprintf(&b, "%v %v\n", res, err)
				if e, ok := errors.AsType[*Error](err); ok {
					fmt.Fprintln(&b, e.Kind, e.Method, e.URL, e.Sent, len(e.Attempts))
				}
				if res != nil {
					fmt.Fprintln(&b, res.Text(), len(res.History), len(res.Attempts), res.Request.URL)
				}
				for _, r := range w.requests() {
					o := *transport.OverridesFrom(r.Context())
					o.Report = nil
					fmt.Fprintln(&b, r.Method, r.URL, r.Host, r.Header, r.ContentLength, r.body, r.Proto, reflect.ValueOf(o))
				}
				return b.String()
			}
			if plain, full := outcome(), outcome(says); plain != full {
				t.Errorf("%s %q:\n%s\n%s", method, target, plain, full)
			}
		}
	}
}

// Whatever becomes of a call, each body that was opened is closed, and so is each response.
func TestNothingIsLeftOpen(t *testing.T) {
	lost := &url.Error{Op: "x", URL: "y", Err: io.ErrUnexpectedEOF}
	type step struct {
		status   int
		location string
		err      error
	}
	retry := Retry{Max: 2, Backoff: func(int) time.Duration { return time.Second }}
	for name, c := range map[string]struct {
		steps []step // the last one goes on for ever
		opts  []Option
	}{
		"answer":                {[]step{{status: 200}}, nil},
		"error":                 {[]step{{err: lost}}, nil},
		"tried again":           {[]step{{status: 503}, {err: lost}, {status: 200}}, []Option{retry}},
		"tried in vain":         {[]step{{status: 503}}, []Option{retry}},
		"failed in vain":        {[]step{{err: lost}}, []Option{retry}},
		"attempts have a limit": {[]step{{status: 503}, {status: 200}}, []Option{Retry{Max: 2, Attempt: time.Minute, Backoff: noWait}}},
		"no time to wait":       {[]step{{status: 503}}, []Option{retry, Timeout(time.Millisecond)}},
		"challenge":             {[]step{{status: 401}, {status: 200}}, []Option{Auth(&eager{asking{answer: "a"}})}},
		"challenges, for ever":  {[]step{{status: 401}}, []Option{Auth(&eager{asking{answer: "a"}}), retry}},
		"an answer is wrong":    {[]step{{status: 401}}, []Option{Auth(&asking{wrong: io.EOF}), retry}},
		"redirect":              {[]step{{status: 307, location: "/x"}, {status: 200}}, nil},
		"redirect elsewhere":    {[]step{{status: 308, location: "http://o/"}, {status: 200}}, nil},
		"redirects, for ever":   {[]step{{status: 307, location: "/x"}}, nil},
		"redirect to nowhere":   {[]step{{status: 307, location: "ftp://x"}}, nil},
		"redirect without body": {[]step{{status: 303, location: "/x"}, {status: 200}}, nil},
		"both, tried again":     {[]step{{status: 503}, {status: 307, location: "/x"}, {err: lost}, {status: 401}, {status: 503}, {status: 200}}, []Option{retry, Auth(&eager{asking{answer: "a"}})}},
		"hook before":           {[]step{{status: 200}}, []Option{OnRequest(func(*http.Request) error { return io.EOF })}},
		"hook after":            {[]step{{status: 200}}, []Option{OnResponse(func(*http.Response) error { return io.EOF })}},
		"hook after a retry":    {[]step{{status: 503}}, []Option{retry, OnResponse(func(*http.Response) error { return io.EOF })}},
		"hook with a body":      {[]step{{status: 200}}, []Option{OnRequest(func(r *http.Request) error { r.Body = io.NopCloser(r.Body); return io.EOF })}},
		"no credentials":        {[]step{{status: 200}}, []Option{Auth(&failing{})}},
		"Secret elsewhere":      {[]step{{status: 200}}, []Option{Header{"K": Secret("hunter2").For("http://o")}}},
		"Secret led elsewhere":  {[]step{{status: 307, location: "http://o/?hunter2"}}, []Option{Header{"K": Secret("hunter2")}}},
		"too large":             {[]step{{status: 200}}, []Option{MaxBody(1)}},
		"coded":                 {[]step{{status: 200}}, []Option{CompressBody}},
		"watched":               {[]step{{status: 503}, {status: 200}}, []Option{Progress(func(Transfer) {}), retry}},
		"an error status":       {[]step{{status: 404}}, []Option{RaiseForStatus}},
	} {
		for _, reads := range []bool{true, false} {
			for face := range 4 {
				synctest.Test(t, func(t *testing.T) {
					var opened, closed, answers, released atomic.Int64
					n := 0
					s := &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
						if req.Body != nil {
							if reads {
								_, _ = io.Copy(io.Discard, req.Body)
							}
							req.Body.Close()
						}
						at := c.steps[min(n, len(c.steps)-1)]
						n++
						if at.err != nil {
							return nil, at.err
						}
						answers.Add(1)
						res := &http.Response{StatusCode: at.status, Header: http.Header{}, ContentLength: -1, Body: &noted{Reader: strings.NewReader("answer"), closed: &released}}
						if at.location != "" {
							res.Header.Set("Location", at.location)
						}
						return res, nil
					})}
					body := &Body{Size: 2000, Open: func() (io.ReadCloser, error) {
						opened.Add(1)
						return &noted{Reader: bytes.NewReader(make([]byte, 2000)), closed: &closed}, nil
					}}
					opts := append([]Option{body, Timeout(time.Hour)}, c.opts...)
					ctx := context.Background()
					switch face {
					case 0:
						_, _ = s.Put(ctx, "http://h/", opts...)
					case 1:
						if st, err := s.Stream(ctx, "PUT", "http://h/", opts...); err == nil {
							st.Close()
						}
					case 2:
						if req, err := s.Prepare(ctx, "PUT", "http://h/", opts...); err == nil {
							_, _ = s.Send(req)
						}
					case 3:
						s.Defaults = append(opts[1:len(opts):len(opts)], NoEnv{})
						opened.Add(1)
						req, _ := http.NewRequest("PUT", "http://h/", &noted{Reader: bytes.NewReader(make([]byte, 2000)), closed: &closed})
						req.ContentLength, req.GetBody = 2000, body.Open
						if res, err := s.HTTPClient().Do(req); err == nil {
							res.Body.Close()
						}
					}
					if opened.Load() != closed.Load() || answers.Load() != released.Load() {
						t.Errorf("%s, %v, %d: %d bodies opened, %d closed; %d answers, %d closed", name, reads, face, opened.Load(), closed.Load(), answers.Load(), released.Load())
					}
				})
			}
		}
	}
}

// noted counts its end, once.
type noted struct {
	io.Reader
	closed *atomic.Int64
	over   atomic.Bool
}

func (n *noted) Close() error {
	if !n.over.Swap(true) {
		n.closed.Add(1)
	}
	return nil
}

type failing struct{}

func (*failing) Authorize(*http.Request) error { return errors.New("no token") }
