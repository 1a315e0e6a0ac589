package curl

import (
	"os"
	"strings"
	"testing"
)

func TestRetry(t *testing.T) {
	w := newWire(t)
	t.Chdir(t.TempDir())
	got := runIn(t, world{}, "-S", "--no-progress-meter", "--retry", "3", "--retry-delay", "0.001", "-o", "out", "-w", "%{num_retries}", w.URL()+"/flaky/2")
	text, err := os.ReadFile("out")
	if got.code != 0 || got.out != "2" || err != nil || string(text) != "at last\n" || strings.Count(got.err, "Will retry in 0.001 seconds.") != 2 {
		t.Errorf("%+v %q %v", got, text, err)
	}
	if got := runIn(t, world{}, "-sS", "--retry", "2", "--retry-delay", "0.001", "--retry-connrefused", "http://127.0.0.1:1/"); got.code != exitConnect {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		args string
		want int
	}{
		{"--retry 2 {U}/empty", 1},
		{"--retry 2 --retry-all-errors {U}/empty", 3},
		{"--retry 2 {U}/status/404", 1},
		{"--retry 2 {U}/status/429", 3},
		{"--retry 2 --retry-max-time 0.0005 {U}/status/500", 1},
		{"--retry 0 {U}/status/500", 1},
	} {
		w.Take()
		runIn(t, world{}, split(w.fill("-s --retry-delay 0.001 "+c.args))...)
		if n := len(w.Take()); n != c.want {
			t.Errorf("%s: %d requests", c.args, n)
		}
	}
}
