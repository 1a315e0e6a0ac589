// Problem details (RFC 9457): what a server says about an error, for programs.

package godwit

import (
	"math"

	"example.com/godwit/internal/jsonx"
)

// A Problem is what an answer of the type application/problem+json says (RFC 9457). All of it
// is the server's word: escape it before it gets to a terminal or a page.
type Problem struct {
	Type     string // a URI that names the kind of problem; "about:blank" if the server names none
	Title    string // the kind in words
	Status   int    // the status as the server meant it; 0: not said. A proxy may have changed that of the answer
	Detail   string // this problem in words
	Instance string // a URI that names this problem

	// Extensions are the other members, as encoding/json decodes them into any. For types of
	// your own, decode the answer with JSON.
	Extensions map[string]any
}

// maxProblem bounds the content that is taken for problem details.
const maxProblem = 1 << 20

// Problem returns the problem details that the content holds; ok is false if it has another
// type, is larger than 1 MiB or no JSON object. Members of the wrong type are ignored, as
// RFC 9457 3.1 has it. A *[StatusError] has this method too.
func (r *Response) Problem() (p *Problem, ok bool) {
	if essence, _ := mediaType(r.Header.Get("Content-Type")); essence != "application/problem+json" || len(r.Content) > maxProblem {
		return nil, false
	}
	var members map[string]any
	if err := jsonx.Unmarshal(r.Content, &members); err != nil || members == nil {
		return nil, false
	}
	p = &Problem{
		Type:     takeString(members, "type"),
		Title:    takeString(members, "title"),
		Status:   takeStatus(members),
		Detail:   takeString(members, "detail"),
		Instance: takeString(members, "instance"),
	}
	if p.Type == "" {
		p.Type = "about:blank"
	}
	if len(members) > 0 {
		p.Extensions = members
	}
	return p, true
}

// takeString takes a member out; it is "" if it is no string.
func takeString(members map[string]any, name string) string {
	s, _ := members[name].(string)
	delete(members, name)
	return s
}

// takeStatus takes the member status out; it is 0 if it is no number that can be one.
func takeStatus(members map[string]any) int {
	n, _ := members["status"].(float64)
	delete(members, "status")
	if n != math.Trunc(n) || n < 100 || n > 999 {
		return 0
	}
	return int(n)
}
