// Mounts: transports for some URLs only.

package godwit

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

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
			m.next, m.options = x.Transport, x.Options
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
	return mounted{scheme: scheme, host: nameOf(u), port: u.Port(), path: strings.TrimSuffix(u.EscapedPath(), "/")}, nil
}

// hostOf returns the host as hosts are compared.
func hostOf(u *url.URL) string { return strings.ToLower(u.Hostname()) }

// nameOf returns the host in the one form by which it is found what is meant for it, however it
// is spelt: in lower case, its labels as A-labels, without a dot at the end, an IPv4 address
// as one. What is no host stays what it is; the engine refuses it.
func nameOf(u *url.URL) string {
	host := strings.TrimSuffix(hostOf(u), ".")
	if strings.IndexFunc(host, func(r rune) bool { return r == ':' || r >= utf8.RuneSelf }) < 0 {
		return host
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().String()
	}
	if name, err := dial.ASCII(host); err == nil {
		return strings.TrimSuffix(name, ".")
	}
	return host
}

// has reports whether the URL is below the prefix, which ends at the end of the host or at a
// slash of the path. A prefix without a port stands for all ports.
func (m *mounted) has(u *url.URL) bool {
	if u.Scheme != m.scheme || m.host != "" && m.host != nameOf(u) {
		return false
	}
	if m.port != "" && m.port != port(u) {
		return false
	}
	rest, ok := strings.CutPrefix(u.EscapedPath(), m.path)
	return ok && (m.path == "" || rest == "" || rest[0] == '/')
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
