package transport

import (
	"crypto/x509"
	"os"
	"sync"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// FallbackCA returns the roots that Mozilla trusted when the module
// golang.org/x/crypto/x509roots/fallback was made. A Transport trusts them by itself where it is
// told of no others and the system has none, as in a container with nothing else in it.
func FallbackCA() *CA { return fallbackCA() }

// fallbackCA parses the certificates when they are first wanted: where the system has roots of
// its own, nobody pays for that. Some are trusted up to a day only, which is no part of them.
var fallbackCA = sync.OnceValue(func() *CA {
	set := newCASet()
	set.from = []string{"the fall-back bundle"}
	for root := range bundle.Roots() {
		if cert, err := x509.ParseCertificate(root.Certificate); err == nil {
			set.addCert(anchor{cert, root.Constraint})
		}
	}
	return set.ca()
})

// systemRoots are those that hold where nobody says whom to trust.
type systemRoots struct {
	once sync.Once
	load func() (*x509.CertPool, error) // nil: x509.SystemCertPool; tests have others
	none bool                           // there are none, so that FallbackCA stands in
	led  bool                           // the environment has led crypto/x509 elsewhere
}

// isEmpty reports whether the system has no roots at all. What the environment leads crypto/x509
// to instead is not the system's: that it is not there is no reason to trust others.
func (r *systemRoots) isEmpty() bool {
	r.once.Do(func() {
		r.led = os.Getenv("SSL_CERT_FILE") != "" || os.Getenv("SSL_CERT_DIR") != ""
		if !r.led {
			pool, err := r.read()
			r.none = err != nil || pool.Equal(x509.NewCertPool())
		}
	})
	return r.none
}

func (r *systemRoots) read() (*x509.CertPool, error) {
	if r.load != nil {
		return r.load()
	}
	return x509.SystemCertPool()
}

// rootsFor returns the roots of a handshake, given those of the configuration that all else comes
// on top of. nil: the system's.
func (t *Transport) rootsFor(c *sessionCache, tr *trust, base *x509.CertPool, o *Overrides) *x509.CertPool {
	if tr.hasCA {
		base = t.caOf(tr, o).pool
	}
	if base == nil && t.system.isEmpty() {
		base = FallbackCA().pool
	}
	if !tr.hasAdded {
		return base
	}
	// What is added follows from the trust, and so does what it is added to.
	c.rootsOnce.Do(func() {
		if base == nil {
			base, _ = t.system.read()
		}
		if base == nil { // the environment's cannot be read, and that is no reason to trust others
			base = x509.NewCertPool()
		}
		c.roots = base.Clone()
		for _, ca := range o.AddCA {
			ca.addTo(c.roots)
		}
	})
	return c.roots
}
