package cli

// The flags that say what is printed, and how.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// An outputOptions is what they say.
type outputOptions struct {
	print       string // letters of parts; "": those that fit the output
	verbose     bool
	pretty      string // "": what fits the output
	all         bool
	showSecrets bool
}

// The parts of the output: the letters of --print.
const (
	partRequestHead  = 'H'
	partRequestBody  = 'B'
	partResponseHead = 'h'
	partResponseBody = 'b'
	partMeta         = 'm'
	allParts         = "HBhbm"
)

var prettyNames = []string{"all", "colors", "format", "none"}

// outputFlags say what is printed, and how.
var outputFlags = []flagRow[options]{
	{
		name: "print", short: 'p', arg: "WHAT", help: "what to print: H and B for the request's head and body,\nh and b for the response's, m for its timings\n(default: hb on a terminal, b otherwise)",
		apply: func(o *options, v string) error {
			if i := strings.IndexFunc(v, func(r rune) bool { return !strings.ContainsRune(allParts, r) }); i >= 0 {
				return fmt.Errorf("%q is none of the letters %s", v[i:i+1], allParts)
			}
			if v == "" {
				return errors.New("it needs some of the letters " + allParts)
			}
			o.output.print = v
			return nil
		},
	},
	{
		name: "verbose", short: 'v', help: "--print=HBhb --all",
		flip: func(o *options, on bool) { o.output.verbose, o.output.all = on, on },
	},
	{
		name: "headers", short: 'h', help: "--print=h",
		flip: func(o *options, on bool) { o.output.print = onlyIf(on, "h") },
	},
	{
		name: "body", short: 'b', help: "--print=b",
		flip: func(o *options, on bool) { o.output.print = onlyIf(on, "b") },
	},
	{
		name: "all", help: "print the exchanges that led to the last one too",
		flip: func(o *options, on bool) { o.output.all = on },
	},
	{
		name: "show-secrets", help: "print credentials in request heads (Authorization,\nCookie, …), which are hidden otherwise",
		flip: func(o *options, on bool) { o.output.showSecrets = on },
	},
	{
		name: "pretty", arg: "HOW", help: "all, colors, format or none\n(default: all on a terminal, none otherwise)",
		apply: func(o *options, v string) error {
			if !slices.Contains(prettyNames, v) {
				return fmt.Errorf("%q is none of %s", v, strings.Join(prettyNames, ", "))
			}
			o.output.pretty = v
			return nil
		},
	},
}

// wants reports whether a part is to be printed.
func (o *outputOptions) wants(part rune, tty bool) bool {
	parts := o.print
	if parts == "" {
		switch {
		case o.verbose:
			parts = "HBhb"
		case tty:
			parts = "hb"
		default:
			parts = "b"
		}
	}
	return strings.ContainsRune(parts, part)
}
