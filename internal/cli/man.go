package cli

// The man page, made of the same tables as the help. Only the program mkman calls it, so that
// the command is not larger for it.

import (
	"fmt"
	"strings"

	"example.com/godwit"
)

// ManPage returns godwit(1), in the macros of man(7).
func ManPage() string {
	var m manWriter
	m.line(`.\" Made by make man out of the command's own tables.`)
	m.line(`.TH GODWIT 1 "" "godwit ` + roff(godwit.Version) + `" "User Commands"`)
	m.section("Name", `godwit \- send HTTP requests, and print or save the answers`)
	m.section("Synopsis", ".B godwit\n[\\fIflags\\fR] [\\fIMETHOD\\fR] \\fIURL\\fR [\\fIITEM\\fR ...]\n.br\n.B godwit\n\\fIcommand\\fR [\\fIflags\\fR]")
	m.section("Description", roff("Sends a request and prints the answer. METHOD is GET, or POST if there is a body, unless it is named."))
	for _, p := range helpPages {
		if !isFlagTopic(p.name) && p.name != "environment" {
			m.section(p.title, "")
			m.text(p.text)
		}
	}
	m.section("Options", roff("Flags may stand anywhere; behind -- there are none. A switch is turned off again by --no-NAME."))
	for _, t := range topics {
		m.line(".SS " + roff(t.title))
		for _, p := range helpPages {
			if p.name == t.name {
				m.text(p.text)
			}
		}
		manFlags(&m, t.flags)
	}
	m.section("Commands", roff("A command is one as the first word only; http://serve is a host of that name."))
	for _, c := range commands {
		m.line(".TP\n.B " + roff(c.name) + "\n" + roff(c.help))
	}
	m.line(".SS " + roff("godwit serve"))
	manFlags(&m, serveFlags)
	m.section("Exit status", "")
	for _, d := range exitDocs {
		m.line(fmt.Sprintf(".TP\n.B %d\n%s", d.code, roff(d.text)))
	}
	m.line(".PP\n" + roff("Of several that fit, the first of "+exitOrder+"."))
	for _, p := range helpPages {
		if p.name == "environment" {
			m.section("Environment", "")
			m.text(p.text)
		}
	}
	m.section("See also", ".BR curl (1)")
	return m.String()
}

// A manWriter gathers the page.
type manWriter struct{ strings.Builder }

func (m *manWriter) line(s string) { m.WriteString(s + "\n") }

// section begins a section; text is in the page's own language.
func (m *manWriter) section(title, text string) {
	m.line(".SH " + roff(strings.ToUpper(title)))
	if text != "" {
		m.line(text)
	}
}

// text writes a text of the help. A paragraph with indented lines stays as it is laid out.
func (m *manWriter) text(s string) {
	for paragraph := range strings.SplitSeq(strings.TrimSpace(s), "\n\n") {
		if strings.Contains("\n"+paragraph, "\n ") {
			m.line(".PP\n.nf\n" + roff(paragraph) + "\n.fi")
			continue
		}
		m.line(".PP\n" + roff(paragraph))
	}
}

// manFlags writes the rows of a table.
func manFlags[T any](m *manWriter, table []flagRow[T]) {
	for i := range table {
		f := &table[i]
		name := `\fB` + roff("--"+f.name) + `\fR`
		if f.short != 0 {
			name = `\fB` + roff("-"+string(f.short)) + `\fR, ` + name
		}
		switch {
		case f.optional:
			name += `[=\fI` + roff(f.arg) + `\fR]`
		case f.arg != "":
			name += `=\fI` + roff(f.arg) + `\fR`
		}
		m.line(".TP\n" + name + "\n" + roff(f.oneLine()))
	}
}

// roff returns a text as the formatter must be given it to print just that.
func roff(s string) string {
	var b strings.Builder
	for i, r := range s {
		begins := i == 0 || s[i-1] == '\n'
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case (r == '.' || r == '\'') && begins:
			b.WriteString(`\&` + string(r))
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '`':
			b.WriteString(`\(ga`)
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '~':
			b.WriteString(`\(ti`)
		case r > 126:
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
