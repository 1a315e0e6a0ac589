package h3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Method", r.Method)
	w.Header().Set("User-Agent", r.UserAgent())
	w.Header().Set("Length", fmt.Sprint(r.ContentLength))
	io.Copy(w, r.Body)
}

func TestGet(t *testing.T) {
	s := start(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello "+r.URL.Path+" "+r.Host) }, nil)
	var d Dialer
	c := open(t, &d, s.addr, options())
	res := roundTrip(t, c, request(t, "GET", "/x", nil))
	body, err := io.ReadAll(res.Body)
	if string(body) != "hello /x 127.0.0.1" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
	if res.Proto != "HTTP/3.0" || res.TLS == nil || res.TLS.NegotiatedProtocol != "h3" || res.StatusCode != 200 {
		t.Errorf("%v %v", res, res.TLS)
	}
	if c.RemoteAddr().String() != s.addr.String() || c.ConnectionState().Version != 0x304 {
		t.Error(c.RemoteAddr(), c.ConnectionState().Version)
	}
	c.Close()
	released(t, &d)
}

func TestPost(t *testing.T) {
	s := start(t, echo, nil)
	c := open(t, &Dialer{}, s.addr, options())
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	res := roundTrip(t, c, request(t, "POST", "/", bytes.NewReader(big)))
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if !bytes.Equal(body, big) || err != nil {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if got := res.Header.Get("Length"); got != "1048576" {
		t.Error("length", got)
	}
	if got := res.Header["User-Agent"]; len(got) != 1 || got[0] != "" {
		t.Error("user agent", got)
	}
}

func TestHead(t *testing.T) {
	s := start(t, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Length", "12") }, nil)
	c := open(t, &Dialer{}, s.addr, options())
	res := roundTrip(t, c, request(t, "HEAD", "/", nil))
	if res.ContentLength != 12 || res.Body != http.NoBody {
		t.Error(res.ContentLength, res.Body)
	}
	if n := c.InFlight(); n != 0 {
		t.Error("in flight:", n)
	}
}

func TestTrailer(t *testing.T) {
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "body")
		w.Header().Set("X-Sum", "1")
	}, nil)
	c := open(t, &Dialer{}, s.addr, options())
	res := roundTrip(t, c, request(t, "GET", "/", nil))
	body, err := io.ReadAll(res.Body)
	if string(body) != "body" || err != nil || res.Trailer.Get("X-Sum") != "1" {
		t.Errorf("%q, %v, %v", body, err, res.Trailer)
	}
}

// 64 at once on one connection.
func TestMany(t *testing.T) {
	var started sync.WaitGroup
	started.Add(64)
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		started.Done()
		started.Wait() // nobody is answered before all are there
		io.Copy(w, r.Body)
	}, nil)
	c := open(t, &Dialer{}, s.addr, options())
	var all sync.WaitGroup
	for i := range 64 {
		if err := c.Reserve(); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			want := strings.Repeat(fmt.Sprint(i), 10000)
			res, err := c.RoundTrip(request(t, "POST", "/", strings.NewReader(want)))
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			if body, err := io.ReadAll(res.Body); string(body) != want || err != nil {
				t.Errorf("%d bytes, %v", len(body), err)
			}
		})
	}
	if n, a := c.InFlight(), c.Available(); n != 64 || a != 36 {
		t.Error(n, a)
	}
	all.Wait()
	if n, a := c.InFlight(), c.Available(); n != 0 || a != 100 {
		t.Error(n, a)
	}
}

// The end of a context ends its exchange and no other.
func TestCancel(t *testing.T) {
	arrived, broken := make(chan bool), make(chan bool)
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			return
		}
		w.WriteHeader(200)
		http.NewResponseController(w).Flush()
		arrived <- true
		<-r.Context().Done()
		broken <- true
	}, nil)
	c := open(t, &Dialer{}, s.addr, options())
	ctx, cancel := context.WithCancel(t.Context())
	res := roundTrip(t, c, request(t, "GET", "/slow", nil).WithContext(ctx))
	<-arrived
	cancel()
	if _, err := io.ReadAll(res.Body); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-broken
	res.Body.Close()
	get(t, c, "/")

	// Closing the body does the same.
	res = roundTrip(t, c, request(t, "GET", "/slow", nil))
	<-arrived
	res.Body.Close()
	<-broken
	if n := c.InFlight(); n != 0 {
		t.Error("in flight:", n)
	}
	get(t, c, "/")
}

// A request whose context has ended is not sent, and its body is closed.
func TestCancelledBefore(t *testing.T) {
	s := start(t, echo, nil)
	c := open(t, &Dialer{}, s.addr, options())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	body := &closable{Reader: strings.NewReader("x"), closed: make(chan bool)}
	_, err := c.RoundTrip(request(t, "POST", "/", body).WithContext(ctx))
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-body.closed
}

type closable struct {
	io.Reader
	closed chan bool
}

func (c *closable) Close() error {
	close(c.closed)
	return nil
}

// A body that is blocked is closed when the context ends, and does not hold anything up.
func TestCancelBody(t *testing.T) {
	arrived := make(chan bool)
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- true
		io.ReadAll(r.Body)
	}, nil)
	c := open(t, &Dialer{}, s.addr, options())
	ctx, cancel := context.WithCancel(t.Context())
	pr, pw := io.Pipe()
	go func() {
		<-arrived
		cancel()
	}()
	_, err := c.RoundTrip(request(t, "POST", "/", pr).WithContext(ctx))
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for { // until the pipe is closed
		if _, err := pw.Write([]byte("x")); err != nil {
			break
		}
	}
}

func TestBodyFails(t *testing.T) {
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
	}, nil)
	c := open(t, &Dialer{}, s.addr, options())
	mine := errors.New("mine")
	_, err := c.RoundTrip(request(t, "POST", "/", io.MultiReader(strings.NewReader("x"), failing{mine})))
	if !errors.Is(err, mine) {
		t.Error(err)
	}
	get(t, c, "/")
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

// Nothing is printed, be the buffers of the socket as small as they may.
func TestSaysNothing(t *testing.T) {
	var said bytes.Buffer
	log.SetOutput(&said)
	defer log.SetOutput(log.Default().Writer())
	s := start(t, echo, nil)
	var d Dialer
	get(t, open(t, &d, s.addr, options()), "/")
	if said.Len() > 0 {
		t.Errorf("said %q", &said)
	}
}
