package godwit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// Each option, what it is applied after, and what it makes of the request.
func TestOptions(t *testing.T) {
	for _, c := range []struct {
		opts []Option
		want func(*Request)
	}{
		{[]Option{nil, Defaults{nil}, Defaults(nil)}, func(*Request) {}},
		{[]Option{BaseURL("http://h/")}, func(r *Request) { r.BaseURL = "http://h/" }},
		{[]Option{Timeout(time.Second)}, func(r *Request) { r.Timeout = time.Second }},
		{[]Option{Timeout(time.Second), Timeout(0)}, func(*Request) {}},
		{
			[]Option{Limits{Wait: time.Second, DNS: time.Microsecond}, Limits{Wait: time.Minute, TLS: -1}},
			func(r *Request) { r.Limits = trace.Limits{Wait: time.Minute, DNS: time.Microsecond, TLS: -1} },
		},
		{[]Option{MaxBody(1)}, func(r *Request) { r.MaxBody = 1 }},
		{[]Option{MaxRatio(-1)}, func(r *Request) { r.MaxRatio = -1 }},
		{[]Option{Decoders{"br": nil, "X": nil}, Decoders{"x": nil, "zstd": nil}}, func(r *Request) { r.Decoders = Decoders{"br": nil, "x": nil, "zstd": nil} }},
		{[]Option{Redirects(3)}, func(r *Request) { r.Redirects = 3 }},
		{[]Option{NoRedirects}, func(r *Request) { r.Redirects = 0 }},
		{[]Option{KeepHeaders{"A"}, KeepHeaders{"B"}}, func(r *Request) { r.KeepHeaders = []string{"A", "B"} }},
		{[]Option{Insecure}, func(r *Request) { r.Insecure = true }},
		{[]Option{Raw}, func(r *Request) { r.Raw = true }},
		{[]Option{Protocols(transport.HTTP3), Protocols(transport.HTTP1)}, func(r *Request) { r.Protocols = transport.HTTP1 }},
		{[]Option{Protocols(transport.HTTP2), Protocols(0)}, func(*Request) {}},
		{[]Option{IPv6Only, IPv4Only}, func(r *Request) { r.Sockets.IPv4Only = true }},
		{[]Option{IPv4Only, IPv6Only}, func(r *Request) { r.Sockets.IPv6Only = true }},
		{[]Option{UnixSocket("/run/a.sock")}, func(r *Request) { r.Sockets.Unix = "/run/a.sock" }},
		{[]Option{UnixSocket("/run/a.sock"), UnixSocket("")}, func(*Request) {}},
		{[]Option{Interface("eth0"), Interface("192.0.2.7")}, func(r *Request) { r.Sockets.Interface = "192.0.2.7" }},
		{
			[]Option{Resolve{"a": "127.0.0.1", "b": "c"}, Resolve{"a": ":80", "b": ""}},
			func(r *Request) { r.Sockets.Hosts = map[string]string{"a": ":80"} },
		},
		{[]Option{Resolve(nil)}, func(r *Request) { r.Sockets.Hosts = map[string]string{} }},
		{
			[]Option{PublicOnly(), PublicOnly("10.0.0.0/8", "a.example:80")},
			func(r *Request) {
				r.Sockets.PublicOnly, r.Sockets.Allow = true, []string{"10.0.0.0/8", "a.example:80"}
			},
		},
		{[]Option{AllowDowngrade}, func(r *Request) { r.AllowDowngrade = true }},
		{[]Option{RaiseForStatus}, func(r *Request) { r.RaiseForStatus = true }},
		{[]Option{CompressBody}, func(r *Request) { r.CompressBody = true }},
		{[]Option{IdempotencyKey}, func(r *Request) { r.IdempotencyKey = true }},
		{[]Option{Progress(func(Transfer) {}), Progress(nil)}, func(*Request) {}},
		{[]Option{URI{"a": 1, "b": 2}, URI{"b": nil}}, func(r *Request) { r.URI = URI{"a": 1, "b": nil} }},
		{[]Option{URI(nil)}, func(r *Request) { r.URI = URI{} }},
		{[]Option{Multipart(Field("a", 1)), (*Body)(nil)}, func(*Request) {}},
		{[]Option{Query("a=%20")}, func(r *Request) { r.Query = "a=%20" }},
		{
			[]Option{Params{"b": 2, "a": "x y"}, Pairs{{"b", "3"}, {"c", ""}}},
			func(r *Request) { r.Params = Pairs{{"a", "x y"}, {"b", "2"}, {"b", "3"}, {"c", ""}} },
		},
		{
			[]Option{Pairs{{"a", "1"}, {"b", "2"}, {"a", "3"}}, Params{"a": nil, "c": []int{1, 2}}},
			func(r *Request) { r.Params = Pairs{{"b", "2"}, {"c", "1"}, {"c", "2"}} },
		},
		{
			[]Option{Header{"x-b": 1, "X-A": true}, Header{"X-B": "2"}, AddHeader("x-c", "3"), AddHeader("X-c", "4"), NoHeader{"accept"}, Header{"User-Agent": nil}},
			func(r *Request) {
				r.Header = http.Header{"X-A": {"true"}, "X-B": {"2"}, "X-C": {"3", "4"}, "Accept": nil, "User-Agent": nil}
				r.Order = []string{"X-A", "X-B", "X-c", "User-Agent"}
			},
		},
		{
			[]Option{Header{"Vary": []string{"a", "b"}, "Date": time.Date(2026, 11, 20, 1, 2, 3, 4, time.FixedZone("", 3600))}},
			func(r *Request) {
				r.Header = http.Header{"Vary": {"a", "b"}, "Date": {"Fri, 20 Nov 2026 00:02:03 GMT"}}
				r.Order = []string{"Date", "Vary"}
			},
		},
		{
			[]Option{Header{"b": 1, "a": 2}, Order{"A", "c"}, AddHeader("d", "3")},
			func(r *Request) {
				r.Header = http.Header{"A": {"2"}, "B": {"1"}, "D": {"3"}}
				r.Order = []string{"A", "c", "b", "d"}
			},
		},
		{[]Option{Cookies{"b": 1, "a": "x"}, Cookies{"b": nil, "c": "y"}}, func(r *Request) { r.Cookies = Pairs{{"a", "x"}, {"c", "y"}} }},
		{[]Option{OptionFunc(func(r *Request) error { r.Method = "PURGE"; return nil })}, func(r *Request) { r.Method = "PURGE" }},
		{[]Option{JSON(1), (*Body)(nil)}, func(*Request) {}},
		{
			[]Option{ProxyHeader{"x-a": "1", "X-B": "2"}, ProxyHeader{"X-A": "", "x-c": "3"}},
			func(r *Request) { r.ProxyHeader = http.Header{"X-B": {"2"}, "X-C": {"3"}} },
		},
		{
			[]Option{ProxyTLS(Insecure), ProxyTLS(TLSSettings{ServerName: "p"}, Insecure)},
			func(r *Request) {
				r.ProxyTLS = &transport.Overrides{Insecure: true, TLSSettings: &transport.TLSSettings{ServerName: "p"}}
			},
		},
		{[]Option{ProxyTLS(Insecure), ProxyTLS()}, func(*Request) {}},
		{
			[]Option{TLSSettings{MinVersion: tls.VersionTLS12, KeyLog: "a"}, TLSSettings{MinVersion: tls.VersionTLS13, ServerName: "h"}},
			func(r *Request) {
				r.TLSSettings = &transport.TLSSettings{MinVersion: tls.VersionTLS13, KeyLog: "a", ServerName: "h"}
			},
		},
		{[]Option{Pin(otherPin)}, func(r *Request) { r.Pins, _ = transport.ParsePins(otherPin) }},
		{[]Option{Pin(otherPin), Pin()}, func(*Request) {}},
		{[]Option{TLS(nil)}, func(*Request) {}},
	} {
		var got, want Request
		got.init("GET", "http://h/")
		want.init("GET", "http://h/")
		c.want(&want)
		if err := got.apply(c.opts); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v: %v\n got %+v\nwant %+v", c.opts, err, got, want)
		}
	}
}

