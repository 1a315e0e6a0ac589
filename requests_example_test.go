package godwit_test

// The Go of docs/requests.md, for who comes from Python's requests.

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"example.com/godwit"
	"example.com/godwit/auth"
	"example.com/godwit/cookiejar"
	"example.com/godwit/transport"
)

func Example_requestsAsk() {
	api, stop := serve()
	defer stop()

	// r = requests.get(api + "/search", params={"q": "go", "tag": ["a", "b"]}, headers={"X-Tag": "1"}, timeout=5)
	res, err := godwit.Get(ctx, api+"/search",
		godwit.Params{"q": "go", "tag": []string{"a", "b"}},
		godwit.Header{"X-Tag": 1},
		godwit.Limits{Connect: 5 * time.Second, Wait: 5 * time.Second, Receive: 5 * time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.StatusCode, res.OK(), res.Text(), res.Header.Get("content-type"))
	// Output: 200 true q=go&tag=a&tag=b text/plain; charset=utf-8
}

func Example_requestsSend() {
	api, stop := serve()
	defer stop()
	path := filepath.Join(os.TempDir(), "godwit-example.txt")
	os.WriteFile(path, []byte("report"), 0o600)
	defer os.Remove(path)

	for _, body := range []godwit.Option{
		godwit.Form{"user": "mona", "remember": true},                                    // data={...}
		godwit.FormPairs{{"tag", "a"}, {"tag", "b"}},                                     // data=[(...), (...)]
		godwit.Bytes([]byte("text"), "text/plain"),                                       // data=b"text"
		godwit.FileBody(path),                                                            // data=open(path, "rb")
		godwit.JSON(User{Login: "hubot"}),                                                // json={...}
		godwit.Multipart(godwit.Field("title", "A godwit"), godwit.File("report", path)), // files={...}
	} {
		res, err := godwit.Post(ctx, api+"/length", body)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(res.Text())
	}
	// Output:
	// application/x-www-form-urlencoded 23
	// application/x-www-form-urlencoded 11
	// text/plain 4
	// text/plain 6
	// application/json 27
	// multipart/form-data 264
}

func Example_requestsSession() {
	api, stop := serve()
	defer stop()

	// s = requests.Session(); s.auth = ("mona", "pw"); s.headers["X-Tag"] = "1"
	s := godwit.NewSession(godwit.BaseURL(api), godwit.BasicAuth("mona", "pw"), godwit.Header{"X-Tag": 1})
	if _, err := s.Get(ctx, "/login"); err != nil { // sets a cookie
		fmt.Println(err)
		return
	}
	res, err := s.Get(ctx, "/cookies")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	for c := range s.Jar.(*cookiejar.Jar).All() {
		fmt.Println(c.Name, c.Value, c.Domain, c.Path)
	}
	// Output:
	// sid=42
	// sid 42 127.0.0.1 /
}

func Example_requestsAuth() {
	_ = []godwit.Option{
		godwit.BasicAuth("mona", "pw"),                    // auth=("mona", "pw")
		godwit.Auth(auth.Digest("mona", "pw")),            // auth=HTTPDigestAuth("mona", "pw")
		godwit.Auth(auth.Any("mona", "pw")),               // whichever of the two the server asks for, Basic over TLS only
		godwit.Auth(auth.Proxy(auth.Basic("mona", "pw"))), // auth=HTTPProxyAuth("mona", "pw")
		godwit.Auth(auth.Func(func(req *http.Request) error { // class Mine(AuthBase)
			req.Header.Set("Authorization", "Mine "+req.URL.Path)
			return nil
		})),
	}
	// Output:
}

func Example_requestsErrors() {
	api, stop := serve()
	defer stop()

	res, err := godwit.Get(ctx, api+"/users/nobody")
	if err == nil {
		err = res.ErrorForStatus() // r.raise_for_status()
	}
	switch {
	case errors.Is(err, godwit.ErrTimeout): // except Timeout
		fmt.Println("too slow")
	case errors.Is(err, godwit.ErrConnect): // except ConnectionError
		fmt.Println("not there")
	case errors.Is(err, godwit.ErrStatus): // except HTTPError
		e, _ := errors.AsType[*godwit.StatusError](err)
		fmt.Println(e.StatusCode, e.Excerpt())
	}
	// Output: 404 no such user
}

func Example_requestsStream() {
	api, stop := serve()
	defer stop()

	// with requests.get(url, stream=True) as r: ...
	var s godwit.Session
	st, err := s.Stream(ctx, "GET", api+"/log")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()
	for line, err := range st.Lines() { // r.iter_lines()
		fmt.Println(line, err)
	}
	// Output:
	// one <nil>
	// two <nil>
}

func Example_requestsAdapter() {
	server := flaky(2)
	defer server.Close()

	// s.mount(prefix, HTTPAdapter(max_retries=3, pool_maxsize=10))
	s := godwit.NewSession()
	s.Mounts = map[string]http.RoundTripper{
		server.URL: godwit.Mount{
			Transport: &transport.Transport{MaxConnsPerHost: 10},
			Options:   godwit.Defaults{godwit.Retry{Max: 3}},
		},
	}
	defer s.Close()
	res, err := s.Get(ctx, server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text(), len(res.Attempts))
	// Output: here you are 3
}

func Example_requestsPrepare() {
	api, stop := serve()
	defer stop()

	s := godwit.NewSession(godwit.Header{"X-Tag": 1})
	req, err := s.Prepare(ctx, "GET", api+"/fields") // s.prepare_request(Request("GET", url))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("User-Agent", "mine")
	res, err := s.Send(req) // s.send(prepared)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: Accept: */*; User-Agent: "mine"; X-Tag: [1]
}

func Example_requestsNetwork() {
	_ = []godwit.Option{
		godwit.Proxies{"http": "http://127.0.0.1:3128", "https://internal.example": ""}, // proxies={...}
		godwit.NoEnv{Proxy: true, Netrc: true},                                          // s.trust_env = False, one by one
		godwit.CA("company.pem"),                                                        // verify="company.pem"
		godwit.ClientCert("client.pem", "client.key"),                                   // cert=("client.pem", "client.key")
		godwit.Insecure,      // verify=False
		godwit.Redirects(30), // s.max_redirects = 30
		godwit.NoRedirects,   // allow_redirects=False
	}
	// Output:
}
