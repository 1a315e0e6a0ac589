package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// However the bytes of requests fall into reads, each request has its answer, in order.
func TestServeConn(t *testing.T) {
	const requests = "GET /small HTTP/1.1\r\nHost: x\r\n\r\n" +
		"GET /open HTTP/1.1\r\nHost: x\r\n\r\n" +
		"GET /small HTTP/1.1\r\n\r\n"
	for _, step := range []int{1, 7, len(requests)} {
		s := &answers{small: buildAnswer(smallBody)}
		ours, theirs := net.Pipe()
		done := make(chan struct{})
		go func() { // ends when our end is closed
			defer close(done)
			s.serveConn(theirs)
		}()
		sent := make(chan error, 1)
		go func() { // ends when all is written, or our end is closed
			for rest := requests; rest != ""; rest = rest[min(step, len(rest)):] {
				if _, err := io.WriteString(ours, rest[:min(step, len(rest))]); err != nil {
					sent <- err
					return
				}
			}
			sent <- nil
		}()
		r := bufio.NewReader(ours)
		for _, want := range []string{smallBody, "1", smallBody} {
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatalf("in steps of %d: %v", step, err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil || string(body) != want || len(resp.Header) != 8 {
				t.Errorf("in steps of %d: %q with %d header lines, %v; want %q with 8", step, body, len(resp.Header), err, want)
			}
		}
		if err := <-sent; err != nil {
			t.Error(err)
		}
		ours.Close()
		<-done
		if n := s.open.Load(); n != 0 {
			t.Errorf("%d connections are open after the end", n)
		}
	}
}

func TestServeConnRefusesEndlessHead(t *testing.T) {
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() { // ends when the head has filled its buffer
		defer close(done)
		new(answers).serveConn(theirs)
	}()
	if _, err := io.WriteString(ours, strings.Repeat("a", 8<<10)); err == nil {
		t.Error("8 KiB without an end were read")
	}
	<-done
	ours.Close()
}

// The child ends when its stdin does, and tells the truth about its connections.
func TestServer(t *testing.T) {
	srv, err := startServer(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	shut, err := fillBare(t.Context(), srv.target(small, true), 3)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := srv.connections(); n != 3 || err != nil {
		t.Errorf("connections: %d, %v; want 3", n, err)
	}
	shut()
	if err := srv.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, err := net.Dial("tcp", srv.Plain); err == nil {
		t.Error("the server is still there")
	}
}
