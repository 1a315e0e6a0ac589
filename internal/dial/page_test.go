package dial

import (
	"errors"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
)

var update = flag.Bool("update", false, "write what is said into the page about it")

// page is where it is printed what Explain says of some fixtures.
const page = "../../docs/tls-errors.md"

// shown is a block of the page: the fixture's name in a comment, and what is said of it.
var shown = regexp.MustCompile("(?s)<!-- fixture: ([^ ]+) -->\n\n```text\n(.*?)```\n")

// The page has what is said, but for what is new each time, and has each cause.
func TestPage(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	fixtures := append(tlstest.Failing(t), tlstest.OnlyTLS(t)...)
	causes := map[tlserr.Cause]bool{}
	now := shown.ReplaceAllStringFunc(string(text), func(block string) string {
		m := shown.FindStringSubmatch(block)
		i := slices.IndexFunc(fixtures, func(f *tlstest.Fixture) bool { return f.Name == m[1] })
		if i < 0 {
			t.Fatalf("there is no fixture %q", m[1])
		}
		causes[fixtures[i].Want] = true
		said := explain(t, fixtures[i])
		if sameEachTime(said) == sameEachTime(m[2]) {
			return block
		}
		if !*update {
			t.Errorf("%s is not what is said of %s (go test ./internal/dial -run TestPage -update writes it):\n%s", page, m[1], said)
		}
		return "<!-- fixture: " + m[1] + " -->\n\n```text\n" + said + "```\n"
	})
	if *update {
		if err := os.WriteFile(page, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range fixtures {
		if !strings.Contains(now, "`"+string(f.Want)+"`") {
			t.Errorf("the page has no row for the cause %q", f.Want)
		}
		if !causes[f.Want] && f.Scheme != "http" {
			t.Errorf("the page shows nothing of the cause %q", f.Want)
		}
	}
}

// explain returns what is said of a fixture.
func explain(t *testing.T, f *tlstest.Fixture) string {
	t.Helper()
	s := tlstest.Start(t, f)
	nc, err := s.Dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	tc, err := Handshake(t.Context(), nc, f.ClientConfig(), f.Host+":443", nil)
	if err == nil {
		defer tc.Close()
		_, err = tc.Read(make([]byte, 1))
		err = Failure(tc, err, f.Host+":443", time.Now())
	}
	e, ok := errors.AsType[*tlserr.Error](err)
	if !ok {
		t.Fatalf("%s: %v", f.Name, err)
	}
	return e.Explain()
}

// What is new each time: dates, sums, lists and sizes.
var (
	dates = regexp.MustCompile(`\d{4}-\d\d-\d\d( \d\d:\d\d UTC)?`)
	sums  = regexp.MustCompile(`[0-9a-f]{64}`)
	lists = regexp.MustCompile(`--ech=\S+`)
	sizes = regexp.MustCompile(`\d+\s+bytes`)
)

func sameEachTime(s string) string {
	s = dates.ReplaceAllString(s, "DATE")
	s = lists.ReplaceAllString(s, "--ech=LIST")
	s = sums.ReplaceAllString(s, "SUM")
	return strings.Join(strings.Fields(sizes.ReplaceAllString(s, "N bytes")), " ")
}
