package transport

// Cancelling, panics, and many at once, at every step of the way through a proxy.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/godwit/auth"
	"example.com/godwit/trace"
)

// Whoever cancels at an event, of whatever step, gets the context's error, and leaves nothing
// behind.
func TestCancelAtEachEventOfAProxy(t *testing.T) {
	o := newTLSOrigin(t, ok2)
	for scheme, answer := range map[string]string{"http": ok2, "https": tunnel} {
		for n := 1; ; n++ {
			p := newScriptedProxy(t, o.addr, challenged, answer)
			tr := examined(t, &Transport{MaxConns: 1})
			ctx, cancel := context.WithCancel(t.Context())
			var seen atomic.Int64
			body := newClosable("abc")
			req := request(t, "PUT", scheme+"://"+o.addr, body)
			req.ContentLength = 3
			req.GetBody = func() (io.ReadCloser, error) { return newClosable("abc"), nil }
			res, err := tr.RoundTrip(req.WithContext(With(ctx, &Overrides{
				Proxy: p.rule(""), ProxyAuth: &testChallenger{word: "Test yes"}, CA: o.ca,
				Tracer: trace.Func(func(context.Context, trace.Event) {
					if seen.Add(1) == int64(n) {
						cancel()
					}
				}),
			})))
			if err == nil {
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			} else if !errors.Is(err, context.Canceled) {
				t.Errorf("%s, event %d: %v", scheme, n, err)
			}
			if c := body.closed.Load(); c != 1 {
				t.Errorf("%s, event %d: the body was closed %d times", scheme, n, c)
			}
			if s := tr.Stats(); s.InFlight != 0 || s.Waiting != 0 {
				t.Errorf("%s, event %d: %+v", scheme, n, s)
			}
			cancel()
			tr.Close()
			if seen.Load() < int64(n) {
				if n < 15 {
					t.Errorf("%s: there are %d events", scheme, n)
				}
				break
			}
		}
	}
}

// The same at each byte of what a proxy answers that sends one byte at a time.
func TestCancelAtEachByteOfAProxy(t *testing.T) {
	script := []string{challenged, "HTTP/1.1 200 OK\r\n\r\n"}
	for n := range len(script[0]) + len(script[1]) {
		ctx, cancel := context.WithCancel(t.Context())
		addr := serve(t, func(_ int, c net.Conn) {
			r := bufio.NewReader(c)
			left := n
			for _, text := range script {
				if _, err := readHead(r); err != nil {
					return
				}
				for i := range len(text) {
					if left == 0 {
						cancel()
						_, _ = io.Copy(io.Discard, r)
						return
					}
					left--
					if _, err := io.WriteString(c, text[i:i+1]); err != nil {
						return
					}
				}
			}
		})
		tr := examined(t, &Transport{MaxConns: 1})
		req := request(t, "GET", "https://a.example", nil)
		start := time.Now()
		_, err := tr.RoundTrip(req.WithContext(With(ctx, &Overrides{Proxy: proxyOn(addr), ProxyAuth: &testChallenger{word: "Test yes"}})))
		if took := time.Since(start); !errors.Is(err, context.Canceled) || took > refusalTime {
			t.Errorf("byte %d: %v after %v", n, err, took)
		}
		checkStats(t, tr, Stats{})
		cancel()
	}
}

// Bytes one by one, in both directions of a tunnel and before it, are as good as others.
func TestProxyOfSingleBytes(t *testing.T) {
	o := newTLSOrigin(t, ok2)
	addr := serve(t, func(_ int, c net.Conn) {
		r := bufio.NewReader(c)
		for _, text := range []string{challenged, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"} {
			if _, err := readHead(r); err != nil {
				return
			}
			_, _ = io.Copy(singly{c}, strings.NewReader(text))
		}
		up, err := net.Dial("tcp", o.addr)
		if err != nil {
			return
		}
		defer up.Close()
		done := make(chan struct{})
		go func() { // ends with up
			defer close(done)
			_, _ = io.Copy(singly{c}, up)
			c.Close()
		}()
		_, _ = io.Copy(singly{up}, r)
		up.Close()
		<-done
	})
	tr := examined(t, &Transport{MaxConns: 1})
	for range 3 {
		do(t, tr, with(t, "https://"+o.addr, &Overrides{Proxy: proxyOn(addr), ProxyAuth: &testChallenger{word: "Test yes"}, CA: o.ca}))
	}
	checkStats(t, tr, Stats{Open: 1, Idle: 1})
}

