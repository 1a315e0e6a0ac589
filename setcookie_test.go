package godwit

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestResponseCookies(t *testing.T) {
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		in   string
		want *http.Cookie // Raw is in; nil: none
	}{
		{"a=b", &http.Cookie{Name: "a", Value: "b"}},
		{" a = b\t; x", &http.Cookie{Name: "a", Value: "b", Unparsed: []string{"x"}}},
		{`a="b c, d"`, &http.Cookie{Name: "a", Value: `"b c, d"`}},
		{"a[b]=1", &http.Cookie{Name: "a[b]", Value: "1"}},
		{"=v", &http.Cookie{Value: "v"}},
		{"v", &http.Cookie{Value: "v"}},
		{"a=", &http.Cookie{Name: "a"}},
		{"a=b=c", &http.Cookie{Name: "a", Value: "b=c"}},
		{"ü=ö\xff", &http.Cookie{Name: "ü", Value: "ö\xff"}},
		{"", nil},
		{"=", nil},
		{" ; Path=/", nil},
		{"a=1; PATH=/x; domain=.h.example; secure; HttpOnly; Partitioned; SameSite=LAX", &http.Cookie{
			Name: "a", Value: "1", Path: "/x", Domain: ".h.example", Secure: true, HttpOnly: true, Partitioned: true, SameSite: http.SameSiteLaxMode,
		}},
		{"a=1; SameSite=x; Path=/a; Path=/b;;", &http.Cookie{Name: "a", Value: "1", Path: "/b", SameSite: http.SameSiteDefaultMode}},
		{"a=1; SameSite=strict", &http.Cookie{Name: "a", Value: "1", SameSite: http.SameSiteStrictMode}},
		{"a=1; SameSite=None", &http.Cookie{Name: "a", Value: "1", SameSite: http.SameSiteNoneMode}},
		{"a=1; Max-Age=10", &http.Cookie{Name: "a", Value: "1", MaxAge: 10}},
		{"a=1; Max-Age=0", &http.Cookie{Name: "a", Value: "1", MaxAge: -1}},
		{"a=1; Max-Age=-5", &http.Cookie{Name: "a", Value: "1", MaxAge: -1}},
		{"a=1; Max-Age=1e3", &http.Cookie{Name: "a", Value: "1", Unparsed: []string{"Max-Age=1e3"}}},
		{"a=1; Expires=Wed, 02 Jan 2030 03:04:05 GMT", &http.Cookie{Name: "a", Value: "1", Expires: at, RawExpires: "Wed, 02 Jan 2030 03:04:05 GMT"}},
		{"a=1; Expires=Wed, 02-Jan-2030 03:04:05 GMT", &http.Cookie{Name: "a", Value: "1", Expires: at, RawExpires: "Wed, 02-Jan-2030 03:04:05 GMT"}},
		{"a=1; Expires=soon", &http.Cookie{Name: "a", Value: "1", RawExpires: "soon", Unparsed: []string{"Expires=soon"}}},
	} {
		var want []*http.Cookie
		if c.want != nil {
			c.want.Raw = c.in
			want = []*http.Cookie{c.want}
		}
		res := &http.Response{Header: http.Header{"Set-Cookie": {c.in}}}
		if got := (&Response{Response: res}).Cookies(); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v", c.in, got)
		}
		if got := (&Stream{Response: res}).Cookies(); !reflect.DeepEqual(got, want) {
			t.Errorf("stream, %q: %+v", c.in, got)
		}
	}
	many := strings.Split(strings.Repeat("a=1,", 3000), ",")
	if got := setCookies(many); len(got) != 3000 {
		t.Errorf("%d cookies", len(got))
	}
}

func TestIsRedirect(t *testing.T) {
	for status, want := range map[int][2]bool{
		200: {}, 201: {}, 300: {}, 304: {}, 305: {}, 306: {}, 404: {},
		301: {true, true}, 302: {true, false}, 303: {true, false}, 307: {true, false}, 308: {true, true},
	} {
		res := &http.Response{StatusCode: status, Header: http.Header{"Location": {"/x"}}}
		r := &Response{Response: res}
		if got := [2]bool{r.IsRedirect(), r.IsPermanentRedirect()}; got != want {
			t.Errorf("%d: %v", status, got)
		}
		res.Header = nil
		if r.IsRedirect() || r.IsPermanentRedirect() {
			t.Errorf("%d without Location", status)
		}
	}
}
