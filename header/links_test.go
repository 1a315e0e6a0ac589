package header

import (
	"net/url"
	"strings"
	"testing"
)

func TestLinks(t *testing.T) {
	check(t, ParseLinks, []reading[Links]{
		{nil, nil, "", ""},
		// RFC 8288 3.5.
		{
			lines(`<http://example.com/TheBook/chapter2>; rel="previous"; title="previous chapter"`),
			Links{{Target: "http://example.com/TheBook/chapter2", Rel: []string{"previous"}, Title: "previous chapter"}},
			`<http://example.com/TheBook/chapter2>; rel="previous"; title="previous chapter"`, "",
		},
		{
			lines(`</>; rel="http://example.net/foo"`),
			Links{{Target: "/", Rel: []string{"http://example.net/foo"}}},
			`</>; rel="http://example.net/foo"`, "",
		},
		{
			lines(`</terms>; rel="copyright"; anchor="#foo"`),
			Links{{Target: "/terms", Rel: []string{"copyright"}, Anchor: "#foo"}},
			`</terms>; rel="copyright"; anchor="#foo"`, "",
		},
		{
			lines(`</TheBook/chapter2>; rel="previous"; title*=UTF-8'de'letztes%20Kapitel, </TheBook/chapter4>; rel="next"; title*=UTF-8'de'n%c3%a4chstes%20Kapitel`),
			Links{
				{Target: "/TheBook/chapter2", Rel: []string{"previous"}, Title: "letztes Kapitel"},
				{Target: "/TheBook/chapter4", Rel: []string{"next"}, Title: "nächstes Kapitel"},
			},
			`</TheBook/chapter2>; rel="previous"; title="letztes Kapitel", </TheBook/chapter4>; rel="next"; title*=UTF-8''n%C3%A4chstes%20Kapitel`, "",
		},
		{
			lines(`<http://example.org/>; rel="start http://example.net/relation/other"`),
			Links{{Target: "http://example.org/", Rel: []string{"start", "http://example.net/relation/other"}}},
			`<http://example.org/>; rel="start http://example.net/relation/other"`, "",
		},
		{
			lines(`<https://example.org/>; rel="start"`, `<https://example.org/index>; rel="index"`),
			Links{{Target: "https://example.org/", Rel: []string{"start"}}, {Target: "https://example.org/index", Rel: []string{"index"}}},
			`<https://example.org/>; rel="start", <https://example.org/index>; rel="index"`, "",
		},
		// Commas and semicolons in places.
		{
			lines(`<a,b;c>;rel=next,<d?x="y,z">;REL=last;hreflang=de;HrefLang="en";crossorigin;;media="a, b"`),
			Links{
				{Target: "a,b;c", Rel: []string{"next"}},
				{Target: `d?x="y,z"`, Rel: []string{"last"}, Params: Params{{"hreflang", "de"}, {"hreflang", "en"}, {"crossorigin", ""}, {"media", "a, b"}}},
			},
			`<a,b;c>; rel="next", <d?x="y,z">; rel="last"; hreflang=de; hreflang=en; crossorigin; media="a, b"`, "",
		},
		// The first counts; a broken title* does not.
		{
			lines(`<a>; rel=b; rel=c; anchor="#d"; anchor="#e"; title=f; title=g; title*=h; title*=UTF-8''i; rev=j; x*=UTF-8''k`),
			Links{{Target: "a", Rel: []string{"b"}, Anchor: "#d", Title: "f", Params: Params{{"rev", "j"}, {"x*", "UTF-8''k"}}}},
			`<a>; rel="b"; anchor="#d"; title="f"; rev=j; x*=UTF-8''k`, "",
		},
		{lines(`<>; rel = "self"`, `< b >`), Links{{Rel: []string{"self"}}, {Target: "b"}}, `<>; rel="self", <b>`, ""},
		{lines(`<a>; rel='next'; title='it'`, `<b>; rel="'prev last'"`, `<c>; rel='`), Links{{Target: "a", Rel: []string{"next"}, Title: "'it'"}, {Target: "b", Rel: []string{"prev", "last"}}, {Target: "c", Rel: []string{"'"}}}, `<a>; rel="next"; title="'it'", <b>; rel="prev last", <c>; rel="'"`, ""},
		{lines("<a>; title=\"\xe9\""), Links{{Target: "a", Title: "é"}}, `<a>; title*=UTF-8''%C3%A9`, ""},
		{lines(`<a>; title*=UTF-8''%00%0d%0a`), Links{{Target: "a", Title: "\x00\r\n"}}, `<a>; title*=UTF-8''%00%0D%0A`, ""},
		// Garbage.
		{lines(`a; rel=next, <b>; rel=last`), Links{{Target: "b", Rel: []string{"last"}}}, `<b>; rel="last"`, "not a link"},
		{lines(`<a; rel=next`), nil, "", "not a link"},
		{lines(`<a> rel=next, <b>`), Links{{Target: "a", Rel: []string{"next"}}, {Target: "b"}}, `<a>; rel="next", <b>`, "not a parameter"},
		{lines(`<a>; rel="next, <b>; rel=last`), Links{{Target: "a", Rel: []string{"next"}}, {Target: "b", Rel: []string{"last"}}}, `<a>; rel="next", <b>; rel="last"`, "not a parameter"},
		{lines(`<a>; rel="next"x; (y)=z`), Links{{Target: "a", Rel: []string{"next"}}}, `<a>; rel="next"`, "not a parameter"},
		{lines("<a\x00>, <b>"), Links{{Target: "b"}}, "<b>", "a control character"},
	})
	got := Links{{Target: "a>; rel=x"}, {Target: "\r\n"}, {Target: "b", Rel: []string{"c", "\n"}, Anchor: `"`, Title: "\n", Params: Params{{"d e", "f"}, {"g", "\n"}}}}.String()
	if want := `<b>; anchor="\""; title*=UTF-8''%0A`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestLinksGet(t *testing.T) {
	links, err := ParseLinks(lines(
		`<https://api.github.com/repositories/1/issues?page=2>; rel="next"`,
		`<?page=9>; rel="Last end"; title="z", <?page=8>; rel=last`,
		`</elsewhere>; rel=prev; anchor="/other", <#top>; rel=self; anchor="/list?x"`,
		`<http://[bad>; rel=bad, <x>; rel=y; anchor="http://[bad"`,
	))
	if err != nil {
		t.Fatal(err)
	}
	if link, ok := links.Get("LAST"); !ok || link.Target != "?page=9" {
		t.Errorf("last is %v", link)
	}
	for _, rel := range []string{"prev", "self", "nothing", "", "last end"} {
		if link, ok := links.Get(rel); ok {
			t.Errorf("%q is %v", rel, link)
		}
	}
	if byRel := links.ByRel(); len(byRel) != 4 || byRel["last"].Target != "?page=9" || byRel["end"].Title != "z" || byRel["next"].Target == "" {
		t.Errorf("%v", byRel)
	}

	base, _ := url.Parse("https://example.com/list?x#fragment")
	resolved := links.Resolve(base)
	want := `<https://api.github.com/repositories/1/issues?page=2>; rel="next", ` +
		`<https://example.com/list?page=9>; rel="Last end"; title="z", <https://example.com/list?page=8>; rel="last", ` +
		`<https://example.com/elsewhere>; rel="prev"; anchor="https://example.com/other", <https://example.com/list?x#top>; rel="self"`
	if got := resolved.String(); got != want {
		t.Errorf("\n%s, want\n%s", got, want)
	}
	if got := (Links{{Target: "/x?y"}, {Target: "http://h/"}}).Resolve(nil).String(); got != "</x?y>, <http://h/>" {
		t.Errorf("without a base: %s", got)
	}
	if links[1].Target != "?page=9" || base.Fragment != "fragment" {
		t.Error("Resolve altered what it was given")
	}
	if many, err := ParseLinks(lines(strings.Repeat("<a>;b,", 10000))); err == nil || len(many) > maxItems/2 {
		t.Errorf("%d links, %v", len(many), err)
	}
}