// A singly writes one byte at a time.
type singly struct{ io.Writer }

func (s singly) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := s.Writer.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// What panics on the way to a proxy costs the request: its body is closed, and nothing is left.
func TestPanicsOnTheWayToAProxy(t *testing.T) {
	somewhere := proxyOn("127.0.0.1:1")
	for name, over := range map[string]*Overrides{
		"Proxy":        {Proxy: func(*url.URL) (*url.URL, error) { panic("x") }},
		"Authorize":    {Proxy: somewhere, ProxyAuth: panickyChallenger{true}},
		"ProxyAuthFor": {Proxy: somewhere, ProxyAuth: says("x"), ProxyAuthFor: func(*url.URL) bool { panic("x") }},
		"InClear":      {Proxy: somewhere, InClear: func(*http.Request) error { panic("x") }},
		"Tracer":       {Proxy: somewhere, Tracer: trace.Func(func(context.Context, trace.Event) { panic("x") })},
	} {
		for _, dial := range []bool{false, true} {
			tr := examined(t, &Transport{MaxConns: 1})
			o := *over
			if dial {
				tr.Dial = func(context.Context, string, string) (net.Conn, error) { panic("x") }
				o = Overrides{Proxy: somewhere}
			}
			body := newClosable("abc")
			req := request(t, "PUT", "http://a.example", body)
			panicked := func() (p any) {
				defer func() { p = recover() }()
				_, _ = tr.RoundTrip(req.WithContext(With(t.Context(), &o)))
				return nil
			}()
			if panicked == nil || body.closed.Load() != 1 {
				t.Errorf("%s: %v, the body was closed %d times", name, panicked, body.closed.Load())
			}
			checkStats(t, tr, Stats{})
		}
	}
}

// Digest for a proxy, of 64 who have it in common: each use of a nonce has a count of its own, and
// each proof is for the target of its request.
func TestProxyDigestAtOnce(t *testing.T) {
	o := newTLSOrigin(t, ok2)
	var used sync.Map
	var heads atomic.Int64
	addr := serve(t, func(_ int, c net.Conn) {
		r := bufio.NewReader(c)
		for {
			head, err := readHead(r)
			if err != nil {
				return
			}
			method, rest, _ := strings.Cut(head, " ")
			target, _, _ := strings.Cut(rest, " ")
			proof := auth.ParseChallenges(fieldOf(head, "Proxy-Authorization"))
			if len(proof) == 0 {
				_, _ = fmt.Fprintf(c, "HTTP/1.1 407 Who\r\nProxy-Authenticate: Digest realm=r, nonce=n%d, qop=\"auth\"\r\nContent-Length: 0\r\n\r\n", heads.Add(1)/20)
				continue
			}
			use := proof[0].Params["nonce"] + proof[0].Params["nc"]
			if _, twice := used.LoadOrStore(use, true); twice || proof[0].Params["uri"] != target || fieldOf(head, "Authorization") != nil {
				t.Errorf("%s twice: %v, in %q", use, twice, head)
			}
			if method != "CONNECT" {
				_, _ = io.WriteString(c, ok2)
				continue
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			(&scriptedProxy{upstream: o.addr}).splice(c, r)
			return
		}
	})
	tr := examined(t, &Transport{})
	who := auth.Proxy(auth.Digest("u", "p"))
	var wg sync.WaitGroup
	for g := range 64 {
		wg.Go(func() {
			for i := range 4 {
				target := fmt.Sprintf("http://h%d.example/%d", (g+i)%8, g)
				if i == 3 {
					target = fmt.Sprintf("https://%s/%d", o.addr, g)
				}
				var report Report
				do(t, tr, with(t, target, &Overrides{
					Proxy: proxyOn(addr), ProxyAuth: who, CA: o.ca, Secrets: []string{"x"},
					Report: func(context.Context) *Report { return &report },
				}))
				if report.Timings.Wait <= 0 || report.Proxy == nil {
					t.Errorf("%+v", report)
				}
			}
		})
	}
	wg.Wait()
}

// fieldOf returns the values of a field in a head.
func fieldOf(head, name string) (values []string) {
	for line := range strings.SplitSeq(head, "\r\n") {
		if n, v, ok := strings.Cut(line, ": "); ok && n == name {
			values = append(values, v)
		}
	}
	return values
}
