package godwit

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

func textOf(content, contentType string) string {
	return charsetOf([]byte(content), contentType, "").text([]byte(content))
}

// The rules, in their order: each row has what a later rule would take for something else.
func TestCharset(t *testing.T) {
	const html = "text/html"
	for _, c := range []struct {
		content, contentType, set string
		name                      string
		source                    EncodingSource
	}{
		{"", "", "", "utf-8", EncodingFromUTF8},
		{"abc", "", "", "utf-8", EncodingFromUTF8},
		{"Grüße", "text/plain", "latin1", "windows-1252", EncodingFromCaller},
		{"\xef\xbb\xbfabc", "text/plain; charset=koi8-r", " KOI8-U\n", "koi8-u", EncodingFromCaller},
		{"Grüße", "text/plain; charset=koi8-r", "no-such-charset", "koi8-r", EncodingFromHeader},
		{"Grüße", "text/plain", "no-such-charset", "utf-8", EncodingFromUTF8},
		{"\xef\xbb\xbfabc", "text/plain; charset=koi8-r", "", "utf-8", EncodingFromBOM},
		{"\xfe\xff\x00a", "text/plain; charset=koi8-r", "", "utf-16be", EncodingFromBOM},
		{"\xff\xfea\x00", "text/plain; charset=utf-8", "", "utf-16le", EncodingFromBOM},
		{"\xff\xfe\x00\x00a\x00\x00\x00", "", "", "utf-32le", EncodingFromBOM},
		{"\x00\x00\xfe\xff\x00\x00\x00a", "", "", "utf-32be", EncodingFromBOM},
		{"\xff\xfe", "", "", "utf-16le", EncodingFromBOM},
		{"<meta charset=koi8-r>", "text/html; charset=shift_jis", "", "shift_jis", EncodingFromHeader},
		{"<meta charset=koi8-r>", "text/html; charset=x-none", "", "koi8-r", EncodingFromDeclaration},
		{"<meta charset=koi8-r>", "", "", "koi8-r", EncodingFromDeclaration},
		{"<meta charset=koi8-r>", "application/xhtml+xml", "", "koi8-r", EncodingFromDeclaration},
		{"<meta charset=koi8-r>", "text/plain", "", "utf-8", EncodingFromUTF8},
		{"<meta charset=koi8-r>", "application/json", "", "utf-8", EncodingFromUTF8},
		{"<meta charset=koi8-r>", "image/svg+xml", "", "utf-8", EncodingFromUTF8},
		{`<?xml version="1.0" encoding="koi8-r"?>`, "application/atom+xml", "", "koi8-r", EncodingFromDeclaration},
		{`<?xml version="1.0" encoding="koi8-r"?><meta charset=big5>`, html, "", "koi8-r", EncodingFromDeclaration},
		{`<?xml version="1.0" encoding="koi8-r"?>`, "text/plain", "", "utf-8", EncodingFromUTF8},
		{"<\x00?\x00x\x00m\x00l\x00", "text/xml", "", "utf-16le", EncodingFromDeclaration},
		{"\x00<\x00?\x00x\x00m\x00l", "text/xml", "", "utf-16be", EncodingFromDeclaration},
		{"Grüße und Gr\xc3", "", "", "utf-8", EncodingFromUTF8},                    // cut in a character
		{"caf\xe9", "", "", "windows-1252", EncodingFromDefault},                   // and no such thing
		{strings.Repeat("ü", 50) + "\xff und", "", "", "utf-8", EncodingFromGuess}, // a wrong byte
		{"\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0! \xdd\xf2\xee \xef\xf0\xe8\xec\xe5\xf0", "", "", "windows-1251", EncodingFromGuess},
		{"Gr\xfc\xdfe", "", "", "windows-1252", EncodingFromDefault},
		{"\xff", "", "", "windows-1252", EncodingFromDefault},
	} {
		r := &Response{Response: &http.Response{Header: http.Header{"Content-Type": {c.contentType}}}, Content: []byte(c.content), Encoding: c.set}
		if name, source := r.TextEncoding(), r.EncodingSource(); name != c.name || source != c.source {
			t.Errorf("%.50q as %q, set %q: %s by %s, want %s by %s", c.content, c.contentType, c.set, name, source, c.name, c.source)
		}
		if text := r.Text(); !utf8.ValidString(text) || strings.HasPrefix(text, "\ufeff") {
			t.Errorf("%.50q: %q", c.content, text)
		}
		r.Encoding = r.TextEncoding()
		if got := r.EncodingSource(); got != EncodingFromCaller {
			t.Errorf("%s: what TextEncoding says cannot be set", r.Encoding)
		}
	}
}

