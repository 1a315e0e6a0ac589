package cli

// Who is asking, and whom it is told.

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestAuthFlags(t *testing.T) {
	type prompt func(context.Context, string) (string, error)
	asked := ""
	typing := func(text string) prompt {
		return func(_ context.Context, question string) (string, error) { asked = question; return text, nil }
	}
	word := write(t, "word", "mona:s3cret\n")
	pass := write(t, "pass", "s3cret\n")
	basic, digest, bearer := bin.HTTP+"/basic-auth/mona/s3cret", bin.HTTP+"/digest-auth/auth/mona/s3cret", bin.HTTP+"/bearer"
	withUser := func(url string) string { return strings.Replace(url, "://", "://mona:s3cret@", 1) }
	for _, c := range []struct {
		args   string
		prompt prompt
		code   ExitCode
		asks   string // of a person
		want   string // of the output, or of the error
	}{
		{"-a mona:s3cret " + basic, nil, 0, "", `"user": "mona"`},
		{"--auth=mona:s3cret --auth-type=Basic " + basic, nil, 0, "", `"user": "mona"`},
		{"-a mona:wrong " + basic, nil, Exit4xx, "", ""},
		{"-a mona:s3cret " + digest, nil, Exit4xx, "", ""},
		{"-A digest -a mona:s3cret " + digest, nil, 0, "", `"user": "mona"`},
		{"-A digest -a mona:wrong " + digest, nil, Exit4xx, "", ""},
		{"-A digest " + withUser(digest), nil, 0, "", `"user": "mona"`},
		{"-A basic " + withUser(basic), nil, 0, "", `"user": "mona"`},
		{withUser(basic), nil, 0, "", `"user": "mona"`},
		{"-a mona:s3cret " + strings.Replace(withUser(basic), "s3cret@", "x@", 1), nil, 0, "", `"user": "mona"`},
		{"-A bearer -a t0ken " + bearer, nil, 0, "", `"token": "t0ken"`},
		{"-A bearer -a @env:TOKEN " + bearer, nil, 0, "", `"token": "t0ken"`},
		{"-A bearer -a @prompt:Token " + bearer, typing("t0ken"), 0, "Token: ", `"token": "t0ken"`},
		{"-a @env:LOGIN " + basic, nil, 0, "", `"user": "mona"`},
		{"-a @file:" + word + " " + basic, nil, 0, "", `"user": "mona"`},
		{"-a mona:@file:" + pass + " " + basic, nil, 0, "", `"user": "mona"`},
		{"-a mona:@prompt:Word " + basic, typing("s3cret"), 0, "Word: ", `"user": "mona"`},
		{"-a mona " + basic, typing("s3cret"), 0, "Password for mona at " + strings.TrimPrefix(bin.HTTP, "http://") + ": ", `"user": "mona"`},
		{"-a mona " + basic, nil, ExitUsage, "", "--auth: there is no terminal to ask on; @env:NAME"},
		{"-a mona: " + basic, nil, Exit4xx, "", ""},
		{"-a @env:NONE " + basic, nil, ExitUsage, "", `--auth: the variable "NONE" is not set`},
		{"--auth= " + basic, nil, ExitUsage, "", "it is empty"},
		{"-A ntlm -a a:b " + basic, nil, ExitUsage, "", `--auth-type: "ntlm" is none of basic, digest, bearer`},
		{"-A digest " + digest, nil, ExitUsage, "", "--auth-type=digest needs --auth"},
		{"-A bearer " + withUser(bearer), nil, ExitUsage, "", "--auth-type=bearer needs --auth"},
		{"-A bearer -a two\u00a0words " + bearer, nil, ExitUsage, "", "invalid credentials: the token"},
		{"-a a\u0001b:s3cret " + basic, nil, ExitUsage, "", "the user name has a control character"},
		{"-a mona:s3cret " + basic + " Authorization:x", nil, ExitUsage, "", "both an Authorization field and an Auth"},
	} {
		asked = ""
		env := Env{Prompt: c.prompt, Getenv: getenv("TOKEN", "t0ken", "LOGIN", "mona:s3cret")}
		got := runEnv(t, env, append([]string{"--check-status"}, split(c.args)...)...)
		text := got.out + got.err
		if got.code != c.code || asked != c.asks || !strings.Contains(text, c.want) {
			t.Errorf("%s: %+v, asked %q; want %d, %q, %q", c.args, got, asked, c.code, c.asks, c.want)
		}
		if strings.Contains(strings.ReplaceAll(got.err, "/mona/s3cret", ""), "s3cret") || strings.Contains(got.err, "t0ken") {
			t.Errorf("%s: a secret in %s", c.args, got.err)
		}
	}
}

// split is strings.Fields, in whose words an underlined space is one.
func split(args string) []string {
	words := strings.Split(args, " ")
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "\u00a0", " ")
	}
	return words
}

// Ctrl-C while a person is asked.
func TestAuthInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	env := Env{Prompt: func(ctx context.Context, _ string) (string, error) {
		cancel()
		<-ctx.Done()
		return "", ctx.Err()
	}}
	if code := Run(ctx, env, []string{"-a", "mona", bin.HTTP + "/get"}); ExitCode(code) != ExitInterrupted {
		t.Error(code)
	}
}

// A noting server tells of each request what it says of who is asking, and leads on.
type noting struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

// secrets are the words that the requests of the following tests hold, in whatever field.
var secretWords = []string{"s3cret", "bW9uYTpzM2NyZXQ=" /* mona:s3cret */, "Digest"}

