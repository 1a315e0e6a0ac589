package trace

import (
	"net/url"
	"slices"
	"strings"
)

// A Field is one header field as it stands on the wire, in its own letter case.
type Field struct {
	Name, Value string
	// Secret says that the value must not be shown; see [Redact].
	Secret bool
}

// Fields are header fields in the order of the wire, each in its own letter case.
// Names are compared without regard to case.
type Fields []Field

// Get returns the value of the first field of that name, "" if there is none.
func (f Fields) Get(name string) string {
	for i := range f {
		if strings.EqualFold(f[i].Name, name) {
			return f[i].Value
		}
	}
	return ""
}

// Has reports whether there is a field of that name.
func (f Fields) Has(name string) bool {
	return slices.ContainsFunc(f, func(x Field) bool { return strings.EqualFold(x.Name, name) })
}

// Values returns the values of all fields of that name, nil if there are none.
func (f Fields) Values(name string) []string {
	var values []string
	for i := range f {
		if strings.EqualFold(f[i].Name, name) {
			values = append(values, f[i].Value)
		}
	}
	return values
}

// Joined returns the values of all fields of that name joined by ", " (RFC 9110 5.3), and
// def if there are none.
func (f Fields) Joined(name, def string) string {
	if values := f.Values(name); values != nil {
		return strings.Join(values, ", ")
	}
	return def
}

// Clone returns a copy that shares no memory with f.
func (f Fields) Clone() Fields {
	out := slices.Clone(f)
	for i := range out {
		out[i].Name, out[i].Value = strings.Clone(out[i].Name), strings.Clone(out[i].Value)
	}
	return out
}

// Hidden is what stands where a secret was. It tells neither its length nor its beginning.
const Hidden = "•••"

// Names of fields that carry credentials, in lower case.
var secretNames = map[string]bool{
	"authorization":             true,
	"proxy-authorization":       true,
	"cookie":                    true,
	"cookie2":                   true,
	"set-cookie":                true,
	"set-cookie2":               true,
	"authentication-info":       true,
	"proxy-authentication-info": true,
}

// Last words of names of such fields: X-Vault-Token, Token.
var secretWords = []string{"token", "secret", "password", "apikey", "api-key", "auth-key", "access-key", "subscription-key"}

// isSecret reports whether a field of that name carries credentials.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	return secretNames[name] || slices.ContainsFunc(secretWords, func(word string) bool {
		before, ok := strings.CutSuffix(name, word)
		return ok && (before == "" || strings.HasSuffix(before, "-"))
	})
}

// Redact returns a copy of the fields in which the values of credentials are replaced by
// [Hidden]: those that are marked Secret, and those whose name says it, which are Authorization,
// cookies and their kin, and all that are called Token, API-Key, Secret or Password, whatever
// stands before that (X-Vault-Token). Everything that prints, logs or exports fields goes
// through it.
func Redact(fields Fields) Fields {
	out := slices.Clone(fields)
	for i := range out {
		if out[i].Secret || isSecret(out[i].Name) {
			out[i].Value, out[i].Secret = Hidden, true
		}
	}
	return out
}

// RedactQuery returns a query, or a form in the same notation, in which the values of parameters
// are replaced by [Hidden] whose names say what those of fields would (see [Redact]), however
// their words are put together: access_token, apikey, user[password].
func RedactQuery(query string) string {
	var b strings.Builder
	done := 0 // of query, that is in b
	for at := 0; at < len(query); {
		part, _, _ := strings.Cut(query[at:], "&")
		if name, value, _ := strings.Cut(part, "="); value != "" && isSecretParam(name) {
			b.WriteString(query[done : at+len(name)+1])
			b.WriteString(Hidden)
			done = at + len(part)
		}
		at += len(part) + 1
	}
	if done == 0 {
		return query
	}
	return b.String() + query[done:]
}

// isSecretParam is isSecret for a parameter's name as it stands in a query.
func isSecretParam(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	return isSecret(paramWords.Replace(name))
}

// paramWords makes words of a parameter's name what they are in a field's: user[api_key].
var paramWords = strings.NewReplacer("_", "-", ".", "-", "[", "-", "]", "")

// RedactURL returns the URL as text, without its password. A user name that stands alone is
// hidden, too: it may be a token, which many services take in its place.
func RedactURL(u *url.URL) string {
	if u == nil {
		return ""
	}
	name := u.User.Username()
	password, has := u.User.Password()
	c := *u
	var shown string
	switch {
	case password != "":
		c.User = url.User(name)
		shown = c.User.String() + ":" + Hidden
	case name != "":
		c.User = url.User("x")
		if shown = Hidden; has {
			shown += ":"
		}
	default:
		return u.String()
	}
	// url.URL would escape what hides, so that is put in afterwards.
	return strings.Replace(c.String(), c.User.String()+"@", shown+"@", 1)
}
