package curl

// What the flags say: for the run as a whole, and for the URLs up to --next.

import (
	"time"

	"example.com/godwit"
	"example.com/godwit/transport"
)

// A global is what holds for the whole run.
type global struct {
	silent, showError bool
	noMeter, bar      bool
	stderr            string // "": it stays where it is
	verbose           bool
	trace             string // path; "": none, "-": the standard output, "%": where errors go
	traceASCII        bool
	traceTime         bool
	parallel          bool
	parallelMax       int
	failEarly         bool
	styled            bool
	rate              time.Duration // between the beginnings of transfers; 0: none
	help, version     bool
}

const defaultParallel = 50

func newGlobal() *global { return &global{parallelMax: defaultParallel, styled: true} }

// A target is a URL and what -o, -O and -T say of it.
type target struct {
	url        string
	output     string // "": the standard output
	remoteName bool   // -O
	upload     string // -T; "": none
	hasOutput  bool
	hasUpload  bool
}

// A config is what the flags say of the URLs up to --next.
type config struct {
	targets []target
	globOff bool

	request      string // -X; "": by the rest
	requestPath  string // --request-target
	pathAsIs     bool
	queries      []string // --url-query, encoded
	defaultProto string
	protocols    string // --proto
	redirProtos  string

	data          []byte // -d and its kin, joined
	hasData       bool
	dataInURL     bool // -G
	json          bool
	form          []formPart
	formEscape    bool
	head          bool // -I
	headers       []string
	proxyHeaders  []string
	userAgent     *string // nil: ours
	referer       string
	refererAuto   bool
	rangeOf       string
	timeCond      string
	compressed    bool
	raw           bool
	expectTimeout time.Duration
	crlf          bool

	cookies     []string // -b: literal ones
	cookieFiles []string
	cookieJar   string
	junkSession bool
	user        *string
	authScheme  authScheme
	bearer      string
	netrc       bool
	netrcFile   string
	noUserInURL bool

	follow    bool
	trusted   bool
	maxRedirs int     // < 0: any number
	keepPost  [3]bool // after 301, 302, 303

	insecure    bool
	cacert      []string
	cert        string
	certPass    string
	key         string
	pass        string
	pins        []string
	tls         transport.TLSSettings
	proxyTLS    proxyTLS
	dohInsecure bool

	proxy       *string // nil: the environment's
	proxyUser   string
	proxyDigest bool
	noProxy     *string
	tunnel      bool
	http        transport.Protocols
	ipv4, ipv6  bool
	iface       string
	resolve     godwit.Resolve
	connectTo   godwit.Resolve
	unix        string
	doh         string

	maxTime        time.Duration
	connectTimeout time.Duration
	maxFileSize    int64
	limitRate      int64 // bytes a second; 0: none
	speedLimit     int64
	speedTime      int // seconds

	retry        int
	retryDelay   time.Duration
	retryMaxTime time.Duration
	retryRefused bool
	retryAll     bool

	include       bool
	dumpHeader    string
	fail          failMode
	remoteNames   bool // --remote-name-all
	disposition   bool // -J
	outputDir     string
	createDirs    bool
	createMode    int
	noClobber     bool
	removeOnError bool
	remoteTime    bool
	continueAt    *int64 // nil: from the beginning; < 0: from the size of the file
	writeOut      string
	noConnectHead bool
	etagSave      string
	etagCompare   string
}

type authScheme int

const (
	authBasic authScheme = iota
	authDigest
	authAny
)

type failMode int

const (
	failNever failMode = iota
	failFast           // no body
	failWithBody
)

// A proxyTLS is how TLS is spoken with https proxies.
type proxyTLS struct {
	insecure       bool
	ca             []string
	cert, key, pin string
	pass           string
}

// defaultMaxRedirs is curl's.
const defaultMaxRedirs = 50

func newConfig() *config { return &config{maxRedirs: defaultMaxRedirs, createMode: 0o644} }

// addURL adds a URL, which takes the first -o, -O or -T that has none.
func (c *config) addURL(url string) {
	for i := range c.targets {
		if c.targets[i].url == "" {
			c.targets[i].url = url
			return
		}
	}
	c.targets = append(c.targets, target{url: url})
}

// addOutput adds an -o or -O, which belongs to the first URL that has none.
func (c *config) addOutput(path string, remoteName bool) {
	t := c.slot(func(t *target) bool { return !t.hasOutput })
	t.output, t.remoteName, t.hasOutput = path, remoteName, true
}

// addUpload adds a -T likewise.
func (c *config) addUpload(path string) {
	t := c.slot(func(t *target) bool { return !t.hasUpload })
	t.upload, t.hasUpload = path, true
}

// slot returns the first target that is free, a new one if none is.
func (c *config) slot(free func(*target) bool) *target {
	for i := range c.targets {
		if free(&c.targets[i]) {
			return &c.targets[i]
		}
	}
	c.targets = append(c.targets, target{})
	return &c.targets[len(c.targets)-1]
}
