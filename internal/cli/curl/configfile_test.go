package curl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCurlrc(t *testing.T) {
	w := newWire(t)
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte("-s\nuser-agent = \"from curlrc\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HOME": home}
	for first, want := range map[string]string{"-S": "User-Agent: from curlrc", "-qS": "User-Agent: godwit/", "--disable": "User-Agent: godwit/"} {
		got := runIn(t, world{env: env}, first, w.URL()+"/get")
		if qs := w.Take(); got.code != 0 || len(qs) != 1 || !strings.Contains(qs[0].String(), want) {
			t.Errorf("%s: %+v %v", first, got, qs)
		}
	}
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte("\n\nfrog = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := runIn(t, world{env: env}, w.URL()); got.code != exitUsage || !strings.Contains(got.err, ".curlrc:3: option --frog: is unknown") {
		t.Errorf("%+v", got)
	}
	loop := filepath.Join(home, "loop")
	if err := os.WriteFile(loop, []byte("-K "+loop+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := runIn(t, world{}, "-K", loop); got.code != exitUsage || !strings.Contains(got.err, "name each other") {
		t.Errorf("%+v", got)
	}
}
