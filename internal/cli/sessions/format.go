package sessions

// The file: JSON, with a version.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/godwit/cookiejar"
	"example.com/godwit/transport"
)

const version = 1

// A document is what the file has. The cookies are a file of package cookiejar within it.
type document struct {
	Version int             `json:"version"`
	Known   []entry         `json:"origins"`
	Cookies json.RawMessage `json:"jar"`
}

// An entry is what is known for an origin.
type entry struct {
	Origin     string      `json:"origin"`
	Fields     []Field     `json:"headers,omitempty"`
	Credential *Credential `json:"auth,omitempty"`
}

// Why a file is no session.
var (
	errDamaged = errors.New("it is damaged, and left alone; remove it to begin anew")
	errVersion = errors.New("it is of another version of godwit")
)

// damaged says what is wrong. Nothing of the file is quoted, which may be secret.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errDamaged}, args...)...)
}

// read reads a file.
func read(text []byte) (*cookiejar.Jar, map[string]Known, error) {
	if !utf8.Valid(text) {
		return nil, nil, damaged("it is not UTF-8")
	}
	var versioned struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &versioned); err != nil {
		return nil, nil, damaged("%s", place(text, err))
	}
	if versioned.Version != version {
		return nil, nil, fmt.Errorf("%w: %d, and not %d", errVersion, versioned.Version, version)
	}
	var d document
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, nil, damaged("%s", place(text, err))
	}
	known := map[string]Known{}
	for i := range d.Known {
		origin, err := d.Known[i].check()
		if err != nil {
			return nil, nil, damaged("%w", err)
		}
		known[origin] = Known{d.Known[i].Fields, d.Known[i].Credential}
	}
	jar := cookiejar.New()
	if d.Cookies != nil {
		if _, err := jar.ReadFrom(bytes.NewReader(d.Cookies)); err != nil {
			e, ok := errors.AsType[*cookiejar.FileError](err)
			if !ok {
				return nil, nil, err
			}
			line := max(e.Line-1, 0) + lineAt(text, bytes.Index(text, d.Cookies))
			return nil, nil, damaged("line %d: %w", line, e.Err)
		}
	}
	return jar, known, nil
}

// place says where a file is wrong.
func place(text []byte, err error) string {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok && e.Offset < int64(len(text)) {
		return fmt.Sprintf("line %d: it is not JSON", lineAt(text, int(e.Offset)))
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("line %d: wrong type of %q", lineAt(text, int(e.Offset)), e.Field)
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return "it ends early"
	}
	return "it has a member that is unknown"
}

func lineAt(text []byte, offset int) int {
	return 1 + bytes.Count(text[:min(max(offset, 0), len(text))], []byte("\n"))
}

// types are those of credentials.
var types = []string{"basic", "digest", "bearer"}

// check refuses what would not be for one origin, or could not be meant, and returns that origin
// as it is spelled here: who edits the file need not know that.
func (e *entry) check() (origin string, err error) {
	u, err := url.Parse(e.Origin)
	if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", errors.New("an origin that is none")
	}
	for _, f := range e.Fields {
		if f.Name == "" || f.Value != "" && f.Ref != "" {
			return "", errors.New("a header without a name, or with two values")
		}
	}
	if c := e.Credential; c != nil && (!slices.Contains(types, c.Type) || (c.Text == "") == (c.Ref == "")) {
		return "", errors.New("an auth that is none")
	}
	return transport.Origin(u), nil
}

// write returns the session as a file.
func (s *Session) write() ([]byte, error) {
	d := document{Version: version, Known: []entry{}}
	for _, origin := range slices.Sorted(maps.Keys(s.known)) {
		k := s.known[origin]
		d.Known = append(d.Known, entry{origin, k.Fields, k.Credential})
	}
	origins, err := encode(d.Known)
	if err != nil {
		return nil, err
	}
	// By hand, so that the jar keeps its own layout: a cookie a line.
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n\"version\": %d,\n\"origins\": %s,\n\"jar\": ", version, origins)
	s.Jar.SaveSession = true
	if _, err := s.Jar.WriteTo(&b); err != nil {
		return nil, err
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

// encode is json.MarshalIndent without the escapes for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
