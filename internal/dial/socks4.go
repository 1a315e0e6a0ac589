// SOCKS version 4, and 4a, which has names, as bytes. Neither is a standard: they are described
// in the notes of their authors (Ying-Da Lee, "SOCKS: A protocol for TCP proxy across firewalls",
// and "SOCKS 4A: A Simple Extension to SOCKS 4 Protocol").

package dial

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

const (
	socks4Granted = 90
	socks4Failed  = 91
)

// answers4 are the refusals in words, from socks4Failed on.
var answers4 = [...]string{
	"the proxy has refused, or not reached the host",
	"the proxy has found nobody to ask who the user is (identd)",
	"the proxy has been told of another user than was named (identd)",
}

// request4 returns the request for a connection to an address or, if that is not valid, a name
// (4a).
func request4(name string, addr netip.Addr, port uint16, user string) ([]byte, error) {
	b := binary.BigEndian.AppendUint16([]byte{4, 1}, port)
	switch {
	case strings.Contains(user, "\x00"):
		return nil, &SocksError{Reason: "there is a NUL in the user name"}
	case len(user) > maxOctets:
		return nil, &SocksError{Reason: "the user name is longer than 255 octets"}
	case addr.Is6():
		return nil, &SocksError{Reason: "it knows no IPv6 addresses"}
	case addr.Is4():
		a := addr.As4()
		if a[0] == 0 && a[1] == 0 && a[2] == 0 {
			return nil, &SocksError{Reason: "0.0.0.0/24 are no addresses there: they mean that a name follows"}
		}
		return append(append(append(b, a[:]...), user...), 0), nil
	case name == "" || strings.Contains(name, "\x00"):
		return nil, &SocksError{Reason: "no host"}
	case len(name) > maxOctets:
		return nil, &SocksError{Reason: "the host's name is longer than 255 octets"}
	}
	b = append(append(append(b, 0, 0, 0, 1), user...), 0)
	return append(append(b, name...), 0), nil
}

// answer4 reads the answer to request4. n is 0 while it is not complete.
func answer4(b []byte) (n int, err error) {
	switch {
	case len(b) > 0 && b[0] == 'H':
		return 0, malformed("connect", "it answers in HTTP, so it is no SOCKS proxy")
	case len(b) > 0 && b[0] == 5:
		return 0, malformed("connect", "it speaks SOCKS5")
	case len(b) > 0 && b[0] != 0:
		return 0, malformed("connect", "it does not speak SOCKS4")
	case len(b) < 2:
		return 0, nil
	}
	if code := b[1]; code != socks4Granted {
		if i := int(code) - socks4Failed; i >= 0 && i < len(answers4) {
			return 0, &SocksError{Step: "connect", Code: code, Reason: answers4[i]}
		}
		return 0, malformed("connect", "its answer is none that there is, "+strconv.Itoa(int(code)))
	}
	if len(b) < 8 { // with a port and an address, which say nothing
		return 0, nil
	}
	return 8, nil
}
