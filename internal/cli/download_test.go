package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A depot serves files.
type depot struct {
	url     string
	content []byte
	asks    atomic.Int64
	slow    atomic.Bool // answers stop in the middle, and go on never
}

// newDepot serves content at every path of which this is the method, but for some.
func newDepot(t *testing.T) *depot {
	t.Helper()
	d := &depot{content: bytes.Repeat([]byte("0123456789abcdef"), 20_000)}
	s := httptest.NewServer(d)
	t.Cleanup(s.Close)
	d.url = s.URL
	return d
}

func (d *depot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.asks.Add(1)
	w.Header().Set("ETag", `"v1"`)
	switch r.URL.Path {
	case "/none":
		http.NotFound(w, r)
		return
	case "/away":
		http.Redirect(w, r, "/elsewhere.bin", http.StatusFound)
		return
	case "/around":
		http.Redirect(w, r, "/around", http.StatusFound)
		return
	case "/named":
		w.Header().Set("Content-Disposition", `attachment; filename="../named.txt"`)
	case "/echo":
		_, _ = fmt.Fprintf(w, "%s %s %s %s", r.Method, r.Header.Get("Accept-Encoding"), r.Header.Get("Range"), r.Header.Get("X-Mine"))
		return
	}
	if d.slow.Load() {
		w.Header().Set("Accept-Ranges", "bytes")
		w.Header().Set("Content-Length", fmt.Sprint(len(d.content)))
		_, _ = w.Write(d.content[:len(d.content)/2])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(d.content))
}

func (d *depot) sum() string { return fmt.Sprintf("sha256:%x", sha256.Sum256(d.content)) }

// holding fails unless these files, and no others, are in a folder.
func holding(t *testing.T, dir string, names ...string) {
	t.Helper()
	var got []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(names)
	if !slices.Equal(got, names) {
		t.Errorf("there are %q, want %q", got, names)
	}
}

func TestDownload(t *testing.T) {
	d := newDepot(t)
	for _, c := range []struct {
		args string
		code ExitCode
		err  string   // part of what is told
		want []string // files
	}{
		{"-d URL/a.bin", ExitOK, "Done. 320 kB in ", []string{"a.bin"}},
		{"--download URL/away", ExitOK, ": DIR/away\n", []string{"away"}},
		{"-d --no-follow URL/away", Exit3xx, "HTTP 302 Found: nothing saved", nil},
		{"-d --max-redirects=1 URL/around", ExitRedirects, "", nil},
		{"-d URL/named", ExitOK, ": DIR/named.txt\n", []string{"named.txt"}},
		{"-d URL/none", Exit4xx, "godwit: GET URL/none: HTTP 404 Not Found: nothing saved\n", nil},
		{"-d --overwrite URL/a.bin", ExitOK, "Done.", []string{"a.bin"}},
		{"-c URL/a.bin", ExitOK, "Done.", []string{"a.bin"}},
		{"--segments=4 URL/a.bin", ExitOK, "Done.", []string{"a.bin"}},
		{"--remote-time URL/a.bin", ExitOK, "Done.", []string{"a.bin"}},
		{"--checksum=SUM URL/a.bin", ExitOK, "sha256 as expected", []string{"a.bin"}},
		{"--checksum=sha1:0000000000000000000000000000000000000000 URL/a.bin", ExitChecksum, "the sha1 is ", []string{"a.bin.part", "a.bin.part.state"}},
		{"-d --max-size=100K URL/a.bin", ExitError, "more than the 102400 bytes of --max-size", nil},
		{"-d --max-size=1M --limit-rate=1G URL/a.bin", ExitOK, "Done.", []string{"a.bin"}},
		{"-d HEAD URL/a.bin", ExitUsage, "no body to be saved", nil},
		{"-d POST URL/echo a=1", ExitOK, "Done.", []string{"echo"}},
		{"-d URL/a.bin URL/b.bin URL/a.bin", ExitOK, "3 of 3 files, 960 kB in ", []string{"a.bin", "b.bin", "a-1.bin"}},
		{"-d URL/a.bin URL/none", Exit4xx, "1 of 2 files, 320 kB in ", []string{"a.bin"}},
		{"-q -d URL/a.bin", ExitOK, "", []string{"a.bin"}},
		{"-d http://127.0.0.1:1/", ExitConnect, "godwit: GET http://127.0.0.1:1/: ", nil},
	} {
		t.Run(c.args, func(t *testing.T) {
			dir := t.TempDir()
			fill := strings.NewReplacer("URL", d.url, "DIR", dir, "SUM", d.sum())
			got := run(t, append([]string{"--output-dir=" + dir}, strings.Fields(fill.Replace(c.args))...)...)
			if got.code != c.code || got.out != "" || !strings.Contains(got.err, fill.Replace(c.err)) {
				t.Errorf("%+v", got)
			}
			if strings.HasPrefix(c.args, "-q") && got.err != "" {
				t.Errorf("it is not quiet: %s", got.err)
			}
			holding(t, dir, c.want...)
			for _, name := range c.want {
				if strings.HasPrefix(name, "echo") || strings.HasSuffix(name, ".state") {
					continue
				}
				if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(text, d.content) {
					t.Errorf("%s holds %d bytes, %v", name, len(text), err)
				}
			}
		})
	}
}

