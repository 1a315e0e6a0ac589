// Command mkshot makes the picture of the documentation, by real runs of the command against
// its own server: make screenshot.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"example.com/godwit/internal/cli"
	"example.com/godwit/internal/cli/testserver"
)

// runs are the command lines that are shown. The server is on port 8000.
var runs = [][]string{
	{"-v", ":8000/cookies", "lang==go", "Cookie:theme=dark", "Authorization:Bearer s3cret"},
	{"--print=Bh", "--waterfall", "--why", ":8000/status/201", "user[name]=Mona", "user[langs][]=Go", "active:=true", "age:=7"},
	{"--check-status", "-h", ":8000/status/404"},
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mkshot:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: mkshot FILE")
	}
	server, err := testserver.Start(testserver.Options{HTTP: "127.0.0.1:8000"})
	if err != nil {
		return err
	}
	text := record(context.Background(), runs)
	return errors.Join(os.WriteFile(args[0], []byte(draw("godwit", text)), 0o644), server.Close())
}

// record runs the command lines one after the other as on a terminal, and returns what is seen.
func record(ctx context.Context, lines [][]string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("\x1b[92m$\x1b[0m \x1b[1mgodwit\x1b[0m")
		for _, arg := range line {
			if strings.ContainsAny(arg, " ;&*?'\"$[]") {
				arg = "'" + arg + "'"
			}
			b.WriteString(" " + arg)
		}
		b.WriteString("\n")
		code := cli.Run(ctx, cli.Env{
			Stdout: &b, Stderr: &b, StdinTTY: true, StdoutTTY: true, StderrTTY: true,
			Getenv: func(name string) string { return map[string]string{"TERM": "xterm-256color", "COLUMNS": "100"}[name] },
		}, line)
		if code != 0 {
			fmt.Fprintf(&b, "\x1b[90m(exit code %d)\x1b[0m\n", code)
		}
		b.WriteString("\n")
	}
	return b.String()
}
