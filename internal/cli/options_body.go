package cli

// The flags that say what the body is.

// A bodyOptions is what they say.
type bodyOptions struct {
	form, json  bool
	ignoreStdin bool
}

// bodyFlags say what the body is.
var bodyFlags = []flagRow[options]{
	{
		name: "json", short: 'j', help: "send fields as a JSON object, which is the default, and\nask for JSON even if there are none",
		flip: func(o *options, on bool) { o.body.json, o.body.form = on, o.body.form && !on },
	},
	{
		name: "form", short: 'f', help: "send fields as a form",
		flip: func(o *options, on bool) { o.body.form, o.body.json = on, o.body.json && !on },
	},
	{
		name: "ignore-stdin", help: "do not read a body from the standard input",
		flip: func(o *options, on bool) { o.body.ignoreStdin = on },
	},
}
