package curl

// Config files (-K): a flag a line, as curl writes them.

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const (
	maxConfigLine  = 10 << 20 // curl's bound
	maxConfigDepth = 10       // config files that name config files
)

// curlrc reads the user's own file, if there is one.
func (p *parser) curlrc() error {
	for _, at := range []struct{ variable, name string }{
		{"CURL_HOME", ".curlrc"}, {"XDG_CONFIG_HOME", ".curlrc"}, {"XDG_CONFIG_HOME", "curlrc"}, {"HOME", ".curlrc"}, {"HOME", ".config/curlrc"},
	} {
		dir := p.env.Getenv(at.variable)
		if dir == "" {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(at.name))
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		defer f.Close()
		return p.config(f, path)
	}
	return nil
}

// configFile reads a file that -K names, "-" being the standard input.
func (p *parser) configFile(path string) error {
	if path == "-" {
		return p.config(p.env.Stdin, "the standard input")
	}
	f, err := os.Open(path)
	if err != nil {
		return &failure{code: exitRead, err: fmt.Errorf("cannot read config from %q: %w", path, cause(err))}
	}
	defer f.Close()
	return p.config(f, path)
}

// config reads a config file.
func (p *parser) config(r io.Reader, name string) error {
	if p.depth++; p.depth > maxConfigDepth {
		return usageErrorf("%s: config files that name each other", name)
	}
	defer func() { p.depth-- }()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxConfigLine)
	for n := 1; lines.Scan(); n++ {
		if err := p.configLine(lines.Text()); err != nil {
			f := failureOf(err)
			return &failure{f.code, fmt.Errorf("%s:%d: %w", name, n, f.err), true}
		}
	}
	if err := lines.Err(); err != nil {
		return &failure{code: exitRead, err: fmt.Errorf("%s: %w", name, err)}
	}
	return nil
}

// configLine applies a line: a flag, with or without its dashes, and its argument behind white
// space, "=" or ":", in quotes or not.
func (p *parser) configLine(line string) error {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return nil
	}
	end := strings.IndexFunc(line, func(r rune) bool { return r == '=' || r == ':' || isSpace(r) })
	word, rest := line, ""
	if end > 0 && !strings.HasPrefix(line, "-:") {
		word, rest = line[:end], strings.TrimLeftFunc(line[end:], func(r rune) bool { return r == '=' || r == ':' || isSpace(r) })
	}
	var f *row
	letters, isShort := strings.CutPrefix(word, "-")
	name, isLong := strings.CutPrefix(word, "--")
	if isShort && !isLong {
		if letters == "" {
			return errors.New("a dash alone")
		}
		var args []string
		if rest != "" {
			args = []string{configValue(rest)}
		}
		left, err := p.short(letters, args)
		if err == nil && len(left) > 0 {
			err = usageErrorf("option -%s: takes no argument", letters)
		}
		return err
	}
	f, on, err := p.findLong(name)
	if err != nil {
		return err
	}
	if f.set == nil {
		return p.apply(f, on, "")
	}
	if rest == "" {
		return usageErrorf("option --%s: requires parameter", f.name)
	}
	return p.apply(f, on, configValue(rest))
}

func isSpace(r rune) bool { return r == ' ' || r == '\t' }

// configValue takes the quotes from an argument, with their escapes; without them it ends at
// white space.
func configValue(text string) string {
	if text[0] != '"' {
		if end := strings.IndexFunc(text, isSpace); end >= 0 {
			text = text[:end]
		}
		return text
	}
	var b strings.Builder
	for i := 1; i < len(text) && text[i] != '"'; i++ {
		c := text[i]
		if c == '\\' && i+1 < len(text) {
			i++
			switch c = text[i]; c {
			case 't':
				c = '\t'
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 'v':
				c = '\v'
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}
