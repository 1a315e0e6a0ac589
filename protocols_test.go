package godwit

// Versions of HTTP by option: agreed on, forced, and not to be had.

import (
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/godwit/transport"
)

func TestProtocolsOption(t *testing.T) {
	serve := func(h2 bool) *httptest.Server {
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.Proto)
		}))
		srv.EnableHTTP2 = h2
		srv.Config.ErrorLog = stdlog.New(io.Discard, "", 0)
		srv.StartTLS()
		t.Cleanup(srv.Close)
		return srv
	}
	both, old := serve(true), serve(false)
	for _, tt := range []struct {
		srv  *httptest.Server
		p    transport.Protocols
		want string // "": an error
	}{
		{both, 0, "HTTP/2.0"},
		{both, transport.HTTP1, "HTTP/1.1"},
		{both, transport.HTTP2, "HTTP/2.0"},
		{both, transport.HTTP1 | transport.HTTP2, "HTTP/2.0"},
		{old, 0, "HTTP/1.1"},
		{old, transport.HTTP2, ""},
		{old, transport.HTTP3, ""}, // there is nothing that speaks it
	} {
		s := ownSession(t)
		res, err := s.Get(t.Context(), tt.srv.URL, Insecure, Protocols(tt.p))
		if tt.want == "" {
			if err == nil || !errors.Is(err, transport.ErrProtocol) && !errors.Is(err, ErrTLS) {
				t.Errorf("%v: %v, %v", tt.p, res, err)
			}
			continue
		}
		if err != nil || res.Text() != tt.want || res.Proto != tt.want {
			t.Errorf("%v: %v, %v, want %s", tt.p, res, err, tt.want)
		}
	}
}

// What one call forces does not hold for the next on the same session.
func TestProtocolsOfOneCall(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	s := ownSession(t, Insecure)
	for _, tt := range []struct {
		opts []Option
		want string
	}{
		{nil, "HTTP/2.0"},
		{[]Option{Protocols(transport.HTTP1)}, "HTTP/1.1"},
		{nil, "HTTP/2.0"},
		{[]Option{Protocols(transport.HTTP1), Protocols(0)}, "HTTP/2.0"},
	} {
		if res, err := s.Get(t.Context(), srv.URL, tt.opts...); err != nil || res.Text() != tt.want {
			t.Errorf("%v, %v, want %s", res, err, tt.want)
		}
	}
}
