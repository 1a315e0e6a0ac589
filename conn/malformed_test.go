package conn_test

// Responses that break the protocol. Each ends in an error that names the rule, with the
// connection closed.

import (
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

func TestMalformedResponses(t *testing.T) {
	const (
		ok      = "HTTP/1.1 200 OK\r\n"
		chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
	)
	rule := func(r conn.Rule) error { return &conn.ProtocolError{Rule: r} }
	bad, version := &conn.BadStatusLineError{}, &conn.UnknownProtocolError{}
	coding := &conn.UnknownTransferEncodingError{}
	tests := []struct {
		name, response string
		want           error // of this type, and of this rule
	}{
		{"HTTP/0.9", "hello\r\n\r\n", bad},
		{"ICY", "ICY 200 OK\r\n\r\n", bad},
		{"an empty line", "\r\n" + ok2, bad},
		{"two digits", "HTTP/1.1 20 OK\r\n\r\n", bad},
		{"four digits", "HTTP/1.1 2000 OK\r\n\r\n", bad},
		{"two spaces", "HTTP/1.1  200 OK\r\n\r\n", bad},
		{"status 099", "HTTP/1.1 099 Low\r\n\r\n", bad},
		{"a signed status", "HTTP/1.1 +20 OK\r\n\r\n", bad},
		{"no status", "HTTP/1.1\r\n\r\n", bad},
		{"lower case", "http/1.1 200 OK\r\n\r\n", bad},
		{"an echo of the request", plainGet, bad},
		{"HTTP/2", "HTTP/2 200 OK\r\n\r\n", version},
		{"HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n", version},
		{"HTTP/1.10", "HTTP/1.10 200 OK\r\n\r\n", version},
		{"HTTP/01.1", "HTTP/01.1 200 OK\r\n\r\n", version},
		{"a NUL in the status line", "HTTP/1.1 200 O\x00K\r\n\r\n", rule(conn.RuleControl)},
		{"a bare CR in the reason", "HTTP/1.1 200 O\rX: y\r\n\r\n", rule(conn.RuleBareCR)},
		{"a bare CR in a value", ok + "X: a\rY: b\r\n\r\n", rule(conn.RuleBareCR)},
		{"CR CR LF", ok + "X: a\r\r\n\r\n", rule(conn.RuleBareCR)},
		{"a NUL in a value", ok + "X: a\x00\r\n\r\n", rule(conn.RuleControl)},
		{"VT before a coding", ok + "Transfer-Encoding: \x0bchunked\r\n\r\n", rule(conn.RuleControl)},
		{"white space before the first field", ok + " X: a\r\n\r\n", rule(conn.RuleFirstSpace)},
		{"a line without a colon", ok + "X\r\n\r\n", rule(conn.RuleNoColon)},
		{"an empty name", ok + ": a\r\n\r\n", rule(conn.RuleFieldName)},
		{"a space in a name", ok + "Content Length: 2\r\n\r\n", rule(conn.RuleFieldName)},
		{"a name that is not ASCII", ok + "Xé: a\r\n\r\n", rule(conn.RuleFieldName)},
		{"a space behind Content-Length", ok + "Content-Length : 2\r\n\r\nok", rule(conn.RuleFramingSpace)},
		{"a tab behind Transfer-Encoding", ok + "Transfer-Encoding\t: chunked\r\n\r\n", rule(conn.RuleFramingSpace)},
		{"a folded length", ok + "Content-Length:\r\n 2\r\n\r\nok", rule(conn.RuleFramingFold)},
		{"a folded coding", ok + "Transfer-Encoding: chunked\r\n , identity\r\n\r\n", rule(conn.RuleFramingFold)},
		{"an empty length", ok + "Content-Length:\r\n\r\n", rule(conn.RuleContentLength)},
		{"a signed length", ok + "Content-Length: +2\r\n\r\nok", rule(conn.RuleContentLength)},
		{"a negative length", ok + "Content-Length: -1\r\n\r\nok", rule(conn.RuleContentLength)},
		{"a hexadecimal length", ok + "Content-Length: 0x2\r\n\r\nok", rule(conn.RuleContentLength)},
		{"a length of two numbers", ok + "Content-Length: 1 2\r\n\r\nok", rule(conn.RuleContentLength)},
		{"a length with something behind", ok + "Content-Length: 2;\r\n\r\nok", rule(conn.RuleContentLength)},
		{"a length with an underscore", ok + "Content-Length: 1_0\r\n\r\nok", rule(conn.RuleContentLength)},
		{"a length of 2^63", ok + "Content-Length: 9223372036854775808\r\n\r\nok", rule(conn.RuleContentLength)},
		{"a length of full-width digits", ok + "Content-Length: \uff12\r\n\r\nok", rule(conn.RuleContentLength)},
		{"a length that a list lacks", ok + "Content-Length: 2,\r\n\r\nok", rule(conn.RuleContentLength)},
		{"lengths that differ in a list", ok + "Content-Length: 2, 3\r\n\r\nok", rule(conn.RuleLengthsDiffer)},
		{"lengths that differ in two fields", ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", rule(conn.RuleLengthsDiffer)},
		{"a bad length beside chunked", ok + "Content-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", rule(conn.RuleContentLength)},
		{"a coding nobody asked for", ok + "Transfer-Encoding: gzip\r\n\r\n", coding},
		{"chunked inside", ok + "Transfer-Encoding: chunked, gzip\r\n\r\n", coding},
		{"chunked around", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", coding},
		{"chunked twice", ok + "Transfer-Encoding: chunked, chunked\r\n\r\n", coding},
		{"chunked in two fields", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", coding},
		{"identity, chunked", ok + "Transfer-Encoding: identity, chunked\r\n\r\n", coding},
		{"chunked with a parameter", ok + "Transfer-Encoding: chunked;q=1\r\n\r\n", coding},
		{"almost chunked", ok + "Transfer-Encoding: chunked123\r\n\r\n", coding},
		{"an empty coding", ok + "Transfer-Encoding:\r\n\r\n", coding},
		{"a chunk size of 0x5", chunked + "0x5\r\nhello\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"a space before a chunk size", chunked + " 5\r\nhello\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"an underscore in a chunk size", chunked + "5_0\r\nhello\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"a negative chunk size", chunked + "-5\r\nhello\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"a signed chunk size", chunked + "+5\r\nhello\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"no chunk size", chunked + "\r\nhello\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"17 digits", chunked + "00000000000000005\r\nhello\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"a chunk size of 2^63", chunked + "8000000000000000\r\nhello\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"a chunk size of all ones", chunked + "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"a NUL in an extension", chunked + "5;a=\x00\r\nhello\r\n0\r\n\r\n", rule(conn.RuleChunkExtension)},
		{"a bare CR in an extension", chunked + "5;a=\rb\r\nhello\r\n0\r\n\r\n", rule(conn.RuleChunkExtension)},
		{"a chunk size that ends in LF", chunked + "5\nhello\r\n0\r\n\r\n", rule(conn.RuleBareLF)},
		{"a line end in a quoted extension", chunked + "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", rule(conn.RuleBareLF)},
		{"data that ends in something else", chunked + "5\r\nhelloXX0\r\n\r\n", rule(conn.RuleChunkEnd)},
		{"data that ends in LF", chunked + "5\r\nhello\n0\r\n\r\n", rule(conn.RuleChunkEnd)},
		{"data that is longer than its chunk", chunked + "5\r\nhello!\r\n0\r\n\r\n", rule(conn.RuleChunkEnd)},
		{"a trailer line that ends in LF", chunked + "0\r\nX: a\n\r\n", rule(conn.RuleBareLF)},
		{"a trailer without a colon", chunked + "0\r\nX\r\n\r\n", rule(conn.RuleNoColon)},
		{"a NUL in a trailer", chunked + "0\r\nX: \x00\r\n\r\n", rule(conn.RuleControl)},
		{"a 101 nobody asked for", "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: evil\r\n\r\n", rule(conn.RuleUnasked101)},
		{"a bad head behind a 100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX\r\n\r\n", rule(conn.RuleNoColon)},
		{"a bad 103", "HTTP/1.1 103 Hints\r\nX\r\n\r\n" + ok2, rule(conn.RuleNoColon)},
	}
	for _, tt := range tests {
		for _, how := range []struct {
			name string
			link func(*testing.T, ...any) (*conn.Conn, *peer)
			step any
		}{
			{"at once", pipe, Send(tt.response)},
			{"byte by byte", pipe, Trickle{Text: tt.response}},
			{"over TCP", loopback, Send(tt.response)},
		} {
			t.Run(tt.name+"/"+how.name, func(t *testing.T) {
				c, p := how.link(t, Expect(plainGet), how.step)
				o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{})
				checkRule(t, o.failure(), tt.want)
			})
		}
	}
}

func checkRule(t *testing.T, err, want error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	e := wantError[*conn.Error](t, err)
	if reflect.TypeOf(e.Err) != reflect.TypeOf(want) || !errors.Is(err, conn.ErrHTTP) {
		t.Fatalf("%v (%T), want a %T", err, e.Err, want)
	}
	if w, ok := want.(*conn.ProtocolError); ok {
		if got := wantError[*conn.ProtocolError](t, err).Rule; got != w.Rule {
			t.Errorf("rule %q, want %q", got, w.Rule)
		}
	}
	if !e.Sent || !e.Answered || e.Limit != 0 {
		t.Errorf("sent %v, answered %v, limit %v", e.Sent, e.Answered, e.Limit)
	}
}

// What a server can make long is bounded.
func TestFloods(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	tests := []struct {
		name     string
		response string
		want     error
	}{
		{"interim responses", strings.Repeat("HTTP/1.1 103 Hints\r\n\r\n", 17) + ok2, &conn.BoundError{What: "interim responses", Limit: 16, Setting: "Bounds.Interim"}},
		{"100 Continue", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 17) + ok2, &conn.BoundError{What: "interim responses", Limit: 16, Setting: "Bounds.Interim"}},
		{"fields", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 1001) + "\r\n", &conn.BoundError{What: "fields", Limit: 1000, Setting: "Bounds.Fields"}},
		{"a line", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 64<<10) + "\r\n\r\n", &conn.LineTooLongError{What: "field line", Limit: 64 << 10, Setting: "Bounds.Line"}},
		{"the status line", "HTTP/1.1 200 " + strings.Repeat("y", 64<<10) + "\r\n\r\n", &conn.LineTooLongError{What: "status line", Limit: 64 << 10, Setting: "Bounds.Line"}},
		{"the head", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 300), &conn.BoundError{What: "bytes in the head", Limit: 256 << 10, Setting: "Bounds.Head"}},
		{"a chunk extension", chunked + "2;" + strings.Repeat("y", 4<<10) + "\r\nok\r\n0\r\n\r\n", &conn.LineTooLongError{What: "chunk-size line", Limit: 4 << 10, Setting: "Bounds.ChunkLine"}},
		{"chunk extensions", chunked + strings.Repeat("1;"+strings.Repeat("y", 1000)+"\r\nx\r\n", 30) + "0\r\n\r\n", &conn.BoundError{What: "bytes of chunk overhead beyond what the data warrants", Limit: 16 << 10}},
		{"trailers", chunked + "0\r\n" + strings.Repeat("X: y\r\n", 1001) + "\r\n", &conn.BoundError{What: "fields", Limit: 1000, Setting: "Bounds.Fields"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := exchange(t, get(t), conn.ExchangeOptions{}, Expect(plainGet), Send(tt.response))
			if e := wantError[*conn.Error](t, o.failure()); !reflect.DeepEqual(e.Err, tt.want) {
				t.Errorf("%#v, want %#v", e.Err, tt.want)
			}
		})
	}
}

