// The verdict of a diagnosis, decided: of an error and what else was seen, which layer it is, the
// cause in plain words, and what to do.

package godwit

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/diagnosis"
	"example.com/godwit/internal/dial"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// conclude sets verdict and remedy, and adds the notes that follow from the rest.
func (d *diagnoser) conclude(err error) {
	r := d.report
	r.Err = err
	if err == nil {
		r.Verdict = diagnosis.Verdict{OK: true, Text: "all is well"}
		if h := d.lastHop(); h != nil && h.Status >= 400 {
			r.Verdict.Text = "the way there is fine, and the answer is " + strings.TrimSpace(strconv.Itoa(h.Status)+" "+h.Reason)
		}
	} else {
		r.Verdict, r.Remedy = d.judge(err)
	}
	r.Notes = append(r.Notes, diagnosis.Observe(r)...)
}

// judge returns the verdict about an error, and the remedy.
func (d *diagnoser) judge(err error) (diagnosis.Verdict, *diagnosis.Remedy) {
	v := diagnosis.Verdict{Layer: layerOf(err), Text: shown(causeText(causeInCall(err))), Timeout: errors.Is(err, ErrTimeout)}
	var remedy *diagnosis.Remedy
	switch v.Layer {
	case diagnosis.LayerProxy:
		remedy = d.judgeProxy(&v, err)
	case diagnosis.LayerName:
		remedy = d.judgeName(&v, err)
	case diagnosis.LayerConnect:
		remedy = d.judgeConnect(&v, err, d.tryOtherPort(err))
	case diagnosis.LayerTLS:
		remedy = d.judgeTLS(&v, err)
	case diagnosis.LayerRedirect:
		remedy = d.judgeRedirect(&v, err)
	default:
		remedy = d.judgeHTTP(&v, err)
	}
	if h := d.lastHop(); h != nil && len(d.report.Hops) > 1 {
		v.Text += " (at " + h.URL + ", where a redirect has led)"
	}
	return v, remedy
}

// layerOf returns the layer that an error is of.
func layerOf(err error) diagnosis.Layer {
	switch {
	case errors.Is(err, ErrRedirects), errors.Is(err, ErrLocation):
		return diagnosis.LayerRedirect
	case errors.Is(err, ErrProxy):
		return diagnosis.LayerProxy
	case errors.Is(err, ErrResolve):
		return diagnosis.LayerName
	case errors.Is(err, ErrTLS):
		return diagnosis.LayerTLS
	case errors.Is(err, ErrConnect):
		return diagnosis.LayerConnect
	}
	return diagnosis.LayerHTTP
}

// whose returns the URL that an error is about: redirects may have led away from the first.
func (d *diagnoser) whose(err error) *url.URL {
	if e, ok := errors.AsType[*Error](err); ok && len(d.report.Hops) > 1 {
		if u, err := url.Parse(e.URL); err == nil && u.Host != "" {
			return u
		}
	}
	return d.url
}

// judgeName is about looking the name up.
func (d *diagnoser) judgeName(v *diagnosis.Verdict, err error) *diagnosis.Remedy {
	host, by := d.whose(err).Hostname(), "the resolver"
	if n := d.report.Names; n != nil && n.Host == host {
		by = "the resolver (" + n.Resolver + ")"
	}
	e, ok := errors.AsType[*net.DNSError](err)
	switch {
	case v.Timeout || ok && e.IsTimeout:
		v.Cause, v.Timeout, v.Text = "no answer", true, by+" does not say which address "+inMarks(host)+" has: no answer in time"
		return &diagnosis.Remedy{Text: "See whether this machine is connected, and whether it may ask that resolver."}
	case ok && e.IsNotFound:
		v.Cause, v.Text = "no such name", by+" knows no address of "+inMarks(host)
		return &diagnosis.Remedy{Text: "Check how the name is spelt. One that only a private network knows can be looked up in that network only."}
	case ok:
		v.Cause, v.Text = "resolver failed", by+" cannot say which address "+inMarks(host)+" has: "+shown(e.Err)
		return &diagnosis.Remedy{Text: "Try again later, or ask another resolver: whoever sees to the name, or to the resolver, has a fault."}
	}
	v.Cause, v.Text = "bad name", shown(causeText(err))
	return &diagnosis.Remedy{Text: "Check how the name is spelt."}
}

