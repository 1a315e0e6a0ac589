package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestBodyRefused(t *testing.T) {
	dir := inFolder(t, map[string]string{"binary": "\xff\xfe", "bad.json": "{", "lines": "a\nb\n", "ok.json": "{}"})
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--raw=x", "a=b"}, "several bodies: there can be one of fields, --raw and a single @FILE"},
		{[]string{"--raw=x", "@" + dir + "/ok.json"}, "several bodies"},
		{[]string{"@" + dir + "/ok.json", "@" + dir + "/ok.json"}, "several bodies"},
		{[]string{"@" + dir + "/ok.json", "a=b"}, "several bodies"},
		{[]string{"--multipart", "--raw=x"}, "several bodies"},
		{[]string{"--multipart"}, "--multipart: it needs fields"},
		{[]string{"--boundary=", "a=b"}, "--boundary: it is not 1 to 70 letters"},
		{[]string{"--boundary=a ", "a=b"}, "--boundary: it is not 1 to 70 letters"},
		{[]string{"--multipart", "--boundary=x", "a=--x"}, "the boundary occurs in it"},
		{[]string{"--multipart", "Content-Type:text/x", "a=b"}, "a Content-Type without the boundary"},
		{[]string{"f@" + dir + "/binary"}, `item "f@…": a file is a field of a form alone: --form, or to have its text in JSON f=@FILE`},
		{[]string{"f=@" + dir + "/binary"}, `item "f=@…": it is not UTF-8, and so cannot be in JSON`},
		{[]string{"f:=@" + dir + "/bad.json"}, `item "f:=@…": that is not JSON`},
		{[]string{"f=@" + dir}, dir + " is a folder"},
		{[]string{"-f", "f@" + dir}, `item "f@…": ` + dir + " is a folder"},
		{[]string{"-f", "f@" + dir + "/none"}, `item "f@…": stat ` + dir + "/none: no such file"},
		{[]string{"@" + dir}, dir + " is a folder"},
		{[]string{"@" + dir + "/none"}, `item "@…": stat ` + dir + "/none: no such file"},
		{[]string{"@" + dir + "/ok.json;filename=x"}, "a body has no name"},
		{[]string{"--raw=@" + dir + "/none"}, "--raw: stat " + dir + "/none: no such file"},
		{[]string{"--raw=@env:NONE"}, `--raw: the variable "NONE" is not set`},
		{[]string{"a=@env:NONE"}, `item "a=@…": the variable "NONE" is not set`},
		{[]string{"X:@" + dir + "/lines"}, `item "X:@…": it is more than one line, and a header is one`},
		{[]string{"-f", "a:=[1]"}, `item "a:=…": a list, an object or null cannot be in a form`},
		{[]string{"--multipart", "a:=null"}, `item "a:=…": a list, an object or null cannot be in a form`},
		{[]string{"a=\xff"}, `item "a=…": it is not UTF-8`},
		{[]string{"Content-Length:5", "a=b"}, "header Content-Length: it follows from the body"},
		{[]string{"Transfer-Encoding:gzip", "a=b"}, "header Transfer-Encoding: it follows from the body"},
		{[]string{"-xx", "a=b", "Content-Encoding:br"}, "--compress, and a Content-Encoding"},
	} {
		got := run(t, append([]string{"http://127.0.0.1:1"}, c.args...)...)
		if got.code != ExitUsage || !strings.Contains(got.err, c.want) || got.out != "" || strings.Contains(got.err, "dial") {
			t.Errorf("%q: %+v, want %s", c.args, got, c.want)
		}
	}
}

// unpacked returns the body of a request that was sent in gzip.
func unpacked(t *testing.T, request string) string {
	t.Helper()
	head, body, _ := strings.Cut(request, "\r\n\r\n")
	if !strings.Contains(head, "\r\nContent-Encoding: gzip") || !strings.Contains(head, "\r\nContent-Length: ") {
		t.Fatalf("not in gzip, or without a length: %s", head)
	}
	r, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCompress(t *testing.T) {
	long := strings.Repeat("abc", 1000)
	if got := unpacked(t, sent(t, Env{}, "-x", "URL/", "a="+long)); got != `{"a": "`+long+`"}` {
		t.Errorf("%.60s", got)
	}
	if got := sent(t, Env{}, "-x", "URL/", "a=b"); !strings.HasSuffix(got, "\r\n\r\n{\"a\": \"b\"}") {
		t.Errorf("a short body: %q", got)
	}
	for _, args := range [][]string{{"-xx"}, {"--compress", "--compress"}} {
		if got := unpacked(t, sent(t, Env{}, append(args, "URL/", "a=b")...)); got != `{"a": "b"}` {
			t.Errorf("%q: a short body: %q", args, got)
		}
	}
	if got := sent(t, Env{}, "-xx", "--no-compress", "URL/", "a=b"); !strings.HasSuffix(got, "{\"a\": \"b\"}") {
		t.Errorf("--no-compress: %q", got)
	}
	if got := sent(t, Env{}, "-xx", "URL/"); strings.Contains(got, "Content-Encoding") {
		t.Errorf("no body: %q", got)
	}
	if got := unpacked(t, sent(t, Env{}, "-xx", "--multipart", "--boundary=b", "URL/", "a=b")); !strings.HasSuffix(got, "\r\n\r\nb\r\n--b--\r\n") {
		t.Errorf("multipart: %q", got)
	}
	got := sent(t, Env{}, "-x", "--chunked", "URL/", "a="+long)
	if !strings.Contains(got, "\r\nContent-Encoding: gzip\r\n") || !strings.Contains(got, "\r\nTransfer-Encoding: chunked\r\n") {
		t.Errorf("in chunks: %q", got)
	}
}

// What is large is compressed while it is sent, twice over if it does not get any shorter.
func TestCompressLarge(t *testing.T) {
	noise := make([]byte, maxPacked+1)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	dir := inFolder(t, map[string]string{"noise": string(noise)})
	for _, args := range [][]string{{"-xx", "URL/", "@" + dir + "/noise"}, {"-x", "URL/", "@" + dir + "/noise"}, {"-xx", "URL/", "@-"}} {
		var env Env
		if args[2] == "@-" {
			env.Stdin = bytes.NewReader(noise)
		}
		got := sent(t, env, args...)
		req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(got)))
		if err != nil {
			t.Fatal(err)
		}
		if req.ContentLength != -1 || req.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%q: %v", args, req.Header)
		}
		r, err := gzip.NewReader(req.Body)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(r); err != nil || !bytes.Equal(body, noise) {
			t.Errorf("%q: %d bytes, %v", args, len(body), err)
		}
	}
}

