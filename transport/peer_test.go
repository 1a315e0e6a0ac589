package transport

// A server of HTTP/2 that does what it is told, frame by frame, and is as wrong as it is told to be.

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2/hpack"
)

// Types of frames (RFC 9113 6).
const (
	fData = iota
	fHeaders
	fPriority
	fReset
	fSettings
	fPromise
	fPing
	fGoAway
	fUpdate
	fContinuation
)

// Flags.
const (
	endStream  = 0x1
	ack        = 0x1
	endHeaders = 0x4
	padded     = 0x8
)

type frame struct {
	typ, flags byte
	stream     uint32
	payload    string
}

func (f frame) String() string {
	return fmt.Sprintf("type %d, flags %#x, stream %d, %d bytes", f.typ, f.flags, f.stream, len(f.payload))
}

// bytes returns the frame as it stands on the wire.
func (f frame) bytes() string {
	n := len(f.payload)
	head := []byte{byte(n >> 16), byte(n >> 8), byte(n), f.typ, f.flags, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(head[5:], f.stream)
	return string(head) + f.payload
}

// A peer is the server's end of one connection. What the client sends is read all the time, and
// kept until it is asked for.
type peer struct {
	tb      testing.TB
	c       net.Conn
	n       int // of the connection, from 1
	enc     *hpack.Encoder
	text    bytes.Buffer // that enc writes to
	dec     *hpack.Decoder
	settled bool
	deaf    bool // leaves pings unanswered. Set before the settings are sent

	frames chan frame // what has come; closed with the connection
	stuck  atomic.Bool
	got    *string    // see answer
	wmu    sync.Mutex // held while something is written
}

// servePeer runs handle for each connection that the Transport opens, the n-th being n, on a
// goroutine of its own. The connection is closed when that returns.
func servePeer(tb testing.TB, tr *Transport, handle func(p *peer)) {
	tr.Protocols = HTTP2
	var all sync.WaitGroup
	var mu sync.Mutex
	n := 0
	tr.Dial = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		mu.Lock()
		n++
		p := newPeer(tb, server, n)
		mu.Unlock()
		all.Go(func() {
			defer server.Close()
			if p.start() {
				handle(p)
			}
		})
		return client, nil
	}
	if t, ok := tb.(*testing.T); ok {
		t.Cleanup(all.Wait)
	}
}

func newPeer(tb testing.TB, c net.Conn, n int) *peer {
	p := &peer{tb: tb, c: c, n: n, frames: make(chan frame, 1<<10), dec: hpack.NewDecoder(4096, nil)}
	p.enc = hpack.NewEncoder(&p.text)
	return p
}

// start reads the client's preface, and goes on reading. It reports whether there was one.
func (p *peer) start() bool {
	r := bufio.NewReader(p.c)
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(r, preface); err != nil {
		return false
	}
	if string(preface) != "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" {
		p.tb.Errorf("preface %q", preface)
		return false
	}
	go func() { // ends with the connection
		defer close(p.frames)
		for !p.stuck.Load() {
			f, err := readFrame(r)
			if err != nil {
				return
			}
			if f.typ == fPing && f.flags&ack == 0 && !p.deaf {
				go p.write(frame{fPing, ack, 0, f.payload}) // ends with the connection
			}
			p.frames <- f
		}
	}()
	return true
}

func readFrame(r io.Reader) (frame, error) {
	var head [9]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
	_, err := io.ReadFull(r, payload)
	return frame{head[3], head[4], binary.BigEndian.Uint32(head[5:]), string(payload)}, err
}

// write writes frames, and reports whether the client still takes them.
func (p *peer) write(frames ...frame) bool {
	var b strings.Builder
	for _, f := range frames {
		b.WriteString(f.bytes())
	}
	return p.raw(b.String())
}

func (p *peer) raw(text string) bool {
	p.wmu.Lock()
	defer p.wmu.Unlock()
	_, err := io.WriteString(p.c, text)
	return err == nil
}

// settings sends the server's settings: pairs of numbers. The first time it acknowledges those of
// the client, too.
func (p *peer) settings(pairs ...uint32) bool {
	var b []byte
	for i := 0; i < len(pairs); i += 2 {
		b = binary.BigEndian.AppendUint16(b, uint16(pairs[i]))
		b = binary.BigEndian.AppendUint32(b, pairs[i+1])
	}
	if p.settled {
		return p.write(frame{fSettings, 0, 0, string(b)})
	}
	p.settled = true
	return p.write(frame{fSettings, 0, 0, string(b)}, frame{fSettings, ack, 0, ""})
}

// block encodes fields: name, value, name, value, and so on.
func (p *peer) block(fields ...string) string {
	p.text.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = p.enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return p.text.String()
}

// head makes a HEADERS frame. A status comes first.
func (p *peer) head(stream uint32, flags byte, status string, fields ...string) frame {
	return frame{fHeaders, flags | endHeaders, stream, p.block(append([]string{":status", status}, fields...)...)}
}

// ok answers a request with a small body.
func (p *peer) ok(stream uint32) bool {
	return p.write(p.head(stream, 0, "200", "content-length", "2"), frame{fData, endStream, stream, "ok"})
}

var errHungUp = errors.New("the client has hung up")

// next returns the next frame of a type; those of others are passed over.
func (p *peer) next(typ byte) (frame, error) {
	for f := range p.frames {
		if f.typ == typ && !(f.flags&ack != 0 && (typ == fSettings || typ == fPing)) {
			return f, nil
		}
		if f.typ == fHeaders && typ != fHeaders {
			if _, err := p.dec.DecodeFull([]byte(f.payload)); err != nil {
				return f, err
			}
		}
	}
	return frame{}, errHungUp
}

// request waits for a request, and returns its stream, flags and fields.
func (p *peer) request() (stream uint32, flags byte, fields []hpack.HeaderField, err error) {
	f, err := p.next(fHeaders)
	if err != nil {
		return 0, 0, nil, err
	}
	block := f.payload
	if flags = f.flags; flags&endHeaders == 0 {
		for {
			c, err := p.next(fContinuation)
			if err != nil {
				return 0, 0, nil, err
			}
			if block += c.payload; c.flags&endHeaders != 0 {
				break
			}
		}
	}
	fields, err = p.dec.DecodeFull([]byte(block))
	return f.stream, flags, fields, err
}

// body reads the body of a request, without giving back its window: it is small.
func (p *peer) body(stream uint32) string {
	var b strings.Builder
	for f := range p.frames {
		if f.stream == stream && f.typ == fData {
			b.WriteString(f.payload)
		}
		if f.stream == stream && (f.typ == fData || f.typ == fHeaders) && f.flags&endStream != 0 {
			break
		}
	}
	return b.String()
}

// stall makes the peer take nothing more from its connection, after one frame.
func (p *peer) stall() { p.stuck.Store(true) }

// drain reads what the client sends until it hangs up.
func (p *peer) drain() {
	for range p.frames {
	}
}

// always answers each request in the same way.
func (p *peer) always(answer func(stream uint32)) {
	p.settings()
	for {
		stream, _, _, err := p.request()
		if err != nil {
			return
		}
		answer(stream)
	}
}
