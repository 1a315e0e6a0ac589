package term

// Colours, by hand: the sixteen that every terminal has, so that its own theme decides
// what they look like.

// A Style is an SGR sequence (ECMA-48 8.3.117). The empty style leaves the text as it is.
type Style string

// The styles that every terminal has.
const (
	Plain   Style = ""
	Red     Style = "\x1b[31m"
	Green   Style = "\x1b[32m"
	Yellow  Style = "\x1b[33m"
	Blue    Style = "\x1b[34m"
	Magenta Style = "\x1b[35m"
	Cyan    Style = "\x1b[36m"
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
	Method, Target, Proto      Style
	Name                       Style
	Key, Text, Number, Literal Style
	Status                     [6]Style // by the status' first digit
	Note                       Style
}

// Colors is the palette for a terminal.
var Colors = Palette{
	Method: Green, Target: Cyan, Proto: Blue,
	Name: Cyan,
	Key:  Blue, Text: Green, Number: Cyan, Literal: Magenta,
	Status: [6]Style{1: Cyan, 2: Green, 3: Yellow, 4: Red, 5: Red},
	Note:   Yellow,
}

// OfStatus returns the style for a status.
func (p *Palette) OfStatus(status int) Style {
	if class := status / 100; class > 0 && class < len(p.Status) {
		return p.Status[class]
	}
	return Plain
}
