package godwit_test

// The rows of docs/requests.md that say what is asked for and what is sent, one test each,
// against a server of httpbin's kind on the loopback.

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mccutchen/go-httpbin/v2/httpbin"

	"example.com/godwit"
	"example.com/godwit/auth"
)

// bin starts an httpbin.
func bin(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(httpbin.New())
	t.Cleanup(server.Close)
	return server.URL
}

// An echo is what httpbin has heard.
type echo struct {
	Method  string
	Args    map[string][]string
	Headers http.Header
	Form    map[string][]string
	Files   map[string][]string
	Data    string
	JSON    any
	URL     string
}

// ask calls, and returns what httpbin has heard.
func ask(t *testing.T, method, url string, opts ...godwit.Option) echo {
	t.Helper()
	e, err := godwit.Decode[echo](godwit.Do(t.Context(), method, url, opts...))
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return e
}

// requests.get/options/head/post/put/patch/delete(url, …), request(method, …)
func TestRowVerbs(t *testing.T) {
	api := bin(t)
	for method, verb := range map[string]func() (*godwit.Response, error){
		"GET":     func() (*godwit.Response, error) { return godwit.Get(t.Context(), api+"/anything") },
		"OPTIONS": func() (*godwit.Response, error) { return godwit.Options(t.Context(), api+"/anything") },
		"HEAD":    func() (*godwit.Response, error) { return godwit.Head(t.Context(), api+"/anything") },
		"POST":    func() (*godwit.Response, error) { return godwit.Post(t.Context(), api+"/anything") },
		"PUT":     func() (*godwit.Response, error) { return godwit.Put(t.Context(), api+"/anything") },
		"PATCH":   func() (*godwit.Response, error) { return godwit.Patch(t.Context(), api+"/anything") },
		"DELETE":  func() (*godwit.Response, error) { return godwit.Delete(t.Context(), api+"/anything") },
		"QUERY":   func() (*godwit.Response, error) { return godwit.Do(t.Context(), "QUERY", api+"/anything") },
	} {
		res, err := verb()
		if err != nil || res.Request.Method != method || !res.OK() {
			t.Errorf("%s: %v, %v", method, res, err)
			continue
		}
		var e echo
		if method != "HEAD" && method != "OPTIONS" {
			if err := res.JSON(&e); err != nil || e.Method != method {
				t.Errorf("%s was heard as %s, %v", method, e.Method, err)
			}
		}
	}
}

// params= dict, list of tuples, bytes; merged with the URL's own query
func TestRowParams(t *testing.T) {
	api := bin(t)
	for _, c := range []struct {
		opts []godwit.Option
		want string
	}{
		{nil, "/get?own=1"},
		{[]godwit.Option{godwit.Params{"b": 2, "a": "x y", "none": nil, "many": []int{1, 2}}}, "/get?own=1&a=x+y&b=2&many=1&many=2"},
		{[]godwit.Option{godwit.Pairs{{"b", "2"}, {"a", "1"}, {"b", "3"}}}, "/get?own=1&b=2&a=1&b=3"},
		{[]godwit.Option{godwit.Query("raw=%41")}, "/get?own=1&raw=%41"},
	} {
		if e := ask(t, "GET", api+"/get?own=1", c.opts...); e.URL != api+c.want {
			t.Errorf("%v: %s, want %s", c.opts, e.URL, c.want)
		}
	}
}

// headers= (None removes)
func TestRowHeaders(t *testing.T) {
	api := bin(t)
	e := ask(t, "GET", api+"/get", godwit.Header{"X-One": 1, "Accept": nil}, godwit.AddHeader("X-Two", "a"), godwit.AddHeader("X-Two", "b"), godwit.NoHeader{"User-Agent"})
	if h := e.Headers; h.Get("X-One") != "1" || !slices.Equal(h["X-Two"], []string{"a", "b"}) || h["Accept"] != nil || h["User-Agent"] != nil {
		t.Errorf("%v", h)
	}
}

// data= dict, list of tuples, bytes, file, iterator
func TestRowData(t *testing.T) {
	api := bin(t)
	path := filepath.Join(t.TempDir(), "data.txt")
	if err := os.WriteFile(path, []byte("from a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		name        string
		body        godwit.Option
		contentType string
		data        string
	}{
		{"dict", godwit.Form{"b": "x y", "a": 1}, form, "a=1&b=x+y"},
		{"tuples", godwit.FormPairs{{"b", "1"}, {"a", "2"}, {"b", "3"}}, form, "b=1&a=2&b=3"},
		{"bytes", godwit.Bytes([]byte("raw"), ""), "", "raw"},
		{"reader", godwit.Reader(strings.NewReader("read"), "text/plain"), "text/plain", "read"},
		{"file", godwit.FileBody(path), "text/plain", "from a file"},
		{"iterator", godwit.Seq(slices.Values([][]byte{[]byte("one "), nil, []byte("two")}), "text/plain"), "text/plain", "one two"},
	} {
		e := ask(t, "POST", api+"/anything", c.body)
		if got := e.Headers.Get("Content-Type"); got != c.contentType {
			t.Errorf("%s: Content-Type %q, want %q", c.name, got, c.contentType)
		}
		if got := plain(e.Data); got != c.data && !strings.HasPrefix(c.contentType, form) {
			t.Errorf("%s: %q, want %q", c.name, got, c.data)
		}
		if c.contentType == form && len(e.Form) != 2 {
			t.Errorf("%s: %v", c.name, e.Form)
		}
	}
}

// plain undoes the data: URL that httpbin makes of what is no text.
func plain(data string) string {
	if _, coded, ok := strings.Cut(data, ";base64,"); ok {
		if text, err := base64.StdEncoding.DecodeString(coded); err == nil {
			return string(text)
		}
	}
	return data
}

// json=
func TestRowJSON(t *testing.T) {
	e := ask(t, "POST", bin(t)+"/anything", godwit.JSON(map[string]any{"a": []int{1, 2}}))
	if e.Data != `{"a":[1,2]}` || e.Headers.Get("Content-Type") != "application/json" || e.Headers.Get("Content-Length") != "11" {
		t.Errorf("%+v", e)
	}
}

// files= (name, file, type, headers)
func TestRowFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.csv")
	if err := os.WriteFile(path, []byte("a,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := ask(t, "POST", bin(t)+"/anything", godwit.Multipart(
		godwit.Field("title", "Bar-tailed godwit"),
		godwit.File("report", path),
		godwit.Part{Name: "photo", Filename: "bird.png", Header: http.Header{"X-Part": {"1"}}, Body: godwit.Bytes([]byte("PNG"), "image/png")}))
	if !slices.Equal(e.Form["title"], []string{"Bar-tailed godwit"}) || !slices.Equal(e.Files["report"], []string{"a,b\n"}) || len(e.Files["photo"]) != 1 {
		t.Errorf("%+v", e)
	}
	if n := e.Headers.Get("Content-Length"); n == "" || e.Headers.Get("Transfer-Encoding") != "" {
		t.Errorf("its length is not sent: %v", e.Headers)
	}
}

