package curl

// Variables (--variable) and the flags that use them (--expand-NAME), as later versions of curl
// have them.

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// setVariable notes a variable: NAME=text, NAME@file, %NAME of the environment, with =text or @file
// behind it for where there is none.
func (p *parser) setVariable(v string) error {
	v, imported := strings.CutPrefix(v, "%")
	i := strings.IndexAny(v, "=@")
	name := v
	if i >= 0 {
		name = v[:i]
	}
	if !isVariable(name) {
		return fmt.Errorf("%q is no name of a variable: it has letters, digits and _", name)
	}
	if imported {
		if text := p.env.Getenv(name); text != "" {
			p.keepVariable(name, text)
			return nil
		}
	}
	switch {
	case i < 0 && imported:
		return fmt.Errorf("the variable %q of the environment is not set", name)
	case i < 0:
		return errors.New("it must be NAME=text, NAME@file or %NAME")
	case v[i] == '=':
		p.keepVariable(name, v[i+1:])
		return nil
	}
	data, err := p.read(v[i+1:])
	p.keepVariable(name, string(data))
	return err
}

func (p *parser) keepVariable(name, text string) {
	if p.variables == nil {
		p.variables = map[string]string{}
	}
	p.variables[name] = text
}

func isVariable(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return name != "" && len(name) <= 128
}

// expanding returns a flag whose argument is expanded first.
func (p *parser) expanding(f *row) (*row, error) {
	if f.set == nil {
		return nil, usageErrorf("option --expand-%s: takes no argument that could be expanded", f.name)
	}
	own := *f
	own.set = func(p *parser, v string) error {
		text, err := p.expand(v)
		if err != nil {
			return err
		}
		return f.set(p, text)
	}
	return &own, nil
}

// expand puts the variables in the place of {{name}} and {{name:function:function}}. \{{ is {{, and
// so is what has no name of a variable in it.
func (p *parser) expand(text string) (string, error) {
	var b strings.Builder
	for {
		at := strings.Index(text, "{{")
		if at < 0 {
			b.WriteString(text)
			return b.String(), nil
		}
		if at > 0 && text[at-1] == '\\' {
			b.WriteString(text[:at-1] + "{{")
			text = text[at+2:]
			continue
		}
		inside, rest, ok := strings.Cut(text[at+2:], "}}")
		name, functions, _ := strings.Cut(inside, ":")
		if !ok || !isVariable(name) {
			b.WriteString(text[:at+2])
			text = text[at+2:]
			continue
		}
		value, err := apply(p.variables[name], functions)
		if err != nil {
			return "", fmt.Errorf("{{%s}}: %w", name, err)
		}
		if strings.IndexByte(value, 0) >= 0 {
			return "", fmt.Errorf("{{%s}}: a null byte in it; :b64 and :url have none", name)
		}
		b.WriteString(text[:at] + value)
		text = rest
	}
}

// apply applies functions to a value, one after the other.
func apply(value, functions string) (string, error) {
	if functions == "" {
		return value, nil
	}
	for f := range strings.SplitSeq(functions, ":") {
		switch f {
		case "trim":
			value = strings.TrimSpace(value)
		case "url":
			value = strings.ReplaceAll(escape(value), "+", "%20")
		case "json":
			value = jsonInside(value)
		case "b64":
			value = base64.StdEncoding.EncodeToString([]byte(value))
		case "64dec":
			decoded, err := base64.StdEncoding.DecodeString(value)
			if value = string(decoded); err != nil {
				value = "[64dec-fail]" // which is what curl says
			}
		default:
			return "", fmt.Errorf("there is no function %q: they are trim, json, url, b64 and 64dec", f)
		}
	}
	return value, nil
}

// jsonInside returns a text as it stands between the quotes of JSON.
func jsonInside(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string is always encoded
	text := strings.TrimSuffix(b.String(), "\n")
	return text[1 : len(text)-1]
}
