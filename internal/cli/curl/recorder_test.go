package curl

// A server that records what comes to the octet, for two programs to be compared by what they
// send.

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A recorded is a request as it came.
type recorded struct {
	line   string   // "GET / HTTP/1.1"
	fields []string // "Host: 127.0.0.1:1", in their order
	body   string   // without its framing
}

func (q recorded) String() string {
	return q.line + "\n" + strings.Join(q.fields, "\n") + "\n\n" + q.body
}

// A wire is the server.
type wire struct {
	t    *testing.T
	l    net.Listener
	done sync.WaitGroup

	mu       sync.Mutex // guards the following
	requests []recorded
	conns    map[net.Conn]bool
	counts   map[string]int
	most     int // connections at once

	answers map[string]string // by path, in place of the usual ones; set before the first request
}

// newWire starts the server, which ends with the test.
func newWire(t *testing.T) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, l: l, conns: map[net.Conn]bool{}, counts: map[string]int{}}
	w.done.Go(w.accept)
	t.Cleanup(func() {
		l.Close()
		w.mu.Lock()
		for c := range w.conns {
			c.Close()
		}
		w.mu.Unlock()
		w.done.Wait()
	})
	return w
}

func (w *wire) url() string { return "http://" + w.l.Addr().String() }

func (w *wire) accept() {
	for {
		c, err := w.l.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		w.conns[c] = true
		w.most = max(w.most, len(w.conns))
		w.mu.Unlock()
		w.done.Go(func() {
			w.serve(c)
			c.Close()
			w.mu.Lock()
			delete(w.conns, c)
			w.mu.Unlock()
		})
	}
}

// take returns what has come since it was called last.
func (w *wire) take() []recorded {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.requests
	w.requests, w.counts = nil, map[string]int{}
	return all
}

func (w *wire) serve(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		q, ok := w.read(in, c)
		if !ok {
			return
		}
		w.mu.Lock()
		w.requests = append(w.requests, q)
		w.counts[q.line]++
		n := w.counts[q.line]
		w.mu.Unlock()
		answer, stays := w.answer(c, q, n)
		if _, err := io.WriteString(c, answer); err != nil || !stays {
			return
		}
	}
}

// read reads a request.
func (w *wire) read(in *bufio.Reader, c net.Conn) (q recorded, ok bool) {
	lines := textproto.NewReader(in)
	var err error
	if q.line, err = lines.ReadLine(); err != nil {
		return q, false
	}
	length, chunked := 0, false
	for {
		line, err := lines.ReadLine()
		if err != nil {
			return q, false
		}
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		q.fields = append(q.fields, name+": "+strings.TrimSpace(value)) // white space is no part of it (RFC 9110 5.5)
		switch value = strings.TrimSpace(value); strings.ToLower(name) {
		case "content-length":
			length, _ = strconv.Atoi(value)
		case "transfer-encoding":
			chunked = true
		case "expect":
			io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
		}
	}
	body := io.LimitReader(in, int64(length))
	if chunked {
		body = httputil.NewChunkedReader(in)
	}
	data, err := io.ReadAll(body)
	if chunked && err == nil {
		_, err = lines.ReadLine()
	}
	q.body = string(data)
	return q, err == nil
}

const date = "Date: Mon, 02 Jan 2006 15:04:05 GMT\r\n"

// response returns a response with a body.
func response(status int, fields, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\n%s%sContent-Length: %d\r\n\r\n%s", status, http.StatusText(status), date, fields, len(body), body)
}

// answer returns what is answered to a request, which is the nth of its line, and whether the
// connection stays.
func (w *wire) answer(c net.Conn, q recorded, n int) (text string, stays bool) {
	method, target, _ := strings.Cut(q.line, " ")
	target, _, _ = strings.Cut(target, " ")
	target = strings.TrimPrefix(target, w.url())
	path, query, _ := strings.Cut(target, "?")
	verb, arg, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	stays = true
	if text, ok := w.answers[path]; ok {
		return text, true
	}
	switch verb {
	case "status":
		code, _ := strconv.Atoi(arg)
		text = response(code, "", "status "+arg+"\n")
	case "redirect": // /redirect/302?/to
		code, _ := strconv.Atoi(arg)
		text = response(code, "Location: "+query+"\r\n", "moved\n")
	case "cookies":
		text = response(200, "Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2; Path=/\r\n", "cookies\n")
	case "setgo":
		text = response(302, "Set-Cookie: s=1; Path=/\r\nLocation: /get\r\n", "")
	case "basic", "digest":
		challenge := `Basic realm="r"`
		if verb == "digest" {
			challenge = `Digest realm="r", nonce="n", qop="auth", algorithm=MD5`
		}
		if text = response(401, "WWW-Authenticate: "+challenge+"\r\n", "who?\n"); strings.Contains(strings.Join(q.fields, "\n"), "Authorization: ") {
			text = response(200, "", "welcome\n")
		}
	case "gzip":
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte("plain text\n"))
		z.Close()
		text = response(200, "Content-Encoding: gzip\r\n", b.String())
	case "badgzip":
		text = response(200, "Content-Encoding: gzip\r\n", "this is no gzip")
	case "range":
		text = w.ranged(q)
	case "norange":
		text = response(200, "", "0123456789")
	case "chunked":
		text = "HTTP/1.1 200 OK\r\n" + date + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
	case "partial":
		return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", false
	case "empty":
		return "", false
	case "garbage":
		return "this is not HTTP\r\n\r\n", false
	case "badstatus":
		return "HTTP/1.1 abc\r\n\r\n", false
	case "toclose":
		return "HTTP/1.1 200 OK\r\n" + date + "\r\nup to the end\n", false
	case "hints":
		text = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + response(200, "", "hinted\n")
	case "file":
		text = response(200, "Content-Disposition: attachment; filename=\"named.txt\"\r\nLast-Modified: Mon, 02 Jan 2006 15:04:05 GMT\r\nETag: \"v1\"\r\n", "file\n")
	case "flaky": // fails as often as arg says
		times, _ := strconv.Atoi(arg)
		if text = response(503, "", "busy\n"); n > times {
			text = response(200, "", "at last\n")
		}
	case "trickle":
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst")
		io.Copy(io.Discard, c)
		return "", false
	case "stall":
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
		io.Copy(io.Discard, c) // up to when the other side has enough
		return "", false
	case "nocontent":
		text = "HTTP/1.1 204 No Content\r\n" + date + "\r\n"
	default:
		text = response(200, "Content-Type: text/plain\r\nX-One: 1\r\n", "ok "+method+"\n")
	}
	if method == "HEAD" {
		head, _, _ := strings.Cut(text, "\r\n\r\n")
		text = head + "\r\n\r\n"
	}
	return text, stays
}

// ranged answers with a part of ten digits.
func (w *wire) ranged(q recorded) string {
	const whole = "0123456789"
	for _, f := range q.fields {
		span, ok := strings.CutPrefix(f, "Range: bytes=")
		if !ok {
			continue
		}
		from, to, _ := strings.Cut(span, "-")
		a, _ := strconv.Atoi(from)
		b, err := strconv.Atoi(to)
		if err != nil {
			b = len(whole) - 1
		}
		if a >= len(whole) {
			return response(416, "Content-Range: bytes */10\r\n", "no such range\n")
		}
		return response(206, fmt.Sprintf("Content-Range: bytes %d-%d/10\r\n", a, b), whole[a:b+1])
	}
	return response(200, "", whole)
}
