// What goes in front of a body: decided as net/http's server decides it, and read as its
// client reads it.

package godwittest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A head is the decision.
type head struct {
	header  http.Header
	length  int64 // the body's; -1: unknown
	noBody  bool
	chunked bool     // a trailer can follow
	close   bool     // the body ends with the connection
	trailer []string // declared in the field Trailer
}

// decideHead decides. fields are the handler's when it set the status, and length is what
// Content-Length says there; first is the beginning of the body, and whole says that it is
// all of it, as the handler has returned.
func decideHead(method string, status int, fields http.Header, length int64, first []byte, whole bool, now time.Time) head {
	coding := fields.Get("Transfer-Encoding")
	_, typed := fields["Content-Type"]
	_, sized := fields["Content-Length"]
	_, dated := fields["Date"]
	d := head{header: cleanFields(fields), length: length}
	mayTrail := d.declareTrailer(fields)
	content := hasContent(status)
	if whole && content && !mayTrail && !sized && coding == "" && (method != http.MethodHead || len(first) > 0) {
		d.length = int64(len(first))
		d.header.Set("Content-Length", strconv.Itoa(len(first)))
	}
	switch {
	case !content:
		delete(d.header, "Content-Length")
		if status == http.StatusNotModified {
			delete(d.header, "Content-Type")
		}
	case !typed && coding == "" && d.header.Get("Content-Encoding") == "" && len(first) > 0:
		d.header.Set("Content-Type", http.DetectContentType(first))
	}
	if !dated {
		d.header.Set("Date", now.UTC().Format(http.TimeFormat))
	}
	if coding != "" && coding != "identity" {
		d.length = -1
	}
	if d.length < 0 {
		delete(d.header, "Content-Length")
	}
	delete(d.header, "Transfer-Encoding")
	delete(d.header, "Trailer")
	switch d.noBody = method == http.MethodHead || !content; {
	case d.noBody, d.length >= 0:
	case coding == "identity":
		d.close = true
		d.header.Set("Connection", "close")
	default:
		d.chunked = true
	}
	return d
}

// declareTrailer notes what the field Trailer names, and reports whether a trailer may come.
func (d *head) declareTrailer(fields http.Header) (may bool) {
	for name := range fields {
		may = may || strings.HasPrefix(name, http.TrailerPrefix)
	}
	for _, value := range fields["Trailer"] {
		may = true
		for name := range strings.SplitSeq(value, ",") {
			name = http.CanonicalHeaderKey(strings.Trim(name, " \t"))
			if trails(name) && !slices.Contains(d.trailer, name) {
				d.trailer = append(d.trailer, name)
			}
		}
	}
	return may
}

// response returns the response as the client gets it.
func (d *head) response(x *exchange, status int) *http.Response {
	text := http.StatusText(status)
	if text == "" {
		text = "status code " + strconv.Itoa(status)
	}
	res := &http.Response{
		Status: strconv.Itoa(status) + " " + text, StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: d.header, ContentLength: d.length, Request: x.req, TLS: tlsState(x.req.URL),
		Close: hasToken(d.header["Connection"], "close"),
	}
	body := &responseBody{x: x, res: res, left: d.length}
	res.Body = body
	switch {
	case d.noBody:
		body.left = 0
		if !hasContent(status) {
			res.ContentLength = 0
		}
	case d.chunked:
		res.TransferEncoding = []string{"chunked"}
		for _, name := range d.trailer {
			if res.Trailer == nil {
				res.Trailer = http.Header{}
			}
			res.Trailer[name] = nil
		}
	}
	return res
}

// hasContent reports whether a response of that status has a body (RFC 9110 6.4.1).
func hasContent(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}
