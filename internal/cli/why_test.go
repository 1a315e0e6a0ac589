package cli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each choice has its source, in the words of the command line.
func TestWhySources(t *testing.T) {
	t.Setenv("NETRC", write(t, "netrc", "\nmachine 127.0.0.1\nlogin mona\npassword s3cret\n"))
	getenv := func(name string) string { return map[string]string{"NO_COLOR": "1", "HTTPS_PROXY": "x"}[name] }
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }))
	defer busy.Close()
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{bin.HTTP + "/gzip"}, []string{
			"why GET " + bin.HTTP + "/gzip\n", "proxy       none: neither --proxy nor a variable names one\n", "connection  ", ": opened, because none was idle\n",
			"protocol    HTTP/1.1: in clear, where nothing is agreed on\n", "credential  Basic: netrc: ", "netrc, line 2\n", "cookies     none\n", "answer      200 OK\n",
			"decoding    gzip: Content-Encoding of the response\n",
		}},
		{[]string{"--ignore-netrc", bin.HTTP + "/redirect/1"}, []string{"credential  none: no --auth, nobody in the URL, nothing for the host in a netrc\n", "redirect    not followed: --follow is not given\n"}},
		{[]string{"--auth=a:s3cret", "--proxy=http:" + bin.HTTP, "http://other.invalid/get"}, []string{"credential  Basic: --auth\n", "proxy       " + bin.HTTP + ": --proxy\n"}},
		{[]string{"--proxy=", bin.HTTP + "/get", "Cookie:a=s3cret", "Authorization:s3cret"}, []string{"proxy       none: --proxy", "cookies     a Cookie field: an item\n", "credential  an Authorization field: an item"}},
		{[]string{"--follow", bin.HTTP + "/cookies/set?sid=s3cret"}, []string{"redirect    GET " + bin.HTTP + "/cookies: Found, --follow\n", "(hop 1)", ": reused, because it was idle\n", "cookies     sid: set by an answer of this run"}},
		{[]string{"--verify=" + bin.CAFile, "--http1.1", bin.HTTPS + "/get"}, []string{"ca          " + bin.CAFile + ": --verify\n", "; --http1.1\n"}},
		{[]string{"--verify=no", bin.HTTPS + "/get"}, []string{"ca          none, whoever it is: --verify=no\n", "HTTP/2: agreed on with the server (ALPN h2)\n"}},
		{[]string{"--retry=1", "--retry-delay=0.001", busy.URL}, []string{"again       ", "status 429, --retry\n", "(attempt 2)", "retry       gave up: "}},
		{[]string{"--follow", "--allow-downgrade", "--retry=1", "--retry-delay=0.001", "http://127.0.0.1:1/"}, []string{"why GET http://127.0.0.1:1/\n", "again       ", "cannot connect, --retry\n"}},
	} {
		got := runEnv(t, Env{Getenv: getenv}, append([]string{"--why"}, c.args...)...)
		at := 0
		for _, token := range c.want {
			i := strings.Index(got.err, token)
			if i < 0 {
				t.Errorf("%q: no %q in\n%s", c.args, token, got.err)
			}
			at = max(at, i)
		}
		if strings.Contains(strings.ReplaceAll(got.err, "sid=s3cret", ""), "s3cret") || strings.Contains(got.out, "why ") {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}

// What the file of settings says is told to be its, unless the command line says something else.
func TestWhySettings(t *testing.T) {
	text := "follow = true\n[host.'" + bin.HTTPS + "']\nverify = '" + bin.CAFile + "'\n'http1.1' = true\n"
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{bin.HTTPS + "/redirect/1"}, []string{"ca          " + bin.CAFile + ": --verify in ", "config.toml:3\n", "; --http1.1 in ", "config.toml:4\n", "Found, --follow in ", "config.toml:1\n"}},
		{[]string{"--verify=no", bin.HTTPS + "/get"}, []string{": --verify=no\n", "; --http1.1 in "}},
	} {
		got := settled(t, Env{}, text, append([]string{"--why"}, c.args...)...)
		for _, want := range c.want {
			if got.code != ExitOK || !strings.Contains(got.err, want) {
				t.Errorf("%q: no %q in %d, %s", c.args, want, got.code, got.err)
			}
		}
	}
}

