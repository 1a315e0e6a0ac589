package cli

// Side by side with the real HTTPie: the same arguments, and what reached the server and the exit
// code are compared. What differs is listed, with a row in docs/httpie.md.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/internal/cli/wiretest"
	"example.com/godwit/internal/realserver"
)

// A pieCase is a command line. {U} in it is the server's URL, {P} its port.
type pieCase struct {
	args  string
	stdin string
	// differs names the row of docs/httpie.md that says why it is otherwise; "": it is not.
	differs string
}

// pieFiles are in the folder of a run.
var pieFiles = map[string]string{
	"text.txt":  "a text\n",
	"data.json": "{\"x\": [1, 2]}\n",
	"page.html": "<p>\n",
	"no-type":   "bytes",
}

var pieCases = []pieCase{
	// Methods and URLs.
	{args: "{U}/get"},
	{args: "GET {U}/get"},
	{args: "get {U}/get"},
	{args: "DELETE {U}/get", differs: "No body"},
	{args: "OPTIONS {U}/get"},
	{args: "HEAD {U}/get"},
	{args: "PURGE {U}/get", differs: "No body"},
	{args: ":{P}/get"},
	{args: "localhost:{P}/get"},
	{args: "127.0.0.1:{P}"},
	{args: "'{U}/get?a=1&b=2'"},
	{args: "{U}/a/../b"},
	{args: "--path-as-is {U}/a/../b"},
	{args: "{U}/get#fragment"},
	{args: "POST {U}/post"},
	// Parameters.
	{args: "{U}/get a==1 b==2"},
	{args: "'{U}/get?z=0' a==1"},
	{args: "{U}/get 'q==go http' 'e==ä&='"},
	{args: "{U}/get a==@text.txt"},
	{args: "{U}/get a==1 a==2"},
	// JSON.
	{args: "{U}/post name=mona"},
	{args: "{U}/post name=mona age:=7 admin:=true none:=null"},
	{args: "{U}/post 'list:=[1,2,\"a\"]' 'o:={\"b\":1,\"a\":2}'", differs: "JSON as it is written"},
	{args: "{U}/post n:=1.50 big:=12345678901234567890123", differs: "JSON as it is written"},
	{args: "{U}/post 'city=Zürich'", differs: "Letters"},
	{args: "{U}/post 'a=quote \" and \\\\'"},
	{args: "{U}/post a=1 b=2 a=3"},
	{args: "PUT {U}/put name=mona"},
	{args: "{U}/post about=@text.txt"},
	{args: "{U}/post data:=@data.json"},
	{args: "--json {U}/get"},
	{args: "--json GET {U}/get"},
	{args: "-j {U}/post a=1"},
	{args: "{U}/post a="},
	{args: "{U}/post '=x'"},
	// Nested JSON.
	{args: "{U}/post user[name]=mona user[tags][]=a user[tags][]=b"},
	{args: "{U}/post user[address][zip]:=12345"},
	{args: "{U}/post 'a[0]=x' 'a[2]=z'"},
	{args: "{U}/post '[]=1' '[]=2'"},
	{args: "{U}/post '[0][a]=1' '[1][b]=2'"},
	{args: "{U}/post 'a\\[b\\]=1'"},
	{args: "{U}/post 'y[\\2012]=x'"},
	{args: "{U}/post 'a[b]=1' 'a[c][d]:=2' e=3"},
	{args: "{U}/post 'a[b=1'", differs: "Exit codes"},
	{args: "{U}/post a=1 'a[b]=2'", differs: "Exit codes"},
	// Forms.
	{args: "-f {U}/post a=1 b=2"},
	{args: "--form {U}/post 'a=1 2' 'b=ä&='"},
	{args: "--form {U}/post a=1 a=2"},
	{args: "--form {U}/post 'a:=1' 'b:=true'", differs: "True and false in forms"},
	{args: "--form {U}/post f@text.txt"},
	{args: "--form {U}/post a=1 f@page.html g@no-type", differs: "Parts without a type"},
	{args: "--form {U}/post 'f@text.txt;type=text/x-mine'"},
	{args: "--multipart {U}/post a=1 b=2"},
	{args: "--multipart --boundary=xxx {U}/post a=1"},
	// Bodies.
	{args: "--raw 'a text' {U}/post"},
	{args: "--raw '' {U}/post", differs: "An empty body"},
	{args: "{U}/post @text.txt"},
	{args: "{U}/post @data.json"},
	{args: "PUT {U}/put @no-type", differs: "A file of no known type"},
	{args: "{U}/post", stdin: "from stdin"},
	{args: "POST {U}/post X-A:1", stdin: "{\"a\": 1}"},
	{args: "--form {U}/post", stdin: "a=1"},
	{args: "--chunked {U}/post a=1"},
	{args: "--chunked {U}/post @text.txt"},
	{args: "{U}/post a=1", stdin: "too much", differs: "Exit codes"},
	// Header fields.
	{args: "{U}/get X-One:1 x-two:2"},
	{args: "{U}/get X-One:a X-One:b"},
	{args: "{U}/get 'X-None;'"},
	{args: "{U}/get Accept:"},
	{args: "{U}/get User-Agent:", differs: "A field that is taken away"},
	{args: "{U}/get User-Agent:me"},
	{args: "{U}/get Host:other.example"},
	{args: "{U}/get Accept-Encoding:identity"},
	{args: "{U}/post Content-Type:text/x a=1"},
	{args: "{U}/post Content-Type: a=1"},
	{args: "{U}/get 'X-A:  spaces  '"},
	{args: "{U}/get X-File:@text.txt"},
	{args: "{U}/get Cookie:a=1"},
	{args: "{U}/get 'X\\:A:1'", differs: "Exit codes"},
	{args: "{U}/post 'a\\=b=c' 'x\\@y=z'"},
	{args: "{U}/get Connection:close"},
	// Who is asking.
	{args: "--auth nick:pass {U}/get"},
	{args: "-a nick:pass {U}/basic"},
	{args: "-a nick: {U}/get"},
	{args: "-A bearer -a token {U}/get"},
	{args: "-A digest -a nick:pass {U}/digest"},
	{args: "http://nick:pass@127.0.0.1:{P}/get"},
	{args: "-a nick:pass {U}/get Authorization:mine", differs: "Two credentials"},
	// Redirects and exit codes.
	{args: "{U}/redirect/302?/get"},
	{args: "--follow {U}/redirect/302?/get"},
	{args: "-F {U}/redirect/303?/get a=1"},
	{args: "-F {U}/redirect/301?/get a=1"},
	{args: "-F {U}/redirect/307?/get a=1"},
	{args: "-F PUT {U}/redirect/302?/get a=1", differs: "PUT behind a redirect"},
	{args: "-F --max-redirects 1 {U}/redirect/302?/redirect/302?/get", differs: "The number of redirects"},
	{args: "-F {U}/setgo"},
	{args: "-F {U}/redirect/302?http://localhost:{P}/get X-Key:secret", differs: "Redirects to elsewhere"},
	{args: "-F -a nick:pass {U}/redirect/302?http://localhost:{P}/get"},
	{args: "--check-status {U}/status/404"},
	{args: "--check-status {U}/status/500"},
	{args: "--check-status {U}/redirect/302?/get"},
	{args: "{U}/status/404"},
	{args: "--timeout 0.3 {U}/stall", differs: "Exit codes"},
	{args: "http://127.0.0.1:1/", differs: "Exit codes"},
	{args: "--nonsense {U}/get", differs: "Exit codes"},
	{args: "{U}/get oops", differs: "Exit codes"},
	{args: "", differs: "Exit codes"},
	{args: "{U}/partial", differs: "Exit codes"},
	{args: "{U}/empty", differs: "Exit codes"},
	// Proxies.
	{args: "--proxy http:http://127.0.0.1:{P} http://other.example/get"},
	// Flags of one letter, in HTTPie's forms.
	{args: "-I {U}/post a=1"},
	{args: "-jv --print=b {U}/post a=1"},
	{args: "-fb {U}/post a=1"},
	{args: "-qq {U}/get"},
	{args: "--verify no {U}/get"},
	{args: "--verify=no {U}/get"},
	{args: "--default-scheme=http localhost:{P}/get"},
	{args: "--default-scheme http 127.0.0.1:{P}/get"},
	{args: "--compress {U}/post a=1"},
	{args: "-xx {U}/post a=1", differs: "Compression"},
	{args: "--no-follow -F --no-follow {U}/redirect/302?/get"},
	{args: "{U}/post -f a=1 --print=b", differs: "Flags between the URL and items"},
	{args: "-- {U}/get"},
	// Output.
	{args: "--all -F --print=b {U}/redirect/302?/get"},
	{args: "--all -F --print=h {U}/redirect/302?/get"},
	{args: "--stream {U}/chunked"},
	{args: "-o out.txt {U}/get"},
	{args: "-d -o out2.txt {U}/norange"},
	{args: "--print=B {U}/post a=1"},
	{args: "--print=B -f {U}/post a=1"},
	{args: "--pretty=none {U}/json"},
	{args: "--response-charset=latin1 --pretty=format {U}/get"},
	{args: "--headers {U}/get"},
	{args: "-b {U}/get"},
	{args: "--print=hb {U}/get"},
	{args: "--print=b --pretty=format {U}/json", differs: "The order of keys"},
	{args: "--print=b --pretty=format --sorted {U}/json"},
	{args: "--quiet {U}/get"},
	{args: "{U}/gzip"},
	{args: "{U}/chunked"},
}

