// gzip (RFC 1952), and deflate, which is zlib (RFC 1950) by the standard and bare deflate (RFC
// 1951) by the habit of some servers.

package coding

import (
	"bufio"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// gzipMagic is what a member begins with: its magic number, and the method, of which there is
// one.
const gzipMagic = "\x1f\x8b\x08"

// gunzip undoes gzip, one member at a time: only so can it tell a further member from bytes
// that trail behind.
type gunzip struct {
	src     *bufio.Reader
	z       gzip.Reader
	inside  bool // a member
	members int
	content bool // the member has some
	empty   int  // members in a row that had none
}

func (g *gunzip) reset(src io.Reader) {
	g.src.Reset(src)
	g.inside, g.members, g.content, g.empty = false, 0, false, 0
}

func (g *gunzip) drop() { g.src.Reset(nothing{}) }

func (g *gunzip) Read(p []byte) (int, error) {
	for {
		if !g.inside {
			if err := g.next(); err != nil {
				return 0, err
			}
		}
		n, err := g.z.Read(p)
		g.content = g.content || n > 0
		if err != io.EOF {
			return n, err
		}
		g.inside = false
		if g.empty++; g.content {
			g.empty = 0
		}
		if g.empty > maxEmpty {
			return n, errEmpty
		}
		if n > 0 {
			return n, nil
		}
	}
}

// next opens the next member, and returns io.EOF if there is none. A body without a single
// byte is a body without content: servers do say gzip and send nothing.
func (g *gunzip) next() error {
	magic, err := g.src.Peek(len(gzipMagic))
	switch {
	case len(magic) == 0:
		return err
	case g.members > 0 && err == io.EOF && strings.HasPrefix(gzipMagic, string(magic)):
		return io.ErrUnexpectedEOF // rather a member that is cut off than bytes that trail behind
	case g.members > 0 && string(magic) != gzipMagic:
		return skipTrailing(g.src)
	}
	if err := g.z.Reset(g.src); err != nil {
		return unexpected(err)
	}
	g.z.Multistream(false)
	g.inside, g.content = true, false
	g.members++
	return nil
}

// inflate undoes deflate of either kind.
type inflate struct {
	src   *bufio.Reader
	zlib  io.ReadCloser // made when first needed
	flate io.ReadCloser
	z     io.Reader // the one in use; nil: not looked at the data yet
	done  bool
}

func (f *inflate) reset(src io.Reader) {
	f.src.Reset(src)
	f.z, f.done = nil, false
}

func (f *inflate) drop() { f.src.Reset(nothing{}) }

func (f *inflate) Read(p []byte) (int, error) {
	if f.done {
		return 0, skipTrailing(f.src)
	}
	if f.z == nil {
		if err := f.open(); err != nil {
			return 0, err
		}
	}
	n, err := f.z.Read(p)
	if err == io.EOF {
		if f.done = true; n == 0 {
			err = skipTrailing(f.src)
		} else {
			err = nil
		}
	}
	return n, err
}

// open looks at the first two bytes: they are a zlib header if they name the method 8 and
// are a multiple of 31. Bare deflate cannot begin so: it would be a stored block whose
// padding is not zero.
func (f *inflate) open() error {
	head, err := f.src.Peek(2)
	if len(head) == 0 {
		return err
	}
	if len(head) == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return f.openZlib()
	}
	if f.flate == nil {
		f.flate = flate.NewReader(f.src)
	} else if err := f.flate.(flate.Resetter).Reset(f.src, nil); err != nil {
		return err
	}
	f.z = f.flate
	return nil
}

func (f *inflate) openZlib() (err error) {
	if f.zlib == nil {
		f.zlib, err = zlib.NewReader(f.src)
	} else {
		err = f.zlib.(zlib.Resetter).Reset(f.src, nil)
	}
	f.z = f.zlib
	return unexpected(err)
}
