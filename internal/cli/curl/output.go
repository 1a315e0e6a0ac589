package curl

// Where bodies go: the standard output, or a file.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"example.com/godwit/header"
	"example.com/godwit/internal/cli/download"
	"example.com/godwit/internal/cli/term"
)

// An output is the standard output, which all transfers share.
type output struct {
	mu   sync.Mutex // guards the following
	w    io.Writer
	safe *term.Writer // nil: it is no terminal
}

// out returns the standard output.
func (r *runner) out() *output {
	if r.stdout == nil {
		r.stdout = &output{w: r.env.Stdout}
		if r.env.StdoutTTY {
			r.stdout.safe = &term.Writer{W: r.env.Stdout}
		}
	}
	return r.stdout
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.safe != nil {
		return o.safe.Write(p)
	}
	return o.w.Write(p)
}

func (o *output) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.safe == nil {
		return nil
	}
	return o.safe.Flush()
}

// create creates a file that is open up to the end of the run.
func (r *runner) create(path string) (*os.File, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, &failure{code: exitWrite, err: fmt.Errorf("failed to open %s: %w", path, cause(err))}
	}
	r.files = append(r.files, f)
	return f, nil
}

// A sink is where the body of a transfer goes.
type sink struct {
	r      *runner
	c      *config
	path   string // "": the standard output
	named  bool   // the path is the user's own, not the server's
	resume int64  // what is there already
	f      *os.File
	wrote  int64
	binary bool // a terminal is to be asked before what is no text is shown

	setTimeOf *http.Response // whose time the file is to have; nil: nobody's
}

// newSink returns where a transfer's body goes.
func (r *runner) newSink(c *config, t *target, url string, chosen []string) (*sink, error) {
	s := &sink{r: r, c: c, named: true}
	if at := c.continueAt; at != nil && *at > 0 {
		s.resume = *at
	}
	switch {
	case t.remoteName || c.remoteNames && !t.hasOutput:
		s.path = lastSegment(url)
		if s.path == "" && !c.disposition {
			return nil, &failure{code: exitWrite, err: errors.New("remote file name has no length")}
		}
		s.named = !c.disposition
	case t.output == "-":
		return s, nil
	case t.output == "":
		s.binary = r.env.StdoutTTY
		return s, nil
	default:
		s.path = numbered(t.output, chosen)
	}
	if c.outputDir != "" && s.path != "" {
		s.path = filepath.Join(c.outputDir, s.path)
	}
	if at := c.continueAt; at != nil && *at < 0 && s.path != "" {
		if info, err := os.Stat(s.path); err == nil && info.Mode().IsRegular() {
			s.resume = info.Size()
		}
	}
	return s, nil
}

// isFile reports whether the body goes into a file.
func (s *sink) isFile() bool { return s.path != "" || !s.named }

// rename takes the name that the server gives, made safe. A file that is there is never replaced
// by it.
func (s *sink) rename(res *http.Response) {
	if s.named || !s.c.disposition {
		return
	}
	d, err := header.ParseContentDisposition(res.Header.Get("Content-Disposition"))
	if err != nil {
		if _, params, merr := mime.ParseMediaType(res.Header.Get("Content-Disposition")); merr == nil {
			d.Filename = params["filename"]
		}
	}
	if name := download.SafeName(d.Filename); name != "" {
		s.path = filepath.Join(s.c.outputDir, name)
	} else if s.path == "" {
		s.path = filepath.Join(s.c.outputDir, "curl_response")
	}
}

// open opens the file.
func (s *sink) open() error {
	if s.f != nil || s.path == "" {
		return nil
	}
	if s.c.createDirs {
		if err := os.MkdirAll(filepath.Dir(s.path), 0o750); err != nil {
			return &failure{code: exitWrite, err: fmt.Errorf("failed to create directory %s: %w", filepath.Dir(s.path), cause(err))}
		}
	}
	mode := os.FileMode(s.c.createMode) //nolint:gosec // nine bits, as it was read
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	switch {
	case s.resume > 0:
		flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	case !s.named:
		flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	case s.c.noClobber:
		return s.openBeside(mode)
	}
	f, err := os.OpenFile(s.path, flags, mode)
	if err != nil {
		return &failure{code: exitWrite, err: fmt.Errorf("failed to open the file %s: %w", s.path, cause(err))}
	}
	s.f = f
	return nil
}

// openBeside opens a file of a name that is free: NAME.1 up to NAME.100.
func (s *sink) openBeside(mode os.FileMode) error {
	path := s.path
	for n := 1; ; n++ {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err == nil {
			s.f, s.path = f, path
			return nil
		}
		if !os.IsExist(err) || n > 100 {
			return &failure{code: exitWrite, err: fmt.Errorf("failed to open the file %s: %w", path, cause(err))}
		}
		path = fmt.Sprintf("%s.%d", s.path, n)
	}
}

// Write writes to where the body goes. The file is made when the first byte has come.
func (s *sink) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.open(); err != nil {
		return 0, err
	}
	if s.binary && s.wrote == 0 && bytes.IndexByte(p, 0) >= 0 {
		s.r.warn("Binary output can mess up your terminal. Use \"--output -\" to tell godwit curl to output it to your terminal anyway, or consider \"--output <FILE>\" to save to a file.")
		return 0, &failure{code: exitWrite, err: errors.New("binary data is not written to a terminal")}
	}
	var w io.Writer = s.r.out()
	if s.f != nil {
		w = s.f
	}
	n, err := w.Write(p)
	s.wrote += int64(n)
	if err != nil {
		err = &failure{code: exitWrite, err: fmt.Errorf("failure writing output to destination: %w", err)}
	}
	return n, err
}

// reset takes back what a failed attempt has written to a file.
func (s *sink) reset() error {
	if s.f == nil {
		return nil
	}
	s.wrote = 0
	if info, err := s.f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	if err := s.f.Truncate(s.resume); err != nil {
		return &failure{code: exitWrite, err: err}
	}
	_, err := s.f.Seek(s.resume, io.SeekStart)
	return err
}

// close closes the file. One without a byte is made all the same, if all went well.
func (s *sink) close(failed error) error {
	if failed == nil && s.path != "" {
		if err := s.open(); err != nil {
			return err
		}
	}
	if s.f == nil {
		return nil
	}
	info, err := s.f.Stat()
	if cerr := s.f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return &failure{code: exitWrite, err: fmt.Errorf("failure writing output to destination: %w", err)}
	}
	if failed != nil && s.c.removeOnError && info.Mode().IsRegular() {
		_ = os.Remove(s.path)
	}
	return nil
}

// setTime gives the file the time of the response, if that says one.
func (s *sink) setTime(res *http.Response) {
	if !s.c.remoteTime || s.path == "" {
		return
	}
	at, err := http.ParseTime(res.Header.Get("Last-Modified"))
	if err != nil {
		return
	}
	if err := os.Chtimes(s.path, at, at); err != nil {
		s.r.warn("Failed to set filetime %v on %s: %v", at, s.path, cause(err))
	}
}

// nameOf returns how a sink is called in what -w writes.
func (s *sink) nameOf() string { return strings.TrimPrefix(s.path, "./") }
