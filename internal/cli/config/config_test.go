package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const example = `# settings
follow = true
timeout = 2.5
retry = 1_000
"pretty" = 'all'
resolve = ["a:80:127.0.0.1", # one
  "b:80:127.0.0.1",
]

[headers]
Accept-Language = "de"

[host."api.example.com"]
auth = "@env:LOGIN"
headers.X-A = "1"

[host."*.example.com".headers]
X-B = ["1", "2"]

[host."b.example"]
verify = "no"
headers = {X-C = ""}
`

func TestParse(t *testing.T) {
	want := []Section{
		{"", 2, []Setting{
			{"follow", "", []string{"true"}, true, 2},
			{"timeout", "", []string{"2.5"}, false, 3},
			{"retry", "", []string{"1000"}, false, 4},
			{"pretty", "", []string{"all"}, false, 5},
			{"resolve", "", []string{"a:80:127.0.0.1", "b:80:127.0.0.1"}, false, 6},
			{"headers", "Accept-Language", []string{"de"}, false, 11},
		}},
		{"api.example.com", 13, []Setting{
			{"auth", "", []string{"@env:LOGIN"}, false, 14},
			{"headers", "X-A", []string{"1"}, false, 15},
		}},
		{"*.example.com", 18, []Setting{{"headers", "X-B", []string{"1", "2"}, false, 18}}},
		{"b.example", 20, []Setting{{"verify", "", []string{"no"}, false, 21}, {"headers", "X-C", []string{""}, false, 22}}},
	}
	for name, text := range map[string]string{
		"plain":     example,
		"crlf":      strings.ReplaceAll(example, "\n", "\r\n"),
		"with mark": "\xef\xbb\xbf" + example,
	} {
		got, err := Parse([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\n%+v, want\n%+v", name, err, got, want)
		}
	}
	for _, text := range []string{"", "\n\n", "# nothing", "[headers]", "[host.a]"} {
		if got, err := Parse([]byte(text)); err != nil || len(got) > 1 {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a":                             "line 1: it is not TOML: ",
		"\na = s3cret":                  "line 2: it is not TOML: ",
		"a = \"s3cret":                  "line 1: it is not TOML: ",
		"\n\n[a":                        "line 3: it is not TOML: ",
		"a = 1\na = 2":                  `line 2: "a" was said in line 1 already`,
		"[host.a]\nb = 1\n[host.a]":     `line 3: "host.a" was said in line 1 already`,
		"host.a.b = 1\n[host.a]\nb = 2": `line 3: "host.a.b" was said in line 1 already`,
		"[headers]\nA = 1\n[headers]":   `line 3: "headers" was said in line 1 already`,
		"[other]":                       `line 1: there is no table "other"`,
		"[host.a.b]":                    `line 1: there is no table "host.a.b"`,
		"[host.a.headers.b]":            `line 1: there is no table`,
		"[host]":                        `line 1: there is no table "host"`,
		"\n[[host]]":                    "line 2: there is no list of tables",
		"[host.'']":                     "line 1: the host is empty",
		"[host.''.headers]":             "line 1: the host is empty",
		"host.''.a = 1":                 "line 1: the host is empty",
		"host = 1":                      "line 1: host needs a name and a setting",
		"host.a = 1":                    "line 1: host needs a name and a setting",
		"headers = 1":                   "line 1: headers needs names",
		"host.a = {headers = 1}":        "line 1: headers needs names",
		"a.b = 1":                       `line 1: there is no setting "a.b"`,
		"a = {b = 1}":                   `line 1: there is no setting "a.b"`,
		"headers.a.b = 1":               `line 1: there is no setting "headers.a.b"`,
		"a = 2026-01-01":                "line 1: a is neither a string nor a number",
		"a = []":                        "line 1: a is an empty list",
		"a = [[1]]":                     "line 1: a is a list of something else",
		"a = [{b = 1}]":                 "line 1: a is a list of something else",
		"a = '\xff'":                    "line 1: the file is not UTF-8",
		"\x00":                          "line 1: it is not TOML: ",
		"a = [" + strings.Repeat("1,", maxList) + "1]": "line 1: a has more than 1000 values",
		many(): "line 10001: there are more than 10000 settings",
	} {
		got, err := Parse([]byte(text))
		if _, ok := errors.AsType[*Error](err); !ok || !strings.Contains(err.Error(), want) || got != nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%.100q: %+v, %v; want %s", text, got, err, want)
		}
	}
}

func many() string {
	var b strings.Builder
	for i := range maxSettings + 1 {
		fmt.Fprintf(&b, "headers.a%d = 1\n", i)
	}
	return b.String()
}

// Whatever is in the file: settings have a name, values and a line of the file, and nothing is
// said twice.
func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	for _, s := range []string{"a = 1", "[host.\"a\"]\nb = [1, 2]", "a = '''\n\n'''", "a.b = {c = 1}", "[[a]]", "a=[\n#x\n1]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		sections, err := Parse(text)
		if err != nil {
			if e, ok := errors.AsType[*Error](err); !ok || e.Line < 1 || sections != nil {
				t.Fatalf("%v, %v", err, sections)
			}
			return
		}
		lines := 1 + strings.Count(string(text), "\n")
		seen := map[string]bool{}
		for _, section := range sections {
			for _, s := range section.Settings {
				key := fmt.Sprintf("%q %q %q", section.Host, s.Name, s.Field)
				if len(s.Texts) == 0 || s.Line < 1 || s.Line > lines || seen[key] || s.Field != "" && s.Name != "headers" {
					t.Fatalf("%+v of %+v", s, section)
				}
				seen[key] = true
			}
		}
	})
}
