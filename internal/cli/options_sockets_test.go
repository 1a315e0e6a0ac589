package cli

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// A server of DNS over HTTPS, which knows that each name but none.example is 127.0.0.1.
func nameServer(t *testing.T) (url, caFile string) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		msg, _ := io.ReadAll(r.Body)
		var m dnsmessage.Message
		if err := m.Unpack(msg); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		q := m.Questions[0]
		m.Response, m.Additionals = true, nil
		if q.Name.String() == "none.example." {
			m.RCode = dnsmessage.RCodeNameError
		} else if q.Type == dnsmessage.TypeA {
			h := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60}
			m.Answers = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
		}
		reply, _ := m.Pack()
		w.Header().Set("Content-Type", "application/dns-message")
		w.Write(reply)
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return srv.URL, caFile
}

func TestDoHFlag(t *testing.T) {
	server, ca := nameServer(t)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(bin.HTTP, "http://"))
	_, dnsPort, _ := net.SplitHostPort(strings.TrimPrefix(server, "https://"))
	for _, c := range []struct {
		args string
		out  string
		err  string
		code ExitCode
	}{
		{"--verify=" + ca + " --doh-url=" + server + "/dns-query http://a.example:" + port + "/get", `"a.example:` + port + `"`, "", ExitOK},
		{"--verify=" + ca + " --resolve=example.com:" + dnsPort + ":127.0.0.1 --doh-url=https://example.com:" + dnsPort + "/ http://a.example:" + port + "/get", `"a.example:` + port + `"`, "", ExitOK},
		{"--verify=" + ca + " --doh-url=" + server + "/dns-query http://none.example/", "", "looking up none.example: no such host (asked " + server + "/dns-query)", ExitResolve},
		{"--verify=" + ca + " --public-only --doh-url=" + server + " http://a.example:" + port + "/get", "", "not public", ExitConnect},
		{"--doh-url=" + server + " http://a.example:" + port + "/get", "", "TLS handshake", ExitResolve}, // nobody trusts it
		{"--verify=no --doh-url=" + server + " http://a.example:" + port + "/get", "", "TLS handshake", ExitResolve},
		{"--doh-url=http://127.0.0.1:1/ http://a.example/", "", "not https", ExitUsage},
	} {
		got := run(t, strings.Fields(c.args)...)
		if got.code != c.code || !strings.Contains(got.out, c.out) || !strings.Contains(got.err, c.err) || (c.err == "") != (got.err == "") {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
}

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
