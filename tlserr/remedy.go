// What can be done about each cause, the least dangerous first.

package tlserr

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net"
	"strconv"
	"strings"
)

// A Remedy is something that can be done about a failure. To verify nothing is none.
type Remedy struct {
	Text string // what to do, in a sentence or two
	Go   string // the option of package godwit, or the call; "": none
	Flag string // the flag of the command, or its argument; "": none

	// Owner says that only the server's owner can do it.
	Owner bool
}

// Remedies returns what can be done, the least dangerous first; none: nobody knows. Names of
// files in them are for the reader to choose.
func (e *Error) Remedies() []Remedy {
	if e.Facts != nil && e.Facts.Proxy {
		return forProxy(e.remedies())
	}
	return e.remedies()
}

func (e *Error) remedies() []Remedy {
	switch e.Cause {
	case UnknownIssuer, SelfSigned, MissingIntermediate:
		return e.trust()
	case Expired, NotYetValid:
		return []Remedy{
			{Text: "Set this machine's clock if it is wrong."},
			owner("If it is right, only the server's owner can help: the certificate has to be replaced."),
		}
	case NameMismatch:
		return e.names()
	case WeakSignature, WeakKey, WrongUsage, NameConstraint, Invalid:
		return []Remedy{owner("Only the server's owner can help: the certificate has to be replaced.")}
	case Revoked:
		return []Remedy{owner("Do not talk to this server. Its owner has to get another certificate.")}
	case Staple:
		return []Remedy{owner("The server's owner has to see to it that it staples a fresh OCSP response.")}
	case PinMismatch:
		return e.pin()
	case NotTLS, OnlyTLS:
		return e.scheme()
	case NoRoots:
		return []Remedy{
			{Text: "Install the roots that this system comes with (its package is called ca-certificates, as a rule)."},
			file("Or name a file of those that you trust:", "ca.pem"),
		}
	}
	return e.handshakeRemedies()
}

// handshakeRemedies are those for what is not about the certificate.
func (e *Error) handshakeRemedies() []Remedy {
	switch e.Cause {
	case NoCommonVersion:
		return e.versionRemedies()
	case NoCommonCipher:
		return []Remedy{owner("Only the server's owner can help: what crypto/tls offers is what is safe, and any server of the last ten years has some of it.")}
	case ClientCertificate:
		return []Remedy{{
			Text: "Ask the server's owner for a client certificate that is valid there" + e.wantedIssuers() + ", and name it:",
			Go:   `godwit.ClientCert("client.pem", "client-key.pem")`,
			Flag: "--cert=client.pem --cert-key=client-key.pem",
		}}
	case ECHRejected:
		return []Remedy{e.echRemedy()}
	case Downgrade:
		return []Remedy{{Text: "Try another network. Who sees to this one should know of it."}}
	case Closed:
		if e.largeHello() {
			return []Remedy{{
				Text: "Leave the post-quantum key exchange out for this server, and tell its owner:",
				Go:   "godwit.TLSSettings{NoPostQuantum: true}",
				Flag: "--no-post-quantum",
			}}
		}
	case Broken:
		return []Remedy{owner("Something on the way may alter what is sent; if it does not, the server's owner has to see to it.")}
	case Refused:
		switch e.Alert {
		case alertUnrecognizedName:
			return []Remedy{{Text: "Use another host name: the server has no certificate for this one."}}
		case alertNoApplicationProtocol:
			return []Remedy{{Text: "Allow other versions of HTTP."}}
		}
	}
	return nil
}

// versionRemedies are those where no version of TLS is common.
func (e *Error) versionRemedies() []Remedy {
	h := readHello(e.Facts.First)
	version := h.version()
	if most := e.Facts.MaxVersion; most != 0 && (version == 0 || version > most) {
		return []Remedy{{
			Text: "Offer newer versions: " + versionName(most) + " is the highest that the settings allow.",
			Go:   "godwit.TLSSettings{MaxVersion: tls.VersionTLS13}",
			Flag: "--tls-max=1.3",
		}}
	}
	renew := []Remedy{owner("Only the server's owner can help: TLS 1.2, of 2008, is the least that is safe.")}
	old := map[uint16]Remedy{
		tls.VersionTLS10: {Go: "godwit.TLS(&tls.Config{MinVersion: tls.VersionTLS10})", Flag: "--ssl=tls1"},
		tls.VersionTLS11: {Go: "godwit.TLS(&tls.Config{MinVersion: tls.VersionTLS11})", Flag: "--ssl=tls1.1"},
	}
	if r, ok := old[version]; ok {
		r.Text = "If it is a device that nobody can renew, in a network that you trust, take the old version for it alone:"
		renew = append(renew, r)
	}
	return renew
}

// echRemedy has what the server, under the name that all may see, says is its present list.
func (e *Error) echRemedy() Remedy {
	v, ok := errors.AsType[*tls.ECHRejectionError](e.Err)
	const most = 600
	if list := v.RetryConfigList; ok && len(list) > 0 && len(list) <= most {
		text := base64.StdEncoding.EncodeToString(list)
		return Remedy{
			Text: "Use the list that the server has sent instead, whose certificate for that was good:",
			Flag: "--ech=" + text,
		}
	}
	return Remedy{Text: "Get the server's ECHConfigList again, from its HTTPS record: it is changed often."}
}

func owner(text string) Remedy { return Remedy{Text: text, Owner: true} }

