package cli

// The flags of TLS, and what they mean to the library.

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"example.com/godwit"
	"example.com/godwit/transport"
)

// tlsOptions are what the flags of TLS say.
type tlsOptions struct {
	verify  string   // "yes", "no" or a path
	addCA   []string // paths
	cert    string   // "": none
	certKey string   // "": in the same file
	keyPass *string  // nil: none is given
	pins    []string

	version  uint16 // --ssl: this one alone; 0: it is not said
	settings transport.TLSSettings
}

var tlsFlags = []flagRow[options]{
	{
		name: "verify", arg: "yes|no|FILE", help: "whether to verify the server's certificate, or the file\n(or folder) of the CAs to trust (default: yes)",
		apply: func(o *options, v string) error {
			switch strings.ToLower(v) {
			case "":
				return errors.New("it must be yes, no or a file")
			case "yes", "true":
				v = "yes"
			case "no", "false":
				v = "no"
			}
			o.tls.verify = v
			return nil
		},
	},
	{
		name: "add-ca", arg: "FILE", help: "CAs to trust besides these; a file, a folder, or several",
		apply: func(o *options, v string) error {
			o.tls.addCA = append(o.tls.addCA, v)
			return someFile(v)
		},
	},
	{
		name: "cert", arg: "FILE", help: "a client certificate, in PEM or PKCS#12",
		apply: func(o *options, v string) error { o.tls.cert = v; return someFile(v) },
	},
	{
		name: "cert-key", arg: "FILE", help: "its private key (default: in the same file)",
		apply: func(o *options, v string) error { o.tls.certKey = v; return someFile(v) },
	},
	{
		name: "cert-key-pass", arg: "PASSWORD", help: "the password of the key: itself, or a reference such as\n@env:NAME, which others do not see",
		apply: func(o *options, v string) error { o.tls.keyPass = &v; return nil },
	},
	{
		name: "pin", arg: "sha256//…", help: "a key that the server must show, or one of several (as\ncurl has it), even with --verify=no",
		apply: func(o *options, v string) error {
			_, err := transport.ParsePins(v)
			o.tls.pins = append(o.tls.pins, v)
			return err
		},
	},
	{
		name: "ssl", arg: "VERSION", values: "tls1 tls1.1 tls1.2 tls1.3", help: "this version alone: tls1, tls1.1, tls1.2 or tls1.3",
		apply: func(o *options, v string) (err error) { o.tls.version, err = tlsVersion(v); return err },
	},
	{
		name: "tls-min", arg: "VERSION", values: "1.2 1.3", help: "the oldest version: 1.2 (the default) or 1.3",
		apply: func(o *options, v string) (err error) {
			o.tls.settings.MinVersion, err = safeVersion(v)
			return err
		},
	},
	{
		name: "tls-max", arg: "VERSION", values: "1.2 1.3", help: "the newest version: 1.2 or 1.3 (the default)",
		apply: func(o *options, v string) (err error) {
			o.tls.settings.MaxVersion, err = safeVersion(v)
			return err
		},
	},
	{
		name: "ciphers", arg: "NAMES", help: "cipher suites to offer in TLS 1.2, as IANA names them",
		apply: func(o *options, v string) (err error) {
			o.tls.settings.CipherSuites, err = named(v, suites())
			return err
		},
	},
	{
		name: "curves", arg: "NAMES", values: "X25519MLKEM768 X25519 P-256 P-384 P-521", help: "key exchanges to offer: X25519MLKEM768, X25519, P-256…",
		apply: func(o *options, v string) (err error) {
			o.tls.settings.Curves, err = named(v, curves)
			return err
		},
	},
	{
		name: "no-post-quantum", help: "offer no key exchange with ML-KEM, whose first message\nsome middle-boxes cannot take",
		flip: func(o *options, on bool) { o.tls.settings.NoPostQuantum = on },
	},
	{
		name: "server-name", arg: "NAME", help: "the name to tell the server, and to verify, in place of\nthe URL's",
		apply: func(o *options, v string) error { o.tls.settings.ServerName = v; return nil },
	},
	{
		name: "ech", arg: "BASE64", help: "encrypt the name by this ECHConfigList",
		apply: func(o *options, v string) (err error) {
			if o.tls.settings.ECH, err = base64.StdEncoding.DecodeString(v); err != nil || v == "" {
				return errors.New("it is not base64")
			}
			return nil
		},
	},
	{
		name: "require-staple", help: "demand an OCSP response from the server",
		flip: func(o *options, on bool) { o.tls.settings.RequireStaple = on },
	},
	{
		name: "keylog", arg: "FILE", help: "add the secrets of the connections to this file, as\nSSLKEYLOGFILE has them; it must be for its owner alone",
		apply: func(o *options, v string) error { o.tls.settings.KeyLog = v; return someFile(v) },
	},
}

