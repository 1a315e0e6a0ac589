package cli

// What the help says of a topic besides its flags.

// A helpPage is a text of the help. A topic of flags has its text in front of them; others
// are texts alone.
type helpPage struct{ name, title, text string }

var helpPages = []helpPage{
	{"items", "URL and items", `URL may be short: a host alone is asked over https (over http if it is localhost or
a loopback address), ":8000/path" is http://localhost:8000/path. There may be more of
them after the first, with http:// or https:// in front or of the form :8000/path or
:/path; METHOD and items are for all of them.

ITEM says what to send:
    Header:value        a header field
    Header:             none of that name, where one would be sent by itself
    Header;             an empty one
    name==value         a parameter of the URL's query
    name=value          a field of the body, a text
    name:=json          a field of the body, as JSON: count:=3 list:='["a"]'
    name@FILE           a file of a form; @FILE;type=TYPE;filename=NAME says more
    @FILE               the body: a file; @- is the standard input
Names of fields in JSON may lead into objects and lists:
    user[name]=mona user[tags][]=a user[tags][]=b list[0]:=1
The value may be in a file, name=@FILE, for a header, a parameter and JSON too: X:@FILE,
q==@FILE, data:=@FILE. @env:NAME, @file:PATH, @cmd:COMMAND and @prompt: stand for
secrets: X-Key:@env:KEY goes to the URL's origin alone, and is not shown; so does k==@env:K.
In a field of the body, k=@env:K, it is a value like any other: -v shows it, and a
redirect of 307 or 308 takes it along, to another origin too.
A backslash takes the meaning from a separator: 'a\:b:c' is the header a:b; in names of
JSON also from [ and ], and from a number: 'a[\1]'. Behind -- there are no flags: an
item may begin with a dash.
`},
	{"environment", "What the environment says", `HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY
                        the proxy, unless --proxy and --noproxy name one
SSL_CERT_FILE, SSL_CERT_DIR
                        the CAs to trust, unless --verify names them
NETRC                   the file that says who is asking (default: ~/.netrc)
GODWIT_CONFIG_DIR       the folder of sessions and settings (default: godwit in
                        XDG_CONFIG_HOME or in ~/.config, or where the system keeps
                        such things)
NO_COLOR                if it is set, nothing is coloured
HOME, TMPDIR, TERM      as everywhere
`},
	{"download", "", `The file's name is what the answer says, or the URL, made harmless; one that is there is
not overwritten. What comes is in a file .part of that name until it is whole, so that a
run that was broken off can go on.
`},
	{"auth", "", `Who is asking is said by, in this order, an Authorization item, --auth, the URL
(https://user:password@host), the session, ~/.netrc. It is told to the URL's origin
alone, whatever redirects say. @env:NAME, @file:PATH, @cmd:COMMAND and @prompt: keep it
out of the command line.
`},
	{"session", "", `A session keeps cookies, header items and --auth from one run to the next: each with the
host or origin that it is for, in a file that only its owner can read.

The file of settings, config.toml in the folder of settings (~/.config/godwit on Linux),
has flags by their long names, for all hosts and for some. It is TOML:
    timeout = 20
    [headers]
    Accept-Language = "de"
    [host."api.example.com"]
    auth = "mona:@env:TOKEN"
The command line has precedence, and --no-config does without the file.
`},
	{"exchange", "", `Redirects are followed with --follow alone. Times are in seconds, with or without a
fraction; godwit names the limit that has passed, and the flag that sets it.
`},
	{"limits", "", `Trying again is for what fails in passing: no connection, one that is lost before the
answer, 429, 502, 503 and 504. What is not idempotent is sent once. Numbers of bytes may
have a unit, k, M, G or T, of powers of 1024.
`},
	{"proxies", "", `Without a flag it is the environment's proxy, and none for this machine's own addresses.
`},
	{"body", "", `The standard input, if it is a pipe or a file and not empty, is the body, and a request
without a METHOD is a POST then. It is not looked at if METHOD is GET or HEAD, nor with
--ignore-stdin (-I), which belongs into loops and scripts: in "while read x; do godwit
URL; done" the first request would be a POST of all lines that are left.
`},
	{"output", "", `On a terminal the answer is indented and coloured, and what a terminal would obey is
shown as an escape. Into a pipe or a file the bytes of the body go as they are.
NO_COLOR=1 turns the colours off.
`},
	{"tls", "", `Certificates and names are verified unless --verify=no says otherwise; godwit doctor
URL says what is wrong with one, and what to do.
`},
}
