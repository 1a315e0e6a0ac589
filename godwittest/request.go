// The request as a handler gets it, and its body on the way there.

package godwittest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// received returns the request that a server would get if req were sent over HTTP/1.1, but
// for its context and its body. It shares nothing with req.
func received(req *http.Request) (*http.Request, error) {
	u := req.URL
	if u == nil {
		return nil, errors.New("the request has no URL")
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("a URL of the scheme %s, not http or https", quote(u.Scheme))
	}
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	if !isToken(method) {
		return nil, fmt.Errorf("invalid method %s", quote(method))
	}
	host := hostOf(req)
	if u.Host == "" || strings.ContainsFunc(host, notInHost) {
		return nil, fmt.Errorf("invalid host %s", quote(host))
	}
	r := &http.Request{
		Method: method, Host: host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: http.NoBody, RemoteAddr: remoteAddr.String(), TLS: tlsState(u),
	}
	if err := target(r, u); err != nil {
		return nil, err
	}
	var err error
	if r.Header, err = receivedFields(req.Header); err != nil {
		return nil, err
	}
	return r, frame(r, req)
}

// hostOf returns what the field Host says: without a zone, which is of no use elsewhere
// (RFC 6874 4).
func hostOf(req *http.Request) string {
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	if from := strings.IndexByte(host, '%'); strings.HasPrefix(host, "[") && from > 0 {
		if to := strings.LastIndexByte(host, ']'); to > from {
			host = host[:from] + host[to:]
		}
	}
	return host
}

func notInHost(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`/?#@\"<>`, r) }

// target fills in RequestURI and the URL that a server makes of it (RFC 9112 3.2).
func target(r *http.Request, u *url.URL) error {
	uri := u.RequestURI()
	authorityForm := r.Method == http.MethodConnect && u.Path == ""
	if authorityForm {
		uri = r.Host
		if u.Opaque != "" {
			uri = u.Opaque
		}
	}
	if strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return errors.New("the URL has a space or a control character in it")
	}
	r.RequestURI = uri
	if authorityForm {
		uri = "http://" + uri
	}
	var err error
	if r.URL, err = url.ParseRequestURI(uri); err != nil {
		return errors.New("a server cannot read the URL")
	}
	if authorityForm {
		r.URL.Scheme = ""
	}
	if r.URL.Host != "" {
		r.Host = r.URL.Host
	}
	return nil
}

// receivedFields copies a request's fields as a server has them: names in canonical form,
// without those that a client writes from elsewhere.
func receivedFields(from http.Header) (http.Header, error) {
	to := make(http.Header, len(from)+1)
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if !isToken(name) {
			return nil, fmt.Errorf("invalid field name %s", quote(name))
		}
		key, values := http.CanonicalHeaderKey(name), from[name]
		switch key {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			continue
		case "User-Agent":
			if len(values) > 0 && values[0] == "" {
				continue // net/http's way to say that there is none
			}
		}
		for _, v := range values {
			if strings.ContainsFunc(v, notInValue) {
				return nil, fmt.Errorf("invalid value of the field %s", quote(name))
			}
			to[key] = append(to[key], strings.Trim(v, " \t"))
		}
	}
	return to, nil
}

// frame fills in what says how long the body is, and which trailer follows it (RFC 9112 6).
func frame(r, req *http.Request) error {
	switch n := req.ContentLength; {
	case req.Body == nil || req.Body == http.NoBody:
		if n > 0 {
			return fmt.Errorf("a ContentLength of %d without a body", n)
		}
		if r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH" {
			r.Header.Set("Content-Length", "0")
		}
	case n > 0 && len(req.Trailer) == 0:
		r.ContentLength = n
		r.Header.Set("Content-Length", strconv.FormatInt(n, 10))
	default:
		r.ContentLength = -1
		r.TransferEncoding = []string{"chunked"}
		for name := range req.Trailer {
			if !trails(name) {
				return fmt.Errorf("invalid trailer field %s", quote(name))
			}
			if r.Trailer == nil {
				r.Trailer = http.Header{}
			}
			r.Trailer[http.CanonicalHeaderKey(name)] = nil
		}
	}
	return nil
}

