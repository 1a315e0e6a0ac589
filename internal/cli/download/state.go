package download

// What is written down beside a file that is not whole yet, so that a later run can go on with
// it. It names the URL by a hash: a query may hold a key, and user info never belongs on a disk
// (CVE-2018-20483).

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"os"
)

// A state is what the file NAME.part.state holds, in JSON.
type state struct {
	Format   int    `json:"godwit"`             // stateFormat
	URL      string `json:"url_sha256"`         // see hashURL
	ETag     string `json:"etag,omitempty"`     // of the answer, if it is strong
	Modified string `json:"modified,omitempty"` // Last-Modified
	Strong   bool   `json:"strong,omitempty"`   // Modified stands for these very bytes
	Coding   string `json:"coding,omitempty"`   // Content-Encoding
	Ranges   bool   `json:"ranges,omitempty"`   // the server offered parts
	Size     int64  `json:"size"`               // -1: not known

	// Done are the parts that are in the file, each with its end, exclusive.
	Done [][2]int64 `json:"done"`

	// Bad is the checksum that the whole file did not have.
	Bad string `json:"bad,omitempty"`
}

const (
	stateFormat = 1
	maxState    = 256 << 10 // bytes; thousands of parts
)

// hashURL names a URL, without its user info and its fragment.
func hashURL(text string) string {
	if u, err := url.Parse(text); err == nil {
		u.User, u.Fragment, u.RawFragment = nil, "", ""
		text = u.String()
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

var errState = errors.New("not the state of a download")

// readState reads a state. length is how long the file is that it speaks of.
func readState(r io.Reader, length int64) (*state, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxState))
	if err != nil {
		return nil, err
	}
	var s state
	if err := json.Unmarshal(text, &s); err != nil || s.Format != stateFormat || s.Size < -1 {
		return nil, errState
	}
	at := int64(0)
	for _, d := range s.Done {
		if d[0] < at || d[1] <= d[0] || d[1] > length || s.Size >= 0 && d[1] > s.Size {
			return nil, errState
		}
		at = d[1]
	}
	return &s, nil
}

// spans returns what is done.
func (s *state) spans() []span {
	var out []span
	for _, d := range s.Done {
		out = append(out, span{d[0], d[1]})
	}
	return joined(out)
}

// facts returns what was known of the file.
func (s *state) facts() facts {
	return facts{size: s.Size, etag: s.ETag, modified: s.Modified, strong: s.Strong, coding: s.Coding, ranges: s.Ranges}
}

// newState returns the state of a download.
func newState(url string, f *facts, done []span) *state {
	s := &state{
		Format: stateFormat, URL: url, Size: f.size, Done: [][2]int64{},
		ETag: f.etag, Modified: f.modified, Strong: f.strong, Coding: f.coding, Ranges: f.ranges,
	}
	for _, d := range done {
		s.Done = append(s.Done, [2]int64{d.at, d.end})
	}
	return s
}

// save writes the state to a file of a folder, whole: beside it first, and then in its place.
// Where there is no room for a second one, as on a full disk, it is written over the old one,
// of which a state that was cut is no state.
func (s *state) save(root *os.Root, name string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	beside := name + newSuffix
	if err = writeFile(root, beside, os.O_EXCL, text); errors.Is(err, os.ErrExist) {
		// From a run that was killed: nobody else writes here while the lock is ours.
		if err = root.Remove(beside); err == nil {
			err = writeFile(root, beside, os.O_EXCL, text)
		}
	}
	if err == nil {
		if err = root.Rename(beside, name); err == nil {
			return nil
		}
	}
	_ = root.Remove(beside)
	if info, lerr := root.Lstat(name); lerr != nil || !info.Mode().IsRegular() {
		return err
	}
	return writeFile(root, name, os.O_TRUNC, text)
}

// writeFile creates a file that is its owner's alone.
func writeFile(root *os.Root, name string, flag int, text []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|flag, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
