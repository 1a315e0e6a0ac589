package godwit

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func zipped(p string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, p)
	w.Close()
	return b.String()
}

func deflated(p string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, p)
	w.Close()
	return b.String()
}

// answering answers with the header lines and the body, closed by the caller.
func answering(status int, body string, lines ...string) (*Session, *countedBody) {
	b := &countedBody{Reader: strings.NewReader(body)}
	return &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i < len(lines); i += 2 {
			h.Add(lines[i], lines[i+1])
		}
		return &http.Response{Status: fmt.Sprint(status), StatusCode: status, Proto: "HTTP/1.1", Header: h, Body: b, ContentLength: int64(len(body))}, nil
	})}, b
}

func TestDecoded(t *testing.T) {
	for _, c := range []struct {
		body  string
		lines []string
	}{
		{zipped("text"), []string{"Content-Encoding", "gzip", "Content-Length", "1"}},
		{zipped("text"), []string{"Content-Encoding", "X-GZIP"}},
		{deflated("text"), []string{"Content-Encoding", "deflate"}},
		{zipped(deflated("text")), []string{"Content-Encoding", "deflate", "Content-Encoding", "gzip"}},
		{packed("br", "text"), []string{"Content-Encoding", "BR", "Content-Length", "1"}},
		{packed("zstd", "text"), []string{"Content-Encoding", "zstd"}},
		{packed("zstd", packed("br", zipped("text"))), []string{"Content-Encoding", "gzip, br", "Content-Encoding", "zstd"}},
		{"text", []string{"Content-Encoding", "identity"}},
	} {
		s, body := answering(200, c.body, c.lines...)
		res, err := s.Get(t.Context(), "http://h/")
		if err != nil || res.Text() != "text" || !body.closed {
			t.Errorf("%v: %v, %v", c.lines, res, err)
			continue
		}
		if coded := c.body != "text"; res.Uncompressed != coded || (res.ContentLength == -1) != coded || coded && res.Header.Get("Content-Encoding")+res.Header.Get("Content-Length") != "" {
			t.Errorf("%v: %v, length %d", c.lines, res.Header, res.ContentLength)
		}
	}
}

// Only what Godwit asked for is decoded, and only where there is a body.
func TestNotDecoded(t *testing.T) {
	for _, c := range []struct {
		method string
		status int
		body   string
		opt    Option
	}{
		{"GET", 200, zipped("text"), Header{"Accept-Encoding": "gzip"}},
		{"GET", 200, zipped("text"), NoHeader{"Accept-Encoding"}},
		{"GET", 200, zipped("text"), Header{"Accept-Encoding": "br, zstd"}},
		{"GET", 200, zipped("text"), Decoders{"gzip": nil, "br": nil, "zstd": nil, "deflate": nil}},
		{"GET", 206, zipped("text")[3:], Header{"Range": "bytes=3-"}},
		{"HEAD", 200, "", nil},
		{"GET", 204, "", nil},
		{"GET", 304, "", nil},
		{"GET", 200, "", nil},
		{"GET", 302, zipped("text"), NoHeader{"accept-encoding"}},
	} {
		s, _ := answering(c.status, c.body, "Content-Encoding", "gzip")
		res, err := s.Do(t.Context(), c.method, "http://h/", c.opt)
		if err != nil || string(res.Content) != c.body || res.Header.Get("Content-Encoding") != "gzip" || res.Uncompressed {
			t.Errorf("%s %d %v: %v, %v", c.method, c.status, c.opt, res, err)
		}
	}
}

