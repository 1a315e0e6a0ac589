package godwit

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

func TestJSONLines(t *testing.T) {
	type user struct{ Login string }
	for in, want := range map[string]string{
		"":              "[]",
		"\n \r\n":       "[]",
		`{"login":"a"}`: "[{a}]",
		"{\"login\":\"a\"}\r\n\n{\"login\":\"b\"}\n": "[{a} {b}]",
		`{"login":"a"}{"login":"b"} {}`:              "[{a} {b} {}]",
		"\ufeff{\n \"login\":\n\"a\" }\n":            "[{a}]",
		"null\n{\"login\":\"}\\\"{\"}":               `[{} {}"{}]`,
	} {
		for how, r := range readings(in) {
			st, _ := streaming(t, r)
			got, err := collect(JSONLines[user](st))
			if err != nil || fmt.Sprint(got) != want && len(got) > 0 {
				t.Errorf("%q %s: %v, %v", in, how, got, err)
			}
			st.Close()
		}
	}
}

// A record that is broken is an error that says where, and the last one.
func TestJSONLinesBroken(t *testing.T) {
	for _, c := range []struct {
		in, want string
		good     int
	}{
		{"1\n2\nx\n4\n", "GET http://h/: response: line 3: invalid character 'x'", 2},
		{"1\n\n\n\"two\"\n4\n", "line 4: json: cannot unmarshal string", 1},
		{"1\n[2", "line 2: the body ends within a record", 1},
		{"1\n\"2", "line 2: the body ends within a record", 1},
		{"1\n[\n\n2,]\n", "line 2: invalid character ']'", 1},
		{"1\n\"a\n2\n", "line 2: invalid character '\\n' in string", 1},
		{"1\n}\n", "line 2: invalid character '}'", 1},
		{"1,2", "line 1: invalid character ','", 0},
		{"<html>", "line 1: invalid character '<'", 0},
		{"\x00\x00\x00\x00\n", "line 1: ", 0},
		{strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), "exceeded max depth", 0},
	} {
		for how, r := range readings(c.in) {
			st, _ := streaming(t, r)
			got, err := collect(JSONLines[int](st))
			if e, ok := errors.AsType[*Error](err); !ok || e.Kind != ErrDecode || !errors.Is(err, ErrDecode) || !strings.Contains(err.Error(), c.want) || len(got) != c.good {
				t.Errorf("%.40q %s: %v, %v", c.in, how, got, err)
			}
			st.Close()
		}
	}
	st, _ := streaming(t, io.MultiReader(strings.NewReader("1\n2"), iotest.ErrReader(errLost)))
	if got, err := collect(JSONLines[int](st)); len(got) != 1 || !errors.Is(err, errLost) {
		t.Errorf("%v, %v", got, err) // the 2 may have been the beginning of 23
	}
	st, _ = streaming(t, io.MultiReader(strings.NewReader("1\n[\""), zeros(1<<40)), MaxBody(1<<16))
	if got, err := collect(JSONLines[any](st)); len(got) != 1 || !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "line 2: a record of more than 65536 bytes (set by MaxBody)") {
		t.Errorf("%v, %v", got, err)
	}
}

func TestJSONLinesOfAnError(t *testing.T) {
	s, b := answering(404, "<html>")
	st, err := s.Stream(t.Context(), "GET", "http://h/")
	if err != nil {
		t.Fatal(err)
	}
	_, err = collect(JSONLines[int](st))
	if e, ok := errors.AsType[*StatusError](err); !ok || e.StatusCode != http.StatusNotFound || e.Text() != "<html>" || !b.closed {
		t.Error(err)
	}
}
