package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"example.com/godwit/auth"
	"golang.org/x/oauth2"
)

// get makes a request as whoever sends requests does: it authorizes it, sends it, and sends it
// once more if the challenge can be answered.
func get(a auth.Auth, server http.Handler, url string) {
	req := httptest.NewRequest("GET", url, nil)
	for {
		if req.Header.Get("Authorization") == "" {
			if err := a.Authorize(req); err != nil {
				fmt.Println(err)
				return
			}
		}
		scheme, _, _ := strings.Cut(req.Header.Get("Authorization"), " ")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, req)
		res := w.Result()
		fmt.Printf("sent %q, got %s\n", scheme, res.Status)
		c, ok := a.(auth.Challenger)
		if !ok || res.StatusCode != http.StatusUnauthorized {
			return
		}
		if again, err := c.Answer(req, res); !again || err != nil {
			return
		}
	}
}

// asks answers a request without the scheme with the challenge.
func asks(challenge string) http.Handler {
	scheme, _, _ := strings.Cut(challenge, " ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), scheme) {
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
}

// show prints the fields that an Auth sets.
func show(a auth.Auth, url string) {
	req := httptest.NewRequest("GET", url, nil)
	if err := a.Authorize(req); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(req.Header)
}

func ExampleBasic() {
	show(auth.Basic("Aladdin", "open sesame"), "https://example.com/")
	show(auth.Basic("Ala:ddin", "open sesame"), "https://example.com/")
	fmt.Printf("%+v\n", auth.Basic("Aladdin", "open sesame"))
	// Output:
	// map[Authorization:[Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==]]
	// auth: invalid credentials: the user name has a colon
	// Basic(•••)
}

func ExampleBearer() {
	show(auth.Bearer("mF_9.B5f-4.1JqM"), "https://example.com/")
	show(auth.Bearer("read from a file\n"), "https://example.com/")
	// Output:
	// map[Authorization:[Bearer mF_9.B5f-4.1JqM]]
	// auth: invalid credentials: the token has a byte that cannot stand in a token
}

func ExampleFromEnv() {
	show(auth.FromEnv("EXAMPLE_TOKEN"), "https://example.com/")
	// Output: auth: invalid credentials: the environment variable "EXAMPLE_TOKEN" is not set
}

func ExampleErrInvalid() {
	err := auth.Basic("user", "pass\r\nword").Authorize(httptest.NewRequest("GET", "https://example.com/", nil))
	fmt.Println(errors.Is(err, auth.ErrInvalid))
	// Output: true
}

func ExampleFunc() {
	key := auth.Func(func(req *http.Request) error {
		req.Header.Set("X-Api-Key", "k")
		return nil
	})
	show(key, "https://example.com/")
	// Output: map[X-Api-Key:[k]]
}

func ExampleDigest() {
	a := auth.Digest("Mufasa", "Circle of Life")
	server := asks(`Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf"`)
	get(a, server, "http://example.org/dir/index.html")
	get(a, server, "http://example.org/") // the server need not ask again
	// Output:
	// sent "", got 401 Unauthorized
	// sent "Digest", got 200 OK
	// sent "Digest", got 200 OK
}

// The server proves who it is, too, and fails to.
func ExampleVerifier() {
	a := auth.Digest("Mufasa", "Circle of Life")
	req := httptest.NewRequest("GET", "http://example.org/", nil)
	asked := http.Header{"Www-Authenticate": {`Digest realm="r", qop="auth", nonce="7ypf"`}}
	again, err := a.Answer(req, &http.Response{StatusCode: http.StatusUnauthorized, Header: asked})
	fmt.Println(again, err)

	res := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Authentication-Info": {`rspauth="1234"`}}}
	err = a.(auth.Verifier).Verify(req, res)
	fmt.Println(err)
	fmt.Println(errors.Is(err, auth.ErrUnproved))
	// Output:
	// true <nil>
	// auth: Digest: the server does not know the password
	// true
}

// A server wants a proof that covers the body.
func ExampleErrBody() {
	req := httptest.NewRequest("POST", "http://example.org/", strings.NewReader("body"))
	req.GetBody = nil // it can be read once only
	asked := http.Header{"Www-Authenticate": {`Digest realm="r", qop="auth-int", nonce="7ypf"`}}
	_, err := auth.Digest("u", "p").Answer(req, &http.Response{StatusCode: http.StatusUnauthorized, Header: asked})
	fmt.Println(err)
	fmt.Println(errors.Is(err, auth.ErrBody))
	// Output:
	// auth: Digest with qop=auth-int: the body cannot be read twice: the request has no GetBody
	// true
}

func ExampleErrUnproved() {
	req := httptest.NewRequest("GET", "http://example.org/", nil)
	req.Header.Set("Authorization", `Digest username="u", realm="r", nonce="n", uri="/", response="x"`)
	res := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Authentication-Info": {`rspauth="1234"`}}}
	err := auth.Digest("u", "p").(auth.Verifier).Verify(req, res)
	fmt.Println(errors.Is(err, auth.ErrUnproved))
	// Output: true
}

func ExampleAny() {
	a := auth.Any("user", "password")
	get(a, asks(`Basic realm="x"`), "https://a.example/")
	get(a, asks(`Digest realm="x", nonce="n", qop="auth", Basic realm="x"`), "https://b.example/")
	get(a, asks(`Basic realm="x"`), "https://b.example/") // there was Digest before
	get(a, asks(`Negotiate`), "https://c.example/")
	// Output:
	// sent "", got 401 Unauthorized
	// sent "Basic", got 200 OK
	// sent "", got 401 Unauthorized
	// sent "Digest", got 200 OK
	// sent "Digest", got 401 Unauthorized
	// sent "", got 401 Unauthorized
}

func ExampleErrNoTLS() {
	a := auth.Any("user", "password")
	req := httptest.NewRequest("GET", "http://a.example/", nil)
	res := &http.Response{StatusCode: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {`Basic realm="x"`}}}
	_, err := a.Answer(req, res)
	fmt.Println(err)
	fmt.Println(errors.Is(err, auth.ErrNoTLS))
	// Output:
	// auth: Basic without TLS: anybody on the way could read the password; auth.Basic sends it nevertheless
	// true
}

