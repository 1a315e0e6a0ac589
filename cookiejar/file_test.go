package cookiejar

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// text returns the file of a jar.
func text(t testing.TB, j *Jar) string {
	t.Helper()
	var b strings.Builder
	n, err := j.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("%d bytes of %d, %v", n, b.Len(), err)
	}
	return b.String()
}

const wantFile = `{
"version": 1,
"cookies": [
{"domain":"::1","host_only":true,"path":"/","name":"","value":"=v","secure":false,"http_only":false,"created":"2000-01-01T00:00:00.000000003Z","last_used":"2000-01-01T00:00:00Z"},
{"domain":"example.com","host_only":false,"path":"/<é>","name":"a[b]","value":"\"c\" & d","secure":true,"http_only":true,"partitioned":true,"same_site":"Lax","expires":"2000-01-01T00:01:00Z","created":"2000-01-01T00:00:00Z","last_used":"2000-01-01T00:00:00Z"},
{"domain":"example.com","host_only":true,"path":"/","name":"x","value":"y","secure":false,"http_only":false,"created":"2000-01-01T00:00:00.000000001Z","last_used":"2000-01-01T00:00:00Z"},
{"domain":"example.com","host_only":true,"path":"/","name":{"base64":"/w=="},"value":".\t.","secure":false,"http_only":false,"created":"2000-01-01T00:00:00.000000002Z","last_used":"2000-01-01T00:00:00Z"}
]
}
`

// TestWriteTo has the file, byte for byte.
func TestWriteTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		set(t, j, "https://example.com/", `a[b]="c" & d; Path=/<é>; Domain=example.com; Secure; HttpOnly; Partitioned; SameSite=lax; Max-Age=60`, "x=y", "\xff=.\t.")
		set(t, j, "http://[::1]/", "==v")
		j.SaveSession = true
		if got := text(t, j); got != wantFile {
			t.Errorf("%s\nwant\n%s", got, wantFile)
		}
		j.SaveSession = false
		lines := strings.Split(wantFile, "\n")
		want := strings.Join([]string{lines[0], lines[1], lines[2], strings.TrimSuffix(lines[4], ","), "]", "}", ""}, "\n")
		if got := text(t, j); got != want {
			t.Errorf("without the session's:\n%s\nwant\n%s", got, want)
		}
		if got, want := text(t, New()), "{\n\"version\": 1,\n\"cookies\": [\n]\n}\n"; got != want {
			t.Errorf("empty: %q, want %q", got, want)
		}
	})
}

// TestReadFrom reads what WriteTo has written, whole, byte by byte and in other layouts.
func TestReadFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Second)
		for name, r := range map[string]io.Reader{
			"whole":        strings.NewReader(wantFile),
			"byte by byte": iotest.OneByteReader(strings.NewReader(wantFile)),
			"by hand":      strings.NewReader(strings.NewReplacer("\n", "\r\n\t ", `,"`, "\n,\n\"", `":t`, `" : t`).Replace(wantFile)),
			"one line":     strings.NewReader(strings.ReplaceAll(wantFile, "\n", "")),
		} {
			j := New()
			j.SaveSession = true
			if _, err := j.ReadFrom(r); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := text(t, j); got != wantFile {
				t.Errorf("%s: %s", name, got)
			}
			checkStore(t, &j.store)
		}
		// A fragment of a record is enough for what is not vital.
		j := New()
		if _, err := j.ReadFrom(strings.NewReader(`{"version":1,"cookies":[{"domain":"Example.COM.","host_only":true,"path":"/","name":"a","secure":false,"http_only":false}]}`)); err != nil {
			t.Error(err)
		}
		want := Cookie{Name: "a", Domain: "example.com", HostOnly: true, Path: "/", Created: time.Now().UTC(), LastUsed: time.Now().UTC()}
		if got := slices.Collect(j.All()); len(got) != 1 || got[0] != want {
			t.Errorf("%+v", got)
		}
	})
}

