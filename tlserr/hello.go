// What the first bytes of the server say: an alert, a ServerHello, or that it is no TLS.

package tlserr

import (
	"crypto/tls"
	"encoding/binary"
	"strings"
)

// A hello is what the first bytes of a server say.
type hello struct {
	alert   uint8  // it is an alert, and this is its number; record has its version
	record  uint16 // the version in the record's head
	chosen  uint16 // it is a ServerHello, of this version; TLS 1.3 calls itself TLS 1.2 there
	cipher  uint16 // with this cipher; 0 where the bytes ended before
	ssl2    bool   // it is an answer of SSL 2.0
	lowered bool   // the server notes that it could do more (RFC 8446 4.1.3)
}

// The numbers of RFC 8446 5.1, 4 and 4.2.
const (
	recordAlert      = 21
	recordHandshake  = 22
	typeServerHello  = 2
	versionSSL30     = 0x0300
	sizeHead         = 5 + 4
	sizeRandom       = 32
	canary           = "DOWNGRD" // and 0 or 1
	firstBytesOfHTTP = "HTTP/"
)

// readHello reads what there is of the first bytes, which may be anything.
func readHello(first []byte) (h hello) {
	if len(first) < 5 {
		return h
	}
	h.ssl2 = isSSL2([5]byte(first))
	h.record = binary.BigEndian.Uint16(first[1:])
	switch {
	case first[0] == recordAlert && len(first) >= 7:
		h.alert = first[6]
	case first[0] == recordHandshake && len(first) >= sizeHead+2 && first[5] == typeServerHello:
		h.chosen = binary.BigEndian.Uint16(first[sizeHead:])
		rest := first[sizeHead+2:]
		if len(rest) <= sizeRandom {
			return h
		}
		h.lowered = string(rest[24:24+len(canary)]) == canary
		session := int(rest[sizeRandom])
		if rest = rest[sizeRandom+1:]; session <= 32 && len(rest) >= session+2 {
			h.cipher = binary.BigEndian.Uint16(rest[session:])
		}
	}
	return h
}

// version returns the version that the server has chosen, 0 if it has not. TLS 1.3 has ciphers of
// its own, and says in another place than older versions that it was chosen.
func (h hello) version() uint16 {
	if h.chosen == tls.VersionTLS12 && h.cipher>>8 == 0x13 {
		return tls.VersionTLS13
	}
	return h.chosen
}

// isHTTP reports whether a record header is the beginning of an HTTP response.
func isHTTP(header [5]byte) bool { return string(header[:]) == firstBytesOfHTTP }

// isSSL2 reports whether it is the beginning of an answer of SSL 2.0: a record of two bytes of
// length, with an error or a hello in it.
func isSSL2(header [5]byte) bool {
	return header[0]&0x80 != 0 && (header[2] == 0 || header[2] == 4) && header[1] < 0x40
}

// others are how servers of other protocols begin to speak.
var others = []struct{ begins, name string }{
	{"SSH-", "SSH"},
	{"220 ", "FTP or SMTP"},
	{"220-", "FTP or SMTP"},
	{"421 ", "FTP or SMTP"},
	{"554 ", "SMTP"},
	{"+OK", "POP3"},
	{"* OK", "IMAP"},
	{"RFB 0", "VNC"},
	{"-ERR", "Redis"},
	{"AMQP", "AMQP"},
	{"\x00\x00\x12\x04\x00", "HTTP/2 without TLS"},
	{"\x00\x00\x06\x04\x00", "HTTP/2 without TLS"},
	{"<html", "HTTP/0.9"},
	{"<!DOC", "HTTP/0.9"},
	{"<?xml", "HTTP/0.9"},
}

// protocolOf returns what a server that begins like that speaks, "" if that is not known.
func protocolOf(header [5]byte) string {
	for _, o := range others {
		if strings.HasPrefix(string(header[:]), o.begins) {
			return o.name
		}
	}
	return ""
}

// versionName returns the name of a version of SSL or TLS.
func versionName(v uint16) string {
	if v == versionSSL30 {
		return "SSL 3.0"
	}
	return tls.VersionName(v)
}
