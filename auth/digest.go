package auth

// Digest: answering challenges, and authorizing before there is one.

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
)

// maxRounds is how often Digest answers for a request at most: once, and once more where the
// server says that the nonce was right but too old.
const maxRounds = 2

type digest struct {
	masked
	*digestState
}

type digestState struct {
	user, password string
	err            error // why there is nothing to answer with
	memory         memory
}

// Digest returns a [Challenger] that proves that it knows a password without sending it
// (RFC 7616). It is a [Verifier], too.
//
// It knows MD5, SHA-256, SHA-512-256 and SHA-512, each also as -sess, with qop auth, auth-int and none,
// and picks the strongest challenge that it understands. It sends nothing before a server has
// asked. What it was asked it remembers for the realm of that origin (scheme, host and port),
// and answers ahead of the question from then on, counting the uses of each nonce. Credentials
// that were refused are not sent again, unless the server says that the nonce alone is to
// blame. The proof covers req.URL.RequestURI, so that a URL with an Opaque part proves that.
//
// A control character in the user name is an error of each of its methods that is [ErrInvalid].
// User name and password are hashed as they are, which should be UTF-8. MD5 is not answered
// where Go's FIPS 140-3 mode is enforced.
func Digest(user, password string) Challenger { return newDigest(user, password) }

func newDigest(user, password string) *digest {
	d := &digest{"Digest(" + hidden + ")", &digestState{user: user, password: password}}
	if hasControl(user) {
		d.err = fmt.Errorf("auth: %w: the user name has a control character", ErrInvalid)
	}
	return d
}

// Authorize answers ahead of the question, with a nonce that is known.
func (d *digest) Authorize(req *http.Request) error {
	if d.err != nil {
		return d.err
	}
	at, ok := originOf(req.URL)
	if !ok {
		return nil
	}
	o, n, ok := d.memory.take(at, pathOf(req.URL))
	if !ok || o.qop == qopAuthInt && !rereadable(req) { // the server may not ask this time
		return nil
	}
	return d.set(req, &o, n)
}

func (d *digest) Answer(req *http.Request, res *http.Response) (again bool, err error) {
	return d.answer(req, res, ParseChallenges(res.Header[wwwAuthenticate]))
}

// answer answers the strongest of the challenges, which are those of res.
func (d *digest) answer(req *http.Request, res *http.Response, challenges []Challenge) (again bool, err error) {
	if d.err != nil {
		return false, d.err
	}
	at, ok := originOf(req.URL)
	if !ok || res.StatusCode != http.StatusUnauthorized {
		return false, nil
	}
	sent := digestOf(req)
	o, ok := strongest(challenges)
	if !ok || !d.worthwhile(req, at, &o, sent) {
		if sent != nil {
			d.memory.forget(at, sent["realm"], sent["nonce"])
		}
		return false, nil
	}
	n, ok := d.memory.learn(at, o, o.pathsOf(req.URL))
	if !ok {
		return false, nil
	}
	if err := d.set(req, &o, n); err != nil {
		return false, err
	}
	countRound(req, d.digestState)
	return true, nil
}

// worthwhile reports whether an answer could fare better than what was sent, nil if that was no
// Digest.
func (d *digest) worthwhile(req *http.Request, at origin, o *offer, sent map[string]string) bool {
	answered := rounds(req, d.digestState)
	switch {
	case answered >= maxRounds:
		return false
	case sent == nil || sent["realm"] != o.realm:
		return answered == 0 // the first question
	case sent["nonce"] == o.nonce:
		return false // the same question
	case o.stale:
		return true
	default:
		// RFC 7616 3.3 would have it that the password is wrong. But a nonce that has served
		// before was taken with that password: there are servers that use each nonce once, or
		// have been restarted, and do not say stale.
		return answered == 0 && d.memory.uses(at, o.realm, sent["nonce"]) > 1
	}
}

// set puts credentials that answer the offer into the request; it is the n-th use of the nonce.
func (d *digest) set(req *http.Request, o *offer, n uint32) error {
	p := &proof{
		hash: o.hash, session: o.session,
		user: d.user, realm: o.realm, password: d.password,
		nonce: o.nonce, qop: o.qop,
		method: req.Method, uri: req.URL.RequestURI(),
	}
	if p.method == "" {
		p.method = http.MethodGet
	}
	if hasControl(p.uri) {
		return fmt.Errorf("auth: %w: the URL has a control character", ErrInvalid)
	}
	if p.qop != "" {
		p.nc, p.cnonce = fmt.Sprintf("%08x", n), rand.Text()
	}
	if p.qop == qopAuthInt {
		sum, err := hashBody(req, o.hash())
		if err != nil {
			return err
		}
		p.body = sum
	}
	setField(req, authorization, o.credentials(p))
	return nil
}

// digestOf returns the parameters of the request's Digest credentials, nil if it has none.
func digestOf(req *http.Request) map[string]string {
	c := ParseChallenges(req.Header[authorization])
	if len(c) != 1 || !strings.EqualFold(c[0].Scheme, "Digest") {
		return nil
	}
	return c[0].Params
}

// rereadable reports whether hashBody can read the request's body.
func rereadable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

// hashBody returns the hash of the request's body, in hexadecimal.
func hashBody(req *http.Request, h hash.Hash) (string, error) {
	if !rereadable(req) {
		return "", fmt.Errorf("auth: Digest with qop=auth-int: %w: the request has no GetBody", ErrBody)
	}
	if req.Body != nil && req.Body != http.NoBody {
		body, err := req.GetBody()
		if err != nil {
			return "", fmt.Errorf("auth: Digest with qop=auth-int: %w: %w", ErrBody, err)
		}
		_, err = io.Copy(h, body)
		if errClose := body.Close(); err == nil {
			err = errClose
		}
		if err != nil {
			return "", fmt.Errorf("auth: Digest with qop=auth-int: %w: %w", ErrBody, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
