package conn

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"example.com/godwit/internal/h1"
	"example.com/godwit/internal/message"
	"example.com/godwit/trace"
)

// setHead gathers the request's fields, in the order of the wire: Host first, as RFC 9110
// 7.2 wants it, what frames the message next, the others by name.
func (x *Exchange) setHead() error {
	req, w := x.req, &x.work
	target, err := message.Target(req)
	if err != nil {
		return err
	}
	host, err := message.Host(req)
	if err != nil {
		return err
	}
	if x.method == "CONNECT" && req.URL.Path == "" {
		if target = host; req.URL.Opaque != "" {
			target = req.URL.Opaque
		}
	}
	x.target = target

	w.names = appendNames(w.names[:0], req.Header)
	agentNamed, err := message.CheckNames(w.names)
	if err != nil {
		return err
	}
	f := append(w.fields[:0], Field{Name: "Host", Value: host})
	if agent, has := req.Header["User-Agent"]; !has && !agentNamed && x.opt.UserAgent != "" {
		f = append(f, Field{Name: "User-Agent", Value: x.opt.UserAgent})
	} else if len(agent) > 0 && agent[0] != "" {
		f = append(f, Field{Name: "User-Agent", Value: agent[0]})
	}
	if f, err = x.framingFields(f); err != nil {
		return err
	}
	for _, name := range w.names {
		if x.opt.ToOrigin && len(name) == len("Proxy-Authorization") && strings.EqualFold(name, "Proxy-Authorization") {
			continue
		}
		for _, value := range req.Header[name] {
			f = append(f, Field{Name: name, Value: value})
		}
	}
	if x.opt.Gzip {
		f = append(f, Field{Name: "Accept-Encoding", Value: "gzip"})
	}
	if x.close && !x.opt.HTTP10 && !message.Holds(req.Header, "Connection", "close") {
		f = append(f, Field{Name: "Connection", Value: "close"})
	}
	if len(x.opt.Order) > 0 {
		reorder(f, x.opt.Order)
	}
	w.fields = f
	return nil
}

// appendNames appends the names of a header in alphabetical order, without those that are
// written from elsewhere.
func appendNames(names []string, header http.Header) []string {
	for name := range header {
		switch name {
		case "Host", "User-Agent", "Content-Length", "Transfer-Encoding", "Trailer":
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// framingFields appends what tells the server where the body ends.
func (x *Exchange) framingFields(f Fields) (Fields, error) {
	p := &x.plan
	switch {
	case p.chunked:
		f = append(f, Field{Name: "Transfer-Encoding", Value: "chunked"})
	case p.body != nil && p.length >= 0:
		f = append(f, Field{Name: "Content-Length", Value: strconv.FormatInt(p.length, 10)})
	case p.body == nil && announcesNothing(x.method):
		f = append(f, Field{Name: "Content-Length", Value: "0"})
	}
	if len(x.req.Trailer) == 0 {
		return f, nil
	}
	names := slices.Sorted(maps.Keys(x.req.Trailer))
	for _, name := range names {
		if !h1.IsToken(name) {
			return f, &RequestError{What: "trailer field", Name: name, Why: "not a token (RFC 9110 5.1)"}
		}
		if err := message.CheckTrails(name); err != nil {
			return f, err
		}
	}
	return append(f, Field{Name: "Trailer", Value: strings.Join(names, ", ")}), nil
}

// reorder moves the fields that order names to the front, in that order and spelt so.
// Host stays first unless it is named.
func reorder(f Fields, order []string) {
	at := 0
	if !slices.ContainsFunc(order, func(n string) bool { return strings.EqualFold(n, "Host") }) {
		at = 1
	}
	for _, name := range order {
		for i := at; i < len(f); i++ {
			if strings.EqualFold(f[i].Name, name) {
				field := f[i]
				field.Name = name
				copy(f[at+1:i+1], f[at:i])
				f[at] = field
				at++
			}
		}
	}
}

// traceHead tells the tracer and httptrace of the head that is about to be sent.
func (x *Exchange) traceHead() {
	if x.opt.Tracer != nil {
		x.emit(trace.PhaseStart{Exchange: x.opt.ID, Phase: trace.Send})
	}
	if t := x.client; t != nil && t.WroteHeaderField != nil {
		for _, f := range x.work.fields {
			t.WroteHeaderField(f.Name, []string{f.Value})
		}
	}
	if x.opt.Tracer == nil {
		return
	}
	proto := "HTTP/1.1"
	if x.opt.HTTP10 {
		proto = "HTTP/1.0"
	}
	x.emit(trace.RequestHead{
		Exchange: x.opt.ID, Call: x.opt.Call,
		Conn:   x.conn.describe(x.reused),
		Method: x.method, Target: x.target, URL: x.url(), Proto: proto,
		Fields: slices.Clone(x.work.fields),
	})
}

// url returns the URL of the request, without its password.
func (x *Exchange) url() string {
	if x.hand != nil {
		return urlOf(x.hand.base, x.method, x.target)
	}
	return trace.RedactURL(x.req.URL)
}
