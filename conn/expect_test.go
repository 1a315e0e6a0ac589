package conn_test

// Expect: 100-continue (RFC 9110 10.1.1): the server is asked before the body is sent.

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
)

const (
	expectHead = "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
	goOn       = "HTTP/1.1 100 Continue\r\n\r\n"
)

func TestExpectContinue(t *testing.T) {
	tests := []struct {
		name   string
		script []any
		status int
		kept   bool
		took   time.Duration
	}{
		{
			name:   "100 comes",
			script: []any{Expect(expectHead), Stall(900 * time.Millisecond), Send(goOn), Expect("hello"), Send(ok2)},
			status: 200, kept: true, took: 900 * time.Millisecond,
		},
		{
			name:   "nothing comes: the body is sent all the same",
			script: []any{Expect(expectHead), Expect("hello"), Send(ok2)},
			status: 200, kept: true, took: 1100 * time.Millisecond,
		},
		{
			name:   "100 comes when the body is on its way",
			script: []any{Expect(expectHead), Expect("he"), Send(goOn), Expect("llo"), Send(ok2)},
			status: 200, kept: true, took: 1100 * time.Millisecond,
		},
		{
			name:   "103 and then 100",
			script: []any{Expect(expectHead), Send("HTTP/1.1 103 Hints\r\n\r\n"), Send(goOn), Expect("hello"), Send(ok2)},
			status: 200, kept: true,
		},
		{
			name:   "103 and 100 at once",
			script: []any{Expect(expectHead), Send("HTTP/1.1 103 Hints\r\n\r\n" + goOn), Expect("hello"), Send(ok2)},
			status: 200, kept: true,
		},
		{
			name:   "103 and then nothing",
			script: []any{Expect(expectHead), Stall(500 * time.Millisecond), Send("HTTP/1.1 103 Hints\r\n\r\n"), Expect("hello"), Send(ok2)},
			status: 200, kept: true, took: 1600 * time.Millisecond,
		},
		// What is not asked for is not sent, and the server may be waiting for it still: the
		// next request would be taken for it (CVE-2024-24791).
		{
			name:   "417 instead",
			script: []any{Expect(expectHead), Send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")},
			status: 417,
		},
		{
			name:   "200 instead",
			script: []any{Expect(expectHead), Send(ok2)},
			status: 200,
		},
		{
			name:   "103 and then 417",
			script: []any{Expect(expectHead), Send("HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nno")},
			status: 417,
		},
		{
			name:   "413 that comes byte by byte",
			script: []any{Expect(expectHead), Trickle{"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n", 500 * time.Millisecond}},
			status: 413, took: 19 * time.Second, // the peer waits behind the last byte, too
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				req := newRequest(t, "POST", "http://example.com/", nil)
				req.Body, req.ContentLength = spyOn(strings.NewReader("hello")), 5
				req.Header.Set("Expect", "100-Continue")
				for i, step := range tt.script { // the letter case is the caller's
					if step == Expect(expectHead) {
						tt.script[i] = Expect(strings.Replace(expectHead, "continue", "Continue", 1))
					}
				}
				start := time.Now()
				o := exchange(t, req, conn.ExchangeOptions{}, tt.script...)
				if o.failure() != nil {
					t.Fatal(o.failure())
				}
				if o.res.StatusCode != tt.status || o.kept != tt.kept || o.rest != "" {
					t.Errorf("status %d, kept %v, rest %q", o.res.StatusCode, o.kept, o.rest)
				}
				if took := time.Since(start); took < tt.took-100*time.Millisecond || took > tt.took+50*time.Millisecond {
					t.Errorf("took %v, want %v", took, tt.took)
				}
			})
		})
	}
}

// A small body in memory waits as well.
func TestExpectOfABodyInMemory(t *testing.T) {
	req := newRequest(t, "POST", "http://example.com/", strings.NewReader("hello"))
	req.Header.Set("Expect", "100-continue")
	o := exchange(t, req, conn.ExchangeOptions{}, Expect(expectHead), Send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"))
	if o.err != nil || o.kept || o.rest != "" {
		t.Errorf("%v, kept %v, rest %q", o.err, o.kept, o.rest)
	}
}

// A list may stand in several fields, in any letter case (RFC 9110 5.3).
func TestExpectInASecondField(t *testing.T) {
	req := newRequest(t, "POST", "http://example.com/", strings.NewReader("hello"))
	req.Header["Expect"] = []string{"other", "x, 100-Continue"}
	head := strings.Replace(expectHead, "Expect: 100-continue", "Expect: other\r\nExpect: x, 100-Continue", 1)
	o := exchange(t, req, conn.ExchangeOptions{}, Expect(head), Send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"))
	if o.err != nil || o.kept || o.rest != "" {
		t.Errorf("%v, kept %v, rest %q", o.err, o.kept, o.rest)
	}
}

func TestContinueOption(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		req := newRequest(t, "POST", "http://example.com/", strings.NewReader("hello"))
		req.Header.Set("Expect", "100-continue")
		start := time.Now()
		o := exchange(t, req, conn.ExchangeOptions{Continue: 10 * time.Second}, Expect(expectHead), Expect("hello"), Send(ok2))
		if took := time.Since(start); took < 10*time.Second || took > 11*time.Second || o.body != "ok" {
			t.Errorf("took %v: %v", took, o.failure())
		}
	})
}

// Whatever ends the wait, the body is closed and not sent.
func TestExpectThatFails(t *testing.T) {
	tests := []struct {
		name   string
		script []any
		want   error
	}{
		{"the server closes", []any{Expect(expectHead), Close{}}, conn.ErrRemoteDisconnected},
		{"the server closes behind a 103", []any{Expect(expectHead), Send("HTTP/1.1 103 Hints\r\n\r\n"), Close{}}, conn.ErrRemoteDisconnected},
		{"the server talks nonsense", []any{Expect(expectHead), Send("no\r\n\r\n")}, conn.ErrHTTP},
		{"the caller gives up", []any{Expect(expectHead), Stall(0)}, context.Canceled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer time.AfterFunc(500*time.Millisecond, cancel).Stop()
				req := newRequest(t, "POST", "http://example.com/", nil).WithContext(ctx)
				req.Body, req.ContentLength = spyOn(strings.NewReader("hello")), 5
				req.Header.Set("Expect", "100-continue")
				start := time.Now()
				o := exchange(t, req, conn.ExchangeOptions{}, tt.script...)
				if !errors.Is(o.err, tt.want) || o.rest != "" {
					t.Errorf("%v, rest %q", o.err, o.rest)
				}
				if took := time.Since(start); took > 500*time.Millisecond {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}
