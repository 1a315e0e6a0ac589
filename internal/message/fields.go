package message

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"example.com/godwit/internal/h1"
)

// CheckNames refuses names that would be sent beside those that are written from elsewhere,
// because a map tells "content-length" from "Content-Length" and a server does not
// (CVE-2026-1525). agent says that User-Agent is among them, which only stands for ours.
func CheckNames(names []string) (agent bool, err error) {
	for _, name := range names {
		switch len(name) {
		case len("Host"), len("Trailer"), len("User-Agent"), len("Content-Length"), len("Transfer-Encoding"):
		default:
			continue
		}
		switch http.CanonicalHeaderKey(name) {
		case "Host", "Trailer", "Content-Length", "Transfer-Encoding":
			return false, &h1.RequestError{What: "field name", Name: name, Why: "must be spelt " + http.CanonicalHeaderKey(name)}
		case "User-Agent":
			agent = true
		}
	}
	return agent, nil
}

// Announced returns the names that Trailer announces, without values, as net/http
// does before the body has been read. Names that must not stand in a trailer are left out.
func Announced(values []string) http.Header {
	var trailer http.Header
	for _, value := range values {
		for name := range strings.SplitSeq(value, ",") {
			if name = h1.Canonical(strings.TrimSpace(name)); h1.IsToken(name) && MayTrail(name) {
				if trailer == nil {
					trailer = make(http.Header)
				}
				trailer[name] = nil
			}
		}
	}
	return trailer
}

// MayTrail reports whether a field may stand in a trailer section: what frames, routes or
// authenticates may not (RFC 9110 6.5.1).
func MayTrail(name string) bool {
	switch name {
	case "Transfer-Encoding", "Content-Length", "Trailer", "Host", "Connection", "Content-Encoding",
		"Content-Type", "Content-Range", "Set-Cookie", "Authorization", "Www-Authenticate",
		"Proxy-Authenticate", "Location", "Te", "Expect", "Cookie", "Proxy-Authorization":
		return false
	}
	return true
}

// CheckTrails refuses a name that must not stand in a trailer.
func CheckTrails(name string) error {
	if h1.IsToken(name) && !MayTrail(h1.Canonical(name)) {
		return &h1.RequestError{What: "trailer field", Name: name, Why: "must not stand there (RFC 9110 6.5.1)"}
	}
	return nil
}

// LengthError says that a body is not as long as was announced.
func LengthError(announced, got int64) error {
	if got > announced {
		return &h1.RequestError{What: "body", Why: fmt.Sprintf("longer than the %d bytes announced", announced)}
	}
	return &h1.RequestError{What: "body", Why: fmt.Sprintf("%d bytes where %d were announced", got, announced)}
}

// CheckMethod refuses a method that cannot be sent; "" stands for GET.
func CheckMethod(method string) error {
	if method != "" && !h1.IsToken(method) {
		return &h1.RequestError{What: "method", Why: "not a token (RFC 9110 9.1)"}
	}
	return nil
}

// Holds reports whether a list in the header, be it in several fields (RFC 9110 5.3), holds the
// token, which must be in lower case.
func Holds(h http.Header, name, token string) bool {
	return slices.ContainsFunc(h[name], func(list string) bool { return h1.HasToken(list, token) })
}
