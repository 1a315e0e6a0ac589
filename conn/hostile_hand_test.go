package conn_test

// Servers that break the protocol, break off, or answer what nobody asked, against requests
// that are put by hand; and steps that are taken out of turn. No answer is ever shorter than it
// was sent, or another's, without an error.

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

// outcomeOf sends a request and reads its answer. The error is the first one.
func outcomeOf(t *testing.T, c *conn.Conn, method string) (*conn.Response, string, error) {
	t.Helper()
	if err := c.Request(t.Context(), method, "/", nil, nil); err != nil {
		return nil, "", err
	}
	res, err := c.Response()
	if err != nil {
		return nil, "", err
	}
	data, err := res.ReadAll(nil)
	return res, string(data), err
}

// wantNext fails the test unless the next request has its own answer, "ok", and the connection
// has been opened so often by then.
func wantNext(t *testing.T, c *conn.Conn, p *phone, dials int) {
	t.Helper()
	res, body, err := outcomeOf(t, c, "GET")
	if err != nil || res.Status != 200 || body != "ok" {
		t.Errorf("the next request: %q, %v", body, err)
	}
	if n := p.count(); n != dials {
		t.Errorf("%d connections opened, want %d", n, dials)
	}
}

// count returns how often it has been asked to dial.
func (p *phone) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.dialed)
}

// next is what a peer does that a request is to reach.
func next() []any { return script(Expect(handGet), Send(ok2)) }

// Over whatever a request is put by hand, it fares alike.
var handLinks = []struct {
	name string
	dial func(*testing.T, string, conn.Options, ...[]any) (*conn.Conn, *phone)
}{{"pipe", dialing}, {"TCP", dialingTCP}}

