package download

// Under which name a file is saved: what the server says, or else the first URL, made safe;
// and which name there is beside one that is taken.

import (
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"example.com/godwit/header"
)

// nameOf returns the name that an answer has for itself, or else that of the URL which was
// asked first: where a redirect leads is the server's choice (CVE-2010-2252, CVE-2019-10751).
func nameOf(h http.Header, firstURL string) string {
	if v := h.Get("Content-Disposition"); v != "" {
		// What it says counts as far as it can be read, whatever the error.
		d, _ := header.ParseContentDisposition(v)
		if name := SafeName(d.Filename); name != "" {
			return name
		}
	}
	if name := URLName(firstURL); name != "" {
		return name
	}
	return "index" + extension(h.Get("Content-Type"))
}

// SafeName is header.SafeName, and makes no name that our own files have: who could choose both
// a .part and its state would have us go on with a file of his.
func SafeName(name string) string {
	name = header.SafeName(name)
	for _, suffix := range []string{partSuffix, stateSuffix, stateSuffix + newSuffix} {
		if n := len(name) - len(suffix); n >= 0 && strings.EqualFold(name[n:], suffix) {
			return name + "_"
		}
	}
	return name
}

// URLName returns the name that the last segment of a URL's path gives, made safe; "" if it
// gives none.
func URLName(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	// Unescaped once, and after the path was cut: an escaped slash is none of its slashes
	// (CVE-2025-11563).
	segment, err := url.PathUnescape(u.EscapedPath()[strings.LastIndexByte(u.EscapedPath(), '/')+1:])
	if err != nil {
		return ""
	}
	return SafeName(strings.NewReplacer("/", "_", `\`, "_").Replace(segment))
}

// extension returns the one that files of the most common types have, "" for any other type:
// a table of the system would give a name of its own to each system.
func extension(contentType string) string {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	switch mediaType {
	case "text/html", "application/xhtml+xml":
		return ".html"
	case "application/json":
		return ".json"
	case "text/plain":
		return ".txt"
	case "application/xml", "text/xml":
		return ".xml"
	case "application/pdf":
		return ".pdf"
	case "application/zip":
		return ".zip"
	case "text/csv":
		return ".csv"
	}
	return ""
}

// numbered returns the name beside name that has the number n: "a-1.tar.gz". 0 is name itself.
func numbered(name string, n int) string {
	if n == 0 {
		return name
	}
	stem, ext := name, ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && len(name)-dot <= 12 {
		stem, ext = name[:dot], name[dot:]
		if before, ok := strings.CutSuffix(stem, ".tar"); ok && before != "" {
			stem, ext = before, ".tar"+ext
		}
	}
	return stem + "-" + strconv.Itoa(n) + ext
}
