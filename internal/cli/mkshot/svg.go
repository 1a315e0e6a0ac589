package main

// A terminal's text with its colours as an SVG.

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What a letter is drawn in: those of a terminal of 16 colours on a dark ground.
var palette = map[int]string{
	30: "#6e7681", 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#56d4dd", 37: "#c9d1d9",
	90: "#8b949e", 91: "#ffa198", 92: "#aff5b4", 93: "#f2cc60", 94: "#a5d6ff", 95: "#e2c5ff", 96: "#b3f0ff", 97: "#ffffff",
}

const (
	plain      = "#c9d1d9"
	ground     = "#0d1117"
	bar        = "#161b22"
	letter     = 8.4 // wide
	lineHeight = 19
	margin     = 18
	barHeight  = 34
)

// A pen is what the escape sequences so far have said.
type pen struct {
	colour      string // "": plain
	bold, faint bool
}

// sgr applies the numbers between "\x1b[" and "m".
func (p *pen) sgr(numbers string) {
	for number := range strings.SplitSeq(numbers, ";") {
		n, err := strconv.Atoi(number)
		switch {
		case err != nil, n == 0:
			*p = pen{}
		case n == 1:
			p.bold = true
		case n == 2:
			p.faint = true
		case n == 22:
			p.bold, p.faint = false, false
		case n == 39:
			p.colour = ""
		case palette[n] != "":
			p.colour = palette[n]
		}
	}
}

// style returns what an element of SVG is to say of the pen, "" if that is nothing.
func (p pen) style() (s string) {
	if p.colour != "" {
		s += fmt.Sprintf(` fill="%s"`, p.colour)
	}
	if p.bold {
		s += ` font-weight="bold"`
	}
	if p.faint {
		s += ` opacity="0.7"`
	}
	return s
}

// draw returns the text as an SVG with a window around it.
func draw(title, text string) string {
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(text, "\r", ""), "\n"), "\n")
	var body strings.Builder
	var p pen
	widest := 0
	for i, line := range lines {
		fmt.Fprintf(&body, `<text x="%d" y="%d" xml:space="preserve">`, margin, barHeight+margin+i*lineHeight+8)
		widest = max(widest, p.line(&body, line))
		body.WriteString("</text>\n")
	}
	width := 2*margin + int(letter*float64(max(widest, 60))+1)
	height := barHeight + 2*margin + len(lines)*lineHeight - 4
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n",
		width, height, width, height, html.EscapeString(title))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="%s"/>`+"\n", width, height, ground)
	fmt.Fprintf(&b, `<path d="M0 %d V8 a8 8 0 0 1 8 -8 H%d a8 8 0 0 1 8 8 V%d z" fill="%s"/>`+"\n", barHeight, width-8, barHeight, bar)
	for i, colour := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="6" fill="%s"/>`+"\n", 20+i*20, barHeight/2, colour)
	}
	fmt.Fprintf(&b, `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="%s">`+"\n", plain)
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle" fill="#8b949e">%s</text>`+"\n", width/2, barHeight/2+5, html.EscapeString(title))
	b.WriteString(body.String() + "</g>\n</svg>\n")
	return b.String()
}

// line writes a line's pieces, each in its colour, and returns how many letters it has.
func (p *pen) line(b *strings.Builder, line string) (letters int) {
	for line != "" {
		piece, rest, escape := strings.Cut(line, "\x1b[")
		if piece != "" {
			letters += utf8.RuneCountInString(piece)
			fmt.Fprintf(b, "<tspan%s>%s</tspan>", p.style(), html.EscapeString(piece))
		}
		if !escape {
			return letters
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' && r <= '~' })
		if end < 0 {
			return letters
		}
		if rest[end] == 'm' {
			p.sgr(rest[:end])
		}
		line = rest[end+1:]
	}
	return letters
}
