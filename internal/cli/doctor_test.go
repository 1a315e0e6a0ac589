package cli

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/diagnosis"
	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
)

func TestDoctorHelp(t *testing.T) {
	got := run(t, "doctor", "--help")
	if got.code != ExitOK || got.err != "" || !strings.HasPrefix(got.out, "usage: godwit doctor [flags] URL\n") {
		t.Fatalf("%+v", got)
	}
	for _, flag := range []string{"--json", "--save-chain=FILE", "--verify", "--resolve", "-4, --ipv4", "--max-time"} {
		if !strings.Contains(got.out, flag) {
			t.Errorf("nothing of %s in\n%s", flag, got.out)
		}
	}
	for _, name := range notForDoctor {
		if !slices.ContainsFunc(requestFlags, func(f flagRow[options]) bool { return f.name == name }) {
			t.Errorf("--%s is no flag of a request any more", name)
		}
	}
	seen := map[string]bool{}
	for _, f := range doctorFlags() {
		if seen[f.name] || f.short != 0 && seen[string(f.short)] {
			t.Errorf("--%s is there twice, or its letter", f.name)
		}
		seen[f.name], seen[string(f.short)] = true, f.short != 0
	}
}

func TestDoctorUsage(t *testing.T) {
	there := filepath.Join(t.TempDir(), "there.pem")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "doctor takes one URL, and not 0 arguments"},
		{[]string{"a.example", "b.example"}, "doctor takes one URL"},
		{[]string{"a.example", "X:y"}, "doctor takes one URL"},
		{[]string{"--form", "a.example"}, "unknown flag --form"},
		{[]string{"--follow", "a.example"}, "unknown flag --follow"},
		{[]string{"--save-chain=", "a.example"}, "--save-chain: it needs the name of a file"},
		{[]string{"--save-chain=" + there, "a.example"}, "is there already"},
		{[]string{"ftp://a.example"}, "ftp"},
		{[]string{"http://a.example:99999"}, ""},
		{[]string{"--verify=/does/not/exist", "https://a.example"}, "/does/not/exist"},
	} {
		got := run(t, append([]string{"doctor"}, c.args...)...)
		if got.code != ExitUsage || got.out != "" || !strings.Contains(got.err, c.want) {
			t.Errorf("%q: %+v, want %q", c.args, got, c.want)
		}
	}
	if text, err := os.ReadFile(there); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
}

// The exit code is that of the layer, and a request's.
func TestDoctorExitCodes(t *testing.T) {
	closed := "127.0.0.1:1"
	garbage := answering(t, "SSH-2.0-x\r\n")
	short := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort")
	for _, c := range []struct {
		args []string
		want ExitCode
	}{
		{[]string{bin.HTTP + "/get"}, ExitOK},
		{[]string{bin.HTTP + "/status/503"}, ExitOK},
		{[]string{"--verify=" + bin.CAFile, bin.HTTPS + "/redirect/3"}, ExitOK},
		{[]string{bin.HTTPS + "/get"}, ExitTLS},
		{[]string{strings.Replace(bin.HTTPS, "https", "http", 1)}, ExitTLS},
		{[]string{strings.Replace(bin.HTTP, "http", "https", 1)}, ExitTLS},
		{[]string{"http://" + closed}, ExitConnect},
		{[]string{"http://no-such-name.invalid"}, ExitResolve},
		{[]string{garbage}, ExitProtocol},
		{[]string{short}, ExitProtocol},
		{[]string{bin.HTTP + "/absolute-redirect/12"}, ExitRedirects},
		{[]string{"--max-time=0.05", bin.HTTP + "/delay/5"}, ExitTimeout},
		{[]string{"--timeout=0.05", bin.HTTP + "/delay/5"}, ExitTimeout},
		{[]string{"http+unix://%2Fdoes%2Fnot%2Fexist.sock/"}, ExitConnect},
	} {
		for _, asJSON := range []bool{false, true} {
			args := append([]string{"doctor"}, c.args...)
			if asJSON {
				args = append(args, "--json")
			}
			got := run(t, args...)
			if got.code != c.want || got.err != "" {
				t.Errorf("%q: %+v, want %d", args, got, c.want)
				continue
			}
			if !asJSON {
				if ok := c.want == ExitOK; strings.Contains(got.out, "\nremedy  ") == ok || !strings.Contains(got.out, "\nverdict  ") {
					t.Errorf("%q:\n%s", args, got.out)
				}
				continue
			}
			r := parseReport(t, got.out)
			if r.Verdict.OK != (c.want == ExitOK) || r.Verdict.Timeout != (c.want == ExitTimeout) || (r.Remedy == nil) != r.Verdict.OK {
				t.Errorf("%q: %+v", args, r.Verdict)
			}
		}
	}
	t.Setenv("http_proxy", "http://"+closed)
	if got := run(t, "doctor", "http://a.example"); got.code != ExitProxy || !strings.Contains(got.out, "by http_proxy") {
		t.Errorf("%+v", got)
	}
}

