package curl

// Side by side with the real curl: the same arguments, and what reached the server, what was
// printed, what was left in the folder and the exit code are compared. What differs is listed, with
// a row in docs/curl.md.

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/godwit/internal/cli/wiretest"
	"example.com/godwit/internal/realserver"
)

// A wire is the server that both are sent to.
type wire struct{ *wiretest.Server }

func newWire(t *testing.T) *wire {
	t.Helper()
	return &wire{wiretest.New(t)}
}

// An outcome is what a run has come to.
type outcome struct {
	code     int
	out, err string
	files    map[string]string
	requests []wiretest.Request
}

// A sideCase is a command line. {U} in it is the server's URL, {D} one that nobody listens at.
type sideCase struct {
	args  string
	stdin string
	// differs names the row of docs/curl.md that says why it is otherwise; "": it is not.
	differs string
}

// filesBefore are in the folder before a run.
var filesBefore = map[string]string{
	"data.txt":  "line one\r\nline two\n",
	"form.html": "<p>\n",
	"headers":   "X-From-File: 1\nX-And: 2\n",
	"curl.conf": "# a comment\nurl = \"{U}/from/config\"\n--header \"X-Conf: a \\\"b\\\"\"\nuser-agent: mine\n-X PATCH\nsilent\n",
	"jar.txt":   "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tfile\tyes\n127.0.0.1\tFALSE\t/\tFALSE\t4102444800\tlong\tlived\n",
	"part":      "01234",
	"whole":     "0123456789",
	"netrc":     "machine 127.0.0.1 login nick password pass\n",
	"etag":      "\"v1\"\n",
	"format":    "%{http_code} from a file\\n",
	"sub/x.txt": "x",
}

func TestSideBySide(t *testing.T) {
	curl := realserver.Program(t, "curl")
	w := newWire(t)
	w.Answers = map[string]string{"refused.example:443": wiretest.Response(403, "X-Why: no\r\n", "no\n")}
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "curl.md"))
	if err != nil {
		t.Fatal(err)
	}
	about, err := exec.CommandContext(t.Context(), curl, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	known := bytes.HasPrefix(about, []byte("curl 7.88")) // the one that the rows were written for; others may have changed their mind
	home := t.TempDir()
	for _, c := range sideCases {
		t.Run(c.args, func(t *testing.T) {
			real := w.run(t, c, func(ctx context.Context, args []string) outcome { return runReal(ctx, t, curl, home, c.stdin, args) })
			ours := w.run(t, c, func(ctx context.Context, args []string) outcome { return runOurs(ctx, home, c.stdin, args) })
			diff := compare(real, ours)
			switch {
			case c.differs == "" && diff != "":
				t.Error(diff)
			case c.differs != "" && diff == "" && known:
				t.Errorf("there is no difference %q any more", c.differs)
			case c.differs != "" && !bytes.Contains(page, []byte("| "+c.differs+" |")):
				t.Errorf("docs/curl.md has no row %q:\n%s", c.differs, diff)
			}
		})
	}
}

// runReal runs the real curl.
func runReal(ctx context.Context, t *testing.T, curl, home, stdin string, args []string) (o outcome) {
	t.Helper()
	cmd := exec.CommandContext(ctx, curl, args...)
	cmd.Env = []string{"HOME=" + home}
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return outcome{code: cmd.ProcessState.ExitCode(), out: out.String(), err: errs.String()}
}

// runOurs runs godwit curl.
func runOurs(ctx context.Context, home, stdin string, args []string) outcome {
	var out, errs bytes.Buffer
	code := Run(ctx, Env{
		Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs, Now: time.Now,
		Getenv: func(k string) string { return map[string]string{"HOME": home}[k] },
	}, args)
	return outcome{code: code, out: out.String(), err: errs.String()}
}

// run runs one of the two in a folder of its own.
func (w *wire) run(t *testing.T, c sideCase, do func(context.Context, []string) outcome) outcome {
	t.Helper()
	dir := t.TempDir()
	for name, text := range filesBefore {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(w.fill(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	w.Take()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	o := do(ctx, split(w.fill(c.args)))
	o.requests, o.files = w.Take(), map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		text, err := os.ReadFile(path)
		o.files[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (w *wire) fill(text string) string {
	return strings.NewReplacer("{U}", w.URL(), "{A}", w.Addr(), "{P}", strconv.Itoa(w.Port()), "{D}", "http://127.0.0.1:1").Replace(text)
}

// split takes a command line apart as a shell does that knows single quotes alone.
func split(line string) (args []string) {
	var b strings.Builder
	quoted, open := false, false
	for _, r := range line + " " {
		switch {
		case r == '\'':
			quoted, open = !quoted, true
		case r == ' ' && !quoted:
			if open {
				args = append(args, b.String())
			}
			b.Reset()
			open = false
		default:
			b.WriteRune(r)
			open = true
		}
	}
	return args
}

var (
	boundary = regexp.MustCompile(`-{20,}[0-9A-Za-z]+`)
	digest   = regexp.MustCompile(`Authorization: Digest .*`)
	version_ = regexp.MustCompile(`(curl|godwit)/[0-9][0-9.a-z-]*`)
)

// compare says what differs.
func compare(real, ours outcome) string {
	var b strings.Builder
	say := func(what, r, o string) {
		if r = normal(r); r != normal(o) {
			b.WriteString(what + " of curl:\n" + r + "\n" + what + " of godwit curl:\n" + normal(o) + "\n")
		}
	}
	if real.code != ours.code {
		fmt.Fprintf(&b, "codes %d and %d\n", real.code, ours.code)
	}
	say("output", real.out, ours.out)
	say("heads in -v", wireLines(real.err), wireLines(ours.err))
	say("number of the error", reported(real.err), reported(ours.err))
	var rs, os []string
	for _, q := range real.requests {
		rs = append(rs, q.String())
	}
	for _, q := range ours.requests {
		os = append(os, q.String())
	}
	say("requests", strings.Join(rs, "\n---\n"), strings.Join(os, "\n---\n"))
	for _, name := range slices.Sorted(maps.Keys(merged(real.files, ours.files))) {
		r, inReal := real.files[name]
		o, inOurs := ours.files[name]
		if inReal != inOurs {
			b.WriteString("only one of the two has made " + name + "\n")
		}
		say(name, r, o)
	}
	if b.Len() > 0 {
		b.WriteString("errors of curl:\n" + real.err + "\nof godwit curl:\n" + ours.err)
	}
	return b.String()
}

// wireLines returns what -v says of heads. A "<" alone ends a head; a ">" does.
func wireLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n ")
		if strings.HasPrefix(line, ">") || strings.HasPrefix(line, "<") {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

var errorNumber = regexp.MustCompile(`curl: \([0-9]+\)`)

// reported returns the numbers of the errors that were told: curl tells that of each attempt.
func reported(text string) string {
	return strings.Join(slices.Compact(errorNumber.FindAllString(text, -1)), " ")
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// normal makes alike what cannot be: names of programs and boundaries.
func normal(text string) string {
	text = digest.ReplaceAllString(text, "Authorization: Digest …")
	text = boundary.ReplaceAllString(text, "BOUNDARY")
	return version_.ReplaceAllString(text, "AGENT")
}
