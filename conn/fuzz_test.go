package conn_test

// Whatever a server sends, an exchange ends, without a panic, and a connection on which it
// went wrong is closed.

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

func FuzzResponse(f *testing.F) {
	for _, seed := range []string{
		"", ok2, empty, goOn + ok2, switching, ok2 + ok2, "HTTP/1.0 200 OK\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
		"HTTP/1.1 417 No\r\nConnection: close\r\nContent-Length: 100\r\n\r\nno",
		"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551617\r\n\r\n",
	} {
		for kind := range byte(8) {
			f.Add([]byte(seed), kind)
		}
	}
	f.Fuzz(func(t *testing.T, response []byte, kind byte) {
		synctest.Test(t, func(t *testing.T) {
			req := newRequest(t, "GET", "http://example.com/", nil)
			switch kind % 4 {
			case 1:
				req.Method = "HEAD"
			case 2:
				req.Method, req.ContentLength, req.Body = "POST", -1, spyOn(io.LimitReader(endless{}, 100_000))
			case 3:
				req.Method, req.ContentLength, req.Body = "PUT", 5, spyOn(strings.NewReader("hello"))
				req.Header.Set("Expect", "100-continue")
			}
			// The server closes behind what it sends, or says no more.
			end := any(Close{})
			if kind&4 != 0 {
				end = Stall(time.Hour)
			}
			start := time.Now()
			o := exchange(
				t, req, conn.ExchangeOptions{Limits: trace.Limits{Send: time.Minute, Wait: time.Minute, Receive: time.Minute}},
				ReadHead{}, Send(response), end,
			)
			if o.failure() == nil && o.res.StatusCode < 200 {
				t.Errorf("status %d came through", o.res.StatusCode)
			}
			if took := time.Since(start); took > time.Hour+5*time.Minute {
				t.Errorf("took %v", took)
			}
		})
	})
}
