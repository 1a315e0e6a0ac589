// What a diagnosis tries besides what was asked for: the other scheme.

package godwit

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"example.com/godwit/trace"
)

// plainToTLS returns an error if the status is what servers answer to plain HTTP on a port where
// they speak TLS (nginx, Apache and Go: 400), and the port does. Those that send an alert make an
// error of it themselves.
func (d *diagnoser) plainToTLS(status int) error {
	if d.url.Scheme != "http" || status != http.StatusBadRequest || d.way.proxied || d.transport == nil || len(d.report.Hops) != 1 {
		return nil
	}
	if seen, _ := d.glimpse(otherScheme(d.url, port(d.url)), nil); seen == nil {
		return nil
	}
	return failed(d.req, &trace.Error{Phase: trace.TLS, Addr: staticKey(d.url), Err: errPlainToTLS})
}

var errPlainToTLS = errors.New("the port speaks TLS, and was asked in plain HTTP")

// tryOtherPort sees, where nothing listens on the usual port of a scheme, whether something does on
// that of the other one. It returns the URL to ask there, nil if there is none.
func (d *diagnoser) tryOtherPort(err error) *url.URL {
	usual := &url.URL{Scheme: d.url.Scheme}
	if !errors.Is(err, syscall.ECONNREFUSED) || d.way.proxied || len(d.report.Hops) > 1 || len(d.way.addrs) == 0 || port(d.url) != port(usual) {
		return nil
	}
	u := otherScheme(d.url, "")
	d.way.best = "" // is of the other port
	if u.Scheme == "https" {
		if seen, _ := d.glimpse(u, nil); seen == nil {
			return nil
		}
		return u
	}
	own := d.over
	own.Tracer, own.Limits = nil, probeLimits
	t, req := d.probe(&own)
	req.URL = u
	nc, err := t.Connect(req)
	if err != nil {
		return nil
	}
	nc.Close()
	return u
}

// otherScheme returns the URL of the other scheme, on a port; "": on the usual one.
func otherScheme(u *url.URL, port string) *url.URL {
	own := cloneURL(u)
	if own.Scheme = "https"; u.Scheme == "https" {
		own.Scheme = "http"
	}
	own.Host = u.Hostname()
	if strings.Contains(own.Host, ":") {
		own.Host = "[" + own.Host + "]"
	}
	if port != "" {
		own.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return own
}
