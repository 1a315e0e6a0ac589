// The file of a jar: JSON, a cookie a line.

package cookiejar

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

var (
	_ io.WriterTo   = (*Jar)(nil)
	_ io.ReaderFrom = (*Jar)(nil)
)

const fileVersion = 1

// A record is a cookie in the file. What narrows a cookie must be there, so that nothing can
// widen it by leaving it out; without Expires it ends with the session.
type record struct {
	Domain      string     `json:"domain"`
	HostOnly    *bool      `json:"host_only"`
	Path        octets     `json:"path"`
	Name        octets     `json:"name"`
	Value       octets     `json:"value"`
	Secure      *bool      `json:"secure"`
	HTTPOnly    *bool      `json:"http_only"`
	Partitioned bool       `json:"partitioned,omitempty"`
	SameSite    string     `json:"same_site,omitempty"`
	Expires     *time.Time `json:"expires,omitempty"`
	Created     time.Time  `json:"created"`
	LastUsed    time.Time  `json:"last_used"`
}

// Octets are a string in the file or, if they are not UTF-8, {"base64": "…"}.
type octets string

type base64Octets struct {
	Base64 []byte `json:"base64"`
}

func (o octets) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(o)) {
		return encode(string(o))
	}
	return encode(base64Octets{[]byte(o)})
}

func (o *octets) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '{' {
		var b base64Octets
		if err := strictly(text, &b); err != nil {
			return err
		}
		*o = octets(b.Base64)
		return nil
	}
	return json.Unmarshal(text, (*string)(o))
}

// encode is json.Marshal without the escapes for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// strictly is json.Unmarshal for a value without unknown members.
func strictly(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func recordOf(c *Cookie) record {
	r := record{
		Domain: c.Domain, HostOnly: &c.HostOnly, Path: octets(c.Path),
		Name: octets(c.Name), Value: octets(c.Value),
		Secure: &c.Secure, HTTPOnly: &c.HTTPOnly, Partitioned: c.Partitioned,
		SameSite: sameSites[c.SameSite],
		Created:  c.Created, LastUsed: c.LastUsed,
	}
	if !c.Expires.IsZero() {
		r.Expires = &c.Expires
	}
	return r
}

// cookie returns the record's cookie, yet to be checked.
func (r *record) cookie() (c Cookie, err error) {
	if r.Domain == "" || r.Path == "" || r.HostOnly == nil || r.Secure == nil || r.HTTPOnly == nil {
		return c, errMissing
	}
	c = Cookie{
		Name: string(r.Name), Value: string(r.Value), Domain: r.Domain, Path: string(r.Path),
		HostOnly: *r.HostOnly, Secure: *r.Secure, HTTPOnly: *r.HTTPOnly, Partitioned: r.Partitioned,
		SameSite: parseSameSite(r.SameSite),
		Created:  r.Created, LastUsed: r.LastUsed,
	}
	if r.SameSite != "" && c.SameSite == 0 {
		return c, errSameSite
	}
	if r.Expires != nil {
		c.Expires = *r.Expires
		if c.Expires.IsZero() { // the first moment of all times is one, here
			c.Expires = time.Unix(0, 0)
		}
	}
	return c, nil
}

// WriteTo writes the jar as JSON, with all that there is to a cookie; cookies that end with
// the session only if SaveSession is set. It returns how many bytes it wrote. The cookies are
// secrets: whoever can read them can take the place of the user. See [Jar.Save].
func (j *Jar) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n\"version\": %d,\n\"cookies\": [", fileVersion)
	for i, c := range j.saved(sendOrderByDomain) {
		text, err := encode(recordOf(&c.Cookie))
		if err != nil {
			return 0, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(text)
	}
	b.WriteString("\n]\n}\n")
	return b.WriteTo(w)
}

// saved returns what is to be in a file.
func (j *Jar) saved(order func(a, b *entry) int) []*entry {
	all := j.snapshot(order)
	if j.SaveSession {
		return all
	}
	list := all[:0]
	for _, e := range all {
		if !e.Expires.IsZero() {
			list = append(list, e)
		}
	}
	return list
}

