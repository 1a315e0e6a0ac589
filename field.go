// Options for header fields and cookies.

package godwit

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Header sets header fields, in place of earlier ones of the same name. A value is a string,
// a number, a bool, a time.Time (sent as an HTTP date), a fmt.Stringer, or a slice of those,
// which makes a line of each; nil takes the field away, one that Godwit would add by itself
// too. Fields are sent in the alphabetical order of their names, each spelt as it is here;
// for another order see [Order] and [AddHeader].
type Header map[string]any

// Apply sets fields of Request.Header, and their places in Request.Order.
func (h Header) Apply(r *Request) error {
	plain, err := r.reveal(h)
	if err != nil {
		return fmt.Errorf("header %w", err)
	}
	r.Order = slices.Grow(r.Order, len(h))
	for _, name := range sortedKeys(h) {
		values, err := texts(nil, plain[name], http.TimeFormat)
		if err != nil {
			return fmt.Errorf("header %q: %w", clip(name, 60), err)
		}
		r.set(name, values)
		r.place(name)
	}
	return nil
}

// AddHeader adds a line to a header field: after what earlier options have set, and spelt as
// it is here. Fields are sent in the order in which options name them first (Request.Order has
// it), and in front of those that Godwit adds by itself, but for Host, which comes first unless
// an option names it.
func AddHeader(name, value string) Option {
	return OptionFunc(func(r *Request) error {
		key := http.CanonicalHeaderKey(name)
		r.set(name, append(slices.Clip(r.Header[key]), value))
		r.place(name)
		return nil
	})
}

// NoHeader takes header fields away, ones that Godwit would add by itself too: User-Agent,
// Accept, Accept-Encoding, and the Jar's Cookie. Without an Accept-Encoding of Godwit's own, the body of the
// response is left as it comes.
type NoHeader []string

// Apply removes fields of Request.Header.
func (names NoHeader) Apply(r *Request) error {
	for _, name := range names {
		r.set(name, nil)
	}
	return nil
}

// set sets a field, and notes that it says who is asking if it does.
func (r *Request) set(name string, values []string) {
	key := http.CanonicalHeaderKey(name)
	if r.Header[key] = values; key == "Authorization" {
		r.who = whoByField
	}
}

// Order is the order in which header fields are sent, and how their names are spelt: those of
// the call and those that Godwit adds (Host, User-Agent, Accept, Content-Type …). What it does
// not name follows in the order in which options have set it. Names that are not sent do not
// matter.
type Order []string

// Apply puts the names to the front of Request.Order.
func (names Order) Apply(r *Request) error {
	order := append(make([]string, 0, len(names)+len(r.Order)), names...)
	for _, name := range r.Order {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			order = append(order, name)
		}
	}
	r.Order = order
	return nil
}

// place puts a name into the order of the wire, where it already is if it is there.
func (r *Request) place(name string) {
	for i, n := range r.Order {
		if strings.EqualFold(n, name) {
			r.Order[i] = name
			return
		}
	}
	r.Order = append(r.Order, name)
}

// Cookies are sent with the call's first request, and on to its origin; they are not kept.
// A value is as one of [Params], sent octet for octet; nil takes away what an earlier option
// has set. A cookie of the session's Jar that has the same name stays at home; with
// NoHeader{"Cookie"} all of them do.
type Cookies map[string]any

// Apply sets Request.Cookies.
func (c Cookies) Apply(r *Request) error {
	plain, err := r.reveal(c)
	if err != nil {
		return fmt.Errorf("cookie %w", err)
	}
	all, err := r.Cookies.with(plain)
	if err != nil {
		return fmt.Errorf("cookie %w", err)
	}
	r.Cookies = all
	return nil
}

var errCookie = errors.New("its name or value cannot be sent in a Cookie field")

// addCookies puts the request's cookies into its header.
func (r *Request) addCookies() error {
	if len(r.Cookies) == 0 {
		return nil
	}
	var b strings.Builder
	if given := r.Header["Cookie"]; len(given) > 0 {
		b.WriteString(strings.Join(given, "; "))
	}
	for _, c := range r.Cookies {
		if !isCookie(c[0], c[1]) {
			return fmt.Errorf("cookie %q: %w", clip(c[0], 60), errCookie)
		}
		writeCookie(&b, c[0], c[1])
	}
	r.Header["Cookie"] = []string{b.String()}
	return nil
}

func writeCookie(b *strings.Builder, name, value string) {
	if b.Len() > 0 {
		b.WriteString("; ")
	}
	b.WriteString(name)
	b.WriteByte('=')
	b.WriteString(value)
}

// isCookie reports whether a server reads the cookie as it is meant (RFC 6265 4.2, and what
// browsers send beyond it): nothing may end the pair early, or be trimmed away.
func isCookie(name, value string) bool {
	return name != "" && !strings.ContainsAny(name, "=; \t") && !strings.ContainsAny(value, ";\t") &&
		isFieldValue(name) && isFieldValue(value) && strings.Trim(value, " ") == value
}

// isToken reports whether s is a token (RFC 9110 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}

// isFieldValue reports whether s has no control character but the tab (RFC 9110 5.5).
func isFieldValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < ' ' && c != '\t') || c == 0x7f {
			return false
		}
	}
	return true
}

// sortedKeys returns the keys in order; options that are maps are applied so.
func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// clip shortens what goes into an error.
func clip(s string, most int) string {
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// paramTime is how a time stands in a query or a form.
const paramTime = time.RFC3339Nano
