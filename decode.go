// The layer that undoes content codings, and the option for more of them. Accept-Encoding has
// been added to the request when it was made (addDefaults); only what it asked for is undone, and
// nothing with Raw.

package godwit

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"example.com/godwit/internal/coding"
	"example.com/godwit/trace"
)

// Decoders undo content codings that Godwit does not know, or does not undo in the way that is
// wanted. A name is one of Content-Encoding, in any letter case; its function is given a body and
// returns a reader of what that is, decoded. nil takes a coding away, which may be one of Godwit's
// own: after Decoders{"br": nil} a call neither asks for br nor undoes it. Accept-Encoding asks
// for what there is, unless an option sets that field.
//
// A function is called when the body is first read, unless that is empty. A reader with a Close
// is closed with the body. What it yields is bounded as all is (see [MaxRatio]), and an error of it
// is [ErrDecode]. Bytes that it leaves unread are passed over if they are few.
type Decoders map[string]func(io.Reader) (io.Reader, error)

// Apply sets Request.Decoders; what earlier options have set under other names stays.
func (d Decoders) Apply(r *Request) error {
	if len(d) == 0 {
		return nil
	}
	all := make(Decoders, len(r.Decoders)+len(d))
	maps.Copy(all, r.Decoders)
	for _, name := range slices.Sorted(maps.Keys(d)) {
		switch key := strings.ToLower(name); {
		case !isToken(name):
			return fmt.Errorf("the coding %q of Decoders is not a token (RFC 9110 8.4.1)", clip(name, 60))
		case key == "identity", key == "*":
			return errNoCoding
		default:
			all[key] = d[name]
		}
	}
	r.Decoders = all
	return nil
}

var errNoCoding = errors.New("Decoders for identity, or for *, which are no codings")

// undoCodings is the layer.
func undoCodings(next http.RoundTripper) http.RoundTripper { return decoder{next} }

type decoder struct{ next http.RoundTripper }

// RoundTrip sends req and puts a decoder in front of the response's body, if that is coded.
func (l decoder) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(req)
	if err != nil || len(res.Header["Content-Encoding"]) == 0 {
		return res, err
	}
	c := callOf(req)
	if c == nil || !c.request.asked || c.request.Raw || !hasContent(req, res) {
		return res, nil
	}
	if c.request.Redirects > 0 && follows(res) {
		return res, nil // its body is not wanted
	}
	body, err := coding.Decode(res.Body, res.Header["Content-Encoding"], coding.Set(c.request.Decoders), coding.Limits{
		Bytes: c.request.MaxBody, Ratio: c.request.MaxRatio,
	})
	if err != nil {
		res.Body = &undecodable{res.Body, err}
		return res, nil
	}
	if body == nil {
		return res, nil // identity
	}
	decoded := decodedBody{body, res.Body}
	res.Body = &decoded
	if c.session.Tracer != nil {
		codings := strings.Join(res.Header["Content-Encoding"], ", ")
		c.tell(trace.Choice{Call: c.id, What: "decoding", Value: codings, Rule: "Content-Encoding of the response"})
		res.Body = &toldBody{decoded, c}
	}
	res.Header.Del("Content-Encoding")
	res.Header.Del("Content-Length")
	res.ContentLength = -1
	res.Uncompressed = true
	return res, nil
}

// A decodedBody is a body whose coding is undone.
type decodedBody struct {
	io.ReadCloser
	coded io.ReadCloser
}

// under returns the body as it comes: see letGo.
func (b *decodedBody) under() io.ReadCloser { return b.coded }

// A toldBody is a decodedBody of whose content a tracer is told.
type toldBody struct {
	decodedBody
	call *call
}

func (b *toldBody) Read(p []byte) (int, error) {
	n, err := b.decodedBody.Read(p)
	if n > 0 {
		b.call.tell(trace.Content{Call: b.call.id, P: p[:n]})
	}
	return n, err
}

// An undecodable body is one with codings that cannot be undone. Who reads it is told; who wants
// no more than the head, to answer a challenge or to try again, is not kept from it.
type undecodable struct {
	io.ReadCloser
	err error
}

func (b *undecodable) Read([]byte) (int, error) { return 0, b.err }

// under returns the body as it comes: see letGo.
func (b *undecodable) under() io.ReadCloser { return b.ReadCloser }

// hasContent reports whether the response can have a body (RFC 9112 6.3).
func hasContent(req *http.Request, res *http.Response) bool {
	switch {
	case req.Method == http.MethodHead, res.Body == http.NoBody, switched(res),
		res.StatusCode < 200, res.StatusCode == http.StatusNoContent, res.StatusCode == http.StatusNotModified:
		return false
	}
	return res.ContentLength != 0
}
