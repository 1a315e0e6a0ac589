package godwit

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/internal/coding"
	"example.com/godwit/trace"
)

// The matrix: what is asked down, what there is across. One error is of every kind that fits.
func TestKinds(t *testing.T) {
	down := errors.New("down")
	in := func(p trace.Phase) error { return &trace.Error{Phase: p, Addr: "h:80", Err: down} }
	late := func(p trace.Phase) error {
		return &trace.Error{Phase: p, Addr: "h:80", Limit: time.Second, Setting: p.Setting(), Err: os.ErrDeadlineExceeded}
	}
	for _, c := range []struct {
		err  error
		want []Kind // the first is the most telling
	}{
		{in(trace.Blocked), []Kind{ErrPool}},
		{in(trace.DNS), []Kind{ErrResolve, ErrConnect}},
		{in(trace.Connect), []Kind{ErrConnect}},
		{in(trace.TLS), []Kind{ErrTLS, ErrConnect}},
		{in(trace.Send), []Kind{ErrSend}},
		{in(trace.Wait), []Kind{ErrReceive}},
		{in(trace.Receive), []Kind{ErrReceive}},
		{late(trace.Blocked), []Kind{ErrTimeout, ErrPool}},
		{late(trace.DNS), []Kind{ErrTimeout, ErrResolve, ErrConnect}},
		{late(trace.Connect), []Kind{ErrTimeout, ErrConnect}},
		{late(trace.TLS), []Kind{ErrTimeout, ErrTLS, ErrConnect}},
		{late(trace.Send), []Kind{ErrTimeout, ErrSend}},
		{late(trace.Wait), []Kind{ErrTimeout, ErrReceive}},
		{&trace.Error{Phase: trace.Connect, Proxy: true, Err: down}, []Kind{ErrProxy, ErrConnect}},
		{&trace.Error{Phase: trace.Wait, Err: context.Canceled}, []Kind{ErrCanceled, ErrReceive}},
		{&trace.Error{Phase: trace.DNS, Err: context.DeadlineExceeded}, []Kind{ErrTimeout, ErrResolve, ErrConnect}},
		{&trace.Error{Phase: trace.Receive, Err: io.ErrUnexpectedEOF}, []Kind{ErrProtocol, ErrReceive}},
		{&trace.Error{Phase: trace.Receive, Err: fmt.Errorf("odd: %w", conn.ErrHTTP)}, []Kind{ErrProtocol, ErrReceive}},
		{&coding.Error{Coding: "gzip", Err: io.ErrUnexpectedEOF}, []Kind{ErrDecode}},
		{&coding.Error{Coding: "gzip", Err: &coding.BombError{}}, []Kind{ErrTooLarge, ErrDecode}},
		// Of a transport that is not ours.
		{&net.DNSError{IsTimeout: true}, []Kind{ErrTimeout, ErrResolve, ErrConnect}},
		{&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, []Kind{ErrResolve, ErrConnect}},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, []Kind{ErrConnect}},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, []Kind{ErrTimeout, ErrConnect}},
		{&net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}, []Kind{ErrProxy, ErrConnect}},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, []Kind{ErrReceive}},
		{&net.OpError{Op: "write", Err: syscall.EPIPE}, []Kind{ErrSend}},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, []Kind{ErrTLS, ErrConnect}},
		{x509.HostnameError{Certificate: new(x509.Certificate), Host: "h"}, []Kind{ErrTLS, ErrConnect}},
		{tls.RecordHeaderError{Msg: "first record"}, []Kind{ErrTLS, ErrConnect}},
		{kindError{ErrRedirects, "x"}, []Kind{ErrRedirects}},
		{down, nil},
	} {
		req, _ := http.NewRequest("GET", "http://u:s3cret@h/?q", nil)
		err := failed(req, c.err)
		for _, k := range allKinds {
			want := false
			for _, x := range c.want {
				want = want || x == k
			}
			if got := errors.Is(err, k); got != want {
				t.Errorf("%v: %q is %v", err, k, got)
			}
		}
		if want := ""; len(c.want) > 0 && kindOf(err) != string(c.want[0]) || len(c.want) == 0 && kindOf(err) != want {
			t.Errorf("%v: kind %q", err, kindOf(err))
		}
		if !errors.Is(err, c.err) && c.err != down || strings.Contains(err.Error(), "s3cret") || !strings.HasPrefix(err.Error(), "GET http://u:•••@h/?q: ") {
			t.Errorf("%v", err)
		}
		if ne, ok := errors.AsType[net.Error](err); !ok || ne.Timeout() != errors.Is(err, ErrTimeout) {
			t.Errorf("%v: as a net.Error %v", err, ok)
		}
	}
}

// An error of a call is wrapped once, however many layers it passes.
func TestWrappedOnce(t *testing.T) {
	req, _ := http.NewRequest("GET", "http://h/", nil)
	err := failed(req, errors.New("down"))
	if again := failed(req, err); again != err {
		t.Error(again)
	}
	if again := refuse(ErrURL, "GET", "http://h/", err); again != err {
		t.Error(again)
	}
}

// A refused connection on a real socket is ErrConnect and says that nothing was sent.
func TestRefusedConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, err = Get(t.Context(), "http://"+addr+"/")
	e, ok := errors.AsType[*trace.Error](err)
	if !ok || e.Sent || !errors.Is(err, ErrConnect) || errors.Is(err, ErrTimeout) || errors.Is(err, ErrReceive) {
		t.Errorf("%v", err)
	}
}

// What a server breaks is ErrProtocol, on real sockets.
func TestBrokenServers(t *testing.T) {
	for _, c := range []struct {
		reply string
		want  Kind
	}{
		{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", ErrProtocol},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort", ErrProtocol},
		{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", ErrProtocol},
		{"nonsense\r\n\r\n", ErrProtocol},
		{"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08", ErrDecode},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { // ends with the one connection it serves
			defer close(done)
			nc, err := l.Accept()
			if err != nil {
				return
			}
			defer nc.Close()
			buf := make([]byte, 4096)
			for n := 0; n < len(buf) && !strings.Contains(string(buf[:n]), "\r\n\r\n"); {
				m, err := nc.Read(buf[n:])
				if err != nil {
					return
				}
				n += m
			}
			io.WriteString(nc, c.reply)
		}()
		_, err = Get(t.Context(), "http://"+l.Addr().String()+"/")
		if !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.reply, err, c.want)
		}
		l.Close()
		<-done
	}
}
