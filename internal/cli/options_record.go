package cli

// The flags that have a run written down, or explained.

import "errors"

// A recordOptions is what they say.
type recordOptions struct {
	har  string // a file, "-" for the standard output; "": none
	json string // the same
	curl bool

	why, waterfall bool

	own *Env // the world as it is without --quiet; nil: as everybody has it
}

var errEmptyFile = errors.New("it must be a file, or - for the standard output")

// recordFlags have a run written down, or explained.
var recordFlags = []flagRow[options]{
	{
		name: "curl", help: "print it as a command line of curl, and send nothing",
		flip: func(o *options, on bool) { o.record.curl = on },
	},
	{
		name: "why", help: "say after the answer which flag, variable, file or rule\nchose the proxy, CAs, credentials, the connection, …",
		flip: func(o *options, on bool) { o.record.why = on },
	},
	{
		name: "waterfall", help: "draw after the answer how long each phase of each\nexchange took",
		flip: func(o *options, on bool) { o.record.waterfall = on },
	},
	{
		name: "json-out", arg: "FILE", optional: true, help: "write a record of each call as a line of JSON to a file,\nor to the standard output, where nothing else is printed\nthen",
		apply: func(o *options, v string) error {
			o.record.json = v
			if v == "" {
				o.record.json = "-"
			}
			return nil
		},
	},
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

// settle gives the standard output to the record that wants it, and has nothing else printed there.
// It is an error if two want it.
func (r *recordOptions) settle(env *Env, out *outputOptions) error {
	r.own = env
	var who string
	switch {
	case r.har == "-" && r.json == "-":
		return &usageError{"--har and --json-out cannot share the standard output: write one of them to a file"}
	case r.har == "-":
		who = "--har=-"
	case r.json == "-":
		who = "--json-out"
	default:
		return nil
	}
	if out.print != "" || out.all {
		return &usageError{who + " has the standard output for itself: with --print, --all and their like write it to a file"}
	}
	out.print = nothing
	return nil
}

// nothing is none of the letters of --print.
const nothing = " "

// world returns the world whose standard streams records are written to: with --quiet it is another
// than env.
func (r *recordOptions) world(env *Env) *Env {
	if r.own != nil {
		return r.own
	}
	return env
}
