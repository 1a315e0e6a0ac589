// The remedies of package tlserr as those of a diagnosis. One that can be tried without anything
// being sent is tried.

package godwit

import (
	"crypto/tls"
	"errors"
	"strings"

	"example.com/godwit/diagnosis"
	"example.com/godwit/tlserr"
)

// remedyTLS returns what can be done about a failure of TLS, and what else; nil: nothing is known.
func (d *diagnoser) remedyTLS(err error) *diagnosis.Remedy {
	e, ok := errors.AsType[*tlserr.Error](err)
	if !ok {
		return nil
	}
	var first, last *diagnosis.Remedy
	for _, r := range e.Remedies() {
		if r.Flag == withoutHybrids && !d.worksWithoutHybrids() {
			continue
		}
		own := d.remedyOf(e, r)
		if first == nil {
			first = own
		} else {
			last.Otherwise = own
		}
		last = own
	}
	if first == nil && e.Cause == tlserr.Closed {
		return &diagnosis.Remedy{Owner: true, Text: "Check host and port. If they are right, the server's owner has to look into its log: it, or something in front of it, ends handshakes."}
	}
	return first
}

// withoutHybrids leaves the hybrid key exchanges out, whose first message some middle-boxes cannot
// take.
const withoutHybrids = "--no-post-quantum"

// worksWithoutHybrids tries that.
func (d *diagnoser) worksWithoutHybrids() bool {
	seen, _ := d.glimpse(d.url, func(config *tls.Config) {
		config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384}
	})
	return seen != nil
}

// remedyOf makes a remedy of the report of one of tlserr's.
func (d *diagnoser) remedyOf(e *tlserr.Error, r tlserr.Remedy) *diagnosis.Remedy {
	own := &diagnosis.Remedy{Owner: r.Owner, Text: r.Text, Go: r.Go}
	if strings.Contains(r.Flag, "://") {
		own.URL = r.Flag
		return own
	}
	own.Flags = strings.Fields(r.Flag)
	switch e.Cause {
	case tlserr.SelfSigned, tlserr.UnknownIssuer:
		own.SaveChain = strings.HasPrefix(r.Flag, "--verify=") && len(d.report.Chain) > 0
	}
	return own
}
