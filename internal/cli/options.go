package cli

// The flags of a request, by what they are about.

import "slices"

// options are what the flags of a request say. Each field has its table of flags, in the file
// options_….go that is named after it.
type options struct {
	ask      askOptions
	body     bodyOptions
	output   outputOptions
	exchange exchangeOptions
	download downloadOptions
	auth     authOptions
	session  sessionOptions
	config   configOptions
	limits   limitOptions
	sockets  sockets
	tls      tlsOptions
	proxies  proxyOptions
	record   recordOptions

	help      bool
	helpTopic string // "": the first page
	version   bool
}

func newOptions() *options {
	return &options{
		output:   outputOptions{format: newFormatOptions()},
		exchange: exchangeOptions{maxRedirects: defaultMaxRedirects},
		tls:      tlsOptions{verify: "yes"},
	}
}

// A topic is a table of flags that belong together, and a chapter of the help.
type topic struct {
	name, title string
	flags       []flagRow[options]
}

// topics are all flags of a request, in the order of the help.
var topics = []topic{
	{"request", "What is asked", askFlags},
	{"body", "What is sent", bodyFlags},
	{"output", "What is printed", outputFlags},
	{"download", "Downloads", downloadFlags},
	{"exchange", "Redirects, time, versions of HTTP", exchangeFlags},
	{"auth", "Who is asking", authFlags},
	{"session", "Sessions and settings", slices.Concat(sessionFlags, configFlags)},
	{"limits", "Trying again, rates, sizes", limitFlags},
	{"sockets", "Addresses and sockets", socketFlags},
	{"tls", "TLS", tlsFlags},
	{"proxies", "Proxies", proxyFlags},
	{"record", "What is written down", recordFlags},
	{"help", "Help", lastFlags},
}

// requestFlags are the flags of all topics.
var requestFlags = func() (all []flagRow[options]) {
	tables := make([][]flagRow[options], len(topics))
	for i, t := range topics {
		tables[i] = t.flags
	}
	return slices.Concat(tables...)
}()

var lastFlags = []flagRow[options]{
	{
		name: "help", arg: "TOPIC", optional: true, help: "print the help, or what it says on a topic",
		apply: func(o *options, v string) error { o.help, o.helpTopic = true, v; return nil },
	},
	{
		name: "version", help: "print the version",
		flip: func(o *options, on bool) { o.version = on },
	},
}

func onlyIf[T any](on bool, v T) (chosen T) {
	if on {
		chosen = v
	}
	return chosen
}
