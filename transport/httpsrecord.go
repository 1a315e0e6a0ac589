// HTTPS records (RFC 9460): what the DNS says of an origin beside its addresses.

package transport

import (
	"context"
	"net/netip"
	"time"
)

// An HTTPSResolver is a [Resolver] that can look up HTTPS records as well. net.Resolver cannot;
// one that asks over HTTPS can.
type HTTPSResolver interface {
	Resolver
	// LookupHTTPS returns the HTTPS records of a name, none without an error if it has none.
	// For an origin on another port than 443, name is "_8443._https.example.com".
	LookupHTTPS(ctx context.Context, name string) ([]HTTPSRecord, error)
}

// An HTTPSRecord is a record of the type HTTPS (RFC 9460).
type HTTPSRecord struct {
	Priority uint16        // lower ones are preferred; 0: Target is another name of the host (AliasMode)
	Target   string        // without a dot at its end; "": the name that was asked for
	ALPN     []string      // the protocols that it names: "h2", "h3"
	Port     uint16        // 0: that of the origin
	Hints    []netip.Addr  // of Target: to be used until it has been looked up
	ECH      []byte        // a list of ECH configurations; nil: none
	TTL      time.Duration // how long the record holds
}
