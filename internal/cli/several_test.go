package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
)

// One after the other: on one connection, the same body, each with its own secret.
func TestSeveral(t *testing.T) {
	w := newWire(t)
	env := Env{Stdin: strings.NewReader("from stdin"), Getenv: func(string) string { return "s3cret" }}
	got := runEnv(t, env, "PUT", w.url+"/1", "X-Key:@env:A", w.url+"/2", "q==1", w.url+"/3")
	all := w.got()
	if got.code != ExitOK || got.err != "" || len(all) != 3 || w.connections() != 1 {
		t.Fatalf("%+v, %d requests on %d connections", got, len(all), w.connections())
	}
	for i, request := range all {
		if !strings.HasPrefix(request, fmt.Sprintf("PUT /%d?q=1 HTTP/1.1\r\n", i+1)) || !strings.HasSuffix(request, "\r\n\r\nfrom stdin") || !strings.Contains(request, "\r\nX-Key: s3cret\r\n") {
			t.Errorf("%q", request)
		}
	}
}

// A credential is for one origin, which must be known.
func TestSeveralOrigins(t *testing.T) {
	env := Env{Getenv: func(string) string { return "s3cret" }}
	a, b := newWire(t), newWire(t)
	for _, c := range []struct{ args, want string }{
		{"-a u:p A B", "--auth would go to both "},
		{"A X-Key:@env:A B", `item "X-Key:@…" would go to both `},
		{"A k==@env:A B", `item "k==@…" would go to both `},
		{"-Z A A/x authorization:x B", "authorization would go to both "},
		{"--offline A B Cookie:a=b", "Cookie would go to both "},
		{"A http://u:s3cret@[ Cookie:a=b", "and a URL that cannot be parsed"},
	} {
		args := strings.Fields(strings.NewReplacer(" A", " "+a.url, " B", " "+b.url).Replace(" " + c.args))
		got := runEnv(t, env, args...)
		if got.code != ExitUsage || !strings.Contains(got.err, c.want) || strings.Contains(got.err, "s3cret") {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
	if n := len(a.got()) + len(b.got()); n != 0 {
		t.Errorf("%d requests", n)
	}
	got := runEnv(t, env, a.url, b.url, "Cookie:", "a=@env:A", "X-Open:word")
	if got.code != ExitOK || len(a.got()) != 1 || len(b.got()) != 1 {
		t.Errorf("without a credential: %+v", got)
	}
	if got := runEnv(t, env, "--offline", "http://a.invalid", "http://a.invalid:80/x", "X-Key:@env:A"); got.code != ExitOK {
		t.Errorf("one origin: %+v", got)
	}
}

// Who is asking may be in each URL.
func TestSeveralUsers(t *testing.T) {
	url := strings.Replace(bin.HTTP, "http://", "http://user:password@", 1) + "/digest-auth/auth/user/password"
	for _, how := range []string{"--no-follow", "-Z"} {
		got := run(t, "--auth-type=digest", "--check-status", how, url, url)
		if got.code != ExitOK || got.err != "" || strings.Count(got.out, `"authorized": true`) != 2 {
			t.Errorf("%s: %+v", how, got)
		}
	}
}

// What can be sent but once is not begun to be sent.
func TestSeveralPipe(t *testing.T) {
	w := newWire(t)
	for _, args := range [][]string{{"PUT"}, {"--chunked", "POST"}} {
		args = append(args, w.url, w.url)
		got := runEnv(t, Env{Stdin: io.LimitReader(zeros{}, maxStdinHeld+1)}, args...)
		if got.code != ExitUsage || !strings.Contains(got.err, "to one URL alone") || len(w.got()) != 0 {
			t.Errorf("%q: %+v", args, got)
		}
	}
	got := runEnv(t, Env{Stdin: strings.NewReader("short")}, "PUT", w.url, w.url)
	if got.code != ExitOK || len(w.got()) != 2 {
		t.Errorf("%+v", got)
	}
}

// What one URL does is no matter to the others; the code is that of the first that failed.
func TestSeveralFail(t *testing.T) {
	good := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	bad := answering(t, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno")
	const nobody = "http://127.0.0.1:1"
	for _, how := range []string{"--no-follow", "--parallel", "--parallel=2", "-Z"} {
		for _, c := range []struct {
			urls []string
			code ExitCode
			out  string
			errs int // lines
		}{
			{[]string{good, good, good}, ExitOK, "okokok", 0},
			{[]string{good, nobody, bad, good}, ExitConnect, "oknook", 2},
			{[]string{bad, nobody}, Exit4xx, "no", 2},
			{[]string{nobody, nobody}, ExitConnect, "", 2},
			{[]string{good, "http://[", good}, ExitUsage, "okok", 1},
		} {
			got := run(t, append([]string{"--check-status", how}, c.urls...)...)
			if got.code != c.code || got.out != c.out || strings.Count(got.err, "\n") != c.errs {
				t.Errorf("%s %q: %+v, want %d, %q, %d lines", how, c.urls, got, c.code, c.out, c.errs)
			}
		}
	}
}

func TestSeveralStatus(t *testing.T) {
	bad := answering(t, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
	got := run(t, "--check-status", bad, strings.Replace(bad, "http://", "http://user:pass@", 1))
	want := "godwit: warning: HTTP 404 Not Found from "
	if got.code != Exit4xx || strings.Count(got.err, want+"http://") != 2 || strings.Contains(got.err, "pass") {
		t.Errorf("%+v", got)
	}
}

// Heads of several are kept apart, bodies alone are not.
func TestSeveralApart(t *testing.T) {
	a := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")
	b := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb")
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"
	if got := run(t, "--print=hb", a, b); got.out != head+"a\n\n"+head+"b" {
		t.Errorf("%q", got.out)
	}
	if got := run(t, "-b", a, b); got.out != "ab" {
		t.Errorf("%q", got.out)
	}
	head2 := strings.ReplaceAll(head, "\r", "")
	if got := onTerminal(t, a, b); got.out != head2+"a\n\n"+head2+"b\n" {
		t.Errorf("%q", got.out)
	}
}

// meeting is a server that answers when n requests are there, in the opposite order.
func meeting(t *testing.T, n int, body func(path string) string) string {
	t.Helper()
	var mu sync.Mutex
	var waiting []chan struct{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		turn := make(chan struct{})
		mu.Lock()
		waiting = append(waiting, turn)
		if len(waiting) == n {
			close(turn)
		}
		mu.Unlock()
		select {
		case <-turn:
		case <-r.Context().Done():
			return
		}
		_, _ = io.WriteString(w, body(r.URL.Path))
		mu.Lock()
		defer mu.Unlock()
		for i := len(waiting) - 1; i > 0; i-- {
			if waiting[i] == turn {
				close(waiting[i-1])
			}
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// Side by side they are under way at once; what is too much to be held waits in a file; and the
// order is that of the URLs.
func TestParallel(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, size := range []int{10, 3 << 20} {
		body := func(path string) string { return strings.Repeat(path[1:], size) }
		url := meeting(t, 5, body)
		args := []string{"--parallel=5"}
		want := ""
		for _, path := range []string{"/a", "/b", "/c", "/d", "/e"} {
			args = append(args, url+path)
			want += body(path)
		}
		got := run(t, args...)
		if got.code != ExitOK || got.err != "" || got.out != want {
			t.Errorf("%d: code %d, %d bytes, %s", size, got.code, len(got.out), got.err)
		}
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// More of them than may wait.
func TestParallelMany(t *testing.T) {
	url := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
	args := []string{"--parallel=3"}
	for range 3 * mostWaiting {
		args = append(args, url)
	}
	if got := run(t, args...); got.code != ExitOK || got.out != strings.Repeat("x", 3*mostWaiting) {
		t.Errorf("%+v", got)
	}
}

func TestParallelEnds(t *testing.T) {
	url := meeting(t, 100, func(string) string { return "" })
	ctx, cancel := context.WithCancel(t.Context())
	var out, errs lockedBuffer
	done := make(chan int, 1)
	go func() {
		done <- Run(ctx, Env{Stdout: &out, Stderr: &errs}, []string{"-Z", bin.HTTP + "/get", url, url, url})
	}()
	cancel()
	if code := <-done; ExitCode(code) != ExitInterrupted || errs.String() != "" {
		t.Errorf("interrupted: %d, %s", code, errs.String())
	}

	for _, how := range []string{"-Z", "--no-follow"} {
		code := Run(t.Context(), Env{Stdout: brokenWriter{}, Stderr: &errs}, []string{how, bin.HTTP + "/get", bin.HTTP + "/get"})
		if ExitCode(code) != ExitOutput || strings.Count(errs.String(), "writing the output") != 1 {
			t.Errorf("%s: a broken pipe: %d, %s", how, code, errs.String())
		}
		errs = lockedBuffer{}
	}
}

func TestParallelFlag(t *testing.T) {
	for _, v := range []string{"0", "-1", "257", "x", "1.5"} {
		if got := run(t, "--parallel="+v, "http://127.0.0.1:1", "http://127.0.0.1:1"); got.code != ExitUsage || !strings.Contains(got.err, "is not a number from 1 to 256") {
			t.Errorf("%s: %+v", v, got)
		}
	}
	if got := run(t, "--default-scheme=ftp", "x"); got.code != ExitUsage || !strings.Contains(got.err, `--default-scheme: "ftp" is neither http nor https`) {
		t.Errorf("%+v", got)
	}
}

func TestSpool(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var s spool
	want := strings.Repeat("0123456789abcdef", 200_000)
	for i := 0; i < len(want); i += 100_000 {
		if _, err := io.WriteString(&s, want[i:min(len(want), i+100_000)]); err != nil {
			t.Fatal(err)
		}
		if i == 0 && s.file != nil {
			t.Error("a file for next to nothing")
		}
	}
	if s.file == nil {
		t.Error("all is held")
	}
	var got bytes.Buffer
	s.release(&got)
	_, _ = io.WriteString(&s, "more")
	if got.String() != want+"more" || s.failed() != nil || s.file != nil {
		t.Errorf("%d bytes, %v", got.Len(), s.failed())
	}
	s.discard()
	if _, err := io.WriteString(&s, "too late"); err == nil || got.String() != want+"more" {
		t.Errorf("%v", err)
	}

	t.Setenv("TMPDIR", "/does/not/exist")
	var full spool
	if _, err := full.Write(make([]byte, maxSpooled+1)); err == nil {
		t.Error("no error for a folder that is not there")
	}
}
