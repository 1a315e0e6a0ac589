package conn_test

// A final response while the request's body is still being sent, and bodies that fail.

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
)

const chunkedPost = "POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n"

// upload returns a POST of what comes out of a pipe, and the pipe's other end.
func upload(t *testing.T) (*http.Request, *io.PipeWriter, *spy) {
	t.Helper()
	r, w := io.Pipe()
	body := spyOn(r)
	body.hook = func() { r.Close() }
	req := newRequest(t, "POST", "http://example.com/", nil)
	req.Body, req.ContentLength = body, -1
	return req, w, body
}

// A server may answer as it reads: each piece comes back before the next is sent.
func TestFullDuplex(t *testing.T) {
	tests := []struct{ name, request, response string }{
		{name: "to be kept"},
		// The end of the connection says nothing of the body that is under way.
		{name: "the server wants to close", response: "Connection: close\r\n"},
		{name: "the client wants to close", request: "Connection: close\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, p := pipe(
				t, Expect(strings.TrimSuffix(chunkedPost, "\r\n")+tt.request+"\r\n"),
				Send("HTTP/1.1 200 OK\r\n"+tt.response+"Transfer-Encoding: chunked\r\n\r\n"),
				Expect("3\r\none\r\n"), Send("3\r\none\r\n"),
				Expect("3\r\ntwo\r\n"), Send("3\r\ntwo\r\n"),
				Expect("0\r\n\r\n"), Send("0\r\n\r\n"),
			)
			req, w, body := upload(t)
			req.Close = tt.request != ""
			res, err := c.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 3)
			for _, piece := range []string{"one", "two"} {
				if _, err := io.WriteString(w, piece); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(res.Body, buf); err != nil || string(buf) != piece {
					t.Fatalf("%q, %v", buf, err)
				}
			}
			w.Close()
			if rest := readBody(t, res); rest != "" {
				t.Errorf("rest %q", rest)
			}
			if kept := tt.request == "" && tt.response == ""; c.Idle() != kept {
				t.Errorf("kept: %v", c.Idle())
			}
			body.checkClosed(t)
			c.Close()
			<-p.done
		})
	}
}

// Who says no does not want the rest. The response is read, the connection is not kept.
func TestEarlyRefusal(t *testing.T) {
	for _, response := range []string{
		"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno",
		"HTTP/1.1 413 Too Large\r\nConnection: close\r\n\r\nno",
		"HTTP/1.1 302 Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
	} {
		for _, length := range []int64{-1, 1 << 30} {
			synctest.Test(t, func(t *testing.T) {
				req, w, _ := upload(t)
				req.ContentLength = length
				go io.Copy(w, endless{}) // ends when the body is closed
				script := []any{ReadHead{}, Send(response), Drain{}}
				if strings.Contains(response, "close") {
					script[2] = Close{}
				}
				start := time.Now()
				o := exchange(t, req, conn.ExchangeOptions{}, script...)
				if o.failure() != nil || o.body != "no" || o.kept {
					t.Errorf("%q, %v, kept %v", o.body, o.failure(), o.kept)
				}
				if took := time.Since(start); took > 100*time.Millisecond {
					t.Errorf("took %v", took)
				}
			})
		}
	}
}

// A final response that is the answer to all of the body costs no connection, whatever its
// status, though it comes before the sender has got the processor back.
func TestLateRefusalKeepsTheConnection(t *testing.T) {
	for range 50 {
		req := newRequest(t, "POST", "http://example.com/", nil)
		req.Body, req.ContentLength = spyOn(strings.NewReader("hello")), -1
		o := exchange(
			t, req, conn.ExchangeOptions{},
			Expect(chunkedPost+"5\r\nhello\r\n0\r\n\r\n"), Send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
		)
		if o.err != nil || !o.kept {
			t.Fatalf("%v, kept %v", o.err, o.kept)
		}
	}
}

// A response that is over before its request is: the request is given a moment, no more.
func TestResponseEndsFirst(t *testing.T) {
	for _, response := range []string{ok2, empty} {
		synctest.Test(t, func(t *testing.T) {
			req, w, body := upload(t)
			defer w.Close()
			start := time.Now()
			o := exchange(t, req, conn.ExchangeOptions{}, ReadHead{}, Send(response))
			if o.failure() != nil || o.kept {
				t.Errorf("%v, kept %v", o.failure(), o.kept)
			}
			if took := time.Since(start); took > 100*time.Millisecond {
				t.Errorf("took %v", took)
			}
			body.checkClosed(t)
		})
	}
}

