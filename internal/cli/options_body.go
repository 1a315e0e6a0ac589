package cli

// The flags that say what the body is.

import (
	"errors"

	"example.com/godwit"
)

// A bodyOptions is what they say.
type bodyOptions struct {
	form, json, multipart bool // one at most

	boundary    string  // "": one is made up
	raw         *string // nil: none
	compress    int     // how often it was said
	chunked     bool
	ignoreStdin bool
}

// as says what fields are sent as, if on; else that they are not sent as that.
func (b *bodyOptions) as(form *bool, on bool) {
	if on {
		b.form, b.json, b.multipart = false, false, false
	}
	*form = on
}

// bodyFlags say what the body is.
var bodyFlags = []flagRow[options]{
	{
		name: "json", short: 'j', help: "send fields as JSON, which is the default, and ask for\nJSON even if there are none",
		flip: func(o *options, on bool) { o.body.as(&o.body.json, on) },
	},
	{
		name: "form", short: 'f', help: "send fields as a form, a multipart one if there are\nfiles among them",
		flip: func(o *options, on bool) { o.body.as(&o.body.form, on) },
	},
	{
		name: "multipart", help: "send fields as a multipart form in any case",
		flip: func(o *options, on bool) { o.body.as(&o.body.multipart, on) },
	},
	{
		name: "boundary", arg: "TEXT", help: "what is between the parts of a multipart form",
		apply: func(o *options, v string) error {
			o.body.boundary = v
			return checkBoundary(v)
		},
	},
	{
		name: "raw", arg: "TEXT|@FILE", help: "send this as the body; @- is the standard input",
		apply: func(o *options, v string) error { o.body.raw = &v; return nil },
	},
	{
		name: "compress", short: 'x', help: "send the body in gzip if that makes it shorter; twice:\nin any case",
		flip: func(o *options, on bool) {
			if on {
				o.body.compress++
			} else {
				o.body.compress = 0
			}
		},
	},
	{
		name: "chunked", help: "send the body in chunks, without saying its length; what\ncomes from a pipe as it comes",
		flip: func(o *options, on bool) { o.body.chunked = on },
	},
	{
		name: "ignore-stdin", short: 'I', help: "do not read a body from the standard input",
		flip: func(o *options, on bool) { o.body.ignoreStdin = on },
	},
}

// checkBoundary has the library judge a boundary.
func checkBoundary(text string) error {
	if godwit.MultipartBoundary(text).Apply(&godwit.Request{}) != nil {
		return errors.New("it is not 1 to 70 letters, digits, spaces and '()+_,-./:=?, the last one no space")
	}
	return nil
}
