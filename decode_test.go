package godwit

// Content codings from the caller's side: what is asked for, what is undone, whose decoders.

import (
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"example.com/godwit/auth"
	"example.com/godwit/transport"
)

// packerOf returns an encoder.
func packerOf(coding string, w io.Writer) interface {
	io.WriteCloser
	Flush() error
} {
	switch coding {
	case "gzip":
		return gzip.NewWriter(w)
	case "deflate":
		return zlib.NewWriter(w)
	case "br":
		return brotli.NewWriter(w)
	case "zstd":
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		if err != nil {
			panic(err)
		}
		return z
	}
	panic(coding)
}

// packed returns p in a coding.
func packed(coding, p string) string {
	var b strings.Builder
	w := packerOf(coding, &b)
	io.WriteString(w, p)
	w.Close()
	return b.String()
}

// allCodings are those that Godwit asks for.
var allCodings = []string{"gzip", "deflate", "br", "zstd"}

func fromBase64(r io.Reader) (io.Reader, error) {
	return base64.NewDecoder(base64.StdEncoding, r), nil
}

// What is asked for is what can be undone.
func TestAcceptEncoding(t *testing.T) {
	for _, c := range []struct {
		session, call Option
		want          string
	}{
		{nil, nil, "gzip, deflate, br, zstd"},
		{nil, Raw, "gzip, deflate, br, zstd"},
		{nil, Decoders{"br": nil}, "gzip, deflate, zstd"},
		{Decoders{"BR": nil}, Decoders{"zstd": nil}, "gzip, deflate"},
		{Decoders{"br": nil}, Decoders{"Br": fromBase64}, "gzip, deflate, br, zstd"},
		{Decoders{"Base64": fromBase64}, Decoders{"a": fromBase64}, "gzip, deflate, br, zstd, a, base64"},
		{Decoders{"base64": fromBase64}, Decoders{"base64": nil}, "gzip, deflate, br, zstd"},
		{Decoders{"gzip": nil, "deflate": nil, "br": nil, "zstd": nil}, nil, "identity"},
		{Decoders{"base64": fromBase64}, Header{"Accept-Encoding": "br"}, "br"},
		{Decoders{"base64": fromBase64}, NoHeader{"Accept-Encoding"}, ""},
		{Decoders{"base64": fromBase64}, Header{"Range": "bytes=1-"}, ""},
	} {
		s, w := newWorld(ok)
		s.Defaults = Defaults{c.session}
		if _, err := s.Get(t.Context(), "http://h/", c.call); err != nil {
			t.Fatal(err)
		}
		if got := w.last().Header.Get("Accept-Encoding"); got != c.want {
			t.Errorf("%v, %v: %q, want %q", c.session, c.call, got, c.want)
		}
		req, err := s.Prepare(t.Context(), "GET", "http://h/", c.call)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Send(req); err != nil || w.last().Header.Get("Accept-Encoding") != c.want {
			t.Errorf("%v, %v, prepared: %q, %v", c.session, c.call, w.last().Header["Accept-Encoding"], err)
		}
	}
	s, w := newWorld(ok)
	s.Defaults = Defaults{Decoders{"br": nil}}
	if _, err := s.HTTPClient().Get("http://h/"); err != nil || w.last().Header.Get("Accept-Encoding") != "gzip, deflate, zstd" {
		t.Errorf("another's request: %q, %v", w.last().Header["Accept-Encoding"], err)
	}
}

