package cli

// The flags that have the answer saved.

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"example.com/godwit"
	"example.com/godwit/internal/cli/download"
)

// A downloadOptions is what they say.
type downloadOptions struct {
	download   bool
	output     string // FILE, or "-"; "": not said
	dir        string // "": the current one
	resume     bool
	overwrite  bool
	checksum   string // ALGORITHM:HEX or @FILE; "": none
	segments   int    // 0: by the size
	input      string // FILE, or "-"; "": no list
	jobs       int    // 0: defaultJobs
	remoteTime bool
}

const (
	defaultJobs = 4
	maxJobs     = 64
)

// downloadFlags have the answer saved.
var downloadFlags = []flagRow[options]{
	{
		name: "download", short: 'd', help: "save the body in a file, whole or not at all: follows\nredirects, --check-status, goes on with what an earlier\nrun has begun. The answer names the file, or the URL\ndoes; one that is there is not overwritten",
		flip: func(o *options, on bool) { o.download.download = on },
	},
	{
		name: "output", short: 'o', arg: "FILE", help: "the file to save to, which is replaced; - is the\nstandard output. Without --download what would be\nprinted goes there, the body unless --print says more",
		apply: func(o *options, v string) error {
			if v == "" {
				return errors.New("it is empty")
			}
			o.download.output = v
			return nil
		},
	},
	{
		name: "output-dir", arg: "FOLDER", help: "the folder to save to, which is made if need be",
		apply: func(o *options, v string) error { o.download.dir = v; return nil },
	},
	{
		name: "continue", short: 'c', help: "go on with a file that another program has begun, once\nits last bytes turn out to be the server's",
		flip: func(o *options, on bool) { o.download.resume = on },
	},
	{
		name: "overwrite", help: "replace the file that has the name, where otherwise a\nnumber is added to it",
		flip: func(o *options, on bool) { o.download.overwrite = on },
	},
	{
		name: "checksum", arg: "SUM", help: "what the file must have to get its name: sha256:HEX,\nsha512:HEX, sha1:HEX, md5:HEX, or @FILE, a list as\nsha256sum writes it, in which the file is named",
		apply: func(o *options, v string) error {
			if !strings.HasPrefix(v, "@") {
				if _, err := download.ParseChecksum(v); err != nil {
					return err
				}
			}
			o.download.checksum = v
			return nil
		},
	},
	{
		name: "segments", arg: "N", help: "fetch a file in up to N parts at a time, at most 16, if\nthe server offers parts and names its versions\n(default: by the size, at most 4)",
		apply: func(o *options, v string) (err error) {
			o.download.segments, err = count(v, 16)
			return err
		},
	},
	{
		name: "input", short: 'i', arg: "FILE", help: "download all URLs of a list, - is the standard input:\none a line, then the file's name and its checksum, if\nthey are to be other than usual; # begins a comment",
		apply: func(o *options, v string) error {
			if v == "" {
				return errors.New("it is empty")
			}
			o.download.input = v
			return nil
		},
	},
	{
		name: "jobs", arg: "N", help: "how many files at a time, where there are several\n(default: 4)",
		apply: func(o *options, v string) (err error) {
			o.download.jobs, err = count(v, maxJobs)
			return err
		},
	},
	{
		name: "remote-time", help: "the file is as old as the server says",
		flip: func(o *options, on bool) { o.download.remoteTime = on },
	},
}

// wanted reports whether the answer is to be saved: all flags but --output are about
// nothing else.
func (d *downloadOptions) wanted() bool {
	return d.download || d.resume || d.overwrite || d.remoteTime || d.checksum != "" || d.segments > 0 || d.input != "" || d.dir != "" || d.jobs > 0
}

// before returns the options of a call with what a download asks for besides, before the items,
// which have the last word.
func (d *downloadOptions) before(opts []godwit.Option) []godwit.Option {
	if !d.wanted() {
		return opts
	}
	return append([]godwit.Option{godwit.Header{"Accept-Encoding": "identity"}}, opts...)
}

// settle makes one thing of what the flags say, with those of an exchange.
func (d *downloadOptions) settle(x *exchangeOptions) error {
	if !d.wanted() {
		return nil
	}
	x.follow = !x.stay
	x.checkStatus = true
	switch {
	case d.input != "" && d.output != "":
		return &usageError{"--output names one file, and --input has many: a line of the list may name its file behind the URL"}
	case d.output != "" && d.dir != "":
		return &usageError{"--output and --output-dir: the former may be a path"}
	case d.output == "-" && d.resume:
		return &usageError{"--continue needs a file, and --output=- is none"}
	}
	return nil
}

// count reads a number from 1 to most.
func count(text string, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%q is not a number from 1 to %d", text, most)
	}
	return n, nil
}
