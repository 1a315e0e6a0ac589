package conn

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"example.com/godwit/internal/dial"
)

// An authority is a host and its port, as they are used: the host as dial.ASCII writes it
// (in A-labels and lower case, IPv6 without brackets, perhaps with a zone), the port as a
// number.
type authority struct{ host, port string }

// parseAuthority reads "name", "name:port", "192.0.2.1", "[::1]", "[fe80::1%eth0]:8080" and
// "::1". The port is, in this order, the one in s, the one given, or the default; an empty
// one ("name:") is none.
func parseAuthority(s string, given int, def string) (authority, error) {
	host, port, err := cutAuthority(s)
	if err != nil {
		return authority{}, err
	}
	name, err := dial.ASCII(host)
	if err != nil {
		return authority{}, badHost(err)
	}
	if port == "" {
		port = def
		if given != 0 {
			port = strconv.Itoa(given)
		}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return authority{}, &RequestError{What: "host", Why: "port is not a number from 1 to 65535"}
	}
	if given != 0 && uint64(given) != n {
		return authority{}, &RequestError{What: "host", Why: "has another port than Options.Port"}
	}
	return authority{name, strconv.FormatUint(n, 10)}, nil
}

// cutAuthority cuts a host from its port. What it returns is to be checked still.
func cutAuthority(s string) (host, port string, err error) {
	if strings.ContainsAny(s, "/?#@\\") {
		return "", "", &RequestError{What: "host", Why: "is more than a host and a port: a scheme, a path or user info is in it"}
	}
	if literal, ok := strings.CutPrefix(s, "["); ok {
		host, rest, ok := strings.Cut(literal, "]")
		port, hasPort := strings.CutPrefix(rest, ":")
		if !ok || !strings.Contains(host, ":") || rest != "" && !hasPort {
			return "", "", &RequestError{What: "host", Why: "is not an IPv6 address in brackets"}
		}
		return host, port, nil
	}
	if addr, err := netip.ParseAddr(s); err == nil && addr.Is6() {
		return s, "", nil
	}
	host, port, _ = strings.Cut(s, ":")
	if strings.Contains(port, ":") {
		return "", "", &RequestError{What: "host", Why: "has several colons, and is no IPv6 address"}
	}
	return host, port, nil
}

// badHost makes an error of what dial says of a host.
func badHost(err error) error {
	why := err.Error()
	if e, ok := errors.AsType[*dial.HostError](err); ok {
		why = e.Reason
	}
	return &RequestError{What: "host", Why: why}
}

// String returns "host:port", an IPv6 address in brackets: what stands in the target of a
// CONNECT. It has no zone, which means nothing to anybody else.
func (a authority) String() string { return a.bare() + ":" + a.port }

// field returns the value of Host, without the port that goes without saying.
func (a authority) field(def string) string {
	if a.port == def {
		return a.bare()
	}
	return a.String()
}

func (a authority) bare() string {
	host, _, _ := strings.Cut(a.host, "%")
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
