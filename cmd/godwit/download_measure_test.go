package main

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"example.com/godwit/internal/realserver"
)

var measure = flag.Bool("measure", false, "measure downloads beside curl")

// onDisk is what godwit says of the disk.
var onDisk = regexp.MustCompile(`on the disk ([0-9.]+) s later`)

// A large download takes no longer than curl's, with a ninth to spare:
//
//	go test -v -run BesideCurl ./cmd/godwit -measure
//
// The time is that from the start of the program to its end, without what godwit then waits for
// the disk, which curl does not.
func TestDownloadBesideCurl(t *testing.T) {
	if !*measure {
		t.Skip("only with -measure: a machine that does something else as well measures nothing")
	}
	curl := realserver.Program(t, "curl")
	dir := t.TempDir()
	file := filepath.Join(dir, "served.bin")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(1 << 30); err != nil {
		t.Fatal(err)
	}
	f.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		http.ServeFile(w, r, file)
	}))
	defer s.Close()
	out := filepath.Join(dir, "out.bin")
	godwit := command(t)
	lines := []struct {
		name string
		args []string
		took []time.Duration
		disk []time.Duration
	}{
		{name: "curl", args: []string{curl, "-sS", "-o", out, s.URL}},
		{name: "godwit", args: []string{godwit, "-d", "-o", out, s.URL}},
		{name: "godwit, one part", args: []string{godwit, "-d", "--segments=1", "-o", out, s.URL}},
	}
	for range 5 {
		for i := range lines {
			_ = os.Remove(out)
			begun := time.Now()
			text, err := exec.Command(lines[i].args[0], lines[i].args[1:]...).CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v, %s", lines[i].name, err, text)
			}
			took := time.Since(begun)
			if m := onDisk.FindSubmatch(text); m != nil {
				disk, err := time.ParseDuration(string(m[1]) + "s")
				if err != nil {
					t.Fatal(err)
				}
				took -= disk
				lines[i].disk = append(lines[i].disk, disk)
			}
			lines[i].took = append(lines[i].took, took)
		}
	}
	for i := range lines {
		slices.Sort(lines[i].took)
		median := lines[i].took[2]
		t.Logf("%-17s %v, %.0f MB/s; the disk takes %v", lines[i].name, median.Round(time.Millisecond), (1<<30)/1e6/median.Seconds(), lines[i].disk)
		if i > 0 && float64(median) > float64(lines[0].took[2])/0.9 {
			t.Errorf("%s takes %v, and curl %v", lines[i].name, median, lines[0].took[2])
		}
	}
}
