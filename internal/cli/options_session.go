package cli

// The flags of sessions, as HTTPie has them.

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"example.com/godwit/transport"
)

// sessionOptions are what they say.
type sessionOptions struct {
	name     string // a NAME or a path; "": no session
	readOnly bool
}

var sessionFlags = []flagRow[options]{
	{
		name: "session", arg: "NAME|FILE", help: "begin a session, or go on with it: cookies, header items\nand --auth; by NAME for each host, by a FILE with a slash",
		apply: func(o *options, v string) error { return o.session.set(v, false) },
	},
	{
		name: "session-read-only", arg: "NAME|FILE", help: "the same, without saving what comes of it",
		apply: func(o *options, v string) error { return o.session.set(v, true) },
	},
}

func (o *sessionOptions) set(name string, readOnly bool) error {
	if !isPath(name) {
		if err := checkSessionName(name); err != nil {
			return err
		}
	}
	o.name, o.readOnly = name, readOnly
	return nil
}

// isPath reports whether a session is named by a path: it has a slash.
func isPath(name string) bool {
	return strings.Contains(name, "/") || strings.IndexByte(name, os.PathSeparator) >= 0
}

// checkSessionName lets HTTPie's names pass, but for those that are no name of a file.
func checkSessionName(name string) error {
	if name == "" {
		return errors.New("it needs a name")
	}
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_.-", c) >= 0) {
			return fmt.Errorf("%q is no name of a session: letters, digits and _.- make one, and a path has a slash", name)
		}
	}
	if strings.HasPrefix(name, ".") {
		return fmt.Errorf("%q is no name of a session: it begins with a dot", name)
	}
	return nil
}

// path returns the session's file for a URL.
func (o *sessionOptions) path(env *Env, u *url.URL) (string, error) {
	if isPath(o.name) {
		return expandHome(env, o.name), nil
	}
	folder := configFolder(env)
	if folder == "" {
		return "", &usageError{"--session: nothing says where the sessions are: set HOME or GODWIT_CONFIG_DIR, or give a path"}
	}
	return filepath.Join(folder, "sessions", hostFolder(u), o.name+".json"), nil
}

// hostFolder returns the name of the folder for a URL's host: the host, and behind a "_" the
// port if it is not the scheme's. It is never a dot or two, and has no separator of a path.
func hostFolder(u *url.URL) string {
	host := strings.TrimPrefix(transport.Origin(u), u.Scheme+"://")
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	var b strings.Builder
	for i, c := range []byte(host) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && i > 0:
			b.WriteByte(c)
		case c == ':':
			b.WriteByte('_')
		case c == '[', c == ']':
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String()
}

// configFolder returns the folder of settings and sessions, "" if nothing says where it is:
// what GODWIT_CONFIG_DIR says; or godwit in XDG_CONFIG_HOME; or ~/.config/godwit, on macOS and
// Windows only if it is there; or the place that these have for such folders.
func configFolder(env *Env) string {
	if dir := env.Getenv("GODWIT_CONFIG_DIR"); dir != "" {
		return expandHome(env, dir)
	}
	if dir := env.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) { // a relative one does not count
		return filepath.Join(dir, "godwit")
	}
	home := homeOf(env)
	own := ""
	switch {
	case runtime.GOOS == "windows":
		own = env.Getenv("APPDATA")
	case runtime.GOOS == "darwin" && home != "":
		own = filepath.Join(home, "Library", "Application Support")
	}
	if home != "" {
		dir := filepath.Join(home, ".config", "godwit")
		if _, err := os.Stat(dir); own == "" || err == nil {
			return dir
		}
	}
	if own == "" {
		return ""
	}
	return filepath.Join(own, "godwit")
}
