// Whom a call trusts: the options, and their order.

package godwit

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// CA trusts the PEM certificates in a file, or in the files of a folder, in place of the
// system's. They are read when the option is first used, and once; what cannot be read is
// an error before anything is sent. It takes an earlier [Insecure] back.
func CA(path string) Option {
	return &caFile{path: path}
}

// caFile is read once for each option value, however many calls share it.
type caFile struct {
	path string
	once sync.Once
	ca   *transport.CA
	err  error
}

// Apply sets Request.CA.
func (f *caFile) Apply(r *Request) error {
	f.once.Do(func() { f.ca, f.err = transport.LoadCA(f.path) })
	if f.err != nil {
		return f.err
	}
	r.CA, r.caPath, r.Insecure = f.ca, f.path, false
	return nil
}

// String returns the option as it is written.
func (f *caFile) String() string { return fmt.Sprintf("CA(%q)", f.path) }

// ClientCert is the certificate that is shown to the origin of the call's first URL, if that
// asks for one, and to nobody else, nor to that origin any more once a redirect has led away from
// it: two PEM files, or one with both in it if keyFile is "". They are read when the option is
// first used, and once.
func ClientCert(certFile, keyFile string) Option {
	return &certificateFile{cert: certFile, key: keyFile}
}

type certificateFile struct {
	cert, key   string
	once        sync.Once
	certificate *tls.Certificate
	err         error
}

// Apply sets Request.Certificate.
func (f *certificateFile) Apply(r *Request) error {
	f.once.Do(func() { f.certificate, f.err = transport.LoadCertificate(f.cert, f.key) })
	if f.err != nil {
		return f.err
	}
	r.Certificate = f.certificate
	return nil
}

// String returns the option as it is written.
func (f *certificateFile) String() string { return fmt.Sprintf("ClientCert(%q, %q)", f.cert, f.key) }

// TLS is how TLS is spoken with the origin of the call's first URL, in place of how the
// transport would; other origins of a redirect do not get it, and its certificates are as a
// [ClientCert]. The configuration must not be altered any more. [CA], [ClientCert] and [Insecure] come on top of it. nil takes an earlier
// one back.
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

// trusts tells the tracer whose certificates are trusted, and which rule says so.
func (c *call) trusts(what, rule string) {
	if c.session.Tracer != nil {
		c.tell(trace.Choice{Call: c.id, What: "ca", Value: what, Rule: rule})
	}
}

// askEnvironment lets the environment say whom an https request trusts, if nobody else has. It
// is asked when it is first needed: to read certificates takes a while.
func (c *call) askEnvironment(t *transport.Transport, req *http.Request) error {
	if req.URL.Scheme != "https" || c.knowsTrust(t, req) {
		return nil
	}
	c.mu.Lock()
	asked := c.caAsked
	c.mu.Unlock()
	if asked {
		return nil
	}
	env := &c.session.shared().ca
	var ca *transport.CA
	var rule string
	var err error
	if c.request.NoEnv.CA {
		rule = "NoEnv"
		ca, err = env.without()
	} else {
		ca, rule, err = env.of()
	}
	if err != nil {
		return kindError{ErrTLS, err.Error()}
	}
	c.mu.Lock()
	first := !c.caAsked
	if first { // else somebody is reading it
		own := *c.over.Load()
		own.EnvCA = ca
		c.caAsked = true
		c.over.Store(&own)
	}
	c.mu.Unlock()
	if first && ca != nil {
		c.trusts("", rule)
	}
	return nil
}

// knowsTrust reports whether somebody has said whom a request trusts. Insecure and TLS say so
// for one origin only.
func (c *call) knowsTrust(t *transport.Transport, req *http.Request) bool {
	r := c.request
	if r.CA != nil || t.TLS != nil && (t.TLS.RootCAs != nil || t.TLS.InsecureSkipVerify) {
		return true
	}
	return (r.Insecure || r.TLS != nil && r.TLS.RootCAs != nil) && transport.Origin(req.URL) == c.over.Load().Origin
}
