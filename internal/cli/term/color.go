package term

// Colours, by hand: styles, and palettes that say what has which.

// A Style is an SGR sequence (ECMA-48 8.3.117). The empty style leaves the text as it is.
type Style string

// The styles that every terminal has. What the colours look like is up to its own theme.
const (
	Plain   Style = ""
	Red     Style = "\x1b[31m"
	Green   Style = "\x1b[32m"
	Yellow  Style = "\x1b[33m"
	Blue    Style = "\x1b[34m"
	Magenta Style = "\x1b[35m"
	Cyan    Style = "\x1b[36m"
	Gray    Style = "\x1b[90m"

	Bold      Style = "\x1b[1m"
	Faint     Style = "\x1b[2m"
	Underline Style = "\x1b[4m"
)

// Reset ends a style.
const Reset = "\x1b[0m"

// Of returns text in the style.
func (s Style) Of(text string) string {
	if s == Plain || text == "" {
		return text
	}
	return string(s) + text + Reset
}

// A Palette says which part of the output has which style. The zero Palette has no colours.
type Palette struct {
	Method, Target, Proto Style
	Status                [6]Style // by the status' first digit
	Name                  Style    // of a header field, of a field of an event
	Note                  Style    // a remark of ours

	Key, Text, Number, Literal Style // what data is made of; Text: strings
	Tag, Attribute             Style // what markup is made of
	Keyword, Comment           Style // what programs are made of besides
	Added, Removed, Section    Style // what has changed
}

// OfStatus returns the style for a status.
func (p *Palette) OfStatus(status int) Style {
	if class := status / 100; class > 0 && class < len(p.Status) {
		return p.Status[class]
	}
	return Plain
}
