package cli

// Flags are data: one row says what a flag is called, what it takes, what the help says of
// it and what it does. Everything else is derived from the rows: how the command line is
// read, the help, the completion of shells and the man page.

import "strings"

// A flagRow is a row of a table. It has either apply, and takes an argument, or flip, and is
// a switch that --no-NAME turns off again.
type flagRow[T any] struct {
	name     string // without the dashes
	short    byte   // 0: none
	arg      string // what the argument is called in the help; "" for a switch
	optional bool   // the argument may be left out, and is "" then; if there is one, it is behind a "="
	values   string // arguments to offer where arg does not list them, with spaces between them
	help     string // lines of at most 56 characters
	apply    func(o *T, value string) error
	flip     func(o *T, on bool)
}

// spelled returns the flag as it is typed, with what its argument is called.
func (f *flagRow[T]) spelled() string {
	switch {
	case f.arg == "":
		return "--" + f.name
	case f.optional:
		return "--" + f.name + "[=" + f.arg + "]"
	}
	return "--" + f.name + "=" + f.arg
}

// oneLine returns the help without its line breaks.
func (f *flagRow[T]) oneLine() string { return strings.ReplaceAll(f.help, "\n", " ") }

// choices returns the arguments that there are, as far as they can be listed, and whether a
// file can be one: arg is "yes|no|FILE".
func (f *flagRow[T]) choices() (values []string, file bool) {
	values = strings.Fields(f.values)
	for _, word := range strings.Split(f.arg, "|") {
		switch {
		case word == "":
		case strings.HasPrefix(word, "FILE"), strings.HasPrefix(word, "PATH"), strings.HasPrefix(word, "FOLDER"):
			file = true
		case word == strings.ToLower(word) && !strings.Contains(word, "…"):
			values = append(values, word)
		}
	}
	return values, file
}
