package conn

import (
	"bufio"
	"io"
	"iter"
)

// mostRead is how much ReadAll reads unless it is told otherwise.
const mostRead = 64 << 20

// firstRoom is what ReadAll begins with, at the most: a length that a server announces is no
// reason to reserve that much.
const firstRoom = 1 << 20

// ReadAll reads what is left of the body, into the memory of buf if that is large enough, and
// returns it. With an error comes what had been read. A body of more than 64 MiB, or what
// [Options.MaxBody] says, is a [BoundError], and is closed.
func (b *Body) ReadAll(buf []byte) ([]byte, error) {
	most := b.bound()
	buf = buf[:cap(buf)]
	n := 0
	for {
		if n == len(buf) {
			left := b.left()
			if left > most-int64(n) {
				b.Close()
				return buf[:n], b.tooLarge(most)
			}
			buf = grow(buf, left)
		}
		m, err := b.Read(buf[n:])
		n += m
		switch {
		case int64(n) > most:
			b.Close()
			return buf[:n], b.tooLarge(most)
		case err == io.EOF:
			return buf[:n], nil
		case err != nil:
			return buf[:n], err
		}
	}
}

// grow returns a larger copy of buf, which is full. left is how much is to come, -1 if nobody
// knows.
func grow(buf []byte, left int64) []byte {
	room := int64(len(buf)) // twice as much
	if left >= 0 {
		room = left
	}
	room = min(max(room, 512), max(firstRoom, int64(len(buf))))
	return append(buf, make([]byte, room)...)
}

func (b *Body) bound() int64 {
	switch {
	case b.most == 0:
		return mostRead
	case b.most < 0:
		return 1<<63 - 1
	}
	return b.most
}

func (b *Body) tooLarge(most int64) error {
	return &BoundError{What: "bytes in the body", Limit: int(most), Setting: "Options.MaxBody"}
}

// left returns how much of the body is to come, -1 if nobody knows.
func (b *Body) left() int64 {
	if b == noBody {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.x == nil {
		return 0
	}
	return b.x.body.Left()
}

// Closed reports whether the body has been read to its end, or closed.
func (b *Body) Closed() bool {
	if b == noBody {
		return true
	}
	if !b.mu.TryLock() {
		return false // somebody reads
	}
	defer b.mu.Unlock()
	return b.x == nil
}

// Lines yields what is left of the body line by line, without the ends of the lines (LF or
// CRLF). With an error comes what there is of the line in which the body broke off, and no line
// after that. A line of more than 64 MiB, or what [Options.MaxBody] says, is a [BoundError].
// Who leaves the loop early loses what was read ahead.
func (b *Body) Lines() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		most := b.bound()
		in := bufio.NewReader(b)
		var line []byte
		for {
			part, err := in.ReadSlice('\n')
			line = append(line, part...)
			switch {
			case int64(len(line)) > most:
				b.Close()
				yield("", b.tooLarge(most))
				return
			case err == bufio.ErrBufferFull:
				continue
			case err == io.EOF && len(line) > 0, err == nil:
				if !yield(trimEnd(line), nil) || err == io.EOF {
					return
				}
			case err == io.EOF:
				return
			default:
				yield(trimEnd(line), err)
				return
			}
			line = line[:0]
		}
	}
}

// Chunks yields what is left of the body in pieces of n bytes, the last one shorter; n below 1
// means 32 KiB. A piece is valid until the next one is asked for. After an error it yields no
// more.
func (b *Body) Chunks(n int) iter.Seq2[[]byte, error] {
	if n < 1 {
		n = blockSize
	}
	return func(yield func([]byte, error) bool) {
		piece := make([]byte, n)
		for {
			got := 0
			var err error
			for got < n && err == nil {
				var m int
				m, err = b.Read(piece[got:])
				got += m
			}
			if got > 0 && !yield(piece[:got], nil) || err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// trimEnd returns a line without its end.
func trimEnd(line []byte) string {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n > 1 && line[n-2] == '\r' {
			line = line[:n-2]
		}
	}
	return string(line)
}
