// The contenders: who is measured, and the one shape that all of them have.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// A contender is a way to do a GET. A new one is a file of its own and a row of the table.
type contender struct {
	name string
	// open sets it up for a target and for so many requests in flight.
	open func(t target, inflight int) (client, error)
	// renews reports that it can open a connection for each request.
	renews bool
	// http2 reports that it speaks HTTP/2.
	http2 bool
}

// contenders is the table, in the order in which they are printed. raw comes first: the
// others are divided by it; or by net/http, where there is no such thing.
var contenders = []contender{
	{name: "raw", open: openRaw, renews: true},
	{name: "conn", open: openConn},
	{name: "transport", open: openTransport, renews: true, http2: true},
	{name: "godwit", open: openGodwit, http2: true},
	{name: "net/http", open: openNetHTTP, renews: true, http2: true},
	{name: "net/http-client", open: openNetHTTPClient, http2: true},
	{name: "fasthttp", open: openFastHTTP},
}

func contenderNames() []string {
	var names []string
	for _, c := range contenders {
		names = append(names, c.name)
	}
	return names
}

// able are those that can. One that cannot is an error if it was named.
func able(cs []contender, named bool, can func(contender) bool) (those []contender, err error) {
	for _, c := range cs {
		switch {
		case can(c):
			those = append(those, c)
		case named:
			return nil, errors.New(c.name)
		}
	}
	return those, nil
}

// A client is a contender at work on one target.
type client interface {
	// worker makes what one of the workers calls again and again. It is called once for
	// each worker, before anything is measured; ctx can be cancelled, as a server's
	// handler's can.
	worker(ctx context.Context) (exchange, error)
	// close closes all connections.
	close()
}

// An exchange does one GET and reads the body to its end, through buf where the contender
// leaves the reading to its caller. It returns the size of the body.
type exchange func(buf []byte) (int, error)

// roundTripper is the client of a bare http.RoundTripper: a prepared request is sent again
// and again, the body read into a buffer that is used again and again.
type roundTripper struct {
	http.RoundTripper
	target
	shut func()
}

func (c *roundTripper) worker(ctx context.Context) (exchange, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url(), nil)
	if err != nil {
		return nil, err
	}
	return func(buf []byte) (int, error) {
		resp, err := c.RoundTrip(req)
		if err != nil {
			return 0, err
		}
		n, err := readThrough(resp.Body, buf)
		resp.Body.Close()
		if err == nil && resp.StatusCode != http.StatusOK {
			err = statusError(resp.StatusCode)
		}
		return n, err
	}, nil
}

func (c *roundTripper) close() { c.shut() }

// readThrough reads r to its end and returns how much that was. io.Copy would do, but
// would ask for its own buffer.
func readThrough(r io.Reader, buf []byte) (int, error) {
	n := 0
	for {
		m, err := r.Read(buf)
		n += m
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// statusError is a response other than 200: the server has only that one, so a client that
// sees another has read wrongly.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("status %d instead of 200", int(e)) }
