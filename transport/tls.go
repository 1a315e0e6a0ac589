package transport

import (
	"crypto/tls"

	"example.com/godwit/internal/dial"
	"example.com/godwit/trace"
)

// tlsConfig returns the configuration of a handshake with the server that a key is of: the
// request's or the Transport's, and on top of it what the trust says. It is for this handshake
// alone.
func (t *Transport) tlsConfig(k *key, o *Overrides) (*tls.Config, error) {
	tr := trusted(k.trust)
	return t.configure(k.protocols.offer(dial.ClientConfig(t.baseTLS(&tr), k.host)), k.trust, &tr, o)
}

// proxyTLS returns the configuration of a handshake with a proxy itself. id is its proxyTrust, and o
// what that was made of. Unless there is one for proxies, it has of the Transport's TLS what is not
// about one server: neither what that skips nor what else it verifies, neither certificates nor
// names.
func (t *Transport) proxyTLS(host string, id trustID, o *Overrides) (*tls.Config, error) {
	tr := trusted(id)
	base := t.baseTLS(&tr)
	if of := t.TLS; base == of && of != nil {
		base = &tls.Config{
			RootCAs: of.RootCAs, MinVersion: of.MinVersion, MaxVersion: of.MaxVersion,
			CipherSuites: of.CipherSuites, CurvePreferences: of.CurvePreferences,
			Time: of.Time, Rand: of.Rand, KeyLogWriter: of.KeyLogWriter,
		}
	}
	return t.configure(dial.ClientConfig(base, host), id, &tr, o)
}

// configure puts into a configuration what a trust says.
func (t *Transport) configure(config *tls.Config, id trustID, tr *trust, o *Overrides) (*tls.Config, error) {
	// A ticket must not open what the settings that it was got with would not have
	// (CVE-2025-68121), so each set of settings has its own.
	sessions := t.sessions.cache(id)
	h := &handshake{pins: tr.pins, insecure: tr.insecure, required: tr.how.staple, cache: sessions}
	if config.ClientSessionCache != nil && *tr == (trust{config: tr.config}) {
		h.cache = config.ClientSessionCache
	}
	if tr.insecure {
		config.InsecureSkipVerify = true
	}
	if !config.InsecureSkipVerify {
		config.RootCAs = t.rootsFor(sessions, tr, config.RootCAs, o)
	}
	if tr.bare {
		config.Certificates, config.GetClientCertificate = nil, nil
	}
	if tr.hasCert {
		config.Certificates, config.GetClientCertificate = []tls.Certificate{*o.Certificate}, nil
	}
	if tr.how != (settings{}) {
		if path := tr.how.keyLog; path != "" {
			if err := keyLog(path).check(); err != nil {
				return nil, &Error{Phase: trace.TLS, Err: err}
			}
		}
		tr.how.applyTo(config, o.TLSSettings)
	}
	h.install(config)
	return config, nil
}

// choseRoots tells of roots that nobody has asked for.
func (r *trip) choseRoots(config *tls.Config) {
	if r.opt.Tracer == nil || config.InsecureSkipVerify {
		return
	}
	ev := trace.Choice{Call: r.opt.Call, What: "ca"}
	switch {
	case config.RootCAs == nil && r.t.system.led: // as crypto/x509 reads it
		ev.Rule = "SSL_CERT_FILE and SSL_CERT_DIR"
	case config.RootCAs == nil:
		ev.Value, ev.Rule = "the system's roots", "nobody says otherwise"
	case r.t.system.isEmpty() && config.RootCAs == FallbackCA().pool:
		ev.Value, ev.Rule = "the fall-back bundle", "the system has no roots"
	default:
		return
	}
	r.emit(ev)
}