func someFile(path string) error {
	if path == "" {
		return errors.New("it needs the name of a file")
	}
	return nil
}

var versions = map[string]uint16{"1": tls.VersionTLS10, "1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// tlsVersion reads "1.2", "tls1.2" or "TLSv1.2".
func tlsVersion(text string) (uint16, error) {
	bare := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(text), "tls"), "v")
	if v := versions[bare]; v != 0 {
		return v, nil
	}
	return 0, fmt.Errorf("%q is no version of TLS", text)
}

// safeVersion is tlsVersion for a bound: what is below it would be let in everywhere.
func safeVersion(text string) (uint16, error) {
	v, err := tlsVersion(text)
	if err == nil && v < tls.VersionTLS12 {
		err = fmt.Errorf("%s is broken; --ssl speaks it, with the host of the URL alone", tls.VersionName(v))
	}
	return v, err
}

// named reads a list of names.
func named[N ~uint16](list string, known map[string]N) (numbers []N, err error) {
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(",: ", r) }) {
		n, ok := known[strings.ToUpper(name)]
		if !ok {
			return nil, fmt.Errorf("%q is not known", name)
		}
		numbers = append(numbers, n)
	}
	if numbers == nil {
		return nil, errors.New("it needs some names")
	}
	return numbers, nil
}

func suites() map[string]uint16 {
	known := map[string]uint16{}
	for _, c := range tls.CipherSuites() {
		known[c.Name] = c.ID
	}
	return known
}

var curves = map[string]tls.CurveID{
	"X25519": tls.X25519, "P-256": tls.CurveP256, "P-384": tls.CurveP384, "P-521": tls.CurveP521,
	"X25519MLKEM768": tls.X25519MLKEM768, "SECP256R1MLKEM768": tls.SecP256r1MLKEM768, "SECP384R1MLKEM1024": tls.SecP384r1MLKEM1024,
}

// options returns the options that the flags stand for.
func (o *tlsOptions) options(ctx context.Context, env *Env) ([]godwit.Option, error) {
	opts := o.roots()
	if o.verify == "no" { // whatever CAs there are
		opts = append(opts, godwit.Insecure)
	}
	if len(o.pins) > 0 {
		opts = append(opts, godwit.Pin(o.pins...))
	}
	cert, err := o.certificate(ctx, env)
	if err != nil {
		return nil, err
	}
	return append(append(opts, cert...), o.spoken(env)...), nil
}

// roots returns the options that say which CAs are trusted.
func (o *tlsOptions) roots() []godwit.Option {
	var opts []godwit.Option
	if o.verify != "yes" && o.verify != "no" {
		opts = append(opts, godwit.CA(o.verify))
	}
	if len(o.addCA) > 0 {
		opts = append(opts, godwit.AddCA(o.addCA...))
	}
	return opts
}

// certificate returns the option of the client certificate, if there is one.
func (o *tlsOptions) certificate(ctx context.Context, env *Env) ([]godwit.Option, error) {
	if o.cert == "" {
		if o.certKey != "" || o.keyPass != nil {
			return nil, &usageError{"--cert-key and --cert-key-pass need a --cert"}
		}
		return nil, nil
	}
	if o.keyPass == nil {
		return []godwit.Option{godwit.ClientCert(o.cert, o.certKey)}, nil
	}
	password, err := secretText(ctx, env, "--cert-key-pass", *o.keyPass)
	if err != nil {
		return nil, err
	}
	return []godwit.Option{godwit.ClientCert(o.cert, o.certKey, password)}, nil
}

// spoken returns the options of versions and all that.
func (o *tlsOptions) spoken(env *Env) []godwit.Option {
	settings := o.settings
	var opts []godwit.Option
	switch {
	case o.version >= tls.VersionTLS12:
		settings.MinVersion, settings.MaxVersion = o.version, o.version
	case o.version != 0:
		note(env.Stderr, "warning: %s is broken (RFC 8996)", tls.VersionName(o.version))
		opts = append(opts, godwit.TLS(&tls.Config{MinVersion: o.version, MaxVersion: o.version}))
	}
	if !settings.IsZero() {
		opts = append(opts, godwit.TLSSettings(settings))
	}
	return opts
}
