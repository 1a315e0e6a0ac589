package godwit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// A script is a transport that answers each request by the next of its functions, and notes
// what came and when.
type script struct {
	start time.Time
	steps []func(*http.Request) (*http.Response, error)

	mu   sync.Mutex // guards the following
	seen []string   // seconds since the start, URL, ID, credential
	open int        // bodies that are not closed
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.seen)
	s.seen = append(s.seen, fmt.Sprintf("%s %s id=%q auth=%q", time.Since(s.start), req.URL, req.Header.Get("Last-Event-ID"), req.Header.Get("Authorization")))
	if n >= len(s.steps) {
		return answer(404, "", "the script has ended")(req)
	}
	res, err := s.steps[n](req)
	if err == nil {
		s.open++
		res.Body = &scriptBody{ReadCloser: res.Body, s: s}
	}
	return res, err
}

type scriptBody struct {
	io.ReadCloser
	s    *script
	once sync.Once
}

func (b *scriptBody) Close() error {
	b.once.Do(func() { b.s.mu.Lock(); b.s.open--; b.s.mu.Unlock() })
	return b.ReadCloser.Close()
}

func newScript(steps ...func(*http.Request) (*http.Response, error)) (*Session, *script) {
	s := &script{start: time.Now(), steps: steps}
	return &Session{Transport: s}, s
}

// answer is a step that answers so.
func answer(status int, contentType, body string, more ...string) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {contentType}}
		for i := 0; i < len(more); i += 2 {
			h.Add(more[i], more[i+1])
		}
		return &http.Response{
			Status: fmt.Sprint(status), StatusCode: status, Proto: "HTTP/1.1", Header: h,
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1, Request: req,
		}, nil
	}
}

// then is a step whose body goes on with what r returns.
func then(step func(*http.Request) (*http.Response, error), r func(*http.Request) io.Reader) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		res, err := step(req)
		res.Body = io.NopCloser(io.MultiReader(res.Body, r(req)))
		return res, err
	}
}

// sse is a step that answers with an event stream, which ends.
func sse(body string) func(*http.Request) (*http.Response, error) {
	return answer(200, "text/event-stream; charset=utf-8", body)
}

// breaks is a step whose event stream breaks.
func breaks(body string) func(*http.Request) (*http.Response, error) {
	return then(sse(body), func(*http.Request) io.Reader { return iotest.ErrReader(io.ErrUnexpectedEOF) })
}

// silentSSE is a step whose event stream goes on in silence until its request ends.
func silentSSE(body string) func(*http.Request) (*http.Response, error) {
	return then(sse(body), func(req *http.Request) io.Reader { return untilDone{req.Context()} })
}

type untilDone struct{ ctx context.Context }

func (r untilDone) Read([]byte) (int, error) {
	<-r.ctx.Done()
	return 0, r.ctx.Err()
}

// fails is a step that fails.
func fails(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// redirects is a step that leads elsewhere.
func redirectsTo(to string) func(*http.Request) (*http.Response, error) {
	return answer(307, "text/plain", "elsewhere", "Location", to)
}

var noContent = answer(204, "", "")

func openEvents(t *testing.T, s *Session, opts ...Option) *Stream {
	t.Helper()
	st, err := s.Stream(t.Context(), "GET", "http://h/events", opts...)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// data returns the events' data, and the error at the end.
func data(st *Stream) (string, error) {
	all, err := collect(st.Events())
	var texts []string
	for _, ev := range all {
		texts = append(texts, ev.Data)
	}
	return strings.Join(texts, " "), err
}

// ids returns the IDs that were sent.
func (s *script) ids() (ids []string) {
	for _, line := range s.seen {
		_, id, _ := strings.Cut(line, `id="`)
		id, _, _ = strings.Cut(id, `"`)
		ids = append(ids, id)
	}
	return ids
}

// times returns when requests came.
func (s *script) times() (times []string) {
	for _, line := range s.seen {
		at, _, _ := strings.Cut(line, " ")
		times = append(times, at)
	}
	return times
}

func TestEventsReconnect(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []func(*http.Request) (*http.Response, error)
		data  string
		ids   []string
		times []string
	}{
		{
			"ends and breaks",
			[]func(*http.Request) (*http.Response, error){sse("id: 1\ndata: a\n\n"), breaks("data: b\n\nid: 2\ndata: c\n\nid: 3\ndata: lost"), sse("data: d\n\n"), noContent},
			"a b c d",
			[]string{"", "1", "2", "2"}, // 3 was never whole
			[]string{"0s", "3s", "6s", "9s"},
		},
		{
			"the server says how long",
			[]func(*http.Request) (*http.Response, error){sse("retry: 500\ndata: a\n\n"), sse("data: b\n\n"), sse("retry: 0\ndata: c\n\n"), sse("data: d\n\n"), noContent},
			"a b c d",
			[]string{"", "", "", "", ""},
			[]string{"0s", "500ms", "1s", "1s", "1s"},
		},
		{
			"an ID is taken back, or set without data, or cannot be sent",
			[]func(*http.Request) (*http.Response, error){sse("id: 1\ndata: a\n\nid\ndata: b\n\n"), sse("id: 7\n\ndata: c\n\n"), sse("id: x\x01\ndata: d\n\n"), noContent},
			"a b c d",
			[]string{"", "", "7", "7"},
			[]string{"0s", "3s", "6s", "9s"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, script := newScript(c.steps...)
				st := openEvents(t, s)
				got, err := data(st)
				if err != nil || got != c.data || !slices.Equal(script.ids(), c.ids) || !slices.Equal(script.times(), c.times) {
					t.Errorf("%q, %v\n%s", got, err, strings.Join(script.seen, "\n"))
				}
				if again, err := data(st); again != "" || err != nil {
					t.Errorf("again: %q, %v", again, err)
				}
				st.Close()
				if script.open != 0 {
					t.Errorf("%d bodies are open", script.open)
				}
			})
		})
	}
}

