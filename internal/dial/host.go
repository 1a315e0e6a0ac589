// What a host may be: the one place that says which strings are names, which are addresses
// and which are neither. Looking a name up, the server name of TLS, the pool's key and the
// Host field all start from the string that ASCII returns, so that they cannot differ.

package dial

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// A HostError says why a string is not a host.
type HostError struct {
	Host   string
	Reason string // "is not an address, not a name", for instance
}

// Error returns the host, quoted and cut short if it is long, and the reason.
func (e *HostError) Error() string {
	host := e.Host
	if len(host) > 100 {
		host = host[:100] + "…"
	}
	return "host " + strconv.QuoteToASCII(host) + " " + e.Reason
}

// ASCII returns the form in which a host is used: a name in lower case with its
// international labels as A-labels (IDNA2008 as in UTS 46, non-transitional, as browsers
// do), an address as netip writes it. A dot at the end of a name stays: it keeps DNS from
// trying search domains. An IPv6 address has no brackets and may have a zone.
//
// It takes what ASCII returned as it is. Any other string is an error, always a
// [*HostError]: control characters, spaces, "%", "/" and their like before and after
// mapping, more than 253 octets, labels that are empty or longer than 63, A-labels that are
// not what their text maps to, and names that end in a number (127.1, 0x7f.1, 2130706433,
// 010.8.8.8, 1.2.3.4.), which some resolvers take for addresses. Underscores are allowed.
func ASCII(host string) (string, error) {
	if reason := badHost(host); reason != "" {
		return "", &HostError{host, reason}
	}
	if strings.Contains(host, ":") {
		return ipv6(host)
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.String(), nil
	}
	name := strings.ToLower(host)
	if !isASCII(name) || hasALabel(name) {
		mapped, ok := mapLabels(host)
		if !ok {
			return "", &HostError{host, "is not a valid international name"}
		}
		name = mapped
	}
	if reason := badName(name); reason != "" {
		return "", &HostError{host, reason}
	}
	return name, nil
}

// badHost says what is wrong with a host before it is mapped. The length comes first:
// IDNA is not linear in it (CVE-2022-45061 and its family).
func badHost(host string) string {
	switch {
	case host == "":
		return "is empty"
	case len(strings.TrimSuffix(host, ".")) > maxName:
		return "is longer than 253 octets"
	case !utf8.ValidString(host):
		return "is not UTF-8"
	}
	return ""
}

const (
	maxName  = 253 // octets of a name as text, RFC 1035 2.3.4
	maxLabel = 63
)

// ipv6 returns the canonical form of an IPv6 address.
func ipv6(host string) (string, error) {
	addr, err := netip.ParseAddr(host)
	if err != nil || !addr.Is6() {
		return "", &HostError{host, "is not an IPv6 address"}
	}
	for _, c := range []byte(addr.Zone()) {
		if !isLabelByte(c) && c != '.' && c != '~' { // RFC 6874: unreserved characters
			return "", &HostError{host, "has an invalid zone"}
		}
	}
	return addr.String(), nil
}

// badName says what is wrong with a name that is ASCII and in lower case.
func badName(name string) string {
	bare := strings.TrimSuffix(name, ".")
	if len(bare) > maxName {
		return "is longer than 253 octets"
	}
	last := ""
	for label := range strings.SplitSeq(bare, ".") {
		switch {
		case label == "":
			return "has an empty label"
		case len(label) > maxLabel:
			return "has a label longer than 63 octets"
		}
		for i := range len(label) {
			if !isLabelByte(label[i]) {
				return "has a character that no host name may have"
			}
		}
		last = label
	}
	if isNumber(last) {
		return "is not an address, not a name"
	}
	return ""
}

func isLabelByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// isNumber reports whether inet_aton would take the label for a number: decimal, octal or
// hexadecimal. A name that ends in one is an address or nothing (URL Standard, "ends in a
// number"); no top-level domain is a number.
func isNumber(label string) bool {
	digits, hex := strings.CutPrefix(label, "0x")
	for i := range len(digits) {
		c := digits[i]
		if (c < '0' || c > '9') && (!hex || c < 'a' || c > 'f') {
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

// mapLabels maps a name to ASCII. x/net/idna knows U+3002 and the other dots.
func mapLabels(host string) (string, bool) {
	// The Lookup profile, but for two rules that are not kept in real names: underscores
	// are allowed, and hyphens anywhere (r3---sn-abc.example). What is ASCII in the result
	// is judged by badName. It is made anew for each name, being cheap beside the
	// mapping, rather than by each program at its start.
	profile := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false), idna.CheckHyphens(false))
	name, err := profile.ToASCII(host)
	if err != nil || !isASCII(name) {
		return "", false
	}
	name = strings.ToLower(name)
	for label := range strings.SplitSeq(name, ".") {
		if !strings.HasPrefix(label, "xn--") {
			continue
		}
		// An A-label has to stand for something that needs one, and to be the only way
		// to write it (CVE-2024-12224: "xn--example-" decoded to "example").
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
