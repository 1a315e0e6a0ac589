// The one line about what is not the certificate's fault: versions, ciphers, alerts, client
// certificates.

package tlserr

import (
	"crypto/tls"
	"errors"
	"strconv"
)

// handshakeLine is the line for what is not about the certificate.
func (e *Error) handshakeLine() string {
	switch e.Cause {
	case NotTLS:
		return e.notTLS()
	case OnlyTLS:
		return e.host() + " speaks TLS on this port, and was asked in plain HTTP"
	case NoCommonVersion:
		return e.noCommonVersion()
	case NoCommonCipher:
		return e.noCommonCipher()
	case ClientCertificate:
		return e.clientCertificate()
	case ECHRejected:
		return e.host() + " could not read the Encrypted Client Hello: its key may have changed"
	case Downgrade:
		return "TLS 1.3 with " + e.host() + " was lowered to " + versionName(readHello(e.Facts.First).version()) + " by somebody on the way"
	case Broken:
		return "what " + e.host() + " sent breaks the rules of TLS: " + escape(e.Err.Error(), 512)
	case Refused:
		return e.host() + " refused the TLS handshake: " + alertText(e.Alert)
	case Closed:
		return e.host() + " closed the connection during the TLS handshake" + e.broken()
	case NoRoots:
		return "this machine has no certificates by which " + e.host() + " could be verified"
	}
	return escape(e.Err.Error(), 512)
}

func (e *Error) notTLS() string {
	if e.plainHTTP() {
		return e.host() + " answered in plain HTTP, not TLS"
	}
	v, _ := errors.AsType[tls.RecordHeaderError](e.Err)
	begins := "(its answer begins with " + quote(string(v.RecordHeader[:]), maxName) + ")"
	if other := protocolOf(v.RecordHeader); other != "" {
		return e.host() + " speaks " + other + ", not TLS " + begins
	}
	return e.host() + " does not speak TLS " + begins
}

// plainHTTP reports whether what came instead of TLS is HTTP.
func (e *Error) plainHTTP() bool {
	v, ok := errors.AsType[tls.RecordHeaderError](e.Err)
	return !ok || isHTTP(v.RecordHeader)
}

// noCommonVersion says which versions the two ends have, as far as that is known.
func (e *Error) noCommonVersion() string {
	h := readHello(e.Facts.First)
	v, ok := errors.AsType[tls.RecordHeaderError](e.Err)
	switch {
	case h.ssl2, ok && isSSL2(v.RecordHeader):
		return e.host() + " speaks SSL 2.0, which is not offered" + e.offer()
	case h.chosen != 0:
		return e.host() + " chose " + versionName(h.version()) + ", which is not offered" + e.offer()
	case h.alert != 0 && h.record == versionSSL30:
		return e.host() + " speaks SSL 3.0, which is not offered" + e.offer()
	}
	return e.host() + " takes none of the TLS versions offered" + e.offer()
}

// offer says which versions were offered, "" if that is not known.
func (e *Error) offer() string {
	if !e.Facts.Seen {
		return ""
	}
	least, most := e.Facts.versions()
	if least == most {
		return " (" + versionName(least) + ")"
	}
	return " (" + versionName(least) + " to " + versionName(most) + ")"
}

// noCommonCipher says which cipher the server wants, if that is known.
func (e *Error) noCommonCipher() string {
	if h := readHello(e.Facts.First); h.cipher != 0 && e.Alert == 0 {
		return e.host() + " chose the cipher " + tls.CipherSuiteName(h.cipher) + ", which is not offered"
	}
	return e.host() + " refused the TLS handshake: it takes none of the ciphers and key exchanges offered"
}

func (e *Error) clientCertificate() string {
	f := e.Facts
	of := ""
	if len(f.Issuers) > 0 {
		of = " of " + list(f.Issuers, f.MoreIssuers)
	}
	switch {
	case f.Asked && !f.Shown && len(f.Given) > 0:
		return e.host() + " asks for a client certificate" + of + "; the one at hand is of " + list(f.Given, 0)
	case f.Asked && !f.Shown, e.Alert == alertCertificateRequired:
		return e.host() + " asks for a client certificate" + of
	case e.Alert == alertAccessDenied:
		return e.host() + " refused access to the holder of this client certificate"
	case f.Shown:
		return e.host() + " refused the client certificate: " + alertText(e.Alert)
	}
	// Servers send these for a certificate that is missing, too.
	return e.host() + " refused the client certificate, or wants one: " + alertText(e.Alert)
}

var alertTexts = map[uint8]string{
	alertHandshakeFailure:       "nothing offered suits it, or it wants a client certificate",
	alertBadCertificate:         "bad certificate",
	alertUnsupportedCertificate: "unsupported certificate",
	alertCertificateRevoked:     "certificate revoked",
	alertCertificateExpired:     "certificate expired",
	alertCertificateUnknown:     "certificate not acceptable",
	alertUnknownCA:              "its issuer is unknown there",
	alertInsufficientSecurity:   "the ciphers offered are too weak for it",
	alertInternalError:          "internal error of the server",
	alertUnrecognizedName:       "it knows no such host name",
	alertNoApplicationProtocol:  "it speaks none of the protocols offered (ALPN)",
}

// alertText returns what an alert means, or its number.
func alertText(alert uint8) string {
	if s, ok := alertTexts[alert]; ok {
		return s
	}
	return "alert " + strconv.Itoa(int(alert))
}
