// Package wiretest is a server for tests that records what comes to the octet, so that two programs
// can be compared by what they send.
package wiretest

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
)

// A Request is one as it came.
type Request struct {
	Line   string   // "GET / HTTP/1.1"
	Fields []string // "Host: 127.0.0.1:1", in their order, without white space around the value
	Body   string   // without its framing
}

// String returns it as text.
func (q Request) String() string {
	return q.Line + "\n" + strings.Join(q.Fields, "\n") + "\n\n" + q.Body
}

// A Server is running until its test ends.
type Server struct {
	// Answers are what is answered to a path, in place of the usual answers. They are set before
	// the first request.
	Answers map[string]string

	l    net.Listener
	done sync.WaitGroup

	mu       sync.Mutex // guards the following
	requests []Request
	conns    map[net.Conn]bool
	counts   map[string]int
	most     int // connections at once
}

// New starts a server, which ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{l: l, conns: map[net.Conn]bool{}, counts: map[string]int{}}
	s.done.Go(s.accept)
	t.Cleanup(func() {
		l.Close()
		s.mu.Lock()
		for c := range s.conns {
			c.Close()
		}
		s.mu.Unlock()
		s.done.Wait()
	})
	return s
}

// URL returns its URL.
func (s *Server) URL() string { return "http://" + s.l.Addr().String() }

func (s *Server) accept() {
	for {
		c, err := s.l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = true
		s.most = max(s.most, len(s.conns))
		s.mu.Unlock()
		s.done.Go(func() {
			s.serve(c)
			c.Close()
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		})
	}
}

// Addr returns its address, "127.0.0.1:1".
func (s *Server) Addr() string { return s.l.Addr().String() }

// Port returns its port.
func (s *Server) Port() int { return s.l.Addr().(*net.TCPAddr).Port }

// Most returns how many connections there were at once, at most.
func (s *Server) Most() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

// Take returns what has come since it was called last.
func (s *Server) Take() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.requests
	s.requests, s.counts = nil, map[string]int{}
	return all
}

func (s *Server) serve(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		q, ok := s.read(in, c)
		if !ok {
			return
		}
		s.mu.Lock()
		s.requests = append(s.requests, q)
		s.counts[q.Line]++
		n := s.counts[q.Line]
		s.mu.Unlock()
		answer, stays := s.answer(c, q, n)
		if _, err := io.WriteString(c, answer); err != nil || !stays {
			return
		}
	}
}

// read reads a request.
func (s *Server) read(in *bufio.Reader, c net.Conn) (q Request, ok bool) {
	lines := textproto.NewReader(in)
	var err error
	if q.Line, err = lines.ReadLine(); err != nil {
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
		q.Fields = append(q.Fields, name+": "+strings.TrimSpace(value)) // white space is no part of it (RFC 9110 5.5)
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
	q.Body = string(data)
	return q, err == nil
}

const date = "Date: Mon, 02 Jan 2006 15:04:05 GMT\r\n"

// Response returns a response with a body.
func Response(status int, fields, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\n%s%sContent-Length: %d\r\n\r\n%s", status, http.StatusText(status), date, fields, len(body), body)
}

// answer returns what is answered to a request, which is the nth of its line, and whether the
// connection stays.
func (s *Server) answer(c net.Conn, q Request, n int) (text string, stays bool) {
	method, target, _ := strings.Cut(q.Line, " ")
	target, _, _ = strings.Cut(target, " ")
	target = strings.TrimPrefix(target, s.URL())
	path, query, _ := strings.Cut(target, "?")
	verb, arg, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	stays = true
	if text, ok := s.Answers[path]; ok {
		return text, true
	}
	switch verb {
	case "status":
		code, _ := strconv.Atoi(arg)
		text = Response(code, "", "status "+arg+"\n")
	case "redirect": // /redirect/302?/to
		code, _ := strconv.Atoi(arg)
		text = Response(code, "Location: "+query+"\r\n", "moved\n")
	case "cookies":
		text = Response(200, "Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2; Path=/\r\n", "cookies\n")
	case "setgo":
		text = Response(302, "Set-Cookie: s=1; Path=/\r\nLocation: /get\r\n", "")
	case "basic", "digest":
		challenge := `Basic realm="r"`
		if verb == "digest" {
			challenge = `Digest realm="r", nonce="n", qop="auth", algorithm=MD5`
		}
		if text = Response(401, "WWW-Authenticate: "+challenge+"\r\n", "who?\n"); strings.Contains(strings.Join(q.Fields, "\n"), "Authorization: ") {
			text = Response(200, "", "welcome\n")
		}
	case "gzip":
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte("plain text\n"))
		z.Close()
		text = Response(200, "Content-Encoding: gzip\r\n", b.String())
	case "badgzip":
		text = Response(200, "Content-Encoding: gzip\r\n", "this is no gzip")
	case "range":
		text = s.ranged(q)
	case "norange":
		text = Response(200, "", "0123456789")
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
		text = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + Response(200, "", "hinted\n")
	case "file":
		text = Response(200, "Content-Disposition: attachment; filename=\"named.txt\"\r\nLast-Modified: Mon, 02 Jan 2006 15:04:05 GMT\r\nETag: \"v1\"\r\n", "file\n")
	case "flaky": // fails as often as arg says
		times, _ := strconv.Atoi(arg)
		if text = Response(503, "", "busy\n"); n > times {
			text = Response(200, "", "at last\n")
		}
	case "trickle":
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst")
		io.Copy(io.Discard, c)
		return "", false
	case "silent":
		io.Copy(io.Discard, c)
		return "", false
	case "stall":
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
		io.Copy(io.Discard, c) // up to when the other side has enough
		return "", false
	case "nocontent":
		text = "HTTP/1.1 204 No Content\r\n" + date + "\r\n"
	default:
		text = Response(200, "Content-Type: text/plain\r\nX-One: 1\r\n", "ok "+method+"\n")
	}
	if method == "HEAD" {
		head, _, _ := strings.Cut(text, "\r\n\r\n")
		text = head + "\r\n\r\n"
	}
	return text, stays
}

// ranged answers with a part of ten digits.
func (s *Server) ranged(q Request) string {
	const whole = "0123456789"
	for _, f := range q.Fields {
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
			return Response(416, "Content-Range: bytes */10\r\n", "no such range\n")
		}
		return Response(206, fmt.Sprintf("Content-Range: bytes %d-%d/10\r\n", a, b), whole[a:b+1])
	}
	return Response(200, "", whole)
}