// The bounds can be moved, and what is just within them passes.
func TestBoundsAreTheCallers(t *testing.T) {
	within := strings.Repeat("HTTP/1.1 103 Hints\r\n\r\n", 16) + "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 999) + "Content-Length: 2\r\n\r\nok"
	if o := exchange(t, get(t), conn.ExchangeOptions{}, Expect(plainGet), Send(within)); o.body != "ok" {
		t.Error(o.failure())
	}
	opt := conn.ExchangeOptions{Bounds: conn.Bounds{Interim: -1}}
	if o := exchange(t, get(t), opt, Expect(plainGet), Send(strings.Repeat("HTTP/1.1 103 Hints\r\n\r\n", 40)+ok2)); o.body != "ok" {
		t.Error(o.failure())
	}
	opt = conn.ExchangeOptions{Bounds: conn.Bounds{Fields: 1}}
	o := exchange(t, get(t), opt, Expect(plainGet), Send("HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 2\r\n\r\nok"))
	if e := wantError[*conn.BoundError](t, o.failure()); e.Limit != 1 {
		t.Error(e)
	}
}

// A server that closes at any byte of a response is found out, unless the response ends with
// the connection.
func TestServerClosesAtEveryByte(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\n"
	tests := []struct {
		name, response string
		body           int // where the body begins
	}{
		{"by length", head + "Content-Length: 5\r\n\r\nhello", len(head) + 21},
		{"chunked", head + "Transfer-Encoding: chunked\r\n\r\n3;x\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n", len(head) + 30},
		{"until close", head + "X: y\r\n\r\nhello", len(head) + 8},
		{"behind a 100", "HTTP/1.1 100 Continue\r\n\r\n" + head + "Content-Length: 5\r\n\r\nhello", 25 + len(head) + 21},
	}
	for _, tt := range tests {
		for i := range 2 * len(tt.response) {
			link, n := pipe, i
			if n >= len(tt.response) {
				link, n = loopback, n-len(tt.response)
			}
			t.Run(tt.name+"/"+strconv.Itoa(i), func(t *testing.T) {
				part := tt.response[:n]
				c, p := link(t, Expect(plainGet), Send(part), Close{})
				o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{})
				err := o.failure()
				if tt.name == "until close" && n >= tt.body {
					if err != nil || o.body != part[tt.body:] {
						t.Errorf("body %q, %v", o.body, err)
					}
					return
				}
				e := wantError[*conn.Error](t, err)
				if e.Answered != (n > 0) || !e.Sent {
					t.Errorf("sent %v, answered %v", e.Sent, e.Answered)
				}
				if n == 0 || tt.name == "behind a 100" && n == 25 {
					if e.Err != conn.ErrRemoteDisconnected {
						t.Errorf("%v", err)
					}
					return
				}
				cut := wantError[*conn.IncompleteReadError](t, err)
				if !errors.Is(err, io.ErrUnexpectedEOF) || cut.Partial != int64(len(o.body)) {
					t.Errorf("%#v after a body of %q", cut, o.body)
				}
				if tt.name == "by length" && n >= tt.body && cut.Expected != 5 {
					t.Errorf("expected %d bytes", cut.Expected)
				}
			})
		}
	}
}