// What is asked for is what the command line says, and the bytes as they are.
func TestDownloadRequest(t *testing.T) {
	d := newDepot(t)
	dir := t.TempDir()
	for args, want := range map[string]string{
		"URL/echo X-Mine:1":                    "GET identity  1",
		"PUT URL/echo a=1":                     "PUT identity  ",
		"URL/echo Range:bytes=3-":              "GET identity bytes=3- ",
		"URL/echo Accept-Encoding:gzip;q=0.5":  "GET gzip;q=0.5  ",
		"URL/echo X-Mine:@env:MINE":            "GET identity  secret",
		"--overwrite URL/echo":                 "GET identity  ",
		"URL/echo X-Mine:2 --output-dir=DIR/a": "GET identity  2",
	} {
		path := filepath.Join(dir, "file")
		args = strings.NewReplacer("URL", d.url, "DIR", dir).Replace(args)
		words := append([]string{"-d"}, strings.Fields(args)...)
		if !strings.Contains(args, "--output-dir") {
			words = append(words, "-o", path)
		} else {
			path = filepath.Join(dir, "a", "echo")
		}
		got := runEnv(t, Env{Getenv: func(k string) string { return map[string]string{"MINE": "secret"}[k] }}, words...)
		if text, err := os.ReadFile(path); got.code != ExitOK || string(text) != want {
			t.Errorf("%s: %+v, %q, %v", args, got, text, err)
		}
	}
}

// A session has a part in downloads as in all else, and what is only shown is not saved.
func TestDownloadSession(t *testing.T) {
	dir := t.TempDir()
	session := "--session=" + filepath.Join(t.TempDir(), "session.json")
	path := filepath.Join(dir, "file")
	for _, url := range []string{bin.HTTP + "/cookies/set?sid=42", bin.HTTP + "/cookies"} {
		if got := run(t, "-d", session, "-o", path, url); got.code != ExitOK {
			t.Errorf("%+v", got)
		}
	}
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), `"sid": "42"`) {
		t.Errorf("%s, %v", text, err)
	}
	for flag, want := range map[string]string{"--curl": "curl ", "--offline": "GET /cookies HTTP/1.1\r\n"} {
		if got := run(t, "-d", flag, "--output-dir", filepath.Join(dir, "none"), bin.HTTP+"/cookies"); got.code != ExitOK || !strings.HasPrefix(got.out, want) {
			t.Errorf("%s: %+v", flag, got)
		}
	}
	holding(t, dir, "file")
}

