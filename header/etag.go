// ETag, If-Match and If-None-Match (RFC 9110 8.8.3, 13.1): which version this is.

package header

import "slices"

// An ETag is an entity tag: the name of a version of a resource.
type ETag struct {
	Tag  string // without the quotation marks
	Weak bool   // W/: stands for all versions that mean the same
}

// ParseETag reads an ETag. A tag without quotation marks is none.
func ParseETag(value string) (ETag, error) {
	r := reader{field: "ETag"}
	text, ok := r.one(value)
	if !ok {
		return ETag{}, r.first
	}
	tag, ok := parseETag(text)
	if !ok {
		r.fail("not an entity tag", text)
	}
	return tag, r.first
}

func parseETag(s string) (tag ETag, ok bool) {
	if len(s) > 2 && s[:2] == "W/" {
		tag.Weak, s = true, s[2:]
	}
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' || !isTag(s[1:len(s)-1]) {
		return ETag{}, false
	}
	tag.Tag = s[1 : len(s)-1]
	return tag, true
}

// isTag reports whether s may stand within a tag's quotation marks; a backslash is nothing
// special there.
func isTag(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == '"' || c == 0x7f {
			return false
		}
	}
	return true
}

// StrongMatch reports whether both are the same version to the byte: the tags are equal and
// neither is weak (RFC 9110 8.8.3.2).
func (e ETag) StrongMatch(other ETag) bool { return e == other && !e.Weak }

// WeakMatch reports whether both mean the same: the tags are equal.
func (e ETag) WeakMatch(other ETag) bool { return e.Tag == other.Tag }

// String writes the tag, "" if there is something in it that cannot stand there.
func (e ETag) String() string {
	switch {
	case !isTag(e.Tag):
		return ""
	case e.Weak:
		return `W/"` + e.Tag + `"`
	}
	return `"` + e.Tag + `"`
}

// ETags is an If-Match or an If-None-Match.
type ETags struct {
	Any  bool   // "*": whatever version there is; Tags then do not count
	Tags []ETag // the versions
}

// ParseETags reads an If-Match or an If-None-Match. "*" among tags, where it must not be, is
// none.
func ParseETags(values []string) (ETags, error) {
	r := reader{field: "If-Match or If-None-Match"}
	var e ETags
	for element := range r.elements(values, tags) {
		if tag, ok := parseETag(element); ok {
			e.Tags = append(e.Tags, tag)
		} else if element == "*" && r.items == 1 {
			e.Any = true
		} else {
			r.fail("not an entity tag", element)
		}
	}
	if e.Any && r.items > 1 {
		e.Any = false
		r.fail(`"*" among tags`, "")
	}
	return e, r.first
}

// StrongMatch reports whether one of them is the version that there is, as If-Match asks.
func (e ETags) StrongMatch(current ETag) bool {
	return e.Any || slices.ContainsFunc(e.Tags, current.StrongMatch)
}

// WeakMatch reports whether one of them means the same as what there is, as If-None-Match asks.
func (e ETags) WeakMatch(current ETag) bool {
	return e.Any || slices.ContainsFunc(e.Tags, current.WeakMatch)
}

// String writes the list.
func (e ETags) String() string {
	if e.Any {
		return "*"
	}
	var b []byte
	for _, tag := range e.Tags {
		if text := tag.String(); text != "" {
			b = append(appendSeparator(b), text...)
		}
	}
	return string(b)
}
