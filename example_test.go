package godwit_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"example.com/godwit"
	"example.com/godwit/trace"
)

var ctx = context.Background()

type User struct {
	Login string `json:"login"`
	Name  string `json:"name"`
}

// The examples talk to a server in this process.
func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s", r.Method, r.Header.Get("Content-Type"), body)
	})
	mux.HandleFunc("/length", func(w http.ResponseWriter, r *http.Request) {
		t, _, _ := strings.Cut(r.Header.Get("Content-Type"), "; boundary")
		fmt.Fprint(w, t, " ", r.ContentLength)
	})
	mux.HandleFunc("GET /search", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.RawQuery) })
	mux.HandleFunc("GET /fields", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Accept: %s; User-Agent: %q; X-Tag: %s", r.Header.Get("Accept"), r.Header.Get("User-Agent"), r.Header["X-Tag"])
	})
	mux.HandleFunc("GET /users/{login}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("login") == "nobody" {
			http.Error(w, "no such user", http.StatusNotFound)
			return
		}
		json.NewEncoder(w).Encode(User{r.PathValue("login"), "Mona"})
	})
	mux.HandleFunc("POST /users", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	mux.HandleFunc("GET /log", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "one\ntwo\n") })
	mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header.Get("Authorization")) })
	mux.HandleFunc("GET /old", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/search?moved=1", http.StatusFound)
	})
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Set-Cookie", "sid=42") })
	mux.HandleFunc("GET /cookies", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header.Get("Cookie")) })
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("GET /big", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, strings.Repeat("x", 5000)) })
	return mux
}

// serve starts the server and returns its URL and what stops it.
func serve() (api string, stop func()) {
	server := httptest.NewServer(handler())
	return server.URL, server.Close
}

// Ask.
func Example() {
	api, stop := serve()
	defer stop()

	res, err := godwit.Get(ctx, api+"/search",
		godwit.Params{"q": "go http", "page": 2},
		godwit.Header{"Accept": "text/plain"},
		godwit.Timeout(5*time.Second))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.StatusCode, res.OK(), res.Text())
	// Output: 200 true page=2&q=go+http
}

func ExampleGet() {
	api, stop := serve()
	defer stop()

	res, err := godwit.Get(ctx, api+"/users/octocat")
	if err != nil {
		fmt.Println(err)
		return
	}
	var user User
	err = res.JSON(&user)
	fmt.Println(res, user.Name, err)
	// Output: HTTP/1.1 200 OK Mona <nil>
}

// Ask for a value.
func ExampleDecode() {
	api, stop := serve()
	defer stop()

	user, err := godwit.Decode[User](godwit.Get(ctx, api+"/users/octocat"))
	fmt.Println(user.Name, err)

	user, err = godwit.Decode[User](godwit.Post(ctx, api+"/users", godwit.JSON(User{Login: "hubot"})))
	fmt.Println(user.Login, err)
	// Output:
	// Mona <nil>
	// hubot <nil>
}

// Keep what calls have in common.
func ExampleSession() {
	url, stop := serve()
	defer stop()

	api := godwit.NewSession(
		godwit.BaseURL(url),
		godwit.Header{"Authorization": "Bearer s3cret"},
		godwit.Timeout(10*time.Second))

	me, err := api.Get(ctx, "/me")
	fmt.Println(me.Text(), err)

	asBob := api.With(godwit.Header{"Authorization": "Bearer b0b"}) // the same connections
	me, err = asBob.Get(ctx, "/me")
	fmt.Println(me.Text(), err)
	// Output:
	// Bearer s3cret <nil>
	// Bearer b0b <nil>
}

// Read as it arrives.
func ExampleSession_Stream() {
	api, stop := serve()
	defer stop()

	var session godwit.Session
	log, err := session.Stream(ctx, "GET", api+"/log")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	for line, err := range log.Lines() {
		fmt.Println(line, err)
	}
	// Output:
	// one <nil>
	// two <nil>
}

