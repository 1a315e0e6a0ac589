package h1

import "net/textproto"

// Canonical returns a field's name as http.Header spells it: "Content-Type". For names that
// are spelt so already, and for those that are common, it allocates nothing.
func Canonical(name string) string {
	if isCanonical(name) {
		return name
	}
	if known, ok := commonNames[name]; ok {
		return known
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// isCanonical reports whether each word of a name, and no other letter, begins with a
// capital. The name must be a token.
func isCanonical(name string) bool {
	start := true
	for i := range len(name) {
		c := name[i]
		if start && 'a' <= c && c <= 'z' || !start && 'A' <= c && c <= 'Z' {
			return false
		}
		start = c == '-'
	}
	return true
}

// commonNames maps lower-case names, which many servers send, to canonical ones.
var commonNames = func() map[string]string {
	names := make(map[string]string)
	for _, name := range []string{
		"Accept-Ranges", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers",
		"Access-Control-Allow-Methods", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers",
		"Access-Control-Max-Age", "Age", "Allow", "Alt-Svc", "Cache-Control", "Cf-Cache-Status", "Cf-Ray",
		"Connection", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length",
		"Content-Location", "Content-Range", "Content-Security-Policy", "Content-Type",
		"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Date", "Etag", "Expires",
		"Keep-Alive", "Last-Modified", "Link", "Location", "Nel", "Origin-Agent-Cluster",
		"Permissions-Policy", "Pragma", "Proxy-Authenticate", "Ratelimit-Limit", "Ratelimit-Remaining",
		"Ratelimit-Reset", "Referrer-Policy", "Report-To", "Retry-After", "Server", "Server-Timing",
		"Set-Cookie", "Strict-Transport-Security", "Trailer", "Transfer-Encoding", "Upgrade", "Vary",
		"Via", "Www-Authenticate", "X-Amz-Cf-Id", "X-Amz-Request-Id", "X-Cache", "X-Content-Type-Options",
		"X-Forwarded-For", "X-Frame-Options", "X-Github-Request-Id", "X-Powered-By", "X-Ratelimit-Limit",
		"X-Ratelimit-Remaining", "X-Ratelimit-Reset", "X-Request-Id", "X-Runtime", "X-Served-By",
		"X-Xss-Protection",
	} {
		lower := []byte(name)
		for i, c := range lower {
			if 'A' <= c && c <= 'Z' {
				lower[i] = c + 'a' - 'A'
			}
		}
		names[string(lower)] = name
	}
	return names
}()
