package godwit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/mccutchen/go-httpbin/v2/httpbin"
)

// sentBody returns the bytes and the request that a POST with the options comes to.
func sentBody(t testing.TB, opts ...Option) (string, *http.Request) {
	t.Helper()
	s, w := newWorld(ok)
	if _, err := s.Post(t.Context(), "http://h/", opts...); err != nil {
		t.Fatal(err)
	}
	return w.last().body, w.last().Request
}

func TestMultipartBytes(t *testing.T) {
	dir := t.TempDir()
	photo := filepath.Join(dir, "me.png")
	if err := os.WriteFile(photo, []byte("\x89PNG"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, req := sentBody(t, MultipartBoundary("b",
		Field("n", 42),
		Field("when", time.Date(2026, 11, 29, 1, 2, 3, 0, time.UTC)),
		Field("empty", ""),
		File("photo", photo),
		Part{Name: "mail", Filename: "ä.eml", Header: http.Header{"x-b": {"2"}, "X-A": {"1", "1"}}, Body: Bytes([]byte("hi\r\n"), "message/rfc822")},
		Part{Name: "raw", Filename: "x.unknown", Body: Reader(iotest.OneByteReader(strings.NewReader("abc")), "")},
		Part{Name: "typed", Type: "text/x", Body: Bytes([]byte("t"), "text/y")},
	))
	want := "--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n42\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"when\"\r\n\r\n2026-11-29T01:02:03Z\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"me.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"mail\"; filename=\"ä.eml\"\r\nContent-Type: message/rfc822\r\nX-A: 1\r\nX-A: 1\r\nx-b: 2\r\n\r\nhi\r\n\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"raw\"; filename=\"x.unknown\"\r\nContent-Type: application/octet-stream\r\n\r\nabc\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"typed\"\r\nContent-Type: text/x\r\n\r\nt\r\n" +
		"--b--\r\n"
	if got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if ct := req.Header.Get("Content-Type"); ct != "multipart/form-data; boundary=b" || req.ContentLength != -1 {
		t.Error(ct, req.ContentLength)
	}
	if got, _ := sentBody(t, MultipartBoundary("b")); got != "--b--\r\n" {
		t.Errorf("no parts: %q", got)
	}
}

// The length is there whenever all sizes are, and every body is what its announced length says.
func TestMultipartLength(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.txt")
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][]Part{
		"fields": {Field("a", 1), Field("b", strings.Repeat("y", mostCopied+1))},
		"large":  {Field("a", strings.Repeat("z", mostWhole)), Field("b", "")},
		"file":   {Field("a", 1), File("f", path), Field("c", 3)},
		"files":  {File("f", path), File("f", path)},
		"seeker": {{Name: "s", Body: Reader(strings.NewReader("abc"), "")}},
	} {
		body, req := sentBody(t, Multipart(parts...))
		if req.ContentLength != int64(len(body)) { // the world checks what is announced, too
			t.Errorf("%s: %d bytes announced as %d", name, len(body), req.ContentLength)
		}
		if _, params, _ := mime.ParseMediaType(req.Header.Get("Content-Type")); len(params["boundary"]) < 26 {
			t.Errorf("%s: %s", name, req.Header.Get("Content-Type"))
		}
		form, err := readForm(req.Header.Get("Content-Type"), body)
		if err != nil || len(form) != len(parts) {
			t.Errorf("%s: %d parts, %v", name, len(form), err)
		}
	}
}

type readPart struct {
	name, filename, body string
	header               map[string][]string
}

// readForm reads a multipart body with the standard library's reader.
func readForm(contentType, body string) (all []readPart, err error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, err
	}
	r := multipart.NewReader(strings.NewReader(body), params["boundary"])
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		text, err := io.ReadAll(p)
		if err != nil {
			return all, err
		}
		_, d, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		if err != nil {
			return all, err
		}
		all = append(all, readPart{p.FormName(), d["filename"], string(text), p.Header})
	}
}