// judgeConnect is about connecting to the server itself. other is where something listens; nil:
// nowhere else, as far as is known.
func (d *diagnoser) judgeConnect(v *diagnosis.Verdict, err error, other *url.URL) *diagnosis.Remedy {
	at := d.whose(err)
	where := net.JoinHostPort(at.Hostname(), port(at))
	forbidden, isForbidden := errors.AsType[*dial.NotPublicError](err)
	switch {
	case d.transport != nil && d.socket() != "" && !v.Timeout:
		v.Cause, v.Text = "no socket", "the unix socket "+shown(d.socket())+" cannot be connected to: "+shown(causeText(err))
		return &diagnosis.Remedy{Text: "Check the path, who may write to the socket, and whether the program that serves it runs."}
	case isForbidden:
		v.Cause, v.Text = "forbidden address", shown(forbidden.Error())
		return &diagnosis.Remedy{Text: "Only public addresses may be connected to. If this one is meant, allow it."}
	case errors.Is(err, syscall.ECONNREFUSED):
		v.Cause, v.Text = "refused", "nothing listens at "+shown(where)+": "+shown(causeText(err))
		check := &diagnosis.Remedy{Text: "Check the port, and whether the server runs; a firewall may refuse as well."}
		if other != nil {
			text := shown(trace.RedactURL(other))
			return &diagnosis.Remedy{
				Text: "Something listens where " + other.Scheme + " is served as a rule. If that is whom you mean:",
				Go:   "godwit.Get(ctx, " + strconv.Quote(text) + ")", URL: text, Otherwise: check,
			}
		}
		return check
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		v.Cause, v.Text = "unreachable", "there is no way to "+shown(where)+": "+shown(causeText(err))
		return &diagnosis.Remedy{Text: "See whether this machine is connected, and whether the server is in a network that needs a VPN."}
	case v.Timeout:
		v.Cause, v.Text = "no answer", shown(where)+" does not answer: "+shown(causeText(err))
		return &diagnosis.Remedy{Text: "Check host and port. If they are right, a firewall on the way, or the server's, drops what is sent to it."}
	}
	v.Cause = "not connected"
	return &diagnosis.Remedy{Text: "Check host and port, and the settings that say which way connections are opened."}
}

