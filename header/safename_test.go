package header

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "",
		"report.pdf":          "report.pdf",
		"Bericht März.pdf":    "Bericht März.pdf",
		"日本語.txt":             "日本語.txt",
		"archive.tar.gz":      "archive.tar.gz",
		"no extension":        "no extension",
		"a'b (1) [2] {3}.txt": "a'b (1) [2] {3}.txt",
		// Paths (CVE-2010-3842, CVE-2019-20916, CVE-2025-11563).
		"../../.ssh/authorized_keys":          "authorized_keys",
		`..\..\evil.exe`:                      "evil.exe",
		`a/..\b`:                              "b",
		"/etc/passwd":                         "passwd",
		`\\server\share\x`:                    "x",
		`\??\C:\x`:                            "x",
		"a/":                                  "",
		".":                                   "",
		"..":                                  "",
		"...":                                 "",
		". . .":                               "",
		"/":                                   "",
		`\`:                                   "",
		"..\u2215..\u2215etc\uff0fpasswd":     "__.._etc_passwd",
		"..\uff3cx":                           "__x",
		"%2e%2e%2fx":                          "%2e%2e%2fx",
		"a\u2044b\u2216c\u29f8d\uff1ae\ufe55": "a_b_c_d_e_",
		// Drives and streams (CVE-2016-0754).
		"C:evil.exe":         "evil.exe",
		"c:":                 "",
		"C:con":              "_con",
		"a.txt:b":            "a.txt_b",
		"a.php::$DATA":       "a.php__$DATA",
		"é:x":                "é_x",
		`a<b>c"d|e?f*g.txt`:  "a_b_c_d_e_f_g.txt",
		"Meeting 12:30.pdf":  "Meeting 12_30.pdf",
		".::$INDEX_ALLOCATI": "___$INDEX_ALLOCATI",
		// Files that hide, and options (CVE-2010-2252, CVE-2019-10751).
		".bashrc":     "_bashrc",
		"..bashrc":    "_bashrc",
		". .bashrc":   "_bashrc",
		" .bashrc":    "_bashrc",
		"-rf":         "_rf",
		"--output=x":  "_output=x",
		"~root":       "_root",
		"~$x.docx":    "_$x.docx",
		"-":           "",
		"\u200b.x":    "_x",
		"\u202e.x":    "_x",
		" leading":    "leading",
		"trailing. .": "trailing",
		"a.exe...":    "a.exe",
		"a.exe. ":     "a.exe",
		// What cannot be seen.
		"a\x00b\x1b[2Jc\x7f.txt":            "ab[2Jc.txt",
		"a\r\nb\tc":                         "a b c",
		"a\u0085b\u2028c":                   "a b c",
		"invoice.pdf                  .exe": "invoice.pdf .exe",
		"invoice.pdf\u00a0\u3000\u2003.exe": "invoice.pdf .exe",
		"a\u202efdp.exe":                    "afdp.exe",
		"a\u2066b\u2069\u061cc\u200ed":      "abcd",
		"a\u200db\ufeffc\u00add\u2060e":     "abcde",
		"a\ufe0fb\U000e0041c\u3164d\u115fe": "abcde",
		"a\ue000b":                          "ab",
		"a\xffb\xc3":                        "a_b_",
		"a\u009b31mb":                       "a31mb",
		// Devices, which take an extension and spaces (CVE-2023-45283, CVE-2025-27210).
		"con":             "_con",
		"CON.txt":         "_CON.txt",
		"con .txt":        "_con .txt",
		"nul.tar.gz":      "_nul.tar.gz",
		"Aux":             "_Aux",
		"prn. ":           "_prn",
		"COM1":            "_COM1",
		"com0.log":        "_com0.log",
		"lpt9 .x":         "_lpt9 .x",
		"COM¹":            "_COM¹",
		"LPT³.txt":        "_LPT³.txt",
		"conin$":          "_conin$",
		"CONOUT$.x":       "_CONOUT$.x",
		"clock$":          "_clock$",
		"CO\x00N":         "_CON",
		".con":            "_con",
		"com10":           "com10",
		"console.log":     "console.log",
		"com":             "com",
		"company.txt":     "company.txt",
		"null":            "null",
		"auxiliary":       "auxiliary",
		"c\u200don.txt":   "_con.txt",
		"con\u00a0.a":     "_con .a",
		"con\ufe0f.a":     "_con.a",
		"desktop.ini.txt": "desktop.ini.txt",
	} {
		got := SafeName(in)
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		checkSafe(t, in)
	}
}

func TestSafeNameLength(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{strings.Repeat("a", 300), strings.Repeat("a", 200)},
		{strings.Repeat("a", 300) + ".tar.gz", strings.Repeat("a", 197) + ".gz"},
		{strings.Repeat("ä", 300) + ".txt", strings.Repeat("ä", 98) + ".txt"},
		{strings.Repeat("a", 195) + " b.txt", strings.Repeat("a", 195) + ".txt"},
		{"a." + strings.Repeat("b", 300), "a." + strings.Repeat("b", 198)},
		{"." + strings.Repeat("b", 300), "_" + strings.Repeat("b", 199)},
		{"con." + strings.Repeat("b", 300), "_con." + strings.Repeat("b", 195)},
		{strings.Repeat("日", 100000), strings.Repeat("日", 66)},
		{strings.Repeat("a. ", 100) + "x", strings.Repeat("a. ", 66) + "a"},
	} {
		if got := SafeName(c.in); got != c.want {
			t.Errorf("%.20q…: %q, want %q", c.in, got, c.want)
		}
		checkSafe(t, c.in)
	}
}

// checkSafe checks what holds of every name.
func checkSafe(t *testing.T, in string) {
	t.Helper()
	name := SafeName(in)
	switch {
	case name == "":
		return
	case len(name) > maxName, !utf8.ValidString(name):
		t.Errorf("%q: %q is too long or not UTF-8", in, name)
	case !filepath.IsLocal(name), strings.ContainsAny(name, "/\\:<>\"|?*\x00"):
		t.Errorf("%q: %q is more than a name", in, name)
	case strings.ContainsAny(name[:1], ".-~ "), strings.ContainsAny(name[len(name)-1:], ". "), isDevice(name):
		t.Errorf("%q: %q is special", in, name)
	case strings.ContainsFunc(name, func(r rune) bool { return r != ' ' && (unicode.IsSpace(r) || unicode.Is(unicode.C, r)) }):
		t.Errorf("%q: %q holds what cannot be seen", in, name)
	case SafeName(name) != name:
		t.Errorf("%q: %q is not safe: %q", in, name, SafeName(name))
	}
}

func FuzzSafeName(f *testing.F) {
	for _, seed := range []string{"../../x", `C:\con.txt`, ".\u202e", "a.b:c", strings.Repeat("ä. ", 80)} {
		f.Add(seed)
	}
	f.Fuzz(checkSafe)
}