// CVE-2025-7783, CVE-2025-22150: a boundary that can be predicted.
func TestMultipartBoundaryIsRandom(t *testing.T) {
	seen := make(map[string]bool)
	opt := Multipart(Field("a", 1))
	for range 1000 {
		var r Request
		r.init("POST", "http://h/")
		if err := opt.Apply(&r); err != nil {
			t.Fatal(err)
		}
		if len(r.Body.boundary) < 26 || seen[r.Body.boundary] { // 26 × 5 bits
			t.Fatal(r.Body.boundary)
		}
		seen[r.Body.boundary] = true
	}
}

// CVE-2024-22049 and its like: a name that ends its quotes. Whatever it is, the server reads
// one part, with no parameter and no field but ours.
func TestMultipartNames(t *testing.T) {
	for _, c := range [][2]string{
		{`a"; name="x`, `a%22; name=%22x`},
		{"a\r\nX-Evil: 1\r\n\r\n", "a%0D%0AX-Evil: 1%0D%0A%0D%0A"},
		{"a\rb\nc", "a%0Db%0Ac"},
		{`a\`, `a%5C`},
		{`a\b`, `a\b`},
		{`\"`, `\%22`},
		{"straße.txt", "straße.txt"},
		{"\xff", "\xff"},
		{"%22", "%22"},
		{"a; filename*=utf-8''x", "a; filename*=utf-8''x"},
	} {
		body, req := sentBody(t, Multipart(Part{Name: c[0], Filename: c[0], Body: Bytes([]byte("v"), "t/t")}))
		want := `Content-Disposition: form-data; name="` + c[1] + `"; filename="` + c[1] + "\"\r\nContent-Type: t/t\r\n\r\nv\r\n--"
		if !strings.Contains(body, want) {
			t.Errorf("%q: %q", c[0], body)
		}
		form, err := readForm(req.Header.Get("Content-Type"), body)
		if err != nil || len(form) != 1 || len(form[0].header) != 2 || form[0].body != "v" {
			t.Errorf("%q: %+v, %v", c[0], form, err)
		}
	}
}

// CVE-2026-34514 and its like, CVE-2026-42037: what cannot be sent is refused before anything
// is, and the error names the part.
func TestMultipartRefused(t *testing.T) {
	dir := t.TempDir()
	locked := filepath.Join(dir, "locked")
	if err := os.WriteFile(locked, nil, 0o000); err != nil {
		t.Fatal(err)
	}
	data := Bytes([]byte("s3cret"), "")
	s, w := newWorld(ok)
	for want, p := range map[string]Part{
		"a control character in its Name":              {Name: "evil\x00", Body: data},
		"a control character in its Filename":          {Name: "evil", Filename: "\x1b[0m", Body: data},
		"a control character in its Type":              {Name: "evil", Type: "text/plain\r\nX: y", Body: data},
		"character in its Type":                        {Name: "evil", Body: Bytes(nil, "text/plain\n")},
		"header X: a control character in its value":   {Name: "evil", Header: http.Header{"X": {"s3cret\r\nY: z"}}, Body: data},
		`header name "X\r\nY" is not a token`:          {Name: "evil", Header: http.Header{"X\r\nY": {"s3cret"}}, Body: data},
		`header name "" is not a token`:                {Name: "evil", Header: http.Header{"": {"s3cret"}}, Body: data},
		"header Content-Disposition: it follows":       {Name: "evil", Header: http.Header{"content-disposition": {"form-data"}}, Body: data},
		"header Content-Type: that is the part's Type": {Name: "evil", Header: http.Header{"Content-Type": {"text/plain"}}, Body: data},
		"a Part without a Body":                        {Name: "evil"},
		"a Body without Open":                          {Name: "evil", Body: &Body{}},
		"a part must have a Name":                      {Body: data},
		"cannot send a struct {}":                      Field("evil", struct{}{}),
		"cannot send a []string":                       Field("evil", []string{"a"}),
		"no such file":                                 File("evil", filepath.Join(dir, "none")),
		"not a regular file":                           File("evil", dir),
		"the parts are too long":                       {Name: "evil", Body: &Body{Size: math.MaxInt64, Open: data.Open}},
	} {
		_, err := s.Post(t.Context(), "http://h/", Multipart(Field("first", 1), p))
		if !errors.Is(err, ErrRequest) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") || strings.ContainsAny(err.Error(), "\r\n\x00") {
			t.Errorf("%s: %v", want, err)
		}
		if want != "the parts are too long" && want[0] != 'a' && !strings.Contains(err.Error(), `part 2, "`) {
			t.Errorf("names no part: %v", err)
		}
	}
	for _, boundary := range []string{"", "a ", strings.Repeat("a", 71), "a\"b", "a\r\nb", "a;b", "ä", "a\x00"} {
		if _, err := s.Post(t.Context(), "http://h/", MultipartBoundary(boundary, Field("a", 1))); !errors.Is(err, errBoundary) {
			t.Errorf("%q: %v", boundary, err)
		}
	}
	if _, err := s.Post(t.Context(), "http://h/", MultipartBoundary("b", Field("a", "1\r\n--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n"))); !errors.Is(err, errBoundaryUsed) {
		t.Error(err)
	}
	if n := len(w.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestMultipartBoundaryQuoted(t *testing.T) {
	for boundary, want := range map[string]string{
		"abc":                   "multipart/form-data; boundary=abc",
		"a b:c":                 `multipart/form-data; boundary="a b:c"`,
		"'()+_,-./:=?":          `multipart/form-data; boundary="'()+_,-./:=?"`,
		strings.Repeat("x", 70): "multipart/form-data; boundary=" + strings.Repeat("x", 70),
	} {
		body, req := sentBody(t, MultipartBoundary(boundary, Field("a", 1)))
		got := req.Header.Get("Content-Type")
		if form, err := readForm(got, body); got != want || err != nil || len(form) != 1 {
			t.Errorf("%q: %s, %v", boundary, got, err)
		}
	}
}

// A Content-Type by hand takes the boundary away, which is the mistake that everybody makes.
func TestMultipartContentType(t *testing.T) {
	s, w := newWorld(ok)
	for _, ct := range []any{"multipart/form-data", "multipart/form-data; boundary=other", "text/plain; boundary=b", nil, []string{"multipart/mixed; boundary=b", "x/y"}} {
		_, err := s.Post(t.Context(), "http://h/", MultipartBoundary("b", Field("a", 1)), Header{"Content-Type": ct})
		if !errors.Is(err, ErrRequest) || !strings.Contains(err.Error(), "leave it out") {
			t.Errorf("%v: %v", ct, err)
		}
	}
	if len(w.requests()) != 0 {
		t.Error("sent")
	}
	_, req := sentBody(t, MultipartBoundary("b", Field("a", 1)), Header{"Content-Type": `multipart/related; boundary="b"; type="text/plain"`})
	if got := req.Header.Get("Content-Type"); got != `multipart/related; boundary="b"; type="text/plain"` {
		t.Error(got)
	}
}

// redirectTwice answers with two redirects that have the body sent again.
func redirectTwice(w http.ResponseWriter, r *http.Request) {
	if len(r.URL.Path) < 3 {
		http.Redirect(w, r, r.URL.Path+"x", http.StatusTemporaryRedirect)
	}
}

func TestMultipartAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.txt")
	if err := os.WriteFile(path, []byte("file"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, w := newWorld(redirectTwice)
	if _, err := s.Post(t.Context(), "http://h/", Multipart(Field("a", 1), File("f", path))); err != nil {
		t.Fatal(err)
	}
	all := w.requests()
	if len(all) != 3 || all[0].body != all[2].body || all[0].Header.Get("Content-Type") != all[2].Header.Get("Content-Type") || !strings.Contains(all[2].body, "\r\nfile\r\n") {
		t.Errorf("%+v", all)
	}
	_, err := s.Post(t.Context(), "http://h/", Multipart(Part{Name: "p", Body: Reader(iotest.OneByteReader(strings.NewReader("x")), "")}))
	if !errors.Is(err, ErrUnrewindable) {
		t.Error(err)
	}
}

// A leakyBody counts who is open, and can fail.
type leakyBody struct {
	io.Reader
	open *int
	err  error
}

func (b *leakyBody) Close() error { *b.open--; return b.err }

func opened(open *int, size int64, rd func() io.Reader) *Body {
	return &Body{Size: size, Open: func() (io.ReadCloser, error) {
		*open++
		return &leakyBody{Reader: rd(), open: open}, nil
	}}
}

// A body that is not as long as it said is an error that names the part, and no wrong frame.
func TestMultipartLies(t *testing.T) {
	open := 0
	boom := errors.New("boom")
	for want, b := range map[string]*Body{
		`part "p": a body of 3 bytes, which was said to have 5`:            opened(&open, 5, func() io.Reader { return strings.NewReader("abc") }),
		`part "p": a body of more than 2 bytes, which it was said to have`: opened(&open, 2, func() io.Reader { return strings.NewReader("abc") }),
		`part "p": a body of more than 0 bytes`:                            opened(&open, 0, func() io.Reader { return strings.NewReader("abc") }),
		`part "p": boom`:                                                   opened(&open, -1, func() io.Reader { return io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(boom)) }),
		`part "p": bang`:                                                   {Size: -1, Open: func() (io.ReadCloser, error) { return nil, errors.New("bang") }},
		`part "p": late`: {Size: -1, Open: func() (io.ReadCloser, error) {
			open++
			return &leakyBody{strings.NewReader("x"), &open, errors.New("late")}, nil
		}},
	} {
		for name, how := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "by bytes": iotest.OneByteReader} {
			var r Request
			r.init("POST", "http://h/")
			if err := Multipart(Field("a", 1), Part{Name: "p", Body: b}, Field("z", 1)).Apply(&r); err != nil {
				t.Fatal(err)
			}
			rc, err := r.Body.Open()
			if err != nil {
				t.Fatal(err)
			}
			if _, err = io.ReadAll(how(rc)); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s: %v; want %s", name, err, want)
			}
			rc.Close()
			if open != 0 {
				t.Errorf("%s, %s: %d left open", name, want, open)
			}
		}
	}
}

