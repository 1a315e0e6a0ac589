package ledger

// Why things were done as they were: what the library has told of its choices, and what shows in
// what was sent.

import (
	"fmt"
	"strconv"
	"strings"

	"example.com/godwit/internal/cli/term"
	"example.com/godwit/trace"
)

// A Because is one choice and where it comes from.
type Because struct {
	What  string // proxy, ca, credential, cookies, connection, protocol, redirect, again, retry, decoding, header dropped
	Value string // what was chosen; "none"
	Rule  string // which rule chose it, as the library says; "": nothing did, so that it is the default
}

// An Asked is what a Because is about.
type Asked struct {
	Method, URL string
	TLS         bool
}

// A Source says where a choice comes from in the words of the command line.
type Source func(a Asked, b Because) string

// Why returns, for each exchange, a line that says which one it is, and one for each choice. Its
// text is harmless to a terminal.
func (l *Ledger) Why(source Source, secrets bool) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := shower{l, secrets}
	var b strings.Builder
	for i, x := range l.exchanges {
		fmt.Fprintf(&b, "why %s%s\n", term.Line(s.asked(x)), place(x))
		a := Asked{Method: x.method, URL: x.url, TLS: strings.HasPrefix(x.url, "https")}
		for _, because := range l.becauses(i) {
			text := s.sentence(because.Value)
			if rule := source(a, because); rule != "" {
				text += ": " + s.sentence(rule)
			}
			fmt.Fprintf(&b, "    %-12s%s\n", because.What, term.Line(text))
		}
	}
	return b.String()
}

// place says which exchange of a call it is, unless it is the first.
func place(x *exchange) string {
	var all []string
	if x.hop > 0 {
		all = append(all, "hop "+strconv.Itoa(x.hop))
	}
	if x.attempt > 1 {
		all = append(all, "attempt "+strconv.Itoa(x.attempt))
	}
	if all == nil {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

// becauses returns the choices of an exchange, in the order of what happened.
func (l *Ledger) becauses(i int) []Because {
	x := l.exchanges[i]
	told := map[string][]Because{}
	for _, r := range l.reasons {
		if l.about(r) == i {
			told[r.what] = append(told[r.what], Because{r.what, r.value, r.rule})
		}
	}
	var all []Because
	// say says what was told of something, or else what is so without a word.
	say := func(what, value string) {
		if len(told[what]) == 0 && value != "" {
			all = append(all, Because{What: what, Value: value})
		}
		all = append(all, told[what]...)
	}
	say("proxy", "none")
	if strings.HasPrefix(x.url, "https") && (x.request == nil || !x.request.Conn.Reused) { // else it was asked before
		if len(told["ca"]) == 0 {
			told["ca"] = l.lastingCA(i)
		}
		say("ca", "the system's")
	}
	say("connection", "")
	say("protocol", "")
	if x.request != nil {
		all = append(all, protocolOf(x))
		say("credential", fieldOr(x.request.Fields, "Authorization", "an Authorization field"))
		say("cookies", fieldOr(x.request.Fields, "Cookie", "a Cookie field"))
	}
	say("header dropped", "")
	if x.response != nil {
		all = append(all, Because{What: "answer", Value: strings.TrimSpace(fmt.Sprintf("%d %s", x.response.Status, x.response.Reason))})
		coding := x.response.Fields.Get("Content-Encoding")
		if coding != "" && len(told["decoding"]) == 0 {
			coding = "left as it is (" + coding + ")"
		}
		say("decoding", coding)
	}
	say("retry", "")
	say("again", "")
	say("redirect", notFollowed(l, i))
	return all
}

// lastingCA returns what was told before of whom the whole call trusts, which is told once.
func (l *Ledger) lastingCA(i int) (all []Because) {
	for _, r := range l.reasons {
		if r.what == "ca" && l.about(r) < i && (r.rule == "CA option" || r.rule == "AddCA option") {
			all = append(all, Because{r.what, r.value, r.rule})
		}
	}
	return all
}

// about returns the number of the exchange that a reason is about.
func (l *Ledger) about(r reason) int {
	last := r.exchange - 1 // the one that had begun when it was told
	switch r.what {
	case "redirect", "again", "retry", "decoding": // which follow from an answer
		return max(last, 0)
	}
	if last >= 0 && last < len(l.exchanges) && r.early {
		return last
	}
	return min(r.exchange, len(l.exchanges)-1)
}

// protocolOf says which version was spoken, and why.
func protocolOf(x *exchange) Because {
	c := &x.request.Conn
	b := Because{What: "protocol", Value: strings.TrimSuffix(x.request.Proto, ".0")}
	if x.request.Proto == "HTTP/1.0" {
		b.Value = x.request.Proto
	}
	switch {
	case c.TLS == nil:
		b.Rule = "in clear, where nothing is agreed on"
	case c.TLS.NegotiatedProtocol != "":
		b.Rule = "agreed on with the server (ALPN " + c.TLS.NegotiatedProtocol + ")"
	default:
		b.Rule = "the server has agreed on none (ALPN)"
	}
	return b
}

// fieldOr returns what is said of a field that was sent.
func fieldOr(fields trace.Fields, name, sent string) string {
	if fields.Has(name) {
		return sent
	}
	return "none"
}

// notFollowed says of the last answer that it led elsewhere, "" if it did not.
func notFollowed(l *Ledger, i int) string {
	x := l.exchanges[i]
	if i < len(l.exchanges)-1 || x.response == nil || x.response.Status/100 != 3 || !x.response.Fields.Has("Location") {
		return ""
	}
	return "not followed"
}
