// The layer that undoes content codings. Accept-Encoding has been added to the request when
// it was made (addDefaults); only what it asked for is undone, and
// nothing with Raw.

package godwit

import (
	"io"
	"net/http"

	"example.com/godwit/internal/coding"
)

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
	body, err := coding.Decode(res.Body, res.Header["Content-Encoding"], coding.Limits{
		Bytes: c.request.MaxBody, Ratio: c.request.MaxRatio,
	})
	if err != nil {
		res.Body.Close()
		return nil, err
	}
	if body == nil {
		return res, nil // identity
	}
	res.Body = &decodedBody{body, res.Body}
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

// hasContent reports whether the response can have a body (RFC 9112 6.3).
func hasContent(req *http.Request, res *http.Response) bool {
	switch {
	case req.Method == http.MethodHead, res.Body == http.NoBody, switched(res),
		res.StatusCode < 200, res.StatusCode == http.StatusNoContent, res.StatusCode == http.StatusNotModified:
		return false
	}
	return res.ContentLength != 0
}
