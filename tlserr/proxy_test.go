package tlserr

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"
)

// What is said for an origin helps with no proxy, so each remedy is one that does, or says nothing of
// Go and flags.
func TestRemediesForAProxy(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		facts  Facts
		goes   string
		flag   string
		unlike string
	}{
		"unknown issuer": {x509.UnknownAuthorityError{}, Facts{}, `godwit.ProxyTLS(godwit.CA("ca.pem"))`, "--proxy-cacert=ca.pem", "--verify"},
		"certificate":    {errors.New("remote error: tls: certificate required"), Facts{Alert: 116}, `godwit.ProxyTLS(godwit.ClientCert(`, "--proxy-cert=client.pem", "--cert="},
		"pin":            {&PinError{Got: []string{"sha256//x"}}, Facts{}, `godwit.ProxyTLS(godwit.Pin("sha256//x"))`, "", "--pin"},
		"plain":          {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake", RecordHeader: [5]byte{'H', 'T', 'T', 'P', '/'}}, Facts{Host: "p.example:3128"}, `godwit.Proxy("http://p.example:3128/")`, "--proxy=http://p.example:3128/", "Get("},
	} {
		f := c.facts
		f.Proxy, f.Now = true, time.Unix(0, 0)
		e, ok := errors.AsType[*Error](f.From(c.err))
		if !ok {
			t.Errorf("%s: %v", name, f.From(c.err))
			continue
		}
		found := false
		for _, r := range e.Remedies() {
			found = found || strings.HasPrefix(r.Go, c.goes) && strings.HasPrefix(r.Flag, c.flag) && (c.flag != "" || r.Flag == "")
			if strings.Contains(r.Flag, c.unlike) || strings.HasPrefix(r.Go, c.unlike) {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if !found {
			t.Errorf("%s: %+v", name, e.Remedies())
		}
		if text := e.Explain(); !strings.Contains(text, c.goes) {
			t.Errorf("%s: %s", name, text)
		}
	}
}