// While reconnecting is of no use, it becomes rarer; an event makes it as quick as before.
func TestEventsBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var steps []func(*http.Request) (*http.Response, error)
		for range 5 {
			steps = append(steps, fails(errors.New("refused")), sse(": nothing\n\n"))
		}
		s, script := newScript(append(append([]func(*http.Request) (*http.Response, error){sse("data: a\n\n")}, steps...), sse("data: b\n\n"), noContent)...)
		st := openEvents(t, s)
		defer st.Close()
		if got, err := data(st); got != "a b" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		var at []time.Duration
		for _, text := range script.times() {
			d, err := time.ParseDuration(text)
			if err != nil {
				t.Fatal(err)
			}
			at = append(at, d)
		}
		for i := 2; i < len(at)-1; i++ {
			if wait := at[i] - at[i-1]; wait < 3*time.Second || wait > min(3*time.Second<<(i-1), time.Minute) {
				t.Errorf("reconnection %d after %v", i, wait)
			}
		}
		if first, last := at[1]-at[0], at[len(at)-1]-at[len(at)-2]; first != 3*time.Second || last != 3*time.Second {
			t.Errorf("after an event: %v, %v", first, last)
		}
	})
}

func TestReconnectWait(t *testing.T) {
	for _, c := range []struct {
		base     time.Duration
		failures int
		random   float64
		want     time.Duration
	}{
		{3 * time.Second, 0, 0.5, 3 * time.Second},
		{0, 0, 0.5, 0},
		{3 * time.Second, 1, 0, 3 * time.Second},
		{3 * time.Second, 1, 1, 6 * time.Second},
		{3 * time.Second, 2, 0.5, 7500 * time.Millisecond},
		{3 * time.Second, 5, 1, time.Minute},
		{3 * time.Second, 1 << 30, 1, time.Minute},
		{0, 1, 0, time.Second},
		{0, 1, 1, 2 * time.Second},
		{maxRetry, 1 << 30, 1, maxRetry},
		{10 * time.Millisecond, 3, 1, 8 * time.Second},
	} {
		if got := reconnectWait(c.base, c.failures, c.random); got != c.want {
			t.Errorf("%v after %d failures, %v: %v, want %v", c.base, c.failures, c.random, got, c.want)
		}
	}
}

