package transport

import (
	"cmp"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/godwit/internal/dial"
	"example.com/godwit/trace"
)

// TLSSettings are how TLS is spoken. A field that is zero leaves standing what the Transport's
// TLS, or crypto/tls, says. ServerName and ECH are for the origin that the Overrides were made
// for; the others are for each that a request may lead to, proxies that speak TLS included, which
// RequireStaple is not for.
type TLSSettings struct {
	// MinVersion and MaxVersion are among tls.VersionTLS12 and tls.VersionTLS13. 0: TLS 1.2, and
	// the newest one. What is older than that is broken (RFC 8996), and is to be had for one
	// origin only, with a tls.Config.
	MinVersion, MaxVersion uint16

	// Curves are the key exchanges to offer. Their order says nothing: crypto/tls has its own.
	// nil: X25519MLKEM768, which no quantum computer is known to break, and the usual curves.
	Curves []tls.CurveID

	// NoPostQuantum leaves the hybrids with ML-KEM out. With them the first message does not fit
	// in one packet, which some middle-boxes cannot take.
	NoPostQuantum bool

	// CipherSuites are those to offer in TLS 1.2, among [tls.CipherSuites]: insecure ones are to
	// be had for one origin only, with a tls.Config. nil: crypto/tls's, which also alone has a say
	// in TLS 1.3.
	CipherSuites []uint16

	// ServerName is the name that the server is told (SNI), and that its certificate must be for,
	// in place of the URL's host. An address is not told (RFC 6066 3), but the certificate must be
	// for it. "": the URL's host.
	ServerName string

	// ECH is an ECHConfigList (RFC 9849 4), by which the server's name is encrypted. A server
	// that cannot read it is an error, *tls.ECHRejectionError, and what it has been told is the
	// name in the list. nil: the name is sent in clear text.
	ECH []byte

	// KeyLog is a file to which the secrets of each connection are added, in the format of
	// SSLKEYLOGFILE: whoever reads it can decrypt what was recorded of them. It is made if there
	// is none, for its owner alone; a file that others may read or write is an error. "": no file.
	// The environment's SSLKEYLOGFILE has no say.
	KeyLog string

	// RequireStaple takes only servers that send along what their certificate's issuer says of
	// it today (OCSP stapling, RFC 6066 8). One that is sent is checked in any case, and so is
	// that one is sent if the certificate demands it (RFC 7633).
	RequireStaple bool
}

// Or returns the settings with those of other in place of the fields that are zero.
func (s TLSSettings) Or(other TLSSettings) TLSSettings {
	s.MinVersion = cmp.Or(s.MinVersion, other.MinVersion)
	s.MaxVersion = cmp.Or(s.MaxVersion, other.MaxVersion)
	s.ServerName = cmp.Or(s.ServerName, other.ServerName)
	s.KeyLog = cmp.Or(s.KeyLog, other.KeyLog)
	s.NoPostQuantum = s.NoPostQuantum || other.NoPostQuantum
	s.RequireStaple = s.RequireStaple || other.RequireStaple
	if s.Curves == nil {
		s.Curves = other.Curves
	}
	if s.CipherSuites == nil {
		s.CipherSuites = other.CipherSuites
	}
	if s.ECH == nil {
		s.ECH = other.ECH
	}
	return s
}

// IsZero reports whether nothing is set, as in nil.
func (s *TLSSettings) IsZero() bool {
	return s == nil || s.MinVersion == 0 && s.MaxVersion == 0 && s.Curves == nil && !s.NoPostQuantum && s.CipherSuites == nil &&
		s.ServerName == "" && s.ECH == nil && s.KeyLog == "" && !s.RequireStaple
}

// Check returns an error that says which setting makes no sense.
func (s *TLSSettings) Check() error {
	for _, v := range []uint16{s.MinVersion, s.MaxVersion} {
		switch {
		case v == 0 || v == tls.VersionTLS12 || v == tls.VersionTLS13:
		case 0x0300 <= v && v < tls.VersionTLS12:
			return fmt.Errorf("%s is broken (RFC 8996): where it has to be, use a tls.Config, which is for one origin alone", tls.VersionName(v))
		default:
			return fmt.Errorf("%#04x is no version of TLS", v)
		}
	}
	if s.MaxVersion != 0 && s.MaxVersion < s.MinVersion {
		return fmt.Errorf("a MaxVersion (%s) below the MinVersion (%s)", tls.VersionName(s.MaxVersion), tls.VersionName(s.MinVersion))
	}
	if s.Curves != nil && len(s.curves(nil)) == 0 {
		return errors.New("no Curves are left to offer")
	}
	if err := checkSuites(s.CipherSuites); err != nil {
		return err
	}
	if s.ServerName != "" {
		if _, err := serverName(s.ServerName); err != nil {
			return fmt.Errorf("ServerName: %w", err)
		}
	}
	if s.ECH == nil {
		return nil
	}
	if s.MaxVersion != 0 && s.MaxVersion < tls.VersionTLS13 {
		return errors.New("ECH needs TLS 1.3")
	}
	return checkECH(s.ECH)
}