// A response cut at any byte is an error, unless its end is that of a plain connection; what
// had come of the body is given out, and no more; and the next request has its own connection.
func TestHandCutAtEveryByte(t *testing.T) {
	const line = "HTTP/1.1 200 OK\r\n"
	for _, tt := range []struct{ name, head, body, data string }{
		{"by length", line + "Content-Length: 5\r\n\r\n", "hello", "hello"},
		{"chunked", line + "Transfer-Encoding: chunked\r\n\r\n", "3;x\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n", "hello"},
		{"HTTP/1.0 by length", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", "hello", "hello"},
		{"until close", line + "X: y\r\n\r\n", "hello", "hello"},
		{"behind 1xx", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + line + "Content-Length: 5\r\n\r\n", "hello", "hello"},
	} {
		whole := tt.head + tt.body
		for _, link := range handLinks {
			for n := range len(whole) {
				t.Run(tt.name+"/"+link.name+"/"+strconv.Itoa(n), func(t *testing.T) {
					c, p := link.dial(t, "example.com", conn.Options{}, script(Expect(handGet), Send(whole[:n]), Close{}), next())
					_, body, err := outcomeOf(t, c, "GET")
					if !strings.HasPrefix(tt.data, body) {
						t.Errorf("body %q", body)
					}
					if tt.name == "until close" && n >= len(tt.head) {
						if err != nil || body != tt.body[:n-len(tt.head)] {
							t.Errorf("%q, %v", body, err)
						}
						wantNext(t, c, p, 2)
						return
					}
					e := wantError[*conn.Error](t, err)
					if !e.Sent || e.Answered != (n > 0) || !errors.Is(err, conn.ErrHTTP) {
						t.Errorf("sent %v, answered %v: %v", e.Sent, e.Answered, err)
					}
					if strings.HasSuffix("\r\n\r\n"+whole[:n], "\r\n\r\n") && n < len(tt.head) {
						if e.Err != conn.ErrRemoteDisconnected {
							t.Errorf("between two heads: %v", err)
						}
					} else if cut := wantError[*conn.IncompleteReadError](t, err); cut.Partial != int64(len(body)) || cut.Head != (n < len(tt.head)) {
						t.Errorf("%#v behind %q", cut, body)
					}
					if !c.Closed() || c.Idle() {
						t.Error("left open")
					}
					wantNext(t, c, p, 2)
				})
			}
		}
	}
}

// A response that breaks the protocol is an error that names the rule; the connection is closed,
// and the next request opens another.
func TestHandMalformedResponses(t *testing.T) {
	const (
		ok      = "HTTP/1.1 200 OK\r\n"
		chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
	)
	rule := func(r conn.Rule) error { return &conn.ProtocolError{Rule: r} }
	bad, version := &conn.BadStatusLineError{}, &conn.UnknownProtocolError{}
	coding, bound := &conn.UnknownTransferEncodingError{}, &conn.BoundError{}
	for _, tt := range []struct {
		name, response string
		want           error
	}{
		{"HTTP/0.9", "<html>hello</html>\r\n", bad},
		{"an empty line", "\r\n" + ok2, bad},
		{"an echo", handGet, bad},
		{"a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", bad},
		{"a status below 100", "HTTP/1.1 099 Low\r\n\r\n", bad},
		{"HTTP/2", "HTTP/2 200\r\n\r\n", version},
		{"HTTP/1.10", "HTTP/1.10 200 OK\r\n\r\n", version},
		{"a NUL in the reason", "HTTP/1.1 200 O\x00K\r\n\r\n", rule(conn.RuleControl)},
		{"a NUL in a value", ok + "X: a\x00b\r\n\r\n", rule(conn.RuleControl)},
		{"a NUL in a name", ok + "X\x00: a\r\n\r\n", rule(conn.RuleControl)},
		{"a bare CR in the reason", "HTTP/1.1 200 O\rX: y\r\n\r\n", rule(conn.RuleBareCR)},
		{"a bare CR in a value", ok + "X: a\rContent-Length: 0\r\n\r\n", rule(conn.RuleBareCR)},
		{"a space before the first field", ok + " X: a\r\n\r\n", rule(conn.RuleFirstSpace)},
		{"a tab before the first field", ok + "\tX: a\r\n\r\n", rule(conn.RuleFirstSpace)},
		{"no colon", ok + "X\r\n\r\n", rule(conn.RuleNoColon)},
		{"no name", ok + ": a\r\n\r\n", rule(conn.RuleFieldName)},
		{"a space behind Content-Length", ok + "Content-Length : 2\r\n\r\nok", rule(conn.RuleFramingSpace)},
		{"a space behind Transfer-Encoding", ok + "TRANSFER-encoding : chunked\r\n\r\n0\r\n\r\n", rule(conn.RuleFramingSpace)},
		{"a folded length", ok + "Content-Length: 2\r\n 3\r\n\r\nok", rule(conn.RuleFramingFold)},
		{"a folded coding", ok + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", rule(conn.RuleFramingFold)},
		{"lengths that differ", ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", rule(conn.RuleLengthsDiffer)},
		{"lengths that differ in a list", ok + "Content-Length: 2, 3\r\n\r\nok", rule(conn.RuleLengthsDiffer)},
		{"a signed length", ok + "Content-Length: +2\r\n\r\nok", rule(conn.RuleContentLength)},
		{"a negative length", ok + "Content-Length: -2\r\n\r\nok", rule(conn.RuleContentLength)},
		{"a length of 2^63", ok + "Content-Length: 9223372036854775808\r\n\r\nok", rule(conn.RuleContentLength)},
		{"chunked inside", ok + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", coding},
		{"chunked twice", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", coding},
		{"an unknown coding", ok + "Transfer-Encoding: xchunked\r\n\r\nok", coding},
		{"a coding that folds to chunked", ok + "Transfer-Encoding: chun\u212aed\r\n\r\n0\r\n\r\n", coding},
		{"no coding", ok + "Transfer-Encoding: \r\n\r\nok", coding},
		{"a chunk size of 0x2", chunked + "0x2\r\nok\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"a negative chunk size", chunked + "-2\r\nok\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"no chunk size", chunked + ";x\r\nok\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"a chunk size of 2^64", chunked + "10000000000000000\r\nok\r\n0\r\n\r\n", rule(conn.RuleChunkSize)},
		{"a chunk size line that ends in LF", chunked + "2\nok\r\n0\r\n\r\n", rule(conn.RuleBareLF)},
		{"a chunk longer than its size", chunked + "2\r\nokay\r\n0\r\n\r\n", rule(conn.RuleChunkEnd)},
		{"a chunk that ends in LF", chunked + "2\r\nok\n0\r\n\r\n", rule(conn.RuleChunkEnd)},
		{"a trailer that ends in LF", chunked + "0\r\nX: y\n\r\n", rule(conn.RuleBareLF)},
		{"a trailer without a colon", chunked + "0\r\nX\r\n\r\n", rule(conn.RuleNoColon)},
		{"a 101 that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", rule(conn.RuleUnasked101)},
		{"a flood of 100", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 17) + ok2, bound},
		{"a flood of 103", strings.Repeat("HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n", 1000) + ok2, bound},
		{"a flood of fields", ok + strings.Repeat("X: y\r\n", 1001) + "\r\n", bound},
		{"a flood of bytes", ok + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 300) + "\r\n", bound},
		{"a long line", ok + "X: " + strings.Repeat("y", 65<<10), &conn.LineTooLongError{}},
	} {
		for _, link := range handLinks {
			t.Run(tt.name+"/"+link.name, func(t *testing.T) {
				c, p := link.dial(t, "example.com", conn.Options{}, script(Expect(handGet), Send(tt.response), Stall(0)), next())
				_, _, err := outcomeOf(t, c, "GET")
				checkRule(t, err, tt.want)
				if !c.Closed() {
					t.Error("left open")
				}
				wantNext(t, c, p, 2)
			})
		}
	}
}

// What can be read in one way only is read, and the connection kept if its end is beyond doubt.
func TestHandLenience(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, tt := range []struct {
		name, method, response string
		body                   string
		field, value           string // one of the fields; "": none is looked at
		kept                   bool
	}{
		{"both lengths", "GET", ok + "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok", "", "", false},
		{"both lengths, the other way round", "GET", ok + "transfer-ENCODING: Chunked\r\ncontent-length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok", "", "", false},
		{"two lengths that are one", "GET", ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", "ok", "", "", true},
		{"a list of one length", "GET", ok + "Content-Length: 2, 2\r\n\r\nok", "ok", "", "", true},
		{"bare LF", "GET", "HTTP/1.1 200 OK\nContent-Length: 2\nX: y\n\nok", "ok", "X", "y", true},
		{"a folded value", "GET", ok + "X: a \r\n \t b\r\n\tc\r\nContent-Length: 2\r\n\r\nok", "ok", "X", "a b c", true},
		{"a space before the colon", "GET", ok + "X \t: y\r\nContent-Length: 2\r\n\r\nok", "ok", "X", "y", true},
		{"obs-text", "GET", ok + "X: \xe9\x80\r\nContent-Length: 2\r\n\r\nok", "ok", "X", "\xe9\x80", true},
		{"no reason", "GET", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "ok", "", "", true},
		{"HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", "", "", false},
		{"HTTP/1.0 that stays", "GET", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", "ok", "", "", true},
		{"HTTP/1.0 that stays and goes", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 2\r\n\r\nok", "ok", "", "", false},
		{"HTTP/1.0, chunked", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok", "", "", false},
		{"HTTP/1.1 that goes", "GET", ok + "Connection: x, CLOSE\r\nContent-Length: 2\r\n\r\nok", "ok", "", "", false},
		{"HEAD", "HEAD", ok + "Content-Length: 2\r\n\r\n", "", "", "", true},
		{"HEAD, chunked", "HEAD", ok + "Transfer-Encoding: chunked\r\n\r\n", "", "", "", true},
		{"HEAD with a body", "HEAD", ok + "Content-Length: 2\r\n\r\nok", "", "", "", false},
		{"204 with a length", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", "", "", "", false},
		{"204, chunked", "GET", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", "", "", "", false},
		{"204 with a body", "GET", "HTTP/1.1 204 No Content\r\n\r\n" + ok2, "", "", "", false},
		{"304 with a length", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", "", "", "", true},
		{"304 with a body", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nok", "", "", "", false},
		{"a response behind the response", "GET", ok2 + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "ok", "", "", false},
		{"a byte behind the response", "GET", ok2 + "\n", "ok", "", "", false},
		{"a response behind the trailer", "GET", ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n" + ok2, "ok", "", "", false},
	} {
		for _, link := range handLinks {
			t.Run(tt.name+"/"+link.name, func(t *testing.T) {
				first := script(ReadHead{}, Send(tt.response), Expect(handGet), Send(ok2))
				dials := 1
				if !tt.kept {
					first, dials = script(ReadHead{}, Send(tt.response), Stall(0)), 2
				}
				c, p := link.dial(t, "example.com", conn.Options{}, first, next())
				res, body, err := outcomeOf(t, c, tt.method)
				if err != nil || body != tt.body {
					t.Fatalf("%q, %v", body, err)
				}
				if tt.field != "" && res.Fields.Get(tt.field) != tt.value {
					t.Errorf("%s: %q", tt.field, res.Fields.Get(tt.field))
				}
				wantNext(t, c, p, dials)
			})
		}
	}
}

// 1xx responses within the bound are kept, in order.
func TestHandInterimWithinTheBound(t *testing.T) {
	c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(strings.Repeat("HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n", 16)+ok2)))
	res, body, err := outcomeOf(t, c, "GET")
	if err != nil || body != "ok" || len(res.Informational) != 16 || res.Informational[15].Fields.Get("Link") != "x" {
		t.Errorf("%q, %v, %v", body, err, res)
	}
}

// What comes in while a connection is idle answers nothing, be it a response or the end.
func TestHandIdle(t *testing.T) {
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	for name, late := range map[string][]any{
		"a response":          {Send(evil), Stall(0)},
		"a response, the end": {Send("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), Close{}},
		"half a response":     {Send(evil[:10]), Stall(0)},
		"a byte":              {Send("\n"), Stall(0)},
		"the end":             {Close{}},
		"a reset":             {Reset{}},
	} {
		t.Run(name, func(t *testing.T) {
			idle := make(chan struct{})
			c, p := dialingTCP(t, "example.com", conn.Options{}, slices.Concat(next(), script(Await(idle)), late), next())
			wantNext(t, c, p, 1)
			close(idle)
			awaitVerdict(t, c)
			wantNext(t, c, p, 2)
		})
	}
}

// Every step that has no place where the connection stands is a StateError, which says so, does
// nothing, and is told once more by Response; then all goes on as if nothing had been.
func TestHandStepsOutOfTurn(t *testing.T) {
	ctx := t.Context()
	steps := map[string]func(*conn.Conn) error{
		"PutRequest": func(c *conn.Conn) error { return c.PutRequest(ctx, "GET", "/evil") },
		"Request":    func(c *conn.Conn) error { return c.Request(ctx, "GET", "/evil", nil, strings.NewReader("evil")) },
		"PutHeader":  func(c *conn.Conn) error { return c.PutHeader("Evil", "x") },
		"EndHeaders": func(c *conn.Conn) error { return c.EndHeaders() },
		"Write":      func(c *conn.Conn) error { _, err := c.Write([]byte("evil")); return err },
		"ReadFrom":   func(c *conn.Conn) error { _, err := c.ReadFrom(strings.NewReader("evil")); return err },
		"EndBody":    func(c *conn.Conn) error { return c.EndBody() },
		"Flush":      func(c *conn.Conn) error { return c.Flush() },
		"Response":   func(c *conn.Conn) error { _, err := c.Response(); return err },
		"SetTunnel":  func(c *conn.Conn) error { return c.SetTunnel("evil.example", nil) },
	}
	is := map[string]error{
		"PutRequest": conn.ErrCannotSendRequest, "Request": conn.ErrCannotSendRequest, "PutHeader": conn.ErrCannotSendHeader,
		"EndHeaders": conn.ErrCannotSendHeader, "Response": conn.ErrResponseNotReady,
	}
	const post = "POST /x HTTP/1.1\r\n" + usual + "Transfer-Encoding: chunked\r\n\r\n"
	begin := func(t *testing.T, c *conn.Conn) { request(t, c, "GET", "/") }
	put := func(t *testing.T, c *conn.Conn) {
		must(t, c.PutRequest(ctx, "POST", "/x"), c.PutHeader("Transfer-Encoding", "chunked"))
	}
	var res *conn.Response
	finish := func(t *testing.T, c *conn.Conn) {
		if _, body := answer(t, c); body != "ok" {
			t.Errorf("body %q", body)
		}
	}
	end := func(t *testing.T, c *conn.Conn) { must(t, c.EndBody()); finish(t, c) }
	for _, state := range []struct {
		name     string
		script   []any
		enter    func(*testing.T, *conn.Conn)
		allowed  string // steps that have their turn
		expected string // a word of Expected
		leave    func(*testing.T, *conn.Conn)
	}{
		{"new", next(), func(*testing.T, *conn.Conn) {}, "PutRequest Request SetTunnel", "PutRequest", func(t *testing.T, c *conn.Conn) { begin(t, c); finish(t, c) }},
		{"connected", next(), func(t *testing.T, c *conn.Conn) { must(t, c.Connect(ctx)) }, "PutRequest Request", "PutRequest", func(t *testing.T, c *conn.Conn) { begin(t, c); finish(t, c) }},
		{"in the head", script(Expect(post+"0\r\n\r\n"), Send(ok2)), put, "PutHeader EndHeaders", "EndHeaders", func(t *testing.T, c *conn.Conn) { must(t, c.EndHeaders()); end(t, c) }},
		{"in the body", script(Expect(post+"3\r\nabc\r\n0\r\n\r\n"), Send(ok2)), func(t *testing.T, c *conn.Conn) {
			put(t, c)
			must(t, c.EndHeaders())
			_, err := io.WriteString(c, "abc")
			must(t, err)
		}, "Write ReadFrom EndBody Flush", "Write", end},
		{"in the body, held back", script(Expect(post+"0\r\n\r\n"), Send(ok2)), func(t *testing.T, c *conn.Conn) { put(t, c); must(t, c.EndHeaders()) }, "Write ReadFrom EndBody Flush", "Write", end},
		{"sent", next(), begin, "Response", "Response", finish},
		{"in the response's body", next(), func(t *testing.T, c *conn.Conn) {
			begin(t, c)
			var err error
			res, err = c.Response()
			must(t, err)
		}, "", "body", func(t *testing.T, c *conn.Conn) {
			if data, err := res.ReadAll(nil); string(data) != "ok" || err != nil || !c.Idle() {
				t.Errorf("the body: %q, %v, idle %v", data, err, c.Idle())
			}
		}},
		{"closed", script(Expect(handGet), Close{}), func(t *testing.T, c *conn.Conn) {
			begin(t, c)
			_, err := c.Response()
			wantError[*conn.Error](t, err)
		}, "PutRequest Request SetTunnel", "PutRequest", nil},
		{"switched", script(Expect("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\nAccept-Encoding: identity\r\n\r\n"), Send("HTTP/1.1 200 OK\r\n\r\n")), func(t *testing.T, c *conn.Conn) {
			request(t, c, "CONNECT", "h:1")
			res, err := c.Response()
			must(t, err)
			t.Cleanup(func() { res.Stream.Close() })
		}, "", "stream", nil},
	} {
		for name, step := range steps {
			if slices.Contains(strings.Fields(state.allowed), name) {
				continue
			}
			t.Run(state.name+"/"+name, func(t *testing.T) {
				c, _ := dialing(t, "example.com", conn.Options{}, state.script)
				state.enter(t, c)
				e := wantError[*conn.StateError](t, step(c))
				if e.Step != name || e.State == "" || name != "SetTunnel" && !strings.Contains(e.Expected, state.expected) {
					t.Errorf("%#v", e)
				}
				if want := is[name]; !errors.Is(e, conn.ErrHTTP) || want != nil && !errors.Is(e, want) {
					t.Errorf("%v is no %v", e, want)
				}
				for other, kind := range is {
					if kind != is[name] && errors.Is(e, kind) {
						t.Errorf("%v is what %s is, too", e, other)
					}
				}
				if name != "Response" && name != "SetTunnel" {
					if _, err := c.Response(); err != error(e) {
						t.Errorf("Response: %v, want %v", err, e)
					}
				}
				if state.leave != nil {
					state.leave(t, c)
				}
			})
		}
	}
}

// sparse returns a file of so many noughts, at its beginning.
func sparse(t *testing.T, size int64) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "sparse"))
	must(t, err)
	t.Cleanup(func() { f.Close() })
	must(t, f.Truncate(size))
	return f
}
