package download

// What an answer says of the file, and whether an answer to a request for a part is that part:
// decisions only.

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"example.com/godwit/header"
)

// facts are what an answer says of the file as a whole.
type facts struct {
	size     int64     // -1: it does not say
	etag     string    // as it was sent; "": none, or a weak one
	modified string    // Last-Modified, as it was sent; "": none
	strong   bool      // modified stands for these very bytes (RFC 9110 8.8.2.2)
	coding   string    // Content-Encoding
	ranges   bool      // parts of it can be had
	shared   bool      // further requests would go over the same connection
	digest   *Checksum // Repr-Digest; nil: none that we know
}

// factsOf reads an answer that is all of the file.
func factsOf(res *http.Response) facts {
	f := facts{size: res.ContentLength, modified: res.Header.Get("Last-Modified"), coding: codingOf(res.Header)}
	if tag, err := header.ParseETag(res.Header.Get("ETag")); err == nil && !tag.Weak {
		f.etag = tag.String()
	}
	f.ranges = strings.EqualFold(strings.TrimSpace(res.Header.Get("Accept-Ranges")), "bytes")
	f.shared = res.ProtoMajor >= 2
	f.digest = digestOf(res.Header)
	f.strong = isStrong(f.modified, res.Header.Get("Date"))
	return f
}

// codingOf returns the content coding, "" for none.
func codingOf(h http.Header) string {
	coding := strings.ToLower(strings.Join(h.Values("Content-Encoding"), ", "))
	if coding == "identity" {
		return ""
	}
	return coding
}

// isStrong reports whether no other version can have the same date: it was at least a second
// old when it was sent, by the server's own clock.
func isStrong(modified, date string) bool {
	m, err := header.ParseTime(modified)
	if err != nil {
		return false
	}
	d, err := header.ParseTime(date)
	return err == nil && d.Sub(m) >= time.Second
}

// validator returns what If-Range takes, "" if there is nothing that stands for these bytes.
func (f *facts) validator() string {
	switch {
	case f.etag != "":
		return f.etag
	case f.strong:
		return f.modified
	}
	return ""
}

// same reports whether an answer is of the same version, as far as it says of which it is.
func (f *facts) same(h http.Header) bool {
	if codingOf(h) != f.coding {
		return false
	}
	if v := h.Get("ETag"); f.etag != "" && v != "" {
		tag, err := header.ParseETag(v)
		if err != nil || tag.Weak || tag.String() != f.etag {
			return false
		}
	} else if v := h.Get("Last-Modified"); f.etag == "" && f.modified != "" && v != "" && v != f.modified {
		return false
	}
	return true
}

// A part is what an answer with the status 206 holds.
type part struct {
	first, end int64 // the end is exclusive
	size       int64 // of the whole; -1: it does not say
}

// partOf is partOf for a file of which this is known: errChanged if it is another now.
func (f *facts) partOf(res *http.Response, at, end int64) (part, error) {
	if !f.same(res.Header) {
		return part{}, errChanged
	}
	got, err := partOf(res, at, end)
	if err == nil && got.size >= 0 && f.size >= 0 && got.size != f.size {
		err = errChanged
	}
	return got, err
}

// partOf reads an answer with the status 206 to a request for the bytes from at on, up to end
// unless that is unknown.
func partOf(res *http.Response, at, end int64) (part, error) {
	bad := func(format string, args ...any) (part, error) {
		return part{}, &AnswerError{fmt.Sprintf(format, args...)}
	}
	if mediaType, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); mediaType == "multipart/byteranges" {
		return bad("a 206 of several parts, where one was asked for")
	}
	values := res.Header.Values("Content-Range")
	if len(values) != 1 {
		return bad("a 206 with %d fields Content-Range", len(values))
	}
	cr, err := header.ParseContentRange(values[0])
	if err != nil || cr.First < 0 || cr.Unit != "" && cr.Unit != "bytes" {
		return bad("a 206 with the Content-Range %q", clip(values[0]))
	}
	p := part{first: cr.First, end: cr.Last + 1, size: max(cr.Size, -1)}
	switch {
	case p.first != at:
		return bad("a 206 that begins at %d, where %d was asked for", p.first, at)
	case p.end > end || p.end <= p.first:
		return bad("a 206 that ends before %d, where %d was asked for", p.end, end)
	case p.size >= 0 && p.end > p.size:
		return bad("a 206 with the Content-Range %q", clip(values[0]))
	case res.ContentLength >= 0 && res.ContentLength != p.end-p.first:
		return bad("a 206 of %d bytes, with the Content-Range %q", res.ContentLength, clip(values[0]))
	}
	return p, nil
}

// clip keeps what a server sends from filling the screen.
func clip(s string) string {
	const most = 80
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
