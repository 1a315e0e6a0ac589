package cli

// The flags that have a run written down, or explained.

import "errors"

// A recordOptions is what they say.
type recordOptions struct {
	har string // a file, "-" for the standard output; "": none
}

var errEmptyFile = errors.New("it must be a file, or - for the standard output")

// recordFlags have a run written down, or explained.
var recordFlags = []flagRow[options]{
	{
		name: "har", arg: "FILE", help: "write all exchanges to a file as HAR 1.2, which browsers\nopen, when all is over; - is the standard output, where\nnothing else is printed then",
		apply: func(o *options, v string) error {
			if v == "" {
				return errEmptyFile
			}
			o.record.har = v
			return nil
		},
	},
}

// settle returns an error if two want the standard output for themselves, and has nothing else
// printed there if one does.
func (r *recordOptions) settle(out *outputOptions) error {
	if r.ownsStdout() && (out.print != "" || out.all) {
		return &usageError{"--har=- and what is to be printed besides cannot share the standard output: write it to a file"}
	}
	if r.ownsStdout() {
		out.print = nothing
	}
	return nil
}

// nothing is none of the letters of --print.
const nothing = " "

// ownsStdout reports whether a record has the standard output for itself.
func (r *recordOptions) ownsStdout() bool { return r.har == "-" }
