package diagnosis

import "time"

// TLS is what was agreed with the server, and what else it would agree to.
type TLS struct {
	Verified bool   `json:"verified"` // the certificate is one to be trusted, by the client's own settings
	Address  string `json:"address"`  // with which of its addresses

	Version     string `json:"version,omitempty"` // "TLS 1.3"; "": they could not agree
	Cipher      string `json:"cipher,omitempty"`
	Curve       string `json:"curve,omitempty"`
	PostQuantum bool   `json:"post_quantum"`
	ALPN        string `json:"alpn,omitempty"` // the protocol that it chose
	ECH         bool   `json:"ech,omitempty"`  // the name was sent encrypted

	Versions []Version `json:"versions,omitempty"` // each tried by itself, the newest first
	HTTP2    bool      `json:"http2"`              // it speaks that, if it is offered
	HTTP3    string    `json:"http3,omitempty"`    // who says that it speaks it: "Alt-Svc", "HTTPS record"; "": nobody

	Chain []Certificate `json:"chain,omitempty"` // as sent, the server's own first
	More  int           `json:"more,omitempty"`  // how many more there are
	OCSP  string        `json:"ocsp,omitempty"`  // "good", "revoked", "unknown", or why the response does not count; "": none was sent

	ClientCertificate bool `json:"client_certificate,omitempty"` // it asked for one
}

// A Version is one of TLS, and whether the server speaks it.
type Version struct {
	Name   string `json:"name"`
	Spoken bool   `json:"spoken"`
	Error  string `json:"error,omitempty"` // why that is not known
}

// A Certificate is one of a chain.
type Certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	DaysLeft  int       `json:"days_left"`            // whole ones; negative: it has expired
	Names     []string  `json:"names,omitempty"`      // the first of them: DNS names and addresses
	More      int       `json:"more_names,omitempty"` // how many more
	CA        bool      `json:"ca,omitempty"`         // it may sign others
	Key       string    `json:"key"`                  // "ECDSA P-256", "RSA 2048"
	KeyBits   int       `json:"key_bits,omitempty"`
	Signature string    `json:"signature"`
	SHA256    string    `json:"sha256"` // of all of it, in hexadecimal
	Pin       string    `json:"pin"`    // of its key: "sha256//…", for --pin
}
