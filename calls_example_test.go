package godwit_test

// The methods, by themselves and in a session, and what else is said in a word.

import (
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"

	"example.com/godwit"
)

// Each method has a function, which takes a context, a URL and options.
func ExamplePost() {
	api, stop := serve()
	defer stop()
	body := godwit.Bytes([]byte("hi"), "text/plain")

	for _, ask := range []func(context.Context, string, ...godwit.Option) (*godwit.Response, error){
		godwit.Post, godwit.Put, godwit.Patch, godwit.Delete, godwit.Options,
	} {
		res, err := ask(ctx, api+"/echo", body)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(res.Text())
	}
	// Output:
	// POST text/plain hi
	// PUT text/plain hi
	// PATCH text/plain hi
	// DELETE text/plain hi
	// OPTIONS text/plain hi
}

// A session has the same methods.
func ExampleSession_Post() {
	url, stop := serve()
	defer stop()
	api := godwit.NewSession(godwit.BaseURL(url), godwit.FormPairs{{"v", "2"}})

	for _, ask := range []func(context.Context, string, ...godwit.Option) (*godwit.Response, error){
		api.Post, api.Put, api.Patch, api.Delete, api.Options, api.Get,
	} {
		res, err := ask(ctx, "/echo")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(res.Text())
	}
	// Output:
	// POST application/x-www-form-urlencoded v=2
	// PUT application/x-www-form-urlencoded v=2
	// PATCH application/x-www-form-urlencoded v=2
	// DELETE application/x-www-form-urlencoded v=2
	// OPTIONS application/x-www-form-urlencoded v=2
	// GET application/x-www-form-urlencoded v=2
}

// Do sends any other method.
func ExampleDo() {
	api, stop := serve()
	defer stop()

	res, err := godwit.Do(ctx, "QUERY", api+"/echo", godwit.JSON("go"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: QUERY application/json "go"
}

// The length of something, without the thing.
func ExampleHead() {
	api, stop := serve()
	defer stop()

	res, err := godwit.Head(ctx, api+"/log")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.ContentLength, len(res.Content))

	res, err = new(godwit.Session).Head(ctx, api+"/users/nobody")
	fmt.Println(res.StatusCode, err)
	// Output:
	// 8 0
	// 404 <nil>
}

// Look at the head, and then read the rest or leave it.
func ExampleStream_Finish() {
	api, stop := serve()
	defer stop()

	stream, err := new(godwit.Session).Stream(ctx, "GET", api+"/users/mona")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	if stream.ContentLength > 1<<20 {
		return
	}
	res, err := stream.Finish()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(res.Text())
	// Output: {"login":"mona","name":"Mona"}
}

// The same for a request that was prepared, or that somebody else has made.
func ExampleSession_Open() {
	api, stop := serve()
	defer stop()
	session := godwit.NewSession(godwit.Bearer("token"))
	defer session.Close()

	req, _ := http.NewRequestWithContext(ctx, "GET", api+"/me", nil)
	stream, err := session.Open(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	for line, err := range stream.Lines() {
		fmt.Println(line, err)
	}
	// Output: Bearer token <nil>
}

// A result has the input, so that it need not be looked up.
func ExampleResult() {
	api, stop := serve()
	defer stop()

	var answers []godwit.Result[string, *godwit.Response]
	for r, err := range godwit.Each(ctx, 4, slices.Values([]string{"/log", "/big"}),
		func(ctx context.Context, path string) (*godwit.Response, error) { return godwit.Get(ctx, api+path) }) {
		if err != nil {
			fmt.Println(r.In, err)
			break // what is still running is cancelled
		}
		answers = append(answers, r)
	}
	slices.SortFunc(answers, func(a, b godwit.Result[string, *godwit.Response]) int { return a.Index - b.Index })
	for _, r := range answers {
		fmt.Println(r.In, len(r.Out.Content))
	}
	// Output:
	// /log 8
	// /big 5000
}

// From https to http no redirect is followed, unless that is said.
func ExampleFlag_allowDowngrade() {
	api, stop := serve()
	defer stop()
	secure := httptest.NewTLSServer(http.RedirectHandler(api+"/log", http.StatusFound))
	defer secure.Close()

	_, err := godwit.Get(ctx, secure.URL, godwit.Insecure)
	fmt.Println(errors.Is(err, godwit.ErrLocation))

	res, err := godwit.Get(ctx, secure.URL, godwit.Insecure, godwit.AllowDowngrade)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Request.URL.Path, res.OK())
	// Output:
	// true
	// /log true
}

// A body that becomes much larger when it is unpacked is given up.
func ExampleMaxRatio() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		z.Write(make([]byte, 1_000_000)) // which are 1,000 on the wire
	}))
	defer server.Close()

	stream, err := new(godwit.Session).Stream(ctx, "GET", server.URL, godwit.MaxBody(10_000), godwit.MaxRatio(100))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	for _, err = range stream.Chunks(0) {
	}
	fmt.Println(errors.Is(err, godwit.ErrTooLarge))
	// Output: true
}

// A coding of one's own, and one of Godwit's that is not wanted.
func ExampleDecoders() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "base64")
		io.WriteString(w, "Z29kd2l0")
	}))
	defer server.Close()

	session := godwit.NewSession(godwit.Decoders{
		"base64": func(r io.Reader) (io.Reader, error) { return base64.NewDecoder(base64.StdEncoding, r), nil },
		"br":     nil,
	})
	res, err := session.Get(ctx, server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output:
	// gzip, deflate, zstd, base64
	// godwit
}

// Past whatever proxy the environment names.
func ExampleProxy_noProxy() {
	os.Setenv("ALL_PROXY", "http://127.0.0.1:1")
	defer os.Unsetenv("ALL_PROXY")
	api, stop := serve()
	defer stop()

	res, err := new(godwit.Session).Get(ctx, api+"/log", godwit.NoProxy)
	fmt.Println(res, err)
	// Output: HTTP/1.1 200 OK <nil>
}

// Say who you are, and with what.
func ExampleHeader_userAgent() {
	api, stop := serve()
	defer stop()

	res, err := godwit.Get(ctx, api+"/fields", godwit.Header{"User-Agent": "crawler/2 (mona@example.com) godwit/" + godwit.Version})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Contains(res.Text(), "crawler/2 (mona@example.com) godwit/0."))
	// Output: true
}