// judgeProxy is about a proxy that does not let us through.
func (d *diagnoser) judgeProxy(v *diagnosis.Verdict, err error) *diagnosis.Remedy {
	p := d.report.Proxy
	who := "the proxy"
	if p.URL != "" {
		who += " " + p.URL
	}
	past := &diagnosis.Remedy{
		Text: "If " + inMarks(d.whose(err).Hostname()) + " is to be reached without it, say so, or put it into NO_PROXY:",
		Go:   "godwit.NoProxy", Flags: []string{"--proxy="},
	}
	tunnel, isTunnel := errors.AsType[*conn.TunnelError](err)
	bad, isBad := errors.AsType[*transport.ProxyError](err)
	status := 0
	if isTunnel {
		status = tunnel.Status
	} else if errors.Is(err, errProxyAsks) {
		status = http.StatusProxyAuthRequired
	}
	switch {
	case status == http.StatusProxyAuthRequired, status == http.StatusUnauthorized: // which some proxies say
		v.Cause, v.Text = "proxy wants credentials", who+" wants to know who is asking ("+strconv.Itoa(status)+")"
		return &diagnosis.Remedy{
			Text: "Name user and password in its URL" + byRule(p.Rule) + ":",
			Go:   `godwit.Proxy("http://user:password@…")`, Flags: []string{"--proxy=http://user:password@HOST:PORT"}, Otherwise: past,
		}
	case isTunnel && status/100 == 5:
		v.Cause, v.Text = "proxy failed", who+" does not get through: "+shown(tunnel.Error())
		return &diagnosis.Remedy{Text: "The proxy could not reach the server, or not find its name: check host and port, or ask who runs it."}
	case isTunnel:
		v.Cause, v.Text = "proxy refused", who+" refuses: "+shown(tunnel.Error())
		past.Otherwise = &diagnosis.Remedy{Owner: true, Text: "Who runs the proxy has to allow this host and port."}
		return past
	case isBad:
		v.Cause, v.Text = "bad proxy", shown(bad.Error())
		return &diagnosis.Remedy{Text: "Correct the URL of the proxy" + byRule(p.Rule) + ".", Otherwise: past}
	case errors.Is(err, ErrTLS):
		v.Cause, v.Text = "proxy's TLS", "TLS with "+who+": "+shown(causeText(err))
		return d.remedyTLS(err)
	case errors.Is(err, ErrResolve):
		v.Cause, v.Text = "proxy not found", who+" has a name that cannot be looked up: "+shown(causeText(err))
	case v.Timeout:
		v.Cause, v.Text = "proxy does not answer", who+" does not answer: "+shown(causeText(err))
	default:
		v.Cause, v.Text = "proxy not reached", who+" cannot be reached: "+shown(causeText(err))
	}
	return &diagnosis.Remedy{Text: "Start the proxy, or correct its address" + byRule(p.Rule) + ".", Otherwise: past}
}

// byRule names who has named a proxy.
func byRule(rule string) string {
	if rule == "" {
		return ""
	}
	return " (named by: " + rule + ")"
}

// judgeTLS is about the handshake, and about certificates.
func (d *diagnoser) judgeTLS(v *diagnosis.Verdict, err error) *diagnosis.Remedy {
	e, ok := errors.AsType[*tlserr.Error](err)
	if errors.Is(err, errPlainToTLS) {
		text := shown(trace.RedactURL(otherScheme(d.url, d.url.Port())))
		v.Cause, v.Text = string(tlserr.OnlyTLS), errPlainToTLS.Error()
		return &diagnosis.Remedy{Text: "Ask for it with TLS:", Go: "godwit.Get(ctx, " + strconv.Quote(text) + ")", URL: text}
	}
	if !ok {
		if v.Cause = "tls"; v.Timeout {
			v.Cause, v.Text = "no answer", "the server does not answer in the TLS handshake: "+shown(causeText(err))
			return &diagnosis.Remedy{Text: "See whether that port speaks TLS at all. A middle-box on the way may drop what it does not know."}
		}
		return nil
	}
	v.Cause, v.Text = string(e.Cause), e.Error()
	v.Details = detailsOf(e)
	if len(e.Chain) > 0 {
		d.report.Chain = e.Chain
	}
	c := d.report.Clock
	if !aboutTime(e) || c == nil {
		return d.remedyTLS(err)
	}
	if clockIsWrong(c, e.Cert) {
		v.Cause = "clock"
		v.Text = "this machine's clock is " + diagnosis.Apart(c.Ahead) + " the server's, by which what the server has shown would be valid"
		return &diagnosis.Remedy{Text: "Set this machine's clock.", Otherwise: &diagnosis.Remedy{
			Owner: true, Text: "If it is right, the server's clock is wrong, and its owner has to replace the certificate.",
		}}
	}
	if e.Cert != nil {
		v.Text = outOfTime(e, d.now()) + ", and this machine's clock is right as far as the server's goes"
	}
	return &diagnosis.Remedy{Owner: true, Text: "Only the server's owner can help: the certificate has to be replaced."}
}

