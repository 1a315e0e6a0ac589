package dial

import (
	"crypto/tls"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// Each server with which TLS goes wrong fails with the cause that it is made for, in words that
// say it, with all that is seen of the handshake.
func TestFixtures(t *testing.T) {
	for _, f := range tlstest.Failing(t) {
		t.Run(f.Name, func(t *testing.T) {
			s := tlstest.Start(t, f)
			nc, err := s.Dial(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			config := f.ClientConfig()
			config.NextProtos = []string{"http/1.1"}
			tc, err := Handshake(t.Context(), nc, config, f.Host+":443", nil)
			if err == nil {
				defer tc.Close()
				if _, err = tc.Write([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n")); err == nil {
					_, err = tc.Read(make([]byte, 1))
				}
				err = &trace.Error{Phase: trace.TLS, Err: Failure(tc, err, f.Host+":443", time.Now())}
			}
			e, ok := errors.AsType[*tlserr.Error](phaseError(t, err, trace.TLS))
			if !ok {
				t.Fatalf("%v, want a *tlserr.Error", err)
			}
			if e.Cause != f.Want {
				t.Errorf("cause %q, want %q: %v\n%v", e.Cause, f.Want, e, e.Err)
			}
			text := e.Explain()
			for _, want := range f.Says {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			if has := hasRemedy(e); f.Remedy() && !has {
				t.Errorf("no remedy for the client in\n%s", text)
			}
			if n := s.Requests(); n != 0 {
				t.Errorf("%d requests", n)
			}
			if testing.Verbose() {
				t.Log("\n" + text)
			}
		})
	}
}

func hasRemedy(e *tlserr.Error) bool {
	for _, r := range e.Remedies() {
		if !r.Owner && r.Text != "" {
			return true
		}
	}
	return false
}

// Good servers are not hurt by being watched.
func TestPassingFixtures(t *testing.T) {
	for _, f := range tlstest.Passing(t) {
		t.Run(f.Name, func(t *testing.T) {
			s := tlstest.Start(t, f)
			nc, err := s.Dial(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			tc, err := Handshake(t.Context(), nc, f.ClientConfig(), f.Host, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer tc.Close()
			if raw := tc.NetConn().(*rawConn); raw.notes != nil || raw.asked != nil != (f.Name == "client-cert-wished") {
				t.Error("notes are kept for nothing")
			}
		})
	}
}

// A handshake that is cut, wherever that is, fails at once and says that it was.
func TestCutHandshake(t *testing.T) {
	ca := tlstest.NewRoot(t, "root")
	config := &tls.Config{Certificates: []tls.Certificate{ca.Leaf(t, "a.example").Chain()}}
	for at := 0; at < 1000; at += 1 + at/40 {
		f := &tlstest.Fixture{Host: "a.example", CA: ca.PEM(), Serve: tlstest.CutAfter(at, config)}
		s := tlstest.Start(t, f)
		nc, err := s.Dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		tc, err := Handshake(t.Context(), nc, f.ClientConfig(), f.Host, nil)
		if err == nil { // all that the client needs had come
			tc.Close()
			continue
		}
		e, ok := errors.AsType[*tlserr.Error](err)
		if !ok || e.Cause != tlserr.Closed {
			t.Errorf("after %d bytes: %v", at, err)
		}
	}
}

// An error may be explained by many at once.
func TestExplainAtOnce(t *testing.T) {
	f := tlstest.Failing(t)[0]
	want := explain(t, f)
	s := tlstest.Start(t, f)
	nc, err := s.Dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Handshake(t.Context(), nc, f.ClientConfig(), f.Host+":443", nil)
	e, ok := errors.AsType[*tlserr.Error](err)
	if !ok {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			if sameEachTime(e.Explain()) != sameEachTime(want) || len(e.Remedies()) == 0 {
				t.Error("it says something else")
			}
		})
	}
	all.Wait()
}
