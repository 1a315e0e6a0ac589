package jsonx

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// split returns the texts in r, each with the line on which it begins, and how that ended.
func split(r io.Reader, most int64) (all []string, err error) {
	s := NewSplitter(bufio.NewReaderSize(r, 16), most)
	for {
		text, err := s.Next()
		if err != nil {
			return all, err
		}
		all = append(all, fmt.Sprintf("%d %s", s.Line(), text))
	}
}

func TestSplitter(t *testing.T) {
	for in, want := range map[string][]string{
		"":                            nil,
		" \t\r\n\x1e\n":               nil,
		"1":                           {"1 1"},
		"1 2\n3":                      {"1 1", "1 2", "2 3"},
		"{}[]\"\"{}":                  {"1 {}", "1 []", `1 ""`, "1 {}"},
		"nullnull true\"x\"1{":        {"1 nullnull", "1 true", `1 "x"`, "1 1"},
		"\xef\xbb\xbf1\n\xef\xbb\xbf": {"1 1", "2 \xef\xbb\xbf"},
		"\x1e{\"a\":\n1}\n\x1e2\n":    {"1 {\"a\":\n1}", "3 2"},
		`["]","\"]","\\"]{"}":"{"}`:   {`1 ["]","\"]","\\"]`, `1 {"}":"{"}`},
		"[{]}}":                       {"1 [{]}", "1 }"}, // Unmarshal finds out
		"\"a\nb\"":                    {"1 \"a\n", "2 b"},
		"1,2":                         {"1 1,2"},
		"[1,\n2]\n[3\n,4]":            {"1 [1,\n2]", "3 [3\n,4]"},
		strings.Repeat(" ", 100) + `"` + strings.Repeat("x", 100) + `"2`: {`1 "` + strings.Repeat("x", 100) + `"`, "1 2"},
	} {
		cut := strings.HasSuffix(in, "{") || in == "\"a\nb\""
		for _, r := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in)), iotest.DataErrReader(strings.NewReader(in))} {
			got, err := split(r, 1000)
			if !slices.Equal(got, want) || !cut && err != io.EOF || cut && err != io.ErrUnexpectedEOF {
				t.Errorf("%.50q: %q, %v; want %q", in, got, err, want)
			}
		}
	}
}

func TestSplitterBound(t *testing.T) {
	for in, ok := range map[string]bool{
		"12345678": true, "123456789": false, `"123456"`: true, `"1234567"`: false, "[[[[]]]]": true, "[[[[ ]]]]": false,
		strings.Repeat("\n", 1000) + "1": true,
	} {
		if _, err := split(strings.NewReader(in+" "), 8); (err == io.EOF) != ok || !ok && err != ErrTooLong {
			t.Errorf("%.20q: %v", in, err)
		}
	}
}

// A text is there as soon as its end is; only a number must wait for what follows.
func TestSplitterDoesNotWait(t *testing.T) {
	for _, in := range []string{"{}", `"x"`, "[1]", "1\n", "null "} {
		r := bufio.NewReader(io.MultiReader(strings.NewReader(in), iotest.ErrReader(errors.New("asked for more"))))
		if _, err := NewSplitter(r, 100).Next(); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
	r := bufio.NewReader(io.MultiReader(strings.NewReader("12"), iotest.ErrReader(io.ErrClosedPipe)))
	if text, err := NewSplitter(r, 100).Next(); err != io.ErrClosedPipe {
		t.Errorf("half a number: %q, %v", text, err)
	}
}

func FuzzSplitter(f *testing.F) {
	f.Add("{\"a\":[1,\"\\\"}\"]}\n2 \x1e\"x\" null")
	f.Fuzz(func(t *testing.T, in string) {
		one, oneErr := split(strings.NewReader(in), 100)
		two, twoErr := split(iotest.OneByteReader(strings.NewReader(in)), 100)
		if !slices.Equal(one, two) || oneErr != twoErr {
			t.Errorf("%q, %v; byte by byte %q, %v", one, oneErr, two, twoErr)
		}
		var sum int
		for _, text := range one {
			_, text, _ := strings.Cut(text, " ")
			if text == "" || len(text) > 100 {
				t.Errorf("%q", text)
			}
			sum += len(text)
		}
		if sum > len(in) {
			t.Errorf("%d bytes of %d", sum, len(in))
		}
		// What encoding/json takes for one text is one here.
		var v any
		if len(in) <= 100 && Unmarshal([]byte(in), &v) == nil && bytes.IndexByte([]byte(in), 0) < 0 && (len(one) != 1 || oneErr != io.EOF) {
			t.Errorf("%q is JSON, and was split into %q, %v", in, one, oneErr)
		}
	})
}
