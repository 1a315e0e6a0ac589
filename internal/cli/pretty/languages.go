package pretty

// What is known of languages, which is not much.

import (
	"strings"

	"example.com/godwit/internal/cli/term"
)

// A language is what tells its parts apart.
type language struct {
	quotes   string // characters that begin and end a string
	long     string // those of them whose strings go over line ends
	hash     bool   // "#" begins a comment, behind white space
	slashes  bool   // "//" begins a comment
	block    bool   // "/*" does, up to "*/"
	dashes   bool   // "--" does
	key      byte   // what stands behind a key at a line's beginning; 0: there are no keys
	braces   bool   // keys are in braces, and ";" ends them
	pairs    bool   // "&" is what a line's end is elsewhere
	sections bool   // "[" at a line's beginning begins a section's name
	yaml     bool   // the colon behind a key has a space behind it
	keywords string // with spaces around each
	literals string

	// lines says what style a line has that begins with a character. nil: it depends on more.
	lines func(p *term.Palette, first byte) term.Style
}

const (
	jsWords = " async await break case catch class const continue debugger default delete do else enum export extends " +
		"finally for from function get if implements import in instanceof interface let new of package private protected " +
		"public return set static super switch this throw try type typeof var void while with yield "
	sqlWords = " add all alter and as asc begin between by case check column commit constraint create cross default delete " +
		"desc distinct drop else end exists foreign from full group having if in index inner insert into is join key left " +
		"like limit not on or order outer primary references right rollback select set table then union unique update " +
		"using values view when where with " +
		"SELECT FROM WHERE AND OR NOT INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE INDEX VIEW DROP ALTER ADD PRIMARY " +
		"KEY FOREIGN REFERENCES UNIQUE JOIN INNER LEFT RIGHT OUTER FULL CROSS ON USING GROUP BY ORDER HAVING LIMIT AS IN " +
		"IS LIKE BETWEEN EXISTS CASE WHEN THEN ELSE END UNION ALL DISTINCT ASC DESC BEGIN COMMIT ROLLBACK WITH "
	pythonWords = " and as assert async await break class continue def del elif else except finally for from global if import " +
		"in is lambda nonlocal not or pass raise return try while with yield "
	shellWords = " case do done elif else esac export fi for function if in local return set then until while "
)

var (
	javascript = language{
		quotes: "\"'`", long: "`", slashes: true, block: true,
		keywords: jsWords, literals: " true false null undefined NaN Infinity ",
	}
	css = language{quotes: "\"'", block: true, key: ':', braces: true, literals: " inherit initial unset none auto "}
	// yaml has strings in quotes that go over line ends, but more often a single apostrophe.
	yaml = language{
		quotes: "\"'", hash: true, key: ':', yaml: true,
		literals: " true false null yes no on off True False Null ~ ",
	}
	toml   = language{quotes: "\"'", hash: true, key: '=', sections: true, literals: " true false inf nan "}
	sql    = language{quotes: "\"'`", long: "'", block: true, dashes: true, keywords: sqlWords, literals: " null NULL true TRUE false FALSE "}
	python = language{quotes: "\"'", hash: true, keywords: pythonWords, literals: " True False None "}
	shell  = language{quotes: "\"'", long: "\"'", hash: true, keywords: shellWords}
	query  = language{quotes: "\"", hash: true, keywords: " query mutation subscription fragment on type input enum interface union scalar schema extend directive implements ", literals: " true false null "}
	form   = language{key: '=', pairs: true}
	diff   = language{lines: ofDiff}
)

// languageOf returns the language of a media type, nil if it has none that is known.
func languageOf(mediaType string) *language {
	_, name, _ := strings.Cut(mediaType, "/")
	switch name {
	case "javascript", "x-javascript", "ecmascript", "typescript", "x-typescript":
		return &javascript
	case "css":
		return &css
	case "yaml", "x-yaml", "vnd.yaml":
		return &yaml
	case "toml", "x-toml", "x-ini":
		return &toml
	case "sql", "x-sql":
		return &sql
	case "x-python", "x-script.python":
		return &python
	case "x-sh", "x-shellscript":
		return &shell
	case "x-www-form-urlencoded":
		return &form
	case "graphql":
		return &query
	case "x-diff", "x-patch":
		return &diff
	}
	if strings.HasSuffix(name, "+yaml") {
		return &yaml
	}
	return nil
}

// comments reports whether b, behind last, begins a comment.
func (l *language) comments(last, b byte) bool { return l.hash && b == '#' && isSpace(last) }

// breaks reports whether b ends a word although names may have it.
func (l *language) breaks(b byte) bool { return b == ':' || b == '-' && !l.braces }

// word returns the style of a word.
func (l *language) word(p *term.Palette, word []byte) term.Style {
	if len(word) == 0 {
		return term.Plain
	}
	padded := " " + string(word) + " "
	switch {
	case word[0] >= '0' && word[0] <= '9' && strings.Trim(string(word), "0123456789abcdefABCDEFxXoO._+-nuL") == "":
		return p.Number
	case strings.Contains(l.keywords, padded):
		return p.Keyword
	case strings.Contains(l.literals, padded):
		return p.Literal
	}
	return term.Plain
}

// ofDiff returns the style of a line of a diff.
func ofDiff(p *term.Palette, first byte) term.Style {
	switch {
	case first == '+':
		return p.Added
	case first == '-':
		return p.Removed
	case first == '@':
		return p.Section
	case first == '\\':
		return p.Comment
	case isNameStart(first): // diff, index, new file mode, …
		return p.Keyword
	}
	return term.Plain
}