// Read in every way, a body is the same; closed at any byte, it leaves nothing open.
func TestMultipartReader(t *testing.T) {
	open := 0
	opt := MultipartBoundary("b", Field("a", 1),
		Part{Name: "p", Body: opened(&open, 5, func() io.Reader { return strings.NewReader("hello") })},
		Part{Name: "q", Body: opened(&open, -1, func() io.Reader { return iotest.HalfReader(strings.NewReader("world")) })},
		Part{Name: "r", Body: opened(&open, 0, func() io.Reader { return strings.NewReader("") })},
		Field("z", strings.Repeat("z", mostCopied+1)))
	var r Request
	r.init("POST", "http://h/")
	if err := opt.Apply(&r); err != nil {
		t.Fatal(err)
	}
	want, _ := sentBody(t, opt)
	rc, _ := r.Body.Open()
	if err := iotest.TestReader(rc, []byte(want)); err != nil {
		t.Error(err)
	}
	rc.Close()
	for at := range len(want) {
		if at > 400 && at < len(want)-20 {
			continue
		}
		rc, _ := r.Body.Open()
		if _, err := io.ReadFull(rc, make([]byte, at)); err != nil {
			t.Fatal(at, err)
		}
		rc.Close()
		if open != 0 {
			t.Fatalf("%d open after %d bytes", open, at)
		}
		rc.Close()
		if _, err := io.Copy(io.Discard, rc); at < 300 && err != errBodyClosed {
			t.Fatal(at, err)
		}
		if open != 0 {
			t.Fatalf("%d open after reading on at %d", open, at)
		}
	}
}

