package header

import "testing"

func TestContentDisposition(t *testing.T) {
	named := func(name string) ContentDisposition {
		return ContentDisposition{Type: "attachment", Filename: name}
	}
	const param = "not a parameter"
	check(t, single(ParseContentDisposition), []reading[ContentDisposition]{
		{nil, ContentDisposition{}, "attachment", "empty"},
		// RFC 6266 5.
		{lines("Attachment; filename=example.html"), named("example.html"), `attachment; filename="example.html"`, ""},
		{lines(`INLINE; FILENAME= "an example.html"`), ContentDisposition{Type: "inline", Filename: "an example.html"}, `inline; filename="an example.html"`, ""},
		{lines("attachment; filename*= UTF-8''%e2%82%ac%20rates"), named("€ rates"), `attachment; filename="_ rates"; filename*=UTF-8''%E2%82%AC%20rates`, ""},
		{
			lines(`attachment; filename="EURO rates"; filename*=utf-8''%e2%82%ac%20rates`),
			named("€ rates"), `attachment; filename="_ rates"; filename*=UTF-8''%E2%82%AC%20rates`, "",
		},
		// RFC 5987 3.2.2.
		{lines("attachment; filename*=iso-8859-1'en'%A3%20rates"), named("£ rates"), `attachment; filename="_ rates"; filename*=UTF-8''%C2%A3%20rates`, ""},
		// The order does not count (greenbytes.de/tech/tc2231).
		{lines(`attachment; filename*=UTF-8''foo-%c3%a4.html; filename="foo-ae.html"`), named("foo-ä.html"), `attachment; filename="foo-_.html"; filename*=UTF-8''foo-%C3%A4.html`, ""},
		{lines(`attachment; filename="f\oo.html"`), named("foo.html"), `attachment; filename="foo.html"`, ""},
		{lines(`attachment; filename="\"quoting\" tested.html"`), named(`"quoting" tested.html`), `attachment; filename="_quoting_ tested.html"; filename*=UTF-8''%22quoting%22%20tested.html`, ""},
		{lines(`attachment; filename="Here's a semicolon;.html"`), named("Here's a semicolon;.html"), `attachment; filename="Here's a semicolon;.html"`, ""},
		{lines(`attachment; filename="foo-%41.html"`), named("foo-%41.html"), `attachment; filename="foo-_41.html"; filename*=UTF-8''foo-%2541.html`, ""},
		{lines(`attachment; foo="bar"; filename="foo.html"`), ContentDisposition{"attachment", "foo.html", Params{{"foo", "bar"}}}, `attachment; filename="foo.html"; foo=bar`, ""},
		{lines(`form-data; name="a"; filename="b"`), ContentDisposition{"form-data", "b", Params{{"name", "a"}}}, `form-data; filename="b"; name=a`, ""},
		{lines("attachment"), named(""), "attachment", ""},
		{lines(`attachment; filename=""`), named(""), "attachment", ""},
		// As servers send it.
		{lines("attachment; filename=foo bar.html ;"), named("foo bar.html"), `attachment; filename="foo bar.html"`, ""},
		{lines("attachment; filename=ä.html"), named("ä.html"), `attachment; filename="_.html"; filename*=UTF-8''%C3%A4.html`, ""},
		{lines("attachment; filename=\"\xe4.html\""), named("ä.html"), `attachment; filename="_.html"; filename*=UTF-8''%C3%A4.html`, ""},
		{lines(`attachment; filename="=?UTF-8?B?w6QuaHRtbA==?="`), named("ä.html"), `attachment; filename="_.html"; filename*=UTF-8''%C3%A4.html`, ""},
		{lines(`attachment; filename="=?x-none?Q?a?="`), named("=?x-none?Q?a?="), `attachment; filename="=?x-none?Q?a?="; filename*=UTF-8''%3D%3Fx-none%3FQ%3Fa%3F%3D`, ""},
		{lines(`attachment; filename*="UTF-8''a%20b"`), named("a b"), `attachment; filename="a b"`, ""},
		{lines(`attachment; filename=a; filename=b`), named("a"), `attachment; filename="a"`, ""},
		{lines(`attachment; filename=a; filename*=UTF-8''`), named("a"), `attachment; filename="a"`, ""},
		{lines(`attachment; filename=a; filename*=b`), named("a"), `attachment; filename="a"`, ""},
		{lines(`attachment; filename=a; filename*=UTF-8''%E`), named("a"), `attachment; filename="a"`, ""},
		{lines(`attachment; filename=a; filename*=UTF-8''%FF`), named("a"), `attachment; filename="a"`, ""},
		{lines(`attachment; filename=a; filename*=KOI8-R''%C1`), named("a"), `attachment; filename="a"`, ""},
		{lines(`attachment filename=a; x=y`), ContentDisposition{"attachment", "a", Params{{"x", "y"}}}, `attachment; filename="a"; x=y`, param},
		{lines(`inline  filename*=UTF-8''a`), ContentDisposition{Type: "inline", Filename: "a"}, `inline; filename="a"`, param},
		{lines(`attachment a b`), named(""), "attachment", param},
		{lines(`filename = "a"`), named("a"), `attachment; filename="a"`, "not a type of disposition"},
		{lines(`filename="a"`), named("a"), `attachment; filename="a"`, "not a type of disposition"},
		{lines(`; filename="a"`), named("a"), `attachment; filename="a"`, "not a type of disposition"},
		{lines(`"attachment"; filename="a"`), named("a"), `attachment; filename="a"`, "not a type of disposition"},
		{lines(`attachment; filename="a`), named("a"), `attachment; filename="a"`, param},
		{lines(`attachment; filename="a"b; c`), named("a"), `attachment; filename="a"`, param},
		{lines("attachment; filename=\"a\x00\""), ContentDisposition{}, "attachment", "a control character"},
	})
}

// Nothing that a caller puts into it can end a parameter or the line (CVE-2026-1536).
func TestContentDispositionWrite(t *testing.T) {
	for want, d := range map[string]ContentDisposition{
		`attachment; filename="a_; x=__Set-Cookie: b"; filename*=UTF-8''a%22%3B%20x%3D%0D%0ASet-Cookie%3A%20b`: {Filename: "a\"; x=\r\nSet-Cookie: b"},
		`attachment; filename="_"; filename*=UTF-8''%EF%BF%BD`:                                                 {Type: "a b", Filename: "\xff"},
		`inline; a="b\""`: {Type: "Inline", Params: Params{{"A", `b"`}, {"c d", "e"}, {"f", "\r\n"}}},
	} {
		if got := d.String(); got != want {
			t.Errorf("%#v:\n%s, want\n%s", d, got, want)
		}
	}
}
