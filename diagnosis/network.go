package diagnosis

import (
	"net/netip"
	"time"
)

// Names are what is known of the host's name: the server's or, if that is looked up by a proxy,
// the proxy's.
type Names struct {
	Host     string        `json:"host"`
	Resolver string        `json:"resolver"` // whom the addresses are from
	Took     time.Duration `json:"took_ns"`
	A        []netip.Addr  `json:"a,omitempty"`
	AAAA     []netip.Addr  `json:"aaaa,omitempty"`
	CNAME    string        `json:"cname,omitempty"` // the canonical name, if it is another
	HTTPS    []HTTPSRecord `json:"https,omitempty"` // nil: there is none, or the resolver cannot ask for them
	Error    string        `json:"error,omitempty"`
}

// An HTTPSRecord is a record of the type HTTPS (RFC 9460).
type HTTPSRecord struct {
	Priority uint16   `json:"priority"`
	Target   string   `json:"target,omitempty"`
	ALPN     []string `json:"alpn,omitempty"`
	Port     uint16   `json:"port,omitempty"`
	ECH      bool     `json:"ech,omitempty"` // it has keys for Encrypted Client Hello
}

// A Proxy says whether there is one on the way, and why.
type Proxy struct {
	URL   string `json:"url,omitempty"` // without user info; "": none
	Rule  string `json:"rule"`          // who says so
	OK    bool   `json:"ok"`            // it has let us through, or there is none
	Error string `json:"error,omitempty"`
}

// An Address is one that the name stands for, and what became of connecting to it.
type Address struct {
	Addr  string `json:"addr"`            // "192.0.2.1:443", or "unix:" and a path
	Proxy bool   `json:"proxy,omitempty"` // it is the proxy's
	OK    bool   `json:"ok"`

	// Layer is where it failed, LayerConnect or LayerTLS; "": it did not.
	Layer Layer  `json:"layer,omitempty"`
	Cause string `json:"cause,omitempty"` // in two or three words, as in Verdict
	Error string `json:"error,omitempty"`

	Connect time.Duration `json:"connect_ns,omitempty"` // how long each phase took
	TLS     time.Duration `json:"tls_ns,omitempty"`

	// Certificate is the SHA-256 sum of the server's own certificate, in hexadecimal.
	Certificate string `json:"certificate,omitempty"`
}

// A Clock compares this machine's clock with the Date of a server.
type Clock struct {
	Here   time.Time     `json:"here"`
	Server time.Time     `json:"server"`
	Ahead  time.Duration `json:"ahead_ns"` // by how much this machine's is ahead; negative: behind
	Source string        `json:"source"`   // how the server was asked
}
