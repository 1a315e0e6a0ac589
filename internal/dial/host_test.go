package dial

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestASCII(t *testing.T) {
	long := strings.Repeat("a.", 126) + "b" // 253 octets
	for host, want := range map[string]string{
		"a":                         "a",
		"Example.COM":               "example.com",
		"example.com.":              "example.com.",
		"_dmarc.my_host.example":    "_dmarc.my_host.example",
		"r3---sn-abc.example":       "r3---sn-abc.example",
		"-a-.example":               "-a-.example",
		"1.example":                 "1.example",
		"127.0.0.1.example":         "127.0.0.1.example",
		"0x7f.example":              "0x7f.example",
		"1.2.3.4x":                  "1.2.3.4x",
		"0xg":                       "0xg",
		long:                        long,
		long + ".":                  long + ".",
		"127.0.0.1":                 "127.0.0.1",
		"0.0.0.0":                   "0.0.0.0",
		"::1":                       "::1",
		"2001:DB8:0::0:1":           "2001:db8::1",
		"::ffff:127.0.0.1":          "::ffff:127.0.0.1",
		"fe80::1%eth0":              "fe80::1%eth0",
		"fe80::1%en0.100":           "fe80::1%en0.100",
		"bücher.example":            "xn--bcher-kva.example",
		"BÜCHER.example":            "xn--bcher-kva.example",
		"bu\u0308cher.example":      "xn--bcher-kva.example", // composed by NFC
		"xn--bcher-kva.example":     "xn--bcher-kva.example",
		"XN--BCHER-KVA.Example":     "xn--bcher-kva.example",
		"faß.example":               "xn--fa-hia.example", // not fass.example (CVE-2016-8625)
		"_x.bücher.example":         "_x.xn--bcher-kva.example",
		"a\u3002example":            "a.example",
		"a\uff0eexample\uff61":      "a.example.",
		"\uff45xample.com":          "example.com",
		"\U0001f4a9.example":        "xn--ls8h.example",
		"пример.испытание":          "xn--e1afmkfd.xn--80akhbyknj4f",
		"\u05d0\u05d1.example":      "xn--4dbc.example",
		"xn--4dbc.xn--4dbc.example": "xn--4dbc.xn--4dbc.example",
	} {
		got, err := ASCII(host)
		if err != nil || got != want {
			t.Errorf("ASCII(%q) = %q, %v; want %q", host, got, err, want)
			continue
		}
		if again, err := ASCII(got); again != got || err != nil {
			t.Errorf("ASCII(%q) = %q, %v; want it unchanged", got, again, err)
		}
	}
}

