package godwit_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"example.com/godwit"
	"example.com/godwit/transport"
)

// HTTP/2 alone, which over plain TCP the server must be known to speak.
func ExampleProtocols() {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "asked in ", r.Proto)
	}))
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	defer server.Close()

	for _, p := range []transport.Protocols{transport.HTTP1, transport.HTTP2} {
		res, err := godwit.Get(ctx, server.URL, godwit.Protocols(p))
		fmt.Println(res.Text(), err)
	}
	// Output:
	// asked in HTTP/1.1 <nil>
	// asked in HTTP/2.0 <nil>
}
