package cookiejar

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestDomain has who may set a cookie for whom, and who gets it then. All are over https.
func TestDomain(t *testing.T) {
	for _, test := range []struct {
		name         string
		host, domain string // "-": no Domain
		want         string // the domain that it is kept for, with a dot if not host-only; "": dropped
	}{
		{"none", "www.example.com", "-", "www.example.com"},
		{"empty, CVE-2018-25100", "www.example.com", "", "www.example.com"},
		{"itself", "www.example.com", "www.example.com", ".www.example.com"},
		{"itself with a dot, B23", "www.example.com", ".www.example.com", ".www.example.com"},
		{"parent, B23", "www.example.com", "example.com", ".example.com"},
		{"parent with a dot", "www.example.com", ".example.com", ".example.com"},
		{"parent with two dots", "www.example.com", "..example.com", ""},
		{"grandparent", "a.b.example.com", "example.com", ".example.com"},
		{"capitals", "WWW.Example.COM", "eXaMpLe.CoM", ".example.com"},
		{"white space around", "www.example.com", " example.com\t", ".example.com"},
		{"white space within", "www.example.com", "exam ple.com", ""},
		{"child", "example.com", "www.example.com", ""},
		{"sibling, B23", "a.example.com", "b.example.com", ""},
		{"foreign, CVE-2022-29248", "evil.com", "bank.com", ""},
		{"foreign, artax 2017-05-09", "bank.com.evil.com", "bank.com", ""},
		{"tail without a dot, CVE-2013-1944", "example.com", "ample.com", ""},
		{"tail without a dot, CVE-2018-20852", "pythonicexample.com", "example.com", ""},
		{"wildcard", "www.example.com", "*.example.com", ""},
		{"port", "www.example.com", "example.com:443", ""},
		{"URL", "www.example.com", "https://example.com", ""},
		{"two domains", "www.example.com", "example.com,example.org", ""},

		{"top level, CVE-2014-3620", "www.example.com", "com", ""},
		{"top level with a dot", "www.example.com", ".com", ""},
		{"top level that nobody knows", "www.example.unknown", "unknown", ""},
		{"public suffix", "www.example.co.uk", "co.uk", ""},
		{"public suffix in capitals, CVE-2023-46218, CVE-2025-4035", "www.example.co.uk", "co.UK", ""},
		{"public suffix with dots, CVE-2022-27779, CVE-2026-8924", "me.co.uk.", "co.uk.", ""},
		{"public suffix of a host with a dot", "me.co.uk.", "co.uk", ""},
		{"public suffix by wildcard", "www.foo.ck", "foo.ck", ""},
		{"exception to a wildcard", "www.ck", "www.ck", ".www.ck"},
		{"private suffix", "me.github.io", "github.io", ""},
		{"international suffix", "www.example.xn--55qx5d.cn", "xn--55qx5d.cn", ""},
		{"public suffix, by itself", "co.uk", "co.uk", "co.uk"},
		{"private suffix, by itself", "github.io", ".github.io", "github.io"},

		{"dots only, CVE-2026-55767", "www.example.com", ".", "www.example.com"},
		{"more dots only", "www.example.com", "..", ""},
		{"dot at the end", "www.example.com", "example.com.", ""},
		{"dot at both ends", "www.example.com.", "example.com.", ""},
		{"host with a dot at the end", "www.example.com.", "example.com", ".example.com"},
		{"host with a dot at the end, none", "www.example.com.", "-", "www.example.com"},

		{"single label, B23", "intranet", "-", "intranet"},
		{"single label, itself, B23", "intranet", "intranet", "intranet"},
		{"localhost, B23", "localhost", "localhost", "localhost"},
		{"localhost with a dot", "localhost", ".localhost", "localhost"},
		{"below localhost", "foo.localhost", "localhost", ""},
		{"below localhost, itself", "foo.localhost", "foo.localhost", ".foo.localhost"},
		{"local", "printer.local", "local", ""},
		{"underscores, CVE-2023-26136", "__proto__", "__proto__", "__proto__"},
		{"underscores, foreign, CVE-2023-26136", "example.com", "__proto__", ""},
		{"underscores, below", "_a.example.com", "-", "_a.example.com"},

		{"IPv4", "192.168.0.1", "-", "192.168.0.1"},
		{"IPv4, itself", "192.168.0.1", "192.168.0.1", "192.168.0.1"},
		{"IPv4, its tail, CVE-2014-3613", "192.168.0.1", ".168.0.1", ""},
		{"IPv4, its tail as a number, CVE-2014-3613", "192.168.0.1", "1", ""},
		{"IPv4, another", "192.168.0.1", "192.168.0.2", ""},
		{"IPv6", "[2001:DB8::0:1]", "-", "2001:db8::1"},
		{"IPv6, itself", "[2001:db8::1]", "2001:db8::1", "2001:db8::1"},
		{"IPv6, itself in brackets", "[2001:db8::1]", "[2001:db8::1]", "2001:db8::1"},
		{"IPv6, itself in other words", "[2001:db8::1]", "[2001:DB8:0::0:1]", "2001:db8::1"},
		{"IPv6, another in brackets", "[2001:db8::1]", "[2001:db8::2]", ""},
		{"IPv6, half a bracket", "[2001:db8::1]", "[2001:db8::1", ""},
		{"IPv6, brackets with a port", "[2001:db8::1]", "[2001:db8::1]:80", ""},
		{"IPv4 in IPv6, in brackets", "[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]", "::ffff:127.0.0.1"},
		{"IPv4 in brackets", "127.0.0.1", "[127.0.0.1]", ""},
		{"IPv4 in IPv6, its tail, CVE-2014-3613", "[::ffff:1.2.3.4]", ".3.4", ""},
		{"IPv4 in IPv6, the IPv4", "[::ffff:1.2.3.4]", "1.2.3.4", ""},
		{"IPv6 with a zone", "[fe80::1%25eth0]", "-", "fe80::1%eth0"},
		{"IPv6 with a zone like a host, CVE-2023-45289", "[::1%25.www.example.com]", "example.com", ""},
		{"IPv6 with a zone like a host, none", "[::1%25.www.example.com]", "-", "::1%.www.example.com"},

		{"international, U-form, B23", "www.bücher.example", "-", "www.xn--bcher-kva.example"},
		{"international, A-form, B23", "www.xn--bcher-kva.example", "xn--bcher-kva.example", ".xn--bcher-kva.example"},
		{"international, U and A, B23", "www.BÜCHER.example", "XN--BCHER-kva.example", ".xn--bcher-kva.example"},
		{"international, Domain in U-form is not ASCII, 5.7 step 8", "www.bücher.example", "bücher.example", ""},
		{"ideographic dot, CVE-2026-48618", "www\u3002example\u3002com", "example.com", ".example.com"},
		{"ideographic dot in Domain", "www.example.com", "example\u3002com", ""},
		{"fullwidth letters", "ｗｗｗ.example.com", "-", "www.example.com"},
		{"Kelvin sign in Domain", "kk.example.com", "\u212A\u212A.example.com", ""},

		{"the last Domain counts", "www.example.com", "evil.com; Domain=example.com", ".example.com"},
		{"the last Domain counts, foreign", "www.example.com", "example.com; Domain=evil.com", ""},
		{"the last Domain counts, empty", "www.example.com", "evil.com; Domain=", "www.example.com"},
		{"a Domain that is too long is not there, B21", "www.example.com", "example.com; Domain=" + strings.Repeat("x", 1025), ".example.com"},
		{"a Domain of 1024 octets is", "www.example.com", "example.com; Domain=" + strings.Repeat("x", 1024), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			line := "a=b"
			if test.domain != "-" {
				line += "; Domain=" + test.domain
			}
			j := New()
			set(t, j, "https://"+test.host+"/", line)
			got := ""
			for c := range j.All() {
				if got = c.Domain; !c.HostOnly {
					got = "." + got
				}
			}
			if got != test.want {
				t.Fatalf("kept for %q, want %q", got, test.want)
			}
			if test.want != "" {
				wantHeader(t, j, "https://"+test.host+"/", "a=b")
			}
		})
	}
}

