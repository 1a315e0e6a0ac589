package conn_test

// Connections that stop speaking HTTP: a 101 that was asked for, a CONNECT that was granted.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

const (
	upgradeGet = "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\n"
	switching  = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n"
)

// The body of a 101 is the connection: what came with the head first, then both ways, with
// no limit and no context any more.
func TestUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		day := Stall(24 * time.Hour)
		c, p := pipe(t, Expect(upgradeGet), Send(switching+"early"), day, Send("late"), Expect("hello"), day)
		k := new(keeper)
		c.SetKeeper(k)
		ctx, cancel := context.WithCancel(t.Context())
		req := get(t).WithContext(ctx)
		req.Header.Set("Connection", "keep-alive, Upgrade")
		req.Header.Set("Upgrade", "echo")
		limits := trace.Limits{Send: time.Second, Wait: time.Second, Receive: time.Second}
		x, err := conn.Prepare(req, &conn.ExchangeOptions{Limits: limits})
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Do(x)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		synctest.Wait()
		if res.StatusCode != 101 || res.Header.Get("Upgrade") != "echo" {
			t.Errorf("%s, %v", res.Status, res.Header)
		}
		stream, ok := res.Body.(io.ReadWriteCloser)
		if _, isConn := stream.(net.Conn); !ok || !isConn {
			t.Fatalf("the body is a %T", res.Body)
		}
		buf := make([]byte, 9)
		if _, err := io.ReadFull(stream, buf); err != nil || string(buf) != "earlylate" {
			t.Errorf("%q, %v", buf, err)
		}
		if _, err := io.WriteString(stream, "hello"); err != nil {
			t.Error(err)
		}
		if c.Idle() || c.Alive() || c.Closed() || k.String() != "[]" {
			t.Errorf("idle %v, alive %v, closed %v, keeper %v", c.Idle(), c.Alive(), c.Closed(), k)
		}
		if _, err := c.RoundTrip(get(t)); err == nil {
			t.Error("another request was sent")
		} else {
			wantError[*conn.StateError](t, err)
		}
		if err := errors.Join(stream.Close(), stream.Close()); err != nil {
			t.Error(err)
		}
		if !c.Closed() || k.String() != "[false]" {
			t.Errorf("closed %v, keeper %v", c.Closed(), k)
		}
		<-p.done
	})
}

// Deadlines are those of who has the connection now.
func TestUpgradedDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := pipe(t, Expect(upgradeGet), Send(switching), Stall(0))
		req := get(t)
		req.Header.Set("Connection", "keep-alive, Upgrade")
		req.Header.Set("Upgrade", "echo")
		res, err := c.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		stream := res.Body.(net.Conn)
		start := time.Now()
		if err := stream.SetDeadline(start.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		_, err = stream.Read(make([]byte, 1))
		if e, ok := errors.AsType[net.Error](err); !ok || !e.Timeout() || time.Since(start) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		stream.Close()
	})
}

// What was asked for decides, not what the server would like.
func TestUnaskedUpgrade(t *testing.T) {
	for _, header := range []map[string]string{
		{},
		{"Upgrade": "echo"},
		{"Connection": "upgrade"},
		{"Connection": "not-upgrade", "Upgrade": "echo"},
	} {
		t.Run(fmt.Sprint(header), func(t *testing.T) {
			req := get(t)
			for name, value := range header {
				req.Header.Set(name, value)
			}
			o := exchange(t, req, conn.ExchangeOptions{}, ReadHead{}, Send(switching+"evil"))
			if e := wantError[*conn.ProtocolError](t, o.err); e.Rule != conn.RuleUnasked101 {
				t.Error(e)
			}
		})
	}
}

// An upgrade that is refused is a response like any other.
func TestRefusedUpgrade(t *testing.T) {
	req := get(t)
	req.Header.Set("Connection", "keep-alive, Upgrade")
	req.Header.Set("Upgrade", "echo")
	if o := exchange(t, req, conn.ExchangeOptions{}, Expect(upgradeGet), Send(ok2)); o.body != "ok" || !o.kept {
		t.Errorf("%q, %v, kept %v", o.body, o.failure(), o.kept)
	}
}

// A CONNECT that is granted gives the tunnel, whatever the answer says of a body.
func TestConnectMethod(t *testing.T) {
	for _, fields := range []string{"", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: nonsense\r\n"} {
		c, p := pipe(
			t, Expect("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n"),
			Send("HTTP/1.1 200 Connected\r\n"+fields+"\r\nhi"), Expect("hello"), Send("bye\n"),
		)
		req := newRequest(t, "CONNECT", "http://example.com:443", nil)
		res, err := c.RoundTrip(req)
		if err != nil {
			t.Errorf("%q: %v", fields, err)
			continue
		}
		tunnel := res.Body.(net.Conn)
		if _, err := io.WriteString(tunnel, "hello"); err != nil {
			t.Error(err)
		}
		if got, err := bufio.NewReader(tunnel).ReadString('\n'); got != "hibye\n" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		tunnel.Close()
		<-p.done
	}
}

// A switch while the request's body is still being sent: closing the stream ends the sender,
// and what it does until then sets no deadline.
func TestUpgradeWhileSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe(t, ReadHead{}, Send(switching), Expect("2\r\nhi\r\n"), Stall(time.Hour), Expect("hello"), Stall(0))
		req, w, body := upload(t)
		req.Header.Set("Connection", "upgrade")
		req.Header.Set("Upgrade", "echo")
		res, err := c.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "hi"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if _, err := io.Copy(res.Body.(io.Writer), strings.NewReader("hello")); err != nil {
			t.Errorf("writing to the stream: %v", err)
		}
		res.Body.Close()
		body.checkClosed(t)
		<-p.done
	})
}

// A context that ends with the head of the 101 has woken the connection already: it is not
// handed over.
func TestUpgradeThatIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := conn.New(&memory{response: []byte(switching), onRead: cancel})
	k := new(keeper)
	c.SetKeeper(k)
	req := get(t).WithContext(ctx)
	req.Header.Set("Connection", "upgrade")
	req.Header.Set("Upgrade", "echo")
	res, err := c.RoundTrip(req)
	if err == nil {
		res.Body.Close()
	}
	if !errors.Is(err, context.Canceled) || !c.Closed() || k.String() != "[false]" {
		t.Errorf("%v, closed %v, keeper %v", err, c.Closed(), k)
	}
}
