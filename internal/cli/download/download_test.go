package download

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit"
	"example.com/godwit/godwittest"
)

// A server has one file. What it does wrong is what the fields say.
type server struct {
	content  []byte
	etag     string // "": none
	modified time.Time
	noRanges bool

	// answer, unless it is nil, may answer in place of the server.
	answer func(n int, w http.ResponseWriter, r *http.Request) bool

	second chan struct{} // the first answer waits for the second request, which closes it; nil: it does not

	mu   sync.Mutex // guards the following
	asks []string   // the fields Range that came, "" for none
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asks = append(s.asks, r.Header.Get("Range"))
	n := len(s.asks)
	s.mu.Unlock()
	if s.second != nil && n == 2 {
		close(s.second)
	}
	if s.second != nil && n == 1 {
		w = waitingWriter{w, s.second}
	}
	if s.answer != nil && s.answer(n, w, r) {
		return
	}
	if s.etag != "" {
		w.Header().Set("ETag", s.etag)
	}
	if s.noRanges {
		r.Header.Del("Range")
		w = noRanges{w}
	}
	http.ServeContent(w, r, "", s.modified, bytes.NewReader(s.content))
}

// A waitingWriter writes when it may.
type waitingWriter struct {
	http.ResponseWriter
	until chan struct{}
}

func (w waitingWriter) Write(p []byte) (int, error) {
	w.ResponseWriter.(http.Flusher).Flush()
	<-w.until
	return w.ResponseWriter.Write(p)
}

// asked returns the fields Range that came.
func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asks)
}

type noRanges struct{ http.ResponseWriter }

func (w noRanges) WriteHeader(code int) {
	w.Header().Del("Accept-Ranges")
	w.ResponseWriter.WriteHeader(code)
}

// random returns n bytes, the same for each seed.
func random(seed uint64, n int) []byte {
	p := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed)})
	r.Read(p)
	return p
}

const fileURL = "http://example.org/pub/file.bin"

// job returns a job for the file of a server.
func job(t *testing.T, h http.Handler, dir string) *Job {
	t.Helper()
	s := &godwit.Session{Transport: godwittest.Handler(h)}
	t.Cleanup(func() { s.Close() })
	return jobOf(s, dir)
}

func jobOf(s *godwit.Session, dir string) *Job {
	j := &Job{URL: fileURL, Dir: dir, Watch: new(Watch)}
	j.Open = func(ctx context.Context, fields map[string]string) (*http.Response, error) {
		h := godwit.Header{}
		for name, value := range fields {
			h[name] = value
		}
		stream, err := s.Stream(ctx, "GET", j.URL, h)
		if err != nil {
			return nil, err
		}
		return stream.Response, nil
	}
	return j
}

// holds fails unless the folder has these files and no others.
func holds(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		want, ok := files[e.Name()]
		if !ok {
			t.Errorf("there is a file %s", e.Name())
			continue
		}
		if got, err := os.ReadFile(filepath.Join(dir, e.Name())); want != nil && (err != nil || !bytes.Equal(got, want)) {
			t.Errorf("%s has %d other bytes (%d wanted), %v", e.Name(), len(got), len(want), err)
		}
	}
	for name := range files {
		if !slices.Contains(names, name) {
			t.Errorf("there is no file %s, only %q", name, names)
		}
	}
}

