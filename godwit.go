// Package godwit sends HTTP requests.
//
//	res, err := godwit.Get(ctx, "https://api.example.com/search", godwit.Params{"q": "go"})
//	if err != nil {
//		return err
//	}
//	fmt.Println(res.StatusCode, res.Text())
//
// A call takes a context, a URL, and any number of options. An [Option] given to a
// [Session] is the default for its calls. When a call returns, the response's body has been
// read and its connection given back; to read as it arrives, see [Session.Stream].
//
// Where to look:
//
//	ask                   Get, Head, Options, Post, Put, Patch, Delete, Do; many times: Each, Result
//	keep what is common   Session, NewSession, Session.With, BaseURL, Defaults
//	say what is asked     Params, Pairs, Query, URI
//	set header fields     Header, AddHeader, NoHeader, Order, Cookies
//	send a body           JSON, Form, FormPairs, FileBody, Bytes, Reader, Seq, Body
//	send form and files   Multipart, MultipartBoundary, Part, Field, File
//	see to a body         CompressBody, Progress, Transfer, IdempotencyKey
//	say who is asking     BasicAuth, Bearer, Auth, ClientCert
//	keep a secret         Secret, SecretValue
//	set bounds            Timeout, Limits, MaxBody, MaxRatio
//	follow redirects      Redirects, NoRedirects, KeepHeaders, AllowDowngrade
//	try again             Retry, Attempt
//	choose whom to trust  CA, AddCA, Pin, TLS, TLSSettings, Insecure
//	choose the socket     UnixSocket, Resolve, DoH, Interface, IPv4Only, IPv6Only, PublicOnly
//	choose the version    Protocols
//	choose the way        Proxy, Proxies, NoProxy, ProxyHeader, ProxyTLS, NoEnv,
//	                      Session.Transport, Session.Mounts, Mount
//	use the answer        Response, Decode, EncodingSource, Problem, Raw, Decoders
//	read as it arrives    Session.Stream, Stream, JSONLines, Stream.Events, ReadEvents, Event
//	know what went wrong  Error, Kind, SentState, StatusError, RaiseForStatus
//	find out why          Diagnose, Diagnosis
//	look before sending   Session.Prepare, Session.Send, Session.Open
//	step in between       OnRequest, OnResponse, Middleware, RoundTripFunc
//	see what happens      Session.Tracer, Response.Timings, Response.Attempts
//	make an option        Option, OptionFunc, Flag, Request
//	serve an SDK          Session.HTTPClient
//	say who you are       Version
//
// # Safe without being told
//
// Every phase of an exchange has a limit, certificates and host names are verified, bodies
// are bounded, and what a caller adds to a request stays with the origin (scheme, host and
// port) that it was meant for: see [KeepHeaders]. What the call says comes before what the
// session says, and that before the environment (see [NoEnv]). Importing the package changes
// nothing and starts nothing.
//
// # Errors
//
// A call returns an *[Error], or a *[StatusError] if a status was to be one. What it is about is
// asked with errors.Is and a [Kind]; one error may be of several kinds. Where requests has an
// exception, Godwit has
//
//	RequestException                *Error; of whatever kind
//	ConnectionError                 ErrConnect, ErrSend, ErrReceive
//	ConnectTimeout, ReadTimeout     ErrTimeout and ErrConnect, ErrTimeout and ErrReceive
//	Timeout                         ErrTimeout
//	SSLError, ProxyError            ErrTLS, ErrProxy
//	HTTPError                       ErrStatus, *StatusError
//	TooManyRedirects                ErrRedirects
//	InvalidURL, MissingSchema, …    ErrURL
//	InvalidHeader                   ErrRequest
//	ChunkedEncodingError            ErrProtocol
//	ContentDecodingError            ErrDecode
//	JSONDecodeError                 ErrDecode
//	RetryError                      ErrRetry, and the kind of the last attempt
//	UnrewindableBodyError           ErrUnrewindable
//
// and, for what requests has no exception for, ErrCanceled, ErrResolve, ErrPool, ErrTooLarge,
// ErrLocation, ErrAuth, ErrSecret and ErrNotPublic.
package godwit

import (
	"context"

	"example.com/godwit/transport"
)

// Version is the version of Godwit that the User-Agent field names.
const Version = transport.Version

// plain serves the package's functions: it has no defaults, and keeps the cookies of a call for
// as long as that lasts.
var plain Session

// Get sends a GET request with no more than the options: there is no session that it belongs to.
// Cookies that its redirects set go on with them, and are forgotten when it is over.
func Get(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return plain.Do(ctx, "GET", url, opts...)
}

// Options sends an OPTIONS request; see [Get].
func Options(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return plain.Do(ctx, "OPTIONS", url, opts...)
}

// Head sends a HEAD request; see [Get].
func Head(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return plain.Do(ctx, "HEAD", url, opts...)
}

// Post sends a POST request; see [Get].
func Post(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return plain.Do(ctx, "POST", url, opts...)
}

// Put sends a PUT request; see [Get].
func Put(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return plain.Do(ctx, "PUT", url, opts...)
}

// Patch sends a PATCH request; see [Get].
func Patch(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return plain.Do(ctx, "PATCH", url, opts...)
}

// Delete sends a DELETE request; see [Get].
func Delete(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return plain.Do(ctx, "DELETE", url, opts...)
}

// Do sends a request of any method; see [Get].
func Do(ctx context.Context, method, url string, opts ...Option) (*Response, error) {
	return plain.Do(ctx, method, url, opts...)
}
