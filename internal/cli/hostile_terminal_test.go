package cli

// Everything that a server has a say in, on a terminal: answers, certificates, what is made
// of them in errors and reports.

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"example.com/godwit/internal/cli/term"
	"example.com/godwit/internal/tlstest"
)

// evil has a part of each kind that a terminal must not be given.
const evil = "e\x1b[2J\x1b]0;owned\a\u009b2J\x9b\u202e\u2066\u200b\ufeff\r\x7f\bl"

// checkHarmless fails the test if a terminal would obey what it was shown.
func checkHarmless(t *testing.T, what string, got result) {
	t.Helper()
	for _, text := range []string{got.out, got.err} {
		if bad := obeyed(text, &term.Colors); bad != "" {
			t.Errorf("%s: %s, in %q", what, bad, text)
		}
	}
}

// onColorTerminal runs the command on a terminal with colours.
func onColorTerminal(t *testing.T, args ...string) result {
	t.Helper()
	return runEnv(t, Env{StdinTTY: true, StdoutTTY: true}, args...)
}

// A name in a certificate may be anything, and stands in errors, in the doctor's report and in
// the file that it writes.
func TestHostileCertificate(t *testing.T) {
	root := tlstest.NewRoot(t, "CA "+strings.ToValidUTF8(evil, ""))
	f := &tlstest.Fixture{
		Name: "hostile", Host: "hostile.example", CA: tlstest.NewRoot(t, "another").PEM(),
		Config: &tls.Config{Certificates: []tls.Certificate{root.Leaf(t, "hostile.example").Chain(root)}},
	}
	s := tlstest.Start(t, f)
	args := append(resolved(t, s), "--verify="+inFile(t, t.TempDir(), "ca.pem", f.CA), s.URL())
	got := onColorTerminal(t, args...)
	if got.code != ExitTLS || !strings.Contains(got.err, `CA e\x1b[2J`) {
		t.Errorf("%+v", got)
	}
	checkHarmless(t, "the error", got)

	got = onColorTerminal(t, append([]string{"doctor", "--save-chain=" + filepath.Join(t.TempDir(), "chain.pem")}, args...)...)
	if got.code != ExitTLS || !strings.Contains(got.out, `CA e\x1b[2J`) {
		t.Errorf("%+v", got)
	}
	checkHarmless(t, "the doctor", got)
	checkHarmless(t, "the doctor's JSON", onColorTerminal(t, append([]string{"doctor", "--json"}, args...)...))
}

func TestHostileAnswers(t *testing.T) {
	inField := strings.NewReplacer("\x1b", "", "\a", "", "\r", "", "\x7f", "", "\b", "").Replace(evil) // which are refused there
	for name, response := range map[string]string{
		"JSON":              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"" + evil + "\": [\"" + evil + "\", " + evil + "]}",
		"JSON Lines":        "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n" + evil + "\n{\"a\":\"" + evil + "\"}\n\x1e[1]\n",
		"event stream":      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nevent: " + evil + "\ndata: {\"a\":\"" + evil + "\"}\n\n: " + evil + "\n" + evil + ": x\n",
		"XML":               "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n<?xml " + evil + "?><a " + evil + "=\"" + evil + "\"><!--" + evil + "-->" + evil + "<" + evil + "/></a>",
		"HTML":              "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<!doctype " + evil + "><p>" + evil + "<script>" + evil + "</script><title>" + evil,
		"YAML":              "HTTP/1.1 200 OK\r\nContent-Type: application/yaml\r\nConnection: close\r\n\r\n" + evil + ": " + evil + " # " + evil + "\n",
		"diff":              "HTTP/1.1 200 OK\r\nContent-Type: text/x-diff\r\nConnection: close\r\n\r\n+" + evil + "\n-" + evil + "\n",
		"another charset":   "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=iso-8859-1\r\nConnection: close\r\n\r\n\x9b2J\x85\xad" + evil,
		"a charset of 1988": "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=iso-2022-jp\r\nConnection: close\r\n\r\n\x1b$B!!\x1b(B\x0e\x0f" + evil,
		"a field":           "HTTP/1.1 200 " + inField + "\r\nX-" + "A: " + inField + "\r\nContent-Length: 0\r\n\r\n",
		"an interim field":  "HTTP/1.1 103 " + inField + "\r\nLink: " + inField + "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"a trailer":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: " + inField + "\r\n\r\n",
		"a location":        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/" + inField + "\r\nContent-Length: 0\r\n\r\n",
		"no location":       "HTTP/1.1 302 Found\r\nLocation: " + inField + "://" + inField + "\r\nContent-Length: 0\r\n\r\n",
		"a cookie":          "HTTP/1.1 200 OK\r\nSet-Cookie: " + inField + "=" + inField + "; domain=" + inField + "\r\nContent-Length: 0\r\n\r\n",
		"a challenge":       "HTTP/1.1 401 No\r\nWWW-Authenticate: " + inField + " realm=\"" + inField + "\"\r\nContent-Length: 0\r\n\r\n",
		"a coding":          "HTTP/1.1 200 OK\r\nContent-Encoding: " + inField + "\r\nContent-Length: 1\r\n\r\nx",
		"a chunk":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + evil + "\r\n",
		"a status line":     evil + "\r\n\r\n",
		"a version":         "HTTP/" + evil + " 200 OK\r\n\r\n",
		"a name":            "HTTP/1.1 200 OK\r\n" + evil + ": x\r\n\r\n",
		"a media type":      "HTTP/1.1 200 OK\r\nContent-Type: " + inField + "; charset=" + inField + "\r\nContent-Length: 1\r\n\r\nx",
	} {
		url := answering(t, response)
		for _, flags := range []string{"", "-vv --follow", "-v --check-status --sorted", "--pretty=colors -v"} {
			checkHarmless(t, name+" "+flags, onColorTerminal(t, append(strings.Fields(flags), url)...))
			checkHarmless(t, name+" without colours "+flags, onTerminal(t, append(strings.Fields(flags), url)...))
		}
		checkHarmless(t, name+" to a pager", run(t, "--pretty=all", "-b", url))
	}
}

// The heads of HTTP/2 have no second number, no reason, and say the host as all others do.
func TestHeadsOfHTTP2(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("Link", "</a>")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `[1]`)
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	defer s.Close()
	got := onTerminal(t, "--http2-prior-knowledge", "-v", s.URL+"/x", "X-Mine:1")
	host := strings.TrimPrefix(s.URL, "http://")
	if !strings.HasPrefix(got.out, "GET /x HTTP/2\nhost: "+host+"\n") || !strings.Contains(got.out, "\nx-mine: 1\n") ||
		!strings.Contains(got.out, "\n\nHTTP/2 103\nlink: </a>\n\nHTTP/2 200\n") || !strings.HasSuffix(got.out, "\n\n[\n    1\n]\n") {
		t.Errorf("%+v", got)
	}
}
