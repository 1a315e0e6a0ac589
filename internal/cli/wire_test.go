package cli

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A wire is a server that notes what reaches it, to the byte, and answers 204.
type wire struct {
	url  string
	host string

	mu       sync.Mutex // guards the following
	requests []string
	conns    int
}

func newWire(t *testing.T) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{url: "http://" + l.Addr().String(), host: l.Addr().String()}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.mu.Lock()
			w.conns++
			w.mu.Unlock()
			serving.Go(func() { w.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		serving.Wait()
	})
	return w
}

func (w *wire) serve(c net.Conn) {
	defer c.Close()
	var noted bytes.Buffer
	r := bufio.NewReader(io.TeeReader(c, &noted))
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		w.mu.Lock()
		w.requests = append(w.requests, noted.String())
		w.mu.Unlock()
		noted.Reset()
		if _, err := io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n"); err != nil {
			return
		}
	}
}

// connections returns how many there have been.
func (w *wire) connections() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.conns
}

// got returns the requests so far.
func (w *wire) got() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.requests...)
}

// sent runs the command with a URL of the server's in the place of URL, and returns what
// reached it.
func sent(t *testing.T, env Env, args ...string) string {
	t.Helper()
	w := newWire(t)
	for i := range args {
		args[i] = strings.Replace(args[i], "URL", w.url, 1)
	}
	got := runEnv(t, env, args...)
	all := w.got()
	if got.code != ExitOK || len(all) != 1 {
		t.Fatalf("%q: %+v, %d requests", args, got, len(all))
	}
	return strings.Replace(all[0], w.host, "HOST", 1)
}

// inFolder makes the folder of the test's files the one that paths are in.
func inFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	wirePost  = "Host: HOST\r\nUser-Agent: godwit/0.1.0\r\n"
	askJSON   = "Host: HOST\r\nAccept: application/json, */*;q=0.5\r\nUser-Agent: godwit/0.1.0\r\n"
	wireJSON  = "Accept-Encoding: gzip, deflate, br, zstd\r\nContent-Type: application/json\r\n\r\n"
	wireStars = "Accept: */*\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
)

