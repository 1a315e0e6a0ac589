// Package diagnosis has what godwit.Diagnose finds out about a URL: a [Report], as values, as
// JSON and as a text for people.
//
// A report has one verdict, which is about the first layer that does not work, and if that is
// not "all is well", one remedy. What is not as it should be, but is not why the URL cannot be
// had, is in its notes.
//
// Texts that come from servers, proxies and certificates are shortened, and what a terminal
// would obey is written as an escape in them (\x1b, \u202e). The names of the JSON's members and
// the words for layers and notes are stable; more of them may be added.
package diagnosis

import (
	"crypto/x509"
	"time"
)

// A Report is what has been found out about a URL. Parts that it did not come to are nil or
// empty.
type Report struct {
	URL  string        `json:"url"`     // without user info
	Time time.Time     `json:"time"`    // when, by this machine's clock
	Took time.Duration `json:"took_ns"` // all of it

	Verdict Verdict `json:"verdict"`
	Remedy  *Remedy `json:"remedy,omitempty"` // nil: all is well, or nothing is known that helps
	Notes   []Note  `json:"notes,omitempty"`

	Names     *Names    `json:"names,omitempty"` // nil: there was no name to look up
	Proxy     Proxy     `json:"proxy"`
	Addresses []Address `json:"addresses,omitempty"` // of the server, or of the proxy
	TLS       *TLS      `json:"tls,omitempty"`       // with the server; nil: it does not speak it, or it did not come to that
	Clock     *Clock    `json:"clock,omitempty"`     // nil: nobody was asked for the time
	Hops      []Hop     `json:"hops,omitempty"`      // the requests, redirects followed

	// Sent says what has been sent to whom, beside handshakes.
	Sent []string `json:"sent,omitempty"`

	// Chain is what the server has shown, its own certificate first, verified or not.
	Chain []*x509.Certificate `json:"-"`

	// Err is the error of the step that the verdict is about, as a call would have returned it;
	// nil: all is well.
	Err error `json:"-"`
}

// A Layer is one of those that a call goes through, in this order.
type Layer string

// The layers.
const (
	LayerName     Layer = "name"     // the host's name is looked up
	LayerConnect  Layer = "connect"  // one of its addresses, or its socket, is connected to
	LayerProxy    Layer = "proxy"    // all that comes before a proxy lets us through
	LayerTLS      Layer = "tls"      // handshake and certificate
	LayerHTTP     Layer = "http"     // the answer is one, and whole
	LayerRedirect Layer = "redirect" // where it leads
)

// A Verdict is about the first layer that does not work.
type Verdict struct {
	OK      bool   `json:"ok"`
	Layer   Layer  `json:"layer,omitempty"`   // "": all is well
	Cause   string `json:"cause,omitempty"`   // in two or three words: a tlserr.Cause in the layer TLS
	Timeout bool   `json:"timeout,omitempty"` // a limit of time has passed
	Text    string `json:"text"`              // in plain words, one line

	// Details are lines that say more about it: where a chain of certificates breaks, for instance.
	Details []string `json:"details,omitempty"`
}

// A Remedy is the least dangerous thing that can be done about the verdict. It is never to
// verify nothing.
type Remedy struct {
	Owner bool     `json:"owner,omitempty"` // only the owner of the server, or of the proxy, can do it
	Text  string   `json:"text"`            // a sentence or two
	Go    string   `json:"go,omitempty"`    // as an option of package godwit, or a call
	Flags []string `json:"flags,omitempty"` // as arguments of the command; names of files are for the reader to choose
	URL   string   `json:"url,omitempty"`   // to be asked for in the place of the one that was

	// SaveChain says that the certificates which Flags want in a file can be those that the server
	// has shown, once its owner has confirmed them: "godwit doctor --save-chain=FILE URL" saves
	// them.
	SaveChain bool `json:"save_chain,omitempty"`

	// Otherwise is what to do if that is of no use. nil: nothing is known.
	Otherwise *Remedy `json:"otherwise,omitempty"`
}

// A Note is something that is not as it should be, and does no harm yet.
type Note struct {
	Code string `json:"code"` // one of the constants that begin with Note
	Text string `json:"text"`
}

// The codes of notes.
const (
	NoteAddressDead      = "address-dead"      // one of several addresses does not answer
	NoteIPv6Dead         = "ipv6-dead"         // no IPv6 address answers or refuses, and an IPv4 one answers
	NoteIPv4Dead         = "ipv4-dead"         // the other way round
	NoteCertificatesVary = "certificates-vary" // addresses show different certificates
	NoteCertificateEnds  = "certificate-ends"  // in less than two weeks
	NoteOldTLS           = "old-tls"           // TLS 1.0 or 1.1, which are broken, is spoken
	NoteNoTLS13          = "no-tls-1.3"        // TLS 1.2 is the newest that is spoken
	NoteNoPostQuantum    = "no-post-quantum"   // the key exchange can be broken some day
	NoteNoHTTP2          = "no-http2"          // it is offered, and not chosen
	NoteNotVerified      = "not-verified"      // Insecure
	NotePlainHTTP        = "plain-http"        // everybody on the way can read and alter it
	NoteNoHSTS           = "no-hsts"           // the first request of a browser may go over plain HTTP
	NoteHSTSIgnored      = "hsts-ignored"      // the field came over plain HTTP, or has no meaning
	NoteNoCompression    = "no-compression"    // of a text
	NoteStatus           = "status"            // 400 and above
	NoteClock            = "clock"             // this machine's and the server's are not the same
	NotePortal           = "captive-portal"    // a network wants one to log in, as it seems
	NoteSlow             = "slow"              // a phase took long
	NoteTransport        = "foreign-transport" // the session's transport is not Godwit's: it was not looked into
	NoteNoProxy          = "proxy-not-used"    // the environment has one, and rules say that it is not for this URL
)
