package ledger

// What of a call is shown, and how an error is told to programs.

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"example.com/godwit"
	"example.com/godwit/trace"
)

// fields returns fields in their order, credentials hidden unless they are to be shown.
func (s shower) fields(fields trace.Fields) []field {
	if !s.secrets {
		fields = trace.Redact(fields)
	}
	out := make([]field, 0, len(fields))
	for _, f := range fields {
		value := f.Value
		switch strings.ToLower(f.Name) {
		case "location", "content-location", "referer":
			value = s.url(value)
		}
		out = append(out, field{text(f.Name), text(value)})
	}
	return out
}

// url returns a URL, or a target, whose query shows no more than is to be shown.
func (s shower) url(u string) string {
	if s.secrets {
		return text(u)
	}
	return text(hideQuery(u))
}

// hideQuery hides what the parameters of a URL's query say if their names are those of credentials.
func hideQuery(u string) string {
	base, fragment, fragmented := strings.Cut(u, "#")
	if path, query, ok := strings.Cut(base, "?"); ok {
		base = path + "?" + trace.RedactQuery(query)
	}
	if fragmented {
		base += "#" + fragment
	}
	return base
}

// sentence returns a text in which there may be URLs.
func (s shower) sentence(in string) string {
	if s.secrets || !strings.Contains(in, "?") {
		return text(in)
	}
	var b strings.Builder
	for in != "" {
		end := strings.IndexAny(in, " \t\r\n\"'<>,;")
		if end < 0 {
			end = len(in)
		}
		b.WriteString(hideQuery(in[:end]))
		in = in[end:]
		if in != "" {
			b.WriteByte(in[0])
			in = in[1:]
		}
	}
	return text(b.String())
}

// withoutUser returns a URL as it was typed without who is asking.
func withoutUser(typed string) string {
	if u, err := url.Parse(typed); err == nil && u.User != nil {
		u.User = nil
		return u.String()
	} else if err == nil {
		return typed
	}
	authority := 0
	if i := strings.Index(typed, "//"); i >= 0 {
		authority = i + len("//")
	}
	end := len(typed)
	if i := strings.IndexAny(typed[authority:], "/?#"); i >= 0 {
		end = authority + i
	}
	if at := strings.LastIndexByte(typed[:end], '@'); at >= authority {
		typed = typed[:authority] + typed[at+1:]
	}
	return typed
}

// text returns s if it is UTF-8, and what its bytes are in ISO-8859-1 if not: JSON has no bytes.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	out := make([]rune, 0, len(s))
	for i := range len(s) {
		out = append(out, rune(s[i]))
	}
	return string(out)
}

// A failure is an error.
type failure struct {
	Kind    string        `json:"kind"`
	Message string        `json:"message"`
	Phase   *string       `json:"phase"`
	Address string        `json:"address,omitempty"`
	Proxy   bool          `json:"proxy"`
	Timeout bool          `json:"timeout"`
	Limit   *milliseconds `json:"limit_ms"`
	Setting string        `json:"setting,omitempty"`
	Sent    string        `json:"sent"` // as godwit.SentState has it
}

// failure returns what an error says, nil for none.
func (s shower) failure(err error, kind string) *failure {
	if err == nil {
		return nil
	}
	f := &failure{Kind: kind, Message: s.sentence(err.Error()), Timeout: errors.Is(err, godwit.ErrTimeout), Sent: godwit.Unsent.String()}
	if e, ok := errors.AsType[*trace.Error](err); ok {
		phase := e.Phase.String()
		f.Phase, f.Address, f.Proxy = &phase, text(e.Addr), e.Proxy
		f.Timeout = f.Timeout || e.Timeout()
		if e.Limit > 0 {
			limit := inMilliseconds(e.Limit)
			f.Limit, f.Setting = &limit, e.Setting
		}
		switch {
		case e.Answered:
			f.Sent = godwit.Answered.String()
		case e.Sent:
			f.Sent = godwit.MaybeProcessed.String()
		}
	}
	if e, ok := errors.AsType[*godwit.Error](err); ok {
		f.Sent = e.Sent.String()
	}
	return f
}
