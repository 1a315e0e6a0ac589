package inspect_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"example.com/godwit"
	"example.com/godwit/inspect"
	"example.com/godwit/transport"
)

// A file that the developer tools of browsers open: each request with its answer and where the time
// went, the redirects that led there among them.
func ExampleHAR() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/home", http.StatusFound)
			return
		}
		io.WriteString(w, "welcome")
	}))
	defer server.Close()
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)

	har := &inspect.HAR{}
	session := &godwit.Session{Tracer: har, Transport: &transport.Transport{}}
	defer session.Close()
	session.Get(context.Background(), server.URL, godwit.Bearer("s3cret"))

	file, _ := os.OpenFile(filepath.Join(dir, "calls.har"), os.O_CREATE|os.O_WRONLY, 0o600)
	if _, err := har.WriteTo(file); err != nil {
		fmt.Println(err)
	}
	file.Close()

	text, _ := os.ReadFile(file.Name())
	var archive struct {
		Log struct {
			Entries []struct {
				Request  struct{ URL string }
				Response struct{ Status int }
			}
		}
	}
	json.Unmarshal(text, &archive)
	for _, e := range archive.Log.Entries {
		fmt.Println(strings.TrimPrefix(e.Request.URL, server.URL), e.Response.Status)
	}
	fmt.Println("the token is in it:", strings.Contains(string(text), "s3cret"))
	// Output:
	//  302
	// /home 200
	// the token is in it: false
}

// A program that runs for long writes what there is from time to time, and begins anew.
func ExampleHAR_Reset() {
	har := &inspect.HAR{MaxBody: -1, MaxBytes: 16 << 20} // no bodies
	session := &godwit.Session{Tracer: har}
	session.Get(context.Background(), "http://127.0.0.1:1/") // where nobody listens

	for range 2 {
		var text strings.Builder
		har.WriteTo(&text)
		fmt.Println("refused:", strings.Contains(text.String(), "connection refused"))
		har.Reset()
	}
	// Output:
	// refused: true
	// refused: false
}