// What --offline and --curl show of a download is what it sends, and goes to no file of its.
func TestDownloadShown(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"--offline -d http://a.example/x":                                  "\r\nAccept-Encoding: identity\r\n",
		"--offline -d -o MINE http://a.example/x":                          "\r\nAccept-Encoding: identity\r\n",
		"--offline -d http://a.example/x Accept-Encoding:br":               "\r\nAccept-Encoding: br\r\n",
		"--curl -d http://a.example/x.iso":                                 "curl --fail -O --no-clobber --location ",
		"--curl -d http://a.example/":                                      "curl --fail -o index --no-clobber ",
		"--curl -d http://a.example/.bashrc":                               "curl --fail -o _bashrc --no-clobber ",
		"--curl -d -o MINE http://a.example/x.iso":                         "curl --fail -o MINE --location ",
		"--curl -c --output-dir=MINE --remote-time http://a.example/x.iso": "curl --fail -O --create-dirs --output-dir MINE -C - -R --location ",
		"--curl --overwrite http://a.example/x.iso":                        "curl --fail -O --location ",
	} {
		fill := strings.NewReplacer("MINE", mine)
		got := run(t, strings.Fields(fill.Replace(args))...)
		if got.code != ExitOK || !strings.Contains(got.out, fill.Replace(want)) || strings.Contains(got.out, "--compressed") || strings.Contains(got.out, "gzip") {
			t.Errorf("%s: %+v", args, got)
		}
	}
	if text, err := os.ReadFile(mine); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
	if got := run(t, "--curl", "--checksum=md5:00112233445566778899aabbccddeeff", "http://a.example/x"); !strings.Contains(got.err, "curl has nothing like --checksum") {
		t.Errorf("%+v", got)
	}
}

// The line that --curl prints gets the file.
func TestDownloadByCurl(t *testing.T) {
	d := newDepot(t)
	dir := t.TempDir()
	line := run(t, "--curl", "-d", "-o", filepath.Join(dir, "file"), d.url+"/echo")
	typed(t, line.out, "")
	if text, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(text) != "GET identity  " {
		t.Errorf("%s: %q, %v", line.out, text, err)
	}
}

func TestDownloadToOutput(t *testing.T) {
	d := newDepot(t)
	if got := run(t, "-d", "-o", "-", d.url+"/a"); got.code != ExitOK || got.out != string(d.content) || !strings.HasPrefix(got.err, "Done. 320 kB in ") {
		t.Errorf("%d, %d bytes, %s", got.code, len(got.out), got.err)
	}
	if got := run(t, "-d", "-o", os.DevNull, d.url+"/a"); got.code != ExitOK || got.out != "" {
		t.Errorf("%+v", got)
	}
	// Heads that are asked for go beside the body, not into it.
	got := run(t, "-d", "--print=Hhb", "-o", "-", d.url+"/a")
	if got.out != string(d.content) || !strings.Contains(got.err, "GET /a HTTP/1.1") || !strings.Contains(got.err, "200 OK") {
		t.Errorf("%d, %d bytes, %s", got.code, len(got.out), got.err)
	}
	var errs lockedBuffer
	code := Run(t.Context(), Env{Stdout: brokenWriter{}, Stderr: &errs}, []string{"-d", "-o", "-", d.url + "/a"})
	if ExitCode(code) != ExitOutput {
		t.Errorf("%d, %s", code, errs.String())
	}
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "no", "file"), t.TempDir() + "/"} {
		before := d.asks.Load()
		got := run(t, "-d", "-o", path, d.url+"/a")
		if got.code != ExitOutput || strings.Count(got.err, "\n") != 1 || d.asks.Load() != before {
			t.Errorf("%s: %+v, %d requests", path, got, d.asks.Load()-before)
		}
	}
}

