package sessions

// Sessions of HTTPie, of its versions with cookies and headers as objects and as lists. They are
// read, and bound to one host: what it has for everybody is for nobody else here.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/godwit/cookiejar"
)

type httpieFile struct {
	Meta    json.RawMessage `json:"__meta__"`
	Headers json.RawMessage `json:"headers"`
	Cookies json.RawMessage `json:"cookies"`
	Auth    struct {
		Type     *string `json:"type"`
		Username *string `json:"username"`
		Password *string `json:"password"`
		RawAuth  *string `json:"raw_auth"`
	} `json:"auth"`
}

type httpieHeader struct {
	Name  string  `json:"name"`
	Value *string `json:"value"`
}

type httpieCookie struct {
	Name    string   `json:"name"`
	Value   string   `json:"value"`
	Domain  *string  `json:"domain"`
	Path    string   `json:"path"`
	Secure  bool     `json:"secure"`
	Expires *float64 `json:"expires"`
}

// isHTTPie reports whether a text is one of HTTPie's files.
func isHTTPie(text []byte) bool {
	var f httpieFile
	return bytes.Contains(text, []byte(`"__meta__"`)) && json.Unmarshal(text, &f) == nil && f.Meta != nil
}

// readHTTPie reads one.
func readHTTPie(text []byte, origin, host string) (*cookiejar.Jar, map[string]Known, error) {
	var f httpieFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, nil, damaged("%s", place(text, err))
	}
	var k Known
	headers, err := listOf(f.Headers, func(name string, raw json.RawMessage) (h httpieHeader, err error) {
		h.Name = name
		return h, json.Unmarshal(raw, &h.Value)
	})
	if err != nil {
		return nil, nil, damaged("headers")
	}
	for _, h := range headers {
		if h.Value != nil && h.Name != "" {
			k.Fields = append(k.Fields, Field{Name: h.Name, Value: *h.Value})
		}
	}
	if k.Credential, err = f.credential(); err != nil {
		return nil, nil, err
	}
	list, err := listOf(f.Cookies, func(name string, raw json.RawMessage) (c httpieCookie, err error) {
		err = json.Unmarshal(raw, &c)
		c.Name = name
		return c, err
	})
	if err != nil {
		return nil, nil, damaged("cookies")
	}
	jar := cookiejar.New()
	for _, c := range list {
		if err := jar.Set(c.cookie(host)); err != nil {
			return nil, nil, fmt.Errorf("its cookies: %w", err)
		}
	}
	return jar, map[string]Known{origin: k}, nil
}

// listOf reads what is a list in new files and an object by name in old ones.
func listOf[T any](raw json.RawMessage, member func(name string, raw json.RawMessage) (T, error)) (list []T, err error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '{' {
		if len(raw) > 0 {
			err = json.Unmarshal(raw, &list)
		}
		return list, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		v, err := member(name, members[name])
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (f *httpieFile) credential() (*Credential, error) {
	a := &f.Auth
	text := ""
	switch {
	case a.RawAuth != nil:
		text = *a.RawAuth
	case a.Username != nil:
		text = *a.Username + ":"
		if a.Password != nil {
			text += *a.Password
		}
	}
	if a.Type == nil || *a.Type == "" || text == "" {
		return nil, nil
	}
	if !slices.Contains(types, *a.Type) {
		return nil, fmt.Errorf("its auth is of a type that is none of %s", strings.Join(types, ", "))
	}
	return &Credential{Type: *a.Type, Text: text}, nil
}

// cookie returns the cookie, for the host if it is for nobody else.
func (c *httpieCookie) cookie(host string) cookiejar.Cookie {
	out := cookiejar.Cookie{Name: c.Name, Value: c.Value, Domain: host, HostOnly: true, Path: c.Path, Secure: c.Secure}
	if c.Domain != nil && *c.Domain != "" {
		// Python writes the dot for a cookie that is for the hosts below too.
		var below bool
		out.Domain, below = strings.CutPrefix(*c.Domain, ".")
		out.HostOnly = !below
		if out.Domain == "localhost.local" { // which is what Python makes of it
			out.Domain = "localhost"
		}
	}
	if c.Expires != nil {
		out.Expires = time.Unix(int64(*c.Expires), 0)
	}
	return out
}