func put(t *testing.T, dir, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func mustRun(t *testing.T, j *Job) Result {
	t.Helper()
	res, err := Run(t.Context(), j)
	if err != nil {
		t.Fatalf("%+v, %v", res, err)
	}
	return res
}

func TestWhole(t *testing.T) {
	for _, size := range []int{0, 1, bufferSize, 3<<20 + 17} {
		dir := t.TempDir()
		s := &server{content: random(1, size), etag: `"v1"`}
		res := mustRun(t, job(t, s, dir))
		holds(t, dir, map[string][]byte{"file.bin": s.content})
		if res.Path != filepath.Join(dir, "file.bin") || res.Size != int64(size) || res.Fetched != int64(size) || len(s.asked()) != 1 {
			t.Errorf("%+v after %q", res, s.asked())
		}
	}
}

// The file is as others may read it once it is whole, and until then its owner's alone.
func TestPermissions(t *testing.T) {
	dir := t.TempDir()
	s := &server{content: random(1, 100), etag: `"v1"`}
	j := job(t, s, dir)
	open := j.Open
	j.Open = func(ctx context.Context, fields map[string]string) (*http.Response, error) {
		res, err := open(ctx, fields)
		res.Body = readFirst{res.Body, func() {
			for _, name := range []string{"file.bin.part", "file.bin.part.state"} {
				if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%v, %v", info, err)
				}
			}
		}}
		return res, err
	}
	mustRun(t, j)
	info, err := os.Stat(filepath.Join(dir, "file.bin"))
	if err != nil || info.Mode().Perm() != 0o666&^umask() {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	// One that is replaced passes its permissions on.
	if err := os.Chmod(filepath.Join(dir, "file.bin"), 0o640); err != nil {
		t.Fatal(err)
	}
	j.Replace = true
	mustRun(t, j)
	if info, err = os.Stat(filepath.Join(dir, "file.bin")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// readFirst does something before the first byte is read.
type readFirst struct {
	io.ReadCloser
	do func()
}

func (r readFirst) Read(p []byte) (int, error) {
	r.do()
	return r.ReadCloser.Read(p)
}

func TestSegments(t *testing.T) {
	for _, c := range []struct {
		name     string
		size, n  int
		noRanges bool
		want     int // requests, at least
	}{
		{"asked for", 8 << 20, 4, false, 2},
		{"small", 1 << 20, 4, false, 1},
		{"by the size", 70 << 20, 0, false, 2},
		{"no parts", 8 << 20, 4, true, 2},
		{"one connection", 70 << 20, 0, false, 1},
		{"one connection, asked for", 8 << 20, 4, false, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := &server{content: random(2, c.size), etag: `"v1"`, noRanges: c.noRanges}
			if c.want > 1 {
				s.second = make(chan struct{})
			}
			j := job(t, s, dir)
			j.Segments = c.n
			if open := j.Open; strings.HasPrefix(c.name, "one connection") {
				j.Open = func(ctx context.Context, fields map[string]string) (*http.Response, error) {
					res, err := open(ctx, fields)
					if err == nil {
						res.ProtoMajor = 2
					}
					return res, err
				}
			}
			res := mustRun(t, j)
			holds(t, dir, map[string][]byte{"file.bin": s.content})
			if got := len(s.asked()); got < c.want || c.want == 1 && got > 1 {
				t.Errorf("%d requests: %q", got, s.asked())
			}
			// Where there are no parts after all, the first answer has perhaps been cut short for them.
			if res.Fetched != int64(c.size) && !(c.noRanges && res.Fetched > int64(c.size) && res.Fetched <= 2*int64(c.size)) {
				t.Errorf("%+v", res)
			}
		})
	}
}

// Without a strong validator there are no parts: they might be of two files.
func TestNoValidator(t *testing.T) {
	for name, s := range map[string]*server{
		"none":         {},
		"weak":         {etag: `W/"v1"`},
		"not a tag":    {etag: `v1`},
		"just changed": {modified: time.Now().Add(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s.content = random(3, 8<<20)
			j := job(t, s, dir)
			j.Segments = 4
			mustRun(t, j)
			holds(t, dir, map[string][]byte{"file.bin": s.content})
			if got := s.asked(); len(got) != 1 {
				t.Errorf("%q", got)
			}
		})
	}
}

// cutAfter has the server cut the n-th answer after so many bytes.
func cutAfter(nth, bytes int) func(int, http.ResponseWriter, *http.Request) bool {
	return func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n != nth {
			return false
		}
		s := r.Context().Value(serverKey{}).(*server)
		w.Header().Set("ETag", s.etag)
		w.Header().Set("Accept-Ranges", "bytes")
		w.Header().Set("Content-Length", strconv.Itoa(len(s.content)))
		w.Write(s.content[:bytes])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

type serverKey struct{}

// with gives answers the server that they are of.
func (s *server) with() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), serverKey{}, s)))
	})
}

