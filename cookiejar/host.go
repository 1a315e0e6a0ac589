// What a host is to cookies: one form for each, and where the domains begin under which others
// register.

package cookiejar

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

const (
	maxName  = 253 // octets of a name as text, RFC 1035 2.3.4
	maxLabel = 63
)

// A host is a name in lower case, its international labels as A-labels and without a dot at
// its end, or an address as netip writes it, with its zone.
type host struct {
	name string
	ip   bool
}

// canonical returns the form of a host (RFC 6265bis 5.1.2); ok is false for what is neither a
// name nor an address, 127.1 and 0x7f.1 for instance. Of an IPv6 address there are no brackets.
//
// It takes the form itself, and most hosts are in it already: these cost one look at each octet.
func canonical(s string) (h host, ok bool) {
	if isPlainName(s) {
		return host{name: s}, true
	}
	if len(s) > maxName+1 || !utf8.ValidString(s) { // IDNA is not linear in the length
		return host{}, false
	}
	if addr, err := netip.ParseAddr(s); err == nil {
		return host{name: addr.String(), ip: true}, isZone(addr.Zone())
	}
	name := strings.ToLower(s)
	if !isASCII(name) || hasALabel(name) {
		if name, ok = mapLabels(s); !ok {
			return host{}, false
		}
	}
	name = strings.TrimSuffix(name, ".")
	return host{name: name}, isName(name)
}

// isAddress reports whether s is the address that the host is, an IPv6 address perhaps in
// brackets, as it stands in a URL.
func (h host) isAddress(s string) bool {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		if s, ok = strings.CutSuffix(inner, "]"); !ok || strings.IndexByte(s, ':') < 0 {
			return false
		}
	}
	other, ok := canonical(s)
	return ok && other == h
}

// isPlainName reports whether the host is a name in its form, without A-labels, which take
// more of a look.
func isPlainName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isLabelByte(c) && c != '.' || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return isName(s) && !hasALabel(s)
}

// isName reports whether labels of letters, digits, hyphens and underscores, which exist, make
// a name. One whose last label is a number would be taken for an address by some resolvers.
func isName(s string) bool {
	if len(s) > maxName {
		return false
	}
	for {
		label, rest, more := strings.Cut(s, ".")
		if label == "" || len(label) > maxLabel {
			return false
		}
		for i := range len(label) {
			if !isLabelByte(label[i]) {
				return false
			}
		}
		if !more {
			return !isNumber(label)
		}
		s = rest
	}
}

func isLabelByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// isNumber reports whether inet_aton would take the label for a number: decimal, octal or
// hexadecimal.
func isNumber(label string) bool {
	digits, hex := strings.CutPrefix(label, "0x")
	for i := range len(digits) {
		if c := digits[i]; !isDigit(c) && (!hex || c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// isZone reports whether an address's zone, "" if it has none, is of unreserved characters
// (RFC 6874).
func isZone(zone string) bool {
	for i := range len(zone) {
		if c := zone[i]; !isLabelByte(c) && c != '.' && c != '~' {
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// hasALabel reports whether a label of the lower-case name claims to be an A-label.
func hasALabel(name string) bool {
	return strings.HasPrefix(name, "xn--") || strings.Contains(name, ".xn--")
}

// mapLabels maps an international name to ASCII as browsers do (UTS 46, non-transitional).
// x/net/idna knows U+3002 and the other dots. An A-label must be the only way to write what
// it stands for.
func mapLabels(s string) (name string, ok bool) {
	// The Lookup profile, but for two rules that real names break: underscores, and hyphens
	// in any place.
	profile := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false), idna.CheckHyphens(false))
	name, err := profile.ToASCII(s)
	if err != nil || !isASCII(name) {
		return "", false
	}
	name = strings.ToLower(name)
	for label := range strings.SplitSeq(name, ".") {
		if !strings.HasPrefix(label, "xn--") {
			continue
		}
		text, err := profile.ToUnicode(label)
		if err != nil || isASCII(text) {
			return "", false
		}
		if again, err := profile.ToASCII(text); err != nil || again != label {
			return "", false
		}
	}
	return name, true
}

// isPublicSuffix reports whether others register below the name: com, co.uk, github.io. A
// name of one label that is in no list is one too.
func isPublicSuffix(name string) bool {
	suffix, _ := publicsuffix.PublicSuffix(name)
	return suffix == name
}

// siteOf returns the registrable domain that the domain of a cookie is in. A public suffix and
// an address are sites of their own.
func siteOf(domain string) string {
	if strings.IndexByte(domain, ':') >= 0 || isDigit(domain[len(domain)-1]) && !isName(domain) {
		return domain // an address
	}
	if site, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return site
	}
	return domain
}
