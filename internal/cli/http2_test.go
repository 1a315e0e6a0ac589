package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestVersionsOfHTTP(t *testing.T) {
	plain := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "asked in", r.Proto)
	}))
	plain.Config.Protocols = new(http.Protocols)
	plain.Config.Protocols.SetHTTP1(true)
	plain.Config.Protocols.SetUnencryptedHTTP2(true)
	plain.Start()
	defer plain.Close()
	for _, tt := range []struct{ flags, url, version string }{
		{"--http1.1", bin.HTTPS, "1.1"},
		{"--http2", bin.HTTPS, "2"},
		{"--http2-prior-knowledge", bin.HTTPS, "2"},
		{"--http1.1 --http2", bin.HTTPS, "2"}, // the last word counts
		{"--http1.1", plain.URL, "1.1"},
		{"--http2", plain.URL, "1.1"},
		{"--http2-prior-knowledge", plain.URL, "2"},
	} {
		args := append(strings.Fields(tt.flags), "--verify=no", "-v", "GET", tt.url+"/get")
		r := run(t, args...)
		r.out = strings.ReplaceAll(r.out, "\r\n", "\n")
		if r.code != ExitOK || !strings.HasPrefix(r.out, "GET /get HTTP/"+tt.version+"\n") || !strings.Contains(r.out, "\nHTTP/"+tt.version+" 200") {
			t.Errorf("%s %s: %+v", tt.flags, tt.url, r)
		}
	}
	// A server that does not speak it has said so, or has broken off.
	old := httptest.NewServer(http.NotFoundHandler())
	defer old.Close()
	if r := run(t, "--http2-prior-knowledge", old.URL); r.code != ExitProtocol || r.out != "" {
		t.Errorf("%+v", r)
	}
}