// Save a response that need not fit into memory: the file is there when all of it is.
func ExampleStream_SaveTo() {
	api, stop := serve()
	defer stop()
	dir, _ := os.MkdirTemp("", "godwit")
	defer os.RemoveAll(dir)

	var session godwit.Session
	big, err := session.Stream(ctx, "GET", api+"/big")
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := big.SaveTo(filepath.Join(dir, "big.txt"))
	fmt.Println(n, err)
	// Output: 5000 <nil>
}

func ExampleStream_Chunks() {
	api, stop := serve()
	defer stop()

	var session godwit.Session
	big, err := session.Stream(ctx, "GET", api+"/big")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer big.Close()
	for piece, err := range big.Chunks(2000) {
		fmt.Println(len(piece), err)
	}
	// Output:
	// 2000 <nil>
	// 2000 <nil>
	// 1000 <nil>
}

// Look before you send.
func ExampleSession_Prepare() {
	api, stop := serve()
	defer stop()

	var session godwit.Session
	req, err := session.Prepare(ctx, "POST", api+"/users", godwit.JSON(User{Login: "hubot"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("X-Request-Id", "42") // it is an *http.Request
	fmt.Println(req.Method, req.URL.Path, req.ContentLength, req.Header.Get("Content-Type"))

	res, err := session.Send(req)
	fmt.Println(res.Text(), err)
	// Output:
	// POST /users 27 application/json
	// {"login":"hubot","name":""} <nil>
}

// Serve a library that wants an http.Client.
func ExampleSession_HTTPClient() {
	api, stop := serve()
	defer stop()

	session := godwit.NewSession(godwit.Header{"Authorization": "Bearer s3cret"})
	client := session.HTTPClient()

	res, err := client.Get(api + "/me")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	fmt.Println(string(body), err)
	// Output: Bearer s3cret <nil>
}

// Keep cookies.
func ExampleSession_jar() {
	api, stop := serve()
	defer stop()

	jar, _ := cookiejar.New(nil)
	session := &godwit.Session{Jar: jar}
	session.Get(ctx, api+"/login")
	res, err := session.Get(ctx, api+"/cookies", godwit.Cookies{"theme": "dark"})
	fmt.Println(res.Text(), err)
	// Output: theme=dark; sid=42 <nil>
}

// Be told what happens.
func ExampleSession_tracer() {
	api, stop := serve()
	defer stop()

	session := &godwit.Session{Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
		switch ev := ev.(type) {
		case trace.ResponseHead:
			fmt.Println("response", ev.Status)
		case trace.CallDone:
			fmt.Println("done", ev.Path, ev.Status, ev.Hops, "hop")
		}
	})}
	session.Get(ctx, api+"/old")
	// Output:
	// response 302
	// response 200
	// done /search 200 1 hop
}

// Live with net/http: wrap each exchange.
func ExampleMiddleware() {
	api, stop := serve()
	defer stop()

	logged := func(next http.RoundTripper) http.RoundTripper {
		return godwit.RoundTripFunc(func(req *http.Request) (*http.Response, error) {
			res, err := next.RoundTrip(req)
			if err == nil {
				fmt.Println(req.Method, req.URL.Path, res.StatusCode)
			}
			return res, err
		})
	}
	session := &godwit.Session{NetworkMiddleware: []godwit.Middleware{logged}}
	session.Get(ctx, api+"/old")
	// Output:
	// GET /old 302
	// GET /search 200
}

// Know what went wrong.
func ExampleError() {
	api, stop := serve()
	defer stop()

	_, err := godwit.Decode[User](godwit.Get(ctx, api+"/users/nobody"))
	switch {
	case errors.Is(err, godwit.ErrTimeout):
		fmt.Println("try later")
	case errors.Is(err, godwit.ErrConnect):
		fmt.Println("is it plugged in?")
	}
	if e, ok := errors.AsType[*godwit.StatusError](err); ok {
		fmt.Println(e.StatusCode, e.Excerpt())
	}
	fmt.Println(strings.TrimPrefix(err.Error(), "GET "+api))
	// Output:
	// 404 no such user
	// /users/nobody: 404 Not Found
}

// An error is of every kind that fits.
func ExampleKind() {
	_, err := godwit.Get(ctx, "http://127.0.0.1:1/", godwit.Timeout(time.Minute))
	fmt.Println(errors.Is(err, godwit.ErrConnect), errors.Is(err, godwit.ErrTimeout))

	_, err = godwit.Get(ctx, "example.com")
	fmt.Println(errors.Is(err, godwit.ErrURL), err)
	// Output:
	// true false
	// true GET example.com: no http:// or https:// in front
}

func ExampleTimeout() {
	api, stop := serve()
	defer stop()

	_, err := godwit.Get(ctx, api+"/slow", godwit.Timeout(20*time.Millisecond))
	fmt.Println(errors.Is(err, godwit.ErrTimeout), errors.Is(err, context.DeadlineExceeded))

	_, err = godwit.Get(ctx, "http://localhost/", godwit.Timeout(5))
	fmt.Println(err)
	// Output:
	// true true
	// GET http://localhost/: a Timeout of 5ns is no time to do anything in: did you mean 5*time.Second?
}

// Bound the phases of each exchange: here what requests calls timeout=(3.05, 27).
func ExampleLimits() {
	api, stop := serve()
	defer stop()

	res, err := godwit.Get(ctx, api+"/log",
		godwit.Limits{Connect: 3050 * time.Millisecond, Wait: 27 * time.Second, Receive: 27 * time.Second})
	fmt.Println(res.OK(), err)
	// Output: true <nil>
}

func ExampleMaxBody() {
	api, stop := serve()
	defer stop()

	_, err := godwit.Get(ctx, api+"/big", godwit.MaxBody(1000))
	fmt.Println(errors.Is(err, godwit.ErrTooLarge))
	// Output: true
}

func ExampleParams() {
	api, stop := serve()
	defer stop()

	res, _ := godwit.Get(ctx, api+"/search?a=1", godwit.Params{"tag": []string{"x", "y"}, "page": 2, "none": nil})
	fmt.Println(res.Text())
	// Output: a=1&page=2&tag=x&tag=y
}

// Order and repeats are kept.
func ExamplePairs() {
	api, stop := serve()
	defer stop()

	res, _ := godwit.Get(ctx, api+"/search", godwit.Pairs{{"z", "1"}, {"a", "2"}, {"z", "3"}}, godwit.Query("raw=%20"))
	fmt.Println(res.Text())
	// Output: raw=%20&z=1&a=2&z=3
}

func ExampleHeader() {
	api, stop := serve()
	defer stop()

	res, _ := godwit.Get(ctx, api+"/fields",
		godwit.Header{"Accept": "text/plain", "X-Tag": 1},
		godwit.AddHeader("X-Tag", "2"),
		godwit.NoHeader{"User-Agent"})
	fmt.Println(res.Text())
	// Output: Accept: text/plain; User-Agent: ""; X-Tag: [1 2]
}

func ExampleCookies() {
	api, stop := serve()
	defer stop()

	res, _ := godwit.Get(ctx, api+"/cookies", godwit.Cookies{"theme": "dark", "visits": 3})
	fmt.Println(res.Text())
	// Output: theme=dark; visits=3
}

func ExampleJSON() {
	api, stop := serve()
	defer stop()

	res, _ := godwit.Post(ctx, api+"/echo", godwit.JSON(map[string]any{"a": 1}))
	fmt.Println(res.Text())
	// Output: POST application/json {"a":1}
}

func ExampleForm() {
	api, stop := serve()
	defer stop()

	res, _ := godwit.Post(ctx, api+"/echo", godwit.Form{"user": "mona", "remember": true})
	fmt.Println(res.Text())

	res, _ = godwit.Post(ctx, api+"/echo", godwit.FormPairs{{"z", "1"}, {"a", "2"}, {"z", "3"}})
	fmt.Println(res.Text())
	// Output:
	// POST application/x-www-form-urlencoded remember=true&user=mona
	// POST application/x-www-form-urlencoded z=1&a=2&z=3
}

func ExampleBytes() {
	api, stop := serve()
	defer stop()

	res, _ := godwit.Put(ctx, api+"/echo", godwit.Bytes([]byte("hello"), "text/plain"))
	fmt.Println(res.Text())
	// Output: PUT text/plain hello
}

func ExampleReader() {
	api, stop := serve()
	defer stop()

	res, _ := godwit.Put(ctx, api+"/echo", godwit.Reader(strings.NewReader("hello"), "text/plain"))
	fmt.Println(res.Text())
	// Output: PUT text/plain hello
}

// A recipe for a body: it is opened anew each time that the request is sent.
func ExampleBody() {
	api, stop := serve()
	defer stop()

	body := &godwit.Body{Type: "text/plain", Size: -1, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("hello")), nil
	}}
	res, _ := godwit.Post(ctx, api+"/echo", body)
	fmt.Println(res.Text())
	// Output: POST text/plain hello
}