func TestMultipartHTTPBin(t *testing.T) {
	server := httptest.NewServer(httpbin.New())
	defer server.Close()
	s := newRealSession(t)
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("from disk"), 0o600); err != nil {
		t.Fatal(err)
	}
	type answer struct {
		Form, Files map[string][]string
		Headers     map[string][]string
	}
	for _, last := range []Part{Field("z", "end"), {Name: "z", Body: Reader(iotest.OneByteReader(strings.NewReader("end")), "")}} {
		got, err := Decode[answer](s.Post(t.Context(), server.URL+"/post", Multipart(
			Field("n", 42), File("doc", path), Part{Name: "pic", Filename: "p.bin", Body: Bytes([]byte("from memory"), "")}, last)))
		if err != nil {
			t.Fatal(err)
		}
		if got.Form["n"][0] != "42" || got.Form["z"][0] != "end" || got.Files["doc"][0] != "from disk" || got.Files["pic"][0] != "from memory" {
			t.Errorf("%+v", got)
		}
	}
}

func FuzzMultipart(f *testing.F) {
	f.Add("a", "b.txt", "text/plain", "X-A", "1", "value")
	f.Add(`a"; name="x`, "a\r\nb", "t/t\r\nX: y", "Content-Type", "\n", "--b--\r\n")
	f.Add(`\`, `\\`, "", "x", "", "\r\n--")
	f.Fuzz(func(t *testing.T, name, filename, typ, key, value, body string) {
		part := Part{Name: name, Filename: filename, Type: typ, Body: Bytes([]byte(body), "")}
		if key != "" {
			part.Header = http.Header{key: {value}}
		}
		var r Request
		r.init("POST", "http://h/")
		if Multipart(part, Field("last", "1")).Apply(&r) != nil {
			return
		}
		rc, err := r.Body.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer rc.Close()
		text, err := io.ReadAll(iotest.OneByteReader(rc))
		if err != nil || int64(len(text)) != r.Body.Size {
			t.Fatalf("%d bytes of %d: %v", len(text), r.Body.Size, err)
		}
		// The lines of the first part's head, read as plainly as can be.
		head, rest, _ := strings.Cut(strings.TrimPrefix(string(text), "--"+r.Body.boundary+"\r\n"), "\r\n\r\n")
		lines := strings.Split(head, "\r\n")
		if want := 1 + min(len(part.contentType()), 1) + len(part.Header); len(lines) != want {
			t.Fatalf("%d lines, want %d: %q", len(lines), want, head)
		}
		if d := lines[0]; strings.Count(d, `"`) != 2+2*min(len(filename), 1) || strings.Contains(d, `\"`) || strings.ContainsAny(head, "\x00") {
			t.Fatalf("%q", d)
		}
		if got, _, _ := strings.Cut(rest, "\r\n--"+r.Body.boundary+"\r\n"); got != body {
			t.Fatalf("body %q, want %q", got, body)
		}
	})
}

