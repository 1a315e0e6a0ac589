package curl

import (
	"bytes"
	"compress/gzip"
	"os"
	"strconv"
	"testing"
	"time"

	"example.com/godwit/internal/cli/wiretest"
)

// The body waits for the rate, and not for longer.
func TestLimitRate(t *testing.T) {
	w := newWire(t)
	began := time.Now()
	if got := runIn(t, world{}, "-s", "--limit-rate", "50", w.URL()+"/norange"); got.code != 0 || got.out != "0123456789" {
		t.Errorf("%+v", got)
	}
	if took := time.Since(began); took < 150*time.Millisecond || took > 10*time.Second {
		t.Errorf("ten bytes at 50 a second took %v", took)
	}
}

// A body that inflates without measure is given up, whatever --compressed asked for.
func TestBomb(t *testing.T) {
	w := newWire(t)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 100 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	w.Answers = map[string]string{"/bomb": wiretest.Response(200, "Content-Encoding: gzip\r\n", b.String())}
	got := runIn(t, world{}, "-sS", "--compressed", "-o", os.DevNull, w.URL()+"/bomb")
	if got.code != exitCoding {
		t.Errorf("%d %s", got.code, got.err)
	}
	if got := runIn(t, world{}, "-sS", "-o", os.DevNull, "-w", "%{size_download}", w.URL()+"/bomb"); got.code != 0 || got.out != strconv.Itoa(b.Len()) {
		t.Errorf("as it comes: %d %s %s", got.code, got.out, got.err)
	}
}
