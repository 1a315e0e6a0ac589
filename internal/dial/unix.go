// Unix sockets.

package dial

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"

	"example.com/godwit/trace"
)

// maxSocketPath is how long the path of a unix socket may be where it may be longest (Linux: 108
// octets, unix(7)).
const maxSocketPath = 108

// CheckSocket says whether a string can be the path of a unix socket: "/run/a.sock", or "@name" for
// one of Linux's abstract ones. An error is a [*SocketError].
func CheckSocket(path string) error {
	switch {
	case path == "" || path == "@":
		return &SocketError{path, errors.New("is empty")}
	case strings.ContainsRune(path, 0):
		return &SocketError{path, errors.New("has a NUL in it")}
	case len(path) > maxSocketPath:
		return &SocketError{path, errors.New("is longer than " + strconv.Itoa(maxSocketPath) + " octets")}
	}
	return nil
}

// A SocketError says that a unix socket cannot be connected to. It answers errors.Is for the
// cause, syscall.ENOENT for instance.
type SocketError struct {
	Path string
	Err  error
}

// Error returns the cause; the *trace.Error around it says which socket.
func (e *SocketError) Error() string { return causeOf(e.Err) }

// Unwrap returns the cause.
func (e *SocketError) Unwrap() error { return e.Err }

// dialUnix connects to the unix socket.
func (d *Dialer) dialUnix(ctx context.Context, to target, x *Exchange) (net.Conn, error) {
	ph, _, _ := x.begin(ctx, trace.Connect, "unix:"+d.Unix)
	defer func() { ph.cancel() }()
	if len(d.Guards) > 0 {
		return nil, ph.end(&NotPublicError{Host: to.host, Rule: "a unix socket"})
	}
	if err := CheckSocket(d.Unix); err != nil {
		return nil, ph.end(err)
	}
	return d.open(ph, to, func(limited context.Context) (net.Conn, error) {
		var nd net.Dialer
		nc, err := nd.DialContext(limited, "unix", d.Unix)
		if err != nil {
			return nil, &SocketError{d.Unix, err}
		}
		return nc, nil
	})
}