func TestNotDecodable(t *testing.T) {
	for coding, body := range map[string]string{
		"br": "x", "gzip, br": "x", "gzip,gzip,gzip,gzip": "x", "gzip": zipped("text")[:12], "deflate": "nonsense", "zstd\x1b[2J": "x",
		"zstd": "nonsense", "compress": "x", "dcz": "x", "BR": packed("br", "text")[:5], "ZSTD": packed("zstd", "text")[:12],
	} {
		s, b := answering(200, body, "Content-Encoding", coding)
		_, err := s.Get(t.Context(), "http://h/")
		if !errors.Is(err, ErrDecode) || errors.Is(err, ErrProtocol) || !b.closed || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v, closed %v", coding, err, b.closed)
		}
	}
	s, _ := answering(200, zipped("text")[:12], "Content-Encoding", "gzip")
	if _, err := s.Get(t.Context(), "http://h/"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %v", err)
	}
}

func TestBomb(t *testing.T) {
	bomb := zipped(strings.Repeat("\x00", 4<<20))
	s, b := answering(200, bomb, "Content-Encoding", "gzip")
	_, err := s.Get(t.Context(), "http://h/", MaxBody(1<<20))
	if !errors.Is(err, ErrTooLarge) || !b.closed || !strings.Contains(err.Error(), "MaxBody") {
		t.Error(err)
	}
	for _, c := range []struct {
		opts []Option
		boom bool
	}{
		{[]Option{MaxBody(1 << 20)}, true},
		{[]Option{MaxBody(1 << 20), MaxRatio(10_000)}, false},
		{[]Option{MaxBody(-1)}, false},
		{nil, false},
	} {
		s, b := answering(200, bomb, "Content-Encoding", "gzip")
		st, err := s.Stream(t.Context(), "GET", "http://h/", c.opts...)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, st.Body)
		if c.boom != errors.Is(err, ErrTooLarge) || c.boom != errors.Is(err, ErrDecode) || !c.boom && n != 4<<20 {
			t.Errorf("%v: %d bytes, %v", c.opts, n, err)
		}
		if c.boom && !strings.Contains(err.Error(), "MaxRatio") {
			t.Error(err)
		}
		if st.Close(); !b.closed {
			t.Error("not closed")
		}
	}
}

// The bound holds, whatever length is announced, and memory comes with the bytes.
func TestMaxBody(t *testing.T) {
	for _, c := range []struct {
		size, announced int64
		opt             Option
		tooLarge        bool
	}{
		{10, 10, MaxBody(10), false},
		{10, -1, MaxBody(10), false},
		{11, 11, MaxBody(10), true},
		{11, -1, MaxBody(10), true},
		{11, 5, MaxBody(10), true},
		{1 << 20, -1, MaxBody(-1), false},
		{1 << 20, 1 << 20, nil, false},
		{0, 0, nil, false},
		{65 << 20, -1, nil, true},
		{0, 1 << 40, nil, true},
		{5, 1 << 40, MaxBody(-1), false},
	} {
		body := &countedBody{Reader: zeros(c.size)}
		s := &Session{Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, ContentLength: c.announced}, nil
		})}
		res, err := s.Get(t.Context(), "http://h/", c.opt)
		if errors.Is(err, ErrTooLarge) != c.tooLarge || !c.tooLarge && (err != nil || int64(len(res.Content)) != c.size) || !body.closed {
			t.Errorf("%+v: %v", c, err)
		}
		if err == nil && cap(res.Content) > 4*int(max(c.size, 1024)) && c.announced < 1<<30 {
			t.Errorf("%+v: room for %d", c, cap(res.Content))
		}
		if err != nil && !strings.Contains(err.Error(), "MaxBody") {
			t.Error(err)
		}
	}
}

// The length that HEAD announces is not that of its own body.
func TestHeadOfSomethingLarge(t *testing.T) {
	s := &Session{Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), ContentLength: 1 << 40}, nil
	})}
	if res, err := s.Head(t.Context(), "http://h/"); err != nil || len(res.Content) != 0 {
		t.Error(err)
	}
}

