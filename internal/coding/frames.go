// Where the frames of zstd begin and end (RFC 8878 3.1). Only who knows that can tell a further
// frame from bytes that trail behind, and a frame that is cut off from the end.

package coding

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxWindow is what a decoder must have memory for, and no more (RFC 9659).
const maxWindow = 8 << 20

var (
	errMagic      = errors.New("not a frame of zstd")
	errWindow     = fmt.Errorf("a window of more than %d bytes (RFC 9659)", maxWindow)
	errDictionary = errors.New("it needs a dictionary")
	errSkipped    = fmt.Errorf("more than %d bytes to be skipped", maxSkipped)
)

// maxSkipped bounds a frame that is to be skipped, which could be 4 GiB. The largest in use are
// tables for those who seek, a few bytes for each frame before them.
const maxSkipped = 16 << 20

// frames is the source of a zstd decoder: one frame after the other, without those that are to
// be skipped, and io.EOF where the last one ends.
type frames struct {
	src     *bufio.Reader
	left    int  // bytes up to where it has to be looked again
	where   part // what is there
	sum     bool // the frame has a check sum
	count   int  // frames that have begun
	content bool // the decoder has made some of this one
	empty   int  // frames in a row that had none
	err     error
}

// A part is what comes next in a stream of frames.
type part uint8

const (
	frameHead part = iota // of a frame, or what is no frame
	blockHead
	frameFoot // the check sum, if there is one
)

func (f *frames) reset(src io.Reader) {
	f.src.Reset(src)
	*f = frames{src: f.src}
}

// Read returns bytes of frames.
func (f *frames) Read(p []byte) (int, error) {
	for f.left == 0 {
		if f.err == nil {
			f.err = f.next()
		}
		if f.err != nil {
			return 0, f.err
		}
	}
	n, err := f.src.Read(p[:min(len(p), f.left)])
	if f.left -= n; n == 0 { // else the error comes again, if it is one for a frame that is whole
		f.err = unexpected(err)
	}
	return n, f.err
}

// next looks at what comes, and sets left.
func (f *frames) next() error {
	switch f.where {
	case frameHead:
		return f.head()
	case blockHead:
		return unexpected(f.block())
	}
	if f.where = frameHead; f.sum {
		f.left = 4
	}
	return nil
}

// block looks at the head of a block (RFC 8878 3.1.1.2).
func (f *frames) block() error {
	b, err := f.src.Peek(3)
	if err != nil {
		return err
	}
	head := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
	size := head >> 3
	if head>>1&3 == 1 { // one byte, to be repeated
		size = 1
	}
	f.left = 3 + size
	if head&1 != 0 {
		f.where = frameFoot
	}
	return nil
}

const (
	zstdMagic = "\x28\xb5\x2f\xfd"
	skipMagic = "\x2a\x4d\x18" // after a byte of 0x50 to 0x5f
)

// head looks at what stands where a frame can begin.
func (f *frames) head() error {
	for {
		magic, err := f.src.Peek(4)
		if len(magic) < 4 {
			return f.end(string(magic), err)
		}
		skip := magic[0]&0xf0 == 0x50 && string(magic[1:]) == skipMagic
		if !skip && string(magic) != zstdMagic {
			if f.count == 0 {
				return errMagic
			}
			return skipTrailing(f.src)
		}
		if f.empty++; f.content {
			f.empty, f.content = 0, false
		}
		if f.empty > maxEmpty+1 { // of this one nothing is known yet
			return errEmpty
		}
		if !skip {
			f.count++
			return unexpected(f.open())
		}
		if err := f.skip(); err != nil {
			return unexpected(err)
		}
	}
}

// end says what it means that the source ends with less than a magic number.
func (f *frames) end(rest string, err error) error {
	switch {
	case err != io.EOF, rest == "":
		return err
	case strings.HasPrefix(zstdMagic, rest):
		return io.ErrUnexpectedEOF // rather a frame that is cut off than bytes that trail behind
	case f.count == 0:
		return errMagic
	}
	return skipTrailing(f.src)
}

// skip reads a frame that is to be skipped (RFC 8878 3.1.2).
func (f *frames) skip() error {
	b, err := f.src.Peek(8)
	if err != nil {
		return err
	}
	size := uint32(b[4]) | uint32(b[5])<<8 | uint32(b[6])<<16 | uint32(b[7])<<24
	if size > maxSkipped {
		return errSkipped
	}
	_, err = f.src.Discard(8 + int(size))
	return err
}

// open looks at the head of a frame (RFC 8878 3.1.1.1).
func (f *frames) open() error {
	b, err := f.src.Peek(5)
	if err != nil {
		return err
	}
	flags := b[4]
	single := flags>>5&1 != 0
	dictionary := [4]int{0, 1, 2, 4}[flags&3]
	content := [4]int{0, 2, 4, 8}[flags>>6]
	window := 1
	if single {
		if window = 0; content == 0 {
			content = 1
		}
	}
	size := 5 + window + dictionary + content
	if b, err = f.src.Peek(size); err != nil {
		return err
	}
	for _, c := range b[5+window : 5+window+dictionary] {
		if c != 0 {
			return errDictionary
		}
	}
	if window == 1 && windowOf(b[5]) > maxWindow || single && little(b[size-content:]) > maxWindow {
		return errWindow
	}
	f.left, f.where, f.sum = size, blockHead, flags>>2&1 != 0
	return nil
}

// windowOf returns the window that a byte describes (RFC 8878 3.1.1.1.2).
func windowOf(b byte) uint64 {
	base := uint64(1) << (10 + b>>3)
	return base + base/8*uint64(b&7)
}

// little returns a number, its lowest byte first. Without the 256 that belong to one of two bytes
// it is near enough.
func little(b []byte) (n uint64) {
	for i, c := range b {
		n |= uint64(c) << (8 * i)
	}
	return n
}
