// How TLS is spoken, and what a server must show besides a certificate that is in order.

package godwit

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"example.com/godwit/transport"
)

// TLS is how TLS is spoken with the origin of the call's first URL, in place of how the
// transport would; other origins of a redirect do not get it, and its certificates are as a
// [ClientCert]. The configuration must not be altered any more. [CA], [AddCA], [ClientCert], [Pin],
// [TLSSettings] and [Insecure] come on top of it. nil takes an earlier one back.
func TLS(config *tls.Config) Option { return tlsOption{config} }

type tlsOption struct{ config *tls.Config }

// Apply sets Request.TLS.
func (o tlsOption) Apply(r *Request) error {
	if o.config != nil && o.config.InsecureSkipVerify && o.config.VerifyConnection == nil && o.config.VerifyPeerCertificate == nil {
		return errors.New("a tls.Config that verifies nothing: say Insecure, so that it is seen")
	}
	r.TLS = o.config
	return nil
}

// String names the option: a tls.Config may hold keys.
func (o tlsOption) String() string { return "TLS" }

// GoString is String.
func (o tlsOption) GoString() string { return "TLS" }

// TLSSettings are how TLS is spoken. Its fields are those of transport.TLSSettings; one that is
// zero leaves standing what an earlier option, or the transport, says. ServerName and ECH are for
// the origin of the call's first URL, the others for each that the call leads to.
type TLSSettings transport.TLSSettings

// Apply sets the fields of Request.TLSSettings that are not zero in s.
func (s TLSSettings) Apply(r *Request) error {
	own := transport.TLSSettings(s)
	if r.TLSSettings != nil {
		own = own.Or(*r.TLSSettings)
	}
	if err := own.Check(); err != nil {
		return err
	}
	r.TLSSettings = &own
	return nil
}

// Pin takes a server at the origin of the call's first URL only if one of some public keys is in its
// chain of certificates, whatever else is in order: "sha256//" and the SHA-256 of the key
// (SubjectPublicKeyInfo) in base64, as curl has it. More than one are for when the key will be
// replaced. The key may be the server's own or that of one of its issuers; with [Insecure], only
// its own counts. It holds besides all that is verified. It takes the place of an earlier Pin, and
// Pin() is none.
//
// A server that shows none of them is a *tlserr.PinError, and nothing has been sent. So is nothing
// if the first URL has no TLS.
func Pin(pins ...string) Option {
	p, err := transport.ParsePins(pins...)
	return pinOption{p, err}
}

type pinOption struct {
	pins transport.Pins
	err  error
}

// Apply sets Request.Pins.
func (o pinOption) Apply(r *Request) error {
	if o.err != nil {
		return o.err
	}
	r.Pins = o.pins
	return nil
}

// String returns the option as it is written.
func (o pinOption) String() string {
	var all []string
	for _, pin := range o.pins.List() {
		all = append(all, strconv.Quote(pin))
	}
	return "Pin(" + strings.Join(all, ", ") + ")"
}

var (
	errPinInClear = errors.New("a Pin, and a URL without TLS: no key would be asked for (Pin() takes an earlier one back)")
	errPinUnknown = kindError{ErrTLS, "a Pin or RequireStaple, and a transport that does not see to it: only *transport.Transport does (Pin() takes an earlier one back)"}
)

// checkPins refuses what would be sent without looking at the pins.
func (r *Request) checkPins(u *url.URL) error {
	if r.Pins != (transport.Pins{}) && u.Scheme != "https" {
		return r.refuse(ErrRequest, errPinInClear)
	}
	return nil
}

// mayLeaveTo returns an error if a transport that is not ours would carry a request without what
// has been demanded of its server.
func (c *call) mayLeaveTo(req *http.Request) error {
	r := c.request
	if req.URL.Scheme != "https" || !r.requiresStaple() && (r.Pins == (transport.Pins{}) || c.over.Load().Origin != transport.Origin(req.URL)) {
		return nil
	}
	return errPinUnknown
}

// forOrigin reports whether the request says anything of TLS that is for one origin alone.
func (r *Request) forOrigin() bool {
	return r.Insecure || r.TLS != nil || r.Certificate != nil || r.Pins != (transport.Pins{}) ||
		r.TLSSettings != nil && (r.TLSSettings.ServerName != "" || r.TLSSettings.ECH != nil)
}

func (r *Request) requiresStaple() bool { return r.TLSSettings != nil && r.TLSSettings.RequireStaple }

// dropOrigin takes out of the request what is for an origin that it does not go to.
func (r *Request) dropOrigin() {
	r.Insecure, r.TLS, r.Certificate, r.Pins = false, nil, nil, transport.Pins{}
	if r.TLSSettings != nil {
		own := *r.TLSSettings
		own.ServerName, own.ECH = "", nil
		r.TLSSettings = &own
	}
}
