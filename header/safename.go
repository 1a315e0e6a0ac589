// From the name that a server chooses to one that is safe to give to a file.

package header

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName bounds a file's name, in bytes. Most file systems take 255; the rest is for what is
// added to it, ".part" or " (2)".
const maxName = 200

// maxExtension is how much of that an extension may have and still be kept when the name is
// cut.
const maxExtension = 20

// SafeName returns what of a name, which a server has chosen, may be the name of a file in the
// caller's folder; "" if nothing of it may. It is the same on all systems, so that what is
// saved on one can be copied to another:
//
//   - The last segment of a path, of whatever system, without a drive: `..\..\a` is "a".
//   - No control characters and none that cannot be seen, such as those that turn the direction
//     of text around; white space is one space.
//   - Nothing that Windows or a shell does not take (< > : " | ? *), which becomes "_"; so
//     there are no streams ("a.txt:b" is "a.txt_b").
//   - No dots, hyphens or tildes in front, where they hide the file or make it an option: one
//     "_" stands for them. No dots and no spaces at the end.
//   - No devices of Windows, with or without an extension: "con.txt" is "_con.txt".
//   - 200 bytes of UTF-8 at most. What is longer is cut before its extension.
//
// It does not decode anything: a segment of a URL must have been unescaped, once. Whether there
// is a file of that name already, or a symbolic link, is for whoever opens it to see.
func SafeName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	if len(name) >= 2 && name[1] == ':' && isLetter(name[0]) {
		name = name[2:]
	}
	name = strings.TrimRight(visible(name), ". ")
	rest := strings.TrimLeft(name, ".-~ ")
	switch front := name[:len(name)-len(rest)]; {
	case rest == "":
		return ""
	case strings.Trim(front, " ") != "", isDevice(rest):
		rest = "_" + rest
	}
	stem, extension := cutExtension(rest)
	return strings.TrimRight(cutRunes(stem, maxName-len(extension))+extension, ". ")
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// visible returns the name with only what can be seen, and nothing that has a meaning.
func visible(name string) string {
	var b strings.Builder
	space := false // whether a space is due
	for _, r := range name {
		switch {
		case r > ' ' && r < 0x7f: // nearly all there are
			if strings.IndexByte(`<>:"|?*`, byte(r)) >= 0 {
				r = '_'
			}
		case r == utf8.RuneError, isLikeSeparator(r):
			r = '_'
		case unicode.IsSpace(r), unicode.Is(unicode.Zs, r):
			space = b.Len() > 0
			continue
		case unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isLikeSeparator reports whether the character looks like a slash, backslash or colon and is
// taken for one where Windows makes it fit an old character set.
func isLikeSeparator(r rune) bool {
	switch r {
	case '\u2044', '\u2215', '\u2216', '\u29f5', '\u29f8', '\ufe68', '\uff0f', '\uff3c', '\ufe55', '\uff1a', '\u2236':
		return true
	}
	return false
}

// cutExtension splits a name before its last dot, if what follows is short and one word, and a
// name precedes.
func cutExtension(name string) (stem, extension string) {
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || len(name)-dot > maxExtension || strings.Contains(name[dot:], " ") {
		return name, ""
	}
	return name[:dot], name[dot:]
}

// cutRunes cuts s to at most limit bytes, between two runes.
func cutRunes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return strings.TrimRight(s[:limit], " ")
}

// isDevice reports whether Windows takes the name for a device: it looks at what precedes the
// first dot or colon, without spaces at its end, in any letter case, and takes superscript
// digits for digits.
func isDevice(name string) bool {
	name, _, _ = strings.Cut(name, ".")
	name = strings.ToLower(strings.TrimRight(name, " "))
	switch name {
	case "con", "prn", "aux", "nul", "conin$", "conout$", "clock$":
		return true
	}
	port, ok := strings.CutPrefix(name, "com")
	if !ok {
		port, ok = strings.CutPrefix(name, "lpt")
	}
	return ok && (len(port) == 1 && isDigit(port[0]) || port == "¹" || port == "²" || port == "³")
}
