package curl

// Cookies: those of -b, and those that are kept for -c.

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"example.com/godwit/cookiejar"
)

// A jar is what all configs of a run share, as curl's do.
type jar struct{ *cookiejar.Jar }

// openJar returns the jar with the cookies of the config's files, nil if nobody wants any kept.
func (r *runner) openJar(c *config) (*jar, error) {
	if c.cookieJar == "" && len(c.cookieFiles) == 0 {
		return nil, nil
	}
	if r.jar == nil {
		r.jar = &jar{cookiejar.New()}
		r.jar.SaveSession = true
	}
	for _, path := range c.cookieFiles {
		if path == "" {
			continue
		}
		var data []byte
		var err error
		if path == "-" {
			data, err = (&parser{env: r.env}).read("-")
		} else if data, err = os.ReadFile(path); err != nil {
			continue // curl takes one that is not there for an empty one
		}
		if err != nil {
			return nil, err
		}
		if err := r.jar.load(data, c); err != nil {
			r.warn("cookies of %s: %v", path, err)
		}
	}
	return r.jar, nil
}

// load reads a cookies.txt, or the heads of responses, of which Set-Cookie counts: they are for
// the URLs that follow.
func (j *jar) load(data []byte, c *config) error {
	if !bytes.Contains(data, []byte("\t")) && bytes.Contains(bytes.ToLower(data), []byte("set-cookie:")) {
		for line := range strings.Lines(string(data)) {
			name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
			if !strings.EqualFold(name, "Set-Cookie") {
				continue
			}
			for i := range c.targets {
				raw, err := c.withScheme(c.targets[i].url)
				if err != nil {
					continue
				}
				if u, err := url.Parse(raw); err == nil {
					j.Store(u, []string{strings.TrimSpace(value)})
				}
			}
		}
		return nil
	}
	if err := j.ReadNetscape(bytes.NewReader(data)); err != nil {
		return err
	}
	if c.junkSession {
		j.EndSession()
	}
	return nil
}

// save writes the jar where -c says.
func (r *runner) saveJar(c *config) error {
	if c.cookieJar == "" || r.jar == nil {
		return nil
	}
	var b bytes.Buffer
	leftOut, err := r.jar.WriteNetscape(&b)
	if err != nil {
		return err
	}
	if leftOut > 0 {
		r.warn("%d cookies have a tab in them and cannot be saved in %s", leftOut, c.cookieJar)
	}
	if c.cookieJar == "-" {
		_, err := r.out().Write(b.Bytes())
		return err
	}
	if err := replace(c.cookieJar, b.Bytes()); err != nil {
		// A warning, and no more: that is what curl makes of it.
		r.warn("failed to save cookies in %s: %v", c.cookieJar, cause(err))
	}
	return nil
}

// replace puts a file that only its owner can read in the place of another, whole or not at all.
func replace(path string, data []byte) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(path, data, 0o600)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".godwit-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // ours: it was made by O_EXCL
	}
	return err
}
