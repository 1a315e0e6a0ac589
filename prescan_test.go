package godwit

import (
	"bytes"
	"strings"
	"testing"
)

func TestPrescan(t *testing.T) {
	for in, want := range map[string]string{
		``:                                       "",
		`<meta charset=koi8-r>`:                  "koi8-r",
		`<META/CHARSET="KOI8-R"/>`:               "koi8-r",
		"<meta\tcharset = 'koi8-r' >":            "koi8-r",
		`<meta charset=koi8-r`:                   "", // the tag does not end
		`<meta charset="koi8-r"`:                 "",
		`<meta charset="koi8-r>`:                 "",
		`<metacharset=koi8-r>`:                   "",
		`<meta>`:                                 "",
		`<meta name=x charset=big5>`:             "big5",
		`<meta charset=koi8-r charset=big5>`:     "koi8-r",
		`<meta charset=none><meta charset=big5>`: "big5",
		`<meta charset=none content="charset=koi8-r" http-equiv=content-type>`: "",
		`<meta charset=utf-16>`:         "utf-8",
		`<meta charset=utf-16be>`:       "utf-8",
		`<meta charset=utf-32>`:         "utf-8",
		`<meta charset=x-user-defined>`: "windows-1252",
		`<meta charset=utf-7>`:          "",
		`<meta http-equiv=Content-Type content="text/html; charset=koi8-r">`:                     "koi8-r",
		`<meta content="text/html; charset=koi8-r" http-equiv=Content-Type>`:                     "koi8-r",
		`<meta content="text/html; charset=koi8-r">`:                                             "",
		`<meta http-equiv=refresh content="text/html; charset=koi8-r">`:                          "",
		`<meta http-equiv=content-type content="charset=koi8-r" charset=big5>`:                   "big5",
		`<meta content="charset=koi8-r" charset=big5>`:                                           "big5",
		`<meta http-equiv=content-type content="charset charset = 'koi8-r' x">`:                  "koi8-r",
		`<meta http-equiv=content-type content="charset='koi8-r">`:                               "",
		`<meta http-equiv=content-type content="charset=">`:                                      "",
		`<meta http-equiv=content-type content="charset=koi8-r;x">`:                              "koi8-r",
		`<!-- <meta charset=koi8-r> --><meta charset=big5>`:                                      "big5",
		`<!--><meta charset=big5>-->`:                                                            "big5",
		`<!---><meta charset=big5>-->`:                                                           "big5",
		`<!-- <meta charset=koi8-r>`:                                                             "",
		`<a title="<meta charset=koi8-r>"><meta charset=big5>`:                                   "big5",
		`<a title=<meta charset=koi8-r>`:                                                         "",
		`</p x='<meta charset=koi8-r>'><meta charset=big5>`:                                      "big5",
		`<!doctype html "<meta charset=koi8-r>`:                                                  "",
		`<?php <meta charset=koi8-r> ?><meta charset=big5>`:                                      "big5",
		`</ <meta charset=koi8-r> <meta charset=big5>`:                                           "big5",
		`< meta charset=koi8-r>`:                                                                 "",
		`<<meta charset=koi8-r>`:                                                                 "koi8-r",
		`<1><meta charset=koi8-r>`:                                                               "koi8-r",
		`<a =x><meta charset=koi8-r>`:                                                            "koi8-r",
		`<a/b/c=d/><meta charset=koi8-r>`:                                                        "koi8-r",
		`<script>"<meta charset=koi8-r>"</script>`:                                               "koi8-r", // it is no HTML parser
		strings.Repeat(" ", maxPrescan-len(`<meta charset=koi8-r>`)) + `<meta charset=koi8-r>`:   "koi8-r",
		strings.Repeat(" ", maxPrescan-len(`<meta charset=koi8-r>`)+1) + `<meta charset=koi8-r>`: "",
	} {
		if c, ok := declared([]byte(in), "text/html"); c.name != want || ok != (want != "") {
			t.Errorf("%q: %q, %v, want %q", in, c.name, ok, want)
		}
	}
}

func TestXMLEncoding(t *testing.T) {
	for in, want := range map[string]string{
		`<?xml version="1.0" encoding="koi8-r"?>`:                          "koi8-r",
		`<?xml version='1.0' encoding = 'KOI8-R' standalone='yes'?>`:       "koi8-r",
		`<?xml encoding="utf-16"?>`:                                        "utf-8",
		`<?xml encoding="none"?>`:                                          "",
		`<?xml encoding="koi8-r?>`:                                         "",
		`<?xml encoding=koi8-r?>`:                                          "",
		`<?xml encoding?>`:                                                 "",
		`<?xml encoding=?>`:                                                "",
		`<?xml version="1.0"?><x encoding="koi8-r">`:                       "",
		` <?xml encoding="koi8-r"?>`:                                       "",
		`<?xml encoding="koi8-r"`:                                          "",
		`<?xml ` + strings.Repeat(" ", maxPrescan) + `encoding="koi8-r"?>`: "",
	} {
		if c, ok := declared([]byte(in), "application/xml"); c.name != want || ok != (want != "") {
			t.Errorf("%q: %q, %v, want %q", in, c.name, ok, want)
		}
	}
}

func FuzzPrescan(f *testing.F) {
	f.Add([]byte(`<!-- x --><?xml encoding="a"?><a b='c' d=e /f><meta http-equiv=content-type content="x; charset=koi8-r">`))
	f.Add([]byte("<meta charset=\"\x00utf-16\">"))
	f.Fuzz(func(t *testing.T, content []byte) {
		c, ok := declared(content, "text/html")
		if ok != (c.name != "") {
			t.Errorf("%q, %v", c.name, ok)
		}
		if len(content) < maxPrescan && ok {
			if d, _ := declared(append(bytes.Clone(content), "<meta charset=big5>\x00"...), "text/html"); d.name != c.name {
				t.Errorf("%s became %s by what comes later", c.name, d.name)
			}
		}
		if ok && !bytes.HasPrefix(content, []byte("<\x00")) && !bytes.HasPrefix(content, []byte("\x00<")) && strings.HasPrefix(c.name, "utf-16") {
			t.Errorf("%s in what can be read as ASCII", c.name)
		}
	})
}
