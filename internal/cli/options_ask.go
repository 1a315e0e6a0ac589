package cli

// The flags that say what is asked, and whether at all.

import (
	"fmt"
	"strconv"
)

// An askOptions is what they say.
type askOptions struct {
	scheme   string // of URLs without one; "": https, or http for this machine
	asIs     bool   // leave . and .. in paths
	offline  bool
	parallel int // how many calls at once; 0: one after the other
}

const (
	defaultParallel = 8
	mostParallel    = 256
)

// askFlags say what is asked.
var askFlags = []flagRow[options]{
	{
		name: "default-scheme", arg: "http|https", help: "for URLs without one (default: https, http for localhost\nand loopback addresses)",
		apply: func(o *options, v string) error {
			if v != "http" && v != "https" {
				return fmt.Errorf("%q is neither http nor https", v)
			}
			o.ask.scheme = v
			return nil
		},
	},
	{
		name: "path-as-is", help: "leave /./ and /../ in the URL's path",
		flip: func(o *options, on bool) { o.ask.asIs = on },
	},
	{
		name: "offline", help: "send nothing, and print what would be sent",
		flip: func(o *options, on bool) { o.ask.offline = on },
	},
	{
		name: "parallel", short: 'Z', arg: "N", optional: true, help: "ask several URLs at once, N of them at a time (8 unless\nit says so); their output is in the order of the URLs",
		apply: func(o *options, v string) (err error) {
			if v == "" {
				o.ask.parallel = defaultParallel
				return nil
			}
			if o.ask.parallel, err = strconv.Atoi(v); err != nil || o.ask.parallel < 1 || o.ask.parallel > mostParallel {
				return fmt.Errorf("%q is not a number from 1 to %d", v, mostParallel)
			}
			return nil
		},
	},
}
