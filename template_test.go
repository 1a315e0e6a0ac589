package godwit

import (
	"strings"
	"testing"
)

// The variables of RFC 6570 3.2.
func rfc6570() URI {
	return URI{
		"count": []string{"one", "two", "three"}, "dom": []string{"example", "com"}, "dub": "me/too",
		"hello": "Hello World!", "half": "50%", "var": "value", "who": "fred", "base": "http://example.com/home/",
		"path": "/foo/bar", "list": []string{"red", "green", "blue"},
		"keys": Pairs{{"semi", ";"}, {"dot", "."}, {"comma", ","}},
		"v":    6, "x": 1024, "y": 768, "empty": "", "empty_keys": Pairs{}, "undef": nil,
	}
}

func TestTemplate(t *testing.T) {
	for template, want := range map[string]string{
		"":                         "",
		"/plain":                   "/plain",
		"{count}":                  "one,two,three",
		"{count*}":                 "one,two,three",
		"{/count}":                 "/one,two,three",
		"{/count*}":                "/one/two/three",
		"{;count}":                 ";count=one,two,three",
		"{;count*}":                ";count=one;count=two;count=three",
		"{?count}":                 "?count=one,two,three",
		"{?count*}":                "?count=one&count=two&count=three",
		"{&count*}":                "&count=one&count=two&count=three",
		"{var}":                    "value",
		"{hello}":                  "Hello%20World%21",
		"{half}":                   "50%25",
		"{x,y}":                    "1024,768",
		"{x,hello,y}":              "1024,Hello%20World%21,768",
		"?{x,empty}":               "?1024,",
		"?{x,undef}":               "?1024",
		"?{undef,y}":               "?768",
		"{var:3}":                  "val",
		"{var:30}":                 "value",
		"{keys}":                   "semi,%3B,dot,.,comma,%2C",
		"{keys*}":                  "semi=%3B,dot=.,comma=%2C",
		"{+hello}":                 "Hello%20World!",
		"{+half}":                  "50%25",
		"{base}index":              "http%3A%2F%2Fexample.com%2Fhome%2Findex",
		"{+base}index":             "http://example.com/home/index",
		"?O{+empty}X":              "?OX",
		"?O{+undef}X":              "?OX",
		"{+path}/here":             "/foo/bar/here",
		"here?ref={+path}":         "here?ref=/foo/bar",
		"up{+path}{var}/here":      "up/foo/barvalue/here",
		"{+path:6}/here":           "/foo/b/here",
		"{+keys}":                  "semi,;,dot,.,comma,,",
		"{+keys*}":                 "semi=;,dot=.,comma=,",
		"{#x,hello,y}":             "#1024,Hello%20World!,768",
		"{#path,x}/here":           "#/foo/bar,1024/here",
		"foo{#empty}":              "foo#",
		"foo{#undef}":              "foo",
		"{#keys*}":                 "#semi=;,dot=.,comma=,",
		"{.half,who}":              ".50%25.fred",
		"www{.dom*}":               "www.example.com",
		"X{.empty}":                "X.",
		"X{.undef}":                "X",
		"X{.list*}":                "X.red.green.blue",
		"X{.keys*}":                "X.semi=%3B.dot=..comma=%2C",
		"X{.empty_keys*}":          "X",
		"{/who,dub}":               "/fred/me%2Ftoo",
		"{/var,empty}":             "/value/",
		"{/var,undef}":             "/value",
		"{/var:1,var}":             "/v/value",
		"{/list*,path:4}":          "/red/green/blue/%2Ffoo",
		"{;v,empty,who}":           ";v=6;empty;who=fred",
		"{;hello:5}":               ";hello=Hello",
		"{;keys*}":                 ";semi=%3B;dot=.;comma=%2C",
		"{?x,y,empty}":             "?x=1024&y=768&empty=",
		"{?x,y,undef}":             "?x=1024&y=768",
		"{?var:3}":                 "?var=val",
		"{?keys}":                  "?keys=semi,%3B,dot,.,comma,%2C",
		"{?keys*}":                 "?semi=%3B&dot=.&comma=%2C",
		"?fixed=yes{&x}":           "?fixed=yes&x=1024",
		"{&x,y,empty}":             "&x=1024&y=768&empty=",
		"/a{?list*}{&keys*}#{var}": "/a?list=red&list=green&list=blue&semi=%3B&dot=.&comma=%2C#value",
	} {
		p, err := parseTemplate(template)
		if err != nil {
			t.Errorf("%s: %v", template, err)
			continue
		}
		if got, err := p.expand(rfc6570()); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", template, got, err, want)
		}
	}
}

