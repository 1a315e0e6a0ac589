package header

// ETag, If-Match, If-None-Match, Range, Content-Range.

import "testing"

func TestETag(t *testing.T) {
	const no = "not an entity tag"
	check(t, single(ParseETag), []reading[ETag]{
		// RFC 9110 8.8.3.
		{lines(`"xyzzy"`), ETag{"xyzzy", false}, `"xyzzy"`, ""},
		{lines(`W/"xyzzy"`), ETag{"xyzzy", true}, `W/"xyzzy"`, ""},
		{lines(`""`), ETag{}, `""`, ""},
		{lines(` W/"" `), ETag{"", true}, `W/""`, ""},
		{lines("\"a\\,\xff\""), ETag{"a\\,\xff", false}, "\"a\\,\xff\"", ""},
		{nil, ETag{}, `""`, "empty"},
		{lines(`xyzzy`), ETag{}, `""`, no},
		{lines(`w/"xyzzy"`), ETag{}, `""`, no},
		{lines(`W/ "x"`), ETag{}, `""`, no},
		{lines(`"a b"`), ETag{}, `""`, no},
		{lines(`"a"b"`), ETag{}, `""`, no},
		{lines(`"a`), ETag{}, `""`, no},
		{lines(`"`), ETag{}, `""`, no},
		{lines(`W/`), ETag{}, `""`, no},
		{lines("\"\x00\""), ETag{}, `""`, "a control character"},
	})
	if got := (ETag{Tag: `a"`}).String() + (ETag{Tag: "\r\n"}).String(); got != "" {
		t.Errorf("%q", got)
	}
	// RFC 9110 8.8.3.2.
	for _, c := range []struct {
		a, b         ETag
		strong, weak bool
	}{
		{ETag{"1", true}, ETag{"1", true}, false, true},
		{ETag{"1", true}, ETag{"2", true}, false, false},
		{ETag{"1", true}, ETag{"1", false}, false, true},
		{ETag{"1", false}, ETag{"1", true}, false, true},
		{ETag{"1", false}, ETag{"1", false}, true, true},
	} {
		if c.a.StrongMatch(c.b) != c.strong || c.a.WeakMatch(c.b) != c.weak {
			t.Errorf("%v and %v", c.a, c.b)
		}
	}
}

