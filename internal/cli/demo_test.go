package cli

import (
	"context"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"

	"example.com/godwit"
	"example.com/godwit/internal/cli/testserver"
	"example.com/godwit/transport"
)

func TestDemo(t *testing.T) {
	got := run(t, "demo")
	if got.code != ExitOK || got.err != "" {
		t.Fatalf("%+v", got)
	}
	at := 0
	for _, token := range []string{
		"1. A GET with parameters",
		`Go       res, err := api.Get(ctx, url+"/get", godwit.Params{"q": "go http", "page": 2})`,
		"Command  godwit http://127.0.0.1:",
		"/get 'q==go http' page==2",
		"Result   200 OK; the server was asked for http://127.0.0.1:",
		"Checked  ok",
		"2. A POST of JSON",
		`the server read login "hubot" and age 7`,
		"3. A redirect",
		"302 Found  http://127.0.0.1:", "302 Found  http://127.0.0.1:", "200 OK  http://127.0.0.1:",
		"4. A response that is read while it arrives",
		"for line, err := range stream.Lines()",
		"5. TLS, verified",
		`is signed by "Godwit test CA"`,
		"6. The same without the CA",
		"Godwit test CA",
		"--verify=",
		"Checked  ok",
		"All 6 answers were what they should be.",
	} {
		i := strings.Index(got.out[at:], token)
		if i < 0 {
			t.Fatalf("no %q, or not in its place, in\n%s", token, got.out)
		}
		at += i + len(token)
	}
	if strings.Contains(got.out, "WRONG") || strings.Contains(got.out, "\x1b") {
		t.Error(got.out)
	}
}

// The command lines that the tour shows do what it says.
func TestDemoCommands(t *testing.T) {
	for _, s := range demoSteps {
		args := s.command(bin)
		if got := run(t, args...); got.code != s.exit {
			t.Errorf("%s: %q ended with %+v, not %d", s.title, args, got, s.exit)
		}
	}
}

// The Go code that the tour shows is the code that it runs: read with a parser, each
// function has the body that is shown.
func TestDemoSnippets(t *testing.T) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "demo_steps.go", demoSource, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string]string{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			bodies[f.Name.Name] = demoSource[fset.Position(f.Body.Lbrace).Offset+1 : fset.Position(f.Body.Rbrace).Offset]
		}
	}
	for _, s := range demoSteps {
		shown := strings.Replace(snippet(s.code), "res, err := ", "return ", 1)
		body := bodies[s.code]
		if strings.Contains(body, "res, err := ") || strings.TrimSpace(body) == "" {
			t.Errorf("%s: nothing to show in %q", s.code, body)
		}
		if got, want := gofmted(t, shown), gofmted(t, body); got != want {
			t.Errorf("%s: shown is\n%s\nrun is\n%s", s.code, got, want)
		}
		delete(bodies, s.code)
	}
	for name := range bodies {
		t.Errorf("%s is not shown", name)
	}
}

func gofmted(t *testing.T, statements string) string {
	t.Helper()
	out, err := format.Source([]byte("package p\nfunc f() {\n" + strings.TrimSpace(statements) + "\n}\n"))
	if err != nil {
		t.Fatalf("%v in\n%s", err, statements)
	}
	return string(out)
}

// A wrong answer is told, and the tour fails.
func TestDemoFails(t *testing.T) {
	saved := demoSteps
	defer func() { demoSteps = saved }()
	demoSteps = append([]step(nil), saved[0])
	demoSteps[0].run = func(context.Context, *tour) (string, error) { return "", &usageError{"the server got nothing"} }
	got := run(t, "demo")
	if got.code != ExitError || !strings.Contains(got.out, "WRONG") || !strings.Contains(got.err, "1 of 1 answers") {
		t.Errorf("%+v", got)
	}
}

// Each step notices an answer that is not what it should be.
func TestDemoNotices(t *testing.T) {
	lies := map[string]string{
		"an empty object": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
		"an error":        "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
		"half an answer":  "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
	}
	for what, response := range lies {
		url := answering(t, response)
		tr := &tour{
			api:    &godwit.Session{Transport: &transport.Transport{}},
			server: &testserver.Server{HTTP: url, HTTPS: url, CAFile: bin.CAFile},
			now:    time.Now,
		}
		for _, s := range demoSteps {
			if result, err := s.run(t.Context(), tr); err == nil {
				t.Errorf("%s: %s is taken for %q", s.title, what, result)
			}
		}
		if err := tr.api.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestDemoInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code := Run(ctx, Env{}, []string{"demo"}); ExitCode(code) != ExitInterrupted {
		t.Errorf("exit code %d", code)
	}
}
