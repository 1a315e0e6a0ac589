package nestedjson

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// build makes a JSON text of items, name=text or name:=json, as the command does.
func build(items ...string) (string, error) {
	var b Builder
	for _, item := range items {
		key, value, isJSON := strings.Cut(item, ":=")
		var err error
		if isJSON {
			err = b.JSON(key, []byte(value))
		} else {
			key, value, _ = strings.Cut(item, "=")
			err = b.Text(key, value)
		}
		if err != nil {
			return "", err
		}
	}
	return string(b.Bytes()), nil
}

// The first of these are the examples of HTTPie's documentation and of its tests.
func TestBuilder(t *testing.T) {
	for _, c := range []struct {
		items []string
		want  string
	}{
		{[]string{"platform[name]=HTTPie", "platform[about][mission]=Make APIs simple and intuitive", "platform[about][homepage]=httpie.io", "platform[about][stars]:=54000", "platform[apps][]=Terminal", "platform[apps][]=Desktop", "platform[apps][]=Web", "platform[apps][]=Mobile"}, `{"platform": {"name": "HTTPie", "about": {"mission": "Make APIs simple and intuitive", "homepage": "httpie.io", "stars": 54000}, "apps": ["Terminal", "Desktop", "Web", "Mobile"]}}`},
		{[]string{"search[type]=id", "search[id]:=1"}, `{"search": {"type": "id", "id": 1}}`},
		{[]string{"category=tools", "search[type]=id", "search[id]:=1"}, `{"category": "tools", "search": {"type": "id", "id": 1}}`},
		{[]string{"category=tools", "search[type]=keyword", "search[keywords][]=APIs", "search[keywords][]=CLI"}, `{"category": "tools", "search": {"type": "keyword", "keywords": ["APIs", "CLI"]}}`},
		{[]string{"search[type]=keyword", "search[keywords][1]=APIs", "search[keywords][0]=CLI"}, `{"search": {"type": "keyword", "keywords": ["CLI", "APIs"]}}`},
		{[]string{"search[keywords][0]=APIs", "search[keywords][5]=CLI", "search[keywords][]=API platform"}, `{"search": {"keywords": ["APIs", null, null, null, null, "CLI", "API platform"]}}`},
		{[]string{`invitations:=["httpie", "postman"]`, "invitations[]=x"}, `{"invitations": ["httpie", "postman", "x"]}`},
		{[]string{"[]:=1", "[]:=2", "[]:=3"}, "[1, 2, 3]"},
		{[]string{"[0][type]=platform", "[0][name]=terminal", "[1][type]=platform", "[1][name]=desktop"}, `[{"type": "platform", "name": "terminal"}, {"type": "platform", "name": "desktop"}]`},
		{[]string{`foo\[bar\]:=1`, `baz[\[]:=2`, `baz[\]]:=3`}, `{"foo[bar]": 1, "baz": {"[": 2, "]": 3}}`},
		{[]string{`object[\1]=stringified`, `object[\100]=same`}, `{"object": {"1": "stringified", "100": "same"}}`},
		{[]string{"bottle-on-wall[]:=1", "bottle-on-wall[]:=2"}, `{"bottle-on-wall": [1, 2]}`},
		{[]string{"pet[species]=Dahut", `pet[name]:="Hypatia"`, "kids[1]=Thelma", `kids[0]:="Ashley"`}, `{"pet": {"species": "Dahut", "name": "Hypatia"}, "kids": ["Ashley", "Thelma"]}`},
		{[]string{"wow[such][deep][3][much][power][!]=Amaze"}, `{"wow": {"such": {"deep": [null, null, null, {"much": {"power": {"!": "Amaze"}}}]}}}`},
		{[]string{"mix[]=scalar", "mix[2]=something", `mix[4]:="something 2"`}, `{"mix": ["scalar", null, "something", null, "something 2"]}`},
		{[]string{"error[good]=BOOM!", `error\[bad:="BOOM BOOM!"`}, `{"error": {"good": "BOOM!"}, "error[bad": "BOOM BOOM!"}`},
		{[]string{"s[]:=true", "s[]:=false", `s[]:="true"`, "s[]:=null"}, `{"s": [true, false, "true", null]}`},
		{[]string{`\[\]:=1`, `escape\[d\]:=1`, `e\[s\][c][a][p][\[ed\]][]:=1`}, `{"[]": 1, "escape[d]": 1, "e[s]": {"c": {"a": {"p": {"[ed]": [1]}}}}}`},
		{[]string{`\]:=1`, `\[\]1:=1`, `\[1\]\]:=1`}, `{"]": 1, "[]1": 1, "[1]]": 1}`},
		{[]string{`foo\[bar\][baz]:=1`, `foo\[bar\]\[baz\]:=3`, `foo[bar][\[baz\]]:=4`}, `{"foo[bar]": {"baz": 1}, "foo[bar][baz]": 3, "foo": {"bar": {"[baz]": 4}}}`},
		{[]string{"key[]:=1", "key[][]:=2", "key[][][]:=3", "key[][][]:=4"}, `{"key": [1, [2], [[3]], [[4]]]}`},
		{[]string{"x[0]:=1", "x[]:=2", "x[]:=3", "x[][]:=4", "x[][]:=5"}, `{"x": [1, 2, 3, [4], [5]]}`},
		{[]string{"foo[bar][5][]:=5", "foo[bar][]:=6", "foo[bar][][]:=7", "foo[bar][][x]=d", "foo[baz]:=[1, 2, 3]", "foo[baz][]:=4"}, `{"foo": {"bar": [null, null, null, null, null, [5], 6, [7], {"x": "d"}], "baz": [1, 2, 3, 4]}}`},
		{[]string{"foo[]:=1", "foo[][key]=value", "foo[1][key 2]=value 2", `foo[1][key \[]=value 3`, `bar[!][empty][?][\\key]:=4`}, `{"foo": [1, {"key": "value", "key 2": "value 2", "key [": "value 3"}], "bar": {"!": {"empty": {"?": {"\\key": 4}}}}}`},
		{[]string{`q[k\[e\]]:=4`, `q[k 2][\\][\\\\][\\\[\]\\\]\\\[\n\\]:=5`}, `{"q": {"k[e]": 4, "k 2": {"\\": {"\\\\": {"\\[]\\]\\[\\n\\": 5}}}}}`},
		{[]string{`A[B\\]=C`, `A[B\\\\]=C`, `A[\B\\]=C`}, `{"A": {"B\\": "C", "B\\\\": "C", "\\B\\": "C"}}`},
		{[]string{`f[\1][t]=m`, `f[\dates]:=[2012, 2013]`, `f[\dates][0]:=2014`, `f[\2012 b]:=2013`, `f[b \2012]:=2014`, `\2012[x]:=2`, `\2012[\[3\]]:=4`}, `{"f": {"1": {"t": "m"}, "\\dates": [2014, 2013], "\\2012 b": 2013, "b \\2012": 2014}, "2012": {"x": 2, "[3]": 4}}`},
		{[]string{`a[\0]:=0`, `a[\\1]:=1`, `a[\\\2]:=2`, `a[\\\\\3]:=3`, `a[-1\\]:=-1`, `a[-2\\\\]:=-2`, `a[\\-3\\\\]:=-3`}, `{"a": {"0": 0, "\\1": 1, "\\\\2": 2, "\\\\\\3": 3, "-1\\": -1, "-2\\\\": -2, "\\-3\\\\": -3}}`},
		{[]string{"[]:=0", "[]:=1", "[5]:=5", "[]:=6", "[9]:=9"}, "[0, 1, null, null, null, 5, 6, null, null, 9]"},
		{[]string{"=empty", "foo=bar", "bar[baz][quux]=tuut"}, `{"": "empty", "foo": "bar", "bar": {"baz": {"quux": "tuut"}}}`},
		{[]string{`\1=top level int`, `\\1=escaped top level int`, `\2[\3][\4]:=5`}, `{"1": "top level int", "\\1": "escaped top level int", "2": {"3": {"4": 5}}}`},
		{[]string{"[][a][b][]:=1", "[0][a][b][]:=2", "[][]:=2"}, `[{"a": {"b": [1, 2]}}, [2]]`},
		{[]string{":=[1,2,3]", "foo=bar"}, `{"": [1,2,3], "foo": "bar"}`},

		{nil, "{}"},
		{[]string{"1=a", "01=b", "-5=c"}, `{"1": "a", "01": "b", "-5": "c"}`},
		{[]string{"a=1", "b=2", "a:=3"}, `{"a": 3, "b": "2"}`},
		{[]string{"a[b]=1", "a=2"}, `{"a": "2"}`},
		{[]string{"a:=null", "a[b]=1", "l:=[null]", "l[0][]:=2"}, `{"a": {"b": "1"}, "l": [[2]]}`},
		{[]string{`o:={"z": 1.50, "a": {"x":1e5, "n": 12345678901234567890}, "z": 2}`, "o[a][y]:=[ 1 ]", "o[z]:=3"}, `{"o": {"z": 1.50, "a": {"x": 1e5, "n": 12345678901234567890, "y": [ 1 ]}, "z": 3}}`},
		{[]string{"o:= {\"a\": 1}\n", "p:=\t7 "}, `{"o": {"a": 1}, "p": 7}`},
		{[]string{`a[\`, `b\`}, ""}, // see TestErrors: the bracket is protected from nothing
		{[]string{`b\=1`}, `{"b\\": "1"}`},
		{[]string{"t=<a&b>\"\n"}, `{"t": "<a&b>\"\n"}`},
		{[]string{"a[+1]=x", "a[ 1]=y", "a[1.5]=z"}, `{"a": {"+1": "x", " 1": "y", "1.5": "z"}}`},
	} {
		got, err := build(c.items...)
		if c.want == "" {
			if err == nil {
				t.Errorf("%q: no error", c.items)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%q:\n got %s, %v\nwant %s", c.items, got, err, c.want)
		}
	}
}

// Each error underlines what it is about.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		items   []string
		carets  string // below the last item's key
		problem string
	}{
		{[]string{"A[:=1"}, "  ^", `expected a name, a number or "]"`},
		{[]string{"A[1:=1"}, "   ^", `expected "]"`},
		{[]string{"A[text:=1"}, "      ^", `expected "]"`},
		{[]string{"A[text][:=1"}, "        ^", `expected a name, a number or "]"`},
		{[]string{"A[text]1:=1"}, "       ^", `expected "["`},
		{[]string{`A\[]:=1`}, "   ^", `expected "["`},
		{[]string{`A[something\]:=1`}, "             ^", `expected "]"`},
		{[]string{`foo\[bar\]\\[   bleh   :=1`}, "                       ^", `expected "]"`},
		{[]string{"foo[bar][1]][]:=2"}, "           ^", `expected "["`},
		{[]string{"foo[bar][1]something[]:=2"}, "           ^^^^^^^^^", `expected "["`},
		{[]string{"foo[bar][1][142241[]:=2"}, "                  ^", `expected "]"`},
		{[]string{`foo[bar][1]\[142241[]:=2`}, "           ^^^^^^^^", `expected "["`},
		{[]string{"]=x"}, "^", `expected a name or "["`},
		{[]string{"[x]=x"}, " ^", `expected a number or "]"`},
		{[]string{"["}, " ^", `expected a number or "]"`},
		{[]string{"[1"}, "  ^", `expected "]"`},
		{[]string{"[[]]=x"}, " ^", `expected a number or "]"`},
		{[]string{"a[[b]]=x"}, "  ^", `expected a name, a number or "]"`},
		{[]string{"foo[-10]:=[1,2]"}, "    ^^^", "a list has no negative index"},
		{[]string{"foo=1", "foo[key]:=2"}, "   ^^^^^", `"foo" is a string already, but this needs an object`},
		{[]string{"foo:=1", "foo[0]:=2"}, "   ^^^", `"foo" is a number already, but this needs a list`},
		{[]string{"foo:=true", "foo[]:=2"}, "   ^^", `"foo" is true or false already, but this needs a list`},
		{[]string{"data[key]=value", "data[0]=value"}, "    ^^^", `"data" is an object already, but this needs a list`},
		{[]string{"foo[bar][baz][5]:=[1,2,3]", "foo[bar][baz][5][]:=4", "foo[bar][baz][key][]:=5"}, "             ^^^^^", `"foo[bar][baz]" is a list already, but this needs an object`},
		{[]string{"foo[0]:=1", `foo[\2]:=3`}, "   ^^^^", `"foo" is a list already, but this needs an object`},
		{[]string{"x=y", "[]:=2"}, "^^", "the whole is an object already, but this needs a list"},
		{[]string{"[]:=2", "x=y"}, "^", "the whole is a list already, but this needs an object"},
		{[]string{"[]:=4", ":=[1,2,3]"}, "", "the whole is a list already, but this needs an object"},
		{[]string{"a[65537]=x"}, " ^^^^^^^", "it would leave more than 65536 elements without a value"},
		{[]string{"a[40000]=x", "b[40000]=x"}, " ^^^^^^^", "it would leave more than 65536 elements without a value"},
		{[]string{"a[99999999999999999999999]=x"}, " ^^^^^^^^^^^^^^^^^^^^^^^^^", "it would leave more than 65536 elements without a value"},
	} {
		_, err := build(c.items...)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Problem != c.problem {
			t.Errorf("%q: %v, want %s", c.items, err, c.problem)
			continue
		}
		if got := strings.Repeat(" ", e.Start) + strings.Repeat("^", e.End-e.Start); got != c.carets {
			t.Errorf("%q: %s\n%s\n%s, want\n%s", c.items, e.Problem, e.Key, got, c.carets)
		}
		last, _, _ := strings.Cut(strings.Replace(c.items[len(c.items)-1], ":=", "=", 1), "=")
		if e.Key != last {
			t.Errorf("%q: the key %q", c.items, e.Key)
		}
	}
}

// Nothing short makes something that is too large to be held, or too deep to be written.
func TestBounds(t *testing.T) {
	if got, err := build("a[65536]=x"); err != nil || len(got) != len(`{"a": [`)+65536*len("null, ")+len(`"x"]}`) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := build("a" + strings.Repeat("[]", maxDepth-1) + "=x"); err != nil {
		t.Error(err)
	}
	_, err := build("a" + strings.Repeat("[]", 1_000_000) + "=x")
	if e, ok := errors.AsType[*Error](err); !ok || e.Start != 1+2*(maxDepth-1) {
		t.Errorf("too deep: %.80v", err)
	}
	for _, value := range []string{"", " ", "x", "[1", "1 2", "NaN", "'a'"} {
		if err := new(Builder).JSON("a", []byte(value)); err != ErrNotJSON {
			t.Errorf("JSON(%q): %v", value, err)
		}
	}
	for _, err := range []error{new(Builder).Text("a", "\xff"), new(Builder).Text("\xff", "a"), new(Builder).JSON("a", []byte("\"\xff\""))} {
		if err != ErrNotUTF8 {
			t.Errorf("%v, want %v", err, ErrNotUTF8)
		}
	}
}

func TestManyMembers(t *testing.T) {
	var items []string
	want := map[string]any{}
	for i := range 200 {
		name := strings.Repeat("n", i+1)
		items = append(items, name+"=first", name+"=last")
		want[name] = "last"
	}
	text, err := build(items...)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v in %.200s", err, text)
	}
}

// FuzzBuilder: whatever the keys are, there is an error that points into the key, or JSON.
func FuzzBuilder(f *testing.F) {
	f.Add("a[b][]", "a[b][3]", `{"x": [1, {"y": null}]}`)
	f.Add("[0]", `[\1]`, "[1, 2]")
	f.Add(`a\[b\]`, "a[-1]", "null")
	f.Add("a", "a[x][x]", `{"x": {"x": 1, "x": 2}}`)
	f.Fuzz(func(t *testing.T, first, second, value string) {
		var b Builder
		errs := []error{b.JSON(first, []byte(value)), b.Text(second, value), b.Text(first, "t"), b.JSON(second+"[]", []byte("1"))}
		for _, err := range errs {
			e, ok := errors.AsType[*Error](err)
			switch {
			case err == nil, err == ErrNotUTF8, err == ErrNotJSON:
			case !ok:
				t.Fatalf("%v", err)
			case e.Start < 0 || e.End < e.Start || e.End > len(e.Key)+1 || e.Start > len(e.Key):
				t.Fatalf("%q: %d to %d", e.Key, e.Start, e.End)
			}
		}
		out := b.Bytes()
		if !json.Valid(out) {
			t.Fatalf("%q, %q, %q: %s", first, second, value, out)
		}
		// What is written in full is the same again.
		var again Builder
		if err := again.JSON("whole", out); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzName: a name in which everything special is protected comes back as it was.
func FuzzName(f *testing.F) {
	f.Add("a[0]", `\`, "12")
	f.Fuzz(func(t *testing.T, outer, inner, digits string) {
		if strings.Contains(outer+inner, `\`) && !strings.HasSuffix(outer+inner, `\`) {
			return // a backslash before another character is two ways of writing one thing
		}
		quote := func(s string) string {
			if isNumber(s) {
				return `\` + s
			}
			return strings.NewReplacer("[", `\[`, "]", `\]`, `\`, `\\`).Replace(s)
		}
		if inner == "" || outer == "" {
			return
		}
		path, err := parse(quote(outer) + "[" + quote(inner) + "]")
		if err != nil || len(path) != 2 || path[0].name != outer || path[1].name != inner {
			t.Fatalf("%q, %q: %+v, %v", outer, inner, path, err)
		}
	})
}
