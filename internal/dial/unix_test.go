package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"example.com/godwit/trace"
)

// listenUnix returns a server on a unix socket that says "hello" and hangs up.
func listenUnix(t *testing.T, path string) {
	t.Helper()
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { ln.Close(); <-done })
	go func() { // ends when ln is closed
		defer close(done)
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			nc.Write([]byte("hello"))
			nc.Close()
		}
	}()
}

func TestUnixSocket(t *testing.T) {
	paths := []string{filepath.Join(t.TempDir(), "a.sock")}
	if runtime.GOOS == "linux" {
		paths = append(paths, "@godwit/"+t.Name()+filepath.Base(t.TempDir()))
	}
	for _, path := range paths {
		listenUnix(t, path)
		d := &Dialer{
			Unix:     path,
			Resolver: failingResolver{t},
			Dial: func(context.Context, string, string) (net.Conn, error) {
				t.Error("Dial was asked")
				return nil, errRefused
			},
		}
		log := new(phaseLog)
		nc, err := d.DialContext(t.Context(), "a.example", "80", &Exchange{Tracer: log})
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 10)
		if n, _ := nc.Read(b); string(b[:n]) != "hello" || nc.RemoteAddr().Network() != "unix" {
			t.Errorf("%q from %v", b[:n], nc.RemoteAddr())
		}
		nc.Close()
		if want := "connect unix:" + path; strings.Join(log.begun, ",") != want {
			t.Errorf("phases %v, want %s", log.begun, want)
		}
	}
}

type failingResolver struct{ t *testing.T }

func (r failingResolver) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	r.t.Errorf("%s was looked up", host)
	return nil, errRefused
}

func TestUnixSocketFails(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "none")
	long := "/" + strings.Repeat("x", 108)
	for _, c := range []struct {
		d    Dialer
		is   error
		text string
	}{
		{Dialer{Unix: file}, syscall.ENOENT, "connecting to unix:" + file + ": no such file or directory"},
		{Dialer{Unix: "a\x00b"}, nil, `connecting to unix:a\x00b: has a NUL in it`},
		{Dialer{Unix: "@"}, nil, "connecting to unix:@: is empty"},
		{Dialer{Unix: long}, nil, "connecting to unix:" + long + ": is longer than 108 octets"},
		{Dialer{Unix: file, Guards: guarded(t, "0.0.0.0/0", "a.example")}, nil, `connecting to unix:` + file + `: "a.example" is not public (a unix socket)`},
	} {
		nc, err := c.d.DialContext(t.Context(), "a.example", "80", nil)
		e := phaseError(t, err, trace.Connect)
		if nc != nil || strings.ReplaceAll(e.Error(), "\x00", `\x00`) != c.text || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%v\nwant %s", err, c.text)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := Dialer{Unix: file}
	_, err := d.DialContext(ctx, "a.example", "80", nil)
	checkEnded(t, err, trace.Connect, context.Canceled)
}
