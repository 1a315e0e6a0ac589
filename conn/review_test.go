package conn_test

// What a review of the engine found.

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A patient body is like that of a request which a server has got: its Close waits for the
// Read under way. A proxy that somebody wrote hands it on.
type patientBody struct {
	mu      sync.Mutex // held while somebody reads
	release <-chan struct{}
	reading chan struct{} // closed by the first Read
	once    sync.Once
	closed  chan struct{}
}

func newPatientBody(release <-chan struct{}) *patientBody {
	return &patientBody{release: release, reading: make(chan struct{}), closed: make(chan struct{})}
}

func (b *patientBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.once.Do(func() { close(b.reading) })
	<-b.release
	return 0, io.ErrUnexpectedEOF
}

func (b *patientBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.closed)
	return nil
}

// within fails the test unless f returns soon.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(3 * time.Second):
		t.Errorf("%s: still waiting", what)
	}
}

func TestNobodyWaitsForABodysClose(t *testing.T) {
	for _, tt := range []struct {
		name   string
		method string
		length int64
		cancel bool
		script []any
		status int
	}{
		{name: "early refusal", method: "POST", length: -1, script: []any{ReadHead{}, Send("HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno"), Drain{}}, status: 413},
		{name: "early answer", method: "POST", length: 100, script: []any{ReadHead{}, Send(ok2), Drain{}}, status: 200},
		{name: "cancelled", method: "POST", length: 100, cancel: true, script: []any{ReadHead{}, Drain{}}},
		{name: "cancelled in Prepare", method: "GET", length: -1, cancel: true, script: []any{Drain{}}},
		{name: "closed by the server", method: "POST", length: 100, script: []any{ReadHead{}, Close{}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			release := make(chan struct{})
			body := newPatientBody(release)
			c, _ := loopback(t, tt.script...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, tt.method, "http://example.com/", body)
			if err != nil {
				t.Fatal(err)
			}
			req.ContentLength = tt.length
			if tt.cancel {
				go func() {
					<-body.reading
					cancel()
				}()
			}
			within(t, "the exchange", func() {
				res, err := c.RoundTrip(req)
				if (err == nil) != (tt.status != 0) {
					t.Errorf("error %v", err)
				}
				if err == nil {
					if _, err := io.ReadAll(res.Body); err != nil || res.StatusCode != tt.status {
						t.Errorf("%d, %v", res.StatusCode, err)
					}
					res.Body.Close()
				}
			})
			close(release)
			<-body.closed
		})
	}
}

// A 101 without a 100 before it ends the exchange, and the body that was not asked for.
func TestUpgradeInsteadOfContinue(t *testing.T) {
	body := spyOn(nil)
	c, _ := pipe(t, ReadHead{}, Send(switching))
	req := newRequest(t, "POST", "http://example.com/", nil)
	req.Body, req.ContentLength = body, 5
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "echo")
	req.Header.Set("Expect", "100-continue")
	res, err := c.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	body.checkClosed(t)
}

// A socket without deadlines, as that of a tunnel in an SSH connection is.
type timeless struct{ net.Conn }

var errTimeless = errors.New("deadline not supported")

func (timeless) SetDeadline(time.Time) error      { return errTimeless }
func (timeless) SetReadDeadline(time.Time) error  { return errTimeless }
func (timeless) SetWriteDeadline(time.Time) error { return errTimeless }

func TestSocketWithoutDeadlines(t *testing.T) {
	timelessPipe := func(t *testing.T, script ...any) *conn.Conn {
		near, far := net.Pipe()
		c, _ := joined(t, timeless{near}, far, script)
		return c
	}
	t.Run("a body that does not come to its end", func(t *testing.T) {
		c := timelessPipe(t, ReadHead{}, Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"), Stall(0))
		res, err := c.RoundTrip(get(t))
		if err != nil {
			t.Fatal(err)
		}
		within(t, "Close", func() { res.Body.Close() })
	})
	t.Run("a server that knows nothing of Expect", func(t *testing.T) {
		c := timelessPipe(t, ReadHead{}, Expect("hello"), Send(ok2))
		req := newRequest(t, "POST", "http://example.com/", strings.NewReader("hello"))
		req.Header.Set("Expect", "100-continue")
		within(t, "RoundTrip", func() {
			res, err := c.RoundTrip(req)
			if err != nil {
				t.Error(err)
				return
			}
			readBody(t, res)
		})
	})
	t.Run("upgrade", func(t *testing.T) {
		c := timelessPipe(t, Expect(upgradeGet), Send(switching+"hello"), Close{})
		req := get(t)
		req.Header.Set("Connection", "keep-alive, Upgrade")
		req.Header.Set("Upgrade", "echo")
		res, err := c.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if readBody(t, res) != "hello" {
			t.Error("it is not the connection")
		}
	})
}

// A body that has given all that was announced, and does not say that this was all, is no
// reason to wait for the answer without a limit.
func TestWaitBeginsWithTheLastAnnouncedByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		req, w, body := upload(t)
		req.ContentLength = 5
		go io.WriteString(w, "hello") // and then nothing, not even its end
		c, p := pipe(t, ReadHead{}, Expect("hello"), Stall(0))
		x, err := conn.Prepare(req, &conn.ExchangeOptions{Limits: trace.Limits{Wait: time.Minute}})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Hour, func() { c.Close() })
		_, err = c.Do(x)
		if e := wantError[*conn.Error](t, err); e.Phase != trace.Wait || e.Limit != time.Minute {
			t.Errorf("%v", e)
		}
		body.checkClosed(t)
		<-p.done
	})
}