// Addresses that are nobody's (RFC 5737).
var remoteAddr = netip.MustParseAddrPort("192.0.2.1:1234")

// localAddr returns the address that the handler listens at.
func localAddr(u *url.URL) net.Addr {
	port := uint16(80)
	if u.Scheme == "https" {
		port = 443
	}
	if p, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		port = uint16(p)
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.2"), port))
}

// tlsState returns what is known of the TLS connection of an https URL, nil for http.
func tlsState(u *url.URL) *tls.ConnectionState {
	if u.Scheme != "https" {
		return nil
	}
	state := &tls.ConnectionState{
		Version: tls.VersionTLS13, HandshakeComplete: true, CipherSuite: tls.TLS_AES_128_GCM_SHA256,
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil {
		state.ServerName = u.Hostname() // an address is never sent as one (RFC 6066 3)
	}
	return state
}

// send reads the client's body and passes it on. A body of the wrong length is the end of
// the exchange, as it is for a client.
func (x *exchange) send() {
	defer x.closeBody()
	length, size := x.req.ContentLength, int64(32<<10) // length 0: unknown
	if length > 0 {
		size = min(size, length+1) // one more, to see that there is no more
	}
	buf, trails := make([]byte, size), len(x.req.Trailer) > 0
	for sent, idle := int64(0), 0; ; idle++ {
		n, err := x.req.Body.Read(buf)
		sent += int64(n)
		if n > 0 {
			idle = 0
			if length > 0 && sent > length {
				err = fmt.Errorf("a body of more than its ContentLength of %d", length)
			} else if _, err := x.upNear.Write(buf[:n]); err != nil {
				return // the handler has had enough of it
			}
		}
		switch {
		case err == io.EOF && sent < length:
			err = fmt.Errorf("a body of %d bytes, with a ContentLength of %d", sent, length)
		case err == nil && idle > 100:
			err = io.ErrNoProgress
		case err == io.EOF:
			if trails {
				x.sent = x.req.Trailer.Clone()
			}
			x.upNear.Close()
			return
		case err == nil && sent == length && !trails:
			x.upNear.Close() // the handler need not wait to see whether there is more
		}
		if err != nil {
			if !x.unwanted.Load() { // else it is us who have closed it
				x.end(&sendError{err})
			}
			return
		}
	}
}

// A requestBody is a request's body as the handler reads it.
type requestBody struct {
	x       *exchange
	r       *http.Request
	w       *response
	expects atomic.Bool // the client waits for 100 Continue before it sends
	err     error       // what Read has ended with
}

// Read reads what the client sends, and asks for it if the client waits for that.
func (b *requestBody) Read(p []byte) (int, error) {
	if b.x.unwanted.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	if b.err != nil {
		return 0, b.err
	}
	if b.expects.Load() {
		if err := b.ask(); err != nil {
			b.err = err
			return 0, err
		}
	}
	n, err := b.x.upFar.Read(p)
	switch err {
	case nil:
	case io.EOF:
		b.err = err
		b.takeTrailer()
	case io.ErrClosedPipe:
		b.err, err = io.ErrUnexpectedEOF, io.ErrUnexpectedEOF
	}
	return n, err
}

// ask asks the client for the body. If the handler has chosen a status already, there is no
// 100 Continue any more; a client then sends after a while, unless it has got that status.
func (b *requestBody) ask() error {
	b.expects.Store(false)
	select {
	case <-b.x.answered:
		return io.ErrUnexpectedEOF
	default:
	}
	if !b.w.final.Load() {
		_ = b.x.deliver(b.w.interim(http.StatusContinue, nil))
	}
	go b.x.send() // ends with the body, or with the exchange
	return nil
}

// takeTrailer fills in the request's trailer, now that it has come.
func (b *requestBody) takeTrailer() {
	for name, values := range b.x.sent {
		if b.r.Trailer == nil {
			b.r.Trailer = http.Header{}
		}
		b.r.Trailer[http.CanonicalHeaderKey(name)] = values
	}
}

// Close says that no more of the body is wanted. It may be called while Read waits.
func (b *requestBody) Close() error {
	b.x.unwanted.Store(true)
	b.x.upFar.Close()
	b.x.closeBody()
	return nil
}