// TestReadFromMerges: a file adds, and takes the place of what is the same.
func TestReadFromMerges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, other := New(), New()
		j.SaveSession, other.SaveSession = true, true
		set(t, j, "http://example.com/", "a=1", "b=2")
		time.Sleep(time.Minute)
		set(t, other, "http://example.com/", "c=3", "a=4", "a=5; Domain=example.com")
		set(t, other, "http://example.com/", "gone=6; Max-Age=1")
		file := text(t, other)
		time.Sleep(time.Minute)
		set(t, j, "http://example.com/", "d=7")
		if n, err := j.ReadFrom(strings.NewReader(file)); err != nil || n != int64(len(file)) {
			t.Fatal(n, err)
		}
		wantHeader(t, j, "http://example.com/", "a=4; b=2; c=3; a=5; d=7")
		checkStore(t, &j.store)
	})
}

// goodRecord is one, in which the test breaks something.
const goodRecord = `{"domain":"example.com","host_only":true,"path":"/","name":"a","value":"b","secure":false,"http_only":false}`

func file(records ...string) string {
	return "{\n\"version\": 1,\n\"cookies\": [\n" + strings.Join(records, ",\n") + "\n]\n}\n"
}

// TestDamagedFile: the jar is as it was, and the error says where. CVE-2026-34993: a file is
// data.
func TestDamagedFile(t *testing.T) {
	with := func(old, with string) string {
		if !strings.Contains(goodRecord, old) {
			t.Fatalf("no %s", old)
		}
		return file(goodRecord, strings.Replace(goodRecord, old, with, 1))
	}
	for _, test := range []struct {
		name, text string
		line       int
		err        error // nil: whatever
		rule       Rule
	}{
		{name: "nothing", text: "", line: 1, err: io.ErrUnexpectedEOF},
		{name: "blank", text: "\n\n", line: 3, err: io.ErrUnexpectedEOF},
		{name: "text", text: "Set-Cookie: a=b\n", line: 1, err: errJSON},
		{name: "pickle", text: "\x80\x04\x95cos\nsystem\n", line: 1, err: errUTF8},
		{name: "Netscape", text: netscapeHead, line: 1, err: errJSON},
		{name: "null", text: "null", line: 1, err: errJSON},
		{name: "a list", text: "[]", line: 1, err: errJSON},
		{name: "an empty object", text: "{}", line: 1, err: errMember},
		{name: "no version", text: `{"cookies":[]}`, line: 1, err: errMember},
		{name: "version 2", text: "{\n\"version\":2,\n\"cookies\":[]}", line: 2, err: errVersion},
		{name: "version 0", text: "{\n\"version\":0,\n\"cookies\":[]}", line: 2, err: errVersion},
		{name: "version null", text: "{\"version\":null,\"cookies\":[]}", line: 1, err: errVersion},
		{name: "version in words", text: "{\n\"version\":\"1\",\n\"cookies\":[]}", line: 2, err: errJSON},
		{name: "version 1e99", text: `{"version":1e99,"cookies":[]}`, line: 1, err: errJSON},
		{name: "no cookies", text: "{\n\"version\":1\n}", line: 3, err: errMember},
		{name: "cookies null", text: "{\"version\":1,\n\"cookies\":null}", line: 2, err: errJSON},
		{name: "cookies twice", text: "{\"version\":1,\"cookies\":[],\n\"cookies\":[]}", line: 2, err: errJSON},
		{name: "something else", text: "{\"version\":1,\"cookies\":[],\n\"x\":[]}", line: 2, err: errJSON},
		{name: "something behind", text: file(goodRecord) + "x", line: 7, err: errTrailing},
		{name: "two files", text: file(goodRecord) + file(goodRecord), line: 7, err: errTrailing},
		{name: "a NUL behind", text: file(goodRecord) + "\x00", line: 7, err: errTrailing},
		{name: "no comma", text: "{\"version\":1,\"cookies\":[\n" + goodRecord + "\n" + goodRecord + "]}", line: 3, err: errJSON},
		{name: "record null", text: file(goodRecord, "null"), line: 5, err: errMissing},
		{name: "record a number", text: file(goodRecord, "1"), line: 5},
		{name: "record a list", text: file(goodRecord, "[]"), line: 5},
		{name: "not UTF-8", text: with(`"b"`, "\"\xff\""), line: 5, err: errUTF8},
		{name: "unknown member", text: with(`"secure"`, `"x":1,"secure"`), line: 5, err: errJSON},
		{name: "no domain", text: with(`"domain":"example.com",`, ""), line: 5, err: errMissing},
		{name: "no path", text: with(`"path":"/",`, ""), line: 5, err: errMissing},
		{name: "no host_only, CVE-2026-54279", text: with(`"host_only":true,`, ""), line: 5, err: errMissing},
		{name: "host_only null", text: with(`"host_only":true,`, `"host_only":null,`), line: 5, err: errMissing},
		{name: "host_only in words", text: with(`"host_only":true,`, `"host_only":"true",`), line: 5},
		{name: "no secure", text: with(`"secure":false,`, ""), line: 5, err: errMissing},
		{name: "no http_only", text: with(`,"http_only":false`, ""), line: 5, err: errMissing},
		{name: "bad same_site", text: with(`"secure"`, `"same_site":"strict ","secure"`), line: 5, err: errSameSite},
		{name: "bad time", text: with(`"secure"`, `"expires":"tomorrow","secure"`), line: 5, err: errJSON},
		{name: "bad base64", text: with(`"b"`, `{"base64":"?"}`), line: 5, err: errJSON},
		{name: "unknown base", text: with(`"b"`, `{"base65":"AA=="}`), line: 5, err: errJSON},
		{name: "a value that is a list", text: with(`"b"`, `["b"]`), line: 5},
		{name: "unknown escape", text: with(`"b"`, `"\x00"`), line: 5, err: errJSON},
		{name: "depth", text: with(`"b"`, strings.Repeat("[", 20_000)), line: 5},

		{name: "NUL", text: with(`"b"`, `"\u0000"`), line: 5, rule: RuleControl},
		{name: "NUL in base64", text: with(`"b"`, `{"base64":"AA=="}`), line: 5, rule: RuleControl},
		{name: "line end", text: with(`"b"`, `"\r\nx"`), line: 5, rule: RuleControl},
		{name: "semicolon", text: with(`"b"`, `"b; c=d"`), line: 5, rule: RuleSyntax},
		{name: "100 kB", text: with(`"b"`, `"`+strings.Repeat("x", 100_000)+`"`), line: 5, rule: RuleLong},
		{name: "domain", text: with("example.com", `exa\nmple.com`), line: 5, rule: RuleDomain},
		{name: "path", text: with(`"/"`, `"x"`), line: 5, rule: RulePath},
		{name: "prefix", text: with(`"a"`, `"__Host-a"`), line: 5, rule: RulePrefix},
		{name: "address", text: strings.Replace(with("example.com", "1.2.3.4"), `"1.2.3.4","host_only":true`, `"1.2.3.4","host_only":false`, 1), line: 5, rule: RuleAddress},
		{name: "20001 cookies", text: file(slices.Repeat([]string{goodRecord}, maxLoaded+1)...), line: 4 + maxLoaded, err: errMany},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := New()
			set(t, j, "http://example.org/", "old=1; Max-Age=100")
			before := text(t, j)
			_, err := j.ReadFrom(strings.NewReader(test.text))
			bad, ok := errors.AsType[*FileError](err)
			if !ok || bad.Line != test.line || test.err != nil && bad.Err != test.err {
				t.Errorf("%v, want line %d: %v", err, test.line, test.err)
			}
			if broken, ok := errors.AsType[*Error](err); test.rule != "" && (!ok || broken.Rule != test.rule) {
				t.Errorf("%v, want: %s", err, test.rule)
			}
			if err != nil && (len(err.Error()) > 200 || strings.Contains(err.Error(), "\n")) {
				t.Errorf("message %q", err)
			}
			if text(t, j) != before {
				t.Error("the jar has changed")
			}
		})
	}
}

