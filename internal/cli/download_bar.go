package cli

// One line on how far a download is: what is in it, and how it fits a width.

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"

	"example.com/godwit/internal/cli/download"
	"example.com/godwit/internal/cli/term"
)

// barLine returns a line of less than cols columns: the name, a bar, and figures.
func barLine(s *download.Sight, rate float64, cols int) string {
	cols-- // in the last column some terminals begin a new line
	name, right := term.Line(s.Name), figures(s, rate)
	room := cols - columnsOf(right) - 2
	if room < 4 {
		return cut(right, cols)
	}
	const barMin, barMax = 10, 40
	bar := 0
	if s.Phase == download.Fetching && s.Total > 0 {
		if bar = min(room-min(columnsOf(name), room/2)-2, barMax); bar < barMin {
			bar = 0
		}
	}
	nameRoom := room
	if bar > 0 {
		nameRoom -= bar + 2
	}
	name = cut(name, nameRoom)
	line := name + strings.Repeat(" ", max(0, nameRoom-columnsOf(name)))
	if bar > 0 {
		line += "  " + drawBar(s, bar)
	}
	return line + "  " + right
}

// drawBar draws a bar of n columns.
func drawBar(s *download.Sight, n int) string {
	full := int(float64(n-2) * float64(s.Done) / float64(s.Total))
	full = max(0, min(full, n-2))
	bar := strings.Repeat("=", full)
	if full < n-2 {
		bar += ">" + strings.Repeat(" ", n-3-full)
	}
	return "[" + bar + "]"
}

// figures are what stands beside the bar.
func figures(s *download.Sight, rate float64) string {
	switch s.Phase {
	case download.Waiting:
		return "waiting for the answer"
	case download.Verifying:
		return "verifying the checksum"
	case download.Settling, download.Ended:
		return "putting it on the disk"
	}
	text := byteText(s.Done)
	if s.Total > 0 {
		text = fmt.Sprintf("%3d%%  %s of %s", percent(s), text, byteText(s.Total))
	}
	if rate > 0 {
		text += "  " + byteText(int64(rate)) + "/s"
		if left := s.Total - s.Done; left > 0 && s.Total > 0 {
			text += "  " + leftText(left, rate)
		}
	}
	return text
}

func percent(s *download.Sight) int { return int(100 * float64(s.Done) / float64(s.Total)) }

// leftText says how long what is left will take.
func leftText(left int64, rate float64) string {
	seconds := float64(left) / rate
	if seconds > 1e7 {
		return "for ever"
	}
	return clockText(time.Duration(seconds*float64(time.Second))) + " left"
}

// plainLine is the line for what is no terminal.
func plainLine(s *download.Sight, rate float64) string {
	return s.Name + ": " + strings.Join(strings.Fields(figures(s, rate)), " ")
}

// columnsOf returns how many columns a text takes on a terminal.
func columnsOf(text string) (n int) {
	for _, r := range text {
		n += columnsOfRune(r)
	}
	return n
}

func columnsOfRune(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cut cuts a text to n columns, in the middle if it must be: both ends of a name say something.
func cut(text string, n int) string {
	if columnsOf(text) <= n {
		return text
	}
	if n < 1 {
		return ""
	}
	runes := []rune(text)
	head, tail := n/2, n-1-n/2
	i, j := 0, len(runes)
	for w := 0; i < len(runes) && w+columnsOfRune(runes[i]) <= head; i++ {
		w += columnsOfRune(runes[i])
	}
	for w := 0; j > i && w+columnsOfRune(runes[j-1]) <= tail; j-- {
		w += columnsOfRune(runes[j-1])
	}
	return string(runes[:i]) + "…" + string(runes[j:])
}
