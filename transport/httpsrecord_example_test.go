package transport_test

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"example.com/godwit/transport"
)

// table answers from memory.
type table map[string][]transport.HTTPSRecord

func (t table) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}

func (t table) LookupHTTPS(_ context.Context, name string) ([]transport.HTTPSRecord, error) {
	return t[name], nil
}

// A resolver that knows which protocols an origin speaks.
func ExampleHTTPSResolver() {
	record := transport.HTTPSRecord{Priority: 1, ALPN: []string{"h3", "h2"}, TTL: time.Hour}
	var resolver transport.HTTPSResolver = table{"example.com": {record}}
	records, err := resolver.LookupHTTPS(context.Background(), "example.com")
	fmt.Println(records[0].ALPN, err)
	// Output: [h3 h2] <nil>
}
