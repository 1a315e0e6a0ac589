package download

// Checksums: what a person writes, what sha256sum writes, and whether a file has it.

import (
	"bufio"
	"context"
	"crypto/md5"  //nolint:gosec // of what others publish
	"crypto/sha1" //nolint:gosec
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
)

// A Checksum is what a file must have.
type Checksum struct {
	Algorithm string // "sha256", "sha512", "sha1", "md5"
	Hex       string // in lower case
}

// String writes it as ParseChecksum reads it.
func (c *Checksum) String() string { return c.Algorithm + ":" + c.Hex }

var algorithms = map[string]func() hash.Hash{
	"sha256": sha256.New, "sha512": sha512.New, "sha1": sha1.New, "md5": md5.New,
}

// ParseChecksum reads ALGORITHM:HEX.
func ParseChecksum(text string) (*Checksum, error) {
	name, digits, ok := strings.Cut(text, ":")
	name, digits = strings.ToLower(strings.ReplaceAll(name, "-", "")), strings.ToLower(digits)
	newHash := algorithms[name]
	if !ok || newHash == nil {
		return nil, fmt.Errorf("%q is none of sha256:HEX, sha512:HEX, sha1:HEX, md5:HEX", text)
	}
	sum, err := hex.DecodeString(digits)
	if err != nil || len(sum) != newHash().Size() {
		return nil, fmt.Errorf("%q is not the %d hexadecimal digits that %s has", digits, 2*newHash().Size(), name)
	}
	return &Checksum{name, digits}, nil
}

// BareChecksum reads a checksum whose length alone says of which algorithm it is; nil if the text
// is none.
func BareChecksum(text string) *Checksum {
	sum, err := ParseChecksum(byLength[len(text)] + ":" + text)
	if err != nil {
		return nil
	}
	return sum
}

// Sums are the lines of a file of checksums.
type Sums struct {
	byName map[string]*Checksum
	lone   *Checksum // one without a name
}

// ReadSums reads what sha256sum and its like write: "HEX  NAME", "HEX *NAME" or
// "SHA256 (NAME) = HEX", or a checksum alone.
func ReadSums(r io.Reader) (*Sums, error) {
	s := &Sums{byName: map[string]*Checksum{}}
	lines := bufio.NewScanner(io.LimitReader(r, 16<<20))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(strings.TrimPrefix(lines.Text(), "\ufeff"), "\r ")
		if line == "" || line[0] == '#' {
			continue
		}
		name, sum, err := sumLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if name == "" {
			s.lone = sum
			continue
		}
		if old := s.byName[name]; old != nil && old.Algorithm == sum.Algorithm && *old != *sum {
			return nil, fmt.Errorf("line %d: another checksum for %q", n, name)
		} else if old == nil || stronger(sum, old) {
			s.byName[name] = sum
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(s.byName) == 0 && s.lone == nil {
		return nil, fmt.Errorf("it has no checksum")
	}
	return s, nil
}

func stronger(a, b *Checksum) bool { return len(a.Hex) > len(b.Hex) }

// byLength are the algorithms by the length of what they give, in hexadecimal.
var byLength = map[int]string{32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}

func sumLine(line string) (name string, sum *Checksum, err error) {
	if head, digits, ok := strings.Cut(line, ") = "); ok {
		if algorithm, name, ok := strings.Cut(head, " ("); ok {
			sum, err = ParseChecksum(algorithm + ":" + digits)
			return baseName(name), sum, err
		}
	}
	line = strings.TrimPrefix(line, `\`) // sha256sum's mark of an escaped name
	digits, name, _ := strings.Cut(line, " ")
	if strings.Contains(digits, ":") {
		sum, err = ParseChecksum(digits)
	} else if algorithm := byLength[len(digits)]; algorithm == "" {
		err = fmt.Errorf("%q is no checksum", clip(digits))
	} else {
		sum, err = ParseChecksum(algorithm + ":" + digits)
	}
	return baseName(strings.TrimPrefix(strings.TrimPrefix(name, " "), "*")), sum, err
}

// baseName returns the last segment of a path: lists name files as they lie on the server.
func baseName(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

// Find returns the checksum of the first of the names that there is one for, or the one that
// has no name if it is alone; nil if there is none.
func (s *Sums) Find(names ...string) *Checksum {
	for _, name := range names {
		if sum := s.byName[name]; sum != nil && name != "" {
			return sum
		}
	}
	if len(s.byName) == 0 {
		return s.lone
	}
	return nil
}

// digestOf returns what a server says that the file has (Repr-Digest, RFC 9530), nil if it says
// nothing of use.
func digestOf(h http.Header) (best *Checksum) {
	for member := range strings.SplitSeq(strings.Join(h.Values("Repr-Digest"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(member), "=")
		text, isBytes := strings.CutPrefix(value, ":")
		text, closed := strings.CutSuffix(text, ":")
		sum, err := base64.StdEncoding.DecodeString(text)
		if name != "sha-256" && name != "sha-512" || !isBytes || !closed || err != nil {
			continue // old algorithms are no use, and a broken one says nothing
		}
		c, err := ParseChecksum(name + ":" + hex.EncodeToString(sum))
		if err == nil && (best == nil || stronger(c, best)) {
			best = c
		}
	}
	return best
}

// check reads r, which is a whole file, and compares.
func (c *Checksum) check(ctx context.Context, r io.Reader) error {
	h := algorithms[c.Algorithm]()
	buf := make([]byte, bufferSize)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		h.Write(buf[:n])
		if err == io.EOF {
			return c.compare(h)
		}
		if err != nil {
			return &OutputError{Err: err}
		}
	}
}

func (c *Checksum) compare(h hash.Hash) error {
	if got := hex.EncodeToString(h.Sum(nil)); got != c.Hex {
		return &ChecksumError{Algorithm: c.Algorithm, Want: c.Hex, Got: got}
	}
	return nil
}
