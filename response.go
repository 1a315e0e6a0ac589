// A Response is finished: read, and nothing left to close.

package godwit

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"example.com/godwit/header"
	"example.com/godwit/internal/jsonx"
	"example.com/godwit/trace"
)

// A Response has been read to its end. There is nothing to close; Body reads Content.
type Response struct {
	*http.Response

	// Content is the body, its content coding undone if Godwit had asked for one.
	Content []byte

	// Encoding names the charset that Text is to take Content for. "": Text finds out by
	// itself; see [EncodingSource]. A name that does not exist counts as "".
	Encoding string

	// History are the responses that led to this one, oldest first. Of their bodies Content
	// keeps at most 64 KiB, coded as they came.
	History []*Response

	// Attempts are the exchanges of the call, oldest first: redirects, answers to challenges,
	// and what was tried again.
	Attempts []Attempt

	body    contentBody
	dropped []drop
	hide    func(string) string // what stands for Secrets in a text in their place; nil: there are none
}

// contentBody reads Content.
type contentBody struct{ bytes.Reader }

func (*contentBody) Close() error { return nil }

// hold makes r the finished form of res.
func (r *Response) hold(res *http.Response, content []byte) {
	r.Response, r.Content = res, content
	r.body.Reset(content)
	res.Body = &r.body
}

// OK reports whether the status is below 400.
func (r *Response) OK() bool { return r.StatusCode < 400 }

// JSON decodes Content into v. It may be in UTF-8, UTF-16 or UTF-32, or else in the charset
// that Content-Type names. What is not one JSON text, or not one for v, is [ErrDecode].
func (r *Response) JSON(v any) error {
	err := jsonx.Unmarshal(r.Content, v)
	if err == jsonx.ErrNotUTF8 {
		_, label := mediaType(r.Header.Get("Content-Type"))
		if c, ok := charsetByName(label); ok && c.name != nameUTF8 {
			err = jsonx.Unmarshal([]byte(c.text(r.Content)), v)
		}
	}
	if err == nil {
		return nil
	}
	if len(bytes.TrimSpace(r.Content)) == 0 {
		err = errors.New("no JSON, the body is empty")
	}
	return &Error{Kind: ErrDecode, Method: r.Request.Method, URL: r.url(), Err: fmt.Errorf("response: %w", err), Sent: Answered}
}

// ErrorForStatus returns a *[StatusError] if the status is 400 or above, else nil.
func (r *Response) ErrorForStatus() error {
	if r.OK() {
		return nil
	}
	return &StatusError{Response: r, dropped: r.dropped}
}

// IsRedirect reports whether the response is a redirect that leads somewhere: one that was
// not followed, or one of a History.
func (r *Response) IsRedirect() bool { return follows(r.Response) }

// IsPermanentRedirect reports whether it is a redirect by which the resource has moved for
// good (301, 308).
func (r *Response) IsPermanentRedirect() bool {
	return r.IsRedirect() && (r.StatusCode == http.StatusMovedPermanently || r.StatusCode == http.StatusPermanentRedirect)
}

// Links returns the links of the response's Link fields (RFC 8288), the first of each relation,
// with their targets joined to the URL that was asked for. What is no link is passed over.
func (r *Response) Links() map[string]header.Link {
	links, _ := header.ParseLinks(r.Header.Values("Link"))
	return links.Resolve(r.Request.URL).ByRel()
}

// String returns protocol, status and reason.
func (r *Response) String() string {
	if r.Response == nil {
		return "no response"
	}
	return visible(clip(r.hidden(fmt.Sprintf("%s %d %s", r.Proto, r.StatusCode, r.reason())), 300))
}

// reason returns the words of the status line, or the usual ones if there are none.
func (r *Response) reason() string {
	_, reason, _ := strings.Cut(r.Status, " ")
	if reason == "" {
		return http.StatusText(r.StatusCode)
	}
	return reason
}

// url returns the URL of the request that was answered, fit to print.
func (r *Response) url() string {
	return r.hidden(urlOf(r.Request))
}

// hidden returns a text in which no Secret of the call can be read.
func (r *Response) hidden(text string) string {
	if r.hide == nil {
		return text
	}
	return r.hide(text)
}

// urlOf returns the URL of a request, fit to print but for its secrets.
func urlOf(req *http.Request) string { return visible(trace.RedactURL(req.URL)) }

// Timings says how long the phases of the last exchange took; those of the others are in
// Attempts.
func (r *Response) Timings() trace.Timings {
	if len(r.Attempts) == 0 {
		return trace.Timings{}
	}
	return r.Attempts[len(r.Attempts)-1].Timings
}

// Decode turns what a call returned into a T, which it decodes from JSON. It fails if the
// call failed, if the status is 400 or above, or if the content is not a T.
//
//	user, err := godwit.Decode[User](godwit.Get(ctx, url))
func Decode[T any](res *Response, err error) (T, error) {
	var v T
	if err != nil {
		return v, err
	}
	if err := res.ErrorForStatus(); err != nil {
		return v, err
	}
	return v, decodeInto(res, &v)
}

// decodeInto keeps Decode small: it exists once for each T.
func decodeInto(res *Response, v any) error { return res.JSON(v) }