// check is Check for a request.
func (s *TLSSettings) check() error {
	if err := s.Check(); err != nil {
		return &Error{Phase: trace.TLS, Err: err}
	}
	return nil
}

func checkSuites(ids []uint16) error {
	if ids != nil && len(ids) == 0 {
		return errors.New("no CipherSuites are left to offer")
	}
	known := tls.CipherSuites()
	for _, id := range ids {
		if !slices.ContainsFunc(known, func(c *tls.CipherSuite) bool { return c.ID == id }) {
			return fmt.Errorf("%s is none of tls.CipherSuites", tls.CipherSuiteName(id))
		}
	}
	return nil
}

// serverName returns a name as it is sent and compared.
func serverName(name string) (string, error) {
	if strings.Contains(name, "%") {
		return "", &dial.HostError{Host: name, Reason: "has a zone, which no certificate has"}
	}
	ascii, err := dial.ASCII(name)
	return strings.TrimSuffix(ascii, "."), err
}

var errECH = errors.New("ECH: it is no ECHConfigList (RFC 9849 4)")

// checkECH looks at the frame of an ECHConfigList: its length, and that of each of its
// configurations, which are a version, a length and so many bytes.
func checkECH(list []byte) error {
	if len(list) < 2 || int(binary.BigEndian.Uint16(list)) != len(list)-2 || len(list) == 2 {
		return errECH
	}
	for list = list[2:]; len(list) > 0; {
		if len(list) < 4 {
			return errECH
		}
		n := 4 + int(binary.BigEndian.Uint16(list[2:]))
		if n > len(list) {
			return errECH
		}
		list = list[n:]
	}
	return nil
}

// classical are the key exchanges without ML-KEM, as crypto/tls offers them by itself.
var classical = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}

// curves returns the key exchanges to offer in place of others; nil: crypto/tls's own.
func (s *TLSSettings) curves(others []tls.CurveID) []tls.CurveID {
	if s.Curves != nil {
		others = s.Curves
	}
	if !s.NoPostQuantum {
		return others
	}
	if others == nil {
		return classical
	}
	return slices.DeleteFunc(slices.Clone(others), func(c tls.CurveID) bool { return !slices.Contains(classical, c) })
}

// settings are TLSSettings as they can be compared.
type settings struct {
	min, max       uint16
	curves, suites string // two bytes each
	keyLog         string
	noHybrids      bool
	staple         bool

	name, ech string // for the origin alone
}

func (k *settings) ofAll(s *TLSSettings) {
	k.min, k.max, k.keyLog, k.noHybrids, k.staple = s.MinVersion, s.MaxVersion, s.KeyLog, s.NoPostQuantum, s.RequireStaple
	k.curves, k.suites = pairs(s.Curves), pairs(s.CipherSuites)
}

func (k *settings) ofOrigin(s *TLSSettings) {
	if s != nil {
		k.name, k.ech = s.ServerName, string(s.ECH)
	}
}

// pairs returns numbers as text.
func pairs[N ~uint16](numbers []N) string {
	if numbers == nil {
		return ""
	}
	text := make([]byte, 0, 2*len(numbers))
	for _, n := range numbers {
		text = binary.BigEndian.AppendUint16(text, uint16(n))
	}
	return string(text)
}

// applyTo puts the settings into a configuration. of are those that the key was made of.
func (k *settings) applyTo(config *tls.Config, of *TLSSettings) {
	if k.min != 0 {
		config.MinVersion = k.min
	}
	if k.max != 0 {
		config.MaxVersion = k.max
	}
	if k.curves != "" || k.noHybrids {
		config.CurvePreferences = of.curves(config.CurvePreferences)
	}
	if k.suites != "" {
		config.CipherSuites = of.CipherSuites
	}
	if k.keyLog != "" {
		config.KeyLogWriter = keyLog(k.keyLog)
	}
	if k.name != "" {
		config.ServerName, _ = serverName(k.name) // which Check has seen
	}
	if k.ech != "" {
		config.EncryptedClientHelloConfigList = of.ECH
	}
}
