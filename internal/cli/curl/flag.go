package curl

// Flags are data, in curl's grammar: a row says what a flag is called and what it does.

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/godwit/internal/cli/nearest"
)

// A row is a flag. It has set, and takes an argument, or flip, and is a switch, or refused.
type row struct {
	name    string // without the dashes
	short   byte   // 0: none
	set     func(p *parser, value string) error
	flip    func(p *parser, on bool) error
	refused string // why there is no such thing here; "": there is
}

// A parser reads command lines and config files.
type parser struct {
	env      *Env
	rows     []row
	global   *global
	configs  []*config // the last is the one that flags are about
	warnings []string
	depth    int // of config files that name config files

	variables map[string]string // of --variable
}

// cur returns what the flags are about.
func (p *parser) cur() *config {
	if len(p.configs) == 0 {
		p.configs = append(p.configs, newConfig())
	}
	return p.configs[len(p.configs)-1]
}

// usageErrorf is what is wrong with the command line.
func usageErrorf(format string, args ...any) error {
	return &failure{exitUsage, fmt.Errorf(format, args...), true}
}

// commandLine reads the arguments, behind what the user's .curlrc says.
func (p *parser) commandLine(args []string) error {
	p.cur()
	if len(args) == 0 || !isDisable(args[0]) {
		if err := p.curlrc(); err != nil {
			return err
		}
	}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		var err error
		switch {
		case arg == "--":
			for _, url := range args {
				p.cur().addURL(url)
			}
			return nil
		case strings.HasPrefix(arg, "--"):
			args, err = p.long(arg[2:], args)
		case len(arg) > 1 && arg[0] == '-':
			args, err = p.short(arg[1:], args)
		default:
			p.cur().addURL(arg)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isDisable reports whether an argument is -q, alone or as the first of several letters.
func isDisable(arg string) bool {
	return arg == "--disable" || strings.HasPrefix(arg, "-q")
}

// long applies a flag that is written out, and returns the arguments that it leaves. What follows
// a "=" is its argument, which curl does not have: nothing that works there means another thing.
func (p *parser) long(text string, args []string) ([]string, error) {
	name, value, hasValue := strings.Cut(text, "=")
	f, on, err := p.findLong(name)
	if err != nil {
		return nil, err
	}
	switch {
	case f.set == nil && hasValue:
		return nil, usageErrorf("option --%s: takes no argument", name)
	case f.set != nil && !hasValue:
		if len(args) == 0 {
			return nil, usageErrorf("option --%s: requires parameter", name)
		}
		value, args = args[0], args[1:]
	}
	return args, p.apply(f, on, value)
}

// short applies letters that share a dash, and returns the arguments that they leave.
func (p *parser) short(letters string, args []string) ([]string, error) {
	for i := range len(letters) {
		k := slices.IndexFunc(p.rows, func(f row) bool { return f.short == letters[i] })
		if k < 0 {
			return nil, usageErrorf("option -%s: is unknown", letters[i:])
		}
		f := &p.rows[k]
		if f.set == nil {
			if err := p.apply(f, true, ""); err != nil {
				return nil, err
			}
			continue
		}
		value := letters[i+1:]
		if value == "" {
			if len(args) == 0 {
				return nil, usageErrorf("option -%c: requires parameter", f.short)
			}
			value, args = args[0], args[1:]
		}
		return args, p.apply(f, true, value)
	}
	return args, nil
}

// apply does what a flag says.
func (p *parser) apply(f *row, on bool, value string) error {
	var err error
	switch {
	case f.refused != "":
		return usageErrorf("option --%s: %s", f.name, f.refused)
	case f.set != nil:
		err = f.set(p, value)
	default:
		err = f.flip(p, on)
	}
	if failed, ok := errors.AsType[*failure](err); err == nil || ok {
		if ok {
			return &failure{failed.code, fmt.Errorf("option --%s: %w", f.name, failed.err), true}
		}
		return nil
	}
	return usageErrorf("option --%s: %w", f.name, err)
}

// findLong returns the flag of that name, of --no-NAME, or the only one that begins so, as curl
// has it.
func (p *parser) findLong(name string) (f *row, on bool, err error) {
	all := p.rows
	if bare, ok := strings.CutPrefix(name, "expand-"); ok {
		if f, on, err = p.findLong(bare); err == nil {
			f, err = p.expanding(f)
		}
		return f, on, err
	}
	for i := range all {
		if all[i].name == name {
			return &all[i], true, nil
		}
	}
	if positive, ok := strings.CutPrefix(name, "no-"); ok {
		for i := range all {
			if all[i].name == positive && all[i].flip != nil {
				return &all[i], false, nil
			}
		}
	}
	var begun []*row
	for i := range all {
		if name != "" && strings.HasPrefix(all[i].name, name) {
			begun = append(begun, &all[i])
		}
	}
	switch len(begun) {
	case 1:
		return begun[0], true, nil
	case 0:
		return nil, false, usageErrorf("option --%s: is unknown%s", name, p.guess(name))
	}
	return nil, false, usageErrorf("option --%s: is ambiguous: --%s, --%s, …", name, begun[0].name, begun[1].name)
}

// guess names the flag that was probably meant.
func (p *parser) guess(name string) string {
	closest := slices.MinFunc(p.rows, func(a, b row) int {
		return cmp.Compare(nearest.Distance(name, a.name), nearest.Distance(name, b.name))
	})
	return " (the nearest is --" + closest.name + ")"
}
