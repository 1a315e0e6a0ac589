package message

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/internal/h1"
)

func TestLaterHeader(t *testing.T) {
	agent := []string{"a/1"}
	for _, tt := range []struct {
		name    string
		in      http.Header
		later   Later
		want    http.Header // nil: in itself
		dropped string
	}{
		{name: "nothing to do", in: http.Header{"User-Agent": agent, "X": {"1", "2"}, "Host": {"h"}, "Content-Length": {"1"}}},
		{name: "no header at all", in: nil, later: Later{UserAgent: "b/2"}, want: http.Header{"User-Agent": {"b/2"}}},
		{name: "no agent at all", in: http.Header{"X": {"1"}}, want: http.Header{"X": {"1"}, "User-Agent": {""}}},
		{name: "agent of its own", in: http.Header{"user-agent": agent}, later: Later{UserAgent: "b/2"}},
		{name: "gzip", in: http.Header{"User-Agent": agent}, later: Later{Gzip: true}, want: http.Header{"User-Agent": agent, "Accept-Encoding": {"gzip"}}},
		{
			name: "what is for one connection", dropped: "Keep-Alive, Proxy-Connection, X-Mine, http2-settings, uPgrade, x-other",
			in: http.Header{
				"User-Agent": agent, "Connection": {"close, x-mine", "X-Other"}, "Keep-Alive": {"5"}, "Proxy-Connection": {"x"},
				"uPgrade": {"h2c"}, "http2-settings": {"x"}, "X-Mine": {"1"}, "x-other": {"2"}, "X-Rest": {"3"}, "Transfer-Encoding": {"chunked"},
			},
			want: http.Header{"User-Agent": agent, "X-Rest": {"3"}},
		},
		{name: "te", in: http.Header{"User-Agent": agent, "Te": {"gzip, trailers"}}, want: http.Header{"User-Agent": agent, "Te": {"trailers"}}},
		{name: "te of no use", in: http.Header{"User-Agent": agent, "TE": {"gzip"}}, want: http.Header{"User-Agent": agent}, dropped: "TE"},
		{name: "trailer", in: http.Header{"User-Agent": agent, "Trailer": {"X"}}, want: http.Header{"User-Agent": agent}},
		{
			name: "white space", in: http.Header{"User-Agent": agent, "A": {"b", " c\t", "d "}, "B": {"\t"}},
			want: http.Header{"User-Agent": agent, "A": {"b", "c", "d"}, "B": {""}},
		},
		{
			name: "credentials for proxies", in: http.Header{"User-Agent": agent, "proxy-authorization": {"x"}},
			later: Later{ToOrigin: true}, want: http.Header{"User-Agent": agent},
		},
		{name: "credentials for this proxy", in: http.Header{"User-Agent": agent, "Proxy-Authorization": {"x"}}},
	} {
		before := tt.in.Clone()
		out, dropped, err := tt.later.Header(tt.in)
		slices.Sort(dropped)
		want := tt.want
		if want == nil {
			want = tt.in
			if reflect.ValueOf(out).Pointer() != reflect.ValueOf(tt.in).Pointer() {
				t.Errorf("%s: copied", tt.name)
			}
		}
		if err != nil || !reflect.DeepEqual(out, want) || strings.Join(dropped, ", ") != tt.dropped {
			t.Errorf("%s: %v, dropped %q, %v", tt.name, out, dropped, err)
		}
		if !reflect.DeepEqual(tt.in, before) {
			t.Errorf("%s: the caller's header has been altered: %v", tt.name, tt.in)
		}
	}
}