// What reaches the server, to the byte.
func TestWire(t *testing.T) {
	dir := inFolder(t, map[string]string{
		"note.txt": "line 1\nline 2\n", "x.json": "{\"b\": 1.50,\n \"a\": [ ]}\n", "token": "s3cret\n", "data.xyz": "\x00\xff", "empty": "",
	})
	env := Env{Getenv: func(name string) string {
		return map[string]string{"TOKEN": "t0ken", "DATA": `{"n":1}`, "HOME": dir}[name]
	}}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{
			"nested JSON",
			[]string{"URL/x", "a[b][]=1", "a[b][]:=2.50", "a[c]=@" + dir + "/note.txt", "d:=@" + dir + "/x.json", "q==1"},
			"POST /x?q=1 HTTP/1.1\r\n" + askJSON + "Content-Length: 79\r\n" + wireJSON + "{\"a\": {\"b\": [\"1\", 2.50], \"c\": \"line 1\\nline 2\\n\"}, \"d\": {\"b\": 1.50,\n \"a\": [ ]}}",
		},
		{
			"list",
			[]string{"PUT", "URL/", "[]=a", "[2]:=true"},
			"PUT / HTTP/1.1\r\n" + askJSON + "Content-Length: 17\r\n" + wireJSON + `["a", null, true]`,
		},
		{
			"references",
			[]string{"URL/", "a=@env:TOKEN", "b:=@env:DATA", "c=@file:" + dir + "/token", "d=@cmd:echo hi"},
			"POST / HTTP/1.1\r\n" + askJSON + "Content-Length: 54\r\n" + wireJSON + `{"a": "t0ken", "b": {"n":1}, "c": "s3cret", "d": "hi"}`,
		},
		{
			"header and query",
			[]string{"URL/", "X-Key:@env:TOKEN", "X-Other:@" + dir + "/token", "k==@env:TOKEN", "k==2", "f==@~/token"},
			"GET /?k=t0ken&k=2&f=s3cret HTTP/1.1\r\nHost: HOST\r\nX-Key: t0ken\r\nX-Other: s3cret\r\nUser-Agent: godwit/0.1.0\r\n" + wireStars + "\r\n",
		},
		{
			"headers",
			[]string{"URL/", "X-A:1", "X-B;", "x-a:2", "User-Agent:", "X-C:gone", "X-C:", "X-D:gone", "X-D:", "X-D:here"},
			"GET / HTTP/1.1\r\nHost: HOST\r\nX-A: 1\r\nX-A: 2\r\nX-B: \r\nX-D: here\r\n" + wireStars + "\r\n",
		},
		{
			"form",
			[]string{"-f", "URL/", "a=1 2", "b:=1.50", `c:="x y"`, "a[]=3", "d=@" + dir + "/note.txt", "e:=true"},
			"POST / HTTP/1.1\r\n" + wirePost + "Content-Length: 56\r\n" + wireStars + "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n\r\na=1+2&b=1.50&c=x+y&a%5B%5D=3&d=line+1%0Aline+2%0A&e=true",
		},
		{
			"form with a file",
			[]string{"-f", "--boundary=b0", "URL/", "a=1", "f@" + dir + "/note.txt;type=text/x-note", "g@" + dir + "/data.xyz;filename=other name", "h@env:TOKEN"},
			"POST / HTTP/1.1\r\n" + wirePost + "Content-Length: 403\r\n" + wireStars + "Content-Type: multipart/form-data; boundary=b0\r\n\r\n" +
				"--b0\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n" +
				"--b0\r\nContent-Disposition: form-data; name=\"f\"; filename=\"note.txt\"\r\nContent-Type: text/x-note\r\n\r\nline 1\nline 2\n\r\n" +
				"--b0\r\nContent-Disposition: form-data; name=\"g\"; filename=\"other name\"\r\nContent-Type: application/octet-stream\r\n\r\n\x00\xff\r\n" +
				"--b0\r\nContent-Disposition: form-data; name=\"h\"; filename=\"h\"\r\nContent-Type: application/octet-stream\r\n\r\nt0ken\r\n--b0--\r\n",
		},
		{
			"multipart",
			[]string{"--multipart", "--boundary=b0", "URL/", "a=1", "b:=2", "Content-Type:multipart/related"},
			"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Type: multipart/related; boundary=b0\r\nUser-Agent: godwit/0.1.0\r\nContent-Length: 114\r\n" + wireStars + "\r\n" +
				"--b0\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b0\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n2\r\n--b0--\r\n",
		},
		{
			"raw",
			[]string{"--raw", "a=1", "URL/"},
			"POST / HTTP/1.1\r\n" + askJSON + "Content-Length: 3\r\n" + wireJSON + "a=1",
		},
		{
			"empty raw",
			[]string{"--raw=", "URL/"},
			"POST / HTTP/1.1\r\n" + askJSON + "Content-Length: 0\r\n" + wireJSON,
		},
		{
			"raw of a file",
			[]string{"--form", "--raw=@" + dir + "/note.txt", "PATCH", "URL/"},
			"PATCH / HTTP/1.1\r\n" + wirePost + "Content-Length: 14\r\n" + wireStars + "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n\r\nline 1\nline 2\n",
		},
		{
			"raw that begins with an at",
			[]string{`--raw=\@x`, "URL/"},
			"POST / HTTP/1.1\r\n" + askJSON + "Content-Length: 2\r\n" + wireJSON + "@x",
		},
		{
			"raw of the environment",
			[]string{"--raw=@env:DATA", "URL/"},
			"POST / HTTP/1.1\r\n" + askJSON + "Content-Length: 7\r\n" + wireJSON + `{"n":1}`,
		},
		{
			"file",
			[]string{"PUT", "URL/x", "@" + dir + "/x.json"},
			"PUT /x HTTP/1.1\r\n" + askJSON + "Content-Length: 23\r\n" + wireJSON + "{\"b\": 1.50,\n \"a\": [ ]}\n",
		},
		{
			"file of a type",
			[]string{"URL/x", "@" + dir + "/note.txt;type=text/x-note", "X:y"},
			"POST /x HTTP/1.1\r\nHost: HOST\r\nAccept: application/json, */*;q=0.5\r\nX: y\r\nUser-Agent: godwit/0.1.0\r\nContent-Length: 14\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nContent-Type: text/x-note\r\n\r\nline 1\nline 2\n",
		},
		{
			"empty file",
			[]string{"PUT", "URL/x", "@" + dir + "/empty;type=text/x"},
			"PUT /x HTTP/1.1\r\n" + askJSON + "Content-Length: 0\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nContent-Type: text/x\r\n\r\n",
		},
		{
			"chunked",
			[]string{"--chunked", "URL/", "a=1"},
			"POST / HTTP/1.1\r\n" + askJSON + "Transfer-Encoding: chunked\r\n" + wireJSON + "a\r\n{\"a\": \"1\"}\r\n0\r\n\r\n",
		},
		{
			"framing in the items",
			[]string{"URL/", "Content-Length:0", "X:y"},
			"GET / HTTP/1.1\r\nHost: HOST\r\nX: y\r\nUser-Agent: godwit/0.1.0\r\n" + wireStars + "\r\n",
		},
		{
			"length in the items",
			[]string{"URL/", "Content-Length:3", "--raw=a=1"},
			"POST / HTTP/1.1\r\nHost: HOST\r\nAccept: application/json, */*;q=0.5\r\nContent-Length: 3\r\nUser-Agent: godwit/0.1.0\r\n" + wireJSON + "a=1",
		},
		{
			"no length in the items",
			[]string{"URL/", "transfer-encoding:Chunked", "--raw=a=1"},
			"POST / HTTP/1.1\r\nHost: HOST\r\nAccept: application/json, */*;q=0.5\r\ntransfer-encoding: chunked\r\nUser-Agent: godwit/0.1.0\r\n" + wireJSON + "3\r\na=1\r\n0\r\n\r\n",
		},
		{
			"method of one's own",
			[]string{"M-SEARCH", "URL/x"},
			"M-SEARCH /x HTTP/1.1\r\n" + wirePost + wireStars + "\r\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := sent(t, env, c.args...); got != c.want {
				t.Errorf("got\n%q, want\n%q", got, c.want)
			}
		})
	}
}
