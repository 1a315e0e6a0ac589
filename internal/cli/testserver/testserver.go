// Package testserver is a server to try a client on: httpbin's endpoints, by go-httpbin,
// over HTTP and over HTTPS with a certificate of a throw-away CA.
//
// It serves `godwit serve` and `godwit demo`, and the tests.
package testserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mccutchen/go-httpbin/v2/httpbin"
)

// Options say where to serve. The zero value is right for tests.
type Options struct {
	HTTP  string // the address for HTTP; "": 127.0.0.1 and a free port
	HTTPS string // the address for HTTPS; "": 127.0.0.1 and a free port

	// CAFile is where the CA's certificate is written, readable for this user only. It must
	// not exist. "": ca.pem in a new folder for temporary files.
	CAFile string
}

const anyPort = "127.0.0.1:0"

// A Server is running until it is closed.
type Server struct {
	HTTP   string // its URL, "http://127.0.0.1:41263" for instance
	HTTPS  string // its URL over TLS
	CAFile string // the CA's certificate in PEM; Close removes the file

	folder  string // made for CAFile; "" if it was not
	servers []*http.Server
	serving sync.WaitGroup
}

// Start starts a server. Whoever starts it closes it.
func Start(opts Options) (_ *Server, err error) {
	s := &Server{}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	ca, err := newAuthority(time.Now())
	if err != nil {
		return nil, fmt.Errorf("making a CA: %w", err)
	}
	if err := s.writeCA(opts.CAFile, ca.pem); err != nil {
		return nil, fmt.Errorf("writing the CA's certificate: %w", err)
	}
	handler := httpbin.New(httpbin.WithHostname("godwit")).Handler()
	if s.HTTP, err = s.serve(opts.HTTP, handler, nil); err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{ca.leaf}, MinVersion: tls.VersionTLS12}
	if s.HTTPS, err = s.serve(opts.HTTPS, handler, config); err != nil {
		return nil, err
	}
	return s, nil
}

// serve listens on addr and serves in a goroutine, which Close ends.
func (s *Server) serve(addr string, handler http.Handler, config *tls.Config) (url string, err error) {
	if addr == "" {
		addr = anyPort
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", err
	}
	server := &http.Server{
		Handler:           handler,
		TLSConfig:         config,
		ReadHeaderTimeout: 10 * time.Second,
		// It would be told of each client that does not trust the CA.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	s.servers = append(s.servers, server)
	serve, scheme := server.Serve, "http"
	if config != nil {
		serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
		scheme = "https"
	}
	s.serving.Go(func() { _ = serve(l) }) // ends with http.ErrServerClosed
	return scheme + "://" + l.Addr().String(), nil
}

// writeCA writes the certificate to a file that did not exist.
func (s *Server) writeCA(path string, text []byte) error {
	if path == "" {
		folder, err := os.MkdirTemp("", "godwit-")
		if err != nil {
			return err
		}
		s.folder = folder
		path = filepath.Join(folder, "ca.pem")
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	s.CAFile = path
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// grace is how long Close lets requests come to their end.
const grace = 500 * time.Millisecond

// Close stops the server and removes the file of the CA. It must be called once.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	var errs []error
	for _, server := range s.servers {
		if server.Shutdown(ctx) != nil {
			errs = append(errs, server.Close())
		}
	}
	s.serving.Wait()
	if s.CAFile != "" {
		errs = append(errs, os.Remove(s.CAFile))
	}
	if s.folder != "" {
		errs = append(errs, os.Remove(s.folder))
	}
	return errors.Join(errs...)
}
