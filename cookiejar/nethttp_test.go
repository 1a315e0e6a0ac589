package cookiejar

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestClient is a login with net/http's client: it sets a cookie on a redirect, and gets it
// where the redirect leads to. Its names are those of a real host; httptest connects them.
func TestClient(t *testing.T) {
	var got []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Host+r.URL.Path+" "+r.Header.Get("Cookie"))
		switch r.URL.Path {
		case "/login":
			w.Header().Add("Set-Cookie", `sid="x y"; Secure; HttpOnly; Path=/`)
			w.Header().Add("Set-Cookie", "shared=1; Domain=example.com; Path=/")
			w.Header().Add("Set-Cookie", "evil=1; Domain=com; Path=/")
			w.Header().Add("Set-Cookie", "__Host-evil=1; Path=/")
			http.Redirect(w, r, "https://other.example.com/home", http.StatusSeeOther)
		case "/logout":
			w.Header().Add("Set-Cookie", "shared=; Domain=example.com; Path=/; Max-Age=0")
		}
	}))
	defer server.Close()
	client := server.Client()
	jar := New()
	client.Jar = jar
	for _, u := range []string{"https://example.com/login", "https://example.com/home", "https://www.example.com/logout", "https://example.com/home"} {
		res, err := client.Get(u)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	client.CloseIdleConnections()
	want := []string{
		"example.com/login ",
		"other.example.com/home shared=1",
		`example.com/home sid="x y"; shared=1`,
		"www.example.com/logout shared=1",
		`example.com/home sid="x y"`,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	wantHeader(t, jar, "https://example.com/", `sid="x y"`)
}

func TestSetCookies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		future := time.Now().Add(time.Hour)
		raw, err := http.ParseSetCookie("a=b; Domain=example.com; SameSite=Lax; Max-Age=10")
		if err != nil {
			t.Fatal(err)
		}
		changed := *raw
		changed.Value = "new"
		spaced, err := http.ParseSetCookie(` a="b" ;path=/`)
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			name   string
			cookie *http.Cookie
			want   string
		}{
			{"nil", nil, ""},
			{"by hand", &http.Cookie{Name: "a", Value: "b"}, "a=b"},
			{"quoted", &http.Cookie{Name: "a", Value: "b", Quoted: true}, `a="b"`},
			{"from Raw", raw, "a=b"},
			{"from Raw, changed since", &changed, "a=new"},
			{"from Raw, with white space and quotes", spaced, `a="b"`},
			{"no name", &http.Cookie{Value: "b"}, "b"},
			{"empty", &http.Cookie{}, ""},
			{"semicolon", &http.Cookie{Name: "a", Value: "b;c"}, ""},
			{"line end", &http.Cookie{Name: "a", Value: "b\r\nc"}, ""},
			{"line end in Path", &http.Cookie{Name: "a", Value: "b", Path: "/\r\n"}, ""},
			{"line end in Domain", &http.Cookie{Name: "a", Value: "b", Domain: "example.com\r\n"}, ""},
			{"foreign", &http.Cookie{Name: "a", Value: "b", Domain: "example.org"}, ""},
			{"public suffix", &http.Cookie{Name: "a", Value: "b", Domain: "com"}, ""},
			{"__Host-", &http.Cookie{Name: "__Host-a", Value: "b", Path: "/", Secure: true}, "__Host-a=b"},
			{"__Host- without Path", &http.Cookie{Name: "__Host-a", Value: "b", Secure: true}, ""},
			{"MaxAge", &http.Cookie{Name: "a", Value: "b", MaxAge: 1}, "a=b"},
			{"MaxAge far off", &http.Cookie{Name: "a", Value: "b", MaxAge: 1 << 62}, "a=b"},
			{"MaxAge below 0", &http.Cookie{Name: "a", Value: "b", MaxAge: -1, Expires: future}, ""},
			{"MaxAge 0", &http.Cookie{Name: "a", Value: "b", MaxAge: 0, Expires: future}, "a=b"},
			{"Expires past", &http.Cookie{Name: "a", Value: "b", Expires: time.Unix(1, 0)}, ""},
			{"unknown SameSite", &http.Cookie{Name: "a", Value: "b", SameSite: 77}, ""},
			{"default SameSite", &http.Cookie{Name: "a", Value: "b", SameSite: http.SameSiteDefaultMode}, "a=b"},
		} {
			j := New()
			j.SetCookies(mustURL(t, "https://example.com/"), []*http.Cookie{test.cookie})
			if got := j.Header(mustURL(t, "https://example.com/")); got != test.want {
				t.Errorf("%s: %q, want %q", test.name, got, test.want)
			}
		}
		j := New()
		j.SetCookies(mustURL(t, "ftp://example.com/"), []*http.Cookie{raw})
		if j.Len() != 0 {
			t.Error("FTP has cookies")
		}
	})
}

// TestCookies: what net/http's client writes is what came, where it can be.
func TestCookies(t *testing.T) {
	j := New()
	u := mustURL(t, "https://example.com/a/b")
	if got := j.Cookies(u); got != nil {
		t.Errorf("%v of an empty jar", got)
	}
	lines := []string{`q="v"; Path=/a`, `one="; Path=/`, `e=""; Path=/`, "p=%20; Path=/"}
	j.Store(u, lines)
	req := &http.Request{Header: http.Header{}}
	for _, c := range j.Cookies(u) {
		if c.Path != "" || c.Domain != "" {
			t.Errorf("%v has more than name and value", c)
		}
		if c.Name != "one" { // net/http drops half a quote
			req.AddCookie(c)
		}
	}
	if got, want := req.Header.Get("Cookie"), `q="v"; e=""; p=%20`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := len(j.Cookies(mustURL(t, "https://example.org/"))); got != 0 {
		t.Errorf("%d for a stranger", got)
	}
	if strings.Count(j.Header(u), "=") != 4 {
		t.Error(j.Header(u))
	}
}