// --output without --download: what would be printed is in the file, whole or not at all.
func TestOutputFile(t *testing.T) {
	d := newDepot(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, c := range []struct {
		args, want string
		code       ExitCode
	}{
		{d.url + "/echo", "GET gzip, deflate, br, zstd  ", ExitOK},
		{"--print=h " + d.url + "/none", "HTTP/1.1 404 Not Found\r\n", ExitOK},
		{"-q " + d.url + "/echo X-Mine:5", "GET gzip, deflate, br, zstd  5", ExitOK},
		{"--check-status " + d.url + "/none", "404 page not found\n", Exit4xx},
		{d.url + "/away", "<a href=", ExitOK},
		{"http://127.0.0.1:1/", "<a href=", ExitConnect}, // what was there stays
		{"--max-size=1K " + d.url + "/a", "<a href=", ExitError},
	} {
		got := run(t, append([]string{"-o", path}, strings.Fields(c.args)...)...)
		text, err := os.ReadFile(path)
		if got.code != c.code || got.out != "" || !strings.HasPrefix(string(text), c.want) {
			t.Errorf("%s: %+v, %q, %v", c.args, got, text, err)
		}
		holding(t, dir, "file")
	}
	if got := run(t, "-o", "-", d.url+"/echo"); !strings.HasPrefix(got.out, "GET ") {
		t.Errorf("%+v", got)
	}
	if got := run(t, "-o", dir, d.url+"/echo"); got.code != ExitOutput {
		t.Errorf("%+v", got)
	}
}

// Ctrl-C keeps what has come, and the same command goes on from there.
func TestDownloadInterrupted(t *testing.T) {
	d := newDepot(t)
	d.slow.Store(true)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	args := []string{"-d", "--output-dir", dir, d.url + "/a.bin"}
	var errs lockedBuffer
	ended := make(chan int)
	go func() { ended <- Run(ctx, Env{Stderr: &errs}, args) }()
	for { // until the bytes are in the file
		if info, err := os.Stat(filepath.Join(dir, "a.bin.part")); err == nil && info.Size() >= int64(len(d.content)/2) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	if code := <-ended; ExitCode(code) != ExitInterrupted || !strings.HasPrefix(errs.String(), "Kept 160 kB in "+dir+"/a.bin.part; ") || strings.Count(errs.String(), "\n") != 1 {
		t.Errorf("%d, %s", code, errs.String())
	}
	holding(t, dir, "a.bin.part", "a.bin.part.state")
	d.slow.Store(false)
	if got := run(t, args...); got.code != ExitOK || !strings.HasPrefix(got.err, "Done. 160 kB of 320 kB in ") {
		t.Errorf("%+v", got)
	}
	holding(t, dir, "a.bin")
	if text, _ := os.ReadFile(filepath.Join(dir, "a.bin")); !bytes.Equal(text, d.content) {
		t.Error("it is not the file")
	}
}

// What --continue cannot go on with is not replaced, unless --overwrite says so.
func TestDownloadContinueKeeps(t *testing.T) {
	whole := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("theirs")) }))
	defer whole.Close()
	path := filepath.Join(t.TempDir(), "file")
	for _, c := range []struct {
		args, want, err string
		code            ExitCode
	}{
		{"-c -o", "mine", "the server sends no parts to go on with it; nothing was written (--overwrite replaces it)", ExitOutput},
		{"-c --overwrite -o", "theirs", "begun again", ExitOK},
	} {
		if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		got := run(t, append(strings.Fields(c.args), path, whole.URL)...)
		if text, err := os.ReadFile(path); err != nil || string(text) != c.want || got.code != c.code || !strings.Contains(got.err, c.err) {
			t.Errorf("%s: %+v, %q, %v", c.args, got, text, err)
		}
	}
}