func ExampleProxy() {
	a := auth.Proxy(auth.Basic("user", "password"))
	_, forProxy := a.(interface{ ForProxy() })
	fmt.Println(a, forProxy)
	show(a, "http://proxy.example:3128")
	// Output:
	// Proxy(Basic(•••)) true
	// map[Proxy-Authorization:[Basic dXNlcjpwYXNzd29yZA==]]
}

func ExampleToken() {
	n := 0
	a := auth.Token(func(ctx context.Context) (token string, expires time.Time, err error) {
		n++ // a request to the service that hands out tokens, with ctx
		return fmt.Sprintf("token-%d", n), time.Now().Add(time.Hour), nil
	})
	show(a, "https://example.com/")
	show(a, "https://example.com/")
	// Output:
	// map[Authorization:[Bearer token-1]]
	// map[Authorization:[Bearer token-1]]
}

func ExampleTokenSource() {
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "abc"})
	show(auth.TokenSource(source), "https://example.com/")
	// Output: map[Authorization:[Bearer abc]]
}

func ExamplePanicError() {
	a := auth.Token(func(context.Context) (string, time.Time, error) { panic("oh") })
	err := a.Authorize(httptest.NewRequest("GET", "https://example.com/", nil))
	fmt.Println(err)
	if p, ok := errors.AsType[*auth.PanicError](err); ok {
		fmt.Println(p.Value)
	}
	// Output:
	// auth: the function that fetches tokens panicked
	// oh
}

func ExampleParseChallenges() {
	for _, c := range auth.ParseChallenges([]string{
		`Basic realm="a, Digest realm=b", Digest realm="c", nonce="n"`,
		`Negotiate YII==`,
	}) {
		fmt.Printf("%s %q %q\n", c.Scheme, c.Token68, c.Params)
	}
	// Output:
	// Basic "" map["realm":"a, Digest realm=b"]
	// Digest "" map["nonce":"n" "realm":"c"]
	// Negotiate "YII==" map[]
}

func ExampleParseNetrc() {
	n, err := auth.ParseNetrc([]byte(`
		machine api.example.com
		login alice
		password "open \"sesame\""
	`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(n.Lookup("API.example.com", ""))
	fmt.Println(n.Lookup("api.example.com", "bob"))
	fmt.Println(n)
	show(n, "https://api.example.com/")
	// Output:
	// alice open "sesame" true
	//   false
	// Netrc(•••)
	// map[Authorization:[Basic YWxpY2U6b3BlbiAic2VzYW1lIg==]]
}

// Who says who is asking: which entry of which file.
func ExampleNetrc_Where() {
	n, err := auth.ParseNetrc([]byte("# mine\nmachine example.com login mona password s3cret\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(n.Where("example.com", ""))
	fmt.Println(n.Where("example.org", "") == "")
	// Output:
	// line 2
	// true
}

func ExampleNetrc_Has() {
	n, err := auth.ParseNetrc([]byte("machine example.com login alice password a\ndefault login bob password b"))
	if err != nil {
		fmt.Println(err)
		return
	}
	login, _, _ := n.Lookup("example.org", "")
	fmt.Println(login, n.Has("example.org"))
	fmt.Println(n.Has("EXAMPLE.com."))
	// Output:
	// bob false
	// true
}

func ExampleReadNetrc() {
	_, err := auth.ReadNetrc("no/such/file")
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	if e, ok := errors.AsType[*auth.NetrcError](err); ok {
		fmt.Println(e.Named, e.Path)
	}
	// Output:
	// true
	// true no/such/file
}

func ExampleNetrcFile() {
	a := auth.NetrcFile("no/such/file") // it is read when it is needed
	fmt.Println(a)
	fmt.Println(errors.Is(a.Authorize(httptest.NewRequest("GET", "https://example.com/", nil)), fs.ErrNotExist))
	// Output:
	// NetrcFile("no/such/file")
	// true
}

func ExampleNetrcError() {
	_, err := auth.ParseNetrc([]byte("machine a.example\nlogin \"alice"))
	fmt.Println(err)
	fmt.Println(errors.Is(err, auth.ErrNetrcSyntax))
	// Output:
	// auth: netrc, line 2: syntax error: a quote that does not end
	// true
}

// Why a file is not used can be asked.
func ExampleNetrcError_kinds() {
	explain := func(err error) string {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "there is none"
		case errors.Is(err, auth.ErrNetrcExposed):
			return "chmod 600"
		case errors.Is(err, auth.ErrNetrcSyntax), errors.Is(err, auth.ErrNetrcTooLarge):
			return "look into it"
		}
		return err.Error()
	}
	_, err := auth.ParseNetrc(make([]byte, 2<<20))
	fmt.Println(explain(err))
	// Output: look into it
}
