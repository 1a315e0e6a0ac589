package pretty

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"example.com/godwit/internal/cli/term"
)

func TestXML(t *testing.T) {
	checkAll(t, "XML", func(w *testSheet, l Layout) Writer { return NewXML(w, l) }, []textCase{
		{"elements", `<?xml version="1.0"?><a><b x="1"/><c>text</c></a>`, "<?xml version=\"1.0\"?>\n<a>\n  <b x=\"1\"/>\n  <c>text</c>\n</a>"},
		{"white space between elements", "<a>\n\n\t<b/>\n <c/> </a>\n", "<a>\n  <b/>\n  <c/>\n</a>"},
		{"empty", "<a></a><b> </b>", "<a></a>\n<b> </b>"},
		{"mixed", "<p>one <b>two <i> x </i></b>\n three</p>", "<p>one <b>two <i> x </i></b>\n three</p>"},
		{"text behind elements", "<a> <b/> text <c/> </a>", "<a>\n  <b/> text <c/> </a>"},
		{"comments", "<!-- a --><a><!-- <b> --><c/></a>", "<!-- a -->\n<a>\n  <!-- <b> -->\n  <c/>\n</a>"},
		{"dashes in comments", "<!-- - -- ---><a/>", "<!-- - -- --->\n<a/>"},
		{"CDATA", "<a><![CDATA[<b> ]] ]>]]></a>", "<a><![CDATA[<b> ]] ]>]]></a>"},
		{"CDATA that ends late", "<a><![CDATA[x]]]></a>", "<a><![CDATA[x]]]></a>"},
		{"doctype", "<!DOCTYPE a [<!ENTITY b \"c\">]><a/>", "<!DOCTYPE a [<!ENTITY b \"c\">]>\n<a/>"},
		{"no CDATA", "<a><![IGNORE[x]]></a>", "<a>\n  <![IGNORE[x]]>\n</a>"},
		{"> in a value", `<a b=">" c='"'><d/></a>`, "<a b=\">\" c='\"'>\n  <d/>\n</a>"},
		{"space that counts", "<a xml:space=\"preserve\"> <b/> </a>", "<a xml:space=\"preserve\"> <b/> </a>"},
		{"names of the world", "<Grüße><日本 /></Grüße>", "<Grüße>\n  <日本 />\n</Grüße>"},
		{"an end without a beginning", "</a><b/>", "</a>\n<b/>"},
		{"ends without beginnings", "<a></b></c><d/>", "<a></b>\n</c>\n<d/>"},
		{"no end", "<a><b><c", "<a>\n  <b><c"},
		{"no end of a value", "<a b=\"c><d/>", "<a b=\"c><d/>"},
		{"no end of a comment", "<a><!-- b", "<a>\n  <!-- b"},
		{"half a comment", "<a><!-", "<a><!-"},
		{"< that is none", "a < b <= c <3 </ d", "a < b <= c <3 </ d"},
		{"<>", "<a><></></a>", "<a><></></a>"},
		{"not XML", "hello,\n\n  world\n", "hello,\n\n  world\n"},
		{"much space", "<a>" + strings.Repeat(" ", 5000) + "<b/></a>", "<a>" + strings.Repeat(" ", 5000) + "<b/></a>"},
		{"values without quotes", "<a b=c d = e/><f/>", "<a b=c d = e/>\n  <f/>"},
		{"white space in a tag", "<a\n  b='1'\n><c\t/></a>", "<a\n  b='1'\n>\n  <c\t/>\n</a>"},
		{"nothing", "", ""},
	})
}

