package h1

// Field lines that stand alone: they are read as those of a head are.

import (
	"errors"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

func TestReadFields(t *testing.T) {
	for _, c := range []struct {
		text string
		want trace.Fields
		err  error
	}{
		{"\r\n", nil, nil},
		{"\n", nil, nil},
		{"A: b\r\n\r\n", trace.Fields{{Name: "A", Value: "b"}}, nil},
		{"A: b\nc:  d \n\n", trace.Fields{{Name: "A", Value: "b"}, {Name: "c", Value: "d"}}, nil},
		{"A:\r\n\r\n", trace.Fields{{Name: "A"}}, nil},
		{"A: b\r\n c\r\nA: d\r\n\r\n", trace.Fields{{Name: "A", Value: "b c"}, {Name: "A", Value: "d"}}, nil},
		{"A: \xff\r\n\r\n", trace.Fields{{Name: "A", Value: "\xff"}}, nil},
		{"", nil, &IncompleteReadError{Expected: -1, Head: true}},
		{"A: b\r\n", nil, &IncompleteReadError{Expected: -1, Head: true}},
		{"A: b\r\n\r", nil, &IncompleteReadError{Expected: -1, Head: true}},
		{"HTTP/1.1 200 OK\r\n\r\n", nil, &ProtocolError{RuleNoColon, "HTTP/1.1 200 OK"}},
		{" A: b\r\n\r\n", nil, &ProtocolError{RuleFirstSpace, " A: b"}},
		{"A B: c\r\n\r\n", nil, &ProtocolError{RuleFieldName, "A B"}},
		{"A: b\rc\r\n\r\n", nil, &ProtocolError{RuleBareCR, "A:"}},
		{"A: \x00\r\n\r\n", nil, &ProtocolError{RuleControl, "A:"}},
		{"Content-Length : 1\r\n\r\n", nil, &ProtocolError{RuleFramingSpace, "Content-Length "}},
	} {
		ways := arrivals(c.text)
		if c.err != nil {
			ways = cutArrivals(c.text) // what is cut short is whole with more behind it
		}
		for _, a := range ways {
			got, err := ReadFields(a.r, defaults())
			if a.checkError(t, err, c.err); err == nil {
				a.checkRest(t)
			}
			if !equalFields(got, c.want) && err == nil {
				t.Errorf("%q, %s: %+v; want %+v", c.text, a.name, got, c.want)
			}
		}
	}
}

func TestReadFieldsWithinBounds(t *testing.T) {
	if _, err := ReadFields(newReader(strings.NewReader(strings.Repeat("A: b\r\n", 6)+"\r\n")), narrow); !isA[*BoundError](err) {
		t.Error(err)
	}
	if _, err := ReadFields(newReader(strings.NewReader(strings.Repeat("A", 50)+"\r\n\r\n")), narrow); !isA[*LineTooLongError](err) {
		t.Error(err)
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// Whatever bytes come: they are fields if they are as those of a head.
func FuzzFields(f *testing.F) {
	for _, seed := range []string{"\r\n", "A: b\r\n\r\n", "A: b\n c\n\n", " A: b\r\n\r\n", "A\r\n\r\n", "", "A: b", "\r\r\n\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 32<<10 || strings.HasPrefix(text, "\r\n") || strings.HasPrefix(text, "\n") {
			return // no fields at all; in a head the line before is the status line
		}
		var h ResponseHead
		r, r1 := whole("HTTP/1.1 200 OK\r\n"+text), whole(text)
		want := h.Read(r, defaults())
		got, err := ReadFields(r1, defaults())
		if (err == nil) != (want == nil) || err == nil && !equalFields(got, h.Fields) {
			t.Fatalf("alone %v, %v; in a head %v, %v", got, err, h.Fields, want)
		}
		if err == nil && taken("HTTP/1.1 200 OK\r\n"+text, r) != len("HTTP/1.1 200 OK\r\n")+taken(text, r1) {
			t.Fatal("not as much is taken")
		}
	})
}

func TestAppendFolded(t *testing.T) {
	for want, values := range map[string][]string{
		"A: b\r\n":                {"b"},
		"A: b\r\n\tc\r\n":         {"b", "c"},
		"A: \r\n\tc d\r\n\te\r\n": {"", "c d", "e"},
		"":                        nil,
	} {
		if got, err := AppendFolded([]byte("x"), "A", values); err != nil || string(got) != "x"+want {
			t.Errorf("%q: %q, %v", values, got, err)
		}
	}
	for _, values := range [][]string{{"a\r\nB: c"}, {"a", "b\r\nC: d"}, {"a", "\n"}, {"a", "\x00"}} {
		if got, err := AppendFolded([]byte("x"), "A", values); !isA[*RequestError](err) || string(got) != "x" {
			t.Errorf("%q: %q, %v", values, got, err)
		}
	}
	if got, err := AppendFolded(nil, "A B", []string{"c", "d"}); !isA[*RequestError](err) || len(got) > 0 {
		t.Errorf("%q, %v", got, err)
	}
}