// TestDomainMatch has who gets a cookie for example.com.
func TestDomainMatch(t *testing.T) {
	shared, own := New(), New()
	set(t, shared, "http://www.example.com/", "a=b; Domain=example.com")
	set(t, own, "http://example.com/", "a=b")
	for host, kind := range map[string]int{ // 2: gets both; 1: the shared one
		"example.com": 2, "EXAMPLE.com": 2, "example.com.": 2, "example.com:8080": 2,
		"www.example.com": 1, "a.b.c.example.com": 1, "www.example.com.": 1,
		"anexample.com": 0, "-example.com": 0, "example.com.evil.com": 0, "example.org": 0, "com": 0,
		"[::1%25.example.com]": 0, "example.com..": 0, ".example.com": 0, "": 0,
	} {
		for i, j := range []*Jar{own, shared} {
			want := ""
			if kind >= 2-i && kind > 0 {
				want = "a=b"
			}
			wantHeader(t, j, "http://"+host+"/", want)
		}
	}
	address := New()
	set(t, address, "http://1.2.3.4/", "a=b")
	for host, want := range map[string]string{"1.2.3.4": "a=b", "5.1.2.3.4": "", "www.1.2.3.4": "", "1.2.3.4.": "", "[::ffff:1.2.3.4]": ""} {
		wantHeader(t, address, "http://"+host+"/", want)
	}
}

