package cli

// The file of settings: where it is, what it may say for whom, and what stands above it.

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"example.com/godwit/internal/cli/config"
	"example.com/godwit/internal/cli/ownfile"
	"example.com/godwit/transport"
)

// configOptions say which file of settings counts.
type configOptions struct {
	path string // "": the usual one
	none bool

	// What follows is what came of it.
	file *settingsFile     // nil: there is none
	from map[string]string // where in the file a flag's argument is from, "PATH:LINE", by its name
	// headers are the fields that the file gives, for who asks nothing else.
	headers []config.Setting
}

var configFlags = []flagRow[options]{
	{
		name: "config", arg: "FILE", help: "the file of settings (default: config.toml in the folder\nof settings)",
		apply: func(o *options, v string) error { o.config.path = v; return someFile(v) },
	},
	{
		name: "no-config", help: "no file of settings",
		flip: func(o *options, on bool) { o.config.none = on },
	},
}

// hostTopics are the topics whose flags may stand in the section of a host: they have to do with
// the way there. The others are about the whole run.
var hostTopics = []string{"exchange", "auth", "session", "limits", "sockets", "tls", "proxies"}

// notInFile cannot stand in the file, onlyForHosts not in its part for all: a credential for
// whomever one happens to ask is for nobody's good.
var (
	notInFile    = []string{"help", "version", "config", "no-config"}
	onlyForHosts = []string{"auth"}
)

// maxSettingsFile bounds the file.
const maxSettingsFile = 1 << 20

// A settingsFile is the file, read.
type settingsFile struct {
	path     string
	args     []string         // the command line
	all      []config.Setting // for all hosts
	sections []hostSection
}

// A hostSection is what holds for some hosts.
type hostSection struct {
	config.Section
	origin string // as transport.Origin has it, with an empty label in the place of a *
	wild   bool
}

// openSettings reads the file, if there is one. args is the command line.
func openSettings(env *Env, o *configOptions, args []string) (*settingsFile, error) {
	if o.none {
		return nil, nil
	}
	path := expandHome(env, o.path)
	if path == "" {
		folder := configFolder(env)
		if folder == "" {
			return nil, nil
		}
		path = filepath.Join(folder, "config.toml")
	}
	file, err := ownfile.Read(path, maxSettingsFile, ownfile.Follow)
	if errors.Is(err, fs.ErrNotExist) && o.path == "" {
		return nil, nil
	}
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err
		}
		return nil, &settingsError{usageError{fmt.Sprintf("the settings in %s are not read: %v", path, err)}}
	}
	sections, err := config.Parse(file.Text)
	if e, ok := errors.AsType[*config.Error](err); ok {
		return nil, &settingsError{usageError{fmt.Sprintf("%s:%d: %s", path, e.Line, e.Text)}}
	}
	f := &settingsFile{path: path, args: args}
	for _, s := range sections {
		if err := f.add(s, file.Exposed); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// A settingsError is a mistake in the file.
type settingsError struct{ mistake usageError }

func (e *settingsError) Error() string { return e.mistake.text }
func (e *settingsError) Unwrap() error { return &e.mistake }

func (f *settingsFile) wrong(line int, format string, args ...any) error {
	return &settingsError{usageError{fmt.Sprintf("%s:%d: ", f.path, line) + fmt.Sprintf(format, args...)}}
}

// add takes a section, if all that it says is known.
func (f *settingsFile) add(s config.Section, exposed bool) error {
	for _, x := range s.Settings {
		if err := f.check(&x, s.Host, exposed); err != nil {
			return err
		}
	}
	if s.Host == "" {
		f.all = s.Settings
		return nil
	}
	h := hostSection{Section: s}
	text, wild := strings.CutPrefix(s.Host, "*.")
	if h.wild = wild; wild {
		text = "x." + text
	}
	if scheme, rest, ok := strings.Cut(s.Host, "://*."); ok {
		text, h.wild = scheme+"://x."+rest, true
	}
	text, err := expandURL(text)
	u, perr := url.Parse(text)
	if err != nil || perr != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || strings.Contains(u.Host, "*") {
		return f.wrong(s.Line, "%q is no host: it is written as in a URL, with a scheme and a port or without, and *. in front stands for those below it", s.Host)
	}
	if h.origin = transport.Origin(u); h.wild {
		h.origin = strings.Replace(h.origin, "://x.", "://.", 1)
	}
	f.sections = append(f.sections, h)
	return nil
}

// check refuses what the file cannot say, to all or to a host.
func (f *settingsFile) check(s *config.Setting, host string, exposed bool) error {
	if s.Name == "headers" {
		if slices.Contains([]string{"authorization", "cookie", "proxy-authorization"}, strings.ToLower(s.Field)) || slices.ContainsFunc(s.Texts, isReference) {
			if host == "" {
				return f.wrong(s.Line, "%s would be told all hosts: it has to stand in the section of one, [host.\"NAME\".headers]", s.Field)
			}
			if exposed && !slices.ContainsFunc(s.Texts, isReference) {
				return f.wrong(s.Line, "%s is a secret, and others can read the file: chmod 600, or a reference such as @env:NAME", s.Field)
			}
		}
		return nil
	}
	row := slices.IndexFunc(requestFlags, func(r flagRow[options]) bool { return r.name == s.Name })
	switch {
	case row < 0:
		return f.wrong(s.Line, "there is no setting %q%s", s.Name, probably(s.Name))
	case slices.Contains(notInFile, s.Name):
		return f.wrong(s.Line, "%s cannot stand here", s.Name)
	case requestFlags[row].flip != nil && (!s.Bool || len(s.Texts) != 1):
		return f.wrong(s.Line, "%s is true or false", s.Name)
	case host == "" && slices.Contains(onlyForHosts, s.Name):
		return f.wrong(s.Line, "%s would be told all hosts: it has to stand in the section of one, [host.\"NAME\"]", s.Name)
	case host != "" && !slices.Contains(hostTopics, topicOf(s.Name)):
		return f.wrong(s.Line, "%s is about the whole run, and not about a host: it has to stand above the sections", s.Name)
	case exposed && s.Name == "auth" && !isReference(s.Texts[0]) && !isReference(passwordOf(s.Texts[0])) && strings.Contains(s.Texts[0], ":"):
		return f.wrong(s.Line, "auth is a secret, and others can read the file: chmod 600, or a reference such as @env:NAME")
	}
	return nil
}

func topicOf(flag string) string {
	for _, t := range topics {
		if slices.ContainsFunc(t.flags, func(r flagRow[options]) bool { return r.name == flag }) {
			return t.name
		}
	}
	return ""
}

// probably says which setting was meant.
func probably(name string) string {
	names := []string{"headers"}
	for _, r := range requestFlags {
		names = append(names, r.name)
	}
	if near := meant(name, names); len(near) > 0 {
		return " (did you mean " + strings.Join(near, " or ") + "?)"
	}
	return "; settings are called as the flags are"
}

// matches reports whether the section is for an origin. A * stands for names, not for an address.
func (h *hostSection) matches(u *url.URL) bool {
	origin := transport.Origin(u)
	if !h.wild {
		return origin == h.origin
	}
	scheme, host, _ := strings.Cut(h.origin, "://")
	rest, ok := strings.CutPrefix(origin, scheme+"://")
	if _, err := netip.ParseAddr(u.Hostname()); err == nil || !ok {
		return false
	}
	return len(rest) > len(host) && strings.HasSuffix(rest, host)
}

// sectionsFor returns the sections for a URL, those that say more of it last.
func (f *settingsFile) sectionsFor(target string) (found []hostSection) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return nil
	}
	for i := range f.sections {
		if f.sections[i].matches(u) {
			found = append(found, f.sections[i])
		}
	}
	slices.SortStableFunc(found, func(a, b hostSection) int {
		if a.wild != b.wild {
			if a.wild {
				return -1
			}
			return 1
		}
		return len(a.origin) - len(b.origin)
	})
	return found
}

