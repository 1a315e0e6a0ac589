package curl

// What the comparison with the real curl does not see.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/godwit/internal/cli/wiretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A world is what a run of a test is given besides its arguments.
type world struct {
	stdin  string
	tty    bool
	env    map[string]string
	prompt func(context.Context, string) (string, error)
}

// runIn runs godwit curl.
func runIn(t *testing.T, w world, args ...string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	code := Run(t.Context(), Env{
		Stdin: strings.NewReader(w.stdin), Stdout: &out, Stderr: &errs, StdoutTTY: w.tty,
		Prompt: w.prompt, Getenv: func(k string) string { return w.env[k] }, Now: time.Now,
	}, args)
	return outcome{code: code, out: out.String(), err: errs.String()}
}

func TestRefused(t *testing.T) {
	for line, want := range map[string]string{
		"--ftp-pasv x":            "option --ftp-pasv: it is for a protocol other than HTTP",
		"-Q x":                    "option --quote: it is for a protocol other than HTTP",
		"--ntlm x":                "option --ntlm: NTLM, Negotiate and Kerberos are not spoken here",
		"--hsts f x":              "option --hsts: there is no such thing here",
		"--variable a-b=1 x":      `"a-b" is no name of a variable`,
		"--variable a x":          "it must be NAME=text",
		"--variable %NONE x":      `the variable "NONE" of the environment is not set`,
		"--expand-silent x":       "option --expand-silent: takes no argument",
		"--expand-frog x y":       "option --frog: is unknown",
		"-iJO http://1.2.3.4/":    "--include and --remote-header-name",
		"--locaton x":             "option --locaton: is unknown (the nearest is --location)",
		"--data-urlencoded x":     "option --data-urlencoded: is unknown (the nearest is --data-urlencode)",
		"--max x":                 "option --max: is ambiguous",
		"-sSk~ x":                 "option -~: is unknown",
		"--insecure=yes x":        "option --insecure: takes no argument",
		"--no-max-time x":         "option --no-max-time: is unknown",
		"-o":                      "option -o: requires parameter",
		"--limit-rate fast x":     `option --limit-rate: "fast" is not a number of bytes`,
		"--rate often x":          "option --rate:",
		"--tls-max 1.1 x":         "TLS 1.1 is broken",
		"--ciphers RC4 x":         `"RC4" is not offered by this TLS`,
		"--curves frog x":         `"frog" is not offered by this TLS`,
		"--pinnedpubkey f x":      "it must be sha256//",
		"-r frog x":               `option --range: "frog" is not a range`,
		"-C frog x":               `option --continue-at: "frog" is no offset`,
		"--resolve frog x":        "it is HOST:PORT:ADDRESS",
		"--connect-to frog x":     "is not HOST1:PORT1:HOST2:PORT2",
		"-f --fail-with-body x":   "exclude each other",
		"-: x":                    "there is no URL before it",
		"--cert-type DER x":       `"DER" is neither PEM nor P12`,
		"-F a=(;type=x x":         "multipart/mixed",
		"-p http://127.0.0.1:1/":  "--proxytunnel",
		"-u nick http://1.2.3.4/": "no password, and nobody to ask",
	} {
		got := runIn(t, world{}, split(line)...)
		if got.code != exitUsage && got.code != exitResolveFlag || !strings.Contains(got.err, want) || got.out != "" || !strings.HasPrefix(got.err, "godwit curl: ") {
			t.Errorf("curl %s: %d %q, want %q", line, got.code, got.err, want)
		}
	}
}