// A cut is healed with a request for the rest.
func TestCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := &server{content: random(4, 900<<10), etag: `"v1"`, answer: cutAfter(1, 600<<10)}
		mustRun(t, job(t, s.with(), dir))
		holds(t, dir, map[string][]byte{"file.bin": s.content})
		if got := s.asked(); len(got) != 2 || !strings.HasPrefix(got[1], "bytes=") {
			t.Errorf("%q", got)
		}
	})
}

// One that cannot be healed is kept, and the next run goes on.
func TestResume(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*server)
		want   []string // the second run's fields Range
	}{
		{"same", func(*server) {}, []string{"bytes=614400-921599"}},
		{"changed", func(s *server) { s.content, s.etag = random(5, 900<<10), `"v2"` }, []string{"bytes=614400-921599"}},
		{"shorter", func(s *server) { s.content, s.etag = random(5, 500<<10), `"v2"` }, []string{"bytes=614400-921599"}},
		{"no parts any more", func(s *server) { s.noRanges = true }, []string{"bytes=614400-921599"}},
		{"416", func(s *server) { s.answer = onRange(416, nil) }, []string{"bytes=614400-921599", ""}},
		{"412", func(s *server) { s.answer = onRange(412, nil) }, []string{"bytes=614400-921599", ""}},
		{"206 of another version", func(s *server) {
			s.answer = onRange(206, map[string]string{"ETag": `"v2"`, "Content-Range": "bytes 614400-921599/921600"})
		}, []string{"bytes=614400-921599", ""}},
		{"206 of another size", func(s *server) {
			s.answer = onRange(206, map[string]string{"ETag": `"v1"`, "Content-Range": "bytes 614400-921599/921601"})
		}, []string{"bytes=614400-921599", ""}},
		{"compressed 206", func(s *server) {
			s.answer = onRange(206, map[string]string{"ETag": `"v1"`, "Content-Encoding": "gzip", "Content-Range": "bytes 614400-921599/921600"})
		}, []string{"bytes=614400-921599", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				s := &server{content: random(4, 900<<10), etag: `"v1"`}
				ctx, cancel := context.WithCancel(t.Context())
				s.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
					w.Header().Set("ETag", s.etag)
					w.Header().Set("Accept-Ranges", "bytes")
					w.Header().Set("Content-Length", strconv.Itoa(len(s.content)))
					w.Write(s.content[:600<<10])
					w.(http.Flusher).Flush()
					<-r.Context().Done()
					return true
				}
				j := job(t, s, dir)
				time.AfterFunc(time.Minute, cancel)
				res, err := Run(ctx, j)
				if !errors.Is(err, context.Canceled) || !res.Partial || res.Size != 600<<10 || res.Path != filepath.Join(dir, "file.bin.part") {
					t.Fatalf("%+v, %v", res, err)
				}
				holds(t, dir, map[string][]byte{"file.bin.part": s.content[:600<<10], "file.bin.part.state": nil})

				s.answer, s.asks = nil, nil
				c.change(s)
				res = mustRun(t, j)
				holds(t, dir, map[string][]byte{"file.bin": s.content})
				if got := s.asked(); !slices.Equal(got, c.want) {
					t.Errorf("%q", got)
				}
				if c.name == "same" && res.Fetched != 300<<10 {
					t.Errorf("%+v", res)
				}
			})
		})
	}
}

// onRange answers requests for a part with a status and fields.
func onRange(code int, fields map[string]string) func(int, http.ResponseWriter, *http.Request) bool {
	return func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Range") == "" {
			return false
		}
		for name, value := range fields {
			w.Header().Set(name, value)
		}
		w.WriteHeader(code)
		if code == 206 {
			w.Write(bytes.Repeat([]byte("evil"), 300<<8))
		}
		return true
	}
}

