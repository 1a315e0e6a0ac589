// Guessing the charset of a text that does not say which it is in, and is not UTF-8.

package godwit

import (
	"strings"
	"unicode/utf8"

	"github.com/gogs/chardet"
)

const (
	// maxGuess is how many bytes a guess is made of, beginBefore how many of them are before
	// the first that is not ASCII: words there tell the language.
	maxGuess    = 8 << 10
	beginBefore = 512

	// enough is the confidence, of 100, from which on a guess counts. Of two lines in any of
	// twenty charsets it is reached by the right one, and by hardly any for single words.
	enough = 30

	// fewest is how many bytes beyond ASCII there must be to guess by.
	fewest = 4
)

// guess returns the charset that the content looks like, "" if it looks like none.
func guess(content []byte) string {
	sample := content[max(firstHigh(content)-beginBefore, 0):]
	sample = sample[:min(len(sample), maxGuess)]
	if isMostlyUTF8(sample) {
		return nameUTF8
	}
	if highBytes(sample) < fewest {
		return ""
	}
	// It returns an error if it has nothing to say.
	results, _ := chardet.NewTextDetector().DetectAll(sample)
	best := chardet.Result{Confidence: enough - 1}
	for _, r := range results {
		// Those of the same confidence come in any order: the usual one first, then by name.
		if isGuessable(r.Charset) && (r.Confidence > best.Confidence ||
			r.Confidence == best.Confidence && best.Charset != "" && rank(r.Charset) < rank(best.Charset)) {
			best = r
		}
	}
	return best.Charset
}

// isGuessable reports whether a guess may be this charset. A text in UTF-16 or UTF-32 has a
// mark or is none; EBCDIC is not for text on the web; and a charset that gives bytes of ASCII
// another meaning would let whoever wrote them hide what they say.
func isGuessable(name string) bool {
	return !strings.HasPrefix(name, "UTF-") && !strings.HasPrefix(name, "ISO-2022") && !strings.HasPrefix(name, "IBM")
}

// rank orders charsets that are equally likely.
func rank(name string) string {
	switch name {
	case "ISO-8859-1", nameDefault:
		return ""
	}
	return name
}

// isMostlyUTF8 reports whether the sample, which has bytes beyond ASCII, is UTF-8 with a
// wrong byte here and there: random text has hardly any valid sequence.
func isMostlyUTF8(sample []byte) bool {
	valid, wrong := 0, 0
	for len(sample) > 0 {
		r, n := utf8.DecodeRune(sample)
		switch {
		case n > 1:
			valid++
		case r == utf8.RuneError:
			wrong++
		}
		sample = sample[n:]
	}
	return valid > 0 && valid >= 10*wrong
}

// highBytes returns how many bytes are not ASCII.
func highBytes(p []byte) (n int) {
	for _, c := range p {
		if c >= utf8.RuneSelf {
			n++
		}
	}
	return n
}
