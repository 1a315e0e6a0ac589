package godwit_test

// The Go of docs/library.md, docs/reading.md, docs/retries.md and docs/auth.md that is in no
// Example of a name's own.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"time"

	"example.com/godwit"
	"example.com/godwit/auth"
	"example.com/godwit/cookiejar"
)

// docs/library.md: a flag of the session's, taken back for one call.
func Example_flagTakenBack() {
	api, stop := serve()
	defer stop()
	session := godwit.NewSession(godwit.RaiseForStatus)

	anyStatus := godwit.OptionFunc(func(r *godwit.Request) error {
		r.RaiseForStatus = false
		return nil
	})
	res, err := session.Get(ctx, api+"/users/nobody", anyStatus)
	fmt.Println(res, err)
	// Output: HTTP/1.1 404 Not Found <nil>
}

// docs/library.md: cookies that outlive the program.
func Example_cookiesSaved() {
	api, stop := serve()
	defer stop()
	path, remove := tempFile("unused", "")
	defer remove()
	file := filepath.Join(filepath.Dir(path), "cookies.json")

	jar := &cookiejar.Jar{SaveSession: true}
	if err := jar.Load(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Println(err)
		return
	}
	session := &godwit.Session{Jar: jar}
	if _, err := session.Get(ctx, api+"/login"); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(jar.Len(), jar.Save(file))
	// Output: 1 <nil>
}

// docs/reading.md: page after page.
func ExampleResponse_Links() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page") != "2" {
			w.Header().Set("Link", `<?page=2>; rel="next"`)
		}
		fmt.Fprint(w, "page ", r.URL.Query().Get("page"))
	}))
	defer server.Close()
	api := server.URL

	for next := api + "/list?page=1"; next != ""; {
		res, err := godwit.Get(ctx, next)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(res.Text())
		next = res.Links()["next"].Target // "": there is none
	}
	// Output:
	// page 1
	// page 2
}

// docs/reading.md: where the time went.
func ExampleResponse_Timings() {
	api, stop := serve()
	defer stop()

	res, err := godwit.Get(ctx, api+"/old")
	if err != nil {
		fmt.Println(err)
		return
	}
	t := res.Timings() // of the last exchange; those of all are in res.Attempts
	if t.Wait > t.Connect+t.TLS+time.Second {
		fmt.Println("it is the server that is slow:", t.Wait)
	}
	for _, a := range res.Attempts {
		fmt.Println(a.Hop, a.Status, a.Conn.Reused)
	}
	// Output:
	// 0 302 false
	// 1 200 true
}

// docs/retries.md: what was tried.
func ExampleStream_Attempts() {
	server := flaky(1)
	defer server.Close()
	session := godwit.NewSession(godwit.Retry{Max: 3})

	stream, err := session.Stream(ctx, "GET", server.URL)
	if err != nil {
		e, _ := errors.AsType[*godwit.Error](err)
		fmt.Println(len(e.Attempts), e.Sent, err)
		return
	}
	defer stream.Close()
	for _, a := range stream.Attempts() {
		fmt.Println(a.N, a.Status, a.Waited)
	}
	// Output:
	// 1 503 0s
	// 2 200 0s
}

// docs/auth.md: tokens that are fetched.
func Example_token() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"access_token":"t0","expires_in":3600}`)
	})
	mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header.Get("Authorization")) })
	server := httptest.NewServer(mux)
	defer server.Close()
	url := server.URL

	fetch := func(ctx context.Context) (string, time.Time, error) {
		t, err := godwit.Decode[struct {
			Token   string `json:"access_token"`
			Seconds int    `json:"expires_in"`
		}](godwit.Post(ctx, url+"/token", godwit.BasicAuth("id", "secret"),
			godwit.Form{"grant_type": "client_credentials"}))
		return t.Token, time.Now().Add(time.Duration(t.Seconds) * time.Second), err
	}
	api := godwit.NewSession(godwit.BaseURL(url), godwit.Auth(auth.Token(fetch)))

	res, err := api.Get(ctx, "/me")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: Bearer t0
}

// docs/auth.md: a key that has no header of its own.
func Example_secretPrefix() {
	api, stop := serve()
	defer stop()
	key := "hunter2"

	session := godwit.NewSession(godwit.BaseURL(api),
		godwit.Header{"Authorization": godwit.Secret("Token " + key)})

	res, err := session.Get(ctx, "/me")
	fmt.Println(res.Text(), err)
	_, err = session.Get(ctx, "http://elsewhere.example/me", godwit.Header{"X-Key": godwit.Secret(key).For(api)})
	fmt.Println(errors.Is(err, godwit.ErrSecret))
	// Output:
	// Token hunter2 <nil>
	// true
}

// docs/library.md: which way requests go, and whom they trust there.
func Example_way() {
	session := godwit.NewSession(
		godwit.Proxies{"http": "http://127.0.0.1:3128", "https://internal.example": ""}, // "": none
		godwit.CA("company.pem"),                      // a file, or a folder
		godwit.ClientCert("client.pem", "client.key"), // or one file with both
		godwit.NoEnv{Proxy: true, Netrc: true})        // what the environment has no say in
	_, err := session.Get(ctx, "https://internal.example/")
	fmt.Println(errors.Is(err, godwit.ErrRequest), errors.Is(err, fs.ErrNotExist))
	// Output: true true
}
