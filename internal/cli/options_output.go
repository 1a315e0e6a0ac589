package cli

// The flags that say what is printed, and how.

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"

	"golang.org/x/net/html/charset"

	"example.com/godwit/internal/cli/term"
)

// An outputOptions is what they say.
type outputOptions struct {
	print       string // letters of parts; "": those that fit the output
	history     string // letters of parts of earlier exchanges; "": as print
	verbose     int    // how often it was asked for
	quiet       int    // how often it was asked for
	pretty      string // "": what fits the output
	style       string // the name of a theme; "": auto
	stream      bool
	format      formatOptions
	charset     string // "": what the answer says
	mediaType   string // "": what the answer says
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
	partTrailer      = 't'
	allParts         = "HBhbmt"
)

var prettyNames = []string{"all", "colors", "format", "none"}

// outputFlags say what is printed, and how.
var outputFlags = []flagRow[options]{
	{
		name: "print", short: 'p', arg: "WHAT", help: "what to print: H and B for the request's head and body,\nh and b for the response's, t for its trailer, m for its\ntimings (default: hb on a terminal, b otherwise)",
		apply: func(o *options, v string) (err error) { o.output.print, err = partsOf(v); return err },
	},
	{
		name: "history-print", short: 'P', arg: "WHAT", help: "what --all prints of the earlier exchanges\n(default: as --print)",
		apply: func(o *options, v string) (err error) { o.output.history, err = partsOf(v); return err },
	},
	{
		name: "verbose", short: 'v', help: "--print=HBhbt --all; twice (-vv): --print=HBhbtm --all",
		flip: func(o *options, on bool) {
			o.output.verbose = onlyIf(on, o.output.verbose+1)
			o.output.all = on
		},
	},
	{
		name: "quiet", short: 'q', help: "print nothing but errors and warnings; twice (-qq):\nnothing but errors",
		flip: func(o *options, on bool) { o.output.quiet = onlyIf(on, o.output.quiet+1) },
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
		name: "meta", short: 'm', help: "--print=m",
		flip: func(o *options, on bool) { o.output.print = onlyIf(on, "m") },
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
		name: "pretty", arg: "all|colors|format|none", help: "colour and indent, one of them, or neither\n(default: all on a terminal, none otherwise)",
		apply: func(o *options, v string) error {
			if !slices.Contains(prettyNames, v) {
				return fmt.Errorf("%q is none of %s", v, strings.Join(prettyNames, ", "))
			}
			o.output.pretty = v
			return nil
		},
	},
	{
		name: "style", short: 's', arg: "auto|dark|light|mono|none", help: "the colours: the terminal's own, those for a dark or a\nlight ground, bold letters alone, none",
		apply: func(o *options, v string) error {
			if names := term.ThemeNames(); !slices.Contains(names, v) {
				return fmt.Errorf("%q is none of %s", v, strings.Join(names, ", "))
			}
			o.output.style = v
			return nil
		},
	},
	{
		name: "format-options", arg: "OPTIONS", help: "how to format, in a comma-separated list:\n" + formatHelp,
		apply: func(o *options, v string) error { return o.output.format.set(v) },
	},
	{
		name: "sorted", help: "headers.sort:true,json.sort_keys:true",
		flip: func(o *options, on bool) { o.output.format.sort(on) },
	},
	{
		name: "unsorted", help: "neither, which is the default",
		flip: func(o *options, on bool) { o.output.format.sort(!on) },
	},
	{
		name: "stream", short: 'S', help: "hold nothing of a body back: not even to sort it",
		flip: func(o *options, on bool) { o.output.stream = on },
	},
	{
		name: "response-charset", arg: "NAME", help: "what the body is to be read as, whatever it is called:\niso-8859-1, big5, …",
		apply: func(o *options, v string) error {
			if e, _ := charset.Lookup(v); e == nil {
				return fmt.Errorf("%q is no character set that is known", v)
			}
			o.output.charset = v
			return nil
		},
	},
	{
		name: "response-mime", arg: "TYPE", help: "what the body is to be shown as: application/json, …",
		apply: func(o *options, v string) error {
			mediaType, _, err := mime.ParseMediaType(v)
			if err != nil || !strings.Contains(mediaType, "/") {
				return fmt.Errorf("%q is no media type, as text/html is one", v)
			}
			o.output.mediaType = mediaType
			return nil
		},
	},
}

// partsOf returns letters that all stand for a part.
func partsOf(letters string) (string, error) {
	if i := strings.IndexFunc(letters, func(r rune) bool { return !strings.ContainsRune(allParts, r) }); i >= 0 {
		return "", fmt.Errorf("%q is none of the letters %s", letters[i:i+1], allParts)
	}
	if letters == "" {
		return "", errors.New("it needs some of the letters " + allParts)
	}
	return letters, nil
}

// quieter returns the world with as much less to say as --quiet asks for.
func (o *outputOptions) quieter(env *Env) *Env {
	if o.quiet == 0 {
		return env
	}
	quiet := *env
	quiet.Stdout = io.Discard
	quiet.Stderr = &quietWriter{env.Stderr, o.quiet}
	return &quiet
}

// wantsEarlier reports whether a part of an exchange before the last one is to be printed.
func (o *outputOptions) wantsEarlier(part rune, tty bool) bool {
	if o.history == "" {
		return o.all && o.wants(part, tty)
	}
	return o.all && strings.ContainsRune(o.history, part)
}

// wants reports whether a part is to be printed.
func (o *outputOptions) wants(part rune, tty bool) bool {
	parts := o.print
	if parts == "" {
		switch {
		case o.verbose > 1:
			parts = "HBhbtm"
		case o.verbose == 1:
			parts = "HBhbt"
		case tty:
			parts = "hb"
		default:
			parts = "b"
		}
	}
	return strings.ContainsRune(parts, part)
}
