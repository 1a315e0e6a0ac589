package godwit

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

// unpack returns what a body holds, by the standard library's decoder.
func unpack(t testing.TB, body string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCompressBody(t *testing.T) {
	text := strings.Repeat("all work and no play ", 1000)
	path := filepath.Join(t.TempDir(), "f.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 2000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for name, c := range map[string]struct {
		body   Option
		plain  string
		coded  bool
		length bool
	}{
		"bytes":  {Bytes([]byte(text), "text/x"), text, true, true},
		"file":   {FileBody(path), text, true, false},
		"seq":    {Seq(piecesOf(text, "", "end"), "text/x"), text + "end", true, false},
		"reader": {Reader(iotest.OneByteReader(strings.NewReader("x")), "text/x"), "x", true, false},
		"short":  {Bytes([]byte("short"), "text/x"), "short", false, true},
		"noise":  {Bytes(noise, "text/x"), string(noise), false, true},
		"form":   {Form{"a": text}, Pairs{{"a", text}}.encode(), true, true},
	} {
		for _, opts := range [][]Option{{c.body, CompressBody}, {CompressBody, c.body}} {
			if name == "reader" && opts[0] == Option(CompressBody) {
				continue // it can be read but once
			}
			body, req := sentBody(t, opts...)
			if coded := req.Header.Get("Content-Encoding") == "gzip"; coded != c.coded || (req.ContentLength >= 0) != c.length {
				t.Errorf("%s: coded %v, length %d", name, coded, req.ContentLength)
			}
			if c.coded {
				body = unpack(t, body)
			}
			if body != c.plain || req.Header.Get("Content-Type") == "" {
				t.Errorf("%s: %d bytes, want %d", name, len(body), len(c.plain))
			}
		}
	}
	if _, req := sentBody(t, CompressBody); req.Header["Content-Encoding"] != nil {
		t.Error("no body, but a coding")
	}
}

func TestCompressBodyMultipart(t *testing.T) {
	for _, last := range []string{"z", strings.Repeat("z", mostWhole)} {
		body, req := sentBody(t, Multipart(Field("a", strings.Repeat("a", 2000)), Field("z", last)), CompressBody)
		form, err := readForm(req.Header.Get("Content-Type"), unpack(t, body))
		if err != nil || len(form) != 2 || form[1].body != last {
			t.Error(form, err)
		}
	}
}

func TestCompressBodyAgain(t *testing.T) {
	text := strings.Repeat("x", 100_000)
	s, w := newWorld(redirectTwice)
	if _, err := s.Post(t.Context(), "http://h/", Seq(piecesOf(text), ""), CompressBody); err != nil {
		t.Fatal(err)
	}
	for _, r := range w.requests() {
		if unpack(t, r.body) != text || r.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%d bytes", len(r.body))
		}
	}
	_, err := s.Post(t.Context(), "http://h/", Reader(iotest.OneByteReader(strings.NewReader(text)), ""), CompressBody)
	if !errors.Is(err, ErrUnrewindable) {
		t.Error(err)
	}
	// What becomes a GET loses the field with the body.
	s, w = newWorld(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" {
			http.Redirect(w, r, "/x", http.StatusSeeOther)
		}
	})
	if _, err := s.Post(t.Context(), "http://h/", Bytes([]byte(text), ""), CompressBody); err != nil || w.last().Header["Content-Encoding"] != nil {
		t.Error(err, w.last().Header)
	}
}

func TestCompressBodyRefused(t *testing.T) {
	s, w := newWorld(ok)
	for _, opt := range []Option{Header{"Content-Encoding": "br"}, Header{"content-encoding": "identity"}, NoHeader{"Content-Encoding"}} {
		_, err := s.Post(t.Context(), "http://h/", Bytes(make([]byte, 5000), ""), CompressBody, opt)
		if !errors.Is(err, ErrRequest) || !strings.Contains(err.Error(), "leave out one of them") {
			t.Errorf("%v: %v", opt, err)
		}
	}
	if len(w.requests()) != 0 {
		t.Error("sent")
	}
}

// A body that lies about its length, or fails, is not sent as if it were whole.
func TestCompressBodyFails(t *testing.T) {
	boom := errors.New("boom")
	for want, b := range map[string]*Body{
		"a body of 2000 bytes, which was said to have 3000": {Size: 3000, Open: Bytes(make([]byte, 2000), "").Open},
		"a body of more than 2000 bytes":                    {Size: 2000, Open: Bytes(make([]byte, 3000), "").Open},
		"boom":                                              {Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(iotest.ErrReader(boom)), nil }},
	} {
		s, _ := newWorld(ok)
		if _, err := s.Post(t.Context(), "http://h/", b, CompressBody); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

func TestGzipBodyReader(t *testing.T) {
	text := bytes.Repeat([]byte("some text, and "), 20_000)
	var r Request
	r.init("POST", "http://h/")
	r.Body, r.CompressBody = Seq(piecesOf(string(text)), ""), true
	if err := r.finishBody(); err != nil {
		t.Fatal(err)
	}
	rc, _ := r.Body.Open()
	coded, err := io.ReadAll(iotest.OneByteReader(rc))
	if err != nil || unpack(t, string(coded)) != string(text) {
		t.Error(len(coded), err)
	}
	if n, err := rc.Read(make([]byte, 5)); n != 0 || err != io.EOF {
		t.Error(n, err)
	}
	rc.Close()
}

// Encoders are used again. No body may get bytes of another's, whatever is closed when
// (CVE-2023-45286).
func TestCompressBodyPool(t *testing.T) {
	var wg sync.WaitGroup
	for g := range 64 {
		wg.Go(func() {
			text := strings.Repeat(fmt.Sprint("caller ", g, " "), 5000)
			for i := range 20 {
				var r Request
				r.init("POST", "http://h/")
				r.Body, r.CompressBody = Seq(piecesOf(text), ""), true
				if err := r.finishBody(); err != nil {
					t.Error(err)
				}
				rc, _ := r.Body.Open()
				if i%3 == 0 { // in the middle, while it is read
					go io.Copy(io.Discard, rc) // ends with the Close
					rc.Close()
					continue
				}
				coded, _ := io.ReadAll(rc)
				rc.Close()
				if unpack(t, string(coded)) != text {
					t.Error("another's bytes")
				}
			}
		})
	}
	wg.Wait()
}

// A session's CompressBody holds for requests that it has not made, too.
func TestCompressBodyAdopted(t *testing.T) {
	text := strings.Repeat("sdk ", 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %d", r.Header.Get("Content-Encoding"), len(body))
		if r.Header.Get("Content-Encoding") == "gzip" && unpack(t, string(body)) != text {
			t.Error("other bytes")
		}
	}))
	defer server.Close()
	s := newRealSession(t)
	s.Defaults = Defaults{CompressBody}
	for coding, want := range map[string]string{"": "gzip ", "br": "br 4000"} {
		req, _ := http.NewRequest("POST", server.URL, strings.NewReader(text))
		if coding != "" {
			req.Header.Set("Content-Encoding", coding)
		}
		res, err := s.HTTPClient().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if !strings.HasPrefix(string(got), want) {
			t.Errorf("%q: %s", coding, got)
		}
	}
}
