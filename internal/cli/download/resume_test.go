package download

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// --continue: a file that another program has begun.
func TestForeign(t *testing.T) {
	content := random(1, 100<<10)
	other := random(2, 100<<10)
	for _, c := range []struct {
		name    string
		have    []byte
		change  func(*server)
		want    map[string][]byte
		asks    []string
		fails   bool
		fetched int64
	}{
		{"begun", content[:50<<10], nil, map[string][]byte{"file.bin": content}, []string{"bytes=47104-"}, false, 50 << 10},
		{"hardly begun", content[:1], nil, map[string][]byte{"file.bin": content}, []string{"bytes=0-"}, false, 100<<10 - 1},
		{"empty", nil, nil, map[string][]byte{"file.bin": content}, []string{""}, false, 100 << 10},
		{"whole", content, nil, map[string][]byte{"file.bin": content}, []string{"bytes=98304-"}, false, 0},
		{"of another", other[:50<<10], nil, map[string][]byte{"file.bin": other[:50<<10]}, []string{"bytes=47104-"}, true, 0},
		{"as long as the whole, of another", other, nil, map[string][]byte{"file.bin": other}, []string{"bytes=98304-"}, true, 0},
		{"a little too long", append(slices.Clone(content), "more"...), nil, map[string][]byte{"file.bin": nil}, []string{"bytes=98308-"}, true, 0},
		{"much too long", append(slices.Clone(content), other...), nil, map[string][]byte{"file.bin": nil}, []string{"bytes=200704-"}, true, 0},
		{"no parts", content[:50<<10], func(s *server) { s.noRanges = true }, map[string][]byte{"file.bin": content}, []string{"bytes=47104-"}, false, 100 << 10},
		{"no version", content[:50<<10], func(s *server) { s.etag = "" }, map[string][]byte{"file.bin": content}, []string{"bytes=47104-"}, false, 50 << 10},
		{"404", content[:50<<10], func(s *server) { s.answer = onRange(404, nil) }, map[string][]byte{"file.bin": content[:50<<10]}, []string{"bytes=47104-"}, true, 0},
		{"a wrong part", content[:50<<10], func(s *server) {
			s.answer = onRange(206, map[string]string{"Content-Range": "bytes 0-76799/102400"})
		}, map[string][]byte{"file.bin": content[:50<<10]}, []string{"bytes=47104-"}, true, 0},
		{"a short answer", content[:50<<10], func(s *server) {
			s.answer = onRange(206, map[string]string{"Content-Range": "bytes 47104-47105/102400", "Content-Length": "2"})
		}, map[string][]byte{"file.bin": content[:50<<10]}, []string{"bytes=47104-"}, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "file.bin", c.have)
			if err := os.Chmod(filepath.Join(dir, "file.bin"), 0o640); err != nil {
				t.Fatal(err)
			}
			s := &server{content: content, etag: `"v1"`}
			if c.change != nil {
				c.change(s)
			}
			j := job(t, s, dir)
			j.Name, j.Replace, j.Continue = "file.bin", true, true
			res, err := Run(t.Context(), j)
			if (err != nil) != c.fails || res.Fetched != c.fetched || !slices.Equal(s.asked(), c.asks) {
				t.Errorf("%+v, %v, %q", res, err, s.asked())
			}
			holds(t, dir, c.want)
			if info, err := os.Stat(filepath.Join(dir, "file.bin")); err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("%v, %v", info.Mode(), err)
			}
		})
	}
}

// A file that was to be gone on with is not lost to a server that has no parts, nor to a request
// that can have none, unless that is said.
func TestForeignKept(t *testing.T) {
	content := random(1, 100<<10)
	for _, c := range []struct{ whole, keep, fails bool }{
		{false, true, true}, {false, false, false}, {true, true, true}, {true, false, false},
	} {
		dir := t.TempDir()
		put(t, dir, "file.bin", content[:50<<10])
		s := &server{content: content, etag: `"v1"`, noRanges: true}
		j := job(t, s, dir)
		j.Name, j.Replace, j.Continue, j.Keep, j.Whole = "file.bin", true, true, c.keep, c.whole
		res, err := Run(t.Context(), j)
		want := content
		if c.fails {
			want = want[:50<<10]
			if e, ok := errors.AsType[*OutputError](err); !ok || !strings.Contains(e.Error(), "nothing was written (--overwrite replaces it)") {
				t.Errorf("%+v: %+v, %v", c, res, err)
			}
		} else if err != nil {
			t.Errorf("%+v: %+v, %v", c, res, err)
		}
		holds(t, dir, map[string][]byte{"file.bin": want})
	}
}