// A realHTTPie is the real one, in a process that runs it as often as it is asked to.
type realHTTPie struct {
	in      *json.Encoder
	out     *json.Decoder
	version string
}

// startHTTPie starts it with the Python that HTTPie's own program names.
func startHTTPie(t *testing.T) *realHTTPie {
	t.Helper()
	path := realserver.Program(t, "http") // Debian's package httpie
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(program), "\n")
	python, ok := strings.CutPrefix(first, "#!")
	if !ok {
		t.Fatalf("%s begins with %q", path, first)
	}
	config := t.TempDir()
	script, err := filepath.Abs(filepath.Join("testdata", "run_httpie.py"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), strings.TrimSpace(python), script, config)
	cmd.Env = []string{"HOME=" + config, "LANG=C.UTF-8", "PATH=" + os.Getenv("PATH")}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	dir := pieFolder(t)
	cmd.Dir = dir
	t.Chdir(dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // its end is nobody's business
	})
	h := &realHTTPie{in: json.NewEncoder(in), out: json.NewDecoder(out)}
	var about struct{ Version string }
	if err := h.out.Decode(&about); err != nil {
		t.Fatal(err)
	}
	h.version = about.Version
	return h
}

// A pieResult is what a run has come to.
type pieResult struct {
	Code     int
	Out, Err string
}