// An answer that is no part of the file is never taken for one, however it is said.
func TestHostileParts(t *testing.T) {
	const size = 4 << 20
	content := random(6, size)
	evil := bytes.Repeat([]byte("evil"), size)
	// What is sent for a request for the bytes from at up to end.
	type reply func(w http.ResponseWriter, at, end int)
	fields := func(w http.ResponseWriter, name, value string) { w.Header().Set(name, value) }
	send := func(w http.ResponseWriter, p []byte) { w.WriteHeader(206); w.Write(p) }
	contentRange := func(w http.ResponseWriter, at, end, size int) {
		fields(w, "Content-Range", fmt.Sprintf("bytes %d-%d/%d", at, end-1, size))
	}
	for name, bad := range map[string]reply{
		"no Content-Range": func(w http.ResponseWriter, at, end int) { send(w, evil[:end-at]) },
		"two of them": func(w http.ResponseWriter, at, end int) {
			contentRange(w, at, end, size)
			w.Header().Add("Content-Range", "bytes 0-1/2")
			send(w, evil[:end-at])
		},
		"garbage": func(w http.ResponseWriter, at, end int) {
			fields(w, "Content-Range", "bytes all/much")
			send(w, evil[:end-at])
		},
		"another unit": func(w http.ResponseWriter, at, end int) {
			fields(w, "Content-Range", fmt.Sprintf("lines %d-%d/%d", at, end-1, size))
			send(w, evil[:end-at])
		},
		"an earlier part": func(w http.ResponseWriter, at, end int) { contentRange(w, at-1, end-1, size); send(w, evil[:end-at]) },
		"the beginning":   func(w http.ResponseWriter, at, end int) { contentRange(w, 0, end-at, size); send(w, evil[:end-at]) },
		"more than asked": func(w http.ResponseWriter, at, end int) { contentRange(w, at, end+1, size+1); send(w, evil[:end-at+1]) },
		"beyond its size": func(w http.ResponseWriter, at, end int) { contentRange(w, at, end, end-1); send(w, evil[:end-at]) },
		"nothing":         func(w http.ResponseWriter, at, end int) { contentRange(w, at, at, size); send(w, nil) },
		"length that differs": func(w http.ResponseWriter, at, end int) {
			contentRange(w, at, end, size)
			fields(w, "Content-Length", strconv.Itoa(end-at+1))
			send(w, evil[:end-at+1])
		},
		"several parts": func(w http.ResponseWriter, at, end int) {
			contentRange(w, at, end, size)
			fields(w, "Content-Type", "multipart/byteranges; boundary=x")
			send(w, evil[:end-at])
		},
		"longer, chunked": func(w http.ResponseWriter, at, end int) {
			contentRange(w, at, end, size)
			w.WriteHeader(206)
			w.(http.Flusher).Flush()
			w.Write(evil[:end-at+1])
		},
		"without end": func(w http.ResponseWriter, at, end int) {
			contentRange(w, at, end, size)
			w.WriteHeader(206)
			w.(http.Flusher).Flush()
			for range 100 {
				if _, err := w.Write(evil); err != nil {
					return
				}
			}
		},
		"short": func(w http.ResponseWriter, at, end int) {
			contentRange(w, at, end, size)
			fields(w, "Content-Length", strconv.Itoa(end-at))
			send(w, nil)
			panic(http.ErrAbortHandler)
		},
		"short, chunked": func(w http.ResponseWriter, at, end int) {
			contentRange(w, at, end, size)
			w.WriteHeader(206)
			w.(http.Flusher).Flush()
		},
		"an error": func(w http.ResponseWriter, at, end int) { w.WriteHeader(503); w.Write(evil[:100]) },
		"another version": func(w http.ResponseWriter, at, end int) {
			fields(w, "ETag", `"v2"`)
			contentRange(w, at, end, size)
			send(w, evil[:end-at])
		},
		"a weak version": func(w http.ResponseWriter, at, end int) {
			fields(w, "ETag", `W/"v1"`)
			contentRange(w, at, end, size)
			send(w, evil[:end-at])
		},
		"another size": func(w http.ResponseWriter, at, end int) { contentRange(w, at, end, size+1); send(w, evil[:end-at]) },
		"compressed": func(w http.ResponseWriter, at, end int) {
			fields(w, "Content-Encoding", "gzip")
			contentRange(w, at, end, size)
			send(w, evil[:end-at])
		},
		"all, changed":  func(w http.ResponseWriter, at, end int) { fields(w, "ETag", `"v2"`); w.Write(evil[:size]) },
		"all":           func(w http.ResponseWriter, at, end int) { w.Write(content) },
		"no such part":  func(w http.ResponseWriter, at, end int) { w.WriteHeader(416) },
		"nothing there": func(w http.ResponseWriter, at, end int) { w.WriteHeader(404) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				s := &server{content: content, etag: `"v1"`}
				s.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
					var at, end int
					if k, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &at, &end); k < 2 {
						return false
					}
					w.Header().Set("ETag", s.etag)
					bad(w, at, end+1)
					return true
				}
				j := job(t, s, dir)
				j.Segments = 3
				res, err := Run(t.Context(), j)
				if busy := name == "short" || name == "an error"; err != nil && busy && res.Partial {
					// The first answer had ended before the others were given up.
					keptIsRight(t, dir, content)
					return
				}
				if err != nil {
					t.Fatalf("%+v, %v", res, err)
				}
				holds(t, dir, map[string][]byte{"file.bin": content})
			})
			// The same when there is nobody but the hostile part to get the rest from.
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				s := &server{content: content, etag: `"v1"`}
				cut := cutAfter(1, 1<<20)
				s.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
					var at, end int
					if k, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &at, &end); k < 2 {
						return cut(n, w, r)
					}
					w.Header().Set("ETag", s.etag)
					bad(w, at, end+1)
					return true
				}
				res, err := Run(t.Context(), job(t, s.with(), dir))
				switch name {
				case "another version", "a weak version", "another size", "compressed", "all, changed", "all", "no such part":
					// It is begun again, and the whole is whole.
					if err != nil {
						t.Fatal(err)
					}
					holds(t, dir, map[string][]byte{"file.bin": content})
				default:
					if err == nil || !res.Partial {
						t.Errorf("%+v, %v", res, err)
					}
					got, rerr := os.ReadFile(filepath.Join(dir, "file.bin.part"))
					if rerr != nil || !bytes.Equal(got[:res.Size], content[:res.Size]) || res.Size > size {
						t.Errorf("what was kept is not of the file: %+v, %v", res, rerr)
					}
					if n := len(s.asked()); n > 10 {
						t.Errorf("%d requests", n)
					}
				}
			})
		})
	}
}

