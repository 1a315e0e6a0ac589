package header

// Content-Type, Accept, Vary, Allow.

import (
	"math"
	"testing"
)

func TestContentType(t *testing.T) {
	check(t, single(ParseContentType), []reading[ContentType]{
		{nil, ContentType{}, "", "empty"},
		// RFC 9110 8.3.1: all the same.
		{lines("text/html;charset=utf-8"), ContentType{"text/html", Params{{"charset", "utf-8"}}}, "text/html; charset=utf-8", ""},
		{lines("Text/HTML;Charset=\"utf-8\""), ContentType{"text/html", Params{{"charset", "utf-8"}}}, "text/html; charset=utf-8", ""},
		{lines("text/html; charset=UTF-8"), ContentType{"text/html", Params{{"charset", "UTF-8"}}}, "text/html; charset=UTF-8", ""},
		{lines("application/json"), ContentType{"application/json", nil}, "application/json", ""},
		{
			lines(`multipart/form-data; boundary="a b;c=\"d\""; x=""`),
			ContentType{"multipart/form-data", Params{{"boundary", `a b;c="d"`}, {"x", ""}}},
			`multipart/form-data; boundary="a b;c=\"d\""; x=""`, "",
		},
		// As servers send it.
		{lines(" text/html ; ; charset = utf-8;"), ContentType{"text/html", Params{{"charset", "utf-8"}}}, "text/html; charset=utf-8", ""},
		{lines("multipart/mixed; boundary=----=_Part_1/2"), ContentType{"multipart/mixed", Params{{"boundary", "----=_Part_1/2"}}}, `multipart/mixed; boundary="----=_Part_1/2"`, ""},
		{lines("text/html; charset"), ContentType{"text/html", nil}, "text/html", "a parameter without a value"},
		{lines("text/html charset=utf-8"), ContentType{"text/html", Params{{"charset", "utf-8"}}}, "text/html; charset=utf-8", "not a parameter"},
		{lines("text/html, text/plain"), ContentType{"text/html", nil}, "text/html", "more than one media type"},
		{lines("charset=utf-8"), ContentType{"", Params{{"charset", "utf-8"}}}, "", "not a media type"},
		{lines("text; charset=utf-8"), ContentType{"", Params{{"charset", "utf-8"}}}, "", "not a media type"},
		{lines(`text/html; charset="utf-8`), ContentType{"text/html", Params{{"charset", "utf-8"}}}, "text/html; charset=utf-8", "not a parameter"},
		{lines("text/", "x"), ContentType{}, "", "not a media type"},
		{lines("text/html\x00"), ContentType{}, "", "a control character"},
	})
	for in, want := range map[string]string{
		"text/html": "", "a/b; charset=UTF-8": "utf-8", "a/b; x=y; CHARSET='utf-8'": "utf-8",
		"a/b; charset=utf-8, text/html": "utf-8", "a/b; charset=latin1; charset=utf-8": "latin1", `a/b; charset="'"`: "",
	} {
		if got, _ := ParseContentType(in); got.Charset() != want {
			t.Errorf("%q: %q, want %q", in, got.Charset(), want)
		}
	}
	if got := (ContentType{"text/html\r\n", nil}).String(); got != "" {
		t.Errorf("%q", got)
	}
}

