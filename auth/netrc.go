package auth

// Netrc: which login and password a .netrc file has for a host.

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// A Netrc is what a .netrc file says. It is an [Auth], too. The zero value, and nil, know
// nobody. It does not change once it has been read.
type Netrc struct {
	entries *[]netrcEntry // a pointer, so that no print shows them; see masked
	path    string        // of the file; "": it was parsed from a text
}

// A netrcEntry is a machine, or the default.
type netrcEntry struct {
	line                  int    // where it begins, counted from 1
	host                  string // as netrcHost has it
	isDefault             bool
	login, password       string
	hasLogin, hasPassword bool
}

const netrcMask = "Netrc(" + hidden + ")"

// String, GoString and Format show nothing of what is in it.
func (n Netrc) String() string { return netrcMask }

// GoString returns the same as String.
func (n Netrc) GoString() string { return netrcMask }

// Format writes the same as String returns, whatever the verb.
func (n Netrc) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, netrcMask) }

// Lookup returns the login and password for a host, which is a name or an address without a
// port; its letter case and a dot at its end do not matter. With a user, only an entry with
// that login counts.
//
// It is the first entry for the host that has both. What an entry lacks is not taken from
// another, and one whose login and password are empty is of no use. default stands for the hosts
// that have no entry, if it comes last in the file.
func (n *Netrc) Lookup(host, user string) (login, password string, ok bool) {
	e := n.find(host, user)
	if e == nil {
		return "", "", false
	}
	return e.login, e.password, true
}

// Where says where the entry stands that [Netrc.Lookup] goes by: "/home/mona/.netrc, line 3", "line 3"
// of a text that was parsed, "" if there is none.
func (n *Netrc) Where(host, user string) string {
	e := n.find(host, user)
	switch {
	case e == nil:
		return ""
	case n.path == "":
		return fmt.Sprintf("line %d", e.line)
	}
	return fmt.Sprintf("%s, line %d", n.path, e.line)
}

// find returns the entry for a host, nil if there is none.
func (n *Netrc) find(host, user string) *netrcEntry {
	host = netrcHost(host)
	if n == nil || n.entries == nil || host == "" || hasControl(host) {
		return nil
	}
	named := false
	for i := range *n.entries {
		e := &(*n.entries)[i]
		if e.isDefault && named || !e.isDefault && e.host != host {
			continue
		}
		named = named || !e.isDefault
		if e.hasLogin && e.hasPassword && e.login+e.password != "" && (user == "" || user == e.login) {
			return e
		}
	}
	return nil
}

// Has reports whether there is an entry for the host itself, so that [Netrc.Lookup] does not go by
// the default.
func (n *Netrc) Has(host string) bool {
	if n == nil || n.entries == nil {
		return false
	}
	host = netrcHost(host)
	return slices.ContainsFunc(*n.entries, func(e netrcEntry) bool { return !e.isDefault && e.host == host })
}

// netrcHost returns a host as it is compared.
func netrcHost(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// Authorize sends, as [Basic] does, the login and password for the host of req.URL. It does
// nothing if there are none, if the request has an Authorization field already, or if its URL
// has a password. A user name in the URL must be the login.
func (n *Netrc) Authorize(req *http.Request) error {
	if !wantsNetrc(req) {
		return nil
	}
	login, password, ok := n.Lookup(req.URL.Hostname(), req.URL.User.Username())
	if !ok {
		return nil
	}
	value, err := basicValue(login, password)
	if err != nil {
		return err
	}
	setField(req, authorization, value)
	return nil
}

// wantsNetrc reports whether nothing that is more explicit says who is asking. The field counts
// in any letter case, and without a value, too, which is how users of net/http keep one from
// being set.
func wantsNetrc(req *http.Request) bool {
	if req.URL == nil {
		return false
	}
	for name := range req.Header {
		if strings.EqualFold(name, authorization) {
			return false
		}
	}
	_, hasPassword := req.URL.User.Password()
	return !hasPassword
}
