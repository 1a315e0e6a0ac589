package godwit

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"example.com/godwit/transport"
)

// Raw brings what the wire brought, with the fields that describe it.
func TestRaw(t *testing.T) {
	s, _ := answering(200, zipped("text"), "Content-Encoding", "gzip", "Content-Length", "28")
	res, err := s.Get(t.Context(), "http://h/", Raw)
	if err != nil || string(res.Content) != zipped("text") || res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Content-Length") != "28" || res.Uncompressed {
		t.Errorf("%v, %v", res, err)
	}
	if got := res.Request.Header.Get("Accept-Encoding"); got == "" || got == "identity" {
		t.Errorf("Accept-Encoding: %q", got)
	}
	s, _ = answering(200, "nonsense", "Content-Encoding", "gzip, no-such-coding, gzip, gzip")
	st, err := s.Stream(t.Context(), "GET", "http://h/", Raw)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if got, err := io.ReadAll(st.Body); string(got) != "nonsense" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// Trailers are complete where the body ends, whoever reads it and whatever decodes it.
func TestTrailers(t *testing.T) {
	bodies := map[string]string{"identity": "text", "gzip": zipped("text"), "deflate": deflated("text"), "deflate, gzip": zipped(deflated("text"))}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	defer func() { l.Close(); <-served }()
	go func() { // ends when the listener is closed
		defer close(served)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			req, err := http.ReadRequest(bufio.NewReader(c))
			if err == nil {
				coding := req.URL.Query().Get("coding")
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: "+coding+"\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nTrailer: X-Sum\r\n\r\n")
				for _, b := range []byte(bodies[coding]) { // the end is in a piece of its own
					c.Write([]byte{'1', '\r', '\n', b, '\r', '\n'})
				}
				io.WriteString(c, "0\r\nX-Sum: 42\r\n\r\n")
			}
			c.Close()
		}
	}()
	s := &Session{Transport: new(transport.Transport)}
	defer s.Close()
	url := "http://" + l.Addr().String() + "/"
	for coding := range bodies {
		for _, opt := range []Option{nil, Raw} {
			res, err := s.Get(t.Context(), url, Params{"coding": coding}, opt)
			if err != nil || res.Trailer.Get("X-Sum") != "42" || opt == nil && res.Text() != "text" {
				t.Errorf("%s, %v: %v, %v, %v", coding, opt, res, res.Trailer, err)
			}
			for how, read := range map[string]func(*Stream){
				"Body":   func(st *Stream) { io.Copy(io.Discard, st.Body) },
				"Lines":  func(st *Stream) { collect(st.Lines()) },
				"Chunks": func(st *Stream) { collect(st.Chunks(1)) },
				"SaveTo": func(st *Stream) { st.SaveTo(filepath.Join(t.TempDir(), "f")) },
				"Finish": func(st *Stream) { st.Finish() },
			} {
				st, err := s.Stream(t.Context(), "GET", url, Params{"coding": coding}, opt)
				if err != nil {
					t.Fatal(err)
				}
				if _, announced := st.Trailer["X-Sum"]; !announced || st.Trailer.Get("X-Sum") != "" {
					t.Errorf("%s, %s: before the end: %v", coding, how, st.Trailer)
				}
				read(st)
				if st.Trailer.Get("X-Sum") != "42" {
					t.Errorf("%s, %s, %v: %v", coding, how, opt, st.Trailer)
				}
				st.Close()
			}
		}
	}
}