// ReadFrom adds the cookies of a file that [Jar.WriteTo] has written; each takes the place of
// one with the same name, domain, HostOnly and path. It returns how many bytes it read. The
// file is taken whole or not at all: if it is damaged, is larger than 64 MiB, or has a cookie
// that cannot be set, the jar stays as it was, and a [*FileError] says what is wrong. Left
// out without an error are cookies that have expired, and those whose domain has become a public
// suffix.
func (j *Jar) ReadFrom(r io.Reader) (int64, error) {
	text, err := readAll(r)
	if err != nil {
		return int64(len(text)), err
	}
	f := jsonFile{text: text, d: json.NewDecoder(bytes.NewReader(text)), loader: loader{now: timeNow()}}
	f.d.DisallowUnknownFields()
	if err := f.read(); err != nil {
		return int64(len(text)), &FileError{Line: 1 + bytes.Count(text[:f.at], []byte("\n")), Err: plainJSON(err)}
	}
	j.merge(&f.loader)
	return int64(len(text)), nil
}

// A jsonFile is a file that is being read.
type jsonFile struct {
	text []byte
	at   int // where what is being read begins
	d    *json.Decoder
	loader
}

func (f *jsonFile) read() error {
	if !utf8.Valid(f.text) { // encoding/json would put U+FFFD in its place
		f.at = validPrefix(f.text)
		return errUTF8
	}
	if err := f.expect('{'); err != nil {
		return err
	}
	if err := f.expectVersion(); err != nil {
		return err
	}
	if f.mark(); f.expectKey("cookies") != nil {
		return errMember
	}
	if err := f.readCookies(); err != nil {
		return err
	}
	if err := f.expect('}'); err != nil {
		return err
	}
	f.mark()
	if _, err := f.d.Token(); err != io.EOF {
		return errTrailing
	}
	return nil
}

func (f *jsonFile) expectVersion() error {
	if f.mark(); f.expectKey("version") != nil {
		return errMember
	}
	f.mark()
	version := 0
	if err := f.d.Decode(&version); err != nil {
		return err
	}
	if version != fileVersion {
		return errVersion
	}
	return nil
}

func (f *jsonFile) readCookies() error {
	if err := f.expect('['); err != nil {
		return err
	}
	for f.d.More() {
		f.mark()
		var r record
		if err := f.d.Decode(&r); err != nil {
			return err
		}
		c, err := r.cookie()
		if err == nil {
			err = f.add(c)
		}
		if err != nil {
			return err
		}
	}
	return f.expect(']')
}

// mark notes that what comes next is what an error is about.
func (f *jsonFile) mark() {
	f.at = int(f.d.InputOffset())
	for f.at < len(f.text) && bytes.IndexByte([]byte(" \t\r\n,:"), f.text[f.at]) >= 0 {
		f.at++
	}
}

func (f *jsonFile) expect(want json.Delim) error {
	f.mark()
	return f.expectToken(want)
}

func (f *jsonFile) expectKey(name string) error { return f.expectToken(name) }

func (f *jsonFile) expectToken(want json.Token) error {
	token, err := f.d.Token()
	if err == nil && token != want {
		err = errJSON
	}
	return err
}

// validPrefix returns how much of the text is UTF-8.
func validPrefix(text []byte) int {
	at := 0
	for at < len(text) {
		r, n := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && n < 2 {
			break
		}
		at += n
	}
	return at
}

// plainJSON returns an error that quotes nothing of the file, as the decoder's do: it may be
// a part of a cookie.
func plainJSON(err error) error {
	if typ, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && typ.Field != "" {
		return fileProblem("wrong type of " + excerpt(typ.Field))
	}
	_, isCookie := errors.AsType[*Error](err)
	_, isOurs := errors.AsType[fileProblem](err)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case isCookie, isOurs:
		return err
	}
	return errJSON
}
