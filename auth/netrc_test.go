package auth

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/quick"
)

// lookup returns "login:password", or "-" if there is nothing.
func lookup(t *testing.T, text, host, user string) string {
	t.Helper()
	n, err := ParseNetrc([]byte(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	login, password, ok := n.Lookup(host, user)
	if !ok {
		if login+password != "" {
			t.Errorf("%q: %q, %q without ok", text, login, password)
		}
		return "-"
	}
	return login + ":" + password
}

func TestNetrcLookup(t *testing.T) {
	const two = "machine a.example login u1 password p1\nmachine a.example login u2 password p2\nmachine b.example login u3 password p3\n"
	for _, c := range []struct{ name, text, host, user, want string }{
		{"first", two, "a.example", "", "u1:p1"},
		{"by user", two, "a.example", "u2", "u2:p2"},
		{"another user: CVE-2026-8926", two, "a.example", "u3", "-"},
		{"user in another case", two, "a.example", "U1", "-"},
		{"second host", two, "b.example", "", "u3:p3"},
		{"no such host", two, "c.example", "", "-"},
		{"a sub-domain is another host", two, "x.a.example", "", "-"},
		{"letter case and dot", "machine A.Example. login u password p", "a.eXAMPLE.", "", "u:p"},
		{"empty host", "machine \"\" login u password p default login d password q", "", "", "-"},
		{"only a dot", "machine . login u password p default login d password q", ".", "", "-"},
		{"line break in the host: CVE-2020-5260", "machine \"a\\nb\" login u password p default login d password q", "a\nb", "", "-"},
		{"line break in the user", "machine a login \"u\\nv\" password p", "a", "u", "-"},
		{"address", "machine ::1 login u password p", "::1", "", "u:p"},

		{"no password: CVE-2024-11053", "machine a login u\nmachine b login v password q", "a", "", "-"},
		{"no login", "machine a password p\nmachine b login v password q", "a", "", "-"},
		{"neither", "machine a\nmachine b login v password q", "a", "", "-"},
		{"nor from default: CVE-2025-0167", "machine a login u\ndefault login v password q", "a", "", "-"},
		{"empty default", "machine b login u password p\ndefault", "a", "", "-"},
		{"the login is not enough for a user", "machine a login u\nmachine b password q", "a", "u", "-"},
		{"nor is the password", "machine a password p", "a", "u", "-"},
		{"both empty: Basic Og==", `machine a login "" password ""`, "a", "", "-"},
		{"empty login", `machine a login "" password p`, "a", "", ":p"},
		{"empty password", `machine a login u password ""`, "a", "", "u:"},
		{"incomplete, then complete", "machine a login u\nmachine a login v password p", "a", "", "v:p"},

		{"default", "machine a login u password p\ndefault login d password q", "b", "", "d:q"},
		{"default of a user", "default login d password q", "b", "d", "d:q"},
		{"default of another user", "default login d password q", "b", "e", "-"},
		{"default is not for a host with an entry", "machine a login u password p\ndefault login v password q", "a", "v", "-"},
		{"default before others", "default login d password q\nmachine a login u password p", "b", "", "-"},
		{"default before others, the host", "default login d password q\nmachine a login u password p", "a", "", "u:p"},
		{"two defaults", "default login d password q\ndefault login e password r", "a", "", "e:r"},
		{"no entry at all", "login u password p", "a", "", "-"},
		{"empty", "", "a", "", "-"},

		{"over lines", "machine\n a\n\tlogin\r\nu\n\n password \n\n p\n", "a", "", "u:p"},
		{"password first", "machine a password p login u", "a", "", "u:p"},
		{"keywords in any case", "MACHINE a Login u PASSWORD p", "a", "", "u:p"},
		{"user is login", "machine a user u password p", "a", "", "u:p"},
		{"account", "machine a login u account password password p", "a", "", "u:p"},
		{"account with a keyword for a name", "machine a account machine login u password p", "a", "", "u:p"},
		{"values like keywords", "machine login login password password machine", "login", "", "password:machine"},
		{"others are skipped", "machine a port 21 login u protocol ftp password p", "a", "", "u:p"},
		{"what comes after both is not taken", "machine a login u password p login v password q", "a", "", "u:p"},
		{"last login before the password", "machine a login u login v password p", "a", "", "v:p"},
		{"no line feed at the end: CVE-2022-35260", "machine a login u password " + strings.Repeat("x", maxNetrcWord), "a", "", "u:" + strings.Repeat("x", maxNetrcWord)},
		{"byte order mark", "\ufeffmachine a login u password p", "a", "", "u:p"},
		{"beyond ASCII", "machine a login ü password £\xff", "a", "", "ü:£\xff"},

		{"quotes", `machine a login "u v" password "p \"q\" \\ \n\r\t\x"`, "a", "", "u v:p \"q\" \\ \n\r\tx"},
		{"quoted keyword", `"machine" "a" "login" u "password" p`, "a", "", "u:p"},
		{"a quote within a word", `machine a login u"v" password p\n`, "a", "", `u"v":p\n`},
		{"quoted hash", "machine a login \"#u\" password p", "a", "", "#u:p"},

		{"comments", "# machine a login x password y\n  # z\nmachine a # login w\n login u # password\n password p # q", "a", "", "u:p"},
		{"comment without an end", "machine a login u password p #", "a", "", "u:p"},
		{"a hash in a password", "machine a login u password p#q", "a", "", "u:p#q"},
		{"a password that begins with a hash", "machine a login #u password #p", "a", "", "#u:#p"},
		{"comment between keyword and value", "machine a login\n# no\nu password p", "a", "", "u:p"},

		{"macro", "macdef init\nmachine a login x password y\n\nmachine a login u password p", "a", "", "u:p"},
		{"macro with CR LF", "macdef init\r\nmachine a login x password y\r\n\r\nmachine a login u password p\r\n", "a", "", "u:p"},
		{"macro in an entry", "machine a login u\nmacdef init\npassword x\n \t\npassword p", "a", "", "u:p"},
		{"macro up to the end", "machine a login u password p\nmacdef init\nmachine b login u password p", "b", "", "-"},
		{"macro without a name", "macdef\nmachine b login u password p\n\n", "b", "", "-"},
		{"macro with an open quote", "macdef x\n\"\n\nmachine a login u password p", "a", "", "u:p"},
		{"default before a macro", "default login d password q\nmacdef x\ny\n\n", "a", "", "d:q"},
		{"keywords without values", "machine a login u password p machine", "a", "", "u:p"},
		{"password at the end", "machine a login u password", "a", "", "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := lookup(t, c.text, c.host, c.user); got != c.want {
				t.Errorf("%q, %q, %q: %q, want %q", c.text, c.host, c.user, got, c.want)
			}
		})
	}
	for _, n := range []*Netrc{nil, {}} {
		if _, _, ok := n.Lookup("a", ""); ok || n.Authorize(newRequest(t, "GET", "http://a/", "")) != nil {
			t.Errorf("%v knows somebody", n)
		}
	}
}