// Every flag can be read, in every form that it has.
func TestEveryFlag(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("# nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		"form": "a=1", "form-string": "a=1", "config": file, "max-redirs": "3", "create-file-mode": "644", "continue-at": "5", "range": "1-2", "header": "A: b", "proxy-header": "A: b",
		"speed-time": "5", "rate": "2/s", "retry": "3", "parallel-max": "5", "resolve": "a.example:80:127.0.0.1", "connect-to": "a.example:80:b.example:80", "tls-max": "1.3",
		"ciphers": "ECDHE-RSA-AES128-GCM-SHA256", "curves": "X25519", "pinnedpubkey": "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "cert-type": "PEM", "key-type": "PEM", "proxy-cert-type": "P12", "proxy-key-type": "P12",
		"variable": "a=1",
	}
	for _, f := range allRows() {
		if f.refused != "" || f.name == "next" {
			continue
		}
		value, ok := values[f.name]
		if !ok {
			value = "1"
		}
		for _, args := range [][]string{{"--" + f.name, value}, {"--" + f.name + "=" + value}, {"-" + string(f.short), value}, {"-" + string(f.short) + value}} {
			if f.set == nil {
				args = args[:1]
			}
			if f.short == 0 && args[0][1] != '-' || f.set == nil && (strings.Contains(args[0], "=") || len(args[0]) > 2 && args[0][1] != '-') {
				continue
			}
			p := &parser{env: &Env{Getenv: func(string) string { return "" }, Stdin: eof{}}, global: newGlobal(), rows: allRows()}
			if err := p.commandLine(append([]string{"-q"}, args...)); err != nil {
				t.Errorf("%q: %v", args, err)
			}
		}
	}
}