func TestHTML(t *testing.T) {
	checkAll(t, "HTML", func(w *testSheet, l Layout) Writer { return NewHTML(w, l) }, []textCase{
		{
			"page", "<!doctype html><html><head><meta charset=utf-8><title>A < B</title></head><body><h1>Hi</h1><p>one <b>two</b>\nthree</body></html>\n",
			"<!doctype html>\n<html>\n  <head>\n    <meta charset=utf-8>\n    <title>A < B</title>\n  </head>\n  <body>\n    <h1>Hi</h1>\n    <p>one <b>two</b>\nthree\n  </body>\n</html>",
		},
		{"lists", "<ul><li>a<li>b <i>c</i><ul><li>d</ul></ul>", "<ul>\n  <li>a\n  <li>b <i>c</i>\n    <ul>\n      <li>d\n    </ul>\n</ul>"},
		{"paragraphs", "<p>a<p>b<div>c</div>d", "<p>a\n<p>b\n<div>c</div>\nd"},
		{"tables", "<TABLE><tr><td>1<td>2<tr><td>3</TABLE>", "<TABLE>\n  <tr>\n    <td>1\n    <td>2\n  <tr>\n    <td>3\n</TABLE>"},
		{"pre", "<div><pre>  a\n <b> b </b>\n</pre> x</div>", "<div>\n  <pre>  a\n <b> b </b>\n</pre>\n  x\n</div>"},
		{"script", "<div><script>if (a</b/>c) '</scrip' </SCRIPT ><p>x</div>", "<div>\n  <script>if (a</b/>c) '</scrip' </SCRIPT >\n  <p>x\n</div>"},
		{"textarea", "<textarea> <p> </textarea>", "<textarea> <p> </textarea>"},
		{"inline alone", "<a href=x> <b> y </b> </a>", "<a href=x> <b> y </b> </a>"},
		{"comments", "<div> <!-- a --> x <!-- b --> y</div>", "<div>\n  <!-- a -->\n  x <!-- b --> y\n</div>"},
		{"an end without a beginning", "<div>a</p>b</div>", "<div>a</p>b</div>"},
		{"attributes", "<DIV Class='x' hidden data-x=\"<p>\">x</DIV>", "<DIV Class='x' hidden data-x=\"<p>\">x</DIV>"},
		{"script without an end", "<script>a < b </scr", "<script>a < b </scr"},
		{"conditions", "<!--[if IE]><p><![endif]--><![if IE]>x", "<!--[if IE]><p><![endif]-->\n<![if IE]>\nx"},
		{"instructions", "<?php a > b ?>", "<?php a >\nb ?>"},
		{"not HTML", "hello,\n\n  world\n", "hello,\n\n  world"},
		{"nothing", "", ""},
	})
}

func TestMarkupColors(t *testing.T) {
	var out testSheet
	copyFlush(t, NewXML(&out, Layout{Colors: &term.Colors, Keep: true}), strings.NewReader(`<a b="c"/><d><!-- x -->y`))
	want := "\x1b[34m<a\x1b[0m \x1b[36mb\x1b[0m=\x1b[32m\"c\"\x1b[0m\x1b[34m/\x1b[0m\x1b[34m>\x1b[0m\x1b[34m<d>\x1b[0m\x1b[90m<!-- x -->\x1b[0my"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// A document of nothing but tags costs neither quadratic output nor unbounded memory.
func TestMarkupDepth(t *testing.T) {
	for name, piece := range map[string]string{"elements": "<a>", "blocks": "<div>", "lists": "<ul><li>"} {
		in := strings.Repeat(piece, 200_000) + strings.Repeat("</div>", 200_000)
		for _, w := range []*Markup{NewXML(io.Discard, Layout{}), NewHTML(io.Discard, Layout{})} {
			var out bytes.Buffer
			w.w, w.indent = &out, 4
			copyFlush(t, w, strings.NewReader(in))
			if got := out.Len(); got > len(in)+2*maxDepth*(maxIndent+1) && name != "blocks" || got > 12*len(in) {
				t.Errorf("%s: %d bytes became %d", name, len(in), got)
			}
			if cap(w.open) > 3*maxDepth {
				t.Errorf("%s: %d open elements are remembered", name, len(w.open))
			}
		}
	}
}

// withoutSpace is a text as far as markup is concerned.
func withoutSpace(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && isSpace(byte(r)) {
			return -1
		}
		return r
	}, text)
}

// FuzzMarkup: nothing but white space changes, and without indenting not even that.
func FuzzMarkup(f *testing.F) {
	for _, seed := range []string{"<a b='c'>d<!-- e --></a>", "<!DOCTYPE x [<!A>]>", "<ul><li>a<p>b</ul><script>x</script>", "</", "<![CDATA[x]]>", "<pre> a\n</pre>", "<?x?>"} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, in string, cut int) {
		cut = min(max(cut, 0), len(in))
		for _, html := range []bool{false, true} {
			for _, layout := range []Layout{{Indent: 4}, {Keep: true}, {Keep: true, Colors: &term.Colors}} {
				var out bytes.Buffer
				w := NewXML(&out, layout)
				w.html = html
				copyFlush(t, w, io.MultiReader(strings.NewReader(in[:cut]), strings.NewReader(in[cut:])))
				got, want := out.String(), in
				if layout.Colors != nil {
					checkEnded(t, got)
					if strings.Contains(in, "\x1b") {
						continue
					}
					got = sgr.ReplaceAllString(got, "")
				}
				if !layout.Keep {
					got, want = withoutSpace(got), withoutSpace(in)
				}
				if got != want {
					t.Fatalf("html %v, %+v: %q became %q", html, layout, in, out.String())
				}
			}
		}
	})
}
