package transport

import (
	"cmp"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/internal/h2"
)

// A wire is a connection of ours as net/http's HTTP/2 has it below itself: everything that goes
// in and out is looked at. It hides that there is TLS, which net/http would want to have
// negotiated itself.
type wire struct {
	net.Conn
	above  *http2Conn
	server string // "host:port", for messages

	streams h2.Streams

	in     h2.Inbound // the reader's, as the following are
	max    uint32     // what above knows of in
	away   *h2.GoAway // likewise
	small  []byte     // what is read into where there is too little room
	unread []byte     // of that

	out     outbox
	writeBy int64 // the deadline that is set, in ticks; 0: none has been. The outbox's

	reading atomic.Bool // somebody waits for the server
	closed  atomic.Bool
	gone    chan struct{} // closed when closed is set, and above knows
}

const leastRead = 512 // bytes of room to read into

// Read reads what comes from the server.
func (w *wire) Read(p []byte) (n int, err error) {
	if len(w.unread) > 0 {
		n = copy(p, w.unread)
		w.unread = w.unread[n:]
		return n, nil
	}
	b := p
	if len(b) < leastRead {
		if w.small == nil {
			w.small = make([]byte, leastRead)
		}
		b = w.small
	}
	for n == 0 && err == nil {
		n, err = w.readSome(b)
	}
	if len(p) < leastRead {
		w.unread = b[:n]
		n = copy(p, b[:n])
		w.unread = w.unread[n:]
	}
	return n, err
}

// readSome reads, and looks at what has come. It may be that nothing of that is for net/http.
func (w *wire) readSome(b []byte) (int, error) {
	held, err := w.in.Held(b)
	if err != nil {
		return 0, err
	}
	w.reading.Store(true)
	n, err := w.Conn.Read(b[held:])
	w.reading.Store(false)
	if n > 0 {
		var broken error
		n, broken = w.in.Filter(b[:held+n], time.Duration(ticks()))
		if w.in.Updates > mostUpdates+w.out.updates() {
			broken = h2.ErrFlood
		}
		w.heard()
		err = cmp.Or(broken, err)
	} else if n, held = 0, 0; err == nil {
		return 0, nil
	}
	if err != nil {
		w.above.lose(w.judged(err))
	}
	return n, err
}

const mostUpdates = 10_000 // WINDOW_UPDATE frames that there is no reason for

// heard tells the connection above what the last read has brought.
func (w *wire) heard() {
	if in := &w.in; in.Settled && in.MaxStreams != w.max || in.GoAway != w.away || w.above.doubted.Load() {
		w.max, w.away = in.MaxStreams, in.GoAway
		w.above.learn(w.max, w.away)
	}
}

// Write sends, sooner or later.
func (w *wire) Write(p []byte) (int, error) { return w.out.Write(p) }

// setDeadline gives the next write to the socket its deadline. It is moved as seldom as package
// conn moves its own.
func (w *wire) setDeadline(limit time.Duration) {
	if now := ticks(); w.writeBy == 0 || w.writeBy-now < int64(limit) {
		w.writeBy = now + int64(limit+limit/10)
		_ = w.Conn.SetWriteDeadline(base.Add(time.Duration(w.writeBy)))
	}
}

// unsent notes that something cannot be sent, and ends the connection, so that who reads hears of
// it.
func (w *wire) unsent(err error) {
	w.awaitVerdict(err)
	w.above.lose(err)
	w.kill()
}

// closeTime is how long to try to say good-bye.
const closeTime = 250 * time.Millisecond

// Close closes the connection. crypto/tls wants to tell the server, and waits for up to 5 s if
// that takes nothing.
func (w *wire) Close() error {
	if w.closed.Swap(true) {
		return nil
	}
	w.above.over(w.reading.Load())
	close(w.gone)
	timer := time.AfterFunc(closeTime, w.kill)
	defer timer.Stop()
	return w.Conn.Close()
}

// kill closes the connection without a word to the server.
func (w *wire) kill() {
	if t, ok := w.Conn.(*tls.Conn); ok {
		_ = t.NetConn().Close()
		return
	}
	_ = w.Conn.Close()
}

// lossOf returns what is wrong with a connection that a read or a write has failed on.
func lossOf(err error, away *h2.GoAway) error {
	if _, breach := errors.AsType[*conn.ProtocolError](err); breach || errors.Is(err, conn.ErrHTTP) {
		return err
	}
	switch {
	case away != nil:
		return &GoAwayError{Code: uint32(away.Code), LastStream: away.LastStream, Debug: away.Debug}
	case err == io.EOF:
		return conn.ErrRemoteDisconnected
	}
	return err
}
