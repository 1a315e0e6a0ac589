package cli

// The help, made of the tables.

import (
	"fmt"
	"strings"
)

const helpHead = `usage: godwit [flags] [METHOD] URL [ITEM…]
       godwit COMMAND [flags]

Sends a request and prints the answer.

METHOD is GET, or POST if there is a body, unless it is named.

URL may be short: a host alone is asked over https (over http if it is localhost or
a loopback address), ":8000/path" is http://localhost:8000/path.

ITEM says what to send:
    Header:value        a header field
    Header:             none of that name, where one would be sent by itself
    Header;             an empty one
    name==value         a parameter of the URL's query
    name=value          a field of the body, a text
    name:=json          a field of the body, as JSON: count:=3 list:='["a"]'
A backslash takes the meaning from a separator: 'a\:b:c' is the header a:b.

The standard input, if it is a pipe or a file and not empty, is the body. It is not
looked at for GET and HEAD.
`

const helpTail = `
On a terminal the answer is indented and coloured, and what a terminal would obey is
shown as an escape. Into a pipe or a file the bytes of the body go as they are.
NO_COLOR=1 turns the colours off.
`

// help returns what --help prints.
func help() string {
	var b strings.Builder
	b.WriteString(helpHead)
	b.WriteString("\nFlags (a switch is turned off again by --no-NAME):\n")
	for _, t := range topics {
		fmt.Fprintf(&b, "\n  %s\n", t.title)
		writeFlags(&b, t.flags)
	}
	b.WriteString("\nCommands, as the first word only (http://serve is a host of that name):\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "    %-10s %s\n", c.name, c.help)
	}
	b.WriteString("\nIt ends with\n")
	for _, d := range exitDocs {
		fmt.Fprintf(&b, "    %-4d %s\n", d.code, d.text)
	}
	b.WriteString(helpTail)
	return b.String()
}

// writeFlags writes the rows of a table of flags.
func writeFlags[T any](b *strings.Builder, table []flagRow[T]) {
	const column = 28
	for _, f := range table {
		left := "    "
		if f.short != 0 {
			left += fmt.Sprintf("-%c, ", f.short)
		} else {
			left += "    "
		}
		left += "--" + f.name
		if f.arg != "" {
			left += "=" + f.arg
		}
		if len(left) >= column {
			b.WriteString(left + "\n")
			left = ""
		}
		for line := range strings.Lines(f.help) {
			fmt.Fprintf(b, "%-*s%s\n", column, left, strings.TrimRight(line, "\n"))
			left = ""
		}
	}
}
