package transport

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/trace"
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
	} {
		if got := hide(tt.text, tt.secret); got != tt.want {
			t.Errorf("%q without %q: %q, want %q", tt.text, tt.secret, got, tt.want)
		}
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
		for _, spelt := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), all.String()} {
			got := hide(before+spelt+after, secret)
			if !strings.Contains(got, trace.Hidden) {
				t.Fatalf("%q in %q: %q", secret, before+spelt+after, got)
			}
			if decoded, err := url.QueryUnescape(got); err == nil && hide(before+after, secret) == before+after && !strings.Contains(before+"\x00"+after, "%") &&
				strings.Contains(strings.ReplaceAll(decoded, trace.Hidden, "\x00"), secret) && !strings.Contains(secret, "\x00") {
				t.Fatalf("%q in %q", secret, got)
			}
		}
		if got := hide(before, secret); got == before && spells(before, secret) > 0 {
			t.Fatalf("%q in %q", secret, before)
		}
	})
}

// Whatever a tracer does with what it is told of heads, a secret is not in there.
func TestSecrets(t *testing.T) {
	const secret = "s3/cret 1"
	escaped := url.QueryEscape(secret)
	addr := serve(t, always("HTTP/1.1 200 "+secret+"\r\nX-Echo: a"+secret+"b\r\nLocation: /?k="+escaped+"\r\nX-Other: o\r\n"+
		"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trail: "+secret+"\r\n\r\n"))
	rec, plain := &recorder{}, &recorder{}
	tr := examined(t, &Transport{Tracer: rec})
	target := "http://" + addr + "/" + url.PathEscape(secret) + "/x?k=" + escaped
	send := func(o *Overrides) {
		req := with(t, target, o)
		req.Header.Set("X-Key", secret)
		req.Header.Set("X-Mine", "m")
		do(t, tr, req)
	}
	send(&Overrides{Secrets: []string{"", secret, "nothing"}})
	send(&Overrides{Tracer: plain})
	_, events := rec.take()
	seen := 0
	for _, ev := range events {
		fields := trace.Fields(nil)
		text := ""
		switch ev := ev.(type) {
		case trace.RequestHead:
			fields, text = ev.Fields, ev.Target+ev.URL
			if ev.Target != "/•••/x?k=•••" || ev.URL != "http://"+addr+"/•••/x?k=•••" {
				t.Errorf("%s, %s", ev.Target, ev.URL)
			}
		case trace.ResponseHead:
			fields, text = ev.Fields, ev.Reason
		case trace.Trailer:
			fields = ev.Fields
		default:
			continue
		}
		seen++
		for _, f := range fields {
			holds := strings.Contains(f.Value, secret) || strings.Contains(f.Value, escaped)
			if f.Secret != holds {
				t.Errorf("%+v", f)
			}
		}
		if text += fmt.Sprint(trace.Redact(fields)); strings.Contains(text, "cret") {
			t.Error(text)
		}
	}
	if seen != 3 {
		t.Errorf("%d events", seen)
	}
	if _, events := plain.take(); !strings.Contains(fmt.Sprint(events), secret) {
		t.Error("the test would not have noticed")
	}
}