type word string

func (w *word) String() string { return string(*w) }

func TestTexts(t *testing.T) {
	w := word("w")
	for _, c := range []struct {
		in   any
		want string
	}{
		{nil, "[]"},
		{"", `[""]`},
		{"a b", `["a b"]`},
		{42, `["42"]`},
		{int8(-1), `["-1"]`},
		{uint64(math.MaxUint64), `["18446744073709551615"]`},
		{1e6, `["1000000"]`},
		{1e21, `["1e+21"]`},
		{0.1, `["0.1"]`},
		{float32(0.1), `["0.1"]`},
		{1e-7, `["1e-07"]`},
		{-0.5, `["-0.5"]`},
		{true, `["true"]`},
		{word("x"), `["x"]`},
		{&w, `["w"]`},
		{(*word)(nil), "[]"},
		{(*int)(nil), "[]"},
		{[]string{}, "[]"},
		{[]any{1, "b", true}, `["1" "b" "true"]`},
		{[]word{"a"}, `["a"]`},
		{time.Second, `["1s"]`},
		{netip.MustParseAddr("::1"), `["::1"]`},
		{http.Dir("d"), `["d"]`},
		{time.Unix(0, 5).UTC(), `["1970-01-01T00:00:00.000000005Z"]`},
	} {
		got, err := texts(nil, c.in, paramTime)
		if s := fmt.Sprintf("%q", got); s != c.want || err != nil {
			t.Errorf("%T %v: %s, %v; want %s", c.in, c.in, s, err, c.want)
		}
	}
	for _, in := range []any{map[string]string{}, []byte("x"), struct{}{}, func() {}, make(chan int), new(int), []any{nil}, []any{[]int{1}}, math.NaN(), math.Inf(1), []*word{nil}, complex(1, 1)} {
		if got, err := texts(nil, in, paramTime); err == nil {
			t.Errorf("%T %v became %q", in, in, got)
		}
	}
}

