package cli

// The file of settings: what it may say for whom, and what stands above it.

import (
	"context"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// settled runs the command with a file of settings.
func settled(t *testing.T, env Env, text string, args ...string) result {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	old := env.Getenv
	env.Getenv = func(name string) string {
		if name == "GODWIT_CONFIG_DIR" {
			return dir
		}
		if old == nil {
			return ""
		}
		return old(name)
	}
	return runEnv(t, env, args...)
}

func TestSettings(t *testing.T) {
	s := teller(t)
	host := strings.TrimPrefix(s.URL, "http://")
	section := "[host.\"" + s.URL + "\"]\n"
	const basic = "Authorization=Basic bW9uYTpzM2NyZXQ=\n"
	env := Env{
		Getenv: getenv("PW", "s3cret", "LOGIN", "mona:s3cret"),
		Prompt: func(context.Context, string) (string, error) { return "s3cret", nil },
	}
	for _, c := range []struct {
		file, args, want string
	}{
		// For all.
		{"", "URL", ""},
		{"print = 'H'", "URL", "GET / HTTP/1.1"},
		{"print = 'H'", "--print=b URL X-A:1", "X-A=1\n"},
		{"print = 'H'", "--body URL X-A:1", "X-A=1\n"},
		{"print = 'H'", "--no-config URL X-A:1", "X-A=1\n"},
		{"headers.X-A = 'all'", "URL", "X-A=all\n"},
		{"headers.X-A = ['1', '2']", "URL", "X-A=1|2\n"},
		{"[headers]\nX-A = 'all'\nx-b = 'b'", "URL x-a:own", "X-A=own\nX-B=b\n"},
		{"headers.X-A = 'all'", "URL X-A:", ""},
		{"follow = true", "URL/?to=/ X-A:1", "X-A=1\n"},
		{"follow = true", "--no-follow URL/?to=/ X-A:1", ""},
		{"follow = false", "--follow URL/?to=/ X-A:1", "X-A=1\n"},
		{"form = true\nprint = 'B'", "URL a=1", "a=1"},
		{"timeout = 20\nretry = 0\nhttp2 = true", "--http1.1 URL X-A:1", "X-A=1\n"},
		{"parallel = true", "URL URL X-A:1", "X-A=1\nX-A=1\n"},
		{"parallel = 2", "URL URL X-A:1", "X-A=1\nX-A=1\n"},

		// For a host.
		{section + "headers.X-A = 'own'", "URL", "X-A=own\n"},
		{section + "headers.X-A = '@env:PW'", "URL", "X-A=s3cret\n"},
		{"headers.X-A = 'all'\nheaders.X-B = 'all'\n" + section + "headers.x-a = 'own'", "URL", "X-A=own\nX-B=all\n"},
		{section + "headers.X-A = 'own'", "LOCALHOST", ""},
		{"[host.\"" + host + "\"]\nheaders.X-A = 'own'", "URL", "X-A=own\n"},
		{"[host.\"https://" + host + "\"]\nheaders.X-A = 'own'", "URL", ""},
		{"[host.'127.0.0.1']\nheaders.X-A = 'own'", "URL", ""}, // another port
		{section + "auth = 'mona:s3cret'", "URL", basic},
		{section + "auth = '@env:LOGIN'", "URL", basic},
		{section + "auth = 'mona:@env:PW'", "URL", basic},
		{section + "auth = 'mona'", "URL", basic},
		{section + "auth = '@env:PW'\nauth-type = 'bearer'", "URL", "Authorization=Bearer s3cret\n"},
		{section + "auth = 'eve:x'", "-a mona:s3cret URL", basic},
		{section + "auth = 'eve:x'", "http://mona:s3cret@HOST", basic},
		{section + "auth = 'eve:x'", "URL Authorization:own", "Authorization=own\n"},
		{section + "auth = 's3cret'\nauth-type = 'bearer'", "http://mona:s3cret@HOST", basic},
		{section + "auth = 's3cret'\nauth-type = 'bearer'", "-A basic -a mona:s3cret URL", basic},
		{section + "auth = 'mona:s3cret'\nauth-type = 'bearer'", "-A basic URL", basic},
		{section + "auth-type = 'digest'", "URL X-A:1", "X-A=1\n"},
		{section + "follow = true", "URL/?to=/ X-A:1", "X-A=1\n"},
		{"follow = true\n" + section + "follow = false", "URL/?to=/ X-A:1", ""},
		{"follow = false\n" + section + "follow = false", "--follow URL/?to=/ X-A:1", "X-A=1\n"},
		{section + "session = 'x'", "URL/?set=a=1", ""},
		{section + "headers.X-A = 'own'", "URL LOCALHOST URL X-B:1", "X-A=own\nX-B=1\nX-B=1\nX-A=own\nX-B=1\n"},
		{section + "headers.X-A = 'own'", "--parallel=3 URL LOCALHOST URL X-B:1", "X-A=own\nX-B=1\nX-B=1\nX-A=own\nX-B=1\n"},
		{section + "headers.X-A = 'own'", "--download --output=- URL", "X-A=own\n"},
		{section + "headers.X-A = 'own'", "--offline URL", "X-A: own"},
		{section + "headers.X-A = 'own'", "--curl URL", "X-A: own"},
	} {
		words := strings.Fields(strings.NewReplacer("URL", s.URL, "LOCALHOST", strings.Replace(s.URL, "127.0.0.1", "localhost", 1), "HOST", host).Replace(c.args))
		got := settled(t, env, c.file, words...)
		matches := got.out == c.want || strings.Contains(c.want, "/ HTTP") && strings.HasPrefix(got.out, c.want) || strings.Contains(c.want, ": ") && strings.Contains(got.out, c.want)
		if got.code != ExitOK || !matches {
			t.Errorf("%s\ngodwit %s:\n%+v, want\n%s", c.file, c.args, got, c.want)
		}
	}
}

func TestSettingsErrors(t *testing.T) {
	const host = "[host.\"a.example\"]\n"
	for text, want := range map[string]string{
		"folow = true":                                         `:1: there is no setting "folow" (did you mean follow?)`,
		"\n\nzzzzzzzz = true":                                  `:3: there is no setting "zzzzzzzz"; settings are called as the flags are`,
		"folow":                                                ":1: it is not TOML",
		"follow = 'yes'":                                       ":1: follow is true or false",
		"follow = [true, false]":                               ":1: follow is true or false",
		"help = 'x'":                                           ":1: help cannot stand here",
		"config = 'x'":                                         ":1: config cannot stand here",
		"timeout = 'soon'":                                     `:1: timeout: "soon" is not a number of seconds`,
		"auth = 'mona:s3cret'":                                 ":1: auth would be told all hosts: it has to stand in the section of one",
		"headers.authorization = 's3cret'":                     ":1: authorization would be told all hosts",
		"headers.Cookie = 'a=s3cret'":                          ":1: Cookie would be told all hosts",
		"headers.X-Key = '@env:PW'":                            ":1: X-Key would be told all hosts",
		host + "print = 'h'":                                   ":2: print is about the whole run",
		host + "download = true":                               ":2: download is about the whole run",
		host + "nonsense = 1":                                  `:2: there is no setting "nonsense"`,
		"[host.'a b']\nfollow = true":                          `:1: "a b" is no host`,
		"[host.'*']\nfollow = true":                            `:1: "*" is no host`,
		"[host.'a.*.b']\nfollow = true":                        `:1: "a.*.b" is no host`,
		"[host.'a/path']\nfollow = true":                       `:1: "a/path" is no host`,
		"[host.'mona@a']\nfollow = true":                       `is no host`,
		"[host.'']\nfollow = true":                             ":1: the host is empty",
		"[other]\nfollow = true":                               `:1: there is no table "other"`,
		"follow = true\nfollow = true":                         `:2: "follow" was said in line 1 already`,
		"[host.'http://127.0.0.1:1']\nauth-type = 'x'":         `:2: auth-type: "x" is none of`,
		"[host.'http://127.0.0.1:1']\nauth = '@env:NONE'":      `:2: auth: the variable "NONE" is not set`,
		"[host.'http://127.0.0.1:1']\nheaders.A = '@env:NONE'": `:2: A: the variable "NONE" is not set`,
	} {
		got := settled(t, Env{}, text, "http://127.0.0.1:1")
		if got.code != ExitUsage || !strings.Contains(got.err, "config.toml") || !strings.Contains(got.err, want) || strings.Contains(got.err, "s3cret") {
			t.Errorf("%s: %+v, want %s", text, got, want)
		}
	}
}

func TestSettingsHosts(t *testing.T) {
	text := ""
	hosts := []string{
		"api.example.com", "http://api.example.com", "https://api.example.com:8443", "*.example.com", "*.com", "https://*.example.com:8443",
		"localhost", "*.localhost", "127.0.0.1", "*.1",
	}
	for i, h := range hosts {
		text += fmt.Sprintf("[host.%q]\nmax-redirects = %d\n", h, i)
	}
	path := write(t, "config.toml", text)
	f, err := openSettings(&Env{Getenv: getenv()}, &configOptions{path: path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string][]string{
		"https://api.example.com/x":        {"*.com", "*.example.com", "api.example.com"},
		"https://API.example.com:443":      {"*.com", "*.example.com", "api.example.com"},
		"http://api.example.com":           {"http://api.example.com"},
		"https://api.example.com:8443":     {"https://*.example.com:8443", "https://api.example.com:8443"},
		"https://example.com":              {"*.com"},
		"https://a.b.example.com":          {"*.com", "*.example.com"},
		"https://evilexample.com":          {"*.com"},
		"https://example.com.evil.example": nil,
		"http://localhost":                 {"localhost"},
		"http://a.localhost":               {"*.localhost"},
		"http://localhost:8000":            nil,
		"http://127.0.0.1":                 {"127.0.0.1"},
		"https://0.0.0.1":                  nil,
		"https://[::1]":                    nil,
	} {
		var got []string
		for _, s := range f.sectionsFor(target) {
			got = append(got, s.Host)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

// What a host's section says is for that origin alone, whatever a redirect leads to.
func TestSettingsOrigin(t *testing.T) {
	first, second := notingServer(t, false), notingServer(t, false)
	for _, line := range []string{"headers.X-Api-Key = 's3cret'", "headers.X-Api-Key = '@env:PW'", "auth = 'mona:s3cret'", "auth = '@env:PW'\nauth-type = 'bearer'", "headers.Cookie = 'a=s3cret'"} {
		for where, same := range map[string]bool{first.URL: true, second.URL: false} {
			env := Env{Getenv: getenv("PW", "s3cret")}
			got := settled(t, env, "[host.\""+first.URL+"\"]\n"+line, "--follow", first.URL+"/?status=307&to="+where+"/")
			all := slices.Concat(first.took(), second.took())
			if got.code != ExitOK || len(all) != 2 || all[0] == "nothing" || (all[1] != "nothing") != same {
				t.Errorf("%s, %s: %+v, %q", line, where, got, all)
			}
		}
	}
}

// A file that somebody else may have written is refused, and none is read from the working
// directory.
func TestSettingsTrust(t *testing.T) {
	s := teller(t)
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"config.toml", ".godwit.toml", "godwit.toml"} {
		if err := os.WriteFile(name, []byte("nonsense = 1"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := runEnv(t, Env{Getenv: getenv("XDG_CONFIG_HOME", ".", "HOME", dir)}, s.URL); got.code != ExitOK {
		t.Errorf("a file of the working directory is read: %+v", got)
	}
	if got := run(t, "--config=none.toml", s.URL); got.code != ExitUsage || !strings.Contains(got.err, "the settings in none.toml are not read: no such file") && runtime.GOOS != "windows" {
		t.Errorf("%+v", got)
	}
	if got := run(t, "--config=config.toml", s.URL); got.code != ExitUsage || !strings.Contains(got.err, "config.toml:1: there is no setting") {
		t.Errorf("%+v", got)
	}
	if got := run(t, "--config="+dir, s.URL); got.code != ExitUsage || !strings.Contains(got.err, "not a regular file") {
		t.Errorf("%+v", got)
	}
	if got := run(t, "--config="+write(t, "large", strings.Repeat("#", maxSettingsFile+1)), s.URL); got.code != ExitUsage || !strings.Contains(got.err, "too large") {
		t.Errorf("%+v", got)
	}
	if runtime.GOOS == "windows" {
		return
	}
	section := "[host.\"" + s.URL + "\"]\n"
	for _, c := range []struct {
		mode os.FileMode
		text string
		want string // "": it is read
	}{
		{0o644, "headers.X-A = '1'", ""},
		{0o666, "headers.X-A = '1'", "others can write to it: its mode is 0666\n    godwit --help session says what can stand in the file; --no-config does without it\n"},
		{0o620, "headers.X-A = '1'", "others can write to it"},
		{0o644, section + "auth = '@env:LOGIN'\nheaders.X-A = '1'", ""},
		{0o600, section + "auth = 'mona:s3cret'\nheaders.X-A = '1'", ""},
		{0o644, section + "auth = 'mona:s3cret'", ":2: auth is a secret, and others can read the file"},
		{0o644, section + "headers.Authorization = 's3cret'", ":2: Authorization is a secret, and others can read the file"},
	} {
		path := write(t, "c.toml", c.text)
		link := path + ".link"
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{path, link} {
			got := runEnv(t, Env{Getenv: getenv("LOGIN", "mona:s3cret")}, "--config="+path, s.URL)
			if c.want == "" && (got.code != ExitOK || !strings.Contains(got.out, "X-A=1")) ||
				c.want != "" && (got.code != ExitUsage || !strings.Contains(got.err, c.want)) || strings.Contains(got.err, "s3cret") {
				t.Errorf("%04o %s: %+v", c.mode, c.text, got)
			}
		}
	}
}

// The doctor goes the way that a request would, and takes no secret along.
func TestSettingsDoctor(t *testing.T) {
	secure := notingServer(t, true)
	ca := write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})))
	text := fmt.Sprintf("json = true\n[host.%q]\nverify = %q\nauth = 'mona:s3cret'\n", secure.URL, ca)
	if got := settled(t, Env{}, text, "doctor", secure.URL); got.code != ExitOK || strings.HasPrefix(got.out, "{") {
		t.Errorf("%+v", got)
	}
	if seen := secure.took(); !slices.Contains(seen, "nothing") || slices.ContainsFunc(seen, func(s string) bool { return s != "nothing" }) {
		t.Errorf("%q", seen)
	}
	if got := settled(t, Env{}, text, "doctor", "--no-config", secure.URL); got.code != ExitTLS {
		t.Errorf("%+v", got)
	}
}

// Where a setting is from, for who wants to know.
func TestSettingsFrom(t *testing.T) {
	path := write(t, "c.toml", "follow = true\ntimeout = 3\n[host.'https://a.example']\ntimeout = 5\nverify = 'no'\n")
	f, err := openSettings(&Env{Getenv: getenv()}, &configOptions{path: path}, []string{"--verify=yes", "x"})
	if err != nil {
		t.Fatal(err)
	}
	o, rest, err := f.options(f.sectionsFor("https://a.example/x"))
	if err != nil || len(rest) != 1 {
		t.Fatal(rest, err)
	}
	if got := o.config.from; len(got) != 2 || got["follow"] != path+":1" || got["timeout"] != path+":4" || o.tls.verify != "yes" {
		t.Errorf("%q", got)
	}
}
