package trace

import "strings"

// Hide returns the text with [Hidden] in the place of each of the secrets, whichever of its bytes
// are percent-encoded, once or several times over (as in a URL that is a parameter of another). A
// text without them is returned as it is.
func Hide(text string, secrets ...string) string {
	if len(secrets) == 0 {
		return text
	}
	var b strings.Builder
	done := 0 // of text, that is in b
	for i := 0; i < len(text); {
		n := 0
		for _, secret := range secrets { // the longest, as one may begin like another
			n = max(n, spells(text[i:], secret))
		}
		if n == 0 {
			i++
			continue
		}
		b.WriteString(text[done:i])
		b.WriteString(Hidden)
		i += n
		done = i
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// maxEncoded is how many times over a secret is looked for percent-encoded.
const maxEncoded = 3

// spells returns how many bytes at the beginning of text spell the secret, 0 if they do not.
func spells(text, secret string) (longest int) {
	for times := range maxEncoded + 1 {
		longest = max(longest, spellsEncoded(text, secret, times))
	}
	return longest
}

// spellsEncoded is spells for a secret that is percent-encoded so many times over.
func spellsEncoded(text, secret string, times int) int {
	at := 0
	for i := range len(secret) {
		n := spellsByte(text[at:], secret[i], times)
		if n == 0 && secret[i] == ' ' {
			n = spellsByte(text[at:], '+', times) // which stands for it in a query
		}
		if n == 0 {
			return 0
		}
		at += n
	}
	return at
}

// spellsByte is spellsEncoded for one byte. A percent sign has been encoded each time, any other
// byte at one time, or at none.
func spellsByte(text string, c byte, times int) int {
	at := 1
	for ; text != "" && text[0] == '%' && len(text) >= at+2 && times > 0; times-- {
		pair := unhex(text[at])<<4 | unhex(text[at+1])
		at += 2
		switch {
		case pair == int(c) && (c != '%' || times == 1):
			return at
		case pair != '%':
			times = 0
		}
	}
	if text != "" && (text[0] == c && (c != '%' || times == 0 && at == 1)) {
		return 1
	}
	return 0
}

// unhex returns the value of a hexadecimal digit, and for all else one that is too large.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return 1 << 10
}
