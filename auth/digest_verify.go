package auth

// Digest's Authentication-Info (RFC 7616 3.5, RFC 7615): the server's own proof, and the nonce
// that it wants to see next.

import (
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
)

// Verify checks the server's own proof, if it sends one, and notes the nonce that it wants to
// see next. What a response says that has not taken the credentials does not count.
func (d *digest) Verify(req *http.Request, res *http.Response) error {
	if d.err != nil || res.StatusCode == http.StatusUnauthorized {
		return d.err
	}
	info := authenticationInfoOf(res)
	if info == nil {
		return nil
	}
	sent := digestOf(req)
	if sent == nil {
		return nil
	}
	if response, has := info["rspauth"]; has {
		if err := d.checkServer(req, res, sent, info, response); err != nil {
			return err
		}
	}
	if next := info["nextnonce"]; next != "" && len(next) <= maxKept {
		at, _ := originOf(req.URL)
		d.memory.next(at, sent["realm"], next)
	}
	return nil
}

// authenticationInfoOf returns the parameters of Authentication-Info, nil if there are none.
func authenticationInfoOf(res *http.Response) map[string]string {
	values := res.Header[authenticationInfo]
	if len(values) == 0 {
		return nil
	}
	s := scanner{text: strings.Join(values, ", ")}
	s.skip(listSpace)
	params, once, ok := s.params()
	if !ok || !once || s.at < len(s.text) {
		return nil
	}
	return params
}

// checkServer checks what the server has sent for the credentials in sent. Where the proof
// covers the body, it is checked at the body's end.
func (d *digest) checkServer(req *http.Request, res *http.Response, sent, info map[string]string, response string) error {
	p := &proof{
		user: d.user, realm: sent["realm"], password: d.password,
		nonce: sent["nonce"], nc: sent["nc"], cnonce: sent["cnonce"], qop: sent["qop"],
		uri: sent["uri"],
	}
	p.hash, _, p.session = algorithm(sent["algorithm"])
	if p.hash == nil { // somebody else's credentials
		return nil
	}
	if qop, has := info["qop"]; has {
		p.qop = chooseQop(qop)
	}
	cnonce, hasCnonce := info["cnonce"]
	nc, hasNc := info["nc"]
	if hasCnonce && cnonce != p.cnonce || hasNc && !strings.EqualFold(nc, p.nc) || p.qop == "" && sent["qop"] != "" {
		return fmt.Errorf("auth: Digest: %w: its proof is for another request", ErrUnproved)
	}
	if p.qop != qopAuthInt {
		return p.compare(response)
	}
	h := p.hash()
	if bodiless(req, res) {
		p.body = hex.EncodeToString(h.Sum(nil))
		return p.compare(response)
	}
	if !res.Uncompressed { // what was hashed is gone otherwise
		res.Body = &provedBody{ReadCloser: res.Body, hash: h, proof: p, response: response}
	}
	return nil
}

// compare returns an error if the server's response is not the one that it should be.
func (p *proof) compare(response string) error {
	if subtle.ConstantTimeCompare([]byte(strings.ToLower(response)), []byte(p.response())) == 1 {
		return nil
	}
	return fmt.Errorf("auth: Digest: %w", ErrUnproved)
}

// bodiless reports whether the response has no body (RFC 9112 6.3), or an empty one.
func bodiless(req *http.Request, res *http.Response) bool {
	return res.Body == nil || res.Body == http.NoBody || res.ContentLength == 0 ||
		req.Method == http.MethodHead || res.StatusCode < 200 ||
		res.StatusCode == http.StatusNoContent || res.StatusCode == http.StatusNotModified ||
		req.Method == http.MethodConnect && res.StatusCode < 300
}

// A provedBody is a body whose end is an error if the server's proof does not fit it.
type provedBody struct {
	io.ReadCloser
	hash     hash.Hash
	proof    *proof
	response string
	err      error // what the end is; nil: it has not been reached
}

func (b *provedBody) Read(p []byte) (n int, err error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err = b.ReadCloser.Read(p)
	_, _ = b.hash.Write(p[:n])
	if err == io.EOF {
		b.proof.body = hex.EncodeToString(b.hash.Sum(nil))
		if wrong := b.proof.compare(b.response); wrong != nil {
			err = wrong
		}
		b.err = err
	}
	return n, err
}
