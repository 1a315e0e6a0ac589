package godwit

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A badFile fails at one of its steps: the disk is full, or gone.
type badFile struct {
	newFile
	at string
}

var errDisk = &os.PathError{Op: "write", Path: "/x", Err: syscall.ENOSPC}

func (f *badFile) Write(p []byte) (int, error) {
	if f.at == "write" {
		n, _ := f.newFile.Write(p[:len(p)/2])
		return n, errDisk
	}
	return f.newFile.Write(p)
}

func (f *badFile) Chmod(mode os.FileMode) error {
	if f.at == "chmod" {
		return errDisk
	}
	return f.newFile.Chmod(mode)
}

func (f *badFile) Sync() error {
	if f.at == "sync" {
		return errDisk
	}
	return f.newFile.Sync()
}

func (f *badFile) Close() error {
	err := f.newFile.Close()
	if f.at == "close" {
		return errDisk
	}
	return err
}

// Whatever fails, the old file is as it was, and no other file is there.
func TestSaveToDiskFull(t *testing.T) {
	for _, at := range []string{"create", "write", "chmod", "sync", "close"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "f")
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		st, _ := streaming(t, strings.NewReader("new content"))
		_, err := st.save(path, func(dir string) (newFile, error) {
			if at == "create" {
				return nil, errDisk
			}
			f, err := os.CreateTemp(dir, "x")
			return &badFile{f, at}, err
		})
		st.Close()
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", at, err)
		}
		got, _ := os.ReadFile(path)
		if files, _ := os.ReadDir(dir); string(got) != "old" || len(files) != 1 {
			t.Errorf("%s: %q, %v", at, got, files)
		}
	}
}

// A body that is not as long as was announced is not saved, though a transport lets it pass.
func TestSaveToLength(t *testing.T) {
	for _, c := range []struct {
		method    string
		announced int64
		ok        bool
	}{{"GET", 10, true}, {"GET", -1, true}, {"GET", 11, false}, {"GET", 9, false}, {"GET", 0, false}, {"HEAD", 99, true}} {
		body := "0123456789"
		if c.method == "HEAD" {
			body = ""
		}
		s := &Session{Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: c.announced}, nil
		})}
		st, err := s.Stream(t.Context(), c.method, "http://h/")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "f")
		io.ReadFull(st.Body, make([]byte, 3))
		n, err := st.SaveTo(path)
		if (err == nil) != c.ok || !c.ok && (!errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, ErrProtocol)) {
			t.Errorf("%s, announced as %d: %d, %v", c.method, c.announced, n, err)
		}
		if got, err := os.ReadFile(path); (err == nil) != c.ok || c.ok && body != "" && string(got) != "3456789" {
			t.Errorf("%s, announced as %d: %q, %v", c.method, c.announced, got, err)
		}
	}
}

// Two that save to one name do not mix: it has the one or the other.
func TestSaveToTogether(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	var wg sync.WaitGroup
	for i := range 8 {
		st, _ := streaming(t, strings.NewReader(strings.Repeat(string(rune('a'+i)), 100_000)))
		wg.Go(func() { // waited for below
			if _, err := st.SaveTo(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := os.ReadFile(path)
	if files, _ := os.ReadDir(dir); err != nil || len(got) != 100_000 || strings.Count(string(got), string(got[:1])) != len(got) || len(files) != 1 {
		t.Errorf("%d bytes, %v, %v", len(got), err, files)
	}
}

// peakHeap runs f and returns by how much the heap has grown meanwhile, as far as a look
// every millisecond shows.
func peakHeap(f func()) int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, peak := m.HeapAlloc, m.HeapAlloc
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() { // ends with f
		defer close(stopped)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			case <-done:
				return
			}
		}
	}()
	f()
	close(done)
	<-stopped
	return int64(peak - before)
}

const maxSaveHeap = 8 << 20

// A file is saved in little memory, however long it is.
func TestSaveToMemory(t *testing.T) {
	const size = 64 << 20
	path := filepath.Join(t.TempDir(), "f")
	st, _ := streaming(t, zeros(size))
	grown := peakHeap(func() {
		if n, err := st.SaveTo(path); n != size || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
	if grown > maxSaveHeap {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
}

func BenchmarkSaveTo(b *testing.B) {
	const size = 1 << 30
	path := filepath.Join(b.TempDir(), "f")
	b.SetBytes(size)
	var grown int64
	for b.Loop() {
		s := &Session{Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(zeros(size)), ContentLength: size}, nil
		})}
		st, err := s.Stream(b.Context(), "GET", "http://h/")
		if err != nil {
			b.Fatal(err)
		}
		grown = max(grown, peakHeap(func() {
			if _, err := st.SaveTo(path); err != nil {
				b.Fatal(err)
			}
		}))
	}
	b.ReportMetric(float64(grown)/(1<<20), "MiB-heap")
	if grown > maxSaveHeap {
		b.Errorf("the heap has grown by %d bytes", grown)
	}
}
