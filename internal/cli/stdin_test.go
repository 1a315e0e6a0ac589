package cli

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

func TestStdinBody(t *testing.T) {
	url := bin.HTTP + "/anything"
	for _, c := range []struct {
		name, in string
		args     []string
		want     []string
	}{
		{"body makes a POST", `{"a": 1}`, []string{url}, []string{`"method": "POST"`, `"data": "{\"a\": 1}"`, `"application/json"`}},
		{"named method", "[1]", []string{"PUT", url}, []string{`"method": "PUT"`, `"data": "[1]"`}},
		{"form", "a=b", []string{"--form", "POST", url}, []string{`"application/x-www-form-urlencoded; charset=utf-8"`}},
		{"own type", "x", []string{"POST", url, "Content-Type:text/x-mine"}, []string{`"text/x-mine"`}},
		{"empty", "", []string{url}, []string{`"method": "GET"`, `"data": ""`}},
		{"ignored", "x", []string{"--ignore-stdin", url}, []string{`"method": "GET"`, `"data": ""`}},
		{"not for GET", "x", []string{"GET", url}, []string{`"method": "GET"`, `"data": ""`}},
		{"empty, and fields", "", []string{url, "a=b"}, []string{`"method": "POST"`, `"data": "{\"a\": \"b\"}"`}},
		{"ignored, and fields", "x", []string{"--ignore-stdin", url, "a=b"}, []string{`"data": "{\"a\": \"b\"}"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "in")
			if err := os.WriteFile(file, []byte(c.in), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for how, in := range map[string]io.Reader{"pipe": iotest.OneByteReader(strings.NewReader(c.in)), "file": f} {
				got := runEnv(t, Env{Stdin: in}, c.args...)
				if got.code != ExitOK || got.err != "" {
					t.Fatalf("%s: %+v", how, got)
				}
				for _, token := range c.want {
					if !strings.Contains(got.out, token) {
						t.Errorf("%s: no %s in\n%s", how, token, got.out)
					}
				}
			}
		})
	}
}

func TestStdinAndFields(t *testing.T) {
	got := runEnv(t, Env{Stdin: strings.NewReader("x")}, "http://127.0.0.1:1", "a=b")
	if got.code != ExitUsage || !strings.Contains(got.err, "--ignore-stdin") {
		t.Errorf("%+v", got)
	}
	got = runEnv(t, Env{Stdin: iotest.ErrReader(io.ErrNoProgress)}, "POST", "http://127.0.0.1:1")
	if got.code != ExitError || !strings.Contains(got.err, io.ErrNoProgress.Error()) {
		t.Errorf("a broken standard input: %+v", got)
	}
	got = runEnv(t, Env{Stdin: iotest.ErrReader(os.ErrClosed)}, "--max-time=5", bin.HTTP+"/get")
	if got.code != ExitOK {
		t.Errorf("a closed standard input: %+v", got)
	}
}

// Whoever waits for a pipe in which nothing comes is told so, and can stop waiting.
func TestStdinSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		defer w.Close()
		var errs lockedBuffer
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := stdinBody(ctx, &Env{Stdin: r, Stderr: &errs}, typeJSON)
			done <- err
		}()
		time.Sleep(stdinWarning - time.Nanosecond) // the bubble's time
		synctest.Wait()
		if errs.String() != "" {
			t.Errorf("too early: %s", errs.String())
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if !strings.Contains(errs.String(), "waiting for a body on the standard input") {
			t.Errorf("no word after %v: %q", stdinWarning, errs.String())
		}
		cancel()
		if err := <-done; err != context.Canceled {
			t.Errorf("%v", err)
		}
	})
}

// A pipe in which nothing comes does not hold up a request that has a body.
func TestStdinSilentAndFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		defer w.Close()
		var errs lockedBuffer
		start := time.Now()
		if err := refuseStdin(t.Context(), &Env{Stdin: r, Stderr: &errs}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != stdinGrace || !strings.Contains(errs.String(), "left alone") {
			t.Errorf("after %v: %q", took, errs.String())
		}
	})
}

// With --chunked what is in a pipe is sent as it comes; and an answer, or Ctrl-C, ends it although
// more may come.
func TestStdinLive(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, interrupt := range []bool{false, true} {
		r, w := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan int, 1)
		var out, errs lockedBuffer
		go func() {
			done <- Run(ctx, Env{Stdin: r, Stdout: &out, Stderr: &errs}, []string{"--chunked", "http://" + l.Addr().String()})
		}()
		_, _ = io.WriteString(w, "first")
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		in := bufio.NewReader(c)
		for _, want := range []string{"5\r\nfirst\r\n", "6\r\nsecond\r\n"} {
			got := ""
			for !strings.HasSuffix(got, want) {
				b, err := in.ReadByte()
				if err != nil {
					t.Fatalf("%q: %v", got, err)
				}
				got += string(b)
			}
			if want[0] == '5' {
				_, _ = io.WriteString(w, "second")
			}
		}
		want := ExitOK
		if interrupt {
			want = ExitInterrupted
			cancel()
		} else {
			_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 6\r\n\r\nenough")
		}
		if code := <-done; ExitCode(code) != want || !interrupt && out.String() != "enough" {
			t.Errorf("code %d, %q, %q", code, out.String(), errs.String())
		}
		_ = c.Close()
		_ = w.Close()
		cancel()
	}
}

// Ctrl-C ends the wait in the middle of a body too.
func TestStdinInterrupted(t *testing.T) {
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() { done <- Run(ctx, Env{Stdin: r}, []string{"POST", "http://127.0.0.1:1"}) }()
	if _, err := io.WriteString(w, "the beginning"); err != nil {
		t.Fatal(err)
	}
	cancel()
	if code := <-done; ExitCode(code) != ExitInterrupted {
		t.Errorf("code %d", code)
	}
	_ = w.Close()
}

// What is too much to be held is sent as it comes.
func TestStdinLarge(t *testing.T) {
	in := io.LimitReader(zeros{}, maxStdinHeld+100_000)
	opt, err := stdinBody(t.Context(), &Env{Stdin: in}, typeJSON)
	if err != nil {
		t.Fatal(err)
	}
	if size := bodySize(t, opt); size != -1 {
		t.Errorf("a size of %d", size)
	}
	opt, err = stdinBody(t.Context(), &Env{Stdin: strings.NewReader("abc")}, typeJSON)
	if err != nil {
		t.Fatal(err)
	}
	if size := bodySize(t, opt); size != 3 {
		t.Errorf("a size of %d, not 3", size)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
