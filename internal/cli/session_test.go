package cli

// Sessions: what is kept from one run to the next, and who gets it.

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A teller tells what it was told, and sets the cookies that the query asks for.
func teller(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, c := range r.URL.Query()["set"] {
			w.Header().Add("Set-Cookie", c)
		}
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
			return
		}
		for _, name := range []string{"Authorization", "Cookie", "X-A", "X-B", "Content-Language", "If-Match", "Range"} {
			if values := r.Header.Values(name); len(values) > 0 {
				fmt.Fprintf(w, "%s=%s\n", name, strings.Join(values, "|"))
			}
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestSession(t *testing.T) {
	s := teller(t)
	config := t.TempDir()
	env := Env{Getenv: getenv("GODWIT_CONFIG_DIR", config, "KEY", "s3cret")}
	file := filepath.Join(t.TempDir(), "s.json")
	const basic, bearer = "Authorization=Basic bW9uYTpzM2NyZXQ=\n", "Authorization=Bearer s3cret\n"
	for _, step := range []struct {
		args, want string
	}{
		{args: "--session=work URL/?set=a=1 X-A:1 X-A:2 X-B; Content-Language:de If-Match:x Range:bytes=0-", want: "X-A=1|2\nX-B=\nContent-Language=de\nIf-Match=x\nRange=bytes=0-\n"},
		{args: "--session=work URL", want: "Cookie=a=1\nX-A=1|2\nX-B=\n"},
		{args: "--session=work URL X-A: X-B:new", want: "Cookie=a=1\nX-B=new\n"}, // without, this once
		{args: "--session=work URL", want: "Cookie=a=1\nX-A=1|2\nX-B=new\n"},
		{args: "URL", want: ""},
		{args: "--session=other URL", want: ""},
		{args: "--session=work LOCALHOST", want: ""}, // another host
		{args: "--session=" + file + " URL/?set=f=1 Cookie:c=3;d=4", want: "Cookie=c=3;d=4\n"},
		{args: "--session=" + file + " URL", want: "Cookie=c=3; d=4; f=1\n"},
		{args: "--session=" + file + " URL/?set=d=;Max-Age=0 Cookie:f=new", want: "Cookie=f=new; c=3; d=4\n"},
		{args: "--session=" + file + " URL", want: "Cookie=c=3; f=new\n"},
		{args: "--session-read-only=" + file + " URL/?set=g=1 Cookie:h=1 X-A:no -a mona:s3cret", want: basic + "Cookie=h=1; c=3; f=new\nX-A=no\n"},
		{args: "--session-read-only=" + file + " URL", want: "Cookie=c=3; f=new\n"},

		{args: "--offline --print=B --session=" + file + " URL Cookie:i=1 X-A:no", want: ""},
		{args: "--session=" + file + " URL", want: "Cookie=c=3; f=new\n"},

		{args: "--session=login -a mona:s3cret URL", want: basic},
		{args: "--session=login URL", want: basic},
		{args: "--session=login URL Authorization:x", want: "Authorization=x\n"},
		{args: "--session=login URL", want: "Authorization=x\n"},
		{args: "--session=login -A bearer -a @env:KEY URL", want: bearer},
		{args: "--session=login URL", want: bearer},
		{args: "--session=login URL Authorization:@env:KEY", want: "Authorization=s3cret\n"},
		{args: "--session=login URL", want: "Authorization=s3cret\n"},
		{args: "--session=login -a mona:@env:KEY URL X-A:@env:KEY", want: basic + "X-A=s3cret\n"},
		{args: "--session=login URL", want: basic + "X-A=s3cret\n"},
		{args: "--session=typed -a mona URL", want: basic},
		{args: "--session=typed URL", want: basic},
		{args: "--session=url http://mona:s3cret@HOST", want: basic},
		{args: "--session=url URL", want: basic},
		{args: "--session=url http://eve:x@HOST Authorization:", want: ""},
		{args: "--session=url URL", want: "Authorization=Basic ZXZlOng=\n"},
	} {
		words := strings.Fields(step.args)
		for i := range words {
			words[i] = strings.NewReplacer("URL", s.URL, "LOCALHOST", strings.Replace(s.URL, "127.0.0.1", "localhost", 1), "HOST", strings.TrimPrefix(s.URL, "http://")).Replace(words[i])
			words[i] = strings.Replace(words[i], ";", "%3B", 1)
			if !strings.HasPrefix(words[i], "http") {
				words[i] = strings.Replace(words[i], "%3B", ";", 1)
			}
		}
		env.Prompt = func(context.Context, string) (string, error) { return "s3cret", nil }
		got := runEnv(t, env, words...)
		if got.code != ExitOK || got.out != step.want || got.err != "" {
			t.Errorf("%s:\n%s%swant\n%s", step.args, got.out, got.err, step.want)
		}
	}

	if got := runEnv(t, env, "--offline", "--session="+file, s.URL); got.code != ExitOK || !strings.Contains(got.out, "Cookie: •••") {
		t.Errorf("offline: %+v", got)
	}
	// Several URLs have one session, or one for each host.
	for _, parallel := range []string{"--parallel=1", "--parallel=4"} {
		a, b := teller(t), teller(t)
		got := runEnv(t, env, "--session=all", parallel, a.URL+"/?set=a=1", b.URL+"/?set=b=1", "X-A:1")
		one, two := runEnv(t, env, "--session=all", a.URL), runEnv(t, env, "--session=all", b.URL)
		if got.code != ExitOK || one.out != "Cookie=a=1\nX-A=1\n" || two.out != "Cookie=b=1\nX-A=1\n" {
			t.Errorf("%+v, %+v, %+v", got, one, two)
		}
	}

	// What was a reference is one in the file.
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(config, "sessions", "127.0.0.1_"+u.Port(), "login.json")
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "s3cret") || !strings.Contains(string(text), "mona:@env:KEY") {
		t.Errorf("%s, %v", text, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for _, path := range []string{path, file} {
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	for _, path := range []string{filepath.Dir(path), filepath.Join(config, "sessions")} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// Whatever a session holds, another host that a redirect leads to gets nothing of it; and of what
// was given for an origin, no other one does (CVE-2022-24737, CVE-2022-0430). Cookies do not
// know ports (RFC 6265bis 8.5).
func TestSessionOriginMatrix(t *testing.T) {
	first, second := notingServer(t, false), notingServer(t, false)
	file := filepath.Join(t.TempDir(), "s.json")
	resolve := []string{"--follow", "--resolve=*:" + first.port() + ":127.0.0.1", "--resolve=*:" + second.port() + ":127.0.0.1"}
	ways := map[string][]string{
		"header":  {"X-Api-Key:s3cret"},
		"auth":    {"-a", "mona:s3cret"},
		"bearer":  {"-A", "bearer", "-a", "s3cret"},
		"env":     {"-A", "bearer", "-a", "@env:PW"},
		"field":   {"Authorization:s3cret"},
		"ref":     {"X-Api-Key:@env:PW"},
		"cookie":  {"Cookie:a=s3cret"},
		"cookies": {"Cookie:a=s3cret;b=s3cret"},
	}
	for name, args := range ways {
		for where, c := range map[string]struct {
			url string
			to  *noting

			sameOrigin, sameHost bool
		}{
			"same":  {"http://a.example.com:" + first.port() + "/", first, true, true},
			"port":  {"http://a.example.com:" + second.port() + "/", second, false, true},
			"host":  {"http://b.example.com:" + first.port() + "/", first, false, false},
			"below": {"http://www.a.example.com:" + first.port() + "/", first, false, false},
			"above": {"http://example.com:" + first.port() + "/", first, false, false},
			"third": {"http://third.example:" + second.port() + "/", second, false, false},
		} {
			for _, session := range []string{"--session=work", "--session=" + file} {
				_ = os.Remove(file)
				env := Env{Getenv: getenv("GODWIT_CONFIG_DIR", t.TempDir(), "PW", "s3cret")}
				origin := "http://a.example.com:" + first.port() + "/"
				if got := runEnv(t, env, slices.Concat(resolve, []string{session, origin}, args)...); got.code != ExitOK {
					t.Fatalf("%s: %+v", name, got)
				}
				if seen := first.took(); len(seen) != 1 || seen[0] == "nothing" {
					t.Errorf("%s: %q", name, seen)
				}
				direct := runEnv(t, env, slices.Concat(resolve, []string{session, c.url})...)
				directly := c.to.took()
				led := runEnv(t, env, slices.Concat(resolve, []string{session, origin + "?status=307&to=" + c.url})...)
				all := slices.Concat(first.took(), second.took())
				if direct.code != ExitOK || led.code != ExitOK || len(directly) != 1 || len(all) != 2 || all[0] == "nothing" {
					t.Errorf("%s, %s, %s: %+v, %q, %+v, %q", name, where, session, direct, directly, led, all)
					continue
				}
				want := c.sameOrigin || c.sameHost && strings.HasPrefix(name, "cookie")
				if (all[1] != "nothing") != want {
					t.Errorf("%s, %s, %s: led there it is told %q", name, where, session, all[1])
				}
				// A NAME is one of each host and port; a FILE is the same session.
				want = c.sameOrigin || want && session != "--session=work"
				if (directly[0] != "nothing") != want {
					t.Errorf("%s, %s, %s: asked directly it is told %q", name, where, session, directly[0])
				}
			}
		}
	}
}

func TestSessionNames(t *testing.T) {
	for name, problem := range map[string]string{
		"":           "it needs a name",
		".":          "begins with a dot",
		"..":         "begins with a dot",
		".hidden":    "begins with a dot",
		"a b":        "is no name of a session",
		"ü":          "is no name of a session",
		"a\x00":      "is no name of a session",
		"a:b":        "is no name of a session",
		"a%2fb":      "is no name of a session",
		"work":       "",
		"a.b_c-1":    "",
		"./work":     "",
		"../x/../y":  "",
		"/tmp/x y.z": "",
	} {
		var o sessionOptions
		if err := o.set(name, false); (err == nil) != (problem == "") || err != nil && !strings.Contains(err.Error(), problem) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if runtime.GOOS != "windows" && isPath(`a\b`) {
		t.Error(`a\b is a path`)
	}
	for text, want := range map[string]string{
		"http://Example.com":               "example.com",
		"https://example.com:443/x":        "example.com",
		"http://example.com:443":           "example.com_443",
		"http://localhost:8000":            "localhost_8000",
		"http://[::1]:8000":                "__1_8000",
		"http://bücher.example":            "b%c3%bccher.example",
		"http://..":                        "%2e.",
		"http://../":                       "%2e.",
		"http://.":                         "%2e",
		`http://a%5Cb`:                     "a%5cb",
		"http://a%2Fb":                     "a%2fb",
		"http+unix://%2Frun%2Fa.sock/path": "%2frun%2fa.sock",
	} {
		u, err := url.Parse(text)
		if err != nil {
			continue // and so it is never asked
		}
		got := hostFolder(u)
		if got != want || filepath.Base(got) != got {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestConfigFolder(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("each system has its own")
	}
	for _, c := range []struct {
		env  []string
		want string
	}{
		{nil, ""},
		{[]string{"HOME", "/home/mona"}, "/home/mona/.config/godwit"},
		{[]string{"HOME", "/home/mona", "XDG_CONFIG_HOME", "/etc/mona"}, "/etc/mona/godwit"},
		{[]string{"HOME", "/home/mona", "XDG_CONFIG_HOME", "relative"}, "/home/mona/.config/godwit"},
		{[]string{"HOME", "/home/mona", "XDG_CONFIG_HOME", "/etc/mona", "GODWIT_CONFIG_DIR", "here"}, "here"},
		{[]string{"HOME", "/home/mona", "GODWIT_CONFIG_DIR", "~/there"}, "/home/mona/there"},
	} {
		if got := configFolder(&Env{Getenv: getenv(c.env...)}); got != c.want {
			t.Errorf("%q: %s", c.env, got)
		}
	}
}

func TestSessionErrors(t *testing.T) {
	s := teller(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	origin := `{"version": 1, "origins": [{"origin": "` + s.URL + `", `
	httpie := file("httpie", `{"__meta__": {}, "auth": {"type": "basic", "raw_auth": "mona:@cmd:false"}, "headers": {"X-A": "@cmd:false"}, "cookies": {"c": {"value": "1"}}}`)
	run64 := file("command", origin+`"headers": [{"name": "X-A", "ref": "@cmd:touch `+dir+`/ran"}]}]}`)
	auth64 := file("command2", origin+`"auth": {"type": "basic", "ref": "mona:@cmd:touch `+dir+`/ran"}}]}`)
	unset := file("unset", origin+`"auth": {"type": "bearer", "ref": "@env:NONE"}}]}`)
	damaged := file("damaged", "{half")
	injected := file("injected", origin+`"headers": [{"name": "X-A", "value": "a\r\nX-B: s3cret"}]}]}`)
	below := filepath.Join(damaged, "x", "s.json")
	for _, c := range []struct {
		args string
		code ExitCode
		out  string
		want string
	}{
		{"--session=a/../b/" + strings.Repeat("x", 300), ExitError, "", "file name too long"},
		{"--session=.x", ExitUsage, "", "--session: \".x\" is no name"},
		{"--session=work", ExitUsage, "", "nothing says where the sessions are: set HOME or GODWIT_CONFIG_DIR"},
		{"--session-read-only=" + dir + "/none", ExitUsage, "", "--session-read-only: there is no session " + dir + "/none"},
		{"--session=" + damaged, ExitError, "", damaged + ": it is damaged, and left alone; remove it to begin anew: line 1: it is not JSON"},
		{"--session=" + dir + "/", ExitError, "", "not a regular file"},
		{"--session=" + below, ExitError, "", ""},
		{"--session=" + httpie, ExitError, "", "it is a session of HTTPie"},
		{"--session-read-only=" + httpie, ExitOK, "Authorization=Basic bW9uYTpAY21kOmZhbHNl\nCookie=c=1\nX-A=@cmd:false\n", ""},
		{"--session=" + run64, ExitUsage, "", "has a command in it: what a FILE says is not run"},
		{"--session=" + auth64, ExitUsage, "", "has a command in it: what a FILE says is not run"},
		{"--session=" + unset, ExitUsage, "", `the session's auth: the variable "NONE" is not set`},
		{"--session=" + injected, ExitUsage, "", "X-A"},
	} {
		got := runEnv(t, Env{Getenv: getenv()}, c.args, s.URL)
		if got.code != c.code || got.out != c.out || !strings.Contains(got.err, c.want) || strings.Contains(got.err, "s3cret") {
			t.Errorf("%s: %+v, want %d, %q, %s", c.args, got, c.code, c.out, c.want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
		t.Error("a session has run a command")
	}
	if runtime.GOOS == "windows" {
		return
	}
	exposed := file("exposed", `{"version": 1}`)
	if err := os.Chmod(exposed, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := run(t, "--session="+exposed, s.URL+"/?set=a=1"); got.code != ExitOK || !strings.Contains(got.err, "warning: others can read the session "+exposed) {
		t.Errorf("%+v", got)
	}
	if got := run(t, "--session="+exposed, s.URL); got.code != ExitOK || got.err != "" {
		t.Errorf("saved, it is for its owner alone: %+v", got)
	}
}

// A call without an answer leaves nothing behind; one with an answer does, whatever that is, and
// whether or not its body came.
func TestSessionFailure(t *testing.T) {
	s := teller(t)
	config := t.TempDir()
	env := Env{Getenv: getenv("GODWIT_CONFIG_DIR", config)}
	if got := runEnv(t, env, "--session=a", "http://127.0.0.1:1", "X-A:1"); got.code != ExitConnect {
		t.Errorf("%+v", got)
	}
	if got := runEnv(t, env, "--session=a", bin.HTTP+"/redirect/3", "X-A:1", "--follow", "--max-redirects=2"); got.code != ExitRedirects {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(filepath.Join(config, "sessions")); err == nil {
		t.Error("there is a session")
	}
	if got := runEnv(t, env, "--session=a", "--check-status", bin.HTTP+"/status/500", "X-A:1"); got.code != Exit5xx {
		t.Errorf("%+v", got)
	}
	var errs lockedBuffer
	env.Stdout, env.Stderr = brokenWriter{}, &errs
	if code := Run(t.Context(), env, []string{"--session=b", bin.HTTP + "/get", "X-A:1"}); ExitCode(code) != ExitOutput {
		t.Errorf("%d, %s", code, errs.String())
	}
	saved, err := filepath.Glob(filepath.Join(config, "sessions", "*", "*.json"))
	if err != nil || len(saved) != 2 {
		t.Errorf("%q, %v", saved, err)
	}
	// It cannot be saved: the answer is printed all the same.
	blocked := t.TempDir()
	if err := os.WriteFile(filepath.Join(blocked, "sessions"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := runEnv(t, Env{Getenv: getenv("GODWIT_CONFIG_DIR", blocked)}, "--session=a", s.URL, "X-A:1")
	if got.code != ExitError || got.err == "" {
		t.Errorf("%+v", got)
	}
}

// Runs at once lose no cookie.
func TestSessionAtOnce(t *testing.T) {
	s := teller(t)
	env := Env{Getenv: getenv("GODWIT_CONFIG_DIR", t.TempDir())}
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() {
			for k := range 20 {
				if got := runEnv(t, env, "--session=a", fmt.Sprintf("%s/?set=c%d-%d=1", s.URL, i, k)); got.code != ExitOK {
					t.Errorf("%+v", got)
				}
			}
		})
	}
	wg.Wait()
	got := runEnv(t, env, "--session=a", s.URL)
	if n := strings.Count(got.out, "c"); n != 40 {
		t.Errorf("%d cookies of 40: %s", n, got.out)
	}
}

// A FILE that an archive may have brought has no secrets read for it.
func TestSessionFileReferences(t *testing.T) {
	w := newWire(t)
	file := write(t, "s.json", `{"version":1,"origins":[{"origin":"`+w.url+`","headers":[{"name":"X-F","ref":"@env:SECRET"}]}],"jar":{"version":1,"cookies":[]}}`)
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	env := Env{Getenv: getenv("SECRET", "s3cret")}
	if got := runEnv(t, env, "--session="+file, w.url); runtime.GOOS != "windows" && (got.code != ExitUsage || len(w.got()) > 0 || !strings.Contains(got.err, "chmod 600")) {
		t.Errorf("%+v, %q", got, w.got())
	}
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := runEnv(t, env, "--session="+file, w.url); got.code != ExitOK || !strings.Contains(w.got()[0], "\r\nX-F: s3cret\r\n") {
		t.Errorf("%+v, %q", got, w.got())
	}
}
