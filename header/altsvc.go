// Alt-Svc (RFC 7838): where else this origin is served.

package header

import (
	"net"
	"strconv"
	"strings"
	"time"
)

// AltSvc is an Alt-Svc field.
type AltSvc struct {
	Clear    bool // "clear": forget all that was said before; Services then do not count
	Services []AltService
}

// An AltService is another place where an origin is served.
type AltService struct {
	Protocol string        // its ALPN name: "h2", "h3"
	Host     string        // "": the host of the origin
	Port     int           // from 1 to 65535
	MaxAge   time.Duration // ma: for how long to remember; 0: a day, as if it were not said; negative: ma=0
	Persist  bool          // persist=1: to be remembered when the network changes
}

// day is how long an alternative is remembered that does not say for how long.
const day = 24 * time.Hour

// ParseAltSvc reads an Alt-Svc. MaxAge is always set in what it returns. An alternative without
// a port is none, and parameters that are not known are skipped (RFC 7838 3).
func ParseAltSvc(values []string) (AltSvc, error) {
	r := reader{field: "Alt-Svc"}
	var a AltSvc
	for element := range r.elements(values, plain) {
		if element == "clear" { // in this case only
			a.Clear = true
			continue
		}
		name, authority, junk, _, rest := cutParam(element)
		service := AltService{MaxAge: day}
		var okName, okPlace bool
		service.Protocol, okName = percentDecode(name)
		service.Host, service.Port, okPlace = cutAuthority(authority)
		if !isToken(name) || !okName || !okPlace || junk != "" {
			r.fail("not an alternative", element)
			continue
		}
		service.set(&r, r.params(rest, false))
		a.Services = append(a.Services, service)
	}
	if a.Clear {
		a.Services = nil
	}
	return a, r.first
}

// set sets what the parameters say.
func (s *AltService) set(r *reader, params Params) {
	if params.has("ma") {
		age, ok := parseSeconds(params.Get("ma"))
		switch {
		case !ok:
			r.fail("not a number of seconds", params.Get("ma"))
			s.MaxAge = none
		case age == 0:
			s.MaxAge = none
		default:
			s.MaxAge = age
		}
	}
	s.Persist = params.Get("persist") == "1"
}

// cutAuthority splits host:port, of which the host may be missing.
func cutAuthority(s string) (host string, port int, ok bool) {
	host, digits, err := net.SplitHostPort(s)
	if err != nil || !isHost(host) || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", 0, false
	}
	port, err = strconv.Atoi(digits)
	return host, port, err == nil && 1 <= port && port <= 65535
}

// isHost reports whether s is made of what names of hosts and addresses are made of.
func isHost(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !isLetter(c) && strings.IndexByte("-._:%~", c) < 0 {
			return false
		}
	}
	return true
}

// String writes the list, or "clear".
func (a AltSvc) String() string {
	if a.Clear {
		return "clear"
	}
	var b []byte
	for _, service := range a.Services {
		if service.Protocol == "" || !isHost(service.Host) || service.Port < 1 || service.Port > 65535 {
			continue
		}
		b = appendProtocolID(appendSeparator(b), service.Protocol)
		b = append(b, '=')
		b = appendQuoted(b, net.JoinHostPort(service.Host, strconv.Itoa(service.Port)))
		if age := service.MaxAge; age != 0 && age != day {
			b = appendSeconds(append(b, "; ma="...), age)
		}
		if service.Persist {
			b = append(b, "; persist=1"...)
		}
	}
	return string(b)
}

// appendProtocolID appends an ALPN name with what cannot stand in a token percent-encoded
// (RFC 7838 3).
func appendProtocolID(b []byte, name string) []byte {
	for i := range len(name) {
		if c := name[i]; isTokenByte(c) && c != '%' {
			b = append(b, c)
		} else {
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return b
}
