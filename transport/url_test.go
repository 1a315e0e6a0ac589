package transport

// URLs: what cannot be meant is refused before anybody is dialled, and what is dialled is
// what the request says.

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/conn"
	"example.com/godwit/internal/dial"
)

func TestInvalidURL(t *testing.T) {
	tr := examined(t, &Transport{Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
		t.Errorf("dialled %s", addr)
		return nil, errors.New("dialled")
	}})
	long := strings.Repeat("a", 64)
	for name, u := range map[string]*url.URL{
		"none":                   nil,
		"empty":                  {},
		"no scheme":              {Host: "a.example"},
		"unknown scheme":         {Scheme: "ftp", Host: "a.example"},
		"file":                   {Scheme: "file", Path: "/etc/passwd"},
		"upper-case scheme":      {Scheme: "HTTP", Host: "a.example"},
		"scheme with blanks":     {Scheme: " http", Host: "a.example"},
		"no host":                {Scheme: "http", Path: "/x"},
		"only a port":            {Scheme: "http", Host: ":80"},
		"port 0":                 {Scheme: "http", Host: "a.example:0"},
		"port 65536":             {Scheme: "http", Host: "a.example:65536"},
		"port 080":               {Scheme: "http", Host: "a.example:080"},
		"port +80":               {Scheme: "http", Host: "a.example:+80"},
		"port -1":                {Scheme: "http", Host: "a.example:-1"},
		"named port":             {Scheme: "http", Host: "a.example:http"},
		"two ports":              {Scheme: "http", Host: "a.example:80:81"},
		"line feed in host":      {Scheme: "http", Host: "a.example\nx"},
		"CRLF in host":           {Scheme: "http", Host: "a.example\r\nX: y"},
		"NUL in host":            {Scheme: "http", Host: "a.example\x00.b"},
		"space in host":          {Scheme: "http", Host: "a .example"},
		"tab in host":            {Scheme: "http", Host: "a\t.example"},
		"user info in host":      {Scheme: "http", Host: "u@a.example"},
		"port and user in host":  {Scheme: "http", Host: "a.example:80@b.example"},
		"slash in host":          {Scheme: "http", Host: "a.example/b"},
		"backslash in host":      {Scheme: "http", Host: `a.example\@b.example`},
		"question mark in host":  {Scheme: "http", Host: "127.0.0.1?@b.example"},
		"number sign in host":    {Scheme: "http", Host: "a.example#@b.example"},
		"percent in host":        {Scheme: "http", Host: "a.example%2F10.0.0.1"},
		"percent-encoded digits": {Scheme: "http", Host: "%31%32%37.0.0.1"},
		"not UTF-8":              {Scheme: "http", Host: "a\xff.example"},
		"maps to a slash":        {Scheme: "http", Host: "a.example\u2100b"},
		"maps to a number sign":  {Scheme: "http", Host: "a\uff03b.example"},
		"maps to an address":     {Scheme: "http", Host: "①②⑦.0.1"},
		"A-label of ASCII":       {Scheme: "http", Host: "xn--example-.com"},
		"malformed A-label":      {Scheme: "http", Host: "xn--a\u00fc.example"},
		"empty label":            {Scheme: "http", Host: "a..example"},
		"leading dot":            {Scheme: "http", Host: ".example"},
		"only a dot":             {Scheme: "http", Host: "."},
		"long label":             {Scheme: "http", Host: long + ".example"},
		"long name":              {Scheme: "http", Host: strings.Repeat("a.", 130) + "b"},
		"octal address":          {Scheme: "http", Host: "010.8.8.8"},
		"short address":          {Scheme: "http", Host: "127.1"},
		"hexadecimal address":    {Scheme: "http", Host: "0x7f.1"},
		"decimal address":        {Scheme: "http", Host: "2130706433"},
		"address with a dot":     {Scheme: "http", Host: "1.2.3.4."},
		"five numbers":           {Scheme: "http", Host: "1.2.3.4.5"},
		"number above 255":       {Scheme: "http", Host: "1.2.3.256"},
		"name in brackets":       {Scheme: "http", Host: "[a.example]"},
		"IPv4 in brackets":       {Scheme: "http", Host: "[1.2.3.4]"},
		"nothing in brackets":    {Scheme: "http", Host: "[]"},
		"open bracket":           {Scheme: "http", Host: "[::1"},
		"close bracket":          {Scheme: "http", Host: "::1]"},
		"text after bracket":     {Scheme: "http", Host: "[::1]x:80"},
		"text before bracket":    {Scheme: "http", Host: "a[::1]"},
		"no brackets":            {Scheme: "http", Host: "fe80::1"},
		"empty zone":             {Scheme: "http", Host: "[fe80::1%]"},
		"zone with a slash":      {Scheme: "http", Host: "[fe80::1%a/b]"},
		"zone with CRLF":         {Scheme: "http", Host: "[fe80::1%a\r\nX: y]"},
		"unix socket":            {Scheme: "http", Host: "unix:/var/run/x"},
		"CRLF in query":          {Scheme: "http", Host: "a.example", RawQuery: "a\r\nX: y"},
		"NUL in query":           {Scheme: "http", Host: "a.example", RawQuery: "a\x00"},
		"CRLF in opaque":         {Scheme: "http", Host: "a.example", Opaque: "/a HTTP/1.1\r\nX: y"},
	} {
		for _, scheme := range []string{"http", "https"} {
			if u != nil && u.Scheme == "https" || u != nil && u.Scheme == "http" {
				u.Scheme = scheme
			} else if scheme == "https" {
				continue
			}
			req := &http.Request{Method: "GET", URL: u, Header: http.Header{}}
			b := newClosable("x")
			req.Body = b
			err := fails(t, tr, req.WithContext(t.Context()))
			if !errors.Is(err, conn.ErrInvalidURL) || !errors.Is(err, conn.ErrHTTP) || err.Sent {
				t.Errorf("%s: %v", name, err)
			}
			if b.closed.Load() == 0 {
				t.Errorf("%s: body not closed", name)
			}
		}
	}
}