func TestJar(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/login":
			w.Header().Add("Set-Cookie", "sid=1; Path=/")
			w.Header().Add("Set-Cookie", `q="x y"`)
			http.Redirect(w, r, "/home", http.StatusSeeOther)
		case "/away":
			http.Redirect(w, r, "http://o.example/", http.StatusFound)
		}
	})
	s.Jar, _ = cookiejar.New(nil)
	if _, err := s.Post(t.Context(), "http://h.example/login", JSON(1)); err != nil {
		t.Fatal(err)
	}
	if got := w.last().Header.Get("Cookie"); got != `sid=1; q="x y"` {
		t.Errorf("on the next hop: %q", got)
	}
	if _, err := s.Get(t.Context(), "http://h.example/", Cookies{"sid": "mine", "own": "1"}); err != nil {
		t.Fatal(err)
	}
	if got := w.last().Header.Get("Cookie"); got != `own=1; sid=mine; q="x y"` {
		t.Errorf("beside the call's: %q", got)
	}
	for url, want := range map[string]string{"http://o.example/": "", "http://h.example/away": ""} {
		if _, err := s.Get(t.Context(), url, Header{"Host": "h.example"}); err != nil {
			t.Fatal(err)
		}
		if got := w.last().Header.Get("Cookie"); got != want {
			t.Errorf("%s: %q went to %s", url, got, w.last().URL)
		}
	}
	u, _ := url.Parse("http://h.example/")
	if kept := s.Jar.Cookies(u); len(kept) != 2 {
		t.Errorf("kept %v", kept)
	}
}

// What a redirect sets stands above what the call has brought along, as that is older.
func TestRedirectSetsCookieOfTheCall(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/login":
			w.Header().Add("Set-Cookie", "sid=new; Path=/")
			http.Redirect(w, r, "/home", http.StatusSeeOther)
		case "/logout":
			w.Header().Add("Set-Cookie", "sid=; Path=/; Max-Age=0")
			http.Redirect(w, r, "/home", http.StatusSeeOther)
		}
	})
	for _, brought := range []Option{Cookies{"a": 1, "sid": "old"}, Header{"Cookie": "a=1; sid=old"}, AddHeader("Cookie", "sid=old;a=1")} {
		for path, want := range map[string]string{"/login": "a=1; sid=new", "/logout": "a=1"} {
			s.Jar, _ = cookiejar.New(nil)
			s := s.With()
			if _, err := s.Get(t.Context(), "http://h.example"+path, brought); err != nil {
				t.Fatal(err)
			}
			if got := w.last().Header.Get("Cookie"); got != want {
				t.Errorf("%v, %s: %q, want %q", brought, path, got, want)
			}
		}
	}
	// Without a jar nobody would send the new one.
	s.Jar = nil
	s = s.With()
	if _, err := s.Get(t.Context(), "http://h.example/login", Cookies{"sid": "old"}); err != nil || w.last().Header.Get("Cookie") != "sid=old" {
		t.Errorf("%v: %v", err, w.last().Header)
	}
}

// The package's functions keep the cookies of a call for as long as it lasts.
func TestCookiesWithinACall(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("seen"); err != nil && r.URL.Path == "/" {
			w.Header().Add("Set-Cookie", "seen=1; Path=/")
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		w.Header().Add("Set-Cookie", "last=1; Path=/")
		fmt.Fprint(w, r.Header.Get("Cookie"))
	}))
	defer server.Close()
	for range 2 {
		res, err := Get(t.Context(), server.URL+"/", Cookies{"own": 1})
		if err != nil || res.Text() != "own=1; seen=1" || len(res.History) != 1 {
			t.Fatalf("%v, %v", res, err)
		}
	}
	if res, err := Get(t.Context(), server.URL+"/other"); err != nil || res.Text() != "" {
		t.Errorf("another call has %q, %v", res.Text(), err)
	}
	if _, err := new(Session).Get(t.Context(), server.URL+"/"); !errors.Is(err, ErrRedirects) {
		t.Errorf("a session without a jar: %v", err)
	}
}

