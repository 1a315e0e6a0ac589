//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// large serves a file of n bytes that are made up on the way.
func large(t *testing.T, n int64) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(zigzag{}, 0, n))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// zigzag is content of which each byte says where it is, near enough.
type zigzag struct{}

func (zigzag) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		at := off + int64(i)
		p[i] = byte(at ^ at>>8 ^ at>>16)
	}
	return len(p), nil
}

// A download takes 32 MiB of memory at most, however large the file is.
func TestDownloadMemory(t *testing.T) {
	const size = 256 << 20
	url := large(t, size) + "/file.bin"
	for _, segments := range []string{"1", "8"} {
		dir := t.TempDir()
		cmd := exec.Command(command(t), "-d", "--segments="+segments, url)
		cmd.Dir = dir
		peak := peakOf(t, cmd)
		t.Logf("%s at a time: %d MiB", segments, peak>>10)
		if peak > 32<<10 {
			t.Errorf("%s at a time: %d MiB", segments, peak>>10)
		}
		f, err := os.Open(filepath.Join(dir, "file.bin"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, f, size)
		f.Close()
	}
}

// peakOf runs a command and returns how much memory it has had at most, in KiB. Where there is
// /proc that is looked at while it runs: for the kernel a new process begins with what the one had
// that started it, and a test under the race detector has much.
func peakOf(t *testing.T, cmd *exec.Cmd) (peak int64) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	status := fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)
	exe := fmt.Sprintf("/proc/%d/exe", cmd.Process.Pid)
	for every := time.NewTicker(2 * time.Millisecond); ; {
		select {
		case <-every.C:
			if path, err := os.Readlink(exe); err != nil || path != cmd.Path {
				continue // it is still us
			}
			text, _ := os.ReadFile(status)
			if _, hwm, ok := strings.Cut(string(text), "\nVmHWM:"); ok {
				var n int64
				if _, err := fmt.Sscan(hwm, &n); err == nil {
					peak = max(peak, n)
				}
			}
		case err := <-over:
			every.Stop()
			if err != nil {
				t.Fatalf("%v, %s", err, out.Bytes())
			}
			if peak == 0 {
				peak = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
			}
			if runtime.GOOS == "darwin" {
				peak /= 1 << 10
			}
			return peak
		}
	}
}

// same fails unless r is the file that large serves.
func same(t *testing.T, r io.Reader, size int64) {
	t.Helper()
	got, want := make([]byte, 1<<20), make([]byte, 1<<20)
	for at := int64(0); at < size; at += int64(len(got)) {
		_, _ = zigzag{}.ReadAt(want, at)
		if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("it is another after %d bytes, %v", at, err)
		}
	}
}

// When the disk is full that is said, what has come is kept, and the next run goes on.
func TestDiskFull(t *testing.T) {
	const size = 8 << 20
	url := large(t, size) + "/file.bin"
	dir := t.TempDir()
	// A limit to the size of a file is the disk that anybody can fill.
	cmd := exec.Command("sh", "-c", `ulimit -f 4096; exec "$0" -d "$1"`, command(t), url)
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 16 || !strings.Contains(string(out), "\ngodwit: file.bin: ") || !strings.HasPrefix(string(out), "Kept ") || strings.Count(string(out), "\n") != 2 {
		t.Errorf("%v, %q", cmd.ProcessState, out)
	}
	if entries, err := os.ReadDir(dir); err != nil || fmt.Sprint(entries) != "[- file.bin.part - file.bin.part.state]" {
		t.Errorf("%v, %v", entries, err)
	}
	cmd = exec.Command(command(t), "-d", url)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), " of 8.4 MB in ") {
		t.Errorf("%v, %s", err, out)
	}
	f, err := os.Open(filepath.Join(dir, "file.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	same(t, f, size)
}

// A kill leaves no file under its name, and what the next run makes is whole.
func TestDownloadKilled(t *testing.T) {
	const size = 64 << 20
	url := large(t, size) + "/file.bin"
	dir := t.TempDir()
	for range 3 {
		cmd := exec.Command(command(t), "-d", "--limit-rate=50M", url)
		cmd.Dir = dir
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for { // until there is something to kill
			if info, err := os.Stat(filepath.Join(dir, "file.bin.part")); err == nil && info.Size() > 0 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if _, err := os.Stat(filepath.Join(dir, "file.bin")); err == nil {
			t.Fatal("there is a file that is not whole")
		}
	}
	cmd := exec.Command(command(t), "-d", url)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v, %s", err, out)
	}
	f, err := os.Open(filepath.Join(dir, "file.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	same(t, f, size)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// Two at once do not mix: one is told that the other is there, or each has a file of its own.
func TestTwoDownloads(t *testing.T) {
	const size = 16 << 20
	url := large(t, size) + "/file.bin"
	dir := t.TempDir()
	path := filepath.Join(dir, "file.bin")
	var cmds [4]*exec.Cmd
	var outs [4]bytes.Buffer
	for i := range cmds {
		cmds[i] = exec.Command(command(t), "-d", "-o", path, url)
		cmds[i].Stderr = &outs[i]
		if err := cmds[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	whole := 0
	for i, cmd := range cmds {
		switch _ = cmd.Wait(); cmd.ProcessState.ExitCode() {
		case 0:
			whole++
		case 16:
			if !strings.Contains(outs[i].String(), "another process is downloading to it") {
				t.Errorf("%s", outs[i].String())
			}
		default:
			t.Errorf("%v, %s", cmd.ProcessState, outs[i].String())
		}
	}
	if whole == 0 {
		t.Error("none has made it")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	same(t, f, size)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}
