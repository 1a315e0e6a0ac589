package godwit

// Content codings of nginx (gzip), Apache (br, gzip) and Caddy (zstd, gzip), over TCP and TLS.

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"example.com/godwit/internal/realserver"
)

func TestRealCodings(t *testing.T) {
	for name, c := range map[string]struct {
		start func(testing.TB) *realserver.Server
		likes []string // the codings that it answers with, as those before are taken away; "": none
	}{
		"nginx":  {realserver.Nginx, []string{"gzip", ""}},
		"Apache": {realserver.Apache, []string{"br", "gzip", ""}},
		"Caddy":  {realserver.Caddy, []string{"zstd", "gzip", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			server := c.start(t)
			page, err := os.ReadFile(filepath.Join(server.Dir, "www", "long.html"))
			if err != nil {
				t.Fatal(err)
			}
			for _, origin := range []string{server.Plain, server.Secure} {
				s := newRealSession(t)
				s.Defaults = Defaults{CA(server.CAFile)}
				for _, coding := range c.likes {
					checkCoding(t, s, origin+"/long.html", coding, string(page))
					if coding != "" {
						s.Defaults = append(s.Defaults, Decoders{coding: nil})
					}
				}
			}
		})
	}
}

// checkCoding gets a page in all the ways there are, from a server that sends it in that coding.
func checkCoding(t *testing.T, s *Session, url, coding, page string) {
	t.Helper()
	res, err := s.Get(t.Context(), url, Raw)
	if err != nil || res.Header.Get("Content-Encoding") != coding || (string(res.Content) == page) != (coding == "") {
		t.Fatalf("%s, raw: %v, %v", coding, res.Header, err)
	}
	raw := len(res.Content)
	for range 2 { // the connection serves again
		res, err := s.Get(t.Context(), url)
		if err != nil || string(res.Content) != page || res.Uncompressed != (coding != "") || res.Header.Get("Content-Encoding") != "" {
			t.Fatalf("%s: %d bytes, %v", coding, len(page), err)
		}
		if res.Header.Get("ETag") == "" || coding != "" && (res.ContentLength != -1 || res.Header.Get("Content-Length") != "") {
			t.Errorf("%s: %v, length %d", coding, res.Header, res.ContentLength)
		}
		// Some forget that they have sent it with this very tag, which names the coding too.
		again, err := s.Get(t.Context(), url, Header{"If-None-Match": res.Header.Get("ETag")})
		if err != nil || (again.StatusCode != 304 || len(again.Content) != 0) && (again.StatusCode != 200 || string(again.Content) != page) {
			t.Errorf("%s, again: %v, %v", coding, again, err)
		}
	}
	if res, err := s.Head(t.Context(), url); err != nil || len(res.Content) != 0 || res.Uncompressed {
		t.Errorf("%s, HEAD: %v, %v", coding, res, err)
	}
	if res, err := s.Get(t.Context(), url, Header{"Range": "bytes=3-99"}); err != nil || res.StatusCode != 206 || string(res.Content) != page[3:100] {
		t.Errorf("%s, a part: %v, %v", coding, res, err)
	}
	st, err := s.Stream(t.Context(), "GET", url)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "page")
	if n, err := st.SaveTo(path); err != nil || int(n) != len(page) {
		t.Errorf("%s, saved: %d bytes, %v", coding, n, err)
	}
	if saved, err := os.ReadFile(path); err != nil || string(saved) != page {
		t.Errorf("%s, saved: %d bytes, %v", coding, len(saved), err)
	}
	if st, err = s.Stream(t.Context(), "GET", url, Raw); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, st.Body); err != nil || coding != "" && (int(n) >= len(page) || raw >= len(page)) {
		t.Errorf("%s, a raw stream: %d bytes, %v", coding, n, err)
	}
	st.Close()
	if st, err = s.Stream(t.Context(), "GET", url); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(st.Body, make([]byte, 10)); err != nil {
		t.Errorf("%s, left: %v", coding, err)
	}
	st.Close()
}
