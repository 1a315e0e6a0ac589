//go:build unix && !aix

package conn_test

// What arrives when nothing was asked: it makes a connection unfit, and is never taken for
// the answer to the next request.

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"example.com/godwit/conn"
)

// A second response behind the first is found as soon as the first is over.
func TestUnsolicitedBytesWithTheResponse(t *testing.T) {
	for _, response := range []string{
		ok2,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
	} {
		for _, extra := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "x", "\r\n"} {
			o := exchange(t, get(t), conn.ExchangeOptions{}, Expect(plainGet), Send(response+extra))
			if o.failure() != nil || o.kept {
				t.Errorf("%q + %q: %v, kept %v", response, extra, o.failure(), o.kept)
			}
		}
	}
	req := newRequest(t, "HEAD", "http://example.com/", nil)
	if o := exchange(t, req, conn.ExchangeOptions{}, ReadHead{}, Send(ok2)); o.err != nil || o.kept {
		t.Errorf("a body to a HEAD: %v, kept %v", o.err, o.kept)
	}
}

// One that comes later is found when the connection is to be used again.
func TestUnsolicitedBytesOnAnIdleConnection(t *testing.T) {
	for _, step := range []any{Send(ok2), Send("\x00"), Close{}, Reset{}} {
		told := make(chan struct{})
		c, p := loopback(t, Expect(plainGet), Send(ok2), Await(told), step)
		res, err := c.RoundTrip(get(t))
		if err != nil {
			t.Fatal(err)
		}
		readBody(t, res)
		if !c.Alive() {
			t.Errorf("%T: not alive before it", step)
		}
		close(told)
		awaitVerdict(t, c)
		req := newRequest(t, "POST", "http://example.com/", nil)
		body := spyOn(nil)
		req.Body, req.ContentLength = body, 5
		res, err = c.RoundTrip(req)
		if err == nil {
			res.Body.Close()
			t.Fatalf("%T: a response came of it", step)
		}
		e := wantError[*conn.Error](t, err)
		if e.Sent || e.Answered || !errors.Is(e, conn.ErrStale) || !errors.Is(e, conn.ErrRemoteDisconnected) || !errors.Is(e, syscall.ECONNRESET) {
			t.Errorf("%T: %#v", step, e)
		}
		if !c.Closed() {
			t.Errorf("%T: left open", step)
		}
		body.checkClosed(t)
		<-p.done
	}
}

// An exchange that finds its connection stale can be sent on another.
func TestStaleExchangeGoesOn(t *testing.T) {
	c, p := loopback(t, Expect(plainGet), Send(ok2), Close{})
	res, err := c.RoundTrip(get(t))
	if err != nil {
		t.Fatal(err)
	}
	readBody(t, res)
	awaitVerdict(t, c)
	<-p.done
	k := new(keeper)
	c.SetKeeper(k)
	x, err := conn.Prepare(get(t), &conn.ExchangeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(x); err != conn.ErrStale || k.String() != "[false]" || !c.Closed() {
		t.Fatalf("%v, keeper %v, closed %v", err, k, c.Closed())
	}
	other, _ := loopback(t, Expect(plainGet), Send(ok2))
	if res, err = other.Do(x); err != nil {
		t.Fatal(err)
	}
	if readBody(t, res) != "ok" || !other.Idle() {
		t.Error("no answer on the other connection")
	}
}

// A server in a hurry, which answers before it is asked, is heard or refused on a new
// connection, and does not make us wait.
func TestAnswerBeforeTheFirstRequest(t *testing.T) {
	near, far := tcpPair(t)
	raw, err := near.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	// The answer is there, and the runtime has been told so, which it is once.
	asked := false
	err = raw.Read(func(fd uintptr) (arrived bool) {
		if !asked {
			asked = true
			_, err = io.WriteString(far, ok2)
			return err != nil
		}
		n, _, _ := syscall.Recvfrom(int(fd), make([]byte, 100), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return n == len(ok2)
	})
	if err != nil {
		t.Fatal(err)
	}
	c := conn.New(near)
	p := startPeer(t, far, Stall(0))
	start := time.Now()
	o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{})
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v: %v", took, o.failure())
	}
	if o.err == nil && o.body != "ok" {
		t.Errorf("%q, %v", o.body, o.failure())
	}
}

func TestAliveBeforeUseAndAfterClose(t *testing.T) {
	c, _ := loopback(t)
	if !c.Alive() || c.Used() {
		t.Errorf("new: alive %v, used %v", c.Alive(), c.Used())
	}
	c.Close()
	if c.Alive() || c.Idle() || !c.Closed() {
		t.Errorf("closed: alive %v, idle %v, closed %v", c.Alive(), c.Idle(), c.Closed())
	}
	if err := c.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

// A reset in the middle is the network's error, not the protocol's.
func TestReset(t *testing.T) {
	c, p := loopback(t, Expect(plainGet), Send(ok2[:20]), Reset{})
	o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{})
	if o.failure() == nil {
		t.Fatal("no error")
	}
	wantError[*conn.Error](t, o.failure())
	if !errors.Is(o.failure(), syscall.ECONNRESET) && !errors.Is(o.failure(), io.ErrUnexpectedEOF) {
		t.Error(o.failure())
	}
}