// What a session brings along is told to be its; a line for curl leaves it as it was.
func TestWhySession(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s.json")
	if got := run(t, "--session="+file, "--auth=mona:s3cret", bin.HTTP+"/cookies/set?sid=42"); got.code != ExitOK {
		t.Fatalf("%+v", got)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := run(t, "--why", "--session-read-only="+file, bin.HTTP+"/get")
	for _, token := range []string{"credential  Basic: the session " + file + "\n", "cookies     sid: the session " + file + ", or set by an answer of this run\n"} {
		if !strings.Contains(got.err, token) {
			t.Errorf("no %q in %+v", token, got)
		}
	}
	got = run(t, "--curl", "--session="+file, bin.HTTP+"/cookies/set?other=1", "Cookie:c=3")
	if got.code != ExitOK || !strings.Contains(got.out, "-H 'Cookie: •••'") || !strings.Contains(got.out, "-H 'Authorization: •••'") {
		t.Errorf("%+v", got)
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
		t.Errorf("%v: the session is another: %s", err, after)
	}
}

// The environment's proxies are told by their variable.
func TestWhyEnvironmentProxy(t *testing.T) {
	t.Setenv("HTTP_PROXY", bin.HTTP)
	t.Setenv("NO_PROXY", "none.invalid")
	getenv := func(name string) string { return map[string]string{"HTTP_PROXY": bin.HTTP}[name] }
	got := runEnv(t, Env{Getenv: getenv}, "--why", "http://other.invalid/get")
	if got.code != ExitOK || !strings.Contains(got.err, "proxy       "+bin.HTTP+": HTTP_PROXY\n") {
		t.Errorf("%+v", got)
	}
	got = runEnv(t, Env{Getenv: getenv}, "--why", bin.HTTP+"/get")
	if got.code != ExitOK || !strings.Contains(got.err, "proxy       none: NO_PROXY names the host, or it is this machine\n") {
		t.Errorf("%+v", got)
	}
}

// Bars and reasons come after the answer, on the other stream, with --quiet too, and once for each
// URL.
func TestWaterfall(t *testing.T) {
	got := run(t, "--waterfall", "-F", bin.HTTP+"/redirect/1")
	if got.code != ExitOK || !regexp.MustCompile(`(?s)^GET http://\S+/redirect/1: 302 Found\n    connect +#+ +\d+\.\d ms\n.*GET http://\S+/get: 200 OK \(connection reused\)\n.*    wait .*    total +\d+\.\d ms\n$`).MatchString(got.err) {
		t.Errorf("%+v", got)
	}
	got = run(t, "-q", "--why", "--waterfall", bin.HTTP+"/get", bin.HTTP+"/get")
	if got.out != "" || strings.Count(got.err, "why ") != 2 || strings.Count(got.err, "total ") != 2 {
		t.Errorf("%+v", got)
	}
	got = run(t, "--waterfall", "http://127.0.0.1:1/")
	if got.code != ExitConnect || !strings.HasPrefix(got.err, "GET http://127.0.0.1:1/: connecting to 127.0.0.1:1: connection refused\n    connect ") {
		t.Errorf("%+v", got)
	}
	// A terminal has them with the times, too, in its width.
	env := Env{StdoutTTY: true, StdinTTY: true, Getenv: func(k string) string { return map[string]string{"NO_COLOR": "1", "COLUMNS": "60"}[k] }}
	got = runEnv(t, env, "--print=m", bin.HTTP+"/get")
	if got.code != ExitOK || !strings.HasPrefix(got.out, "Connection: ") || !strings.Contains(got.out, "█") || strings.Contains(got.out, "\x1b") {
		t.Errorf("%+v", got)
	}
	for line := range strings.Lines(got.out) {
		if n := len([]rune(line)); strings.Contains(line, "█") && n != 61 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}
