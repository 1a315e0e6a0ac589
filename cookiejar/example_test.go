package cookiejar_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"example.com/godwit/cookiejar"
)

func parse(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}

// A jar for net/http's client.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Printf("%s has %q\n", r.URL.Path, r.Header.Get("Cookie"))
		w.Header().Set("Set-Cookie", "sid=31d4d96e; Path=/; HttpOnly")
	}))
	defer server.Close()
	client := &http.Client{Jar: cookiejar.New()}
	for _, path := range []string{"/login", "/account"} {
		res, err := client.Get(server.URL + path)
		if err != nil {
			panic(err)
		}
		res.Body.Close()
	}
	// Output:
	// /login has ""
	// /account has "sid=31d4d96e"
}

func ExampleNew() {
	jar := cookiejar.New()
	fmt.Println(jar.Len())
	// Output: 0
}

func ExampleJar() {
	var jar cookiejar.Jar // the zero value is an empty jar
	jar.SaveSession = true
	jar.Store(parse("https://example.com/"), []string{"sid=1"})
	fmt.Println(jar.Len())
	// Output: 1
}

func ExampleJar_Store() {
	jar := cookiejar.New()
	jar.Store(parse("https://www.example.com/"), []string{
		"a[b]=1",                      // octets stay as they are
		`quoted="x y"`,                // so do quotes
		"lang=en; Domain=example.com", // for all hosts below example.com
		"evil=1; Domain=com",          // not for all of .com
	})
	fmt.Println(jar.Header(parse("https://www.example.com/")))
	fmt.Println(jar.Header(parse("https://api.example.com/")))
	// Output:
	// a[b]=1; quoted="x y"; lang=en
	// lang=en
}

func ExampleJar_Header() {
	jar := cookiejar.New()
	jar.Store(parse("https://example.com/"), []string{"sid=1; Secure", "shop=2; Path=/shop"})
	fmt.Println(jar.Header(parse("https://example.com/shop/cart")))
	fmt.Println(jar.Header(parse("http://example.com/shopping")) == "")
	// Output:
	// shop=2; sid=1
	// true
}

func ExampleParse() {
	cookie, err := cookiejar.Parse(parse("https://example.com/a/b"), "id=1; SameSite=Lax")
	fmt.Println(cookie.Name, cookie.Domain, cookie.HostOnly, cookie.Path, cookie.SameSite == http.SameSiteLaxMode, err)

	_, err = cookiejar.Parse(parse("https://example.com/"), "__Host-id=1")
	fmt.Println(err)
	// Output:
	// id example.com true /a true <nil>
	// cookie "__Host-id" has a prefix in its name that promises what its attributes do not keep
}

func ExampleError() {
	_, err := cookiejar.Parse(parse("https://example.co.uk/"), "id=1; Domain=co.uk")
	if broken, ok := errors.AsType[*cookiejar.Error](err); ok {
		fmt.Println(broken.Name, broken.Rule == cookiejar.RulePublicSuffix)
	}
	fmt.Println(err.Error())
	// Output:
	// id true
	// cookie "id" has a domain that is a public suffix: it must be host-only
}

func ExampleRule() {
	jar := cookiejar.New()
	err := jar.Set(cookiejar.Cookie{Name: "a", Value: "1; b=2", Domain: "example.com"})
	broken, _ := errors.AsType[*cookiejar.Error](err)
	fmt.Println(broken.Rule == cookiejar.RuleSyntax)
	// Output: true
}

func ExampleJar_SetCookies() {
	jar := cookiejar.New()
	jar.SetCookies(parse("https://example.com/"), []*http.Cookie{{Name: "a", Value: "1"}})
	for _, c := range jar.Cookies(parse("https://example.com/")) {
		fmt.Println(c)
	}
	// Output: a=1
}

func ExampleJar_Cookies() {
	jar := cookiejar.New()
	jar.Store(parse("https://example.com/"), []string{`a="1"`})
	c := jar.Cookies(parse("https://example.com/"))[0]
	fmt.Println(c.Name, c.Value, c.Quoted)
	// Output: a 1 true
}

func ExampleJar_Set() {
	jar := cookiejar.New()
	err := jar.Set(cookiejar.Cookie{Name: "token", Value: "x", Domain: "localhost", HostOnly: true})
	fmt.Println(jar.Header(parse("http://localhost:8080/")), err)
	// Output: token=x <nil>
}

func ExampleCookie() {
	jar := cookiejar.New()
	_ = jar.Set(cookiejar.Cookie{Name: "a", Domain: "Bücher.example", Expires: time.Now().Add(1e5 * time.Hour)})
	for c := range jar.All() {
		fmt.Println(c.Domain, c.Path, time.Until(c.Expires).Round(time.Hour)) // 400 days at most
	}
	// Output: xn--bcher-kva.example / 9600h0m0s
}

