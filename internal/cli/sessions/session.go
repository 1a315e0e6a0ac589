// Package sessions keeps what is to be known in the next run of the command too: cookies, header
// fields and credentials, in a file of its owner's.
//
// Whatever is in a session is for somebody: a cookie for its hosts, a header field or a
// credential for the origin that it was given for. Nothing in the file is for everybody
// (CVE-2022-24737, CVE-2022-0430).
package sessions

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/godwit/cookiejar"
	"example.com/godwit/internal/cli/ownfile"
)

// A Field is a header field of a session. Either Value or Ref is set.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
	Ref   string `json:"ref,omitempty"` // where the value is, "@env:NAME": it is not in the file
}

// A Credential says who is asking. Either Text or Ref is set.
type Credential struct {
	Type string `json:"type"`           // basic, digest or bearer
	Text string `json:"text,omitempty"` // user:password, or a token
	Ref  string `json:"ref,omitempty"`  // where that, or the password, is: "@env:NAME", "user:@env:NAME"
}

// A Known is what a session knows for an origin.
type Known struct {
	Fields     []Field     // in the order in which they are sent
	Credential *Credential // nil: none
}

// A Session is what a file holds, and what has been learnt since. It is not safe for concurrent
// use, but for its Jar.
type Session struct {
	Path string
	Jar  *cookiejar.Jar

	// New: there is no such file yet. Exposed: others may read it, until it is saved.
	New, Exposed bool

	text    []byte // of the file
	foreign bool   // it is HTTPie's file, which is not written
	known   map[string]Known
	before  map[cookieKey]cookiejar.Cookie // the jar, as the file has it
	learnt  map[string]Known               // what Learn was told
}

// maxFile bounds the file: somewhat more than the largest jar takes.
const maxFile = 80 << 20

// patience is how long another process may be writing the file.
const patience = 10 * time.Second

// Open reads the session in a file, which need not be there, or may be empty. host is whom HTTPie's cookies
// without a domain are for, and origin is that of its header fields. A file that is damaged, or
// that somebody else may have written, is an error, and is left alone.
func Open(path, origin, host string) (*Session, error) {
	s := &Session{Path: path}
	f, err := ownfile.Read(path, maxFile, ownfile.Refuse)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && len(f.Text) == 0: // as mktemp makes one
		s.New, s.Jar, s.known = true, cookiejar.New(), map[string]Known{}
		return s, nil
	case err != nil:
		return nil, err
	}
	s.text, s.Exposed = f.Text, f.Exposed
	if isHTTPie(f.Text) {
		s.foreign = true
		s.Jar, s.known, err = readHTTPie(f.Text, origin, host)
	} else {
		s.Jar, s.known, err = read(f.Text)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "session", Path: path, Err: err}
	}
	s.before = cookies(s.Jar)
	return s, nil
}

// Known returns what the session knows for an origin.
func (s *Session) Known(origin string) Known { return s.known[origin] }

// Learn notes what a request has told an origin. Fields take the place of those of their names;
// a credential takes that of another one and of an Authorization field, and the other way about.
func (s *Session) Learn(origin string, told Known) {
	if s.learnt == nil {
		s.learnt = map[string]Known{}
	}
	s.learnt[origin] = merged(s.learnt[origin], told)
}

// merged returns what is known when there is something new.
func merged(old, told Known) Known {
	isNew := func(f Field) bool {
		return told.Credential != nil && isAuthorization(f) ||
			slices.ContainsFunc(told.Fields, func(n Field) bool { return strings.EqualFold(f.Name, n.Name) })
	}
	k := Known{Credential: old.Credential}
	for _, f := range old.Fields {
		if !isNew(f) {
			k.Fields = append(k.Fields, f)
		}
	}
	k.Fields = append(k.Fields, told.Fields...)
	switch {
	case told.Credential != nil:
		k.Credential = told.Credential
	case slices.ContainsFunc(told.Fields, isAuthorization):
		k.Credential = nil
	}
	return k
}

func isAuthorization(f Field) bool { return strings.EqualFold(f.Name, "Authorization") }

// ErrHTTPie says that a file is not to be changed.
var ErrHTTPie = errors.New("it is a session of HTTPie, which can be read and not written (--session-read-only)")

// Writable returns an error if the session cannot be saved whatever happens.
func (s *Session) Writable() error {
	if s.foreign {
		return &fs.PathError{Op: "session", Path: s.Path, Err: ErrHTTPie}
	}
	return nil
}

// Save brings what has been learnt, and what has become of the cookies, into the file: into what
// it holds by now, since another process may have saved the same session meanwhile. If that
// alters nothing, the file stays as it is; if nothing was learnt, not even by Learn, and no cookie
// has changed, it is not looked at.
func (s *Session) Save(ctx context.Context) error {
	if err := s.Writable(); err != nil {
		return err
	}
	changed, gone := s.changes()
	if len(s.learnt) == 0 && len(changed) == 0 && len(gone) == 0 {
		return nil
	}
	unlock, err := ownfile.Lock(ctx, s.Path, patience)
	if err != nil {
		return err
	}
	defer unlock()
	now, err := Open(s.Path, "", "")
	if err == nil {
		err = now.Writable()
	}
	if err != nil {
		return err
	}
	for _, c := range gone {
		there, ok := now.before[keyOf(&c)]
		if ok && there.Value == c.Value { // else another process has set it anew
			c.Expires = time.Unix(1, 0) // which removes it
			_ = now.Jar.Set(c)
		}
	}
	for _, c := range changed {
		if err := now.Jar.Set(c); err != nil {
			return fmt.Errorf("session %s: %w", s.Path, err)
		}
	}
	for origin, told := range s.learnt {
		if k := merged(now.known[origin], told); len(k.Fields) > 0 || k.Credential != nil {
			now.known[origin] = k
		}
	}
	text, err := now.write()
	if err != nil || bytes.Equal(text, now.text) {
		return err
	}
	return ownfile.Write(s.Path, text)
}

// A cookieKey is what there is one cookie of.
type cookieKey struct {
	domain, path, name string
	hostOnly           bool
}

func keyOf(c *cookiejar.Cookie) cookieKey {
	return cookieKey{c.Domain, c.Path, c.Name, c.HostOnly}
}

func cookies(jar *cookiejar.Jar) map[cookieKey]cookiejar.Cookie {
	all := map[cookieKey]cookiejar.Cookie{}
	for c := range jar.All() {
		all[keyOf(&c)] = c
	}
	return all
}

// changes returns the cookies that have been set since the session was opened, in their order,
// and those that have gone. That one was sent is no change.
func (s *Session) changes() (changed, gone []cookiejar.Cookie) {
	left := maps.Clone(s.before)
	for c := range s.Jar.All() {
		old, ok := s.before[keyOf(&c)]
		delete(left, keyOf(&c))
		old.LastUsed = c.LastUsed
		if !ok || !old.Expires.Equal(c.Expires) || withoutExpiry(old) != withoutExpiry(c) {
			changed = append(changed, c)
		}
	}
	for _, c := range left {
		gone = append(gone, c)
	}
	return changed, gone
}

func withoutExpiry(c cookiejar.Cookie) cookiejar.Cookie {
	c.Expires, c.Created, c.LastUsed = time.Time{}, time.Time{}, time.Time{}
	return c
}