// TestNotAHost: what is neither a name nor an address has no cookies.
func TestNotAHost(t *testing.T) {
	for _, u := range []string{
		"http://127.1/", "http://0x7f.1/", "http://2130706433/", "http://1.2.3.4.5/", "http://a..b/",
		"http://" + strings.Repeat("a", 64) + ".com/", "http://" + strings.Repeat("a.", 127) + "com/", "http:///", "/path", "",
		"http://[::1%25a%20b]/", "http://xn--bcher-KVA8.example/", "http://\u00ad.example/",
		"ftp://example.com/", "file:///etc", "mailto:x@example.com", "javascript:0", "http://xn--a.example/", "http://xn--example-.com/",
	} {
		j := New()
		set(t, j, u, "a=b")
		if j.Len() != 0 {
			t.Errorf("%q has a cookie", u)
		}
		wantHeader(t, j, u, "")
	}
	j := New()
	j.Store(nil, []string{"a=b"})
	if got := j.Header(nil); got != "" || j.Cookies(nil) != nil {
		t.Errorf("no URL has %q", got)
	}
	set(t, j, "http://example.com/", "a=b")
	if got := j.Header(nil); got != "" {
		t.Errorf("no URL has %q", got)
	}
}

// TestPath has the default path (5.1.4) and Path.
func TestPath(t *testing.T) {
	for _, test := range []struct{ url, line, want string }{
		{"http://example.com", "a=b", "/"},
		{"http://example.com/", "a=b", "/"},
		{"http://example.com/a", "a=b", "/"},
		{"http://example.com/a/", "a=b", "/a"},
		{"http://example.com/a/b", "a=b", "/a"},
		{"http://example.com/a/b/", "a=b", "/a/b"},
		{"http://example.com/a/b?c=/d/", "a=b", "/a"},
		{"http://example.com/a/b#/c/", "a=b", "/a"},
		{"http://example.com//", "a=b", "/"},
		{"http://example.com//a", "a=b", "/"},
		{"http://example.com/a%2Fb/c", "a=b", "/a%2Fb"},
		{"http://example.com/é/c", "a=b", "/%C3%A9"},
		{"http://example.com/a;b=c/d", "a=b", "/a;b=c"},
		{"http://example.com/a/b", "a=b; Path=/x", "/x"},
		{"http://example.com/a/b", "a=b; Path=", "/a"},
		{"http://example.com/a/b", "a=b; Path", "/a"},
		{"http://example.com/a/b", "a=b; Path=x", "/a"},
		{"http://example.com/a/b", "a=b; Path=http://example.com/", "/a"},
		{"http://example.com/a/b", `a=b; Path="`, "/a"},      // CVE-2015-3145
		{"http://example.com/a/b", `a=b; Path="/"`, "/a"},    // quotes are octets like others
		{"http://example.com/a/b", "a=b; Path=/;", "/"},      //
		{"http://example.com/a/b", "a=b; Path=/é", "/é"},     //
		{"http://example.com/a/b", "a=b; Path=/\t", "/"},     //
		{"http://example.com/a/b", "a=b; Path=/\ta", "/\ta"}, // a tab in the path, B23
		{"http://example.com/a/b", "a=b; Path=/../", "/../"},
		{"http://example.com/a/b", "a=b; Path=/x; Path=/y", "/y"},
		{"http://example.com/a/b", "a=b; Path=/x; Path=", "/a"},
		{"http://example.com/a/b", "a=b; Path=/x; Path=/" + strings.Repeat("y", 1024), "/x"}, // 1025 octets, B21
		{"http://example.com/a/b", "a=b; Path=/" + strings.Repeat("y", 1023), "/" + strings.Repeat("y", 1023)},
		{"http://example.com/" + strings.Repeat("y", 1024) + "/", "a=b", ""},
	} {
		j := New()
		set(t, j, test.url, test.line)
		got := ""
		for c := range j.All() {
			got = c.Path
		}
		if got != test.want {
			t.Errorf("%s: %s: path %q, want %q", test.url, test.line, got, test.want)
		}
	}
}