// Redirects leave a history.
func ExampleResponse() {
	api, stop := serve()
	defer stop()

	res, _ := godwit.Get(ctx, api+"/old")
	fmt.Println(res.Request.URL.Path, len(res.History), res.History[0].StatusCode)

	res, _ = godwit.Get(ctx, api+"/old", godwit.NoRedirects)
	fmt.Println(res.StatusCode)
	// Output:
	// /search 1 302
	// 302
}

func ExampleRedirects() {
	api, stop := serve()
	defer stop()

	_, err := godwit.Get(ctx, api+"/old", godwit.Redirects(1))
	fmt.Println(err)
	// Output: <nil>
}

// What goes on to another origin.
func ExampleKeepHeaders() {
	api, stop := serve()
	defer stop()
	elsewhere := httptest.NewServer(http.RedirectHandler(api+"/fields", http.StatusFound))
	defer elsewhere.Close()

	header := godwit.Header{"X-Tag": "kept?", "User-Agent": "me"}
	res, _ := godwit.Get(ctx, elsewhere.URL, header)
	fmt.Println(res.Text())
	res, _ = godwit.Get(ctx, elsewhere.URL, header, godwit.KeepHeaders{"X-Tag"})
	fmt.Println(res.Text())
	// Output:
	// Accept: */*; User-Agent: "me"; X-Tag: []
	// Accept: */*; User-Agent: "me"; X-Tag: [kept?]
}

