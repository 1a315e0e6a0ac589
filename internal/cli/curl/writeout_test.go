package curl

import (
	"os"
	"strings"
	"testing"
)

// Variables of -w are JSON when they are asked for so.
func TestWriteOutJSON(t *testing.T) {
	w := newWire(t)
	got := runIn(t, world{}, "-s", "-o", os.DevNull, "-w", "%{json}", w.URL()+"/get")
	for _, want := range []string{`"http_code":200`, `"content_type":"text/plain"`, `"method":"GET"`, `"errormsg":null`, `"http_version":"1.1"`, `"time_total":0.`, `"curl_version":"godwit/`} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %s in %s", want, got.out)
		}
	}
	dir := t.TempDir()
	t.Chdir(dir)
	if got := runIn(t, world{}, "-s", "-o", os.DevNull, "-w", "%output{a}%{http_code}%{stdout}b%{stderr}c", w.URL()+"/get"); got.out != "b" || got.err != "c" {
		t.Errorf("%+v", got)
	}
	if text, err := os.ReadFile("a"); err != nil || string(text) != "200" {
		t.Errorf("%q %v", text, err)
	}
}