// TestPathMatch: PSF-2019-17, and RFC 6265bis 5.1.4.
func TestPathMatch(t *testing.T) {
	for _, test := range []struct {
		path, request string
		want          bool
	}{
		{"/any", "/any", true},
		{"/any", "/any/", true},
		{"/any", "/any/x", true},
		{"/any", "/anybad", false},
		{"/any", "/any%2Fx", false},
		{"/any", "/any;x", false},
		{"/any", "/an", false},
		{"/any", "/", false},
		{"/any", "/ANY", false},
		{"/any", "/x/any", false},
		{"/any", "//any", false},
		{"/any/", "/any", false},
		{"/any/", "/any/", true},
		{"/any/", "/any/x", true},
		{"/any/", "/anyx/", false},
		{"/", "/", true},
		{"/", "", true},
		{"/", "/x", true},
		{"/", "?x", true},
		{"/a%20b", "/a b", true},
	} {
		j := New()
		set(t, j, "http://example.com/", "a=b; Path="+test.path)
		want := ""
		if test.want {
			want = "a=b"
		}
		wantHeader(t, j, "http://example.com"+test.request, want)
	}
}

// TestOpaque: what is sent is what counts.
func TestOpaque(t *testing.T) {
	j := New()
	u := mustURL(t, "http://example.com/x/y")
	for opaque, want := range map[string]string{"/a/b?/c/": "/a", "//example.org/a/b": "/a", "//example.org": "/", "x": "/", "*": "/"} {
		u.Opaque = opaque
		j.Store(u, []string{"a=b"})
		for c := range j.All() {
			if c.Path != want {
				t.Errorf("%q: path %q, want %q", opaque, c.Path, want)
			}
		}
		if got := j.Header(u); got != "a=b" {
			t.Errorf("%q: %q", opaque, got)
		}
		j.Clear()
	}
}

