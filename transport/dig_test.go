package transport

// What a proxy answers to CONNECT, cut anywhere and made up.

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// digThrough asks a proxy for a tunnel that answers with a text and hangs up. It returns what the
// proxy was sent.
func digThrough(t testing.TB, answer string, l *login) (through net.Conn, sent string, err error) {
	tr := &Transport{}
	r := trip{t: tr, key: key{scheme: "https", host: "a.example", port: "443"}, login: l, opt: &conn.ExchangeOptions{}}
	client, server := net.Pipe()
	heard := make(chan string)
	go func() { // ends with the pipe
		head, _ := readHead(newReader(server))
		go func() { // ends likewise
			io.WriteString(server, answer)
			server.Close()
		}()
		rest, _ := io.ReadAll(server)
		heard <- head + string(rest)
	}()
	through, err = r.newDigger(r.key.tunnelTarget()).dig(context.Background(), client)
	if through != nil {
		through.Close()
	}
	return through, <-heard, err
}

const wholeConnect = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nUser-Agent: godwit/0.1.0\r\n\r\n"

// An answer that breaks off is none.
func TestConnectAnswerCutAnywhere(t *testing.T) {
	p := &proxy{host: "p.example", port: "3128", shown: &url.URL{Scheme: "http", Host: "p.example:3128"}}
	for _, whole := range []string{
		"HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n",
		refusal,
	} {
		for n := range len(whole) + 1 {
			through, sent, err := digThrough(t, whole[:n], &login{proxy: p})
			_, refused := errors.AsType[*conn.TunnelError](err)
			cut := n == len(whole)
			if (through != nil) != (cut && whole != refusal) || (err == nil) != (through != nil) {
				t.Errorf("%q: %v, %v", whole[:n], through, err)
			}
			if refused != (whole == refusal && n >= strings.Index(refusal, "\r\n\r\n")+4) {
				t.Errorf("%q: %v", whole[:n], err)
			}
			if sent != wholeConnect {
				t.Errorf("%q: the proxy was sent %q", whole[:n], sent)
			}
		}
	}
}

// Whatever a proxy answers, there is a tunnel only after a 2xx with nothing behind it, and nothing
// but the CONNECT has been sent before that.
func FuzzConnectAnswer(f *testing.F) {
	for _, s := range []string{strings.TrimSuffix(tunnel, "TUNNEL"), refusal, challenged, "HTTP/1.1 200 OK\r\n\r\nx", "HTTP/1.1 299 \n\n", "HTTP/1.1 101 x\r\n\r\n"} {
		f.Add(s)
	}
	p := &proxy{host: "p.example", port: "3128", shown: &url.URL{Scheme: "http", Host: "p.example:3128"}}
	f.Fuzz(func(t *testing.T, answer string) {
		through, sent, err := digThrough(t, answer, &login{proxy: p})
		if (through == nil) != (err != nil) {
			t.Fatal(through, err)
		}
		if sent != wholeConnect {
			t.Fatalf("sent %q", sent)
		}
		if through != nil && (!strings.Contains(answer, "HTTP/1.") || !strings.Contains(answer, " 2") || !strings.HasSuffix(answer, "\n")) {
			t.Fatalf("a tunnel after %q", answer)
		}
		if e, ok := errors.AsType[*conn.TunnelError](err); ok && (len(e.Body) > mostRefusal || e.Status/100 == 2 || strings.ContainsAny(e.Error(), "\r\n")) {
			t.Fatalf("%+v", e)
		}
		if _, ok := errors.AsType[*trace.Error](err); ok {
			t.Fatalf("the phase is not its own to say: %v", err)
		}
	})
}
