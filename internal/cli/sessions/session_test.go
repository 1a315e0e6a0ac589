package sessions

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"example.com/godwit/internal/cli/ownfile"
)

const origin, host = "https://api.example.com:443", "api.example.com"

// TestMain runs the tests, unless the process is one that a test has started.
func TestMain(m *testing.M) {
	if path := os.Getenv("SESSIONS_ADD"); path != "" {
		if err := add20(path, os.Getenv("SESSIONS_WHO")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// add20 opens and saves the session twenty times, with a cookie and a field more each time.
func add20(path, who string) error {
	for i := range 20 {
		s, err := Open(path, origin, host)
		if err != nil {
			return err
		}
		set(s, fmt.Sprintf("%s%d=x", who, i))
		s.Learn(origin, Known{Fields: []Field{{Name: fmt.Sprintf("X-%s-%d", who, i), Value: "y"}}})
		if err := s.Save(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

// set has a response from the origin set cookies.
func set(s *Session, setCookie ...string) {
	u, err := url.Parse(origin)
	if err != nil {
		panic(err)
	}
	s.Jar.Store(u, setCookie)
}

func sent(s *Session) string {
	u, err := url.Parse(origin)
	if err != nil {
		panic(err)
	}
	return s.Jar.Header(u)
}

func open(t *testing.T, path string) *Session {
	t.Helper()
	s, err := Open(path, origin, host)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func save(t *testing.T, s *Session) {
	t.Helper()
	if err := s.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestSaveAndOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "host", "name.json")
	s := open(t, path)
	if !s.New {
		t.Error("it is new")
	}
	told := Known{[]Field{{Name: "X-A", Value: "<&>"}, {Name: "X-A", Value: "ü"}, {Name: "X-E"}, {Name: "X-R", Ref: "@env:A"}}, &Credential{Type: "basic", Text: "mona:s3cret"}}
	s.Learn(origin, told)
	set(s, "a=1", "b=2; Max-Age=1000; Domain=example.com; Path=/p", "c=3; Secure; HttpOnly; SameSite=Lax")
	save(t, s)
	if s = open(t, path); s.New || s.Exposed || !reflect.DeepEqual(s.Known(origin), told) || sent(s) != "a=1; c=3" || s.Jar.Len() != 3 {
		t.Errorf("%+v, %q", s.Known(origin), sent(s))
	}
	if k := s.Known("http://api.example.com:80"); k.Fields != nil || k.Credential != nil {
		t.Errorf("another origin has %+v", k)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
}

// What nobody has altered is not written.
func TestSaveNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	s := open(t, path)
	save(t, s)
	if _, err := os.Stat(path); err == nil {
		t.Error("an empty session that nobody used is written")
	}
	s.Learn(origin, Known{})
	save(t, s) // it was used
	told := Known{Fields: []Field{{Name: "X-A", Value: "1"}}}
	s.Learn(origin, told)
	set(s, "a=1")
	save(t, s)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	s.Learn(origin, told)
	sent(s) // the cookie is used
	set(s, "a=1")
	save(t, s)
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("it is written again: %v", err)
	}
}

func TestLearn(t *testing.T) {
	basic, bearer := &Credential{Type: "basic", Text: "a:b"}, &Credential{Type: "bearer", Ref: "@env:T"}
	field := func(name, value string) Known { return Known{Fields: []Field{{Name: name, Value: value}}} }
	for name, c := range map[string]struct {
		old, told, want Known
	}{
		"another field":        {field("A", "1"), field("B", "2"), Known{Fields: []Field{{Name: "A", Value: "1"}, {Name: "B", Value: "2"}}}},
		"the same field":       {field("A", "1"), field("a", "2"), field("a", "2")},
		"nothing":              {Known{field("A", "1").Fields, basic}, Known{}, Known{field("A", "1").Fields, basic}},
		"another credential":   {Known{Credential: basic}, Known{Credential: bearer}, Known{Credential: bearer}},
		"a field for it":       {Known{Credential: basic}, field("authorization", "x"), field("authorization", "x")},
		"a credential for one": {field("AUTHORIZATION", "x"), Known{Credential: basic}, Known{Credential: basic}},
	} {
		if got := merged(c.old, c.told); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Two runs at once: what either has learnt, altered and removed is in the file.
func TestSaveMerges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	s := open(t, path)
	set(s, "both=1", "first=1", "second=1", "gone=1", "renewed=1")
	s.Learn("http://other.example:80", Known{Fields: []Field{{Name: "X", Value: "1"}}})
	save(t, s)

	first, second := open(t, path), open(t, path)
	set(first, "first=2", "new1=1", "gone=; Max-Age=0", "renewed=; Max-Age=0")
	first.Learn(origin, Known{Fields: []Field{{Name: "A", Value: "1"}}})
	set(second, "second=2", "new2=1", "renewed=2")
	second.Learn(origin, Known{Fields: []Field{{Name: "B", Value: "2"}}})
	save(t, second)
	save(t, first)

	s = open(t, path)
	got := strings.Split(sent(s), "; ")
	slices.Sort(got)
	if want := []string{"both=1", "first=2", "new1=1", "new2=1", "renewed=2", "second=2"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if k := s.Known(origin); !reflect.DeepEqual(k.Fields, []Field{{Name: "B", Value: "2"}, {Name: "A", Value: "1"}}) {
		t.Errorf("%+v", k)
	}
	if k := s.Known("http://other.example:80"); len(k.Fields) != 1 {
		t.Errorf("%+v", k)
	}
}

// Two processes, and goroutines, that save the same session twenty times each lose nothing.
func TestSaveAtOnce(t *testing.T) {
	check := func(path string) {
		s := open(t, path)
		if n, m := s.Jar.Len(), len(s.Known(origin).Fields); n != 40 || m != 40 {
			t.Errorf("there are %d cookies and %d fields of 40", n, m)
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(entries) != 1 {
			t.Errorf("left behind: %v, %v", entries, err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s.json")
	var all []*exec.Cmd
	var said [2]strings.Builder
	for i := range said {
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Env = append(os.Environ(), "SESSIONS_ADD="+path, fmt.Sprintf("SESSIONS_WHO=p%d", i))
		cmd.Stderr = &said[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, cmd)
	}
	for i, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, said[i].String())
		}
	}
	check(path)

	path = filepath.Join(t.TempDir(), "s.json")
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() {
			if err := add20(path, fmt.Sprintf("g%d", i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	check(path)
}

// A damaged file is an error that says where, quotes nothing, and leaves the file alone.
func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	cookie := `{"domain":"api.example.com","host_only":true,"path":"/","name":"a","value":"s3cret","secure":true,"http_only":true,"created":"2026-01-01T00:00:00Z","last_used":"2026-01-01T00:00:00Z"}`
	jar := `"jar": {"version": 1, "cookies": [` + "\n" + cookie + "\n]}"
	for text, want := range map[string]string{
		"\x00\x01\x02s3cret":              "line 1: it is not JSON",
		"\xff\xfe":                        "it is not UTF-8",
		"s3cret":                          "line 1: it is not JSON",
		"[]":                              "wrong type",
		"null":                            "of another version of godwit: 0, and not 1",
		"{}":                              "of another version of godwit: 0, and not 1",
		`{"version": 2, "x": 1}`:          "of another version of godwit: 2, and not 1",
		`{"version": "s3cret"}`:           `wrong type of "version"`,
		`{"version": 1`:                   "it ends early",
		"{\n\"version\": 1}\ns3cret":      "line 3: it is not JSON",
		`{"version": 1, "s3cret": 1}`:     "it has a member that is unknown",
		`{"version": 1, "origins": [{}]}`: "an origin that is none",
		`{"version": 1, "origins": [{"origin": "*"}]}`:                                                                         "an origin that is none",
		`{"version": 1, "origins": [{"origin": "https://mona:s3cret@h"}]}`:                                                     "an origin that is none",
		`{"version": 1, "origins": [{"origin": "https://h/path"}]}`:                                                            "an origin that is none",
		`{"version": 1, "origins": [{"origin": "https://h", "headers": [{"value": "s3cret"}]}]}`:                               "a header without a name",
		`{"version": 1, "origins": [{"origin": "https://h", "headers": [{"name": "A", "value": "s3cret", "ref": "@env:A"}]}]}`: "with two values",
		`{"version": 1, "origins": [{"origin": "https://h", "auth": {"type": "ntlm", "text": "s3cret"}}]}`:                     "an auth that is none",
		`{"version": 1, "origins": [{"origin": "https://h", "auth": {"type": "basic"}}]}`:                                      "an auth that is none",
		`{"version": 1, "jar": {"version": 1, "cookies": [{}]}}`:                                                               "a cookie needs domain",
		"{\"version\": 1,\n" + jar: "it ends early",
		"{\"version\": 1,\n" + strings.Replace(jar, `"api.example.com"`, `"com"`, 1) + "}":                                         "",
		"{\"version\": 1,\n" + strings.Replace(jar, `"host_only":true`, `"host_only":"s3cret"`, 1) + "}":                           "line 3: ",
		"{\"version\": 1,\n" + strings.Replace(jar, `"host_only":true,`, ``, 1) + "}":                                              "line 3: a cookie needs domain, host_only",
		"{\"version\": 1,\n" + strings.Replace(jar, `"value":"s3cret"`, `"value":"s3c\u0000ret"`, 1) + "}":                         "line 3: ",
		"{\"version\": 1,\n" + strings.Replace(strings.Replace(jar, `"name":"a"`, `"name":"__Host-a"`, 1), `"/"`, `"/x"`, 1) + "}": "line 3: ",
		"{\"version\": 1,\n" + jar + "}": "",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, origin, host)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case want == "":
			continue
		case err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "s3cret"):
			t.Errorf("%s: %v, want %s", text, err, want)
		case s != nil:
			t.Errorf("%s: a session", text)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != text {
			t.Errorf("%s has become %s, %v", text, now, err)
		}
	}

	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := open(t, path); !s.New {
		t.Error("an empty file is no session yet")
	}

	// It was damaged while the command ran.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	set(s, "a=1")
	if err := os.WriteFile(path, []byte("half a f"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context()); !errors.Is(err, errDamaged) {
		t.Errorf("saving over it: %v", err)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != "half a f" {
		t.Errorf("%s, %v", now, err)
	}
}

func TestHostileFiles(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir, origin, host); !errors.Is(err, ownfile.ErrNotRegular) {
		t.Errorf("a folder: %v", err)
	}
	large := filepath.Join(dir, "large")
	f, err := os.Create(large)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Chmod(0o600), f.Truncate(maxFile+1), f.Close()); err != nil { // sparse
		t.Fatal(err)
	}
	if _, err := Open(large, origin, host); !errors.Is(err, ownfile.ErrLarge) {
		t.Errorf("a large file: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	writable, link := filepath.Join(dir, "writable"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(writable, []byte(`{"version":1}`), 0o600), os.Chmod(writable, 0o606), os.Symlink(writable, link)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(writable, origin, host); !errors.Is(err, ownfile.ErrWritable) {
		t.Errorf("a file that others can write to: %v", err)
	}
	if _, err := Open(link, origin, host); !errors.Is(err, ownfile.ErrLink) {
		t.Errorf("a symbolic link: %v", err)
	}
}

func TestOriginsByHand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	text := `{"version": 1, "origins": [{"origin": "HTTPS://API.Example.com/", "headers": [{"name": "A", "value": "1"}]}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if k := open(t, path).Known(origin); len(k.Fields) != 1 {
		t.Errorf("%+v", k)
	}
}