// keptIsRight fails unless what was kept is what the server has.
func keptIsRight(t *testing.T, dir string, content []byte) {
	t.Helper()
	kept, err := os.ReadFile(filepath.Join(dir, "file.bin.part"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "file.bin.part.state"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := readState(f, int64(len(kept)))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range s.spans() {
		if !bytes.Equal(kept[d.at:d.end], content[d.at:d.end]) {
			t.Errorf("from %d to %d it is something else", d.at, d.end)
		}
	}
}

// A server that is slow on one connection has its rest taken over.
func TestSteal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := &server{content: random(7, 16<<20), etag: `"v1"`, second: make(chan struct{})}
		s.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n == 2 {
				slow := slowWriter{w, r.Context()}
				w.Header().Set("ETag", s.etag)
				http.ServeContent(slow, r, "", time.Time{}, bytes.NewReader(s.content))
				return true
			}
			return false
		}
		j := job(t, s, dir)
		j.Segments = 2
		began := time.Now()
		mustRun(t, j)
		holds(t, dir, map[string][]byte{"file.bin": s.content})
		if took := time.Since(began); took > 3*time.Minute {
			t.Errorf("it took %v; the slow one alone takes 8 minutes and more", took)
		}
		if len(s.asked()) < 4 {
			t.Errorf("%q", s.asked())
		}
	})
}

// A slowWriter sends 16 KiB a second.
type slowWriter struct {
	http.ResponseWriter
	ctx context.Context
}

