// URLs of unix sockets: "http+unix://%2Frun%2Fdocker.sock/path".

package transport

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unique"

	"example.com/godwit/internal/dial"
)

// The schemes of URLs of unix sockets.
const (
	schemeUnix    = "http+unix"
	schemeUnixTLS = "https+unix"
)

// socketHost is what the server is told as Host, and what its certificate must name, as for
// everybody else who reads such URLs.
const socketHost = "localhost"

// isSocketURL reports whether a URL is one of a unix socket.
func isSocketURL(u *url.URL) bool {
	return u != nil && (u.Scheme == schemeUnix || u.Scheme == schemeUnixTLS)
}

var (
	errNoSocket   = errors.New("no unix socket: http+unix://%2Frun%2Fa.sock/path is wanted")
	errSocketUser = errors.New("user info: write the @ of an abstract socket as %40")
)

// ParseSocketURL returns the URL of a unix socket: "http+unix://%2Frun%2Fa.sock/path", which
// net/url does not take, or "https+unix://…" for TLS over it; "%40name" is one of Linux's abstract
// sockets. Its Host is the path of the socket, which begins with "/" or "@". No other function
// makes such a URL of text, so that none comes of a redirect.
func ParseSocketURL(s string) (*url.URL, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != schemeUnix && scheme != schemeUnixTLS {
		return nil, errNoSocket
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if strings.Contains(authority, "@") {
		return nil, errSocketUser
	}
	socket, err := url.PathUnescape(authority)
	if err != nil {
		return nil, err
	}
	if err := checkSocketPath(socket); err != nil {
		return nil, err
	}
	u, err := url.Parse("http://" + socketHost + path)
	if err != nil {
		return nil, errors.Unwrap(err) // and not the text once more
	}
	u.Scheme, u.Host = scheme, socket
	return u, nil
}

// checkSocketPath says whether the path of a socket can stand in a URL: where a process happens
// to be is no part of what a URL means.
func checkSocketPath(path string) error {
	if !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "@") {
		return errNoSocket
	}
	return dial.CheckSocket(path)
}

// checkSocketURL says whether a URL is one that ParseSocketURL could have made.
func checkSocketURL(u *url.URL) error {
	if u.User != nil || u.Opaque != "" {
		return errNoSocket
	}
	return checkSocketPath(u.Host)
}

// keyOfSocket is keyOf for URLs of unix sockets.
func keyOfSocket(u *url.URL) (key, error) {
	if err := checkSocketURL(u); err != nil {
		return key{}, urlError(err.Error())
	}
	scheme := strings.TrimSuffix(u.Scheme, "+unix")
	return key{
		scheme: scheme, host: socketHost, port: defaultPort(scheme),
		route: unique.Make(routeID{unix: u.Host}),
	}, nil
}

// withoutSocket returns the request as the server at a unix socket gets it.
func withoutSocket(req *http.Request) *http.Request {
	out, u := *req, *req.URL
	u.Scheme, u.Host = strings.TrimSuffix(u.Scheme, "+unix"), socketHost
	if out.URL = &u; out.Host == req.URL.Host {
		out.Host = ""
	}
	return &out
}