// file is the remedy to trust the certificates of a file.
func file(text, name string) Remedy {
	return Remedy{Text: text, Go: "godwit.CA(" + strconv.Quote(name) + ")", Flag: "--verify=" + name}
}

// trust is what to do about an issuer that is not known.
func (e *Error) trust() []Remedy {
	name, k := e.product()
	confirmed := "If this certificate is the server's own, as its owner confirms by the sha256 above, save it and trust exactly this one:"
	switch {
	case name != "" && k == notorious:
		return []Remedy{{Text: "Remove " + name + " from this machine."}}
	case name != "" && k == gateway:
		return []Remedy{file("Ask whoever runs this network for the root certificate of "+name+", and name it:", "ca.pem")}
	case name != "" && (k == antivirus || k == debugger):
		return []Remedy{
			{Text: "Switch off what " + name + " does to TLS, at least for this server."},
			file("If it has to be, export its root certificate from its settings, and name it:", "ca.pem"),
		}
	case e.last() != nil && e.last().flaw == notSigned:
		return []Remedy{owner("Do not trust it: the issuer that it names has not signed it. Only the server's owner can help: the certificate has to be replaced.")}
	case e.Cause == SelfSigned:
		return []Remedy{file(confirmed, "server.pem")}
	case e.Cause == MissingIntermediate:
		text := "Until then, get that certificate from its issuer"
		if e.Cert != nil && len(e.Cert.IssuingCertificateURL) > 0 {
			text += " (see above where it is said to be)"
		}
		return []Remedy{
			owner("The server's owner has to let it send the certificate of its issuer too, the \"full chain\"."),
			file(text+", and name it:", "intermediate.pem"),
		}
	}
	known := file("If you know this issuer, a company's or a test's own for instance, get its certificate from a source you trust and name it:", "ca.pem")
	if s := e.last(); s != nil && s.flaw == notSent && s.cert == e.leaf() || len(e.Chain) == 1 && s == nil {
		return []Remedy{known, owner("The server sent no issuer's certificate; if there is one between it and a known root, the server's owner has to add it.")}
	}
	return []Remedy{known}
}

// names is what to do about a certificate for other names.
func (e *Error) names() []Remedy {
	var all []Remedy
	if m, ok := nearest(e.Cert, e.wanted()); ok && m.name != e.wanted() && plainName(m.name) {
		url := "https://" + m.name + e.port() + "/"
		all = append(all, ask("If that is whom you mean, ask for "+m.name, url), Remedy{
			Text: "If it can only be reached as " + escape(e.wanted(), maxName) + ", by a tunnel for instance, have it prove that it is " + m.name + ":",
			Go:   "godwit.TLSSettings{ServerName: " + strconv.Quote(m.name) + "}",
			Flag: "--server-name=" + m.name,
		})
	} else {
		all = append(all, Remedy{Text: "Use a name that the certificate is for."})
	}
	return append(all, owner("If the name is right, the server's owner has to get a certificate for it, or you have reached another server than you meant."))
}

// plainName reports whether a name of a certificate is one that can stand in a URL.
func plainName(s string) bool {
	return s != "" && len(s) <= maxNearest && strings.Trim(s, hostLetters) == "" && !strings.ContainsAny(s, ":[]")
}

// port returns the port of the host with a colon, "" if it is the usual one or not known.
func (e *Error) port() string {
	_, port, err := net.SplitHostPort(e.Host)
	if err != nil || port == "443" || !plainName(port) {
		return ""
	}
	return ":" + port
}

// pin is what to do about other keys than those that are pinned.
func (e *Error) pin() []Remedy {
	v, ok := errors.AsType[*PinError](e.Err)
	if !ok || len(v.Got) == 0 {
		return nil
	}
	key := escape(v.Got[0], maxName)
	return []Remedy{{
		Text: "If the server's owner confirms, by another way than this one, that its key is a new one, pin that:",
		Go:   "godwit.Pin(" + strconv.Quote(key) + ")",
		Flag: "--pin=" + key,
	}}
}

// scheme is what to do if one side speaks TLS and the other does not.
func (e *Error) scheme() []Remedy {
	if v, ok := errors.AsType[*PlainError](e.Err); ok {
		return []Remedy{ask("Ask for it with TLS, by https://", v.URL)}
	}
	if !e.plainHTTP() {
		return []Remedy{{Text: "Use the port on which the server speaks TLS: this one is for something else."}}
	}
	url := ""
	if e.Host != "" && strings.Trim(e.Host, hostLetters) == "" {
		url = "http://" + e.Host + "/"
	}
	return []Remedy{ask("If this server is meant to be plain, ask for it by http://; else use the port on which it speaks TLS", url)}
}

// hostLetters are those of a host and a port as URLs have them.
const hostLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]"

// ask is the remedy to ask for a URL, if it is known.
func ask(text, url string) Remedy {
	if url == "" {
		return Remedy{Text: text + "."}
	}
	return Remedy{Text: text + ":", Go: "godwit.Get(ctx, " + strconv.Quote(url) + ")", Flag: escape(url, 300)}
}

// wantedIssuers names the issuers of client certificates that the server takes.
func (e *Error) wantedIssuers() string {
	if len(e.Facts.Issuers) == 0 {
		return ""
	}
	return ", issued by " + list(e.Facts.Issuers, e.Facts.MoreIssuers)
}
