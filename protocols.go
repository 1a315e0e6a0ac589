// Which versions of HTTP a call may be sent by.

package godwit

import (
	"errors"

	"example.com/godwit/transport"
)

// Protocols are the versions of HTTP that the call may be sent by, redirects included, in place of
// those of the session's transport:
//
//	godwit.Protocols(transport.HTTP1)                   // HTTP/1.1 alone
//	godwit.Protocols(transport.HTTP2)                   // HTTP/2 alone; over http:// at once
//	godwit.Protocols(transport.HTTP10)                  // HTTP/1.0 alone
//	godwit.Protocols(transport.HTTP1 | transport.HTTP2) // what the server prefers
//
// HTTP/3 needs a Transport.HTTP3. Where none of them will do, the call fails. 0 takes an earlier
// one back.
type Protocols transport.Protocols

var errProtocols = errors.New("Protocols: no version of HTTP that there is")

// Apply sets Request.Protocols.
func (p Protocols) Apply(r *Request) error {
	if p != 0 && transport.Protocols(p).String() == "" {
		return errProtocols
	}
	r.Protocols = transport.Protocols(p)
	return nil
}

// String lists the versions.
func (p Protocols) String() string { return "Protocols(" + transport.Protocols(p).String() + ")" }
