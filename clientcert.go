// The client's own certificate: from files or memory, with a password or without.

package godwit

import (
	"crypto/tls"
	"errors"
	"fmt"
	"sync"

	"example.com/godwit/transport"
)

// ClientCert is the certificate that is shown to the origin of the call's first URL, if that
// asks for one, and to nobody else, nor to that origin any more once a redirect has led away from
// it. cert and key are PEM files; or cert is one with both in it, in PEM or PKCS#12, and key is "".
// In place of a path there may be the text of a file itself. They are read when the option is
// first used, and once.
//
// A key that is encrypted needs the password: a string, a [Secret], or a func() (string, error),
// which is called only then. A key that never leaves its device comes in a tls.Certificate, by
// Request.Certificate or by [TLS].
func ClientCert(cert, key string, password ...any) Option {
	return &certificateFile{cert: cert, key: key, password: passwordOf(password)}
}

type certificateFile struct {
	cert, key   string
	password    func() (string, error) // nil: there is none
	once        sync.Once
	certificate *tls.Certificate
	err         error
}

// Apply sets Request.Certificate.
func (f *certificateFile) Apply(r *Request) error {
	f.once.Do(func() { f.certificate, f.err = transport.LoadCertificate(f.cert, f.key, f.password) })
	if f.err != nil {
		return f.err
	}
	r.Certificate = f.certificate
	return nil
}

// String returns the option as it is written, but for keys and passwords.
func (f *certificateFile) String() string { return "ClientCert" + pathArgs([]string{f.cert, f.key}) }

// GoString is String: fmt would follow pointers to the key.
func (f *certificateFile) GoString() string { return f.String() }

// passwordOf makes a function of what stands for a password, nil of nothing.
func passwordOf(given []any) func() (string, error) {
	switch len(given) {
	case 0:
		return nil
	case 1:
	default:
		return refusePassword("ClientCert takes one password")
	}
	switch p := given[0].(type) {
	case nil:
		return nil
	case string:
		return func() (string, error) { return p, nil }
	case []byte:
		return func() (string, error) { return string(p), nil }
	case SecretValue:
		if p.held == nil {
			return refusePassword("a Secret that is empty")
		}
		return func() (string, error) { return p.held().text, nil }
	case func() (string, error):
		return p
	}
	return refusePassword(fmt.Sprintf("a %T is no password: it may be a string, a Secret or a func() (string, error)", given[0]))
}

func refusePassword(why string) func() (string, error) {
	return func() (string, error) { return "", errors.New(why) }
}
