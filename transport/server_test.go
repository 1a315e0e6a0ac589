package transport

// A server that costs nothing where costs are measured: it allocates nothing for a request,
// and can be a process of its own.

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// bare answers requests without a body, with five fields and 100 bytes, and allocates nothing.
func bare(_ int, c net.Conn) {
	answer := []byte("HTTP/1.1 200 OK\r\nServer: bare\r\nDate: Fri, 20 Nov 2026 17:08:02 GMT\r\n" +
		"Content-Type: text/plain\r\nContent-Length: 100\r\nCache-Control: no-store\r\n\r\n")
	answer = append(answer, make([]byte, 100)...)
	in := make([]byte, 2048)
	for n := 0; ; {
		m, err := c.Read(in[n:])
		if err != nil {
			return
		}
		if n += m; n < 4 || string(in[n-4:n]) != "\r\n\r\n" {
			continue
		}
		n = 0
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

// asServer is set in the environment of a test binary that is to be a server.
const asServer = "GODWIT_TEST_SERVER"

// beServer serves until standard input ends.
func beServer() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Println(l.Addr())
	go func() { // ends with the process
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go bare(0, c) // ends with the process at the latest
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// serveElsewhere starts this binary as a server, until the end of the test.
func serveElsewhere(t *testing.T) (addr string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), asServer+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	line, err := newReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}