func TestETags(t *testing.T) {
	check(t, ParseETags, []reading[ETags]{
		{nil, ETags{}, "", ""},
		// RFC 9110 13.1.1 and 13.1.2.
		{lines(`"xyzzy", "r2d2xxxx", "c3piozzzz"`), ETags{Tags: []ETag{{"xyzzy", false}, {"r2d2xxxx", false}, {"c3piozzzz", false}}}, `"xyzzy", "r2d2xxxx", "c3piozzzz"`, ""},
		{lines(`W/"a,b"`, `"c\"`), ETags{Tags: []ETag{{"a,b", true}, {`c\`, false}}}, `W/"a,b", "c\"`, ""},
		{lines(`*`), ETags{Any: true}, "*", ""},
		{lines(`*, "a"`), ETags{Tags: []ETag{{"a", false}}}, `"a"`, `"*" among tags`},
		{lines(`"a", *`), ETags{Tags: []ETag{{"a", false}}}, `"a"`, "not an entity tag"},
		{lines(`a, "b" c, "d"`), ETags{Tags: []ETag{{"d", false}}}, `"d"`, "not an entity tag"},
	})
	e := ETags{Tags: []ETag{{"a", false}, {"b", true}}}
	for _, c := range []struct {
		current      ETag
		strong, weak bool
	}{
		{ETag{"a", false}, true, true},
		{ETag{"a", true}, false, true},
		{ETag{"b", false}, false, true},
		{ETag{"c", false}, false, false},
	} {
		if e.StrongMatch(c.current) != c.strong || e.WeakMatch(c.current) != c.weak {
			t.Errorf("%v", c.current)
		}
	}
	if every := (ETags{Any: true}); !every.StrongMatch(ETag{"x", true}) || !every.WeakMatch(ETag{}) {
		t.Error("*")
	}
}

func TestRange(t *testing.T) {
	const no = "not a range"
	spans := func(s ...Span) Range { return Range{"bytes", s} }
	check(t, single(ParseRange), []reading[Range]{
		// RFC 9110 14.1.2.
		{lines("bytes=0-499"), spans(Span{0, 499}), "bytes=0-499", ""},
		{lines("bytes=500-999, 7000-7999"), spans(Span{500, 999}, Span{7000, 7999}), "bytes=500-999, 7000-7999", ""},
		{lines("bytes=-500"), spans(Span{-500, 0}), "bytes=-500", ""},
		{lines("Bytes=9500-"), spans(Span{9500, -1}), "bytes=9500-", ""},
		{lines("bytes= 0-0, -1"), spans(Span{0, 0}, Span{-1, 0}), "bytes=0-0, -1", ""},
		{lines("bytes=0-9223372036854775807"), spans(Span{0, 1<<63 - 1}), "bytes=0-9223372036854775807", ""},
		{lines("bytes=0-9223372036854775808"), Range{}, "", no},
		{lines("bytes=5-4"), Range{}, "", no},
		{lines("bytes=0-1, x"), Range{}, "", no},
		{lines("bytes="), Range{}, "", no},
		{lines("bytes"), Range{}, "", no},
		{lines("bytes=-"), Range{}, "", no},
		{lines("bytes=-0"), Range{}, "", no},
		{lines("bytes=--5"), Range{}, "", no},
		{lines("bytes=+5-"), Range{}, "", no},
		{lines("bytes=1-2-3"), Range{}, "", no},
		{lines("a b=0-1"), Range{}, "", no},
		{nil, Range{}, "", "empty"},
	})
	for want, r := range map[string]Range{
		"bytes=0-0":                  {Spans: []Span{{}}},
		"":                           {Spans: []Span{{5, 4}}},
		"bytes=-9223372036854775807": {Spans: []Span{{-1 << 63, 0}}},
	} {
		if got := r.String(); got != want {
			t.Errorf("%v: %q, want %q", r, got, want)
		}
	}
}

func TestContentRange(t *testing.T) {
	const no = "not a range"
	check(t, single(ParseContentRange), []reading[ContentRange]{
		// RFC 9110 14.4.
		{lines("bytes 42-1233/1234"), ContentRange{"bytes", 42, 1233, 1234}, "bytes 42-1233/1234", ""},
		{lines("bytes 42-1233/*"), ContentRange{"bytes", 42, 1233, -1}, "bytes 42-1233/*", ""},
		{lines("bytes */1234"), ContentRange{"bytes", -1, -1, 1234}, "bytes */1234", ""},
		{lines("Bytes  0 - 0 / 1"), ContentRange{"bytes", 0, 0, 1}, "bytes 0-0/1", ""},
		{lines("bytes */*"), ContentRange{}, "", no},
		{lines("bytes 42-1234/1234"), ContentRange{}, "", no},
		{lines("bytes 42-41/1234"), ContentRange{}, "", no},
		{lines("bytes 42-/1234"), ContentRange{}, "", no},
		{lines("bytes -42/1234"), ContentRange{}, "", no},
		{lines("bytes=0-1/2"), ContentRange{}, "", no},
		{lines("0-1/2"), ContentRange{}, "", no},
		{lines("bytes 0-1"), ContentRange{}, "", no},
		{lines("bytes 0-1/-2"), ContentRange{}, "", no},
		{lines("bytes 0-1/99999999999999999999"), ContentRange{}, "", no},
		{nil, ContentRange{}, "", "empty"},
	})
	if got := (ContentRange{Last: 9, Size: 10}).String(); got != "bytes 0-9/10" {
		t.Error(got)
	}
}
