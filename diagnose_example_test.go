package godwit_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"example.com/godwit"
)

// Why a URL cannot be had, and what to do.
func ExampleDiagnose() {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	ctx := context.Background()

	d, err := godwit.Diagnose(ctx, server.URL)
	if err != nil { // the URL or an option is wrong, or ctx was cancelled
		fmt.Println(err)
		return
	}
	fmt.Println(d.Verdict.OK, d.Verdict.Layer, d.Verdict.Cause)
	fmt.Println(d.Remedy.Go, d.Remedy.Flags)
	// Output:
	// false tls self-signed
	// godwit.CA("server.pem") [--verify=server.pem]
}

// The same with a session's settings, printed for a person.
func ExampleSession_Diagnose() {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	s := godwit.NewSession(godwit.NoProxy)

	d, err := s.Diagnose(context.Background(), server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := d.WriteTo(io.Discard); err != nil { // os.Stdout, for instance
		fmt.Println(err)
	}
	for _, n := range d.Notes {
		fmt.Fprintln(os.Stdout, n.Code)
	}
	fmt.Println(d.Verdict.Text)
	// Output:
	// plain-http
	// all is well
}
