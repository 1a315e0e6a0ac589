package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"example.com/godwit/internal/realserver"
)

// An archive is what these tests look at of a HAR. That it is one, the tests of package inspect see.
type archive struct {
	Log struct {
		Version string
		Entries []struct {
			Request struct {
				Method, URL, HTTPVersion string
				PostData                 struct{ Text string }
			}
			Response struct {
				Status  int
				Content struct{ Text string }
			}
			Error string `json:"_error"`
		}
	}
}

func readArchive(t *testing.T, text []byte) (a archive) {
	t.Helper()
	if err := json.Unmarshal(text, &a); err != nil || a.Log.Version != "1.2" {
		t.Fatalf("%v: %s", err, text)
	}
	return a
}

func harFile(t *testing.T, path string) archive {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return readArchive(t, text)
}

// What went over the wire is in the file, and what is printed is as without it.
func TestHAR(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.har")
	got := run(t, "--har="+file, "--follow", "--verify="+bin.CAFile, bin.HTTPS+"/redirect/1", "Authorization:Bearer s3cret")
	if got.code != ExitOK || got.err != "" || !strings.Contains(got.out, `"url"`) {
		t.Fatalf("%+v", got)
	}
	a := harFile(t, file)
	if len(a.Log.Entries) != 2 || a.Log.Entries[0].Response.Status != 302 || a.Log.Entries[1].Response.Status != 200 ||
		a.Log.Entries[1].Request.HTTPVersion != "HTTP/2.0" || a.Log.Entries[1].Response.Content.Text != got.out {
		t.Errorf("%+v", a.Log.Entries)
	}
	info, err := os.Stat(file)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if got := run(t, "--har="+file, bin.HTTP+"/status/204", "Authorization:Bearer s3cret"); got.code != ExitOK {
		t.Errorf("%+v", got)
	}
	if text, _ := os.ReadFile(file); strings.Contains(string(text), "s3cret") {
		t.Error("a secret is in the file")
	}
	if got := run(t, "--har="+file, "--show-secrets", bin.HTTP+"/status/204", "Authorization:Bearer s3cret"); got.code != ExitOK {
		t.Errorf("%+v", got)
	}
	if text, _ := os.ReadFile(file); !strings.Contains(string(text), "Bearer s3cret") {
		t.Error("a secret that was asked for is not in the file")
	}
}

// The body is in the file though only the head is printed; a request's is, too.
func TestHARBody(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.har")
	got := run(t, "--har="+file, "-h", bin.HTTP+"/post", "a=1")
	if got.code != ExitOK || strings.Contains(got.out, "{") {
		t.Fatalf("%+v", got)
	}
	e := harFile(t, file).Log.Entries[0]
	if e.Request.PostData.Text != `{"a": "1"}` || !strings.HasPrefix(e.Response.Content.Text, "{") {
		t.Errorf("%+v", e)
	}
}