// judgeRedirect is about where redirects lead.
func (d *diagnoser) judgeRedirect(v *diagnosis.Verdict, err error) *diagnosis.Remedy {
	owner := &diagnosis.Remedy{Owner: true, Text: "The server's owner has to correct where it leads."}
	h := d.lastHop()
	switch {
	case errors.Is(err, ErrRedirects):
		v.Cause, v.Text = "too many redirects", causeInCall(err).Error()
		owner.Otherwise = &diagnosis.Remedy{
			Text: "If so many are meant, follow more of them than the usual 10:", Go: "godwit.Redirects(20)", Flags: []string{"--max-redirects=20"},
		}
		for _, hop := range d.report.Hops {
			if strings.Contains(hop.Leads, "loop") {
				v.Cause, v.Text = "redirect loop", "the redirects lead round in a circle, by "+hop.URL
				owner.Otherwise = nil
			}
		}
		for _, hop := range d.report.Hops {
			if hop.Cookies > 0 {
				owner.Text = "The server sets cookies and redirects, and none were sent back here: a session with a jar, which sends them, may get through. Else its owner has to see to it."
				owner.Owner = false
			}
		}
	case h != nil && strings.Contains(h.Leads, "downgrade"):
		v.Cause, v.Text = "downgrade", "it leads from https to http, where everybody on the way can read and alter all, and is not followed"
		owner.Text = "The server's owner has to let it lead to https."
		owner.Otherwise = &diagnosis.Remedy{
			Text: "If what is read there need not be secret, and may be anybody's:", Go: "godwit.AllowDowngrade", Flags: []string{"--allow-downgrade"},
		}
	default:
		v.Cause = "bad location"
	}
	return owner
}

// judgeHTTP is about the answer.
func (d *diagnoser) judgeHTTP(v *diagnosis.Verdict, err error) *diagnosis.Remedy {
	e, ok := errors.AsType[*tlserr.Error](err)
	switch {
	case ok:
		v.Layer = diagnosis.LayerTLS
		v.Cause, v.Text, v.Details = string(e.Cause), e.Error(), detailsOf(e)
		return d.remedyTLS(err)
	case v.Timeout:
		v.Cause, v.Text = "no answer", "the connection is there, and no answer comes: "+shown(causeText(err))
		return &diagnosis.Remedy{Text: "The server is slow, or takes the request for unfinished. Try again, and with more time:", Go: "godwit.Limits{Wait: …}", Flags: []string{"--timeout=120"}}
	case errors.Is(err, conn.ErrRemoteDisconnected):
		v.Cause, v.Text = "not answered", "the server closed the connection without an answer"
	case errors.Is(err, ErrDecode):
		v.Cause = "undecodable"
		return &diagnosis.Remedy{Owner: true, Text: "What the server sends is not in the coding that it says."}
	case errors.Is(err, ErrProtocol):
		v.Cause = "not http"
		return &diagnosis.Remedy{Owner: true, Text: "What came is not HTTP, or not whole. Check the port; if it is right, the server, or what is in front of it, has to be corrected."}
	}
	v.Cause = "not answered"
	return &diagnosis.Remedy{Text: "The connection ended before there was an answer. Try again; if it happens each time, the server, or something on the way, does not like the request."}
}

// inMarks returns a text from elsewhere in quotation marks.
func inMarks(text string) string { return `"` + shown(text) + `"` }

// outOfTime says whose certificate is out of its time, and how.
func outOfTime(e *tlserr.Error, now time.Time) string {
	who := "the certificate"
	if len(e.Chain) > 0 && !e.Cert.Equal(e.Chain[0]) {
		who += " of the issuer " + inMarks(commonName(e.Cert.Subject))
	}
	from, to := e.Cert.NotBefore, e.Cert.NotAfter
	if e.Cause == tlserr.NotYetValid {
		return who + " is not valid before " + from.UTC().Format(time.DateTime) + " UTC, in " + diagnosis.InWords(from.Sub(now))
	}
	return who + " expired " + diagnosis.InWords(now.Sub(to)) + " ago, on " + to.UTC().Format(time.DateTime) + " UTC"
}

// detailsOf returns what more there is to say of a failure of TLS, line by line.
func detailsOf(e *tlserr.Error) (lines []string) {
	for line := range strings.Lines(e.Details()) {
		lines = append(lines, strings.TrimRight(line, "\n"))
	}
	return lines
}
