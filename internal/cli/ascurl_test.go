package cli

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/internal/cli/ledger"
	"example.com/godwit/internal/realserver"
)

// typed runs a command line in a shell, as a person would, with that on its standard input.
func typed(t *testing.T, line, stdin string) (out, errs string) {
	t.Helper()
	for _, name := range []string{"sh", "curl"} {
		realserver.Program(t, name)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	// Neither settings of curl's own nor proxies.
	cmd.Env = append(os.Environ(), "CURL_HOME="+t.TempDir(), "HOME="+t.TempDir(), "http_proxy=", "https_proxy=", "all_proxy=", "ALL_PROXY=", "HTTPS_PROXY=")
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("%v: %s\n%s", err, line, stderr.String())
	}
	return stdout.String(), stderr.String()
}

// parts takes a request as it was sent apart: its first line, its fields in alphabetical order, as
// curl has an order of its own, and its body.
func parts(request string) (first string, fields []string, body string) {
	head, body, _ := strings.Cut(request, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	fields = lines[1:]
	for i, f := range fields { // an empty field has a space behind the colon, or none
		fields[i] = strings.TrimRight(f, " ")
	}
	slices.Sort(fields)
	return lines[0], fields, body
}

// What curl sends when the line is typed is what is sent without --curl, header by header.
func TestCurlSendsTheSame(t *testing.T) {
	dir := inFolder(t, map[string]string{"data": "\x00\xff'%s\\n\r\n", "big": strings.Repeat("0123456789", 10_000)})
	for _, args := range [][]string{
		{"URL"},
		{"URL/x?y=z", "q==go http", "X-A:b", "X-A:c", "x-lower:d", "X-Empty;", "Accept:", "User-Agent:"},
		{"URL", "a=it's $HOME `x` \"q\" \\", "b:=[1,2]", "ä=ö"},
		{"-f", "PUT", "URL", "a=1", "b=x y&z"},
		{"--multipart", "--boundary=b", "URL", "a=1", "b@" + dir + "/data"},
		{"--raw=@" + dir + "/data", "PATCH", "URL"},
		{"--raw=text\n", "URL"},
		{"POST", "URL"},
		{"DELETE", "URL/a/b"},
		{"OPTIONS", "URL/*"},
		{"GET", "URL", "a=1"},
		{"URL", "Content-Type:", "a=1"},
		{"--raw=", "POST", "URL"},
		{"--path-as-is", "URL/a/../b/./c"},
		{"URL/[a]{b,c}"},
		{"URL", "Host:other.example"},
		{"URL", "X-Latin:\xe4", "X-Quote:'\"", "X-Star:*", "X-At:\\@file"},
		{"--show-secrets", "--auth=mona:s3'cret", "URL/?token=x"},
		{"--show-secrets", "URL", "Cookie:a=b; c=d", "Authorization:Bearer x"},
		{"--follow", "--max-time=20", "--timeout=5", "--retry=2", "--http1.1", "-4", "URL"},
		{"--raw=@" + dir + "/big", "URL"},
		{"--chunked", "--raw=@" + dir + "/data", "URL"},
	} {
		w := newWire(t)
		in := func(args []string) (out []string) {
			for _, a := range args {
				out = append(out, strings.Replace(a, "URL", w.url, 1))
			}
			return out
		}
		line := run(t, append([]string{"--ignore-stdin", "--curl"}, in(args)...)...)
		if line.code != ExitOK || len(w.got()) != 0 || !strings.HasSuffix(line.out, "\n") {
			t.Fatalf("%q: %+v", args, line)
		}
		if got := run(t, append([]string{"--ignore-stdin"}, in(args)...)...); got.code != ExitOK {
			t.Fatalf("%q: %+v", args, got)
		}
		stdin := ""
		if strings.Contains(line.err, "standard input") {
			stdin = strings.Repeat("0123456789", 10_000)
		}
		typed(t, "set -e; "+line.out, stdin)
		all := w.got()
		if len(all) != 2 {
			t.Errorf("%q: %d requests: %s", args, len(all), line.out)
			continue
		}
		first, fields, body := parts(all[0])
		curlFirst, curlFields, curlBody := parts(all[1])
		if first != curlFirst || !slices.Equal(fields, curlFields) || body != curlBody {
			t.Errorf("%s sends\n%s\n%q\n%.300q\nwant\n%s\n%q\n%.300q", line.out, curlFirst, curlFields, curlBody, first, fields, body)
		}
	}
}

// The way is the same, too: TLS, redirects, unix sockets, names that are other addresses.
func TestCurlGoesThere(t *testing.T) {
	line := run(t, "--curl", "--follow", "--verify="+bin.CAFile, bin.HTTPS+"/redirect/2")
	out, _ := typed(t, strings.Replace(line.out, "curl", "curl --silent", 1), "")
	if !strings.Contains(out, bin.HTTPS+"/get") {
		t.Errorf("%s: %s", line.out, out)
	}
	port := bin.HTTP[strings.LastIndexByte(bin.HTTP, ':')+1:]
	for _, args := range [][]string{
		{"--resolve=other.example:" + port + ":127.0.0.1"},
		{"--connect-to=other.example:" + port + ":127.0.0.1:" + port},
		{"--connect-to=::127.0.0.1:" + port},
		{"--proxy=" + bin.HTTP}, // which answers for whatever it is asked
	} {
		line := run(t, append(args, "--curl", "http://other.example:"+port+"/get")...)
		if out, _ := typed(t, strings.Replace(line.out, "curl", "curl --silent", 1), ""); !strings.Contains(out, "http://other.example:"+port+"/get") {
			t.Errorf("%s: %s", line.out, out)
		}
	}

	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Skip(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Host + r.URL.Path))
	})}
	over := make(chan struct{})
	go func() { defer close(over); _ = server.Serve(l) }()
	defer func() { _ = server.Close(); <-over }()
	for _, args := range [][]string{{"--unix-socket=" + path, "http://host.example/a"}, {"http+unix://" + strings.ReplaceAll(path, "/", "%2F") + "/a"}} {
		line := run(t, append([]string{"--curl"}, args...)...)
		want := run(t, args...)
		if out, _ := typed(t, strings.Replace(line.out, "curl", "curl --silent", 1), ""); out != want.out || !strings.HasSuffix(out, "/a") {
			t.Errorf("%s: %q, want %q", line.out, out, want.out)
		}
	}
}

