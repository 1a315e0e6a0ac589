package transport

import (
	"net"
	"net/url"
	"strings"
)

// hostPort returns the host in lower case, without brackets, and the port, which is that of
// the scheme if the URL has none.
func hostPort(u *url.URL) (host, port string) {
	host, port = strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return host, port
}

func defaultPort(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}

func joinHostPort(host, port string) string { return net.JoinHostPort(host, port) }
