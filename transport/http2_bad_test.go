package transport

// Servers that break HTTP/2. Whatever they do, the request fails in a way that can be told, in
// time, and nothing is left behind. Where only the exchange is broken, the connection goes on.

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A verdict is what becomes of a request.
type verdict int

const (
	exchangeBroken verdict = iota // a StreamError, or another error that is an ErrHTTP; the connection goes on
	connBroken                    // an ErrHTTP; the connection is closed
	unharmed
)

// badAnswers are what a server can do wrong with one request.
var badAnswers = []struct {
	name   string
	method string // "": GET
	answer func(p *peer, id uint32)
	want   verdict
}{
	{name: "nothing wrong", want: unharmed, answer: func(p *peer, id uint32) { p.ok(id) }},
	{name: "upper case in a name", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", "X-Upper", "1")) }},
	{name: "Connection", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", "connection", "close")) }},
	{name: "Transfer-Encoding", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", "transfer-encoding", "chunked")) }},
	{name: "Keep-Alive", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", "keep-alive", "5")) }},
	{name: "Upgrade", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", "upgrade", "x")) }},
	{name: "pseudo field after others", answer: func(p *peer, id uint32) {
		p.write(frame{fHeaders, endHeaders | endStream, id, p.block("a", "b", ":status", "200")})
	}},
	{name: "two of :status", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", ":status", "200")) }},
	{name: "no :status", answer: func(p *peer, id uint32) {
		p.write(frame{fHeaders, endHeaders | endStream, id, p.block("a", "b")})
	}},
	{name: "no field at all", answer: func(p *peer, id uint32) { p.write(frame{fHeaders, endHeaders | endStream, id, ""}) }},
	{name: "pseudo field of requests", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", ":path", "/")) }},
	{name: "unknown pseudo field", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", ":x", "/")) }},
	{name: "empty name", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", "", "x")) }},
	{name: "space in a name", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", "a b", "x")) }},
	{name: "NUL in a value", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", "a", "x\x00y")) }},
	{name: "line end in a value", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", "a", "x\r\ny: z")) }},
	{name: "status of letters", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "abc")) }},
	{name: "signed status", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "+200")) }},
	{name: "short status", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "20")) }},
	{name: "long status", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "2000")) }},
	{name: "padded status", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "0200")) }},
	{name: "negative status", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "-200")) }},
	{name: "status 0", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "000")) }},
	{name: "switch of protocols", answer: func(p *peer, id uint32) { p.write(p.head(id, 0, "101")) }},
	{name: "1xx that ends the stream", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "103")) }},
	{name: "endless 1xx", answer: func(p *peer, id uint32) {
		for range 100 {
			p.write(p.head(id, 0, "103", "link", "</x>"))
		}
	}},
	{name: "Content-Length of letters", answer: func(p *peer, id uint32) { p.write(p.head(id, endStream, "200", "content-length", "x")) }},
	{name: "Content-Length with a sign", answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200", "content-length", "+2"), frame{fData, endStream, id, "ok"})
	}},
	{name: "Content-Length too large", answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200", "content-length", "99999999999999999999"), frame{fData, endStream, id, "ok"})
	}},
	{name: "lengths that differ", answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200", "content-length", "2", "content-length", "3"), frame{fData, endStream, id, "ok"})
	}},
	{name: "lengths that do not", want: unharmed, answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200", "content-length", "2", "content-length", "2"), frame{fData, endStream, id, "ok"})
	}},
	{name: "less than announced", answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200", "content-length", "3"), frame{fData, endStream, id, "ok"})
	}},
	{name: "nothing where something was announced", answer: func(p *peer, id uint32) {
		p.write(p.head(id, endStream, "200", "content-length", "3"))
	}},
	{name: "more than announced", answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200", "content-length", "1"), frame{fData, endStream, id, "ok"})
	}},
	{name: "more than announced, in pieces", answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200", "content-length", "2"), frame{fData, 0, id, "ok"}, frame{fData, endStream, id, "!"})
	}},
	{name: "body where none was announced", answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200", "content-length", "0"), frame{fData, endStream, id, "ok"})
	}},
	{name: "empty body in a frame of its own", want: unharmed, answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200", "content-length", "0"), frame{fData, endStream, id, ""})
	}},
	{name: "data first", want: connBroken, answer: func(p *peer, id uint32) { p.write(frame{fData, 0, id, "ok"}) }},
	{name: "data for HEAD", method: "HEAD", want: unharmed, answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200", "content-length", "2"), frame{fData, endStream, id, "ok"})
	}},
	{name: "HEAD", method: "HEAD", want: unharmed, answer: func(p *peer, id uint32) {
		p.write(p.head(id, endStream, "200", "content-length", "2"))
	}},
	{name: "data for 204", want: unharmed, answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "204"), frame{fData, endStream, id, "ok"})
	}},
	{name: "304 with the length of what is not sent", want: unharmed, answer: func(p *peer, id uint32) {
		p.write(p.head(id, endStream, "304", "content-length", "20"))
	}},
	{name: "204 without an end", want: unharmed, answer: func(p *peer, id uint32) { p.write(p.head(id, 0, "204")) }},
	{name: "reset", answer: func(p *peer, id uint32) { p.write(frame{fReset, 0, id, "\x00\x00\x00\x02"}) }},
	{name: "reset with a code that there is not", answer: func(p *peer, id uint32) { p.write(frame{fReset, 0, id, "\xff\x00\x00\x02"}) }},
	{name: "reset in the body", answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200"), frame{fData, 0, id, "some"}, frame{fReset, 0, id, "\x00\x00\x00\x08"})
	}},
	{name: "data after the end", want: unharmed, answer: func(p *peer, id uint32) {
		p.ok(id)
		p.write(frame{fData, 0, id, "more"})
	}},
	{name: "trailer with a pseudo field", want: connBroken, answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200"), frame{fData, 0, id, "ok"}, p.head(id, endStream, "200"))
	}},
	{name: "trailer without an end", want: connBroken, answer: func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200"), frame{fData, 0, id, "ok"}, frame{fHeaders, endHeaders, id, p.block("a", "b")})
	}},
	{name: "window of a stream too large", want: connBroken, answer: func(p *peer, id uint32) {
		p.write(frame{fUpdate, 0, id, "\x7f\xff\xff\xff"}, frame{fUpdate, 0, id, "\x7f\xff\xff\xff"})
	}},
	{name: "window moved by nothing", answer: func(p *peer, id uint32) { p.write(frame{fUpdate, 0, id, "\x00\x00\x00\x00"}) }},
	{name: "head with more padding than there is", answer: func(p *peer, id uint32) {
		p.write(frame{fHeaders, padded | endHeaders, id, "\x09\x88"})
	}},
	{name: "head too large", answer: func(p *peer, id uint32) {
		p.headOf(id, 600<<10)
	}, want: connBroken},
	{name: "head a little too large", answer: func(p *peer, id uint32) { p.headOf(id, 258<<10) }, want: connBroken},
	{name: "too many fields", answer: func(p *peer, id uint32) {
		var fields []string
		for range 1200 {
			fields = append(fields, "a", "b")
		}
		p.write(p.head(id, endStream, "200", fields...))
	}},
	{name: "field too large", answer: func(p *peer, id uint32) { p.bomb(id, 66<<10, 1) }},
	{name: "bomb", answer: func(p *peer, id uint32) { p.bomb(id, 4000, 4000) }},
}