// How events end for good.
func TestEventsEnd(t *testing.T) {
	html := answer(200, "text/html\x1b[2J", "<p>")
	for name, c := range map[string]struct {
		then func(*http.Request) (*http.Response, error)
		kind error // nil: no error
		text string
	}{
		"204":         {noContent, nil, ""},
		"404":         {answer(404, "text/plain", "gone"), ErrStatus, "GET http://h/events: 404 Not Found"},
		"503":         {answer(503, "text/event-stream", "data: x\n\n"), ErrStatus, ""},
		"201":         {answer(201, "text/event-stream", "data: x\n\n"), ErrDecode, "the status is 201"},
		"HTML":        {html, ErrDecode, "text/html"},
		"no type":     {answer(200, "", "data: x\n\n"), ErrDecode, ""},
		"loop":        {redirectsTo("/events"), ErrRedirects, ""},
		"downgrade":   {redirectsTo("ftp://h/"), ErrLocation, ""},
		"too large":   {sse("data: " + strings.Repeat("x", 2000) + "\n\n"), ErrTooLarge, "an event of more than 1000 bytes (set by MaxBody)"},
		"undecodable": {answer(200, "text/event-stream", "data: this is no gzip\n\n", "Content-Encoding", "gzip"), ErrDecode, ""},
	} {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, first %v", name, first), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					steps := slices.Repeat([]func(*http.Request) (*http.Response, error){c.then}, 20)
					want := ""
					if !first {
						steps, want = append([]func(*http.Request) (*http.Response, error){sse("data: a\n\n")}, steps...), "a"
					}
					s, script := newScript(steps...)
					st, err := s.Stream(t.Context(), "GET", "http://h/events", MaxBody(1000))
					if err == nil {
						var got string
						if got, err = data(st); got != want {
							t.Errorf("%q", got)
						}
						if _, again := data(st); fmt.Sprint(again) != fmt.Sprint(err) {
							t.Errorf("again: %v", again)
						}
						st.Close()
					}
					if (c.kind == nil) != (err == nil) || c.kind != nil && !errors.Is(err, c.kind) || err != nil && (!strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "\x1b")) {
						t.Error(err)
					}
					if e, ok := errors.AsType[*StatusError](err); errors.Is(err, ErrStatus) != ok || ok && e.Text() == "" {
						t.Errorf("%v", err)
					}
					if script.open != 0 || name != "loop" && len(script.seen) > 2 {
						t.Errorf("%d bodies are open\n%s", script.open, strings.Join(script.seen, "\n"))
					}
				})
			})
		}
	}
}

// The context and the Timeout end all of it, wherever it stands.
func TestEventsContext(t *testing.T) {
	for _, where := range []string{"reading", "waiting", "reconnecting", "reading again"} {
		for _, by := range []string{"cancel", "Timeout", "deadline", "Close", "Body.Close"} {
			t.Run(where+" "+by, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					hangs := func(req *http.Request) (*http.Response, error) {
						<-req.Context().Done()
						return nil, req.Context().Err()
					}
					var steps []func(*http.Request) (*http.Response, error)
					switch where {
					case "reading":
						steps = append(steps, silentSSE("data: a\n\n"))
					case "waiting":
						steps = append(steps, sse("retry: 3600000\ndata: a\n\n"))
					case "reconnecting":
						steps = append(steps, sse("data: a\n\n"), hangs)
					case "reading again":
						steps = append(steps, sse("data: a\n\n"), silentSSE(""))
					}
					s, script := newScript(steps...)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					var opts []Option
					switch by {
					case "Timeout":
						opts = append(opts, Timeout(time.Minute))
					case "deadline":
						ctx, cancel = context.WithTimeout(ctx, time.Minute)
						defer cancel()
					}
					st, err := s.Stream(ctx, "GET", "http://h/events", opts...)
					if err != nil {
						t.Fatal(err)
					}
					switch by {
					case "cancel":
						time.AfterFunc(time.Minute, cancel)
					case "Close":
						time.AfterFunc(time.Minute, func() { st.Close() })
					case "Body.Close":
						time.AfterFunc(time.Minute, func() { st.Body.Close() })
					}
					if by == "Close" || by == "Body.Close" {
						if where == "reading" {
							return // this body does not notice: the transport's own does
						}
					}
					got, err := data(st)
					if took := time.Since(script.start); got != "a" || took != time.Minute {
						t.Errorf("%q after %v", got, took)
					}
					if _, ok := errors.AsType[*Error](err); !ok {
						t.Errorf("%T: %v", err, err)
					}
					switch by {
					case "cancel":
						if !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) {
							t.Error(err)
						}
					case "Timeout":
						if !errors.Is(err, ErrTimeout) || !strings.Contains(err.Error(), "timed out after 1m0s (set by Timeout)") {
							t.Error(err)
						}
					case "deadline":
						if !errors.Is(err, ErrTimeout) {
							t.Error(err)
						}
					default:
						if !errors.Is(err, http.ErrBodyReadAfterClose) {
							t.Error(err)
						}
					}
					st.Close()
					if script.open != 0 {
						t.Errorf("%d bodies are open", script.open)
					}
				})
			})
		}
	}
}