// Make an error status an error.
func ExampleFlag() {
	api, stop := serve()
	defer stop()

	_, err := godwit.Get(ctx, api+"/users/nobody", godwit.RaiseForStatus)
	fmt.Println(errors.Is(err, godwit.ErrStatus))
	// Output: true
}

// Trust a certificate authority of one's own.
func ExampleCA() {
	server := httptest.NewUnstartedServer(handler())
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	dir, _ := os.MkdirTemp("", "godwit")
	defer os.RemoveAll(dir)
	ca := filepath.Join(dir, "ca.pem")
	os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600)

	res, err := godwit.Get(ctx, server.URL+"/log", godwit.CA(ca))
	fmt.Println(res.OK(), res.TLS != nil, err)
	// Output: true true <nil>
}

func ExampleOnRequest() {
	api, stop := serve()
	defer stop()

	sign := godwit.OnRequest(func(req *http.Request) error {
		req.Header.Set("Authorization", "HMAC "+req.URL.Path)
		return nil
	})
	res, _ := godwit.Get(ctx, api+"/me", sign)
	fmt.Println(res.Text())
	// Output: HMAC /me
}

func ExampleOnResponse() {
	api, stop := serve()
	defer stop()

	show := godwit.OnResponse(func(res *http.Response) error {
		fmt.Println(res.StatusCode, res.Request.URL.Path)
		return nil
	})
	godwit.Get(ctx, api+"/old", show)
	// Output:
	// 302 /old
	// 200 /search
}

// Options are values; anything with an Apply method is one.
func ExampleOption() {
	fmt.Printf("%+v\n", godwit.Defaults{godwit.Params{"q": 1}, godwit.Timeout(time.Second), godwit.NoRedirects, godwit.Insecure})

	api, stop := serve()
	defer stop()
	purge := godwit.OptionFunc(func(r *godwit.Request) error {
		r.Method = "PURGE"
		return nil
	})
	res, _ := godwit.Get(ctx, api+"/echo", purge)
	fmt.Println(res.Text())
	// Output:
	// [map[q:1] 1000000000 0 Insecure]
	// PURGE
}
