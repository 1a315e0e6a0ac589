// The clocks: asked for only if a certificate is out of its time.

package godwit

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"example.com/godwit/diagnosis"
	"example.com/godwit/header"
	"example.com/godwit/tlserr"
	"example.com/godwit/transport"
)

// clockOff is how far two clocks may be apart before anybody is told: the Date has seconds, and
// answers take some.
const clockOff = 5 * time.Minute

// compareClocks asks the server for its Date, if the error is about the times of a certificate of
// the first origin. The connection is not verified, and carries nothing but "HEAD /".
func (d *diagnoser) compareClocks(err error) {
	e, ok := errors.AsType[*tlserr.Error](err)
	if !ok || !aboutTime(e) || d.lastHop() != nil {
		return
	}
	own := d.loose(d.url)
	root := cloneURL(d.url)
	root.Path, root.RawPath, root.Opaque, root.RawQuery, root.Fragment = "/", "", "", "", ""
	ctx, cancel := context.WithCancel(d.ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(transport.With(ctx, &own), http.MethodHead, root.String(), nil)
	if err != nil {
		return
	}
	req.Host = d.req.Host
	t := settingsOf(d.transport)
	defer t.Close()
	res, err := t.RoundTrip(req)
	d.said(asRequest(http.MethodHead, root) + " over a connection that was not verified, for its Date")
	if err != nil {
		return
	}
	here := d.now()
	defer res.Body.Close()
	date, err := header.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return
	}
	d.report.Clock = &diagnosis.Clock{Here: here, Server: date, Ahead: here.Sub(date).Round(time.Second), Source: "HEAD / over a connection that was not verified"}
}

// aboutTime reports whether an error would be another by another clock.
func aboutTime(e *tlserr.Error) bool {
	switch e.Cause {
	case tlserr.Expired, tlserr.NotYetValid:
		return true
	case tlserr.Staple:
		f, ok := errors.AsType[*tlserr.StapleError](e)
		return ok && (f.Fault == tlserr.StapleExpired || f.Fault == tlserr.StapleEarly)
	}
	return false
}

// clockIsWrong reports whether a certificate that is out of its time would not be by the server's
// clock, which is off from this machine's.
func clockIsWrong(c *diagnosis.Clock, cert *x509.Certificate) bool {
	if c == nil || c.Ahead.Abs() < clockOff {
		return false
	}
	return cert == nil || !c.Server.Before(cert.NotBefore) && !c.Server.After(cert.NotAfter)
}