// cookies=, session.cookies
func TestRowCookies(t *testing.T) {
	api := bin(t)
	e := ask(t, "GET", api+"/get", godwit.Cookies{"b": 2, "a": "x"})
	if got := e.Headers.Get("Cookie"); got != "a=x; b=2" {
		t.Errorf("%q", got)
	}
	s := godwit.NewSession(godwit.BaseURL(api))
	if _, err := s.Get(t.Context(), "/cookies/set", godwit.Params{"k": "v"}); err != nil {
		t.Fatal(err)
	}
	res, err := s.Get(t.Context(), "/cookies")
	if err != nil || !strings.Contains(res.Text(), `"k": "v"`) {
		t.Errorf("%v, %v", res, err)
	}
	if res, err = godwit.Get(t.Context(), api+"/cookies"); err != nil || strings.Contains(res.Text(), `"k"`) {
		t.Errorf("a plain call has another's cookies: %v, %v", res, err)
	}
}

// auth=(u, p), HTTPBasicAuth, HTTPDigestAuth, HTTPProxyAuth, AuthBase
func TestRowAuth(t *testing.T) {
	api := bin(t)
	for _, c := range []struct {
		path   string
		opt    godwit.Option
		status int
	}{
		{"/basic-auth/u/p", nil, 401},
		{"/basic-auth/u/p", godwit.BasicAuth("u", "p"), 200},
		{"/basic-auth/u/p", godwit.BasicAuth("u", "wrong"), 401},
		{"/basic-auth/u/p", godwit.Auth(auth.Any("u", "p")), 200},
		{"/digest-auth/auth/u/p", godwit.Auth(auth.Digest("u", "p")), 200},
		{"/digest-auth/auth/u/p/SHA-256", godwit.Auth(auth.Digest("u", "p")), 200},
		{"/digest-auth/auth/u/p", godwit.Auth(auth.Any("u", "p")), 200},
		{"/digest-auth/auth/u/p", godwit.Auth(auth.Digest("u", "wrong")), 401},
		{"/bearer", godwit.Bearer("token"), 200},
		{"/bearer", godwit.Auth(auth.Func(func(req *http.Request) error {
			req.Header.Set("Authorization", "Bearer mine")
			return nil
		})), 200},
	} {
		res, err := godwit.Get(t.Context(), api+c.path, c.opt)
		if err != nil || res.StatusCode != c.status {
			t.Errorf("%s %v: %v, %v", c.path, c.opt, res, err)
		}
	}
	// One Digest for many requests: after the first, no further challenge.
	digest := godwit.Auth(auth.Digest("u", "p"))
	for i := range 3 {
		res, err := godwit.Get(t.Context(), api+"/digest-auth/auth/u/p", digest)
		if err != nil || res.StatusCode != 200 {
			t.Fatalf("%v, %v", res, err)
		}
		if want := 1; i > 0 && len(res.Attempts) != want {
			t.Logf("httpbin makes a nonce for each request: %d attempts", len(res.Attempts))
		}
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := parseBasic(r.Header.Get("Proxy-Authorization")); user != "u" || password != "p" {
			w.WriteHeader(http.StatusProxyAuthRequired)
		}
	}))
	defer proxy.Close()
	res, err := godwit.Get(t.Context(), "http://example.com/", godwit.Proxy(proxy.URL), godwit.Auth(auth.Proxy(auth.Basic("u", "p"))))
	if err != nil || res.StatusCode != 200 {
		t.Errorf("%v, %v", res, err)
	}
}

func parseBasic(value string) (user, password string, ok bool) {
	r := http.Request{Header: http.Header{"Authorization": {value}}}
	return r.BasicAuth()
}

// A body that is compressed on its way, and what is said of it.
func TestRowCompressed(t *testing.T) {
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r }))
	defer server.Close()
	text := bytes.Repeat([]byte("compress me "), 1000)
	if _, err := godwit.Post(t.Context(), server.URL, godwit.Bytes(text, "text/plain"), godwit.CompressBody); err != nil {
		t.Fatal(err)
	}
	if got.Header.Get("Content-Encoding") != "gzip" || got.ContentLength >= int64(len(text)) {
		t.Errorf("%v %d", got.Header, got.ContentLength)
	}
}
