// Package auth proves to a server, or to a proxy, who is asking.
//
// An [Auth] adds credentials to a request; a [Challenger] can also answer a 401 or a 407.
// Nothing in the package sends anything: whoever sends requests calls it, package godwit for
// instance, or an http.RoundTripper of one's own.
//
// Credentials are hidden when an Auth is printed, in any way. The user name is, too: many
// services take a key in its place.
package auth

import (
	"errors"
	"net/http"
)

// An Auth adds credentials to a request that is about to be sent. It is safe for concurrent
// use.
type Auth interface {
	// Authorize sets the request's Authorization field, or whatever else proves who is
	// asking. The request is the caller's own copy. An error keeps it from being sent.
	Authorize(req *http.Request) error
}

// A Challenger is an [Auth] that can answer a challenge.
type Challenger interface {
	Auth

	// Answer reads the challenge in res, which is the response to req, and puts credentials
	// that answer it into req. again reports whether req is worth sending again; it is false
	// for a challenge that is not understood, and for one that says that the credentials in
	// req are wrong. The body of res is not read.
	//
	// Answer counts in the context of req how often it has answered, so that a caller who
	// sends req as long as again is true comes to an end whatever the server says.
	Answer(req *http.Request, res *http.Response) (again bool, err error)
}

// A Verifier is an [Auth] that wants to see each response to a request that it has authorized:
// for what the server says of the next credentials, and to check who is answering.
type Verifier interface {
	Auth

	// Verify looks at the head of res, which is the response to req. An error says that the
	// server has not proved who it is; the response must not be used. Where the proof covers
	// the body, Verify puts a reader around res.Body that fails at its end instead.
	Verify(req *http.Request, res *http.Response) error
}

// Func is an [Auth] made of a function.
type Func func(req *http.Request) error

// Authorize calls f.
func (f Func) Authorize(req *http.Request) error { return f(req) }

// What can be asked of an error with errors.Is.
var (
	// ErrInvalid says that the credentials cannot be sent: a user name with a colon, say, a
	// token with a line break, or a variable of the environment that is not set.
	ErrInvalid = errors.New("invalid credentials")

	// ErrBody says that the server wants the body to be part of the proof (qop=auth-int), and
	// that the request's body cannot be read for that, having no GetBody.
	ErrBody = errors.New("the body cannot be read twice")

	// ErrNoTLS says that [Any] has been asked for Basic alone, without TLS and by another machine
	// than this one.
	ErrNoTLS = errors.New("anybody on the way could read the password")

	// ErrUnproved says that the server has tried to prove that it knows the password, and has
	// failed: it is not the one that it says it is.
	ErrUnproved = errors.New("the server does not know the password")
)
