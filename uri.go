// URI: filling in a URL that is a template, and what the values may not do to it.

package godwit

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
)

// URI makes the call's URL a URI template (RFC 6570), and has the values of its variables:
//
//	godwit.Get(ctx, "https://api.example.com/users/{id}/repos{?page}", godwit.URI{"id": 7, "page": 2})
//
// A value is as one of [Params]; a slice is a list, and a map[string]any or a [Params] is
// pairs in the order of the names, a [Pairs] in its own. Values are percent-encoded, so that
// each stays where the template puts it. Only {+name} and {#name} let a value bring slashes,
// a query and a fragment, and are not for values of strangers.
//
// Whatever the values are, they change neither scheme nor host, nor climb: what would make
// a segment "." or ".." of the path is an error. So is a variable without a value, a value
// that no variable asks for, and a {name} or {+name} in the path that comes out empty, as
// that would be the URL of something else. A nil leaves out what has an operator, such as
// {?name} or {/name}.
//
// The template is expanded before it is joined to the [BaseURL], which is none. Without this
// option braces in a URL are braces.
type URI map[string]any

// Apply adds to Request.URI. A later value is put in place of an earlier one.
func (u URI) Apply(r *Request) error {
	all := make(URI, len(r.URI)+len(u))
	maps.Copy(all, r.URI)
	maps.Copy(all, u)
	r.URI = all
	return nil
}

// expandURL makes a URL of the template that Request.URL is, if it is one.
func (r *Request) expandURL() error {
	if r.URI == nil {
		return nil
	}
	expanded, err := r.URI.expand(r.URL)
	if err != nil {
		return r.refuse(ErrURL, fmt.Errorf("URI template: %w", err))
	}
	r.URL = expanded
	return nil
}

var (
	errTemplateHost = errors.New("scheme and host cannot come from a variable; end them with a slash in front of the first one, or use BaseURL")
	errTemplateDots = errors.New(`a segment of the path would be "." or ".."`)
)

// expand returns the URL that a template stands for.
func (u URI) expand(template string) (string, error) {
	t, err := parseTemplate(template)
	if err != nil {
		return "", err
	}
	if name := t.surplus(u); name != "" {
		return "", fmt.Errorf("there is no variable %q in it", clip(name, 60))
	}
	expanded, err := t.expand(u)
	if err != nil {
		return "", err
	}
	if prefix := t.prefix(); prefix != template && isAbsolute(expanded) && !namesHost(prefix) {
		return "", errTemplateHost
	}
	if hasDots(expanded) {
		return "", errTemplateDots
	}
	return expanded, nil
}

// namesHost reports whether what a template begins with has scheme and host, and the end of
// the host.
func namesHost(prefix string) bool {
	_, rest, ok := strings.Cut(prefix, "://")
	return ok && isAbsolute(prefix) && strings.ContainsAny(rest, "/?#")
}

// hasDots reports whether the path of a URL has dot segments, in any of the ways in which
// servers read them.
func hasDots(ref string) bool {
	if i := strings.IndexAny(ref, "?#"); i >= 0 {
		ref = ref[:i]
	}
	path, err := url.PathUnescape(ref)
	if err != nil {
		return false // it will not be a URL either
	}
	for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		name, _, _ := strings.Cut(segment, ";") // some servers drop what is behind it
		if name == "." || name == ".." {
			return true
		}
	}
	return false
}
