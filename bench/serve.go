// The server's process: a bare socket, a tiny loop for each connection, answers built
// before. It is a process of its own, so that getrusage counts the client alone, and it is
// this same program, so that there is nothing else to build or to find.
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// serveArg as the only argument makes this program the server.
const serveArg = "-serve-until-stdin-closes"

func isServer(args []string) bool { return len(args) == 2 && args[1] == serveArg }

// greeting is the line of JSON by which the server tells its parent where it is.
type greeting struct {
	Plain, TLS, HTTP2 string // addresses, "127.0.0.1:port"
	Cert              []byte // DER, to be trusted by TLS clients
}

// serveMain is the server's whole life: it ends when stdin does, hence with its parent,
// however that ends.
func serveMain(stdin io.Reader, stdout, stderr io.Writer) int {
	if err := serve(stdin, stdout); err != nil {
		fmt.Fprintln(stderr, "bench server:", err)
		return 1
	}
	return 0
}

func serve(stdin io.Reader, stdout io.Writer) error {
	cert, err := newCertificate()
	if err != nil {
		return err
	}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	secure, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		return err
	}
	s := &answers{small: buildAnswer(smallBody), mebibyte: buildAnswer(strings.Repeat("0123456789abcdef", 1<<16))}
	// The accepting goroutines, and those of the connections, end with the process.
	go s.accept(plain)
	go s.accept(secure)
	many, err := serveHTTP2(cert)
	if err != nil {
		return err
	}
	g := greeting{Plain: plain.Addr().String(), TLS: secure.Addr().String(), HTTP2: many, Cert: cert.Certificate[0]}
	if err := json.NewEncoder(stdout).Encode(g); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, stdin)
	return err
}

// smallBody is 100 bytes.
const smallBody = `{"id":4711,"name":"godwit","latin":"Limosa limosa","flight_km":11680,"nonstop":true,"legs":[1,2,3]}` + "\n"

// buildAnswer is a response with eight header lines, as an API behind a proxy sends them.
func buildAnswer(body string) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\n"+
		"Server: bare/1.0\r\n"+
		"Date: %s\r\n"+
		"Content-Type: application/json\r\n"+
		"Content-Length: %d\r\n"+
		"Cache-Control: private, max-age=0\r\n"+
		"ETag: \"5e1f-62a0d4b1c9e40\"\r\n"+
		"Vary: Accept-Encoding\r\n"+
		"X-Request-Id: 0b8f6c1e-7d1e-4f7e-9a53-0f6f1a3c2d10\r\n"+
		"\r\n%s", time.Now().UTC().Format(http.TimeFormat), len(body), body)
}

// answers is what the server can say, and the number of its open connections.
type answers struct {
	small, mebibyte []byte
	open            atomic.Int64
}

func (s *answers) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go s.serveConn(c)
	}
}

// serveConn answers each request head on c; requests have no bodies here.
func (s *answers) serveConn(c net.Conn) {
	s.open.Add(1)
	defer s.open.Add(-1)
	defer c.Close()
	buf := make([]byte, 4<<10)
	held := 0
	for held < len(buf) {
		n, err := c.Read(buf[held:])
		if err != nil {
			return
		}
		held += n
		rest := buf[:held]
		for {
			i := bytes.Index(rest, endOfHead)
			if i < 0 {
				break
			}
			if _, err := c.Write(s.pick(rest[:i])); err != nil {
				return
			}
			rest = rest[i+len(endOfHead):]
		}
		held = copy(buf, rest)
	}
}

var endOfHead = []byte("\r\n\r\n")

// pick chooses the answer to a request head.
func (s *answers) pick(head []byte) []byte {
	switch {
	case bytes.HasPrefix(head, []byte("GET /1m ")):
		return s.mebibyte
	case bytes.HasPrefix(head, []byte("GET /open ")):
		return buildAnswer(fmt.Sprint(s.open.Load()))
	}
	return s.small
}

// newCertificate makes a certificate for 127.0.0.1 that is its own root.
func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	tmpl := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