// What the content looks like, whatever it says.
func TestApparentEncoding(t *testing.T) {
	for content, want := range map[string]string{
		"":                      "utf-8",
		"<meta charset=koi8-r>": "utf-8",
		"\xfe\xff":              "utf-16be",
		"Gr\xfc\xdfe aus M\xfcnchen, sch\xf6ne Stra\xdfe": "windows-1252",
		"\x93\xfa\x96\x7b\x8c\xea\x82\xcc\x83\x65\x83\x4c\x83\x58\x83\x67\x82\xcc\x97\xe1\x82\xc5\x82\xb7\x81\x42\x82\xb1\x82\xea\x82\xcd": "shift_jis",
	} {
		r := &Response{Response: &http.Response{Header: http.Header{"Content-Type": {"text/html; charset=big5"}}}, Content: []byte(content), Encoding: "gbk"}
		if got := r.ApparentEncoding(); got != want {
			t.Errorf("%q: %s, want %s", content, got, want)
		}
	}
}

// Two lines of text are enough to tell the charsets of the web apart.
func TestGuess(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"windows-1252", "Grüße aus München, schöne Straße und viele Bäume über dem Fluß."},
		{"windows-1252", "Le café est à côté de l'hôtel où nous étions déjà allés l'été dernier."},
		{"windows-1251", "Привет, мир! Это пример текста на русском языке."},
		{"koi8-r", "Привет, мир! Это пример текста на русском языке."},
		{"iso-8859-5", "Привет, мир! Это пример текста на русском языке."},
		{"shift_jis", "日本語のテキストの例です。これは十分に長いはずです。"},
		{"euc-jp", "日本語のテキストの例です。これは十分に長いはずです。"},
		{"gb18030", "这是一个中文文本的例子，应该足够长，以便可以猜测其字符编码。我们希望它能够正确地工作。"},
		{"big5", "這是一個中文文本的例子，應該足夠長，以便可以猜測其字符編碼。我們希望它能夠正確地工作。"},
		{"euc-kr", "이것은 한국어 텍스트의 예입니다. 문자 인코딩을 추측하기에 충분히 길어야 합니다."},
		{"iso-8859-2", "Zażółć gęślą jaźń. Wszyscy ludzie rodzą się wolni i równi pod względem swej godności."},
		{"iso-8859-7", "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια."},
		{"windows-1254", "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar."},
		{"windows-1256", "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا"},
	} {
		enc, err := htmlindex.Get(c.name)
		if err != nil {
			t.Fatal(err)
		}
		content, err := enc.NewEncoder().String(c.text)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 { // the detector's goroutines end in any order
			for _, before := range []string{"", strings.Repeat("0123456789", 2000)} {
				if got := appearance([]byte(before + content)); got.name != c.name || got.source != EncodingFromGuess {
					t.Errorf("%q in %s after %d bytes: %s by %s", c.text, c.name, len(before), got.name, got.source)
				} else if text := got.text([]byte(content)); text != c.text {
					t.Errorf("%q", text)
				}
			}
		}
	}
	// Single words tell nothing.
	for _, word := range []string{"a\xa0b", "na\xefve", "caf\xe9", "\xc5rhus", "30\xb0C \xb1 2\xb0", "10 \xb5m \xd7 5 \xb5m", "Jos\xe9 Garc\xeda", "\x80 100"} {
		if got := appearance([]byte(word)); got.name != nameDefault {
			t.Errorf("%q: %s by %s", word, got.name, got.source)
		}
	}
}

// The charset is that of the answer that is read, not of one that led to it (CVE-2025-1219).
func TestCharsetOfTheFinalResponse(t *testing.T) {
	s, _ := newWorld(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/first" {
			w.Header().Set("Content-Type", "text/html; charset=utf-16le")
			w.Header().Set("Location", "/")
			w.WriteHeader(302)
			w.Write([]byte("h\x00i\x00"))
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		w.Write([]byte("final"))
	})
	res, err := s.Get(t.Context(), "http://h/first")
	if err != nil || res.Text() != "final" || res.EncodingSource() != EncodingFromUTF8 {
		t.Errorf("%v, %v", res, err)
	}
	if past := res.History[0]; past.Text() != "hi" || past.EncodingSource() != EncodingFromHeader {
		t.Errorf("history: %q", past.Text())
	}
}

