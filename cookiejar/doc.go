// Package cookiejar keeps cookies as browsers do (RFC 6265bis), with the public-suffix list
// built in. A [Jar] can be listed, edited, saved and loaded.
//
// It is an http.CookieJar, so that it can stand in place of net/http/cookiejar's. What net/http
// parses and writes is not what came, however: it drops cookies without a name, names such as
// a[b] and octets that are not ASCII. [Jar.Store] takes Set-Cookie fields and [Jar.Header]
// returns the Cookie field octet for octet.
//
// # What it decides
//
// Where the draft leaves a choice, or was written for browsers, this is what a Jar does:
//
//   - A URL is secure if its scheme is https or wss. http://localhost is not: a Secure cookie
//     never crosses a socket in the clear, not even the loopback's.
//   - What comes without TLS sets no Secure cookie, and none that would take the place of a
//     Secure one of its name or be sent before it, nor does it remove one.
//   - SameSite and Partitioned are kept but not enforced, as there are no pages that requests
//     could come from. SameSite=None without Secure is kept too.
//   - Only the URL says which host a cookie is from, never a Host field.
//   - An address, be it IPv4 or IPv6, has cookies of its own and shares none. So has a name
//     of one label, and a public suffix such as co.uk or github.io.
//   - A dot at the end of a host makes no difference; one at the end of Domain voids the cookie.
//     So does a Domain that is not ASCII: international names stand there as A-labels.
//   - Paths are compared as they are sent, with their letter case and percent-encoding: a cookie
//     for "/a b" is not for /a%20b.
//   - Of several attributes with one name the last counts, and Max-Age before Expires.
//   - Prefixes of names are __Secure-, __Host-, and those of the draft that follows,
//     __Http- and __Host-Http-, in any letter case.
//   - No cookie lives longer than 400 days.
//   - There are at most 50 cookies of a host and 50 for a Domain, 3000 in all. When a host or
//     Domain has one too many, one of its own goes: one without Secure if there is one, and
//     of these the one that has not been used for the longest time. When the jar has one too
//     many, those of sites (registrable domains) with more than 50 go first.
//   - Of a response, the first 100 Set-Cookie fields count.
package cookiejar