func parseReport(t *testing.T, text string) *diagnosis.Report {
	t.Helper()
	r := new(diagnosis.Report)
	if err := json.Unmarshal([]byte(text), r); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return r
}

// Colours stand in front of lines, on terminals only, and what comes from elsewhere makes none.
func TestDoctorColors(t *testing.T) {
	if got := onTerminal(t, "doctor", bin.HTTP+"/get"); strings.Contains(got.out, "\x1b") {
		t.Errorf("%q", got.out)
	}
	got := runEnv(t, Env{StdoutTTY: true}, "doctor", bin.HTTP+"/get")
	if !strings.Contains(got.out, "\n\x1b[32mverdict\x1b[0m   all is well\n") || !strings.Contains(got.out, "\x1b[36mproxy\x1b[0m") {
		t.Errorf("%q", got.out)
	}
	if got = runEnv(t, Env{StdoutTTY: true}, "doctor", "http://127.0.0.1:1"); !strings.Contains(got.out, "\n\x1b[31mverdict\x1b[0m") {
		t.Errorf("%q", got.out)
	}
	evil := answering(t, "HTTP/1.1 200 \u202eok\r\nServer: \u3164\u2066\r\nContent-Type: \u00ad\r\nContent-Length: 0\r\n\r\n")
	for _, env := range []Env{{}, {StdoutTTY: true}} {
		for _, args := range [][]string{{"doctor", evil}, {"doctor", "--json", evil}} {
			got := runEnv(t, env, args...)
			for _, bad := range []string{"\u202e", "\u3164", "\u2066", "\u00ad"} {
				if strings.Contains(got.out, bad) {
					t.Errorf("%q in %q", bad, got.out)
				}
			}
		}
	}
}

// fixtureFlags are the flags of a client to whom all names are the server, and who trusts the CA of
// the fixture.
func fixtureFlags(t *testing.T, f *tlstest.Fixture, addr string) []string {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "root.pem")
	if err := os.WriteFile(ca, f.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	flags := []string{"--resolve=*:" + portOf(t, addr) + ":127.0.0.1", "--verify=" + ca, "--max-time=60"}
	config := f.ClientConfig()
	if config.MaxVersion == tls.VersionTLS12 {
		flags = append(flags, "--tls-max=1.2")
	}
	if list := config.EncryptedClientHelloConfigList; list != nil {
		flags = append(flags, "--ech="+base64.StdEncoding.EncodeToString(list))
	}
	return flags
}

func portOf(t *testing.T, addr string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Every fixture: the cause, the code and the remedy, followed literally. What is the client's to do
// is done; what is the owner's is done to another server.
func TestDoctorRemedies(t *testing.T) {
	for _, f := range tlstest.Failing(t) {
		if f.Name == "large-hello" {
			continue // see TestDoctorMiddleBox: this one speaks no HTTP
		}
		if slices.Contains([]string{"client-cert-of-another-issuer", "client-cert-refused", "client-cert-expired"}, f.Name) {
			continue // clients whose certificates are in no file
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s := tlstest.Start(t, f)
			flags := fixtureFlags(t, f, s.Addr)
			got := run(t, append([]string{"doctor", "--json", s.URL()}, flags...)...)
			r := parseReport(t, got.out)
			if got.code != ExitTLS || r.Verdict.Cause != string(f.Want) || r.Remedy == nil && f.Want != tlserr.Refused {
				t.Fatalf("exit %d, %+v, %+v", got.code, r.Verdict, r.Remedy)
			}
			tried := followRemedies(t, f, s.URL(), flags, r.Remedy)
			notorious := r.Remedy != nil && strings.HasPrefix(r.Remedy.Text, "Remove ")
			if f.Remedy() && tried == 0 && f.Fix != "http://" && !notorious {
				t.Errorf("no remedy that the client can follow: %+v", r.Remedy)
			}
			if tried == 0 {
				askMended(t, f, r.Remedy)
			}
		})
	}
}

