package sessions

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// Sessions as HTTPie 3.2 and its older versions write them.
func TestHTTPie(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	want := Known{[]Field{{Name: "X-Data", Value: "v"}}, &Credential{Type: "basic", Text: "mona:s3cret"}}
	for name, text := range map[string]string{
		"new": `{
    "__meta__": {"about": "HTTPie session file", "help": "https://httpie.io/docs#sessions", "httpie": "3.2.4"},
    "auth": {"raw_auth": "mona:s3cret", "type": "basic"},
    "cookies": [
        {"domain": null, "expires": null, "name": "a", "path": "/", "secure": false, "value": "1"},
        {"domain": "", "expires": 4102444800, "name": "b", "path": "/", "secure": true, "value": "2"},
        {"domain": "third.example", "expires": null, "name": "t", "path": "/", "secure": false, "value": "3"},
        {"domain": ".example.com", "expires": null, "name": "d", "path": "/", "secure": false, "value": "4"},
        {"domain": "localhost.local", "expires": null, "name": "l", "path": "/", "secure": false, "value": "5"},
        {"domain": "", "expires": 1, "name": "gone", "path": "/", "secure": true, "value": "2"}
    ],
    "headers": [{"name": "X-Data", "value": "v"}]
}`,
		"old": `{
    "__meta__": {"about": "HTTPie session file", "help": "https://httpie.io/doc#sessions", "httpie": "2.0.0"},
    "auth": {"password": "s3cret", "type": "basic", "username": "mona"},
    "cookies": {
        "a": {"expires": null, "path": "/", "secure": false, "value": "1"},
        "b": {"expires": null, "path": "/", "secure": true, "value": "2"},
        "d": {"expires": null, "path": "/", "secure": true, "value": "4"}
    },
    "headers": {"X-Data": "v"}
}`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		if got := s.Known(origin); !reflect.DeepEqual(got, want) || sent(s) != "a=1; b=2; d=4" {
			t.Errorf("%s: %+v, %q", name, got, sent(s))
		}
		third, err := url.Parse("https://third.example/")
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Jar.Header(third); got != "" && got != "t=3" {
			t.Errorf("%s: a third party gets %q", name, got)
		}
		set(s, "x=1")
		if err := s.Save(t.Context()); !errors.Is(err, ErrHTTPie) {
			t.Errorf("%s: saved, %v", name, err)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != text {
			t.Errorf("%s has become %s, %v", text, now, err)
		}
	}
	for wanted, texts := range map[bool][]string{
		true: {
			`{"__meta__": {}}`,
			`{"__meta__": {}, "auth": {"type": null, "username": null, "password": null}, "headers": {}, "cookies": {}}`,
		},
		false: {
			`{"__meta__": {}, "auth": {"type": "plugin", "raw_auth": "x"}}`,
			`{"__meta__": {}, "cookies": [1]}`,
			`{"__meta__": {}, "cookies": [{"name": "a", "value": "b\u0000"}]}`,
			`{"__meta__": {}, "headers": {"A": 1}}`,
		},
	} {
		for _, text := range texts {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(path, origin, host); (err == nil) != wanted {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}
