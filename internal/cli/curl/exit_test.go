package curl

import (
	"net"
	"strings"
	"sync"
	"testing"
)

// closing is a server that closes each connection, once it has said something.
func closing(t *testing.T, first string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() { // ends when the listener is closed
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Write([]byte(first))
			c.Close()
		}
	})
	t.Cleanup(func() {
		l.Close()
		done.Wait()
	})
	return l.Addr().String()
}

// Where nothing but the number tells what went wrong, it is curl's.
func TestNumbers(t *testing.T) {
	gone, odd := closing(t, ""), closing(t, "\x05\xff")
	for _, c := range []struct {
		args string
		want int
	}{
		{"--socks5 {G} http://127.0.0.2/", exitProxy},
		{"--socks5 {O} http://127.0.0.2/", exitProxy},
		{"--socks4 {G} http://127.0.0.2/", exitProxy},
		{"--socks5-hostname 127.0.0.1:1 http://other.example/", exitConnect},
		{"-x {G} https://127.0.0.2/", exitReceive},
		{"https://{G}/", exitTLSConnect},
		{"-x frog://{G} http://127.0.0.2/", exitConnect},
		{"-x http:// http://127.0.0.2/", exitProxyName},
		{"--unix-socket /does/not/exist http://127.0.0.2/", exitConnect},
		{"--doh-url https://{G}/ http://other.example/", exitResolve},
	} {
		args := strings.NewReplacer("{G}", gone, "{O}", odd).Replace(c.args)
		if got := runIn(t, world{}, split("-sS "+args)...); got.code != c.want {
			t.Errorf("%s: %d, want %d: %s", c.args, got.code, c.want, got.err)
		}
	}
}
