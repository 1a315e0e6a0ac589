package cli

import (
	"errors"
	"strings"
	"testing"
)

func TestParseItem(t *testing.T) {
	for arg, want := range map[string]item{
		"X-Token:abc":          {itemHeader, "X-Token", "abc"},
		"X-Token: abc ":        {itemHeader, "X-Token", "abc"},
		"Referer:http://a/b=c": {itemHeader, "Referer", "http://a/b=c"},
		"Date:12:30:00":        {itemHeader, "Date", "12:30:00"},
		"User-Agent:":          {itemHeader, "User-Agent", ""},
		"X-Empty;":             {itemEmptyHeader, "X-Empty", ""},
		"q==go http":           {itemQuery, "q", "go http"},
		"q==a==b":              {itemQuery, "q", "a==b"},
		"q==":                  {itemQuery, "q", ""},
		"==v":                  {itemQuery, "", "v"},
		"name=John":            {itemField, "name", "John"},
		"name=":                {itemField, "name", ""},
		"name=a:b;c@d":         {itemField, "name", "a:b;c@d"},
		"mail=a@b.example":     {itemField, "mail", "a@b.example"},
		"a===b":                {itemQuery, "a", "=b"},
		"a[b][]=1":             {itemField, "a[b][]", "1"},
		"n:=12.50":             {itemJSON, "n", "12.50"},
		`o:={"a": ["\\n"]}`:    {itemJSON, "o", `{"a": ["\\n"]}`},
		"t:=true":              {itemJSON, "t", "true"},
		`a\:b:c`:               {itemHeader, "a:b", "c"},
		`a\=b=c`:               {itemField, "a=b", "c"},
		`a\==c:\windows`:       {itemField, "a=", `c:\windows`},
		`a\@b=c`:               {itemField, "a@b", "c"},
		`a\;b;`:                {itemEmptyHeader, "a;b", ""},
		`path=c:\windows\`:     {itemField, "path", `c:\windows\`},
		`a\\:b`:                {itemHeader, `a\\`, "b"},
		`v=a\=b`:               {itemField, "v", "a=b"},
		`v=\@file`:             {itemField, "v", "@file"},
	} {
		if got, err := parseItem(arg); err != nil || got != want {
			t.Errorf("parseItem(%q) = %+v, %v, want %+v", arg, got, err, want)
		}
	}
}

func TestParseItemErrors(t *testing.T) {
	for arg, want := range map[string]string{
		"plain":       `item "plain": it must be ` + itemForms,
		"":            `item "": it must be ` + itemForms,
		`a\`:          `item "a\\": it must be ` + itemForms,
		`a\=b`:        `item "a\\=b": it must be ` + itemForms,
		":value":      `item ":…": the header has no name`,
		"X;v":         `item "X;…": to send an empty header write X;`,
		"n:=":         `item "n:=…": what follows := is not JSON`,
		"n:=oops":     `item "n:=…": what follows := is not JSON`,
		"n:=1 2":      `item "n:=…": what follows := is not JSON`,
		"f@photo.png": `item "f@…": @ is not supported; an item is ` + itemForms,
		"f=@note.txt": `item "f=@…": =@ is not supported; an item is ` + itemForms,
		"f:=@x.json":  `item "f:=@…": :=@ is not supported; an item is ` + itemForms,
		"X:@f":        `item "X:@…": :@ is not supported; an item is ` + itemForms,
		"q==@f":       `item "q==@…": ==@ is not supported; an item is ` + itemForms,
	} {
		_, err := parseItem(arg)
		if _, ok := errors.AsType[*usageError](err); !ok || err.Error() != want {
			t.Errorf("parseItem(%q): %v, want %s", arg, err, want)
		}
	}
}

// FuzzItem: a name and a value in which everything special is escaped come back as they were.
func FuzzItem(f *testing.F) {
	f.Add("a:b", "c")
	f.Add("a=", "@b")
	f.Add("", "==:")
	f.Fuzz(func(t *testing.T, name, value string) {
		if _, err := parseItem(name + value); err != nil {
			if _, ok := errors.AsType[*usageError](err); !ok {
				t.Fatalf("%q: %v", name+value, err)
			}
		}
		if strings.Contains(name+value, `\`) { // which cannot be escaped itself
			return
		}
		quote := strings.NewReplacer(":", `\:`, ";", `\;`, "=", `\=`, "@", `\@`)
		arg := quote.Replace(name) + "=" + quote.Replace(value)
		if it, err := parseItem(arg); err != nil || it != (item{itemField, name, value}) {
			t.Fatalf("%q = %+v, %v", arg, it, err)
		}
	})
}
