package transport_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/godwit/transport"
)

// What a server shows to whoever connects, without a request.
func ExampleTransport_Connect() {
	server := httptest.NewUnstartedServer(nil)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	config := server.Client().Transport.(*http.Transport).TLSClientConfig
	t := &transport.Transport{TLS: &tls.Config{RootCAs: config.RootCAs}}
	defer t.Close()

	req, err := http.NewRequest("GET", server.URL, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	addrs, err := t.Addresses(req)
	fmt.Println(len(addrs), err)
	nc, err := t.Connect(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nc.Close()
	state := nc.(*tls.Conn).ConnectionState()
	fmt.Println(tls.VersionName(state.Version), state.PeerCertificates[0].Subject.Organization)
	// Output:
	// 1 <nil>
	// TLS 1.3 [Acme Co]
}