// A file is sent with its length, and again after a redirect that asks for that.
func TestFileReplayed(t *testing.T) {
	dir := inFolder(t, map[string]string{"big": strings.Repeat("0123456789", 300_000)})
	last := newWire(t)
	first := answering(t, "HTTP/1.1 307 Temporary Redirect\r\nConnection: close\r\nLocation: "+last.url+"/there\r\nContent-Length: 0\r\n\r\n")
	for _, args := range [][]string{{"@" + dir + "/big"}, {"--raw=@" + dir + "/big"}, {"-f", "f@" + dir + "/big"}} {
		got := run(t, append([]string{"-F", "--print=h", first}, args...)...)
		all := last.got()
		if got.code != ExitOK || len(all) == 0 {
			t.Fatalf("%q: %+v", args, got)
		}
		request := all[len(all)-1]
		if !strings.HasPrefix(request, "POST /there HTTP/1.1\r\n") || !strings.Contains(request, "\r\nContent-Length: 3000") || strings.Count(request, "0123456789") != 300_000 {
			t.Errorf("%q: %.300q", args, request)
		}
	}
}

// A value by reference goes to the origin that was typed, and is not shown.
func TestSecretItems(t *testing.T) {
	last := newWire(t)
	first := answering(t, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "+last.url+"/there\r\n\r\n")
	env := Env{Getenv: func(string) string { return "s3cret" }}
	got := runEnv(t, env, "-v", "--follow", first, "X-Key:@env:A", "k==@env:A", "k==plain", "X-Open:word")
	all := last.got()
	if got.code != ExitOK || len(all) != 1 || strings.Contains(all[0], "s3cret") {
		t.Fatalf("%+v, %q", got, all)
	}
	if strings.Contains(got.out+got.err, "s3cret") {
		t.Errorf("it is shown: %s", got.out)
	}
	for _, want := range []string{"GET /?k=•••&k=plain HTTP/1.1\r\n", "X-Key: •••\r\n", "X-Open: word\r\n"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %q in\n%s", want, got.out)
		}
	}
}

func TestStdinNamed(t *testing.T) {
	for _, args := range [][]string{{"GET", "URL/", "--raw=@-"}, {"GET", "URL/", "@-;type=application/json"}, {"--raw", "@-", "GET", "URL/"}} {
		got := sent(t, Env{Stdin: strings.NewReader("from stdin"), StdinTTY: true}, args...)
		if !strings.HasPrefix(got, "GET / HTTP/1.1\r\n") || !strings.HasSuffix(got, "\r\nContent-Type: application/json\r\n\r\nfrom stdin") {
			t.Errorf("%q: %q", args, got)
		}
	}
	if got := sent(t, Env{}, "PUT", "URL/", "@-"); !strings.Contains(got, "\r\nContent-Length: 0\r\n") {
		t.Errorf("an empty one: %q", got)
	}
	got := runEnv(t, Env{Stdin: strings.NewReader("x")}, "http://127.0.0.1:1", "--raw=y")
	if got.code != ExitUsage || !strings.Contains(got.err, "--ignore-stdin") {
		t.Errorf("two bodies: %+v", got)
	}
}

// A pipe is read once, in chunks; one that nobody writes to does not outlast Ctrl-C.
func TestPipes(t *testing.T) {
	got := sent(t, Env{}, "URL/", "@"+fullPipe(t, "piped\n"))
	if !strings.HasSuffix(got, "\r\n\r\n6\r\npiped\n\r\n0\r\n\r\n") {
		t.Errorf("%q", got)
	}
	got = sent(t, Env{}, "-f", "URL/", "f@"+fullPipe(t, "piped too")+";filename=x")
	if !strings.Contains(got, "filename=\"x\"\r\nContent-Type: application/octet-stream\r\n\r\n") || !strings.Contains(got, "piped too") || !strings.Contains(got, "Transfer-Encoding: chunked") {
		t.Errorf("%q", got)
	}

	ctx, cancel := context.WithCancel(t.Context())
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan int)
	go func() { done <- Run(ctx, Env{}, []string{"http://127.0.0.1:1", "a=@/dev/fd/" + fdOf(r)}) }()
	cancel()
	if code := <-done; ExitCode(code) != ExitInterrupted {
		t.Errorf("code %d", code)
	}
	_ = w.Close()
	_ = r.Close()
}

// fullPipe returns the path of a pipe with a text in it.
func fullPipe(t *testing.T, text string) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	path := "/dev/fd/" + fdOf(r)
	if _, err := os.Stat(path); err != nil {
		t.Skip("there is no /dev/fd")
	}
	_, _ = w.WriteString(text)
	_ = w.Close()
	return path
}

func fdOf(f *os.File) string { return strconv.Itoa(int(f.Fd())) }
