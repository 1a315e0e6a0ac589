package cli

// Colours, by hand: the sixteen that every terminal has, so that its own theme decides
// what they look like.

// A style is an SGR sequence (ECMA-48 8.3.117). The empty style leaves the text as it is.
type style string

const (
	plain   style = ""
	red     style = "\x1b[31m"
	green   style = "\x1b[32m"
	yellow  style = "\x1b[33m"
	blue    style = "\x1b[34m"
	magenta style = "\x1b[35m"
	cyan    style = "\x1b[36m"
)

const reset = "\x1b[0m"

// of returns text in the style.
func (s style) of(text string) string {
	if s == plain || text == "" {
		return text
	}
	return string(s) + text + reset
}

// A palette says which part of the output has which style. The zero palette has no colours.
type palette struct {
	method, target, proto      style
	name                       style
	key, text, number, literal style
	status                     [6]style // by the status' first digit
	note                       style
}

// colors is the palette for a terminal.
var colors = palette{
	method: green, target: cyan, proto: blue,
	name: cyan,
	key:  blue, text: green, number: cyan, literal: magenta,
	status: [6]style{1: cyan, 2: green, 3: yellow, 4: red, 5: red},
	note:   yellow,
}

// ofStatus returns the style for a status.
func (p *palette) ofStatus(status int) style {
	if class := status / 100; class > 0 && class < len(p.status) {
		return p.status[class]
	}
	return plain
}
