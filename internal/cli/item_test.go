package cli

import (
	"errors"
	"strings"
	"testing"
)

func TestParseItem(t *testing.T) {
	for arg, want := range map[string]item{
		"X-Token:abc":          {kind: itemHeader, name: "X-Token", value: "abc"},
		"X-Token: abc ":        {kind: itemHeader, name: "X-Token", value: "abc"},
		"Referer:http://a/b=c": {kind: itemHeader, name: "Referer", value: "http://a/b=c"},
		"Date:12:30:00":        {kind: itemHeader, name: "Date", value: "12:30:00"},
		"User-Agent:":          {kind: itemHeader, name: "User-Agent", value: ""},
		"X-Empty;":             {kind: itemEmptyHeader, name: "X-Empty", value: ""},
		"q==go http":           {kind: itemQuery, name: "q", value: "go http"},
		"q==a==b":              {kind: itemQuery, name: "q", value: "a==b"},
		"q==":                  {kind: itemQuery, name: "q", value: ""},
		"==v":                  {kind: itemQuery, name: "", value: "v"},
		"name=John":            {kind: itemField, name: "name", value: "John"},
		"name=":                {kind: itemField, name: "name", value: ""},
		"name=a:b;c@d":         {kind: itemField, name: "name", value: "a:b;c@d"},
		"mail=a@b.example":     {kind: itemField, name: "mail", value: "a@b.example"},
		"a===b":                {kind: itemQuery, name: "a", value: "=b"},
		"a[b][]=1":             {kind: itemField, name: "a[b][]", value: "1"},
		"n:=12.50":             {kind: itemJSON, name: "n", value: "12.50"},
		`o:={"a": ["\\n"]}`:    {kind: itemJSON, name: "o", value: `{"a": ["\\n"]}`},
		"t:=true":              {kind: itemJSON, name: "t", value: "true"},
		`a\:b:c`:               {kind: itemHeader, name: "a:b", value: "c"},
		`a\=b=c`:               {kind: itemField, name: "a=b", value: "c"},
		`a\==c:\windows`:       {kind: itemField, name: "a=", value: `c:\windows`},
		`a\@b=c`:               {kind: itemField, name: "a@b", value: "c"},
		`a\;b;`:                {kind: itemEmptyHeader, name: "a;b", value: ""},
		`path=c:\windows\`:     {kind: itemField, name: "path", value: `c:\windows\`},
		`a\\:b`:                {kind: itemHeader, name: `a\\`, value: "b"},
		`v=a\=b`:               {kind: itemField, name: "v", value: "a=b"},
		`v=\@file`:             {kind: itemField, name: "v", value: "@file"},
		`X:\@file`:             {kind: itemHeader, name: "X", value: "@file"},

		"f@photo.png":                {kind: itemFile, name: "f", by: "photo.png"},
		"f@a=b:c.png":                {kind: itemFile, name: "f", by: "a=b:c.png"},
		"@x.json":                    {kind: itemFile, by: "x.json"},
		"@-":                         {kind: itemFile, by: "-"},
		"f@~/a.txt;type=text/x":      {kind: itemFile, name: "f", by: "~/a.txt", mediaType: "text/x"},
		"f@a;type=text/x; charset=a": {kind: itemFile, name: "f", by: "a", mediaType: "text/x; charset=a"},
		"f@a;filename=b c.txt":       {kind: itemFile, name: "f", by: "a", filename: "b c.txt"},
		"f@a;filename=b;type=text/x": {kind: itemFile, name: "f", by: "a", filename: "b", mediaType: "text/x"},
		"f@a;type=text/x;filename=b": {kind: itemFile, name: "f", by: "a", filename: "b", mediaType: "text/x"},
		`f@a\;type=b;type=text/x`:    {kind: itemFile, name: "f", by: "a;type=b", mediaType: "text/x"},
		`f@a\;type=b`:                {kind: itemFile, name: "f", by: "a;type=b"},
		"f@a;kind=b":                 {kind: itemFile, name: "f", by: "a;kind=b"},
		"f=@note.txt;type=x":         {kind: itemField, name: "f", by: "note.txt;type=x"},
		"f:=@x.json":                 {kind: itemJSON, name: "f", by: "x.json"},
		"X:@f":                       {kind: itemHeader, name: "X", by: "f"},
		"q==@f":                      {kind: itemQuery, name: "q", by: "f"},
		"X:@env:TOKEN":               {kind: itemHeader, name: "X", by: "env:TOKEN"},
		`:={"a": 1}`:                 {kind: itemJSON, value: `{"a": 1}`},
	} {
		if got, err := parseItem(arg); err != nil || got != want {
			t.Errorf("parseItem(%q) = %+v, %v, want %+v", arg, got, err, want)
		}
	}
}

func TestParseItemErrors(t *testing.T) {
	for arg, want := range map[string]string{
		"plain":                `item "plain": it must be ` + itemForms,
		"":                     `item "": it must be ` + itemForms,
		`a\`:                   `item "a\\": it must be ` + itemForms,
		`a\=b`:                 `item "a\\=b": it must be ` + itemForms,
		":value":               `item ":…": the header has no name`,
		"X;v":                  `item "X;…": to send an empty header write X;`,
		"n:=":                  `item "n:=…": what follows := is not JSON`,
		"n:=oops":              `item "n:=…": what follows := is not JSON`,
		"n:=1 2":               `item "n:=…": what follows := is not JSON`,
		"f@a;type=":            `item "f@…;type=": there is nothing behind it`,
		"f@a;filename=;type=x": `item "f@…;filename=": there is nothing behind it`,
		"f@":                   `item "f@": there is no file behind the @`,
		"f@;type=text":         `item "f@": there is no file behind the @`,
		"f=@":                  `item "f=@": there is no file behind the @`,
		"f:=@":                 `item "f:=@": there is no file behind the @`,
		"X:@":                  `item "X:@": there is no file behind the @`,
		"q==@":                 `item "q==@": there is no file behind the @`,
		"@":                    `item "@": there is no file behind the @`,
		":@f":                  `item ":…": the header has no name`,
	} {
		_, err := parseItem(arg)
		if _, ok := errors.AsType[*usageError](err); !ok || err.Error() != want {
			t.Errorf("parseItem(%q): %v, want %s", arg, err, want)
		}
	}
}

// What is long takes no longer than it is.
func TestLongItems(t *testing.T) {
	const n = 1 << 16
	for _, piece := range []string{"a", ":", "=", "@", "\\", `\;`, ";type=x", ";filename=x", `\;type=x`, ";type", "[", "[]", "]", "/..", "/.", "://"} {
		long := strings.Repeat(piece, n)
		for _, arg := range []string{long, "f@" + long, "f@;type=" + long, "a=" + long, long + "=1", long + ":=1"} {
			if it, err := parseItem(arg); err == nil && it.isData() && it.by == "" {
				_, _ = jsonBody([]item{it})
			}
			_, _ = new(askOptions).targets([]string{"GET", arg, arg})
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
		if it, err := parseItem(arg); err != nil || it != (item{kind: itemField, name: name, value: value}) {
			t.Fatalf("%q = %+v, %v", arg, it, err)
		}
	})
}
