package cli

import (
	"bytes"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// What --offline prints is what is sent without it, to the byte.
func TestOffline(t *testing.T) {
	dir := inFolder(t, map[string]string{"data": "\x00\xff\r\n\r\n" + strings.Repeat("x", 300_000)})
	long := strings.Repeat("long ", 1000)
	env := func() Env {
		return Env{Stdin: strings.NewReader("from stdin"), Getenv: func(string) string { return "s3cret" }}
	}
	for _, args := range [][]string{
		{"URL/x?y=z", "q==1", "X-A:b", "x-a:c", "Accept:"},
		{"--ignore-stdin", "URL", "a[b][]=1"},
		{"--ignore-stdin", "-f", "--boundary=b", "PUT", "URL", "f@" + dir + "/data", "a=1"},
		{"POST", "URL/", "Host:other.example"},
		{"--chunked", "POST", "URL"},
		{"--http1.0", "POST", "URL"},
		{"--ignore-stdin", "--chunked", "URL", "@" + dir + "/data"},
		{"--ignore-stdin", "-x", "URL", "a=" + long},
		{"--ignore-stdin", "-xx", "URL", "a=b", "Expect:100-continue"},
		{"--show-secrets", "--auth=user:password", "GET", "URL", "X-Key:@env:A", "q==@env:A"},
		{"--follow", "--timeout=5", "--http2", "--pin=sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "GET", "https://URL"},
	} {
		w := newWire(t)
		online := append([]string(nil), args...)
		for i := range online {
			online[i] = strings.Replace(strings.Replace(online[i], "https://URL", "URL", 1), "URL", w.url, 1)
			if strings.HasPrefix(online[i], "--pin") {
				online[i] = "--no-follow" // which it cannot be with over http
			}
			args[i] = strings.Replace(strings.Replace(args[i], "https://URL", "https://"+w.host, 1), "URL", w.url, 1)
		}
		if got := runEnv(t, env(), online...); got.code != ExitOK || len(w.got()) != 1 {
			t.Fatalf("%q: %+v", online, got)
		}
		got := runEnv(t, env(), append([]string{"--offline"}, args...)...)
		if got.code != ExitOK || got.err != "" {
			t.Errorf("%q: %+v", args, got)
		}
		if all := w.got(); len(all) != 1 || got.out != all[0] {
			t.Errorf("%q: %d requests\n got %.2000q\nwant %.2000q", args, len(all), got.out, all[0])
		}
	}
}

func TestOfflineParts(t *testing.T) {
	const url = "http://host.invalid/"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--print=H"}, "POST / HTTP/1.1\r\nHost: host.invalid\r\n"},
		{[]string{"--print=B"}, `{"a": "b"}`},
		{[]string{"-h"}, ""},
		{[]string{"-v"}, "POST / HTTP/1.1\r\nHost: host.invalid\r\n"},
	} {
		got := run(t, append(c.args, "--offline", url, "a=b")...)
		if got.code != ExitOK || !strings.HasPrefix(got.out, c.want) || c.want == "" && got.out != "" {
			t.Errorf("%q: %+v", c.args, got)
		}
		if c.args[0] == "--print=H" && strings.Contains(got.out, "{") {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
	got := run(t, "--offline", "https://host.invalid:443/", "X-Key:@env:A")
	if got.code != ExitUsage {
		t.Errorf("%+v", got)
	}
	got = runEnv(t, Env{Getenv: func(string) string { return "s3cret" }}, "--offline", "--auth=u:p", "https://host.invalid:443/a/../b", "X-Key:@env:A", "k==@env:A")
	want := "GET /b?k=•••  HTTP/1.1\r\nHost: host.invalid\r\n"
	want = strings.Replace(want, "•••  ", "••• ", 1)
	if got.code != ExitOK || !strings.HasPrefix(got.out, want) || !strings.Contains(got.out, "\r\nX-Key: •••\r\n") || !strings.Contains(got.out, "\r\nAuthorization: •••\r\n") || strings.Contains(got.out, "s3cret") {
		t.Errorf("%+v", got)
	}
	got = run(t, "--offline", "--path-as-is", "--default-scheme=http", "host.invalid/a/../b")
	if got.code != ExitOK || !strings.HasPrefix(got.out, "GET /a/../b HTTP/1.1\r\nHost: host.invalid\r\n") {
		t.Errorf("%+v", got)
	}
	got = run(t, "--offline", "http+unix://%2Fnowhere%2Fa.sock/x")
	if got.code != ExitOK || !strings.HasPrefix(got.out, "GET /x HTTP/1.1\r\nHost: localhost\r\n") {
		t.Errorf("%+v", got)
	}
	got = onTerminal(t, "--offline", url, "a:=[1]")
	if got.code != ExitOK || !strings.HasPrefix(got.out, "POST / HTTP/1.1\nHost: host.invalid\n") || !strings.HasSuffix(got.out, "\n\n{\n    \"a\": [\n        1\n    ]\n}\n") {
		t.Errorf("on a terminal: %+v", got)
	}
	got = onTerminal(t, "--offline", "-xx", url, "a:=[1]")
	if got.code != ExitOK || !strings.Contains(got.out, "binary data not shown") {
		t.Errorf("binary data: %+v", got)
	}
}

func TestOfflineFailures(t *testing.T) {
	for _, c := range []struct {
		args []string
		code ExitCode
	}{
		{[]string{"http://a b/"}, ExitUsage},
		{[]string{"http://host.invalid", "X:a\x00b"}, ExitUsage},
		{[]string{"http://host.invalid", "a[=b"}, ExitUsage},
		{[]string{"-f", "http://host.invalid", "f@" + filepath.Join(t.TempDir(), "none")}, ExitUsage},
	} {
		if got := run(t, append([]string{"--offline"}, c.args...)...); got.code != c.code || got.out != "" || got.err == "" {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
	var errs lockedBuffer
	for _, args := range [][]string{{"http://host.invalid"}, {"--print=B", "http://host.invalid", "a=" + strings.Repeat("x", 1<<20)}} {
		if code := Run(t.Context(), Env{Stdout: brokenWriter{}, Stderr: &errs}, append([]string{"--offline"}, args...)); ExitCode(code) != ExitOutput {
			t.Errorf("%q: %d, %s", args[0], code, errs.String())
		}
	}
}

// What is large is not held.
func TestOfflineLarge(t *testing.T) {
	const size = 200 << 20
	var n countingWriter
	var errs lockedBuffer
	in := io.LimitReader(zeros{}, size)
	if code := Run(t.Context(), Env{Stdin: in, Stdout: &n, Stderr: &errs}, []string{"--offline", "--print=B", "http://host.invalid"}); code != 0 {
		t.Fatalf("%d, %s", code, errs.String())
	}
	if n.size < size || !bytes.HasSuffix(n.last, []byte("\r\n0\r\n\r\n")) {
		t.Errorf("%d bytes, %q", n.size, n.last)
	}
}

type countingWriter struct {
	size int
	last []byte
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.size += len(p)
	w.last = append(w.last, p...)
	w.last = append(w.last[:0], w.last[max(0, len(w.last)-10):]...)
	return len(p), nil
}

// Several URLs, and nobody is asked.
func TestOfflineSeveral(t *testing.T) {
	for _, flag := range []string{"--offline", "-Z"} {
		got := run(t, "--offline", flag, "http://a.invalid", "http://b.invalid", ":1/c", "a=b")
		at := 0
		for i, host := range []string{"a.invalid", "b.invalid", "localhost:1"} {
			k := strings.Index(got.out[at:], "\r\nHost: "+host+"\r\n")
			if got.code != ExitOK || k < 0 {
				t.Fatalf("%s: %s %+v", strconv.Itoa(i), host, got)
			}
			at += k
		}
		if strings.Count(got.out, "{\"a\": \"b\"}\n\nPOST ") != 2 || !strings.HasSuffix(got.out, "{\"a\": \"b\"}") {
			t.Errorf("%q", got.out)
		}
	}
}