func TestNetrcErrors(t *testing.T) {
	long := strings.Repeat("x", maxNetrcWord+1)
	for _, c := range []struct {
		text string
		line int
		is   error
		want string
	}{
		{"machine a\nlogin \"s3cr3t", 2, ErrNetrcSyntax, `auth: netrc, line 2: syntax error: a quote that does not end`},
		{"\n\nmachine \"s3cr3t\nlogin\" x", 3, ErrNetrcSyntax, `auth: netrc, line 3: syntax error: a quote that does not end`},
		{`machine "s3cr3t\`, 1, ErrNetrcSyntax, `auth: netrc, line 1: syntax error: a quote that does not end`},
		{"machine \"s3cr3t\\\n\"", 1, ErrNetrcSyntax, `auth: netrc, line 1: syntax error: a quote that does not end`},
		{`machine "a"s3cr3t`, 1, ErrNetrcSyntax, `auth: netrc, line 1: syntax error: something right after a quote`},
		{"macdef x\ny\n\n# z\nmachine s3\x00cr3t", 5, ErrNetrcSyntax, `auth: netrc, line 5: syntax error: a zero byte`},
		{"machine s3cr3t\x01", 1, ErrNetrcSyntax, `auth: netrc, line 1: syntax error: a control character`},
		{"\x0bmachine s3cr3t", 1, ErrNetrcSyntax, `auth: netrc, line 1: syntax error: a control character`},
		{"#\r\nmachine a login " + long, 2, ErrNetrcSyntax, `auth: netrc, line 2: syntax error: a word of more than 4096 bytes`},
		{`machine a login "` + long + `"`, 1, ErrNetrcSyntax, `auth: netrc, line 1: syntax error: a word of more than 4096 bytes`},
		{long, 1, ErrNetrcSyntax, `auth: netrc, line 1: syntax error: a word of more than 4096 bytes`},
		{strings.Repeat("#\n", maxNetrc/2) + "#", 0, ErrNetrcTooLarge, `auth: netrc: it has more than 1 MiB`},
	} {
		n, err := ParseNetrc([]byte(c.text))
		e, ok := errors.AsType[*NetrcError](err)
		if n != nil || !ok || !errors.Is(err, c.is) || e.Line != c.line || err.Error() != c.want {
			t.Errorf("%.40q: %v, want %s", c.text, err, c.want)
		}
	}
	if _, err := ParseNetrc([]byte(strings.Repeat("default ", maxNetrc/8))); err != nil {
		t.Error(err)
	}
}

func TestNetrcAuthorize(t *testing.T) {
	n, err := ParseNetrc([]byte("machine example.com login u password p machine colon login a:b password s3cr3t default login d password q"))
	if err != nil {
		t.Fatal(err)
	}
	const u, d = "Basic dTpw", "Basic ZDpx"
	for _, c := range []struct {
		url, want string
	}{
		{"http://example.com/", u},
		{"https://EXAMPLE.com.:8443/", u},
		{"http://u@example.com/", u},
		{"http://v@example.com/", ""},
		{"http://u:x@example.com/", ""},
		{"http://u:@example.com/", ""},
		{"http://example.com:@evil.example/", ""}, // CVE-2024-47081: not example.com, and there is a password
		{"http://example.com@evil.example/", ""},
		{"http://evil.example/example.com", d},
		{"http://d@evil.example/", d},
		{"http:///", ""},
		{"file:x", ""},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		req := &http.Request{URL: u}
		if err := n.Authorize(req); err != nil || req.Header.Get("Authorization") != c.want {
			t.Errorf("%s: %v, %v", c.url, req.Header, err)
		}
	}
	// It beats nothing that is there.
	for _, name := range []string{"Authorization", "authorization", "AUTHORIZATION"} {
		for _, values := range [][]string{{"Bearer x"}, {""}, nil} {
			req := newRequest(t, "GET", "http://example.com/", "")
			req.Header[name] = values
			if err := n.Authorize(req); err != nil || len(req.Header) != 1 || len(req.Header[name]) != len(values) {
				t.Errorf("%s %q: %v, %v", name, values, req.Header, err)
			}
		}
	}
	if err := n.Authorize(newRequest(t, "GET", "http://colon/", "")); !errors.Is(err, ErrInvalid) || strings.Contains(err.Error(), "s3cr3t") {
		t.Error(err)
	}
	if err := n.Authorize(&http.Request{}); err != nil {
		t.Error(err)
	}
}

// writeNetrc writes a file that only we can read.
func writeNetrc(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadNetrc(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Setenv("NETRC", "")
	check := func(path, want string, is error, named bool) {
		t.Helper()
		n, err := ReadNetrc(path)
		if e, ok := errors.AsType[*NetrcError](err); !errors.Is(err, is) || is != nil && (!ok || e.Named != named) {
			t.Errorf("%q: %v, want %v", path, err, is)
		}
		if login, _, _ := n.Lookup("a", ""); login != want {
			t.Errorf("%q: %q, want %q", path, login, want)
		}
	}
	check("", "", fs.ErrNotExist, false)
	writeNetrc(t, filepath.Join(home, "_netrc"), "machine a login windows password p")
	if runtime.GOOS == "windows" {
		check("", "windows", nil, false)
	} else {
		check("", "", fs.ErrNotExist, false)
	}
	def := writeNetrc(t, filepath.Join(home, ".netrc"), "machine a login default password p")
	check("", "default", nil, false)
	other := filepath.Join(home, "other")
	t.Setenv("NETRC", other)
	check("", "", fs.ErrNotExist, true)
	writeNetrc(t, other, "machine a login other password p")
	check("", "other", nil, true)
	check(def, "default", nil, true)
	check(filepath.Join(home, "none"), "", fs.ErrNotExist, true)
	if _, err := ReadNetrc(home); err == nil {
		t.Error("a folder was read")
	}
	t.Setenv("NETRC", "")
	writeNetrc(t, def, "machine \"a")
	check("", "", ErrNetrcSyntax, false)
	check(def, "", ErrNetrcSyntax, true)
	writeNetrc(t, def, strings.Repeat("x ", maxNetrc))
	check("", "", ErrNetrcTooLarge, false)
	_ = os.Remove(def)
	if err := os.Mkdir(def, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadNetrc(""); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder for a default: %v", err)
	}
	t.Setenv("HOME", "")
	t.Setenv("USERPROFILE", "")
	check("", "", fs.ErrNotExist, false)
}

func TestNetrcFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netrc \x1b[31m")
	a := NetrcFile(path)
	req := newRequest(t, "GET", "http://a/", "")
	if err := a.Authorize(req); !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "\x1b") || strings.Count(err.Error(), "netrc ") != 2 {
		t.Error(err)
	}
	explicit := newRequest(t, "GET", "http://a/", "")
	explicit.Header.Set("Authorization", "x")
	if err := a.Authorize(explicit); err != nil { // the file is not needed
		t.Error(err)
	}
	writeNetrc(t, path, "machine a login u password p")
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			req, _ := http.NewRequestWithContext(t.Context(), "GET", "http://a/", nil)
			if err := a.Authorize(req); err != nil || req.Header.Get("Authorization") != "Basic dTpw" {
				t.Error(err, req.Header)
			}
		})
	}
	wg.Wait()
	writeNetrc(t, path, "machine \"") // read once
	if err := a.Authorize(req); err != nil || req.Header.Get("Authorization") != "Basic dTpw" {
		t.Error(err, req.Header)
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("USERPROFILE", os.Getenv("HOME"))
	t.Setenv("NETRC", "")
	req.Header.Del("Authorization")
	if err := NetrcFile("").Authorize(req); err != nil || len(req.Header) > 0 {
		t.Errorf("the default that is not there: %v, %v", err, req.Header)
	}
	t.Setenv("NETRC", path+"x")
	if err := NetrcFile("").Authorize(req); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("$NETRC that is not there: %v", err)
	}
}

// writeEntry writes an entry so that ParseNetrc reads just that.
func writeEntry(host, login, password string) string {
	q := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)
	return fmt.Sprintf("machine \"%s\" login \"%s\" password \"%s\"\n", q.Replace(host), q.Replace(login), q.Replace(password))
}

func TestNetrcWritten(t *testing.T) {
	good := func(text string) bool {
		return text != "" && len(text) <= maxNetrcWord && !strings.Contains(text, "\x00")
	}
	err := quick.Check(func(host, login, password string) bool {
		if !good(login) || !good(password) {
			return true
		}
		return lookup(t, writeEntry("h."+strings.Repeat("x", len(host)%9), login, password), "h."+strings.Repeat("x", len(host)%9), "") == login+":"+password
	}, nil)
	if err != nil {
		t.Error(err)
	}
}

func FuzzParseNetrc(f *testing.F) {
	f.Add([]byte("machine a login \"u\\n\" password p # x\nmacdef y\nz\n\ndefault login d password q"), "a", "u")
	f.Add([]byte("\ufeffmachine A. user u account x password \"\"\r\n"), "a", "")
	f.Fuzz(func(t *testing.T, text []byte, host, user string) {
		before := bytes.Clone(text)
		n, err := ParseNetrc(text)
		if !bytes.Equal(text, before) {
			t.Fatal("the text was changed")
		}
		if err != nil {
			e, ok := errors.AsType[*NetrcError](err)
			if !ok || n != nil || e.Line > bytes.Count(text, []byte("\n"))+1 {
				t.Fatalf("%v, %v", n, err)
			}
			return
		}
		login, password, ok := n.Lookup(host, user)
		if !ok {
			return
		}
		if login+password == "" || user != "" && login != user || netrcHost(host) == "" || hasControl(netrcHost(host)) ||
			len(login) > maxNetrcWord || len(password) > maxNetrcWord {
			t.Fatalf("%q, %q: %q, %q", host, user, login, password)
		}
		if got := lookup(t, writeEntry(host, login, password), host, user); got != login+":"+password {
			t.Fatalf("written and read again: %q, %q", got, login+":"+password)
		}
		// An entry that is whole is found whatever comes after it.
		after := append([]byte(writeEntry("first.test", "l", "p")), text...)
		if n, err := ParseNetrc(after); err == nil {
			if login, password, ok := n.Lookup("first.test", ""); !ok || login != "l" || password != "p" {
				t.Fatalf("%q, %q, %v", login, password, ok)
			}
		}
	})
}