// Decoders of the caller's come first, alone or with Godwit's.
func TestDecoders(t *testing.T) {
	text64 := base64.StdEncoding.EncodeToString([]byte("text"))
	zipped64 := base64.StdEncoding.EncodeToString([]byte(zipped("text")))
	for _, c := range []struct {
		body, coding string
		opts         []Option
		want         string
	}{
		{text64, "base64", []Option{Decoders{"base64": fromBase64}}, "text"},
		{text64, "BASE64", []Option{Decoders{"Base64": fromBase64}}, "text"},
		{zipped64, "gzip, base64", []Option{Decoders{"base64": fromBase64}}, "text"},
		{packed("zstd", text64), "base64, zstd", []Option{Decoders{"base64": fromBase64}}, "text"},
		{text64, "br", []Option{Decoders{"br": fromBase64}}, "text"},
		{text64, "x-gzip", []Option{Decoders{"gzip": fromBase64}}, "text"},
		{packed("br", "text"), "br", []Option{Decoders{"br": fromBase64}, OptionFunc(func(r *Request) error { r.Decoders = nil; return nil })}, "text"},
	} {
		s, b := answering(200, c.body, "Content-Encoding", c.coding, "Content-Length", "1")
		res, err := s.Get(t.Context(), "http://h/", c.opts...)
		if err != nil || res.Text() != c.want || !res.Uncompressed || len(res.Header) != 0 || !b.closed {
			t.Errorf("%s: %v, %v", c.coding, res, err)
		}
	}
	for name, c := range map[string]struct {
		body, coding string
		opt          Option
		want         error
	}{
		"taken away":   {packed("br", "text"), "br", Decoders{"br": nil}, ErrDecode},
		"not for this": {text64, "base64", Decoders{"base32": fromBase64}, ErrDecode},
		"broken":       {"!!!", "base64", Decoders{"base64": fromBase64}, ErrDecode},
		"cut":          {text64[:3], "base64", Decoders{"base64": fromBase64}, io.ErrUnexpectedEOF},
		"refused":      {"x", "x", Decoders{"x": func(io.Reader) (io.Reader, error) { return nil, errLost }}, errLost},
		"none":         {"x", "x", Decoders{"x": func(io.Reader) (io.Reader, error) { return nil, nil }}, ErrDecode},
	} {
		s, b := answering(200, c.body, "Content-Encoding", c.coding)
		if _, err := s.Get(t.Context(), "http://h/", c.opt); !errors.Is(err, c.want) || !errors.Is(err, ErrDecode) || !b.closed {
			t.Errorf("%s: %v, closed %v", name, err, b.closed)
		}
	}
	// Nothing else of the session sees them.
	s, _ := answering(200, text64, "Content-Encoding", "base64")
	if _, err := s.Get(t.Context(), "http://h/", Decoders{"base64": fromBase64}); err != nil {
		t.Error(err)
	}
	if _, err := s.Get(t.Context(), "http://h/"); !errors.Is(err, ErrDecode) {
		t.Errorf("the next call: %v", err)
	}
}

// A bomb is one in every coding, in one over the other, and whoever decodes it; in memory, as a
// stream and on the way to a file.
func TestBombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 2<<20)
	grow := Decoders{"x-grow": func(r io.Reader) (io.Reader, error) {
		return io.MultiReader(r, strings.NewReader(zeros)), nil
	}}
	bombs := map[string]string{"x-grow": "x", "gzip, x-grow": "x", "x-grow, br": packed("br", "x")}
	for _, outer := range allCodings {
		bombs[outer] = packed(outer, zeros)
		for _, inner := range allCodings {
			bombs[inner+", "+outer] = packed(outer, packed(inner, zeros))
		}
	}
	dir := t.TempDir()
	for coding, bomb := range bombs {
		small := Defaults{MaxBody(1 << 20), grow}
		s, b := answering(200, bomb, "Content-Encoding", coding)
		_, err := s.Get(t.Context(), "http://h/", small)
		if coding != "gzip, x-grow" && !errors.Is(err, ErrTooLarge) || err == nil || !b.closed {
			t.Errorf("%s: %v", coding, err)
		}
		s, b = answering(200, bomb, "Content-Encoding", coding)
		st, err := s.Stream(t.Context(), "GET", "http://h/", small)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "file")
		if _, err := st.SaveTo(path); coding != "gzip, x-grow" && !errors.Is(err, ErrTooLarge) || err == nil || !b.closed {
			t.Errorf("%s saved: %v", coding, err)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s: %v is left", coding, left)
		}
		s, b = answering(200, bomb, "Content-Encoding", coding)
		st, err = s.Stream(t.Context(), "GET", "http://h/", small)
		if err != nil {
			t.Fatal(err)
		}
		if st.Close(); b.n != 0 || !b.closed {
			t.Errorf("%s closed unread: %d bytes read", coding, b.n)
		}
	}
}

