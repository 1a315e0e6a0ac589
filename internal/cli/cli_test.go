package cli

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"example.com/godwit/internal/cli/testserver"
)

// bin is the server that the tests of this package share.
var bin *testserver.Server

func TestMain(m *testing.M) { goleak.VerifyTestMain(withServer{m}) }

// withServer runs the tests while bin is serving.
type withServer struct{ *testing.M }

func (w withServer) Run() int {
	var err error
	if bin, err = testserver.Start(testserver.Options{}); err != nil {
		panic(err)
	}
	code := w.M.Run()
	if err := bin.Close(); err != nil {
		panic(err)
	}
	return code
}

// A result is what a run of the command left behind.
type result struct {
	out, err string
	code     ExitCode
}

// run runs the command without a terminal and with nothing on its standard input.
func run(t *testing.T, args ...string) result {
	t.Helper()
	return runEnv(t, Env{}, args...)
}

// onTerminal runs it on a terminal without colours.
func onTerminal(t *testing.T, args ...string) result {
	t.Helper()
	return runEnv(t, Env{StdinTTY: true, StdoutTTY: true, Getenv: func(k string) string {
		return map[string]string{"NO_COLOR": "1"}[k]
	}}, args...)
}

func runEnv(t *testing.T, env Env, args ...string) result {
	t.Helper()
	var out, errs lockedBuffer
	env.Stdout, env.Stderr = &out, &errs
	code := Run(t.Context(), env, args)
	return result{out.String(), errs.String(), ExitCode(code)}
}

