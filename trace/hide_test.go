package trace

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestHide(t *testing.T) {
	for _, tt := range []struct{ text, secret, want string }{
		{"", "s", ""},
		{"abc", "", "abc"},
		{"abc", "b", "a•••c"},
		{"abcabc", "abc", "••••••"},
		{"/x?k=hunter2&y", "hunter2", "/x?k=•••&y"},
		{"/x?k=a%2Fb%2fc%20d+e", "a/b/c d e", "/x?k=•••"},
		{"/x?k=a/b", "a/b", "/x?k=•••"},
		{"%68unter%32", "hunter2", "•••"},
		{"100%25", "100%", "•••"},
		{"100%", "100%", "•••"},
		{"%C3%BC", "ü", "•••"},
		{"ü", "ü", "•••"},
		{"%%41", "A", "%•••"},
		{"%4", "4", "%•••"},
		{"aab", "ab", "a•••"},
		{"hunter", "hunter2", "hunter"},
		{"%zz", "z", "%••••••"},
		{"return=http%3A%2F%2Fh%2F%3Fk%3Da%252fb", "a/b", "return=http%3A%2F%2Fh%2F%3Fk%3D•••"},
		{"%252541", "A", "•••"},
		{"k=a%2Bb", "a b", "k=•••"},
		{"%25", "%25", "•••"},
		{"%2525", "%25", "•••"},
		{"%25zz", "zz", "%25•••"},
	} {
		if got := Hide(tt.text, tt.secret); got != tt.want {
			t.Errorf("%q without %q: %q, want %q", tt.text, tt.secret, got, tt.want)
		}
	}
}

// Of secrets that begin alike none shows how another one ends.
func TestHideSeveral(t *testing.T) {
	for _, secrets := range [][]string{{"key", "key/2", "", "ey"}, {"ey", "key/2", "key"}} {
		if got := Hide("a=key&b=key%2f2&c=kkey/2", secrets...); got != "a=•••&b=•••&c=k•••" {
			t.Errorf("%q: %s", secrets, got)
		}
	}
	if got := Hide("text"); got != "text" {
		t.Error(got)
	}
}

// However a secret is escaped, it is found, and what stands around it is left alone.
func FuzzHide(f *testing.F) {
	f.Add("before", "hunter2", "after")
	f.Add("/?a=", "a b/c", "&%25")
	f.Add("%", "%41", "41")
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		if secret == "" || strings.ContainsFunc(secret, func(r rune) bool { return r >= 0x80 }) {
			return // it might be in what hides it
		}
		var all strings.Builder
		for i := range len(secret) {
			fmt.Fprintf(&all, "%%%02x", secret[i])
		}
		for _, spelt := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), all.String(), strings.ReplaceAll(all.String(), "%", "%2525")} {
			got := Hide(before+spelt+after, secret)
			if !strings.Contains(got, Hidden) {
				t.Fatalf("%q in %q: %q", secret, before+spelt+after, got)
			}
			if decoded, err := url.QueryUnescape(got); err == nil && Hide(before+after, secret) == before+after && !strings.Contains(before+"\x00"+after, "%") &&
				strings.Contains(strings.ReplaceAll(decoded, Hidden, "\x00"), secret) && !strings.Contains(secret, "\x00") {
				t.Fatalf("%q in %q", secret, got)
			}
		}
		if got := Hide(before, secret); got == before && spells(before, secret) > 0 {
			t.Fatalf("%q in %q", secret, before)
		}
	})
}
