package conn_test

// A connection that costs nothing, for counting what an exchange costs.

import (
	"io"
	"net"
	"time"
)

// A memory answers every write with the same response. It neither waits nor allocates.
type memory struct {
	response []byte
	left     []byte
	writes   int
	onRead   func() // nil: nothing happens
}

func (m *memory) Write(p []byte) (int, error) {
	m.left = m.response
	m.writes++
	return len(p), nil
}

func (m *memory) Read(p []byte) (int, error) {
	if len(m.left) == 0 {
		return 0, io.EOF
	}
	if m.onRead != nil {
		m.onRead()
	}
	n := copy(p, m.left)
	m.left = m.left[n:]
	return n, nil
}

func (*memory) Close() error                     { return nil }
func (*memory) LocalAddr() net.Addr              { return nil }
func (*memory) RemoteAddr() net.Addr             { return nil }
func (*memory) SetDeadline(time.Time) error      { return nil }
func (*memory) SetReadDeadline(time.Time) error  { return nil }
func (*memory) SetWriteDeadline(time.Time) error { return nil }

// A deaf connection takes one write, a request's head for instance, and no more.
type deaf struct {
	net.Conn
	writes int
}

// deafPipe is net.Pipe, with a near end that is deaf.
func deafPipe() (near, far net.Conn) {
	near, far = net.Pipe()
	return &deaf{Conn: near}, far
}

func (d *deaf) Write(p []byte) (int, error) {
	if d.writes++; d.writes > 1 {
		return 0, io.ErrClosedPipe
	}
	return d.Conn.Write(p)
}
