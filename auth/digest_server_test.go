package auth

// A server for Digest that believes nothing. It shares no code with what it tests.

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

type digestServer struct {
	realm, user, password string
	algorithm             string // "": none is named
	qop                   string // "": none is named
	charset, userhash     bool
	opaque                string
	extra                 string // more parameters
	lifetime              int    // how often a nonce is taken before it is stale; 0: for ever
	mute                  bool   // never says stale
	nextnonce             bool   // each response brings a new nonce
	prove                 string // "right", "wrong" or "": whether rspauth is sent
	proxy                 bool
	gaps                  bool // some uses of a nonce are not seen here

	mu      sync.Mutex
	issued  int
	counts  map[string]int // by nonce
	cnonces map[string]bool
	faults  []string // what no client may do
}

func hashOf(algorithm, text string) string {
	switch strings.TrimSuffix(strings.ToUpper(algorithm), "-SESS") {
	case "SHA-256":
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	case "SHA":
		sum := sha1.Sum([]byte(text))
		return hex.EncodeToString(sum[:])
	case "SHA-512":
		sum := sha512.Sum512([]byte(text))
		return hex.EncodeToString(sum[:])
	case "SHA-512-256":
		sum := sha512.Sum512_256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

var paramPattern = regexp.MustCompile(`^([a-z*]+)=(?:"((?:[^"\\]|\\.)*)"|([^",\s]+))(?:, |$)`)

var escapePattern = regexp.MustCompile(`\\(.)`)

// digestParams reads an Authorization field, nil if it is anything but well-formed.
func digestParams(field string) map[string]string {
	rest, ok := strings.CutPrefix(field, "Digest ")
	params := map[string]string{}
	for ok && rest != "" {
		m := paramPattern.FindStringSubmatch(rest)
		if m == nil || params[m[1]] != "" {
			return nil
		}
		params[m[1]] = escapePattern.ReplaceAllString(m[2], "$1") + m[3]
		rest = rest[len(m[0]):]
	}
	return params
}

func (s *digestServer) fault(format string, args ...any) {
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

func (s *digestServer) nonce() string {
	s.issued++
	nonce := fmt.Sprintf("n%d/+=\"\\", s.issued)
	if s.counts == nil {
		s.counts, s.cnonces = map[string]int{}, map[string]bool{}
	}
	s.counts[nonce] = 0
	return nonce
}

func (s *digestServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	field, info := r.Header.Get("Authorization"), "Authentication-Info"
	if s.proxy {
		field, info = r.Header.Get("Proxy-Authorization"), "Proxy-Authentication-Info"
	}
	if field == "" {
		s.challenge(w, false)
		return
	}
	p := digestParams(field)
	if p == nil {
		s.fault("malformed: %q", field)
	}
	ok, stale := s.check(r, p, string(body))
	if !ok {
		s.challenge(w, stale)
		return
	}
	const text = "hello"
	var parts []string
	if s.nextnonce {
		parts = append(parts, "nextnonce="+quoteForTest(s.nonce()))
	}
	if s.prove != "" {
		proof := s.response(p, "", text)
		if s.prove == "wrong" {
			proof = strings.Map(func(c rune) rune { return c ^ 1 }, proof)
		}
		parts = append(parts, fmt.Sprintf(`rspauth="%s"`, proof))
		if p["qop"] != "" {
			parts = append(parts, fmt.Sprintf(`qop=%s, cnonce="%s", nc=%s`, p["qop"], p["cnonce"], p["nc"]))
		}
	}
	if parts != nil {
		w.Header().Set(info, strings.Join(parts, ", "))
	}
	_, _ = io.WriteString(w, text)
}

func quoteForTest(text string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), `"`, `\"`) + `"`
}

func (s *digestServer) challenge(w http.ResponseWriter, stale bool) {
	value := "Digest realm=" + quoteForTest(s.realm) + ", nonce=" + quoteForTest(s.nonce())
	if s.algorithm != "" {
		value += ", algorithm=" + s.algorithm
	}
	if s.qop != "" {
		value += `, qop="` + s.qop + `"`
	}
	if s.opaque != "" {
		value += ", opaque=" + quoteForTest(s.opaque)
	}
	if s.charset {
		value += ", charset=UTF-8"
	}
	if s.userhash {
		value += ", userhash=true"
	}
	if stale && !s.mute {
		value += ", stale=TRUE"
	}
	if s.proxy {
		w.Header().Set("Proxy-Authenticate", value+s.extra)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	w.Header().Set("WWW-Authenticate", value+s.extra)
	w.WriteHeader(http.StatusUnauthorized)
}

// check looks at each parameter. What is wrong in a way that no password explains is a fault.
func (s *digestServer) check(r *http.Request, p map[string]string, body string) (ok, stale bool) {
	user := p["username"]
	if ext, has := strings.CutPrefix(p["username*"], "UTF-8''"); has {
		if _, both := p["username"]; both || !s.charset || s.userhash {
			s.fault("username* out of place: %v", p)
		}
		user, _ = url.PathUnescape(ext)
	}
	want := s.user
	if s.userhash {
		want = hashOf(s.algorithm, s.user+":"+s.realm)
		if p["userhash"] != "true" {
			s.fault("no userhash: %v", p)
		}
	}
	if user != want || p["realm"] != s.realm {
		return false, false
	}
	if p["uri"] != r.RequestURI || p["opaque"] != s.opaque || p["algorithm"] != s.algorithm {
		s.fault("%s %s: not what was asked: %v", r.Method, r.RequestURI, p)
	}
	count, known := s.counts[p["nonce"]]
	if !known {
		s.fault("unknown nonce: %v", p)
	}
	switch {
	case s.qop == "" && (p["qop"] != "" || p["cnonce"] != "" || p["nc"] != ""):
		s.fault("qop, cnonce and nc without qop: %v", p)
	case s.qop != "" && !strings.Contains(","+strings.ReplaceAll(s.qop, " ", "")+",", ","+p["qop"]+","):
		s.fault("qop not offered: %v", p)
	case s.qop != "":
		n, err := strconv.ParseUint(p["nc"], 16, 32)
		if err != nil || len(p["nc"]) != 8 || int(n) <= count || int(n) > count+1 && !s.gaps {
			s.fault("nc=%s after %d", p["nc"], count)
		}
		s.counts[p["nonce"]] = int(n) - 1
		if len(p["cnonce"]) < 22 || s.cnonces[p["cnonce"]] {
			s.fault("cnonce short or used before: %q", p["cnonce"])
		}
		s.cnonces[p["cnonce"]] = true
	}
	if p["response"] != s.response(p, r.Method, body) {
		return false, false
	}
	s.counts[p["nonce"]]++
	return s.lifetime == 0 || count < s.lifetime, true
}

// response is request-digest, written down once more.
func (s *digestServer) response(p map[string]string, method, body string) string {
	h := func(parts ...string) string { return hashOf(s.algorithm, strings.Join(parts, ":")) }
	a1 := h(s.user, s.realm, s.password)
	if strings.HasSuffix(strings.ToLower(s.algorithm), "-sess") {
		a1 = h(a1, p["nonce"], p["cnonce"])
	}
	a2 := h(method, p["uri"])
	if p["qop"] == "auth-int" {
		a2 = h(method, p["uri"], h(body))
	}
	if p["qop"] == "" {
		return h(a1, p["nonce"], a2)
	}
	return h(a1, p["nonce"], p["nc"], p["cnonce"], p["qop"], a2)
}
