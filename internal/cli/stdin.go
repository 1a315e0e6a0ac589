package cli

// The body that the standard input holds.
//
// Whether a pipe is empty shows only when something comes or its other end is closed, so
// that a program which was started with a pipe it knows nothing of would wait for ever. It
// is therefore not looked at for GET and HEAD; where the items are a body already, it gets a
// second to show that it is one too; and where it is the only body there can be, whoever
// waits is told after ten.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"example.com/godwit"
)

const (
	stdinWarning = 10 * time.Second
	stdinGrace   = time.Second

	// maxStdinHeld is up to where what comes from a pipe is held, so that it has a length
	// and can be sent again after a redirect. More is streamed, once.
	maxStdinHeld = 16 << 20
)

// stdin returns the body that is waiting on the standard input, nil if it is empty. With --chunked
// it is sent as it comes: tail -f log | godwit --chunked POST …
func (b *bodyOptions) stdin(ctx context.Context, env *Env, contentType string) (godwit.Option, error) {
	_, isFile := env.Stdin.(io.Seeker)
	if f, ok := env.Stdin.(*os.File); ok {
		info, err := f.Stat()
		isFile = err == nil && info.Mode().IsRegular()
	}
	if !b.chunked || isFile {
		return stdinBody(ctx, env, contentType)
	}
	first, err := firstOfStdin(ctx, env, 0)
	if err != nil || len(first) == 0 {
		return nil, err
	}
	return godwit.Reader(io.MultiReader(bytes.NewReader(first), env.Stdin), contentType), nil
}

// stdinBody returns the body that is waiting on the standard input, nil if it is empty.
func stdinBody(ctx context.Context, env *Env, contentType string) (godwit.Option, error) {
	if f, ok := env.Stdin.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			at, err := f.Seek(0, io.SeekCurrent)
			if err != nil || at >= info.Size() {
				return nil, err
			}
			return godwit.Reader(f, contentType), nil
		}
	}
	first, err := firstOfStdin(ctx, env, 0)
	if err != nil || len(first) == 0 {
		return nil, err
	}
	held := bytes.NewBuffer(first)
	read := make(chan error, 1)
	// This goroutine ends as the one in firstOfStdin does.
	go func() {
		_, err := held.ReadFrom(io.LimitReader(env.Stdin, maxStdinHeld))
		read <- err
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case err := <-read:
		if err != nil {
			return nil, err
		}
	}
	if held.Len() < maxStdinHeld {
		return godwit.Bytes(held.Bytes(), contentType), nil
	}
	return godwit.Reader(io.MultiReader(held, env.Stdin), contentType), nil
}

// stdinNamed is stdin where the command line names the standard input as the body: it is one even
// if it is empty or a terminal.
func (b *bodyOptions) stdinNamed(ctx context.Context, env *Env, contentType string) (godwit.Option, error) {
	if env.Stdin == nil {
		return godwit.Bytes(nil, contentType), nil
	}
	body, err := b.stdin(ctx, env, contentType)
	if body == nil && err == nil {
		body = godwit.Bytes(nil, contentType)
	}
	return body, err
}

// errTwoBodies is for items that are a body, and a standard input that is one too.
var errTwoBodies = &usageError{"there is a body on the command line, and one on the standard input; --ignore-stdin leaves the latter alone"}

// refuseStdin returns an error if there is something on the standard input although the
// items are the body.
func refuseStdin(ctx context.Context, env *Env) error {
	first, err := firstOfStdin(ctx, env, stdinGrace)
	if err == nil && len(first) > 0 {
		return errTwoBodies
	}
	if errors.Is(err, errSilent) {
		note(env.Stderr, "the standard input is open and silent: left alone (--ignore-stdin saves the wait)")
		return nil
	}
	return err
}

var errSilent = errors.New("nothing has come from the standard input")

// firstOfStdin returns what comes first, nothing at the end. patience is for how long it
// waits: 0 is for ever, but not in silence.
func firstOfStdin(ctx context.Context, env *Env, patience time.Duration) ([]byte, error) {
	type piece struct {
		p   []byte
		err error
	}
	came := make(chan piece, 1)
	// This goroutine ends when something comes or the pipe is closed. There is no other way
	// to end a read from a pipe, so it may outlive Run, which then ends the process.
	go func() {
		p := make([]byte, 32<<10)
		n, err := env.Stdin.Read(p)
		for n == 0 && err == nil {
			n, err = env.Stdin.Read(p)
		}
		came <- piece{p[:n], err}
	}()
	wait := patience
	if wait == 0 {
		wait = stdinWarning
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
			if patience > 0 {
				return nil, errSilent
			}
			note(env.Stderr, "waiting for a body on the standard input (--ignore-stdin does without)")
		case c := <-came:
			// A descriptor that is closed, or that a service has put in its place, is no body.
			if len(c.p) > 0 || c.err == io.EOF || errors.Is(c.err, fs.ErrClosed) || errors.Is(c.err, fs.ErrInvalid) {
				return c.p, nil
			}
			return nil, c.err
		}
	}
}
