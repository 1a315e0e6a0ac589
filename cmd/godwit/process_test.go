package main

// What only a process of its own can show: signals, and pipes that nobody reads any more.

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// A pipe that closes ends the run quietly, with the code for output, whatever is being printed.
func TestClosedPipe(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("[" + strings.Repeat("1,", 1<<20) + "1]"))
	}))
	t.Cleanup(s.Close)
	if runtime.GOOS == "windows" {
		t.Skip("pipes close in another way there")
	}
	for _, args := range []string{s.URL, "-v " + s.URL, "--pretty=all " + s.URL, "--help", "version", "doctor " + s.URL, "completion bash"} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), command(t), strings.Fields(args)...)
		var errs strings.Builder
		cmd.Stdout, cmd.Stderr = w, &errs
		_ = r.Close()
		err = cmd.Run()
		_ = w.Close()
		if code := cmd.ProcessState.ExitCode(); code != 16 || errs.Len() > 0 {
			t.Errorf("godwit %s: %v, %s", args, err, errs.String())
		}
	}
}

// What cannot be written is said, if somebody is there to hear it.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full")
	}
	defer full.Close()
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	for _, args := range []string{s.URL, "--help", "-v " + s.URL} {
		cmd := exec.CommandContext(t.Context(), command(t), strings.Fields(args)...)
		var errs strings.Builder
		cmd.Stdout, cmd.Stderr = full, &errs
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != 16 || !strings.Contains(errs.String(), "no space left") || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("godwit %s: %d, %s", args, code, errs.String())
		}
	}
}

// SIGINT, SIGTERM and SIGHUP end a run at once and without a word, with 130.
func TestSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals to send")
	}
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(sig) {
			continue // and so it is for whoever is started from here
		}
		asked := make(chan struct{})
		s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			close(asked)
			<-r.Context().Done()
		}))
		cmd := exec.CommandContext(t.Context(), command(t), s.URL)
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-asked
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		s.Close()
		if code := cmd.ProcessState.ExitCode(); code != 130 || out.Len() > 0 {
			t.Errorf("%v: %d, %s", sig, code, out.String())
		}
	}
}
