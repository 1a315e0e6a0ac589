package auth

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseChallenges(t *testing.T) {
	type params = map[string]string
	for _, c := range []struct {
		name   string
		values []string
		want   []Challenge
	}{
		{"none", nil, nil},
		{"empty", []string{"", " ", ",", " , ,\t"}, nil},
		{"one", []string{`Basic realm="x"`}, []Challenge{{Scheme: "Basic", Params: params{"realm": "x"}}}},
		{"RFC 9110 11.6.1", []string{`Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\""`}, []Challenge{
			{Scheme: "Basic", Params: params{"realm": "simple"}},
			{Scheme: "Newauth", Params: params{"realm": "apps", "type": "1", "title": `Login to "apps"`}},
		}},
		{"a quoted comma is no border", []string{`Basic realm="a, Digest realm=b", Digest realm="c", nonce="n"`}, []Challenge{
			{Scheme: "Basic", Params: params{"realm": "a, Digest realm=b"}},
			{Scheme: "Digest", Params: params{"realm": "c", "nonce": "n"}},
		}},
		{"two fields", []string{"Negotiate", `Basic realm=x`}, []Challenge{
			{Scheme: "Negotiate"}, {Scheme: "Basic", Params: params{"realm": "x"}},
		}},
		{"bare and token68", []string{"NTLM, Negotiate YII+/==, Bearer"}, []Challenge{
			{Scheme: "NTLM"}, {Scheme: "Negotiate", Token68: "YII+/=="}, {Scheme: "Bearer"},
		}},
		{"a word and equals signs are a token68", []string{"Foo realm="}, []Challenge{{Scheme: "Foo", Token68: "realm="}}},
		{"space around the equals sign", []string{"Basic\trealm\t= \"x\" ,charset =UTF-8"}, []Challenge{
			{Scheme: "Basic", Params: params{"realm": "x", "charset": "UTF-8"}},
		}},
		{"names in lower case", []string{`digest REALM="x", NonCe=n`}, []Challenge{
			{Scheme: "digest", Params: params{"realm": "x", "nonce": "n"}},
		}},
		{"empty elements", []string{`,, Basic realm="x",, ,charset=y, ,NTLM,,`}, []Challenge{
			{Scheme: "Basic", Params: params{"realm": "x", "charset": "y"}}, {Scheme: "NTLM"},
		}},
		{"Base64 without quotes", []string{`Digest realm=r, nonce=ab+/c==, qop=auth`}, []Challenge{
			{Scheme: "Digest", Params: params{"realm": "r", "nonce": "ab+/c==", "qop": "auth"}},
		}},
		{"beyond ASCII", []string{"Basic realm=\"f\xc3\xbc \xff\""}, []Challenge{{Scheme: "Basic", Params: params{"realm": "fü \xff"}}}},
		{"empty realm", []string{`Basic realm=""`}, []Challenge{{Scheme: "Basic", Params: params{"realm": ""}}}},
		{"an open quote", []string{`NTLM, Basic realm="x`, `Digest realm="y"`}, []Challenge{
			{Scheme: "NTLM"}, {Scheme: "Digest", Params: params{"realm": "y"}},
		}},
		{"an open escape", []string{`Basic realm="x\`}, nil},
		{"an error ends the value", []string{`Foo a=1, Basic realm=My Server, NTLM`}, []Challenge{{Scheme: "Foo", Params: params{"a": "1"}}}},
		{"no comma between parameters", []string{`Digest realm="a" nonce="b"`}, nil},
		{"an equals sign too many", []string{`Basic realm=="x"`}, nil},
		{"no scheme", []string{`realm="x"`, `="x"`, `"x"`, `Basic;realm=x`}, nil},
		{"control characters", []string{"Basic realm=\"a\nb\"", "Basic realm=\"a\\\nb\"", "Basic realm=a\x00", "Ba\x7fsic"}, nil},
		{"twice the same", []string{`Digest realm="a", realm="b", NTLM`}, []Challenge{{Scheme: "NTLM"}}},
		{"non-breaking spaces", []string{"Basic\xa0realm=x"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ParseChallenges(c.values); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%q:\n%q\nwant\n%q", c.values, got, c.want)
			}
		})
	}
}

func TestParseChallengesCut(t *testing.T) {
	const whole = `Basic realm="si\"mple", Negotiate abc==, Digest realm="x", nonce=n, qop="auth,auth-int"`
	all := ParseChallenges([]string{whole})
	if len(all) != 3 {
		t.Fatal(all)
	}
	digest := strings.Index(whole, "Digest")
	for i := range whole {
		got := ParseChallenges([]string{whole[:i]})
		for j := range min(len(got)-1, 2) { // all but the last stand there in full
			if !reflect.DeepEqual(got[j], all[j]) {
				t.Errorf("%q: %q", whole[:i], got)
			}
		}
		if i > digest && len(got) < 2 {
			t.Errorf("%q: %q: what is whole is lost", whole[:i], got)
		}
	}
}

// Junk that has cost others time without end (CVE-2020-8492, CVE-2021-3733, CVE-2021-21240).
var junk = []string{
	",", " ", ", ", "Basic ", "Basic,", "Basic , ", `a="`, `a=b,`, `a=b, `, `\"`, `"\`, `=`, "\xa0", "a ", "a=", `a="b",`,
	`Basic realm="x", `, "Digest a=b c=d ", "\t,\t", `Digest realm="`, "x=y z", "~=\"\" ",
}

func TestParseChallengesJunk(t *testing.T) {
	const size = 100_000
	start := time.Now()
	for _, piece := range junk {
		for _, before := range []string{"", "Basic ", `Digest realm="`, `Digest a="b", `} {
			value := before + strings.Repeat(piece, size/len(piece))
			got := ParseChallenges([]string{value, value})
			if len(got) > maxChallenges {
				t.Errorf("%q: %d challenges", piece, len(got))
			}
			for _, c := range got {
				if len(c.Params) > maxParams {
					t.Errorf("%q: %d parameters", piece, len(c.Params))
				}
			}
		}
	}
	// 17 MB in all. Whatever is quadratic takes minutes.
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("reading junk took %v", d)
	}
}

func TestParseChallengesCaps(t *testing.T) {
	if got := ParseChallenges([]string{strings.Repeat("NTLM, ", 1000), "Basic"}); len(got) != maxChallenges {
		t.Error(len(got))
	}
	var b strings.Builder
	b.WriteString("Digest ")
	for i := range 1000 {
		fmt.Fprintf(&b, "p%d=x, ", i)
	}
	if got := ParseChallenges([]string{b.String(), "Basic"}); len(got) != 1 || got[0].Scheme != "Basic" {
		t.Error(got)
	}
}

// write is the inverse of ParseChallenges.
func write(all []Challenge) string {
	var parts []string
	for _, c := range all {
		part := c.Scheme
		if c.Token68 != "" {
			part += " " + c.Token68
		}
		for i, name := range slices.Sorted(maps.Keys(c.Params)) {
			part += strings.Repeat(",", min(i, 1)) + " " + name + "=" + quote(c.Params[name])
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func FuzzParseChallenges(f *testing.F) {
	f.Add(`Basic realm="a, Digest realm=b", Digest nonce="\"", NTLM, Negotiate YII==`, "Bearer")
	for _, piece := range junk {
		f.Add(piece+piece, `Digest realm="`+piece)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		all := ParseChallenges([]string{a, b})
		if len(all) > maxChallenges {
			t.Fatal(len(all))
		}
		for _, c := range all {
			if c.Scheme == "" || c.Token68 != "" && c.Params != nil || len(c.Params) > maxParams {
				t.Fatalf("%q", c)
			}
			for name, value := range c.Params {
				if name != strings.ToLower(name) || strings.ContainsAny(value, "\r\n\x00") {
					t.Fatalf("%q", c)
				}
			}
		}
		if again := ParseChallenges([]string{write(all)}); !reflect.DeepEqual(all, again) {
			t.Fatalf("%q\nwritten: %q\nread again: %q", all, write(all), again)
		}
		// Fields are read one by one: nothing of the first alters the second.
		if second := ParseChallenges([]string{b}); len(all) < maxChallenges &&
			!reflect.DeepEqual(slices.Concat(ParseChallenges([]string{a}), second), slices.Concat(all)) {
			t.Fatalf("%q, %q", a, b)
		}
	})
}