func TestMediaType(t *testing.T) {
	for _, c := range []struct{ in, essence, charset string }{
		{"", "", ""},
		{"Text/HTML", "text/html", ""},
		{" text/html ; Charset = x", "text/html", ""}, // a blank before "=" belongs to the name
		{"text/html;charset=utf-8", "text/html", "utf-8"},
		{"text/html;;; charset=utf-8 ;x=y", "text/html", "utf-8"},
		{"text/html; charset=a; charset=b", "text/html", "a"},
		{"text/html; charset=; charset=b", "text/html", "b"},
		{`text/html; charset="a\"b;"; x`, "text/html", `a"b;`},
		{`text/html; charset="a`, "text/html", "a"},
		{`text/html; charset="a\`, "text/html", `a\`},
		{`text/html; charset="a" ; x=y`, "text/html", "a"},
		{`text/html; x="; charset=no"; charset=yes`, "text/html", "yes"},
		{"text/html; charset='utf-8'", "text/html", "utf-8"},
		{"text/html; notcharset=x", "text/html", ""},
		{"charset=utf-8", "charset=utf-8", ""},
		{";;;=", "", ""},
	} {
		if essence, charset := mediaType(c.in); essence != c.essence || charset != c.charset {
			t.Errorf("%q: %q, %q", c.in, essence, charset)
		}
	}
}

// Charsets that are an attack on their readers, and names that are none: B78.
func TestCharsetHazards(t *testing.T) {
	for _, c := range []struct{ content, contentType, want string }{
		{"<script>", "text/html; charset=iso-2022-kr", "\ufffd"},
		{"<script>", "text/html; charset=hz-gb-2312", "\ufffd"},
		{"<script>", "text/html; charset=replacement", "\ufffd"},
		{"", "text/html; charset=iso-2022-kr", ""},
		{"+ADw-script+AD4-", "text/html; charset=utf-7", "+ADw-script+AD4-"},
		{"+ADw-script+AD4-", "text/html", "+ADw-script+AD4-"},
		{"\x1b$)C\x0e<script>", "text/html", "\x1b$)C\x0e<script>"},
		{"\x1b$B<script>", "text/plain", "\x1b$B<script>"},
		{"a", "text/html; charset=" + strings.Repeat("utf-8", 100_000), "a"},
		{"a\xff\xfeb\xe2\x82c", "text/html; charset=utf-8", "a\ufffd\ufffdb\ufffdc"}, // as browsers do
		{"\x00\xd8a\x00", "text/plain; charset=utf-16le", "\ufffda"},                 // half a surrogate pair
		{"a\x00b", "text/plain; charset=utf-16", "a\ufffd"},                          // half a unit
		{"\x00\x00\x11\x00", "text/plain; charset=utf-32le", "\ufffd"},               // no character
	} {
		if got := textOf(c.content, c.contentType); got != c.want {
			t.Errorf("%q as %.50q: %q, want %q", c.content, c.contentType, got, c.want)
		}
	}
	start := time.Now()
	textOf(strings.Repeat("<meta charset=", 1<<16), "text/html"+strings.Repeat("; charset", 1<<16))
	textOf(strings.Repeat("\xff", 1<<20), `text/html; x="`+strings.Repeat(`\`, 1<<20))
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func FuzzText(f *testing.F) {
	for _, m := range marks {
		f.Add([]byte(m.mark+"ab"), "text/html", "")
	}
	f.Add([]byte("<meta charset=koi8-r>\xff"), `text/html; charset="x`, "no")
	f.Add([]byte("\xcf\xf0\xe8\xe2\xe5\xf2\xff\xff\xff\xff"), "", "iso-2022-jp")
	f.Add([]byte("\x00\x01\x02\xff\xff\xff\xff"), "text/plain", "")
	f.Fuzz(func(t *testing.T, content []byte, contentType, set string) {
		r := &Response{Response: &http.Response{Header: http.Header{"Content-Type": {contentType}}}, Content: content, Encoding: set}
		text := r.Text()
		if !utf8.ValidString(text) {
			t.Errorf("%q", text)
		}
		if len(text) > 4*len(content)+3 {
			t.Errorf("%d bytes have become %d", len(content), len(text))
		}
		if text != r.Text() {
			t.Error("another text the second time")
		}
		r.Encoding = r.ApparentEncoding()
		if r.EncodingSource() != EncodingFromCaller || !utf8.ValidString(r.Text()) {
			t.Errorf("%s", r.Encoding)
		}
	})
}
