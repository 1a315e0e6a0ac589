package cli

// The values of items that are elsewhere: in a file, in the environment, in what a command
// prints; and bodies that are files.

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"example.com/godwit"
)

// maxValue bounds the text of a file that is a value: it is held, and often more than once.
const maxValue = 256 << 20

// fetchItems returns the items with the values that are elsewhere. Files that are sent as they
// are stay where they are, unless a reference stands for them.
func fetchItems(ctx context.Context, env *Env, items []item) ([]item, error) {
	out := make([]item, len(items))
	for i, it := range items {
		if it.by != "" {
			if err := it.fetch(ctx, env); err != nil {
				return nil, err
			}
		}
		out[i] = it
	}
	return out, nil
}

// fetch reads the item's value.
func (it *item) fetch(ctx context.Context, env *Env) error {
	switch {
	case isReference("@" + it.by):
		text, err := secretText(ctx, env, fmt.Sprintf("item %q", it.shown()), "@"+it.by)
		if err != nil {
			return err
		}
		it.value, it.secret = text, true
	case it.kind == itemFile:
		it.by = expandHome(env, it.by)
		return nil
	default:
		text, err := wholeFile(ctx, expandHome(env, it.by))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return itemError(it.shown(), err.Error())
		}
		it.value = string(text)
	}
	switch it.kind {
	case itemHeader, itemQuery:
		it.value = strings.TrimRight(it.value, "\r\n")
		if it.kind == itemHeader {
			it.value = strings.Trim(it.value, " \t")
			if strings.ContainsAny(it.value, "\r\n") {
				return itemError(it.shown(), "it is more than one line, and a header is one")
			}
		}
	case itemJSON:
		if !json.Valid([]byte(it.value)) {
			return itemError(it.shown(), "that is not JSON")
		}
	}
	return nil
}

// shown is the item without its value, for messages.
func (it *item) shown() string {
	for _, sep := range separators {
		if sep.kind == it.kind && sep.by == (it.by != "") {
			return it.name + sep.text + "…"
		}
	}
	return it.name
}

// calledAs returns what the server is told that a file is called.
func (it *item) calledAs() string {
	switch {
	case it.filename != "":
		return it.filename
	case it.secret:
		return it.name
	}
	return filepath.Base(it.by)
}

// wholeFile returns what is in a file.
func wholeFile(ctx context.Context, path string) ([]byte, error) {
	text, err := readFile(ctx, path, maxValue+1)
	if len(text) > maxValue {
		return nil, fmt.Errorf("%s has more than %d MiB, which is too much to be held; as the whole body it could be sent", path, maxValue>>20)
	}
	return text, err
}

// readFile returns what is in a file, up to most bytes. That may be a pipe, as the shell's
// <(command) is.
func readFile(ctx context.Context, path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder", path)
	}
	type content struct {
		text []byte
		err  error
	}
	came := make(chan content, 1)
	// This goroutine ends with the file. A pipe that nobody writes to cannot even be opened, so
	// it may outlive Run, which then ends the process.
	go func() {
		f, err := os.Open(path)
		if err != nil {
			came <- content{nil, err}
			return
		}
		defer f.Close()
		text, err := io.ReadAll(io.LimitReader(f, most))
		came <- content{text, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case c := <-came:
		return c.text, c.err
	}
}

// rawBody returns what --raw says.
func (b *bodyOptions) rawBody(ctx context.Context, env *Env) (godwit.Option, error) {
	text := *b.raw
	switch {
	case isReference(text):
		secret, err := secretText(ctx, env, "--raw", text)
		return godwit.Bytes([]byte(secret), b.defaultType()), err
	case text == "@-":
		return b.stdinNamed(ctx, env, b.defaultType())
	case strings.HasPrefix(text, "@"):
		body, err := openBody(expandHome(env, text[1:]))
		if err != nil {
			return nil, &usageError{"--raw: " + err.Error()}
		}
		body.Type = b.defaultType()
		return body, nil
	case strings.HasPrefix(text, `\@`):
		text = text[1:]
	}
	return godwit.Bytes([]byte(text), b.defaultType()), nil
}

// fileBody returns the body that an item without a name stands for.
func (b *bodyOptions) fileBody(ctx context.Context, env *Env, it *item) (godwit.Option, error) {
	mediaType := it.mediaType
	if mediaType == "" {
		mediaType = b.defaultType()
	}
	switch {
	case it.filename != "":
		return nil, itemError(it.shown(), "a body has no name: ;filename= is for fields")
	case it.secret:
		return godwit.Bytes([]byte(it.value), mediaType), nil
	case it.by == "-":
		return b.stdinNamed(ctx, env, mediaType)
	}
	body, err := openBody(it.by)
	if err != nil {
		return nil, itemError(it.shown(), err.Error())
	}
	if it.mediaType != "" || body.Type == "" {
		body.Type = mediaType
	}
	return body, nil
}

// openBody returns the body that a file is, with the media type that its name stands for. A
// file has a length and can be sent again; a pipe has none, and cannot.
func openBody(path string) (*godwit.Body, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder", path)
	case info.Mode().IsRegular():
		f, err := os.Open(path) // or else it would be the call that fails
		if err != nil {
			return nil, err
		}
		return godwit.FileBody(path), f.Close()
	}
	return &godwit.Body{Size: -1, Open: func() (io.ReadCloser, error) { return os.Open(path) }}, nil
}