func (h *realHTTPie) run(t *testing.T, stdin string, args []string) (r pieResult) {
	t.Helper()
	if err := h.in.Encode(map[string]any{"args": args, "stdin": stdin}); err != nil {
		t.Fatal(err)
	}
	if err := h.out.Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

// pieFolder returns a folder with pieFiles in it.
func pieFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range pieFiles {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBesideHTTPie(t *testing.T) {
	s := wiretest.New(t)
	s.Answers = map[string]string{"/json": wiretest.Response(200, "Content-Type: application/json\r\n", `{"b":[1,{"c":null}],"a":"ä"}`)}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "httpie.md"))
	if err != nil {
		t.Fatal(err)
	}
	http := startHTTPie(t)
	for _, c := range pieCases {
		t.Run(c.args, func(t *testing.T) {
			diff := besideHTTPie(t, s, http, c)
			switch {
			case c.differs == "" && diff != "":
				t.Error(diff)
			case c.differs != "" && diff == "" && http.version == "3.2.1": // the one that the rows were written for
				t.Errorf("there is no difference %q any more", c.differs)
			case c.differs != "" && !bytes.Contains(page, []byte("| "+c.differs+" |")):
				t.Errorf("docs/httpie.md has no row %q:\n%s", c.differs, diff)
			}
		})
	}
}

// besideHTTPie runs both and says what differs.
func besideHTTPie(t *testing.T, s *wiretest.Server, http *realHTTPie, c pieCase) string {
	t.Helper()
	args := shellWords(strings.NewReplacer("{U}", s.URL(), "{P}", fmt.Sprint(s.Port())).Replace(c.args))
	if c.stdin == "" {
		args = append([]string{"--ignore-stdin"}, args...)
	}
	s.Take()
	real := http.run(t, c.stdin, args)
	theirs := pieText(real.Code, real.Out, s.Take())
	got := runEnv(t, Env{Stdin: strings.NewReader(c.stdin)}, args...)
	ours := pieText(int(got.code), got.out, s.Take())
	if theirs == ours {
		return ""
	}
	return "HTTPie:\n" + theirs + real.Err + "\ngodwit:\n" + ours + got.err
}

var (
	pieAgent    = regexp.MustCompile(`User-Agent: (HTTPie|godwit)/[0-9.a-z-]+`)
	pieBoundary = regexp.MustCompile(`boundary=([0-9a-zA-Z]{20,})`)
	pieDigest   = regexp.MustCompile(`Authorization: Digest .*`)
)

// pieText is what a run has come to, without what differs in every request: the order of fields,
// the program's name, Connection and Accept-Encoding.
func pieText(code int, out string, all []wiretest.Request) string {
	var b strings.Builder
	for _, q := range all {
		fields := slices.DeleteFunc(q.Fields, func(f string) bool {
			return f == "Connection: keep-alive" || f == "Accept-Encoding: gzip, deflate" || strings.HasPrefix(f, "Accept-Encoding: gzip, deflate, br")
		})
		for i, f := range fields {
			name, value, _ := strings.Cut(f, ":")
			fields[i] = strings.ToLower(name) + ":" + value
		}
		slices.Sort(fields)
		q.Fields = fields
		b.WriteString(q.String() + "\n---\n")
	}
	text := fmt.Sprintf("%sexit code %d\noutput:\n%s\n", b.String(), code, out)
	text = strings.ReplaceAll(text, "user-agent: ", "User-Agent: ")
	text = strings.ReplaceAll(text, "authorization: ", "Authorization: ")
	text = pieDigest.ReplaceAllString(pieAgent.ReplaceAllString(text, "User-Agent: ours"), "Authorization: Digest …")
	if m := pieBoundary.FindStringSubmatch(text); m != nil {
		text = strings.ReplaceAll(text, m[1], "BOUNDARY")
		text = regexp.MustCompile(`content-length: [0-9]+`).ReplaceAllString(text, "content-length: N") // boundaries are not equally long
	}
	return text
}

// shellWords takes a command line apart as a shell does that knows single quotes alone.
func shellWords(line string) (words []string) {
	var b strings.Builder
	quoted, open := false, false
	for _, r := range line + " " {
		switch {
		case r == '\'':
			quoted, open = !quoted, true
		case r == ' ' && !quoted:
			if open {
				words = append(words, b.String())
			}
			b.Reset()
			open = false
		default:
			b.WriteRune(r)
			open = true
		}
	}
	return words
}