func TestAccept(t *testing.T) {
	check(t, ParseAccept, []reading[Accept]{
		{nil, nil, "", ""},
		{lines("text/plain"), Accept{{"text/plain", nil, 1}}, "text/plain", ""},
		// RFC 9110 12.5.1.
		{lines("audio/*; q=0.2, audio/basic"), Accept{{"audio/*", nil, .2}, {"audio/basic", nil, 1}}, "audio/*;q=0.2, audio/basic", ""},
		{
			lines("text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed", "text/plain;format=fixed;q=0.4, */*;q=0.5"),
			Accept{{"text/*", nil, .3}, {"text/plain", nil, .7}, {"text/plain", Params{{"format", "flowed"}}, 1}, {"text/plain", Params{{"format", "fixed"}}, .4}, {"*/*", nil, .5}},
			"text/*;q=0.3, text/plain;q=0.7, text/plain; format=flowed, text/plain; format=fixed;q=0.4, */*;q=0.5", "",
		},
		// Weights of all kinds.
		{
			lines("a/b;q=1.000, a/c;Q=.5, a/d;q=0.12345, a/e;q=2, a/f;q=0.0001, a/g;q=1., a/h;q=0.1;q=0.2"),
			Accept{{"a/b", nil, 1}, {"a/c", nil, .5}, {"a/d", nil, .123}, {"a/e", nil, 1}, {"a/f", nil, -1}, {"a/g", nil, 1}, {"a/h", nil, .1}},
			"a/b, a/c;q=0.5, a/d;q=0.123, a/e, a/f;q=0, a/g, a/h;q=0.1", "",
		},
		{lines("text/html, image/gif, *; q=.2"), Accept{{"text/html", nil, 1}, {"image/gif", nil, 1}, {"*/*", nil, .2}}, "text/html, image/gif, */*;q=0.2", ""},
		{lines("a/b;q=x, c/d"), Accept{{"c/d", nil, 1}}, "c/d", "not a weight"},
		{lines("a/b;q=-1, a/b;q=., a/b;q=, a/b;q=NaN"), nil, "", "not a weight"},
		{lines("html, /a, a/, a/b/c"), nil, "", "not what is listed here"},
	})
	got := Accept{{"A/B", nil, 0}, {"c/d", nil, 7}, {"e/f", nil, -.5}, {"g/h", nil, .00001}, {"i/j", nil, .9999}, {"k/l", nil, math.NaN()}, {"bad", nil, 1}, {"m/n", Params{{"o", "\n"}}, 1}}.String()
	if want := "a/b, c/d, e/f;q=0, g/h;q=0.001, i/j;q=0.999, k/l, m/n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAcceptQuality(t *testing.T) {
	// RFC 9110 12.5.1, table 5.
	accept, _ := ParseAccept(lines("text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5"))
	for mediaType, want := range map[string]float64{
		"text/plain;format=flowed": 1, "text/plain": .7, "text/html": .3, "image/jpeg": .5,
		"text/plain;format=fixed": .4, "text/html;level=3": .3, "TEXT/HTML": .3, "garbage": 0, "": 0,
	} {
		if got := accept.Quality(mediaType); got != want {
			t.Errorf("%s: %v, want %v", mediaType, got, want)
		}
	}
	if got := accept.Best("text/html", "image/png", "text/plain", "image/gif"); got != "text/plain" {
		t.Error(got)
	}
	if got := accept.Best("image/png", "image/gif"); got != "image/png" {
		t.Error(got)
	}
	some, _ := ParseAccept(lines("text/html;q=0, text/*"))
	if got := some.Best("text/html", "image/png"); got != "" {
		t.Error(got)
	}
	// Of what is listed twice, or covers as narrowly, the greater weight counts, wherever it stands.
	for _, line := range []string{"a/b;q=0.2, a/b;q=0.6", "a/b;q=0.6, a/b;q=0", "a/b;x=1;q=0.6, a/b;y=2;q=0.1, */*"} {
		twice, _ := ParseAccept(lines(line))
		if got := twice.Quality("a/b;x=1;y=2"); got != .6 {
			t.Errorf("%s: %v", line, got)
		}
	}
	if got := (Accept{}).Best("a/b"); got != "a/b" {
		t.Error(got)
	}
	if got := (Accept{{Value: "*/*"}}).Quality("a/b"); got != 1 {
		t.Error(got)
	}
}

func TestVary(t *testing.T) {
	check(t, ParseVary, []reading[Vary]{
		{nil, nil, "", ""},
		// RFC 9110 12.5.5.
		{lines("accept-encoding, accept-language"), Vary{"Accept-Encoding", "Accept-Language"}, "Accept-Encoding, Accept-Language", ""},
		{lines("b,a", "A"), Vary{"A", "B"}, "A, B", ""},
		{lines("*"), Vary{"*"}, "*", ""},
		{lines("a, *"), Vary{"*"}, "*", ""},
		{lines("a, b c"), Vary{"*"}, "*", "not a name of a field"},
		{lines("a\x00"), Vary{"*"}, "*", "a control character"},
	})
	v := Vary{"Accept"}
	if v.Any() || !v.Has("ACCEPT") || v.Has("Cookie") || !(Vary{"*"}).Has("Cookie") || (Vary{}).Has("Cookie") {
		t.Error("Has")
	}
}

func TestAllow(t *testing.T) {
	check(t, ParseAllow, []reading[Allow]{
		{nil, nil, "", ""},
		// RFC 9110 10.2.1.
		{lines("GET, HEAD, PUT"), Allow{"GET", "HEAD", "PUT"}, "GET, HEAD, PUT", ""},
		{lines(""), nil, "", ""},
		{lines("GET POST, get"), Allow{"get"}, "get", "not a method"},
	})
	if a := (Allow{"GET"}); !a.Has("GET") || a.Has("get") {
		t.Error("Has")
	}
}
