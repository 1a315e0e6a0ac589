package download

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/godwit"
)

// A name is the server's to choose, and where it leads is not (CVE-2010-3842, CVE-2016-0754,
// CVE-2019-20916, CVE-2025-11563, CVE-2004-1487, CVE-2010-2252, CVE-2023-45283).
func TestNames(t *testing.T) {
	for _, c := range []struct{ url, disposition, contentType, want string }{
		{"http://a/b/c.zip", "", "", "c.zip"},
		{"http://a/b/c.zip?d=/e#f", "", "", "c.zip"},
		{"http://a/b/", "", "", "index"},
		{"http://a", "", "text/html; charset=utf-8", "index.html"},
		{"http://a/b/", "", "application/json", "index.json"},
		{"http://a/%62.txt", "", "", "b.txt"},
		{"http://a/%2562.txt", "", "", "%62.txt"},
		{"http://a/b/..%2f..%2fx", "", "", "__.._x"},
		{"http://a/b/..%5c..%5cx", "", "", "__.._x"},
		{"http://a/.bashrc", "", "", "_bashrc"},
		{"http://a/..", "", "", "index"},
		{"http://a/-rf", "", "", "_rf"},
		{"http://a/a%00b%0a%1b%e2%80%aec", "", "", "ab c"},
		{"http://a/%zz", "", "", "index"},
		{"http://a/u", `attachment; filename="n.txt"`, "", "n.txt"},
		{"http://a/u", `attachment; filename="../../.ssh/authorized_keys"`, "", "authorized_keys"},
		{"http://a/u", `attachment; filename="..\\..\\evil.exe"`, "", "evil.exe"},
		{"http://a/u", `attachment; filename="c:evil.exe"`, "", "evil.exe"},
		{"http://a/u", `attachment; filename="a.txt:stream"`, "", "a.txt_stream"},
		{"http://a/u", `attachment; filename="CON.txt"`, "", "_CON.txt"},
		{"http://a/u", `attachment; filename="COM¹ "`, "", "_COM¹"},
		{"http://a/u", `attachment; filename*=UTF-8''..%2Fx`, "", "x"},
		{"http://a/u", `attachment; filename*=UTF-8''na%C3%AFve%E2%80%AEtxt.exe`, "", "naïvetxt.exe"},
		{"http://a/u", `attachment; filename=a; filename=b`, "", "a"},
		{"http://a/u", `attachment; filename=".."`, "", "u"},
		// Our own files: they are read again.
		{"http://a/u", `attachment; filename="victim.iso.part"`, "", "victim.iso.part_"},
		{"http://a/u", `attachment; filename="victim.iso.Part.State"`, "", "victim.iso.Part.State_"},
		{"http://a/victim.iso.part.state.new", "", "", "victim.iso.part.state.new_"},
		{"http://a/a.part.", "", "", "a.part_"},
		{"http://a/u", `attachment`, "", "u"},
		{"http://a/u", `;;;=`, "", "u"},
		{"http://a/u", `attachment; filename="` + strings.Repeat("ä", 300) + `.txt"`, "", strings.Repeat("ä", 98) + ".txt"},
	} {
		h := http.Header{}
		if c.disposition != "" {
			h.Set("Content-Disposition", c.disposition)
		}
		if c.contentType != "" {
			h.Set("Content-Type", c.contentType)
		}
		if got := nameOf(h, c.url); got != c.want {
			t.Errorf("nameOf(%q, %q) = %q, want %q", c.disposition, c.url, got, c.want)
		}
	}
}

func TestNumbered(t *testing.T) {
	for name, want := range map[string]string{
		"a": "a-1", "a.txt": "a-1.txt", "a.tar.gz": "a-1.tar.gz", ".tar.gz": ".tar-1.gz", ".a": ".a-1",
		"a.averylongextension": "a.averylongextension-1", "a.": "a-1.",
	} {
		if got := numbered(name, 1); got != want || numbered(name, 0) != name {
			t.Errorf("numbered(%q, 1) = %q, want %q", name, got, want)
		}
	}
}

