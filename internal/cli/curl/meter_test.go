package curl

import (
	"strings"
	"testing"
)

// The meter says where errors go how far it is, and is silent when it should be.
func TestMeter(t *testing.T) {
	w := newWire(t)
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		args string
		want string
	}{
		{"-o f {U}/norange", "100    10  100    10"},
		{"{U}/norange", "  % Total    % Received"},
		{"-# -o f {U}/norange", "100.0%"},
		{"-s -o f {U}/norange", ""},
		{"--no-progress-meter -o f {U}/norange", ""},
	} {
		got := runIn(t, world{}, split(w.fill(c.args))...)
		if got.code != 0 || !strings.Contains(got.err, c.want) || c.want == "" && got.err != "" {
			t.Errorf("%s: %q", c.args, got.err)
		}
	}
}