// The answer of a server that has stopped reading is heard (TCP: writing to it fails).
func TestServerThatStopsReading(t *testing.T) {
	near, far := deafPipe()
	p := startPeer(t, far, ReadHead{}, Send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"))
	c := conn.New(near)
	defer c.Close()
	req, w, _ := upload(t)
	go io.Copy(w, endless{}) // ends when the body is closed
	o := exchangeOn(t, c, p, req, conn.ExchangeOptions{})
	if o.failure() != nil || o.body != "no" || o.res.StatusCode != 413 || o.kept {
		t.Errorf("%q, %v, kept %v", o.body, o.failure(), o.kept)
	}
}

// A body that fails ends the exchange with the body's own error. The server is not told that
// the body is complete.
func TestBodyThatFails(t *testing.T) {
	broken := errors.New("broken")
	// The failure of another exchange, whose response is this one's body, is not ours.
	foreign := &conn.Error{Addr: "elsewhere", Err: broken}
	tests := []struct {
		name   string
		length int64
		body   io.Reader
		want   string // on the wire, behind the head
		is     error  // nil: a RequestError of the body
	}{
		{"at once", -1, io.MultiReader(failing{broken}), "", broken},
		{"in the middle", -1, io.MultiReader(strings.NewReader("hel"), failing{broken}), "3\r\nhel\r\n", broken},
		{"in the middle of a known length", 5, io.MultiReader(strings.NewReader("hel"), failing{broken}), "hel", broken},
		{"with another exchange's error", -1, failing{foreign}, "", broken},
		{"with a time-out of its own", -1, failing{os.ErrDeadlineExceeded}, "", os.ErrDeadlineExceeded},
		{"too short", 5, slow("hel"), "hel", nil},
		{"too long", 5, slow("hel", "lo!"), "hel", nil},
		{"too long by one byte behind the end", 5, slow("hello", "!"), "hello", nil},
		{"with somebody else's end", 5, io.MultiReader(slow("h"), failing{io.ErrUnexpectedEOF}), "h", io.ErrUnexpectedEOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := newRequest(t, "POST", "http://example.com/", nil)
			req.Body, req.ContentLength = spyOn(tt.body), tt.length
			o := exchange(t, req, conn.ExchangeOptions{}, ReadHead{}, Expect(tt.want))
			e := wantError[*conn.Error](t, o.err)
			if e.Phase.String() != "send" || !e.Sent || e.Answered || e.Limit != 0 || e.Addr != "pipe" {
				t.Errorf("%#v", e)
			}
			if tt.is != nil && !errors.Is(e, tt.is) {
				t.Errorf("%v, want %v", e, tt.is)
			}
			if tt.is == nil {
				if r := wantError[*conn.RequestError](t, e); r.What != "body" {
					t.Error(r)
				}
			}
			if o.rest != "" {
				t.Errorf("behind what the body gave: %q", o.rest)
			}
		})
	}
}

// So does one that fails when the response has begun: its reader is told why it is cut.
func TestBodyThatFailsBehindTheAnswer(t *testing.T) {
	broken := errors.New("broken")
	c, _ := pipe(t, ReadHead{}, Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"))
	req, w, body := upload(t)
	res, err := c.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(res.Body, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	w.CloseWithError(broken)
	_, err = res.Body.Read(make([]byte, 3))
	if e := wantError[*conn.Error](t, err); !errors.Is(e, broken) || e.Limit != 0 || e.Phase.String() != "send" {
		t.Errorf("%v", e)
	}
	body.checkClosed(t)
	if !c.Closed() {
		t.Error("left open")
	}
}

// A body that has nothing to say for ever is given up with the context, and so is one that
// spins.
func TestBodyThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("tired")
		req, w, _ := upload(t)
		defer w.Close()
		defer time.AfterFunc(24*time.Hour, func() { cancel(why) }).Stop()
		start := time.Now()
		o := exchange(t, req.WithContext(ctx), conn.ExchangeOptions{}, Drain{})
		if !errors.Is(o.err, context.Canceled) || !errors.Is(o.err, why) {
			t.Error(o.err)
		}
		// Before that the request is not over, so that nothing has overstepped a limit. A read
		// under way is given a moment to return by itself.
		if took := time.Since(start); took < 24*time.Hour || took > 24*time.Hour+10*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

func TestBodyThatSpins(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	reads := 0
	req := newRequest(t, "POST", "http://example.com/", nil).WithContext(ctx)
	req.Body, req.ContentLength = spyOn(readerFunc(func([]byte) (int, error) {
		if reads++; reads == 1000 {
			cancel()
		}
		return 0, nil
	})), -1
	if o := exchange(t, req, conn.ExchangeOptions{}, Drain{}); !errors.Is(o.err, context.Canceled) {
		t.Error(o.err)
	}
}

// endless is a reader that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// failing is a reader that has nothing but an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