// On the standard output it is alone.
func TestHAROnStdout(t *testing.T) {
	got := run(t, "--har=-", bin.HTTP+"/encoding/utf8")
	if got.code != ExitOK || got.err != "" {
		t.Fatalf("%+v", got)
	}
	if a := readArchive(t, []byte(got.out)); len(a.Log.Entries) != 1 || !strings.Contains(a.Log.Entries[0].Response.Content.Text, "∮") {
		t.Errorf("%+v", a)
	}
	for _, flags := range []string{"-v", "--print=h", "-b", "--all"} {
		if got := run(t, "--har=-", flags, bin.HTTP+"/get"); got.code != ExitUsage || got.out != "" || !strings.Contains(got.err, "--har") {
			t.Errorf("%s: %+v", flags, got)
		}
	}
	got = onTerminal(t, "--har=-", answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n\u202e\u009b\x1b"+"[1")[:])
	if strings.ContainsAny(got.out, "\u202e\u009b\x1b") || !strings.Contains(got.out, `\u202e`) {
		t.Errorf("%q", got.out)
	}
	readArchive(t, []byte(got.out))
}

// A call that fails, or is interrupted, is in the file as far as it went.
func TestHAROfFailure(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.har")
	if got := run(t, "--har="+file, "http://127.0.0.1:1/"); got.code != ExitConnect {
		t.Fatalf("%+v", got)
	}
	if e := harFile(t, file).Log.Entries; len(e) != 1 || !strings.Contains(e[0].Error, "refused") || e[0].Request.URL != "http://127.0.0.1:1/" {
		t.Errorf("%+v", e)
	}

	ctx, cancel := context.WithCancel(t.Context())
	first := writerFunc(func(p []byte) (int, error) {
		cancel() // as soon as something has come
		return len(p), nil
	})
	code := Run(ctx, Env{Stdout: first}, []string{"--har=" + file, bin.HTTP + "/drip?duration=5&delay=0&numbytes=5"})
	if e := harFile(t, file).Log.Entries; ExitCode(code) != ExitInterrupted || len(e) != 1 || e[0].Response.Status != 200 {
		t.Errorf("%d, %+v", code, e)
	}
}

// A command line that is wrong leaves a file alone, and so does a record that cannot be written.
func TestHARLeavesAlone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.har")
	if err := os.WriteFile(file, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code ExitCode
		want string
	}{
		{[]string{"--har=" + file, "http://[::1"}, ExitUsage, ""},
		{[]string{"--har=" + file, "POST", bin.HTTP, "a:=}"}, ExitUsage, ""},
		{[]string{"--har=" + dir, bin.HTTP}, ExitOutput, "is a folder"},
		{[]string{"--har=" + filepath.Join(dir, "none", "a.har"), bin.HTTP}, ExitOutput, "none"},
		{[]string{"--har=" + filepath.Join(file, "a.har"), bin.HTTP}, ExitOutput, ""},
		{[]string{"--har=", bin.HTTP}, ExitUsage, "--har: it must be a file"},
	} {
		if got := run(t, c.args...); got.code != c.code || got.out != "" || !strings.Contains(got.err, c.want) {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
	if text, _ := os.ReadFile(file); string(text) != "old" {
		t.Errorf("%q", text)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%v", left)
	}
}

// A link stays a link, and what it leads to is replaced; a device is written to.
func TestHARThroughLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links take a privilege there")
	}
	dir := t.TempDir()
	file, link := filepath.Join(dir, "a.har"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if got := run(t, "--har="+link, bin.HTTP+"/get"); got.code != ExitOK {
		t.Fatalf("%+v", got)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v", info, err)
	}
	harFile(t, file)
	if got := run(t, "--har="+os.DevNull, bin.HTTP+"/get"); got.code != ExitOK {
		t.Errorf("%+v", got)
	}
	f, err := os.Create(filepath.Join(dir, "open"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if name := fmt.Sprintf("/dev/fd/%d", f.Fd()); exists(name) { // which stays that file
		if got := run(t, "--har="+name, bin.HTTP+"/get"); got.code != ExitOK {
			t.Errorf("%+v", got)
		}
		if info, err := f.Stat(); err != nil || info.Size() == 0 {
			t.Errorf("%v, %v", info, err)
		}
	}
	if exists("/dev/full") {
		if got := run(t, "--har=/dev/full", bin.HTTP+"/get"); got.code != ExitOutput || !strings.Contains(got.err, "space") {
			t.Errorf("%+v", got)
		}
	}
}

// Over HTTP/3 it is the same.
func TestHAROfHTTP3(t *testing.T) {
	s := realserver.Caddy(t)
	file := filepath.Join(t.TempDir(), "a.har")
	if got := run(t, "--har="+file, "--http3-only", "--verify", s.CAFile, s.Secure+"/small.txt"); got.code != ExitOK {
		t.Fatalf("%+v", got)
	}
	e := harFile(t, file).Log.Entries
	if len(e) != 1 || e[0].Request.HTTPVersion != "HTTP/3.0" || e[0].Response.Status != 200 || !strings.Contains(e[0].Response.Content.Text, "small") {
		t.Errorf("%+v", e)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Who is in the URL, or in a proxy's, is in no record and no reason, be there an answer or not.
func TestRecordsOfUserInfo(t *testing.T) {
	for _, args := range [][]string{
		{strings.Replace(bin.HTTP, "http://", "http://mona:s3cret@", 1) + "/status/204"},
		{"http://mona:s3cret@127.0.0.1:1/"},
		{"--proxy=http://mona:s3cret@127.0.0.1:1", "http://host.invalid/"},
		{"--proxy=" + strings.Replace(bin.HTTP, "http://", "http://mona:s3cret@", 1), "http://host.invalid/status/204"},
		{"--proxy=" + strings.Replace(bin.HTTP, "http://", "http://mona:s3cret@", 1), "https://host.invalid/"}, // refuses CONNECT
		{"http://mona:s3cret@[::1"},
	} {
		dir := t.TempDir()
		got := run(t, append([]string{"--har=" + filepath.Join(dir, "a.har"), "--json-out=" + filepath.Join(dir, "a.json"), "--why", "--waterfall", "-v"}, args...)...)
		all := got.out + got.err
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			all += string(text)
		}
		if strings.Contains(all, "s3cret") || strings.Contains(all, "bW9uYTpzM2NyZXQ") {
			t.Errorf("%q: %s", args, all)
		}
	}
}
