package curl

// The URL: from what was typed to what is asked for.

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
)

// fullURL returns the URL with its scheme and its query, and without dot segments and fragment.
func (c *config) fullURL(typed string, t *target) (string, error) {
	raw, err := c.withScheme(typed)
	if err != nil {
		return "", err
	}
	if i := strings.IndexFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f }); i >= 0 {
		return "", badURL(fmt.Errorf("a character in the URL that must be percent-encoded: %q", raw[i]))
	}
	raw, _, _ = strings.Cut(raw, "#")
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "", badURL(unnamed(err))
	case u.Host == "":
		return "", badURL(errors.New("no host part in the URL"))
	case u.User != nil && c.noUserInURL:
		return "", &failure{code: exitLogin, err: errors.New("URL rejected: credentials were passed in the URL")}
	}
	if err := c.allows(c.protocols, u.Scheme); err != nil {
		return "", err
	}
	raw = uploadName(raw, t.upload)
	if !c.pathAsIs {
		raw = squash(raw)
	}
	queries := c.queries
	if c.dataInURL && c.hasData {
		queries = append(append([]string(nil), string(c.data)), queries...)
	}
	for _, q := range queries {
		if q == "" {
			continue
		}
		sep := "?"
		if i := strings.IndexByte(raw, '?'); i >= 0 {
			if sep = "&"; i == len(raw)-1 {
				sep = ""
			}
		}
		raw += sep + q
	}
	return raw, nil
}

// exitLogin is curl's CURLE_LOGIN_DENIED.
const exitLogin = 67

func badURL(err error) error {
	return &failure{code: exitURL, err: fmt.Errorf("URL using bad/illegal format or missing URL: %w", err)}
}

// unnamed takes the URL out of an error: there may be a password in it.
func unnamed(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// withScheme puts the scheme in front of a URL that has none: http, as curl has it, and refuses
// others.
func (c *config) withScheme(typed string) (string, error) {
	scheme, rest, ok := strings.Cut(typed, "://")
	if !ok || strings.ContainsAny(scheme, "/?#.:") {
		scheme, rest = c.defaultProto, strings.TrimPrefix(typed, "//")
		if scheme == "" {
			scheme = "http"
		}
	}
	switch scheme = strings.ToLower(scheme); scheme {
	case "http", "https":
		return scheme + "://" + rest, nil
	}
	return "", &failure{code: exitUnsupported, err: fmt.Errorf("protocol %q not supported: it is http or https", scheme)}
}

// allows checks a scheme against --proto or --proto-redir: names with + (the default), - or = in
// front, one after the other.
func (c *config) allows(list, scheme string) error {
	allowed := map[string]bool{"http": true, "https": true}
	for word := range strings.SplitSeq(list, ",") {
		name := strings.TrimLeft(word, "+-=")
		if word == "" {
			continue
		}
		if word[0] == '=' {
			allowed = map[string]bool{}
		}
		for _, s := range []string{"http", "https"} {
			if name == s || name == "all" {
				allowed[s] = word[0] != '-'
			}
		}
	}
	if !allowed[scheme] {
		return &failure{code: exitUnsupported, err: fmt.Errorf("protocol %q disabled by --proto or --proto-redir", scheme)}
	}
	return nil
}

// uploadName puts the name of the file behind a URL that ends with a slash.
func uploadName(raw, file string) string {
	if file == "" || file == "-" || file == "." {
		return raw
	}
	head, query, hasQuery := strings.Cut(raw, "?")
	afterScheme := head[strings.Index(head, "://")+3:]
	if !strings.HasSuffix(head, "/") && strings.Contains(afterScheme, "/") {
		return raw
	}
	if !strings.HasSuffix(head, "/") {
		head += "/"
	}
	head += url.PathEscape(file[strings.LastIndexAny(file, `/\`)+1:])
	if hasQuery {
		head += "?" + query
	}
	return head
}

// squash removes dot segments from the path (RFC 3986 5.2.4).
func squash(raw string) string {
	head, query, hasQuery := strings.Cut(raw, "?")
	start := strings.Index(head, "://") + 3
	slash := strings.IndexByte(head[start:], '/')
	if slash < 0 {
		return raw
	}
	base, segments := head[:start+slash], head[start+slash:]
	if !strings.Contains(segments, "/.") {
		return raw
	}
	var out []string
	parts := strings.Split(segments[1:], "/")
	for i, part := range parts {
		last := i == len(parts)-1
		switch part {
		case ".", "..":
			if part == ".." && len(out) > 0 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, part)
		}
	}
	raw = base + "/" + strings.Join(out, "/")
	if hasQuery {
		raw += "?" + query
	}
	return raw
}

// lastSegment returns the name that -O gives to a file, as it stands in the URL.
func lastSegment(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || strings.HasSuffix(u.EscapedPath(), "/") {
		return ""
	}
	if name := path.Base(u.EscapedPath()); name != "." && name != "/" {
		return name
	}
	return ""
}