// A jar may hold what needs its quotes, and what cannot be sent at all.
func TestOddCookiesOfAJar(t *testing.T) {
	for _, c := range []struct {
		kept http.Cookie
		want []string
	}{
		{http.Cookie{Name: "a", Value: " b ", Quoted: true}, []string{`a=" b "`}},
		{http.Cookie{Name: "a", Value: " b "}, nil},
		{http.Cookie{Name: "a", Value: "b;c", Quoted: true}, nil},
		{http.Cookie{Name: "", Value: "b"}, nil},
	} {
		s, w := newWorld(ok)
		s.Jar = fixedJar{&c.kept}
		if _, err := s.Get(t.Context(), "http://h.example/"); err != nil {
			t.Fatal(err)
		}
		if got := w.last().Header["Cookie"]; !slices.Equal(got, c.want) {
			t.Errorf("%+v: Cookie %q, want %q", c.kept, got, c.want)
		}
	}
}

// Whoever wants no Cookie field gets none, and what the server sets is kept all the same.
func TestNoCookieOfAJar(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Set-Cookie", "b=2") })
	s.Jar, _ = cookiejar.New(nil)
	u, _ := url.Parse("http://h.example/")
	s.Jar.SetCookies(u, []*http.Cookie{{Name: "a", Value: "1"}})
	if _, err := s.Get(t.Context(), u.String(), NoHeader{"Cookie"}); err != nil {
		t.Fatal(err)
	}
	if got := w.last().Header.Get("Cookie"); got != "" {
		t.Errorf("%q was sent", got)
	}
	if kept := s.Jar.Cookies(u); len(kept) != 2 {
		t.Errorf("kept %v", kept)
	}
}

// A fixedJar has the same cookies for everyone.
type fixedJar []*http.Cookie

func (j fixedJar) Cookies(*url.URL) []*http.Cookie   { return j }
func (fixedJar) SetCookies(*url.URL, []*http.Cookie) {}

func TestText(t *testing.T) {
	for _, c := range []struct{ content, contentType, want string }{
		{"", "", ""},
		{"plain", "", "plain"},
		{"Grüße", "text/plain", "Grüße"},
		{"Gr\xfc\xdfe", "text/plain", "Grüße"},
		{"\x80", "", "€"}, // windows-1252
		{"Gr\xfc\xdfe", "text/plain; charset=iso-8859-1", "Grüße"},
		{"Gr\xfc\xdfe", `text/plain; charset="Latin1"`, "Grüße"},
		{"Grüße", "text/plain; charset=windows-1252", "GrÃ¼ÃŸe"},
		{"a\xffb", "text/plain; charset=utf-8", "a\ufffdb"},
		{"\xef\xbb\xbfGrüße", "text/plain; charset=iso-8859-1", "Grüße"},
		{"\xff\xfeh\x00i\x00", "", "hi"},
		{"\xfe\xff\x00h\x00i", "text/plain; charset=utf-8", "hi"},
		{"h\x00i\x00", "text/plain; charset=utf-16le", "hi"},
		{"\xd0\xd2", "text/plain; charset=koi8-r", "пр"},
		{"\x93\xfa\x96\x7b", "text/html; charset=Shift_JIS", "日本"},
		{"+AGE-", "text/plain; charset=utf-7", "+AGE-"}, // not one that browsers know
		{"x", "text/plain; charset=" + strings.Repeat("x", 10_000), "x"},
		{"x", "text/plain; charset=\x00", "x"},
		{"x", ";;;=", "x"},
	} {
		if got := textOf(c.content, c.contentType); got != c.want {
			t.Errorf("%q as %.40q: %q, want %q", c.content, c.contentType, got, c.want)
		}
	}
}

