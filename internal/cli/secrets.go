package cli

// Secrets by reference. A command line is seen by whoever lists the processes, and stays in the
// shell's history; what it refers to does not. All flags, items and settings that may hold a
// secret are read here.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The references: what a secret may be in place of itself.
const (
	refEnv    = "@env:"    // a variable of the environment
	refFile   = "@file:"   // the text of a file
	refCmd    = "@cmd:"    // what a command prints
	refPrompt = "@prompt:" // what a person types, when asked by these words
)

// maxSecret bounds a secret. It is more than a head may have.
const (
	maxSecret = 1 << 20
	lineEnd   = len("\r\n") // which does not count
)

// isReference reports whether an argument stands for what is elsewhere.
func isReference(arg string) bool {
	for _, prefix := range []string{refEnv, refFile, refCmd, refPrompt} {
		if strings.HasPrefix(arg, prefix) {
			return true
		}
	}
	return false
}

// secretText returns what an argument stands for: itself, unless it is a reference. where is what
// the argument is of, "--auth" or an item's name, for the error, which shows no value. The
// error is a *usageError, or that of a context that has ended.
func secretText(ctx context.Context, env *Env, where, arg string) (string, error) {
	text, err := resolve(ctx, env, arg)
	switch {
	case err == nil:
		return text, nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	}
	return "", &usageError{where + ": " + err.Error()}
}

func resolve(ctx context.Context, env *Env, arg string) (string, error) {
	if !isReference(arg) {
		return arg, nil
	}
	kind, of, _ := strings.Cut(arg, ":")
	kind += ":"
	if of == "" && kind != refPrompt {
		return "", fmt.Errorf("%s needs something behind it", kind)
	}
	switch kind {
	case refEnv:
		text := env.Getenv(of)
		if text == "" {
			return "", fmt.Errorf("the variable %q is not set", of)
		}
		return text, nil
	case refFile:
		return fileText(ctx, env, of)
	case refCmd:
		return commandText(ctx, env, of)
	}
	if of == "" {
		of = "Password"
	}
	return ask(ctx, env, of+": ")
}

// ask asks a person, without an echo.
func ask(ctx context.Context, env *Env, question string) (string, error) {
	if env.Prompt == nil {
		return "", errNoTerminal
	}
	text, err := env.Prompt(ctx, question)
	switch {
	case err == io.EOF: // Ctrl-D
		return "", errors.New("nothing was typed")
	case err == nil && len(text) > maxSecret:
		return "", errLargeSecret
	}
	return text, err
}

var (
	errNoTerminal  = errors.New("there is no terminal to ask on; @env:NAME, @file:PATH and @cmd:COMMAND ask nobody")
	errLargeSecret = fmt.Errorf("it is larger than %d MiB", maxSecret>>20)
	errEmptySecret = errors.New("it is empty")
)

// fileText returns the text of a file without the line end that editors put behind it.
func fileText(ctx context.Context, env *Env, path string) (string, error) {
	path = expandHome(env, path)
	text, err := readFile(ctx, path, int64(maxSecret+lineEnd+1))
	if err != nil {
		return "", err
	}
	secret, err := withoutEnd(text)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return secret, err
}

// withoutEnd takes one line end off.
func withoutEnd(text []byte) (string, error) {
	if end, ok := bytes.CutSuffix(text, []byte("\n")); ok {
		text = bytes.TrimSuffix(end, []byte("\r"))
	}
	switch {
	case len(text) > maxSecret:
		return "", errLargeSecret
	case len(text) == 0:
		return "", errEmptySecret
	}
	return string(text), nil
}

// expandHome writes ~/ out, which no shell does behind "@file:".
func expandHome(env *Env, path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if home := homeOf(env); ok && home != "" {
		return filepath.Join(home, rest)
	}
	return path
}

// homeOf returns the user's folder, "" if the environment does not say.
func homeOf(env *Env) string {
	if home := env.Getenv("HOME"); home != "" {
		return home
	}
	return env.Getenv("USERPROFILE") // Windows
}

// commandDelay is how long a command that was cancelled may hold on to its output.
const commandDelay = time.Second

// commandText returns what a command prints, without the last line end. There is no shell: the
// words are split as one would, and that is all, so that it is the same on all systems and
// nothing in the text is a variable or another command. Who wants a shell names it: sh -c '…'.
func commandText(ctx context.Context, env *Env, line string) (string, error) {
	words, err := splitWords(line)
	if err != nil {
		return "", err
	}
	words[0] = expandHome(env, words[0])
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &boundedBuffer{full: cancel}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, env.Stderr, commandDelay
	if err = cmd.Run(); err == nil {
		text, err := withoutEnd(out.b.Bytes())
		if err != nil {
			err = fmt.Errorf("what %q printed: %w", words[0], err)
		}
		return text, err
	}
	if out.over {
		return "", fmt.Errorf("what %q printed: %w", words[0], errLargeSecret)
	}
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("the command %q failed: %s", words[0], ended.ProcessState)
	}
	return "", err // it has the name
}

// A boundedBuffer takes what a secret may have, and calls full when more comes.
type boundedBuffer struct {
	b    bytes.Buffer
	full func()
	over bool
}

func (w *boundedBuffer) Write(p []byte) (int, error) {
	if w.b.Len()+len(p) > maxSecret+lineEnd {
		w.over = true
		w.full()
		return 0, errLargeSecret
	}
	return w.b.Write(p)
}

// splitWords splits a line as a shell does: at white space outside of quotes. Within single
// quotes nothing is special, and elsewhere a backslash protects white space, a quote or another
// backslash; before anything else it stands for itself, for it is also what Windows has in its
// paths.
func splitWords(line string) (words []string, err error) {
	var word []byte
	inWord, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\' && quote != '\'' && i+1 < len(line) && strings.IndexByte(" \t\n\\'\"", line[i+1]) >= 0:
			i++
			word, inWord = append(word, line[i]), true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, inWord = c, true
		case quote == 0 && strings.IndexByte(" \t\n", c) >= 0:
			if inWord {
				words, word, inWord = append(words, string(word)), nil, false
			}
		default:
			word, inWord = append(word, c), true
		}
	}
	if inWord {
		words = append(words, string(word))
	}
	switch {
	case quote != 0:
		return nil, fmt.Errorf("the command has a %c without its other", quote)
	case len(words) == 0:
		return nil, errors.New("the command is empty")
	}
	return words, nil
}
