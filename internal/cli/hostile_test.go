package cli

// Servers that mean harm, or that break off.

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"example.com/godwit/internal/cli/term"
)

// answering starts a server that answers each connection's first request with the bytes
// given, and closes. It returns its URL.
func answering(t *testing.T, response string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				_, _ = io.WriteString(c, response)
			}
			_ = c.Close()
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		serving.Wait()
	})
	return "http://" + l.Addr().String() + "/"
}

// After 101 what follows is no body: it has no end, and nothing but the other side ends a
// Read of it. The command takes its leave.
func TestSwitchedProtocol(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var serving sync.WaitGroup
	defer serving.Wait()
	serving.Go(func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nmore")
		}
		_, _ = io.Copy(io.Discard, c) // until the command closes it
	})
	r := run(t, "--print=hb", "http://"+l.Addr().String()+"/", "Connection:upgrade", "Upgrade:x")
	if r.code != ExitOK || !strings.HasPrefix(r.out, "HTTP/1.1 101 ") || strings.Contains(r.out, "more") || !strings.Contains(r.err, "another protocol") {
		t.Errorf("%d, %q, %q", r.code, r.out, r.err)
	}
}

// Nothing that a server sends reaches a terminal as anything but a picture of itself.
func TestHostileOnTerminal(t *testing.T) {
	for _, c := range []struct {
		name, response string
		want           string // in what is shown, on either stream
	}{
		{"title in the body", "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n\x1b]0;owned\a.\n", `\x1b]0;owned\x07.`},
		{"clear screen in the body", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x1b[2J", `\x1b[2J`},
		{"C1 in the body", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\n\xc2\x9b2J", `\u009b2J`},
		{"lone C1 byte in the body", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\n\x9b2J", `\x9b2J`},
		{"CR in the body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nevil\rgood", `evil\rgood`},
		{"bidi in a field", "HTTP/1.1 200 OK\r\nX-Name: a\u202eb\r\nContent-Length: 0\r\n\r\n", `X-Name: a\u202eb`},
		{"zero width in a field", "HTTP/1.1 200 OK\r\nX-Name: a\u200bb\r\nContent-Length: 0\r\n\r\n", `X-Name: a\u200bb`},
		{"C1 in the reason", "HTTP/1.1 200 O\u009bK\r\nContent-Length: 0\r\n\r\n", `200 O\u009bK`},
		{"escape in a field", "HTTP/1.1 200 OK\r\nX-Name: \x1b[2J\r\nContent-Length: 0\r\n\r\n", "godwit: GET http://"},
		{"escape in the reason", "HTTP/1.1 200 \x1b[2J\r\nContent-Length: 0\r\n\r\n", ""},
		{"escape in place of HTTP", "\x1b]0;owned\a\r\n\r\n", "godwit: GET http://"},
		{"escape in a length", "HTTP/1.1 200 OK\r\nContent-Length: \x1b[2J\r\n\r\n", "godwit: GET http://"},
		{"escape in a coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: \u009b2J\r\n\r\n", "godwit: GET http://"},
		{"escape in a JSON string", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n[\"\x1b[2J\"]", `"\x1b[2J"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := onTerminal(t, answering(t, c.response))
			if !strings.Contains(got.out+got.err, c.want) {
				t.Errorf("no %s in %+v", c.want, got)
			}
			for _, r := range got.out + got.err {
				if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && term.Deceptive(r) || r == '\ufffd' {
					t.Errorf("%q was let through: %q %q", r, got.out, got.err)
				}
			}
		})
	}
}

// In a pipe the body is exact, whatever it is.
func TestHostileInPipe(t *testing.T) {
	const body = "\x1b[2J\r\n\x00\xff\u202e\r"
	got := run(t, answering(t, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"+body))
	if got.code != ExitOK || got.out != body {
		t.Errorf("%+v", got)
	}
}

// What breaks off, or is not HTTP, ends in 14; what came until then is printed.
func TestBrokenAnswers(t *testing.T) {
	for _, c := range []struct {
		name, response string
		out            string
	}{
		{"short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "half"},
		{"short chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "half"},
		{"bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ""},
		{"not HTTP", "SSH-2.0-OpenSSH_9.9\r\n", ""},
		{"nothing", "", ""},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-Le", ""},
		{"undecodable", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain", ""},
		{"unknown coding", "HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: 5\r\n\r\nplain", ""},
	} {
		got := run(t, answering(t, c.response))
		if got.code != ExitProtocol || got.out != c.out || !strings.HasPrefix(got.err, "godwit: GET http://") {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestInterimResponses(t *testing.T) {
	url := answering(t, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	if got := run(t, "-h", "--all", url); got.code != ExitOK || !strings.HasPrefix(got.out, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n") {
		t.Errorf("--all: %+v", got)
	}
	if got := run(t, "-h", url); got.code != ExitOK || !strings.HasPrefix(got.out, "HTTP/1.1 200 OK\r\n") {
		t.Errorf("%+v", got)
	}
}

// Names and values are printed as they were on the wire.
func TestWireCase(t *testing.T) {
	got := run(t, "--print=Hh", answering(t, "HTTP/1.1 200 Fine\r\nx-lower: 1\r\nX-SHOUT: 2\r\nx-lower: 3\r\nContent-Length: 0\r\n\r\n"), "x-MINE:a", "X-Other:b")
	for _, token := range []string{"x-MINE: a\r\nX-Other: b\r\n", "HTTP/1.1 200 Fine\r\nx-lower: 1\r\nX-SHOUT: 2\r\nx-lower: 3\r\n"} {
		if !strings.Contains(got.out, token) {
			t.Errorf("no %q in %q", token, got.out)
		}
	}
}

// Credentials are shown when asked for, and not otherwise; in an error never.
func TestSecrets(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	url := strings.Replace(answering(t, ok), "http://", "http://user:hunter2@", 1)
	const encoded = "dXNlcjpodW50ZXIy"
	if got := run(t, "-v", url, "Cookie:sid=hunter2"); got.code != ExitOK || strings.Contains(got.out+got.err, "hunter2") || strings.Contains(got.out, encoded) || !strings.Contains(got.out, "Authorization: ") {
		t.Errorf("hidden: %+v", got)
	}
	if got := run(t, "-v", "--show-secrets", url, "Cookie:sid=hunter2"); !strings.Contains(got.out, "Cookie: sid=hunter2") || !strings.Contains(got.out, encoded) {
		t.Errorf("shown: %+v", got)
	}
	if got := run(t, "http://user:hunter2@127.0.0.1:1/", "Authorization:Bearer hunter2"); got.code != ExitConnect || strings.Contains(got.err, "hunter2") {
		t.Errorf("in an error: %+v", got)
	}
	if got := run(t, "http://127.0.0.1:1/", "X-Token:hunter2\n"+"x"); got.code != ExitUsage || strings.Contains(got.err, "hunter2") {
		t.Errorf("in a refusal: %+v", got)
	}
}

func TestHead(t *testing.T) {
	got := onTerminal(t, "HEAD", answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"))
	if got.code != ExitOK || got.out != "HTTP/1.1 200 OK\nContent-Length: 5\n\n" {
		t.Errorf("%+v", got)
	}
}
