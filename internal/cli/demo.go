package cli

// godwit demo: a guided tour against a server of its own. Each step is shown as Go code, as
// a command line and with its result, and each result is checked.

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/godwit"
	"example.com/godwit/internal/cli/term"
	"example.com/godwit/internal/cli/testserver"
	"example.com/godwit/tlserr"
	"example.com/godwit/transport"
)

//go:embed demo_steps.go
var demoSource string

// A tour is what the steps share.
type tour struct {
	api    *godwit.Session
	server *testserver.Server
	now    func() time.Time
}

// A step makes a call and checks what came of it.
type step struct {
	title   string
	code    string // the function of demo_steps.go
	command func(s *testserver.Server) []string
	exit    ExitCode // what the command line ends with
	run     func(ctx context.Context, t *tour) (result string, err error)
}

var demoSteps = []step{
	{
		"A GET with parameters", "getWithParameters",
		func(s *testserver.Server) []string { return []string{s.HTTP + "/get", "q==go http", "page==2"} },
		ExitOK, checkParameters,
	},
	{
		"A POST of JSON", "postJSON",
		func(s *testserver.Server) []string { return []string{s.HTTP + "/post", "login=hubot", "age:=7"} },
		ExitOK, checkJSON,
	},
	{
		"A redirect, and the way it went", "followRedirects",
		func(s *testserver.Server) []string { return []string{"--follow", "--all", s.HTTP + "/redirect/2"} },
		ExitOK, checkRedirects,
	},
	{
		"A response that is read while it arrives", "streamLines",
		func(s *testserver.Server) []string { return []string{s.HTTP + "/jsonl?count=3&duration=600ms"} },
		ExitOK, checkLines,
	},
	{
		"TLS, verified with the server's own CA", "getVerified",
		func(s *testserver.Server) []string { return []string{"--verify=" + s.CAFile, s.HTTPS + "/get"} },
		ExitOK, checkVerified,
	},
	{
		"The same without the CA, which must fail", "getUnverifiable",
		func(s *testserver.Server) []string { return []string{s.HTTPS + "/get"} },
		ExitTLS, checkRefused,
	},
}

const demoHelp = `usage: godwit demo

Starts a server of its own on this machine and takes a tour of six calls: parameters,
JSON, redirects, a stream, TLS, and a certificate that is refused. Each is shown as Go
code, as a command line and with its result, which is checked. Nothing goes over the
network; it ends by itself, with 1 if a result is not what it should be.
`

// runDemo walks through the steps and fails if one of them does.
func runDemo(ctx context.Context, env *Env, args []string) (err error) {
	if asksForHelp(args) {
		return printText(env, demoHelp)
	}
	if len(args) > 0 {
		return &usageError{"demo takes no arguments"}
	}
	server, err := testserver.Start(testserver.Options{})
	if err != nil {
		return err
	}
	t := &tour{
		api:    &godwit.Session{Transport: &transport.Transport{}},
		server: server, now: env.Now,
	}
	defer func() { err = errors.Join(err, t.api.Close(), server.Close()) }()

	style := newPrinter(&newOptions().output, env).colors
	failed := 0
	for i, s := range demoSteps {
		result, stepErr := s.run(ctx, t)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		mark := style.Status[2].Of("ok")
		if stepErr != nil {
			failed++
			mark, result = style.Status[5].Of("WRONG"), stepErr.Error()
		}
		head := style.Target.Of(fmt.Sprintf("%d. %s", i+1, s.title))
		text := strings.Join([]string{
			head, "",
			"   Go       " + indent(snippet(s.code)),
			"   Command  godwit " + quoteAll(s.command(server)),
			"   Result   " + indent(term.Text(result)),
			"   Checked  " + mark, "", "",
		}, "\n")
		if err := printText(env, text); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("demo: %d of %d answers were not what they should be", failed, len(demoSteps))
	}
	return printText(env, fmt.Sprintf("All %d answers were what they should be. "+
		"godwit serve starts such a server to type them to, godwit --help says what else there is.\n", len(demoSteps)))
}

// indent puts all lines but the first below where the first is going to stand, empty ones
// excepted.
func indent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if i > 0 && line != "" {
			lines[i] = "            " + line
		}
	}
	return strings.Join(lines, "\n")
}

// clip shortens a text to n bytes, and says so.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + " …"
}

func quoteAll(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = shellQuote(arg)
	}
	return strings.Join(quoted, " ")
}

