package h1

// The predicates at the bottom of the grammar, against plain and slow ones.

import (
	"bytes"
	"net/textproto"
	"strings"
	"testing"
)

// holdsControl is hasControl without its speed.
func holdsControl(line []byte) bool {
	for _, c := range line {
		if c < 0x20 && c != 0x09 || c == 0x7f {
			return true
		}
	}
	return false
}

// Every byte at every position of lines of every length around three machine words, among
// neighbours that borrow from it or lend to it.
func TestHasControl(t *testing.T) {
	for _, fill := range []byte{' ', '\t', '!', '~', 0x80, 0xff} {
		for length := range 26 {
			line := bytes.Repeat([]byte{fill}, length)
			if hasControl(line) {
				t.Errorf("%d × %#x: a control character is seen", length, fill)
			}
			for i := range line {
				for c := range 256 {
					line[i] = byte(c)
					if got, want := hasControl(line), holdsControl(line); got != want {
						t.Fatalf("hasControl(%q) = %t", line, got)
					}
				}
				line[i] = fill
			}
		}
	}
}

// Two bytes beside each other: a borrow must neither hide a control character nor make one.
func TestHasControlPairs(t *testing.T) {
	line := []byte("aaaaaaaaaaaaaaaa")
	for _, i := range []int{0, 3, 6, 7, 14} {
		for c := range 1 << 16 {
			line[i], line[i+1] = byte(c), byte(c>>8)
			if got, want := hasControl(line), holdsControl(line); got != want {
				t.Fatalf("hasControl(%q) = %t", line, got)
			}
		}
		line[i], line[i+1] = 'a', 'a'
	}
}

func TestTokenBytes(t *testing.T) {
	const token = "!#$%&'*+-.^_`|~0123456789" +
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for c := range 256 {
		s := string([]byte{byte(c)})
		if got, want := IsToken(s), strings.Contains(token, s); got != want {
			t.Errorf("IsToken(%q) = %t", s, got)
		}
		if got, want := IsToken("a"+s+"b"), strings.Contains(token, s); got != want {
			t.Errorf("IsToken(%q) = %t", "a"+s+"b", got)
		}
		if got, want := IsFieldValue(s), !holdsControl([]byte(s)); got != want {
			t.Errorf("IsFieldValue(%q) = %t", s, got)
		}
		if got, want := IsTarget(s), s != " " && s != "\t" && !holdsControl([]byte(s)); got != want {
			t.Errorf("IsTarget(%q) = %t", s, got)
		}
	}
	if IsToken("") || !IsFieldValue("") || IsTarget("") {
		t.Error("only a value may be empty")
	}
}

func TestHasToken(t *testing.T) {
	for _, c := range []struct {
		list string
		want bool
	}{
		{"close", true},
		{"CLOSE", true},
		{"keep-alive, Close", true},
		{"close,keep-alive", true},
		{" \tclose\t ,", true},
		{",,close,,", true},
		{"", false},
		{",", false},
		{"closed", false},
		{"clos", false},
		{"not close", false},
		{"close;x", false},
		{"\"close\"", false},
		{"clo\u017fe", false}, // U+017F is an "s" to Unicode
	} {
		if got := HasToken(c.list, "close"); got != c.want {
			t.Errorf("HasToken(%q) = %t", c.list, got)
		}
	}
	if HasToken("\u212aeep-alive", "keep-alive") { // U+212A is a "k" to Unicode
		t.Error("the Kelvin sign is no k")
	}
}

func TestTrimOWS(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " ": "", " \t \t": "", "a": "a", "\ta b\t ": "a b",
		"\u00a0a": "\u00a0a", "\x0ba\x0c": "\x0ba\x0c", "a\u3000": "a\u3000", // white space elsewhere
	} {
		if got := trimOWS(in); got != want {
			t.Errorf("trimOWS(%q) = %q, want %q", in, got, want)
		}
	}
}

// Canonical must agree with net/http, or http.Header.Get finds nothing.
func TestCanonical(t *testing.T) {
	names := []string{
		"a", "A", "-", "--a", "a-", "-A-", "aB", "Ab-cD", "x-1a", "X_y", "etag", "ETag", "WWW-AUTHENTICATE",
		"www-authenticate", "Content-MD5", "content-md5", "X-UA-Compatible", "TE", "te", "DNT", "!a", "a!b-c",
	}
	for lower, canonical := range commonNames {
		names = append(names, lower, canonical, strings.ToUpper(lower), lower+"x")
	}
	for _, name := range names {
		if got, want := Canonical(name), textproto.CanonicalMIMEHeaderKey(name); got != want {
			t.Errorf("Canonical(%q) = %q, want %q", name, got, want)
		}
	}
}
