// What a recording must not show.

package godwittest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/godwit/trace"
)

// Hide names what recordings do not show, beside what they never show: the fields that
// [trace.Redact] hides, the user info of URLs, and parameters and JSON keys that are called
// token, access_token, api_key, password, secret, signature and the like, and parameters called
// key. Names are compared without regard to case, "-" and "_". The zero value adds nothing.
//
// What is hidden is replaced by [trace.Hidden], in requests and responses, and does not
// count when a request is looked for. A value that is hidden in a request is hidden wherever
// else it stands in that request and its response, if it has 8 bytes or more: as it is, or as
// URLs, JSON and HTML have it. So are Values.
type Hide struct {
	Fields []string // of heads and trailers
	Params []string // of queries, and of forms
	Keys   []string // of JSON objects, with all that is below them
	Values []string // texts that are secret wherever they stand: os.Getenv("API_KEY")
}

// Names of parameters and keys whose values are secrets, as plainName spells them.
var secretNames = []string{
	"accesstoken", "apikey", "apisecret", "apitoken", "assertion", "authtoken", "authorization", "clientassertion",
	"clientsecret", "codeverifier", "idtoken", "jwt", "otp", "passphrase", "passwd", "password", "privatekey",
	"refreshtoken", "secret", "secretkey", "sessiontoken", "sig", "signature", "token",
	"xamzcredential", "xamzsecuritytoken", "xamzsignature", "xgoogcredential", "xgoogsignature",
}

// secretParam is a name that is too common for a key.
const secretParam = "key"

const (
	// minLearnt is how long a hidden value must be for it to be hidden elsewhere: "1" stands
	// everywhere.
	minLearnt = 8
	// maxValues bounds how many there are, as each is looked for in all that is written.
	maxValues = 512
)

// A hider hides, for one exchange.
type hider struct {
	fieldNames, paramNames, keyNames names

	values  []string // the longest first
	learned bool     // no more is learnt: a response is not asked what it holds
}

func newHider(hide []Hide) *hider {
	h := &hider{fieldNames: names{}, paramNames: names{}, keyNames: names{}}
	h.paramNames.add(secretNames)
	h.paramNames.add([]string{secretParam})
	h.keyNames.add(secretNames)
	for _, x := range hide {
		h.fieldNames.add(x.Fields)
		h.paramNames.add(x.Params)
		h.keyNames.add(x.Keys)
		h.keyNames.add(x.Fields)
		for _, v := range x.Values {
			h.learn(v, 1)
		}
	}
	return h
}

// forExchange returns a hider that may learn more than h knows.
func (h *hider) forExchange() *hider {
	own := *h
	own.values = slices.Clone(h.values)
	return &own
}

// learn adds a value that is secret wherever it stands, in whatever form.
func (h *hider) learn(value string, shortest int) {
	if h.learned || len(value) < shortest {
		return
	}
	h.add(value)
	for _, coded := range codedForms(value) {
		h.add(coded)
	}
}

func (h *hider) add(value string) {
	if len(h.values) >= maxValues || strings.Contains(trace.Hidden, value) || slices.Contains(h.values, value) {
		return
	}
	i, _ := slices.BinarySearchFunc(h.values, value, func(a, b string) int { return len(b) - len(a) })
	h.values = slices.Insert(h.values, i, value)
}

// learnFields learns what a request's fields have to hide: "Bearer x" has x.
func (h *hider) learnFields(f trace.Fields) {
	for i, x := range h.marked(f) {
		if !x.Secret {
			continue
		}
		value := f[i].Value
		h.learn(value, minLearnt)
		if token := after(value, " "); !strings.ContainsAny(token, " ,") {
			h.learn(token, minLearnt)
		}
		if plain, err := base64.StdEncoding.DecodeString(after(value, " ")); err == nil { // Basic
			h.learn(after(string(plain), ":"), minLearnt)
		}
		if strings.EqualFold(x.Name, "Cookie") {
			for pair := range strings.SplitSeq(value, ";") {
				h.learn(strings.TrimSpace(after(pair, "=")), minLearnt)
			}
		}
	}
}

// after returns what stands behind the first sep, "" if there is none.
func after(text, sep string) string {
	_, rest, _ := strings.Cut(text, sep)
	return rest
}

