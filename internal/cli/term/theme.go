package term

// Themes: palettes that have a name.

import (
	"runtime"
	"slices"
	"strings"
)

// Colors is the palette for a terminal of which nothing is known: the sixteen colours, which
// are the user's own.
var Colors = Palette{
	Method: Green, Target: Cyan, Proto: Blue,
	Status: [6]Style{1: Cyan, 2: Green, 3: Yellow, 4: Red, 5: Red},
	Name:   Cyan, Note: Yellow,
	Key: Blue, Text: Green, Number: Cyan, Literal: Magenta,
	Tag: Blue, Attribute: Cyan,
	Keyword: Magenta, Comment: Gray,
	Added: Green, Removed: Red, Section: Cyan,
}

// dark is for a dark ground, of 256 colours: pale, and not the same where two parts meet.
var dark = Palette{
	Method: of256("114"), Target: of256("117"), Proto: of256("111"),
	Status: [6]Style{1: of256("117"), 2: of256("114"), 3: of256("221"), 4: of256("210"), 5: of256("203")},
	Name:   of256("117"), Note: of256("221"),
	Key: of256("111"), Text: of256("150"), Number: of256("215"), Literal: of256("176"),
	Tag: of256("111"), Attribute: of256("117"),
	Keyword: of256("176"), Comment: of256("245"),
	Added: of256("114"), Removed: of256("210"), Section: of256("117"),
}

// light is for a light ground, of 256 colours: deep enough to be read on white.
var light = Palette{
	Method: of256("28"), Target: of256("25"), Proto: of256("24"),
	Status: [6]Style{1: of256("25"), 2: of256("28"), 3: of256("130"), 4: of256("160"), 5: of256("124")},
	Name:   of256("25"), Note: of256("130"),
	Key: of256("18"), Text: of256("28"), Number: of256("130"), Literal: of256("90"),
	Tag: of256("18"), Attribute: of256("25"),
	Keyword: of256("90"), Comment: of256("242"),
	Added: of256("28"), Removed: of256("160"), Section: of256("25"),
}

// mono has no colour at all: for who tells them badly apart, and for paper.
var mono = Palette{
	Method: Bold, Proto: Faint,
	Status: [6]Style{1: Bold, 2: Bold, 3: Bold, 4: Bold, 5: Bold},
	Name:   Bold, Note: Bold,
	Key: Bold, Literal: Underline,
	Tag: Bold, Keyword: Bold, Comment: Faint,
	Added: Bold, Removed: Faint, Section: Underline,
}

// of256 returns a colour of the palette of 256 that xterm has.
func of256(number string) Style { return Style("\x1b[38;5;" + number + "m") }

// themes are the palettes by their names. On a terminal that has but sixteen colours, those
// that need more give way to Colors.
var themes = []struct {
	name    string
	palette *Palette // nil: no colours
	rich    bool     // needs 256 colours
}{
	{"auto", &Colors, false},
	{"dark", &dark, true},
	{"light", &light, true},
	{"mono", &mono, false},
	{"none", nil, false},
}

// ThemeNames returns the names of the themes.
func ThemeNames() []string {
	names := make([]string, len(themes))
	for i, t := range themes {
		names[i] = t.name
	}
	return names
}

// Theme returns the palette of a theme for the terminal that the environment tells of; nil
// if it has no colours. A name that is none, "" too, is auto.
func Theme(name string, getenv func(string) string) *Palette {
	for _, t := range themes {
		if t.name == name && (!t.rich || rich(getenv)) {
			return t.palette
		}
	}
	return &Colors
}

// rich reports whether a terminal has 256 colours.
func rich(getenv func(string) string) bool {
	name := getenv("TERM")
	switch {
	case slices.Contains([]string{"truecolor", "24bit"}, getenv("COLORTERM")):
		return true
	case name == "":
		return runtime.GOOS == "windows" // whose console has had them since 2016
	}
	return slices.ContainsFunc([]string{"256color", "direct", "kitty", "alacritty", "ghostty", "wezterm", "foot"}, func(word string) bool {
		return strings.Contains(name, word)
	})
}
