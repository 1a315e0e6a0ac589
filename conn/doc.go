// Package conn is one HTTP/1.1 connection, by hand: what Python's http.client has, with
// contexts, limits, bounds and typed errors.
//
//	c, err := conn.HTTPS("example.com", conn.Options{})
//	err = c.Request(ctx, "GET", "/", nil, nil)
//	res, err := c.Response()
//	data, err := res.ReadAll(nil) // to the end: the connection is free for the next request
//
// A [Conn] sends a request and reads its response on the goroutine of the caller: it writes,
// then it reads, straight down, and nobody else is involved. It adds no header field that it
// was not asked for but those that are named below, it bounds everything that a server can make
// long, and each of its errors says in which phase it came about and whether the server may
// have seen the request.
//
// # Opening
//
// [HTTP] and [HTTPS] make a connection that is opened by the first request, and again by the
// first request after it was closed, by whichever side. [Conn.Connect] opens it at once,
// [Conn.SetTunnel] leads it through a proxy, [New] takes a socket that is open already.
//
// # Asking
//
// [Conn.Request] sends a whole request. Its steps can be taken one by one: [Conn.PutRequest],
// [Conn.PutHeader], [Conn.EndHeaders], then [Conn.Write] or [Conn.ReadFrom] and [Conn.EndBody].
// Their errors may be left to [Conn.Response], which returns the first one. A step out of turn
// is a [StateError], and has no effect.
//
// # Reading
//
// [Conn.Response] waits for the answer. It, its fields and its interim responses are valid until
// the next request on the connection begins, because their memory is used again; strings, and
// what was read of the body, stay. [Response.Clone] makes a copy to keep. The exchange is over
// when the body has been read to its end, or closed.
//
// # Coming from http.client
//
//	HTTPConnection(host, port, timeout,    HTTP(host, Options{Port, Timeout,
//	    source_address, blocksize)             SourceAddress, BlockSize})
//	HTTPSConnection(…, context=…)          HTTPS(host, Options{TLS})
//	connect()                              Conn.Connect; done by the first request, and again
//	                                       after a close, unless Options.NoReopen is set
//	set_tunnel(host, port, headers)        Conn.SetTunnel(host, header), Conn.ProxyResponse
//	request(method, url, body, headers)    Conn.Request(ctx, method, target, header, body)
//	putrequest(method, url, skip_host,     Conn.PutRequest(ctx, method, target,
//	    skip_accept_encoding)                  SkipHost, SkipAcceptEncoding)
//	putheader(name, *values)               Conn.PutHeader(name, values...)
//	endheaders(message_body)               Conn.EndHeaders, then Conn.Write, Conn.ReadFrom,
//	                                       Conn.EndBody(trailer...)
//	send(data)                             Conn.Write(p), Conn.ReadFrom(r)
//	body=iterable                          Seq(pieces)
//	encode_chunked=False                   Framed(r)
//	getresponse()                          Conn.Response
//	set_debuglevel(1)                      Options.Debug
//	close(), with                          Conn.Close
//	read([amt]), readinto, readline,       Body.Read, Body.ReadAll, Body.WriteTo, Body.Chunks,
//	    peek, iteration                        Body.Lines; bufio.NewReader(res.Body).Peek
//	getheader(name, default)               Response.Joined(name, def), Fields.Get(name)
//	getheaders(), msg, headers             Response.Fields (in order), Response.Header
//	status, reason, version                Response.Status, Reason, Version (10, 11)
//	length, chunked, will_close            Response.Length, Chunked, WillClose
//	url, fileno(), isclosed()              Response.URL, Response.SyscallConn, Body.Closed
//	parse_headers(fp)                      ReadHeader(r)
//	responses[code]                        StatusText(code)
//	max_response_headers                   Options.Bounds.Fields
//	HTTP_PORT, HTTPS_PORT                  HTTPPort, HTTPSPort
//
// What is raised there is returned here. Each of these is an [ErrHTTP], as the exceptions are
// an HTTPException:
//
//	NotConnected                           ErrNotConnected
//	InvalidURL                             ErrInvalidURL (*RequestError)
//	UnknownProtocol                        ErrUnknownProtocol
//	UnknownTransferEncoding                ErrUnknownTransferEncoding
//	IncompleteRead                         *IncompleteReadError, io.ErrUnexpectedEOF
//	ImproperConnectionState                *StateError
//	CannotSendRequest                      ErrCannotSendRequest
//	CannotSendHeader                       ErrCannotSendHeader
//	ResponseNotReady                       ErrResponseNotReady
//	BadStatusLine                          ErrBadStatusLine (*BadStatusLineError)
//	RemoteDisconnected                     ErrRemoteDisconnected, syscall.ECONNRESET
//	LineTooLong                            *LineTooLongError
//	OSError("Tunnel connection failed")    *TunnelError
//	ssl.SSLError                           *tlserr.Error, which is no ErrHTTP
//	TimeoutError                           os.ErrDeadlineExceeded, context.DeadlineExceeded
//
// What differs: a file is sent with its Content-Length, and not chunked; every 1xx is skipped and
// kept, and not only 100; strings are sent as their bytes, and not in ISO-8859-1; white space
// around a value is not part of it; a body that is longer or shorter than announced is an error
// on either side; whatever could be read in two ways by those on the way is refused.
//
// # Under a transport
//
// A Conn is an http.RoundTripper too, and the connection that package transport keeps in its
// pool: see [Conn.RoundTrip], [Prepare] and [Conn.Do]. There, and only while a body of unknown or
// large size is being sent, a second goroutine exists, so that an early answer is heard.
package conn