// The first URL names the file, not the one that a redirect leads to (CVE-2019-10751).
func TestRedirectedName(t *testing.T) {
	dir := t.TempDir()
	j := job(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/pub/file.bin" {
			http.Redirect(w, r, "/.bashrc", http.StatusFound)
			return
		}
		w.Write([]byte("alias ls=evil"))
	}), dir)
	mustRun(t, j)
	holds(t, dir, map[string][]byte{"file.bin": nil})
}

// A file that is there stays, whatever the name is and whatever happens (CVE-2020-8177,
// CVE-2022-27778).
func TestTaken(t *testing.T) {
	s := &server{content: random(1, 1000), etag: `"v1"`}
	mine := []byte("mine")
	dir := t.TempDir()
	put(t, dir, "file.bin", mine)
	put(t, dir, "file-1.bin", mine)
	put(t, dir, "file-2.bin.part", mine) // nobody knows whose
	j := job(t, s, dir)
	for _, want := range []string{"file-3.bin", "file-4.bin"} {
		if res := mustRun(t, j); res.Path != filepath.Join(dir, want) {
			t.Errorf("%+v", res)
		}
	}
	s.answer = onRange(500, nil)
	holds(t, dir, map[string][]byte{"file.bin": mine, "file-1.bin": mine, "file-2.bin.part": mine, "file-3.bin": s.content, "file-4.bin": s.content})

	// A name that comes up while the bytes come is not taken away from who has it.
	dir = t.TempDir()
	j.Dir = dir
	open := j.Open
	j.Open = func(ctx context.Context, fields map[string]string) (*http.Response, error) {
		res, err := open(ctx, fields)
		res.Body = readFirst{res.Body, func() { put(t, dir, "file.bin", mine) }}
		return res, err
	}
	mustRun(t, j)
	holds(t, dir, map[string][]byte{"file.bin": mine, "file-1.bin": s.content})
}

// Who fails leaves nothing behind but what it has made, and takes nothing along.
func TestFailure(t *testing.T) {
	for name, answer := range map[string]func(int, http.ResponseWriter, *http.Request) bool{
		"404": func(_ int, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(404); return true },
		"304": func(_ int, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(304); return true },
		"206": func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Range", "bytes 0-3/4")
			w.WriteHeader(206)
			w.Write([]byte("evil"))
			return true
		},
		"no room": func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Length", strconv.Itoa(math.MaxInt64/2))
			w.Write([]byte("begun"))
			return true
		},
		"cut, and no parts": func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Length", "100")
			w.Write([]byte("begun"))
			panic(http.ErrAbortHandler)
		},
		"too large": func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Length", "1001")
			w.Write([]byte("begun"))
			return true
		},
		"too large, unannounced": func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("ETag", `"v1"`)
			w.Header().Set("Accept-Ranges", "bytes")
			w.(http.Flusher).Flush()
			for range 100 {
				w.Write(make([]byte, 100))
			}
			return true
		},
	} {
		for _, replace := range []bool{false, true} {
			dir := t.TempDir()
			put(t, dir, "file.bin", []byte("mine"))
			j := job(t, &server{answer: answer}, dir)
			if name != "no room" {
				j.MaxSize = 1000
			}
			j.Replace = replace
			res, err := Run(t.Context(), j)
			if err == nil || res.Path != "" || res.Partial {
				t.Errorf("%s: %+v, %v", name, res, err)
			}
			if code, ok := errors.AsType[*StatusError](err); name[0] <= '9' && name != "206" && (!ok || strconv.Itoa(code.Code) != name) {
				t.Errorf("%s: %v", name, err)
			}
			if strings.HasPrefix(name, "too large") && !errors.Is(err, godwit.ErrTooLarge) {
				t.Errorf("%s: %v", name, err)
			}
			holds(t, dir, map[string][]byte{"file.bin": []byte("mine")})
		}
	}
}