// TestPrefix: B18, and CVE-2020-8184, CVE-2021-41819, CVE-2022-31629, CVE-2020-1045 for names
// that would have a prefix if somebody decoded them.
func TestPrefix(t *testing.T) {
	for _, test := range []struct {
		url, line string
		kept      bool
	}{
		{"https", "__Secure-a=b; Secure", true},
		{"https", "__Secure-a=b", false},
		{"https", "__secure-a=b", false},
		{"https", "__SECURE-a=b; Domain=site.example", false},
		{"https", "__SeCuRe-a=b; Secure; Domain=site.example", true},
		{"http", "__Secure-a=b; Secure", false},
		{"http", "__Secure-a=b", false},
		{"https", "__Secure-=b", false},
		{"https", "__Secure=b", true},
		{"https", "_Secure-a=b", true},
		{"https", "x__Secure-a=b", true},
		{"https", "__Host-a=b; Secure; Path=/", true},
		{"https", "__host-a=b; Path=/; Secure", true},
		{"https", "__Host-a=b; Secure; Path=/; Domain=", true},
		{"https", "__Host-a=b; Secure; Path=/; Domain=www.site.example", false},
		{"https", "__HOST-a=b; Secure; Path=/; Domain=site.example", false},
		{"https", "__Host-a=b; Secure", false}, // the default path is "/", but nobody has said so
		{"https", "__Host-a=b; Secure; Path=", false},
		{"https", "__Host-a=b; Secure; Path", false},
		{"https", "__Host-a=b; Secure; Path=x", false},
		{"https", "__Host-a=b; Secure; Path=/; Path=", false}, // the last one counts
		{"https", "__Host-a=b; Secure; Path=; Path=/", true},
		{"https", "__Host-a=b; Secure; Path=/x", false},
		{"https", "__Host-a=b; Path=/", false},
		{"http", "__Host-a=b; Secure; Path=/", false},
		{"https", "__Http-a=b; Secure; HttpOnly", true},
		{"https", "__HTTP-a=b; Secure", false},
		{"https", "__http-a=b; HttpOnly", false},
		{"https", "__Host-Http-a=b; Secure; HttpOnly; Path=/", true},
		{"https", "__Host-Http-a=b; Secure; Path=/", false},
		{"https", "__host-http-a=b; Secure; HttpOnly; Path=/; Domain=site.example", false},
		{"https", "=__Host-a=b; Secure; Path=/", false},
		{"https", "=__Secure-a=b; Secure", false},
		{"https", "__secure-a; Secure", false},
		{"https", "=__HOST-; Secure; Path=/", false},
		{"https", "==__Host-a=b; Secure; Path=/", false},
		{"https", "= = __Host-a=b; Secure; Path=/", false},
		{"https", "=__Http-a; Secure; HttpOnly", false},
		{"https", "=x__Host-a", true},
		{"https", " __Host-a=b; Secure; Path=/x", false},
		{"https", "\t__Secure-a\t=b", false},
		{"https", "a=__Host-a=b", true},
		{"https", "__%48ost-a=b", true}, // a name of its own, and sent as it is
		{"https", "__Hos\u212A-a=b", true},
		{"https", "__\u017Fecure-a=b", true}, // a long s is no s
	} {
		j := New()
		set(t, j, test.url+"://www.site.example/", test.line)
		if kept := j.Len() == 1; kept != test.kept {
			t.Errorf("%s: %q: kept: %v, want %v", test.url, test.line, kept, test.kept)
		}
	}
	j := New()
	set(t, j, "https://site.example/", "__%48ost-a=b")
	wantHeader(t, j, "https://site.example/", "__%48ost-a=b")
}

// TestSecureTransport: B19. It is the URL that counts; how its host is reached does not.
func TestSecureTransport(t *testing.T) {
	j := New()
	set(t, j, "https://example.com/", "s=1; Secure", "n=2")
	wantHeader(t, j, "https://example.com/", "s=1; n=2")
	wantHeader(t, j, "wss://example.com/", "s=1; n=2")
	wantHeader(t, j, "HTTPS://example.com:8443/", "s=1; n=2")
	wantHeader(t, j, "http://example.com/", "n=2")
	wantHeader(t, j, "http://example.com:443/", "n=2")
	wantHeader(t, j, "ws://example.com/", "n=2")

	for _, host := range []string{"example.com", "localhost", "127.0.0.1", "[::1]"} {
		j := New()
		set(t, j, "http://"+host+"/", "s=1; Secure")
		set(t, j, "ws://"+host+"/", "s=1; Secure")
		if j.Len() != 0 {
			t.Errorf("http://%s has set a Secure cookie", host)
		}
		set(t, j, "https://"+host+"/", "s=1; Secure")
		wantHeader(t, j, "http://"+host+"/", "")
	}
}

