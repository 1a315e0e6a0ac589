package conn_test

// What an exchange allocates. The bounds are what it takes today: who needs more raises them
// knowingly.

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"example.com/godwit/conn"
)

// response8 has as many fields as a usual response.
const response8 = "HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nServer: s\r\nContent-Type: text/plain\r\n" +
	"Content-Length: 2\r\nCache-Control: no-cache\r\nEtag: \"1\"\r\nVary: Accept\r\nX-Request-Id: 7\r\n\r\nok"

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector allocates; nothing to count")
		return
	}
	cancellable, cancel := context.WithCancel(context.Background())
	defer cancel()
	tests := []struct {
		name string
		ctx  context.Context
		most float64
	}{
		{"context without end", context.Background(), 5},
		{"context that can be cancelled", cancellable, 7},
	}
	for _, tt := range tests {
		c := conn.New(&memory{response: []byte(response8)})
		req, err := http.NewRequestWithContext(tt.ctx, "GET", "http://example.com/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "*/*")
		opt := &conn.ExchangeOptions{UserAgent: "t/1"}
		buf := make([]byte, 100)
		got := testing.AllocsPerRun(200, func() {
			x, err := conn.Prepare(req, opt)
			if err != nil {
				t.Fatal(err)
			}
			res, err := c.Do(x)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := res.Body.Read(buf); n != 2 || err != io.EOF {
				t.Fatal(n, err)
			}
			res.Body.Close()
		})
		t.Logf("%s: %v", tt.name, got)
		if got > tt.most {
			t.Errorf("%s: %v allocations, want at most %v", tt.name, got, tt.most)
		}
	}
}

func TestAllocationsByHand(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector allocates; nothing to count")
		return
	}
	cancellable, cancel := context.WithCancel(context.Background())
	defer cancel()
	tests := []struct {
		name    string
		ctx     context.Context
		changes bool // each head has something new in it
		most    float64
	}{
		// One body in several is more than an average shows.
		{"context without end", context.Background(), false, 0},
		{"context that can be cancelled", cancellable, false, 0}, // one after the other: the watch stands
		{"head that changes", cancellable, true, 1},
	}
	for _, tt := range tests {
		m := &memory{response: []byte(response8)}
		c := conn.New(m)
		buf := make([]byte, 100)
		id := bytes.Index(m.response, []byte("X-Request-Id: ")) + len("X-Request-Id: ")
		got := testing.AllocsPerRun(200, func() {
			if tt.changes {
				m.response[id] ^= 1
			}
			if err := c.Request(tt.ctx, "GET", "/", nil, nil); err != nil {
				t.Fatal(err)
			}
			res, err := c.Response()
			if err != nil {
				t.Fatal(err)
			}
			if body, err := res.ReadAll(buf); string(body) != "ok" || err != nil {
				t.Fatal(body, err)
			}
			if tt.changes && res.Fields.Get("X-Request-Id")[0] != m.response[id] {
				t.Fatal(res.Fields)
			}
		})
		t.Logf("%s: %v", tt.name, got)
		if got > tt.most {
			t.Errorf("%s: %v allocations, want at most %v", tt.name, got, tt.most)
		}
	}
}
