package conn

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/godwit/internal/h1"
)

// A PutOption leaves something out of what [Conn.PutRequest] puts by itself.
type PutOption uint8

const (
	// SkipHost leaves the field Host out, for who puts another.
	SkipHost PutOption = iota + 1
	// SkipAcceptEncoding leaves "Accept-Encoding: identity" out, without which a server may
	// send a body compressed; nothing here undoes that.
	SkipAcceptEncoding
)

// PutRequest begins a request: its method, any token, and its target, which must have neither
// spaces nor control characters; "" is "/". The fields Host and "Accept-Encoding: identity"
// follow. Nothing is sent yet.
//
// The context is that of the whole exchange, until the response's body has been read: when it
// ends, whatever waits fails at once, and the connection is closed.
//
// Of PutRequest and all steps up to [Conn.Response], the errors may be left to the latter, which
// returns the first of them: after an error that is not a [StateError], the later steps of the
// request do nothing but return it. If nothing of the request was sent, the connection is still
// fit for another.
func (c *Conn) PutRequest(ctx context.Context, method, target string, opts ...PutOption) error {
	h, err := c.begin(ctx, "PutRequest", method, target)
	if err != nil {
		return err
	}
	if err := h.putLine(); err != nil {
		return h.fault(c, err)
	}
	return h.putUsual(c, slices.Contains(opts, SkipHost), slices.Contains(opts, SkipAcceptEncoding))
}

// putLine puts the request line.
func (h *hand) putLine() (err error) {
	x := h.x
	if x.target == "" {
		x.target = "/"
	}
	if err := checkTarget(x.method, x.target); err != nil {
		return err
	}
	x.work.out, err = h1.AppendRequestLine(x.work.out[:0], x.method, x.target, 1)
	x.work.fields = x.work.fields[:0]
	return err
}

// putUsual puts the fields that every request has.
func (h *hand) putUsual(c *Conn, skipHost, skipAcceptEncoding bool) error {
	x := h.x
	if !skipHost && !skipAcceptEncoding && !h.noted() && x.target[0] == '/' {
		x.work.out = append(x.work.out, h.pre...)
		h.head.host, h.head.acceptEncoding = true, true
		return nil
	}
	if !skipHost {
		host, err := h.hostFor(x.method, x.target)
		if err != nil {
			return h.fault(c, err)
		}
		if err := h.put(c, "Host", host); err != nil {
			return err
		}
	}
	if skipAcceptEncoding {
		return nil
	}
	return h.put(c, "Accept-Encoding", "identity")
}

// hostFor returns the value of Host for a target: that of the connection, unless the target
// names a host (RFC 9112 3.2.2, 3.2.3).
func (h *hand) hostFor(method, target string) (string, error) {
	if method == "CONNECT" {
		return target, nil
	}
	if !isAbsolute(target) {
		return h.host, nil
	}
	u, err := url.Parse(target)
	if err != nil {
		return "", errTarget
	}
	def := defaultPort(u.Scheme)
	a, err := parseAuthority(u.Host, 0, cmp.Or(def, strconv.Itoa(HTTPPort)))
	if err != nil {
		return "", err
	}
	if def == "" && u.Port() == "" {
		return a.bare(), nil
	}
	return a.field(def), nil
}

// isAbsolute reports whether a target is a URL with a host in it.
func isAbsolute(target string) bool {
	slash := strings.IndexByte(target, '/')
	return slash > 0 && target[slash-1] == ':' && strings.HasPrefix(target[slash:], "//") && !strings.Contains(target[:slash], "?")
}

// checkTarget refuses a URL that names no host, or a user, and for CONNECT all that is not a
// host and a port.
func checkTarget(method, target string) error {
	if method == "CONNECT" {
		if _, err := parseAuthority(target, 0, ""); err != nil {
			return &RequestError{What: "target", Why: "is no host and port (RFC 9110 9.3.6)"}
		}
		return nil
	}
	if !isAbsolute(target) {
		return nil
	}
	switch u, err := url.Parse(target); {
	case err != nil || u.Host == "":
		return errTarget
	case u.User != nil:
		return &RequestError{What: "target", Why: "user info in it (RFC 9110 4.2.4)"}
	}
	return nil
}