// headOf answers with a head of a size, in as many frames as it takes.
func (p *peer) headOf(id uint32, size int) {
	block := p.block(":status", "200")
	for i := 0; len(block) < size; i++ {
		// Bytes that Huffman coding makes no smaller.
		block += p.block("x-"+strings.Repeat(string(rune('a'+i%26)), 10), strings.Repeat("\xc3", 8000))
	}
	first := true
	for len(block) > 0 {
		piece := block[:min(len(block), 16<<10)]
		block = block[len(piece):]
		f := frame{fContinuation, 0, id, piece}
		if first {
			f.typ, f.flags = fHeaders, endStream
		}
		if first = false; len(block) == 0 {
			f.flags |= endHeaders
		}
		if !p.write(f) {
			return
		}
	}
}

// bomb answers with a field that is sent once and referred to many times.
func (p *peer) bomb(id uint32, size, times int) {
	fields := []string{":status", "200"}
	for range times {
		fields = append(fields, "x-bomb", strings.Repeat("b", size))
	}
	block := p.block(fields...)
	f := frame{fHeaders, endStream, id, block}
	if len(block) <= 16<<10 {
		f.flags |= endHeaders
		p.write(f)
		return
	}
	f.payload = block[:16<<10]
	p.write(f)
	for block = block[16<<10:]; len(block) > 0; {
		piece := block[:min(len(block), 16<<10)]
		block = block[len(piece):]
		c := frame{fContinuation, 0, id, piece}
		if len(block) == 0 {
			c.flags = endHeaders
		}
		p.write(c)
	}
}

