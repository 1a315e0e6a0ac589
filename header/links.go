// Link (RFC 8288): where to go from here.

package header

import (
	"net/url"
	"slices"
	"strings"
)

// Links is a Link field, which may hold several.
type Links []Link

// A Link leads from one resource to another.
type Link struct {
	Target string   // where it leads: a URL, relative perhaps; see [Links.Resolve]
	Rel    []string // what is there: "next", "last"; names of relations have no case
	Anchor string   // where it comes from; "": the resource that the response is about
	Title  string   // for people; of title* if that is there, else of title
	Params Params   // all others in their order: hreflang, media, type, as, crossorigin …
}

// ParseLinks reads a Link. Of two rel, anchor or title the first counts (RFC 8288 3), and single
// quotation marks around a rel, which HTTP does not have, are not part of it.
func ParseLinks(values []string) (Links, error) {
	r := reader{field: "Link"}
	var l Links
	for element := range r.elements(values, angles) {
		end := strings.IndexByte(element, '>')
		if element[0] != '<' || end < 0 {
			r.fail("not a link", element)
			continue
		}
		rest := trim(element[end+1:])
		if rest != "" && rest[0] != ';' {
			r.fail("not a parameter", rest)
		}
		link := Link{Target: trim(element[1:end])}
		link.set(r.params(rest, true))
		l = append(l, link)
	}
	return l, r.first
}

// set sorts the parameters.
func (l *Link) set(params Params) {
	rel := params.Get("rel")
	if text, ok := strings.CutPrefix(rel, "'"); ok { // not HTTP's quotation marks, but sent as such
		if text, ok = strings.CutSuffix(text, "'"); ok {
			rel = text
		}
	}
	l.Rel = slices.Collect(strings.FieldsSeq(rel))
	l.Anchor = params.Get("anchor")
	l.Title = asUTF8(params.Get("title"))
	if title, ok := decodeExt(params.Get("title*")); ok {
		l.Title = title
	}
	for _, param := range params {
		switch param.Name {
		case "rel", "anchor", "title", "title*":
		default:
			l.Params = append(l.Params, param)
		}
	}
}

// Has reports whether the link is of that relation.
func (l Link) Has(rel string) bool {
	rel = lower(rel)
	return slices.ContainsFunc(l.Rel, func(r string) bool { return lower(r) == rel })
}

// Get returns the first link of that relation that comes from here, which one with an Anchor
// does not. ok is false if there is none.
func (l Links) Get(rel string) (link Link, ok bool) {
	for _, link := range l {
		if link.Anchor == "" && link.Has(rel) {
			return link, true
		}
	}
	return Link{}, false
}

// ByRel returns what [Links.Get] finds for each relation, whose names are in lower case: what
// requests has as r.links.
func (l Links) ByRel() map[string]Link {
	byRel := map[string]Link{}
	for _, link := range l {
		for _, rel := range link.Rel {
			if _, ok := byRel[lower(rel)]; !ok && link.Anchor == "" {
				byRel[lower(rel)] = link
			}
		}
	}
	return byRel
}

// Resolve returns the links with their targets and anchors made absolute: base is the URL of
// the response, after all redirects. Links that lead to no URL are left out, and an anchor that
// is base itself is none. A target may have any scheme and lead anywhere: it is what the
// server says. nil: an empty URL.
func (l Links) Resolve(base *url.URL) Links {
	var here url.URL
	if base != nil {
		here = *base
	}
	here.Fragment, here.RawFragment = "", ""
	var resolved Links
	for _, link := range l {
		target, err := here.Parse(link.Target)
		if err != nil {
			continue
		}
		link.Target = target.String()
		if link.Anchor != "" {
			anchor, err := here.Parse(link.Anchor)
			if err != nil {
				continue
			}
			if link.Anchor = anchor.String(); link.Anchor == here.String() {
				link.Anchor = ""
			}
		}
		resolved = append(resolved, link)
	}
	return resolved
}

// String writes the list.
func (l Links) String() string {
	var b []byte
	for _, link := range l {
		if text := link.String(); text != "" {
			b = append(appendSeparator(b), text...)
		}
	}
	return string(b)
}

// String writes the link, "" if its target cannot be written. A title that is not ASCII is
// written as title*.
func (l Link) String() string {
	if !isText(l.Target) || strings.Contains(l.Target, ">") {
		return ""
	}
	b := []byte("<" + l.Target + ">")
	quoted := func(name, value string) {
		if value != "" && isText(value) {
			b = appendQuoted(append(b, "; "+name+"="...), value)
		}
	}
	quoted("rel", strings.Join(l.Rel, " "))
	quoted("anchor", l.Anchor)
	if isPrintableASCII(l.Title) {
		quoted("title", l.Title)
	} else {
		b = appendExt(append(b, "; title*="...), l.Title)
	}
	return string(appendParams(b, l.Params, true))
}