// A lockedBuffer may be written by a tracer's goroutine.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestVersion(t *testing.T) {
	for _, arg := range []string{"version", "--version"} {
		if got := run(t, arg); got.code != ExitOK || !strings.HasPrefix(got.out, "godwit ") || strings.Count(got.out, "\n") != 1 {
			t.Errorf("%s: %+v", arg, got)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	for _, c := range []struct {
		args, want string
	}{
		{"", "no URL"},
		{"--nonsense example.org", "unknown flag --nonsense\n"},
		{"--folow example.org", "unknown flag --folow (did you mean --follow?)"},
		{"-Y example.org", "unknown flag -Y\n"},
		{"--print=hx example.org", `--print: "x" is none of the letters HBhbm`},
		{"--print= example.org", "--print: it needs some of the letters"},
		{"--print", "--print needs an argument: WHAT"},
		{"-p", "-p needs an argument: WHAT"},
		{"--pretty=rainbow example.org", `--pretty: "rainbow" is none of all, colors, format, none`},
		{"--timeout=soon example.org", `--timeout: "soon" is not a number of seconds`},
		{"--timeout=-1 example.org", `--timeout: "-1" is not a number of seconds`},
		{"--timeout=NaN example.org", `--timeout: "NaN" is not a number of seconds`},
		{"--max-time=1e300 example.org", `--max-time: "1e300" is not a number of seconds`},
		{"--max-redirects=-1 example.org", `--max-redirects: "-1" is not a number of redirects`},
		{"-test.v example.org", "unknown flag -t\n"},
		{"---follow example.org", "unknown flag ---follow (did you mean --follow?)"},
		{"--no-folow example.org", "unknown flag --no-folow (did you mean --no-follow?)"},
		{"--pasword=s3cret example.org", "unknown flag --pasword\n"},
		{"--=x example.org", "unknown flag --\n"},
		{"--max example.org", "unknown flag --max (did you mean --max-"},
		{"--follow=true example.org", "--follow takes no argument"},
		{"--no-follow=true example.org", "--no-follow takes no argument"},
		{"-F=x example.org", "--follow takes no argument"},
		{"--help=nonsense", `no help on "nonsense"; there is help on items`},
		{"--help tsl", `no help on "tsl" (did you mean tls?); there is`},
		{"help a b", "help takes one word"},
		{"help --nonsense", "unknown flag --nonsense"},
		{"--follow=yes example.org", "--follow takes no argument"},
		{"--no-timeout example.org", "unknown flag --no-timeout"},
		{"--resolve=a.example:127.0.0.1 example.org", `--resolve: "a.example:127.0.0.1" is not HOST:PORT:ADDRESS`},
		{"--resolve=a.example:: example.org", "is not HOST:PORT:ADDRESS"},
		{"--resolve=a.example:http:127.0.0.1 example.org", "--resolve: Resolve: "},
		{"--resolve=a.example:80:127.1 example.org", "--resolve: Resolve: "},
		{"--connect-to=a.example:80:b.example example.org", "is not HOST:PORT:HOST:PORT"},
		{"--connect-to=a.example:80:b.example:80:80 example.org", "is not HOST:PORT:HOST:PORT"},
		{"--connect-to=a.example example.org", "is not HOST:PORT:HOST:PORT"},
		{"--verify= example.org", "--verify: it must be yes, no or a file"},
		{"example.org oops", `item "oops": it must be Header:value`},
		{"example.org a@b", `item "a@…": a file is a field of a form alone: --form`},
		{"example.org a=@/does/not/exist", `item "a=@…": stat /does/not/exist: no such file`},
		{"example.org a[b]=1 a[0]=2", "field \"a[0]\": \"a\" is an object already, but this needs a list\n    a[0]\n     ^^^\n"},
		{"ftp://example.org", "ftp"},
		{"http://", ""},
		{"http://example.org:99999", ""},
		{"--verify=/does/not/exist https://127.0.0.1:1", "/does/not/exist"},
		{"serve everything", `serve takes no argument "everything"`},
		{"serve --port=1", "unknown flag --port\n"},
		{"demo --fast", "demo takes no arguments"},
		{"version 2", "version takes no arguments"},
	} {
		got := run(t, strings.Fields(c.args)...)
		if got.code != ExitUsage || !strings.HasPrefix(got.err, "godwit: ") || !strings.Contains(got.err, c.want) || got.out != "" {
			t.Errorf("godwit %s: %+v, want %s", c.args, got, c.want)
		}
	}
}

// A body in a pipe is what the server sent, to the byte; on a terminal it is formatted.
func TestOutput(t *testing.T) {
	piped := run(t, bin.HTTP+"/json")
	if piped.code != ExitOK || piped.err != "" || !strings.HasPrefix(piped.out, "{") {
		t.Fatalf("%+v", piped)
	}
	if strings.Contains(piped.out, "HTTP/1.1") {
		t.Errorf("a head in a pipe: %s", piped.out)
	}
	shown := onTerminal(t, bin.HTTP+"/get", "q==go http")
	for _, token := range []string{"HTTP/1.1 200 OK\n", "Content-Type: application/json; charset=utf-8\n", "\n\n{\n    \"args\": {\n        \"q\": [\n            \"go http\"\n"} {
		if !strings.Contains(shown.out, token) {
			t.Errorf("no %q in\n%s", token, shown.out)
		}
	}
	if strings.Contains(shown.out, "GET /get") || strings.Contains(shown.out, "\r") || strings.Contains(shown.out, "\x1b") {
		t.Errorf("too much in\n%q", shown.out)
	}
}

func TestParts(t *testing.T) {
	url := bin.HTTP + "/post"
	const (
		requestHead  = "POST /post HTTP/1.1\r\n"
		requestBody  = `{"name": "John"}`
		responseHead = "HTTP/1.1 200 OK\r\n"
		responseBody = `"data":`
		meta         = "Time: "
	)
	for flags, want := range map[string][]string{
		"--print=H":  {requestHead},
		"-pB":        {requestBody},
		"-p h":       {responseHead},
		"--print b":  {responseBody},
		"--print=m":  {meta},
		"-h":         {responseHead},
		"-b":         {responseBody},
		"--headers":  {responseHead},
		"-v":         {requestHead, requestBody, responseHead, responseBody},
		"-vh":        {responseHead},
		"-p HBhbm":   {requestHead, requestBody, responseHead, responseBody, meta},
		"--print=hB": {requestBody, responseHead},
	} {
		got := run(t, append(strings.Fields(flags), url, "name=John")...)
		if got.code != ExitOK || got.err != "" {
			t.Fatalf("%s: %+v", flags, got)
		}
		at := 0
		for _, token := range want {
			i := strings.Index(got.out[at:], token)
			if i < 0 {
				t.Fatalf("%s: no %q, or not in its place, in\n%s", flags, token, got.out)
			}
			at += i + len(token)
		}
		for _, token := range []string{requestHead, responseHead, responseBody, meta} {
			if wanted := slices.Contains(want, token); strings.Contains(got.out, token) != wanted {
				t.Errorf("%s: %q in the output: %v\n%s", flags, token, !wanted, got.out)
			}
		}
	}
}

// What is printed is what the server got.
func TestWhatIsSent(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want []string // in what the server says it got
	}{
		{"JSON", []string{"/anything", "name=John", "n:=1.50", `l:=["a"]`}, []string{`"method": "POST"`, `"data": "{\"name\": \"John\", \"n\": 1.50, \"l\": [\"a\"]}"`, `"application/json"`, `"application/json, */*;q=0.5"`}},
		{"form", []string{"-f", "/anything", "a=1 2", "a=3", "b=ä"}, []string{`"data": "a=1+2&a=3&b=%C3%A4"`, `"application/x-www-form-urlencoded; charset=utf-8"`}},
		{"method", []string{"PUT", "/anything", "a=1"}, []string{`"method": "PUT"`}},
		{"lower case method", []string{"delete", "/anything"}, []string{`"method": "DELETE"`}},
		{"query", []string{"/anything?x=0", "a==1", "a==2 3"}, []string{`"method": "GET"`, `/anything?x=0&a=1&a=2+3"`}},
		{"headers", []string{"/anything", "X-One:1", "X-Two:a", "X-Two:b", "X-None;"}, []string{`"X-One": [`, `"X-None": [`, "\"X-Two\": [\n      \"a\",\n      \"b\"\n    ]"}},
		{"JSON asked for", []string{"-j", "/anything"}, []string{`"method": "GET"`, `"application/json, */*;q=0.5"`}},
		{"own type", []string{"/anything", "a=1", "Content-Type:application/x-mine", "Accept:text/x-mine"}, []string{`"application/x-mine"`, `"text/x-mine"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string(nil), c.args...)
			for i := range args {
				if strings.HasPrefix(args[i], "/") {
					args[i] = bin.HTTP + args[i]
				}
			}
			got := run(t, args...)
			if got.code != ExitOK {
				t.Fatalf("%+v", got)
			}
			for _, token := range c.want {
				if !strings.Contains(got.out, token) {
					t.Errorf("no %s in\n%s", token, got.out)
				}
			}
		})
	}
}

func TestHeaderLeftOut(t *testing.T) {
	got := run(t, bin.HTTP+"/headers", "User-Agent:", "Accept:")
	if got.code != ExitOK || strings.Contains(got.out, "User-Agent") || strings.Contains(got.out, `"Accept"`) {
		t.Errorf("%+v", got)
	}
}

func TestRedirects(t *testing.T) {
	url := bin.HTTP + "/redirect/2"
	if got := run(t, "-h", url); got.code != ExitOK || !strings.HasPrefix(got.out, "HTTP/1.1 302 Found\r\n") {
		t.Errorf("not followed: %+v", got)
	}
	if got := run(t, "--follow", "-h", url); got.code != ExitOK || strings.Count(got.out, "HTTP/1.1") != 1 || !strings.HasPrefix(got.out, "HTTP/1.1 200 OK\r\n") {
		t.Errorf("followed: %+v", got)
	}
	if got := run(t, "--follow", "-b", bin.HTTP+"/cookies/set?sid=42"); !strings.Contains(got.out, `"sid": "42"`) {
		t.Errorf("a cookie is lost on the way: %+v", got)
	}
	got := run(t, "-F", "--all", "--print=Hh", url)
	var lines []string
	for line := range strings.Lines(got.out) {
		if strings.Contains(line, "HTTP/1.1") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	want := "GET /redirect/2 HTTP/1.1|HTTP/1.1 302 Found|GET /relative-redirect/1 HTTP/1.1|HTTP/1.1 302 Found|GET /get HTTP/1.1|HTTP/1.1 200 OK"
	if strings.Join(lines, "|") != want {
		t.Errorf("--all: %q", lines)
	}
	if got := run(t, "-F", "--max-redirects=1", url); got.code != ExitRedirects || got.out != "" {
		t.Errorf("too many: %+v", got)
	}
}

// A call that fails shows with -v how far it went.
func TestVerboseFailure(t *testing.T) {
	got := run(t, "-v", "--timeout=0.05", bin.HTTP+"/delay/5")
	if got.code != ExitTimeout || !strings.HasPrefix(got.out, "GET /delay/5 HTTP/1.1\r\n") || strings.Contains(got.out, "HTTP/1.1 2") {
		t.Errorf("%+v", got)
	}
	got = run(t, "-p=Hh", "--all", "-F", "--max-redirects=1", bin.HTTP+"/redirect/3")
	if got.code != ExitRedirects || strings.Count(got.out, "HTTP/1.1 302 Found") != 2 {
		t.Errorf("%+v", got)
	}
	got = run(t, "-p=Hh", "-F", "--max-redirects=1", bin.HTTP+"/redirect/3")
	if got.code != ExitRedirects || strings.Count(got.out, "HTTP/1.1 302 Found") != 1 {
		t.Errorf("%+v", got)
	}
}

// The bodies of redirects are printed too, where they belong.
func TestAllBodies(t *testing.T) {
	last := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere")
	first := answering(t, "HTTP/1.1 302 Found\r\nContent-Length: 5\r\nLocation: "+last+"\r\n\r\nthere")
	got := run(t, "-F", "--all", "--print=hb", first)
	want := "HTTP/1.1 302 Found\r\nContent-Length: 5\r\nLocation: " + last + "\r\n\r\nthere\n\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere"
	if got.code != ExitOK || got.out != want {
		t.Errorf("got %+v, want %q", got, want)
	}
}

func TestMeta(t *testing.T) {
	got := run(t, "--print=m", "--verify="+bin.CAFile, bin.HTTPS+"/get")
	for _, token := range []string{"Connection: 127.0.0.1:", "HTTP/2, TLS 1.3\n", "Time: connect ", "tls ", "wait ", "total "} {
		if !strings.Contains(got.out, token) {
			t.Errorf("no %q in %+v", token, got)
		}
	}
	got = run(t, "--print=m", "--all", "--follow", bin.HTTP+"/redirect/1")
	if strings.Count(got.out, "Connection: ") != 2 || !strings.Contains(got.out, "reused") {
		t.Errorf("--all: %+v", got)
	}
}

func TestCheckStatus(t *testing.T) {
	for _, c := range []struct {
		args string
		code ExitCode
		err  string
	}{
		{"/status/404", ExitOK, ""},
		{"--check-status /status/200", ExitOK, ""},
		{"--check-status /status/404", Exit4xx, "godwit: warning: HTTP 404 Not Found\n"},
		{"--check-status /status/503", Exit5xx, "godwit: warning: HTTP 503 Service Unavailable\n"},
		{"--check-status /redirect/1", Exit3xx, "godwit: warning: HTTP 302 Found\n"},
		{"--check-status --follow /redirect/1", ExitOK, ""},
	} {
		got := run(t, strings.Fields(strings.Replace(c.args, "/", bin.HTTP+"/", 1))...)
		if got.code != c.code || got.err != c.err {
			t.Errorf("%s: %+v, want %d and %q", c.args, got, c.code, c.err)
		}
	}
}

func TestVerify(t *testing.T) {
	url := bin.HTTPS + "/get"
	if got := run(t, "--verify="+bin.CAFile, url); got.code != ExitOK || got.err != "" || !strings.Contains(got.out, url) {
		t.Errorf("with the CA: %+v", got)
	}
	got := run(t, url)
	if got.code != ExitTLS || got.out != "" || !strings.HasPrefix(got.err, "godwit: GET "+url+": ") || strings.Count(got.err, "unknown issuer") != 1 || !strings.Contains(got.err, "--verify=") {
		t.Errorf("without the CA: %+v", got)
	}
	if first, _, _ := strings.Cut(got.err, "\n"); !strings.Contains(first, "Godwit test CA") {
		t.Errorf("the first line does not name the issuer: %s", first)
	}
	got = run(t, "--verify=no", url)
	if got.code != ExitOK || !strings.Contains(got.err, "godwit: warning: "+bin.HTTPS+": ") {
		t.Errorf("unverified: %+v", got)
	}
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		args []string
		code ExitCode
	}{
		{[]string{"http://127.0.0.1:1/"}, ExitConnect},
		{[]string{"--timeout=0.05", bin.HTTP + "/delay/5"}, ExitTimeout},
		{[]string{"--max-time=0.05", bin.HTTP + "/delay/5"}, ExitTimeout},
		{[]string{"--max-time=0.2", bin.HTTP + "/drip?duration=5&delay=0&numbytes=5"}, ExitTimeout},
	} {
		got := run(t, c.args...)
		if got.code != c.code || !strings.HasPrefix(got.err, "godwit: GET http://") || strings.Count(got.err, "\n") > 2 {
			t.Errorf("%q: %+v, want %d", c.args, got, c.code)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out, errs lockedBuffer
	first := writerFunc(func(p []byte) (int, error) {
		cancel() // as soon as something has come
		return out.Write(p)
	})
	code := Run(ctx, Env{Stdout: first, Stderr: &errs}, []string{bin.HTTP + "/drip?duration=5&delay=0&numbytes=5"})
	if ExitCode(code) != ExitInterrupted || errs.String() != "" || out.String() == "" {
		t.Errorf("%d, %q, %q", code, out.String(), errs.String())
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestOutputError(t *testing.T) {
	var errs lockedBuffer
	code := Run(t.Context(), Env{Stdout: brokenWriter{}, Stderr: &errs}, []string{bin.HTTP + "/get"})
	if ExitCode(code) != ExitOutput || !strings.HasPrefix(errs.String(), "godwit: writing the output: ") {
		t.Errorf("%d, %q", code, errs.String())
	}
}

// A sub-command counts only as the first word, and the zero Env is a world too.
func TestZeroEnv(t *testing.T) {
	if code := Run(t.Context(), Env{}, []string{"--follow", bin.HTTP + "/get"}); code != 0 {
		t.Errorf("exit code %d", code)
	}
	got := run(t, "-v", "version", "a=b")
	if got.code != ExitUsage || !strings.Contains(got.err, "version was taken for the METHOD") {
		t.Errorf("a sub-command after a flag: %+v", got)
	}
}