var errTarget = &RequestError{What: "target", Why: "is no URL that names a host (RFC 9112 3.2.2)"}

// noted reports whether the fields have to be known one by one, because somebody is told.
func (h *hand) noted() bool { return h.traced || h.x.client != nil }

// PutHeader puts a field, behind those that were put before, spelt as it is given. Several
// values are joined by ", ", or stand in a line each with [Options.ObsFold]. A name that is no
// token, and a value with a control character other than HTAB, are refused: nothing that is
// put can end the field that it is in.
//
// Content-Length and Transfer-Encoding say how the body is framed, and so they are understood:
// the first must be a number, the second end in "chunked", and only one of them can be put.
func (c *Conn) PutHeader(name string, values ...string) error {
	h, err := c.step(h1.PutHeader, "PutHeader")
	if err != nil {
		return err
	}
	if len(values) > 1 && c.dial != nil && c.dial.ObsFold {
		return h.putFolded(c, name, values)
	}
	if len(values) == 1 {
		return h.put(c, name, values[0])
	}
	return h.put(c, name, strings.Join(values, ", "))
}

// put puts a field.
func (h *hand) put(c *Conn, name, value string) error {
	w := &h.x.work
	var err error
	if w.out, err = h1.AppendField(w.out, name, value); err != nil {
		return h.fault(c, err)
	}
	return h.note(c, name, value)
}

func (h *hand) putFolded(c *Conn, name string, values []string) error {
	w := &h.x.work
	var err error
	switch strings.ToLower(name) {
	case "content-length", "transfer-encoding", "host":
		return h.fault(c, &RequestError{What: "field value", Name: name, Why: "must stand in one line (RFC 9112 5.2)"})
	}
	if w.out, err = h1.AppendFolded(w.out, name, values); err != nil {
		return h.fault(c, err)
	}
	if h.opt.debug != nil {
		h.opt.debug.fold(len(h.x.work.fields), values)
	}
	return h.note(c, name, strings.Join(values, " "))
}

// note takes note of a field that has been put.
func (h *hand) note(c *Conn, name, value string) error {
	if h.noted() {
		h.x.work.fields = append(h.x.work.fields, Field{Name: name, Value: value})
	}
	if err := h.head.note(name, value); err != nil {
		return h.fault(c, err)
	}
	return nil
}

// EndHeaders ends the head. If the fields announce a body, the head leaves with the first
// [Conn.Write] of that, in one packet if that is small, or with [Conn.Flush]; otherwise it
// leaves now. The connection is opened before that if it is not open.
func (c *Conn) EndHeaders() error {
	h, err := c.step(h1.PutHeader, "EndHeaders") // which has its place where EndHeaders has
	if err != nil {
		return err
	}
	if err := h.end(); err != nil {
		return h.fault(c, err)
	}
	return h.guarded(c, func() error {
		m := &c.link.machine
		if !h.head.hasLength && !h.head.chunked {
			_ = m.Step(h1.EndHeadOnly)
			return h.flushAll(c)
		}
		if _ = m.Step(h1.EndHead); h.head.expect || h.left == 0 {
			return h.flush(c) // the server is to answer, or nothing follows
		}
		return nil
	})
}

// end decides how the body is framed, and puts the end of the head.
func (h *hand) end() error {
	x, f := h.x, &h.head
	switch {
	case (x.method == "CONNECT" || x.method == "TRACE") && (f.chunked || f.length > 0):
		return &RequestError{What: "method", Why: x.method + " has no body (RFC 9110 9.3.6, 9.3.8)"}
	case f.hasLength && f.chunked:
		return &RequestError{What: "field value", Name: "Transfer-Encoding", Why: "with a Content-Length (RFC 9112 6.2)"}
	case f.chunked:
		h.left = -1
	default:
		h.left = f.length
	}
	x.plan.expect = f.expect && h.left != 0
	x.close = f.close
	x.work.out = append(x.work.out, '\r', '\n')
	return nil
}

// Flush sends what is held back of the head, for who has it go before the body is there.
func (c *Conn) Flush() error {
	h, err := c.step(h1.Write, "Flush")
	if err != nil {
		return err
	}
	return h.guarded(c, func() error { return h.flush(c) })
}
