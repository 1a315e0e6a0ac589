package godwit_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/godwit"
)

// serveForms starts a server that shows the parts of a form, and returns its URL and what
// stops it.
func serveForms() (url string, stop func()) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form, err := r.MultipartReader()
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for {
			p, err := form.NextPart()
			if err != nil {
				return
			}
			var text strings.Builder
			fmt.Fprintf(&text, "%s %q %s ", p.FormName(), p.FileName(), p.Header.Get("Content-Type"))
			buf := make([]byte, 100)
			for n, err := p.Read(buf); n > 0 || err == nil; n, err = p.Read(buf) {
				text.Write(buf[:n])
			}
			fmt.Fprintln(w, text.String())
		}
	}))
	return server.URL, server.Close
}

// serveEcho starts a server that answers with how a body came, and how long it was.
func serveEcho() (url string, stop func()) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		buf := make([]byte, 4096)
		for k, err := r.Body.Read(buf); k > 0 || err == nil; k, err = r.Body.Read(buf) {
			n += k
		}
		fmt.Fprintf(w, "%d bytes, length %d, type %q, coding %q, key of %d",
			n, r.ContentLength, r.Header.Get("Content-Type"), r.Header.Get("Content-Encoding"), len(r.Header.Get("Idempotency-Key")))
	}))
	return server.URL, server.Close
}

// tempFile writes a file that is there for an example.
func tempFile(name, text string) (path string, remove func()) {
	dir, err := os.MkdirTemp("", "godwit")
	if err != nil {
		panic(err)
	}
	path = filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		panic(err)
	}
	return path, func() { os.RemoveAll(dir) }
}

// Send form fields and files.
func ExampleMultipart() {
	url, stop := serveForms()
	defer stop()
	notes, remove := tempFile("notes.html", "<p>hello")
	defer remove()

	res, err := godwit.Post(ctx, url, godwit.Multipart(
		godwit.Field("title", "Notes"),
		godwit.Field("pages", 2),
		godwit.File("text", notes),
		godwit.Part{Name: "cover", Filename: "c.png", Body: godwit.Bytes([]byte("PNG"), "image/png")},
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(res.Text())
	// Output:
	// title ""  Notes
	// pages ""  2
	// text "notes.html" text/html <p>hello
	// cover "c.png" image/png PNG
}

func ExampleField() {
	url, stop := serveForms()
	defer stop()

	res, err := godwit.Post(ctx, url, godwit.Multipart(godwit.Field("n", 42), godwit.Field("ok", true)))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(res.Text())
	// Output:
	// n ""  42
	// ok ""  true
}

// A file that is not there is an error before anything is sent.
func ExampleFile() {
	_, err := godwit.Post(ctx, "http://example.com/", godwit.Multipart(godwit.File("text", "none.txt")))
	fmt.Println(err)
	// Output: POST http://example.com/: part 1, "text": stat none.txt: no such file or directory
}

// A part with a type and a field of its own.
func ExamplePart() {
	url, stop := serveForms()
	defer stop()

	part := godwit.Part{
		Name: "meta", Type: "application/json", Header: http.Header{"Content-ID": {"<1>"}},
		Body: godwit.Reader(strings.NewReader(`{"a":1}`), ""),
	}
	res, err := godwit.Post(ctx, url, godwit.Multipart(part))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(res.Text())
	// Output: meta "" application/json {"a":1}
}

// Another type than form-data, with a boundary that is known.
func ExampleMultipartBoundary() {
	req, err := new(godwit.Session).Prepare(ctx, "POST", "http://example.com/",
		godwit.MultipartBoundary("xyz", godwit.Field("a", 1)),
		godwit.Header{"Content-Type": "multipart/mixed; boundary=xyz"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(req.Header.Get("Content-Type"), req.ContentLength)
	// Output: multipart/mixed; boundary=xyz 63
}

func ExampleFileBody() {
	url, stop := serveEcho()
	defer stop()
	path, remove := tempFile("data.json", `{"a":1}`)
	defer remove()

	res, err := godwit.Put(ctx, url, godwit.FileBody(path))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: 7 bytes, length 7, type "application/json", coding "", key of 0
}

// Send what is made while it is sent.
func ExampleSeq() {
	url, stop := serveEcho()
	defer stop()

	var lines iter.Seq[[]byte] = func(yield func([]byte) bool) {
		for i := range 3 {
			if !yield(fmt.Appendf(nil, "line %d\n", i)) {
				return
			}
		}
	}
	res, err := godwit.Post(ctx, url, godwit.Seq(lines, "text/plain"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: 21 bytes, length -1, type "text/plain", coding "", key of 0
}

func ExampleCompressBody() {
	url, stop := serveEcho()
	defer stop()

	api := godwit.NewSession(godwit.BaseURL(url), godwit.CompressBody)
	res, err := api.Post(ctx, "/", godwit.Bytes(make([]byte, 1_000_000), ""))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Contains(res.Text(), `coding "gzip"`), len(res.Text()) < 100)
	// Output: true true
}

// See how far a body has come.
func ExampleProgress() {
	url, stop := serveEcho()
	defer stop()

	progress := godwit.Progress(func(t godwit.Transfer) {
		if t.Done == t.Total {
			fmt.Println("up:", t.Up, "bytes:", t.Done)
		}
	})
	_, err := godwit.Put(ctx, url, godwit.Bytes(make([]byte, 5_000_000), ""), progress)
	fmt.Println(err)
	// Output:
	// up: true bytes: 5000000
	// up: false bytes: 59
	// <nil>
}

// A POST that a server does once, however often it comes.
func ExampleFlag_idempotencyKey() {
	url, stop := serveEcho()
	defer stop()

	res, err := godwit.Post(ctx, url, godwit.JSON("pay"), godwit.IdempotencyKey)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: 5 bytes, length 5, type "application/json", coding "", key of 28
}

// Fill in a URL.
func ExampleURI() {
	api, stop := serve()
	defer stop()

	user, err := godwit.Decode[User](godwit.Get(ctx, api+"/users/{login}", godwit.URI{"login": "octo/cat"}))
	fmt.Println(user.Login, err)

	_, err = godwit.Get(ctx, "http://example.com/users/{login}", godwit.URI{"login": ".."})
	fmt.Println(err)
	// Output:
	// octo/cat <nil>
	// GET http://example.com/users/{login}: URI template: a segment of the path would be "." or ".."
}

// Ask many times, a few at once.
func ExampleEach() {
	url, stop := serve()
	defer stop()

	api := godwit.NewSession(godwit.BaseURL(url))
	get := func(ctx context.Context, login string) (User, error) {
		return godwit.Decode[User](api.Get(ctx, "/users/{login}", godwit.URI{"login": login}))
	}
	logins := []string{"mona", "nobody", "hubot"}
	users := make([]User, len(logins))
	for r, err := range godwit.Each(ctx, 2, slices.Values(logins), get) {
		if err != nil {
			fmt.Println(r.In, "failed")
			continue
		}
		users[r.Index] = r.Out
	}
	fmt.Println(users)
	// Output:
	// nobody failed
	// [{mona Mona} { } {hubot Mona}]
}