// Nothing is written through a link, nor in the place of what is no file (CVE-2004-2014).
func TestNotFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	s := &server{content: random(1, 1000), etag: `"v1"`}
	victim := filepath.Join(t.TempDir(), "victim")
	put(t, filepath.Dir(victim), "victim", []byte("mine"))
	link := func(t *testing.T, to, dir, name string) {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, dir string)
		replace bool
		want    string // the file; "": an error
	}{
		{"link", func(t *testing.T, dir string) { link(t, victim, dir, "file.bin") }, false, "file-1.bin"},
		{"link to nothing", func(t *testing.T, dir string) { link(t, victim+"2", dir, "file.bin") }, false, "file-1.bin"},
		{"link, replaced", func(t *testing.T, dir string) { link(t, victim, dir, "file.bin") }, true, "file.bin"},
		{"link as part", func(t *testing.T, dir string) { link(t, victim, dir, "file.bin.part") }, false, "file-1.bin"},
		{"link as part, named", func(t *testing.T, dir string) { link(t, victim, dir, "file.bin.part") }, true, ""},
		{"link to nothing as part", func(t *testing.T, dir string) { link(t, victim+"2", dir, "file.bin.part") }, false, "file-1.bin"},
		{"link as state", func(t *testing.T, dir string) { link(t, victim, dir, "file.bin.part.state") }, false, "file.bin"},
		{"folder", func(t *testing.T, dir string) { os.Mkdir(filepath.Join(dir, "file.bin"), 0o700) }, false, "file-1.bin"},
		{"folder, named", func(t *testing.T, dir string) { os.Mkdir(filepath.Join(dir, "file.bin"), 0o700) }, true, ""},
		{"folder as part", func(t *testing.T, dir string) { os.Mkdir(filepath.Join(dir, "file.bin.part"), 0o700) }, true, ""},
		{"somebody's part", func(t *testing.T, dir string) { put(t, dir, "file.bin.part", []byte("mine")) }, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.prepare(t, dir)
			before := listing(t, dir)
			j := job(t, s, dir)
			j.Replace = c.replace
			res, err := Run(t.Context(), j)
			switch {
			case c.want == "":
				if _, ok := errors.AsType[*OutputError](err); !ok || listing(t, dir) != before {
					t.Errorf("%v, then %s", err, listing(t, dir))
				}
			case err != nil || res.Path != filepath.Join(dir, c.want):
				t.Errorf("%+v, %v", res, err)
			default:
				if info, err := os.Lstat(res.Path); err != nil || !info.Mode().IsRegular() {
					t.Errorf("%v, %v", info, err)
				}
			}
			if text, err := os.ReadFile(victim); string(text) != "mine" {
				t.Errorf("the victim holds %q, %v", text, err)
			}
			if _, err := os.Lstat(victim + "2"); err == nil {
				t.Error("what the link leads to was made")
			}
		})
	}
}

// listing is what a folder holds.
func listing(t *testing.T, dir string) (out string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		out += fmt.Sprintln(e.Name(), info.Mode(), info.Size(), err)
	}
	return out
}

// What is written down holds no password (CVE-2018-20483), no query, and is not trusted.
func TestState(t *testing.T) {
	if hashURL("http://user:secret@h/p?q=1#f") != hashURL("http://h/p?q=1") || hashURL("http://h/p?q=1") == hashURL("http://h/p?q=2") {
		t.Error("a hash is of the wrong parts")
	}
	text := `{"godwit":1,"url_sha256":"x","etag":"\"v\"","size":100,"done":[[0,50],[60,70]]}`
	if s, err := readState(strings.NewReader(text), 70); err != nil || len(s.spans()) != 2 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, c := range []struct {
		text   string
		length int64
	}{
		{text, 69}, // says more than there is
		{text[:len(text)-1], 100},
		{"", 100},
		{"{}", 100},
		{`{"godwit":2,"size":100,"done":[]}`, 100},
		{`{"godwit":1,"size":-2,"done":[]}`, 100},
		{`{"godwit":1,"size":100,"done":[[50,40]]}`, 100},
		{`{"godwit":1,"size":100,"done":[[-1,40]]}`, 100},
		{`{"godwit":1,"size":100,"done":[[20,40],[30,50]]}`, 100},
		{`{"godwit":1,"size":100,"done":[[20,101]]}`, 200},
		{`{"godwit":1,"size":100,"done":[[20,1e30]]}`, 200},
		{strings.Repeat(" ", maxState) + text, 100},
	} {
		if s, err := readState(strings.NewReader(c.text), c.length); err == nil {
			t.Errorf("%.80q: %+v", c.text, s)
		}
	}
}