// TestTruncatedFile: cut at every byte, it is an error, but where only white space is missing.
func TestTruncatedFile(t *testing.T) {
	whole := strings.TrimSpace(file(goodRecord, strings.Replace(goodRecord, `"b"`, `{"base64":"/w=="}`, 1)))
	for n := range len(whole) {
		j := New()
		_, err := j.ReadFrom(strings.NewReader(whole[:n]))
		if bad, ok := errors.AsType[*FileError](err); !ok || bad.Line == 0 || j.Len() != 0 {
			t.Fatalf("cut at %d: %v, %d cookies", n, err, j.Len())
		}
	}
	j := New()
	if _, err := j.ReadFrom(strings.NewReader(whole)); err != nil || j.Len() != 1 {
		t.Errorf("%v, %d cookies", err, j.Len())
	}
}

// TestLeftOut: what is over, and domains that have become public suffixes since.
func TestLeftOut(t *testing.T) {
	j := New()
	suffix := strings.Replace(goodRecord, `"example.com","host_only":true`, `"co.uk","host_only":false`, 1)
	over := strings.Replace(goodRecord, `"secure"`, `"expires":"0001-01-01T00:00:00Z","secure"`, 1)
	over2 := strings.Replace(goodRecord, `"secure"`, `"expires":"2000-01-01T00:00:00+02:00","secure"`, 1)
	if _, err := j.ReadFrom(strings.NewReader(file(suffix, over, over2))); err != nil || j.Len() != 0 {
		t.Errorf("%v, %d cookies", err, j.Len())
	}
	far := strings.Replace(goodRecord, `"secure"`, `"expires":"9999-12-31T23:59:59Z","secure"`, 1)
	if _, err := j.ReadFrom(strings.NewReader(file(far))); err != nil || j.Len() != 1 {
		t.Fatalf("%v, %d cookies", err, j.Len())
	}
	for c := range j.All() {
		if left := time.Until(c.Expires); left > maxAge {
			t.Errorf("lives for %v", left)
		}
	}
}