func TestBadAnswers(t *testing.T) {
	for _, tt := range badAnswers {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := &Transport{}
				servePeer(t, tr, func(p *peer) {
					bad := p.n == 1
					p.always(func(id uint32) {
						if bad {
							bad = false
							tt.answer(p, id)
							return
						}
						p.ok(id)
					})
				})
				method := tt.method
				if method == "" {
					method = "GET"
				}
				res, err := tr.RoundTrip(request(t, method, "http://a/", nil))
				if err == nil {
					_, err = io.ReadAll(res.Body)
					res.Body.Close()
				}
				synctest.Wait()
				open := tr.Stats().Open
				if tt.want == unharmed {
					if err != nil || open != 1 {
						t.Errorf("%v, %d open", err, open)
					}
				} else {
					e, ok := errors.AsType[*Error](err)
					switch {
					case !ok || !e.Sent || e.Limit != 0 || strings.ContainsAny(e.Error(), "\r\n\x00"):
						t.Errorf("%#v", err)
					case !errors.Is(err, conn.ErrHTTP):
						t.Errorf("%v is no ErrHTTP", err)
					case (open == 1) != (tt.want == exchangeBroken):
						t.Errorf("%d open after %v", open, err)
					}
					t.Log(err)
				}
				if got := get(t, tr, "http://a/"); got != "ok" {
					t.Error(got)
				}
				tr.Close()
				checkEmpty(t, tr)
			})
		})
	}
}

// badConns are what a server can do wrong with a connection, while a request is under way.
var badConns = []struct {
	name string
	harm func(p *peer, id uint32)
}{
	{"HTTP/1.1", func(p *peer, id uint32) { p.raw("HTTP/1.1 200 OK\r\n\r\n") }},
	{"settings of a wrong size", func(p *peer, id uint32) { p.write(frame{fSettings, 0, 0, "12345"}) }},
	{"settings of a stream", func(p *peer, id uint32) { p.write(frame{fSettings, 0, id, ""}) }},
	{"acknowledgement with settings", func(p *peer, id uint32) { p.write(frame{fSettings, ack, 0, "\x00\x03\x00\x00\x00\x01"}) }},
	{"acknowledgement of nothing", func(p *peer, id uint32) {
		p.write(frame{fSettings, ack, 0, ""}, frame{fSettings, ack, 0, ""}, frame{fSettings, ack, 0, ""})
	}},
	{"frames of no size", func(p *peer, id uint32) { p.settings(5, 0) }},
	{"frames too small", func(p *peer, id uint32) { p.settings(5, 16383) }},
	{"frames too large", func(p *peer, id uint32) { p.settings(5, 1<<24) }},
	{"push switched on by nonsense", func(p *peer, id uint32) { p.settings(2, 2) }},
	{"windows too large", func(p *peer, id uint32) { p.settings(4, 1<<31) }},
	{"window of the connection too large", func(p *peer, id uint32) {
		p.write(frame{fUpdate, 0, 0, "\x7f\xff\xff\xff"}, frame{fUpdate, 0, 0, "\x7f\xff\xff\xff"})
	}},
	{"window of the connection moved by nothing", func(p *peer, id uint32) { p.write(frame{fUpdate, 0, 0, "\x00\x00\x00\x00"}) }},
	{"update of a wrong size", func(p *peer, id uint32) { p.write(frame{fUpdate, 0, 0, "\x00\x00\x01"}) }},
	{"ping of a wrong size", func(p *peer, id uint32) { p.write(frame{fPing, 0, 0, "1234567"}) }},
	{"ping of a stream", func(p *peer, id uint32) { p.write(frame{fPing, 0, id, "12345678"}) }},
	{"reset of the connection", func(p *peer, id uint32) { p.write(frame{fReset, 0, 0, "\x00\x00\x00\x00"}) }},
	{"reset of a wrong size", func(p *peer, id uint32) { p.write(frame{fReset, 0, id, "\x00\x00\x00"}) }},
	{"going away on a stream", func(p *peer, id uint32) { p.write(frame{fGoAway, 0, id, "\x00\x00\x00\x01\x00\x00\x00\x00"}) }},
	{"going away in too few bytes", func(p *peer, id uint32) { p.write(frame{fGoAway, 0, 0, "\x00\x00\x00\x01"}) }},
	{"promise", func(p *peer, id uint32) {
		p.write(frame{fPromise, endHeaders, id, "\x00\x00\x00\x02" + p.block(":method", "GET")})
	}},
	{"continuation of nothing", func(p *peer, id uint32) { p.write(frame{fContinuation, endHeaders, id, "\x88"}) }},
	{"something else in the middle of a head", func(p *peer, id uint32) {
		p.write(frame{fHeaders, 0, id, "\x88"}, frame{fPing, 0, 0, "12345678"})
	}},
	{"continuation of another stream", func(p *peer, id uint32) {
		p.write(frame{fHeaders, 0, id, "\x88"}, frame{fContinuation, endHeaders, id + 2, ""})
	}},
	{"head of no stream", func(p *peer, id uint32) { p.write(frame{fHeaders, endHeaders, 0, "\x88"}) }},
	{"data of no stream", func(p *peer, id uint32) { p.write(frame{fData, 0, 0, "x"}) }},
	{"data of a stream to come", func(p *peer, id uint32) { p.write(frame{fData, 0, id + 100, "x"}) }},
	{"more padding than there is", func(p *peer, id uint32) { p.write(p.head(id, 0, "200"), frame{fData, padded, id, "\x09123"}) }},
	{"padding of nothing", func(p *peer, id uint32) { p.write(p.head(id, 0, "200"), frame{fData, padded, id, ""}) }},
	{"frame larger than we take", func(p *peer, id uint32) { p.raw("\xff\xff\xff\x00\x00\x00\x00\x00\x01") }},
	{"more data than there is room for", func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200"))
		for p.write(frame{fData, 0, id, strings.Repeat("x", 16<<10)}) {
		}
	}},
	{"index beyond all tables", func(p *peer, id uint32) { p.write(frame{fHeaders, endHeaders, id, "\xff\xff\x03"}) }},
	{"endless number", func(p *peer, id uint32) {
		p.write(frame{fHeaders, endHeaders, id, "\xff" + strings.Repeat("\xff", 20) + "\x01"})
	}},
	{"table larger than we have", func(p *peer, id uint32) { p.write(frame{fHeaders, endHeaders, id, "\x3f\xff\xff\x03\x88"}) }},
	{"half a field", func(p *peer, id uint32) { p.write(frame{fHeaders, endHeaders, id, "\x88\x40\x05ab"}) }},
	{"bad Huffman code", func(p *peer, id uint32) {
		p.write(frame{fHeaders, endHeaders, id, "\x88\x40\x84\xff\xff\xff\xff\x01x"})
	}},
	{"end of the connection", func(p *peer, id uint32) { p.c.Close() }},
	{"end in the middle of a frame", func(p *peer, id uint32) {
		p.raw(p.head(id, 0, "200", "a", "b").bytes()[:12])
		p.c.Close()
	}},
	{"end in the middle of a body", func(p *peer, id uint32) {
		p.write(p.head(id, 0, "200", "content-length", "5"), frame{fData, 0, id, "ok"})
		p.c.Close()
	}},
	{"going away with an error", func(p *peer, id uint32) {
		p.write(frame{fGoAway, 0, 0, "\x00\x00\x00" + string(rune(id)) + "\x00\x00\x00\x0bcalm"})
		p.c.Close()
	}},
}

