package cli

// Output that waits for its turn.

import (
	"bytes"
	"io"
	"os"
	"sync"
)

// maxSpooled is how much output is held in memory while it is not its turn; the rest waits in a
// file.
const maxSpooled = 1 << 20

// A spool holds output back until it is its turn, and then lets it through. Until then it does
// not keep the writer waiting: a connection that carries several answers must go on being
// read. Its zero value holds back. It is safe for concurrent use.
type spool struct {
	mu   sync.Mutex // guards the following
	held bytes.Buffer
	file *os.File  // what came after held; nil: nothing
	left string    // the file's name, if it could not be removed while it is open
	w    io.Writer // nil: it is not its turn
	err  error     // of w
	gone bool      // nobody wants it any more
}

func (s *spool) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.gone:
		return 0, os.ErrClosed
	case s.err != nil:
		return 0, s.err
	case s.w != nil:
		n, err := s.w.Write(p)
		s.err = err
		return n, err
	case s.file == nil && s.held.Len()+len(p) <= maxSpooled:
		return s.held.Write(p)
	}
	if s.file == nil {
		f, err := os.CreateTemp("", "godwit-")
		if err != nil {
			return 0, err
		}
		if os.Remove(f.Name()) != nil {
			s.left = f.Name()
		}
		s.file = f
	}
	return s.file.Write(p)
}

// release lets what is held, and what comes, through to w.
func (s *spool) release(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.w = w
	_, s.err = w.Write(s.held.Bytes())
	s.held = bytes.Buffer{}
	if s.file == nil {
		return
	}
	if s.err == nil {
		_, s.err = s.file.Seek(0, io.SeekStart)
	}
	if s.err == nil {
		_, s.err = io.Copy(w, s.file)
	}
	s.dropFile()
}

// failed returns how the output could not be written, nil if it could.
func (s *spool) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return &outputError{s.err}
	}
	return nil
}

// discard drops what is held.
func (s *spool) discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone, s.held = true, bytes.Buffer{}
	s.dropFile()
}

func (s *spool) dropFile() {
	if s.file != nil {
		_ = s.file.Close()
		if s.left != "" {
			_ = os.Remove(s.left)
		}
		s.file = nil
	}
}
