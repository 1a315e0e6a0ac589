package godwit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/godwit/trace"
)

// streaming opens a stream of what r yields.
func streaming(t *testing.T, r io.Reader, opts ...Option) (*Stream, *countedBody) {
	t.Helper()
	body := &countedBody{Reader: r}
	s := &Session{Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, ContentLength: -1}, nil
	})}
	st, err := s.Stream(t.Context(), "GET", "http://h/", opts...)
	if err != nil {
		t.Fatal(err)
	}
	return st, body
}

var errLost = errors.New("connection lost")

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	for _, c := range []struct {
		body string
		want []string
	}{
		{"", nil},
		{"a", []string{"a"}},
		{"a\nb\n", []string{"a", "b"}},
		{"a\r\nb\r\n\r\n", []string{"a", "b", ""}},
		{"\n\nx\r", []string{"", "", "x\r"}},
		{long + "\n" + long + "\r\nend", []string{long, long, "end"}},
		{strings.Repeat("y", 4095) + "\r\nz", []string{strings.Repeat("y", 4095), "z"}},
	} {
		for _, r := range []io.Reader{strings.NewReader(c.body), iotest.OneByteReader(strings.NewReader(c.body)), iotest.DataErrReader(strings.NewReader(c.body))} {
			st, body := streaming(t, r)
			var got []string
			for line, err := range st.Lines() {
				if err != nil {
					t.Error(err)
				}
				got = append(got, line)
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
				t.Errorf("%.40q: got %.100q", c.body, got)
			}
			if st.Close(); !body.closed {
				t.Error("not closed")
			}
		}
	}
}

func TestLinesEnd(t *testing.T) {
	st, _ := streaming(t, io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(errLost)))
	var got []string
	for line, err := range st.Lines() {
		if err != nil {
			if e, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, errLost) || e.URL != "http://h/" {
				t.Error(err)
			}
			line = "!"
		}
		got = append(got, line)
	}
	if fmt.Sprint(got) != "[a !]" { // half a line is none
		t.Error(got)
	}

	st, _ = streaming(t, io.MultiReader(strings.NewReader("a\n"), zeros(2<<20)), MaxBody(1<<20))
	var last error
	for _, err := range st.Lines() {
		last = err
	}
	if !errors.Is(last, ErrTooLarge) {
		t.Error(last)
	}

	st, body := streaming(t, strings.NewReader("a\nb\nc\n"))
	for range st.Lines() {
		break
	}
	if body.closed {
		t.Error("leaving the loop closed the stream")
	}
}

func TestChunks(t *testing.T) {
	for _, c := range []struct {
		n    int
		want string
	}{{4, "[abcd efgh ij]"}, {5, "[abcde fghij]"}, {10, "[abcdefghij]"}, {100, "[abcdefghij]"}, {0, "[abcdefghij]"}, {-1, "[abcdefghij]"}} {
		st, _ := streaming(t, iotest.OneByteReader(strings.NewReader("abcdefghij")))
		var got []string
		for p, err := range st.Chunks(c.n) {
			if err != nil {
				t.Error(err)
			}
			got = append(got, string(p))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%d: %v", c.n, got)
		}
	}
	for _, cause := range []error{errLost, io.ErrUnexpectedEOF} {
		st, _ := streaming(t, io.MultiReader(strings.NewReader("abcdef"), iotest.ErrReader(cause)))
		var got []string
		var last error
		for p, err := range st.Chunks(4) {
			got, last = append(got, string(p)), err
		}
		if fmt.Sprint(got) != "[abcd ef ]" || !errors.Is(last, cause) {
			t.Errorf("%v, %v", got, last)
		}
		if short := cause == io.ErrUnexpectedEOF; errors.Is(last, ErrProtocol) != short {
			t.Errorf("%v: is it ErrProtocol?", last)
		}
	}
}

func TestFinish(t *testing.T) {
	st, body := streaming(t, strings.NewReader("head and rest"))
	io.ReadFull(st.Body, make([]byte, len("head and ")))
	res, err := st.Finish()
	if err != nil || res.Text() != "rest" || !body.closed {
		t.Errorf("%v, %v", res, err)
	}
	if again, err := st.Finish(); again != res || err != nil {
		t.Errorf("again: %v, %v", again, err)
	}
	if got, _ := io.ReadAll(res.Body); string(got) != "rest" {
		t.Errorf("Body reads %q", got)
	}
	st, body = streaming(t, strings.NewReader("too much"), MaxBody(3))
	if _, err := st.Finish(); !errors.Is(err, ErrTooLarge) || !body.closed {
		t.Error(err)
	}
	st, body = streaming(t, iotest.ErrReader(errLost))
	if _, err := st.Finish(); !errors.Is(err, errLost) || !body.closed {
		t.Error(err)
	}
}

// Whoever ends a stream, and however often, the call ends once.
func TestStreamEndsOnce(t *testing.T) {
	for name, end := range map[string]func(*Stream){
		"Close":        func(st *Stream) { st.Close() },
		"read, Close":  func(st *Stream) { io.Copy(io.Discard, st.Body); st.Close(); st.Close() },
		"Finish":       func(st *Stream) { st.Finish(); st.Close() },
		"Body.Close":   func(st *Stream) { st.Body.Close() },
		"SaveTo error": func(st *Stream) { st.SaveTo("") },
	} {
		s, w := newWorld(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "body") })
		told := new(log)
		s.Tracer = told
		st, err := s.Stream(t.Context(), "GET", "http://h/", Timeout(1<<40))
		if err != nil {
			t.Fatal(err)
		}
		if ctx := w.last().Context(); ctx.Err() != nil {
			t.Errorf("%s: the context has ended before", name)
		}
		end(st)
		if ctx := w.last().Context(); ctx.Err() != context.Canceled {
			t.Errorf("%s: the timer still runs", name)
		}
		if done := all[trace.CallDone](told); len(done) != 1 || done[0].Status != 200 || done[0].Kind != "" {
			t.Errorf("%s: %+v", name, done)
		}
	}
}

