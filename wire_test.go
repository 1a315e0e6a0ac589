package godwit

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"example.com/godwit/transport"
)

// wireServer answers each connection's requests with the replies, in turn, and hands out
// what it read of each.
func wireServer(t *testing.T, replies ...string) (addr string, heads <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	out := make(chan string, len(replies))
	done := make(chan struct{})
	go func() { // ends when the replies are used up, or the listener is closed
		defer close(done)
		for len(replies) > 0 {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			br := bufio.NewReader(nc)
			for len(replies) > 0 {
				head, err := readHead(br)
				if err != nil {
					break
				}
				out <- head
				io.WriteString(nc, replies[0])
				replies = replies[1:]
			}
			nc.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String(), out
}

// readHead reads a head, and a body of the length that it says.
func readHead(br *bufio.Reader) (string, error) {
	var b strings.Builder
	length := 0
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return "", err
		}
		b.WriteString(line)
		if rest, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			for _, c := range strings.TrimSpace(rest) {
				length = 10*length + int(c-'0')
			}
		}
		if line == "\r\n" {
			body := make([]byte, length)
			_, err := io.ReadFull(br, body)
			return b.String() + string(body), err
		}
	}
}

// Fields go over the wire in the order, and the letter case, in which they were given; Host
// comes first unless it is among them.
func TestOrderOnTheWire(t *testing.T) {
	addr, heads := wireServer(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 204 No Content\r\n\r\n")
	s := NewSession()
	tr := new(transport.Transport)
	defer tr.Close()
	s.Transport = tr
	res, err := s.Post(t.Context(), "http://u:p@"+addr+"/a?b=c", JSON(1),
		AddHeader("x-ZULU", "1"), AddHeader("Host", addr), AddHeader("X-alpha", "2"), NoHeader{"User-Agent"})
	if err != nil || res.Text() != "ok" {
		t.Fatal(err)
	}
	want := "POST /a?b=c HTTP/1.1\r\n" +
		"x-ZULU: 1\r\n" +
		"Host: " + addr + "\r\n" +
		"X-alpha: 2\r\n" +
		"Content-Length: 1\r\n" +
		"Accept: */*\r\n" +
		"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
		"Authorization: Basic dTpw\r\n" +
		"Content-Type: application/json\r\n" +
		"\r\n1"
	if got := <-heads; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if res, err := s.Get(t.Context(), "http://"+addr); err != nil || res.StatusCode != 204 {
		t.Fatal(err)
	}
	want = "GET / HTTP/1.1\r\n" +
		"Host: " + addr + "\r\n" +
		"User-Agent: godwit/" + Version + "\r\n" +
		"Accept: */*\r\n" +
		"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
		"\r\n"
	if got := <-heads; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A redirect over the wire: the second request is on its own, without what was for the first.
func TestRedirectOnTheWire(t *testing.T) {
	to, second := wireServer(t, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere")
	from, first := wireServer(t, "HTTP/1.1 302 Found\r\nLocation: http://x:y@"+to+"/b c\r\nContent-Length: 5\r\n\r\nmoved")
	s := NewSession()
	tr := new(transport.Transport)
	defer tr.Close()
	s.Transport = tr
	res, err := s.Post(t.Context(), "http://"+from+"/#top", Form{"a": 1}, Header{"X-API-Key": "s3cret", "accept-language": "de"}, Cookies{"c": 1})
	if err != nil || res.Text() != "here" || res.Request.URL.Fragment != "top" {
		t.Fatal(err)
	}
	if got := <-first; !strings.Contains(got, "X-API-Key: s3cret\r\n") || !strings.Contains(got, "Cookie: c=1\r\n") {
		t.Errorf("first:\n%s", got)
	}
	want := "GET /b%20c HTTP/1.1\r\n" +
		"Host: " + to + "\r\n" +
		"accept-language: de\r\n" +
		"User-Agent: godwit/" + Version + "\r\n" +
		"Accept: */*\r\n" +
		"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
		"\r\n"
	if got := <-second; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A body that is never asked for leaves its connection reusable or closed, not lost.
func TestUnknownCodingReleasesTheConnection(t *testing.T) {
	addr, _ := wireServer(t, "HTTP/1.1 200 OK\r\nContent-Encoding: x\r\nContent-Length: 2\r\n\r\nok")
	tr := new(transport.Transport)
	defer tr.Close()
	s := &Session{Transport: tr}
	if _, err := s.Get(t.Context(), "http://"+addr+"/"); !errors.Is(err, ErrDecode) {
		t.Error(err)
	}
	if stats := tr.Stats(); stats.InFlight != 0 {
		t.Errorf("%+v", stats)
	}
}

// Order says in which order fields are sent, and how they are spelt; what it does not name
// comes after, and what is not sent does not matter.
func TestOrderOption(t *testing.T) {
	addr, heads := wireServer(t, "HTTP/1.1 204 No Content\r\n\r\n")
	s := &Session{Transport: &transport.Transport{}, Defaults: Defaults{Header{"X-B": 1, "X-A": 2}}}
	defer s.Close()
	_, err := s.Post(t.Context(), "http://"+addr+"/", Bytes([]byte("x"), "text/plain"), NoHeader{"Accept-Encoding"},
		Order{"x-a", "CONTENT-TYPE", "User-Agent", "host", "X-Absent"})
	if err != nil {
		t.Fatal(err)
	}
	want := "POST / HTTP/1.1\r\nx-a: 2\r\nCONTENT-TYPE: text/plain\r\nUser-Agent: " + transport.UserAgent +
		"\r\nhost: " + addr + "\r\nX-B: 1\r\nContent-Length: 1\r\nAccept: */*\r\n\r\nx"
	if got := <-heads; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