func TestNotAHost(t *testing.T) {
	for reason, hosts := range map[string][]string{
		"is empty": {""},
		"is not an address, not a name": {
			"127.1", "127.0.1", "2130706433", "0x7f.1", "0x7F000001", "017700000001", "010.8.8.8", "1.2.3.04", "256.1.1.1",
			"1.2.3.4.5", "1.2.3.4.", "127.0.0.1.", "a.1", "example.0x", "example.0xAf", "1",
			"\uff11\uff12\uff17.\uff10.\uff10.\uff11", "127\u30020\u30020\u30021", "\u2460\u2461\u2466.1",
		},
		"is not an IPv6 address": {"::1::", "1:2", ":80", "a:80", "1.2.3.4:80", "::00001", "fe80::1%", "user:pw"},
		"has an invalid zone":    {"fe80::1%eth0\x00", "fe80::1%a b", "fe80::1%a/b", "fe80::1%.example.com@x", "fe80::1%25%", "fe80::1%é"},
		"has an empty label":     {".", "..", "xn--.com", ".a", "a..b", "a..", "\u3002"},
		"has a character that no host name may have": {
			"a b", " a", "a ", "a\tb", "a\r\nb", "a\x00b", "a\x7fb", "a%2fb", "a%00", "a/b", `a\b`, "a?b", "a#b", "a@b", "a[b", "[a]", "[1.2.3.4]",
			"a,b", "a;b", "a=b", "a+b", "a*b", "*", "a!b", "a$b", "a&b", "a'b", `a"b`, "a(b)", "a<b>", "a^b", "a`b", "a{b}", "a|b", "a~b",
			"1.2.3.4%eth0", "a\u2100b", "ex\uff0fb", "a\uff03b", "a\uff20b", "a\uff05b", "a\uff1ab", "a\uff3cb",
		},
		"is longer than 253 octets": {
			strings.Repeat("a.", 126) + "ab", strings.Repeat("a.", 127) + ".", strings.Repeat("a", 1<<20), strings.Repeat("ü", 127), "::" + strings.Repeat("1", 300),
			strings.Repeat("ü.", 60) + strings.Repeat("a.", 30), // short enough until it is mapped
		},
		"has a label longer than 63 octets": {strings.Repeat("a", 64), strings.Repeat("ü", 63)},
		"is not UTF-8":                      {"a\xff", "\xc3", "b\xc3cher.example"},
		"is not a valid international name": {
			"xn--example-.com", "xn--a-.example", "xn--bcher-kv.example\u00fc", "xn--99999999999.example", "xn--fa-hia\u00df.example",
			"a\u2488com", "a\u00adb\u200dc.example", "\u0300a.example", "a\u202eb.example", "\u05d0a.example", "a\ufffdb", "\ufdd0.example",
			"xn--bcher-kva\u3002xn--example-",
		},
	} {
		for _, host := range hosts {
			got, err := ASCII(host)
			e, ok := errors.AsType[*HostError](err)
			if !ok || got != "" {
				t.Errorf("ASCII(%.50q) = %q, %v; want a *HostError", host, got, err)
				continue
			}
			if e.Reason != reason {
				t.Errorf("%.50q %s, want: %s", host, e.Reason, reason)
			}
			if text := e.Error(); len(text) > 1<<10 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("text %q", text)
			}
		}
	}
}

// What is no host goes nowhere: no lookup, no connection.
func TestDialNowhere(t *testing.T) {
	r := &fakeResolver{}
	fake := newFakeNet(nil)
	d := &Dialer{Resolver: r, Connect: fake.connect}
	for _, test := range [][2]string{
		{"127.1", "80"},
		{"a b", "80"},
		{"a.example", ""},
		{"a.example", "0"},
		{"a.example", "65536"},
		{"a.example", "+80"},
		{"a.example", " 80"},
		{"a.example", "8_0"},
		{"a.example", "http"},
		{"a.example", "80\r\n"},
	} {
		nc, err := d.DialContext(t.Context(), test[0], test[1], nil)
		if nc != nil || err == nil || strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("%q: %v, %v", test, nc, err)
		}
	}
	if len(r.asked)+len(fake.starts) > 0 {
		t.Errorf("looked up %q, connected to %q", r.asked, fake.starts)
	}
}

// ASCII ends soon whatever it is given, and what it returns is one thing only: an address,
// or a name that nobody takes for one and that it returns again.
func FuzzASCII(f *testing.F) {
	for _, s := range []string{"a.example", "bücher.example", "xn--bcher-kva", "127.1", "fe80::1%eth0", "a\u3002b", "xn--example-.com", "0x7f.1."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, host string) {
		start := time.Now()
		got, err := ASCII(host)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("took %v", took)
		}
		if err != nil {
			if _, ok := err.(*HostError); !ok || got != "" {
				t.Fatalf("%q, %T", got, err)
			}
			return
		}
		if again, err := ASCII(got); again != got || err != nil {
			t.Fatalf("%q became %q, then %q, %v", host, got, again, err)
		}
		if _, err := netip.ParseAddr(got); err == nil {
			return
		}
		if strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || got != strings.ToLower(got) {
			t.Fatalf("%q became %q", host, got)
		}
	})
}
