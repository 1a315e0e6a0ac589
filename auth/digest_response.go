package auth

// Digest's arithmetic (RFC 7616 3.4), and the Authorization field made of it.

import (
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
)

// A proof is all that a response is the hash of.
type proof struct {
	hash                  func() hash.Hash
	session               bool
	user, realm, password string
	nonce, nc, cnonce     string
	qop                   string
	method, uri           string // method is "" for the server's proof (RFC 7616 3.5)
	body                  string // the body's hash, for auth-int
}

// response returns what RFC 7616 3.4.1 calls request-digest.
func (p *proof) response() string {
	h := p.hash()
	a1 := join(h, p.user, p.realm, p.password)
	if p.session {
		a1 = join(h, a1, p.nonce, p.cnonce)
	}
	a2 := join(h, p.method, p.uri)
	switch p.qop {
	case "":
		return join(h, a1, p.nonce, a2)
	case qopAuthInt:
		a2 = join(h, p.method, p.uri, p.body)
	}
	return join(h, a1, p.nonce, p.nc, p.cnonce, p.qop, a2)
}

// join returns the hash, in hexadecimal, of parts with colons between them.
func join(h hash.Hash, parts ...string) string {
	h.Reset()
	_, _ = io.WriteString(h, strings.Join(parts, ":"))
	return hex.EncodeToString(h.Sum(nil))
}

// credentials returns the value of the Authorization field (RFC 7616 3.4) that answers the offer.
// Its last parameter is the response: there are servers that expect it there.
func (o *offer) credentials(p *proof) string {
	var b strings.Builder
	b.WriteString("Digest ")
	switch {
	case o.userhash:
		b.WriteString("username=" + quote(join(p.hash(), p.user, p.realm)))
	case o.utf8 && !isASCII(p.user):
		b.WriteString("username*=UTF-8''" + percent(p.user))
	default:
		b.WriteString("username=" + quote(p.user))
	}
	b.WriteString(", realm=" + quote(p.realm) + ", nonce=" + quote(p.nonce) + ", uri=" + quote(p.uri))
	if o.algorithm != "" {
		b.WriteString(", algorithm=" + o.algorithm)
	}
	if o.opaque != "" {
		b.WriteString(", opaque=" + quote(o.opaque))
	}
	if p.qop != "" {
		b.WriteString(", qop=" + p.qop + ", nc=" + p.nc + ", cnonce=" + quote(p.cnonce))
	}
	if o.userhash {
		b.WriteString(", userhash=true")
	}
	b.WriteString(", response=" + quote(p.response()))
	return b.String()
}

// quote returns text as a quoted-string (RFC 9110 5.6.4).
func quote(text string) string {
	if !strings.ContainsAny(text, `"\`) {
		return `"` + text + `"`
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// percent writes text as RFC 8187 3.2.1 has it for username*.
func percent(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; isAlphanumeric(c) || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
