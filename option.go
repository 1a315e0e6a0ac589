// Options: what one call may say otherwise than another. Each is a value, and each sets
// fields of the Request.

package godwit

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"example.com/godwit/trace"
)

// An Option says one thing about a request.
//
// Most options are plain values, such as Params{"q": "go"} or Timeout(time.Second), so they
// can be compared, printed and kept. Anything with an Apply method is an option. A nil
// Option says nothing.
type Option interface {
	// Apply alters the request. An error keeps it from being sent.
	Apply(*Request) error
}

// OptionFunc is an [Option] made of a function. nil says nothing.
type OptionFunc func(*Request) error

// Apply calls f.
func (f OptionFunc) Apply(r *Request) error {
	if f == nil {
		return nil
	}
	return f(r)
}

// Defaults is many options in one.
type Defaults []Option

// Apply applies them in turn.
func (d Defaults) Apply(r *Request) error {
	for _, opt := range d {
		if opt == nil {
			continue
		}
		if err := opt.Apply(r); err != nil {
			return err
		}
	}
	return nil
}

// BaseURL is what relative URLs are joined to: with "https://h/v1", both "users" and
// "/users" lead to "https://h/v1/users". A reference that has a host but no scheme, a scheme
// but no host, or that climbs out of the base's path is an error.
type BaseURL string

// Apply sets Request.BaseURL.
func (b BaseURL) Apply(r *Request) error { r.BaseURL = string(b); return nil }

// Timeout bounds the whole call, with its redirects, its attempts and the waits between them,
// until its response has been read. 0: only the context bounds it. See [Limits] for its phases.
type Timeout time.Duration

// Apply sets Request.Timeout. Less than a millisecond is an error: Timeout(5) is five
// nanoseconds.
func (t Timeout) Apply(r *Request) error {
	switch d := time.Duration(t); {
	case d < 0:
		return errors.New("a negative Timeout: 0 is none")
	case d != 0 && d < time.Millisecond:
		return tooShort("Timeout", d)
	}
	r.Timeout = time.Duration(t)
	return nil
}

// tooShort is the error for who takes a Duration for a number of seconds.
func tooShort(setting string, d time.Duration) error {
	return fmt.Errorf("a %s of %v is no time to do anything in: did you mean %d*time.Second?", setting, d, d)
}

// Limits bounds the phases of each exchange. A field that is 0 leaves what an earlier
// option, or the transport, says; a negative one means no limit.
type Limits trace.Limits

// Apply sets the fields of Request.Limits that are not 0 in l. Less than a microsecond is an
// error, as for Timeout.
func (l Limits) Apply(r *Request) error {
	for p, d := range [trace.NumPhases]time.Duration{l.Blocked, l.DNS, l.Connect, l.TLS, l.Send, l.Wait, l.Receive} {
		if d > 0 && d < time.Microsecond {
			return tooShort(trace.Phase(p).Setting(), d)
		}
	}
	r.Limits = trace.Limits(l).Or(r.Limits)
	return nil
}

// MaxBody bounds the bytes of a response's body that a call holds in memory. 0: 64 MiB;
// negative: no bound. It also moves the size from which on a body that inflates is looked
// at with suspicion; see [MaxRatio].
type MaxBody int64

// Apply sets Request.MaxBody.
func (n MaxBody) Apply(r *Request) error { r.MaxBody = int64(n); return nil }

// MaxRatio bounds how many times its size on the wire a body may become when its content
// coding is undone, once it is larger than [MaxBody] (on a stream too). 0: 200; negative:
// any ratio.
type MaxRatio int64

// Apply sets Request.MaxRatio.
func (n MaxRatio) Apply(r *Request) error { r.MaxRatio = int64(n); return nil }

// Redirects is how many redirects to follow: 10, unless it says otherwise. More than that is
// [ErrRedirects].
type Redirects int

// NoRedirects makes a redirect an answer like any other.
const NoRedirects Redirects = 0

// Apply sets Request.Redirects.
func (n Redirects) Apply(r *Request) error {
	if n < 0 {
		return errors.New("a negative number of Redirects")
	}
	r.Redirects = int(n)
	return nil
}