// No two flags have a name or a letter in common, and all that curl 7.88 has are known.
func TestRows(t *testing.T) {
	names, letters := map[string]bool{}, map[byte]string{}
	for _, f := range allRows() {
		if names[f.name] {
			t.Errorf("two flags are called %s", f.name)
		}
		names[f.name] = true
		if f.short == 0 {
			continue
		}
		if other := letters[f.short]; other != "" {
			t.Errorf("-%c is %s and %s", f.short, other, f.name)
		}
		letters[f.short] = f.name
	}
	text, err := os.ReadFile(filepath.Join("testdata", "curl-7.88.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		short, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		positive, negated := strings.CutPrefix(name, "no-")
		if !names[name] && !(negated && names[positive]) {
			t.Errorf("--%s of curl is unknown", name)
		}
		if short != "-" && letters[short[0]] != name && letters[short[0]] != positive {
			t.Errorf("-%s is %s, in curl %s", short, letters[short[0]], name)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	if got := runIn(t, world{}, "--help"); got.code != 0 || !strings.Contains(got.out, "\n  -L, --location\n") || !strings.Contains(got.out, "--ftp-pasv") {
		t.Errorf("%+v", got)
	}
	if got := runIn(t, world{}, "-V"); got.code != 0 || !strings.HasPrefix(got.out, "godwit curl ") {
		t.Errorf("%+v", got)
	}
}

// What a terminal would obey is shown as an escape; what is no text is not shown at all.
func TestTerminal(t *testing.T) {
	w := newWire(t)
	w.Answers = map[string]string{
		"/evil":   wiretest.Response(200, "X-A: \u202eevil\r\n", "\x1b[2Jgone"),
		"/binary": wiretest.Response(200, "", "a\x00b"),
	}
	if got := runIn(t, world{tty: true}, "-i", w.URL()+"/evil"); got.code != 0 || strings.Contains(got.out, "\x1b") || !strings.Contains(got.out, `\x1b[2Jgone`) || !strings.Contains(got.out, `\u202eevil`) {
		t.Errorf("%+v", got)
	}
	if got := runIn(t, world{}, "-s", w.URL()+"/evil"); got.out != "\x1b[2Jgone" {
		t.Errorf("into a pipe: %+v", got)
	}
	if got := runIn(t, world{}, "-sv", w.URL()+"/evil"); strings.Contains(got.err, "\u202e") || !strings.Contains(got.err, `\u202eevil`) {
		t.Errorf("-v: %+v", got)
	}
	if got := runIn(t, world{tty: true}, w.URL()+"/binary"); got.code != exitWrite || got.out != "" || !strings.Contains(got.err, "Binary output can mess up your terminal") {
		t.Errorf("%+v", got)
	}
	if got := runIn(t, world{tty: true}, "-o", "-", w.URL()+"/binary"); got.code != 0 || got.out != `a\x00b` {
		t.Errorf("-o -: %+v", got)
	}
	if got := runIn(t, world{tty: true}, w.URL()+"/get"); strings.Contains(got.err, "% Total") {
		t.Errorf("a meter where the body is shown: %+v", got)
	}
}

// Credentials are in no message and no trace.
func TestCredentialsAreHidden(t *testing.T) {
	w := newWire(t)
	for _, args := range [][]string{
		{"-v", "-u", "nick:hidden-word", w.URL() + "/get"},
		{"-v", "--oauth2-bearer", "hidden-word", w.URL() + "/get"},
		{"--trace", "-", "-u", "nick:hidden-word", w.URL() + "/empty"},
		{"--trace-ascii", "-", "-b", "a=hidden-word", w.URL() + "/get"},
		{"http://nick:hidden-word@127.0.0.1:1/"},
		{"http://nick:hidden-word@127.0.0.1:99999/"},
		{"-x", "http://nick:hidden-word@127.0.0.1:1", "http://example.org/"},
	} {
		got := runIn(t, world{}, args...)
		if both := got.out + got.err; strings.Contains(both, "hidden-word") || strings.Contains(both, "bmljazpoaWRkZW4td29yZA") {
			t.Errorf("%q: %s%s", args[0], got.out, got.err)
		}
	}
}

func TestPrompt(t *testing.T) {
	w := newWire(t)
	asked := 0
	ask := func(_ context.Context, question string) (string, error) {
		asked++
		if question != "Enter host password for user 'nick':" {
			t.Errorf("asked %q", question)
		}
		return "pass", nil
	}
	got := runIn(t, world{prompt: ask}, "-s", "-u", "nick", w.URL()+"/basic", w.URL()+"/basic")
	if got.code != 0 || got.out != "welcome\nwelcome\n" || asked != 1 {
		t.Errorf("asked %d times: %+v", asked, got)
	}
	refuses := func(context.Context, string) (string, error) { return "", errors.New("no terminal") }
	if got := runIn(t, world{prompt: refuses}, "-u", "nick", w.URL()+"/basic"); got.code != exitUsage || !strings.Contains(got.err, "no terminal") {
		t.Errorf("%+v", got)
	}
}

func TestCurlrc(t *testing.T) {
	w := newWire(t)
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte("-s\nuser-agent = \"from curlrc\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HOME": home}
	for first, want := range map[string]string{"-S": "User-Agent: from curlrc", "-qS": "User-Agent: godwit/", "--disable": "User-Agent: godwit/"} {
		got := runIn(t, world{env: env}, first, w.URL()+"/get")
		if qs := w.Take(); got.code != 0 || len(qs) != 1 || !strings.Contains(qs[0].String(), want) {
			t.Errorf("%s: %+v %v", first, got, qs)
		}
	}
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte("\n\nfrog = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := runIn(t, world{env: env}, w.URL()); got.code != exitUsage || !strings.Contains(got.err, ".curlrc:3: option --frog: is unknown") {
		t.Errorf("%+v", got)
	}
	loop := filepath.Join(home, "loop")
	if err := os.WriteFile(loop, []byte("-K "+loop+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := runIn(t, world{}, "-K", loop); got.code != exitUsage || !strings.Contains(got.err, "name each other") {
		t.Errorf("%+v", got)
	}
}

// A cancelled run ends at once, with what has come where it was to go.
func TestInterrupted(t *testing.T) {
	w := newWire(t)
	ctx, stop := context.WithCancel(t.Context())
	var errs bytes.Buffer
	first := writerFunc(func(p []byte) (int, error) { stop(); return len(p), nil })
	code := Run(ctx, Env{Stdout: first, Stderr: &errs, Getenv: func(string) string { return "" }, Now: time.Now}, []string{"-s", w.URL() + "/trickle", w.URL() + "/get"})
	if qs := w.Take(); code != Interrupted || errs.String() != "" || len(qs) != 1 {
		t.Errorf("%d %q, %d requests", code, errs.String(), len(qs))
	}
	ctx, stop = context.WithCancel(t.Context())
	stop()
	code = Run(ctx, Env{Stdout: io.Discard, Stderr: &errs, Getenv: func(string) string { return "" }, Now: time.Now}, []string{"-sZ", "--retry", "5", w.URL() + "/get"})
	if code != Interrupted {
		t.Errorf("cancelled before: %d", code)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// Nothing is lost silently: a pipe that is closed and a disk that is full are error 23.
func TestOutputFails(t *testing.T) {
	w := newWire(t)
	broken := writerFunc(func([]byte) (int, error) { return 0, io.ErrClosedPipe })
	for _, args := range [][]string{{w.URL() + "/get"}, {"-i", w.URL() + "/nocontent"}, {"-w", "x", "-o", os.DevNull, w.URL() + "/get"}, {"-D", "-", "-o", os.DevNull, w.URL() + "/get"}, {"--help"}} {
		var errs bytes.Buffer
		code := Run(t.Context(), Env{Stdout: broken, Stderr: &errs, Getenv: func(string) string { return "" }, Now: time.Now}, append([]string{"-sS"}, args...))
		if code != exitWrite {
			t.Errorf("%q: %d %s", args, code, errs.String())
		}
	}
	if _, err := os.Stat("/dev/full"); err == nil {
		for _, args := range [][]string{{"-o", "/dev/full", w.URL() + "/get"}, {"-D", "/dev/full", w.URL() + "/get"}} {
			if got := runIn(t, world{}, append([]string{"-sS"}, args...)...); got.code != exitWrite || !strings.Contains(got.err, "no space left") {
				t.Errorf("%q: %+v", args, got)
			}
		}
	}
}

// A server's name for a file is a name, and never replaces anything.
func TestServersNames(t *testing.T) {
	w := newWire(t)
	name := func(header string) string {
		return wiretest.Response(200, "Content-Disposition: "+header+"\r\n", "body")
	}
	w.Answers = map[string]string{
		"/up":     name(`attachment; filename="../../up.txt"`),
		"/hidden": name(`attachment; filename=".bashrc"`),
		"/ext":    name(`attachment; filename*=UTF-8''na%C3%AFve.txt`),
		"/taken":  name(`attachment; filename="taken"`),
	}
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("taken", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/up": "up.txt", "/hidden": "_bashrc", "/ext": "naïve.txt"} {
		got := runIn(t, world{}, "-sSJO", w.URL()+path)
		if text, err := os.ReadFile(want); got.code != 0 || err != nil || string(text) != "body" {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
	got := runIn(t, world{}, "-sSJO", w.URL()+"/taken")
	if text, err := os.ReadFile("taken"); got.code != exitWrite || err != nil || string(text) != "mine" {
		t.Errorf("%+v: %q %v", got, text, err)
	}
}

// Many at once: each is whole, none is forgotten, no more than are allowed are open.
func TestParallel(t *testing.T) {
	w := newWire(t)
	t.Chdir(t.TempDir())
	got := runIn(t, world{}, "-sSZ", "--parallel-max", "5", "-o", "f#1", w.URL()+"/n/[1-40]")
	if got.code != 0 || got.err != "" {
		t.Fatalf("%+v", got)
	}
	files, err := filepath.Glob("f*")
	if err != nil || len(files) != 40 {
		t.Errorf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err != nil || string(text) != "ok GET\n" {
			t.Errorf("%s: %q %v", f, text, err)
		}
	}
	if n := w.Most(); n > 5 {
		t.Errorf("%d connections at once", n)
	}
	if got := runIn(t, world{}, "-sSZ", w.URL()+"/get", "http://127.0.0.1:1/", w.URL()+"/get"); got.code != exitConnect || strings.Count(got.out, "ok") != 2 {
		t.Errorf("%+v", got)
	}
}

// The meter says where errors go how far it is, and is silent when it should be.
func TestMeter(t *testing.T) {
	w := newWire(t)
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		args string
		want string
	}{
		{"-o f {U}/norange", "100    10  100    10"},
		{"{U}/norange", "  % Total    % Received"},
		{"-# -o f {U}/norange", "100.0%"},
		{"-s -o f {U}/norange", ""},
		{"--no-progress-meter -o f {U}/norange", ""},
	} {
		got := runIn(t, world{}, split(w.fill(c.args))...)
		if got.code != 0 || !strings.Contains(got.err, c.want) || c.want == "" && got.err != "" {
			t.Errorf("%s: %q", c.args, got.err)
		}
	}
}

func TestRetry(t *testing.T) {
	w := newWire(t)
	t.Chdir(t.TempDir())
	got := runIn(t, world{}, "-S", "--no-progress-meter", "--retry", "3", "--retry-delay", "0.001", "-o", "out", "-w", "%{num_retries}", w.URL()+"/flaky/2")
	text, err := os.ReadFile("out")
	if got.code != 0 || got.out != "2" || err != nil || string(text) != "at last\n" || strings.Count(got.err, "Will retry in 0.001 seconds.") != 2 {
		t.Errorf("%+v %q %v", got, text, err)
	}
	if got := runIn(t, world{}, "-sS", "--retry", "2", "--retry-delay", "0.001", "--retry-connrefused", "http://127.0.0.1:1/"); got.code != exitConnect {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		args string
		want int
	}{
		{"--retry 2 {U}/empty", 1},
		{"--retry 2 --retry-all-errors {U}/empty", 3},
		{"--retry 2 {U}/status/404", 1},
		{"--retry 2 {U}/status/429", 3},
		{"--retry 2 --retry-max-time 0.0005 {U}/status/500", 1},
		{"--retry 0 {U}/status/500", 1},
	} {
		w.Take()
		runIn(t, world{}, split(w.fill("-s --retry-delay 0.001 "+c.args))...)
		if n := len(w.Take()); n != c.want {
			t.Errorf("%s: %d requests", c.args, n)
		}
	}
}

// The body waits for the rate, and not for longer.
func TestLimitRate(t *testing.T) {
	w := newWire(t)
	began := time.Now()
	if got := runIn(t, world{}, "-s", "--limit-rate", "50", w.URL()+"/norange"); got.code != 0 || got.out != "0123456789" {
		t.Errorf("%+v", got)
	}
	if took := time.Since(began); took < 150*time.Millisecond || took > 10*time.Second {
		t.Errorf("ten bytes at 50 a second took %v", took)
	}
}

// Variables of -w are JSON when they are asked for so.
func TestWriteOutJSON(t *testing.T) {
	w := newWire(t)
	got := runIn(t, world{}, "-s", "-o", os.DevNull, "-w", "%{json}", w.URL()+"/get")
	for _, want := range []string{`"http_code":200`, `"content_type":"text/plain"`, `"method":"GET"`, `"errormsg":null`, `"http_version":"1.1"`, `"time_total":0.`, `"curl_version":"godwit/`} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %s in %s", want, got.out)
		}
	}
	dir := t.TempDir()
	t.Chdir(dir)
	if got := runIn(t, world{}, "-s", "-o", os.DevNull, "-w", "%output{a}%{http_code}%{stdout}b%{stderr}c", w.URL()+"/get"); got.out != "b" || got.err != "c" {
		t.Errorf("%+v", got)
	}
	if text, err := os.ReadFile("a"); err != nil || string(text) != "200" {
		t.Errorf("%q %v", text, err)
	}
}

func TestVariables(t *testing.T) {
	w := newWire(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(" a \"b\" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		"{{plain}}":             "text",
		"-{{plain}}-{{plain}}-": "-text-text-",
		"{{none}}x":             "x",
		"{{env}}":               "of the environment",
		"{{unset}}":             "default",
		"{{file:trim:json}}":    `a \"b\"`,
		"{{file:trim:url}}":     "a%20%22b%22",
		"{{plain:b64}}":         "dGV4dA==",
		"{{plain:b64:64dec}}":   "text",
		"{{env:64dec}}":         "[64dec-fail]",
		`\{{plain}}`:            "{{plain}}",
		"{{no name}} {{plain}}": "{{no name}} text",
		"{{plain":               "{{plain",
		"{{{plain}}}":           "{{{plain}}}",
	} {
		w.Take()
		got := runIn(t, world{env: map[string]string{"env": "of the environment"}}, "-sS", "--variable", "plain=text", "--variable", "%env", "--variable", "%unset=default", "--variable", "file@"+file,
			"--expand-data-raw", value, w.URL()+"/post")
		if qs := w.Take(); got.code != 0 || len(qs) != 1 || qs[0].Body != want {
			t.Errorf("%s: %+v %v, want %s", value, got, qs, want)
		}
	}
	if got := runIn(t, world{}, "--variable", "a=1", "--expand-data", "{{a:frog}}", w.URL()); got.code != exitUsage || !strings.Contains(got.err, `no function "frog"`) {
		t.Errorf("%+v", got)
	}
}

func TestGlob(t *testing.T) {
	for url, want := range map[string]string{
		"http://h/a":                "http://h/a",
		"http://h/{a,b}":            "http://h/a http://h/b",
		"http://h/[1-3]":            "http://h/1 http://h/2 http://h/3",
		"http://h/[08-10]":          "http://h/08 http://h/09 http://h/10",
		"http://h/[a-e:2]":          "http://h/a http://h/c http://h/e",
		"http://{a,b}.h/[1-2]":      "http://a.h/1 http://a.h/2 http://b.h/1 http://b.h/2",
		"http://[::1]:80/{x}":       "http://[::1]:80/x",
		`http://h/\[1-3\]`:          "http://h/[1-3]",
		"http://h/?a[]=1":           "http://h/?a[]=1",
		"http://h/{,a}":             "http://h/ http://h/a",
		`http://h/{a\,b}`:           "http://h/a,b",
		"http://[fe80::1%25eth0]/x": "http://[fe80::1%25eth0]/x",
	} {
		g, err := parseGlob(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		var all []string
		for u := range g.all() {
			all = append(all, u)
		}
		if got := strings.Join(all, " "); got != want {
			t.Errorf("%s: %s", url, got)
		}
	}
	for _, url := range []string{"http://h/{a", "http://h/a}", "http://h/[1-", "http://h/[]1]", "http://h/[3-1]", "http://h/[a-9]", "http://h/{}", "http://h/{a{b}}", "http://h/[1-99999999999999999999]", "http://h/[1-9999999][1-9999999]", "http://h/[1-3:0]"} {
		if _, err := parseGlob(url); err == nil || failureOf(err).code != exitURL {
			t.Errorf("%s: %v", url, err)
		}
	}
	if got := numbered("out_#1_#2_#3#", []string{"a", "b"}); got != "out_a_b_#3#" {
		t.Error(got)
	}
}

// Whatever is typed or read, there is an answer and no panic.
func FuzzArguments(f *testing.F) {
	for _, c := range sideCases {
		f.Add(c.args)
	}
	f.Add("-K - -F a=@b;type=\"x -w %{ -r 1-2,3- -e ;auto -E a:b --resolve [::1]:1:2")
	f.Fuzz(func(t *testing.T, line string) {
		p := &parser{env: &Env{Getenv: func(string) string { return "" }, Stdin: strings.NewReader(line)}, global: newGlobal(), rows: allRows()}
		args := split(line)
		if slices.ContainsFunc(args, func(a string) bool { return strings.Contains(a, "/") }) {
			return // files of the machine are none of our business
		}
		if err := p.commandLine(append([]string{"-q"}, args...)); err != nil && failureOf(err).code == 0 {
			t.Errorf("an error without a number: %v", err)
		}
		for _, c := range p.configs {
			for i := range c.targets {
				g, err := parseGlob(c.targets[i].url)
				if err != nil {
					continue
				}
				n := 0
				for u := range g.all() {
					_, _ = c.fullURL(u, &c.targets[i])
					if n++; n > 100 {
						break
					}
				}
			}
		}
	})
}