// After 101 the body is the connection, and can be written to.
func TestSwitchingProtocols(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	s := &Session{Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 101, Header: http.Header{"Content-Encoding": {"gzip"}}, Body: ours}, nil
	})}
	st, err := s.Stream(t.Context(), "GET", "http://h/", Header{"Connection": "Upgrade", "Upgrade": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := st.Body.(io.ReadWriteCloser); !ok {
		t.Errorf("the body is a %T", st.Body)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

// A connection that has become the caller's is nothing that a call could read to its end: no
// limit and no context would end it.
func TestSwitchedIsNotRead(t *testing.T) {
	for _, c := range []struct {
		method string
		status int
	}{{"GET", 101}, {"CONNECT", 200}} {
		ours, theirs := net.Pipe()
		s := &Session{Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: c.status, Header: http.Header{"Content-Encoding": {"gzip"}}, Body: ours}, nil
		})}
		res, err := s.Do(t.Context(), c.method, "http://h/", Header{"Connection": "Upgrade", "Upgrade": "x"})
		if err != nil || res.StatusCode != c.status || len(res.Content) != 0 {
			t.Errorf("%s: %v, %v", c.method, res, err)
		}
		if _, err := theirs.Write([]byte("x")); err != io.ErrClosedPipe {
			t.Errorf("%s: the connection is still open: %v", c.method, err)
		}

		ours, theirs = net.Pipe()
		st, err := s.Stream(t.Context(), c.method, "http://h/", Header{"Connection": "Upgrade", "Upgrade": "x"})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := st.Body.(io.ReadWriteCloser); !ok {
			t.Errorf("%s: the body is a %T", c.method, st.Body)
		}
		if res, err := st.Finish(); err != nil || len(res.Content) != 0 {
			t.Errorf("%s, Finish: %v, %v", c.method, res, err)
		}
		theirs.Close()
	}
}

func TestStreamHistory(t *testing.T) {
	s, _ := newWorld(redirecting(302, map[string]string{"http://h/": "/x"}))
	st, err := s.Stream(t.Context(), "GET", "http://h/")
	if err != nil || len(st.History()) != 1 || st.History()[0].Text() != "moved" {
		t.Fatalf("%v, %v", st, err)
	}
	res, err := st.Finish()
	if err != nil || len(res.History) != 1 || res.Text() != "here" {
		t.Errorf("%v, %v", res, err)
	}
}

func TestSaveTo(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	st, body := streaming(t, strings.NewReader("new"))
	n, err := st.SaveTo(path)
	if err != nil || n != 3 || !body.closed {
		t.Fatalf("%d, %v", n, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}

	// What replaces a file has its permissions; a link is replaced and not followed.
	os.Chmod(path, 0o640)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		st, _ := streaming(t, strings.NewReader("newer "+name))
		if _, err := st.SaveTo(name); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile(path); string(got) != "newer "+path {
		t.Errorf("%q", got)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("%v", info.Mode())
	}
	if info, _ := os.Lstat(link); info.Mode()&os.ModeSymlink != 0 {
		t.Error("still a link")
	}
}

// A file that is not whole is not there, and what was there before still is.
func TestSaveToNotWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	st, body := streaming(t, io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errLost)))
	n, err := st.SaveTo(path)
	if _, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, errLost) || n != 4 || !body.closed {
		t.Errorf("%d, %v, closed %v", n, err, body.closed)
	}
	socket := filepath.Join(t.TempDir(), "s") // stands for devices too
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, bad := range []string{"", socket, dir, dir + "/", filepath.Join(dir, "none", "f"), path + "/"} {
		st, body := streaming(t, strings.NewReader("x"))
		if _, err := st.SaveTo(bad); err == nil || !body.closed {
			t.Errorf("%q: %v, closed %v", bad, err, body.closed)
		}
	}
	got, _ := os.ReadFile(path)
	if files, _ := os.ReadDir(dir); string(got) != "old" || len(files) != 1 {
		t.Errorf("%q, %v", got, files)
	}
}

// What a stream took can be asked while it arrives, and is complete at its end.
func TestStreamAttempts(t *testing.T) {
	var s Session
	s.Transport = RoundTripFunc(func(req *http.Request) (*http.Response, error) {
		if req.URL.Path == "/old" {
			return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"/new"}}, Body: http.NoBody, Request: req}, nil
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("x")), ContentLength: 1, Request: req}, nil
	})
	st, err := s.Stream(t.Context(), "GET", "http://h/old")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	got := st.Attempts()
	if len(got) != 2 || got[0].Status != 302 || got[0].Hop != 0 || got[1].Status != 200 || got[1].Hop != 1 {
		t.Errorf("%+v", got)
	}
	res, err := st.Finish()
	if err != nil || len(res.Attempts) != 2 {
		t.Errorf("%v, %v", res, err)
	}
}
