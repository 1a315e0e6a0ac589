// Whom a call trusts: sets of CAs, and what the environment says of them.

package godwit

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// CA trusts the certificates in files, or in the files of folders, in place of the system's: PEM, or
// one in DER. In place of a path there may be the text itself, so that what is embedded in a
// program need not be a file. They are read when the option is first used, and once; what cannot be
// read is an error before anything is sent. CA takes an earlier [Insecure] and [AddCA] back.
func CA(paths ...string) Option {
	return &caFiles{paths: paths}
}

// AddCA is as [CA], and trusts the certificates besides those that would be trusted without it: the
// system's, or those of an earlier CA, of the environment or of the transport.
func AddCA(paths ...string) Option {
	return &caFiles{paths: paths, add: true}
}

// caFiles are read once for each option value, however many calls share it.
type caFiles struct {
	paths []string
	add   bool
	once  sync.Once
	ca    *transport.CA
	err   error
}

// Apply sets Request.CA, or adds to Request.AddCA.
func (f *caFiles) Apply(r *Request) error {
	f.once.Do(func() { f.ca, f.err = transport.LoadCA(f.paths...) })
	if f.err != nil {
		return f.err
	}
	r.Insecure = false
	if f.add {
		r.AddCA = append(slices.Clip(r.AddCA), f.ca)
		return nil
	}
	r.CA, r.AddCA = f.ca, nil
	return nil
}

// String returns the option as it is written, but for certificates themselves.
func (f *caFiles) String() string {
	name := "CA"
	if f.add {
		name = "AddCA"
	}
	return name + pathArgs(f.paths)
}

// pathArgs returns paths as the arguments of a call, and of the text of a file, that it is one.
func pathArgs(paths []string) string {
	var all []string
	for _, path := range paths {
		if strings.Contains(path, "-----BEGIN ") || strings.IndexByte(path, 0) >= 0 {
			path = "(text)"
		}
		all = append(all, strconv.Quote(path))
	}
	return "(" + strings.Join(all, ", ") + ")"
}

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
		ca, rule, err = env.without()
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