// followRemedies follows those that can be, and returns how many.
func followRemedies(t *testing.T, f *tlstest.Fixture, url string, flags []string, m *diagnosis.Remedy) (tried int) {
	t.Helper()
	for ; m != nil; m = m.Otherwise {
		own, at := slices.Clone(flags), url
		switch {
		case m.URL != "" && !strings.HasPrefix(m.URL, "http://"):
			at = m.URL
		case len(m.Flags) > 0:
			own = append(own, fillFlags(t, f, url, flags, m)...)
		default:
			continue
		}
		if f.Serve != nil && !f.Remedy() {
			continue // a server by hand, which cannot do what it would have to then
		}
		if f.Trust == nil && slices.ContainsFunc(m.Flags, func(s string) bool { return strings.HasPrefix(s, "--verify=") }) {
			continue // there is nobody who could be trusted: nobody confirms such a certificate
		}
		tried++
		if got := run(t, append([]string{"doctor", at}, own...)...); got.code != ExitOK {
			t.Errorf("doctor %q: exit %d\n%s%s", own, got.code, got.out, got.err)
		}
		got := run(t, append(slices.DeleteFunc(slices.Clone(own), func(s string) bool { return strings.HasPrefix(s, "--save-chain") }), at)...)
		if got.code != ExitOK || got.out != tlstest.Body {
			t.Errorf("%q: %+v", own, got)
		}
	}
	return tried
}

// fillFlags returns the flags of a remedy with files for the names in them: what the server shows
// is saved as the remedy says; the rest is from the server's owner.
func fillFlags(t *testing.T, f *tlstest.Fixture, url string, flags []string, m *diagnosis.Remedy) (filled []string) {
	t.Helper()
	for _, flag := range m.Flags {
		name, file, hasFile := strings.Cut(flag, "=")
		if hasFile {
			path := filepath.Join(t.TempDir(), file)
			switch {
			case m.SaveChain:
				got := run(t, append([]string{"doctor", "--save-chain=" + path, url}, flags...)...)
				if got.code != ExitTLS || !strings.Contains(got.err, "compare the sha256") {
					t.Errorf("%+v", got)
				}
				if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
					t.Errorf("%v, %v", info, err)
				}
			case name == "--verify":
				writeFile(t, path, f.Trust)
			case name == "--cert":
				writeFile(t, path, f.ClientCert)
			case name == "--cert-key":
				writeFile(t, path, f.ClientKey)
			}
			if _, err := os.Stat(path); err == nil {
				flag = name + "=" + path
			}
		}
		filled = append(filled, flag)
	}
	return filled
}

