// SOCKS version 5 (RFC 1928) with user names and passwords (RFC 1929), as bytes.

package dial

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// Methods of proving who is asking.
const (
	methodNone  = 0x00
	methodLogin = 0x02
	methodNo    = 0xff // none of those that were offered
)

const (
	addrIPv4 = 1
	addrName = 3
	addrIPv6 = 4

	socks5NoSuchAddr = 8 // an answer: that kind of address is not supported

	maxOctets = 255 // of what has its length before it in one octet
)

// answers5 are the refusals of RFC 1928 6 in words.
var answers5 = [...]string{
	1: "the proxy has failed",
	2: "the rules of the proxy do not allow it",
	3: "the proxy cannot reach the network",
	4: "the proxy cannot reach the host",
	5: "the host refuses the proxy's connection",
	6: "the host is too far away from the proxy (TTL expired)",
	7: "the proxy does not know how to connect",
	8: "the proxy does not know that kind of address",
}

// greeting5 returns the first message: which methods there are.
func greeting5(login bool) []byte {
	if login {
		return []byte{5, 2, methodNone, methodLogin}
	}
	return []byte{5, 1, methodNone}
}

// method5 reads the answer to greeting5. n is 0 while it is not complete.
func method5(b []byte, login bool) (n int, method byte, err error) {
	if err := version5(b); err != nil {
		return 0, 0, err
	}
	if len(b) < 2 {
		return 0, 0, nil
	}
	switch {
	case b[1] == methodNone, b[1] == methodLogin && login:
		return 2, b[1], nil
	case b[1] != methodNo:
		return 0, 0, malformed("method", "it has chosen a method of login that was not offered")
	case login:
		return 0, 0, &SocksError{Step: "method", Code: methodNo, Reason: "the proxy takes no name and password, nor does it do without"}
	}
	return 0, 0, &SocksError{Step: "method", Code: methodNo, Reason: "the proxy wants to know who is asking: a name and a password belong into its URL"}
}

// version5 judges the first octet of an answer, if that has come.
func version5(b []byte) error {
	switch {
	case len(b) == 0 || b[0] == 5:
		return nil
	case b[0] == 'H':
		return malformed("method", "it answers in HTTP, so it is no SOCKS proxy")
	case b[0] == 0:
		return malformed("method", "it speaks SOCKS4")
	}
	return malformed("method", "it does not speak SOCKS5")
}

func malformed(step, reason string) error {
	return &SocksError{Step: step, Reason: reason, Malformed: true}
}

// login5 returns the message with the name and the password (RFC 1929 2), nil if there is neither.
func login5(user, password string) ([]byte, error) {
	switch {
	case user == "" && password == "":
		return nil, nil
	case user == "":
		return nil, &SocksError{Reason: "a password without a user name"}
	case len(user) > maxOctets:
		return nil, &SocksError{Reason: "the user name is longer than 255 octets"}
	case len(password) > maxOctets:
		return nil, &SocksError{Reason: "the password is longer than 255 octets"}
	}
	b := append([]byte{1, byte(len(user))}, user...)
	return append(append(b, byte(len(password))), password...), nil
}

// loggedIn5 reads the answer to login5. n is 0 while it is not complete.
func loggedIn5(b []byte) (n int, err error) {
	switch {
	case len(b) > 0 && b[0] != 1:
		return 0, malformed("login", "its answer to the login is none of RFC 1929")
	case len(b) < 2:
		return 0, nil
	case b[1] != 0:
		return 0, &SocksError{Step: "login", Code: b[1], Reason: "the proxy does not accept the name and the password"}
	}
	return 2, nil
}

// request5 returns the request for a connection to an address or, if that is not valid, a name.
func request5(name string, addr netip.Addr, port uint16) ([]byte, error) {
	b := make([]byte, 0, 4+1+len(name)+2)
	b = append(b, 5, 1, 0)
	switch {
	case addr.Is4():
		b = append(append(b, addrIPv4), addr.AsSlice()...)
	case addr.Is6():
		b = append(append(b, addrIPv6), addr.AsSlice()...)
	case name == "":
		return nil, &SocksError{Reason: "no host"}
	case len(name) > maxOctets: // never looked up here instead (CVE-2023-38545)
		return nil, &SocksError{Reason: "the host's name is longer than 255 octets"}
	default:
		b = append(append(b, addrName, byte(len(name))), name...)
	}
	return binary.BigEndian.AppendUint16(b, port), nil
}

// answer5 reads the answer to request5 (RFC 1928 6). n is 0 while it is not complete. A refusal
// is one from its second octet on: not all proxies send the rest.
func answer5(b []byte) (n int, err error) {
	if len(b) > 0 && b[0] != 5 {
		return 0, malformed("connect", "its answer is none of SOCKS5")
	}
	if len(b) < 2 {
		return 0, nil
	}
	if code := b[1]; code != 0 {
		reason := "the proxy refuses, and does not say why"
		if int(code) < len(answers5) {
			reason = answers5[code]
		}
		return 0, &SocksError{Step: "connect", Code: code, Reason: reason}
	}
	if len(b) > 2 && b[2] != 0 {
		return 0, malformed("connect", "its answer has no 0 where RFC 1928 has one")
	}
	if len(b) < 5 {
		return 0, nil
	}
	n = 4 + 2 // and the address that the proxy connects from, which is of no use to us
	switch b[3] {
	case addrIPv4:
		n += 4
	case addrIPv6:
		n += 16
	case addrName:
		n += 1 + int(b[4])
	default:
		return 0, malformed("connect", "its answer has an address of an unknown kind, "+strconv.Itoa(int(b[3])))
	}
	if len(b) < n {
		return 0, nil
	}
	return n, nil
}