// KeepHeaders names header fields that a redirect takes along to another origin.
//
// Without it only Accept and its kin, User-Agent, Range, If-Range, Cache-Control, Pragma,
// traceparent, tracestate and the fields that describe a body which is sent again go on. All
// else that the caller set is dropped for the rest of the chain: names such as X-API-Key do
// not tell that they carry secrets.
type KeepHeaders []string

// Apply adds to Request.KeepHeaders.
func (names KeepHeaders) Apply(r *Request) error {
	r.KeepHeaders = append(r.KeepHeaders, names...)
	return nil
}

// A Flag is an [Option] that is said by its name alone. One that a session says can be taken
// back for a call by an [OptionFunc], which sets the field of [Request] that has its name.
type Flag uint8

const (
	// Insecure verifies neither certificates nor host names, at the origin that the call's
	// first URL names and nowhere else. The session's Tracer is warned once for each origin.
	Insecure Flag = iota + 1
	// AllowDowngrade follows redirects from https to http, which are an error otherwise.
	AllowDowngrade
	// RaiseForStatus makes a status of 400 and above a *StatusError.
	RaiseForStatus
	// CompressBody sends the call's body in gzip (Content-Encoding), for servers that take it
	// so. What is in memory and shorter than 1 KiB, or would not become shorter, goes as it is.
	// The length is known of what is in memory; all else is compressed as it is sent, in
	// chunks, and can be sent again if it could before.
	CompressBody
	// IdempotencyKey adds an Idempotency-Key to a call whose method is not a safe one, so that
	// a server which knows the field does the thing once, however often it is asked. The key is
	// random, and one for the whole call: each attempt has it, and each redirect to the same
	// origin; what Prepare makes keeps its own. A key of the caller's stays.
	IdempotencyKey
	// IPv4Only connects to IPv4 addresses alone. It takes an earlier IPv6Only back.
	IPv4Only
	// IPv6Only connects to IPv6 addresses alone. It takes an earlier IPv4Only back.
	IPv6Only
	// Raw leaves bodies as they come from the wire: their content coding is not undone, and
	// Content-Encoding says which it is. It is still asked for, unless Accept-Encoding is set.
	Raw
)

// String returns the flag's name.
func (f Flag) String() string {
	switch f {
	case Insecure:
		return "Insecure"
	case AllowDowngrade:
		return "AllowDowngrade"
	case RaiseForStatus:
		return "RaiseForStatus"
	case CompressBody:
		return "CompressBody"
	case IdempotencyKey:
		return "IdempotencyKey"
	case IPv4Only:
		return "IPv4Only"
	case IPv6Only:
		return "IPv6Only"
	case Raw:
		return "Raw"
	}
	return fmt.Sprintf("Flag(%d)", uint8(f))
}

// Apply sets the field of Request that has the flag's name.
func (f Flag) Apply(r *Request) error {
	switch f {
	case Insecure:
		r.Insecure = true
	case AllowDowngrade:
		r.AllowDowngrade = true
	case RaiseForStatus:
		r.RaiseForStatus = true
	case CompressBody:
		r.CompressBody = true
	case IdempotencyKey:
		r.IdempotencyKey = true
	case IPv4Only, IPv6Only:
		r.Sockets.IPv4Only, r.Sockets.IPv6Only = f == IPv4Only, f == IPv6Only
	case Raw:
		r.Raw = true
	default:
		return fmt.Errorf("%v is not known", f)
	}
	return nil
}

// OnRequest is called before each exchange, redirects included, with a copy of the request
// that it may alter. An error ends the call.
func OnRequest(f func(*http.Request) error) Option {
	return OptionFunc(func(r *Request) error {
		if f != nil {
			r.OnRequest = append(r.OnRequest, f)
		}
		return nil
	})
}

// OnResponse is called after the head of each response has come, redirects included. Its
// body is as it comes from the wire. An error ends the call.
func OnResponse(f func(*http.Response) error) Option {
	return OptionFunc(func(r *Request) error {
		if f != nil {
			r.OnResponse = append(r.OnResponse, f)
		}
		return nil
	})
}
