package trace_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/godwit"
	"example.com/godwit/godwittest"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// The lines of real calls: over a socket, redirected, failed at several places, streamed.
func TestSlogCalls(t *testing.T) {
	const secret = "hunter2"
	url := godwittest.Server(t,
		godwittest.Script{
			godwittest.Reply("HTTP/1.1 302 Found\r\nLocation: /b?token=" + secret + "\r\nContent-Length: 0\r\n\r\n"),
			godwittest.Reply("HTTP/1.1 200 OK\r\nSet-Cookie: a=" + secret + "\r\nContent-Length: 5\r\n\r\nhello"),
			godwittest.Read{},
			godwittest.Reset{},
		},
		godwittest.Script{
			godwittest.Reply("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
			godwittest.Reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
		})
	var b bytes.Buffer
	s := &godwit.Session{Transport: &transport.Transport{}, Tracer: trace.Slog(slog.New(slog.NewTextHandler(&b, nil)))}
	defer s.Close()
	header := godwit.Header{"Authorization": "Bearer " + secret}
	line := func(want ...string) {
		t.Helper()
		text := b.String()
		b.Reset()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s\nhas no %s", text, w)
			}
		}
		if strings.Contains(text, secret) {
			t.Errorf("%s shows a secret", text)
		}
	}

	if _, err := s.Get(t.Context(), url+"/a?token="+secret, header); err != nil {
		t.Error(err)
	}
	line("level=INFO", " path=/b status=200 bytes=5 duration=", " phases.send=", " phases.wait=", " attempts=2 hops=1\n")

	if _, err := s.Get(t.Context(), url+"/c?token="+secret, header); err != nil {
		t.Error(err)
	}
	line("level=WARN msg=\"http attempt failed\" method=GET origin=", " path=/c hop=0 attempt=2 ", " kind=resend error=", "level=WARN msg=\"http call\"", " status=503 ", " phases.connect=")

	st, err := s.Stream(t.Context(), "GET", url+"/d?token="+secret, header)
	if err != nil {
		t.Fatal(err)
	}
	line("")
	if _, err := io.ReadAll(st.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	st.Close()
	line("level=ERROR msg=\"http call\"", " path=/d status=200 bytes=4 ", " kind=\"protocol broken\" error=\"")

	if _, err := s.Get(t.Context(), "http://127.0.0.1:1/?token="+secret, header); err == nil {
		t.Error("somebody listens at port 1")
	}
	line("level=ERROR", " path=/ bytes=0 ", " phases.connect=", " kind=\"cannot connect\" error=\"connecting to 127.0.0.1:1: ")

	if _, err := s.Get(t.Context(), "http://u:"+secret+"@h/?token="+secret, header, godwit.JSON(func() {})); err == nil {
		t.Error("a function is JSON")
	}
	line("")

	slow := &godwit.Session{Tracer: s.Tracer, Transport: godwittest.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))}
	if _, err := slow.Get(t.Context(), "http://h/?token="+secret, godwit.Timeout(50*time.Millisecond)); err == nil {
		t.Error("no timeout")
	}
	line("level=ERROR", " kind=\"timed out\" error=\"waiting for the response of h:80: timed out after 50ms (set by Timeout)\"")
}