func writeFile(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// askMended asks a server whose owner has done what can be done: a certificate for the name, by an
// issuer who is trusted, the chain complete, what is usual spoken.
func askMended(t *testing.T, f *tlstest.Fixture, m *diagnosis.Remedy) {
	t.Helper()
	byOwner := false
	for m := m; m != nil; m = m.Otherwise {
		byOwner = byOwner || m.Owner || len(m.Flags) == 0
	}
	if m != nil && !byOwner {
		t.Errorf("the owner is not told of: %+v", m)
	}
	root := tlstest.NewRoot(t, "Godwit test root")
	between := root.Intermediate(t, "Intermediate")
	mended := *f
	mended.CA, mended.Client, mended.Serve = root.PEM(), nil, nil
	mended.Config = serverConfig(between.Leaf(t, f.Host).Chain(between))
	s := tlstest.Start(t, &mended)
	if got := run(t, append([]string{"doctor", s.URL()}, fixtureFlags(t, &mended, s.Addr)...)...); got.code != ExitOK {
		t.Errorf("mended: exit %d\n%s%s", got.code, got.out, got.err)
	}
}

// Plain HTTP where TLS was expected, and the reverse: the other URL is the remedy.
func TestDoctorOtherScheme(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for _, url := range []string{strings.Replace(plain.URL, "http", "https", 1) + "/", strings.Replace(bin.HTTPS, "https", "http", 1) + "/"} {
		got := run(t, "doctor", "--json", "--verify="+bin.CAFile, url)
		r := parseReport(t, got.out)
		if got.code != ExitTLS || r.Remedy == nil || r.Remedy.URL == "" {
			t.Fatalf("%+v, %+v", got, r.Remedy)
		}
		if got := run(t, "doctor", "--verify="+bin.CAFile, r.Remedy.URL); got.code != ExitOK {
			t.Errorf("%s: %+v", r.Remedy.URL, got)
		}
	}
}

// Something on the way that cannot take a first message of more than one packet.
func TestDoctorMiddleBox(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	f := &tlstest.Fixture{Host: "a.example", CA: root.PEM(), Config: serverConfig(root.Leaf(t, "a.example").Chain())}
	behind := tlstest.Start(t, f).Addr
	box := &tlstest.Fixture{Host: "a.example", CA: root.PEM(), Serve: func(nc net.Conn) {
		first := make([]byte, 16<<10)
		n, err := nc.Read(first)
		if err != nil || n > 1300 {
			return
		}
		to, err := net.Dial("tcp", behind)
		if err != nil {
			return
		}
		defer to.Close()
		if _, err := to.Write(first[:n]); err != nil {
			return
		}
		go func() { // ends with either connection
			_, _ = io.Copy(nc, to)
			nc.Close()
		}()
		_, _ = io.Copy(to, nc)
	}}
	s := tlstest.Start(t, box)
	flags := fixtureFlags(t, box, s.Addr)
	got := run(t, append([]string{"doctor", "--json", s.URL()}, flags...)...)
	r := parseReport(t, got.out)
	if got.code != ExitTLS || r.Verdict.Cause != string(tlserr.Closed) || r.Remedy == nil || !slices.Equal(r.Remedy.Flags, []string{"--no-post-quantum"}) {
		t.Fatalf("%+v, %+v", got, r.Remedy)
	}
	for _, args := range [][]string{{"doctor", s.URL()}, {s.URL()}} {
		if got := run(t, append(args, append(flags, r.Remedy.Flags...)...)...); got.code != ExitOK {
			t.Errorf("%q: %+v", args, got)
		}
	}
}

// What is saved is what is shown, verified or not, and never over another file.
func TestDoctorSaveChain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chain.pem")
	got := run(t, "doctor", "--verify="+bin.CAFile, "--save-chain="+path, bin.HTTPS+"/get")
	if got.code != ExitOK || !strings.Contains(got.err, "1 certificate, as shown, is in "+path) {
		t.Errorf("%+v", got)
	}
	if got = run(t, "--verify="+path, bin.HTTPS+"/get"); got.code != ExitOK {
		t.Errorf("%+v", got)
	}
	none := filepath.Join(t.TempDir(), "none.pem")
	got = run(t, "doctor", "--save-chain="+none, bin.HTTP+"/get")
	if got.code != ExitOK || !strings.Contains(got.err, "no certificate was shown") {
		t.Errorf("%+v", got)
	}
	if _, err := os.Lstat(none); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if got = run(t, "doctor", "--save-chain="+filepath.Join(t.TempDir(), "no", "folder.pem"), "--verify="+bin.CAFile, bin.HTTPS+"/get"); got.code != ExitOutput {
		t.Errorf("%+v", got)
	}
}

// varying is what differs from one run to the next.
var varying = []struct{ re, as string }{
	{`127\.0\.0\.1:\d+`, "127.0.0.1:8443"},
	{`a\.example:\d+`, "a.example:8443"},
	{`\d+(\.\d)? (ms|s)\b`, "1 ms"},
	{`< 1 ms`, "1 ms"},
	{`\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d`, "2026-10-21 to 2027-01-19"},
	{`from \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d`, "from 2026-10-21 to 2027-01-19"},
	{`\d+ days left`, "59 days left"},
	{`sha256 [0-9a-f]{64}`, "sha256 " + strings.Repeat("0f", 32)},
	{`sha256//[A-Za-z0-9+/=]{44}`, "sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE="},
}

// The page about it has what is printed: of a server that is well, and of one that is not.
func TestDoctorGolden(t *testing.T) {
	root, other := tlstest.NewRoot(t, "Godwit test root"), tlstest.NewRoot(t, "Corp Root")
	between := root.Intermediate(t, "Intermediate")
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "doctor.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, chain := range map[string]*tlstest.Fixture{
		"healthy": {Host: "a.example", CA: root.PEM(), Config: serverConfig(between.Leaf(t, "a.example").Chain(between))},
		"failing": {Host: "a.example", CA: root.PEM(), Config: serverConfig(other.Leaf(t, "a.example").Chain(other))},
	} {
		s := tlstest.Start(t, chain, "h2", "http/1.1")
		got := run(t, append([]string{"doctor", s.URL()}, fixtureFlags(t, chain, s.Addr)...)...).out
		for _, v := range varying {
			got = regexp.MustCompile(v.re).ReplaceAllString(got, v.as)
		}
		path := filepath.Join("testdata", "doctor-"+name+".txt")
		if *update {
			writeFile(t, path, []byte(got))
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.ReplaceAll(string(want), "\r\n", "\n"); got != text {
			t.Errorf("another text than in %s; -update writes it anew:\n%s", path, got)
		} else if !strings.Contains(string(page), text) {
			t.Errorf("docs/doctor.md has not what is in %s", path)
		}
	}
}

func serverConfig(cert tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}
