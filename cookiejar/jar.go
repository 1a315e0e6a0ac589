// Package cookiejar keeps cookies as browsers do (RFC 6265bis).
package cookiejar
