package cli

// The help, made of the tables: the page that --help prints, and one for each topic.

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

const helpHead = `usage: godwit [flags] [METHOD] URL [ITEM…]
       godwit COMMAND [flags]

Sends a request and prints the answer.

    godwit example.org                        a GET over https
    godwit :8000/users name=mona age:=7       a POST of JSON to localhost, port 8000
    godwit -v PUT :8000/users/7 X-Tag:a < user.json
                                              a body from a file, everything printed

METHOD is GET, or POST if there is a body, unless it is named. ITEM is what to send:
    Header:value   name==value (query)   name=value, name:=json (body)

The flags used most (a switch is turned off again by --no-NAME):
`

// usedMost are the flags on the first page of the help, in its order.
var usedMost = []string{
	"json", "form", "multipart", "raw", "auth", "session",
	"verbose", "print", "headers", "pretty", "offline", "quiet",
	"follow", "check-status", "timeout", "retry", "verify", "proxy",
	"download", "output", "continue", "curl", "help", "version",
}

// runHelp prints what there is to say on a topic, a flag or a command.
func runHelp(ctx context.Context, env *Env, args []string) error {
	if len(args) > 1 {
		return &usageError{"help takes one word: a topic, a flag or a command"}
	}
	if len(args) == 1 {
		if name := strings.TrimLeft(args[0], "-"); name != args[0] {
			return printFlagHelp(env, args[0], name)
		}
		for _, c := range env.commands {
			if c.name == args[0] && c.name != "help" && topicTitle(c.name) == "" {
				_, err := c.run(ctx, env, []string{"--help"})
				return err
			}
		}
	}
	return printHelp(env, "", args)
}

// printHelp prints the help on a topic, or the first page. A word may be the topic; more of
// them, or a URL, are a command line whose writer has asked for help in the middle of it.
func printHelp(env *Env, topic string, words []string) error {
	if topic == "" && len(words) == 1 && !strings.ContainsAny(words[0], ".:/") {
		topic = words[0]
	}
	if topic == "" {
		return printText(env, firstPage(env.commands))
	}
	text, err := helpOn(topic)
	if err != nil {
		return err
	}
	return printText(env, text)
}

// printFlagHelp prints the row of a flag.
func printFlagHelp(env *Env, typed, name string) error {
	for _, t := range topics {
		for i, f := range t.flags {
			if f.name == name || f.flip != nil && "no-"+f.name == name || len(name) == 1 && f.short == name[0] {
				var b strings.Builder
				writeFlags(&b, t.flags[i:i+1])
				fmt.Fprintf(&b, "\nMore of its kind: godwit --help %s\n", t.name)
				return printText(env, b.String())
			}
		}
	}
	return unknownFlag(requestFlags, typed)
}

// firstPage returns what --help prints.
func firstPage(commands []command) string {
	var b strings.Builder
	b.WriteString(helpHead)
	for _, name := range usedMost {
		if i := slices.IndexFunc(requestFlags, func(f flagRow[options]) bool { return f.name == name }); i >= 0 {
			writeFlags(&b, requestFlags[i:i+1])
		}
	}
	b.WriteString("\nMore of it: godwit --help TOPIC, for a flag godwit help --FLAG\n")
	writeTopics(&b)
	b.WriteString("\nCommands, as the first word only (http://serve is a host of that name):\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "    %-12s%s\n", c.name, c.help)
	}
	return b.String()
}

func writeTopics(b *strings.Builder) {
	for _, name := range helpTopics() {
		fmt.Fprintf(b, "    %-12s%s\n", name, topicTitle(name))
	}
}

// helpTopics returns what there is help on.
func helpTopics() (names []string) {
	for _, p := range helpPages {
		if !isFlagTopic(p.name) {
			names = append(names, p.name)
		}
	}
	for _, t := range topics {
		names = append(names, t.name)
	}
	return append(names, "exit", "all")
}

func isFlagTopic(name string) bool {
	return slices.ContainsFunc(topics, func(t topic) bool { return t.name == name })
}

func topicTitle(name string) string {
	switch name {
	case "exit":
		return "Exit codes"
	case "all":
		return "All flags"
	}
	for _, t := range topics {
		if t.name == name {
			return t.title
		}
	}
	for _, p := range helpPages {
		if p.name == name {
			return p.title
		}
	}
	return ""
}

// helpOn returns what there is to say on a topic.
func helpOn(name string) (string, error) {
	var b strings.Builder
	switch {
	case name == "all":
		writeAll(&b)
		return b.String(), nil
	case name == "exit":
		writeExit(&b)
		return b.String(), nil
	case topicTitle(name) == "":
		text := fmt.Sprintf("no help on %q", name)
		if near := nearest(name, helpTopics()); len(near) > 0 {
			text += " (did you mean " + strings.Join(near, " or ") + "?)"
		}
		return "", &usageError{text + "; there is help on " + strings.Join(helpTopics(), ", ")}
	}
	b.WriteString(topicTitle(name) + "\n")
	for _, p := range helpPages {
		if p.name == name {
			b.WriteString("\n" + p.text)
		}
	}
	for _, t := range topics {
		if t.name == name {
			b.WriteString("\n")
			writeFlags(&b, t.flags)
		}
	}
	return b.String(), nil
}

// writeAll writes all flags by topic.
func writeAll(b *strings.Builder) {
	b.WriteString("All flags (a switch is turned off again by --no-NAME)\n")
	for _, t := range topics {
		fmt.Fprintf(b, "\n  %s\n", t.title)
		writeFlags(b, t.flags)
	}
}

// writeExit writes what the command ends with.
func writeExit(b *strings.Builder) {
	b.WriteString("Exit codes, one for each layer at which a call can fail\n\n")
	for _, d := range exitDocs {
		fmt.Fprintf(b, "    %-4d %s\n", d.code, d.text)
	}
	b.WriteString("\nOf several that fit, the first of " + exitOrder + ".\n")
}

// writeFlags writes the rows of a table of flags.
func writeFlags[T any](b *strings.Builder, table []flagRow[T]) {
	const column = 28
	for i := range table {
		f := &table[i]
		left := "        "
		if f.short != 0 {
			left = fmt.Sprintf("    -%c, ", f.short)
		}
		left += f.spelled()
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
