package transport

import (
	"crypto/sha256"
	"crypto/tls"
	"net/url"
	"unique"
)

// A trust is whom TLS trusts, with what it proves who we are, and how it is spoken: all that a
// connection may have otherwise than another one to the same server. Session tickets are kept
// apart by it, too.
type trust struct {
	config   *tls.Config // the request's own; nil: the Transport's
	ca       [sha256.Size]byte
	added    [sha256.Size]byte
	cert     [sha256.Size]byte // of our own certificate
	pins     Pins
	how      settings
	hasCA    bool
	hasAdded bool
	hasCert  bool
	insecure bool
	bare     bool // the certificates in config are not shown
	proxy    bool // it is that of a proxy, and not of an origin
}

// A trustID stands for a trust: it is one word, and two of them are equal if the trusts are. Its
// zero value stands for the zero trust.
type trustID = unique.Handle[trust]

// trusted returns the trust that an ID stands for.
func trusted(id trustID) trust {
	if id == (trustID{}) {
		return trust{}
	}
	return id.Value()
}

// A knownTrust is a trust with its ID.
type knownTrust struct {
	trust trust
	id    trustID
}

// trustID returns the ID of a trust. That of the one that was asked for last is kept: nearly all
// requests of a program have the same.
func (t *Transport) trustID(tr *trust) trustID {
	if *tr == (trust{}) {
		return trustID{}
	}
	if k := t.lastTrust.Load(); k != nil && k.trust == *tr {
		return k.id
	}
	id := unique.Make(*tr)
	t.lastTrust.Store(&knownTrust{id.Value(), id})
	return id
}

// trustOf says whom a request's TLS is to be trusted by, and what it shows of its own.
func (t *Transport) trustOf(u *url.URL, o *Overrides) (trustID, error) {
	if o.sayNothingOfTLS() {
		return trustID{}, nil
	}
	var tr trust
	return t.trustOn(&tr, u, o)
}

// trustOn is trustOf on top of what tr says.
func (t *Transport) trustOn(tr *trust, u *url.URL, o *Overrides) (trustID, error) {
	own := o.Origin != "" && o.Origin == Origin(u)
	if own || o.Origin == "" {
		tr.insecure, tr.config, tr.pins = o.Insecure, o.TLS, o.Pins
		tr.how.ofOrigin(o.TLSSettings)
	}
	err := t.common(tr, o)
	if err != nil {
		return trustID{}, err
	}
	crossed := o.Crossed != nil && o.Crossed.Load()
	tr.bare = crossed && tr.config != nil && (len(tr.config.Certificates) > 0 || tr.config.GetClientCertificate != nil)
	if o.Certificate != nil && own && !crossed {
		tr.hasCert = true
		if tr.cert, err = t.certSums.of(o.Certificate); err != nil {
			return trustID{}, err
		}
	}
	return t.trustID(tr), nil
}

// proxyTrust says whom the TLS to a proxy itself is to be trusted by, and returns the Overrides that
// it has been made of. What is said for proxies is said as for an origin. Else it is as for an
// origin of which nothing else has been said: what is said for one origin is not said for the proxy
// on the way there, so that neither Insecure, Pins and TLS nor a certificate, a name or ECH are in
// it.
func (t *Transport) proxyTrust(proxy *url.URL, o *Overrides) (trustID, *Overrides, error) {
	tr := trust{proxy: true}
	if o == nil {
		return t.trustID(&tr), nil, nil
	}
	own := &Overrides{CA: o.CA, EnvCA: o.EnvCA, AddCA: o.AddCA, TLSSettings: o.TLSSettings}
	if p := o.ProxyTLS; p != nil {
		own = &Overrides{
			CA: p.CA, EnvCA: p.EnvCA, AddCA: p.AddCA, TLS: p.TLS, Certificate: p.Certificate,
			Pins: p.Pins, Insecure: p.Insecure, TLSSettings: p.TLSSettings, Origin: Origin(proxy),
		}
	}
	if err := t.trustProxies(own, o); err != nil {
		return trustID{}, nil, err
	}
	if o.ProxyTLS != nil {
		id, err := t.trustOn(&tr, proxy, own)
		return id, own, err
	}
	if err := t.common(&tr, own); err != nil {
		return trustID{}, nil, err
	}
	tr.how.staple = false // proxies are nobody's certificate that one could choose
	return t.trustID(&tr), own, nil
}

// trustProxies fills in whom own trusts where nobody has said so for proxies: whom o trusts
// wherever it may lead.
func (t *Transport) trustProxies(own, o *Overrides) (err error) {
	if base := t.ProxyTLS; base != nil && base.RootCAs != nil {
		if o.ProxyTLS == nil {
			own.CA = nil
		}
		return nil
	}
	if own.CA == nil && (own.TLS == nil || own.TLS.RootCAs == nil) {
		own.CA = o.CA
	}
	if own.EnvCA == nil {
		own.EnvCA = o.EnvCA
	}
	if own.EnvCA == nil && own.CA == nil && !own.Insecure && o.EnvProxyCA != nil {
		own.EnvCA, err = o.EnvProxyCA()
	}
	return err
}

// common sets what holds wherever a request, or its redirects, may lead.
func (t *Transport) common(tr *trust, o *Overrides) error {
	if ca := t.caOf(tr, o); ca != nil {
		tr.ca, tr.hasCA = ca.sum, true
	}
	if len(o.AddCA) > 0 {
		tr.added, tr.hasAdded = sumOf(o.AddCA), true
	}
	if o.TLSSettings.IsZero() {
		return nil
	}
	tr.how.ofAll(o.TLSSettings)
	return o.TLSSettings.check()
}

// sayNothingOfTLS reports whether TLS goes as it would without the overrides.
func (o *Overrides) sayNothingOfTLS() bool {
	return o.CA == nil && o.EnvCA == nil && len(o.AddCA) == 0 && o.TLS == nil && o.Certificate == nil && !o.Insecure &&
		o.Pins == Pins{} && o.TLSSettings.IsZero()
}

// caOf returns who is trusted in place of what the configuration says, nil if that stands.
func (t *Transport) caOf(tr *trust, o *Overrides) *CA {
	if o.CA != nil || o.EnvCA == nil || tr.insecure {
		return o.CA
	}
	if base := t.baseTLS(tr); base != nil && base.RootCAs != nil {
		return nil
	}
	return o.EnvCA
}

// baseTLS returns the configuration that others come on top of; nil: the default one.
func (t *Transport) baseTLS(tr *trust) *tls.Config {
	switch {
	case tr.config != nil:
		return tr.config
	case tr.proxy && t.ProxyTLS != nil:
		return t.ProxyTLS
	}
	return t.TLS
}
