package cli

import (
	"testing"

	"example.com/godwit"
)

// bodySize returns the size of the body that an option sets.
func bodySize(t *testing.T, opt godwit.Option) int64 {
	t.Helper()
	var r godwit.Request
	if err := opt.Apply(&r); err != nil {
		t.Fatal(err)
	}
	return r.Body.Size
}

func items(t *testing.T, args ...string) []item {
	t.Helper()
	var list []item
	for _, arg := range args {
		it, err := parseItem(arg)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, it)
	}
	return list
}

func TestJSONBody(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"z=1", "a:=1.50"}, `{"z": "1", "a": 1.50}`},
		{[]string{"a=1", "b=2", "a:=3"}, `{"a": 3, "b": "2"}`},
		{[]string{`o:={"x": [1,  2]}`}, `{"o": {"x": [1,  2]}}`},
		{[]string{"t=<a&b>\"\n"}, `{"t": "<a&b>\"\n"}`},
		{[]string{`a\[0\]=x`}, `{"a[0]": "x"}`},
		{[]string{"=x"}, `{"": "x"}`},
		{[]string{"n:=12345678901234567890"}, `{"n": 12345678901234567890}`},
	} {
		got, err := jsonBody(items(t, c.args...))
		if err != nil || string(got) != c.want {
			t.Errorf("%q: %s, %v, want %s", c.args, got, err, c.want)
		}
	}
	if _, err := jsonBody(items(t, "a[b=1")); exitCode(err) != ExitUsage {
		t.Errorf("a nested name: %v", err)
	}
}

func TestFormBody(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"b=1 2", "a=ä&=", "b=3"}, "b=1+2&a=%C3%A4%26%3D&b=3"},
		{[]string{"a[]=1", "a[]=2"}, "a%5B%5D=1&a%5B%5D=2"},
	} {
		if got := formBody(items(t, c.args...)); string(got) != c.want {
			t.Errorf("%q: %s, want %s", c.args, got, c.want)
		}
	}
}