// What could become a line of its own, or a pseudo field, on the way to the server is refused
// (CVE-2025-57804).
func TestLaterRefuses(t *testing.T) {
	for _, name := range []string{"", ":path", ":authority", "a b", "a:b", "a\r\nb", "a\x00", "ä", "K", "a\n", "x-\u212aey"} {
		_, _, err := new(Later).Header(http.Header{name: {"x"}})
		if e, ok := errors.AsType[*h1.RequestError](err); name != "K" && (!ok || e.What != "field name") {
			t.Errorf("name %q: %v", name, err)
		}
	}
	for _, name := range []string{"host", "content-length", "transfer-encoding", "TRAILER"} {
		if _, _, err := new(Later).Header(http.Header{name: {"1"}}); err == nil {
			t.Errorf("name %q is let through", name)
		}
	}
	for _, value := range []string{"a\r\nb: c", "a\nb", "a\rb", "\x00", "a\x7f", "a\r", "\n"} {
		for _, name := range []string{"X", "Cookie", "Connection", "Te", "User-Agent"} {
			_, _, err := new(Later).Header(http.Header{name: {"fine", value}})
			if e, ok := errors.AsType[*h1.RequestError](err); !ok || e.What != "field value" || strings.Contains(err.Error(), value) {
				t.Errorf("%s: %q: %v", name, value, err)
			}
		}
		if err := CheckTrailer(http.Header{"X": {value}}); err == nil {
			t.Errorf("trailer %q is let through", value)
		}
	}
	for _, name := range []string{"Content-Length", "host", "a b", "Transfer-Encoding", ""} {
		if err := CheckTrailer(http.Header{name: nil}); err == nil {
			t.Errorf("trailer %q is let through", name)
		}
	}
	if err := CheckTrailer(http.Header{"X-Sum": {"1", "2"}, "y": nil}); err != nil {
		t.Error(err)
	}
}

func TestPath(t *testing.T) {
	for _, tt := range []struct {
		url  url.URL
		want string // "": refused
	}{
		{url.URL{Path: "/a b"}, "/a%20b"},
		{url.URL{}, "/"},
		{url.URL{RawQuery: "a=b"}, "/?a=b"},
		{url.URL{Path: "/", RawQuery: "a b\xff"}, "/?a%20b%FF"},
		{url.URL{Path: "/", RawQuery: "a\r\nb"}, ""},
		{url.URL{Path: "/", RawQuery: "a\x00"}, ""},
		{url.URL{Path: "//x/y", RawQuery: "a b"}, "//x/y?a%20b"},
		{url.URL{Path: "/é//", RawPath: "/%C3%A9/%2f", RawQuery: "ü"}, "/%C3%A9/%2f?%C3%BC"},
		{url.URL{Path: "*"}, "*"},
		{url.URL{Opaque: "/raw;x", RawQuery: "q"}, "/raw;x?q"},
		{url.URL{Opaque: "//h.example/raw x"}, "/raw%20x"},
		{url.URL{Opaque: "//h.example"}, "/"},
		{url.URL{Opaque: "//h.example?q"}, "/?q"},
		{url.URL{Opaque: "//other.example/"}, ""},
		{url.URL{Opaque: "//h.example//x"}, ""},
		{url.URL{Opaque: "word"}, ""},
		{url.URL{Opaque: "/a\nb"}, ""},
		{url.URL{Path: "/", ForceQuery: true}, "/?"},
	} {
		u := tt.url
		u.Scheme, u.Host = "https", "h.example"
		own, err := Path(&http.Request{Method: "GET", URL: &u}, "h.example")
		got := ""
		if err == nil {
			got = own.RequestURI()
		} else if _, ok := errors.AsType[*h1.RequestError](err); !ok {
			t.Errorf("%+v: %v", tt.url, err)
		}
		if got != tt.want {
			t.Errorf("%+v: %q, want %q (%v)", tt.url, got, tt.want, err)
		}
	}
}

// Nothing that is let through holds what somebody further on could take for the end of a line or
// for a pseudo field.
func FuzzLater(f *testing.F) {
	f.Add("X-A", "b", "c")
	f.Add("connection", "close, X-A", "Te")
	f.Fuzz(func(t *testing.T, name, value, other string) {
		in := http.Header{name: {value}, other: {value, other}}
		before := maps.Clone(in)
		later := Later{UserAgent: "a/1", ToOrigin: true}
		out, _, err := later.Header(in)
		if !reflect.DeepEqual(in, before) {
			t.Fatal("altered")
		}
		if err != nil {
			return
		}
		for name, values := range out {
			if !h1.IsToken(name) || strings.EqualFold(name, "connection") || strings.EqualFold(name, "upgrade") {
				t.Fatalf("name %q", name)
			}
			for _, v := range values {
				if strings.ContainsAny(v, "\r\n\x00") || isPadded(v) {
					t.Fatalf("value %q", v)
				}
			}
		}
	})
}