// What cannot be sent is refused before anything is, and the error shows no value.
func TestOptionsRefused(t *testing.T) {
	s, w := newWorld(ok)
	for i, opt := range []Option{
		Timeout(5), Timeout(-1), Timeout(time.Microsecond),
		Limits{Connect: 5},
		Limits{Wait: 999, DNS: -1},
		Redirects(-1), Flag(0), Flag(99), Protocols(128),
		Decoders{"": nil},
		Decoders{"a b": nil},
		Decoders{"gzip, br": nil},
		Decoders{"x\r\n": nil},
		Decoders{"Identity": nil},
		Decoders{"*": nil},
		UnixSocket("a\x00b"), UnixSocket("@"), UnixSocket(strings.Repeat("a", 109)),
		Resolve{"": "127.0.0.1"},
		Resolve{"a:http": "127.0.0.1"},
		Resolve{"a": "127.1"},
		Resolve{"*.example": "127.0.0.1"},
		PublicOnly("0x7f.1"), PublicOnly("10.0.0.0/33"), PublicOnly(""), PublicOnly(), // which this transport would not keep
		Params{"a": struct{}{}},
		Form{"a": func() {}},
		JSON(func() {}), JSON(math.NaN()), &Body{}, Seq(nil, ""), Reader(nil, ""), FileBody("/nonexistent/file"),
		Multipart(Field("a", struct{}{})), Multipart(File("a", "/nonexistent/file")), MultipartBoundary(" "),
		Query("a#b"), Query("a\r\nb"), CA("/nonexistent/s3cret-free.pem"), CA(), AddCA("/nonexistent/s3cret-free.pem"),
		Pin("s3cret"), Pin(""),
		TLSSettings{MinVersion: tls.VersionTLS10},
		TLSSettings{ServerName: "a b"},
		Header{"": "x"},
		Header{"a b": "x"},
		Header{"a\r\nb": "x"},
		Header{"ä": "x"},
		Header{"a:": "x"},
		Header{"A": "s3cret\n"},
		Header{"A": "s3cret\r"},
		Header{"A": "s3cret\x00"},
		Header{"A": "s3cret\r\nB: c"},
		Header{"A": []byte("s3cret")},
		AddHeader("A", "s3cret\x7f"),
		Header{"Host": "s3cret\r\n"},
		Header{"Content-Length": 5},
		Header{"transfer-encoding": "chunked"},
		Cookies{"a": "s3cret;b"},
		Cookies{"a;b": "s3cret"},
		Cookies{"a": "s3cret\n"},
		Cookies{"a=b": "s3cret"},
		Cookies{"": "s3cret"},
		Cookies{"a": " s3cret"},
		Cookies{"a": struct{}{}},
		OptionFunc(func(*Request) error { return errors.New("no") }),
		OptionFunc(func(r *Request) error { r.Method = "G\r\nET"; return nil }),
	} {
		_, err := s.Get(t.Context(), "http://h/", opt)
		if !errors.Is(err, ErrRequest) {
			t.Errorf("%d, %T: %v", i, opt, err)
			continue
		}
		if text := err.Error(); strings.Contains(text, "s3cret") && !strings.Contains(text, "s3cret-free") || strings.ContainsAny(text, "\r\n\x00") {
			t.Errorf("%d, %T: %q", i, opt, text)
		}
	}
	for _, method := range []string{"G ET", "GET\r\n", "GET /x HTTP/1.1\r\nX: y", "ä", "G\x00"} {
		if _, err := s.Do(t.Context(), method, "http://h/"); !errors.Is(err, ErrRequest) || strings.ContainsAny(err.Error(), "\r\n\x00") {
			t.Errorf("method %q: %v", method, err)
		}
	}
	if n := len(w.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// What is nil says nothing, whatever its type is.
func TestNilOptions(t *testing.T) {
	s, _ := newWorld(ok)
	for _, opt := range []Option{
		nil, Header(nil), Params(nil), Pairs(nil), Query(""), Form(nil), FormPairs(nil), Cookies(nil), NoHeader(nil), KeepHeaders(nil),
		Defaults(nil),
		Defaults{nil},
		OptionFunc(nil), OnRequest(nil), OnResponse(nil), Decoders(nil), Progress(nil), Auth(nil), TLS(nil), URI(nil), Proxies(nil),
		(*Body)(nil), Bytes(nil, ""), Multipart(),
		UnixSocket(""), Resolve(nil), Interface(""),
		Limits{},
		Retry{},
		NoEnv{},
	} {
		if _, err := s.Post(t.Context(), "http://h/", opt); err != nil {
			t.Errorf("%T: %v", opt, err)
		}
	}
}

func TestTimeoutAdvice(t *testing.T) {
	for want, opt := range map[string]Option{
		"a Timeout of 5ns is no time to do anything in: did you mean 5*time.Second?":          Timeout(5),
		"a negative Timeout: 0 is none":                                                       Timeout(-time.Second),
		"a Limits.Receive of 5ns is no time to do anything in: did you mean 5*time.Second?":   Limits{Connect: time.Second, Receive: 5},
		"a Limits.Blocked of 30ns is no time to do anything in: did you mean 30*time.Second?": Limits{Blocked: 30, TLS: 1},
	} {
		if _, err := Get(t.Context(), "http://h/", opt); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v: %v", opt, err)
		}
	}
}

func TestNilContext(t *testing.T) {
	var none context.Context
	if _, err := Get(none, "http://h/"); !errors.Is(err, ErrRequest) {
		t.Error(err)
	}
	if _, err := new(Session).Prepare(none, "GET", "http://h/"); !errors.Is(err, ErrRequest) {
		t.Error(err)
	}
	if _, err := new(Session).Send(nil); !errors.Is(err, ErrRequest) {
		t.Error(err)
	}
	if _, err := new(Session).Open(&http.Request{}); !errors.Is(err, ErrRequest) {
		t.Error(err)
	}
}

// Defaults are shared by calls at once, so no call may write into them.
func TestDefaultsAreNotAltered(t *testing.T) {
	base := Pairs{{"a", "1"}, {"b", "2"}}
	s, _ := newWorld(ok)
	s.Defaults = Defaults{base, KeepHeaders{"K"}, FormPairs{{"f", "1"}}, Cookies{"c": 1}, AddHeader("X", "1")}
	for range 3 {
		_, err := s.Post(t.Context(), "http://h/", Params{"a": nil, "z": 1}, KeepHeaders{"L"}, Cookies{"c": nil}, AddHeader("X", "2"))
		if err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(base, Pairs{{"a", "1"}, {"b", "2"}}) {
		t.Errorf("became %v", base)
	}
}

func TestFlagString(t *testing.T) {
	if got := fmt.Sprint(Insecure, AllowDowngrade, RaiseForStatus, CompressBody, IdempotencyKey, Raw, Flag(99), CA("x.pem")); got != `Insecure AllowDowngrade RaiseForStatus CompressBody IdempotencyKey Raw Flag(99) CA("x.pem")` {
		t.Error(got)
	}
}