// Octets and characters: what is not ASCII is UTF-8, escaped octet by octet; a prefix counts
// characters; an escape stays one where reserved characters do.
func TestTemplateOctets(t *testing.T) {
	for _, c := range []struct {
		template string
		value    any
		want     string
	}{
		{"{x}", "é", "%C3%A9"},
		{"{x}", "a\x00b\r\n", "a%00b%0D%0A"},
		{"{x}", "\xff", "%FF"},
		{"{x}", "日本", "%E6%97%A5%E6%9C%AC"},
		{"{x:1}", "日本", "%E6%97%A5"},
		{"{x:2}", "\xff\xfe\xfd", "%FF%FE"},
		{"{+x}", "a%2Fb%zz%", "a%2Fb%25zz%25"},
		{"{+x:2}", "%2F%41b", "%2F%41"},
		{"{x:2}", "%2F", "%252"},
		{"{x}", "a%2Fb", "a%252Fb"},
		{"{#x}", "a b", "#a%20b"},
		{"{?x}", "a+b&c=d", "?x=a%2Bb%26c%3Dd"},
		{"{?x*}", Pairs{{"a&b", "c=d"}}, "?a%26b=c%3Dd"},
		{"{?x*}", map[string]any{"b": 2, "a": true}, "?a=true&b=2"},
		{"{?x*}", Params{"e": ""}, "?e="},
		{"{;x*}", Params{"e": ""}, ";e"},
		{"{?x*}", []string{"", "b"}, "?x=&x=b"},
		{"{/x*}", []int{1, 2}, "/1/2"},
		{"{?x}", []string(nil), ""},
		{"{?x}", 1.5, "?x=1.5"},
	} {
		p, err := parseTemplate(c.template)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.expand(URI{"x": c.value}); got != c.want || err != nil {
			t.Errorf("%s with %q: %q, %v; want %q", c.template, c.value, got, err, c.want)
		}
	}
}

func TestTemplateRefused(t *testing.T) {
	for _, template := range []string{
		"{", "}", "{}", "{x", "x}", "{{x}}", "{x{y}}", "{x}}", "{,x}", "{x,}", "{x,,y}", "{=x}", "{!x}", "{@x}", "{|x}", "{,x}",
		"{$x}", "{x y}", "{ x}", "{x }", "{é}", "{-x}", "{x-y}", "{.}", "{+}", "{x:}", "{x:0}", "{x:a}", "{x:10000}", "{x:01}", "{x:-1}", "{x:3*}",
		"{x*:3}", "{*}", "{x**}", "{%x}", "{%2}", "{x.}", "{x..y}", "{\x00}", "{++x}", "{x:99999999999999999999}",
	} {
		if p, err := parseTemplate(template); err == nil {
			t.Errorf("%s: %+v", template, p)
		}
	}
	for _, template := range []string{"{x}", "{x.y}", "{%20}", "{_}", "{1}", "{x:9999}", "{?x*,y:1}", "{.x.y}"} {
		if _, err := parseTemplate(template); err != nil {
			t.Errorf("%s: %v", template, err)
		}
	}
	if p, _ := parseTemplate("/{x:2}"); p != nil {
		if _, err := p.expand(URI{"x": []string{"a"}}); err == nil || !strings.Contains(err.Error(), "no prefix") {
			t.Error(err)
		}
	}
}
