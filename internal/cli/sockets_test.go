package cli

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

func TestSocketFlags(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, bin.HTTP+"/get", http.StatusFound)
		case "/self":
			w.Header().Set("Location", "http+unix://"+url.PathEscape(path)+"/")
			w.WriteHeader(http.StatusFound)
		default:
			fmt.Fprintf(w, "unix %s%s", r.Host, r.RequestURI)
		}
	})}
	done := make(chan struct{})
	go func() { defer close(done); srv.Serve(ln) }() // ends with Close
	t.Cleanup(func() { srv.Close(); <-done })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(bin.HTTP, "http://"))
	sock := "http+unix://" + url.PathEscape(path)
	for _, c := range []struct {
		args string
		out  string
		err  string
		code ExitCode
	}{
		{"--unix-socket=" + path + " a.example/x?y", "", "TLS", ExitTLS},
		{"--unix-socket=" + path + " http://a.example/x?y", "unix a.example/x?y", "", ExitOK},
		{sock + "/v1/x q==1", "unix localhost/v1/x?q=1", "", ExitOK},
		{"-F " + sock + "/away", "/get", "", ExitOK},
		{"-F " + sock + "/self", "", "unix socket", ExitError},
		{"--public-only " + sock + "/x", "", "not public (a unix socket)", ExitConnect},
		{"http+unix://run/a.sock", "", "no unix socket", ExitUsage},
		{"--resolve=a.example:80:127.0.0.1 --connect-to=b.example:80:127.0.0.1:" + port + " http://b.example/get", `"b.example"`, "", ExitOK},
		{"--resolve=a.example:" + port + ":127.0.0.1 http://a.example:" + port + "/get", `"a.example:` + port + `"`, "", ExitOK},
		{"--connect-to=:::" + port + " --connect-to=c.example:80:localhost:" + port + " http://c.example/get", `"c.example"`, "", ExitOK},
		{"-4 " + bin.HTTP + "/get", "/get", "", ExitOK},
		{"-6 " + bin.HTTP + "/get", "", "not IPv6", ExitConnect},
		{"--interface=127.0.0.1 " + bin.HTTP + "/get", "/get", "", ExitOK},
		{"--interface=no-such0 " + bin.HTTP + "/get", "", "no-such0", ExitConnect},
		{"--public-only " + bin.HTTP + "/get", "", "not public (loopback, RFC 1122)", ExitConnect},
		{"--public-only --resolve=a.example:80:127.0.0.1 http://a.example/", "", "127.0.0.1:80: not public", ExitConnect},
	} {
		got := run(t, strings.Fields(c.args)...)
		if got.code != c.code || !strings.Contains(got.out, c.out) || !strings.Contains(got.err, c.err) || (c.err == "") != (got.err == "") {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
}
