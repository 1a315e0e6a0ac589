package tlstest

// Records of TLS, read and written by hand (RFC 8446 5.1; RFC 5246 7.4.1.3).

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
)

// readHello reads the client's first record, nil if there is none.
func readHello(nc net.Conn) []byte {
	header := make([]byte, 5)
	if _, err := io.ReadFull(nc, header); err != nil {
		return nil
	}
	hello := append(header, make([]byte, binary.BigEndian.Uint16(header[3:]))...)
	if _, err := io.ReadFull(nc, hello[5:]); err != nil {
		return nil
	}
	return hello
}

// drain reads until the client has gone, so that what it was sent is not lost in a reset.
func drain(nc net.Conn) { _, _ = io.Copy(io.Discard, nc) }

// alert is a record with a fatal alert, or with the warning close_notify.
func alert(version uint16, description byte) []byte {
	level := byte(2)
	if description == alertCloseNotify {
		level = 1
	}
	return []byte{recordAlert, byte(version >> 8), byte(version), 0, 2, level, description}
}

// serverHello is a record with a ServerHello of TLS 1.2 or less, without extensions.
func serverHello(version uint16, random []byte, cipher uint16) []byte {
	hello := binary.BigEndian.AppendUint16(nil, version)
	hello = append(hello, random...)
	hello = append(hello, 0) // no session
	hello = binary.BigEndian.AppendUint16(hello, cipher)
	hello = append(hello, 0) // no compression
	record := []byte{recordHandshake, byte(version >> 8), byte(version), 0, byte(len(hello) + 4), 2, 0, 0, byte(len(hello))}
	return append(record, hello...)
}

// handshake runs a TLS server until its client has gone.
func handshake(nc net.Conn, config *tls.Config) {
	if tc := tls.Server(nc, config); tc.Handshake() == nil {
		drain(tc)
	}
}

// A started connection is one of which something has been read already.
type started struct {
	net.Conn
	read []byte
}

// Read returns what has been read first.
func (c *started) Read(p []byte) (int, error) {
	if len(c.read) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.read)
	c.read = c.read[n:]
	return n, nil
}

// CutAfter is a Fixture's Serve: a TLS server whose connection ends once it has sent so many
// bytes.
func CutAfter(n int, config *tls.Config) func(net.Conn) {
	return func(nc net.Conn) { handshake(&cut{nc, n}, config) }
}

// A cut connection is closed once it has sent so many bytes.
type cut struct {
	net.Conn
	left int
}

// Write sends what may still be sent.
func (c *cut) Write(p []byte) (int, error) {
	if len(p) <= c.left {
		c.left -= len(p)
		return c.Conn.Write(p)
	}
	n, _ := c.Conn.Write(p[:c.left])
	c.left = 0
	c.Conn.Close()
	return n, io.ErrClosedPipe
}