// TestLeaveSecureCookiesAlone: CVE-2025-9086, and RFC 6265bis 5.7, step 16.
func TestLeaveSecureCookiesAlone(t *testing.T) {
	for _, test := range []struct {
		name, secure, url, line string
		kept                    bool // the second one
	}{
		{"overwrite", "a=1; Secure; Path=/", "http://www.example.com/", "a=2; Path=/", false},
		{"expire", "a=1; Secure; Path=/", "http://www.example.com/", "a=; Path=/; Max-Age=0", false},
		{"expire by date", "a=1; Secure; Path=/", "http://www.example.com/", "a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", false},
		{"with Secure", "a=1; Secure; Path=/", "http://www.example.com/", "a=2; Secure; Path=/", false},
		{"over ws", "a=1; Secure; Path=/", "ws://www.example.com/", "a=2; Path=/", false},
		{"below its path", "a=1; Secure; Path=/", "http://www.example.com/", "a=2; Path=/x", false},
		{"at its path", "a=1; Secure; Path=/login", "http://www.example.com/", "a=2; Path=/login", false},
		{"below its path, 2", "a=1; Secure; Path=/login", "http://www.example.com/", "a=2; Path=/login/en", false},
		{"above its path", "a=1; Secure; Path=/login", "http://www.example.com/", "a=2; Path=/", true},
		{"beside its path", "a=1; Secure; Path=/login", "http://www.example.com/", "a=2; Path=/foo", true},
		{"beside its path, 2", "a=1; Secure; Path=/login", "http://www.example.com/", "a=2; Path=/loginx", true},
		{"for the parent", "a=1; Secure; Path=/", "http://www.example.com/", "a=2; Path=/; Domain=example.com", false},
		{"for the parent, by a sibling", "a=1; Secure; Path=/", "http://evil.example.com/", "a=2; Path=/; Domain=example.com", false},
		{"for the child of its domain", "a=1; Secure; Path=/; Domain=example.com", "http://sub.www.example.com/", "a=2; Path=/", false},
		{"by a sibling, for itself", "a=1; Secure; Path=/", "http://evil.example.com/", "a=2; Path=/", true},
		{"by another site", "a=1; Secure; Path=/", "http://www.example.org/", "a=2; Path=/", true},
		{"of another name", "a=1; Secure; Path=/", "http://www.example.com/", "A=2; Path=/", true},
		{"over https", "a=1; Secure; Path=/", "https://www.example.com/", "a=2; Path=/", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := New()
			set(t, j, "https://www.example.com/", test.secure)
			before := j.Header(mustURL(t, "https://www.example.com/login/en"))
			set(t, j, test.url, test.line)
			changed := false
			for c := range j.All() {
				changed = changed || c.Value != "1"
			}
			if changed != test.kept {
				t.Errorf("kept: %v, want %v", changed, test.kept)
			}
			if !test.kept {
				wantHeader(t, j, "https://www.example.com/login/en", before)
			}
		})
	}
}

// TestRedirect: CVE-2015-2296, CVE-2015-1820. A cookie is that of the host that sent it.
func TestRedirect(t *testing.T) {
	j := New()
	set(t, j, "http://first.example/login", "sid=1")
	wantHeader(t, j, "http://second.example/", "")
	wantHeader(t, j, "http://first.example/", "sid=1")
}

// TestSameSite: kept, not enforced.
func TestSameSite(t *testing.T) {
	j := New()
	set(t, j, "http://example.com/", "a=1; SameSite=Strict", "b=2; SameSite=lax", "c=3; SameSite=NONE", "d=4; SameSite=foo", "e=5; SameSite=Lax; SameSite", "f=6; Partitioned")
	got := ""
	for c := range j.All() {
		got += fmt.Sprintf("%s:%s:%v ", c.Name, sameSites[c.SameSite], c.Partitioned)
	}
	if want := "a:Strict:false b:Lax:false c:None:false d::false e::false f::true "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	wantHeader(t, j, "http://example.com/", "a=1; b=2; c=3; d=4; e=5; f=6")
}

// TestParse has the reasons.
func TestParse(t *testing.T) {
	for _, test := range []struct {
		url, line, name string
		rule            Rule
	}{
		{"http://example.com/", "", "", RuleEmpty},
		{"http://example.com/", "a=\x00", "", RuleControl},
		{"http://example.com/", "a=" + strings.Repeat("x", 4096), "a", RuleLong},
		{"ftp://example.com/", "a=b", "a", RuleURL},
		{"http://example.com/", "a=b; Domain=example.org", "a", RuleDomain},
		{"http://example.com/", "a=b; Domain=com", "a", RulePublicSuffix},
		{"http://example.com/", "a=b; Secure", "a", RuleInsecure},
		{"http://example.com/", "__Secure-a=b", "__Secure-a", RulePrefix},
		{"http://example.com/" + strings.Repeat("x/", 600), "a=b", "a", RulePath},
	} {
		_, err := Parse(mustURL(t, test.url), test.line)
		broken, ok := errors.AsType[*Error](err)
		if !ok || broken.Rule != test.rule || broken.Name != test.name {
			t.Errorf("%s: %.50q: %v, want %q of %q", test.url, test.line, err, test.rule, test.name)
		}
	}
	err := &Error{"\x1b[31m" + strings.Repeat("x", 1000) + "\r\n", RuleLong}
	if text := err.Error(); len(text) > 200 || strings.ContainsAny(text, "\x1b\r\n") {
		t.Errorf("message %q", text)
	}
}