// marked returns a copy of the fields with the values of credentials hidden.
func (h *hider) marked(f trace.Fields) trace.Fields {
	f = slices.Clone(f)
	for i := range f {
		f[i].Secret = f[i].Secret || h.fieldNames.have(f[i].Name)
	}
	return trace.Redact(f)
}

// fields returns a copy of the fields with all hidden that is to be.
func (h *hider) fields(f trace.Fields) trace.Fields {
	f = h.marked(f)
	for i := range f {
		if !f[i].Secret {
			f[i].Value = h.text(h.params(f[i].Value, "&#<>\"' ,;"))
		}
	}
	return f
}

// url returns a URL as recordings have it: without user info and fragment, which are not
// sent, and with its host in lower case.
func (h *hider) url(u *url.URL) string {
	if password, ok := u.User.Password(); ok {
		h.learn(password, minLearnt)
	} else {
		h.learn(u.User.Username(), minLearnt) // a token that is used as a name
	}
	c := *u
	c.User, c.Fragment, c.RawFragment = nil, "", ""
	c.Scheme, c.Host = strings.ToLower(c.Scheme), strings.ToLower(c.Host)
	switch {
	case c.Scheme == "http":
		c.Host = strings.TrimSuffix(c.Host, ":80")
	case c.Scheme == "https":
		c.Host = strings.TrimSuffix(c.Host, ":443")
	}
	if c.Path == "" && c.Opaque == "" {
		c.Path = "/"
	}
	// What a hidden text in a Location has become is what it was.
	text := strings.ReplaceAll(escapeControls(c.String()), url.PathEscape(trace.Hidden), trace.Hidden)
	if before, query, ok := strings.Cut(text, "?"); ok {
		text = before + h.params("?"+query, "&")
	}
	return h.text(text)
}

// escapeControls makes one word without a fragment of a URL whose query was put together by
// hand.
func escapeControls(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c == 0x7f || c == '#' {
			b.WriteString("%" + string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15]))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// text hides the values that are secret wherever they stand.
func (h *hider) text(text string) string {
	for _, v := range h.values {
		text = strings.ReplaceAll(text, v, trace.Hidden)
	}
	return text
}

// params hides the values of parameters in whatever has the form of a query. ends has the
// characters that end a value.
func (h *hider) params(text, ends string) string {
	var b strings.Builder
	for {
		i := strings.IndexAny(text, "?&")
		if i < 0 {
			break
		}
		b.WriteString(text[:i+1])
		text = text[i+1:]
		i = strings.IndexAny(text, "=?&")
		if i < 0 || text[i] != '=' || !h.isParam(text[:i]) {
			continue
		}
		name, rest := text[:i], text[i+1:]
		end := strings.IndexAny(rest, ends)
		if end < 0 {
			end = len(rest)
		}
		if value, err := url.QueryUnescape(rest[:end]); err == nil {
			h.learn(value, minLearnt)
		}
		h.learn(rest[:end], minLearnt)
		b.WriteString(name + "=" + trace.Hidden)
		text = rest[end:]
	}
	b.WriteString(text)
	return b.String()
}

func (h *hider) isParam(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	return h.paramNames.have(name)
}

func (h *hider) isKey(name string) bool {
	return h.keyNames.have(name) || trace.Redact(trace.Fields{{Name: name}})[0].Secret
}

// names is a set of names, as plainName spells them.
type names map[string]bool

func (n names) add(list []string) {
	for _, name := range list {
		n[plainName(name)] = true
	}
}

func (n names) have(name string) bool { return n[plainName(name)] }

var plain = strings.NewReplacer("-", "", "_", "")

func plainName(name string) string { return plain.Replace(strings.ToLower(name)) }

// fieldsOf returns the fields of a header, sorted by name.
func fieldsOf(header http.Header) (f trace.Fields) {
	for name, values := range header {
		for _, v := range values {
			f = append(f, trace.Field{Name: name, Value: strings.TrimSpace(v)})
		}
	}
	slices.SortStableFunc(f, func(a, b trace.Field) int { return strings.Compare(a.Name, b.Name) })
	return f
}
