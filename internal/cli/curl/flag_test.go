package curl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRefused(t *testing.T) {
	for line, want := range map[string]string{
		"--ftp-pasv x":            "option --ftp-pasv: it is for a protocol other than HTTP",
		"-Q x":                    "option --quote: it is for a protocol other than HTTP",
		"--ntlm x":                "option --ntlm: NTLM, Negotiate and Kerberos are not spoken here",
		"--hsts f x":              "option --hsts: there is no such thing here",
		"--variable a-b=1 x":      `"a-b" is no name of a variable`,
		"--variable a x":          "it must be NAME=text",
		"--variable %NONE x":      `the variable "NONE" of the environment is not set`,
		"--expand-silent x":       "option --expand-silent: takes no argument",
		"--expand-frog x y":       "option --frog: is unknown",
		"-iJO http://1.2.3.4/":    "--include and --remote-header-name",
		"--locaton x":             "option --locaton: is unknown (the nearest is --location)",
		"--data-urlencoded x":     "option --data-urlencoded: is unknown (the nearest is --data-urlencode)",
		"--max x":                 "option --max: is ambiguous",
		"-sSk~ x":                 "option -~: is unknown",
		"--insecure=yes x":        "option --insecure: takes no argument",
		"--no-max-time x":         "option --no-max-time: is unknown",
		"-o":                      "option -o: requires parameter",
		"--limit-rate fast x":     `option --limit-rate: "fast" is not a number of bytes`,
		"--rate often x":          "option --rate:",
		"--tls-max 1.1 x":         "TLS 1.1 is broken",
		"--ciphers RC4 x":         `"RC4" is not offered by this TLS`,
		"--curves frog x":         `"frog" is not offered by this TLS`,
		"--pinnedpubkey f x":      "it must be sha256//",
		"-r frog x":               `option --range: "frog" is not a range`,
		"-C frog x":               `option --continue-at: "frog" is no offset`,
		"--resolve frog x":        "it is HOST:PORT:ADDRESS",
		"--connect-to frog x":     "is not HOST1:PORT1:HOST2:PORT2",
		"-f --fail-with-body x":   "exclude each other",
		"-: x":                    "there is no URL before it",
		"--cert-type DER x":       `"DER" is neither PEM nor P12`,
		"-F a=(;type=x x":         "multipart/mixed",
		"-p http://127.0.0.1:1/":  "--proxytunnel",
		"-u nick http://1.2.3.4/": "no password, and nobody to ask",
	} {
		got := runIn(t, world{}, split(line)...)
		if got.code != exitUsage && got.code != exitResolveFlag || !strings.Contains(got.err, want) || got.out != "" || !strings.HasPrefix(got.err, "godwit curl: ") {
			t.Errorf("curl %s: %d %q, want %q", line, got.code, got.err, want)
		}
	}
}

// Every flag can be read, in every form that it has.
func TestEveryFlag(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("# nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		"form": "a=1", "form-string": "a=1", "config": file, "max-redirs": "3", "create-file-mode": "644", "continue-at": "5", "range": "1-2", "header": "A: b", "proxy-header": "A: b",
		"speed-time": "5", "rate": "2/s", "retry": "3", "parallel-max": "5", "resolve": "a.example:80:127.0.0.1", "connect-to": "a.example:80:b.example:80", "tls-max": "1.3",
		"ciphers": "ECDHE-RSA-AES128-GCM-SHA256", "curves": "X25519", "pinnedpubkey": "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "cert-type": "PEM", "key-type": "PEM", "proxy-cert-type": "P12", "proxy-key-type": "P12",
		"variable": "a=1",
	}
	for _, f := range allRows() {
		if f.refused != "" || f.name == "next" {
			continue
		}
		value, ok := values[f.name]
		if !ok {
			value = "1"
		}
		for _, args := range [][]string{{"--" + f.name, value}, {"--" + f.name + "=" + value}, {"-" + string(f.short), value}, {"-" + string(f.short) + value}} {
			if f.set == nil {
				args = args[:1]
			}
			if f.short == 0 && args[0][1] != '-' || f.set == nil && (strings.Contains(args[0], "=") || len(args[0]) > 2 && args[0][1] != '-') {
				continue
			}
			p := &parser{env: &Env{Getenv: func(string) string { return "" }, Stdin: eof{}}, global: newGlobal(), rows: allRows()}
			if err := p.commandLine(append([]string{"-q"}, args...)); err != nil {
				t.Errorf("%q: %v", args, err)
			}
		}
	}
}

// No two flags have a name or a letter in common, and all that curl 7.88 has are known.
func TestRows(t *testing.T) {
	names, letters := map[string]bool{}, map[byte]string{}
	for _, f := range allRows() {
		if names[f.name] {
			t.Errorf("two flags are called %s", f.name)
		}
		names[f.name] = true
		if f.short == 0 {
			continue
		}
		if other := letters[f.short]; other != "" {
			t.Errorf("-%c is %s and %s", f.short, other, f.name)
		}
		letters[f.short] = f.name
	}
	text, err := os.ReadFile(filepath.Join("testdata", "curl-7.88.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		short, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		positive, negated := strings.CutPrefix(name, "no-")
		if !names[name] && !(negated && names[positive]) {
			t.Errorf("--%s of curl is unknown", name)
		}
		if short != "-" && letters[short[0]] != name && letters[short[0]] != positive {
			t.Errorf("-%s is %s, in curl %s", short, letters[short[0]], name)
		}
	}
}

// Whatever is typed or read, there is an answer and no panic.
func FuzzArguments(f *testing.F) {
	for _, c := range sideCases {
		f.Add(c.args)
	}
	f.Add("-K - -F a=@b;type=\"x -w %{ -r 1-2,3- -e ;auto -E a:b --resolve [::1]:1:2")
	f.Fuzz(func(t *testing.T, line string) {
		p := &parser{env: &Env{Getenv: func(string) string { return "" }, Stdin: strings.NewReader(line)}, global: newGlobal(), rows: allRows()}
		args := split(line)
		if slices.ContainsFunc(args, func(a string) bool { return strings.Contains(a, "/") }) {
			return // files of the machine are none of our business
		}
		if err := p.commandLine(append([]string{"-q"}, args...)); err != nil && failureOf(err).code == 0 {
			t.Errorf("an error without a number: %v", err)
		}
		for _, c := range p.configs {
			for i := range c.targets {
				g, err := parseGlob(c.targets[i].url)
				if err != nil {
					continue
				}
				n := 0
				for u := range g.all() {
					_, _ = c.fullURL(u, &c.targets[i])
					if n++; n > 100 {
						break
					}
				}
			}
		}
	})
}