func TestBadConnections(t *testing.T) {
	for _, tt := range badConns {
		for _, when := range []string{"at first", "later"} {
			t.Run(tt.name+" "+when, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					tr := &Transport{}
					served := 0
					servePeer(t, tr, func(p *peer) {
						p.always(func(id uint32) {
							if served++; p.n == 1 && (when == "at first" || served > 1) {
								tt.harm(p, id)
								p.drain()
								return
							}
							p.ok(id)
						})
					})
					if when == "later" {
						get(t, tr, "http://a/")
					}
					// A POST, which is not sent again whatever its connection comes to.
					res, err := tr.RoundTrip(request(t, "POST", "http://a/", strings.NewReader("x")))
					if err == nil {
						_, err = io.Copy(io.Discard, slow{res.Body})
						res.Body.Close()
					}
					e, ok := errors.AsType[*Error](err)
					switch {
					case !ok || !e.Sent || e.Limit != 0 || strings.ContainsAny(e.Error(), "\r\n\x00"):
						t.Errorf("%#v", err)
					case !errors.Is(err, conn.ErrHTTP) && !lostConnection(e.Err):
						t.Errorf("%v is no ErrHTTP", err)
					case e.Phase < trace.Send:
						t.Errorf("%v: %v", e.Phase, err)
					}
					t.Log(err)
					synctest.Wait()
					if n := tr.Stats().Open; n != 0 {
						t.Errorf("%d open", n)
					}
					if got := get(t, tr, "http://a/"); got != "ok" {
						t.Error(got)
					}
					tr.Close()
					checkEmpty(t, tr)
				})
			})
		}
	}
}

// slow is a body that is read in small pieces, with pauses.
type slow struct{ io.Reader }

func (s slow) Read(p []byte) (int, error) {
	<-time.After(time.Second)
	return s.Reader.Read(p[:min(len(p), 1<<10)])
}
