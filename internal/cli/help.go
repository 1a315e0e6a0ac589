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
    Header:value   name==value (query)   name=value name:=json name@FILE (body)

The flags used most (a switch is turned off again by --no-NAME):
`

// usedMost are the flags on the first page of the help, in its order, and what it says of them.
var usedMost = []struct{ name, brief string }{
	{"json", "send fields as JSON, which is the default"},
	{"form", "send fields as a form"},
	{"multipart", "send fields as a multipart form"},
	{"raw", "send this as the body"},
	{"auth", "who is asking"},
	{"session", "keep cookies and credentials from run to run"},
	{"verbose", "print the request too"},
	{"print", "H, B: head and body of the request; h, b: of the\nresponse; m: its timings"},
	{"headers", "print the response's head alone"},
	{"pretty", "colours, indentation, both, or none"},
	{"offline", "send nothing, and print what would be sent"},
	{"quiet", "print nothing but errors and warnings"},
	{"curl", "print the same request in curl's language"},
	{"follow", "follow redirects"},
	{"check-status", "end with 3, 4 or 5 after a 3xx, 4xx or 5xx"},
	{"timeout", "how long to wait for a connection, and for the answer"},
	{"retry", "try again so often"},
	{"verify", "whether, or by which CAs, to verify certificates"},
	{"proxy", "go through this proxy"},
	{"download", "save the body in a file"},
	{"output", "the name of that file"},
	{"continue", "go on with a file that is not whole"},
	{"help", "this page, or one on a topic: --help TOPIC"},
	{"version", "print the version"},
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
	for _, most := range usedMost {
		for _, f := range requestFlags {
			if f.name == most.name {
				f.help = most.brief
				writeFlags(&b, []flagRow[options]{f})
			}
		}
	}
	b.WriteString("\nMore of it: godwit --help TOPIC, for a flag godwit help --FLAG\n")
	writeTopics(&b)
	b.WriteString("\nCommands, as the first word only (http://serve is a host of that name):\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "    %-13s%s\n", c.name, c.help)
	}
	return b.String()
}

func writeTopics(b *strings.Builder) {
	for _, name := range helpTopics() {
		fmt.Fprintf(b, "    %-13s%s\n", name, topicTitle(name))
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
		if near := meant(name, helpTopics()); len(near) > 0 {
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
