// Mounts: transports for some URLs only.

package godwit

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/godwit/internal/dial"
)

// A Mount is a transport for [Session].Mounts that brings options along.
type Mount struct {
	// Transport carries the requests. nil: the session's.
	Transport http.RoundTripper

	// Options are applied to a call whose URL is below the mount's prefix: after the session's
	// Defaults, before its own.
	Options Defaults
}

var _ http.RoundTripper = Mount{}

// RoundTrip sends req by the Transport.
func (m Mount) RoundTrip(req *http.Request) (*http.Response, error) {
	if m.Transport == nil {
		return sharedTransport.RoundTrip(req)
	}
	return m.Transport.RoundTrip(req)
}

// A mounted is a prefix, taken apart, and what is there.
type mounted struct {
	scheme, host, port, path string
	next                     http.RoundTripper
	options                  Defaults
}

// mount takes the session's Mounts apart, the longest prefix first.
func (s *Session) mount() ([]mounted, error) {
	if len(s.Mounts) == 0 {
		return nil, nil
	}
	all := make([]mounted, 0, len(s.Mounts))
	for prefix, rt := range s.Mounts {
		m, err := parsePrefix(prefix)
		if err != nil {
			return nil, fmt.Errorf("mount %q: %w", clip(prefix, 60), err)
		}
		switch x := rt.(type) {
		case Mount:
			m.next, m.options = x.Transport, x.Options
		case *Mount:
			if x != nil {
				m.next, m.options = x.Transport, x.Options
			}
		default:
			m.next = rt
		}
		if m.next == nil {
			m.next = s.transport()
		}
		m.next = insistOn(m.next)
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b mounted) int {
		return cmp.Or(
			cmp.Compare(len(b.host), len(a.host)),
			cmp.Compare(len(b.port), len(a.port)),
			cmp.Compare(len(b.path), len(a.path)),
			cmp.Compare(a.String(), b.String()))
	})
	return all, nil
}

// String returns the prefix.
func (m *mounted) String() string { return m.scheme + "://" + m.host + ":" + m.port + m.path }

// parsePrefix takes a prefix apart: "https://", "https://host", "https://host:8443/path".
func parsePrefix(prefix string) (mounted, error) {
	scheme, rest, ok := strings.Cut(prefix, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" {
		return mounted{}, fmt.Errorf("it does not begin with http:// or https://")
	}
	if rest == "" {
		return mounted{scheme: scheme}, nil
	}
	u, err := parseURL(scheme + "://" + rest)
	switch {
	case err != nil:
		return mounted{}, err
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return mounted{}, fmt.Errorf("user info, a query or a fragment in it")
	}
	if _, err := dial.ASCII(u.Hostname()); err != nil {
		return mounted{}, err // no URL would ever be below it
	}
	return mounted{scheme: scheme, host: hostOf(u), port: u.Port(), path: strings.TrimSuffix(pathOf(u), "/")}, nil
}

// hostOf returns the host as hosts are compared: in ASCII and lower case, without the dot that may
// stand at its end, an IPv4 address as one.
func hostOf(u *url.URL) string {
	host := u.Hostname()
	if a, err := netip.ParseAddr(host); err == nil && a.Is4In6() {
		return a.Unmap().String()
	}
	if ascii, err := dial.ASCII(host); err == nil {
		host = ascii
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// pathOf returns the path as servers read it (RFC 3986 6.2.2): nothing is percent-encoded that need
// not be, and there are no dot segments.
func pathOf(u *url.URL) string {
	path := u.EscapedPath()
	if !strings.ContainsAny(path, "%.") {
		return path
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		if isEscape(path[i:]) {
			n, _ := strconv.ParseUint(path[i+1:i+3], 16, 8)
			i += 2
			if c = byte(n); !isUnreserved(c) {
				fmt.Fprintf(&b, "%%%02X", c)
				continue
			}
		}
		b.WriteByte(c)
	}
	var all []string
	for segment := range strings.SplitSeq(strings.TrimPrefix(b.String(), "/"), "/") {
		switch segment {
		case ".":
		case "..":
			all = all[:max(0, len(all)-1)]
		default:
			all = append(all, segment)
		}
	}
	return "/" + strings.Join(all, "/")
}

// isUnreserved reports whether a character is the same percent-encoded (RFC 3986 2.3).
func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// has reports whether the URL is below the prefix, which ends at the end of the host or at a
// slash of the path. A prefix without a port stands for all ports.
func (m *mounted) has(u *url.URL) bool {
	if u.Scheme != m.scheme || m.host != "" && m.host != hostOf(u) {
		return false
	}
	if m.port != "" && m.port != port(u) {
		return false
	}
	if m.path == "" {
		return true
	}
	rest, ok := strings.CutPrefix(pathOf(u), m.path)
	return ok && (rest == "" || rest[0] == '/')
}

// mountOf returns what is mounted for a URL, nil if nothing is.
func mountOf(all []mounted, u *url.URL) *mounted {
	for i := range all {
		if all[i].has(u) {
			return &all[i]
		}
	}
	return nil
}
