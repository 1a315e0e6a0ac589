package cli

// A credential is for one origin.

import (
	"fmt"
	"net/url"
	"strings"

	"example.com/godwit/transport"
)

// oneOrigin refuses to send what proves who is asking to URLs of several origins: it was given for
// one of them, and nobody can tell for which.
func (o *options) oneOrigin(items []item, urls []string) error {
	what := o.credential(items)
	if what == "" {
		return nil
	}
	first := portedOrigin(urls[0])
	for _, u := range urls[1:] {
		if portedOrigin(u) != first {
			return &usageError{fmt.Sprintf("%s would go to both %s and %s: ask them one by one", what, originOf(urls[0]), originOf(u))}
		}
	}
	return nil
}

// credential returns what of the command line proves who is asking, "" if there is nothing. Values
// by reference may, whatever they are called.
func (o *options) credential(items []item) string {
	if o.auth.text != nil {
		return "--auth"
	}
	for i := range items {
		it := &items[i]
		switch {
		case it.kind != itemHeader && it.kind != itemQuery || it.value == "" && it.by == "":
		case isReference("@" + it.by):
			return fmt.Sprintf("item %q", it.shown())
		case it.kind == itemQuery:
		case strings.EqualFold(it.name, "Authorization"), strings.EqualFold(it.name, "Cookie"), strings.EqualFold(it.name, "Proxy-Authorization"):
			return it.name
		}
	}
	return ""
}

// portedOrigin returns the origin of a URL as it is compared, its port written out.
func portedOrigin(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return text
	}
	return transport.Origin(u)
}

// originOf returns the origin of a URL as it is shown.
func originOf(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return withoutUser(text)
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}
