package cli

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"example.com/godwit/trace"
)

// Messages name flags, not the library's settings.
func TestFlagsInMessages(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, c := range []struct{ args, want string }{
		{"-F --max-redirects=1 " + bin.HTTP + "/redirect/3", "the limit is 1 (set by --max-redirects)\n"},
		{"--timeout=0.05 " + silent.Addr().String() + "/x", "timed out after 50ms (set by --timeout)\n"},
		{"--connect-timeout=0.05 --verify=no https://" + silent.Addr().String(), "timed out after 50ms (set by --connect-timeout)\n"},
		{"--max-time=0.05 " + bin.HTTP + "/delay/5", "timed out after 50ms (set by --max-time)\n"},
		{"--retry=1 --retry-delay=0.001 http://127.0.0.1:1", "(that is as often as --retry allows)"},
		{"--retry=1 --retry-delay=100 --retry-max-time=0.001 http://127.0.0.1:1", "later than --retry-max-time, 1ms, allows"},
		{"--verify=no " + bin.HTTPS + "/get", "its certificate is not verified (--verify=no)\n"},
	} {
		if got := run(t, strings.Fields(c.args)...); !strings.Contains(got.err, c.want) {
			t.Errorf("%s: want %q:\n%s", c.args, c.want, got.err)
		}
	}
}

// So does a diagnosis.
func TestFlagsInDiagnosis(t *testing.T) {
	if got := run(t, "doctor", "--verify=no", bin.HTTPS+"/get"); !strings.Contains(got.out, "--verify=no)") {
		t.Errorf("%+v", got)
	}
}

// Each phase's setting is one that the table knows, or that no flag moves; and what a server says
// is not altered.
func TestErrorText(t *testing.T) {
	for p := range trace.Phase(trace.NumPhases) {
		e := &trace.Error{Phase: p, Addr: "h:80", Limit: time.Second, Setting: p.Setting()}
		got := errorText(fmt.Errorf("GET http://h/: %w", e))
		want := " (set by " + settingFlags[p.Setting()] + ")"
		if p == trace.Blocked {
			want = "timed out after 1s"
		}
		if !strings.HasSuffix(got, want) || strings.Contains(got, "Limits") {
			t.Errorf("%v: %q", p, got)
		}
	}
	for _, text := range []string{"it says (set by Redirects)", "it says (set by Limits.Wait)", "it says (set by Timeout)"} {
		if got := errorText(&trace.Error{Phase: trace.Wait, Err: fmt.Errorf("%s", text)}); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := warningLine(trace.Warning{Text: "it says (Insecure)"}); got != "warning: it says (Insecure)" {
		t.Error(got)
	}
}
