package header

import (
	"errors"
	"reflect"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A reading is what a field's lines are read as, what that is written as, and what is wrong
// with them ("": nothing).
type reading[T any] struct {
	lines   []string
	want    T
	written string
	problem string
}

// lines are the lines of a field.
func lines(all ...string) []string { return all }

// check reads and writes each of them, and reads what was written.
func check[T interface{ String() string }](t *testing.T, parse func([]string) (T, error), readings []reading[T]) {
	t.Helper()
	for _, c := range readings {
		got, err := parse(c.lines)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q\n got %#v\nwant %#v", c.lines, got, c.want)
		}
		if e, _ := errors.AsType[*Error](err); e != nil && e.Problem != c.problem || e == nil && c.problem != "" {
			t.Errorf("%q: error %v, want %q", c.lines, err, c.problem)
		}
		written := got.String()
		if written != c.written {
			t.Errorf("%q is written\n     %q, want\n     %q", c.lines, written, c.written)
		}
		if c.problem != "" && (written == "" || reflect.ValueOf(got).IsZero()) {
			continue // there was nothing to be read
		}
		if again, err := parse(lines(written)); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%q, written as %q, is read as %#v, %v", c.lines, written, again, err)
		}
	}
}

// single makes of a function that takes a value one that takes lines.
func single[T any](parse func(string) (T, error)) func([]string) (T, error) {
	return func(lines []string) (T, error) {
		if len(lines) == 0 {
			return parse("")
		}
		return parse(lines[0])
	}
}