// Of two at once to the same file one is told so, and the other's file is whole.
func TestTwoAtOnce(t *testing.T) {
	dir := t.TempDir()
	s := &server{content: random(1, 1<<20), etag: `"v1"`}
	second := make(chan error, 1)
	j := job(t, s, dir)
	open := j.Open
	other := *j
	j.Open = func(ctx context.Context, fields map[string]string) (*http.Response, error) {
		res, err := open(ctx, fields)
		res.Body = readFirst{res.Body, func() {
			if len(second) == 0 {
				_, err := Run(ctx, &other)
				second <- err
			}
		}}
		return res, err
	}
	mustRun(t, j)
	if err := <-second; !errors.Is(err, errBusy) {
		t.Error(err)
	}
	holds(t, dir, map[string][]byte{"file.bin": s.content})

	// Of one run, each gets a name of its own.
	dir = t.TempDir()
	j, names := job(t, s, dir), new(Names)
	j.Names, j.Replace = names, true
	paths := map[string]bool{}
	for range 3 {
		paths[mustRun(t, j).Path] = true
	}
	if len(paths) != 3 {
		t.Error(paths)
	}
	// Another URL's file of the same name is no obstacle either.
	if _, err := Run(t.Context(), &Job{URL: "http://x/", Dir: filepath.Join(dir, "nowhere"), Open: j.Open}); err == nil {
		t.Error("a folder that is not there")
	}
}

func TestRemoteTime(t *testing.T) {
	dir := t.TempDir()
	modified := time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC)
	j := job(t, &server{content: []byte("x"), modified: modified}, dir)
	j.RemoteTime = true
	if info, err := os.Stat(mustRun(t, j).Path); err != nil || !info.ModTime().Equal(modified) {
		t.Errorf("%v, %v", info.ModTime(), err)
	}
}

// A name that only the answer tells has a .part too.
func TestResumeByDisposition(t *testing.T) {
	dir := t.TempDir()
	s := &server{content: random(1, 1<<20), etag: `"v1"`}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="report.pdf"`)
		s.with().ServeHTTP(w, r)
	})
	s.answer = cutAfter(1, 1<<19)
	j := job(t, h, dir)
	ctx, cancel := context.WithCancel(t.Context())
	open := j.Open
	j.Open = func(c context.Context, fields map[string]string) (*http.Response, error) {
		if len(s.asked()) > 0 {
			cancel()
		}
		return open(c, fields)
	}
	if res, err := Run(ctx, j); err == nil || res.Size != 1<<19 {
		t.Fatalf("%+v, %v", res, err)
	}
	s.asks, s.answer = nil, nil
	res := mustRun(t, j)
	holds(t, dir, map[string][]byte{"report.pdf": s.content})
	if res.Fetched > 1<<19+bufferSize || len(s.asked()) != 2 {
		t.Errorf("%+v, %q", res, s.asked())
	}
}

// What somebody else can alter, or has under another name, is not gone on with, and is left alone.
func TestPartOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("owners, modes and links are those of Unix")
	}
	for name, plant := range map[string]func(path string) error{
		"all may write": func(path string) error { return os.Chmod(path, 0o666) },
		"two names":     func(path string) error { return os.Link(path, path+".other") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file.bin.part")
			if err := errors.Join(os.WriteFile(path, []byte("evil"), 0o600), plant(path)); err != nil {
				t.Fatal(err)
			}
			res, err := Run(t.Context(), job(t, &server{content: []byte("good")}, dir))
			if err != nil || filepath.Base(res.Path) == "file.bin" {
				t.Errorf("%+v, %v", res, err)
			}
			j := job(t, &server{content: []byte("good")}, dir)
			j.Name, j.Replace = "file.bin", true // this one and no other
			if _, err = Run(t.Context(), j); !errors.Is(err, errNotOurs) {
				t.Errorf("%v", err)
			}
			if got, _ := os.ReadFile(path); string(got) != "evil" {
				t.Errorf("%q", got)
			}
		})
	}
}