func TestJSONAndDecode(t *testing.T) {
	type user struct{ Login string }
	s, _ := answering(200, `{"login":"mona"}`)
	u, err := Decode[user](s.Get(t.Context(), "http://h/"))
	if err != nil || u.Login != "mona" {
		t.Errorf("%v, %v", u, err)
	}
	for _, body := range []string{"", " \n", "<html>", `{"login":1}`, `{} {}`} {
		s, _ := answering(200, body)
		_, err := Decode[user](s.Get(t.Context(), "http://h/"))
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind != ErrDecode || !strings.HasPrefix(err.Error(), "GET http://h/: response: ") {
			t.Errorf("%q: %v", body, err)
		}
	}
	// Nothing is put in the place of what cannot be read; but a charset that the server names
	// is one.
	for _, c := range []struct{ body, contentType, want string }{
		{"{\"login\":\"m\xf6na\"}", "application/json", ""},
		{"{\"login\":\"m\xf6na\"}", "application/json; charset=utf-8", ""},
		{"{\"login\":\"m\xf6na\"}", "application/json; charset=no-such", ""},
		{"{\"login\":\"m\xf6na\"}", "application/json; charset=iso-8859-1", "möna"},
		{"{\"login\":\"möna\"}", "application/json; charset=iso-8859-1", "möna"},
		{"{\"login\":\"\x83g\"}", "application/json; charset=shift_jis", "ト"},
		{"{\"login\":\"\xf3\"}", "application/json; charset=windows-1251", "у"},
	} {
		s, _ := answering(200, c.body, "Content-Type", c.contentType)
		u, err := Decode[user](s.Get(t.Context(), "http://h/"))
		if c.want == "" && !errors.Is(err, ErrDecode) || c.want != "" && err != nil || u.Login != c.want {
			t.Errorf("%q, %s: %q, %v", c.body, c.contentType, u.Login, err)
		}
	}
	s, _ = answering(404, `{}`)
	if _, err := Decode[user](s.Get(t.Context(), "http://h/")); !errors.Is(err, ErrStatus) {
		t.Error(err)
	}
	if _, err := Decode[user](s.Get(t.Context(), "http:")); !errors.Is(err, ErrURL) {
		t.Error(err)
	}
}

func TestStatusError(t *testing.T) {
	s, _ := answering(500, "bad\r\n\x1b]0;x\a\u202e "+strings.Repeat("ü", 400), "Content-Type", "text/plain")
	_, err := s.Get(t.Context(), "http://u:s3cret@h/", RaiseForStatus)
	e, ok := errors.AsType[*StatusError](err)
	if !ok || !errors.Is(err, ErrStatus) || e.StatusCode != 500 {
		t.Fatal(err)
	}
	if err.Error() != "GET http://h/: 500 Internal Server Error" {
		t.Error(err)
	}
	x := e.Excerpt()
	if !strings.HasPrefix(x, `bad \x1b]0;x\a\u202e üüü`) || len(x) > 600 || strings.ContainsAny(x, "\x1b\a\r\n\u202e") {
		t.Errorf("%q", x)
	}
	s.Transport = RoundTripFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{Status: "500 \x1b[2J" + strings.Repeat("x", 500), StatusCode: 500, Proto: "HTTP/1.1", Header: http.Header{}, Body: http.NoBody}, nil
	})
	s = s.With()
	res, err := s.Get(t.Context(), "http://h/")
	if err != nil || res.OK() {
		t.Fatal(err)
	}
	if text := res.ErrorForStatus().Error() + res.String(); strings.Contains(text, "\x1b") || len(res.ErrorForStatus().Error()) > 300 {
		t.Errorf("%q", text)
	}
	s, b := answering(404, "gone")
	if _, err := s.Stream(t.Context(), "GET", "http://h/", RaiseForStatus); !errors.Is(err, ErrStatus) || !b.closed {
		t.Errorf("stream: %v", err)
	} else if e, _ := errors.AsType[*StatusError](err); e.Text() != "gone" {
		t.Errorf("stream: %q", e.Text())
	}
	if s, _ := answering(399, ""); true {
		res, err := s.Get(t.Context(), "http://h/", RaiseForStatus)
		if err != nil || res.ErrorForStatus() != nil || res.String() != "HTTP/1.1 399 " {
			t.Errorf("%q, %v", res, err)
		}
	}
}