// A zeroSource is a source without an end.
type zeroSource struct{}

func (zeroSource) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// upload sends a multipart body with a part of size bytes to a server that counts, and
// returns the most by which the heap was larger meanwhile.
func upload(tb testing.TB, size int64) (growth int64) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts, err := r.MultipartReader()
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		var total int64
		for {
			p, err := parts.NextPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				http.Error(w, err.Error(), 400)
				return
			}
			n, _ := io.Copy(io.Discard, p)
			total += n
		}
		if total != size+2 || r.ContentLength < total {
			http.Error(w, "short", 400)
		}
	}))
	defer server.Close()
	s := newRealSession(tb)
	source := &Body{Size: size, Open: func() (io.ReadCloser, error) { return io.NopCloser(io.LimitReader(zeroSource{}, size)), nil }}
	send := func() {
		res, err := s.Post(context.Background(), server.URL, Multipart(Field("a", "1"), Part{Name: "f", Filename: "zeros", Body: source}, Field("z", "1")), Progress(nil))
		if err != nil || !res.OK() {
			tb.Fatal(res.Text(), err)
		}
	}
	growth = heapGrowth(send)
	return growth
}

func TestMultipartMemory(t *testing.T) {
	growth := upload(t, 64<<20)
	t.Logf("64 MiB: the heap grew by %d KiB", growth>>10)
	if growth > 8<<20 {
		t.Errorf("the heap grew by %d bytes", growth)
	}
}

func BenchmarkMultipart1GiB(b *testing.B) {
	b.SetBytes(1 << 30)
	var most int64
	for b.Loop() {
		most = max(most, upload(b, 1<<30))
	}
	b.ReportMetric(float64(most)/(1<<20), "MiB-heap")
	if most > 8<<20 {
		b.Errorf("the heap grew by %d bytes", most)
	}
}
