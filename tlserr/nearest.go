// Which of a certificate's names was probably meant.

package tlserr

import (
	"crypto/x509"
	"net"
	"net/netip"
	"strings"
)

// Bounds of the search: a certificate may have ten thousand names, of any length.
const (
	maxNames   = 2000
	maxNearest = 253 // RFC 1035 2.3.4
)

// A match is a name of the certificate, and how it is related to the one that was asked for.
type match struct {
	name string
	why  string // in words, ""
	far  int    // smaller is nearer
}

// nearest returns the name of a certificate that is nearest to a host's, and ok false if none is
// near: then no name of it was meant.
func nearest(c *x509.Certificate, host string) (best match, ok bool) {
	if c == nil {
		return best, false
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" || len(host) > maxNearest {
		return best, false
	}
	best.far = tooFar
	if ip := net.ParseIP(strings.Trim(host, "[]")); ip != nil {
		for _, name := range c.DNSNames[:min(len(c.DNSNames), maxNames)] {
			if ip.IsLoopback() && strings.EqualFold(name, "localhost") {
				return match{name: name, why: "which is this machine, too"}, true
			}
			if name == host {
				return match{name: name, why: "but as a name and not as an address"}, true
			}
		}
		return best, false
	}
	for _, name := range c.DNSNames[:min(len(c.DNSNames), maxNames)] {
		if m := compare(strings.ToLower(name), host); m.far < best.far {
			m.name = name
			best = m
		}
	}
	if host == "localhost" {
		for _, ip := range c.IPAddresses {
			if best.far > 1 && ip.IsLoopback() {
				best = match{name: ip.String(), why: "which is this machine, too"}
			}
		}
	}
	return best, best.far < tooFar
}

// tooFar is the distance from which on a name has nothing to do with another.
const tooFar = 100

// compare returns how far a name, or a pattern with a wildcard, is from a host's name. A name
// that is asked for in another spelling is nearest; then come those that a wildcard just misses,
// those below the same domain, and those that look alike.
func compare(name, host string) match {
	if len(name) > maxNearest {
		return match{far: tooFar}
	}
	if parent, ok := strings.CutPrefix(name, "*."); ok {
		switch {
		case host == parent:
			return match{why: "which is for names below that, and not for itself", far: 1}
		case strings.HasSuffix(host, "."+parent) && strings.Count(parent, ".") > 0:
			return match{why: "whose wildcard stands for one label only", far: 1}
		}
		name = parent
	}
	if strings.TrimPrefix(name, "www.") == strings.TrimPrefix(host, "www.") {
		return match{far: 0}
	}
	d := distance(name, host, limitOf(host))
	if d <= limitOf(host) {
		return match{why: "which is spelt nearly the same", far: 10 + d}
	}
	if shared := sharedLabels(name, host); shared >= 2 {
		return match{why: "which has the same domain", far: 50 - min(shared, 20)}
	}
	return match{far: tooFar}
}

// limitOf returns how many letters may differ for two names to look alike.
func limitOf(host string) int { return min(3, max(1, len(host)/6)) }

// sharedLabels returns how many labels at the end of two names are the same.
func sharedLabels(a, b string) (n int) {
	if _, err := netip.ParseAddr(a); err == nil {
		return 0
	}
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for n < len(as) && n < len(bs) && as[len(as)-1-n] == bs[len(bs)-1-n] && as[len(as)-1-n] != "" {
		n++
	}
	return n
}

// distance returns how many letters have to be added, left out or replaced to make b of a; any
// number above limit stands for all of those.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner, least := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost = 1 + min(corner, row[j], row[j+1])
			}
			corner, row[j+1] = row[j+1], cost
			least = min(least, cost)
		}
		if least > limit {
			return limit + 1
		}
	}
	return row[len(b)]
}
