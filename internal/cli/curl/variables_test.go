package curl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVariables(t *testing.T) {
	w := newWire(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(" a \"b\" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		"{{plain}}":             "text",
		"-{{plain}}-{{plain}}-": "-text-text-",
		"{{none}}x":             "x",
		"{{env}}":               "of the environment",
		"{{unset}}":             "default",
		"{{file:trim:json}}":    `a \"b\"`,
		"{{file:trim:url}}":     "a%20%22b%22",
		"{{plain:b64}}":         "dGV4dA==",
		"{{plain:b64:64dec}}":   "text",
		"{{env:64dec}}":         "[64dec-fail]",
		`\{{plain}}`:            "{{plain}}",
		"{{no name}} {{plain}}": "{{no name}} text",
		"{{plain":               "{{plain",
		"{{{plain}}}":           "{{{plain}}}",
	} {
		w.Take()
		got := runIn(t, world{env: map[string]string{"env": "of the environment"}}, "-sS", "--variable", "plain=text", "--variable", "%env", "--variable", "%unset=default", "--variable", "file@"+file,
			"--expand-data-raw", value, w.URL()+"/post")
		if qs := w.Take(); got.code != 0 || len(qs) != 1 || qs[0].Body != want {
			t.Errorf("%s: %+v %v, want %s", value, got, qs, want)
		}
	}
	if got := runIn(t, world{}, "--variable", "a=1", "--expand-data", "{{a:frog}}", w.URL()); got.code != exitUsage || !strings.Contains(got.err, `no function "frog"`) {
		t.Errorf("%+v", got)
	}
}
