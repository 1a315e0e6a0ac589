package curl

import (
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	for url, want := range map[string]string{
		"http://h/a":                "http://h/a",
		"http://h/{a,b}":            "http://h/a http://h/b",
		"http://h/[1-3]":            "http://h/1 http://h/2 http://h/3",
		"http://h/[08-10]":          "http://h/08 http://h/09 http://h/10",
		"http://h/[a-e:2]":          "http://h/a http://h/c http://h/e",
		"http://{a,b}.h/[1-2]":      "http://a.h/1 http://a.h/2 http://b.h/1 http://b.h/2",
		"http://[::1]:80/{x}":       "http://[::1]:80/x",
		`http://h/\[1-3\]`:          "http://h/[1-3]",
		"http://h/?a[]=1":           "http://h/?a[]=1",
		"http://h/{,a}":             "http://h/ http://h/a",
		`http://h/{a\,b}`:           "http://h/a,b",
		"http://[fe80::1%25eth0]/x": "http://[fe80::1%25eth0]/x",
	} {
		g, err := parseGlob(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		var all []string
		for u := range g.all() {
			all = append(all, u)
		}
		if got := strings.Join(all, " "); got != want {
			t.Errorf("%s: %s", url, got)
		}
	}
	for _, url := range []string{"http://h/{a", "http://h/a}", "http://h/[1-", "http://h/[]1]", "http://h/[3-1]", "http://h/[a-9]", "http://h/{}", "http://h/{a{b}}", "http://h/[1-99999999999999999999]", "http://h/[1-9999999][1-9999999]", "http://h/[1-3:0]"} {
		if _, err := parseGlob(url); err == nil || failureOf(err).code != exitURL {
			t.Errorf("%s: %v", url, err)
		}
	}
	if got := numbered("out_#1_#2_#3#", []string{"a", "b"}); got != "out_a_b_#3#" {
		t.Error(got)
	}
}
