package ledger

// The same request as a command line of curl.

import (
	"net/url"
	"strings"

	"example.com/godwit/trace"
)

// A CurlLine is a command line that sends what was sent.
type CurlLine struct {
	Text   string
	Hidden bool  // there is trace.Hidden in it, in the place of a secret
	Body   int64 // the body has so many bytes, and must be put on its standard input; 0: it need not
}

// Curl returns the last request as a command line. u is where it went to, and route are the
// arguments that have to do with the way there. Of the body there must be as much as MaxBody allows.
func (l *Ledger) Curl(u *url.URL, route []string, showSecrets bool) *CurlLine {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &curlLine{shower: shower{l, showSecrets}}
	for _, x := range l.exchanges {
		if x.request != nil {
			c.x = x
		}
	}
	if c.x == nil {
		return nil
	}
	c.add("curl")
	c.method()
	c.add(route...)
	c.target(u)
	c.fields(u)
	c.body()
	c.add(c.url)
	text := c.before + strings.Join(c.words, " ")
	return &CurlLine{Text: text, Hidden: strings.Contains(text, trace.Hidden), Body: c.missing}
}

// A curlLine is one that is put together.
type curlLine struct {
	shower
	x       *exchange
	before  string // the pipe that it reads its body from
	words   []string
	url     string
	missing int64
}

func (c *curlLine) add(words ...string) {
	for _, word := range words {
		c.words = append(c.words, Quote(word))
	}
}

func (c *curlLine) field(name string) string { return c.x.request.Fields.Get(name) }

// hasData reports whether curl is told of a body, be it empty: it is then that it says how long it is.
func (c *curlLine) hasData() bool {
	return c.x.sent.size > 0 || c.x.request.Fields.Has("Content-Length") || c.x.request.Fields.Has("Transfer-Encoding")
}

// method says which one it is, where curl would use another.
func (c *curlLine) method() {
	usual := "GET"
	if c.hasData() {
		usual = "POST"
	}
	switch m := c.x.request.Method; m {
	case usual:
	case "HEAD":
		c.add("--head")
	default:
		c.add("-X", m)
	}
}

// target sets the URL, and says what curl would make something else of.
func (c *curlLine) target(u *url.URL) {
	target := c.shower.url(c.x.request.Target)
	scheme, host := u.Scheme, u.Host
	if plain, ok := strings.CutSuffix(scheme, "+unix"); ok {
		scheme, host = plain, "localhost"
	}
	c.url = scheme + "://" + host
	if !strings.HasPrefix(target, "/") {
		c.add("--request-target", target)
		c.url += "/"
		return
	}
	c.url += target
	path, _, _ := strings.Cut(target, "?")
	if strings.Contains(path+"/", "/./") || strings.Contains(path+"/", "/../") {
		c.add("--path-as-is")
	}
	if strings.ContainsAny(target, "[]{}") { // which would be several URLs
		c.add("--globoff")
	}
}

// fields adds the header, and takes away what curl would add.
func (c *curlLine) fields(u *url.URL) {
	shown := c.x.request.Fields
	if !c.secrets {
		shown = trace.Redact(shown)
	}
	for _, f := range shown {
		switch strings.ToLower(f.Name) {
		case "content-length":
			continue // curl counts for itself
		case "host":
			if f.Value == usualHost(u) {
				continue
			}
		case "accept-encoding":
			if f.Value != "identity" {
				c.add("--compressed")
			}
		}
		line := f.Name + ": " + f.Value
		if f.Value == "" {
			line = f.Name + ";"
		}
		c.add("-H", line)
	}
	for _, name := range []string{"User-Agent", "Accept"} {
		if !shown.Has(name) {
			c.add("-H", name+":")
		}
	}
	if c.hasData() && !shown.Has("Content-Type") {
		c.add("-H", "Content-Type:")
	}
	if c.x.sent.size >= 1<<20 && !shown.Has("Expect") {
		c.add("-H", "Expect:")
	}
}

// usualHost returns what curl says of the host of a URL.
func usualHost(u *url.URL) string {
	if strings.HasSuffix(u.Scheme, "+unix") {
		return "localhost"
	}
	if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; port != "" {
		return strings.TrimSuffix(u.Host, port)
	}
	return u.Host
}

// body adds the body: in the line if it is legible, from a pipe if it is not, and if it is too large
// it is left to who types the line.
func (c *curlLine) body() {
	b := &c.x.sent
	text := string(b.kept)
	if c.hidesForm() {
		text = trace.RedactQuery(text)
	}
	switch {
	case !c.hasData():
	case !b.whole():
		c.missing = b.size
		c.add("--data-binary", "@-")
	case isLegible(text):
		c.add("--data-raw", text)
	default:
		c.before = "printf " + printfFormat(text) + " | "
		c.add("--data-binary", "@-")
	}
}

func (c *curlLine) hidesForm() bool { return !c.secrets && isForm(c.field("Content-Type")) }