// The body of a redirect, of a challenge and of an attempt that is not the last is never decoded.
func TestUnwantedBodiesAreNotDecoded(t *testing.T) {
	for _, coding := range append(allCodings, "no-such-coding", "gzip,gzip,gzip,gzip") {
		n := 0
		s := &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
			n++
			res := &http.Response{
				StatusCode: 200, Header: http.Header{}, ContentLength: -1,
				Body: io.NopCloser(strings.NewReader("not what it says")),
			}
			if res.Header.Set("Content-Encoding", coding); n < 4 {
				res.StatusCode = []int{302, 401, 503}[n-1]
				res.Header.Set("Location", "/next")
				res.Header.Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256`)
				return res, nil
			}
			res.Header.Del("Content-Encoding")
			return res, nil
		})}
		res, err := s.Get(t.Context(), "http://h/", Auth(auth.Digest("u", "p")), Retry{Max: 2, Backoff: func(int) time.Duration { return 0 }})
		if err != nil || n != 4 || res.Text() != "not what it says" {
			t.Errorf("%s: %v, %v after %d requests", coding, res, err, n)
		}
	}
}

// A connection whose answer has a coding that nobody knows is closed, not lost.
func TestUnknownCodingFreesTheConnection(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", r.URL.Query().Get("coding"))
		io.WriteString(w, "text")
	}))
	defer server.Close()
	s := newRealSession(t)
	for _, coding := range []string{"rot13", "gzip,gzip,gzip,gzip", "br", "zstd", "deflate", "gzip"} {
		if _, err := s.Get(t.Context(), server.URL, Params{"coding": coding}); !errors.Is(err, ErrDecode) {
			t.Errorf("%s: %v", coding, err)
		}
		if stats := s.Transport.(*transport.Transport).Stats(); stats.Open != stats.Idle {
			t.Errorf("%s: %+v", coding, stats)
		}
	}
}

// Events that a server compresses come when they are flushed, and each before the next is there,
// over HTTP/1.1 and HTTP/2.
func TestCompressedEvents(t *testing.T) {
	for n := range 2 * len(allCodings) {
		coding, major := allCodings[n/2], 1+n%2
		next := make(chan struct{}, 1)
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.Header().Set("Content-Encoding", coding)
			z := packerOf(coding, w)
			for n := 0; ; n++ {
				select {
				case <-next:
				case <-r.Context().Done():
					return
				}
				fmt.Fprintf(z, "data: %d\n\n", n)
				z.Flush()
				w.(http.Flusher).Flush()
			}
		}))
		server.EnableHTTP2 = true
		if major == 1 {
			server.Start()
		} else {
			server.StartTLS()
		}
		ctx, cancel := context.WithCancel(t.Context())
		next <- struct{}{}
		st, err := newRealSession(t).Stream(ctx, "GET", server.URL, Insecure)
		if err != nil || st.ProtoMajor != major {
			t.Fatal(err, st)
		}
		n := 0
		for event, err := range st.Events() {
			if n == 20 {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s, canceled: %v", coding, err)
				}
				break
			}
			if err != nil || event.Data != fmt.Sprint(n) {
				t.Fatalf("%s: %q, %v", coding, event.Data, err)
			}
			if n++; n == 20 {
				cancel() // the decoder waits for more
				continue
			}
			next <- struct{}{}
		}
		cancel()
		st.Close()
		server.Close()
	}
}

// A body that breaks off below its coding is no decoding error: it was given up, or the connection
// was lost. Where the end of the connection is that of the body, the coding knows that it is not.
func TestCodedBodyBreaksOff(t *testing.T) {
	for _, coding := range allCodings {
		coded := packed(coding, strings.Repeat("text of no great length, ", 400))
		half := coded[:len(coded)/2]
		for name, c := range map[string]struct {
			head string
			want Kind
			not  Kind
		}{
			"with a length":      {"Content-Length: " + fmt.Sprint(len(coded)) + "\r\n", ErrProtocol, ErrDecode},
			"in chunks":          {"Transfer-Encoding: chunked\r\n", ErrProtocol, ErrDecode},
			"up to the close":    {"Connection: close\r\n", ErrDecode, ErrProtocol},
			"given up meanwhile": {"Content-Length: " + fmt.Sprint(len(coded)) + "\r\n", ErrCanceled, ErrDecode},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				nc, bw, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer nc.Close()
				body := half
				if name == "in chunks" {
					body = fmt.Sprintf("%x\r\n%s\r\n", len(half), half)
				}
				fmt.Fprintf(bw, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n%s\r\n%s", coding, c.head, body)
				bw.Flush()
				if name == "given up meanwhile" {
					cancel()
					io.Copy(io.Discard, nc) // until the client has let go
				}
			}))
			s := newRealSession(t)
			_, err := s.Get(ctx, server.URL)
			if !errors.Is(err, c.want) || errors.Is(err, c.not) {
				t.Errorf("%s %s: %v", coding, name, err)
			}
			if stats := s.Transport.(*transport.Transport).Stats(); stats.Open != 0 {
				t.Errorf("%s %s: %+v", coding, name, stats)
			}
			cancel()
			server.Close()
		}
	}
}