// snippet returns the body of a function of demo_steps.go. gofmt sees to it that the body
// is what stands between the line of its name and the first brace at a line's beginning.
func snippet(name string) string {
	_, rest, _ := strings.Cut(demoSource, "\nfunc "+name+"(")
	_, rest, _ = strings.Cut(rest, "{\n")
	body, _, _ := strings.Cut(rest, "\n}\n")
	lines := strings.Split(body, "\n")
	for i := range lines {
		lines[i] = strings.ReplaceAll(strings.TrimPrefix(lines[i], "\t"), "\t", "    ")
	}
	// A function that only calls is shown as a caller would write the call.
	if call, ok := strings.CutPrefix(lines[0], "return "); ok && len(lines) == 1 {
		return "res, err := " + call
	}
	return strings.Join(lines, "\n")
}

// echo is what /get and /post answer.
type echo struct {
	Args map[string][]string `json:"args"`
	URL  string              `json:"url"`
	JSON *User               `json:"json"`
}

func checkParameters(ctx context.Context, t *tour) (string, error) {
	got, err := godwit.Decode[echo](getWithParameters(ctx, t.api, t.server.HTTP))
	if err != nil {
		return "", err
	}
	if strings.Join(got.Args["q"], "|") != "go http" || strings.Join(got.Args["page"], "|") != "2" {
		return "", fmt.Errorf("the server got the parameters %q", got.Args)
	}
	return "200 OK; the server was asked for " + got.URL, nil
}

func checkJSON(ctx context.Context, t *tour) (string, error) {
	got, err := godwit.Decode[echo](postJSON(ctx, t.api, t.server.HTTP))
	if err != nil {
		return "", err
	}
	if want := (User{Login: "hubot", Age: 7}); got.JSON == nil || *got.JSON != want {
		return "", fmt.Errorf("the server got the JSON %+v, not %+v", got.JSON, want)
	}
	return fmt.Sprintf("200 OK; the server read login %q and age %d", got.JSON.Login, got.JSON.Age), nil
}

func checkRedirects(ctx context.Context, t *tour) (string, error) {
	res, err := followRedirects(ctx, t.api, t.server.HTTP)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, hop := range res.History {
		if hop.StatusCode != 302 {
			return "", fmt.Errorf("a hop was answered by %s", hop.Status)
		}
		fmt.Fprintf(&b, "%s  %s\n", hop.Status, hop.Request.URL)
	}
	if len(res.History) != 2 || res.StatusCode != 200 || res.Request.URL.Path != "/get" {
		return "", fmt.Errorf("after %d redirects %s answered %s", len(res.History), res.Request.URL, res.Status)
	}
	fmt.Fprintf(&b, "%s  %s", res.Status, res.Request.URL)
	return b.String(), nil
}

func checkLines(ctx context.Context, t *tour) (string, error) {
	var came []string
	start := t.now()
	err := streamLines(ctx, t.api, t.server.HTTP, func(line string) {
		came = append(came, fmt.Sprintf("after %3d ms  %s", t.now().Sub(start).Milliseconds(), clip(line, 40)))
	})
	if err != nil {
		return "", err
	}
	if len(came) != 3 {
		return "", fmt.Errorf("%d lines came, not 3", len(came))
	}
	return strings.Join(came, "\n"), nil
}

func checkVerified(ctx context.Context, t *tour) (string, error) {
	res, err := getVerified(ctx, t.api, t.server.HTTPS, t.server.CAFile)
	if err != nil {
		return "", err
	}
	if res.StatusCode != 200 || res.TLS == nil || len(res.TLS.VerifiedChains) == 0 {
		return "", fmt.Errorf("%s, and no verified certificate", res.Status)
	}
	chain := res.TLS.VerifiedChains[0]
	return fmt.Sprintf("200 OK over TLS; the certificate of %q is signed by %q",
		chain[0].Subject.CommonName, chain[len(chain)-1].Subject.CommonName), nil
}

func checkRefused(ctx context.Context, t *tour) (string, error) {
	res, err := getUnverifiable(ctx, t.api, t.server.HTTPS)
	if err == nil {
		return "", fmt.Errorf("it was answered: %s", res.Status)
	}
	why, ok := errors.AsType[*tlserr.Error](err)
	if !ok || !errors.Is(err, godwit.ErrTLS) || why.Cause != tlserr.UnknownIssuer {
		return "", fmt.Errorf("it failed, but not for the unknown CA: %w", err)
	}
	return err.Error() + "\n\n" + strings.TrimRight(remedy(err), "\n"), nil
}
