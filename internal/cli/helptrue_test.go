package cli

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What the help says of values from @env: in a body, and of a standard input, is so.
func TestHelpIsTrue(t *testing.T) {
	var got []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		got = append(got, r.Method+" "+r.PostForm.Encode()+r.Header.Get("X-Key"))
	}))
	defer other.Close()
	first := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer first.Close()
	env := Env{Getenv: func(name string) string { return map[string]string{"KEY": "s3cret"}[name] }}
	res := runEnv(t, env, "-v", "-F", "-f", first.URL, "note=@env:KEY", "X-Key:@env:KEY")
	if len(got) != 1 || got[0] != "POST note=s3cret" || !strings.Contains(res.out, "note=s3cret") || strings.Count(res.out, "s3cret") != 2 {
		t.Errorf("%q: %+v", got, res)
	}
	for _, c := range []struct{ args, want string }{
		{"", "POST "},
		{"-I", "GET "},
		{"GET", "GET "},
	} {
		got = nil
		runEnv(t, Env{Stdin: strings.NewReader("line 2\nline 3\n")}, append(strings.Fields(c.args), other.URL)...)
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: %q", c.args, got)
		}
	}
	for page, want := range map[string][]string{
		"items": {"k=@env:K", "307"},
		"body":  {"is a POST then", "--ignore-stdin (-I)"},
	} {
		for _, w := range want {
			if out := run(t, "--help", page).out; !strings.Contains(out, w) {
				t.Errorf("--help %s says nothing of %q", page, w)
			}
		}
	}
	line := runEnv(t, env, "--curl", "-f", first.URL, "note=@env:KEY", "X-Key:@env:KEY")
	if !strings.Contains(line.out, "s3cret") || !strings.Contains(line.err, "what is known as a credential") {
		t.Errorf("%+v", line)
	}
}