// No secret is in the line unless it is asked for.
func TestCurlSecrets(t *testing.T) {
	env := Env{Getenv: func(string) string { return "s3cret" }}
	args := []string{
		"--curl", "--auth=mona:s3cret", "--proxy=http://u:s3cret@p:1", "--proxy-header=X:s3cret", "-f", "https://host.invalid/?access_token=s3cret",
		"X-Key:@env:A", "q==@env:A", "Cookie:a=s3cret", "password=s3cret", "a=1",
	}
	got := runEnv(t, env, args...)
	if got.code != ExitOK || strings.Contains(got.out, "s3cret") || strings.Contains(got.out, "bW9uYTpzM2NyZXQ=") || !strings.Contains(got.err, "--show-secrets") {
		t.Errorf("%+v", got)
	}
	got = runEnv(t, env, append(args, "--show-secrets")...)
	if got.code != ExitOK || strings.Contains(got.out, "•") || strings.Count(got.out, "s3cret") != 7 || !strings.Contains(got.out, "bW9uYTpzM2NyZXQ=") || got.err != "" {
		t.Errorf("%+v", got)
	}
}

// What the flags are called by curl.
func TestCurlRoute(t *testing.T) {
	file := bin.CAFile
	const url = "https://h.invalid/"
	for _, c := range []struct{ args, want string }{
		{"", ""},
		{"--follow", "--location --max-redirs 30 --proto-redir =https"},
		{"--follow --allow-downgrade --max-redirects=5", "--location --max-redirs 5"},
		{"--timeout=1.5 --max-time=3", "--connect-timeout 1.500 --max-time 3"},
		{"--timeout=9 --connect-timeout=2", "--connect-timeout 2"},
		{"--timeout=0", ""},
		{"--retry=3 --limit-rate=1k --max-size=2k", "--retry 3 --limit-rate 1024 --max-filesize 2048"},
		{"--http1.0", "--http1.0"},
		{"--http1.1", "--http1.1"},
		{"--http2", "--http2"},
		{"--http2-prior-knowledge", "--http2-prior-knowledge"},
		{"--http3", "--http3"},
		{"--http3-only", "--http3-only"},
		{"--resolve=h.invalid:443:192.0.2.1,192.0.2.2 -4", "--resolve h.invalid:443:192.0.2.1,192.0.2.2 -4"},
		{"--resolve=*:443:[2001:db8::1] -6", "--resolve '*:443:[2001:db8::1]' -6"},
		{"--connect-to=::[2001:db8::1]:80", "--connect-to '::[2001:db8::1]:80'"},
		{"--unix-socket=/run/a.sock", "--unix-socket /run/a.sock"},
		{"--unix-socket=@a", "--abstract-unix-socket a"},
		{"--interface=lo --doh-url=https://192.0.2.1/dns-query", "--interface lo --doh-url https://192.0.2.1/dns-query"},
		{"--verify=no --ssl=tls1.2", "--insecure --tlsv1.2 --tls-max 1.2"},
		{"--tls-min=1.3", "--tlsv1.3"},
		{"--require-staple", "--cert-status"},
		{"--pin=sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "--pinnedpubkey sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
		{"--proxy=socks5h://p:1 --noproxy=a,b", "--proxy socks5h://p:1 --noproxy a,b"},
		{"--proxy=https:http://p:1 --proxy=http:http://q:1 --proxy-insecure", "--proxy http://p:1 --proxy-insecure"},
		{"--proxy=", "--noproxy '*'"},
		{"--proxy-user=a:b --proxy=http://p", "--proxy http://p --proxy-user •••"},
		{"--proxy-cacert=FILE", "--proxy-cacert FILE"},
		{"--verify=FILE", "--cacert FILE"},
		{"-A digest -a mona:x", "--digest --user mona"},
		{"-A digest -a @env:A", "--digest --user •••"},
	} {
		args := strings.Fields(strings.ReplaceAll(c.args, "FILE", file))
		got := runEnv(t, Env{Getenv: func(name string) string { return map[string]string{"A": "mona:x"}[name] }}, append(args, "--curl", url)...)
		want := strings.TrimSpace("curl "+strings.ReplaceAll(strings.ReplaceAll(c.want, "•••", "'•••'"), "FILE", ledger.Quote(file))) + " -H "
		if got.code != ExitOK || !strings.HasPrefix(got.out, want) || !strings.HasSuffix(got.out, " "+url+"\n") {
			t.Errorf("%s: %+v, want %s", c.args, got, want)
		}
	}
	for flags, want := range map[string]string{
		"--public-only":   "curl has nothing like --public-only",
		"--server-name=a": "curl has nothing like --server-name",
		"--curves=X25519": "curl has nothing like --curves",
	} {
		if got := run(t, "--curl", flags, url); got.code != ExitOK || !strings.Contains(got.err, want) {
			t.Errorf("%s: %+v", flags, got)
		}
	}
}

// What is wrong is said as it is without --curl; a terminal obeys nothing of the line.
func TestCurlLine(t *testing.T) {
	if got := run(t, "--curl", "http://[::1/"); got.code != ExitUsage || got.out != "" {
		t.Errorf("%+v", got)
	}
	got := onTerminal(t, "--curl", "h.invalid", "a=\u202e\x1b[1m", "X-A:\u009b")
	if got.code != ExitOK || strings.ContainsAny(got.out, "\u202e\x1b\u009b") || !strings.HasPrefix(got.out, "printf ") {
		t.Errorf("%+v", got)
	}
	if got := run(t, "--curl", "--offline", "HEAD", "http://h.invalid/a"); got.code != ExitOK || !strings.HasPrefix(got.out, "curl --head ") {
		t.Errorf("%+v", got)
	}
	code := Run(t.Context(), Env{Stdout: brokenWriter{}}, []string{"--curl", "h.invalid"})
	if ExitCode(code) != ExitOutput {
		t.Errorf("%d", code)
	}
}
