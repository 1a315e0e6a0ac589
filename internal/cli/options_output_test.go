package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOutputFlags(t *testing.T) {
	for _, c := range []struct {
		args string
		ok   func(o *outputOptions) bool
	}{
		{"-p HBhbmt", func(o *outputOptions) bool { return o.print == "HBhbmt" }},
		{"-v", func(o *outputOptions) bool {
			return o.wants(partTrailer, false) && !o.wants(partMeta, false) && o.all
		}},
		{"-vv", func(o *outputOptions) bool {
			return o.wants(partMeta, false) && o.wants(partRequestHead, false) && o.all
		}},
		{"-vv --no-verbose", func(o *outputOptions) bool { return o.verbose == 0 && !o.all }},
		{"-vv -h", func(o *outputOptions) bool { return o.wants(partResponseHead, false) && !o.wants(partMeta, false) }},
		{"-m", func(o *outputOptions) bool { return o.print == "m" }},
		{"-q", func(o *outputOptions) bool { return o.quiet == 1 }},
		{"-qq", func(o *outputOptions) bool { return o.quiet == 2 }},
		{"-qq --no-quiet", func(o *outputOptions) bool { return o.quiet == 0 }},
		{"-s dark", func(o *outputOptions) bool { return o.style == "dark" }},
		{"-S", func(o *outputOptions) bool { return o.stream }},
		{"--sorted", func(o *outputOptions) bool { return o.format.sortHeaders && o.format.jsonSort }},
		{"--sorted --unsorted", func(o *outputOptions) bool { return !o.format.sortHeaders && !o.format.jsonSort }},
		{"--sorted --no-sorted", func(o *outputOptions) bool { return !o.format.sortHeaders }},
		{"--format-options=json.indent:2,headers.sort:true --format-options=xml.format:false,xml.indent:8", func(o *outputOptions) bool {
			return o.format == formatOptions{sortHeaders: true, jsonIndent: 2, xmlPlain: true, xmlIndent: 8}
		}},
		{"--format-options=json.format:FALSE,json.sort_keys:true", func(o *outputOptions) bool { return o.format.jsonPlain && o.format.jsonSort }},
		{"--response-charset=big5", func(o *outputOptions) bool { return o.charset == "big5" }},
		{"--response-mime=Application/JSON;q=1", func(o *outputOptions) bool { return o.mediaType == "application/json" }},
	} {
		o := newOptions()
		if _, err := parseFlags(requestFlags, strings.Fields(c.args), o); err != nil || !c.ok(&o.output) {
			t.Errorf("%s: %v, %+v", c.args, err, o.output)
		}
	}
	for args, want := range map[string]string{
		"--style=rainbow":                  `--style: "rainbow" is none of auto, dark, light, mono, none`,
		"--format-options=json.indent:99":  `--format-options: json.indent: "99" is not a number from 0 to 16`,
		"--format-options=json.indent":     `--format-options: json.indent: "" is not a number from 0 to 16`,
		"--format-options=xml.format:yes":  `--format-options: xml.format: "yes" is neither true nor false`,
		"--format-options=yaml.indent:2":   `--format-options: "yaml.indent" is none of headers.sort, json.format,`,
		"--format-options=":                `--format-options: "" is none of headers.sort`,
		"--response-charset=klingon":       `--response-charset: "klingon" is no character set`,
		"--response-mime=json":             `--response-mime: "json" is no media type`,
		"--print=x":                        `--print: "x" is none of the letters HBhbmt`,
		"--response-mime=text/html\x1b[2J": `--response-mime: "text/html\x1b[2J" is no media type`,
	} {
		if _, err := parseFlags(requestFlags, []string{args}, newOptions()); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}

// trailing starts a server whose answer has a trailer, over the versions of HTTP.
func trailing(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Date", "")
		_, _ = io.WriteString(w, "body")
		w.(http.Flusher).Flush()
		w.Header().Set("X-Sum", "42")
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func TestTrailers(t *testing.T) {
	url := trailing(t).URL
	for _, c := range []struct{ args, want string }{
		{"-p bt --http1.1", "body\n\nX-Sum: 42\r\n\r\n"},
		{"-p t --http1.1", "X-Sum: 42\r\n\r\n"},
		{"-p t --http2-prior-knowledge", "x-sum: 42\r\n\r\n"},
		{"-p b --http1.1", "body"},
	} {
		got := run(t, append(strings.Fields(c.args), url)...)
		if got.code != ExitOK || !strings.EqualFold(got.out, c.want) {
			t.Errorf("%s: %+v, want %q", c.args, got, c.want)
		}
	}
	if got := onTerminal(t, "-v", "--http1.1", url); !strings.HasSuffix(got.out, "\n\nbody\n\nX-Sum: 42\n\n") {
		t.Errorf("-v: %q", got.out)
	}
}

// A trailer is from the server too.
func TestHostileTrailer(t *testing.T) {
	url := answering(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Evil: a\u202eb\u009b2J\r\n\r\n")
	if got := onTerminal(t, "-p", "bt", url); got.out != "a\n\nX-Evil: a\\u202eb\\u009b2J\n\n" {
		t.Errorf("%+v", got)
	}
}

func TestQuiet(t *testing.T) {
	missing := bin.HTTP + "/status/404"
	const warning = "godwit: warning: HTTP 404 Not Found\n"
	for _, c := range []struct {
		args, err string
		code      ExitCode
	}{
		{"-q -v " + bin.HTTP + "/get", "", ExitOK},
		{"-q --check-status " + missing, warning, Exit4xx},
		{"-qq --check-status " + missing, "", Exit4xx},
	} {
		for _, env := range []Env{{}, {StdoutTTY: true, StdinTTY: true}} {
			got := runEnv(t, env, strings.Fields(c.args)...)
			if got.out != "" || got.err != c.err || got.code != c.code {
				t.Errorf("%s: %+v", c.args, got)
			}
		}
	}
	// What is cut short is an error all the same, for the body is read.
	cut := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
	if got := run(t, "-qq", cut); got.code != ExitProtocol || got.out != "" || !strings.HasPrefix(got.err, "godwit: GET http") {
		t.Errorf("cut short: %+v", got)
	}
	if got := run(t, "-q", "--verify=no", bin.HTTPS+"/get"); !strings.HasPrefix(got.err, "godwit: warning: ") {
		t.Errorf("a warning: %+v", got)
	}
	if got := run(t, "-qq", "--verify=no", bin.HTTPS+"/get"); got.err != "" {
		t.Errorf("a warning: %+v", got)
	}
}

// What is printed of the exchanges before the last one may be something else.
func TestHistoryPrint(t *testing.T) {
	for _, c := range []struct {
		args string
		want []string // how the lines begin
	}{
		{"-p b -P Hh --all", []string{"GET /redirect/1 ", "HTTP/1.1 302 ", "{"}},
		{"-p h -P m --all", []string{"HTTP/1.1 200 ", "Connection: ", "Time: "}}, // which is known at the end
		{"-p m -P h --all", []string{"HTTP/1.1 302 ", "Connection: ", "Time: "}},
		{"-p h -P Hh", []string{"HTTP/1.1 200 "}},
		{"-p h --all", []string{"HTTP/1.1 302 ", "HTTP/1.1 200 "}},
	} {
		got := run(t, append(strings.Fields(c.args), "--follow", bin.HTTP+"/redirect/1")...)
		rest := got.out
		for _, want := range c.want {
			_, behind, ok := strings.Cut("\n"+rest, "\n"+want)
			if !ok {
				t.Errorf("%s: no line begins with %q, or it is too early, in %q", c.args, want, got.out)
			}
			rest = behind
		}
		if n := strings.Count(got.out, "HTTP/1.1 302") + strings.Count(got.out, "HTTP/1.1 200"); n > len(c.want) {
			t.Errorf("%s: too much is printed: %q", c.args, got.out)
		}
	}
	if got := run(t, "-P", "x", bin.HTTP); got.code != ExitUsage || !strings.Contains(got.err, "none of the letters HBhbmt") {
		t.Errorf("%+v", got)
	}
}

func TestSortedHeaders(t *testing.T) {
	url := answering(t, "HTTP/1.1 200 OK\r\nb: 1\r\nC: 2\r\na: 3\r\nB: 4\r\nContent-Length: 0\r\n\r\n")
	if got := onTerminal(t, "-h", "--sorted", url); got.out != "HTTP/1.1 200 OK\na: 3\nb: 1\nB: 4\nC: 2\nContent-Length: 0\n\n" {
		t.Errorf("%q", got.out)
	}
	if got := run(t, "-h", "--sorted", url); !strings.HasPrefix(got.out, "HTTP/1.1 200 OK\r\nb: 1\r\nC: 2\r\n") {
		t.Errorf("in a pipe: %q", got.out)
	}
	// Of the request we know what it is.
	if got := onTerminal(t, "-p", "B", "--response-mime=text/xml", "--response-charset=utf-16", url, "a=é"); got.out != "{\n    \"a\": \"é\"\n}\n" {
		t.Errorf("the request: %q", got.out)
	}
}

// Styles are for colours; whether there are any is said elsewhere.
func TestStyle(t *testing.T) {
	url := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	vars := map[string]string{"TERM": "xterm-256color"}
	env := Env{StdoutTTY: true, StdinTTY: true, Getenv: func(k string) string { return vars[k] }}
	for style, want := range map[string]string{
		"auto": "\x1b[34mHTTP/1.1", "dark": "\x1b[38;5;111mHTTP/1.1", "light": "\x1b[38;5;24mHTTP/1.1",
		"mono": "\x1b[2mHTTP/1.1", "none": "HTTP/1.1",
	} {
		if got := runEnv(t, env, "--style="+style, url); !strings.HasPrefix(got.out, want) {
			t.Errorf("%s: %q", style, got.out)
		}
	}
	// Without colours what was asked for is still made harmless.
	hostile := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x1b[2J")
	if got := run(t, "--pretty=colors", "--style=none", "-b", hostile); got.out != `\x1b[2J` {
		t.Errorf("%q", got.out)
	}
}

// What the answer calls its body may be wrong.
func TestResponseIs(t *testing.T) {
	url := answering(t, "HTTP/1.1 200 OK\r\nContent-Type: image/png; charset=utf-8\r\nConnection: close\r\n\r\n[\"\xe9\"]")
	const want = "[\n    \"é\"\n]\n"
	if got := onTerminal(t, "-b", "--response-mime=application/json", "--response-charset=latin1", url); got.out != want {
		t.Errorf("%q, want %q", got.out, want)
	}
	if got := run(t, "-b", "--response-mime=application/json", "--response-charset=latin1", url); got.out != "[\"\xe9\"]" {
		t.Errorf("in a pipe: %q", got.out)
	}
}

// What the help says of -q is what happens: warnings are left, and go with -qq.
func TestQuietAsTheHelpSays(t *testing.T) {
	for _, page := range [][]string{{"--help"}, {"--help", "output"}} {
		if got := run(t, page...); !strings.Contains(got.out, "print nothing but errors and warnings") {
			t.Errorf("%q: %s", page, got.out)
		}
	}
	for flag, warned := range map[string]bool{"-q": true, "-qq": false} {
		got := run(t, flag, "--verify=no", bin.HTTPS+"/get")
		if got.code != ExitOK || got.out != "" || strings.Contains(got.err, "warning: ") != warned {
			t.Errorf("%s: %+v", flag, got)
		}
	}
}