func ExampleJar_All() {
	jar := cookiejar.New()
	jar.Store(parse("https://b.example/"), []string{"x=1", "y=2; Path=/long"})
	jar.Store(parse("https://a.example/"), []string{"z=3"})
	for c := range jar.All() {
		fmt.Println(c.Domain, c.Path, c.Name)
	}
	// Output:
	// a.example / z
	// b.example /long y
	// b.example / x
}

func ExampleJar_Len() {
	jar := cookiejar.New()
	jar.Store(parse("https://example.com/"), []string{"a=1", "b=2; Max-Age=0"})
	fmt.Println(jar.Len())
	// Output: 1
}

func ExampleJar_Delete() {
	jar := cookiejar.New()
	jar.Store(parse("https://example.com/"), []string{"a=1"})
	fmt.Println(jar.Delete("example.com", "/", "a"), jar.Delete("example.com", "/", "a"))
	// Output: true false
}

func ExampleJar_Clear() {
	jar := cookiejar.New()
	jar.Store(parse("https://example.com/"), []string{"a=1", "b=2"})
	jar.Clear()
	fmt.Println(jar.Len())
	// Output: 0
}

func ExampleJar_EndSession() {
	jar := cookiejar.New()
	jar.Store(parse("https://example.com/"), []string{"session=1", "stays=2; Max-Age=3600"})
	jar.EndSession()
	fmt.Println(jar.Header(parse("https://example.com/")))
	// Output: stays=2
}

func ExampleJar_Save() {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("cookies-%d.json", os.Getpid()))
	defer os.Remove(path)

	jar := cookiejar.New()
	jar.Store(parse("https://example.com/"), []string{"stays=1; Max-Age=3600", "session=2"})
	if err := jar.Save(path); err != nil {
		panic(err)
	}
	next := cookiejar.New()
	if err := next.Load(path); err != nil {
		panic(err)
	}
	fmt.Println(next.Header(parse("https://example.com/")))
	// Output: stays=1
}

func ExampleJar_Load() {
	jar := cookiejar.New()
	err := jar.Load("no-such-file.json")
	fmt.Println(errors.Is(err, os.ErrNotExist)) // the first run of a program
	// Output: true
}

func ExampleJar_WriteTo() {
	jar := &cookiejar.Jar{SaveSession: true}
	_ = jar.Set(cookiejar.Cookie{
		Name: "a", Value: "1", Domain: "example.com", HostOnly: true,
		Created: time.Unix(1e9, 0), LastUsed: time.Unix(1e9, 0),
	})
	if _, err := jar.WriteTo(os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// {
	// "version": 1,
	// "cookies": [
	// {"domain":"example.com","host_only":true,"path":"/","name":"a","value":"1","secure":false,"http_only":false,"created":"2001-09-09T01:46:40Z","last_used":"2001-09-09T01:46:40Z"}
	// ]
	// }
}

func ExampleJar_ReadFrom() {
	jar := cookiejar.New()
	_, err := jar.ReadFrom(strings.NewReader(`{"version": 1, "cookies": [
		{"domain": "example.com", "host_only": true, "path": "/", "name": "a", "value": "1", "secure": true, "http_only": false}
	]}`))
	fmt.Println(jar.Header(parse("https://example.com/")), err)
	// Output: a=1 <nil>
}

func ExampleFileError() {
	jar := cookiejar.New()
	err := jar.ReadNetscape(strings.NewReader("# Netscape HTTP Cookie File\nexample.com FALSE / FALSE 0 a 1\n"))
	if bad, ok := errors.AsType[*cookiejar.FileError](err); ok {
		fmt.Println(bad.Line)
	}
	fmt.Println(err)
	// Output:
	// 2
	// line 2: not seven fields with tabs between them
}

func ExampleJar_WriteNetscape() {
	jar := &cookiejar.Jar{SaveSession: true}
	jar.Store(parse("https://www.example.com/"), []string{"a=1; Secure; HttpOnly", "b=2; Domain=example.com"})
	leftOut, err := jar.WriteNetscape(tabs{})
	fmt.Println(leftOut, err)
	// Output:
	// # Netscape HTTP Cookie File
	// # This file was written by Godwit. Edit at your own risk.
	//
	// #HttpOnly_www.example.com|FALSE|/|TRUE|0|a|1
	// .example.com|TRUE|/|FALSE|0|b|2
	// 0 <nil>
}

// tabs prints what is written to it, with its tabs made visible.
type tabs struct{}

func (tabs) Write(p []byte) (int, error) {
	fmt.Print(strings.ReplaceAll(string(p), "\t", "|"))
	return len(p), nil
}

func ExampleJar_ReadNetscape() {
	jar := cookiejar.New()
	err := jar.ReadNetscape(strings.NewReader("# Netscape HTTP Cookie File\n\n.example.com\tTRUE\t/\tTRUE\t4102444800\tsid\t31d4d96e\n"))
	fmt.Println(jar.Header(parse("https://www.example.com/")), err)
	// Output: sid=31d4d96e <nil>
}
