// Which recording belongs to which request.

package godwittest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/godwit/trace"
)

// recordedRequest takes down a request. What it does not show does not count when it is
// looked for either.
func recordedRequest(h *hider, req *http.Request, body []byte) *recording {
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	return hiddenRequest(h, &recording{method: method, request: fieldsOf(req.Header), requestBody: body}, req.URL)
}

// hiddenRequest returns the request of a recording with all hidden that is to be.
func hiddenRequest(h *hider, r *recording, u *url.URL) *recording {
	contentType := r.request.Get("Content-Type")
	h.learnFields(r.request)
	h.url(u) // to learn from
	h.body(r.requestBody, contentType)
	h.learned = true
	out := &recording{method: r.method, url: h.url(u), request: h.fields(r.request), requestBody: h.body(r.requestBody, contentType)}
	if b := boundaryOf(contentType); b != "" {
		for i, x := range out.request {
			if strings.EqualFold(x.Name, "Content-Type") {
				out.request[i].Value = strings.ReplaceAll(x.Value, b, plainBoundary)
			}
		}
	}
	return out
}

// key is what two requests have in common that have the same answers.
func (r *recording) key() string {
	return r.method + " " + r.url + "\n" + string(r.requestBody)
}

// fileName returns the name of a recording's file, which is the same for the same request:
// what a person needs, and enough of a hash.
func fileName(r *recording) string {
	words := strings.ToLower(r.method)
	if u, err := url.Parse(r.url); err == nil {
		words += " " + u.Host + u.Path
	}
	var b strings.Builder
	for _, c := range words {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.' && b.Len() > 0:
			b.WriteRune(c)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 80 {
			break
		}
	}
	sum := sha256.Sum256([]byte(r.key()))
	return strings.TrimRight(b.String(), "-.") + "-" + hex.EncodeToString(sum[:5])
}

const extension = ".http"

// nthName returns the name of the file for the n-th time that a request is sent.
func nthName(name string, n int) string {
	if n > 1 {
		name += "." + strconv.Itoa(n)
	}
	return name + extension
}

// nthOf is the inverse of nthName.
func nthOf(file string) (name string, n int) {
	name = strings.TrimSuffix(file, extension)
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		if n, err := strconv.Atoi(name[i+1:]); err == nil && n > 1 {
			return name[:i], n
		}
	}
	return name, 1
}

// An UnrecordedError says that there is no recording of a request.
type UnrecordedError struct {
	Dir         string
	Method, URL string   // as a recording would have them
	Body        int      // the body's size in bytes
	Recorded    int      // how often the request was recorded; all of these were used
	Nearest     []string // at most three recordings, each with what differs
}

// Error returns one line: what was asked, and what comes near.
func (e *UnrecordedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no recording in %s of %s %s", quote(e.Dir), clip(e.Method), clip(e.URL))
	if e.Body > 0 {
		fmt.Fprintf(&b, " with a body of %d bytes", e.Body)
	}
	if e.Recorded > 0 {
		times := "once"
		if e.Recorded > 1 {
			times = fmt.Sprintf("%d times", e.Recorded)
		}
		fmt.Fprintf(&b, ", which was recorded %s and is asked for once more", times)
	}
	for i, near := range e.Nearest {
		b.WriteString([]string{"; nearest: ", "; "}[min(i, 1)] + near)
	}
	return b.String()
}

func clip(text string) string {
	if len(text) > maxQuoted {
		return text[:maxQuoted] + "…"
	}
	return text
}

// nearest returns the recordings that come near the one that is wanted.
func nearest(all []*played, wanted *recording) []string {
	type near struct {
		score int
		text  string
	}
	var found []near
	for _, p := range all {
		if score, why := distance(p.recording, wanted); score > 0 {
			found = append(found, near{score, p.file + " (" + why + ")"})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return b.score - a.score })
	var texts []string
	for _, n := range found[:min(len(found), 3)] {
		texts = append(texts, n.text)
	}
	return texts
}

// distance returns how near a recording is to the one that is wanted, 0 if it is not, and in
// what it differs.
func distance(r, wanted *recording) (score int, why string) {
	if r.url == wanted.url {
		if r.method != wanted.method {
			return 3, "the method is " + clip(r.method)
		}
		for i := range min(len(r.requestBody), len(wanted.requestBody)) {
			if r.requestBody[i] != wanted.requestBody[i] {
				return 4, fmt.Sprintf("the body differs from byte %d on", i)
			}
		}
		return 4, fmt.Sprintf("the body has %d bytes", len(r.requestBody))
	}
	path, query, _ := strings.Cut(r.url, "?")
	wantedPath, _, _ := strings.Cut(wanted.url, "?")
	switch {
	case path == wantedPath && query == "":
		return 2, "without a query"
	case path == wantedPath:
		return 2, "the query is " + clip(query)
	case r.method == wanted.method && hostPart(path) == hostPart(wantedPath):
		return 1, "the URL is " + clip(r.url)
	}
	return 0, ""
}

// hostPart returns a URL up to its path.
func hostPart(u string) string {
	scheme, rest, _ := strings.Cut(u, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// hasNoBody reports whether a response has no body, whatever its head says.
func hasNoBody(method string, status int) bool {
	return method == http.MethodHead || !hasContent(status)
}

// lengthOf returns what a response's head says about the length of its body, -1 for nothing.
func lengthOf(f trace.Fields) int64 {
	if n, err := strconv.ParseInt(f.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		return n
	}
	return -1
}
