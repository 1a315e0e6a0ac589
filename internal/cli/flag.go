package cli

// Flags are data: one row says what a flag is called, what it takes, what the help says of
// it and what it does. Everything else is derived from the rows.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A flagRow is a row of a table. It has either apply, and takes an argument, or flip, and is
// a switch that --no-NAME turns off again.
type flagRow[T any] struct {
	name  string // without the dashes
	short byte   // 0: none
	arg   string // what the argument is called in the help; "" for a switch
	help  string // lines of at most 56 characters
	apply func(o *T, value string) error
	flip  func(o *T, on bool)
}

// parseFlags applies the flags among args to o and returns the other arguments. Flags may
// stand anywhere; after "--" there are none. Their form is that of getopt_long: --name=value,
// --name value, -nvalue, -n value, and switches of one letter in a row.
func parseFlags[T any](table []flagRow[T], args []string, o *T) (rest []string, err error) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			return append(rest, args...), nil
		case strings.HasPrefix(arg, "--"):
			args, err = longFlag(table, arg[2:], args, o)
		case len(arg) > 1 && arg[0] == '-':
			args, err = shortFlags(table, arg[1:], args, o)
		default:
			rest = append(rest, arg)
		}
		if err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// longFlag applies a flag that is written out, and returns the arguments that it leaves.
func longFlag[T any](table []flagRow[T], text string, args []string, o *T) ([]string, error) {
	name, value, hasValue := strings.Cut(text, "=")
	on := true
	i := slices.IndexFunc(table, func(f flagRow[T]) bool { return f.name == name })
	if i < 0 {
		if positive, ok := strings.CutPrefix(name, "no-"); ok {
			on = false
			i = slices.IndexFunc(table, func(f flagRow[T]) bool { return f.name == positive && f.flip != nil })
		}
	}
	if i < 0 {
		return nil, unknownFlag(table, "--"+name)
	}
	f := table[i]
	if f.flip != nil {
		if hasValue {
			return nil, &usageError{fmt.Sprintf("--%s takes no argument", name)}
		}
		f.flip(o, on)
		return args, nil
	}
	if !hasValue {
		if len(args) == 0 {
			return nil, &usageError{fmt.Sprintf("--%s needs an argument: %s", name, f.arg)}
		}
		value, args = args[0], args[1:]
	}
	return args, applyFlag(f, o, value)
}

// shortFlags applies letters that share a dash, and returns the arguments that they leave.
func shortFlags[T any](table []flagRow[T], letters string, args []string, o *T) ([]string, error) {
	for i := range len(letters) {
		k := slices.IndexFunc(table, func(f flagRow[T]) bool { return f.short == letters[i] })
		if k < 0 {
			return nil, unknownFlag(table, "-"+letters[i:i+1])
		}
		f := table[k]
		if f.flip != nil {
			f.flip(o, true)
			continue
		}
		value := strings.TrimPrefix(letters[i+1:], "=")
		if letters[i+1:] == "" {
			if len(args) == 0 {
				return nil, &usageError{fmt.Sprintf("-%c needs an argument: %s", f.short, f.arg)}
			}
			value, args = args[0], args[1:]
		}
		return args, applyFlag(f, o, value)
	}
	return args, nil
}

func applyFlag[T any](f flagRow[T], o *T, value string) error {
	if err := f.apply(o, value); err != nil {
		return &usageError{fmt.Sprintf("--%s: %v", f.name, err)}
	}
	return nil
}

// unknownFlag says what there is: the flag that was probably meant, and all others.
func unknownFlag[T any](table []flagRow[T], name string) error {
	var names []string
	for _, f := range table {
		names = append(names, "--"+f.name)
	}
	nearest := slices.MinFunc(names, func(a, b string) int {
		return cmp.Compare(distance(name, a), distance(name, b))
	})
	guess := ""
	if strings.HasPrefix(name, "--") && distance(name, nearest) <= 3 {
		guess = " (did you mean " + nearest + "?)"
	}
	slices.Sort(names)
	return &usageError{fmt.Sprintf("unknown flag %s%s; there are %s", name, guess, strings.Join(names, " "))}
}

// distance is how many letters must be added, taken away or altered to make b of a.
func distance(a, b string) int {
	const tooLong = 40
	if len(a) > tooLong {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
