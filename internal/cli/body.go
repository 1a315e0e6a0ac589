package cli

// The body: made of the items, named by an item or a flag, or waiting on the standard input.

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"example.com/godwit"
	"example.com/godwit/internal/cli/nestedjson"
)

const (
	typeJSON = "application/json"
	// typeForm names the charset as HTTPie does: servers that do not know that a form is
	// always in UTF-8 are still about.
	typeForm = "application/x-www-form-urlencoded; charset=utf-8"
	// acceptJSON is what is asked for along with JSON.
	acceptJSON = "application/json, */*;q=0.5"
)

// defaultType is the media type of a body that says nothing of itself.
func (b *bodyOptions) defaultType() string {
	if b.form {
		return typeForm
	}
	return typeJSON
}

// body returns the body, nil if there is none. Its items have been fetched.
func (b *bodyOptions) body(ctx context.Context, env *Env, method string, items []item) (godwit.Option, error) {
	var fields []item
	var whole []func() (godwit.Option, error) // the bodies that are none of fields
	if b.raw != nil {
		whole = append(whole, func() (godwit.Option, error) { return b.rawBody(ctx, env) })
	}
	for i := range items {
		switch it := &items[i]; {
		case it.kind == itemFile && it.name == "":
			whole = append(whole, func() (godwit.Option, error) { return b.fileBody(ctx, env, it) })
		case it.isData():
			fields = append(fields, *it)
		}
	}
	stdin := env.Stdin != nil && !env.StdinTTY && !b.ignoreStdin
	switch {
	case len(whole) > 1, len(whole) == 1 && (len(fields) > 0 || b.multipart):
		return nil, &usageError{"several bodies: there can be one of fields, --raw and a single @FILE"}
	case len(fields) == 0 && len(whole) == 0 && b.multipart:
		return nil, &usageError{"--multipart: it needs fields"}
	case len(fields) == 0 && len(whole) == 0:
		if !stdin || method == "GET" || method == "HEAD" {
			return nil, nil
		}
		return b.stdin(ctx, env, b.defaultType())
	}
	if stdin && !b.takesStdin(items) && method != "GET" && method != "HEAD" {
		if err := refuseStdin(ctx, env); err != nil {
			return nil, err
		}
	}
	if len(whole) == 1 {
		return whole[0]()
	}
	return b.fieldsBody(fields)
}

// takesStdin reports whether the standard input has been named as the body.
func (b *bodyOptions) takesStdin(items []item) bool {
	for i := range items {
		if it := &items[i]; it.kind == itemFile && it.name == "" && it.by == "-" {
			return true
		}
	}
	return b.raw != nil && *b.raw == "@-"
}

// fieldsBody returns the body that is made of fields.
func (b *bodyOptions) fieldsBody(fields []item) (godwit.Option, error) {
	files := false
	for i := range fields {
		it := &fields[i]
		files = files || it.kind == itemFile
		switch {
		case it.kind == itemFile && !b.form && !b.multipart:
			return nil, itemError(it.shown(), "a file is a field of a form alone: --form, or to have its text in JSON "+it.name+"=@FILE")
		case it.kind == itemJSON && (b.form || b.multipart):
			text, ok := plainText(it.value)
			if !ok {
				return nil, itemError(it.shown(), "a list, an object or null cannot be in a form")
			}
			it.value = text
		}
	}
	switch {
	case b.multipart || b.form && files:
		return b.multipartBody(fields)
	case b.form:
		return godwit.Bytes(formBody(fields), typeForm), nil
	}
	text, err := jsonBody(fields)
	if err != nil {
		return nil, err
	}
	return godwit.Bytes(text, typeJSON), nil
}

// jsonBody makes JSON of the fields. Their order is that of the command line, and numbers
// stay as they were spelt. A name that comes again replaces its value.
func jsonBody(fields []item) ([]byte, error) {
	var b nestedjson.Builder
	for i := range fields {
		it := &fields[i]
		set := b.Text
		if it.kind == itemJSON {
			set = func(key, value string) error { return b.JSON(key, []byte(value)) }
		}
		switch err := set(it.name, it.value).(type) {
		case nil:
		case *nestedjson.Error:
			return nil, &keyError{err}
		default:
			return nil, itemError(it.shown(), err.Error())
		}
	}
	return b.Bytes(), nil
}

// formBody makes a form of the fields, in their order, repeated names and all.
func formBody(fields []item) []byte {
	var pairs []string
	for i := range fields {
		pairs = append(pairs, url.QueryEscape(fields[i].name)+"="+url.QueryEscape(fields[i].value))
	}
	return []byte(strings.Join(pairs, "&"))
}

// plainText returns what a form has of a JSON value: a string without its quotes, else the
// value as it was typed. It is false for one that has no text.
func plainText(value string) (string, bool) {
	var v any
	if json.Unmarshal([]byte(value), &v) != nil {
		return "", false
	}
	switch v := v.(type) {
	case string:
		return v, true
	case float64, bool:
		return strings.Trim(value, " \t\r\n"), true
	}
	return "", false
}

// multipartBody returns a form whose fields may be files.
func (b *bodyOptions) multipartBody(fields []item) (godwit.Option, error) {
	var parts []godwit.Part
	for i := range fields {
		it := &fields[i]
		if it.kind != itemFile {
			parts = append(parts, godwit.Field(it.name, it.value))
			continue
		}
		part := godwit.Part{Name: it.name, Filename: it.calledAs(), Type: it.mediaType}
		if it.secret {
			part.Body = godwit.Bytes([]byte(it.value), "")
		} else {
			var err error
			if part.Body, err = openBody(it.by); err != nil {
				return nil, itemError(it.shown(), err.Error())
			}
		}
		parts = append(parts, part)
	}
	if b.boundary == "" {
		return godwit.Multipart(parts...), nil
	}
	return godwit.MultipartBoundary(b.boundary, parts...), nil
}