// So it is with several, each of which says what was kept of it, and in no words of Go.
func TestDownloadListInterrupted(t *testing.T) {
	d := newDepot(t)
	d.slow.Store(true)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	args := []string{"-d", "--output-dir", dir, d.url + "/a.bin", d.url + "/b.bin", d.url + "/none"}
	var errs lockedBuffer
	ended := make(chan int)
	go func() { ended <- Run(ctx, Env{Stderr: &errs}, args) }()
	for _, name := range []string{"a.bin.part", "b.bin.part"} {
		for { // until the bytes are in the file
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Size() >= int64(len(d.content)/2) {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
	cancel()
	code := <-ended
	told := errs.String()
	for _, token := range []string{
		"0 of 3 files, 320 kB in ", "; 3 are not there yet\n",
		"Kept 160 kB in " + dir + "/a.bin.part; the same command goes on from there\n",
		"Kept 160 kB in " + dir + "/b.bin.part; the same command goes on from there\n",
	} {
		if !strings.Contains(told, token) {
			t.Errorf("no %q", token)
		}
	}
	if ExitCode(code) != ExitInterrupted || strings.Contains(told, "context") || strings.Contains(told, "Failed.") {
		t.Errorf("%d\n%s", code, told)
	}
	d.slow.Store(false)
	if got := run(t, args...); got.code != Exit4xx || !strings.Contains(got.err, "Done. 160 kB of 320 kB in ") {
		t.Errorf("%+v", got)
	}
}

// --max-time is for all of a download, and what has come by then is kept.
func TestDownloadMaxTime(t *testing.T) {
	d := newDepot(t)
	d.slow.Store(true)
	dir := t.TempDir()
	got := run(t, "-d", "--max-time=0.3", "--output-dir", dir, d.url+"/a.bin")
	if got.code != ExitTimeout || !strings.Contains(got.err, "Kept 160 kB") {
		t.Errorf("%+v", got)
	}
}

func TestDownloadList(t *testing.T) {
	d := newDepot(t)
	dir := t.TempDir()
	list := "# files\n\n" + d.url + "/a.bin\n" +
		d.url + "/b.bin  'a name.bin'  " + d.sum() + "\r\n" +
		d.url + "/c.bin " + strings.Replace(d.sum(), ":", ":00", 1)[:71] + "\n" +
		"\t" + d.url + "/none\n"
	path := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	got := run(t, "-i", path, "--jobs=2", "--output-dir", dir, "X-Mine:1")
	if got.code != ExitChecksum || got.out != "" {
		t.Errorf("%+v", got)
	}
	for _, token := range []string{"Done. 320 kB in ", "a.bin\n", "sha256 as expected: " + dir + "/a name.bin\n", "2 of 4 files, 960 kB in ", "2 failed", "    GET " + d.url + "/c.bin: the sha256 is", "    GET " + d.url + "/none: HTTP 404 Not Found"} {
		if !strings.Contains(got.err, token) {
			t.Errorf("no %q in\n%s", token, got.err)
		}
	}
	if strings.Count(got.err, "/none") != 1 || strings.Contains(got.err, "Failed.") {
		t.Errorf("a failure is said more than once:\n%s", got.err)
	}
	holding(t, dir, "a.bin", "a name.bin", "c.bin.part", "c.bin.part.state")

	// Again, by the standard input, with --continue: what is there is there.
	before := d.asks.Load()
	got = runEnv(t, Env{Stdin: strings.NewReader(d.url + "/a.bin\n")}, "--input=-", "-c", "--output-dir", dir)
	if got.code != ExitOK || !strings.Contains(got.err, "Done. 320 kB were there already") || d.asks.Load() != before+1 {
		t.Errorf("%+v", got)
	}

	// A file of checksums has one for each.
	sums := filepath.Join(t.TempDir(), "SHA256SUMS")
	text := strings.TrimPrefix(d.sum(), "sha256:") + "  pool/a.bin\n" + strings.Repeat("0", 64) + " *b.bin\n"
	if err := os.WriteFile(sums, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got = run(t, "--overwrite", "--checksum=@"+sums, "--output-dir", dir, d.url+"/a.bin", d.url+"/b.bin", d.url+"/c.bin")
	if got.code != ExitChecksum || !strings.Contains(got.err, "1 of 3 files") || !strings.Contains(got.err, "there is no checksum for c.bin") {
		t.Errorf("%+v", got)
	}
}

func TestParseList(t *testing.T) {
	ask := new(askOptions)
	got, err := parseList(strings.NewReader("\ufeff  # x\n:8000/a\nexample.org/b \"c d .. e.txt\" md5:00112233445566778899aabbccddeeff\n"), ask)
	if err != nil || len(got) != 2 || got[0].url != "http://localhost:8000/a" || got[0].name != "" ||
		got[1].url != "https://example.org/b" || got[1].name != "c d .. e.txt" || got[1].sum == nil {
		t.Errorf("%+v, %v", got, err)
	}
	hex := strings.Repeat("0a", 64)
	for line, want := range map[string][2]string{ // the name and the checksum
		"http://a/ " + hex[:64]:             {"", "sha256:" + hex[:64]},
		"http://a/ b " + hex[:64]:           {"b", "sha256:" + hex[:64]},
		"http://a/\tb\t" + hex:              {"b", "sha512:" + hex},
		"http://a/ b " + hex[:40]:           {"b", "sha1:" + hex[:40]},
		"http://a/ 'b c' " + hex[:32]:       {"b c", "md5:" + hex[:32]},
		"http://a/ b SHA-256:" + hex[:64]:   {"b", "sha256:" + hex[:64]},
		"http://a/ '" + hex[:64] + "'":      {hex[:64], ""},
		"http://a/ \"it's\"":                {"it's", ""},
		"http://a/ " + strings.ToUpper(hex): {"", "sha512:" + hex},
		"http://a/ " + hex[:63]:             {hex[:63], ""},
		"http://a/ b.iso":                   {"b.iso", ""},
	} {
		got, err := parseList(strings.NewReader(line), ask)
		if err != nil || got[0].name != want[0] || (got[0].sum == nil) != (want[1] == "") || got[0].sum != nil && got[0].sum.String() != want[1] {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
	for list, want := range map[string]string{
		"":                         "it has no URL",
		"# only\n":                 "it has no URL",
		"http://a/ ../b":           `line 1: "../b" is not a name that a file may have here; "b" would be one`,
		"\nhttp://a/ .bashrc":      `line 2: ".bashrc" is not a name`,
		"http://a/ a\x1b[2J":       `line 1: "a\x1b[2J" is not a name`,
		"http://a/ /etc/passwd":    `line 1: "/etc/passwd" is not a name`,
		"http://a/ a.part":         `line 1: "a.part" is not a name that a file may have here; "a.part_" would be one`,
		"http://a/ sha256:00":      `line 1: "00" is not the 64 hexadecimal digits`,
		"http://a/ b garbage":      `line 1: "b" and "garbage": one too many`,
		"http://a/ b c.iso md5:00": `line 1: "00" is not the 32`,
		"http://a/ 'b' c":          `line 1: "c" behind the name is no checksum`,
		"http://a/ 'b":             "line 1: the quotes of the name do not end: 'b",
		"http://a/ 'b'c":           "line 1: the quotes of the name do not end: 'b'c",
		"http://a/ ''":             "line 1: the name is empty",
		"http:///a":                `line 1: "http:///a" is no URL`,
		"http://%zz/":              "line 1: ",
		strings.Repeat("x", 1e5):   "line 1: ",
	} {
		if got, err := parseList(strings.NewReader(list), ask); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %+v, %v", list, got, err)
		}
	}
}

func TestDownloadUsage(t *testing.T) {
	for args, want := range map[string]string{
		"--output= http://a":                "--output: it is empty",
		"--segments=0 http://a":             `--segments: "0" is not a number from 1 to 16`,
		"--jobs=100 http://a":               `--jobs: "100" is not a number from 1 to 64`,
		"--checksum=crc:1 http://a":         `--checksum: "crc:1" is none of sha256:HEX`,
		"--checksum=sha256:12 http://a":     `--checksum: "12" is not the 64 hexadecimal digits`,
		"--checksum=@/none http://a":        "--checksum: open /none",
		"--input=/none":                     "--input: open /none",
		"-i -":                              "--input: there is nothing on the standard input",
		"-i x -o y":                         "--output names one file, and --input has many",
		"-d -o x --output-dir=y http://a":   "the former may be a path",
		"-c -o - http://a":                  "--continue needs a file",
		"-d -o x http://a http://b":         "--output names one file, and there are several URLs",
		"-d -a me:x http://a http://b":      "--auth would go to both http://a and http://b",
		"-d http://a http://b Cookie:a=b":   "Cookie would go to both http://a and http://b",
		"-d -i /dev/null a=1":               `"a=1": what is downloaded by a list`,
		"-d":                                "no URL",
		"-d --checksum=@/dev/null http://a": "it has no checksum",
		"-d --input=/dev/null":              "it has no URL",
		"--input= http://a":                 "--input: it is empty",
	} {
		got := run(t, strings.Fields(args)...)
		if got.code != ExitUsage || !strings.Contains(got.err, want) || got.out != "" {
			t.Errorf("%s: %+v, want %s", args, got, want)
		}
	}
}

// No list makes a name that leads elsewhere, or a URL without a host.
func FuzzParseList(f *testing.F) {
	f.Add("http://a/b c d sha256:00\n# x\n")
	f.Add(":8000/a ../b")
	f.Fuzz(func(t *testing.T, text string) {
		wishes, err := parseList(strings.NewReader(text), new(askOptions))
		if err != nil {
			return
		}
		for _, w := range wishes {
			if strings.ContainsAny(w.name, "/\\\x00\n\x1b") || strings.HasPrefix(w.name, ".") || !strings.Contains(w.url, "://") {
				t.Errorf("%+v", w)
			}
		}
	})
}
