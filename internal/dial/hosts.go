// Static hosts: where to connect to in place of the host and port of a URL. What the server is
// told, and what its certificate must name, stays as it was.

package dial

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Hosts are static hosts. nil: there are none. They must not be altered.
type Hosts struct {
	places map[string][]place // by what hostKey makes of host and port
	text   string
}

// A place is where to connect to in another's stead.
type place struct {
	host string // as ASCII writes it; "": the same
	port uint16 // 0: the same
}

// maxPlaces bounds how many addresses one host may be given.
const maxPlaces = maxAddrs

// ParseHosts returns the static hosts that a table says. Its keys are "host:port", "host" (any
// port), "*:port" and "*"; its values are an address or a name, with a port or without, or a port
// alone (":8443"), or several addresses with commas between them. An empty value is an error.
func ParseHosts(table map[string]string) (*Hosts, error) {
	if len(table) == 0 {
		return nil, nil
	}
	h := &Hosts{places: make(map[string][]place, len(table))}
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(table)) {
		from, err := hostsKey(key)
		if err != nil {
			return nil, err
		}
		if _, twice := h.places[from]; twice {
			return nil, &HostError{key, "stands there twice"}
		}
		places, err := parsePlaces(table[key])
		if err != nil {
			return nil, err
		}
		h.places[from] = places
		fmt.Fprintf(&b, "%s=%v;", from, places)
	}
	h.text = b.String()
	return h, nil
}

// String returns what the table says, in a form that two tables that say the same share.
func (h *Hosts) String() string {
	if h == nil {
		return ""
	}
	return h.text
}

// hostsKey returns a key in the one form that it is looked for in.
func hostsKey(key string) (string, error) {
	host, port, err := splitPlace(key)
	switch {
	case err != nil:
		return "", err
	case host == "" && port == 0:
		return "", &HostError{key, "is no host"}
	case host == "*":
		return hostKey("", port), nil
	case host == "":
		return "", &HostError{key, "is a port without a host: write *" + key}
	}
	if host, err = ASCII(host); err != nil {
		return "", err
	}
	return hostKey(host, port), nil
}

func hostKey(host string, port uint16) string {
	host = strings.TrimSuffix(host, ".")
	if port == 0 {
		return host
	}
	return host + " " + strconv.Itoa(int(port))
}

// splitPlace takes host and port apart; either may be missing. Only an IPv6 address may be in
// brackets, and needs them only in front of a port.
func splitPlace(s string) (host string, port uint16, err error) {
	if _, err := netip.ParseAddr(s); err == nil || !strings.Contains(s, ":") {
		return s, 0, nil
	}
	if literal, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(literal, "]") {
		host = literal[:len(literal)-1]
	} else {
		var text string
		if host, text, err = net.SplitHostPort(s); err == nil {
			port, err = portNumber(text)
		}
	}
	if err != nil || s[0] == '[' && !strings.Contains(host, ":") {
		return "", 0, &HostError{s, "is not host:port"}
	}
	return host, port, nil
}

func parsePlaces(value string) ([]place, error) {
	var places []place
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		host, port, err := splitPlace(part)
		if err == nil && host != "" {
			host, err = ASCII(host)
		}
		if err == nil && host == "" && port == 0 {
			err = &HostError{value, "is no place to connect to"}
		}
		if err != nil {
			return nil, err
		}
		places = append(places, place{host, port})
	}
	if len(places) > maxPlaces {
		return nil, &HostError{value, fmt.Sprintf("has more than %d addresses", maxPlaces)}
	}
	if len(places) > 1 && slices.ContainsFunc(places, func(p place) bool { _, err := netip.ParseAddr(p.host); return err != nil }) {
		return nil, &HostError{value, "is a list, and not of addresses"}
	}
	return places, nil
}

// find returns where to connect to for a host and port. What names both comes first, then the
// host, then any host on that port, then any. What is found is not looked for in turn.
func (h *Hosts) find(host string, port uint16) []place {
	if h != nil {
		for _, key := range [...]string{hostKey(host, port), hostKey(host, 0), hostKey("", port), ""} {
			if places, ok := h.places[key]; ok {
				return filled(places, host, port)
			}
		}
	}
	return nil
}

// filled returns the places with what they leave out.
func filled(places []place, host string, port uint16) []place {
	out := slices.Clone(places)
	for i := range out {
		if out[i].host == "" {
			out[i].host = host
		}
		if out[i].port == 0 {
			out[i].port = port
		}
	}
	return out
}