// TestLargeFile: not even a file that has no end takes more than the bound.
func TestLargeFile(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("takes 64 MiB: left out by -short and by the race detector")
	}
	j := New()
	for _, read := range []func(io.Reader) error{
		func(r io.Reader) error { _, err := j.ReadFrom(r); return err },
		j.ReadNetscape,
	} {
		if err := read(spaces{}); !errors.Is(err, errLarge) || err.Error() != "larger than 64 MiB" {
			t.Errorf("%v", err)
		}
	}
	broken := errors.New("broken")
	if _, err := j.ReadFrom(iotest.ErrReader(broken)); err != broken {
		t.Errorf("%v", err)
	}
	if err := j.ReadNetscape(iotest.ErrReader(broken)); err != broken {
		t.Errorf("%v", err)
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// randomCookie returns a cookie that can be set. Times are whole seconds, for cookies.txt.
func randomCookie(r *rand.Rand, now time.Time) Cookie {
	octets := func(n int) string {
		b := make([]byte, r.IntN(n))
		for i := range b {
			for b[i] = byte(r.Uint32()); b[i] < ' ' || b[i] == 0x7f || b[i] == ';' || b[i] == '='; {
				b[i] = byte(r.Uint32())
			}
		}
		return trim(string(b))
	}
	c := Cookie{
		Name: octets(6), Value: octets(30) + "=", Path: "/" + octets(4),
		Domain: []string{"example.com", "www.example.com", "xn--bcher-kva.example", "a.b.c.example.co.uk", "_x.example.org"}[r.IntN(5)],
		Secure: r.IntN(2) == 0, HTTPOnly: r.IntN(2) == 0, Partitioned: r.IntN(2) == 0, HostOnly: r.IntN(2) == 0,
		SameSite: []http.SameSite{0, http.SameSiteLaxMode, http.SameSiteStrictMode, http.SameSiteNoneMode}[r.IntN(4)],
		Created:  now.Add(-time.Duration(r.Int64N(1e18))), LastUsed: now.Add(-time.Duration(r.Int64N(1e18))),
	}
	switch r.IntN(8) {
	case 0:
		c.Name, c.Secure, c.HTTPOnly, c.HostOnly, c.Path = "__Host-Http-"+c.Name, true, true, true, "/"
	case 1:
		c.Domain, c.HostOnly = []string{"localhost", "1.2.3.4", "fe80::1%eth0", "github.io"}[r.IntN(4)], true
	}
	if r.IntN(3) > 0 {
		c.Expires = now.Truncate(time.Second).Add(time.Second * time.Duration(r.Int64N(30_000_000)+10))
	}
	return c
}

func randomJar(t testing.TB, seed uint64) *Jar {
	r := rand.New(rand.NewPCG(seed, 1))
	j := New()
	j.SaveSession = true
	now := timeNow()
	for range r.IntN(60) {
		if err := j.Set(randomCookie(r, now)); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// TestRoundTrip: CVE-2026-54279, CVE-2018-25100. What is read is what was written, all of it.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(200 / raceSlows) {
		j, again := randomJar(t, seed), New()
		if _, err := again.ReadFrom(strings.NewReader(text(t, j))); err != nil {
			t.Fatal(err)
		}
		want, got := slices.Collect(j.All()), slices.Collect(again.All())
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %v\nwant %v", seed, got, want)
		}
		checkStore(t, &again.store)
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "cookies.json")
	j := New()
	set(t, j, "http://example.com/", "a=b; Max-Age=100")
	check := func(mode fs.FileMode) {
		t.Helper()
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode() != mode { // CVE-2022-32207
			t.Errorf("mode %v, want %v", info.Mode(), mode)
		}
		again := New()
		if mode&0o400 != 0 || os.Geteuid() == 0 {
			if err := again.Load(path); err != nil || again.Len() != 1 {
				t.Errorf("%d cookies, %v", again.Len(), err)
			}
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 2 {
			t.Errorf("%v, %v", entries, err)
		}
	}
	for _, mode := range []fs.FileMode{0, 0o600, 0o644, 0o666, 0o400, 0o440, 0o200} {
		if mode != 0 {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		} else {
			mode = 0o600
		}
		if err := j.Save(path); err != nil {
			t.Fatal(err)
		}
		check(mode & 0o600)
	}
	if runtime.GOOS == "windows" {
		return
	}
	// A link is replaced, and what it leads to is left alone.
	target := filepath.Join(dir, "target")
	if err := errors.Join(os.WriteFile(target, []byte("precious"), 0o600), os.Remove(path), os.Symlink(target, path), j.Save(path)); err != nil {
		t.Fatal(err)
	}
	check(0o600)
	if got, err := os.ReadFile(target); err != nil || string(got) != "precious" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestSaveFails: what is there stays, and nothing else is left.
func TestSaveFails(t *testing.T) {
	dir := t.TempDir()
	j := New()
	set(t, j, "http://example.com/", "a=b; Max-Age=100")
	for _, path := range []string{"", dir, dir + string(os.PathSeparator), filepath.Join(dir, "no", "folder")} {
		if err := j.Save(path); err == nil {
			t.Errorf("%q is saved", path)
		}
		if err := j.Load(path); err == nil {
			t.Errorf("%q is loaded", path)
		}
	}
	if runtime.GOOS != "windows" {
		if err := j.Save(os.DevNull); !errors.Is(err, errNotFile) {
			t.Errorf("%v", err)
		}
		if err := j.Load(os.DevNull); !errors.Is(err, errNotFile) {
			t.Errorf("%v", err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
	if err := j.Load(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	bad := filepath.Join(dir, "bad.json")
	if err := os.WriteFile(bad, []byte("{\n\"version\": 7"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := j.Load(bad); err == nil || err.Error() != "load "+bad+": line 2: not version 1 of the format" || j.Len() != 1 {
		t.Errorf("%v", err)
	}
}

// TestWriteFails: an error of the writer is that of the jar.
func TestWriteFails(t *testing.T) {
	j := randomJar(t, 1)
	broken := errors.New("broken")
	w := failing{broken}
	if _, err := j.WriteTo(w); err != broken {
		t.Errorf("%v", err)
	}
	if _, err := j.WriteNetscape(w); err != broken {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