func (w slowWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		select {
		case <-w.ctx.Done():
			return n, w.ctx.Err()
		case <-time.After(time.Second):
		}
		var m int
		m, err = w.ResponseWriter.Write(p[:min(len(p), 16<<10)])
		w.ResponseWriter.(http.Flusher).Flush()
		p = p[m:]
		n += m
	}
	return n, err
}

// Whatever the server does, in whatever order, the file is whole or there is none.
func TestRandomServers(t *testing.T) {
	content := random(8, 6<<20)
	for seed := range uint64(40) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				r := rand.New(rand.NewPCG(seed, 1))
				dice := func(n int) int { mu.Lock(); defer mu.Unlock(); return r.IntN(n) }
				dir := t.TempDir()
				s := &server{content: content, etag: `"v1"`}
				s.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
					switch dice(4) {
					case 0:
						w.Header().Set("ETag", s.etag)
						w = &cutWriter{w, dice(2 << 20)}
						http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
						return true
					case 1:
						w.WriteHeader(503)
						return n > 1
					}
					time.Sleep(time.Duration(dice(1000)) * time.Millisecond)
					return false
				}
				j := job(t, s, dir)
				j.Segments = 1 + dice(5)
				for run := 0; ; run++ {
					res, err := Run(t.Context(), j)
					if err == nil {
						break
					}
					if run == 20 {
						t.Fatalf("%+v, %v", res, err)
					}
				}
				holds(t, dir, map[string][]byte{"file.bin": content})
			})
		})
	}
}

// A cutWriter cuts the connection after left bytes.
type cutWriter struct {
	http.ResponseWriter
	left int
}

func (w *cutWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		w.ResponseWriter.Write(p[:w.left])
		w.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	w.left -= len(p)
	return w.ResponseWriter.Write(p)
}

// A server that is busy says for how long, and is believed within reason.
func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		after string
		want  time.Duration
	}{{"10", 10 * time.Second}, {"100000", 30 * time.Second}, {"-1", 500 * time.Millisecond}, {"", 500 * time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			s := &server{content: random(4, 900<<10), etag: `"v1"`}
			cut := cutAfter(1, 600<<10)
			s.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
				if n != 2 {
					return cut(n, w, r)
				}
				w.Header().Set("Retry-After", c.after)
				w.WriteHeader(503)
				return true
			}
			begun := time.Now()
			mustRun(t, job(t, s.with(), dir))
			// The cut is healed after half a second; what comes then is the second try.
			if took := time.Since(begun) - 500*time.Millisecond; took < c.want || took > c.want+time.Second {
				t.Errorf("%s: %v", c.after, took)
			}
		})
	}
}

func TestChecksum(t *testing.T) {
	dir := t.TempDir()
	s := &server{content: random(9, 100<<10), etag: `"v1"`}
	right := &Checksum{"sha256", fmt.Sprintf("%x", sha256.Sum256(s.content))}
	wrong := &Checksum{"sha256", strings.Repeat("0", 64)}
	j := job(t, s, dir)
	j.Sum = wrong
	res, err := Run(t.Context(), j)
	if e, ok := errors.AsType[*ChecksumError](err); !ok || e.Got != right.Hex || !res.Partial {
		t.Fatalf("%+v, %v", res, err)
	}
	holds(t, dir, map[string][]byte{"file.bin.part": s.content, "file.bin.part.state": nil})
	// Who had the wrong one typed need not get the file again; who had the right one must.
	s.asks = nil
	j.Sum = right
	if res = mustRun(t, j); res.Checked != right.String() || res.Fetched != 0 || !slices.Equal(s.asked(), []string{"bytes=102399-102399"}) {
		t.Errorf("%+v, %q", res, s.asked())
	}
	holds(t, dir, map[string][]byte{"file.bin": s.content})

	dir = t.TempDir()
	j.Dir, j.Sum = dir, wrong
	for range 2 {
		s.asks = nil
		if res, err := Run(t.Context(), j); err == nil || res.Fetched != 100<<10 || !slices.Equal(s.asked(), []string{""}) {
			t.Errorf("%+v, %v, %q", res, err, s.asked())
		}
	}
}
