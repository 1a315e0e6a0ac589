// Package dns writes the DNS queries that are sent over HTTPS (RFC 8484), and reads the answers. It
// does no I/O.
//
// An answer is somebody else's bytes: whatever they are, they are read in time that is linear in
// their length, and nothing of them is believed that was not asked for.
package dns

import (
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// A Type is one of records.
type Type uint16

// The types that are asked for.
const (
	A     = Type(dnsmessage.TypeA)
	AAAA  = Type(dnsmessage.TypeAAAA)
	HTTPS = Type(dnsmessage.TypeHTTPS) // RFC 9460
)

// String returns the type as it stands in zone files.
func (t Type) String() string {
	return strings.TrimPrefix(dnsmessage.Type(t).String(), "Type")
}

const (
	// block is what queries are padded to a multiple of, so that their lengths say nothing of the
	// names in them (RFC 8467 4.1).
	block = 128
	// paddingOption is the option that does it (RFC 7830).
	paddingOption = 12
	// payload is the size of a UDP answer, which means nothing over HTTPS, and must stand there.
	payload = 1232
)

// Query returns a query for the records of a name, which is in ASCII, with a dot at its end or
// without. Its ID is 0, as caches like it (RFC 8484 4.1).
func Query(name string, t Type) ([]byte, error) {
	msg, err := query(name, t, 0)
	if err != nil {
		return nil, err
	}
	return query(name, t, (block-len(msg)%block)%block)
}

// query is Query with so many octets of padding.
func query(name string, t Type, padding int) ([]byte, error) {
	n, err := dnsmessage.NewName(absolute(name))
	if err != nil {
		return nil, &Error{Reason: "the name cannot be asked for"}
	}
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{RecursionDesired: true})
	b.StartQuestions()
	if err := b.Question(dnsmessage.Question{Name: n, Type: dnsmessage.Type(t), Class: dnsmessage.ClassINET}); err != nil {
		return nil, &Error{Reason: "the name cannot be asked for"}
	}
	b.StartAdditionals()
	var h dnsmessage.ResourceHeader
	if err := h.SetEDNS0(payload, dnsmessage.RCodeSuccess, false); err != nil {
		return nil, err
	}
	opt := dnsmessage.OPTResource{Options: []dnsmessage.Option{{Code: paddingOption, Data: make([]byte, padding)}}}
	if err := b.OPTResource(h, opt); err != nil {
		return nil, err
	}
	return b.Finish()
}

// absolute returns a name with the dot at its end.
func absolute(name string) string { return strings.TrimSuffix(name, ".") + "." }