// A run that is killed leaves its folder as it is at that moment. After a second that is enough to
// go on with; before, it is begun again, and not without a word.
func TestKilled(t *testing.T) {
	for _, c := range []struct {
		after time.Duration
		asks  string // the next run's Range
		note  string
	}{
		{900 * time.Millisecond, "", "nobody can go on with what is in DIR/file.bin.part: begun again"},
		{1100 * time.Millisecond, "bytes=614400-921599", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			dir, left := t.TempDir(), t.TempDir()
			s := &server{content: random(4, 900<<10), etag: `"v1"`}
			s.answer = func(_ int, w http.ResponseWriter, r *http.Request) bool {
				w.Header().Set("ETag", s.etag)
				w.Header().Set("Accept-Ranges", "bytes")
				w.Header().Set("Content-Length", strconv.Itoa(len(s.content)))
				w.Write(s.content[:600<<10])
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				return true
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(c.after, func() {
				if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
					t.Error(err)
				}
				cancel()
			})
			j := job(t, s, dir)
			_, _ = Run(ctx, j)

			s.answer, s.asks = nil, nil
			var notes []string
			j.Dir, j.Note = left, func(text string) { notes = append(notes, text) }
			mustRun(t, j)
			holds(t, left, map[string][]byte{"file.bin": s.content})
			if got := s.asked(); !slices.Equal(got, []string{c.asks}) {
				t.Errorf("after %v: %q", c.after, got)
			}
			if got := strings.Join(notes, "\n"); got != strings.ReplaceAll(c.note, "DIR", left) {
				t.Errorf("after %v: %s", c.after, got)
			}
		})
	}
}

// A file that was whole already still has to be the right one.
func TestForeignChecksum(t *testing.T) {
	dir := t.TempDir()
	s := &server{content: random(1, 1000), etag: `"v1"`}
	put(t, dir, "file.bin", s.content)
	j := job(t, s, dir)
	j.Continue, j.Sum = true, &Checksum{"md5", "00000000000000000000000000000000"}
	_, err := Run(t.Context(), j)
	e, ok := errors.AsType[*ChecksumError](err)
	if !ok {
		t.Fatal(err)
	}
	holds(t, dir, map[string][]byte{"file.bin": s.content})
	j.Sum.Hex = e.Got
	if res := mustRun(t, j); !res.Was || res.Checked == "" || res.Path != filepath.Join(dir, "file.bin") {
		t.Errorf("%+v", res)
	}
}

// What was gone on with and not finished can be gone on with again, without --continue too.
func TestForeignTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := &server{content: random(1, 1<<20), etag: `"v1"`}
		put(t, dir, "file.bin", s.content[:1000])
		s.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n == 1 {
				w.Header().Set("ETag", s.etag)
				http.ServeContent(&cutWriter{w, 500 << 10}, r, "", time.Time{}, bytes.NewReader(s.content))
				return true
			}
			w.WriteHeader(503)
			return true
		}
		j := job(t, s, dir)
		j.Name, j.Replace, j.Continue = "file.bin", true, true
		res, err := Run(t.Context(), j)
		if err == nil || !res.Partial || res.Size <= 1000 {
			t.Fatalf("%+v, %v", res, err)
		}
		holds(t, dir, map[string][]byte{"file.bin.part": s.content[:res.Size], "file.bin.part.state": nil})
		s.answer, j.Continue = nil, false
		if res := mustRun(t, j); res.Fetched >= 1<<20-1000 {
			t.Errorf("%+v", res)
		}
		holds(t, dir, map[string][]byte{"file.bin": s.content})
	})
}
