package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
)

func TestHosts(t *testing.T) {
	h, err := ParseHosts(map[string]string{
		"A.Example:443":  "127.0.0.1:8443",
		"a.example":      "127.0.0.2",
		"*:8080":         "b.example",
		"*":              ":9",
		"::1":            "[::2]:80",
		"[::1]:443":      "::3",
		"192.0.2.1":      "c.example:81",
		"bücher.example": "127.0.0.1, [::1]:90",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		host string
		port uint16
		want string
	}{
		{"a.example", 443, "127.0.0.1:8443"},
		{"a.example.", 443, "127.0.0.1:8443"},
		{"a.example", 80, "127.0.0.2:80"},
		{"a.example", 8080, "127.0.0.2:8080"},
		{"x.example", 8080, "b.example:8080"},
		{"x.example", 80, "x.example:9"},
		{"::1", 80, "[::2]:80"},
		{"::1", 443, "[::3]:443"},
		{"192.0.2.1", 80, "c.example:81"},
		{"xn--bcher-kva.example", 443, "127.0.0.1:443 [::1]:90"},
	} {
		var got []string
		for _, p := range h.find(c.host, c.port) {
			got = append(got, joinPort(p.host, p.port))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s %d: %s, want %s", c.host, c.port, s, c.want)
		}
	}
	one, _ := ParseHosts(map[string]string{"a": "127.0.0.1"})
	if one.find("b", 80) != nil || (*Hosts)(nil).find("a", 80) != nil {
		t.Error("found what is not there")
	}
}

func TestParseHostsRefuses(t *testing.T) {
	many := strings.Repeat("127.0.0.1,", 32) + "127.0.0.1"
	for _, table := range []map[string]string{
		{"": "127.0.0.1"},
		{":80": "127.0.0.1"},
		{"a:": "127.0.0.1"},
		{"a:0": "127.0.0.1"},
		{"a:x": "127.0.0.1"},
		{"a:80:80": "127.0.0.1"},
		{"a b": "127.0.0.1"},
		{"127.1": "127.0.0.1"},
		{"[::1": "127.0.0.1"},
		{"[a]": "127.0.0.1"},
		{"*.example": "127.0.0.1"},
		{"a": ""},
		{"a": ":"},
		{"a": "b:"},
		{"a": "127.1"},
		{"a": "b:65536"},
		{"a": "b c"},
		{"a": "127.0.0.1,b"},
		{"a": "b,c"},
		{"a": ","},
		{"a": "127.0.0.1,:80"},
		{"a": many},
		{"a": "[::1"},
		{"a": "[::1%/]:80"},
		{"a": "127.0.0.1", "A.": "127.0.0.2"},
	} {
		if h, err := ParseHosts(table); err == nil {
			t.Errorf("%v: %v", table, h)
		}
	}
	if h, err := ParseHosts(nil); h != nil || err != nil || h.String() != "" {
		t.Errorf("%v, %v", h, err)
	}
	a, _ := ParseHosts(map[string]string{"A": "127.0.0.1", "b": "[::1]:80"})
	b, _ := ParseHosts(map[string]string{"b.": "[::0:1]:80", "a": "127.0.0.1"})
	c, _ := ParseHosts(map[string]string{"a": "127.0.0.1", "b": "[::1]:81"})
	if a.String() != b.String() || a.String() == c.String() {
		t.Errorf("%q, %q, %q", a, b, c)
	}
}

// What is dialled, and what is looked up.
func TestStaticHosts(t *testing.T) {
	h, err := ParseHosts(map[string]string{"a.example": "192.0.2.7:81", "b.example": "c.example", "d.example": "192.0.2.8,192.0.2.9"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ host, asked, tried string }{
		{"a.example", "", "192.0.2.7@"},
		{"b.example", "ip c.example", "192.0.2.1@"},
		{"c.example", "ip c.example", "192.0.2.1@"},
		{"d.example", "", "192.0.2.8@ 192.0.2.9@"},
	} {
		fake := newFakeNet(map[string]answer{"192.0.2.7": {}, "192.0.2.1": {}, "192.0.2.8": {err: errRefused}, "192.0.2.9": {}})
		r := &fakeResolver{addrs: []string{"192.0.2.1"}}
		d := &Dialer{Resolver: r, Hosts: h, Connect: fake.connect}
		if _, err := d.DialContext(t.Context(), c.host, "80", nil); err != nil {
			t.Error(err)
		}
		tried := ""
		for _, s := range fake.starts {
			addr, _, _ := strings.Cut(s, "@")
			tried += " " + addr + "@"
		}
		if asked := strings.Join(r.asked, ","); asked != c.asked || tried != " "+c.tried {
			t.Errorf("%s: asked %q, tried %q", c.host, asked, tried)
		}
	}
	// Also what somebody else dials, who sees the first of several.
	for host, want := range map[string]string{"a.example": "tcp 192.0.2.7:81", "b.example": "tcp c.example:80", "d.example": "tcp 192.0.2.8:80", "e.example": "tcp e.example:80"} {
		var got string
		d := &Dialer{Hosts: h, Dial: func(_ context.Context, network, addr string) (net.Conn, error) {
			got = network + " " + addr
			return &fakeConn{}, nil
		}}
		if _, err := d.DialContext(t.Context(), host, "80", nil); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", host, got, err, want)
		}
	}
}

// Whatever the table is, what comes of it is a host and a port that stand for themselves.
func FuzzHosts(f *testing.F) {
	f.Add("a.example:443", "127.0.0.1:8443", "a.example", uint16(443))
	f.Add("*", "[::1]:80, ::2", "::1", uint16(1))
	f.Add("*:80", ":81", "bücher.example", uint16(80))
	f.Fuzz(func(t *testing.T, key, value, host string, port uint16) {
		h, err := ParseHosts(map[string]string{key: value})
		if err != nil {
			if _, ok := errors.AsType[*HostError](err); !ok {
				if _, ok := errors.AsType[*net.AddrError](err); !ok {
					t.Errorf("%q: %q: %T", key, value, err)
				}
			}
			return
		}
		name, err := ASCII(host)
		if err != nil || port == 0 {
			return
		}
		places := h.find(name, port)
		for _, p := range places {
			if again, err := ASCII(p.host); err != nil || again != p.host || p.port == 0 {
				t.Errorf("%q: %q for %s leads to %q %d", key, value, name, p.host, p.port)
			}
		}
		if key == "*" && len(places) == 0 {
			t.Errorf("* does not fit %s", name)
		}
		if again, err := ParseHosts(map[string]string{key: value}); err != nil || again.String() != h.String() {
			t.Errorf("%q: %q, %v", key, value, err)
		}
		_ = fmt.Sprint(h)
	})
}
