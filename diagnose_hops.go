// The last step of a diagnosis: the request itself, and where its answers lead.

package godwit

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/godwit/diagnosis"
	"example.com/godwit/header"
	"example.com/godwit/trace"
)

// How much of the last answer's body is read, and for how long, to see that it is whole, and can be
// decoded, as far as that goes. Streams have no end.
const (
	bodyLooked = 64 << 10
	timeLooked = 3 * time.Second
)

// ask sends the request, follows redirects, and describes each hop. Its error is that of a call.
func (d *diagnoser) ask() error {
	ctx, cancel := context.WithCancelCause(d.ctx)
	defer cancel(nil)
	c := &call{caller: ctx, Context: ctx, session: d.session, request: d.request, firstHost: d.url.Hostname(), reader: readByCaller}
	c.override(d.url)
	req := d.req.Clone(c)
	var seen []string
	d.request.OnResponse = []func(*http.Response) error{func(res *http.Response) error {
		h := describeAnswer(res)
		if follows(res) {
			h.Location, h.Leads = leads(res, &seen)
		}
		d.report.Hops = append(d.report.Hops, h)
		return nil
	}}
	st, err := c.stream(req)
	if err == nil {
		var n int64
		n, err = look(ctx, cancel, st)
		_ = st.Close()
		if h := d.lastHop(); h != nil {
			h.Bytes = n
		}
	}
	d.describeAttempts(c, err)
	if err == nil {
		err = d.plainToTLS(st.StatusCode)
		if st.StatusCode == http.StatusProxyAuthRequired && d.way.proxied {
			err = failed(req, &trace.Error{Phase: trace.Connect, Proxy: true, Err: errProxyAsks})
		}
	}
	if e, ok := errors.AsType[*trace.Error](err); ok && e.Proxy {
		d.report.Proxy.OK, d.report.Proxy.Error = false, shown(causeText(err))
	}
	return err
}

var errProxyAsks = errors.New("407 Proxy Authentication Required")

var errEnough = errors.New("enough of the body has been seen")

// look reads the beginning of the body, and returns how much of it. To cancel is to end it.
func look(ctx context.Context, cancel context.CancelCauseFunc, st *Stream) (int64, error) {
	if switched(st.Response) {
		return 0, nil
	}
	defer time.AfterFunc(timeLooked, func() { cancel(errEnough) }).Stop()
	n, err := io.Copy(io.Discard, io.LimitReader(st.Body, bodyLooked))
	if err != nil && context.Cause(ctx) != errEnough {
		return n, failed(st.Request, err)
	}
	return n, nil
}

// lastHop returns the hop that was under way last, nil if there was none.
func (d *diagnoser) lastHop() *diagnosis.Hop {
	if len(d.report.Hops) == 0 {
		return nil
	}
	return &d.report.Hops[len(d.report.Hops)-1]
}

// describeAttempts adds to the hops what their exchanges took, and the one that was not answered.
func (d *diagnoser) describeAttempts(c *call, err error) {
	attempts := c.attempts()
	if n := len(attempts); n > 0 && attempts[n-1].Hop == len(d.report.Hops) {
		last := c.lastSent()
		d.report.Hops = append(d.report.Hops, diagnosis.Hop{Method: last.Method, URL: shown(trace.RedactURL(last.URL))})
	}
	for i := range d.report.Hops {
		h := &d.report.Hops[i]
		d.said(h.Method + " " + h.URL)
		for _, a := range attempts {
			if a.Hop == i {
				describeAttempt(h, &a)
			}
		}
	}
	if h := d.lastHop(); h != nil && err != nil {
		h.Error = shown(causeInCall(err).Error())
	}
}

// describeAttempt adds what the exchange of a hop took, and whom it went to.
func describeAttempt(h *diagnosis.Hop, a *Attempt) {
	h.DNS, h.Connect, h.TLS, h.Wait = a.Timings.DNS, a.Timings.Connect, a.Timings.TLS, a.Timings.Wait
	if a.Conn.Remote.IsValid() {
		h.Address = a.Conn.Remote.String()
	}
	if a.Conn.Protocol != "" {
		h.Protocol = a.Conn.Protocol
	}
}

// causeInCall returns the cause of a call's error.
func causeInCall(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Err
	}
	return err
}

func describeAnswer(res *http.Response) diagnosis.Hop {
	h := diagnosis.Hop{
		Method: res.Request.Method, URL: shown(trace.RedactURL(res.Request.URL)),
		Protocol: shown(res.Proto), Status: res.StatusCode,
		Coding:  shown(strings.Join(res.Header["Content-Encoding"], ", ")),
		Server:  shown(res.Header.Get("Server")),
		Cookies: len(res.Header["Set-Cookie"]),
	}
	_, reason, _ := strings.Cut(res.Status, " ")
	h.Reason = shown(reason)
	media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	h.Type = shown(strings.ToLower(strings.TrimSpace(media)))
	if date, err := header.ParseTime(res.Header.Get("Date")); err == nil {
		h.Date = date
	}
	h.HSTS = describeHSTS(res.Request.URL, res.Header["Strict-Transport-Security"])
	services, _ := header.ParseAltSvc(res.Header["Alt-Svc"])
	for _, s := range services.Services[:min(len(services.Services), maxAddresses)] {
		if p := shown(s.Protocol); !slices.Contains(h.AltSvc, p) {
			h.AltSvc = append(h.AltSvc, p)
		}
	}
	return h
}

// describeHSTS describes a Strict-Transport-Security; nil: there is none.
func describeHSTS(u *url.URL, values []string) *diagnosis.HSTS {
	if len(values) == 0 {
		return nil
	}
	s, err := header.ParseStrictTransportSecurity(values[0])
	out := &diagnosis.HSTS{MaxAge: s.MaxAge, IncludeSubDomains: s.IncludeSubDomains, Preload: s.Preload}
	switch {
	case u.Scheme != "https":
		out.Ignored = "it came over plain HTTP"
	case err != nil:
		out.Ignored = shown(err.Error())
	case s.MaxAge == 0:
		out.Ignored = "max-age=0 takes it back"
	}
	return out
}

// leads says where a redirect leads, and in which way. seen are the URLs asked for so far.
func leads(res *http.Response, seen *[]string) (location, how string) {
	from := res.Request.URL
	*seen = append(*seen, from.String())
	location = shown(res.Header.Get("Location"))
	to, err := redirectTarget(from, res.Request.Method, res, true)
	if err != nil {
		return location, "nowhere"
	}
	var ways []string
	switch {
	case from.Scheme == "http" && to.url.Scheme == "https":
		ways = append(ways, "upgrade")
	case from.Scheme == "https" && to.url.Scheme == "http":
		ways = append(ways, "downgrade")
	}
	if hostOf(from) != hostOf(to.url) || len(ways) == 0 && to.crosses {
		ways = append(ways, "other origin")
	}
	if slices.Contains(*seen, to.url.String()) {
		ways = append(ways, "loop")
	}
	return shown(trace.RedactURL(to.url)), strings.Join(ways, ", ")
}

func cloneURL(u *url.URL) *url.URL {
	own := *u
	return &own
}