// applySettings applies to o what the file says, for all and in the sections, as far as the table
// has it and the command line does not say it; of what is said twice the last counts. It returns
// where that is from, and the header fields. Names in own are of flags that are others' there.
func applySettings[T any](f *settingsFile, table []flagRow[T], o *T, sections []hostSection, own ...string) (from map[string]string, headers []config.Setting, err error) {
	given := map[string]bool{}
	if _, err := parseFlags(marking(table, given), f.args, new(T)); err != nil {
		return nil, nil, err
	}
	last := map[string]config.Setting{}
	var order []string
	note := func(settings []config.Setting) {
		for _, s := range settings {
			key := s.Name + "\x00" + strings.ToLower(s.Field)
			if _, ok := last[key]; !ok {
				order = append(order, key)
			}
			last[key] = s
		}
	}
	note(f.all)
	for i := range sections {
		note(sections[i].Settings)
	}
	from = map[string]string{}
	for _, key := range order {
		s := last[key]
		if s.Name == "headers" {
			headers = append(headers, s)
			continue
		}
		i := slices.IndexFunc(table, func(r flagRow[T]) bool { return r.name == s.Name })
		if i < 0 || given[s.Name] || slices.Contains(own, s.Name) {
			continue
		}
		if err := applySetting(&table[i], o, &s); err != nil {
			return nil, nil, f.wrong(s.Line, "%s: %v", s.Name, err)
		}
		from[s.Name] = fmt.Sprintf("%s:%d", f.path, s.Line)
	}
	return from, headers, nil
}

// marking returns the table with rows that do nothing but mark that they are there.
func marking[T any](table []flagRow[T], given map[string]bool) []flagRow[T] {
	rows := slices.Clone(table)
	for i := range rows {
		name := rows[i].name
		if rows[i].flip != nil {
			rows[i].flip = func(*T, bool) { given[name] = true }
		} else {
			rows[i].apply = func(*T, string) error { given[name] = true; return nil }
		}
	}
	return rows
}

func applySetting[T any](row *flagRow[T], o *T, s *config.Setting) error {
	if row.flip != nil {
		row.flip(o, s.Texts[0] == "true")
		return nil
	}
	for _, text := range s.Texts {
		if row.optional && s.Bool {
			if text == "false" {
				continue
			}
			text = ""
		}
		if err := row.apply(o, text); err != nil {
			return err
		}
	}
	return nil
}

// options returns the options of a run for the hosts of these sections.
func (f *settingsFile) options(sections []hostSection) (o *options, rest []string, err error) {
	o = newOptions()
	from, headers, err := applySettings(f, requestFlags, o, sections)
	if err != nil {
		return nil, nil, err
	}
	o.auth.stand(from["auth"])
	rest, err = parseFlags(requestFlags, f.args, o)
	o.config.file, o.config.from, o.config.headers = f, from, headers
	return o, rest, err
}