// notingServer leads requests for /302/URL to that URL, with that status.
func notingServer(t *testing.T, secure bool) *noting {
	n := &noting{}
	n.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		told := "nothing"
		for name, values := range r.Header {
			for _, v := range values {
				if slices.ContainsFunc(secretWords, func(s string) bool { return strings.Contains(v, s) }) {
					told = "secret in " + name
				}
			}
		}
		n.mu.Lock()
		n.seen = append(n.seen, told)
		n.mu.Unlock()
		if r.URL.Query().Get("ask") != "" && r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if to := r.URL.Query().Get("to"); to != "" {
			status := 0
			_, _ = fmt.Sscan(r.URL.Query().Get("status"), &status)
			w.Header().Set("Location", to)
			w.WriteHeader(status)
			return
		}
		_, _ = io.WriteString(w, "ok")
	}))
	if secure {
		n.StartTLS()
	} else {
		n.Start()
	}
	t.Cleanup(n.Close)
	return n
}

func (n *noting) took() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	defer func() { n.seen = nil }()
	return n.seen
}

// port is behind the last colon of the server's URL.
func (n *noting) port() string { return n.URL[strings.LastIndexByte(n.URL, ':')+1:] }

// Who is asking is told the origin that it was meant for, and no other one that a redirect leads
// to: not another port, scheme or host, not a zone that looks like a host below. The same for all
// ways of saying it.
func TestAuthOriginMatrix(t *testing.T) {
	first, second, secure := notingServer(t, false), notingServer(t, false), notingServer(t, true)
	ca := write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})))
	netrc := write(t, "netrc", "machine a.example.com login mona password s3cret\n")
	t.Setenv("NETRC", netrc) // which the library reads
	env := Env{Getenv: getenv("PW", "s3cret")}
	ways := map[string]func(url string) []string{
		"basic":   func(url string) []string { return []string{"-a", "mona:s3cret", url} },
		"digest":  func(url string) []string { return []string{"-A", "digest", "-a", "mona:s3cret", url + "&ask=1"} },
		"bearer":  func(url string) []string { return []string{"-A", "bearer", "-a", "s3cret", url} },
		"env":     func(url string) []string { return []string{"-A", "bearer", "-a", "@env:PW", url} },
		"url":     func(url string) []string { return []string{strings.Replace(url, "://", "://mona:s3cret@", 1)} },
		"header":  func(url string) []string { return []string{url, "authorization:s3cret"} },
		"cookie":  func(url string) []string { return []string{url, "CoOkIe:a=s3cret"} },
		"cookie2": func(url string) []string { return []string{url, "Cookie2:a=s3cret"} },
		"api key": func(url string) []string { return []string{url, "X-Api-Key:s3cret"} },
		"netrc":   func(url string) []string { return []string{url} },
	}
	targets := map[string]struct {
		url  string
		to   *noting
		same bool
	}{
		"same":     {"http://a.example.com:" + first.port() + "/x", first, true},
		"capitals": {"HTTP://A.EXAMPLE.COM:" + first.port() + "/x", first, true},
		"port":     {"http://a.example.com:" + second.port() + "/x", second, false},
		"host":     {"http://b.example.com:" + first.port() + "/x", first, false},
		"below":    {"http://www.a.example.com:" + first.port() + "/x", first, false},
		"above":    {"http://example.com:" + first.port() + "/x", first, false},
		"scheme":   {"https://a.example.com:" + secure.port() + "/x", secure, false},
	}
	for name, args := range ways {
		for where, to := range targets {
			for _, status := range []string{"301", "303", "307"} {
				url := "http://a.example.com:" + first.port() + "/?status=" + status + "&to=" + to.url
				flags := []string{
					"--follow", "--verify=" + ca, "--resolve=*:" + first.port() + ":127.0.0.1",
					"--resolve=*:" + second.port() + ":127.0.0.1", "--resolve=*:" + secure.port() + ":127.0.0.1",
				}
				got := runEnv(t, env, append(flags, args(url)...)...)
				first0, second0, secure0 := first.took(), second.took(), secure.took()
				if got.code != ExitOK || !strings.Contains(got.out, "ok") {
					t.Errorf("%s, %s: %+v", name, where, got)
					continue
				}
				all := slices.Concat(first0, second0, secure0)
				last := all[len(all)-1]
				if last == "nothing" == to.same || len(all) < 2 || all[len(all)-2] == "nothing" {
					t.Errorf("%s, %s, %s: %q, the last of which is %t the same origin", name, where, status, all, to.same)
				}
			}
		}
	}
}

// From a to b and back: what was left behind stays behind.
func TestAuthStaysDropped(t *testing.T) {
	first, second := notingServer(t, false), notingServer(t, false)
	back := first.URL + "/end"
	there := second.URL + "/?status=302&to=" + back
	for _, args := range [][]string{{"-a", "mona:s3cret"}, {"-A", "bearer", "-a", "s3cret"}} {
		got := run(t, append(args, "--follow", first.URL+"/?status=302&to="+strings.ReplaceAll(there, "&", "%26"))...)
		if a, b := first.took(), second.took(); got.code != ExitOK || !slices.Equal(a, []string{"secret in Authorization", "nothing"}) || !slices.Equal(b, []string{"nothing"}) {
			t.Errorf("%+v: %q, %q", got, a, b)
		}
	}
}

func TestIgnoreNetrc(t *testing.T) {
	n := notingServer(t, false)
	t.Setenv("NETRC", write(t, "netrc", "machine 127.0.0.1 login mona password s3cret\n"))
	for flag, want := range map[string]string{"--no-ignore-netrc": "secret in Authorization", "--ignore-netrc": "nothing"} {
		if got := run(t, flag, n.URL); got.code != ExitOK {
			t.Errorf("%+v", got)
		}
		if seen := n.took(); !slices.Equal(seen, []string{want}) {
			t.Errorf("%s: %q", flag, seen)
		}
	}
}
