package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/internal/cli/download"
)

func TestBarLine(t *testing.T) {
	half := download.Sight{Name: "file.bin", Done: 50e6, Total: 100e6, Phase: download.Fetching}
	for _, c := range []struct {
		s     download.Sight
		rate  float64
		width int
		want  string
	}{
		{half, 10e6, 80, "file.bin  [==========>         ]   50%  50.0 MB of 100 MB  10.0 MB/s  0:05 left"},
		{half, 0, 60, "file.bin  [===========>          ]   50%  50.0 MB of 100 MB"},
		{half, 10e6, 60, "file.bin       50%  50.0 MB of 100 MB  10.0 MB/s  0:05 left"},
		{half, 10e6, 30, " 50%  50.0 MB …B/s  0:05 left"},
		{half, 10e6, 1, ""},
		{download.Sight{Name: "a", Phase: download.Waiting, Total: -1}, 0, 40, "a                waiting for the answer"},
		{download.Sight{Name: "a", Phase: download.Verifying}, 0, 40, "a                verifying the checksum"},
		{download.Sight{Name: "a", Phase: download.Settling}, 0, 40, "a                putting it on the disk"},
		{download.Sight{Name: "a", Phase: download.Fetching, Done: 1234, Total: -1}, 100, 40, "a                       1.2 kB  100 B/s"},
		{download.Sight{Name: "a\x1b[2J\u202eb", Phase: download.Waiting}, 0, 60, `a\x1b[2J\u202eb                      waiting for the answer`},
		{download.Sight{Name: "日本語日本語", Phase: download.Waiting}, 0, 34, "日本…本語  waiting for the answer"},
	} {
		got := barLine(&c.s, c.rate, c.width)
		if got != c.want || columnsOf(got) >= max(c.width, 1) && got != "" {
			t.Errorf("%+v, %v, %d:\n%q (%d columns), want\n%q", c.s, c.rate, c.width, got, columnsOf(got), c.want)
		}
	}
	// Whatever the numbers are, the line fits.
	for width := range 120 {
		for _, done := range []int64{0, 1, 999, 1 << 20, 1 << 50, 1 << 62} {
			for _, total := range []int64{-1, 0, 1, 1 << 30, 1 << 62} {
				s := download.Sight{Name: strings.Repeat("ñ漢x", 30), Done: done, Total: total, Phase: download.Fetching}
				if got := barLine(&s, float64(done)/7, width); columnsOf(got) >= width && got != "" {
					t.Fatalf("%d columns of %d: %q", columnsOf(got), width, got)
				}
			}
		}
	}
}

func TestTexts(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 99_949: "99.9 kB", 99_950: "100 kB", 999_499: "999 kB", 999_500: "1.0 MB", 1 << 30: "1.1 GB", 1 << 62: "4612 PB"} {
		if got := byteText(n); got != want {
			t.Errorf("byteText(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0.00 s", 1234 * time.Millisecond: "1.23 s", 12345 * time.Millisecond: "12.3 s", 100 * time.Second: "1:40", 2 * time.Hour: "2:00:00", 200 * time.Hour: "8 days"} {
		if got := durationText(d); got != want {
			t.Errorf("durationText(%v) = %q, want %q", d, got, want)
		}
	}
	if got := rateText(1000, 0); got != "at once" {
		t.Error(got)
	}
}

// A steadyBody yields so many bytes a second.
type steadyBody struct{ left, rate int }

func (b *steadyBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	time.Sleep(40 * time.Millisecond)
	n := min(len(p), b.left, b.rate/25)
	b.left -= n
	return n, nil
}

func (*steadyBody) Close() error { return nil }

// steady downloads 10 MB at 1 MB a second, in the bubble's time.
func steady(t *testing.T, p *progress) {
	t.Helper()
	job := &download.Job{URL: "http://a/file.bin", Dir: t.TempDir(), Watch: new(download.Watch)}
	job.Open = func(context.Context, map[string]string) (*http.Response, error) {
		return &http.Response{StatusCode: 200, ContentLength: 10e6, Header: http.Header{}, Body: &steadyBody{10e6, 1e6}}, nil
	}
	defer p.watch(job.Watch, job.URL)()
	if _, err := download.Run(t.Context(), job); err != nil {
		t.Error(err)
	}
}

// On a terminal the bar is drawn at most ten times a second, and is gone at the end.
func TestBars(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := newProgress(&Env{Stderr: &out, StderrTTY: true, Getenv: func(string) string { return "" }}, false)
		steady(t, p)
		note(p.env.Stderr, "in between")
		p.stop()
		p.stop()
		p.tell("Done. \x1b")
		text := out.String()
		draws := strings.Count(text, "of 10.0 MB")
		if draws < 90 || draws > 100 {
			t.Errorf("%d draws", draws)
		}
		if !strings.Contains(text, "\rfile.bin  [====") || !regexp.MustCompile(` (49|5\d)%  [45]\.\d MB of 10\.0 MB  (1\.0 M|9\d\d k)B/s  0:05 left\x1b\[K`).MatchString(text) {
			t.Errorf("%.2000q", text)
		}
		if !strings.HasSuffix(text, "\r\x1b[Jgodwit: in between\nDone. \\x1b\n") {
			t.Errorf("%q", text[len(text)-100:])
		}
	})
}

// Of several downloads each has a bar, in the same place each time.
func TestSeveralBars(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := newProgress(&Env{Stderr: &out, StderrTTY: true, Getenv: func(string) string { return "" }}, false)
		p.expect(2)
		done := make(chan bool)
		go func() { steady(t, p); done <- true }()
		steady(t, p)
		<-done
		p.finished("Done. one")
		p.stop()
		text := out.String()
		if !strings.Contains(text, "\x1b[K\n0 of 2 files\x1b[K\r\x1b[2Afile.bin") || !regexp.MustCompile(`\r(\x1b\[\dA)?\x1b\[JDone\. one\n$`).MatchString(text) {
			t.Errorf("%.600q … %q", text, text[len(text)-100:])
		}
	})
}

// Elsewhere there is a line now and then, and with --quiet none.
func TestPlainProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		env := &Env{Stderr: &out, Getenv: func(string) string { return "" }}
		p := newProgress(env, false)
		time.Sleep(2 * time.Second)
		steady(t, p)
		p.stop()
		if got := out.String(); !regexp.MustCompile(`^file\.bin: (79|80)% \d\.\d MB of 10\.0 MB (1\.0 M|9\d\d k)B/s 0:02 left\n$`).MatchString(got) {
			t.Errorf("%q", got)
		}
		out.Reset()
		p = newProgress(env, true)
		steady(t, p)
		p.tell("Done.")
		p.stop()
		if out.Len() > 0 {
			t.Errorf("%q", out.String())
		}
	})
}
