package diagnosis

import "time"

// A Hop is a request and what came of it. The first is for the URL, each other one for where the
// one before it has led.
type Hop struct {
	Method   string `json:"method"`
	URL      string `json:"url"`
	Address  string `json:"address,omitempty"`  // whom it went to
	Protocol string `json:"protocol,omitempty"` // "HTTP/1.1"
	Status   int    `json:"status,omitempty"`   // 0: there was no answer
	Reason   string `json:"reason,omitempty"`

	Location string `json:"location,omitempty"` // of a redirect
	Leads    string `json:"leads,omitempty"`    // how: some of "upgrade", "downgrade", "other origin", "loop"

	HSTS    *HSTS     `json:"hsts,omitempty"`
	Coding  string    `json:"coding,omitempty"`  // the content coding; "": none
	Type    string    `json:"type,omitempty"`    // the media type
	Bytes   int64     `json:"bytes,omitempty"`   // that were read of the body, its coding undone; of the last hop only
	AltSvc  []string  `json:"alt_svc,omitempty"` // protocols that it is served by elsewhere: "h3"
	Server  string    `json:"server,omitempty"`
	Date    time.Time `json:"date,omitzero"`
	Cookies int       `json:"cookies,omitempty"` // how many it has set; none is ever sent

	DNS     time.Duration `json:"dns_ns,omitempty"` // how long each phase took
	Connect time.Duration `json:"connect_ns,omitempty"`
	TLS     time.Duration `json:"tls_ns,omitempty"`
	Wait    time.Duration `json:"wait_ns,omitempty"`

	Error string `json:"error,omitempty"`
}

// HSTS is a Strict-Transport-Security (RFC 6797).
type HSTS struct {
	Ignored           string        `json:"ignored,omitempty"` // why it does not count; "": it does
	MaxAge            time.Duration `json:"max_age_ns"`
	IncludeSubDomains bool          `json:"include_sub_domains,omitempty"`
	Preload           bool          `json:"preload,omitempty"`
}
