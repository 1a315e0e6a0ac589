package godwit_test

// Who is asking, whom to trust, and which way to go: the options of credential.go, secret.go,
// trust.go, proxy.go and environment.go.

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"example.com/godwit"
	"example.com/godwit/auth"
	"example.com/godwit/transport"
)

func ExampleAuth() {
	api, stop := serve()
	defer stop()

	sign := auth.Func(func(req *http.Request) error {
		req.Header.Set("Authorization", "HMAC "+req.URL.Path)
		return nil
	})
	res, err := godwit.Get(ctx, api+"/me", godwit.Auth(sign))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: HMAC /me
}

func ExampleBasicAuth() {
	api, stop := serve()
	defer stop()

	res, err := godwit.Get(ctx, api+"/me", godwit.BasicAuth("mona", "s3cret"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: Basic bW9uYTpzM2NyZXQ=
}

func ExampleBearer() {
	api, stop := serve()
	defer stop()

	session := godwit.NewSession(godwit.BaseURL(api), godwit.Bearer("token"))
	for _, opts := range [][]godwit.Option{nil, {godwit.BasicAuth("bob", "pw")}, {godwit.Auth(nil)}} {
		res, err := session.Get(ctx, "/me", opts...)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%q\n", res.Text())
	}
	// Output:
	// "Bearer token"
	// "Basic Ym9iOnB3"
	// ""
}

func ExampleSecret() {
	api, stop := serve()
	defer stop()

	key := godwit.Secret("hunter2").For(api)
	fmt.Printf("%v %+v %q\n", key, godwit.Header{"X-Api-Key": key}, key)

	// The server at api may redirect as it likes: the key goes nowhere else.
	_, err := godwit.Get(ctx, "http://elsewhere.example/", godwit.Header{"X-Api-Key": key})
	fmt.Println(errors.Is(err, godwit.ErrSecret))
	// Output:
	// ••• map[X-Api-Key:•••] •••
	// true
}

func ExampleSecretValue() {
	key := godwit.Secret("hunter2").For("https://api.example.com")
	_, err := godwit.Get(ctx, "https://api.example.org/", godwit.Params{"key": key})
	fmt.Println(err)
	// Output: GET https://api.example.org/?key=•••: a Secret for https://api.example.com:443 is not sent to https://api.example.org:443
}

func ExampleClientCert() {
	// In one file, or in two; read once, and shown to the first URL's origin alone.
	_, err := godwit.Get(ctx, "https://api.example.com/", godwit.ClientCert("missing.pem", ""))
	fmt.Println(errors.Is(err, godwit.ErrRequest), errors.Is(err, os.ErrNotExist))
	// Output: true true
}

func ExampleTLS() {
	server := httptest.NewTLSServer(handler())
	defer server.Close()

	config := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	res, err := godwit.Get(ctx, server.URL+"/search", godwit.TLS(config))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tls.VersionName(res.TLS.Version))
	// Output: TLS 1.3
}

func ExampleProxy() {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "asked for ", r.URL)
	}))
	defer proxy.Close()

	res, err := godwit.Get(ctx, "http://example.com/", godwit.Proxy(proxy.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: asked for http://example.com/
}

func ExampleProxies() {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "asked for ", r.URL)
	}))
	defer proxy.Close()
	api, stop := serve()
	defer stop()

	session := godwit.NewSession(godwit.Proxies{"http": proxy.URL, "http://127.0.0.1": ""})
	for _, url := range []string{"http://example.com/", api + "/search?q=1"} {
		res, err := session.Get(ctx, url)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(res.Text())
	}
	// Output:
	// asked for http://example.com/
	// q=1
}

func ExampleNoEnv() {
	os.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	defer os.Unsetenv("HTTP_PROXY")
	api, stop := serve()
	defer stop()

	// A session that has itself and nothing else to go by.
	session := godwit.NewSession(godwit.NoEnv{Proxy: true, Netrc: true, CA: true})
	res, err := session.Get(ctx, api+"/search?q=1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: q=1
}

func ExampleMount() {
	api, stop := serve()
	defer stop()

	session := godwit.NewSession()
	session.Mounts = map[string]http.RoundTripper{
		"https://legacy.example.com/": http.DefaultTransport,
		api:                           godwit.Mount{Transport: &transport.Transport{MaxConnsPerHost: 4}, Options: godwit.Defaults{godwit.Retry{Max: 3}, godwit.Params{"v": 2}}},
	}
	defer session.Close()
	res, err := session.Get(ctx, api+"/search", godwit.Params{"q": "go"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: v=2&q=go
}
