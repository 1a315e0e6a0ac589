package godwit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"example.com/godwit"
)

// answering starts a server that answers every request so, and returns its URL.
func answering(contentType, body string) (url string, stop func()) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		io.WriteString(w, body)
	}))
	return server.URL, server.Close
}

// A page that says in itself which charset it is in.
func ExampleResponse_EncodingSource() {
	url, stop := answering("text/html", "<meta charset=koi8-r>\xf0\xd2\xc9\xd7\xc5\xd4")
	defer stop()

	res, err := godwit.Get(ctx, url)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	fmt.Printf("%s, by its %s\n", res.TextEncoding(), res.EncodingSource())
	// Output:
	// <meta charset=koi8-r>Привет
	// koi8-r, by its declaration in the content
}

// The server is wrong about its charset, and the caller knows better.
func ExampleResponse_ApparentEncoding() {
	url, stop := answering("text/plain; charset=iso-8859-1", "Grüße")
	defer stop()

	res, err := godwit.Get(ctx, url)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text(), res.TextEncoding())
	res.Encoding = res.ApparentEncoding()
	fmt.Println(res.Text(), res.TextEncoding())
	// Output:
	// GrÃ¼ÃŸe windows-1252
	// Grüße utf-8
}

func ExampleResponse_TextEncoding() {
	url, stop := answering("text/plain; charset=Latin1", "caf\xe9")
	defer stop()

	res, err := godwit.Get(ctx, url)
	fmt.Println(res.Text(), res.TextEncoding(), err)
	// Output: café windows-1252 <nil>
}

func ExampleResponse_Cookies() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", `cart[7]="2 apples"; Path=/; Secure`)
	}))
	defer server.Close()

	res, err := godwit.Get(ctx, server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range res.Cookies() {
		fmt.Println(c.Name, c.Value, c.Path, c.Secure)
	}
	// Output: cart[7] "2 apples" / true
}

func ExampleStream_Cookies() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "sid=42")
	}))
	defer server.Close()

	stream, err := new(godwit.Session).Stream(ctx, "GET", server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	fmt.Println(stream.Cookies()[0].Value)
	// Output: 42
}

func ExampleResponse_IsRedirect() {
	api, stop := serve()
	defer stop()

	res, err := godwit.Get(ctx, api+"/old", godwit.NoRedirects)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.IsRedirect(), res.IsPermanentRedirect(), res.Header.Get("Location"))
	// Output: true false /search?moved=1
}

func ExampleResponse_IsPermanentRedirect() {
	server := httptest.NewServer(http.RedirectHandler("/new", http.StatusPermanentRedirect))
	defer server.Close()

	res, err := godwit.Get(ctx, server.URL, godwit.NoRedirects)
	fmt.Println(res.IsPermanentRedirect(), err)
	// Output: true <nil>
}

// What a server says about an error, for programs.
func ExampleResponse_Problem() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `{"type":"https://example.com/out-of-credit","title":"Not enough credit","balance":30}`)
	}))
	defer server.Close()

	_, err := godwit.Get(ctx, server.URL+"/buy", godwit.RaiseForStatus)
	if e, ok := errors.AsType[*godwit.StatusError](err); ok {
		if problem, ok := e.Problem(); ok {
			fmt.Println(problem.Type, problem.Title, problem.Extensions["balance"])
		}
	}
	// Output: https://example.com/out-of-credit Not enough credit 30
}

// Its members have names of their own, but for those that the server has added.
func ExampleProblem() {
	url, stop := answering("application/problem+json", `{"title":"Too slow","status":503,"limit":"10/s"}`)
	defer stop()

	res, err := godwit.Get(ctx, url)
	if err != nil {
		fmt.Println(err)
		return
	}
	problem, ok := res.Problem()
	fmt.Printf("%+v %t\n", *problem, ok)
	// Output: {Type:about:blank Title:Too slow Status:503 Detail: Instance: Extensions:map[limit:10/s]} true
}

// A guess is a guess: ask the server what its charset is, or the user.
func ExampleEncodingSource() {
	url, stop := answering("text/plain", "na\xefve caf\xe9")
	defer stop()

	res, err := godwit.Get(ctx, url)
	if err != nil {
		fmt.Println(err)
		return
	}
	switch res.EncodingSource() {
	case godwit.EncodingFromGuess, godwit.EncodingFromDefault:
		fmt.Println("perhaps:", res.Text())
	default:
		fmt.Println(res.Text())
	}
	// Output: perhaps: naïve café
}

func ExampleJSONLines() {
	url, stop := answering("application/x-ndjson", `{"login":"mona"}`+"\n\n"+`{"login":"hubot"}`+"\n{\n")
	defer stop()

	stream, err := new(godwit.Session).Stream(ctx, "GET", url)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	for user, err := range godwit.JSONLines[User](stream) {
		if err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), url, "URL"))
			return
		}
		fmt.Println(user.Login)
	}
	// Output:
	// mona
	// hubot
	// GET URL: response: line 4: the body ends within a record
}

// Events that go on when the connection ends.
func ExampleStream_Events() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		switch r.Header.Get("Last-Event-ID") {
		case "":
			io.WriteString(w, "retry: 10\n\nid: 1\nevent: news\ndata: first\n\n") // and the connection ends
		case "1":
			io.WriteString(w, "id: 2\ndata: second,\ndata: of two lines\n\n")
		default:
			w.WriteHeader(http.StatusNoContent) // no more
		}
	}))
	defer server.Close()

	stream, err := new(godwit.Session).Stream(ctx, "GET", server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	for event, err := range stream.Events() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %s: %q\n", event.ID, event.Type, event.Data)
	}
	// Output:
	// 1 news: "first"
	// 2 message: "second,\nof two lines"
}

// The events of one connection, which is not made again when it ends.
func ExampleReadEvents() {
	url, stop := answering("text/event-stream", "data: one\n\ndata: two\n\n")
	defer stop()

	stream, err := new(godwit.Session).Stream(ctx, "POST", url, godwit.JSON("a question"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	for event, err := range godwit.ReadEvents(stream.Body) {
		fmt.Println(event.Data, err)
	}
	// Output:
	// one <nil>
	// two <nil>
}

// A body as the wire brought it: it can be kept as it is, and unpacked by somebody else.
func ExampleFlag_raw() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "\x1f\x8b…")
	}))
	defer server.Close()

	res, err := godwit.Get(ctx, server.URL, godwit.Raw)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s %q\n", res.Header.Get("Content-Encoding"), res.Content)
	// Output: gzip "\x1f\x8b…"
}

// The context ends an event stream, wherever it stands.
func ExampleEvent() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "retry: 3600000\ndata: one\n\n") // and then come again in an hour
	}))
	defer server.Close()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := new(godwit.Session).Stream(ctx, "GET", server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	for event, err := range stream.Events() {
		if err != nil {
			fmt.Println(errors.Is(err, godwit.ErrCanceled))
			return
		}
		fmt.Println(event.Type, event.Data, event.Retry == time.Hour)
		cancel()
	}
	// Output:
	// message one true
	// true
}