// It reconnects only while somebody ranges, and goes on where it was left.
func TestEventsLeftAndEnteredAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, script := newScript(sse("data: a\n\ndata: b\n\n"), sse("data: c\n\ndata: d\n\n"), noContent)
		st := openEvents(t, s)
		var got []string
		for range 4 {
			for ev, err := range st.Events() {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, ev.Data)
				break
			}
			time.Sleep(time.Hour) // virtual
		}
		if strings.Join(got, "") != "abcd" || len(script.seen) != 2 {
			t.Errorf("%v\n%s", got, strings.Join(script.seen, "\n"))
		}
		if script.open != 1 {
			t.Errorf("%d bodies are open", script.open)
		}
		if st.Close(); script.open != 0 {
			t.Errorf("%d bodies are open", script.open)
		}
		if _, err := data(st); !errors.Is(err, http.ErrBodyReadAfterClose) || len(script.seen) != 2 {
			t.Errorf("after Close: %v", err)
		}
	})
}

// Only a GET without a body is sent again.
func TestEventsOfOtherMethods(t *testing.T) {
	for _, c := range []struct {
		method string
		body   Option
	}{{"POST", JSON(1)}, {"POST", nil}, {"HEAD", nil}, {"QUERY", nil}, {"GET", JSON(1)}} {
		synctest.Test(t, func(t *testing.T) {
			for _, step := range []func(*http.Request) (*http.Response, error){sse("data: a\n\ndata: b"), breaks("data: a\n\n")} {
				s, script := newScript(step, sse("data: again\n\n"))
				st, err := s.Stream(t.Context(), c.method, "http://h/events", c.body)
				if err != nil {
					t.Fatal(err)
				}
				got, err := data(st)
				if got != "a" || len(script.seen) != 1 || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%s: %q, %v", c.method, got, err)
				}
				st.Close()
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s, script := newScript(sse("data: a\n\n"), sse("data: again\n\n"))
		st := openEvents(t, s)
		defer st.Close()
		if all, err := collect(ReadEvents(st.Body)); len(all) != 1 || err != nil || len(script.seen) != 1 {
			t.Errorf("ReadEvents: %v, %v", all, err)
		}
	})
}

// Reconnecting goes through the whole of a call: credentials reach the origin that they are
// for and no other, whatever the server answers then.
func TestEventsCredentials(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []func(*http.Request) (*http.Response, error)
		opts  []Option
		want  []string
	}{
		{
			"a redirect to another origin while reconnecting",
			[]func(*http.Request) (*http.Response, error){sse("id: 1\ndata: a\n\n"), redirectsTo("http://evil/"), sse("id: 2\ndata: b\n\n"), noContent},
			nil,
			[]string{
				`0s http://h/events id="" auth="Bearer s3cret"`,
				`3s http://h/events id="1" auth="Bearer s3cret"`,
				`3s http://evil/ id="" auth=""`,
				`6s http://h/events id="2" auth="Bearer s3cret"`, // it starts at the first URL
			},
		},
		{
			"an ID of another origin goes back there, and nowhere else",
			[]func(*http.Request) (*http.Response, error){
				redirectsTo("http://o/"), sse("id: 1\ndata: a\n\n"),
				redirectsTo("http://o/"), sse("data: b\n\n"),
				redirectsTo("http://evil/"), sse("data: c\n\n"),
				redirectsTo("http://o/"), noContent,
			},
			nil,
			[]string{
				`0s http://h/events id="" auth="Bearer s3cret"`, `0s http://o/ id="" auth=""`,
				`3s http://h/events id="1" auth="Bearer s3cret"`, `3s http://o/ id="1" auth=""`,
				`6s http://h/events id="1" auth="Bearer s3cret"`, `6s http://evil/ id="" auth=""`,
				`9s http://h/events id="1" auth="Bearer s3cret"`, `9s http://o/ id="1" auth=""`,
			},
		},
		{
			"the caller's own ID is where it begins",
			[]func(*http.Request) (*http.Response, error){sse("data: a\n\n"), redirectsTo("http://evil/"), noContent},
			[]Option{Header{"Last-Event-ID": "mine"}},
			[]string{
				`0s http://h/events id="mine" auth="Bearer s3cret"`,
				`3s http://h/events id="mine" auth="Bearer s3cret"`, `3s http://evil/ id="" auth=""`,
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, script := newScript(c.steps...)
				s.Defaults = Defaults{BaseURL("http://h"), Header{"Authorization": "Bearer s3cret"}}
				st, err := s.Stream(t.Context(), "GET", "/events", c.opts...)
				if err != nil {
					t.Fatal(err)
				}
				defer st.Close()
				if _, err := data(st); err != nil {
					t.Error(err)
				}
				if !slices.Equal(script.seen, c.want) {
					t.Errorf("\n%s", strings.Join(script.seen, "\n"))
				}
			})
		})
	}
}

