package cli

// Reading the command line by the tables: pflag does it, which is what cobra has its flags
// from. What a person is told of a mistake is ours.

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"example.com/godwit/internal/cli/nearest"
)

// parseFlags applies the flags among args to o and returns the other arguments. Flags may
// stand anywhere; after "--" there are none. Their form is that of getopt_long: --name=value,
// --name value, -nvalue, -n value, and switches of one letter in a row.
func parseFlags[T any](table []flagRow[T], args []string, o *T) (rest []string, err error) {
	// pflag passes over what it takes for flags of go test, and says nothing.
	for _, arg := range args {
		if arg == "--" {
			break
		}
		if strings.HasPrefix(arg, "-test.") {
			return nil, unknownFlag(table, "-t")
		}
	}
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.Usage = func() {}
	for i := range table {
		if f := &table[i]; slices.ContainsFunc(args, f.mayBe) {
			addFlag(set, f, o)
		}
	}
	if err := set.Parse(args); err != nil {
		return nil, flagError(table, err)
	}
	return set.Args(), nil
}

// mayBe reports whether an argument may be the flag, or have its letter among others. The flags
// that none may be, nearly all of two hundred, are not made for nothing.
func (f *flagRow[T]) mayBe(arg string) bool {
	if name, ok := strings.CutPrefix(arg, "--"); ok {
		name, _, _ = strings.Cut(name, "=")
		return name == f.name || strings.TrimPrefix(name, "no-") == f.name
	}
	return f.short != 0 && strings.HasPrefix(arg, "-") && strings.IndexByte(arg, f.short) > 0
}

// addFlag adds the flag of a row, and if it is a switch also what turns it off.
func addFlag[T any](set *pflag.FlagSet, f *flagRow[T], o *T) {
	flag := &pflag.Flag{Name: f.name}
	if f.short != 0 {
		flag.Shorthand = string(f.short)
	}
	if f.flip == nil {
		flag.Value = &argValue{f.arg, func(v string) error { return f.apply(o, v) }}
		if f.optional {
			flag.NoOptDefVal = noArgument
		}
		set.AddFlag(flag)
		return
	}
	flag.NoOptDefVal = noArgument
	flag.Value = switchValue(func() { f.flip(o, true) })
	set.AddFlag(flag)
	set.AddFlag(&pflag.Flag{
		Name: "no-" + f.name, NoOptDefVal: noArgument,
		Value: switchValue(func() { f.flip(o, false) }),
	})
}

// noArgument stands for an argument that is not there. No argument of a program can be it.
const noArgument = "\x00"

// An argValue is the value of a flag with an argument.
type argValue struct {
	arg   string
	apply func(string) error
}

func (v *argValue) Set(text string) error {
	if text == noArgument {
		text = ""
	}
	return v.apply(text)
}
func (v *argValue) String() string { return "" }
func (v *argValue) Type() string   { return v.arg }

// A switchValue is the value of a flag without one.
type switchValue func()

var errNoArgument = errors.New("takes no argument")

func (v switchValue) Set(text string) error {
	if text != noArgument {
		return errNoArgument
	}
	v()
	return nil
}
func (v switchValue) String() string { return "" }
func (v switchValue) Type() string   { return "bool" }

// flagError says what is wrong with the flags in one line, without the values.
func flagError[T any](table []flagRow[T], err error) error {
	if errors.Is(err, pflag.ErrHelp) { // -h, which no row has
		return unknownFlag(table, "-h")
	}
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if e.GetSpecifiedShortnames() != "" {
			return unknownFlag(table, "-"+e.GetSpecifiedName())
		}
		return unknownFlag(table, "--"+e.GetSpecifiedName())
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		dashes := "--"
		if e.GetSpecifiedShortnames() != "" {
			dashes = "-"
		}
		return &usageError{fmt.Sprintf("%s%s needs an argument: %s", dashes, e.GetSpecifiedName(), e.GetFlag().Value.Type())}
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		if errors.Is(err, errNoArgument) {
			return &usageError{fmt.Sprintf("--%s takes no argument", e.GetFlag().Name)}
		}
		return &usageError{fmt.Sprintf("--%s: %v", e.GetFlag().Name, e.Unwrap())}
	}
	if e, ok := errors.AsType[*pflag.InvalidSyntaxError](err); ok {
		name, _, _ := strings.Cut(e.GetSpecifiedFlag(), "=")
		return unknownFlag(table, name)
	}
	return err
}

// unknownFlag says that there is no such flag, and which ones were probably meant.
func unknownFlag[T any](table []flagRow[T], name string) error {
	if _, request := any(table).([]flagRow[options]); request {
		if here := hereCalled(name); here != "" {
			return &usageError{"unknown flag " + name + ": " + here + " (godwit curl … takes curl's own flags)"}
		}
	}
	var names []string
	negative := strings.HasPrefix(name, "--no-")
	for _, f := range table {
		names = append(names, "--"+f.name)
		if negative && f.flip != nil {
			names = append(names, "--no-"+f.name)
		}
	}
	text := "unknown flag " + name
	if near := meant(name, names); len(near) > 0 {
		text += " (did you mean " + strings.Join(near, " or ") + "?)"
	}
	return &usageError{text}
}

// meant returns those of names that a person who typed name probably meant, at most three.
func meant(name string, names []string) (near []string) {
	word := strings.TrimLeft(name, "-")
	if len(word) < 2 {
		return nil // a letter may be anything
	}
	for _, n := range names {
		if strings.HasPrefix(strings.TrimLeft(n, "-"), word) && len(near) < 3 {
			near = append(near, n)
		}
	}
	closest := slices.MinFunc(names, func(a, b string) int {
		return cmp.Compare(nearest.Distance(name, a), nearest.Distance(name, b))
	})
	if len(near) == 0 && nearest.Distance(name, closest) <= min(3, len(word)-1) {
		near = []string{closest}
	}
	return near
}
