package term

import (
	"reflect"
	"regexp"
	"runtime"
	"testing"
)

func TestTheme(t *testing.T) {
	vars := func(name, colorterm string) func(string) string {
		return func(k string) string { return map[string]string{"TERM": name, "COLORTERM": colorterm}[k] }
	}
	for _, c := range []struct {
		name   string
		getenv func(string) string
		want   *Palette
	}{
		{"auto", vars("xterm-256color", ""), &Colors},
		{"", vars("xterm-256color", ""), &Colors},
		{"dark", vars("xterm-256color", ""), &dark},
		{"dark", vars("xterm", "truecolor"), &dark},
		{"light", vars("xterm-kitty", ""), &light},
		{"dark", vars("xterm", ""), &Colors},
		{"light", vars("linux", ""), &Colors},
		{"mono", vars("vt100", ""), &mono},
		{"none", vars("xterm-256color", ""), nil},
	} {
		if got := Theme(c.name, c.getenv); got != c.want {
			t.Errorf("%q on TERM=%s COLORTERM=%s is %+v", c.name, c.getenv("TERM"), c.getenv("COLORTERM"), got)
		}
	}
	if got := rich(vars("", "")); got != (runtime.GOOS == "windows") {
		t.Errorf("without TERM: %v", got)
	}
}

// Each part of each theme is an SGR sequence and nothing else, or nothing.
func TestThemesAreSGR(t *testing.T) {
	sgr := regexp.MustCompile(`^(\x1b\[[0-9;]+m)?$`)
	for _, theme := range themes {
		if theme.palette == nil {
			continue
		}
		v := reflect.ValueOf(*theme.palette)
		for i := range v.NumField() {
			parts := v.Field(i)
			if parts.Kind() != reflect.Array {
				if !sgr.MatchString(parts.String()) {
					t.Errorf("%s: %s is %q", theme.name, v.Type().Field(i).Name, parts.String())
				}
				continue
			}
			for k := range parts.Len() {
				if !sgr.MatchString(parts.Index(k).String()) {
					t.Errorf("%s: %s[%d] is %q", theme.name, v.Type().Field(i).Name, k, parts.Index(k).String())
				}
			}
		}
	}
}

func TestStyle(t *testing.T) {
	if got := Red.Of("x") + Red.Of("") + Plain.Of("y"); got != "\x1b[31mx\x1b[0my" {
		t.Errorf("%q", got)
	}
	for status, want := range map[int]Style{100: Cyan, 204: Green, 302: Yellow, 404: Red, 599: Red, 0: Plain, 42: Plain, 999: Plain} {
		if got := Colors.OfStatus(status); got != want {
			t.Errorf("%d: %q", status, got)
		}
	}
}