// User info of the URL, cookies, parameters and what Prepare and Open made: all as before.
func TestEventsSendTheSameAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines []string
		var hooked int
		note := func(req *http.Request) (*http.Response, error) {
			lines = append(lines, fmt.Sprint(req.URL, req.Host, req.Header["Cookie"], req.Header["Authorization"], req.Header["Accept"], req.Header["Accept-Encoding"]))
			if len(lines)%3 == 0 {
				return noContent(req)
			}
			return sse("data: a\n\n")(req)
		}
		s, _ := newScript(slices.Repeat([]func(*http.Request) (*http.Response, error){note}, 6)...)
		opts := []Option{Params{"q": "1"}, Cookies{"c": "2"}, Header{"Host": "v", "Accept": "text/event-stream"}, OnRequest(func(*http.Request) error { hooked++; return nil })}
		req, err := s.Prepare(t.Context(), "GET", "http://u:p@h/x", opts...)
		if err != nil {
			t.Fatal(err)
		}
		direct, err := s.Stream(t.Context(), "GET", "http://u:p@h/x", opts...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := data(direct); err != nil {
			t.Error(err)
		}
		direct.Close()
		prepared, err := s.Open(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := data(prepared); err != nil {
			t.Error(err)
		}
		prepared.Close()
		for _, line := range lines {
			if line != lines[0] || !strings.Contains(line, "Basic dTpw") {
				t.Errorf("%s\n%s", lines[0], line)
			}
		}
		if len(lines) != 6 || hooked != 6 {
			t.Errorf("%d requests, %d hooks", len(lines), hooked)
		}
	})
}

// Lines, Chunks, Events, JSONLines and Body read on where the last one stopped.
func TestReadingOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := "one\ntwo\n{\"a\":1}\n{\"a\":2} data: x\n\nrest of it"
		s, _ := newScript(answer(200, "text/event-stream", body))
		st, err := s.Stream(t.Context(), "POST", "http://h/")
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		var got []string
		for range 2 {
			for line, err := range st.Lines() {
				got = append(got, fmt.Sprint(line, err))
				break
			}
		}
		for range 2 {
			for v, err := range JSONLines[map[string]int](st) {
				got = append(got, fmt.Sprint(v, err))
				break
			}
		}
		io.ReadFull(st.Body, make([]byte, 1))
		for ev, err := range st.Events() {
			got = append(got, fmt.Sprint(ev.Data, err))
			break
		}
		for p, err := range st.Chunks(4) {
			got = append(got, fmt.Sprint(string(p), err))
			break
		}
		res, err := st.Finish()
		got = append(got, fmt.Sprint(res.Text(), err))
		if want := "one<nil>,two<nil>,map[a:1] <nil>,map[a:2] <nil>,x<nil>,rest<nil>, of it<nil>"; strings.Join(got, ",") != want {
			t.Errorf("%q", strings.Join(got, ","))
		}
	})
}

// A credential is proved anew for each reconnection, and a secret is neither sent elsewhere
// nor shown.
func TestEventsAuthAndSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, script := newScript(sse("id: 1\ndata: a\n\n"), redirectsTo("http://evil/"), sse("data: b\n\n"), answer(200, "text/html", ""))
		st, err := s.Stream(t.Context(), "GET", "http://h/", BasicAuth("u", "p"), Header{"X-Key": Secret("s3cret")}, Params{"key": Secret("s3cret")})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		got, err := data(st)
		if got != "a b" || !errors.Is(err, ErrDecode) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q, %v", got, err)
		}
		want := []string{
			`0s http://h/?key=s3cret id="" auth="Basic dTpw"`,
			`3s http://h/?key=s3cret id="1" auth="Basic dTpw"`,
			`3s http://evil/ id="" auth=""`,
			`6s http://h/?key=s3cret id="1" auth="Basic dTpw"`,
		}
		if !slices.Equal(script.seen, want) {
			t.Errorf("\n%s", strings.Join(script.seen, "\n"))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		for name, end := range map[string]func(*Stream) error{
			"SaveTo":    func(st *Stream) error { _, err := st.SaveTo("/no/such/folder/f"); return err },
			"JSONLines": func(st *Stream) error { _, err := collect(JSONLines[int](st)); return err },
			"Events":    func(st *Stream) error { st.Close(); _, err := data(st); return err },
			"waiting": func(st *Stream) error {
				time.AfterFunc(time.Second, func() { st.Close() })
				_, err := data(st)
				return err
			},
		} {
			s, _ := newScript(sse("data: a\n\n"))
			st, err := s.Stream(t.Context(), "GET", "http://h/", Params{"key": Secret("s3cret")})
			if err != nil {
				t.Fatal(err)
			}
			if err := end(st); err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "s3cret") {
				t.Errorf("%s: %v", name, err)
			}
			st.Close()
		}
	})
}
