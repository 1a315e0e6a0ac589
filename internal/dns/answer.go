package dns

// Reading answers.

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// What is taken of an answer, at most.
const (
	MaxMessage = 65535 // octets; no message over TCP is longer (RFC 1035 4.2.2)
	maxAliases = 16    // names that lead on to others
	maxRecords = 64    // of the type that was asked for
)

// An Answer is what a server says of a name.
type Answer struct {
	Addrs    []netip.Addr  // if those were asked for; at most 64
	HTTPS    []Service     // the same; in the order of their priority
	NotFound bool          // there is no such name (NXDOMAIN)
	TTL      time.Duration // how long all of it holds; 0: it must not be kept
}

// An Error says why a message is no answer to a query.
type Error struct {
	Reason string // in words
	RCode  int    // what the server says went wrong (RFC 1035 4.1.1); 0: nothing
}

// Error returns the reason.
func (e *Error) Error() string { return e.Reason }

var (
	errOther   = &Error{Reason: "it is no answer to the query"}
	errCut     = &Error{Reason: "the answer is cut short"}
	errBroken  = &Error{Reason: "the answer is malformed"}
	errAliases = &Error{Reason: "the name is an alias of too many others"}
)

// failure returns the error for a code of the server's.
func failure(code dnsmessage.RCode) *Error {
	reason := fmt.Sprintf("it answers with the code %d", code)
	switch code {
	case dnsmessage.RCodeFormatError:
		reason = "it does not understand the query (FORMERR)"
	case dnsmessage.RCodeServerFailure:
		reason = "it has failed (SERVFAIL)"
	case dnsmessage.RCodeNotImplemented:
		reason = "it does not know such queries (NOTIMP)"
	case dnsmessage.RCodeRefused:
		reason = "it refuses to answer (REFUSED)"
	}
	return &Error{Reason: reason, RCode: int(code)}
}

// Parse reads an answer to [Query]. What follows it, and records that have nothing to do with the
// name, are passed over. An error is an *[Error].
func Parse(msg []byte, name string, t Type) (Answer, error) {
	var p dnsmessage.Parser
	h, err := p.Start(msg)
	if err != nil {
		return Answer{}, errBroken
	}
	if err := checkHeader(h); err != nil {
		return Answer{}, err
	}
	if !isQuestion(&p, name, t) {
		return Answer{}, errOther
	}
	if h.RCode != dnsmessage.RCodeSuccess && h.RCode != dnsmessage.RCodeNameError {
		return Answer{}, failure(h.RCode)
	}
	r := records{name: lower(absolute(name)), typ: dnsmessage.Type(t), aliases: map[string]alias{}}
	if err := r.read(&p); err != nil {
		return Answer{}, err
	}
	return r.answer(&p, h.RCode == dnsmessage.RCodeNameError)
}

func checkHeader(h dnsmessage.Header) error {
	switch {
	case !h.Response || h.ID != 0 || h.OpCode != 0:
		return errOther
	case h.Truncated:
		return errCut
	}
	return nil
}

// isQuestion reports whether a message repeats the question, and no other.
func isQuestion(p *dnsmessage.Parser, name string, t Type) bool {
	q, err := p.Question()
	if err != nil || q.Class != dnsmessage.ClassINET || q.Type != dnsmessage.Type(t) || lower(q.Name.String()) != lower(absolute(name)) {
		return false
	}
	_, err = p.Question()
	return errors.Is(err, dnsmessage.ErrSectionDone)
}

// records are those of the section of answers.
type records struct {
	name    string
	typ     dnsmessage.Type
	aliases map[string]alias
	found   []record
}

type alias struct {
	to  string
	ttl uint32
}

type record struct {
	name    string
	ttl     uint32
	addr    netip.Addr
	service Service
}

// read reads the section.
func (r *records) read(p *dnsmessage.Parser) error {
	for {
		h, err := p.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		}
		if err == nil {
			err = r.take(p, h)
		}
		if err != nil {
			return errBroken
		}
	}
}

// take reads one record, or passes it over.
func (r *records) take(p *dnsmessage.Parser, h dnsmessage.ResourceHeader) error {
	name := lower(h.Name.String())
	switch {
	case h.Class != dnsmessage.ClassINET, len(r.found) == maxRecords && h.Type == r.typ:
	case h.Type == dnsmessage.TypeCNAME:
		c, err := p.CNAMEResource()
		if _, again := r.aliases[name]; err == nil && !again {
			r.aliases[name] = alias{lower(c.CNAME.String()), ttl(h.TTL)}
		}
		return err
	case h.Type == r.typ:
		found, err := readRecord(p, h)
		if err == nil {
			found.name, found.ttl = name, ttl(h.TTL)
			r.found = append(r.found, found)
		}
		return err
	}
	return p.SkipAnswer()
}

var errLength = errors.New("a record has a length that its type does not")

func readRecord(p *dnsmessage.Parser, h dnsmessage.ResourceHeader) (record, error) {
	switch h.Type {
	case dnsmessage.TypeA:
		a, err := p.AResource()
		if h.Length != 4 {
			err = errLength
		}
		return record{addr: netip.AddrFrom4(a.A)}, err
	case dnsmessage.TypeAAAA:
		a, err := p.AAAAResource()
		if h.Length != 16 {
			err = errLength
		}
		return record{addr: netip.AddrFrom16(a.AAAA)}, err
	}
	s, err := p.HTTPSResource()
	if err != nil {
		return record{}, err
	}
	service, err := parseService(&s.SVCBResource)
	return record{service: service}, err
}

// ttl returns how many seconds a record holds. What looks negative is none (RFC 2181 8).
func ttl(n uint32) uint32 {
	if n > math.MaxInt32 {
		return 0
	}
	return n
}

// answer goes from the name that was asked for to its records, alias by alias.
func (r *records) answer(p *dnsmessage.Parser, notFound bool) (Answer, error) {
	out := Answer{NotFound: notFound}
	name, least := r.name, uint32(math.MaxInt32)
	for range maxAliases {
		some := false
		for _, found := range r.found {
			if found.name != name {
				continue
			}
			some, least = true, min(least, found.ttl)
			if found.addr.IsValid() {
				out.Addrs = append(out.Addrs, found.addr)
			} else if found.service.usable {
				out.HTTPS = append(out.HTTPS, found.service)
			}
		}
		if some {
			sortServices(out.HTTPS)
			out.NotFound, out.TTL = false, time.Duration(least)*time.Second
			return out, nil
		}
		next, ok := r.aliases[name]
		if !ok {
			out.TTL = time.Duration(min(least, negativeTTL(p))) * time.Second
			return out, nil
		}
		name, least = next.to, min(least, next.ttl)
	}
	return Answer{}, errAliases
}

// negativeTTL returns how long it holds that there is no record (RFC 2308 5): 0, if the server does
// not say.
func negativeTTL(p *dnsmessage.Parser) uint32 {
	for {
		h, err := p.AuthorityHeader()
		if err != nil {
			return 0
		}
		if h.Type != dnsmessage.TypeSOA || h.Class != dnsmessage.ClassINET {
			if p.SkipAuthority() != nil {
				return 0
			}
			continue
		}
		soa, err := p.SOAResource()
		if err != nil {
			return 0
		}
		return min(ttl(h.TTL), ttl(soa.MinTTL))
	}
}

// lower returns a name with its ASCII letters in lower case, the only ones that have a case in DNS
// (RFC 4343).
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
