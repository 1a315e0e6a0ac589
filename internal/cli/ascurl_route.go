package cli

// What the flags for the way to a server are called by curl.

import (
	"cmp"
	"crypto/tls"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"example.com/godwit/internal/cli/download"
)

// saving is what makes a download of it. Where curl would take the name as it stands in the URL, and
// we another, the line says ours.
func (r *curlRoute) saving(u *url.URL) {
	d := &r.options.download
	if !d.wanted() {
		return
	}
	r.add("--fail")
	path := u.EscapedPath()
	name := download.URLName(u.String())
	switch {
	case d.output != "":
		r.add("-o", d.output)
	case name != "" && name == path[strings.LastIndexByte(path, '/')+1:]:
		r.add("-O")
	default:
		r.add("-o", cmp.Or(name, "index"))
	}
	if d.dir != "" {
		r.add("--create-dirs", "--output-dir", d.dir)
	}
	switch {
	case d.resume:
		r.add("-C", "-")
	case d.output == "" && !d.overwrite:
		r.add("--no-clobber")
	}
	if d.remoteTime {
		r.add("-R")
	}
	r.lacks(d.checksum != "", "--checksum")
	r.lacks(d.segments > 1, "--segments")
}

func (r *curlRoute) exchange(scheme string) {
	e := &r.options.exchange
	if e.follow {
		r.add("--location", "--max-redirs", strconv.Itoa(e.maxRedirects))
		if strings.HasPrefix(scheme, "https") && !e.allowDowngrade {
			r.add("--proto-redir", "=https")
		}
	}
	if d := cmp.Or(e.connectTimeout, e.timeout); d > 0 {
		r.add("--connect-timeout", inSeconds(d.Seconds()))
	}
	if e.maxTime > 0 {
		r.add("--max-time", inSeconds(e.maxTime.Seconds()))
	}
	if flag := e.protocolFlag(); flag != "" {
		r.add(flag) // which curl calls the same
	}
}

func (r *curlRoute) limits() {
	l := &r.options.limits
	if l.retry > 0 {
		r.add("--retry", strconv.Itoa(l.retry))
	}
	if l.limitRate > 0 {
		r.add("--limit-rate", strconv.FormatInt(l.limitRate, 10))
	}
	if l.maxSize > 0 {
		r.add("--max-filesize", strconv.FormatInt(l.maxSize, 10))
	}
}

func (r *curlRoute) sockets(u *url.URL) {
	s := &r.options.sockets
	for _, from := range slices.Sorted(maps.Keys(s.hosts)) {
		host, port := cutHost(from)
		to := s.hosts[from]
		if addr, _, _ := strings.Cut(to, ","); port != "" && isAddr(addr) {
			r.add("--resolve", host+":"+port+":"+to)
			continue
		}
		if host == "*" {
			host = ""
		}
		toHost, toPort := cutHost(to)
		if isAddr(to) { // of IPv6, without brackets
			toHost, toPort = to, ""
		}
		if strings.Contains(toHost, ":") && !strings.HasPrefix(toHost, "[") {
			toHost = "[" + toHost + "]"
		}
		r.add("--connect-to", host+":"+port+":"+toHost+":"+toPort)
	}
	path := s.unix
	if strings.HasSuffix(u.Scheme, "+unix") {
		path, _ = url.PathUnescape(u.Host)
	}
	if name, abstract := strings.CutPrefix(path, "@"); abstract {
		r.add("--abstract-unix-socket", name)
	} else {
		r.addIf("--unix-socket", path)
	}
	r.addIf("--interface", s.local)
	if s.ipv4 {
		r.add("-4")
	}
	if s.ipv6 {
		r.add("-6")
	}
	r.addIf("--doh-url", s.doh)
	r.lacks(s.publicOnly, "--public-only")
}

func isAddr(text string) bool {
	_, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return err == nil
}

func (r *curlRoute) tls(secrets bool) {
	t := &r.options.tls
	switch {
	case t.verify == "no":
		r.add("--insecure")
	case t.verify != "yes":
		r.ca("--ca", t.verify)
	}
	for _, path := range t.addCA {
		r.ca("--ca", path)
	}
	r.lacks(len(t.addCA) > 0, "--add-ca: its --cacert trusts nobody besides")
	r.addIf("--cert", t.cert)
	if strings.HasSuffix(strings.ToLower(t.cert), ".p12") || strings.HasSuffix(strings.ToLower(t.cert), ".pfx") {
		r.add("--cert-type", "P12")
	}
	r.addIf("--key", t.certKey)
	if t.keyPass != nil {
		r.add("--pass", r.secret(*t.keyPass, secrets && !isReference(*t.keyPass)))
	}
	if len(t.pins) > 0 {
		r.add("--pinnedpubkey", strings.Join(t.pins, ";"))
	}
	minimum, maximum := cmp.Or(t.version, t.settings.MinVersion), cmp.Or(t.version, t.settings.MaxVersion)
	if minimum != 0 {
		r.add("--tlsv" + curlVersion(minimum))
	}
	if maximum != 0 {
		r.add("--tls-max", curlVersion(maximum))
	}
	r.lacks(len(t.settings.CipherSuites) > 0, "--ciphers, whose names are others there")
	r.lacks(len(t.settings.Curves) > 0 || t.settings.NoPostQuantum, "--curves and --no-post-quantum, whose names are others there")
	r.lacks(t.settings.ServerName != "", "--server-name; --connect-to with that name in the URL comes near")
	r.lacks(len(t.settings.ECH) > 0, "--ech before its version 8.8")
	if t.settings.RequireStaple {
		r.add("--cert-status")
	}
	r.lacks(t.settings.KeyLog != "", "--keylog; the variable SSLKEYLOGFILE is")
}

// ca adds CAs, for which curl has two flags.
func (r *curlRoute) ca(flag, path string) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		r.add(flag+"path", path)
		return
	}
	r.add(flag+"cert", path)
}

// curlVersion returns a version of TLS as curl calls it.
func curlVersion(v uint16) string { return strings.TrimPrefix(tls.VersionName(v), "TLS ") }

func (r *curlRoute) proxies(scheme string, secrets bool) {
	p := &r.options.proxies
	proxy, ok := p.rules[scheme]
	if !ok {
		proxy, ok = p.rules["all"]
	}
	switch {
	case ok && proxy == "":
		r.add("--noproxy", "*")
		return
	case ok:
		r.add("--proxy", r.proxyURL(proxy, secrets))
	}
	r.addIf("--noproxy", p.none)
	if p.user != "" {
		r.add("--proxy-user", r.secret(p.user, secrets && !isReference(p.user)))
	}
	for _, name := range slices.Sorted(maps.Keys(p.header)) {
		r.add("--proxy-header", name+": "+r.secret(p.header[name], secrets))
	}
	for _, path := range p.ca {
		r.ca("--proxy-ca", path)
	}
	r.addIf("--proxy-cert", p.cert)
	if p.insecure {
		r.add("--proxy-insecure")
	}
}

// proxyURL returns the URL of a proxy as it may be shown.
func (r *curlRoute) proxyURL(proxy string, secrets bool) string {
	scheme, rest, ok := strings.Cut(proxy, "://")
	if !ok {
		scheme, rest = "http", proxy
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 && !secrets {
		rest = r.secret("", false) + rest[at:]
	}
	return scheme + "://" + rest
}
