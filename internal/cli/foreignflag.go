package cli

// What those who come from curl type, and what it is here.

import "strings"

// A foreignFlag is one or more of curl's flags that are none of ours, and what to type instead.
type foreignFlag struct {
	names string // with spaces between them
	here  string
}

var foreignFlags = []foreignFlag{
	{"-X --request", "METHOD is a word before the URL: godwit POST URL"},
	{"-H --header", "a header is an item behind the URL: X-Name:value"},
	{"-L --location", "--follow (-F) follows redirects"},
	{"-k --insecure", "--verify=no does not verify the server"},
	{"-u --user", "--auth=USER:PASSWORD (-a) says who is asking"},
	{"--oauth2-bearer", "--auth-type=bearer --auth=TOKEN says who is asking"},
	{"--data --data-raw --data-binary --data-ascii", "the body is items, name=value, or @FILE, or --raw=TEXT"},
	{"--data-urlencode --form-string", "fields of a form are items: --form URL name=value"},
	{"-G --get --url-query", "a parameter of the query is an item: name==value"},
	{"-T --upload-file", "the body is an item: godwit PUT URL @FILE"},
	{"--head", "METHOD is a word before the URL: godwit HEAD URL"},
	{"-D --dump-header", "--print=h prints the answer's head"},
	{"--include", "--print=hb prints head and body"},
	{"-w --write-out", "--meta (-m) prints the timings, --json-out a record of all"},
	{"-O --remote-name -J --remote-header-name", "--download (-d) saves to a file"},
	{"-C --continue-at", "--continue (-c) goes on with a download"},
	{"-N --no-buffer", "--stream (-S) prints what comes as it comes"},
	{"--silent", "--quiet (-q) prints nothing but errors and warnings"},
	{"--fail --fail-with-body", "--check-status makes a status of 4xx or 5xx an error"},
	{"--cookie", "a cookie is an item, Cookie:name=value; --session=NAME keeps them"},
	{"--cookie-jar", "--session=NAME keeps cookies"},
	{"--user-agent", "it is an item: User-Agent:TEXT"},
	{"-e --referer", "it is an item: Referer:URL"},
	{"--cacert --capath", "--verify=FILE names the CAs to trust"},
	{"-E", "--cert=FILE is a client certificate"},
	{"--key", "--cert-key=FILE is the key of --cert"},
	{"--url", "the URL is an argument by itself: godwit URL"},
}

// hereCalled returns what to type in place of a flag of curl's, "" if it is none.
func hereCalled(flag string) string {
	for _, f := range foreignFlags {
		for name := range strings.FieldsSeq(f.names) {
			if name == flag {
				return f.here
			}
		}
	}
	return ""
}
