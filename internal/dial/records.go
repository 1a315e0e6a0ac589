package dial

import "encoding/binary"

// records count what is in the TLS records that have come, as far as their heads tell (RFC 8446
// 5.2): how many bytes of the application there can be at most. Where all of that has been read, and
// the last record is whole, crypto/tls holds nothing that nobody has read.
//
// In TLS 1.3 a record of application data has 17 bytes at least that are none: its real type and
// what authenticates it. There may be padding as well, and it may be a ticket or a key update. Then
// more is counted than has come, so that nobody takes bytes for read which are not.
type records struct {
	most  int64 // bytes of the application, since the count began
	base  int64 // how many had been read then
	begun bool
	left  int // of the record that is under way
	have  int // of its head
	head  [recordHead]byte
}

const (
	recordHead   = 5
	recordData   = 23 // the type of what is encrypted
	recordMargin = 1 + 16
)

// seen counts what has come.
func (r *records) seen(p []byte) {
	for len(p) > 0 {
		if r.left > 0 {
			n := min(r.left, len(p))
			r.left -= n
			p = p[n:]
			continue
		}
		n := copy(r.head[r.have:], p)
		r.have += n
		p = p[n:]
		if r.have < recordHead {
			return
		}
		r.have = 0
		r.left = int(binary.BigEndian.Uint16(r.head[3:]))
		r.most += int64(r.left)
		if r.head[0] == recordData && r.left >= recordMargin {
			r.most -= recordMargin
		}
	}
}

// whole reports whether what has come ends with a record.
func (r *records) whole() bool { return r.left == 0 && r.have == 0 }

// allRead reports whether nothing can be left, given how many bytes of the application have been
// read. false means that it is not known.
func (r *records) allRead(read int64) bool {
	return r.begun && r.whole() && r.most == read-r.base
}

// begin begins the count, when it is known that nothing is left.
func (r *records) begin(read int64) {
	if r.begun = r.whole(); r.begun {
		r.most, r.base = 0, read
	}
}
