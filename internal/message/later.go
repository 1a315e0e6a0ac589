package message

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"example.com/godwit/internal/h1"
)

// A Later says what becomes of a request's header in HTTP/2 and HTTP/3, which net/http and others
// write: they check less than we do, and drop more, or less.
type Later struct {
	UserAgent string // for requests that say nothing of User-Agent; "": none is sent
	Gzip      bool   // with Accept-Encoding: gzip
	ToOrigin  bool   // without Proxy-Authorization
}

// A change is what a field's name makes of it.
type change uint8

const (
	none    change = iota
	leave          // the field is written from elsewhere, or means nothing beyond a connection of HTTP/1.1
	drop           // as well, and somebody may want to know
	mustFit        // it must be spelt as it is usual
	isAgent
	isTE
	isConnection
	isProxyAuthorization
)

// changeOf tells the fields that do not go as they are (RFC 9113 8.2.2).
func changeOf(name string) change {
	switch len(name) {
	case 2, 4, 7, 10, 14, 16, 17, 19:
	default:
		return none
	}
	switch h1.Canonical(name) {
	case "Host", "Trailer", "Content-Length", "Transfer-Encoding":
		return mustFit
	case "User-Agent":
		return isAgent
	case "Te":
		return isTE
	case "Connection":
		return isConnection
	case "Keep-Alive", "Upgrade", "Proxy-Connection", "Http2-Settings":
		return drop
	case "Proxy-Authorization":
		return isProxyAuthorization
	}
	return none
}

// Header checks a request's header, and returns what of it goes over the wire: h itself, if that
// is all of it. dropped names the fields that mean nothing there and so are left out.
//
// White space around a value, which does not belong to it (RFC 9110 5.5), is not sent.
func (l *Later) Header(h http.Header) (out http.Header, dropped []string, err error) {
	same, agent := true, false
	for name, values := range h {
		if !h1.IsToken(name) {
			return nil, nil, &h1.RequestError{What: "field name", Name: name, Why: "not a token (RFC 9110 5.1)"}
		}
		for _, v := range values {
			if !h1.IsFieldValue(v) {
				return nil, nil, &h1.RequestError{What: "field value", Name: name, Why: "control character in it (RFC 9110 5.5)"}
			}
			same = same && !isPadded(v)
		}
		switch changeOf(name) {
		case none:
		case isAgent:
			agent = true
		case mustFit:
			if usual := http.CanonicalHeaderKey(name); name != usual {
				return nil, nil, &h1.RequestError{What: "field name", Name: name, Why: "must be spelt " + usual}
			}
			same = same && name != "Trailer" // the others are left to whoever writes
		case isProxyAuthorization:
			same = same && !l.ToOrigin
		default:
			same = false
		}
	}
	if same && !l.Gzip && agent {
		return h, nil, nil
	}
	out = make(http.Header, len(h)+2)
	maps.Copy(out, h)
	if !same {
		dropped = l.alter(h, out)
	}
	if !agent {
		out["User-Agent"] = []string{l.UserAgent} // "" keeps others from adding their own
	}
	if l.Gzip {
		out["Accept-Encoding"] = gzipAlone
	}
	return out, dropped, nil
}

// gzipAlone is shared by all requests: whoever sends a header only reads it.
var gzipAlone = []string{"gzip"}

// alter makes out, which is as h, what is sent of h.
func (l *Later) alter(h, out http.Header) (dropped []string) {
	for name, values := range h {
		switch changeOf(name) {
		case drop:
			dropped = append(dropped, name)
			delete(out, name)
			continue
		case isConnection:
			delete(out, name)
			for other := range h {
				if other != name && nominated(values, other) {
					dropped = append(dropped, other)
					delete(out, other)
				}
			}
			continue
		case mustFit:
			delete(out, name)
			continue
		case isProxyAuthorization:
			if l.ToOrigin {
				delete(out, name)
				continue
			}
		case isTE:
			if delete(out, name); nominated(values, "trailers") {
				out[name] = []string{"trailers"}
			} else {
				dropped = append(dropped, name)
			}
			continue
		}
		for i, v := range values {
			if isPadded(v) {
				values = append([]string(nil), values...)
				for ; i < len(values); i++ {
					values[i] = strings.Trim(values[i], " \t")
				}
				if _, left := out[name]; left {
					out[name] = values
				}
				break
			}
		}
	}
	return dropped
}

// nominated reports whether a list in a field holds the word.
func nominated(lists []string, word string) bool {
	word = strings.ToLower(word)
	for _, list := range lists {
		if h1.HasToken(list, word) {
			return true
		}
	}
	return false
}

func isPadded(v string) bool {
	return v != "" && (v[0] == ' ' || v[0] == '\t' || v[len(v)-1] == ' ' || v[len(v)-1] == '\t')
}

// CheckTrailer refuses a trailer that cannot be sent. It is called before the body is sent, when
// only its names are known, and behind it.
func CheckTrailer(trailer http.Header) error {
	for name, values := range trailer {
		if !h1.IsToken(name) {
			return &h1.RequestError{What: "trailer field", Name: name, Why: "not a token (RFC 9110 5.1)"}
		}
		if err := CheckTrails(name); err != nil {
			return err
		}
		for _, v := range values {
			if !h1.IsFieldValue(v) {
				return &h1.RequestError{What: "field value", Name: name, Why: "control character in it (RFC 9110 5.5)"}
			}
		}
	}
	return nil
}

// Path returns a URL whose RequestURI is what stands in :path (RFC 9113 8.3.1): u itself, if that
// will do.
func Path(req *http.Request, host string) (*url.URL, error) {
	u := req.URL
	if u.Opaque == "" && isClean(u.RawQuery) {
		return u, nil
	}
	path, err := Target(req)
	if err != nil {
		return nil, err
	}
	if rest, ok := strings.CutPrefix(path, u.Scheme+"://"+host); ok {
		path = rest
	}
	if path == "" || path[0] == '?' {
		path = "/" + path
	}
	if path[0] != '/' {
		return nil, &h1.RequestError{What: "target", Why: "not a path, and HTTP/2 asks for nothing else"}
	}
	own := &url.URL{Scheme: u.Scheme, Host: u.Host}
	raw, query, asked := strings.Cut(path, "?")
	own.RawQuery, own.ForceQuery = query, asked
	if u.Opaque == "" {
		own.Path, own.RawPath = u.Path, u.RawPath
	} else if own.Opaque = raw; strings.HasPrefix(raw, "//") {
		return nil, &h1.RequestError{What: "target", Why: "an opaque path that begins with two slashes"}
	}
	return own, nil
}

// isClean reports whether a query can be sent as it is.
func isClean(query string) bool {
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}