// The names that are dialled, sent as Host and given to TLS are one. User info, which may
// hold all kinds of marks, is part of none.
func TestDialledIsWhatIsSaid(t *testing.T) {
	for raw, want := range map[string]string{
		"http://a.example":                         "a.example:80",
		"http://A.EXAMPLE:8080/":                   "a.example:8080",
		"http://a.example:/":                       "a.example:80",
		"http://a.example./":                       "a.example.:80",
		"http://a_b.example/":                      "a_b.example:80",
		"http://a.example?@evil.example/":          "a.example:80",
		"http://a.example#@evil.example/":          "a.example:80",
		"http://a.example/@evil.example":           "a.example:80",
		"http://evil.example@a.example/":           "a.example:80",
		"http://evil.example:80@a.example/":        "a.example:80",
		"http://u%40evil.example:p%2F@a.example/":  "a.example:80",
		"http://evil.example%2F@a.example:81/":     "a.example:81",
		"http://b\u00fccher.example/":              "xn--bcher-kva.example:80",
		"http://fa\u00df.example/":                 "xn--fa-hia.example:80",
		"http://a\u3002example/":                   "a.example:80",
		"http://%62%C3%BC.example/":                "",
		"http://127.0.0.1/":                        "127.0.0.1:80",
		"http://127.0.0.1.example/":                "127.0.0.1.example:80",
		"http://[::1]/":                            "[::1]:80",
		"http://[0:0:0:0:0:0:0:1]:8080/":           "[::1]:8080",
		"http://[::ffff:127.0.0.1]/":               "[::ffff:127.0.0.1]:80",
		"http://[fe80::1%25eth0]/":                 "[fe80::1%eth0]:80",
		"http://localhost:1/http://evil.example/x": "localhost:1",
	} {
		t.Run(raw, func(t *testing.T) {
			u, err := url.Parse(raw)
			if want == "" {
				if err == nil {
					t.Fatal("net/url takes it: judge it here")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := make(chan string, 1)
			p := &piper{handle: func(_ int, c net.Conn) {
				req, err := readRequest(newReader(c))
				if err != nil {
					return
				}
				got <- req.Host
				c.Write([]byte(noBody))
			}}
			tr := examined(t, &Transport{Dial: p.Dial})
			do(t, tr, (&http.Request{Method: "GET", URL: u, Header: http.Header{}}).WithContext(t.Context()))
			host := <-got
			if len(p.addrs) != 1 || p.addrs[0] != want {
				t.Fatalf("dialled %v, want %s", p.addrs, want)
			}
			if said, err := keyFor(&http.Request{URL: &url.URL{Scheme: "http", Host: host}}); err != nil || withoutZone(want) != said.addr() {
				t.Errorf("dialled %s, Host says %q (%v)", want, host, err)
			}
		})
	}
}

func withoutZone(addr string) string {
	if before, after, ok := strings.Cut(addr, "%"); ok {
		return before + after[strings.IndexByte(after, ']'):]
	}
	return addr
}

// isNormal may only say yes to what dial.ASCII would leave as it is.
func FuzzKeyOf(f *testing.F) {
	for _, s := range []string{"a.example", "127.0.0.1", "a.1", "a-.b", "1.2.3.4.", "xn--a", "A", "[::1]:80", "a:", strings.Repeat("a", 64)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, host string) {
		k, err := keyFor(&http.Request{URL: &url.URL{Scheme: "http", Host: host}})
		if err != nil {
			if !errors.Is(err, conn.ErrInvalidURL) {
				t.Errorf("%q: %v", host, err)
			}
			return
		}
		ascii, err := dial.ASCII(k.host)
		if err != nil || ascii != k.host {
			t.Errorf("%q: host %q, which is %q (%v)", host, k.host, ascii, err)
		}
		addr := k.addr()
		again, err := keyFor(&http.Request{URL: &url.URL{Scheme: "http", Host: addr}})
		if err != nil || again != k {
			t.Errorf("%q: address %q has the key %+v (%v), want %+v", host, addr, again, err, k)
		}
	})
}
