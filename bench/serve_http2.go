// The server's other half: HTTP/2, which is net/http's. It is slower than a bare loop, for
// everyone alike.
package main

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
)

// serveHTTP2 serves the small resource over HTTP/2 until the process ends, and returns where.
func serveHTTP2(cert tls.Certificate) (addr string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	srv := &http.Server{
		Handler:   http.HandlerFunc(answerSmall),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}},
		Protocols: new(http.Protocols),
	}
	srv.Protocols.SetHTTP2(true)
	go srv.ServeTLS(l, "", "")
	return l.Addr().String(), nil
}

// answerSmall has the fields of buildAnswer; Date is net/http's.
func answerSmall(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != small.path {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h["Server"] = []string{"bare/1.0"}
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(smallBody))}
	h["Cache-Control"] = []string{"private, max-age=0"}
	h["Etag"] = []string{`"5e1f-62a0d4b1c9e40"`}
	h["Vary"] = []string{"Accept-Encoding"}
	h["X-Request-Id"] = []string{"0b8f6c1e-7d1e-4f7e-9a53-0f6f1a3c2d10"}
	_, _ = io.WriteString(w, smallBody)
}
