package download

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

const sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" // of "test"

func TestReadSums(t *testing.T) {
	const md5Sum = "098f6bcd4621d373cade4e832627b4f6"
	for name, text := range map[string]string{
		"sha256sum":       sha + "  file.bin\n" + strings.Repeat("0", 64) + "  other.bin\n",
		"binary":          "# sums\n\n" + strings.ToUpper(sha) + " *file.bin\r\n",
		"a path":          sha + "  ./pub/file.bin\n",
		"of Windows":      "\ufeff" + sha + `  pub\file.bin` + "\n",
		"BSD":             "SHA256 (file.bin) = " + sha + "\n",
		"BSD, dashed":     "SHA-256 (pub/file.bin) = " + sha + "\n",
		"alone":           sha + "\n",
		"prefixed":        "sha256:" + sha + "  file.bin\n",
		"several kinds":   md5Sum + "  file.bin\n" + sha + "  file.bin\n",
		"strongest first": sha + "  file.bin\n" + md5Sum + "  file.bin\n",
		"twice the same":  sha + "  file.bin\n" + sha + "  file.bin\n",
	} {
		s, err := ReadSums(strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sum := s.Find("", "file.bin", "x")
		if sum == nil || sum.String() != "sha256:"+sha {
			t.Errorf("%s: %v", name, sum)
			continue
		}
		if err := sum.check(t.Context(), strings.NewReader("test")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := sum.check(t.Context(), strings.NewReader("test.")); err == nil {
			t.Errorf("%s: it fits another text", name)
		}
		if sum := s.Find("none.bin"); sum != nil && name != "alone" {
			t.Errorf("%s: %v", name, sum)
		}
	}
	for text, want := range map[string]string{
		"":                                "it has no checksum",
		"# nothing\n":                     "it has no checksum",
		"<html>\n":                        `line 1: "<html>" is no checksum`,
		sha + "0  a\n":                    "line 1: ",
		strings.Repeat("x", 64) + "  a\n": "line 1: ",
		sha + "  a\nSHA256 (b) = 00\n":    "line 2: ",
		"CRC32 (a) = 00\n":                "line 1: ",
		sha + "  a\n" + strings.Repeat("0", 64) + "  a\n": `line 2: another checksum for "a"`,
		strings.Repeat("x", 1<<20):                        "",
	} {
		if s, err := ReadSums(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %+v, %v", text, s, err)
		}
	}
}

// Each algorithm, by what it gives for "test".
func TestAlgorithms(t *testing.T) {
	for _, text := range []string{
		"sha256:" + sha, "SHA-256:" + strings.ToUpper(sha),
		"md5:098f6bcd4621d373cade4e832627b4f6",
		"sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
		"sha512:ee26b0dd4af7e749aa1a8ee3c10ae9923f618980772e473f8819a5d4940e0db27ac185f8a0e1d5f84f88bc887fd67b143732c304cc5fa9ad8e6f57f50028a8ff",
	} {
		sum, err := ParseChecksum(text)
		if err == nil {
			err = sum.check(t.Context(), strings.NewReader("test"))
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What the server says of the file is compared too.
func TestReprDigest(t *testing.T) {
	content := []byte("test")
	const right = "sha-256=:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=:"
	wrong := "sha-512=:" + strings.Repeat("A", 86) + "==:"
	for field, want := range map[string]string{
		right:                           "sha256:" + sha,
		"md5=:AAAA:, " + right + ";x=1": "",
		"md5=:AAAA:,  " + right:         "sha256:" + sha,
		"sha-256=:AAAA:":                "",
		"sha-256=n4bQ":                  "",
		"":                              "",
		wrong + ", " + right:            "wrong",
	} {
		dir := t.TempDir()
		s := &server{content: content, etag: `"v1"`, answer: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Repr-Digest", field)
			return false
		}}
		res, err := Run(t.Context(), job(t, s, dir))
		if want == "wrong" {
			if _, ok := errors.AsType[*ChecksumError](err); !ok {
				t.Errorf("%s: %v", field, err)
			}
			// The next time it is fetched anew, and may be right.
			s.answer = nil
			mustRun(t, job(t, s, dir))
			if got := s.asked(); got[len(got)-1] != "" {
				t.Errorf("%q", got)
			}
			continue
		}
		if err != nil || res.Checked != want {
			t.Errorf("%s: %+v, %v", field, res, err)
		}
	}
}

func FuzzReadSums(f *testing.F) {
	f.Add(sha + "  file.bin\n")
	f.Add("SHA256 (file.bin) = " + sha + "\n")
	f.Add("\\" + sha + " *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ReadSums(strings.NewReader(text))
		if err != nil {
			return
		}
		for name, sum := range s.byName {
			if again, err := ParseChecksum(sum.String()); err != nil || *again != *sum || strings.ContainsAny(name, `/\`) {
				t.Errorf("%q: %v, %v", name, sum, err)
			}
		}
	})
}

// Of what is read as a state, no byte is outside of the file, or counted twice.
func FuzzReadState(f *testing.F) {
	f.Add(`{"godwit":1,"url_sha256":"x","etag":"\"v\"","size":100,"done":[[0,50],[60,70]]}`, int64(70))
	f.Add(`{"godwit":1,"size":-1,"done":[[0,9223372036854775807]]}`, int64(1))
	f.Fuzz(func(t *testing.T, text string, length int64) {
		s, err := readState(strings.NewReader(text), length)
		if err != nil {
			return
		}
		at := int64(-1)
		for _, d := range s.spans() {
			if d.at <= at || d.end <= d.at || d.end > length || s.Size >= 0 && d.end > s.Size {
				t.Fatalf("%v of %d bytes", s.Done, length)
			}
			at = d.end
		}
	})
}

// A file that got a number, because its name was taken, is the one that the list names.
func TestSumsOfNumbered(t *testing.T) {
	dir := t.TempDir()
	s := &server{content: []byte("test"), etag: `"v1"`, answer: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Disposition", `attachment; filename="named.bin"`)
		return false
	}}
	j := job(t, s, dir)
	var err error
	if j.Sums, err = ReadSums(strings.NewReader(sha + "  named.bin\n")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if res := mustRun(t, j); res.Checked != "sha256:"+sha {
			t.Errorf("%+v", res)
		}
	}
	holds(t, dir, map[string][]byte{"named.bin": s.content, "named-1.bin": s.content})
}
