package transport

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// BenchmarkRoundTrip measures what an exchange costs this process apart from the network:
// the connection is memory that answers whatever is written to it.
func BenchmarkRoundTrip(b *testing.B) { benchmarkRoundTrip(b, nil) }

// BenchmarkReport measures what a Report costs besides.
func BenchmarkReport(b *testing.B) {
	var report Report
	benchmarkRoundTrip(b, &Overrides{Report: func(context.Context) *Report { return &report }})
}

func benchmarkRoundTrip(b *testing.B, o *Overrides) {
	answer := "HTTP/1.1 200 OK\r\nServer: memory\r\nDate: Fri, 20 Nov 2026 17:08:02 GMT\r\n" +
		"Content-Type: text/plain\r\nContent-Length: 100\r\nCache-Control: no-store\r\n\r\n" + strings.Repeat("x", 100)
	tr := &Transport{Dial: func(context.Context, string, string) (net.Conn, error) {
		return &memoryConn{answer: answer}, nil
	}}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	if o != nil {
		ctx = With(ctx, o)
	}
	req, err := http.NewRequestWithContext(ctx, "GET", "http://127.0.0.1:8080/small", nil)
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		res, err := tr.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = res.Body.Read(buf)
		}
		res.Body.Close()
	}
}

// A memoryConn is a server and the connection to it.
type memoryConn struct {
	answer string
	rest   string // of the answer
}

func (c *memoryConn) Read(p []byte) (int, error) {
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *memoryConn) Write(p []byte) (int, error) {
	c.rest = c.answer
	return len(p), nil
}

func (c *memoryConn) Close() error                     { return nil }
func (c *memoryConn) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *memoryConn) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *memoryConn) SetDeadline(time.Time) error      { return nil }
func (c *memoryConn) SetReadDeadline(time.Time) error  { return nil }
func (c *memoryConn) SetWriteDeadline(time.Time) error { return nil }
