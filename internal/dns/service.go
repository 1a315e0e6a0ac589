package dns

// HTTPS records (RFC 9460): what a name says of its servers beside their addresses.

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// A Service is an HTTPS record.
type Service struct {
	Priority uint16       // 0: Target is another name of the host
	Target   string       // without a dot at its end; "": the name that was asked for
	ALPN     []string     // nil: it names no protocol
	Port     uint16       // 0: it names none
	Hints    []netip.Addr // of Target
	ECH      []byte       // nil: none

	usable bool // nothing in it that must be understood is not
}

var errParam = errors.New("a parameter of a service is malformed")

// parseService reads a record. A malformed one is an error, for all of its kind are to be left
// then (RFC 9460 2.2); one that demands what is not known is not usable.
func parseService(r *dnsmessage.SVCBResource) (Service, error) {
	s := Service{Priority: r.Priority, Target: strings.TrimSuffix(lower(r.Target.String()), "."), usable: true}
	if s.Priority == 0 {
		s.usable = s.Target != "" // RFC 9460 2.5.1: there is no such service
		return s, nil
	}
	for _, p := range r.Params {
		if err := s.set(p, r); err != nil {
			return Service{}, err
		}
	}
	return s, nil
}

// set takes a parameter in.
func (s *Service) set(p dnsmessage.SVCParam, r *dnsmessage.SVCBResource) (err error) {
	v := p.Value
	switch p.Key {
	case dnsmessage.SVCParamMandatory:
		return s.setMandatory(v, r)
	case dnsmessage.SVCParamALPN:
		s.ALPN, err = parseALPN(v)
		return err
	case dnsmessage.SVCParamNoDefaultALPN:
		if len(v) > 0 {
			return errParam
		}
	case dnsmessage.SVCParamPort:
		if len(v) != 2 {
			return errParam
		}
		s.Port = binary.BigEndian.Uint16(v)
		s.usable = s.usable && s.Port != 0
	case dnsmessage.SVCParamIPv4Hint:
		return s.addHints(v, 4)
	case dnsmessage.SVCParamIPv6Hint:
		return s.addHints(v, 16)
	case dnsmessage.SVCParamECH:
		if len(v) == 0 {
			return errParam
		}
		s.ECH = slices.Clone(v)
	}
	return nil
}

// setMandatory looks whether all that must be understood is (RFC 9460 8).
func (s *Service) setMandatory(v []byte, r *dnsmessage.SVCBResource) error {
	if len(v) == 0 || len(v)%2 != 0 {
		return errParam
	}
	last := -1
	for ; len(v) > 0; v = v[2:] {
		key := int(binary.BigEndian.Uint16(v))
		if _, there := r.GetParam(dnsmessage.SVCParamKey(key)); key <= last || key == 0 || !there {
			return errParam
		}
		if last = key; key > int(dnsmessage.SVCParamIPv6Hint) {
			s.usable = false
		}
	}
	return nil
}

// parseALPN reads names with their lengths in front.
func parseALPN(v []byte) (names []string, err error) {
	if len(v) == 0 {
		return nil, errParam
	}
	for len(v) > 0 {
		n := int(v[0])
		if n == 0 || n > len(v)-1 {
			return nil, errParam
		}
		names = append(names, string(v[1:1+n]))
		v = v[1+n:]
	}
	return names, nil
}

// addHints reads addresses of a size.
func (s *Service) addHints(v []byte, size int) error {
	if len(v) == 0 || len(v)%size != 0 {
		return errParam
	}
	for ; len(v) > 0; v = v[size:] {
		if a, _ := netip.AddrFromSlice(v[:size]); len(s.Hints) < maxRecords {
			s.Hints = append(s.Hints, a)
		}
	}
	return nil
}

// sortServices puts those that are preferred first.
func sortServices(all []Service) {
	slices.SortStableFunc(all, func(a, b Service) int { return int(a.Priority) - int(b.Priority) })
}
